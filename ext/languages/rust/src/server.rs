//! The server of a database file: found, started, shared by all who open the file, and ended.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::Error;

/// What the server is run from where nothing else is named.
const PACKAGE: &str = "jsr:@redlite/redlite/server";
/// How long a server may take to finish before it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(10);
const MEMORY: &str = ":memory:";

pub(crate) type Flags = BTreeMap<String, String>;

/// The words that start a server, by where it is found.
fn command(variable: impl Fn(&str) -> Option<OsString>) -> Result<Vec<OsString>, Error> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let path = set("PATH").unwrap_or_default();
    if let Some(named) = set("REDLITE_BIN") {
        return match found(&named, &path) {
            Some(program) => Ok(vec![program.into()]),
            None => Err(Error::Start(format!(
                "REDLITE_BIN names {}, which is no program that can be run",
                named.display()
            ))),
        };
    }
    if let Some(program) = found(OsStr::new("redlite"), &path) {
        return Ok(vec![program.into()]);
    }
    let deno = found(OsStr::new("deno"), &path).ok_or(Error::NoServer)?;
    let mut words: Vec<OsString> = vec![deno.into()];
    words.extend(["run", "-A", "--quiet"].map(OsString::from));
    match set("REDLITE_SERVER") {
        Some(source) => words.push(source),
        None => words.extend(["--no-config", PACKAGE].map(OsString::from)),
    }
    Ok(words)
}

/// A program by its path, or by its name in one of the directories of a search path.
fn found(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    if Path::new(name).components().count() > 1 {
        return Some(PathBuf::from(name)).filter(|program| runs(program));
    }
    std::env::split_paths(path)
        .map(|directory| {
            directory
                .join(name)
                .with_extension(std::env::consts::EXE_EXTENSION)
        })
        .find(|program| runs(program))
}

#[cfg(unix)]
fn runs(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    program
        .metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn runs(program: &Path) -> bool {
    program.is_file()
}

/// What a server says when it is ready, or why it is not.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Handshake {
    error: Option<String>,
    pub(crate) pid: u32,
    pub(crate) unix: Option<PathBuf>,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) password: String,
}

/// A server process that somebody in this program uses.
pub(crate) struct Server {
    pub(crate) handshake: Handshake,
    path: PathBuf,
    flags: Flags,
    process: Mutex<Child>,
}

impl Server {
    /// Starts a server and waits until it is ready.
    fn start(path: &Path, flags: Flags) -> Result<Self, Error> {
        let words = command(|name| std::env::var_os(name))?;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("--db").arg(path);
        command.args(["--private", "auto", "--handshake", "--parent", "stdin"]);
        command.arg(std::process::id().to_string());
        command.args(["--loglevel", "warning"]);
        for (flag, value) in &flags {
            command.arg(format!("--{flag}")).arg(value);
        }
        let mut process = command
            .env("DENO_NO_UPDATE_CHECK", "1")
            .env("DENO_NO_PACKAGE_JSON", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Error::Start(format!("cannot run {}: {error}", words[0].display())))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            // What ends without a line has said nothing, which the pid tells.
            let _ = BufReader::new(output).read_line(&mut line);
        }
        let handshake: Handshake = serde_json::from_str(&line).unwrap_or_default();
        if handshake.pid != 0 {
            return Ok(Self {
                handshake,
                path: path.to_owned(),
                flags,
                process: Mutex::new(process),
            });
        }
        let status = ended(&mut process);
        Err(Error::Start(handshake.error.unwrap_or(match status {
            Ok(status) => format!("the server ended with {status}"),
            Err(error) => error.to_string(),
        })))
    }
}

/// Ends a server, and returns when it is gone.
fn ended(process: &mut Child) -> std::io::Result<std::process::ExitStatus> {
    drop(process.stdin.take());
    let killed_at = Instant::now() + ENDS_WITHIN;
    loop {
        if let Some(status) = process.try_wait()? {
            return Ok(status);
        }
        if Instant::now() > killed_at {
            process.kill()?;
            return process.wait();
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// The servers of files; one in memory is never shared.
static SERVERS: LazyLock<Mutex<HashMap<PathBuf, Arc<Server>>>> = LazyLock::new(Mutex::default);

/// The use of a server; the last one of it to go ends the server.
pub(crate) struct Lease(pub(crate) Arc<Server>);

impl Lease {
    /// The server of a file, started if this program has none.
    pub(crate) fn of(path: &Path, flags: Flags) -> Result<Self, Error> {
        if path == Path::new(MEMORY) {
            return Ok(Self(Arc::new(Server::start(path, flags)?)));
        }
        let path = real(path);
        let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get(&path) {
            if server.flags != flags {
                return Err(Error::Start(format!(
                    "{} is open in this program with other flags: {:?}",
                    path.display(),
                    server.flags
                )));
            }
            return Ok(Self(server.clone()));
        }
        let server = Arc::new(Server::start(&path, flags)?);
        servers.insert(path, server.clone());
        Ok(Self(server))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Leases come and go under this lock only, so that their number is what it says.
        let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = servers
            .get(&self.0.path)
            .is_some_and(|server| Arc::ptr_eq(server, &self.0));
        if Arc::strong_count(&self.0) > 1 + usize::from(listed) {
            return;
        }
        if listed {
            servers.remove(&self.0.path);
        }
        let mut process = self
            .0
            .process
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let _ = ended(&mut process);
    }
}

/// The path without symbolic links, of a file that need not be there.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (full.parent().map(Path::canonicalize), full.file_name()) {
        (Some(Ok(directory)), Some(name)) => directory.join(name),
        _ => full,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_program_wins_over_deno_and_what_is_named_over_what_is_found() {
        let folder = std::env::temp_dir().join(format!("redlite-rust-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let program = |name: &str| {
            let path = folder.join(name);
            std::fs::write(&path, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
            path.into_os_string()
        };
        let mut variables = HashMap::from([
            ("PATH", folder.clone().into_os_string()),
            ("REDLITE_BIN", OsString::new()),
        ]);
        let words = |variables: &HashMap<&str, OsString>| {
            command(|name| variables.get(name).cloned()).map(|words| {
                let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
                words
                    .join(" ")
                    .replace(&format!("{}/", folder.display()), "")
            })
        };
        assert!(matches!(words(&variables), Err(Error::NoServer)));
        program("deno");
        let packaged = format!("deno run -A --quiet --no-config {PACKAGE}");
        assert_eq!(words(&variables).unwrap(), packaged);
        variables.insert("REDLITE_SERVER", "server.ts".into());
        assert_eq!(words(&variables).unwrap(), "deno run -A --quiet server.ts");
        program("redlite");
        assert_eq!(words(&variables).unwrap(), "redlite");
        variables.insert("REDLITE_BIN", program("other"));
        assert_eq!(words(&variables).unwrap(), "other");
        variables.insert("REDLITE_BIN", "/nowhere/redlite".into());
        assert!(words(&variables)
            .unwrap_err()
            .to_string()
            .contains("REDLITE_BIN"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
