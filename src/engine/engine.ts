/**
 * Turns: the group commit. Everything that runs between two ends of a turn shares one SQLite
 * transaction: the first read opens a read transaction, the first write a write transaction, and
 * one COMMIT ends the turn. Whoever runs the commands holds the replies back until then.
 *
 * Invariants the store relies on: the clock stands still within a turn; nothing remembered from
 * SQLite outlives a commit of another process or a rollback of ours (both call the `forget`
 * listeners); a change is told only after the commit that made it last.
 *
 * @module
 */

import { type Connection, SqliteError, type Statement } from "../sqlite/sqlite.ts";
import { Changes } from "./changes.ts";
import type { Clock } from "./clock.ts";
import { Effects } from "./effects.ts";
import { HeldClock } from "./held_clock.ts";
import { Timings } from "./timings.ts";

/** Another process holds the write lock; nothing was done. Try again a little later. */
export class WriteLocked extends Error {
  override readonly name = "WriteLocked";
}

/** The database is open for reading only; nothing was done. */
export class ReadOnlyDatabase extends Error {
  override readonly name = "ReadOnlyDatabase";
}

/** Writes are refused for a reason that is not SQLite's; nothing was done. */
export class WritesRefused extends Error {
  override readonly name = "WritesRefused";
}

/** The turn was rolled back: SQLite failed. Nothing of the turn is stored. */
export class TurnFailed extends Error {
  /** The class's name. */
  override readonly name = "TurnFailed";
}

/** What takes part in the life of a turn. */
export interface TurnListener {
  /**
   * Forget whatever is remembered from the database: it may have changed under us.
   *
   * @param rolledBack Whether that is because the turn was rolled back.
   */
  forget(rolledBack: boolean): void;
  /** Write what the turn owes the database; called inside its write transaction, before COMMIT. */
  beforeCommit(): void;
  /** Write the rows that others may read; called inside the write transaction. */
  settle?(): void;
  /** The turn has just got the write transaction; nothing is written yet. */
  beginWrite?(): void;
}

/** Runs turns on one connection. */
export class Engine {
  /** The connection all commands run on. */
  readonly connection: Connection;
  /** @internal Where the time comes from. */
  readonly clock: HeldClock;
  /** @internal How long things take. */
  readonly timings: Timings = new Timings();
  /** What the turn has changed so far. */
  readonly changes: Changes = new Changes();
  /** What the turn has done so far, as commands, for those who listen. */
  readonly effects: Effects = new Effects();
  /** Whether the connection refuses to write. */
  readonly readonly: boolean;
  /** Why writes are refused for the time being; undefined if they are not. */
  refusal: string | undefined;
  /**
   * Whether the data are a copy that follows another store's effects: nothing expires, is evicted or
   * changes by itself, for the other one tells of it.
   */
  follows = false;
  /** Turns begun so far: the current turn's number. */
  turn = 0;
  /** Turns with writes committed so far. */
  committedTurn = 0;
  /** How often commits of other processes were noticed. */
  foreignCommits = 0;
  /** The turn's time, Unix time in milliseconds. Does not move within a turn. */
  nowMs: number;
  /** Whether the last turn that wrote could not, for the disk's sake. */
  writeFailed = false;
  /** Whether the current turn has written or may have. */
  writing = false;
  #reading = false;
  #inTurn = false;
  readonly #listeners: TurnListener[] = [];
  readonly #writeListeners: TurnListener[] = [];
  readonly #settlers: TurnListener[] = [];

  /** Takes over a connection. */
  constructor(connection: Connection, clock: Clock, readonly = false) {
    this.connection = connection;
    this.readonly = readonly;
    this.clock = new HeldClock(clock);
    this.nowMs = clock.now();
    // From here on the connection watches for others' commits.
    connection.changedByOthers();
  }

  /** Adds a listener; they are called in the order they were added. */
  addListener(listener: TurnListener): void {
    this.#listeners.push(listener);
    if (listener.beginWrite !== undefined) this.#writeListeners.push(listener);
    if (listener.settle !== undefined) this.#settlers.push(listener);
  }

  /**
   * Writes the rows that are owed to the tables; for a statement that reads or changes rows which may
   * be of those.
   */
  settle(): void {
    if (!this.writing) return;
    for (const listener of this.#settlers) listener.settle!();
  }

  /** Compiles a statement on the engine's connection. */
  prepare(sql: string): Statement {
    return this.connection.prepare(sql);
  }

  /** Whether the running turn stays open while others than its clients are heard. */
  get suspended(): boolean {
    return this.clock.held;
  }

  /** Keeps the running turn open, and everything in the background out of it. */
  suspend(): void {
    this.clock.held = true;
  }

  /** The turn is one like others again. */
  resume(): void {
    this.clock.release();
  }

  /** Whether a turn runs. */
  get inTurn(): boolean {
    return this.#inTurn;
  }

  /** Starts a turn: fixes its time and notices other processes' commits. Free inside a turn. */
  begin(): void {
    if (this.#inTurn) return;
    this.#inTurn = true;
    this.turn++;
    this.nowMs = this.clock.now();
    if (this.connection.changedByOthers()) this.#forget();
  }

  /**
   * Makes sure of a snapshot to read from; call before the first SELECT of a command.
   *
   * @returns Whether another process's commit came with it, so that everything was forgotten.
   */
  read(): boolean {
    if (this.#reading || this.writing) return false;
    this.begin();
    this.connection.begin(false);
    this.#reading = true;
    if (!this.connection.changedByOthers()) return false;
    this.#forget();
    return true;
  }

  /**
   * Makes sure of the write transaction; call before a command that may write does anything.
   *
   * @throws {WriteLocked} If another process holds the lock past the busy timeout.
   * @throws {ReadOnlyDatabase} If the connection refuses to write.
   * @throws {WritesRefused} If there is a {@linkcode refusal}.
   */
  write(): void {
    if (this.writing) return;
    if (this.readonly) throw new ReadOnlyDatabase("the database is open for reading only");
    if (this.refusal !== undefined) throw new WritesRefused(this.refusal);
    this.begin();
    // A snapshot cannot become a write transaction once anyone else has committed past it.
    if (this.#reading) this.#endRead();
    try {
      this.connection.begin(true);
    } catch (error) {
      if (error instanceof SqliteError && error.busy) {
        throw new WriteLocked("another process holds the write lock of the database");
      }
      throw error;
    }
    this.writing = true;
    if (this.connection.changedByOthers()) this.#forget();
    for (const listener of this.#writeListeners) listener.beginWrite?.();
  }

  /**
   * Forgets what is remembered from the database, so that all of it is looked up again. What the
   * turn has not written yet is lost: write it before.
   */
  forget(): void {
    for (const listener of this.#listeners) listener.forget(false);
  }

  /**
   * Ends the turn: commits what it wrote.
   *
   * @returns Whether there was anything to commit.
   * @throws {TurnFailed} If SQLite cannot; the turn is then rolled back.
   */
  commit(): boolean {
    if (this.writing) {
      const startedAt = this.timings.begin();
      try {
        for (const listener of this.#listeners) listener.beforeCommit();
        this.connection.commit();
      } catch (error) {
        throw this.fail(error);
      }
      // Only now: what is written before the commit belongs to the turn, and to its time.
      this.#inTurn = false;
      this.writing = false;
      this.writeFailed = false;
      this.timings.ended("commit", startedAt);
      this.committedTurn++;
      if (this.effects.active) this.effects.deliver(this.nowMs);
      this.changes.deliver();
      return true;
    }
    this.#inTurn = false;
    if (this.#reading) this.#endRead();
    return false;
  }

  /**
   * Rolls the turn back after an error that leaves its outcome unknown.
   *
   * @returns The error to tell, with SQLite's reason in one line.
   */
  fail(error: unknown): TurnFailed {
    if (this.writing && error instanceof SqliteError && error.ofDisk) this.writeFailed = true;
    this.rollback();
    const reason = error instanceof Error ? error.message : String(error);
    return new TurnFailed(reason, { cause: error });
  }

  /** Rolls the turn back. */
  rollback(): void {
    this.#inTurn = false;
    this.#reading = false;
    const wrote = this.writing;
    this.writing = false;
    this.connection.rollback();
    this.changes.discard();
    this.effects.discard();
    if (wrote) this.#forget(true);
  }

  #endRead(): void {
    this.#reading = false;
    try {
      this.connection.commit();
    } catch {
      // SQLite commits nothing in which a damaged page was met; and here is nothing to keep.
      this.connection.rollback();
    }
  }

  #forget(rolledBack = false): void {
    if (!rolledBack) this.foreignCommits++;
    for (const listener of this.#listeners) listener.forget(rolledBack);
  }
}
