/**
 * Starts a server from a command line, and ends it on a signal.
 *
 * @module
 */

import { VERSION } from "../commands/table/version.ts";
import type { Durability } from "../engine/wal_sync.ts";
import { chooseDriver, loadOptionalDriver } from "../sqlite/drivers.ts";
import { keyedDriver } from "../sqlite/encryption.ts";
import { SQLITE, SqliteError } from "../sqlite/sqlite.ts";
import { MEMORY, Store } from "../store/store.ts";
import { ServerConfiguration } from "./configuration.ts";
import { encodingAppliers } from "./encoding_parameters.ts";
import { mostClients } from "./file_limit.ts";
import { type KeyPair, readKeyPair } from "./key_pair.ts";
import { Listeners } from "./listeners.ts";
import { LOG_LEVELS, type LogLevel, parseOptions, type ServerOptions } from "./options.ts";
import { Server } from "./server.ts";
import { parseTool, runTool } from "./tools.ts";

/** Milliseconds a write waits for another process's write lock. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Runs a server until it is told to stop.
 *
 * @param args The command line without the program.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const tool = parseTool(args, readEnvironment);
    if (tool !== undefined) return await runTool(tool);
    const options = parseOptions(args, readEnvironment);
    if (typeof options === "string") {
      console.log(options);
      return 0;
    }
    const { server, where } = await start(options);
    // Whoever reads that it is ready may send a signal at once.
    stopOnSignals(server);
    console.log(`redlite ${VERSION} ready on ${where}`);
    await server.finished;
    return 0;
  } catch (error) {
    console.error(`redlite: ${explain(error)}`);
    return 1;
  }
}

function readEnvironment(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/** Opens the store and listens. @returns Where, in words, too. */
async function start(options: ServerOptions): Promise<{ server: Server; where: string }> {
  let level: LogLevel = options.logLevel;
  const log = (message: string, at: LogLevel = "notice") => {
    if (LOG_LEVELS.indexOf(at) >= LOG_LEVELS.indexOf(level)) console.error(`redlite: ${message}`);
  };
  if (options.driver === "db-sqlite") await loadOptionalDriver();
  const plain = chooseDriver({
    driver: options.driver,
    library: options.library,
    log: (message) => log(message),
  });
  const driver = options.keyFile === undefined
    ? plain
    : keyedDriver(plain, readKey(options.keyFile));
  const checkpoints = options.parameters.get("checkpoints") ?? "internal";
  const tls = options.addresses.some((address) => address.tls);
  const keyPair = tls
    ? keyPairOf(options, (name) => options.parameters.get(name) ?? "")
    : undefined;
  const listeners = await Listeners.open({
    addresses: options.addresses,
    keyPair,
    backlog: Number(options.parameters.get("tcp-backlog") ?? 511),
    unixSocket: options.unixSocket,
    unixSocketMode: Number.parseInt(options.parameters.get("unixsocketperm") ?? "0", 8),
    log: (message) => log(message, "warning"),
  });
  let store: Store;
  try {
    store = new Store(driver, options.db, {
      cacheBytes: Number(options.parameters.get("cache-mb") ?? 64) * 1024 * 1024,
      databases: options.databases,
      durability: (options.parameters.get("appendfsync") ?? "always") as Durability,
      // A locked database must not freeze the event loop: the server retries by itself.
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      adopt: options.adopt,
      readonly: options.readonly,
      externalCheckpoints: checkpoints === "external",
    });
  } catch (error) {
    listeners.close();
    throw error;
  }
  store.setBusyTimeout(0);
  const initial = new Map([
    ["appendfsync", "always"],
    ...store.settings.load(),
    ...options.parameters,
    ["port", String(listeners.port)],
    ["tls-port", String(listeners.tlsPort)],
    ["bind", [...new Set(options.addresses.map(({ hostname }) => hostname))].join(" ")],
    // Files that an earlier CONFIG REWRITE kept are not those that are in use.
    ["tls-cert-file", options.parameters.get("tls-cert-file") ?? ""],
    ["tls-key-file", options.parameters.get("tls-key-file") ?? ""],
    ["databases", String(options.databases)],
    ["checkpoints", checkpoints],
    ["sqlite-driver", driver.info.name],
    ["sqlite-lib", driver.info.library],
    ["dir", options.db === MEMORY ? "" : directoryOf(options.db)],
    ["dbfilename", options.db === MEMORY ? "" : baseOf(options.db)],
  ]);
  store.engine.commit();
  const limits = encodingAppliers(store.limits);
  const replaceKeyPair = () => {
    if (!tls) return;
    try {
      listeners.replaceKeyPair(keyPairOf(options, (name) => config.get(name)));
    } catch (error) {
      log(messageOf(error), "warning");
      throw new Error("Unable to update TLS configuration. Check server logs.");
    }
  };
  const config = new ServerConfiguration(Object.fromEntries(initial), {
    ...limits,
    appendfsync: (value) => {
      store.walSync.mode = value as Durability;
    },
    loglevel: (value) => {
      level = value as LogLevel;
    },
    "tls-cert-file": replaceKeyPair,
    "tls-key-file": replaceKeyPair,
  }, (values) => store.settings.save(Object.entries(values)));
  store.walSync.mode = config.appendfsync;
  for (const [name, apply] of Object.entries(limits)) apply(config.get(name));
  limitClients(config, (message) => log(message, "warning"));
  config.bind("tcp-keepalive", (seconds) => listeners.keepalive = seconds !== "0");
  const server = new Server(store, config, {
    port: listeners.port || listeners.tlsPort,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    log: (message) => log(message, "warning"),
  });
  for (const listener of listeners.all) server.listen(listener);
  const { name, version } = driver.info;
  const where = `${listeners.describe()} (${options.db}, ${name} SQLite ${version})`;
  return { server, where };
}

/** The key in a file, without the line's end that editors put after it. */
function readKey(path: string): string {
  try {
    return Deno.readTextFileSync(path).replace(/\r?\n$/, "");
  } catch (error) {
    throw new Error(`cannot read the key file ${path}: ${messageOf(error).split("\n")[0]}`);
  }
}

function keyPairOf(options: ServerOptions, parameter: (name: string) => string): KeyPair {
  return readKeyPair({
    certFile: parameter("tls-cert-file"),
    keyFile: parameter("tls-key-file"),
    ...options.certificate,
  });
}

/** Keeps `maxclients` to what the system's limit of open files leaves room for, now and later. */
function limitClients(config: ServerConfiguration, log: (message: string) => void): void {
  const most = mostClients();
  if (most === undefined) return;
  if (most < 1) throw new Error("the limit of open files (ulimit -n) leaves no room for clients");
  if (config.maxClients > most) {
    config.set([["maxclients", String(most)]]);
    log(`maxclients is ${most} now: the limit of open files (ulimit -n) allows no more`);
  }
  config.bind("maxclients", (clients) => {
    if (Number(clients) > most) {
      throw new Error(
        "The operating system is not able to handle the specified number of clients, " +
          `try with ${most}`,
      );
    }
  });
}

function stopOnSignals(server: Server): void {
  const stop = () => void server.stop();
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  void server.finished.catch(() => {}).then(() => {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
  });
}

/** An error in one line, with what to do about it. */
function explain(error: unknown): string {
  if (error instanceof SqliteError) {
    if (error.primary === SQLITE.NOTADB) {
      return "the database file is not an SQLite database, or is encrypted; " +
        "name another with --db, or its --key-file";
    }
    if (error.primary === SQLITE.CANTOPEN) {
      return "cannot open the database file; check --db, its directory and their permissions";
    }
    if (error.corrupt) {
      return `the database file is damaged (${error.message}); put a backup in its place`;
    }
    if (error.busy) return "another process keeps the database file locked";
    if (error.primary === SQLITE.READONLY) return "the database file cannot be written to";
  }
  return messageOf(error).split("\n")[0];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function directoryOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, end) || "/";
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
