/**
 * What is under the typed methods: runs commands of the table on a store, each as a turn of its own
 * unless a transaction is open, and keeps one read transaction for a stretch of synchronous code.
 *
 * @module
 */

import type { OnProgress } from "../../engine/jobs.ts";
import { AsyncLocalStorage } from "node:async_hooks";
import type { BlockedClients } from "../../clients/blocked_clients.ts";
import type { ConfigurationValues } from "../../clients/configuration/configuration.ts";
import { SharedState } from "../../clients/shared.ts";
import type { Context } from "../../commands/table/command.ts";
import type { Wait } from "../../commands/table/client.ts";
import { asideError } from "../../commands/table/aside.ts";
import { NotLoaded } from "../../commands/scripting/scripting_host.ts";
import { runHandler } from "../../commands/table/run.ts";
import type { Table } from "../../commands/table/table.ts";
import { History } from "../../history/history.ts";
import { Search } from "../../search/search.ts";
import { Arguments } from "../../resp/arguments.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import { type SqlResult, type SqlValue, UNLIMITED } from "../../store/sql/queries.ts";
import type { SqlWritten } from "../../store/sql/writes.ts";
import type { Store } from "../../store/store.ts";
import { EmbeddedClient } from "./client.ts";
import type { Runner } from "../commands/runner.ts";
import { wrongType } from "../checks.ts";
import { programConfiguration } from "../configuration.ts";
import { type Argument, type Data, type Decode, type Key, toText } from "../data.ts";
import { assertKeys, fillArguments, keyOf, valueOf } from "./edge.ts";
import { publicError } from "../errors.ts";
import type { Extension } from "../extension.ts";
import { EmbeddedHost, openLog } from "./host.ts";
import { Messages } from "../messages.ts";
import { ProgramTurns } from "./program_turns.ts";
import { commandOf } from "./program_commands.ts";
import { Scratch } from "./scratch.ts";
import type { Servable, Serving } from "../serving/serving.ts";
import {
  asynchronous,
  brokenTransaction,
  isAsynchronous,
  isPromise,
  writers,
} from "./transactions.ts";
import { type Value, ValueReply } from "./value_reply.ts";
import { WaitingCall } from "./waiting.ts";

/** What a core is made with. */
export interface CoreOptions {
  /** The extensions that the store is open with. */
  readonly extensions?: readonly Extension[];
  /** How long a write waits for another process's write lock. */
  readonly busyTimeoutMs?: number | undefined;
  /** Takes a line about what was done when it was opened. */
  readonly report?: ((message: string) => void) | undefined;
  /** What a server has made already that has no clients yet. */
  readonly shared?: SharedState;
  /** Parameters of CONFIG that it begins with. */
  readonly parameters?: ReadonlyMap<string, string>;
}

/** Runs commands on one store. */
export class Core implements Runner, Servable {
  readonly store: Store;
  readonly table: Table;
  readonly client: EmbeddedClient;
  readonly host: EmbeddedHost;
  readonly shared: SharedState;
  /** Subscriptions. */
  readonly messages: Messages;
  readonly #blocked: BlockedClients;
  readonly #args = new Arguments();
  readonly #reply = new ValueReply(toText);
  readonly #context: Context;
  readonly #scratch = new Scratch();
  readonly #turns: ProgramTurns;
  #broken = false;
  /** The transaction whose function the code that runs now was begun by. */
  readonly #scopes = new AsyncLocalStorage<{ readonly refused: boolean }>();
  #anyRefused = false;
  /** Whether there is any reason to refuse calls; most have only this to look at. */
  #mayRefuse = false;
  readonly #options: CoreOptions;
  #config: ConfigurationValues | undefined;
  #closing: Promise<void> | undefined;

  constructor(store: Store, table: Table, options: CoreOptions = {}) {
    this.store = store;
    this.table = table;
    this.#options = options;
    History.of(store);
    Search.of(store);
    this.shared = options.shared ?? new SharedState(store, {
      runTurn: (work) => this.#turns.run(work),
      client: () => undefined,
      closeOf: () => {},
      closeForbidden: () => {},
      report: () => {},
    }, { commands: table, config: () => this.config, keepAlive: true });
    const turns = this.#turns = new ProgramTurns(this.shared, options.busyTimeoutMs);
    this.client = new EmbeddedClient(store.engine.clock.now(), this.#reply);
    this.host = new EmbeddedHost(this.shared, this.client, turns);
    this.#context = {
      args: this.#args,
      reply: this.#reply,
      store,
      client: this.client,
      host: this.host,
    };
    this.#blocked = this.host.blocked;
    this.messages = new Messages(store.engine, this.host.pubsub);
    openLog({ store, host: this.host, report: options.report ?? (() => {}) });
  }

  /** The parameters of CONFIG, in effect once somebody has asked for them. */
  get config(): ConfigurationValues {
    const { extensions = [], parameters = new Map() } = this.#options;
    return this.#config ??= programConfiguration(this.shared, extensions, parameters);
  }

  /** See {@linkcode Servable}. */
  get busyTimeoutMs(): number {
    return this.#turns.busyTimeoutMs;
  }

  /** See {@linkcode Servable}. */
  get serving(): Serving | undefined {
    return this.#turns.serving;
  }
  set serving(serving: Serving | undefined) {
    this.#turns.serving = serving;
    if (serving !== undefined) this.#mayRefuse = true;
  }

  get description(): string {
    const { path, engine } = this.store;
    return `${path}, ${this.#turns.closed ? "closed" : engine.connection.info.name}`;
  }

  /** GET, without the detour through the table. */
  get(key: Key, decode: Decode): Data | null {
    this.#assertOpen();
    if (this.#mayRefuse && this.serving?.monitored) return this.run(["GET", key], decode) as Data;
    const { store } = this;
    try {
      const value = store.strings.get(this.client.db, this.#scratch.key(keyOf(key, "GET")));
      this.#turns.endSoon();
      if (value === undefined) return null;
      const { bytes, start, end } = value.materialize();
      return decode(bytes, start, end);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** SET without options, without the detour through the table. */
  set(key: Key, value: Argument): void {
    this.#assertOpen();
    if (this.#mayRefuse && this.serving?.monitored) {
      return void this.run(["SET", key, value], toText);
    }
    const { store } = this;
    const keyData = keyOf(key, "SET"), valueData = valueOf(value);
    try {
      if (store.eviction.active) this.#turns.makeRoom(true);
      this.#turns.write();
      const keySlice = this.#scratch.key(keyData);
      const valueSlice = this.#scratch.value(valueData);
      store.strings.set(this.client.db, keySlice, valueSlice);
      const { effects } = store.engine;
      if (effects.active) effects.say(this.client.db, "SET", keySlice, valueSlice);
      if (!this.#turns.inTransaction) this.#turns.end();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Runs any command. @throws {RedliteError} */
  run(words: readonly Argument[], decode: Decode): Value {
    this.#assertOpen();
    const { store } = this;
    const args = this.#args;
    const numbers = fillArguments(args, words, this.table);
    try {
      const command = commandOf(this.table, args);
      if (numbers) assertKeys(command, args, words);
      this.#reply.begin(decode);
      store.engine.begin();
      if (store.eviction.active) this.#turns.makeRoom(command.needsRoom);
      // Which of them write is not known before they run.
      const script = command.needsLua && !command.readsOnly && !store.engine.readonly;
      if (command.writes || script) this.#turns.write();
      runHandler(command, this.#context);
      const value = this.#reply.take();
      if (this.#mayRefuse && this.serving?.monitored) this.serving.tell(this.client, command, args);
      if (this.#turns.inTransaction) return value;
      if (store.engine.writing) this.#turns.end();
      else this.#turns.endSoon();
      return value;
    } catch (error) {
      throw this.#failed(error);
    } finally {
      args.release();
    }
  }

  /** See {@linkcode Runner}. */
  async prepareScripts(): Promise<void> {
    this.#assertOpen();
    try {
      await this.host.scripting.ready();
    } catch (error) {
      throw publicError(error);
    }
  }

  /** Runs an SQL query, on what an open transaction has written too. @throws {RedliteError} */
  query(text: string, args: readonly SqlValue[]): SqlResult {
    this.#assertOpen();
    try {
      return this.store.query(text, args, UNLIMITED);
    } catch (error) {
      // A query that was refused has changed nothing.
      throw error instanceof CommandError ? publicError(asideError(error)) : this.#failed(error);
    } finally {
      this.#turns.endSoon();
    }
  }

  /** Writes to the program's own tables by SQL, in the open transaction or one of its own. @throws {RedliteError} */
  writeSql(text: string, args: readonly SqlValue[]): SqlWritten {
    this.#assertOpen();
    try {
      this.#turns.write();
      const written = this.store.writeSql(text, args);
      if (!this.#turns.inTransaction) this.#turns.end();
      return written;
    } catch (error) {
      throw this.#failed(error instanceof CommandError ? asideError(error) : error);
    }
  }

  /** Makes sure that no transaction is open, and commits what calls have written. */
  settle(refusal = "this takes its time: await it outside of a transaction"): void {
    this.#assertOpen();
    if (this.#turns.inTransaction) throw publicError(err(refusal));
    this.store.endTurn();
  }

  /** Tells how far what takes long has come. @returns What ends that. */
  watchJobs(onProgress: OnProgress): () => void {
    return this.store.jobs.listen(onProgress);
  }

  /**
   * Runs a command that may wait. Inside a transaction it does not.
   *
   * @param signal Ends the waiting.
   * @returns Its value, when it has one.
   * @throws {RedliteError}
   */
  async wait(words: readonly Argument[], decode: Decode, signal?: AbortSignal): Promise<Value> {
    signal?.throwIfAborted();
    const { client, store } = this;
    let wait: Wait | undefined;
    let call: WaitingCall | undefined;
    let value: Value = null;
    if (!this.#turns.inTransaction) {
      client.onWait = (asked) => {
        wait = asked;
        const args = this.#args.copy();
        const command = this.table.lookup(args);
        if (command === undefined) return;
        call = new WaitingCall(asked, args, {
          command,
          context: this.#context,
          client,
          decode,
          nowMs: store.engine.nowMs,
          remove: (ended) => this.#blocked.remove(ended),
        });
        client.waiting = call;
        this.#blocked.add(call);
      };
    }
    try {
      value = this.run(words, decode);
    } finally {
      client.onWait = undefined;
      client.waiting = undefined;
    }
    if (wait === undefined || call === undefined) return value;
    const waiting: WaitingCall = call;
    const abort = () => waiting.fail(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      return await waiting.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Ends what others began here and what would keep this object for longer. */
  #leave(): void {
    this.#turns.closed = this.#mayRefuse = true;
    this.#failWaiting();
    this.messages.close();
    this.host.hotKeys.stop();
  }

  #failWaiting(): void {
    for (const call of this.#blocked.close()) {
      if (call instanceof WaitingCall) call.fail(new TypeError("the database is closed"));
    }
  }

  /** Runs `body` in one transaction. @throws What `body` throws, after a rollback. */
  transaction<T>(body: () => T): T {
    this.#assertOpen();
    if (typeof body !== "function") throw wrongType("the transaction", "a function", body);
    if (this.#turns.inTransaction) throw new TypeError("a transaction is open already");
    // Once run, it would go on after its first `await`, outside of the transaction.
    if (isAsynchronous(body)) throw asynchronous();
    const { engine } = this.store;
    try {
      // It may be rolled back, and with it nothing that was acknowledged before.
      engine.settle();
      if (engine.readonly) engine.read();
      else this.#turns.write();
    } catch (error) {
      throw this.#failed(error);
    }
    this.#turns.inTransaction = true;
    if (!engine.readonly) writers.add(this.store);
    this.#broken = false;
    const scope = { refused: false };
    let result: T;
    try {
      // A microsecond, that what the function leaves behind can be told from others' calls.
      result = this.#scopes.run(scope, body);
      if (isPromise(result)) {
        scope.refused = this.#anyRefused = this.#mayRefuse = true;
        // Its calls fail from now on; what becomes of it is told here.
        result.then(undefined, () => {});
        throw asynchronous();
      }
    } catch (error) {
      this.#turns.rollback();
      throw error;
    } finally {
      this.#turns.inTransaction = false;
      writers.delete(this.store);
    }
    if (this.#broken) throw brokenTransaction();
    try {
      this.#turns.end();
    } catch (error) {
      throw this.#failed(error);
    }
    return result;
  }

  /** Leaves no half-done write behind, and gives the error for the caller. */
  #failed(error: unknown): unknown {
    if (error instanceof NotLoaded) {
      error = err("scripts run once they are loaded: await db.eval(…) or db.script(…) first");
    }
    // A command that refuses its arguments has written nothing; anything else is unknown.
    if (!(error instanceof CommandError)) {
      this.#turns.rollback();
      if (this.#turns.inTransaction) this.#broken = this.#mayRefuse = true;
    } else {
      this.#turns.endRefused();
    }
    return publicError(error);
  }

  #assertOpen(): void {
    if (this.#mayRefuse) this.#assertAllowed();
  }

  #assertAllowed(): void {
    if (this.#turns.closed) throw new TypeError("the database is closed");
    if (this.#anyRefused && this.#scopes.getStore()?.refused) throw asynchronous();
    if (this.#broken && this.#turns.inTransaction) throw brokenTransaction();
    if (this.serving === undefined || this.#turns.inTransaction) return;
    try {
      this.serving.settle();
    } catch (error) {
      throw publicError(error);
    }
    this.store.keyspace.noTouch = this.client.noTouch;
  }

  /** Closes the store without waiting for background work. */
  closeNow(): void {
    this.serving?.stopNow();
    this.#leave();
    this.store.closeNow();
  }

  /** Closes the store after everything is on the disk. */
  close(): Promise<void> {
    return this.#closing ??= this.#turns.closed ? Promise.resolve() : this.#close();
  }

  async #close(): Promise<void> {
    // From here on nobody else comes in; calls of the program are refused, too.
    const stopped = this.serving?.stop();
    this.#leave();
    await stopped;
    try {
      await this.store.walSync.sync();
    } finally {
      await this.store.close();
    }
  }
}
