/**
 * Rows as they were when they were set apart, of strings that have changed since (see unwritten.ts).
 * They stand one after the other in memory that is little, or all that they may take: of that only what was
 * touched is resident.
 *
 * One of them: bytes of the key and of the value, space, encoding, changes, flags (32 bits each), expiry,
 * when it was made and changed (64-bit floats), then the key and the value.
 *
 * @module
 */

import { copyBytes } from "../../values/slice.ts";
import type { HeldRow } from "./held_row.ts";

const KEY_LENGTH = 0, VALUE_LENGTH = 1, SPACE = 2, ENCODING = 3, CHANGES = 4, FLAGS = 5;
const EXPIRES = 3, CREATED = 4, UPDATED = 5;
const HEADER = 48;
const IS_NEW = 1, EXPIRY_CHANGED = 2;
const FIRST_SIZE = 1 << 16;

const NO_BYTES = new Uint8Array(0);

/** Keeps them. */
export class EarlierRows {
  #bytes = NO_BYTES;
  #words = new Int32Array(0);
  #doubles = new Float64Array(0);
  #end = 0;

  /**
   * Keeps a row as it is.
   *
   * @param most Bytes that all of them may take.
   * @returns Where it is kept, -1 if there is no room for it.
   */
  keep(row: HeldRow, most: number): number {
    const { key, value } = row;
    const at = this.#end;
    // The cache has become smaller.
    if (at === 0 && this.#bytes.length > Math.max(most, FIRST_SIZE)) this.#bytes = NO_BYTES;
    const valueAt = at + HEADER + key.end - key.start;
    const end = (valueAt + value.end - value.start + 7) & ~7;
    if (end > Math.min(this.#bytes.length, most) && !this.#grow(end, most)) return -1;
    const words = this.#words, doubles = this.#doubles, word = at >> 2, double = at >> 3;
    words[word + KEY_LENGTH] = key.end - key.start;
    words[word + VALUE_LENGTH] = value.end - value.start;
    words[word + SPACE] = row.space;
    words[word + ENCODING] = row.encoding;
    words[word + CHANGES] = row.changes;
    words[word + FLAGS] = (row.isNew ? IS_NEW : 0) | (row.expiryChanged ? EXPIRY_CHANGED : 0);
    doubles[double + EXPIRES] = row.expiresAtMs;
    doubles[double + CREATED] = row.createdAtMs;
    doubles[double + UPDATED] = row.updatedAtMs;
    copyBytes(key.bytes, key.start, key.end, this.#bytes, at + HEADER);
    copyBytes(value.bytes, value.start, value.end, this.#bytes, valueAt);
    this.#end = end;
    return at;
  }

  #grow(size: number, most: number): boolean {
    const room = most & ~7;
    if (size > room) return false;
    const bytes = new Uint8Array(size <= FIRST_SIZE && FIRST_SIZE <= room ? FIRST_SIZE : room);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#words = new Int32Array(bytes.buffer);
    this.#doubles = new Float64Array(bytes.buffer);
    return true;
  }

  /** Fills `row` with the one that is kept somewhere. */
  read(at: number, row: HeldRow): void {
    const words = this.#words, doubles = this.#doubles, word = at >> 2, double = at >> 3;
    const keyAt = at + HEADER, valueAt = keyAt + words[word + KEY_LENGTH]!;
    row.key.set(this.#bytes, keyAt, valueAt);
    row.value.set(this.#bytes, valueAt, valueAt + words[word + VALUE_LENGTH]!);
    row.space = words[word + SPACE]!;
    row.encoding = words[word + ENCODING]!;
    row.changes = words[word + CHANGES]!;
    const flags = words[word + FLAGS]!;
    row.isNew = (flags & IS_NEW) !== 0;
    row.expiryChanged = (flags & EXPIRY_CHANGED) !== 0;
    row.expiresAtMs = doubles[double + EXPIRES]!;
    row.createdAtMs = doubles[double + CREATED]!;
    row.updatedAtMs = doubles[double + UPDATED]!;
  }

  /** There are none any more. */
  clear(): void {
    this.#end = 0;
  }
}
