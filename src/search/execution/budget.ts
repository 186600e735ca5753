/**
 * What a query may cost. Cursors and what plans them count their steps; every few thousand the clock is
 * looked at, so that a query stops at its TIMEOUT wherever it is, and not only between two results.
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import { checkTime } from "../index/deadline.ts";

/** Steps between two looks at the clock: less than a millisecond. */
const STEPS = 16_384;
/** Bytes that the cursors of a query may take together. */
const MOST_BYTES = 128 * 1024 * 1024;
/** Bytes of a cursor without what it has decoded. */
const CURSOR_BYTES = 500;

/** What has the time of a query: its results, as they are found and shown. */
export abstract class Timed {
  protected readonly budget: QueryBudget;

  constructor(budget: QueryBudget) {
    this.budget = budget;
  }

  /** Counts work that is done with the current document. @throws {QueryTimeout} */
  spend(steps: number): void {
    this.budget.step(steps);
  }

  /** Looks at the clock, after work that may have been of any size. @throws {QueryTimeout} */
  checkTime(): void {
    this.budget.look();
  }

  /** Begins its time anew, for what is made of what was found: a reply, groups, an order. */
  restartTime(): void {
    this.budget.restart();
  }
}

/** What a query may still cost. */
export class QueryBudget {
  /** Steps before the next look at the clock. Below 0, {@linkcode look} is due. */
  left = STEPS;
  /** Cursors of the query. */
  cursors = 0;
  #bytes = MOST_BYTES;
  readonly #timeoutMs: number;
  #deadline = Infinity;

  /** @param timeoutMs 0 for as long as it takes. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.restart();
  }

  /** When it must have ended, by `performance.now()`. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Begins its time anew. */
  restart(): void {
    if (this.#timeoutMs > 0) this.#deadline = performance.now() + this.#timeoutMs;
  }

  /** Counts steps of work. @throws {QueryTimeout} */
  step(steps: number): void {
    if ((this.left -= steps) < 0) this.look();
  }

  /** Looks at the clock. @throws {QueryTimeout} */
  look(): void {
    this.left = STEPS;
    checkTime(this.#deadline);
  }

  /** Counts a cursor that decodes blocks of so many bytes. @throws {CommandError} If there are too many. */
  addCursor(bytes: number): void {
    this.cursors++;
    this.#bytes -= bytes + CURSOR_BYTES;
    if (this.#bytes < 0) throw new CommandError("The query has too many parts");
    this.step(32);
  }
}
