/**
 * How a record of the row cache lies in its ring.
 *
 * A record: size, index position, space, key length, value length (24 bits), the owner's tag (7) and whether it
 * expires (1), the key's access word (32 bits each; see access_clock.ts), then the key and the value; and if it
 * expires when, a 64-bit float in its last eight bytes.
 *
 * @module
 */

import { Slice } from "../values/slice.ts";

/** Bytes before the key. */
export const HEADER = 24;
/** Which of the record's words of 32 bits say what. */
export const SIZE = 0, POSITION = 1, SPACE = 2, KEY_LENGTH = 3, VALUE_LENGTH_AND_TAG = 4;
/** See {@linkcode SIZE}. */
export const ACCESSED = 5;
/** Set where the last bytes of a record say when it expires. */
export const EXPIRES: number = 1 << 31;
/** How many those are. */
export const EXPIRY_BYTES = 8;
/** Bits of the value's length. */
export const LENGTH_BITS = 24;
/** The greatest one. */
export const LENGTH_MASK: number = (1 << LENGTH_BITS) - 1;

/** Bytes that a record takes, in whole words of eight. */
export function sizeFor(keyLength: number, valueLength: number, expiresAtMs: number): number {
  return (HEADER + keyLength + valueLength + 7 & ~7) + (expiresAtMs === 0 ? 0 : EXPIRY_BYTES);
}

/** What {@linkcode RowRecords.entry} shows of a record. */
export interface CacheEntry {
  /** The key. */
  readonly key: Slice;
  /** The value. */
  readonly value: Slice;
}

/** The records of a ring, by where they begin. */
export class RowRecords {
  /** The ring. Slices into it are valid until a record is reserved, or the ring gets another size. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Its words. */
  protected words: Int32Array = new Int32Array(0);
  /** Its 64-bit floats. */
  protected doubles: Float64Array = new Float64Array(0);
  readonly #entry: CacheEntry = { key: new Slice(), value: new Slice() };

  /** Bytes that a record takes. */
  sizeOf(record: number): number {
    return this.words[(record >> 2) + SIZE]!;
  }

  /** The space of a record's key. */
  space(record: number): number {
    return this.words[(record >> 2) + SPACE]!;
  }

  /** A record's key and value. The same object each time. */
  entry(record: number): CacheEntry {
    const { key, value } = this.#entry;
    this.value(record, value);
    key.bytes = this.bytes;
    key.start = record + HEADER;
    key.end = value.start;
    return this.#entry;
  }

  /** Compares two records by their spaces and keys, as the table orders them. */
  compare(a: number, b: number): number {
    const { words, bytes: ring } = this;
    const wordA = a >> 2, wordB = b >> 2;
    if (words[wordA + SPACE] !== words[wordB + SPACE]) {
      return words[wordA + SPACE]! - words[wordB + SPACE]!;
    }
    const lengthA = words[wordA + KEY_LENGTH]!, lengthB = words[wordB + KEY_LENGTH]!;
    const length = Math.min(lengthA, lengthB);
    for (let i = HEADER; i < HEADER + length; i++) {
      const difference = ring[a + i]! - ring[b + i]!;
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  /** Unix time in milliseconds at which a record's key expires, 0 for never. */
  expiresAtMs(record: number): number {
    const word = record >> 2, words = this.words;
    if (words[word + VALUE_LENGTH_AND_TAG]! >= 0) return 0;
    return this.doubles[(record + words[word + SIZE]! - EXPIRY_BYTES) >> 3]!;
  }

  /** The number of 7 bits that the record was reserved with. */
  tag(record: number): number {
    return (this.words[(record >> 2) + VALUE_LENGTH_AND_TAG]! & ~EXPIRES) >> LENGTH_BITS;
  }

  /** Points `slice` at a record's value. */
  value(record: number, slice: Slice): void {
    const word = record >> 2;
    const start = record + HEADER + this.words[word + KEY_LENGTH]!;
    slice.bytes = this.bytes;
    slice.start = start;
    slice.end = start + (this.words[word + VALUE_LENGTH_AND_TAG]! & LENGTH_MASK);
  }

  /** A record's access word: what the caller noted of its last use. */
  accessed(record: number): number {
    return this.words[(record >> 2) + ACCESSED]!;
  }

  /** Notes a use. */
  touch(record: number, accessed: number): void {
    this.words[(record >> 2) + ACCESSED] = accessed;
  }

  /** Says what a record holds but its key and the bytes of its value. */
  protected describe(record: number, valueLength: number, tag: number, expiresAtMs: number): void {
    const word = record >> 2, words = this.words;
    const facts = tag << LENGTH_BITS | valueLength;
    if (expiresAtMs === 0) {
      words[word + VALUE_LENGTH_AND_TAG] = facts;
    } else {
      words[word + VALUE_LENGTH_AND_TAG] = facts | EXPIRES;
      this.doubles[(record + words[word + SIZE]! - EXPIRY_BYTES) >> 3] = expiresAtMs;
    }
  }
}
