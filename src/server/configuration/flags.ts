/** The command line's flags, and the text of `--help`. */

import { VERSION } from "../../commands/table/version.ts";

/** A flag that `--help` shows. */
export interface Flag {
  /** What its value looks like; undefined for a flag without one. */
  readonly value?: string;
  /** What it does. */
  readonly help: string;
  /** The configuration parameter it sets, where its name is another. */
  readonly parameter?: string;
}

/** The flags that are no configuration parameters, and those that many will look for. */
export const FLAGS: Readonly<Record<string, Flag>> = {
  db: { value: "PATH", help: "database file (default redlite.db; :memory: for none)" },
  storage: { value: "file|memory", help: "keep the data in the file, or only in memory" },
  addr: {
    value: "HOST:PORT",
    help: "address to listen on (default 127.0.0.1:6379; :0 for any port)",
  },
  port: { value: "N", help: "port to listen on; 0 for no TCP" },
  bind: { value: "HOST ...", help: "hosts to listen on, for --port and --tls-port" },
  "tls-port": { value: "N", help: "port to listen on for TLS" },
  "tls-addr": { value: "HOST:PORT", help: "address to listen on for TLS, if it is another" },
  "tls-cert-file": { value: "PATH", help: "certificate of TLS, in PEM form" },
  "tls-key-file": { value: "PATH", help: "its private key, in PEM form" },
  unixsocket: { value: "PATH", help: "Unix socket to listen on" },
  unixsocketperm: { value: "MODE", help: "mode of its file, as 700" },
  private: {
    value: "auto|unix|tcp",
    help: "listen only where the program that starts it can find it, and see --handshake",
  },
  parent: {
    value: "PID|stdin ...",
    help: "end when one of these processes is gone, or standard input is at its end",
  },
  handshake: { help: "print one line of JSON when ready: where it listens, what it can do" },
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
  cache: {
    value: "MB",
    help: "memory for rows and pages (default 64)",
    parameter: "cache-mb",
  },
  appendfsync: {
    value: "always|everysec|no",
    help: "when a write is acknowledged: on the disk (default), within a second of it, before it",
  },
  databases: { value: "N", help: "number of databases (default 16)" },
  maxclients: { value: "N", help: "most connections at a time (default 10000)" },
  timeout: { value: "SECONDS", help: "close clients that are idle as long; 0 for never (default)" },
  maxmemory: { value: "BYTES", help: "most bytes of data, see --maxmemory-policy" },
  "max-disk": { value: "BYTES", help: "most bytes on the disk", parameter: "maxdisk" },
  "sqlite-driver": { value: "ffi|db-sqlite|builtin", help: "how SQLite is reached" },
  "sqlite-lib": { value: "PATH", help: "native SQLite library to load" },
  "key-file": { value: "PATH", help: "file with the key of an encrypted database (SQLCipher)" },
  ext: {
    value: "NAME|PATH,...",
    help: "extensions to load, none for no one (default: those that come with it, where they can)",
    parameter: "extensions",
  },
  readonly: { help: "open the database for reading only" },
  checkpoints: {
    value: "internal|external",
    help: "who copies the write-ahead log into the file: this server (default), or another program",
  },
  adopt: { help: "use an SQLite file of another application, beside its tables" },
  restore: { value: "BACKUP", help: "put a backup in the place of --db, and end" },
  check: { value: "PATH", help: "look for what is wrong with a database, and end" },
  salvage: { value: "FROM TO", help: "save what can be read of a damaged database, and end" },
  loglevel: {
    value: "debug|verbose|notice|warning|nothing",
    help: "how much is logged (default notice)",
  },
  logfile: { value: "PATH", help: "file that the log is added to, in place of stderr" },
  "log-format": { value: "text|json", help: "lines for people (default), or a JSON object each" },
  pidfile: { value: "PATH", help: "file to write the process's number into" },
  version: { help: "print the version, as -v does" },
  help: { help: "print this, as -h does" },
};

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

/** The text of `--help`. */
export function usage(): string {
  const lines = Object.entries(FLAGS).map(([name, { value, help }]) => {
    const flag = value === undefined ? `--${name}` : `--${name} ${value}`;
    return flag.length > 27 ? `  ${flag}\n${" ".repeat(31)}${help}` : `  ${flag.padEnd(29)}${help}`;
  });
  return [
    `Redlite ${VERSION}: a Redis-compatible server that keeps its data in one SQLite file`,
    "",
    "Usage: redlite [redis.conf] [flags] [-], or deno run -A jsr:@redlite/redlite/server ...",
    "",
    ...lines,
    "",
    "Every other parameter of CONFIG is a flag as well: --notify-keyspace-events KEA, ...",
    "A redis.conf has them as lines; - reads such lines from the standard input. Flags win over both.",
    "Each flag can also be set by an environment variable: REDLITE_DB, REDLITE_SQLITE_LIB, ...",
    "REDLITE_TLS_CERT and REDLITE_TLS_KEY take the certificate and the key themselves.",
  ].join("\n");
}
