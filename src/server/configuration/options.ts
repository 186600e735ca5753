/**
 * The command line: flags, environment variables and their defaults. Every configuration parameter
 * is a flag too, as `redis-server` has it: a flag's value is the words up to the next flag.
 *
 * @module
 */

import { isAbsolute, join } from "node:path";
import { VERSION } from "../../commands/table/version.ts";
import type { DriverName } from "../../sqlite/sqlite.ts";
import { hostsOf, isLoopback, type ListenAddress } from "../listening/address.ts";
import { parameterNamed } from "../../clients/configuration/configuration.ts";
import { type Flag, FLAGS, LIST_FLAGS, REPEATED_FLAGS, START_PARAMETERS, usage } from "./flags.ts";
import { LOG_LEVELS, type LogOptions } from "../log/log.ts";
import { PRIVATE_PLACES } from "../listening/private_place.ts";
import { STDIN } from "../parents.ts";
import { InvalidValue } from "../../clients/configuration/parameter_types.ts";
import type { Parameter } from "../../clients/configuration/parameter.ts";
import { PARAMETERS } from "../../clients/configuration/parameters.ts";

/** A wrong flag or value; the message is one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the server is started with. */
export interface ServerOptions {
  /** The database file, or `:memory:`. */
  db: string;
  /** The addresses to listen on. */
  addresses: readonly ListenAddress[];
  /** The path of a Unix socket to listen on. */
  unixSocket: string | undefined;
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
  if (values.has("help")) return usage();
  if (values.has("version")) return `redlite ${VERSION}`;
  const public_ = PUBLIC_PLACES.find((flag) => values.has(flag));
  if (values.has("private") && public_ !== undefined) {
    throw new UsageError(`--private says where to listen, so --${public_} has no place beside it`);
  }
  for (const given of flagsOfEnvironment()) {
    const { name } = flagNamed(given);
    if (values.has(name)) continue;
    const value = environment(variableOf(given));
    if (value !== undefined) values.set(name, value);
  }
  const choice = <T extends string>(name: string, allowed: readonly T[]): T | undefined => {
    const value = values.get(name);
    if (value === undefined || (allowed as readonly string[]).includes(value)) return value as T;
    throw new UsageError(`--${name} is one of ${allowed.join(", ")}, not "${value}"`);
  };
  const integer = (name: string, min: number, max: number): number | undefined => {
    const value = values.get(name);
    if (value === undefined) return undefined;
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`--${name} is a number from ${min} to ${max}, not "${value}"`);
  };
  const storage = choice("storage", ["file", "memory"]);
  const driver = choice("sqlite-driver", ["ffi", "db-sqlite", "builtin"]);
  const ports = { plain: integer("port", 0, 65535), tls: integer("tls-port", 0, 65535) };
  const place = choice("private", PRIVATE_PLACES);
  const addresses = place === undefined ? listenAddresses(values, ports) : [];
  const parameters = parameterValues(values);
  const unixSocket = place === undefined ? values.get("unixsocket") || undefined : undefined;
  if (place === undefined && addresses.length === 0 && unixSocket === undefined) {
    throw new UsageError("--port 0 means no TCP, so there must be a --unixsocket or a --tls-port");
  }
  const users = (values.get("user") ?? "").split("\n").filter((user) => user.trim() !== "");
  const aclFile = parameters.get("aclfile") ?? "";
  if (users.length > 0 && aclFile !== "") {
    throw new UsageError("--user and --aclfile exclude each other: put the users into the file");
  }
  if (aclFile !== "") parameters.set("aclfile", inDirectory(values, aclFile));
  const open = addresses.find(({ hostname }) => !isLoopback(hostname));
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
    private: place,
    parents: parentsOf(values.get("parent")),
    handshake: values.has("handshake"),
    certificate: { cert: environment("REDLITE_TLS_CERT"), key: environment("REDLITE_TLS_KEY") },
    driver,
    library: values.get("sqlite-lib"),
    databases: integer("databases", 1, 1_000_000) ?? 16,
    adopt: values.has("adopt"),
    readonly: values.has("readonly"),
    keyFile: values.get("key-file"),
    users,
    log: {
      level: choice("loglevel", LOG_LEVELS) ?? "notice",
      format: choice("log-format", ["text", "json"]) ?? "text",
      path: values.get("logfile") ?? "",
    },
    parameters,
    extensionParameters: new Map([...values].filter(([name]) => OF_EXTENSION.test(name))),
  };
}

/** What says where to listen, and who may come. */
const PUBLIC_PLACES = [
  ...["addr", "port", "bind", "tls-addr", "tls-port", "unixsocket", "unixsocketperm"],
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

/** A parameter of an extension, which is known when that is loaded. */
const OF_EXTENSION = /^[a-z][a-z0-9_]*\.[a-z0-9_.-]+$/;

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

/** What a letter stands for. */
const SHORT: ReadonlyMap<string, string> = new Map([["-h", "--help"], ["-v", "--version"]]);

function isFlag(word: string): boolean {
  return word.startsWith("--") || SHORT.has(word);
}

/** The database file: `--db`, or `--dbfilename`, in `--dir` unless it is an absolute path. */
function databasePath(values: ReadonlyMap<string, string>): string {
  return inDirectory(values, values.get("db") ?? (values.get("dbfilename") || "redlite.db"));
}

function inDirectory(values: ReadonlyMap<string, string>, name: string): string {
  const directory = values.get("dir");
  return directory && !isAbsolute(name) ? join(directory, name) : name;
}

/** The values of the flags that are given, by name. */
function flagValues(args: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (let i = 0; i < args.length;) {
    const word = SHORT.get(args[i]!) ?? args[i]!;
    const [, given, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    i++;
    if (given === undefined) throw new UsageError(`${args[i - 1]} is no flag; see --help`);
    const { name, flag } = flagNamed(given);
    const words = inline === undefined ? [] : [inline];
    while (inline === undefined && i < args.length && !isFlag(args[i]!)) {
      words.push(args[i++]!);
    }
    if (flag.value === undefined) {
      if (words.length > 0) throw new UsageError(`--${given} takes no value`);
    } else if (words.length === 0) {
      throw new UsageError(`--${given} takes a value: ${flag.value}`);
    } else if (words.length > 1 && !LIST_FLAGS.has(name)) {
      throw new UsageError(`--${given} takes one value, so "${words[1]}" is too much`);
    }
    // A list goes on where it is given again.
    const again = LIST_FLAGS.has(name) || REPEATED_FLAGS.has(name);
    const before = again ? values.get(name) : undefined;
    const value = words.join(" ");
    const separator = REPEATED_FLAGS.has(name) ? "\n" : " ";
    values.set(name, before ? before + separator + value : value);
  }
  return values;
}

function flagNamed(given: string): { name: string; flag: Flag } {
  const flag = Object.hasOwn(FLAGS, given) ? FLAGS[given] : undefined;
  if (flag !== undefined) return { name: flag.parameter ?? given, flag };
  if (OF_EXTENSION.test(given)) return { name: given, flag: { value: "VALUE", help: "" } };
  const parameter = parameterNamed(given);
  if (parameter === undefined) throw new UsageError(`there is no flag --${given}; see --help`);
  return { name: parameter.name, flag: { value: "VALUE", help: "" } };
}

/** The configuration parameters among the flags, as CONFIG GET shows them. */
function parameterValues(values: ReadonlyMap<string, string>): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [flag, text] of values) {
    const parameter = parameterNamed(flag);
    if (parameter === undefined) continue;
    const value = readParameter(flag, parameter, text);
    if (parameter.mutability === "mutable" || START_PARAMETERS.has(parameter.name)) {
      parameters.set(parameter.name, value);
    } else if (value !== parameter.initial && !Object.hasOwn(FLAGS, flag)) {
      throw new UsageError(`--${flag} cannot be set; see --help for what can`);
    }
  }
  return parameters;
}

function readParameter(flag: string, parameter: Parameter, text: string): string {
  try {
    return parameter.type(text, parameter.initial);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new UsageError(`--${flag} cannot be "${text}": ${error.message}`);
  }
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
    throw new UsageError(`--${flag} is HOST:PORT, not "${text}"`);
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
