/** Documents that fulfil one of several parts of a query. @module */

import { END } from "../index/list_cursor.ts";
import type { QueryBudget } from "./budget.ts";
import { positionsOf, type QueryCursor } from "./query_cursor.ts";

/** Children of a union that are looked at one by one, without a heap. */
export const FEW = 4;

/**
 * Documents that fulfil any of the children.
 *
 * Where it was sent to a document that fulfils none of them and so came upon a later one, only the
 * first child that has that one counts in scores, as in RediSearch ({@linkcode onlyFirst}).
 */
export class UnionCursor implements QueryCursor {
  readonly kind = "union";
  number = 0;
  readonly estimate: number;
  onlyFirst = false;
  /** Indexes of children, the one with the least number first; the rest in the order of a heap. */
  readonly #heap: Int32Array;
  readonly #size: number;

  readonly #budget: QueryBudget;

  constructor(
    readonly children: readonly QueryCursor[],
    readonly weight: number,
    budget: QueryBudget,
  ) {
    this.#budget = budget;
    this.#heap = new Int32Array(children.length).map((_, i) => i);
    this.#size = children.length;
    this.estimate = children.reduce((sum, child) => sum + child.estimate, 0);
  }

  next(): number {
    this.onlyFirst = false;
    const { children, number } = this;
    if (this.#size <= FEW) {
      let least = END;
      for (let i = 0; i < this.#size; i++) {
        const child = children[i]!;
        const found = child.number <= number ? child.next() : child.number;
        if (found < least) least = found;
      }
      return this.number = least;
    }
    const heap = this.#heap, budget = this.#budget;
    for (;;) {
      if (--budget.left < 0) budget.look();
      const child = children[heap[0]!]!;
      if (child.number > number) return this.number = child.number;
      child.next();
      this.#sink();
    }
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const { children } = this;
    if (this.#size <= FEW) {
      let least = END;
      for (let i = 0; i < this.#size; i++) {
        const child = children[i]!;
        const found = child.number < number ? child.skipTo(number) : child.number;
        if (found < least) least = found;
      }
      this.onlyFirst = least !== number;
      return this.number = least;
    }
    const heap = this.#heap, budget = this.#budget;
    for (;;) {
      if (--budget.left < 0) budget.look();
      const child = children[heap[0]!]!;
      if (child.number >= number) {
        this.onlyFirst = child.number !== number;
        return this.number = child.number;
      }
      child.skipTo(number);
      this.#sink();
    }
  }

  /** Calls back with each child that stands at the current document, in their order. */
  eachPart(visit: (child: QueryCursor) => void): void {
    const { children, number } = this;
    if (this.#size <= FEW) {
      for (let i = 0; i < this.#size; i++) {
        const child = children[i]!;
        if (child.number !== number) continue;
        visit(child);
        if (this.onlyFirst) return;
      }
      return;
    }
    // Those at the current document are together at the top of the heap.
    const found = this.#found;
    found.length = 0;
    this.#gather(0);
    if (found.length > 1) found.sort((a, b) => a - b);
    for (let i = 0; i < (this.onlyFirst ? 1 : found.length); i++) visit(children[found[i]!]!);
  }
  readonly #found: number[] = [];

  addPositions(into: number[]): void {
    const before = into.length;
    let parts = 0;
    this.eachPart((child) => {
      parts++;
      positionsOf(child, this.number, into);
    });
    if (parts > 1 && into.length > before + 1) into.sort((a, b) => a - b);
  }

  #gather(at: number): void {
    if (at >= this.#size) return;
    const index = this.#heap[at]!;
    if (this.children[index]!.number !== this.number) return;
    this.#found.push(index);
    this.#gather(2 * at + 1);
    this.#gather(2 * at + 2);
  }

  /** Lets the first of the heap go down to where it belongs. */
  #sink(): void {
    const heap = this.#heap, { children } = this;
    const size = this.#size;
    const moved = heap[0]!;
    const { number } = children[moved]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      let least = children[heap[child]!]!.number;
      if (child + 1 < size) {
        const other = children[heap[child + 1]!]!.number;
        if (other < least) {
          least = other;
          child++;
        }
      }
      if (least >= number) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }
}
