/**
 * The commit of what turns that are over have left open: all of it at once, or in slices between the
 * turns that follow, where it is rows that are held back.
 *
 * Invariant: while it is done in slices the turns that follow write nothing to the database but rows
 * that are held back. What one writes by itself makes everything one transaction again.
 *
 * @module
 */

import { type Aside, type Connection, SqliteError, type Statement } from "../sqlite/sqlite.ts";
import type { HeldRows } from "./held_rows.ts";
import type { Transaction } from "./transaction.ts";
import type { TurnListeners } from "./turn_listeners.ts";

/** Rows written in slices after which their pages go to the WAL: here, and by another thread. */
const FLUSHED_ROWS = 512, FLUSHED_ASIDE_ROWS = 1024;
/** Commands of a turn after which it is looked whether another thread has ended its work. */
const COMMANDS_PER_LOOK = 64;
/** Rows after which it is looked at the time. */
const STEP_ROWS = 64;

/** The log that has the turns, as their commit sees it; see write_behind.ts. */
export interface SettledLog {
  /** Whether there is one now. */
  readonly on: boolean;
  /** Turns that are in it and not in the database. */
  readonly owed: number;
  /** Whether turns are to be committed as they end. */
  readonly mustCommit: boolean;
  /** Whether nobody else has the database open. */
  readonly alone: boolean;
  /** What is open is about to be committed. */
  committing(): void;
  /** It was committed. @param ms How long that took. */
  committed(ms: number): void;
  /** What is open is about to be committed in slices, as it is now. */
  settlingInSlices(): void;
  /** A turn has written to the database before that was over. */
  disturbed(): void;
  /** It is over. */
  committedInSlices(): void;
}

/** Whose turns they are; see engine.ts. */
export interface SettledTurns {
  /** The connection that the transaction is on. */
  readonly connection: Connection;
  /** Whether the running turn has written or may have. */
  readonly writing: boolean;
  /** Rows that are held back, if there may be any. */
  readonly heldRows: HeldRows | undefined;
  /** The log, if there may be one. */
  readonly behind: SettledLog | undefined;
  /** Whether the last turn that wrote could not, for the disk's sake. */
  writeFailed: boolean;
}

/** Commits the open transaction of an engine. */
export class Settling {
  /** Is told when a transaction was committed that turns were in which had ended before. */
  onSettled: () => void = () => {};
  /** Whether it is better to begin with slices a little later. */
  mayWait: () => boolean = () => false;
  readonly #turns: SettledTurns;
  readonly #transaction: Transaction;
  readonly #listeners: TurnListeners;
  readonly #undo: (settling: boolean) => void;
  /** Rows changed on the connection when rows were set apart, without those of them. */
  #apartChanges = 0;
  /** Whether nothing but rows that are held back, and what the listeners write, has been written before that. */
  #isPure = false;
  /** Rows written in slices whose pages are not in the WAL yet. */
  #unflushed = 0;
  /** How many rows were to be written last, at least. */
  #least = 0;
  /** Commands that have ended while there are slices. */
  #commands = 0;
  /** What stands on a page that is not to go there with the others, while they do. */
  #border: Statement | undefined;

  /**
   * @param undo Rolls the transaction back, and runs the turns once more that it held of the log; is told whether
   *   the transaction was being committed, or could not be opened.
   */
  constructor(
    turns: SettledTurns,
    transaction: Transaction,
    listeners: TurnListeners,
    undo: (settling: boolean) => void,
  ) {
    this.#turns = turns;
    this.#transaction = transaction;
    this.#listeners = listeners;
    this.#undo = undo;
  }

  /** Whether the open transaction is being committed in slices. */
  get inSlices(): boolean {
    return this.#turns.heldRows?.isApart ?? false;
  }

  /** Rows that were changed in the open transaction, those that are held back not counted. */
  get changedRows(): number {
    return this.#transaction.changedRows;
  }

  /** Commits the open transaction, with what the running turn has written. @throws {Error} If that fails. */
  commit(): void {
    const { behind, heldRows } = this.#turns;
    const startedAt = behind?.on ? performance.now() : 0;
    this.stepOff();
    heldRows?.rejoin();
    this.#listeners.beforeCommit();
    this.#transaction.commit();
    if (behind?.on) behind.committed(performance.now() - startedAt);
  }

  /**
   * Commits what turns before the running one have left open.
   *
   * @returns Whether nothing is open any more; not if the running turn has written, or SQLite refuses.
   */
  atOnce(): boolean {
    if (!this.#transaction.open) return !this.#transaction.owing;
    if (this.#turns.writing) return false;
    try {
      this.#turns.behind?.committing();
      this.commit();
    } catch (error) {
      this.#failed(error);
      return false;
    }
    this.onSettled();
    return true;
  }

  /**
   * Begins to commit in slices what the turns so far have left open. Turns that follow are of the next
   * transaction. Between turns.
   */
  begin(): void {
    const { behind, heldRows, connection, writing } = this.#turns;
    if (!this.#transaction.open || writing || heldRows?.isApart) return;
    if (heldRows === undefined || behind === undefined || connection.totalChanges === undefined) {
      return void this.atOnce();
    }
    if (behind.mustCommit) return void this.atOnce();
    this.#isPure = this.changedRows === 0;
    try {
      heldRows.setApart();
      behind.settlingInSlices();
      this.#listeners.beforeCommit();
    } catch (error) {
      return this.#failed(error);
    }
    this.#apartChanges = connection.totalChanges() - heldRows.written;
    this.#unflushed = 0;
  }

  /**
   * Goes on with that.
   *
   * @param least Rows to write, about.
   * @param most As many as that if they take no longer than `ms`.
   * @param waits Whether another thread that is at it is waited for; if not, it goes on by itself.
   */
  slice(least: number, most = least, ms = 0, waits = false): void {
    const { behind, heldRows, connection, writing } = this.#turns;
    if (heldRows === undefined || behind === undefined || !heldRows.isApart || writing) return;
    const { aside } = connection;
    try {
      if (waits) aside?.wait();
      else if (aside?.ended() === false) return;
    } catch (error) {
      return this.#failed(error);
    }
    this.#least = least;
    if (this.#isDisturbed(heldRows)) {
      heldRows.rejoin();
      return behind.disturbed();
    }
    try {
      if (aside !== undefined && this.#writeAside(heldRows, aside, least)) return;
      if (this.#write(heldRows, least, most, ms)) return;
      // Whoever has come is to find everything.
      if (!behind.alone) return void this.atOnce();
      this.#transaction.commit();
    } catch (error) {
      return this.#failed(error);
    }
    heldRows.rejoin();
    behind.committedInSlices();
    this.onSettled();
    if (behind.owed > 0) this.#openNext();
  }

  /** Whether somebody has written to the database since rows were set apart, but for those. */
  #isDisturbed({ written }: HeldRows): boolean {
    return (this.#turns.connection.totalChanges?.() ?? 0) - written !== this.#apartChanges;
  }

  /**
   * Whether another thread is writing rows just now, and another connection sees everything as the open
   * transaction does: but for rows that are held back, and the facts of collections.
   */
  get othersSee(): boolean {
    return this.#isPure && this.inSlices && this.busy;
  }

  /** Whether another thread can write rows, while the event loop goes on. */
  get hasAside(): boolean {
    return this.#turns.connection.aside !== undefined;
  }

  /**
   * Whether rows are being written by another thread just now. Of what has failed the next slice hears.
   */
  get busy(): boolean {
    return this.#turns.connection.aside?.busy ?? false;
  }

  /** A command of the running turn has ended: another thread goes on, if it waits for the turn's end. */
  commandEnded(): void {
    if (++this.#commands % COMMANDS_PER_LOOK !== 0) return;
    const { heldRows, connection: { aside } } = this.#turns;
    if (aside === undefined || heldRows === undefined || this.busy || aside.failed) return;
    if (heldRows.left < COMMANDS_PER_LOOK || this.#isDisturbed(heldRows)) return;
    this.#writeAside(heldRows, aside, this.#least);
  }

  /**
   * Nothing stands on a page any more: what did would keep a snapshot past the commit, with which neither
   * the WAL starts over nor the next transaction waits for another's lock.
   */
  stepOff(): void {
    this.#border?.reset();
    this.#border = undefined;
  }

  /** Writes rows. @returns Whether some are left. */
  #write(heldRows: HeldRows, least: number, most: number, ms: number): boolean {
    const startedAt = performance.now();
    for (let rows = STEP_ROWS; !heldRows.writeApart(STEP_ROWS); rows += STEP_ROWS) {
      this.#unflushed += STEP_ROWS;
      if (this.#unflushed >= FLUSHED_ROWS) {
        this.#unflushed = 0;
        const border = heldRows.border();
        try {
          this.#turns.connection.flushPages?.();
        } finally {
          border?.reset();
        }
      }
      if (rows >= least && (rows >= most || performance.now() - startedAt >= ms)) return true;
    }
    return false;
  }

  /** Has another thread go on with it. @returns Whether it does: not if what is left is too little. */
  #writeAside(heldRows: HeldRows, aside: Aside, rows: number): boolean {
    this.stepOff();
    if (this.#unflushed >= (heldRows.left > 0 ? FLUSHED_ASIDE_ROWS : 1)) {
      this.#unflushed = 0;
      this.#border = heldRows.border();
      aside.flushPages();
      return true;
    }
    const before = heldRows.left;
    const statement = heldRows.gather(rows);
    if (statement === undefined) return false;
    aside.run(statement);
    this.#unflushed += before - heldRows.left;
    return true;
  }

  /**
   * Begins the open transaction anew, so that it starts the WAL over if all frames of that are copied.
   *
   * @returns Whether that was done: not while rows are written; undefined if there is none that could.
   */
  beginAnew(): boolean | undefined {
    const { behind, connection, writing } = this.#turns;
    if (this.inSlices) return false;
    const alone = behind !== undefined && behind.alone && !behind.mustCommit;
    if (!this.#transaction.open || writing || !alone) return undefined;
    if (connection.totalChanges === undefined || this.changedRows > 0) return undefined;
    try {
      this.#transaction.commit();
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
    this.#openNext();
    return this.#transaction.open;
  }

  /** Opens the transaction that turns are in which have ended. */
  #openNext(): void {
    let othersCommitted: boolean;
    try {
      othersCommitted = this.#transaction.write();
    } catch {
      return this.#undo(true);
    }
    // Nobody was seen, and yet somebody has written before us: the turns come after that.
    if (othersCommitted) this.#undo(false);
  }

  #failed(error: unknown): void {
    // The turns have ended well, and are in the log.
    if (error instanceof SqliteError && error.ofDisk) this.#turns.writeFailed = true;
    this.stepOff();
    this.#undo(true);
  }
}
