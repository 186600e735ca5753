/**
 * Starts a server from a command line, and ends it on a signal.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { commandsOfExtensions } from "../commands/table/commands.ts";
import { parametersOf } from "../embedded/configuration.ts";
import { VERSION } from "../commands/table/version.ts";
import type { Durability } from "../engine/wal_sync.ts";
import { chooseDriver, loadOptionalDriver } from "../sqlite/drivers.ts";
import { keyedDriver } from "../sqlite/encryption.ts";
import { SQLITE, SqliteError } from "../sqlite/sqlite.ts";
import { MEMORY, Store } from "../store/store.ts";
import { UserFile } from "./acl_file.ts";
import type { Host } from "./listening/address.ts";
import { ConfigurationValues } from "../clients/configuration/configuration.ts";
import { listeningAppliers } from "./configuration/listening_parameters.ts";
import {
  environmentNotes,
  parseOptions,
  readEnvironment,
  type ServerOptions,
} from "./configuration/options.ts";
import { type BuiltInExtensions, ServerExtensions } from "./extensions.ts";
import { limitClients } from "./client_limit.ts";
import { handshakeLine, refusalLine } from "./handshake.ts";
import { type KeyPair, readKeyPair } from "./listening/key_pair.ts";
import { Listeners } from "./listening/listeners.ts";
import { makePrivatePlace, PRIVATE_MODE, type PrivatePlace } from "./listening/private_place.ts";
import { ProgressBar } from "./log/progress_bar.ts";
import { Log, type LogLevel, type LogOptions } from "./log/log.ts";
import { Server } from "./server.ts";
import { stopOnSignals, stopWithParents } from "./stopping.ts";
import { parseTool, runTool } from "./tools.ts";

/** Milliseconds a write waits for another process's write lock. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Runs a server until it is told to stop.
 *
 * @param args The command line without the program.
 * @param builtIn The extensions that come with it.
 * @returns The exit code.
 */
export async function main(
  args: readonly string[],
  builtIn: BuiltInExtensions = {},
): Promise<number> {
  try {
    const tool = parseTool(args, readEnvironment);
    if (tool !== undefined) return await runTool(tool);
    const options = parseOptions(args, readEnvironment);
    if (typeof options === "string") {
      console.log(options);
      return 0;
    }
    return await run(options, builtIn);
  } catch (error) {
    refuse(explain(error), args.includes("--handshake"));
    return 1;
  }
}

/** Tells whoever started it why there is no server. */
function refuse(why: string, handshake: boolean): void {
  if (handshake) console.log(refusalLine(why));
  else console.error(`redlite: ${why}`);
}

/** Runs a server until it has stopped. @returns The exit code. */
async function run(options: ServerOptions, builtIn: BuiltInExtensions): Promise<number> {
  const log = openLog(options.log);
  let ready = false;
  let place: PrivatePlace | undefined;
  try {
    place = options.private && await makePrivatePlace(options.private);
    const { server, where } = await start(options, builtIn, log, place);
    for (const note of environmentNotes()) log.report(note, "notice");
    // Whoever reads that it is ready may send a signal at once.
    if (options.parents.length === 0) stopOnSignals(server, (name) => server.config.get(name));
    else stopWithParents(server, options.parents);
    console.log(
      options.handshake ? handshake(server, place) : `redlite ${VERSION} ready on ${where}`,
    );
    ready = true;
    await server.finished;
    log.end();
    log.report("stopped", "notice");
    return 0;
  } catch (error) {
    const why = explain(error, options.db);
    // Whoever started it looks here; who looks into the file finds it there too.
    refuse(why, options.handshake && !ready);
    if (options.log.path !== "") log.report(`the server ends: ${why}`);
    return 1;
  } finally {
    place?.remove();
  }
}

/** What the program that started a server reads. @param place The private place, if it has one. */
function handshake(server: Server, place: PrivatePlace | undefined): string {
  const { places } = server.process;
  const tcp = places.find(({ name }) => name === "tcp");
  const unix = places.find(({ name }) => name === "unix");
  return handshakeLine({
    unix: unix?.binds[0],
    host: tcp?.binds[0],
    port: tcp?.port,
    password: place?.password || undefined,
  }, (command) => server.commands.find(command) !== undefined);
}

/** Makes the log. @throws {Error} If its file cannot be written. */
function openLog(options: LogOptions): Log {
  if (options.path !== "") {
    try {
      Deno.writeTextFileSync(options.path, "", { append: true });
    } catch (error) {
      throw new Error(`cannot write the log file ${options.path}: ${messageOf(error)}`);
    }
  }
  return new Log(options);
}

/** Opens the store and listens. @returns Where, in words, too. */
async function start(
  options: ServerOptions,
  builtIn: BuiltInExtensions,
  log: Log,
  place: PrivatePlace | undefined,
): Promise<{ server: Server; where: string }> {
  const { report } = log;
  const extensions = await ServerExtensions.load(
    options.parameters.get("extensions"),
    builtIn,
    report,
  );
  extensions.assertParameters(options.extensionParameters);
  if (options.driver === "db-sqlite") await loadOptionalDriver();
  const plain = chooseDriver({
    driver: options.driver,
    library: options.library,
    log: (message) => report(message, "notice"),
  });
  const driver = options.keyFile === undefined
    ? plain
    : keyedDriver(plain, readKey(options.keyFile));
  const checkpoints = options.parameters.get("checkpoints") ?? "internal";
  const keyPair = options.addresses.some(({ tls }) => tls)
    ? keyPairOf(options, (name) => options.parameters.get(name) ?? "")
    : undefined;
  const listeners = await Listeners.open({
    addresses: place?.addresses ?? options.addresses,
    keyPair,
    backlog: Number(options.parameters.get("tcp-backlog") ?? 511),
    unixSocket: place?.unixSocket ?? options.unixSocket,
    unixSocketMode: place === undefined
      ? Number.parseInt(options.parameters.get("unixsocketperm") ?? "0", 8)
      : PRIVATE_MODE,
    log: report,
  });
  let store: Store;
  const bar = new ProgressBar();
  try {
    store = extensions.open((all) =>
      new Store(driver, options.db, {
        extensions: all,
        cacheBytes: Number(options.parameters.get("cache-mb") ?? 64) * 1024 * 1024,
        databases: options.databases,
        durability: (options.parameters.get("appendfsync") ?? "always") as Durability,
        // A locked database must not freeze the event loop: the server retries by itself.
        busyTimeoutMs: BUSY_TIMEOUT_MS,
        adopt: options.adopt,
        readonly: options.readonly,
        onProgress: (progress) => {
          if (bar.shows) bar.draw(progress);
          else report(`${progress.job}: ${progress.phase}`, "notice");
        },
        externalCheckpoints: checkpoints === "external",
      })
    );
  } catch (error) {
    listeners.close();
    throw error;
  } finally {
    bar.end();
  }
  store.setBusyTimeout(0);
  const kept = store.settings.load();
  const initial = new Map([
    ["appendfsync", "always"],
    ...kept,
    ...options.parameters,
    ...options.extensionParameters,
    ...place === undefined ? [] : [["requirepass", place.password] as const],
    ["port", String(listeners.port)],
    ["tls-port", String(listeners.tlsPort)],
    ["bind", [...new Set(options.addresses.map(hostName))].join(" ")],
    // Files that an earlier CONFIG REWRITE kept are not those that are in use.
    ["tls-cert-file", options.parameters.get("tls-cert-file") ?? ""],
    ["tls-key-file", options.parameters.get("tls-key-file") ?? ""],
    ["databases", String(options.databases)],
    ["checkpoints", checkpoints],
    ["extensions", extensions.words],
    ["sqlite-driver", driver.info.name],
    ["sqlite-lib", driver.info.library],
    ["dir", directoryOf(store.path)],
    ["dbfilename", store.path === MEMORY ? "" : basename(store.path)],
  ]);
  store.engine.commit();
  const config: ConfigurationValues = new ConfigurationValues(
    Object.fromEntries(initial),
    {
      loglevel: (value) => {
        log.level = value as LogLevel;
      },
      dir: (directory) => keepDirectory(store.path, directory),
      dbfilename: (name) => {
        if (store.path === MEMORY || name === basename(store.path)) return;
        throw new Error("the database file is in use: start with another --db");
      },
      ...listeningAppliers(
        listeners,
        () => keyPairOf(options, (name) => config.get(name)),
        report,
      ),
    },
    (values) => {
      const entries = new Map(Object.entries(values));
      // A private place has a password of its own, which is not for the next start.
      if (place !== undefined) {
        entries.delete("requirepass");
        const password = kept.get("requirepass");
        if (password !== undefined) entries.set("requirepass", password);
      }
      store.settings.save([...entries]);
    },
    parametersOf(extensions.all),
  );
  limitClients(config, report);
  config.bind("tcp-keepalive", (seconds) => listeners.keepalive = seconds !== "0");
  for (const { name, parameters = [] } of extensions.all) {
    for (const parameter of parameters) {
      config.bind(
        `${name}.${parameter.name}`,
        (value) => store.extensions.configure(parameter, value),
      );
    }
  }
  store.engine.commit();
  const aclFile = config.get("aclfile");
  let server: Server;
  try {
    server = new Server(store, config, {
      users: options.users,
      commands: commandsOfExtensions(extensions.all),
      aclFile: aclFile === "" ? undefined : new UserFile(aclFile, report),
      places: () => listeners.places,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      log,
    });
  } catch (error) {
    listeners.close();
    store.closeNow();
    throw error;
  }
  listeners.onOpened = (listener) => server.listen(listener);
  const { name, version } = driver.info;
  const sqlite = `${name} SQLite ${version}`;
  const started = `process ${Deno.pid}, Deno ${Deno.version.deno}, ${sqlite}`;
  report(`Redlite ${VERSION} started on ${options.db}: ${started}`, "notice");
  for (const listener of listeners.all) server.listen(listener);
  const where = `${listeners.describe()} (${options.db}, ${sqlite})`;
  return { server, where };
}

/** A host as `bind` has it. */
function hostName({ hostname, optional }: Host): string {
  return optional ? `-${hostname}` : hostname;
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

/** An error in one line, with what to do about it. @param path The database file, once that is known. */
function explain(error: unknown, path?: string): string {
  const file = path === undefined ? "the database file" : `the database file ${path}`;
  if (error instanceof SqliteError) {
    if (error.primary === SQLITE.NOTADB) {
      return `${file} is not an SQLite database, or is encrypted; ` +
        "name another with --db, or its --key-file";
    }
    if (error.primary === SQLITE.CANTOPEN) {
      return `cannot open ${file}; check --db, its directory and their permissions`;
    }
    if (error.corrupt) {
      return `${file} is damaged (${error.message}); put a backup in its place`;
    }
    if (error.busy) return `another process keeps ${file} locked`;
    if (error.primary === SQLITE.READONLY) return `${file} cannot be written to`;
  }
  return messageOf(error).split("\n")[0]!.replace(/^ERR /, "");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The directory of a database file in full; of none, where the process runs. */
function directoryOf(path: string): string {
  const directory = path === MEMORY ? "." : dirname(path);
  try {
    return Deno.realPathSync(directory);
  } catch {
    // It may not be read; then its name must do.
    return directory;
  }
}

/** Refuses a directory that is not the one of the database file. */
function keepDirectory(database: string, directory: string): void {
  let real: string;
  try {
    real = Deno.realPathSync(directory);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error("No such file or directory");
    throw error;
  }
  if (database === MEMORY || real === directoryOf(database)) return;
  throw new Error("the database file is in use: start with another --db");
}
