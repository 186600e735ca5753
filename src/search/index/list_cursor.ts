/**
 * Walks through one list, stored blocks first, then the tail, then what is pending, by the documents'
 * numbers. A block is decoded at once into typed arrays; of a word's positions only where they are.
 *
 * Hot: a query of two common words decodes tens of thousands of entries in a millisecond.
 *
 * @module
 */

import { doubleAt } from "./bytes.ts";
import { checkTime } from "./deadline.ts";
import { WIDE, wideMaskAt } from "./field_mask.ts";
import { KIND, sortOf, WORDS } from "./kinds.ts";
import { BLOCK_BYTES, type ListHead, type ListStore } from "./lists.ts";
import type { PendingList } from "./pending.ts";

/** Comes after every document's number. */
export const END = 0x7fffffff;

/** Goes through documents in the order of their numbers. */
export interface Cursor {
  /** The current document's number: 0 before the first, {@linkcode END} after the last. */
  readonly number: number;
  /** Goes on to the next document. @returns Its number. */
  next(): number;
  /** Goes on to the first document from `number` on, which is not before the current. @returns Its number. */
  skipTo(number: number): number;
  /** About how many documents there are, at most. */
  readonly estimate: number;
}

const NO_NUMBERS = new Int32Array(0);

/** Walks through one list. */
export class ListCursor implements Cursor {
  number = 0;
  readonly estimate: number;
  /** Bytes that decoding its blocks takes, at most. */
  readonly memory: number;
  /** Of a word: how often the current document has it. */
  frequency = 0;
  /** Of a word: bits of the fields that have it; from {@linkcode WIDE} on see {@linkcode wideMask}. */
  mask = 0;
  /** Where the bytes of the current entry are. */
  bytes: Uint8Array;
  readonly #sort: number;
  readonly #store: ListStore;
  readonly #head: ListHead | undefined;
  readonly #deadline: number;
  /** What comes after the stored blocks: the tail, and pending lists. */
  readonly #rest: { bytes: Uint8Array; last: number; after: number }[] = [];
  #nextRest = 0;
  /** Whether all stored blocks were passed. */
  #inRest: boolean;
  /** The last document of the block at hand. */
  #blockLast = 0;
  #numbers: Int32Array = NO_NUMBERS;
  #frequencies: Int32Array = NO_NUMBERS;
  #masks: Float64Array | Int32Array = NO_NUMBERS;
  /** Where the bytes of masks are, of those that are wide. */
  #maskAts: Int32Array = NO_NUMBERS;
  #starts: Int32Array = NO_NUMBERS;
  #ends: Int32Array = NO_NUMBERS;
  #count = 0;
  #index = -1;

  /**
   * @param pending Lists of later documents, in order.
   * @param deadline When the query must have ended, by `performance.now()`.
   */
  constructor(
    kind: number,
    store: ListStore,
    head: ListHead | undefined,
    pending: readonly (PendingList | undefined)[],
    deadline: number,
  ) {
    this.#deadline = deadline;
    this.#sort = sortOf(kind);
    this.#store = store;
    this.#head = head;
    this.bytes = EMPTY;
    this.#inRest = head === undefined || head.list === 0;
    let documents = head?.documents ?? 0;
    if (head !== undefined && head.tail.length > 0) {
      const { tail, last } = head;
      this.#rest.push({ bytes: tail, last, after: 0 });
    }
    for (const list of pending) {
      // What was merged into the stored list is still in memory until all of its kind is.
      if (list === undefined || head !== undefined && list.last <= head.last) continue;
      this.#rest.push({ bytes: list.copy(), last: list.last, after: head?.last ?? 0 });
      documents += list.documents;
    }
    this.estimate = documents;
    let longest = this.#inRest ? 0 : BLOCK_BYTES;
    for (const { bytes } of this.#rest) longest = Math.max(longest, bytes.length);
    this.memory = longest * (this.#sort === WORDS ? 6 : 12);
  }

  next(): number {
    const index = ++this.#index;
    if (index < this.#count || this.#nextBlock()) {
      const at = this.#index;
      this.frequency = this.#frequencies[at]!;
      this.mask = this.#masks[at]!;
      return this.number = this.#numbers[at]!;
    }
    return this.number = END;
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    if (number > this.#blockLast && !this.#seek(number)) return this.number = END;
    const numbers = this.#numbers;
    let low = Math.max(this.#index, 0);
    // Most steps are short; a long one is halved.
    let step = 1;
    let high = low;
    while (high < this.#count && numbers[high]! < number) {
      low = high + 1;
      high += step;
      step *= 2;
    }
    if (high > this.#count) high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[middle]! < number) low = middle + 1;
      else high = middle;
    }
    this.#index = low;
    this.frequency = this.#frequencies[low]!;
    this.mask = this.#masks[low]!;
    return this.number = numbers[low]!;
  }

  /** The current entry's mask, if it is wide. */
  get wideMask(): bigint {
    return wideMaskAt(this.bytes, this.#maskAts[this.#index]!);
  }

  #noteWide(index: number, at: number): void {
    if (index >= this.#maskAts.length) {
      const more = new Int32Array(this.#masks.length);
      more.set(this.#maskAts);
      this.#maskAts = more;
    }
    this.#maskAts[index] = at;
  }

  /** Where the current entry's own bytes begin: positions, or a value. */
  get start(): number {
    return this.#starts[this.#index]!;
  }

  /** Where they end. */
  get end(): number {
    return this.#ends[this.#index]!;
  }

  /** The number of the current entry, in a list of numbers. */
  get value(): number {
    return doubleAt(this.bytes, this.start);
  }

  #nextBlock(): boolean {
    while (!this.#inRest) {
      checkTime(this.#deadline);
      const block = this.#store.blockAfter(this.#head!.list, this.#blockLast);
      if (block === undefined) {
        this.#inRest = true;
        break;
      }
      this.#decode(block.entries, block.last);
      if (this.#count > 0) return true;
    }
    while (this.#nextRest < this.#rest.length) {
      if (this.#decodeRest()) return true;
    }
    this.#count = this.#index = 0;
    return false;
  }

  #decodeRest(): boolean {
    const { bytes, last, after } = this.#rest[this.#nextRest++]!;
    this.#decode(bytes, last);
    // What a merge that was interrupted has appended to the stored list already.
    while (this.#index < this.#count && this.#numbers[this.#index]! <= after) this.#index++;
    return this.#index < this.#count;
  }

  #seek(number: number): boolean {
    if (!this.#inRest) {
      checkTime(this.#deadline);
      const block = this.#store.blockFrom(this.#head!.list, number, this.#blockLast);
      if (block !== undefined) {
        this.#decode(block.entries, block.last);
        return true;
      }
      this.#inRest = true;
    }
    while (this.#nextRest < this.#rest.length) {
      if (this.#rest[this.#nextRest]!.last < number) this.#nextRest++;
      else return this.#decodeRest();
    }
    this.#count = this.#index = 0;
    return false;
  }

  /** Decodes a block whose last document is `last`. */
  #decode(bytes: Uint8Array, last: number): void {
    const end = bytes.length;
    this.bytes = bytes;
    this.#blockLast = last;
    this.#index = 0;
    const sort = this.#sort;
    const most = sort === WORDS ? (end >> 2) + 1 : end;
    if (this.#numbers.length < most) {
      this.#numbers = new Int32Array(most);
      this.#starts = new Int32Array(most);
      this.#ends = new Int32Array(most);
      if (sort === WORDS) {
        this.#frequencies = new Int32Array(most);
        this.#masks = new Float64Array(most);
      }
    }
    const numbers = this.#numbers, starts = this.#starts, ends = this.#ends;
    const frequencies = this.#frequencies, masks = this.#masks;
    let at = 0, count = 0, number = 0;
    while (at < end) {
      // Most numbers take one byte; for the others a call is no loss.
      const distance = bytes[at++]!;
      if (distance < 0x80) number += distance;
      else {
        number += longVarint(bytes, at, distance);
        at = past;
      }
      if (sort === WORDS) {
        let frequency = bytes[at++]!;
        if (frequency >= 0x80) {
          frequency = longVarint(bytes, at, frequency);
          at = past;
        }
        let mask = bytes[at++]!;
        if (mask >= 0x80) {
          mask = longVarint(bytes, at, mask);
          if (mask >= WIDE) this.#noteWide(count, at - 1);
          at = past;
        }
        frequencies[count] = frequency;
        masks[count] = mask;
      }
      if (sort === WORDS || sort === KIND.SORT_TEXTS || sort === KIND.SHAPES) {
        let size = bytes[at++]!;
        if (size >= 0x80) {
          size = longVarint(bytes, at, size);
          at = past;
        }
        starts[count] = at;
        at += size;
        ends[count] = at;
      } else if (sort === KIND.NUMBERS) {
        starts[count] = at;
        at += 8;
      } else if (sort === KIND.POINTS) {
        starts[count] = at;
        at += 16;
      }
      numbers[count++] = number;
    }
    this.#count = count;
  }
}

const EMPTY = new Uint8Array(0);

/** Past the integer that {@linkcode longVarint} has read. */
let past = 0;

/** The integer whose first byte is `first` and whose others begin at `at`. */
function longVarint(bytes: Uint8Array, at: number, first: number): number {
  let byte = bytes[at++]!;
  let value = (first & 0x7f) | ((byte & 0x7f) << 7);
  // Bits of a mask go beyond 2^31, where shifts are of no use.
  for (let factor = 1 << 14; byte >= 0x80; factor *= 128) {
    byte = bytes[at++]!;
    value += (byte & 0x7f) * factor;
  }
  past = at;
  return value;
}
