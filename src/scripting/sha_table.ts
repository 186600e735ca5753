/** What is kept by SHA-1 digests, found by their hexadecimal digits as they come, without allocating. */

import type { Slice } from "../store/values/slice.ts";

interface Entry<Value> {
  /** The digits, in lower case. */
  readonly sha: string;
  readonly value: Value;
}

/** Digits of a SHA-1. */
const DIGITS = 40;

/** Digits that are looked for first: as many as a small integer has room for. */
const FIRST = 7;

/** Values by SHA-1, in the order in which they came. */
export class ShaTable<Value> {
  readonly #entries = new Map<string, Value>();
  /** Entries by their first digits. */
  readonly #byFirst = new Map<number, Entry<Value>[]>();

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** All of them, the oldest first. */
  values(): Iterable<Value> {
    return this.#entries.values();
  }

  /** The value of digits in lower case. */
  get(sha: string): Value | undefined {
    return this.#entries.get(sha);
  }

  /** The value of digits in any case. */
  find({ bytes, start, end }: Slice): Value | undefined {
    if (end - start !== DIGITS) return undefined;
    const candidates = this.#byFirst.get(firstOf(bytes, start));
    if (candidates === undefined) return undefined;
    for (const { sha, value } of candidates) if (isSame(sha, bytes, start)) return value;
    return undefined;
  }

  /** Adds a value. @param sha Digits in lower case that none has yet. */
  set(sha: string, value: Value): void {
    this.#entries.set(sha, value);
    const first = firstOf(new TextEncoder().encode(sha), 0);
    const others = this.#byFirst.get(first) ?? [];
    this.#byFirst.set(first, [...others, { sha, value }]);
  }

  /** Removes a value. */
  delete(sha: string): void {
    this.#entries.delete(sha);
    const first = firstOf(new TextEncoder().encode(sha), 0);
    const others = (this.#byFirst.get(first) ?? []).filter((entry) => entry.sha !== sha);
    if (others.length === 0) this.#byFirst.delete(first);
    else this.#byFirst.set(first, others);
  }

  /** Removes all. */
  clear(): void {
    this.#entries.clear();
    this.#byFirst.clear();
  }
}

/** The first digits as a number. Of what is no digit it is any: the comparison tells. */
function firstOf(bytes: Uint8Array, start: number): number {
  let first = 0;
  for (let i = start; i < start + FIRST; i++) {
    const byte = bytes[i]!;
    // The four bits of a digit; a letter in either case is nine more than its four.
    first = first << 4 | ((byte & 15) + (byte >> 6) * 9 & 15);
  }
  return first;
}

function isSame(sha: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < DIGITS; i++) {
    let byte = bytes[start + i]!;
    if (byte >= 0x41 && byte <= 0x46) byte += 32;
    if (byte !== sha.charCodeAt(i)) return false;
  }
  return true;
}
