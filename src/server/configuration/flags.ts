/** The command line's flags. */

/** A flag that `--help` shows. */
export interface Flag {
  /** What its value looks like; undefined for a flag without one. */
  readonly value?: string;
  /** What it does. */
  readonly help: string;
  /** Whether it may stand without a value. */
  readonly optional?: boolean;
  /** The configuration parameter it sets, where its name is another. */
  readonly parameter?: string;
}

/** Flags that belong together, as `--help TOPIC` shows them. */
export interface Topic {
  /** What they are about. */
  readonly about: string;
  /** The flags that are no configuration parameters, and those that many will look for. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** Further parameters of CONFIG. */
  readonly parameters: readonly string[];
}

/** The topics of `--help`. */
export const TOPICS: Readonly<Record<string, Topic>> = {
  storage: {
    about: "where the data is kept, and when it is safe",
    flags: {
      db: { value: "PATH", help: "database file (default redlite.db; :memory: for none)" },
      storage: { value: "file|memory", help: "keep the data in the file, or only in memory" },
      appendfsync: {
        value: "always|everysec|no",
        help:
          "when a write is acknowledged: on the disk (default), within a second of it, before it",
      },
      "write-behind": {
        value: "yes|no",
        help: "commit many turns at once, with a log of them before the database (default no)",
      },
      cache: {
        value: "MB",
        help: "memory for rows and pages (default 64)",
        parameter: "cache-mb",
      },
      databases: { value: "N", help: "number of databases (default 16)" },
      readonly: { help: "open the database for reading only" },
      checkpoints: {
        value: "internal|external",
        help:
          "who copies the write-ahead log into the file: this server (default), or another program",
      },
      adopt: { help: "use an SQLite file of another application, beside its tables" },
      load: {
        value: "PATH",
        help: "file of Redis, or redis:// URL, whose data an empty database begins with",
      },
      rdb: { value: "PATH", help: "RDB file that SAVE, BGSAVE and the end of the server write" },
      "sqlite-driver": { value: "ffi|db-sqlite|builtin", help: "how SQLite is reached" },
      "sqlite-lib": { value: "PATH", help: "native SQLite library to load" },
      "key-file": { value: "PATH", help: "file with the key of an encrypted database (SQLCipher)" },
    },
    parameters: ["dir", "dbfilename", "save", "sql-max-rows", "sql-timeout-ms"],
  },
  network: {
    about: "where clients come in",
    flags: {
      addr: {
        value: "HOST:PORT",
        help: "address to listen on (default 127.0.0.1:6379; :0 for any port)",
      },
      port: { value: "N", help: "port to listen on; 0 for no TCP" },
      bind: { value: "HOST ...", help: "hosts to listen on, for --port and --tls-port" },
      unixsocket: { value: "PATH", help: "Unix socket to listen on" },
      unixsocketperm: { value: "MODE", help: "mode of its file, as 700" },
      "tls-port": { value: "N", help: "port to listen on for TLS" },
      "tls-addr": { value: "HOST:PORT", help: "address to listen on for TLS, if it is another" },
      "tls-cert-file": { value: "PATH", help: "certificate of TLS, in PEM form" },
      "tls-key-file": { value: "PATH", help: "its private key, in PEM form" },
      http: {
        value: "HOST:PORT",
        help: "serve REST, Deno KV, metrics and a console there, by TLS with a certificate",
      },
    },
    parameters: ["tcp-backlog", "tcp-keepalive", "proto-max-bulk-len"],
  },
  access: {
    about: "who may come in, and what they may do",
    flags: {
      password: {
        value: "TEXT",
        help: "password that clients must give",
        parameter: "requirepass",
      },
      aclfile: {
        value: "PATH",
        help: "file with the users, for ACL LOAD and ACL SAVE; without it they are in the database",
      },
      user: {
        value: '"NAME RULE ..."',
        help: "a user and its ACL rules; may be given several times",
      },
      "rename-command": {
        value: 'COMMAND NAME|""',
        help: "give a command another name, or none; may be given several times",
      },
      "protected-mode": {
        value: "yes|no",
        help: "refuse other machines without a password (default yes)",
      },
    },
    parameters: [
      "acllog-max-len",
      "acl-pubsub-default",
      "enable-debug-command",
      "enable-protected-configs",
    ],
  },
  limits: {
    about: "how much there may be of data and clients",
    flags: {
      maxclients: { value: "N", help: "most connections at a time (default 10000)" },
      timeout: {
        value: "SECONDS",
        help: "close clients that are idle as long; 0 for never (default)",
      },
      maxmemory: { value: "BYTES", help: "most bytes of data, see --maxmemory-policy" },
      "max-disk": { value: "BYTES", help: "most bytes on the disk", parameter: "maxdisk" },
    },
    parameters: [
      "maxmemory-policy",
      "maxmemory-samples",
      "maxmemory-clients",
      "client-output-buffer-limit",
      "client-query-buffer-limit",
      "busy-reply-threshold",
      "lfu-log-factor",
      "lfu-decay-time",
    ],
  },
  replication: {
    about: "following another server, and being followed",
    flags: {
      replicaof: {
        value: "HOST PORT",
        help: "follow a Redlite, Redis or Valkey from the start on",
      },
    },
    parameters: [
      "masterauth",
      "masteruser",
      "replica-read-only",
      "replica-serve-stale-data",
      "replica-priority",
      "replica-announce-ip",
      "replica-announce-port",
      "tls-replication",
      "tls-ca-cert-file",
      "repl-timeout",
      "repl-backlog-size",
      "min-replicas-to-write",
      "min-replicas-max-lag",
    ],
  },
  log: {
    about: "what is told, and where",
    flags: {
      loglevel: {
        value: "debug|verbose|notice|warning|nothing",
        help: "how much is logged (default notice)",
      },
      logfile: { value: "PATH", help: "file that the log is added to, in place of stderr" },
      "log-format": {
        value: "text|json",
        help: "lines for people (default), or a JSON object each",
      },
      pidfile: { value: "PATH", help: "file to write the process's number into" },
    },
    parameters: [
      "syslog-enabled",
      "syslog-ident",
      "syslog-facility",
      "supervised",
      "hide-user-data-from-log",
      "slowlog-log-slower-than",
      "slowlog-max-len",
      "latency-monitor-threshold",
      "latency-tracking",
      "notify-keyspace-events",
    ],
  },
  programs: {
    about: "a server that a program starts for itself, and extensions",
    flags: {
      ext: {
        value: "NAME|PATH,...",
        help:
          "extensions to load, none for no one (default: those that come with it, where they can)",
        parameter: "extensions",
      },
      private: {
        value: "auto|unix|tcp",
        help: "listen only where the program that starts it can find it, and see --handshake",
      },
      parent: {
        value: "PID|stdin ...",
        help: "end when one of these processes is gone, or standard input is at its end",
      },
      handshake: { help: "print one line of JSON when ready: where it listens, what it can do" },
    },
    parameters: [],
  },
  tools: {
    about: "what is done in place of serving",
    flags: {
      restore: { value: "BACKUP", help: "put a backup in the place of --db, and end" },
      check: { value: "PATH", help: "look for what is wrong with a database, and end" },
      salvage: { value: "FROM TO", help: "save what can be read of a damaged database, and end" },
      version: { help: "print the version, as -v does" },
      help: {
        value: "TOPIC",
        optional: true,
        help: "print this, a topic of it or a flag, as -h does",
      },
    },
    parameters: [],
  },
};

/** All flags of the topics. */
export const FLAGS: Readonly<Record<string, Flag>> = Object.fromEntries(
  Object.values(TOPICS).flatMap(({ flags }) => Object.entries(flags)),
);

/** Flags whose value may be several words. */
export const LIST_FLAGS: ReadonlySet<string> = new Set([
  "bind",
  "client-output-buffer-limit",
  "latency-tracking-info-percentiles",
  "oom-score-adj-values",
  "rename-command",
  "replicaof",
  "parent",
  "save",
  "shutdown-on-sigint",
  "shutdown-on-sigterm",
  "user",
]);

/** Flags of which each is one more. */
export const REPEATED_FLAGS: ReadonlySet<string> = new Set([
  "extensions",
  "rename-command",
  "user",
]);

/** Flags whose values go on where they are given again. */
export const GROWING_FLAGS: ReadonlySet<string> = new Set([
  ...REPEATED_FLAGS,
  "client-output-buffer-limit",
  "parent",
  "save",
]);

/** Flags that ask for something else than a server. */
export const TOOL_FLAGS: ReadonlySet<string> = new Set([
  "check",
  "help",
  "restore",
  "salvage",
  "version",
]);
