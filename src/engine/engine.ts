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
import { Timings } from "./timings.ts";
import { ReadOnlyDatabase, TurnFailed, WriteLocked, WritesRefused } from "./turn_errors.ts";
import type { TurnListener } from "./turn_listeners.ts";
import type { WriteBehind } from "./write_behind.ts";

/** Rows written in slices after which their pages go to the WAL. */
const FLUSHED_ROWS = 512;

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
  #reading = false;
  #inTurn = false;
  /** Whether a write transaction is open, of this turn or of those before it. */
  #open = false;
  /** Whether the turn may have written what its effects do not tell of. */
  #untold = false;
  /** Rows changed on the connection when the transaction was opened. */
  #openedChanges = 0;
  /** The same when rows were set apart, without those of them. */
  #apartChanges = 0;
  /** Rows written in slices whose pages are not in the WAL yet. */
  #unflushed = 0;
  /** Whether turns that were acknowledged are to be run once more before anything else. */
  #owing = false;
  readonly #listeners: TurnListener[] = [];
  readonly #writeListeners: TurnListener[] = [];
  readonly #settlers: TurnListener[] = [];
  readonly #turnListeners: TurnListener[] = [];

  /** Takes over a connection. */
  constructor(connection: Connection, clock: Clock, readonly = false) {
    this.connection = connection;
    this.readonly = readonly;
    this.clock = new HeldClock(clock);
    this.nowMs = this.expiryMs = clock.now();
    // From here on the connection watches for others' commits.
    connection.changedByOthers();
  }

  /** Adds a listener; they are called in the order they were added. */
  addListener(listener: TurnListener): void {
    this.#listeners.push(listener);
    if (listener.beginWrite !== undefined) this.#writeListeners.push(listener);
    if (listener.settleRows !== undefined) this.#settlers.push(listener);
    if (listener.turnEnds !== undefined) this.#turnListeners.push(listener);
  }

  /**
   * Writes the rows that are owed to the tables; for a statement that reads or changes rows which may
   * be of those.
   */
  settleRows(): void {
    if (!this.#open) return;
    for (const listener of this.#settlers) listener.settleRows!();
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
    return this.#open;
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
    if (!this.#open && this.connection.changedByOthers()) this.#forget();
  }

  /**
   * Makes sure of a snapshot to read from; call before the first SELECT of a command.
   *
   * @returns Whether another process's commit came with it, so that everything was forgotten.
   */
  read(): boolean {
    if (this.#reading || this.#open) return false;
    if (this.#owing) this.#repeat();
    this.begin();
    if (this.#open) return false;
    this.connection.begin(false);
    this.#reading = true;
    if (!this.connection.changedByOthers()) return false;
    this.#forget();
    return true;
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
    if (this.#owing) this.#repeat();
    this.begin();
    if (!this.#open) this.#openTransaction();
    this.writing = true;
    for (const listener of this.#writeListeners) listener.beginWrite?.();
  }

  #openTransaction(): void {
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
    this.#open = true;
    this.#openedChanges = this.connection.totalChanges?.() ?? 0;
    if (this.connection.changedByOthers()) this.#forget();
  }

  /**
   * Forgets what is remembered from the database, so that all of it is looked up again, when what the
   * turn owes is written.
   */
  forget(): void {
    if (this.writing) { for (const listener of this.#turnListeners) listener.turnEnds!(); }
    this.heldRows?.rejoin();
    if (this.#open) { for (const listener of this.#listeners) listener.beforeCommit(); }
    for (const listener of this.#listeners) listener.forget(false);
  }

  /** {@linkcode forget}, and everything else that is in memory: what comes next finds it all in the file. */
  reread(): void {
    this.forget();
    for (const listener of this.#listeners) listener.letGo?.();
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
        for (const listener of this.#turnListeners) listener.turnEnds!();
        if (this.effects.active) effects = this.effects.ended(this.nowMs);
        const { behind } = this;
        this.lastInLog = behind !== undefined && behind.endTurn(this.#untold, effects);
        if (!this.lastInLog) {
          numbered = behind?.on ?? false;
          this.#commitTransaction();
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
      if (this.#open) this.behind?.turnOver();
      return true;
    }
    this.#inTurn = false;
    if (this.#reading) this.#endRead();
    return false;
  }

  #commitTransaction(): void {
    const { behind } = this;
    const startedAt = behind?.on ? performance.now() : 0;
    this.heldRows?.rejoin();
    for (const listener of this.#listeners) listener.beforeCommit();
    this.connection.commit();
    this.#open = false;
    if (behind?.on) behind.committed(performance.now() - startedAt);
  }

  /** Is told when a transaction was committed that turns were in which had ended before. */
  onSettled: () => void = () => {};

  /**
   * Commits the transaction that turns before this one have left open: others see it then.
   *
   * @returns Whether nothing is open any more; not if the running turn has written, or SQLite refuses.
   */
  settle(): boolean {
    if (!this.#open) return !this.#owing;
    if (this.writing) return false;
    try {
      this.behind?.committing();
      this.#commitTransaction();
    } catch (error) {
      this.#settlingFailed(error);
      return false;
    }
    this.onSettled();
    return true;
  }

  /** Rows that were changed in the open transaction, those that are held back not counted. */
  get changedRows(): number {
    return (this.connection.totalChanges?.() ?? 0) - this.#openedChanges;
  }

  /** Whether the open transaction is being committed in slices. */
  get settlesInSlices(): boolean {
    return this.heldRows?.isApart ?? false;
  }

  /**
   * Begins to commit in slices what the turns so far have left open. Turns that follow are of the next
   * transaction, as long as all that they do is held back: what one writes by itself makes everything
   * one transaction again. Between turns.
   */
  beginSettling(): void {
    const rows = this.heldRows, { behind } = this;
    if (!this.#open || this.writing || rows?.isApart) return;
    if (rows === undefined || behind === undefined || this.connection.totalChanges === undefined) {
      return void this.settle();
    }
    if (behind.mustCommit) return void this.settle();
    try {
      rows.setApart();
      behind.settlingInSlices();
      for (const listener of this.#listeners) listener.beforeCommit();
    } catch (error) {
      return this.#settlingFailed(error);
    }
    this.#apartChanges = this.connection.totalChanges() - rows.written;
    this.#unflushed = 0;
  }

  /** Goes on with that. @param rows How many to write, about. */
  settleSlice(rows: number): void {
    const held = this.heldRows, { behind, connection } = this;
    if (held === undefined || behind === undefined || !held.isApart || this.writing) return;
    if ((connection.totalChanges?.() ?? 0) - held.written !== this.#apartChanges) {
      held.rejoin();
      return behind.disturbed();
    }
    try {
      if (!held.writeApart(rows)) {
        this.#unflushed += rows;
        if (this.#unflushed < FLUSHED_ROWS) return;
        this.#unflushed = 0;
        return held.atBorder(() => connection.flushPages?.());
      }
      // Whoever has come is to find everything.
      if (!behind.alone) return void this.settle();
      connection.commit();
    } catch (error) {
      return this.#settlingFailed(error);
    }
    this.#open = false;
    held.rejoin();
    behind.committedInSlices();
    this.onSettled();
    if (behind.owed > 0) this.#openNext();
  }

  /** Opens the transaction that turns are in which have ended. */
  #openNext(): void {
    const { foreignCommits } = this;
    try {
      this.#openTransaction();
    } catch {
      return this.#undo(true);
    }
    // Nobody was seen, and yet somebody has written before us: the turns come after that.
    if (this.foreignCommits !== foreignCommits) this.#undo();
  }

  #settlingFailed(error: unknown): void {
    // The turns have ended well, and are in the log.
    if (error instanceof SqliteError && error.ofDisk) this.writeFailed = true;
    this.#undo(true);
  }

  /** Runs something in a transaction of its own that belongs to no turn. Call between turns. */
  alone(work: () => void): void {
    if (!this.settle()) throw new WriteLocked("a transaction is open");
    this.#openTransaction();
    try {
      work();
      for (const listener of this.#listeners) listener.beforeCommit();
      this.connection.commit();
      this.#open = false;
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
    this.#inTurn = false;
    this.#reading = false;
    const wrote = this.writing;
    this.writing = this.#untold = false;
    this.changes.discard();
    this.effects.discard();
    // What SQLite cannot go on with it rolls back by itself.
    if (this.#open && !wrote && !this.spoiled && !this.connection.autocommit) return;
    if (this.#open) return this.#undo();
    this.connection.rollback();
  }

  /** Rolls the open transaction back, and runs the turns once more that it held of the log. */
  #undo(settling = false): void {
    this.#open = this.spoiled = false;
    this.connection.rollback();
    this.#forget(true);
    const { behind } = this;
    if (behind === undefined) return;
    behind.failed(settling);
    if (behind.owed === 0) return;
    this.#owing = true;
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
    const inTurn = this.#inTurn;
    this.#owing = false;
    try {
      this.#openTransaction();
      behind.repeat((turn, apply) => this.repeatTurn(turn.atMs, apply));
    } catch (error) {
      this.#owing = true;
      this.#open = this.writing = false;
      this.connection.rollback();
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
      if (!this.#open) this.#openTransaction();
      this.writing = true;
      this.changes.repeat(() => {
        for (const listener of this.#writeListeners) listener.beginWrite?.();
        apply();
        for (const listener of this.#turnListeners) listener.turnEnds!();
      });
    } finally {
      this.#inTurn = this.writing = this.#untold = false;
      this.follows = follows;
      this.effects.resume();
    }
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
    if (!rolledBack) {
      this.foreignCommits++;
      this.behind?.changedByOthers();
    }
    for (const listener of this.#listeners) listener.forget(rolledBack);
  }
}
