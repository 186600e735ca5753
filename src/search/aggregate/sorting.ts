/** SORTBY and LIMIT. */

import type { Row } from "./expressions.ts";
import { NUMBER_SLOT } from "./lookup.ts";
import type { Stage } from "./stage.ts";
import { compareValues, type Value } from "./values.ts";

/** A property that rows are sorted by. */
export interface SortSlot {
  readonly slot: number;
  readonly descending: boolean;
}

/** Rows that are kept beyond those that are wanted, before the rest is dropped. */
const SLACK = 1024;

/** Sorts rows and lets the first ones out. */
export class SortStage implements Stage {
  readonly #next: Stage;
  readonly #keys: readonly SortSlot[];
  readonly #most: number;
  #rows: Row[] = [];
  /** The last row that is wanted, as far as is known. */
  #last: Row | undefined;

  readonly #spend: (steps: number) => void;

  /**
   * @param most How many come out.
   * @param spend Counts work; it throws where time is up.
   */
  constructor(
    next: Stage,
    keys: readonly SortSlot[],
    most: number,
    spend: (steps: number) => void,
  ) {
    this.#spend = spend;
    this.#next = next;
    this.#keys = keys;
    this.#most = most;
  }

  push(row: Row): boolean {
    if (this.#most === 0 || this.#last !== undefined && this.#compare(row, this.#last) >= 0) {
      return true;
    }
    this.#rows.push(row.slice());
    if (this.#rows.length > 2 * this.#most + SLACK) this.#cut();
    return true;
  }

  #cut(): void {
    const rows = this.#rows.sort((a, b) => {
      this.#spend(1);
      return this.#compare(a, b);
    });
    rows.length = Math.min(rows.length, this.#most);
    this.#last = rows[this.#most - 1];
  }

  end(): void {
    this.#cut();
    for (const row of this.#rows) if (!this.#next.push(row)) break;
    this.#next.end();
  }

  /** What has no value comes last; of equals the document that came first, or last if the last key descends. */
  #compare(a: Row, b: Row): number {
    let descending = false;
    for (const key of this.#keys) {
      descending = key.descending;
      const x: Value | undefined = a[key.slot], y = b[key.slot];
      if (x === undefined || y === undefined) {
        if (x !== y) return x === undefined ? 1 : -1;
        continue;
      }
      const order = compareValues(x, y);
      if (order !== 0) return descending ? -order : order;
    }
    return descending ? later(a, b) : -later(a, b);
  }
}

/** Below 0 if a row's document came after another's; rows of groups have none. */
function later(a: Row, b: Row): number {
  return ((b[NUMBER_SLOT] ?? 0) as number) - ((a[NUMBER_SLOT] ?? 0) as number);
}

/** Lets some rows through. */
export class LimitStage implements Stage {
  readonly #next: Stage;
  #toSkip: number;
  #left: number;

  constructor(next: Stage, offset: number, count: number) {
    this.#next = next;
    this.#toSkip = offset;
    this.#left = count;
  }

  push(row: Row): boolean {
    // A limit of none is asked for to count.
    if (this.#left === 0) return true;
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return true;
    }
    return this.#next.push(row) && --this.#left > 0;
  }

  end(): void {
    this.#next.end();
  }
}
