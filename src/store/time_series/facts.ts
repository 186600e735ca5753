/**
 * What stands in the row of a series' key: its settings, what is known of it as a whole, its rules,
 * and the end of its last chunk, so that a sample that is added writes this one row, which is short.
 *
 * Numbers of fixed places, which SQL reads, are little-endian: {@linkcode AT}. Behind them come
 * numbers of seven bits a byte, the lowest first, of which all bytes but the last have the eighth bit:
 *
 * - retention, bytes of a chunk, chunks, the bytes that all but the last are counted with and those of
 *   the last one
 * - of a last chunk with samples: its last time less its first, the last difference of times (twice
 *   that, or twice the other way less 1 if it is negative), the last value as a double, leading and
 *   trailing zeros of the last window, a byte each
 * - with {@linkcode FLAG}`.LAST`: the last sample's time and value, where the last chunk has another
 * - with `.IGNORES`: IGNORE's time and value; with `.COMPACTION`: the source's id
 * - how many rules there are, and of each its destination's id, the bucket's duration and alignment,
 *   where the open bucket begins and 1 more (0: there is none yet), the aggregator's number, and the
 *   numbers that it keeps, as doubles.
 *
 * At the end are the bytes of the last chunk that are in no row of `ts_chunks`, those from `OFFSET` on.
 *
 * @module
 */

import type { Statement } from "../../sqlite/sqlite.ts";

/** Where numbers stand. */
export const AT = {
  /** A byte of {@linkcode FLAG}s. */
  FLAGS: 0,
  /** A byte: one of {@linkcode POLICY}. */
  POLICY: 1,
  /** Samples of the last chunk, four bytes. */
  COUNT: 2,
  /** Its bits, four bytes. */
  BITS: 6,
  /** Its bytes in its row, four bytes. */
  OFFSET: 10,
  /** Its first time, eight bytes. */
  FIRST: 14,
  /** Its first value, a double. */
  BASE: 22,
} as const;
/** Bytes of these. */
export const FIXED_BYTES = 30;

/** What a bit says. */
export const FLAG = {
  /** Chunks are compressed. */
  COMPRESSED: 1,
  /** The last chunk has a row. */
  HAS_ROW: 2,
  /** The last sample is another than the last chunk's. */
  LAST: 4,
  /** There is IGNORE. */
  IGNORES: 8,
  /** It is the destination of a rule. */
  COMPACTION: 16,
} as const;

/** What happens to a sample of a time that is there. The numbers are RedisTimeSeries's. */
export const POLICY = { NONE: 0, BLOCK: 1, LAST: 2, FIRST: 3, MIN: 4, MAX: 5, SUM: 6 } as const;
/** Their names by number. */
export const POLICIES = ["none", "block", "last", "first", "min", "max", "sum"] as const;

const TWO_32 = 2 ** 32;
const room = new Uint8Array(512);

/** Writes facts, one after the other. One for all, for facts are written at once. */
export class FactsWriter {
  #bytes = room;
  #view = new DataView(room.buffer);
  #at = 0;

  /** Begins anew, behind what has fixed places. */
  begin(): void {
    this.#at = FIXED_BYTES;
  }

  /** Makes sure that so many bytes fit. */
  reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * (this.#at + more));
    longer.set(this.#bytes);
    this.#bytes = longer;
    this.#view = new DataView(longer.buffer);
  }

  /** A byte of a fixed place. */
  byteAt(at: number, value: number): void {
    this.#bytes[at] = value;
  }
  /** Four bytes of a fixed place. */
  wordAt(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }
  /** Eight bytes of a fixed place. */
  timeAt(at: number, value: number): void {
    const high = Math.floor(value / TWO_32);
    // A remainder of doubles would be a call.
    this.#view.setUint32(at, value - high * TWO_32, true);
    this.#view.setUint32(at + 4, high, true);
  }
  /** A double of a fixed place. */
  doubleAt(at: number, value: number): void {
    this.#view.setFloat64(at, value, true);
  }

  /** A whole number that is not negative. */
  whole(value: number): void {
    let rest = value;
    while (rest >= 128) {
      const higher = Math.floor(rest / 128);
      this.#bytes[this.#at++] = rest - 128 * higher | 128;
      rest = higher;
    }
    this.#bytes[this.#at++] = rest;
  }
  /** A whole number. */
  signed(value: number): void {
    this.whole(value < 0 ? -value * 2 - 1 : value * 2);
  }
  /** A byte. */
  byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }
  /** A double. */
  double(value: number): void {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }
  /** The first of some bytes. */
  bytes(bytes: Uint8Array, count: number): void {
    for (let i = 0; i < count; i++) this.#bytes[this.#at++] = bytes[i]!;
  }
  /** Binds all that was written, which stays as it is until others are begun. */
  bind(statement: Statement, index: number): void {
    statement.bindBlob(index, this.#bytes, 0, this.#at);
  }
}

/** Reads facts, one after the other. */
export class FactsReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = FIXED_BYTES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A byte of a fixed place. */
  byteAt(at: number): number {
    return this.#bytes[at] ?? 0;
  }
  /** Four bytes of a fixed place. */
  wordAt(at: number): number {
    return this.#view.getUint32(at, true);
  }
  /** Eight bytes of a fixed place. */
  timeAt(at: number): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * TWO_32;
  }
  /** A double of a fixed place. */
  doubleAt(at: number): number {
    return this.#view.getFloat64(at, true);
  }

  /** A whole number that is not negative. */
  whole(): number {
    let value = 0;
    for (let unit = 1;; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }
  /** A whole number. */
  signed(): number {
    const value = this.whole();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  /** A byte. */
  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
  /** A double. */
  double(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }
  /** What is left. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}
