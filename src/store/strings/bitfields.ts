/**
 * Integers of any width inside strings, at any bit (BITFIELD). The first bit of a field is its
 * highest. A field of up to 53 bits is read and written as a number; only wider ones cost bigints.
 *
 * Operations that lie close together work on one window of bytes, read and written once; others on
 * a window each, so that a long string is never read whole.
 *
 * @module
 */

import { narrow } from "../values/integers.ts";
import { Slice } from "../values/slice.ts";
import type { StringValue } from "./string_value.ts";
import type { Strings } from "./strings.ts";

/** What becomes of a value that does not fit its field. */
export type Overflow = "WRAP" | "SAT" | "FAIL";

/** One operation on one field. */
export interface FieldOperation {
  /** What is done: read, set, or added to. */
  readonly action: "GET" | "SET" | "INCRBY";
  /** Whether the field holds a sign, in two's complement. */
  readonly signed: boolean;
  /** Its width: 1 to 64, unsigned 1 to 63. */
  readonly bits: number;
  /** Its first bit. */
  readonly offset: number;
  /** What is set or added. */
  readonly value: number | bigint;
  /** What becomes of a value that does not fit. */
  readonly overflow: Overflow;
}

/** The outcome of {@linkcode operateOnFields}. */
export interface FieldOutcome {
  /** For each operation its value: read, before it was set, or the sum; null for a refused one. */
  readonly results: (number | bigint | null)[];
  /** Whether the string has changed. */
  readonly changed: boolean;
}

/** Operations that span no more bytes share a window. */
const SHARED_WINDOW = 4096;
/** Bytes a field may touch. */
const FIELD_BYTES = 9;

/**
 * Runs operations on fields of a string in their order. Fields past its end read as zeros; one that
 * writes grows it, even if all that write are refused.
 *
 * @throws {CommandError} WRONGTYPE; or that the string would be too long.
 */
export function operateOnFields(
  strings: Strings,
  db: number,
  key: Slice,
  operations: readonly FieldOperation[],
): FieldOutcome {
  if (operations.length === 0) {
    strings.get(db, key);
    return { results: [], changed: false };
  }
  let first = Infinity, last = 0, needed = 0;
  for (const { action, offset, bits } of operations) {
    first = Math.min(first, Math.floor(offset / 8));
    last = Math.max(last, lastByte(offset, bits));
    if (action !== "GET") needed = Math.max(needed, lastByte(offset, bits) + 1);
  }
  const find = (): StringValue | undefined =>
    strings.findForChange(db, key) ? strings.loaded() : undefined;
  const value = needed > 0 ? find() : strings.get(db, key);
  const length = value?.length ?? 0;
  const grows = needed > length;
  const shared = last - first < SHARED_WINDOW;
  if (grows && !shared) strings.write(db, key, needed - 1, new Slice(new Uint8Array(1)));

  const window = new Window(shared ? last - first + 1 : FIELD_BYTES);
  if (shared) window.read(value, first, last);
  let changed = false;
  // A string that stays as it is becomes `raw` all the same.
  let dirty = needed > 0 && (grows || strings.encodingName() !== "raw");
  const results = operations.map((operation) => {
    const { action, offset, bits } = operation;
    if (!shared) window.read(find(), Math.floor(offset / 8), lastByte(offset, bits));
    const { result, written } = window.operate(operation);
    if (action === "GET" || result === null) return result;
    changed ||= grows || written;
    dirty ||= written;
    if (!shared && written) window.write(strings, db, key, needed);
    return result;
  });
  if (shared && dirty) window.write(strings, db, key, Math.max(length, needed));
  return { results, changed };
}

const lastByte = (offset: number, bits: number) => Math.floor((offset + bits - 1) / 8);

/** A run of a string's bytes in memory. */
class Window {
  readonly #bytes: Uint8Array;
  #start = 0;
  #end = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  /** Moves to the bytes from `first` to `last`; zeros past the string's end. */
  read(value: StringValue | undefined, first: number, last: number): void {
    this.#start = first;
    this.#end = last + 1;
    this.#bytes.fill(0);
    if (value === undefined || first >= value.length) return;
    value.narrow(first, Math.min(last + 1, value.length));
    value.copyInto(this.#bytes, 0);
  }

  /** Writes the bytes back, but none past `length`. */
  write(strings: Strings, db: number, key: Slice, length: number): void {
    const end = Math.min(this.#end, length);
    strings.write(db, key, this.#start, new Slice(this.#bytes, 0, end - this.#start));
  }

  /** Runs one operation. @returns Its result, and whether bytes have changed. */
  operate(
    { action, signed, bits, offset, value, overflow }: FieldOperation,
  ): { result: number | bigint | null; written: boolean } {
    const at = offset - 8 * this.#start;
    const before = readField(this.#bytes, at, bits, signed);
    if (action === "GET") return { result: before, written: false };
    const sets = action === "SET";
    const after = fit(sets ? value : sum(before, value), bits, signed, overflow, sets);
    if (after === undefined) return { result: null, written: false };
    writeField(this.#bytes, at, bits, after);
    return { result: sets ? before : after, written: after !== before };
  }
}

/** The exact sum. */
function sum(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === "number" && typeof b === "number" && Number.isSafeInteger(a + b)) return a + b;
  return BigInt(a) + BigInt(b);
}

/** Widest field whose values are all exact as numbers. */
const NUMBER_BITS = 53;

/**
 * The value a field takes for `value`; undefined if it does not fit and shall not be made to.
 *
 * @param sets Whether the value is one to be set. Redis computes how far one is from the greatest
 * in 64 bits, where one far enough below the least counts as above the greatest.
 */
function fit(
  value: number | bigint,
  bits: number,
  signed: boolean,
  overflow: Overflow,
  sets: boolean,
): number | bigint | undefined {
  const magnitude = signed ? bits - 1 : bits;
  const limit = bits <= NUMBER_BITS ? 2 ** magnitude : 1n << BigInt(magnitude);
  const min = signed ? -limit : 0;
  if (value >= min && value < limit) return typeof value === "bigint" ? narrow(value) : value;
  switch (overflow) {
    case "FAIL":
      return undefined;
    case "SAT": {
      const lowest = !sets ? -Infinity : signed ? BigInt(limit) - (1n << 63n) : 0;
      return narrow(value < min && value >= lowest ? BigInt(min) : BigInt(limit) - 1n);
    }
    case "WRAP":
      return narrow((signed ? BigInt.asIntN : BigInt.asUintN)(bits, BigInt(value)));
  }
}

/** Reads the integer in `bits` bits from bit `at` on. */
export function readField(
  bytes: Uint8Array,
  at: number,
  bits: number,
  signed: boolean,
): number | bigint {
  if (bits <= NUMBER_BITS) {
    const value = readBits(bytes, at, bits);
    return signed && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }
  const high = BigInt(readBits(bytes, at, bits - 32));
  const value = (high << 32n) | BigInt(readBits(bytes, at + bits - 32, 32));
  return narrow(signed ? BigInt.asIntN(bits, value) : value);
}

/** Writes an integer that fits into `bits` bits from bit `at` on. */
export function writeField(
  bytes: Uint8Array,
  at: number,
  bits: number,
  value: number | bigint,
): void {
  if (bits <= NUMBER_BITS) {
    const number = Number(value);
    writeBits(bytes, at, bits, number < 0 ? number + 2 ** bits : number);
    return;
  }
  const unsigned = BigInt.asUintN(bits, BigInt(value));
  writeBits(bytes, at, bits - 32, Number(unsigned >> 32n));
  writeBits(bytes, at + bits - 32, 32, Number(unsigned & 0xffffffffn));
}

/** Up to 53 bits from bit `at` on, as an unsigned number. */
function readBits(bytes: Uint8Array, at: number, bits: number): number {
  let value = 0;
  for (let left = bits; left > 0;) {
    const room = 8 - (at & 7);
    const take = Math.min(room, left);
    const part = (bytes[at >> 3]! >> (room - take)) & ((1 << take) - 1);
    value = value * (1 << take) + part;
    at += take;
    left -= take;
  }
  return value;
}

/** Writes an unsigned number of up to 53 bits from bit `at` on, the lowest bits first. */
function writeBits(bytes: Uint8Array, at: number, bits: number, value: number): void {
  let end = at + bits;
  for (let left = bits; left > 0;) {
    const used = ((end - 1) & 7) + 1;
    const take = Math.min(used, left);
    const index = (end - 1) >> 3;
    const shift = 8 - used;
    const mask = (1 << take) - 1;
    bytes[index] = (bytes[index]! & ~(mask << shift)) | ((value % (1 << take)) << shift);
    value = Math.floor(value / (1 << take));
    end -= take;
    left -= take;
  }
}
