/** Documents that fulfil several parts of a query. @module */

import { END } from "../index/list_cursor.ts";
import type { QueryBudget } from "./budget.ts";
import { positionsOf, type QueryCursor } from "./query_cursor.ts";

/** Documents that fulfil all children, whose words stand as near as asked. */
export class IntersectCursor implements QueryCursor {
  readonly kind = "intersect";
  number = 0;
  readonly estimate: number;
  /** The children in the order that scorers take them in. */
  readonly resultOrder: readonly QueryCursor[];
  readonly #byRarity: readonly QueryCursor[];
  readonly #slop: number;
  readonly #inOrder: boolean;
  readonly #budget: QueryBudget;

  /** @param slop Words that may stand between; -1 for as many as there are. */
  constructor(
    readonly children: readonly QueryCursor[],
    readonly weight: number,
    slop: number,
    inOrder: boolean,
    budget: QueryBudget,
  ) {
    this.#budget = budget;
    this.#byRarity = [...children].sort((a, b) => a.estimate - b.estimate);
    this.resultOrder = inOrder ? children : this.#byRarity;
    this.#slop = slop;
    this.#inOrder = inOrder;
    this.estimate = this.#byRarity[0]?.estimate ?? 0;
  }

  next(): number {
    const [first] = this.#byRarity;
    if (first === undefined) return this.number = END;
    // Sent to the next number, not to the next document: see UnionCursor.
    return this.#from(first, this.number === 0 ? first.next() : this.number + 1);
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const [first] = this.#byRarity;
    return first === undefined ? this.number = END : this.#from(first, number);
  }

  #from(first: QueryCursor, number: number): number {
    const cursors = this.#byRarity;
    const { length } = cursors;
    const budget = this.#budget;
    for (;;) {
      number = first.skipTo(number);
      let i = 1;
      while (i < length) {
        const found = cursors[i]!.skipTo(number);
        if (found !== number) {
          number = found;
          break;
        }
        i++;
      }
      if ((budget.left -= i) < 0) budget.look();
      if (number >= END) return this.number = END;
      if (i < length) continue;
      if (this.#slop < 0 && !this.#inOrder || this.#isNear(number)) return this.number = number;
      number++;
    }
  }

  addPositions(into: number[]): void {
    for (const child of this.children) positionsOf(child, this.number, into);
    into.sort((a, b) => a - b);
  }

  #isNear(number: number): boolean {
    const positions: number[][] = [];
    for (const child of this.resultOrder) {
      const own = positionsOf(child, number, []);
      if (own.length > 0) positions.push(own);
    }
    if (positions.length <= 1) return true;
    const slop = this.#slop < 0 ? Infinity : this.#slop;
    const nearby = this.#inOrder ? nearInOrder : near;
    return nearby(positions, slop, this.#budget);
  }
}

function nearInOrder(
  positions: readonly (readonly number[])[],
  slop: number,
  budget: QueryBudget,
): boolean {
  const at = positions.map(() => 0);
  for (;;) {
    budget.step(positions.length);
    let span = 0;
    let before = 0;
    for (let i = 0; i < positions.length; i++) {
      const own = positions[i]!;
      let index = at[i]!;
      while (index < own.length && own[index]! < before) index++;
      at[i] = index;
      if (index === own.length) return false;
      const position = own[index]!;
      if (i > 0) {
        span += position - before - 1;
        if (span > slop) break;
      }
      before = position;
    }
    if (span <= slop) return true;
    if (++at[0]! >= positions[0]!.length) return false;
  }
}

function near(
  positions: readonly (readonly number[])[],
  slop: number,
  budget: QueryBudget,
): boolean {
  const at = positions.map(() => 0);
  let most = 0;
  for (const own of positions) most = Math.max(most, own[0]!);
  for (;;) {
    budget.step(positions.length);
    let least = 0;
    for (let i = 1; i < positions.length; i++) {
      if (positions[i]![at[i]!]! < positions[least]![at[least]!]!) least = i;
    }
    const first = positions[least]![at[least]!]!;
    if (first !== most && most - first - (positions.length - 1) <= slop) return true;
    const next = positions[least]![++at[least]!];
    if (next === undefined) return false;
    if (next > most) most = next;
  }
}
