/**
 * What the server is started with: flags, and where they say nothing variables of the environment,
 * a configuration file, and defaults.
 *
 * @module
 */

import { isAbsolute, join } from "node:path";
import { VERSION } from "../../commands/table/version.ts";
import type { DriverName } from "../../sqlite/sqlite.ts";
import { hostsOf, type HttpAddress, isLoopback, type ListenAddress } from "../listening/address.ts";
import { LOG_LEVELS, type LogOptions } from "../log/log.ts";
import { ConfError } from "./conf_file.ts";
import { type ConfValues, readConf, type Renaming, takeConfSources } from "./conf_values.ts";
import { FLAGS } from "./flags.ts";
import {
  flagNamed,
  flagValues,
  OF_EXTENSION,
  parameterValues,
  UsageError,
} from "./given_values.ts";
import { PARAMETERS } from "../../clients/configuration/parameters.ts";
import { usage } from "./usage.ts";
import { PRIVATE_PLACES } from "../listening/private_place.ts";
import { STDIN } from "../process/parents.ts";

/** What the server is started with. */
export interface ServerOptions {
  /** The database file, or `:memory:`. */
  db: string;
  /** The addresses to listen on. */
  addresses: readonly ListenAddress[];
  /** The path of a Unix socket to listen on. */
  unixSocket: string | undefined;
  /** Where to serve HTTP, if anywhere. */
  http: HttpAddress | undefined;
  /** A private place to listen on, in place of addresses and socket. */
  private: typeof PRIVATE_PLACES[number] | undefined;
  /** Process ids, or `stdin`: when one is gone, the server ends. */
  parents: readonly string[];
  /** Tell the program that started it where it listens, in place of a line for people. */
  handshake: boolean;
  /** A certificate and key in PEM form, from the environment, where no files are named. */
  certificate: { readonly cert: string | undefined; readonly key: string | undefined };
  /** The SQLite driver, if one is asked for. */
  driver: DriverName | undefined;
  /** The native SQLite library, if one is asked for. */
  library: string | undefined;
  /** How many databases SELECT knows. */
  databases: number;
  /** What an empty database begins with: a file of Redis, or the URL of a server. */
  load: string | undefined;
  /** The RDB file that saves write, too. */
  rdb: string | undefined;
  /** Take over an SQLite file that is not ours. */
  adopt: boolean;
  /** Open the database for reading only. */
  readonly: boolean;
  /** The file with the key of an encrypted database. */
  keyFile: string | undefined;
  /** Where the log goes, how much is in it, and how it looks. */
  log: LogOptions;
  /** Users to make, each its name and its rules. */
  users: readonly string[];
  /** Configuration parameters that were given, by their names in CONFIG. */
  parameters: Map<string, string>;
  /** Those whose names have an extension's before them. */
  extensionParameters: ReadonlyMap<string, string>;
  /** Commands that are to have another name. */
  renamings: readonly Renaming[];
  /** Where names of files that are not absolute begin: `dir`, or where the process runs. */
  directory: string;
  /** The configuration file, if there is one. */
  confFile: string | undefined;
  /** The file to write the process's number into. */
  pidFile: string | undefined;
  /** What an operator should know of what was asked for. */
  notes: readonly string[];
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
  const { sources, flags } = takeConfSources(args);
  const given = flagValues(flags);
  const topic = given.get("help");
  if (topic !== undefined) return usage(topic);
  if (given.has("version")) return `redlite ${VERSION}`;
  const public_ = PUBLIC_PLACES.find((flag) => given.has(flag));
  if (given.has("private") && public_ !== undefined) {
    throw new UsageError(`--private says where to listen, so --${public_} has no place beside it`);
  }
  const conf = readConf(sources);
  const others = new Map(conf.values);
  for (const flag of flagsOfEnvironment()) {
    const name = flagNamed(flag)?.name;
    if (name === undefined || given.has(name)) continue;
    const value = environment(variableOf(flag));
    if (value !== undefined) others.set(name, value);
  }
  const values = flagValues(flags, others);
  try {
    return optionsOf(values, conf, environment);
  } catch (error) {
    if (!(error instanceof UsageError) || error.flag === undefined) throw error;
    const line = conf.lines.get(error.flag);
    if (line === undefined || values.get(error.flag) !== conf.values.get(error.flag)) throw error;
    throw new ConfError(line, error.message);
  }
}

/** Reads the values. @throws {UsageError} */
function optionsOf(
  values: ReadonlyMap<string, string>,
  conf: ConfValues,
  environment: (name: string) => string | undefined,
): ServerOptions {
  const choice = <T extends string>(name: string, allowed: readonly T[]): T | undefined => {
    const value = values.get(name);
    if (value === undefined || (allowed as readonly string[]).includes(value)) return value as T;
    throw new UsageError(`--${name} is one of ${allowed.join(", ")}, not "${value}"`, name);
  };
  const integer = (name: string, min: number, max: number): number | undefined => {
    const value = values.get(name);
    if (value === undefined) return undefined;
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`--${name} is a number from ${min} to ${max}, not "${value}"`, name);
  };
  const storage = choice("storage", ["file", "memory"]);
  const driver = choice("sqlite-driver", ["ffi", "db-sqlite", "builtin"]);
  const ports = { plain: integer("port", 0, 65535), tls: integer("tls-port", 0, 65535) };
  const place = choice("private", PRIVATE_PLACES);
  const addresses = place === undefined ? listenAddresses(values, ports) : [];
  const notes = [...conf.notes];
  const parameters = parameterValues(values, (note) => notes.push(note));
  const pathOf = (name: string): string => {
    const path = values.get(name) ?? "";
    return path === "" ? "" : inDirectory(values, path);
  };
  const unixSocket = place === undefined ? pathOf("unixsocket") || undefined : undefined;
  if (place === undefined && addresses.length === 0 && unixSocket === undefined) {
    throw new UsageError("--port 0 means no TCP, so there must be a --unixsocket or a --tls-port");
  }
  const users = (values.get("user") ?? "").split("\n").filter((user) => user.trim() !== "");
  const aclFile = parameters.get("aclfile") ?? "";
  if (users.length > 0 && aclFile !== "") {
    throw new UsageError("--user and --aclfile exclude each other: put the users into the file");
  }
  if (aclFile !== "") parameters.set("aclfile", pathOf("aclfile"));
  const http = parameters.get("http") ? parseAddress("http", parameters.get("http")!) : undefined;
  const open = [...addresses, ...http === undefined ? [] : [http]]
    .find(({ hostname }) => !isLoopback(hostname));
  if (
    open !== undefined && parameters.get("protected-mode") !== "no" &&
    // Of users that are given, protected mode will find out who gets in without a password.
    !parameters.get("requirepass") && users.length === 0 && aclFile === ""
  ) {
    throw new UsageError(
      `listening on ${open.hostname} lets other machines in: ` +
        "set a --password, or pass --protected-mode no",
    );
  }
  const inMemory = storage === "memory" || values.get("db") === ":memory:";
  for (const flag of ["readonly", "key-file"]) {
    if (inMemory && values.has(flag)) throw new UsageError(`--${flag} needs a database file`);
  }
  return {
    db: inMemory ? ":memory:" : databasePath(values),
    addresses,
    unixSocket,
    http,
    private: place,
    parents: parentsOf(values.get("parent")),
    handshake: values.has("handshake"),
    certificate: { cert: environment("REDLITE_TLS_CERT"), key: environment("REDLITE_TLS_KEY") },
    driver,
    library: values.get("sqlite-lib"),
    // As in Redis: a cluster has but one.
    databases: parameters.get("cluster-enabled") === "yes"
      ? 1
      : integer("databases", 1, 1_000_000) ?? 16,
    load: /^rediss?:/.test(values.get("load") ?? "")
      ? values.get("load")
      : pathOf("load") || undefined,
    rdb: pathOf("rdb") || undefined,
    adopt: values.has("adopt"),
    readonly: values.has("readonly"),
    keyFile: values.get("key-file"),
    users,
    log: {
      level: choice("loglevel", LOG_LEVELS) ?? "notice",
      format: choice("log-format", ["text", "json"]) ?? "text",
      path: pathOf("logfile"),
      syslog: parameters.get("syslog-enabled") === "yes"
        ? {
          ident: parameters.get("syslog-ident") ?? "redis",
          facility: parameters.get("syslog-facility") ?? "local0",
        }
        : undefined,
    },
    parameters,
    extensionParameters: new Map([...values].filter(([name]) => OF_EXTENSION.test(name))),
    renamings: [...conf.renamings, ...renamingsOf(values.get("rename-command") ?? "")],
    directory: values.get("dir") || ".",
    confFile: conf.path,
    pidFile: pathOf("pidfile") || undefined,
    notes,
  };
}

/** The commands that `--rename-command` gives another name, or none. */
function renamingsOf(given: string): Renaming[] {
  return given.split("\n").filter((words) => words !== "").map((words) => {
    const [from = "", to, ...more] = words.split(" ");
    if (to !== undefined && more.length === 0) return { from, to };
    throw new UsageError('--rename-command takes two values: a command and its new name, or ""');
  });
}

/** What says where to listen, and who may come. */
const PUBLIC_PLACES = [
  ...["addr", "port", "bind", "tls-addr", "tls-port", "unixsocket", "unixsocketperm", "http"],
  "requirepass",
];

/** The processes of `--parent`. */
function parentsOf(text: string | undefined): string[] {
  const parents = (text ?? "").split(/\s+/).filter((parent) => parent !== "");
  for (const parent of parents) {
    if (parent !== STDIN && !/^[1-9]\d{0,9}$/.test(parent)) {
      throw new UsageError(`--parent is process ids and ${STDIN}, not "${parent}"`);
    }
  }
  return parents;
}

/** The flags that variables of the environment can set. */
function flagsOfEnvironment(): string[] {
  const names = new Set([...Object.keys(FLAGS), ...PARAMETERS.map(({ name }) => name)]);
  return [...names].filter((name) => name !== "help" && name !== "version");
}

const variableOf = (flag: string) => `REDLITE_${flag.toUpperCase().replaceAll("-", "_")}`;

/** The names of all variables that are looked at. */
export function environmentNames(): string[] {
  return [...flagsOfEnvironment().map(variableOf), "REDLITE_TLS_CERT", "REDLITE_TLS_KEY"];
}

/** The database file: `--db`, or `--dbfilename`, in `--dir` unless it is an absolute path. */
function databasePath(values: ReadonlyMap<string, string>): string {
  return inDirectory(values, values.get("db") ?? (values.get("dbfilename") || "redlite.db"));
}

function inDirectory(values: ReadonlyMap<string, string>, name: string): string {
  const directory = values.get("dir");
  return directory && !isAbsolute(name) ? join(directory, name) : name;
}

/** Where `--addr`, `--tls-addr`, `--bind` and the ports say to listen. */
function listenAddresses(
  values: ReadonlyMap<string, string>,
  ports: { readonly plain: number | undefined; readonly tls: number | undefined },
): ListenAddress[] {
  const bind = values.get("bind");
  const hosts = bind === undefined ? undefined : hostsOf(bind);
  const at = (tls: boolean, port: number, hostname: string): ListenAddress[] =>
    (hosts ?? [{ hostname, optional: false }]).map((host) => ({ ...host, port, tls }));
  const plain = parseAddress("addr", values.get("addr") ?? "127.0.0.1:6379");
  const tls = values.get("tls-addr");
  const addresses = ports.plain === 0 ? [] : at(false, ports.plain ?? plain.port, plain.hostname);
  if (tls !== undefined) {
    const { hostname, port } = parseAddress("tls-addr", tls);
    addresses.push({ hostname, port: ports.tls || port, tls: true, optional: false });
  } else if (ports.tls) {
    addresses.push(...at(true, ports.tls, plain.hostname));
  }
  return addresses;
}

function parseAddress(flag: string, text: string): { hostname: string; port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*):(\d+)$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) {
    throw new UsageError(`--${flag} is HOST:PORT, not "${text}"`, flag);
  }
  const hostname = match[1]!.replace(/^\[|\]$/g, "");
  return { hostname: hostname === "" ? "127.0.0.1" : hostname, port };
}

/** What all of our variables begin with. */
const PREFIX = "REDLITE_";

/** Variables that tell programs where the server is, which it passes over. */
const OF_PROGRAMS: readonly string[] = ["REDLITE_BIN", "REDLITE_SERVER"];

/** Reads a variable, if it may be read. */
export function readEnvironment(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/** What an operator should know of the variables that have no effect, in lines. */
export function environmentNotes(): string[] {
  const known = environmentNames();
  if (Deno.permissions.querySync({ name: "env" }).state !== "granted") {
    const readable = known.filter((variable) =>
      Deno.permissions.querySync({ name: "env", variable }).state === "granted"
    );
    return [
      readable.length === 0
        ? `variables named ${PREFIX}* are not looked at: that needs --allow-env`
        : `of the variables named ${PREFIX}* only ${readable.join(", ")} may be read; ` +
          `the others need --allow-env`,
    ];
  }
  const unknown = Object.keys(Deno.env.toObject())
    .filter((name) => name.startsWith(PREFIX) && ![...known, ...OF_PROGRAMS].includes(name)).sort();
  return unknown.map((name) =>
    `the environment's ${name} is the name of no flag, and has no effect`
  );
}
