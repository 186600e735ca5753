/**
 * When the transaction is committed that turns of the log are in, and how much at a time: at once if
 * that takes no longer than a client may wait, or in slices if nearly all of it are rows that are held
 * back.
 *
 * @module
 */

import type { Clock, Timer } from "./clock.ts";
import type { HeldRows } from "./held_rows.ts";
import type { OpenTurns } from "./open_turns.ts";
import type { Settling } from "./settling.ts";

/** Milliseconds between two looks at what is open: for others who have come, and whether it is idle. */
const LOOK_MS = 8;
/** The same while it is committed in slices. */
const SLICES_LOOK_MS = 1;
/**
 * What of a transaction is rows that are held back is written in slices between turns: it may hold as much
 * as comes in this time, and they are so large that all is written when it is as old. Milliseconds.
 */
const SLICED_AGE_MS = 550, WRITTEN_AGE_MS = 900;
/** How long after a commit in slices the next may be put off for a checkpoint. Milliseconds. */
const MOST_PUT_OFF_MS = 400;
/** One changed row for so many commands, and fewer, are nearly none. */
const FEW_CHANGES = 8;
/** Rows of a slice: at least, and at most between turns of which there are none. */
const LEAST_SLICE = 64, MOST_SLICE = 1000;
/** Rows of a slice for each that has come since the last one, so that there is an end to it. */
const OUTPACING = 1.25;
/** Rows that another thread is given at a time. */
const ASIDE_SLICE = 512;
/**
 * Of as many rows as may be held back: from which share on another thread writes without a pause, and from which on
 * clients wait for it. From the latter on those that there are are to be written.
 */
const HURRIED = 1 / 2, CROWDED = 3 / 4;
/** How long a slice may take for more than those: as a rule, and when all should be written already. Milliseconds. */
const SLICE_MS = 2, LATE_SLICE_MS = 4;
/**
 * How long nothing is written in slices after a turn has disturbed it: the first time, and at most when
 * it is so each time.
 */
const DISTURBED_MS = 1000, MOST_DISTURBED_MS = 32_000;
/** Milliseconds after a commit that failed in which none is tried but for a turn. */
const AFTER_FAILURE_MS = 500;

/** Whose turns they are; see engine.ts. */
export interface PacedTurns {
  /** Where the time comes from. */
  readonly clock: Clock;
  /** Turns begun so far. */
  readonly turn: number;
  /** Whether a write transaction is open. */
  readonly transactionOpen: boolean;
  /** Rows that are held back, if there may be any. */
  readonly heldRows: HeldRows | undefined;
  /** The commit of what is open. */
  readonly settling: Settling;
}

/** What the log knows; see write_behind.ts. */
export interface PacedLog {
  /** Whether turns are to be committed as they end. */
  readonly mustCommit: boolean;
  /** Whether nobody else has the database open. */
  readonly alone: boolean;
}

/** Has what is open committed in time. */
export class CommitPace {
  readonly #turns: PacedTurns;
  readonly #log: PacedLog;
  readonly #open: OpenTurns;
  /** Until when nothing is written in slices, and for how long if that is disturbed again. */
  #disturbedUntilMs = -Infinity;
  #disturbedMs = DISTURBED_MS;
  /** Rows that were held back when a turn ended last, and when that was. */
  #seenRows = 0;
  /** Rows that another thread should have written since. */
  #dueRows = 0;
  #slicedAtMs = 0;
  /** When all were written last that had been set apart. */
  #committedAtMs = -Infinity;
  /** Turns at the last look. */
  #seenTurn = 0;
  #timer: Timer | undefined;
  #failedAtMs = -Infinity;

  /** @param open What is open of the log. */
  constructor(turns: PacedTurns, log: PacedLog, open: OpenTurns) {
    this.#turns = turns;
    this.#log = log;
    this.#open = open;
  }

  /** A turn is over and the transaction open: it is committed if it holds enough, or a slice of it is. */
  turnOver(): void {
    const { settling, heldRows, clock } = this.#turns, open = this.#open;
    if (settling.inSlices) return this.#slice();
    const { large } = open;
    if (!open.many && !large) return;
    const now = clock.now();
    if (!this.#canSlice(now)) return void settling.atOnce();
    const due = open.ageMs(now) >= SLICED_AGE_MS && !this.#putOff(now);
    if (large || (heldRows?.share ?? 0) >= CROWDED || due) this.#beginSlices();
  }

  /** Whether a checkpoint runs after which the WAL starts over, if nothing is written before that. */
  #putOff(now: number): boolean {
    return now - this.#committedAtMs < MOST_PUT_OFF_MS && this.#turns.settling.mayWait();
  }

  /** Whether nearly all that the transaction holds are rows that are held back. */
  #canSlice(now: number): boolean {
    return now >= this.#disturbedUntilMs && !this.#log.mustCommit &&
      this.#turns.settling.changedRows * FEW_CHANGES <= this.#open.commands;
  }

  #beginSlices(): void {
    this.#turns.settling.begin();
    this.#seenRows = this.#turns.heldRows?.noted ?? 0;
    this.#dueRows = 0;
    this.#slicedAtMs = performance.now();
  }

  /** Writes more than has come, and so many that those which are left will be written in time. */
  #slice(): void {
    const { settling, heldRows, clock } = this.#turns;
    if (heldRows === undefined) return;
    const { share } = heldRows;
    const crowded = share >= CROWDED;
    if (settling.busy && !crowded) return;
    const came = heldRows.noted - this.#seenRows;
    this.#seenRows += came;
    const now = performance.now();
    const passedMs = now - this.#slicedAtMs;
    this.#slicedAtMs = now;
    const leftMs = WRITTEN_AGE_MS - this.#open.slicedAgeMs(clock.now());
    const { late } = this.#open;
    const hurried = late || leftMs <= passedMs || share >= HURRIED;
    const due = hurried ? Infinity : heldRows.left * passedMs / leftMs;
    if (settling.hasAside) return this.#sliceAside(OUTPACING * came, due, crowded);
    settling.slice(Math.max(OUTPACING * came, LEAST_SLICE), due, late ? LATE_SLICE_MS : SLICE_MS);
  }

  /** Has another thread write so many rows. @param waits Whether for them to be written, but for the last ones. */
  #sliceAside(rows: number, due: number, waits: boolean): void {
    const { settling, heldRows } = this.#turns;
    if (heldRows === undefined) return;
    const { left } = heldRows;
    this.#dueRows = Math.min(this.#dueRows + Math.max(rows, due, LEAST_SLICE), left);
    if (this.#dueRows < ASIDE_SLICE && left >= ASIDE_SLICE) return;
    do {
      settling.slice(ASIDE_SLICE, ASIDE_SLICE, 0, waits);
      this.#dueRows = Math.max(0, this.#dueRows - ASIDE_SLICE);
      rows -= ASIDE_SLICE;
    } while (waits && settling.inSlices && rows > 0);
  }

  /** A turn has written to the database while it was committed in slices. */
  disturbed(): void {
    // What memory was wanting for says nothing of what clients do.
    if (!this.#turns.heldRows?.spilled) {
      this.#disturbedUntilMs = this.#turns.clock.now() + this.#disturbedMs;
      this.#disturbedMs = Math.min(2 * this.#disturbedMs, MOST_DISTURBED_MS);
    }
    this.#turns.settling.atOnce();
  }

  /** That has come to its end. */
  committedInSlices(): void {
    this.#committedAtMs = this.#turns.clock.now();
    this.#disturbedMs = DISTURBED_MS;
  }

  /** A commit has failed. */
  failed(): void {
    this.#failedAtMs = this.#turns.clock.now();
  }

  /** Sees to it that what is open is looked at, and committed when nothing else comes. */
  look(ms = LOOK_MS): void {
    this.#timer ??= this.#turns.clock.after(ms, () => {
      this.#timer = undefined;
      const turns = this.#turns, { settling } = turns;
      if (!turns.transactionOpen) return;
      // What cannot be committed is run again each time, which costs more than to wait.
      const now = turns.clock.now();
      if (now - this.#failedAtMs < AFTER_FAILURE_MS) return this.look();
      const idle = turns.turn === this.#seenTurn;
      this.#seenTurn = turns.turn;
      if (this.#log.mustCommit || !this.#log.alone) settling.atOnce();
      else if (settling.inSlices) {
        if (idle) settling.slice(MOST_SLICE);
        else this.#slice();
      } else if (idle || (this.#open.isOld(now) && !this.#putOff(now))) this.#commit(now);
      if (turns.transactionOpen) this.look(settling.inSlices ? SLICES_LOOK_MS : LOOK_MS);
    });
  }

  /** Commits what is open: at once, or in slices if that would take long. */
  #commit(now: number): void {
    const rows = this.#turns.heldRows?.count ?? 0;
    if (rows > this.#open.most && this.#canSlice(now)) this.#beginSlices();
    else this.#turns.settling.atOnce();
  }

  /** Looks no more. */
  close(): void {
    this.#timer?.cancel();
  }
}
