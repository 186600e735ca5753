/**
 * Indexes of arrays: 0 to 2^64 - 2. One within 2^53 is a number, a larger one a bigint, so that two
 * equal indexes are always of the same type and compare with `===`.
 *
 * SQLite's integers are signed. An index from 2^63 on is stored as itself minus 2^64: plain indexes
 * show as they are, and in the order of the table the upper half comes before the lower one. So a
 * range of indexes is one or two ranges of the table.
 *
 * @module
 */

import type { Statement } from "../../sqlite/sqlite.ts";
import { narrow, parseInt64 } from "../values/integers.ts";
import { latin1 } from "../values/slice.ts";

/** An index of an array, or a number of elements. */
export type ArrayIndex = number | bigint;

/** 2^64 - 1: no index, but what ARSEEK takes for "no room after the last one". */
export const INDEX_LIMIT: ArrayIndex = (1n << 64n) - 1n;

const HALF = 1n << 63n;
const FULL = 1n << 64n;

/**
 * Reads an index as Redis does: what C's strtoull takes for one, up to the first NUL. So spaces,
 * zeros and a sign may stand before the digits, and a negative number counts down from 2^64, unless
 * it is written as plainly as `-5`.
 *
 * @returns Undefined if it is no number up to {@linkcode INDEX_LIMIT}.
 */
export function parseIndex(bytes: Uint8Array, start: number, end: number): ArrayIndex | undefined {
  const plain = parseInt64(bytes, start, end);
  if (plain !== undefined) return plain >= 0 ? plain : undefined;
  let at = start;
  while (at < end && isSpace(bytes[at]!)) at++;
  const sign = at < end ? bytes[at]! : 0;
  if (sign === MINUS || sign === PLUS) at++;
  const digits = at;
  while (at < end && bytes[at] === ZERO) at++;
  const significant = at;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  if (at === digits || at - significant > MAX_DIGITS || at < end && bytes[at] !== 0) {
    return undefined;
  }
  const value = BigInt(latin1(bytes, significant, at));
  if (value >= FULL) return undefined;
  return narrow(sign === MINUS ? BigInt.asUintN(64, -value) : value);
}

const PLUS = 0x2b, MINUS = 0x2d, ZERO = 0x30, NINE = 0x39;
/** Digits of the greatest index. */
const MAX_DIGITS = 20;
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** The sum of an index and a count, which may pass the last index. */
export function plus(index: ArrayIndex, count: ArrayIndex): ArrayIndex {
  if (typeof index === "number" && typeof count === "number") {
    const sum = index + count;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return narrow(BigInt(index) + BigInt(count));
}

/** The difference of two indexes, or of an index and a count. */
export function minus(index: ArrayIndex, other: ArrayIndex): ArrayIndex {
  return typeof index === "number" && typeof other === "number"
    ? index - other
    : narrow(BigInt(index) - BigInt(other));
}

/** The remainder of an index. */
export function modulo(index: ArrayIndex, size: ArrayIndex): ArrayIndex {
  return typeof index === "number" && typeof size === "number"
    ? index % size
    : narrow(BigInt(index) % BigInt(size));
}

/** Binds an index as it is stored. */
export function bindIndex(statement: Statement, parameter: number, index: ArrayIndex): void {
  if (typeof index === "number") statement.bindInteger(parameter, index);
  else statement.bindBigint(parameter, BigInt.asIntN(64, index));
}

/** Reads an index out of a column. */
export function columnIndex(statement: Statement, column: number): ArrayIndex {
  const stored = statement.columnNumber(column);
  if (stored >= 0 && stored <= Number.MAX_SAFE_INTEGER) return stored;
  return narrow(BigInt.asUintN(64, statement.columnBigint(column)));
}

/** A range of indexes, both ends included. */
export type IndexRange = readonly [first: ArrayIndex, last: ArrayIndex];

/** The ranges of the table that a range of indexes is, in the order of the indexes. */
export function storedRanges(first: ArrayIndex, last: ArrayIndex): IndexRange[] {
  if (first >= HALF || last < HALF) return [[first, last]];
  return [[first, HALF - 1n], [HALF, last]];
}

/** Reads 64 bits, the least significant byte first. */
export function readUint64(bytes: Uint8Array, at: number): ArrayIndex {
  const low = (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>>
    0;
  const high =
    (bytes[at + 4]! | bytes[at + 5]! << 8 | bytes[at + 6]! << 16 | bytes[at + 7]! << 24) >>>
    0;
  return high < 1 << 21 ? high * 2 ** 32 + low : (BigInt(high) << 32n) + BigInt(low);
}

/** Writes 64 bits, the least significant byte first. */
export function writeUint64(value: ArrayIndex, bytes: Uint8Array, at: number): void {
  let low: number, high: number;
  if (typeof value === "number") {
    low = value % 2 ** 32;
    high = Math.floor(value / 2 ** 32);
  } else {
    low = Number(value & 0xffffffffn);
    high = Number(value >> 32n);
  }
  for (let i = 0; i < 4; i++) {
    bytes[at + i] = low >>> 8 * i;
    bytes[at + 4 + i] = high >>> 8 * i;
  }
}
