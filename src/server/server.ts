/**
 * The server: listens, runs the turns of all sessions, and is the host that commands ask about the
 * process around the store.
 *
 * A turn ends in the microtask after the event loop's pass in which it began, so it holds what
 * arrived in that pass. Replies leave then, or when the write-ahead log is on the disk, as
 * `appendfsync` says.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import type { Client, Host, ProcessInfo } from "../commands/command.ts";
import { commandTable } from "../commands/commands.ts";
import type { Table } from "../commands/table.ts";
import { VERSION } from "../commands/version.ts";
import { TurnFailed, WriteLocked } from "../engine/engine.ts";
import type { Timer } from "../engine/clock.ts";
import { SQLITE, SqliteError } from "../sqlite/sqlite.ts";
import type { Slice } from "../store/slice.ts";
import type { Store } from "../store/store.ts";
import { BufferPool } from "./buffers.ts";
import type { ServerConfiguration } from "./configuration.ts";
import { Session } from "./session.ts";
import { ServerStatistics } from "./statistics.ts";

/** Milliseconds between two tries for a write lock that another process holds. */
const LOCK_RETRY_MS = 2;
/** Milliseconds between two looks at idle clients, output limits and rates. */
const CRON_MS = 100;

/** Serves one store. */
export class Server implements Host {
  readonly store: Store;
  readonly config: ServerConfiguration;
  readonly commands: Table = commandTable();
  readonly stats = new ServerStatistics();
  readonly buffers = new BufferPool();
  readonly process: ProcessInfo;
  /** Sessions with replies of the turn that runs. */
  turnSessions: Session[] = [];
  /** Sessions whose replies wait for the disk. */
  readonly held = new Set<Session>();
  /** Resolves when the server has stopped; with an error if it had to. */
  readonly finished: Promise<void>;
  readonly #finish: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #log: (message: string) => void;
  readonly #busyTimeoutMs: number;
  readonly #sessions = new Map<number, Session>();
  readonly #listeners: Deno.Listener[] = [];
  #parked: Session[] = [];
  #retryTimer: Timer | undefined;
  #cron: Timer | undefined;
  #nextId = 1;
  #turnScheduled = false;
  #afterTurn: (() => void)[] = [];
  #stopping = false;

  /**
   * @param port The TCP port for INFO, 0 without one.
   * @param log Takes one line about what an operator should know.
   */
  constructor(
    store: Store,
    config: ServerConfiguration,
    options: {
      readonly port: number;
      readonly busyTimeoutMs: number;
      readonly log: (message: string) => void;
    },
  ) {
    this.store = store;
    this.config = config;
    this.#log = options.log;
    this.#busyTimeoutMs = options.busyTimeoutMs;
    this.finished = this.#finish.promise;
    this.process = {
      version: VERSION,
      runId: randomHex(40),
      startedAtMs: store.engine.clock.now(),
      port: options.port,
      executable: Deno.mainModule.startsWith("file:") ? Deno.mainModule.slice(7) : Deno.mainModule,
    };
    store.walSync.onSynced = () => this.#synced();
    store.walSync.onFailed = (error) => this.#syncFailed(error);
    store.sweeper.start();
    this.#scheduleCron();
  }

  /** Accepts connections until the server stops. */
  listen(listener: Deno.Listener): void {
    this.#listeners.push(listener);
    void this.#accept(listener);
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    while (!this.#stopping) {
      let connection: Deno.Conn;
      try {
        connection = await listener.accept();
      } catch (error) {
        if (this.#stopping || error instanceof Deno.errors.BadResource) return;
        // Too many open files, or a peer that is gone already: the others go on.
        this.#log(`cannot accept a connection: ${messageOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
        continue;
      }
      this.#begin(connection);
    }
  }

  #begin(connection: Deno.Conn): void {
    if (this.#sessions.size >= this.config.maxClients) {
      this.stats.connectionsRejected++;
      connection.write(new TextEncoder().encode("-ERR max number of clients reached\r\n"))
        .catch(() => {}).finally(() => connection.close());
      return;
    }
    if (connection.remoteAddr.transport === "tcp") (connection as Deno.TcpConn).setNoDelay(true);
    this.stats.connectionsReceived++;
    const session = new Session(this, connection, this.#nextId++);
    this.#sessions.set(session.id, session);
    void session.run();
  }

  /** Tells an operator. */
  report(message: string): void {
    this.#log(message);
  }

  /** Notes that a session is closed. */
  ended(session: Session): void {
    this.#sessions.delete(session.id);
    this.held.delete(session);
  }

  /** Begins a turn, if none runs, and sees to its end. */
  enterTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    this.store.engine.begin();
    queueMicrotask(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#turnScheduled = false;
    const { store } = this;
    try {
      store.endTurn();
    } catch (error) {
      if (!(error instanceof TurnFailed)) throw error;
      this.turnFailed(error);
      return;
    }
    const turn = store.walSync.awaitedTurn;
    const wait = store.walSync.mustWait(turn) ? turn : 0;
    const sessions = this.turnSessions;
    for (let i = 0; i < sessions.length; i++) sessions[i].turnEnded(wait);
    sessions.length = 0;
    if (this.#afterTurn.length > 0) {
      const actions = this.#afterTurn;
      this.#afterTurn = [];
      for (const action of actions) action();
    }
  };

  /** Turns every reply of the turn that was rolled back into an error. */
  turnFailed(failure: TurnFailed): void {
    this.#log(`a turn was rolled back: ${failure.message}`);
    const message = this.failureMessage(failure);
    const sessions = this.turnSessions;
    this.turnSessions = [];
    for (const session of sessions) session.turnFailed(message);
  }

  /** The error reply for a turn that SQLite refused. */
  failureMessage(failure: TurnFailed): string {
    const { cause } = failure;
    if (!(cause instanceof SqliteError)) return `ERR internal error: ${failure.message}`;
    if (cause.busy) return BUSY;
    if (cause.primary === SQLITE.FULL) return "MISCONF the disk is full, nothing was written";
    return `IOERR nothing was written: ${failure.message}`;
  }

  /** Lets a session wait for the write lock that another process holds. */
  park(session: Session): void {
    session.parked = true;
    session.parkedUntilMs = this.store.engine.clock.now() + this.#busyTimeoutMs;
    this.#parked.push(session);
    this.#scheduleRetry();
  }

  #scheduleRetry(): void {
    this.#retryTimer ??= this.store.engine.clock.after(LOCK_RETRY_MS, () => {
      this.#retryTimer = undefined;
      this.#retryParked();
    });
  }

  #retryParked(): void {
    const sessions = this.#parked.filter((session) => session.parked);
    this.#parked = [];
    if (sessions.length === 0) return;
    this.enterTurn();
    try {
      this.store.engine.write();
    } catch (error) {
      if (!(error instanceof WriteLocked)) throw error;
      const now = this.store.engine.clock.now();
      for (const session of sessions) {
        if (session.parkedUntilMs <= now) session.giveUp(BUSY);
        else this.#parked.push(session);
      }
      if (this.#parked.length > 0) this.#scheduleRetry();
      return;
    }
    for (const session of sessions) session.retry();
  }

  #synced(): void {
    const turn = this.store.walSync.syncedTurn;
    for (const session of this.held) if (!session.synced(turn)) this.held.delete(session);
  }

  #syncFailed(error: unknown): void {
    this.#log(`cannot sync the write-ahead log: ${messageOf(error)}`);
    // Whether the writes are on the disk is unknown, so they must not be acknowledged.
    for (const session of [...this.held]) session.close();
    this.held.clear();
  }

  #scheduleCron(): void {
    this.#cron = this.store.engine.clock.after(CRON_MS, () => {
      const now = this.store.engine.clock.now();
      this.stats.sample(now);
      const idleMs = this.config.timeoutSeconds * 1000;
      for (const session of this.#sessions.values()) {
        if (session.checkOutputLimit(now)) continue;
        if (session.updateIdle(now) > idleMs && idleMs > 0) session.close();
      }
      this.#scheduleCron();
    });
  }

  clients(): Iterable<Client> {
    return this.#sessions.values();
  }

  client(id: number): Client | undefined {
    return this.#sessions.get(id);
  }

  kill(client: Client, self: Client): void {
    if (client === self) client.closeAfterReply();
    else this.#sessions.get(client.id)?.close();
  }

  get passwordRequired(): boolean {
    return this.config.requirepass !== "";
  }

  authenticate(user: string, password: Slice): boolean {
    if (user !== "default") return false;
    const wanted = new TextEncoder().encode(this.config.requirepass);
    if (wanted.length === 0) return true;
    // Compared as long as the longer one is, whatever the difference.
    const given = password.view();
    const size = Math.max(wanted.length, given.length);
    const a = new Uint8Array(size), b = new Uint8Array(size);
    a.set(wanted);
    b.set(given);
    return timingSafeEqual(a, b) && wanted.length === given.length;
  }

  checkpoint(background: boolean): void {
    this.#afterTurn.push(() => {
      try {
        if (background) this.store.checkpointer.start();
        else this.store.checkpoint();
      } catch (error) {
        this.#log(`checkpoint: ${messageOf(error)}`);
      }
    });
  }

  get lastSave(): number {
    return this.store.checkpointer.lastCompleteAt;
  }

  shutdown(options: { readonly save: boolean }): void {
    this.#afterTurn.push(() => void this.stop(options));
  }

  /** Stops: finishes the turn, lets no one in, closes the connections and the store. */
  async stop(options: { readonly save: boolean } = { save: true }): Promise<void> {
    if (this.#stopping) return await this.finished;
    this.#stopping = true;
    for (const listener of this.#listeners) listener.close();
    this.#cron?.cancel();
    this.#retryTimer?.cancel();
    try {
      if (this.#turnScheduled) this.#endTurn();
      if (this.store.walSync.mode !== "no") await this.store.walSync.sync();
      // Replies that waited for the disk have been handed to the system; let them leave.
      await new Promise((resolve) => setTimeout(resolve, 0));
      for (const session of [...this.#sessions.values()]) session.close();
      if (options.save) this.store.checkpoint();
      await this.store.close();
      this.#finish.resolve();
    } catch (error) {
      this.#finish.reject(error);
    }
    await this.finished;
  }
}

const BUSY = "BUSY another process holds the write lock of the database; try again";

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function randomHex(digits: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
