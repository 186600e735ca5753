//! Programs of their own that open a file: this one, started again.

use std::ffi::OsStr;
use std::io::{stdin, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use redlite::redis::{Cmd, Value};
use serde_json::Value as Json;

use crate::forms::text;

/// The variable that makes this program one which opens a file.
pub const FILE: &str = "REDLITE_TEST_FILE";

/// Opens a file, and answers each line of words with a line.
pub fn serve(path: &OsStr) -> ExitCode {
    let mut db = match redlite::open(path) {
        Ok(db) => db,
        Err(error) => {
            eprintln!("failed: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("ready {}", db.server_pid());
    for line in stdin().lines() {
        let mut command = Cmd::new();
        command.arg(line.unwrap().split_whitespace().collect::<Vec<_>>());
        let reply: Value = command.query(&mut db).unwrap();
        println!("{}", String::from_utf8(text(&reply).unwrap()).unwrap());
    }
    ExitCode::SUCCESS
}

/// Such a program.
pub struct Program {
    process: Child,
    output: BufReader<ChildStdout>,
    server: String,
}

impl Program {
    pub fn start(path: &Path, environment: &Json) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(FILE, path);
        for (name, value) in environment.as_object().into_iter().flatten() {
            command.env(name, value.as_str().unwrap());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        Self {
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            server: String::new(),
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Waits until it has opened the file.
    pub fn ready(&mut self) {
        let line = self.line();
        line.strip_prefix("ready ")
            .unwrap()
            .clone_into(&mut self.server);
    }

    pub fn ask(&mut self, line: &str) -> String {
        let input = self.process.stdin.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        self.line()
    }

    /// Lets it end, and waits until its server is gone.
    pub fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
        until(|| !exists(&self.server));
    }

    /// Kills it, and waits until its server is gone.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        until(|| !exists(&self.server));
    }

    /// What it says where it fails.
    pub fn failure(&mut self) -> String {
        let mut told = String::new();
        let mut errors = self.process.stderr.take().unwrap();
        errors.read_to_string(&mut told).unwrap();
        assert!(!self.process.wait().unwrap().success());
        told
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already, but where a step failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether there is a process.
pub fn exists(pid: &str) -> bool {
    let mut question = Command::new("kill");
    question.args(["-0", pid]).stderr(Stdio::null());
    question.status().unwrap().success()
}

/// Waits until something has happened, and not forever.
pub fn until(mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !happened() {
        assert!(Instant::now() < deadline, "it did not happen in time");
        thread::sleep(Duration::from_millis(5));
    }
}
