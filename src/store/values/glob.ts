/**
 * Redis's glob-style patterns, matched on bytes: `*`, `?`, `[a-z]`, `[^...]` and `\` before a byte
 * to be taken as it is. What Redis does at the edges is kept:
 *
 * - an empty string matches the empty pattern only, not even `*`. Commands that promise every key
 *   for `*` (KEYS, SCAN) look at {@linkcode Glob.all} first, as Redis does;
 * - a class that is not closed ends with the pattern, and `]` closes even an empty one;
 * - ranges compare bytes as signed (Redis's `char` on x86-64 and on ARM under macOS), so
 *   `[a-\xff]` spans \xff and everything from \0 to `a`;
 * - without regard to case, an escaped byte inside a class still matches its own case only.
 *
 * Only the last `*` passed ever has to be retried, for a later one can start no earlier: the time
 * is at most the pattern's length times the string's, whatever the pattern.
 *
 * @module
 */

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const DASH = 0x2d;

/** A pattern, ready to be matched against many strings. */
export class Glob {
  /** The bytes every match begins with: those before the first special one, unescaped. */
  readonly prefix: Uint8Array;
  /** Whether there is no special byte, so that {@linkcode prefix} is the only match. */
  readonly literal: boolean;
  /** Whether the pattern is `*` alone, which commands take for "no pattern". */
  readonly all: boolean;
  readonly #pattern: Uint8Array;

  /**
   * Reads a pattern.
   *
   * @param pattern The pattern. Kept, not copied: hand over a copy of what may be overwritten.
   */
  constructor(pattern: Uint8Array) {
    this.#pattern = pattern;
    this.all = pattern.length === 1 && pattern[0] === STAR;
    const prefix = new Uint8Array(pattern.length);
    let at = 0, size = 0;
    while (at < pattern.length && !isSpecial(pattern[at]!)) {
      at = literalAt(pattern, at);
      prefix[size++] = pattern[at++]!;
    }
    this.prefix = prefix.subarray(0, size);
    this.literal = at === pattern.length;
  }

  /**
   * Whether all of `bytes[start, end)` matches.
   *
   * @param nocase Whether to take ASCII letters in either case for the same.
   */
  matches(bytes: Uint8Array, start: number, end: number, nocase = false): boolean {
    const pattern = this.#pattern;
    if (start === end) return pattern.length === 0;
    let at = 0;
    let next = start;
    // Where to go on when the rest does not match: after the last star, one byte further on.
    let starAt = -1;
    let starNext = 0;
    while (next < end) {
      if (at < pattern.length) {
        if (pattern[at] === STAR) {
          starAt = ++at;
          starNext = next;
          continue;
        }
        if (matchesByte(pattern, at, bytes[next]!, nocase)) {
          at = afterByte(pattern, at);
          next++;
          continue;
        }
      }
      if (starAt < 0) return false;
      at = starAt;
      next = ++starNext;
    }
    while (at < pattern.length && pattern[at] === STAR) at++;
    return at === pattern.length;
  }
}

function isSpecial(byte: number): boolean {
  return byte === STAR || byte === QUESTION || byte === OPEN;
}

/** The index of the byte that the literal at `at` stands for: the next one if it is escaped. */
function literalAt(pattern: Uint8Array, at: number): number {
  return pattern[at] === BACKSLASH && at + 1 < pattern.length ? at + 1 : at;
}

/** Whether the element at `at` (not a star) matches one byte. */
function matchesByte(pattern: Uint8Array, at: number, byte: number, nocase: boolean): boolean {
  if (pattern[at] === QUESTION) return true;
  if (pattern[at] === OPEN) return matchesClass(pattern, at, byte, nocase);
  const literal = pattern[literalAt(pattern, at)]!;
  return nocase ? lower(literal) === lower(byte) : literal === byte;
}

/** The index after the element at `at` (not a star). */
function afterByte(pattern: Uint8Array, at: number): number {
  return pattern[at] === OPEN ? afterClass(pattern, at) : literalAt(pattern, at) + 1;
}

/** Whether the class that opens at `open` has the byte. */
function matchesClass(pattern: Uint8Array, open: number, byte: number, nocase: boolean): boolean {
  let at = open + 1;
  const negated = pattern[at] === CARET;
  if (negated) at++;
  let found = false;
  while (at < pattern.length && pattern[at] !== CLOSE) {
    const size = classItemSize(pattern, at);
    if (pattern[at] === BACKSLASH && size === 2) {
      found ||= pattern[at + 1] === byte;
    } else if (size === 3) {
      found ||= inRange(pattern[at]!, pattern[at + 2]!, byte, nocase);
    } else {
      found ||= nocase ? lower(pattern[at]!) === lower(byte) : pattern[at] === byte;
    }
    at += size;
  }
  return found !== negated;
}

function afterClass(pattern: Uint8Array, open: number): number {
  let at = open + 1;
  if (pattern[at] === CARET) at++;
  while (at < pattern.length && pattern[at] !== CLOSE) at += classItemSize(pattern, at);
  return Math.min(at + 1, pattern.length);
}

/** Bytes of the class's item at `at`: an escaped byte has 2, a range 3, any other 1. */
function classItemSize(pattern: Uint8Array, at: number): 1 | 2 | 3 {
  const left = pattern.length - at;
  if (pattern[at] === BACKSLASH) return left >= 2 ? 2 : 1;
  return left >= 3 && pattern[at + 1] === DASH ? 3 : 1;
}

function inRange(from: number, to: number, byte: number, nocase: boolean): boolean {
  let first = signed(from);
  let last = signed(to);
  if (first > last) [first, last] = [last, first];
  let value = signed(byte);
  if (nocase) {
    first = lower(first);
    last = lower(last);
    value = lower(value);
  }
  return value >= first && value <= last;
}

function signed(byte: number): number {
  return byte << 24 >> 24;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}
