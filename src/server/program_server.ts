/**
 * Serves the database that a program has open. There is one server for a database, however often the
 * program listens: its clients are one crowd, and each `listen` is an entrance.
 *
 * @module
 */

import { busyWith } from "../commands/scripting/scripting_host.ts";
import type { Client, Command } from "../commands/table/command.ts";
import type { ListeningPlace } from "../commands/table/process_facts.ts";
import type { ListenOptions, RedliteServer, Servable, Serving } from "../embedded/serving.ts";
import type { Arguments } from "../resp/arguments.ts";
import { limitClients } from "./process/client_limit.ts";
import { isLoopback } from "./listening/address.ts";
import { readKeyPair } from "./listening/key_pair.ts";
import { Listeners } from "./listening/listeners.ts";
import { Log, type LogLevel } from "./log/log.ts";
import { Entrance } from "./entrance.ts";
import { Server } from "./server.ts";

/** Why CONFIG SET refuses to move a server. */
const PLACED = "the program that serves the database says where it listens";
/** Clients that may wait to be accepted, unless told otherwise. */
const BACKLOG = 511;

/** A server, as the program whose database it serves sees it. */
class ProgramServer implements Serving {
  readonly host: Server;
  readonly #log: Log;
  readonly #entrances = new Set<Entrance>();
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

  async #close(entrance: Entrance): Promise<void> {
    const { listeners } = entrance;
    listeners.close();
    if (!this.#entrances.has(entrance)) return await this.host.finished;
    this.#entrances.delete(entrance);
    if (this.#entrances.size === 0) return await this.host.stop({ save: false, why: "closed" });
    this.#showPlaces();
    this.host.turns.endNow();
    // What was answered is with the system then.
    await this.host.store.walSync.sync();
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.host.closeFrom(listeners.all);
  }

  get #places(): readonly ListeningPlace[] {
    return [...this.#entrances].flatMap(({ listeners }) => listeners.places);
  }

  #showPlaces(): void {
    const { config } = this.host;
    const of = (kind: ListeningPlace["name"]) => this.#places.filter(({ name }) => name === kind);
    config.show("port", String(of("tcp")[0]?.port ?? 0), PLACED);
    config.show("tls-port", String(of("tls")[0]?.port ?? 0), PLACED);
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
    this.host.tellMonitors(client, command, args);
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
  const { access, config } = database.shared;
  const { hostname = "127.0.0.1", path, tls, backlog = BACKLOG, mode = 0 } = options;
  const port = options.port ?? (path === undefined ? 0 : undefined);
  const open = options.protectedMode === false || config.get("protected-mode") === "no" ||
    !access.defaultUser.nopass;
  if (port !== undefined && !open && !options.password && !isLoopback(hostname)) {
    throw new TypeError(
      `listening on ${hostname} lets other machines in: give a password, or protectedMode: false`,
    );
  }
  const listeners = await Listeners.open({
    addresses: port === undefined
      ? []
      : [{ hostname, port, tls: tls !== undefined, optional: false }],
    keyPair: tls && readKeyPair({ certFile: "", keyFile: "", ...tls }),
    backlog,
    unixSocket: path,
    unixSocketMode: mode,
    log: (message) => options.log?.(message, "warning"),
  });
  try {
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
    return server.add(listeners, options);
  } catch (error) {
    listeners.close();
    throw error;
  }
}

/** Puts what options say of the whole server into effect. @throws {CommandError} If it cannot be. */
function configure({ shared }: Servable, options: ListenOptions): void {
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
