//! The scenario that all bindings share, its methods with both protocols.

mod forms;
mod methods;
mod program;

use std::collections::HashMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use redlite::redis::{cmd, pipe, Cmd, ProtocolVersion, Value};
use redlite::Redlite;
use serde_json::Value as Json;

use forms::{expect, fits, word};
use program::{until, Program};

fn main() -> ExitCode {
    if let Some(path) = std::env::var_os(program::FILE) {
        return program::serve(&path);
    }
    let scenario: Json = serde_json::from_str(include_str!("../../../scenario.json")).unwrap();
    let (mut passed, mut failed) = (0, 0);
    for protocol in [ProtocolVersion::RESP2, ProtocolVersion::RESP3] {
        let name = format!("redlite-rust-{}-{protocol:?}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir(&directory).unwrap();
        {
            // Keeps a server for all cases.
            let _db = redlite::open(directory.join("app.db")).unwrap();
            for case in scenario["cases"].as_array().unwrap() {
                let steps = case["steps"].as_array().unwrap();
                let methods = steps.iter().any(|step| step.get("method").is_some());
                if protocol == ProtocolVersion::RESP3 && !methods {
                    continue;
                }
                let held = catch_unwind(AssertUnwindSafe(|| {
                    Run::new(&directory, protocol).case(steps);
                }));
                match held {
                    Ok(()) => passed += 1,
                    Err(_) => {
                        println!("FAILS: {} ({protocol:?})", case["name"]);
                        failed += 1;
                    }
                }
            }
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
    println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

/// What the steps of a case work on.
pub struct Run {
    db: Redlite,
    directory: PathBuf,
    connections: HashMap<String, Redlite>,
    programs: HashMap<String, Program>,
    variables: HashMap<String, u64>,
}

fn name(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

impl Run {
    fn new(directory: &Path, protocol: ProtocolVersion) -> Self {
        let options = redlite::Options::new().protocol(protocol);
        Self {
            db: options.open(directory.join("app.db")).unwrap(),
            directory: directory.to_owned(),
            connections: HashMap::new(),
            programs: HashMap::new(),
            variables: HashMap::new(),
        }
    }

    fn case(&mut self, steps: &[Json]) {
        cmd("FLUSHALL").exec(&mut self.db).unwrap();
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Json) {
        let has = |kind| step.get(kind).is_some();
        if has("call") {
            let command = self.command(&step["call"]);
            expect(command.query(self.connection(name(&step["on"]))), step);
        } else if has("method") {
            let args = step["args"].as_array().unwrap();
            expect(self.method(name(&step["method"]), args), step);
        } else if has("pipeline") {
            self.pipeline(step);
        } else if has("transaction") {
            self.transaction(step);
        } else if has("subscribe") {
            self.subscribe(step);
        } else if has("wait") {
            self.wait(step);
        } else if has("moment") {
            let moment = self.now();
            self.variables
                .insert(name(&step["moment"]).to_owned(), moment);
            until(|| self.now() > moment);
        } else if has("close") {
            drop(self.connections.remove(name(&step["close"])).unwrap());
        } else if has("start") {
            self.start(step);
        } else if has("in") {
            let program = self.programs.get_mut(name(&step["in"])).unwrap();
            assert_eq!(program.ask(name(&step["line"])), name(&step["prints"]));
        } else if has("end") {
            self.programs.remove(name(&step["end"])).unwrap().end();
        } else if has("kill") {
            self.programs.remove(name(&step["kill"])).unwrap().kill();
        } else {
            panic!("an unknown step: {step}");
        }
    }

    /// The connection of a name, whose replies are as RESP2 has them.
    fn connection(&mut self, name: &str) -> &mut Redlite {
        self.connections
            .entry(name.to_owned())
            .or_insert_with(|| redlite::open(self.directory.join("app.db")).unwrap())
    }

    fn command(&self, words: &Json) -> Cmd {
        let mut command = Cmd::new();
        for each in words.as_array().unwrap() {
            command.arg(word(each, &self.variables, &self.directory));
        }
        command
    }

    fn commands(&self, all: &Json) -> Vec<Cmd> {
        let all = all.as_array().into_iter().flatten();
        all.map(|words| self.command(words)).collect()
    }

    fn run_all(&mut self, all: &Json) {
        for command in self.commands(all) {
            command.exec(self.connection("")).unwrap();
        }
    }

    fn pipeline(&mut self, step: &Json) {
        let times = step["times"].as_u64().unwrap();
        let commands = self.commands(&step["pipeline"]);
        let mut pipeline = pipe();
        for command in (0..times).flat_map(|_| &commands) {
            pipeline.add_command(command.clone());
        }
        let replies: Vec<Value> = pipeline.query(self.connection("")).unwrap();
        assert_eq!(replies.len() as u64, times * commands.len() as u64);
        assert!(fits(replies.last().unwrap(), &step["last"]));
    }

    fn transaction(&mut self, step: &Json) {
        let mut pipeline = pipe();
        pipeline.atomic();
        for command in self.commands(&step["transaction"]) {
            pipeline.add_command(command);
        }
        expect(pipeline.query(self.connection("")), step);
    }

    fn subscribe(&mut self, step: &Json) {
        let mut connection = redlite::open(self.directory.join("app.db")).unwrap();
        let mut subscriber = connection.as_pubsub();
        for channel in step["subscribe"].as_array().unwrap() {
            subscriber.subscribe(name(channel)).unwrap();
        }
        self.run_all(&step["then"]);
        for expected in step["messages"].as_array().unwrap() {
            let message = subscriber.get_message().unwrap();
            let channel = Value::SimpleString(message.get_channel_name().to_owned());
            let payload = Value::BulkString(message.get_payload_bytes().to_owned());
            assert!(fits(&Value::Array(vec![channel, payload]), expected));
        }
    }

    fn wait(&mut self, step: &Json) {
        let command = self.command(&step["wait"]);
        self.connection("waiter");
        let mut waiter = self.connections.remove("waiter").unwrap();
        let id: u64 = cmd("CLIENT").arg("ID").query(&mut waiter).unwrap();
        let waiting = thread::spawn(move || command.query::<Value>(&mut waiter));
        until(|| self.blocked() == 1);
        if step.get("cancel").is_some() {
            let mut unblock = cmd("CLIENT");
            unblock.arg("UNBLOCK").arg(id).arg("ERROR");
            unblock.exec(&mut self.db).unwrap();
            let error = waiting.join().unwrap().unwrap_err();
            assert_eq!(error.code(), Some("UNBLOCKED"));
            assert_eq!(self.blocked(), 0);
        } else {
            self.run_all(&step["then"]);
            expect(waiting.join().unwrap(), step);
        }
    }

    fn blocked(&mut self) -> u64 {
        let info: redlite::redis::InfoDict =
            cmd("INFO").arg("clients").query(&mut self.db).unwrap();
        info.get("blocked_clients").unwrap()
    }

    fn now(&mut self) -> u64 {
        let (seconds, micros): (u64, u64) = cmd("TIME").query(&mut self.db).unwrap();
        seconds * 1000 + micros / 1000
    }

    fn start(&mut self, step: &Json) {
        let file = step["file"].as_str().unwrap_or("app.db");
        let mut program = Program::start(&self.directory.join(file), &step["environment"]);
        if let Some(fails) = step["fails"].as_str() {
            let told = program.failure();
            assert!(told.contains(fails), "{told}");
            return;
        }
        program.ready();
        self.programs
            .insert(name(&step["start"]).to_owned(), program);
    }
}
