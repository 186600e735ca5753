/**
 * Stretches of lists in memory, of which LRANGE sends bytes as they are: the elements that a range asked for
 * stand in one array as RESP has them, a bulk string each, one behind the other. A range within them costs one
 * copy, where SQLite takes 0.3 µs for each row.
 *
 * Invariants:
 *
 * - A stretch is known by the index of its first element and belongs to a {@linkcode Collection} in memory, which
 *   is forgotten when another process commits or a turn is rolled back; with it goes the stretch.
 * - Whoever changes a list tells of it: pushes and pops at an end shift, lengthen or shorten its stretch, any
 *   other change forgets it.
 * - One is made by the second range that is read while the list is in memory, so that what is read once costs none;
 *   all together take a sixteenth of the row cache, and those that were read longest ago go first.
 *
 * @module
 */

import type { Collection } from "../collections/collection.ts";
import { writeInteger } from "../values/integers.ts";
import { copyBytes, Slice } from "../values/slice.ts";

/** What all stretches take of the row cache's size, and one of that. */
const SHARE = 1 / 16, SHARE_OF_ONE = 1 / 4;
/** Bytes before an element and behind it, at most: the type, its length, two line ends. */
const FRAME = 16;
/** Bytes of a stretch beside those of its arrays, about. */
const OVERHEAD = 300;
/** Room for elements that come at an end of the list: so much of what there is, but for a few small ones. */
const SPARE = 1 / 4, SPARE_ELEMENTS = 8, SPARE_BYTES = 256;
const CR = 0x0d, LF = 0x0a, DOLLAR = 0x24;

/** The bytes of an element, to be copied out. */
export interface ElementBytes {
  /** Size in bytes. */
  readonly length: number;
  /** Copies all bytes into `target` at `at`. @param known What {@linkcode length} said. */
  copyInto(target: Uint8Array, at: number, known?: number): void;
}

/** Visits elements of a list in its rows: `count` from an index on. */
export type RowReader = (
  list: Collection,
  first: number,
  count: number,
  visit: (element: ElementBytes) => void,
) => void;

/** Elements that follow each other. */
class Stretch {
  /** The index of the first one in the list. */
  first: number;
  /** How many there are. */
  count = 0;
  #bytes: Uint8Array<ArrayBuffer>;
  /** Where each element begins, from `#head` on, and behind them where the last one ends. */
  #offsets: Int32Array<ArrayBuffer>;
  #head: number;

  /**
   * An empty one.
   *
   * @param elements How many it is made for, of so many bytes.
   * @param leftElements Those of them, and the bytes, that there shall be room for before the first.
   */
  constructor(
    first: number,
    elements: number,
    bytes: number,
    leftElements: number,
    leftBytes: number,
  ) {
    this.first = first;
    this.#bytes = new Uint8Array(bytes);
    this.#offsets = new Int32Array(elements + 1);
    this.#head = leftElements;
    this.#offsets[leftElements] = leftBytes;
  }

  /** Bytes of memory. */
  get size(): number {
    return this.#bytes.length + this.#offsets.byteLength + OVERHEAD;
  }

  /** Bytes of its elements. */
  get length(): number {
    return this.#offsets[this.#head + this.count]! - this.#offsets[this.#head]!;
  }

  /** Whether hardly more than its elements is in its arrays up to where they end. */
  get compact(): boolean {
    const end = this.#head + this.count;
    return 2 * this.count >= end && 2 * this.length >= this.#offsets[end]!;
  }

  covers(first: number, count: number): boolean {
    return first >= this.first && first + count <= this.first + this.count;
  }

  /** Whether nothing is between its elements and others. */
  touches(first: number, count: number): boolean {
    return first <= this.first + this.count && first + count >= this.first;
  }

  /** Points a slice at the bulk strings of elements that it covers. */
  bulks(first: number, count: number, slice: Slice): Slice {
    const at = this.#head + first - this.first;
    return slice.set(this.#bytes, this.#offsets[at]!, this.#offsets[at + count]!);
  }

  /** Points a slice at the bytes of an element that it covers. */
  element(index: number, slice: Slice): Slice {
    this.bulks(index, 1, slice);
    while (slice.bytes[slice.start] !== LF) slice.start++;
    return slice.set(slice.bytes, slice.start + 1, slice.end - 2);
  }

  /** Adds an element behind the last. @param grow Whether to make room where there is none. @returns Whether it did. */
  append(element: ElementBytes, grow: boolean): boolean {
    const { length } = element;
    const slot = this.#head + this.count + 1;
    let at = this.#offsets[slot - 1]!;
    if (slot >= this.#offsets.length || at + length + FRAME > this.#bytes.length) {
      if (!grow) return false;
      this.#grow(slot + 1, at + length + FRAME);
    }
    const bytes = this.#bytes;
    bytes[at] = DOLLAR;
    at = writeInteger(length, bytes, at + 1);
    bytes[at++] = CR;
    bytes[at++] = LF;
    element.copyInto(bytes, at, length);
    at += length;
    bytes[at++] = CR;
    bytes[at++] = LF;
    this.#offsets[slot] = at;
    this.count++;
    return true;
  }

  /** Adds an element before the first, if there is room. @returns Whether there was. */
  prepend(element: Slice): boolean {
    const { length } = element;
    const end = this.#offsets[this.#head]!;
    let digits = 1;
    for (let rest = length; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    const start = end - length - digits - 5;
    if (this.#head === 0 || start < 0) return false;
    const bytes = this.#bytes;
    bytes[start] = DOLLAR;
    const at = writeInteger(length, bytes, start + 1);
    bytes[at] = CR;
    bytes[at + 1] = LF;
    copyBytes(element.bytes, element.start, element.end, bytes, at + 2);
    bytes[end - 2] = CR;
    bytes[end - 1] = LF;
    this.#offsets[--this.#head] = start;
    this.count++;
    return true;
  }

  /** Adds all elements of another behind the last. */
  appendAll(other: Stretch): void {
    const from = other.#offsets[other.#head]!, to = other.#offsets[other.#head + other.count]!;
    const slot = this.#head + this.count, at = this.#offsets[slot]!;
    this.#grow(slot + other.count + 1, at + to - from);
    this.#bytes.set(other.#bytes.subarray(from, to), at);
    for (let i = 1; i <= other.count; i++) {
      this.#offsets[slot + i] = other.#offsets[other.#head + i]! - from + at;
    }
    this.count += other.count;
  }

  /** Takes elements away before the others. */
  cutLeft(count: number): void {
    this.#head += count;
    this.count -= count;
  }

  #grow(offsets: number, bytes: number): void {
    if (offsets > this.#offsets.length) {
      const grown = new Int32Array(Math.max(offsets, 2 * this.#offsets.length));
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    if (bytes > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(bytes, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
  }
}

/** Ends the making of a stretch that is too large. */
class TooLarge extends Error {}

/** The stretches of all lists. */
export class ListStretches {
  /** In the order in which they were read. */
  readonly #stretches = new Map<Collection, Stretch>();
  readonly #read: RowReader;
  readonly #cacheBytes: () => number;
  readonly #slice = new Slice();
  /** The list whose stretch was read last. */
  #latest: Collection | undefined;
  #size = 0;

  /** @param cacheBytes How large the row cache is. */
  constructor(read: RowReader, cacheBytes: () => number) {
    this.#read = read;
    this.#cacheBytes = cacheBytes;
  }

  /** Bytes of memory that all take. */
  get size(): number {
    return this.#size;
  }

  /**
   * The bulk strings of `count` elements from an index on, which must be there, one behind the other; undefined
   * if they are not in memory and shall not be. Valid until the next call.
   */
  bulks(list: Collection, first: number, count: number): Slice | undefined {
    let stretch = this.#stretches.get(list);
    if (stretch?.covers(first, count) !== true) {
      if (!list.rangeRead) {
        list.rangeRead = true;
        return undefined;
      }
      stretch = this.#make(list, first, count, stretch);
      if (stretch === undefined) return undefined;
    }
    if (this.#latest !== list) {
      this.#stretches.delete(list);
      this.#stretches.set(list, stretch);
      this.#latest = list;
    }
    return stretch.bulks(first, count, this.#slice);
  }

  /** The bytes of an element, if they are in memory. Valid until the next call. */
  element(list: Collection, index: number): Slice | undefined {
    if (this.#size === 0) return undefined;
    const stretch = this.#stretches.get(list);
    return stretch?.covers(index, 1) ? stretch.element(index, this.#slice) : undefined;
  }

  /** Makes one of a range and of what there is beside it. */
  #make(
    list: Collection,
    first: number,
    count: number,
    old: Stretch | undefined,
  ): Stretch | undefined {
    const most = this.#cacheBytes() * SHARE * SHARE_OF_ONE;
    const mean = list.meanSize + FRAME / 2 + Int32Array.BYTES_PER_ELEMENT;
    this.#forget(list);
    let joined: Stretch | undefined;
    if (old?.touches(first, count)) {
      const more = Math.max(0, old.first - first) +
        Math.max(0, first + count - old.first - old.count);
      if (old.length + more * mean <= most) joined = old;
    }
    // What was read elsewhere before is given up: whoever goes through a list would have each part made for nothing.
    list.rangeRead = old === undefined || joined !== undefined;
    if (!list.rangeRead || (joined === undefined && count * mean > most)) return undefined;
    const from = Math.min(first, joined?.first ?? first);
    const to = Math.max(first + count, joined === undefined ? 0 : joined.first + joined.count);
    // One that only gets longer is added to: many short ranges, one after the other, copy nothing.
    const stretch = joined !== undefined && joined.first === from && joined.compact
      ? joined
      : this.#empty(list, from, to, mean, joined);
    const append = (element: ElementBytes) => {
      if (stretch.length + element.length > most) throw new TooLarge();
      stretch.append(element, true);
    };
    try {
      if (joined !== undefined && joined !== stretch) {
        this.#read(list, from, joined.first - from, append);
        stretch.appendAll(joined);
      }
      const end = stretch.first + stretch.count;
      this.#read(list, end, to - end, append);
    } catch (error) {
      list.rangeRead = false;
      if (error instanceof TooLarge) return undefined;
      throw error;
    }
    // Fewer rows than there should be are nothing to rely on.
    if (stretch.count !== to - from) return undefined;
    this.#keep(list, stretch);
    return stretch;
  }

  #empty(
    list: Collection,
    from: number,
    to: number,
    mean: number,
    joined: Stretch | undefined,
  ): Stretch {
    const count = to - from;
    const known = joined?.length ?? 0, knownCount = joined?.count ?? 0;
    const bytes = Math.ceil(known + (count - knownCount) * mean) + FRAME;
    const spare = SPARE_ELEMENTS + Math.ceil(count * SPARE);
    const spareBytes = SPARE_BYTES + Math.ceil(bytes * SPARE);
    const left = from === 0 ? 1 : 0, right = to === list.length ? 1 : 0;
    const sides = left + right;
    return new Stretch(
      from,
      count + sides * spare,
      bytes + sides * spareBytes,
      left * spare,
      left * spareBytes,
    );
  }

  #keep(list: Collection, stretch: Stretch): void {
    this.#stretches.set(list, stretch);
    this.#latest = list;
    this.#size += stretch.size;
    const most = this.#cacheBytes() * SHARE;
    for (const oldest of this.#stretches.keys()) {
      if (this.#size <= most || oldest === list) return;
      this.#forget(oldest);
    }
  }

  /** An element was added at an end of a list, which has it already. */
  pushed(list: Collection, value: Slice, left: boolean): void {
    if (this.#size === 0) return;
    const stretch = this.#stretches.get(list);
    if (stretch === undefined) return;
    if (!left) {
      if (stretch.first + stretch.count === list.length - 1) stretch.append(value, false);
    } else if (stretch.first !== 0 || !stretch.prepend(value)) {
      stretch.first++;
    }
  }

  /** Elements were taken from an end of a list, which does not have them any more. */
  popped(list: Collection, left: boolean, count: number): void {
    if (this.#size === 0) return;
    const stretch = this.#stretches.get(list);
    if (stretch === undefined) return;
    if (left) {
      const cut = Math.max(0, count - stretch.first);
      stretch.first = Math.max(0, stretch.first - count);
      stretch.cutLeft(Math.min(cut, stretch.count));
    } else {
      stretch.count = Math.min(stretch.count, list.length - stretch.first);
    }
    if (stretch.count <= 0) this.#forget(list);
  }

  /** A list was changed otherwise: its stretch is made again by the second range that is read after that. */
  changed(list: Collection): void {
    list.rangeRead = false;
    this.#forget(list);
  }

  #forget(list: Collection): void {
    if (this.#size === 0) return;
    const stretch = this.#stretches.get(list);
    if (stretch === undefined) return;
    this.#stretches.delete(list);
    this.#size -= stretch.size;
    if (this.#latest === list) this.#latest = undefined;
  }

  /** No list is in memory any more. */
  forgetAll(): void {
    this.#stretches.clear();
    this.#size = 0;
    this.#latest = undefined;
  }
}
