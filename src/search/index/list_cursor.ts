/**
 * Walks through one list, stored blocks first, then the tail, then what is pending, by the documents'
 * numbers. Entries are read where they lie, one after the other: of a word's positions only where they
 * are.
 *
 * Hot: a query of two common words reads tens of thousands of entries in a millisecond.
 *
 * @module
 */

import { doubleAt } from "./bytes.ts";
import { checkTime } from "./deadline.ts";
import { wideMaskAt } from "./field_mask.ts";
import { KIND, sortOf, WORDS } from "./kinds.ts";
import { type Block, BLOCK_BYTES, type ListHead, type ListStore } from "./lists.ts";
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

/** Walks through one list. */
export class ListCursor implements Cursor {
  number = 0;
  readonly estimate: number;
  /** Bytes that it holds, at most. */
  readonly memory: number;
  /** Of a word: how often the current document has it. */
  frequency = 0;
  /** Of a word: bits of the fields that have it; from {@linkcode WIDE} on see {@linkcode wideMask}. */
  mask = 0;
  /** Where the mask is among the bytes. */
  maskAt = 0;
  /** Where the bytes of the current entry are. */
  bytes: Uint8Array = EMPTY;
  /** Where the current entry's own bytes begin: positions, or a value. */
  start = 0;
  /** Where they end. */
  end = 0;
  readonly #sort: number;
  readonly #store: ListStore;
  readonly #head: ListHead | undefined;
  readonly #deadline: number;
  /** All stored blocks, where they are few; the one that comes next. */
  readonly #blocks: readonly Block[] | undefined;
  #nextBlock = 0;
  /** What comes after the stored blocks: the tail, and pending lists. */
  readonly #rest: { bytes: Uint8Array; last: number; after: number }[] = [];
  #nextRest = 0;
  /** Whether all stored blocks were passed. */
  #inRest: boolean;
  /** The last document of the block at hand, and what is passed over in it. */
  #blockLast = 0;
  #after = 0;
  /** Where the next entry is, the number it counts from, and where the block ends. */
  #at = 0;
  #from = 0;
  #blockEnd = 0;

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
    this.#inRest = head === undefined || head.list === 0;
    this.#blocks = this.#inRest ? undefined : store.blocksOf(head!);
    let documents = head?.documents ?? 0;
    if (head !== undefined && head.tail.length > 0) {
      const { tail, last } = head;
      this.#rest.push({ bytes: tail, last, after: 0 });
    }
    let memory = this.#inRest || this.#blocks !== undefined ? 0 : BLOCK_BYTES;
    for (const list of pending) {
      // What was merged into the stored list is still in memory until all of its kind is.
      if (list === undefined || head !== undefined && list.last <= head.last) continue;
      this.#rest.push({ bytes: list.copy(), last: list.last, after: head?.last ?? 0 });
      documents += list.documents;
      memory += list.length;
    }
    this.estimate = documents;
    this.memory = memory;
  }

  next(): number {
    do {
      if (this.#at >= this.#blockEnd && !this.#follow()) return this.number = END;
      this.#read(0);
      // What a merge that was interrupted has appended to the stored list already.
    } while (this.number <= this.#after);
    return this.number;
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    if (number > this.#blockLast && !this.#seek(number)) return this.number = END;
    this.#read(number);
    return this.number;
  }

  /** The current entry's mask, if it is wide. */
  get wideMask(): bigint {
    return wideMaskAt(this.bytes, this.maskAt);
  }

  /** The number of the current entry, in a list of numbers. */
  get value(): number {
    return doubleAt(this.bytes, this.start);
  }

  /** Goes on to the next block. @returns Whether there is one. */
  #follow(): boolean {
    if (!this.#inRest) {
      checkTime(this.#deadline);
      const block = this.#blocks === undefined
        ? this.#store.blockAfter(this.#head!.list, this.#blockLast)
        : this.#blocks[this.#nextBlock++];
      if (block !== undefined) {
        this.#begin(block.entries, block.last, 0);
        return true;
      }
      this.#inRest = true;
    }
    const rest = this.#rest[this.#nextRest++];
    if (rest === undefined) return false;
    this.#begin(rest.bytes, rest.last, rest.after);
    return true;
  }

  /** Goes on to the block that has the first document from `number` on. @returns Whether there is one. */
  #seek(number: number): boolean {
    if (!this.#inRest) {
      checkTime(this.#deadline);
      const block = this.#blocks === undefined
        ? this.#store.blockFrom(this.#head!.list, number, this.#blockLast)
        : this.#blockFrom(this.#blocks, number);
      if (block !== undefined) {
        this.#begin(block.entries, block.last, 0);
        return true;
      }
      this.#inRest = true;
    }
    for (;;) {
      const rest = this.#rest[this.#nextRest++];
      if (rest === undefined) return false;
      if (rest.last < number) continue;
      this.#begin(rest.bytes, rest.last, rest.after);
      return true;
    }
  }

  #blockFrom(blocks: readonly Block[], number: number): Block | undefined {
    // Most steps are short; a long one is halved.
    let low = this.#nextBlock, high = low, step = 1;
    while (high < blocks.length && blocks[high]!.last < number) {
      low = high + 1;
      high += step;
      step *= 2;
    }
    if (high > blocks.length) high = blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (blocks[middle]!.last < number) low = middle + 1;
      else high = middle;
    }
    this.#nextBlock = low + 1;
    return blocks[low];
  }

  #begin(bytes: Uint8Array, last: number, after: number): void {
    this.bytes = bytes;
    this.#blockEnd = bytes.length;
    this.#blockLast = last;
    this.#after = after;
    this.#at = this.#from = 0;
  }

  /** Reads the next entry of a document from `least` on, of which the block must have one. */
  #read(least: number): void {
    const { bytes } = this;
    const sort = this.#sort;
    let at = this.#at, number = this.#from;
    if (sort === WORDS) {
      let frequency: number, mask: number, maskAt: number, start: number;
      do {
        // Most numbers take one byte; for the others a call is no loss.
        const distance = bytes[at++]!;
        if (distance < 0x80) number += distance;
        else {
          number += longVarint(bytes, at, distance);
          at = past;
        }
        frequency = bytes[at++]!;
        if (frequency >= 0x80) {
          frequency = longVarint(bytes, at, frequency);
          at = past;
        }
        maskAt = at;
        mask = bytes[at++]!;
        if (mask >= 0x80) {
          mask = longVarint(bytes, at, mask);
          at = past;
        }
        let size = bytes[at++]!;
        if (size >= 0x80) {
          size = longVarint(bytes, at, size);
          at = past;
        }
        start = at;
        at += size;
      } while (number < least);
      this.frequency = frequency;
      this.mask = mask;
      this.maskAt = maskAt;
      this.start = start;
    } else {
      let start: number;
      do {
        const distance = bytes[at++]!;
        if (distance < 0x80) number += distance;
        else {
          number += longVarint(bytes, at, distance);
          at = past;
        }
        let size = 0;
        if (sort === KIND.NUMBERS) size = 8;
        else if (sort === KIND.POINTS) size = 16;
        else if (sort === KIND.SORT_TEXTS || sort === KIND.SHAPES) {
          size = bytes[at++]!;
          if (size >= 0x80) {
            size = longVarint(bytes, at, size);
            at = past;
          }
        }
        start = at;
        at += size;
      } while (number < least);
      this.start = start;
    }
    this.end = this.#at = at;
    this.number = this.#from = number;
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
