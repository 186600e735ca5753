/**
 * The command line: flags, environment variables and their defaults.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { VERSION } from "../commands/version.ts";
import type { DriverName } from "../sqlite/sqlite.ts";

/** A wrong flag or value; the message is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the server is started with. */
export interface ServerOptions {
  /** The database file, or `:memory:`. */
  db: string;
  /** The address to listen on; undefined for no TCP. */
  address?: { hostname: string; port: number };
  /** The path of a Unix socket to listen on. */
  unixSocket?: string;
  /** Memory for caches, in megabytes. */
  cacheMb: number;
  /** The SQLite driver, if one is asked for. */
  driver?: DriverName;
  /** The native SQLite library, if one is asked for. */
  library?: string;
  /** How many databases SELECT knows. */
  databases: number;
  /** Take over an SQLite file that is not ours. */
  adopt: boolean;
  /** How much is written to stderr. */
  logLevel: LogLevel;
  /** Configuration parameters that were given, by their names in CONFIG. */
  parameters: Map<string, string>;
}

/** How much is written to stderr, from most to least. */
export const LOG_LEVELS = ["debug", "verbose", "notice", "warning", "nothing"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

interface Flag {
  readonly value?: string;
  readonly help: string;
}

const FLAGS: Record<string, Flag> = {
  db: { value: "PATH", help: "database file (default redlite.db; :memory: for none)" },
  storage: { value: "file|memory", help: "keep the data in the file, or only in memory" },
  addr: {
    value: "HOST:PORT",
    help: "address to listen on (default 127.0.0.1:6379; :0 for any port)",
  },
  port: { value: "N", help: "port to listen on; 0 for no TCP" },
  unixsocket: { value: "PATH", help: "Unix socket to listen on" },
  password: { value: "TEXT", help: "password that clients must give" },
  "protected-mode": {
    value: "yes|no",
    help: "refuse to listen beyond this machine without a password (default yes)",
  },
  cache: { value: "MB", help: "memory for rows and pages (default 64)" },
  appendfsync: {
    value: "always|everysec|no",
    help: "when a write is acknowledged: on the disk (default), within a second of it, before it",
  },
  databases: { value: "N", help: "number of databases (default 16)" },
  maxclients: { value: "N", help: "most connections at a time (default 10000)" },
  timeout: { value: "SECONDS", help: "close clients that are idle as long; 0 for never (default)" },
  "sqlite-driver": { value: "ffi|db-sqlite|builtin", help: "how SQLite is reached" },
  "sqlite-lib": { value: "PATH", help: "native SQLite library to load" },
  adopt: { help: "use an SQLite file of another application, beside its tables" },
  loglevel: { value: LOG_LEVELS.join("|"), help: "what is written to stderr (default notice)" },
  version: { help: "print the version" },
  help: { help: "print this" },
};

/** The text of `--help`. */
export function usage(): string {
  const lines = Object.entries(FLAGS).map(([name, { value, help }]) => {
    const flag = value === undefined ? `--${name}` : `--${name} ${value}`;
    return flag.length > 27 ? `  ${flag}\n${" ".repeat(31)}${help}` : `  ${flag.padEnd(29)}${help}`;
  });
  return [
    `Redlite ${VERSION}: a Redis-compatible server that keeps its data in one SQLite file`,
    "",
    "Usage: deno run -A server.ts [flags]",
    "",
    ...lines,
    "",
    "Each flag can also be set by an environment variable: REDLITE_DB, REDLITE_SQLITE_LIB, ...",
  ].join("\n");
}

/**
 * Reads the command line.
 *
 * @param environment Gives a variable's value, if it has one and may be read.
 * @returns The options, or the text to print and leave with.
 * @throws {UsageError} If a flag or value is wrong.
 */
export function parseOptions(
  args: readonly string[],
  environment: (name: string) => string | undefined,
): ServerOptions | string {
  const values = flagValues(args);
  if (values.help !== undefined) return usage();
  if (values.version !== undefined) return `redlite ${VERSION}`;
  for (const name of Object.keys(FLAGS)) {
    if (name === "help" || name === "version") continue;
    const variable = `REDLITE_${name.toUpperCase().replaceAll("-", "_")}`;
    values[name] ??= environment(variable);
  }
  const choice = <T extends string>(name: string, allowed: readonly T[]): T | undefined => {
    const value = values[name];
    if (value === undefined || (allowed as readonly string[]).includes(value)) return value as T;
    throw new UsageError(`--${name} is one of ${allowed.join(", ")}, not "${value}"`);
  };
  const integer = (name: string, min: number, max: number): number | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`--${name} is a number from ${min} to ${max}, not "${value}"`);
  };
  const storage = choice("storage", ["file", "memory"]);
  const protectedMode = choice("protected-mode", ["yes", "no"]) ?? "yes";
  const parameters = new Map<string, string>();
  const put = (name: string, value: string | number | undefined) => {
    if (value !== undefined) parameters.set(name, String(value));
  };
  put("appendfsync", choice("appendfsync", ["always", "everysec", "no"]));
  put("requirepass", values.password);
  put("maxclients", integer("maxclients", 1, 1_000_000));
  put("timeout", integer("timeout", 0, 1_000_000_000));
  put("loglevel", choice("loglevel", LOG_LEVELS));
  put("protected-mode", protectedMode);
  const address = parseAddress(values.addr ?? "127.0.0.1:6379");
  const port = integer("port", 0, 65535);
  if (port !== undefined) address.port = port;
  const tcp = port !== 0;
  if (!tcp && values.unixsocket === undefined) {
    throw new UsageError("--port 0 means no TCP, so there must be a --unixsocket");
  }
  if (
    tcp && protectedMode === "yes" && !values.password && !isLoopback(address.hostname)
  ) {
    throw new UsageError(
      `listening on ${address.hostname} lets other machines in: ` +
        "set a --password, or pass --protected-mode no",
    );
  }
  return {
    db: storage === "memory" ? ":memory:" : values.db ?? "redlite.db",
    address: tcp ? address : undefined,
    unixSocket: values.unixsocket,
    cacheMb: integer("cache", 1, 1_000_000) ?? 64,
    driver: choice("sqlite-driver", ["ffi", "db-sqlite", "builtin"]),
    library: values["sqlite-lib"],
    databases: integer("databases", 1, 1_000_000) ?? 16,
    adopt: values.adopt !== undefined,
    logLevel: choice("loglevel", LOG_LEVELS) ?? "notice",
    parameters,
  };
}

function flagValues(args: readonly string[]): Record<string, string | undefined> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(FLAGS).map(([name, { value }]) => [
          name,
          { type: value === undefined ? "boolean" as const : "string" as const },
        ]),
      ),
    });
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, value === true ? "" : String(value)]),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${reason.split(/\.\s|\n/)[0]}; see --help`);
  }
}

function parseAddress(text: string): { hostname: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*):(\d+)$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) {
    throw new UsageError(`--addr is HOST:PORT, not "${text}"`);
  }
  const hostname = match[1].replace(/^\[|\]$/g, "");
  return { hostname: hostname === "" ? "127.0.0.1" : hostname, port };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
