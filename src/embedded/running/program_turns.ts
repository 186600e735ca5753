/**
 * The turns of a program: each call is one of its own unless a transaction is open, and reads in one
 * stretch of synchronous code share one. While a server has the turns of the store, those of the
 * program are between its clients'.
 *
 * @module
 */

import type { SharedState } from "../../clients/shared.ts";
import { WriteLocked, WritesRefused } from "../../engine/turn_errors.ts";
import { noRoom } from "../../scripting/script_run.ts";
import { readOnly } from "../../store/values/errors.ts";
import type { Store } from "../../store/store.ts";
import type { Serving } from "../serving/serving.ts";
import { assertUnlocked, writers } from "./transactions.ts";

/** Milliseconds a write waits for another process's write lock, unless told otherwise. */
const BUSY_TIMEOUT_MS = 5000;
/** Milliseconds it waits at least while a checkpoint of its own is under way, which nobody asked for. */
const CHECKPOINT_MS = 10_000;

/** Runs the turns of one program on one store. */
export class ProgramTurns {
  /** Whether a transaction is open: its calls are one turn. */
  inTransaction = false;
  /** Whether the store is closed. */
  closed = false;
  /** How long a write waits for another process's write lock. */
  readonly busyTimeoutMs: number;
  readonly #store: Store;
  readonly #shared: SharedState;
  #serving: Serving | undefined;
  #endScheduled = false;
  readonly #takeLock = () => this.#store.engine.writeTold();

  /** @param busyTimeoutMs How long a write waits for another process's write lock. */
  constructor(shared: SharedState, busyTimeoutMs: number | undefined) {
    this.#store = shared.store;
    this.#shared = shared;
    this.busyTimeoutMs = busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  }

  /** The server that has the turns. */
  get serving(): Serving | undefined {
    return this.#serving;
  }
  set serving(serving: Serving | undefined) {
    this.#serving = serving;
    // A locked database must not keep a server's clients waiting: it tries again by itself.
    if (!this.closed) this.#store.setBusyTimeout(serving === undefined ? this.busyTimeoutMs : 0);
  }

  /** Takes the write lock. @throws {CommandError} If the database is open for reading only. */
  write(): void {
    const { engine } = this.#store;
    if (engine.readonly) throw readOnly();
    if (writers.size > 0 && !this.inTransaction) assertUnlocked(this.#store);
    this.#patiently(this.#takeLock);
  }

  /**
   * Waits for another process's lock as long as the program may, while a server has the turns, too; and
   * for a checkpoint of its own however long it may wait for others.
   */
  #patiently<T>(work: () => T): T {
    const { locks } = this.#store.checkpointer;
    const served = this.#serving !== undefined;
    try {
      return work();
    } catch (error) {
      if (!(error instanceof WriteLocked) || !(served || locks)) throw error;
    }
    const { busyTimeoutMs } = this;
    this.#store.setBusyTimeout(locks ? Math.max(busyTimeoutMs, CHECKPOINT_MS) : busyTimeoutMs);
    try {
      return work();
    } finally {
      this.#store.setBusyTimeout(served ? 0 : busyTimeoutMs);
    }
  }

  /** Makes room for more data. @throws {CommandError} If there is none, and the command needs it. */
  makeRoom(needed: boolean): void {
    const { eviction } = this.#store;
    let room: ReturnType<typeof eviction.makeRoom>;
    try {
      room = this.#patiently(() => eviction.makeRoom());
    } catch (error) {
      // Whoever needs the lock himself is told by its own.
      if (needed || !(error instanceof WriteLocked || error instanceof WritesRefused)) throw error;
      return;
    }
    if (room !== "ok" && needed) throw noRoom(room);
  }

  /** Runs background work of those who wait as a turn of its own. */
  run(work: () => void): void {
    try {
      this.#store.engine.begin();
      work();
      this.end();
    } catch {
      // Nothing is lost: they wait on, and the next look tries again.
      this.rollback();
    }
  }

  /** Commits the turn, after those were served who waited for what it wrote. @throws {TurnFailed} */
  end(): void {
    const { blocked } = this.#shared;
    this.#store.engine.effects.endUnit();
    if (blocked.anyReady) blocked.serve();
    if (this.#serving !== undefined) return this.#serving.endTurn();
    this.#store.endTurn();
    blocked.turnEnded(true);
  }

  /** Ends the turn when the stretch of synchronous code is over: nothing was written. */
  endSoon(): void {
    if (this.#endScheduled || this.inTransaction) return;
    this.#endScheduled = true;
    queueMicrotask(() => {
      this.#endScheduled = false;
      if (!this.closed && !this.inTransaction) this.#endRead();
    });
  }

  /** Ends the turn of a command that was refused: at most it made room. */
  endRefused(): void {
    if (this.inTransaction) return;
    if (this.#serving !== undefined && this.#store.engine.writing) this.end();
    else this.#endRead();
  }

  #endRead(): void {
    // Clients' turn, which has begun meanwhile, ends by itself.
    if (this.#serving?.inTurn !== true) this.#store.endTurn();
  }

  /** Rolls the turn back: who was served in it waits on, and nobody was told of anything. */
  rollback(): void {
    this.#store.engine.rollback();
    if (this.#serving !== undefined) return this.#serving.rolledBack();
    this.#shared.blocked.turnEnded(false);
    this.#shared.tracking.turnFailed();
  }
}
