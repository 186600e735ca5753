/** Documents by anything but words: all of them, those that a child lacks, by numbers, tags and keys. @module */

import { type Cursor, END } from "../index/list_cursor.ts";
import type { Facts, NumberColumn } from "../index/columns/paged.ts";
import type { QueryBudget } from "./budget.ts";
import { positionsOf, type QueryCursor } from "./query_cursor.ts";

/** Goes on to the next document as it does to any other. */
abstract class SeekingCursor {
  number = 0;

  /** The first document from `number` on, which is after the current. */
  protected abstract seek(number: number): number;

  next(): number {
    return this.number = this.seek(this.number + 1);
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    return this.number = this.seek(number);
  }
}

/** All documents there are. */
export class AllCursor extends SeekingCursor implements QueryCursor {
  readonly kind = "documents";

  /** @param end Past the last document's number. */
  constructor(
    readonly facts: Facts,
    readonly end: number,
    readonly weight: number,
    readonly estimate: number,
  ) {
    super();
  }

  protected seek(number: number): number {
    const found = this.facts.nextLive(number, this.end);
    return found >= this.end ? END : found;
  }
}

/** Documents that do not fulfil the child. */
export class NotCursor extends SeekingCursor implements QueryCursor {
  readonly kind = "not";

  readonly #budget: QueryBudget;

  constructor(
    readonly child: QueryCursor,
    readonly all: AllCursor,
    readonly weight: number,
    budget: QueryBudget,
  ) {
    super();
    this.#budget = budget;
  }

  get estimate(): number {
    return this.all.estimate;
  }

  protected seek(number: number): number {
    const { child, all } = this;
    const budget = this.#budget;
    let found = all.skipTo(number);
    while (found !== END && child.skipTo(found) === found) {
      if (--budget.left < 0) budget.look();
      found = all.next();
    }
    return found;
  }
}

/** All documents; those that fulfil the child have its share of the score. */
export class OptionalCursor extends SeekingCursor implements QueryCursor {
  readonly kind = "optional";

  constructor(readonly child: QueryCursor, readonly all: AllCursor, readonly weight: number) {
    super();
  }

  get estimate(): number {
    return this.all.estimate;
  }

  protected seek(number: number): number {
    const found = this.all.skipTo(number);
    if (found !== END) this.child.skipTo(found);
    return found;
  }

  addPositions(into: number[]): void {
    positionsOf(this.child, this.number, into);
  }
}

/** Documents with a number in a range. */
export class NumberCursor extends SeekingCursor implements QueryCursor {
  readonly kind = "number";

  constructor(
    readonly column: NumberColumn,
    readonly min: number,
    readonly max: number,
    readonly end: number,
    readonly weight: number,
    readonly estimate: number,
  ) {
    super();
  }

  protected seek(number: number): number {
    const found = this.column.nextBetween(number, this.end, this.min, this.max);
    return found >= this.end ? END : found;
  }
}

/** Documents of a list without words: a tag, or those without a field. */
export class DocumentsCursor implements QueryCursor {
  readonly kind = "documents";
  number = 0;
  readonly estimate: number;
  /** Inverse document frequency of a tag, as TF-IDF has it and as BM25. */
  idf = 0;
  idfBm25 = 0;

  /** @param term The tag, undefined where the list is of none. */
  constructor(readonly list: Cursor, readonly weight: number, readonly term?: string) {
    this.estimate = list.estimate;
  }

  next(): number {
    return this.number = this.list.next();
  }

  skipTo(number: number): number {
    return this.number = this.list.skipTo(number);
  }
}

/** Documents of numbers that are known, ascending. */
export class NumbersCursor implements QueryCursor {
  readonly kind: "documents" | "vector";
  number = 0;
  #at = -1;

  /** @param distances The distance of each, where they are those of vectors. */
  constructor(
    readonly numbers: ArrayLike<number>,
    readonly weight: number,
    readonly distances?: ArrayLike<number>,
    readonly distanceAs?: string,
  ) {
    this.kind = distances === undefined ? "documents" : "vector";
  }

  get estimate(): number {
    return this.numbers.length;
  }

  /** The current document's distance. */
  get distance(): number {
    return this.distances?.[this.#at] ?? 0;
  }

  next(): number {
    const at = ++this.#at;
    return this.number = at < this.numbers.length ? this.numbers[at]! : END;
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const { numbers } = this;
    let low = this.#at + 1, high = numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle]! < number) low = middle + 1;
      else high = middle;
    }
    this.#at = low;
    return this.number = low < numbers.length ? numbers[low]! : END;
  }
}

/** Documents of some keys, or of shapes, which add nothing to scores. */
export class UnscoredCursor extends NumbersCursor {}
