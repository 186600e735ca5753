//! Redis in one SQLite file: redis-rs connected to a private Redlite server, which starts with the
//! first [`open`] and ends with the program.
//!
//! ```no_run
//! use redlite::redis::Commands;
//!
//! let mut db = redlite::open("app.db")?;
//! let _: () = db.set("greeting", "hello")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod methods;
mod server;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use redis::{
    Client, Connection, ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo,
    RedisError,
};

pub use methods::{
    Document, Facts, Found, Geo, History, Json, Keep, Search, Similar, Vectors, NO_VALUES,
};
pub use redis;

use server::{Flags, Lease};

/// Why a file could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no server to start; the message says what to install.
    NoServer,
    /// The server did not start, for this reason.
    Start(String),
    /// The client could not connect.
    Client(RedisError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer => f.write_str(
                "no Redlite server found: install Deno from https://deno.com, \
                 or set REDLITE_BIN to a redlite program",
            ),
            Self::Start(reason) => f.write_str(reason),
            Self::Client(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        Self::Client(error)
    }
}

/// How a file is opened.
#[derive(Clone, Debug)]
pub struct Options {
    flags: Flags,
    protocol: ProtocolVersion,
}

impl Default for Options {
    fn default() -> Self {
        // A write is answered when it is committed, unless a flag says otherwise.
        let flags = Flags::from([("appendfsync".to_owned(), "everysec".to_owned())]);
        Self {
            flags,
            protocol: ProtocolVersion::default(),
        }
    }
}

impl Options {
    /// What [`open`] has.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag of the server, as `("cache", "256")`; opens of one file in one program share them.
    #[must_use]
    pub fn flag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.flags.insert(name.into(), value.into());
        self
    }

    /// The protocol that the client speaks.
    #[must_use]
    pub fn protocol(mut self, protocol: ProtocolVersion) -> Self {
        self.protocol = protocol;
        self
    }

    /// Opens a database file, or `:memory:`.
    ///
    /// # Errors
    /// If there is no server, it does not start, or it cannot be reached.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Redlite, Error> {
        let lease = Lease::of(path.as_ref(), self.flags)?;
        let shake = &lease.0.handshake;
        let settings = RedisConnectionInfo::default().set_protocol(self.protocol);
        let (address, settings) = match &shake.unix {
            Some(socket) => (ConnectionAddr::Unix(socket.clone()), settings),
            None => (
                ConnectionAddr::Tcp(shake.host.clone(), shake.port),
                settings.set_password(&shake.password),
            ),
        };
        let info = address.into_connection_info()?.set_redis_settings(settings);
        let client = Client::open(info)?;
        Ok(Redlite {
            connection: client.get_connection()?,
            client,
            lease,
        })
    }
}

/// Opens a database file, or `:memory:`, as [`Options`] has it where nothing is said.
///
/// # Errors
/// If there is no server, it does not start, or it cannot be reached.
pub fn open(path: impl AsRef<Path>) -> Result<Redlite, Error> {
    Options::new().open(path)
}

/// A connection of redis-rs to a database file, with what Redlite has beside its commands. The last
/// one of a file to be dropped ends the server.
pub struct Redlite {
    // Fields are dropped in this order: the connection is closed before the server ends.
    connection: Connection,
    client: Client,
    lease: Lease,
}

impl Redlite {
    /// The client that makes further connections, as those of pools and of async programs. They
    /// last as long as this one is open.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The process of the server.
    #[must_use]
    pub fn server_pid(&self) -> u32 {
        self.lease.0.handshake.pid
    }
}

impl Deref for Redlite {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Redlite {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
