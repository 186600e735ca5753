/**
 * Turns: the group commit. Everything that runs between two ends of a turn shares one SQLite
 * transaction: the first read opens a read transaction, the first write a write transaction, and
 * one COMMIT ends the turn. Whoever runs the commands holds the replies back until then.
 *
 * Invariants the store relies on: the clock stands still within a turn; nothing remembered from
 * SQLite outlives a commit of another process or a rollback of ours (both call the `forget`
 * listeners); a change is told only after the commit that made it last, or once the log has its turn
 * (write_behind.ts): then the transaction stays open for the turns that follow.
 *
 * @module
 */

import { type Connection, SqliteError, type Statement } from "../sqlite/sqlite.ts";
import { Changes } from "./changes.ts";
import type { Clock } from "./clock.ts";
import { Effects, type TurnEffects } from "./effects.ts";
import { HeldClock } from "./held_clock.ts";
import type { HeldRows } from "./held_rows.ts";
import type { Beside } from "./lookup.ts";
import { Settling } from "./settling.ts";
import { Timings } from "./timings.ts";
import { Transaction } from "./transaction.ts";
import { ReadOnlyDatabase, TurnFailed, WriteLocked, WritesRefused } from "./turn_errors.ts";
import { type TurnListener, TurnListeners } from "./turn_listeners.ts";
import type { WriteBehind } from "./write_behind.ts";

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
  /** Whether commands are those of a log that another server wrote, and are not to be judged again. */
  readsLog = false;
  /** Turns begun so far: the current turn's number. */
  turn = 0;
  /** Turns with writes committed so far. */
  committedTurn = 0;
  /** How often commits of other processes were noticed. */
  foreignCommits = 0;
  /** The turn's time, Unix time in milliseconds. Does not move within a turn. */
  nowMs: number;
  /**
   * What expires before this is gone: the turn's time, or 0 while commands run of a store that is
   * followed, for that one says itself what is gone.
   */
  expiryMs: number;
  /** Whether the last turn that wrote could not, for the disk's sake. */
  writeFailed = false;
  /** Whether the current turn has written or may have. */
  writing = false;
  /** @internal The log before the database, if there may be one. */
  behind: WriteBehind | undefined;
  /** Whether a row that turns before this one owe could not be written: what is open has to be rolled back. */
  spoiled = false;
  /** Whether the last turn that wrote is in the log, and not committed by itself. */
  lastInLog = false;
  /** Rows that are held back, if there may be any. */
  heldRows: HeldRows | undefined;
  /** @internal A second connection that looks rows up, if there may be one. */
  beside: Beside | undefined;
  /** @internal The commit of what turns that are over have left open. */
  readonly settling: Settling;
  #inTurn = false;
  /** Whether the turn may have written what its effects do not tell of. */
  #untold = false;
  readonly #transaction: Transaction;
  readonly #listeners: TurnListeners = new TurnListeners();

  /** Takes over a connection. */
  constructor(connection: Connection, clock: Clock, readonly = false) {
    this.connection = connection;
    this.readonly = readonly;
    this.clock = new HeldClock(clock);
    this.nowMs = this.expiryMs = clock.now();
    const transaction = new Transaction(connection, () => this.#forget());
    this.#transaction = transaction;
    this.settling = new Settling(
      this,
      transaction,
      this.#listeners,
      (settles) => this.#undo(settles),
    );
    // From here on the connection watches for others' commits.
    connection.changedByOthers();
  }

  /** Adds a listener; they are called in the order they were added. */
  addListener(listener: TurnListener): void {
    this.#listeners.add(listener);
  }

  /**
   * Writes the rows that are owed to the tables; for a statement that reads or changes rows which may
   * be of those.
   */
  settleRows(): void {
    if (this.#transaction.open) this.#listeners.settleRows();
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

  /** Whether a write transaction is open, of the running turn or of those before it. */
  get transactionOpen(): boolean {
    return this.#transaction.open;
  }

  /** Whether a command runs that was run elsewhere before, and is not to be judged again. */
  get obeys(): boolean {
    return this.expiryMs === 0 || this.readsLog;
  }

  /** Starts a turn: fixes its time and notices other processes' commits. Free inside a turn. */
  begin(): void {
    if (this.#inTurn) return;
    this.#inTurn = true;
    this.turn++;
    this.nowMs = this.expiryMs = this.clock.now();
    // Nobody commits while the write lock is ours.
    if (!this.#transaction.open && this.connection.changedByOthers()) this.#forget();
  }

  /**
   * Makes sure of a snapshot to read from; call before the first SELECT of a command.
   *
   * @returns Whether another process's commit came with it, so that everything was forgotten.
   */
  read(): boolean {
    const transaction = this.#transaction;
    if (transaction.reading || transaction.open) return false;
    if (transaction.owing) this.#repeat();
    this.begin();
    return transaction.open ? false : transaction.read();
  }

  /**
   * Makes sure of the write transaction; call before a command that may write does anything. What is
   * written is on its own: no effect tells of it, so that the turn is committed as it ends.
   *
   * @throws {WriteLocked} If another process holds the lock past the busy timeout.
   * @throws {ReadOnlyDatabase} If the connection refuses to write.
   * @throws {WritesRefused} If there is a {@linkcode refusal}.
   */
  write(): void {
    this.writeTold();
    this.#untold = true;
  }

  /**
   * {@linkcode write} for what the turn's effects tell of, or what may be lost: done once more, it
   * comes out the same.
   */
  writeTold(): void {
    if (this.writing) return;
    if (this.readonly) throw new ReadOnlyDatabase("the database is open for reading only");
    if (this.refusal !== undefined) throw new WritesRefused(this.refusal);
    if (this.#transaction.owing) this.#repeat();
    this.begin();
    if (!this.#transaction.open) this.#transaction.write();
    this.writing = true;
    this.#listeners.beginWrite();
  }

  /**
   * Forgets what is remembered from the database, so that all of it is looked up again, when what the
   * turn owes is written.
   */
  forget(): void {
    if (this.writing) this.#listeners.turnEnds();
    this.heldRows?.rejoin();
    if (this.#transaction.open) this.#listeners.beforeCommit();
    this.#listeners.forget(false);
  }

  /** {@linkcode forget}, and everything else that is in memory: what comes next finds it all in the file. */
  reread(): void {
    this.forget();
    this.#listeners.letGo();
  }

  /**
   * Ends the turn: commits what it wrote, or has the log take it.
   *
   * @returns Whether there was anything to commit.
   * @throws {TurnFailed} If SQLite cannot; the turn is then rolled back.
   */
  commit(): boolean {
    if (this.writing) {
      const startedAt = this.timings.begin();
      let effects: TurnEffects | undefined;
      let numbered = false;
      try {
        this.#listeners.turnEnds();
        if (this.effects.active) effects = this.effects.ended(this.nowMs);
        const { behind } = this;
        this.lastInLog = behind !== undefined && behind.endTurn(this.#untold, effects);
        if (!this.lastInLog) {
          numbered = behind?.on ?? false;
          this.settling.commit();
        }
      } catch (error) {
        this.behind?.turnFailed(numbered);
        throw this.fail(error);
      }
      // Only now: what is written before the commit belongs to the turn, and to its time.
      this.#inTurn = false;
      this.writing = false;
      this.#untold = false;
      this.writeFailed = false;
      this.timings.ended("commit", startedAt);
      this.committedTurn++;
      this.effects.deliver(effects);
      this.changes.deliver();
      if (this.#transaction.open) this.behind?.turnOver();
      return true;
    }
    this.#inTurn = false;
    if (this.#transaction.reading) this.#transaction.endRead();
    return false;
  }

  /**
   * Commits the transaction that turns before this one have left open: others see it then.
   *
   * @returns Whether nothing is open any more; not if the running turn has written, or SQLite refuses.
   */
  settle(): boolean {
    return this.settling.atOnce();
  }

  /** Runs something in a transaction of its own that belongs to no turn. Call between turns. */
  alone(work: () => void): void {
    if (!this.settle()) throw new WriteLocked("a transaction is open");
    this.#transaction.write();
    try {
      work();
      this.#listeners.beforeCommit();
      this.#transaction.commit();
    } catch (error) {
      this.#undo();
      throw error;
    }
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

  /** Rolls the turn back. Turns before it that are in the log stand. */
  rollback(): void {
    const transaction = this.#transaction;
    this.#inTurn = transaction.reading = false;
    const wrote = this.writing;
    this.writing = this.#untold = false;
    this.changes.discard();
    this.effects.discard();
    // What SQLite cannot go on with it rolls back by itself.
    if (transaction.open && !wrote && !this.spoiled && !this.connection.autocommit) return;
    if (transaction.open) return this.#undo();
    transaction.rollback();
  }

  /** Rolls the open transaction back, and runs the turns once more that it held of the log. */
  #undo(settling = false): void {
    this.spoiled = false;
    this.settling.stepOff();
    this.#transaction.rollback();
    this.#forget(true);
    const { behind } = this;
    if (behind === undefined) return;
    behind.failed(settling);
    if (behind.owed === 0) return;
    this.#transaction.owing = true;
    try {
      this.#repeat();
    } catch {
      // It is tried again before anything is read or written.
    }
  }

  /**
   * Runs acknowledged turns once more that were rolled back with one that failed.
   *
   * @throws {WriteLocked} If another process holds the write lock.
   * @throws {SqliteError} If SQLite refuses it again.
   */
  #repeat(): void {
    const { behind } = this;
    if (behind === undefined) return;
    const { nowMs, expiryMs } = this;
    const inTurn = this.#inTurn, transaction = this.#transaction;
    transaction.owing = false;
    try {
      transaction.write();
      behind.repeat((turn, apply) => this.repeatTurn(turn.atMs, apply));
    } catch (error) {
      transaction.owing = true;
      this.writing = false;
      transaction.rollback();
      this.#forget(true);
      throw error;
    } finally {
      this.nowMs = nowMs;
      this.expiryMs = expiryMs;
      this.#inTurn = inTurn;
    }
  }

  /**
   * Runs what a turn of the log did, by the clock of that turn; nobody is told of it. The transaction
   * stays open.
   */
  repeatTurn(atMs: number, apply: () => void): void {
    const { follows } = this;
    this.#inTurn = true;
    this.turn++;
    this.nowMs = this.expiryMs = atMs;
    this.follows = true;
    this.effects.pause();
    try {
      if (!this.#transaction.open) this.#transaction.write();
      this.writing = true;
      this.changes.repeat(() => {
        this.#listeners.beginWrite();
        apply();
        this.#listeners.turnEnds();
      });
    } finally {
      this.#inTurn = this.writing = this.#untold = false;
      this.follows = follows;
      this.effects.resume();
    }
  }

  #forget(rolledBack = false): void {
    if (!rolledBack) {
      this.foreignCommits++;
      this.behind?.changedByOthers();
    }
    this.#listeners.forget(rolledBack);
  }
}
