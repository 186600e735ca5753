/**
 * Where the elements of a list are. Each has a position, a whole number within ±2^53, in the order
 * of the list; a push takes the one {@linkcode STEP} after the last or before the first.
 *
 * A list that only its ends were changed of is regular: its elements are STEP apart, so the element
 * of an index is found by arithmetic. LINSERT takes a position between two neighbours and LREM leaves
 * holes, and neither moves the others. From then on the list is irregular, which `keys.encoding`
 * says (positions alone cannot: a hole may make up for an insertion), and a long one is counted in
 * runs; in a short one the elements before an index are stepped over.
 *
 * Where no position is free between two neighbours, those around them are spread: as few as leave a
 * certain room between each other, which is the wider the more they are. So insertions at one place
 * move some tens of elements each in the long run, and the whole list only with all of it crowded.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import type { Collections } from "../collections/collections.ts";
import { type ElementTable, Order } from "../collections/order.ts";
import { type Run, RUNS_FROM } from "../collections/runs.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  first: "SELECT pos FROM lists WHERE key_id = ?1 ORDER BY pos LIMIT 1",
  last: "SELECT pos FROM lists WHERE key_id = ?1 ORDER BY pos DESC LIMIT 1",
  from: "SELECT pos FROM lists WHERE key_id = ?1 AND pos >= ?2 ORDER BY pos LIMIT ?3 OFFSET ?4",
  before: "SELECT pos FROM lists WHERE key_id = ?1 AND pos < ?2 ORDER BY pos DESC LIMIT ?3",
  count: "SELECT count(*) FROM lists WHERE key_id = ?1 AND pos >= ?2 AND pos < ?3",
  move: "UPDATE lists SET pos = ?3 WHERE key_id = ?1 AND pos = ?2",
};

/** From one element to the next, as pushes place them. */
export const STEP = 1024;
/** The greatest position; the least is its negative. */
export const MAX_POSITION: number = Number.MAX_SAFE_INTEGER;

/** What `keys.encoding` holds for a list: whether its elements are STEP apart. */
export const LAYOUT = { REGULAR: 0, IRREGULAR: 1 } as const;

/** Elements on either side of a crowded place that are spread at first. */
const SPREAD = 16;
/** Room between two of them afterwards, at least. */
const ROOM = 16;
/** How much more room there must be for each doubling of the elements. */
const MORE_ROOM = 1.3;

const NO_BYTES = new Slice();

/** Finds elements by index and places for new ones. */
export class ListPositions implements ElementTable {
  /** Set by {@linkcode seek}: how many elements to step over from the position it returned. */
  offset = 0;
  /** Set by {@linkcode seek}: whether the position is that of the element itself. */
  #exact = true;
  readonly #order: Order;
  readonly #first: Statement;
  readonly #last: Statement;
  readonly #from: Statement;
  readonly #before: Statement;
  readonly #count: Statement;
  readonly #move: Statement;

  /** Takes the engine and the collections in use. */
  constructor(engine: Engine, collections: Collections) {
    this.#order = new Order(collections, this);
    this.#first = engine.prepare(SQL.first);
    this.#last = engine.prepare(SQL.last);
    this.#from = engine.prepare(SQL.from);
    this.#before = engine.prepare(SQL.before);
    this.#count = engine.prepare(SQL.count);
    this.#move = engine.prepare(SQL.move);
  }

  /** The first element's position. The list must not be empty. */
  first(list: Collection): number {
    return list.first ??= one(this.#first, list.id);
  }

  /** The last element's position. The list must not be empty. */
  last(list: Collection): number {
    return list.last ??= one(this.#last, list.id);
  }

  /**
   * Where to look for the element of an index: {@linkcode offset} elements after the first that is
   * not before the position returned.
   *
   * @param index From 0, below the list's length.
   */
  seek(list: Collection, index: number): number {
    this.offset = 0;
    this.#exact = true;
    if (index === 0) return this.first(list);
    if (list.encoding === LAYOUT.REGULAR) return this.first(list) + index * STEP;
    if (index === list.length - 1) return this.last(list);
    this.#exact = false;
    this.offset = index;
    if (!list.hasRuns) return this.first(list);
    const { run, offset } = this.#order.at(list, index);
    this.offset = offset;
    return startOf(run.number);
  }

  /** The position of the element of an index from 0, below the list's length. */
  at(list: Collection, index: number): number {
    const from = this.seek(list, index);
    return this.#exact ? from : this.#skip(list.id, from, this.offset);
  }

  #skip(id: number, from: number, offset: number): number {
    const statement = this.#from;
    statement.bindInteger(1, id);
    statement.bindInteger(2, from);
    statement.bindInteger(3, 1);
    statement.bindInteger(4, offset);
    statement.step();
    const position = statement.columnNumber(0);
    statement.reset();
    return position;
  }

  /** For {@linkcode Order}. */
  elementAt(id: number, from: Run, offset: number): { number: number; bytes: Uint8Array } {
    return { number: this.#skip(id, startOf(from.number), offset), bytes: NO_BYTES.bytes };
  }

  /** For {@linkcode Order}. */
  countBetween(id: number, fromNumber: number, _fromBytes: Uint8Array, number: number): number {
    const count = this.#count;
    count.bindInteger(1, id);
    count.bindInteger(2, startOf(fromNumber));
    count.bindInteger(3, number);
    count.step();
    const elements = count.columnNumber(0);
    count.reset();
    return elements;
  }

  /** The position of the neighbour before or after a position, undefined at the end of the list. */
  neighbour(list: Collection, position: number, before: boolean): number | undefined {
    const [neighbour] = before
      ? this.#positionsBefore(list.id, position, 1)
      : this.#positionsFrom(list.id, position + 1, 1);
    return neighbour;
  }

  #positionsFrom(id: number, position: number, count: number): number[] {
    const statement = this.#from;
    statement.bindInteger(3, count);
    statement.bindInteger(4, 0);
    return collect(statement, id, position);
  }

  /** Backwards: the nearest comes first. */
  #positionsBefore(id: number, position: number, count: number): number[] {
    this.#before.bindInteger(3, count);
    return collect(this.#before, id, position);
  }

  /**
   * Makes sure that `count` elements can be pushed at an end. Renumbers the list if its positions
   * would leave their range.
   */
  reserve(list: Collection, left: boolean, count: number): void {
    if (list.length === 0) return;
    const room = left ? this.first(list) + MAX_POSITION : MAX_POSITION - this.last(list);
    if (room >= count * STEP) return;
    const { length } = list;
    const start = -STEP * Math.floor(length / 2);
    this.#place(list, this.#positionsFrom(list.id, -MAX_POSITION, length), start, STEP, length);
    list.encoding = LAYOUT.REGULAR;
    list.first = start;
    list.last = start + (length - 1) * STEP;
  }

  /** The position of the next element to be pushed at an end. */
  next(list: Collection, left: boolean): number {
    if (list.length === 0) return 0;
    return left ? this.first(list) - STEP : this.last(list) + STEP;
  }

  /** Counts an element that was added at an end, at the position {@linkcode next} gave. */
  pushed(list: Collection, left: boolean, position: number): void {
    list.length++;
    if (list.length === 1) list.first = list.last = position;
    else if (left) list.first = position;
    else list.last = position;
    // A regular list needs no runs, however long it is.
    if (list.hasRuns || list.encoding === LAYOUT.IRREGULAR) {
      this.#order.added(list, position, NO_BYTES);
    }
  }

  /** Notes that the elements up to the one at `inner` are gone from an end. */
  popped(list: Collection, left: boolean, inner: number): void {
    const next = list.encoding === LAYOUT.REGULAR ? left ? inner + STEP : inner - STEP : undefined;
    if (left) list.first = next;
    else list.last = next;
    if (list.length <= 1 && list.encoding === LAYOUT.IRREGULAR) regularize(list);
  }

  /** Counts an element out of the runs, if there are any. */
  uncount(list: Collection, position: number): void {
    this.#order.removed(list, position, NO_BYTES);
  }

  /** Counts elements at an end out of the runs, if there are any, but not yet out of the length. */
  uncountEnd(list: Collection, left: boolean, count: number): void {
    const from = left ? 0 : list.length - count;
    this.#order.removedRanks(list, from, from + count);
  }

  /**
   * Notes that elements between two positions were deleted, and taken out of the length and the
   * runs.
   */
  punched(list: Collection, from: number, to: number): void {
    if (list.length === 0) return;
    if (list.first === undefined || from <= list.first) list.first = undefined;
    if (list.last === undefined || to >= list.last) list.last = undefined;
    if (list.encoding === LAYOUT.REGULAR) {
      // Of a regular list only deletions make a difference: without a hole it still is one.
      const whole = (this.last(list) - this.first(list)) / STEP + 1 === list.length;
      if (!whole) this.#becomeIrregular(list);
    } else if (list.length === 1) {
      regularize(list);
    }
  }

  /** Counts an element that was inserted at a position {@linkcode between} gave. */
  inserted(list: Collection, position: number): void {
    list.length++;
    list.encoding = LAYOUT.IRREGULAR;
    this.#order.added(list, position, NO_BYTES);
  }

  #becomeIrregular(list: Collection): void {
    list.encoding = LAYOUT.IRREGULAR;
    if (!list.hasRuns && list.length > RUNS_FROM) this.#order.build(list);
  }

  /** A free position between two neighbours. Moves others if there is none. */
  between(list: Collection, low: number, high: number): number {
    if (high - low >= 2) return low + Math.floor((high - low) / 2);
    let room = ROOM;
    for (let side = SPREAD;; side *= 2) {
      const position = this.#spread(list, high, side, Math.floor(room));
      if (position !== undefined) return position;
      room = Math.min(room * MORE_ROOM, STEP / 2);
    }
  }

  /**
   * Spreads the elements around the place before `high`, `side` of them on either side.
   *
   * @returns The position of the place, undefined if they would have less than `room` between them.
   */
  #spread(list: Collection, high: number, side: number, room: number): number | undefined {
    const lower = this.#positionsBefore(list.id, high, side + 1).reverse();
    const upper = this.#positionsFrom(list.id, high, side + 1);
    // The outermost ones stay where they are, unless the list ends before.
    const low = lower.length > side ? lower.shift() : undefined;
    const top = upper.length > side ? upper.pop() : undefined;
    const slot = lower.length;
    const count = slot + upper.length + 1;
    let gap = STEP, start: number;
    if (low !== undefined && top !== undefined) {
      gap = Math.floor((top - low) / (count + 1));
      start = low + gap;
    } else if (low !== undefined) {
      start = low + gap;
    } else if (top !== undefined) {
      start = top - count * gap;
    } else {
      start = -STEP * Math.floor(count / 2);
    }
    const end = start + (count - 1) * gap;
    if (gap < room || start < -MAX_POSITION || end > MAX_POSITION) return undefined;
    this.#place(list, [...lower, ...upper], start, gap, slot);
    if (low === undefined) list.first = start;
    if (top === undefined) list.last = end;
    return start + slot * gap;
  }

  /** Moves elements, in order, to positions `gap` apart, and leaves one free before that of index `slot`. */
  #place(list: Collection, positions: number[], start: number, gap: number, slot: number): void {
    const target = (i: number) => start + (i < slot ? i : i + 1) * gap;
    // First those that go down, from below, then those that go up, from above: none meets another.
    for (let i = 0; i < positions.length; i++) {
      if (target(i) < positions[i]!) this.#shift(list, positions[i]!, target(i));
    }
    for (let i = positions.length - 1; i >= 0; i--) {
      if (target(i) > positions[i]!) this.#shift(list, positions[i]!, target(i));
    }
  }

  #shift(list: Collection, from: number, to: number): void {
    const move = this.#move;
    move.bindInteger(1, list.id);
    move.bindInteger(2, from);
    move.bindInteger(3, to);
    move.run();
    if (!list.hasRuns) return;
    this.#order.removed(list, from, NO_BYTES);
    this.#order.added(list, to, NO_BYTES);
  }
}

/** A list of one element, or of none, is regular whatever it was. */
function regularize(list: Collection): void {
  list.encoding = LAYOUT.REGULAR;
  list.first = undefined;
  list.last = undefined;
}

/** The first run starts before everything, which no integer can say. */
function startOf(number: number): number {
  return Math.max(number, -MAX_POSITION);
}

function one(statement: Statement, id: number): number {
  statement.bindInteger(1, id);
  statement.step();
  const position = statement.columnNumber(0);
  statement.reset();
  return position;
}

function collect(statement: Statement, id: number, position: number): number[] {
  statement.bindInteger(1, id);
  statement.bindInteger(2, position);
  const positions: number[] = [];
  while (statement.step()) positions.push(statement.columnNumber(0));
  statement.reset();
  return positions;
}
