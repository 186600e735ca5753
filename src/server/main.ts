/**
 * Starts a server from a command line, and ends it on a signal.
 *
 * @module
 */

import { VERSION } from "../commands/version.ts";
import type { Durability } from "../engine/wal_sync.ts";
import { chooseDriver, loadOptionalDriver } from "../sqlite/drivers.ts";
import { SQLITE, SqliteError } from "../sqlite/sqlite.ts";
import { MEMORY, Store } from "../store/store.ts";
import { formatAddress } from "./address.ts";
import { ServerConfiguration } from "./configuration.ts";
import { encodingAppliers } from "./encoding_parameters.ts";
import { LOG_LEVELS, type LogLevel, parseOptions, type ServerOptions } from "./options.ts";
import { Server } from "./server.ts";

/** Milliseconds a write waits for another process's write lock. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Runs a server until it is told to stop.
 *
 * @param args The command line without the program.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  let server: Server | undefined;
  try {
    const options = parseOptions(args, readEnvironment);
    if (typeof options === "string") {
      console.log(options);
      return 0;
    }
    server = await start(options);
    stopOnSignals(server);
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

/** Opens the store and listens. */
async function start(options: ServerOptions): Promise<Server> {
  let level: LogLevel = options.logLevel;
  const log = (message: string, at: LogLevel = "notice") => {
    if (LOG_LEVELS.indexOf(at) >= LOG_LEVELS.indexOf(level)) console.error(`redlite: ${message}`);
  };
  if (options.driver === "db-sqlite") await loadOptionalDriver();
  const driver = chooseDriver({
    driver: options.driver,
    library: options.library,
    log: (message) => log(message),
  });
  const listeners = await listen(options);
  let store: Store;
  try {
    store = new Store(driver, options.db, {
      cacheBytes: options.cacheMb * 1024 * 1024,
      databases: options.databases,
      durability: (options.parameters.get("appendfsync") ?? "always") as Durability,
      // A locked database must not freeze the event loop: the server retries by itself.
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      adopt: options.adopt,
    });
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  store.setBusyTimeout(0);
  const tcp = listeners.map((listener) => listener.addr).find((addr) => addr.transport === "tcp");
  const initial = new Map([
    ["appendfsync", "always"],
    ...store.settings.load(),
    ...options.parameters,
    ["port", String(tcp?.transport === "tcp" ? tcp.port : 0)],
    ["bind", options.address?.hostname ?? ""],
    ["unixsocket", options.unixSocket ?? ""],
    ["databases", String(options.databases)],
    ["cache-mb", String(options.cacheMb)],
    ["sqlite-driver", driver.info.name],
    ["sqlite-lib", driver.info.library],
    ["dir", options.db === MEMORY ? "" : directoryOf(options.db)],
    ["dbfilename", options.db === MEMORY ? "" : baseOf(options.db)],
  ]);
  store.engine.commit();
  const limits = encodingAppliers(store.limits);
  const config = new ServerConfiguration(Object.fromEntries(initial), {
    ...limits,
    appendfsync: (value) => {
      store.walSync.mode = value as Durability;
    },
    loglevel: (value) => {
      level = value as LogLevel;
    },
  }, (values) => store.settings.save(Object.entries(values)));
  store.walSync.mode = config.appendfsync;
  for (const [name, apply] of Object.entries(limits)) apply(config.get(name));
  const server = new Server(store, config, {
    port: tcp?.transport === "tcp" ? tcp.port : 0,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    log: (message) => log(message, "warning"),
  });
  for (const listener of listeners) server.listen(listener);
  const { name, version } = driver.info;
  const where = listeners.map(({ addr }) => formatAddress(addr)).join(" and ");
  console.log(`redlite ${VERSION} ready on ${where} (${options.db}, ${name} SQLite ${version})`);
  return server;
}

async function listen(options: ServerOptions): Promise<Deno.Listener[]> {
  const listeners: Deno.Listener[] = [];
  const { address, unixSocket } = options;
  if (address !== undefined) {
    const host = `${address.hostname}:${address.port}`;
    const permission = Deno.permissions.querySync({ name: "net", host });
    if (permission.state !== "granted") {
      throw new Deno.errors.NotCapable(`listening on ${host} needs --allow-net=${host}`);
    }
    try {
      listeners.push(Deno.listen(address));
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) {
        throw new Error(`${host} is taken by another process; choose another --addr or --port`);
      }
      throw new Error(`cannot listen on ${host}: ${messageOf(error)}`);
    }
  }
  if (unixSocket !== undefined) {
    try {
      await removeStaleSocket(unixSocket);
      listeners.push(Deno.listen({ transport: "unix", path: unixSocket }));
    } catch (error) {
      for (const listener of listeners) listener.close();
      throw error instanceof Deno.errors.NotCapable
        ? new Deno.errors.NotCapable(
          `listening on ${unixSocket} needs --allow-read=${unixSocket} --allow-write=${unixSocket}`,
        )
        : new Error(`cannot listen on ${unixSocket}: ${messageOf(error)}`);
    }
  }
  return listeners;
}

/**
 * Removes a socket that a killed server left behind. Anything else in the way stays.
 *
 * @throws {Error} If a server answers on it.
 */
async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!(await Deno.lstat(path)).isSocket) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  let connection: Deno.Conn;
  try {
    connection = await Deno.connect({ transport: "unix", path });
  } catch {
    await Deno.remove(path);
    return;
  }
  connection.close();
  throw new Error("it is taken by another process");
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
      return "the database file is not an SQLite database; name another with --db";
    }
    if (error.primary === SQLITE.CANTOPEN) {
      return "cannot open the database file; check --db, its directory and their permissions";
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
