/**
 * The rows that are set apart, in the order of their keys: first by the digits of all, at once, and then by
 * the rest of the keys, a run of equal digits at a time.
 *
 * @module
 */

import type { RowCache } from "../row_cache.ts";
import { orderOf } from "./digit_order.ts";
import { type HeldEntries, roomBeyond } from "./held_entries.ts";

/** Rows that are put into the exact order of their keys at a time. */
const RUN = 256;

/** Places of their records in the index of the cache. */
export class ApartQueue {
  readonly #cache: RowCache;
  #ways = new Int32Array(0);
  #digits = new Uint32Array(0);
  #rests = new Uint32Array(0);
  /** What they are put in order by. */
  #order = new Int32Array(0);
  #count = 0;
  #at = 0;
  /** Up to where they are in the exact order. */
  #sortedTo = 0;

  /** Takes the cache that has the records. */
  constructor(cache: RowCache) {
    this.#cache = cache;
  }

  /** Takes all rows that there are. */
  fill({ count, ways, digits, rests }: HeldEntries): void {
    this.clear();
    if (count > this.#ways.length) this.#grow(count);
    this.#count = count;
    const order = orderOf(digits, count, this.#order, this.#ways);
    // The other one was for the way to it.
    if (order !== this.#order) [this.#order, this.#ways] = [this.#ways, this.#order];
    for (let i = 0; i < count; i++) {
      const entry = order[i]!;
      this.#ways[i] = ways[entry]!;
      this.#digits[i] = digits[entry]!;
      this.#rests[i] = rests[entry]!;
    }
  }

  /** Sees to it that there is room for so many. */
  #grow(count: number): void {
    let size = this.#ways.length;
    while (size < count) size = roomBeyond(size);
    this.#ways = new Int32Array(size);
    this.#order = new Int32Array(size);
    this.#digits = new Uint32Array(size);
    this.#rests = new Uint32Array(size);
  }

  /** How many are left. */
  get left(): number {
    return this.#count - this.#at;
  }

  /** The one that comes next, or one near it; -1 if none is left. */
  get next(): number {
    return this.left === 0 ? -1 : this.#ways[this.#at]!;
  }

  /** The one that was taken last; -1 if none was. */
  get last(): number {
    return this.#at === 0 ? -1 : this.#ways[this.#at - 1]!;
  }

  /** Takes the next one; -1 if none is left. */
  take(): number {
    if (this.#at === this.#count) return -1;
    if (this.#at >= this.#sortedTo) this.#sortRun();
    return this.#ways[this.#at++]!;
  }

  /** Puts those that come next, and whose digits are the same, into the order of their keys. */
  #sortRun(): void {
    const from = this.#at, digits = this.#digits;
    const most = Math.min(from + RUN, this.#count);
    let to = from + 1;
    while (to < most && digits[to] === digits[from]) to++;
    this.#sortedTo = to;
    const cache = this.#cache, ways = this.#ways, rests = this.#rests;
    for (let i = from + 1; i < to; i++) {
      const way = ways[i]!, rest = rests[i]!;
      let at = i;
      for (; at > from; at--) {
        const other = ways[at - 1]!, difference = rests[at - 1]! - rest;
        if (difference < 0) break;
        if (difference === 0) {
          const record = cache.recordOf(way), otherRecord = cache.recordOf(other);
          // What is not there any more is passed over when its turn comes.
          if (record === -1 || otherRecord === -1) break;
          if (cache.compare(otherRecord, record) <= 0) break;
        }
        ways[at] = other;
        rests[at] = rests[at - 1]!;
      }
      ways[at] = way;
      rests[at] = rest;
    }
  }

  /** There are none any more. */
  clear(): void {
    this.#count = this.#at = this.#sortedTo = 0;
  }
}
