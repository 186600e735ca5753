/**
 * Ids of entries: 16 bytes, milliseconds and sequence as unsigned integers of 64 bits, the most
 * significant byte first; so SQLite's order of BLOBs is theirs. They travel as bytes, for as numbers
 * they would be bigints, two allocated for each.
 *
 * @module
 */

import { writeInteger } from "../values/integers.ts";

/** Size of an id in bytes. */
export const ID_SIZE = 16;
/** The id before all others, which no entry has: `0-0`. */
export const MIN_ID: Uint8Array = new Uint8Array(ID_SIZE);
/** The last id there can be. */
export const MAX_ID: Uint8Array = new Uint8Array(ID_SIZE).fill(0xff);
/** Longest text of an id. */
export const ID_TEXT_SIZE = 41;

const HALF = 2 ** 32;
const DASH = 0x2d, PLUS = 0x2b, ZERO = 0x30, NINE = 0x39, SPACE = 0x20;

function writeHalf(value: number, target: Uint8Array, at: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

function readHalf(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

/**
 * Reads an unsigned integer of 64 bits out of digits, as `strtoull` does: blanks and a plus sign may
 * come before.
 *
 * @param at Where in `target` its eight bytes go.
 * @returns Whether there is one.
 */
export function parseUint64(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): boolean {
  while (start < end && (bytes[start] === SPACE || bytes[start]! - 9 >>> 0 < 5)) start++;
  if (start < end && bytes[start] === PLUS) start++;
  if (start >= end) return false;
  let high = 0, low = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < ZERO || byte > NINE) return false;
    low = low * 10 + byte - ZERO;
    const carry = Math.floor(low / HALF);
    low -= carry * HALF;
    high = high * 10 + carry;
    if (high >= HALF) return false;
  }
  writeHalf(high, target, at);
  writeHalf(low, target, at + 4);
  return true;
}

/** How the text of an id ends: with a sequence, without one, or with `*` in its place. */
export type IdForm = "whole" | "milliseconds" | "automatic";

/**
 * Reads an id out of `ms-seq`, `ms` or `ms-*`. Where the text has no sequence it is left alone.
 *
 * @returns How it is written; undefined if it is no id.
 */
export function parseId(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
): IdForm | undefined {
  // Redis copies an id into a buffer of 128 bytes.
  if (end - start > 127) return undefined;
  let dash = start;
  while (dash < end && bytes[dash] !== DASH) dash++;
  if (!parseUint64(bytes, start, dash, target, 0)) return undefined;
  if (dash === end) return "milliseconds";
  if (end - dash === 2 && bytes[dash + 1] === 0x2a) return "automatic";
  return parseUint64(bytes, dash + 1, end, target, 8) ? "whole" : undefined;
}

/** Sets the sequence of an id to 0 or to the last there can be. */
export function setSequence(id: Uint8Array, last: boolean): void {
  id.fill(last ? 0xff : 0, 8);
}

/** Sets the milliseconds of an id, and its sequence to 0. */
export function setTime(id: Uint8Array, ms: number): void {
  writeHalf(Math.floor(ms / HALF), id, 0);
  writeHalf(ms % HALF, id, 4);
  writeHalf(0, id, 8);
  writeHalf(0, id, 12);
}

/** Below 0 if the id at `a[aAt]` comes before the one at `b[bAt]`, 0 if they are the same. */
export function compareIds(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  for (let i = 0; i < ID_SIZE; i++) {
    const difference = a[aAt + i]! - b[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The same for the milliseconds alone. */
export function compareTimes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  for (let i = 0; i < ID_SIZE / 2; i++) {
    const difference = a[aAt + i]! - b[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether an id is `0-0`. */
export function isZero(bytes: Uint8Array, at = 0): boolean {
  for (let i = 0; i < ID_SIZE; i++) if (bytes[at + i] !== 0) return false;
  return true;
}

/** Copies an id. */
export function copyId(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let i = 0; i < ID_SIZE; i++) to[toAt + i] = from[fromAt + i]!;
}

/** Makes the next id of an id. @returns False if it is the last there can be, which stays. */
export function increment(id: Uint8Array): boolean {
  let i = ID_SIZE - 1;
  while (i >= 0 && id[i] === 0xff) i--;
  if (i < 0) return false;
  id[i]!++;
  id.fill(0, i + 1);
  return true;
}

/** Makes the id before an id. @returns False if it is `0-0`, which stays. */
export function decrement(id: Uint8Array): boolean {
  let i = ID_SIZE - 1;
  while (i >= 0 && id[i] === 0) i--;
  if (i < 0) return false;
  id[i]!--;
  id.fill(0xff, i + 1);
  return true;
}

/** Digits of the lower part of an integer that is written in two. */
const LOWER = 10_000_000;

function formatUint64(bytes: Uint8Array, at: number, target: Uint8Array, to: number): number {
  const high = readHalf(bytes, at), low = readHalf(bytes, at + 4);
  if (high >= 0x200000) return writeInteger(BigInt(high) * BigInt(HALF) + BigInt(low), target, to);
  const value = high * HALF + low;
  if (value <= 0x7fffffff) return writeInteger(value, target, to);
  const upper = Math.floor(value / LOWER);
  let rest = value - upper * LOWER;
  to = writeInteger(upper, target, to) + 7;
  for (let i = to - 1; i >= to - 7; i--) {
    const quotient = (rest / 10) | 0;
    target[i] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return to;
}

/**
 * Writes an id as text into `target`, which has room for {@linkcode ID_TEXT_SIZE} bytes at `to`.
 *
 * @returns Index past the text.
 */
export function formatId(bytes: Uint8Array, at: number, target: Uint8Array, to: number): number {
  to = formatUint64(bytes, at, target, to);
  target[to++] = DASH;
  return formatUint64(bytes, at + 8, target, to);
}

const scratch = new Uint8Array(ID_TEXT_SIZE);

/** An id as a JavaScript string. */
export function idText(bytes: Uint8Array, at = 0): string {
  const end = formatId(bytes, at, scratch, 0);
  let text = "";
  for (let i = 0; i < end; i++) text += String.fromCharCode(scratch[i]!);
  return text;
}
