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
 * What of a transaction is rows that are held back is written in slices between turns, and it may
 * hold as much as comes in this time. Milliseconds.
 */
const SLICED_AGE_MS = 450;
/** One changed row for so many commands, and fewer, are nearly none. */
const FEW_CHANGES = 8;
/** Rows of a slice: at least, and at most unless many are new. */
const LEAST_SLICE = 64, MOST_SLICE = 1000;
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
  /** Rows that were held back when a turn ended last. */
  #seenRows = 0;
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
    if (large || heldRows?.many || open.ageMs(now) >= SLICED_AGE_MS) this.#beginSlices();
  }

  /** Whether nearly all that the transaction holds are rows that are held back. */
  #canSlice(now: number): boolean {
    return now >= this.#disturbedUntilMs && !this.#log.mustCommit &&
      this.#turns.settling.changedRows * FEW_CHANGES <= this.#open.commands;
  }

  #beginSlices(): void {
    this.#turns.settling.begin();
    this.#seenRows = this.#turns.heldRows?.noted ?? 0;
  }

  /** Writes more than has come, so that there is an end to it. */
  #slice(): void {
    const { settling, heldRows } = this.#turns;
    const noted = heldRows?.noted ?? 0;
    const came = noted - this.#seenRows;
    this.#seenRows = noted;
    const most = Math.max(MOST_SLICE, came);
    settling.slice(this.#open.late ? Infinity : Math.min(Math.max(3 * came, LEAST_SLICE), most));
  }

  /** A turn has written to the database while it was committed in slices. */
  disturbed(): void {
    this.#disturbedUntilMs = this.#turns.clock.now() + this.#disturbedMs;
    this.#disturbedMs = Math.min(2 * this.#disturbedMs, MOST_DISTURBED_MS);
    this.#turns.settling.atOnce();
  }

  /** That has come to its end. */
  committedInSlices(): void {
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
        settling.slice(this.#open.late ? Infinity : idle ? MOST_SLICE : LEAST_SLICE);
      } else if (idle || this.#open.isOld(now)) this.#commit(now);
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
