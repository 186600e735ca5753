/**
 * Whether Redis would hold a list in one listpack, which OBJECT ENCODING tells: by what the list
 * takes there and `list-max-listpack-size`. A positive one limits the elements (and they may not take
 * more than 8 KB either), -1 to -5 the bytes: to 4 KB, and twice as many with each.
 *
 * Redis counts a new element as the bytes it came in, before it knows how they are packed. So does
 * this with the last one, as if the list had been filled from the left.
 *
 * @module
 */

import type { Column } from "../values/column.ts";
import { parseInt64 } from "../values/integers.ts";
import { backLengthWidth, LISTPACK_HEADER_SIZE } from "../rdb/listpack.ts";

/** Bytes that a listpack limited by its elements may take. */
const SAFE_SIZE = 8192;
/** Bytes of -1. */
const SMALLEST_CLASS = 4096;
/** Classes of sizes; those beyond count as the last. */
const CLASSES = 5;
/** Bytes of the smallest entry: a number up to 127. */
const SMALLEST_ENTRY = 2;
/** Characters of the longest integer. */
const LONGEST_INTEGER = 20;

/** Sums up what a list takes in a listpack. */
export class ListpackFit {
  /** Whether everything added so far fits. */
  fits = true;
  readonly #mostElements: number;
  readonly #mostBytes: number;
  /** The header and the byte that ends a listpack, and the entries. */
  #bytes = LISTPACK_HEADER_SIZE + 1;
  #elements = 0;
  readonly #digits = new Uint8Array(LONGEST_INTEGER);

  /** @param limit `list-max-listpack-size`. */
  constructor(limit: number) {
    const bySize = limit < 0;
    this.#mostBytes = bySize ? SMALLEST_CLASS << (Math.min(-limit, CLASSES) - 1) : SAFE_SIZE;
    this.#mostElements = bySize
      ? Math.floor(this.#mostBytes / SMALLEST_ENTRY)
      : Math.min(Math.max(1, limit), SAFE_SIZE / SMALLEST_ENTRY);
  }

  /** Whether so many elements are few enough, whatever they are. */
  mayHold(elements: number): boolean {
    return elements <= this.#mostElements;
  }

  /** Adds an element. @returns Whether everything fits. */
  add(value: Column): boolean {
    const { length } = value;
    this.fits = this.mayHold(++this.#elements) && this.#bytes + length <= this.#mostBytes;
    if (this.fits) {
      const size = this.#contentSize(value, length);
      this.#bytes += size + backLengthWidth(size);
    }
    return this.fits;
  }

  /** Bytes of an entry without its size behind it. */
  #contentSize(value: Column, length: number): number {
    if (length <= LONGEST_INTEGER) {
      value.copyInto(this.#digits, 0);
      const integer = parseInt64(this.#digits, 0, length);
      if (integer !== undefined) return integerSize(integer);
    }
    if (length < 64) return 1 + length;
    return length < 4096 ? 2 + length : 5 + length;
  }
}

/** Bytes of an integer with its encoding byte. */
function integerSize(value: number | bigint): number {
  if (value >= 0 && value <= 127) return 1;
  if (value >= -4096 && value <= 4095) return 2;
  for (const bytes of [2, 3, 4]) {
    const bound = 2 ** (8 * bytes - 1);
    if (value >= -bound && value < bound) return 1 + bytes;
  }
  return 9;
}
