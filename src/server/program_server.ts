/**
 * Serves the database that a program has open. There is one server for a database, however often the
 * program listens: its clients are one crowd, and each `listen` is an entrance.
 *
 * @module
 */

import { busyWith } from "../commands/scripting/scripting_host.ts";
import type { Command } from "../commands/table/command.ts";
import type { Client } from "../commands/table/client.ts";
import type { ListeningPlace } from "../commands/table/process_facts.ts";
import type {
  HandlerOptions,
  HttpOptions,
  RedliteHttpServer,
  RequestOrigin,
} from "../embedded/serving/http_serving.ts";
import type {
  ListenOptions,
  RedliteServer,
  Servable,
  ServerCertificate,
  Serving,
} from "../embedded/serving/serving.ts";
import type { HttpEntrance } from "./http/http_entrance.ts";
import type { HttpService } from "./http/http_service.ts";
import type { Ends } from "./http/request_connection.ts";
import type { Arguments } from "../resp/arguments.ts";
import { limitClients } from "./process/client_limit.ts";
import { isLoopback } from "./listening/address.ts";
import { type KeyPair, readKeyPair } from "./listening/key_pair.ts";
import { Listeners } from "./listening/listeners.ts";
import { Log, type LogLevel } from "./log/log.ts";
import { messageOf } from "../store/values/errors.ts";
import { Entrance, HttpPlace } from "./entrance.ts";
import { Server } from "./server.ts";

/** Why CONFIG SET refuses to move a server. */
const PLACED = "the program that serves the database says where and how it listens";
/** Clients that may wait to be accepted, unless told otherwise. */
const BACKLOG = 511;

/** A server, as the program whose database it serves sees it. */
class ProgramServer implements Serving {
  readonly host: Server;
  readonly #log: Log;
  readonly #entrances = new Set<Entrance>();
  readonly #httpPlaces = new Set<HttpPlace>();
  /** What answers the requests of the program's own server, once there was one. */
  #http: HttpService | undefined;
  #report: ListenOptions["log"];

  constructor(database: Servable) {
    const { shared } = database;
    const log = this.#log = new Log({
      level: "nothing",
      format: "text",
      path: "",
      sink: (message, level) => this.#report?.(message, level),
    });
    this.host = new Server(shared.store, shared.config, {
      shared,
      log,
      places: () => this.#places,
      busyTimeoutMs: database.busyTimeoutMs,
      onReleased: () => {
        database.serving = undefined;
        for (const { listeners } of this.#entrances) listeners.close();
        this.#entrances.clear();
        for (const place of this.#httpPlaces) place.entrance.close();
        this.#httpPlaces.clear();
        this.#showPlaces();
      },
    });
    const { config } = shared;
    limitClients(config, log.report);
    config.bind("loglevel", () => this.#setLogLevel());
    config.bind("tcp-keepalive", () => {
      for (const entrance of this.#entrances) this.#setKeepalive(entrance);
    });
    database.serving = this;
  }

  /** Lets clients in there, too. */
  add(listeners: Listeners, options: ListenOptions): Entrance {
    if (options.log !== undefined) this.#report = options.log;
    this.#setLogLevel();
    const entrance: Entrance = new Entrance(listeners, options, {
      finished: this.host.finished,
      close: () => this.#close(entrance),
    });
    this.#entrances.add(entrance);
    this.#setKeepalive(entrance);
    this.#showPlaces();
    for (const listener of listeners.all) this.host.listen(listener);
    return entrance;
  }

  /** Serves HTTP there, too. */
  addHttp(entrance: HttpEntrance, options: HttpOptions): HttpPlace {
    if (options.log !== undefined) this.#report = options.log;
    this.#setLogLevel();
    const place: HttpPlace = new HttpPlace(entrance, {
      finished: this.host.finished,
      close: () => this.#closeHttp(place),
    });
    this.#httpPlaces.add(place);
    this.#showPlaces();
    entrance.serve(this.host);
    return place;
  }

  /** What answers requests that come in by the program's own server. */
  async handler({ log }: HandlerOptions): Promise<HttpService> {
    if (log !== undefined) this.#report = log;
    this.#setLogLevel();
    const { HttpService } = await import("./http/http_service.ts");
    return this.#http ??= new HttpService(this.host);
  }

  async #close(entrance: Entrance): Promise<void> {
    const { listeners } = entrance;
    listeners.close();
    if (!this.#entrances.delete(entrance)) return await this.host.finished;
    if (this.#isLast) return await this.host.stop({ save: false, why: "closed" });
    await this.#answered();
    this.host.closeFrom(listeners.all);
  }

  async #closeHttp(place: HttpPlace): Promise<void> {
    const { entrance } = place;
    entrance.close();
    if (!this.#httpPlaces.delete(place)) return await this.host.finished;
    if (this.#isLast) return await this.host.stop({ save: false, why: "closed" });
    await this.#answered();
    entrance.endAll();
    await entrance.answered();
  }

  /** Whether nobody comes in any more. */
  get #isLast(): boolean {
    return this.#entrances.size + this.#httpPlaces.size === 0 && this.#http === undefined;
  }

  /** Resolves when what was answered is with the system. */
  async #answered(): Promise<void> {
    this.#showPlaces();
    this.host.turns.endNow();
    // Of what the disk refuses others hear.
    await this.host.store.walSync.sync().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  get #places(): readonly ListeningPlace[] {
    return [
      ...[...this.#entrances].flatMap(({ listeners }) => listeners.places),
      ...[...this.#httpPlaces].map(({ entrance }) => entrance.place),
    ];
  }

  #showPlaces(): void {
    const { config } = this.host;
    const of = (kind: ListeningPlace["name"]) => this.#places.filter(({ name }) => name === kind);
    config.show("port", String(of("tcp")[0]?.port ?? 0), PLACED);
    config.show("tls-port", String(of("tls")[0]?.port ?? 0), PLACED);
    const certificates = [...this.#entrances].map(({ certificate }) => certificate);
    config.show("tls-cert-file", certificates.find((each) => each)?.certFile ?? "", PLACED);
    config.show("tls-key-file", certificates.find((each) => each)?.keyFile ?? "", PLACED);
    const http = this.#places.find(({ name }) => name === "http" || name === "https");
    config.show("http", http === undefined ? "" : `${http.binds[0]}:${http.port}`, PLACED);
    config.show("unixsocket", of("unix")[0]?.binds[0] ?? "", PLACED);
    const hosts = [...of("tcp"), ...of("tls")].flatMap(({ binds }) => binds);
    config.show("bind", [...new Set(hosts)].join(" "), PLACED);
  }

  #setLogLevel(): void {
    const level = this.host.config.get("loglevel") as LogLevel;
    this.#log.level = this.#report === undefined ? "nothing" : level;
  }

  #setKeepalive({ listeners }: Entrance): void {
    listeners.keepalive = this.host.config.get("tcp-keepalive") !== "0";
  }

  // What calls of the program need.

  get inTurn(): boolean {
    return this.host.turns.running;
  }

  get monitored(): boolean {
    return this.host.monitors.size > 0;
  }

  settle(): void {
    const { running } = this.host.scripting;
    if (running !== undefined) throw busyWith(running);
    this.host.turns.endNow();
  }

  tell(client: Client, command: Command, args: Arguments): void {
    this.host.monitors.tell(client, command, args);
  }

  endTurn(): void {
    const { turns } = this.host;
    turns.enter();
    const failure = turns.endNow();
    if (failure !== undefined) throw failure;
  }

  rolledBack(): void {
    this.host.turns.takeBack("ERR the program rolled the transaction back");
  }

  whenOver(callback: () => void): void {
    queueMicrotask(() => {
      this.host.turns.enter();
      this.host.turns.after(callback);
    });
  }

  async stop(): Promise<void> {
    await this.host.stop({ save: false, why: "the database is closed" }).catch(() => {});
  }

  stopNow(): void {
    this.host.stopNow();
  }
}

const servers = new WeakMap<Servable, ProgramServer>();

/**
 * Serves a program's database in one more place.
 *
 * @throws {Error} In one line, if it cannot listen there or an option is wrong.
 */
export async function serve(database: Servable, options: ListenOptions): Promise<RedliteServer> {
  // It may have been closed while this module was loaded.
  database.settle();
  const { hostname = "127.0.0.1", path, tls, backlog = BACKLOG, mode = 0 } = options;
  const port = options.port ?? (path === undefined ? 0 : undefined);
  if (port !== undefined) assertClosed(database, hostname, options);
  const listeners = await Listeners.open({
    addresses: port === undefined
      ? []
      : [{ hostname, port, tls: tls !== undefined, optional: false }],
    keyPair: keyPairOf(tls),
    backlog,
    unixSocket: path,
    unixSocketMode: mode,
    log: (message) => options.log?.(message, "warning"),
  });
  try {
    return (await serverOf(database, options)).add(listeners, options);
  } catch (error) {
    listeners.close();
    throw error;
  }
}

/**
 * Serves a program's database by HTTP.
 *
 * @throws {Error} In one line, if it cannot listen there or an option is wrong.
 */
export async function serveHttp(
  database: Servable,
  options: HttpOptions,
): Promise<RedliteHttpServer> {
  const { HttpEntrance } = await import("./http/http_entrance.ts");
  database.settle();
  const { hostname = "127.0.0.1", port = 0, tls } = options;
  assertClosed(database, hostname, options);
  const entrance = new HttpEntrance({ hostname, port }, keyPairOf(tls));
  try {
    return (await serverOf(database, options)).addHttp(entrance, options);
  } catch (error) {
    entrance.close();
    throw error;
  }
}

/** Answers a request that came in by a server of the program's. */
export async function answerHttp(
  database: Servable,
  options: HandlerOptions,
  request: Request,
  origin: RequestOrigin,
): Promise<Response> {
  let service: HttpService;
  try {
    let server = await handlers.get(options);
    if (server === undefined || server.host.stopping) {
      const next = serverOf(database, options);
      handlers.set(options, next);
      server = await next;
    }
    service = await server.handler(options);
  } catch (error) {
    handlers.delete(options);
    return Response.json({ error: `ERR ${messageOf(error)}` }, { status: 503 });
  }
  return await service.answer(request, endsOf(request, origin));
}

/** The server of each handler, by its options, which are its own. */
const handlers = new WeakMap<HandlerOptions, Promise<ProgramServer>>();

/** The ends of a request's connection. Who does not say where it came from has it come from afar. */
function endsOf({ url }: Request, { remoteAddr }: RequestOrigin): Ends {
  const { protocol, port } = new URL(url);
  const local = Number(port) || (protocol === "https:" ? 443 : 80);
  const remote: Deno.Addr = remoteAddr?.path === undefined
    ? {
      transport: "tcp",
      hostname: remoteAddr?.hostname ?? "0.0.0.0",
      port: remoteAddr?.port ?? 0,
    }
    : { transport: "unix", path: remoteAddr.path };
  return { local: { transport: "tcp", hostname: "127.0.0.1", port: local }, remote };
}

const keyPairOf = (tls: ServerCertificate | undefined): KeyPair | undefined =>
  tls && readKeyPair({ certFile: "", keyFile: "", ...tls });

/** Makes sure that other machines need a password, or are kept out. @throws {TypeError} */
function assertClosed(
  { shared: { access, config } }: Servable,
  hostname: string,
  { password, protectedMode }: HandlerOptions,
): void {
  const open = protectedMode === false || config.get("protected-mode") === "no" ||
    !access.defaultUser.nopass;
  if (open || password || isLoopback(hostname)) return;
  throw new TypeError(
    `listening on ${hostname} lets other machines in: give a password, or protectedMode: false`,
  );
}

/** The server of a database, made if there is none, with what options say of it in effect. */
async function serverOf(database: Servable, options: HandlerOptions): Promise<ProgramServer> {
  let server = servers.get(database);
  while (server?.host.stopping === true && database.serving === server) {
    await server.host.finished.catch(() => {});
    server = servers.get(database);
  }
  database.settle();
  configure(database, options);
  if (server === undefined || server.host.stopping) {
    server = new ProgramServer(database);
    servers.set(database, server);
  }
  return server;
}

/** Puts what options say of the whole server into effect. @throws {CommandError} If it cannot be. */
function configure({ shared }: Servable, options: HandlerOptions): void {
  const { password, protectedMode, maxclients, timeout, users = [] } = options;
  const changes: [string, string][] = [];
  if (password !== undefined) changes.push(["requirepass", password]);
  if (protectedMode !== undefined) changes.push(["protected-mode", protectedMode ? "yes" : "no"]);
  if (maxclients !== undefined) changes.push(["maxclients", String(maxclients)]);
  if (timeout !== undefined) changes.push(["timeout", String(timeout)]);
  if (changes.length > 0) shared.config.set(changes);
  for (const user of users) shared.access.declareUser(user);
  shared.store.endTurn();
}
