/**
 * Starts a server from a command line, and ends it on a signal.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { latin1Bytes } from "../commands/table/latin1.ts";
import { commandsOfExtensions } from "../commands/table/commands.ts";
import { parametersOf } from "../embedded/configuration.ts";
import { VERSION } from "../commands/table/version.ts";
import type { Durability } from "../engine/wal_sync.ts";
import { chooseDriver, loadOptionalDriver } from "../sqlite/drivers.ts";
import type { Driver } from "../sqlite/sqlite.ts";
import { keyedDriver } from "../sqlite/encryption.ts";
import { MEMORY, Store } from "../store/store.ts";
import { UserFile } from "./acl_file.ts";
import type { Host, HttpAddress } from "./listening/address.ts";
import type { HttpEntrance } from "./http/http_entrance.ts";
import { completions } from "./completions.ts";
import { ConfError } from "./configuration/conf_file.ts";
import { ConfKeeper } from "./configuration/conf_keeper.ts";
import { ConfigurationValues } from "../clients/configuration/configuration.ts";
import { listeningAppliers } from "./configuration/listening_parameters.ts";
import {
  environmentNotes,
  parseOptions,
  readEnvironment,
  type ServerOptions,
} from "./configuration/options.ts";
import { limitClients } from "./process/client_limit.ts";
import { serverFiles } from "./export/server_files.ts";
import { explain } from "./explain.ts";
import { messageOf } from "../store/values/errors.ts";
import { type BuiltInExtensions, ServerExtensions } from "./extensions.ts";
import { handshakeLine, refusalLine } from "./process/handshake.ts";
import { type KeyPair, readKeyPair } from "./listening/key_pair.ts";
import { Listeners } from "./listening/listeners.ts";
import { makePrivatePlace, PRIVATE_MODE, type PrivatePlace } from "./listening/private_place.ts";
import { superviseBy } from "./process/supervision.ts";
import { ProgressBar } from "./log/progress_bar.ts";
import type { Log, LogLevel, Report } from "./log/log.ts";
import { Server } from "./server.ts";
import { stopOnSignals, stopWithParents } from "./process/stopping.ts";
import { parseTool, runTool } from "./tools.ts";
import { openLog, writePidFile } from "./start_files.ts";

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
    const [subcommand] = args;
    if (subcommand === "completions") {
      console.log(completions(args.slice(1)));
      return 0;
    }
    if (subcommand === "import") {
      // Heavy, and seldom asked for.
      const { runImport } = await import("./import/command.ts");
      return await runImport(args.slice(1), builtIn);
    }
    if (subcommand === "export") {
      const { runExport } = await import("./export/command.ts");
      return await runExport(args.slice(1), builtIn);
    }
    const tool = parseTool(args, readEnvironment);
    if (tool !== undefined) return await runTool(tool);
    const options = parseOptions(args, readEnvironment);
    if (typeof options === "string") {
      console.log(options);
      return 0;
    }
    return await run(options, builtIn);
  } catch (error) {
    refuse(error, explain(error), args.includes("--handshake"));
    return 1;
  }
}

/** Tells whoever started it why there is no server. */
function refuse(error: unknown, why: string, handshake: boolean): void {
  if (handshake) console.log(refusalLine(why));
  else if (error instanceof ConfError) console.error(error.message);
  else console.error(`redlite: ${why}`);
}

/** Runs a server until it has stopped. @returns The exit code. */
async function run(options: ServerOptions, builtIn: BuiltInExtensions): Promise<number> {
  const log = openLog(options.log);
  const supervised = options.parameters.get("supervised") ?? "no";
  using supervision = superviseBy(supervised, readEnvironment("NOTIFY_SOCKET"));
  if (supervision.problem !== undefined) log.report(supervision.problem);
  let ready = false;
  let place: PrivatePlace | undefined;
  try {
    place = options.private && await makePrivatePlace(options.private);
    const { server, where, http } = await start(options, builtIn, log, place, supervision.name);
    for (const note of [...options.notes, ...environmentNotes()]) log.report(note, "notice");
    // Whoever reads that it is ready may send a signal at once.
    if (options.parents.length === 0) stopOnSignals(server, (name) => server.config.get(name));
    else stopWithParents(server, options.parents);
    using _pidFile = writePidFile(options.pidFile, log);
    console.log(
      options.handshake ? handshake(server, place) : `redlite ${VERSION} ready on ${where}`,
    );
    ready = true;
    supervision.ready();
    server.onStopping = () => supervision.stopping();
    await server.finished;
    await http?.answered();
    log.end();
    log.report("stopped", "notice");
    return 0;
  } catch (error) {
    const why = explain(error, options.db);
    // Whoever started it looks here; who looks into the file finds it there too.
    refuse(error, why, options.handshake && !ready);
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

/** Opens the store and listens. @returns Where, in words, too. */
async function start(
  options: ServerOptions,
  builtIn: BuiltInExtensions,
  log: Log,
  place: PrivatePlace | undefined,
  supervised: string,
): Promise<{ server: Server; where: string; http: HttpEntrance | undefined }> {
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
  let http: HttpEntrance | undefined;
  const bar = new ProgressBar();
  try {
    http = options.http && await openHttp(options, options.http);
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
    http?.close();
    throw error;
  } finally {
    bar.end();
  }
  store.setBusyTimeout(0);
  const kept = store.settings.load();
  const initial = new Map([
    ["appendfsync", "always"],
    // Who has a file for the configuration keeps it there.
    ...options.confFile === undefined ? kept : [],
    ...options.parameters,
    ...options.extensionParameters,
    ...place === undefined ? [] : [["requirepass", place.password] as const],
    ["port", String(listeners.port)],
    ["tls-port", String(listeners.tlsPort)],
    ["http", http === undefined ? "" : `${http.hostname}:${http.port}`],
    ["bind", [...new Set(options.addresses.map(hostName))].join(" ")],
    // Files that an earlier CONFIG REWRITE kept are not those that are in use.
    ["tls-cert-file", options.parameters.get("tls-cert-file") ?? ""],
    ["tls-key-file", options.parameters.get("tls-key-file") ?? ""],
    ["databases", String(options.databases)],
    ["checkpoints", checkpoints],
    ["extensions", extensions.words],
    ["sqlite-driver", driver.info.name],
    ["sqlite-lib", driver.info.library],
    ["dir", directoryOf(store.path, options.directory)],
    ["dbfilename", store.path === MEMORY ? "" : basename(store.path)],
  ]);
  store.engine.commit();
  const keeper = options.confFile === undefined
    ? undefined
    : new ConfKeeper(options.confFile, options.parameters, initial);
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
        http,
      ),
    },
    (values) => {
      // A private place has a password of its own, which is not for the next start.
      if (keeper !== undefined) {
        const all = [...config.parameters()];
        keeper.rewrite(all.filter(([{ name }]) => place === undefined || name !== "requirepass"));
        return;
      }
      const entries = new Map(Object.entries(values));
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
      renamings: options.renamings,
      facts: { confFile: options.confFile ?? "", supervised },
      aclFile: aclFile === "" ? undefined : new UserFile(aclFile, report),
      places: () => [...listeners.places, ...http === undefined ? [] : [http.place]],
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      files: serverFiles(options.rdb),
      log,
    });
    await load(server, options, plain, report);
  } catch (error) {
    listeners.close();
    http?.close();
    store.closeNow();
    throw error;
  }
  if (keeper !== undefined) {
    keeper.users = () =>
      server.access.declarations().map((user) => new TextDecoder().decode(latin1Bytes(user)));
  }
  listeners.onOpened = (listener) => server.listen(listener);
  const { name, version } = driver.info;
  const sqlite = `${name} SQLite ${version}`;
  const started = `process ${Deno.pid}, Deno ${Deno.version.deno}, ${sqlite}`;
  report(`Redlite ${VERSION} started on ${options.db}: ${started}`, "notice");
  for (const listener of listeners.all) server.listen(listener);
  if (http !== undefined) {
    http.serve(server);
    server.closeAtStop(() => http?.close());
  }
  const places = http === undefined
    ? listeners.describe()
    : `${listeners.describe()} and ${http.url}`;
  const where = `${places} (${options.db}, ${sqlite})`;
  return { server, where, http };
}

/** Listens for HTTP, by TLS if there is a certificate. */
async function openHttp(options: ServerOptions, address: HttpAddress): Promise<HttpEntrance> {
  // Who is not asked to serve HTTP does not load it.
  const { HttpEntrance } = await import("./http/http_entrance.ts");
  const named = options.parameters.get("tls-cert-file") || options.certificate.cert;
  const keyPair = named
    ? keyPairOf(options, (name) => options.parameters.get(name) ?? "")
    : undefined;
  return new HttpEntrance(address, keyPair);
}

/** Lets an empty database begin with other data. */
async function load(
  { shared }: Server,
  { load: from, rdb }: ServerOptions,
  driver: Driver,
  report: Report,
): Promise<void> {
  if (from === undefined) return;
  // What saves write is not there before the first.
  if (from === rdb && !existsSync(from)) return;
  const { loadAtStart } = await import("./import/load.ts");
  await loadAtStart(shared, from, driver, report);
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
  const path = (name: string) => {
    const file = parameter(name);
    return file === "" || isAbsolute(file) ? file : join(options.directory, file);
  };
  return readKeyPair({
    certFile: path("tls-cert-file"),
    keyFile: path("tls-key-file"),
    ...options.certificate,
  });
}

/** The directory of a database file in full; of none, the one that is named. */
function directoryOf(path: string, named = "."): string {
  const directory = path === MEMORY ? named : dirname(path);
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
