/**
 * Queries at work: a tree of cursors, each going through the documents that fulfil its part in the
 * order of their numbers. When the root stands at a document, the cursors below that stand there too
 * are those that it fulfils: scorers and highlighting read the tree.
 *
 * @module
 */

import type { Facts, NumberColumn } from "../index/paged.ts";
import type { QueryBudget } from "./budget.ts";
import { type Cursor, END, type ListCursor } from "../index/list_cursor.ts";

/** What all cursors of a query have. */
export interface QueryCursor extends Cursor {
  readonly kind:
    | "word"
    | "intersect"
    | "union"
    | "not"
    | "optional"
    | "documents"
    | "number"
    | "vector";
  /** Factor of its share of the score. */
  readonly weight: number;
}

/** Whether two sets of bits, numbers up to 2^53, have one in common. */
function meet(a: number, b: number): boolean {
  if (((a & b) | 0) !== 0) return true;
  return a > 0xffffffff && b > 0xffffffff &&
    (Math.floor(a / 2 ** 32) & Math.floor(b / 2 ** 32)) !== 0;
}

/** Children of a union that are looked at one by one, without a heap. */
const FEW = 4;

/** Documents with a word in some fields. */
export class WordCursor implements QueryCursor {
  readonly kind = "word";
  number = 0;
  /** Inverse document frequency, as TF-IDF has it and as BM25. */
  idf = 0;
  idfBm25 = 0;
  readonly estimate: number;
  readonly list: ListCursor;
  readonly #mask: number;

  /**
   * @param mask Bits of the fields in which the word must be; Infinity for all.
   * @param expansion Whether the query has another word, that was expanded to this one.
   */
  constructor(
    list: ListCursor,
    readonly term: string,
    mask: number,
    readonly weight: number,
    readonly expansion: boolean,
  ) {
    this.list = list;
    this.#mask = mask;
    this.estimate = list.estimate;
  }

  next(): number {
    const { list } = this;
    let number = list.next();
    if (this.#mask !== Infinity) {
      while (number !== END && !this.#fits()) number = list.next();
    }
    return this.number = number;
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const found = this.list.skipTo(number);
    if (this.#mask !== Infinity && found !== END && !this.#fits()) return this.next();
    return this.number = found;
  }

  #fits(): boolean {
    const { mask } = this.list;
    return mask === 0 || meet(mask, this.#mask);
  }
}

/** Where words stand in the document a cursor stands at, ascending; empty where nobody knows. */
export function positionsOf(cursor: QueryCursor, number: number, into: number[]): number[] {
  if (cursor.number !== number) return into;
  if (cursor instanceof WordCursor) {
    const { bytes, start, end } = cursor.list;
    let position = 0;
    for (let at = start; at < end;) {
      let byte = bytes[at++]!;
      let value = byte & 0x7f, shift = 7;
      while (byte >= 0x80) {
        byte = bytes[at++]!;
        value |= (byte & 0x7f) << shift;
        shift += 7;
      }
      into.push(position += value);
    }
  } else if (cursor instanceof UnionCursor) {
    const before = into.length;
    let parts = 0;
    cursor.eachPart((child) => {
      parts++;
      positionsOf(child, number, into);
    });
    if (parts > 1 && into.length > before + 1) into.sort((a, b) => a - b);
  } else if (cursor instanceof IntersectCursor) {
    for (const child of cursor.children) positionsOf(child, number, into);
    into.sort((a, b) => a - b);
  } else if (cursor instanceof OptionalCursor) {
    positionsOf(cursor.child, number, into);
  }
  return into;
}

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

/** All documents there are. */
export class AllCursor implements QueryCursor {
  readonly kind = "documents";
  number = 0;

  /** @param end Past the last document's number. */
  constructor(
    readonly facts: Facts,
    readonly end: number,
    readonly weight: number,
    readonly estimate: number,
  ) {}

  next(): number {
    return this.skipTo(this.number + 1);
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const found = this.facts.nextLive(number, this.end);
    return this.number = found >= this.end ? END : found;
  }
}

/** Documents that do not fulfil the child. */
export class NotCursor implements QueryCursor {
  readonly kind = "not";
  number = 0;

  readonly #budget: QueryBudget;

  constructor(
    readonly child: QueryCursor,
    readonly all: AllCursor,
    readonly weight: number,
    budget: QueryBudget,
  ) {
    this.#budget = budget;
  }

  get estimate(): number {
    return this.all.estimate;
  }

  next(): number {
    return this.skipTo(this.number + 1);
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const { child, all } = this;
    const budget = this.#budget;
    let found = all.skipTo(number);
    while (found !== END && child.skipTo(found) === found) {
      if (--budget.left < 0) budget.look();
      found = all.next();
    }
    return this.number = found;
  }
}

/** All documents; those that fulfil the child have its share of the score. */
export class OptionalCursor implements QueryCursor {
  readonly kind = "optional";
  number = 0;

  constructor(readonly child: QueryCursor, readonly all: AllCursor, readonly weight: number) {}

  get estimate(): number {
    return this.all.estimate;
  }

  next(): number {
    return this.skipTo(this.number + 1);
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const found = this.all.skipTo(number);
    if (found !== END) this.child.skipTo(found);
    return this.number = found;
  }
}

/** Documents with a number in a range. */
export class NumberCursor implements QueryCursor {
  readonly kind = "number";
  number = 0;

  constructor(
    readonly column: NumberColumn,
    readonly min: number,
    readonly max: number,
    readonly end: number,
    readonly weight: number,
    readonly estimate: number,
  ) {}

  next(): number {
    return this.skipTo(this.number + 1);
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const found = this.column.nextBetween(number, this.end, this.min, this.max);
    return this.number = found >= this.end ? END : found;
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
