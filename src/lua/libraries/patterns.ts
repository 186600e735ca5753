/**
 * Lua's patterns, matched in steps: https://www.lua.org/manual/5.1/manual.html#5.4.1
 *
 * The interpreter's own matcher recurses, and cannot be interrupted while a pattern of exponential
 * cost keeps it busy. This one takes the same ways in the same order, with its choices on a stack of
 * its own, so that it can stop anywhere and go on later.
 *
 * @module
 */

/** What an item of a pattern is. */
const ITEM = {
  END: 0,
  /** One byte of a set; with what may follow it, the next four. */
  ONE: 1,
  OPTIONAL: 2,
  MOST: 3,
  MOST_OF_ONE: 4,
  LEAST: 5,
  OPEN: 6,
  POSITION: 7,
  CLOSE: 8,
  BALANCED: 9,
  FRONTIER: 10,
  CAPTURED: 11,
  SUBJECT_END: 12,
  ERROR: 13,
} as const;

/** A piece of a pattern. */
interface Item {
  readonly kind: number;
  /** Which bytes it matches, of items that match a set. */
  readonly set?: Uint8Array;
  /** The two bytes of `%b`; the digit of a capture. */
  readonly first?: number;
  readonly second?: number;
  /** What is raised when the matcher comes here. */
  readonly message?: string;
}

/** A pattern, taken apart. */
export type Pattern = readonly Item[];

const NOTHING = new Uint8Array(0);

const code = (character: string) => character.charCodeAt(0);
const ESCAPE = code("%"), OPENING = code("["), CLOSING = code("]"), CARET = code("^");
const DASH = code("-"), DOLLAR = code("$"), DOT = code(".");
const QUANTIFIERS = new Map([
  [code("?"), ITEM.OPTIONAL],
  [code("*"), ITEM.MOST],
  [code("+"), ITEM.MOST_OF_ONE],
  [DASH, ITEM.LEAST],
]);

/** The classes of `%a` and its kin, each by whether a byte is of it. */
const CLASSES: Readonly<Record<string, (byte: number) => boolean>> = {
  a: (byte) => isLower(byte | 0x20) && byte < 0x80,
  c: (byte) => byte < 0x20 || byte === 0x7f,
  d: isDigit,
  l: isLower,
  p: (byte) => byte > 0x20 && byte < 0x7f && !isDigit(byte) && !isLower(byte | 0x20),
  s: (byte) => byte === 0x20 || (byte >= 9 && byte <= 13),
  u: (byte) => byte >= 0x41 && byte <= 0x5a,
  w: (byte) => byte < 0x80 && (isDigit(byte) || isLower(byte | 0x20)),
  x: (byte) => isDigit(byte) || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66 && byte < 0x80,
  z: (byte) => byte === 0,
};

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

/** Whether a byte is of the class that a letter names, in upper case of all others. */
function isOf(byte: number, letter: number): boolean {
  const name = String.fromCharCode(letter);
  const lower = name.toLowerCase();
  const known = Object.hasOwn(CLASSES, lower) ? CLASSES[lower] : undefined;
  if (known === undefined) return byte === letter;
  return known(byte) !== (name !== lower);
}

/** Takes patterns apart. A byte of 0 ends one, and what is wrong with it is found where it is reached. */
class PatternReader {
  readonly items: Item[] = [];
  readonly #pattern: Uint8Array;
  #at = 0;

  constructor(pattern: Uint8Array) {
    this.#pattern = pattern;
  }

  read(): Pattern {
    for (;;) {
      const item = this.#next();
      this.items.push(item);
      if (item.kind === ITEM.END || item.kind === ITEM.ERROR) return this.items;
    }
  }

  #byte(at: number): number {
    return this.#pattern[at] ?? 0;
  }

  #next(): Item {
    const at = this.#at;
    const byte = this.#byte(at), after = this.#byte(at + 1);
    if (byte === 0) return { kind: ITEM.END };
    if (byte === code("(")) {
      this.#at += after === code(")") ? 2 : 1;
      return { kind: after === code(")") ? ITEM.POSITION : ITEM.OPEN };
    }
    if (byte === code(")")) return this.#take(1, { kind: ITEM.CLOSE });
    if (byte === DOLLAR && after === 0) return this.#take(1, { kind: ITEM.SUBJECT_END });
    if (byte === ESCAPE) {
      if (after === code("b")) return this.#balanced();
      if (after === code("f")) return this.#frontier();
      if (isDigit(after)) return this.#take(2, { kind: ITEM.CAPTURED, first: after - 0x31 });
    }
    return this.#single();
  }

  #take(size: number, item: Item): Item {
    this.#at += size;
    return item;
  }

  #balanced(): Item {
    const first = this.#byte(this.#at + 2), second = this.#byte(this.#at + 3);
    if (first === 0 || second === 0) return wrong("unbalanced pattern");
    return this.#take(4, { kind: ITEM.BALANCED, first, second });
  }

  #frontier(): Item {
    this.#at += 2;
    if (this.#byte(this.#at) !== OPENING) return wrong("missing '[' after '%f' in pattern");
    const end = this.#classEnd(this.#at);
    if (typeof end === "string") return wrong(end);
    const set = this.#set(this.#at, end);
    this.#at = end;
    return { kind: ITEM.FRONTIER, set };
  }

  #single(): Item {
    const end = this.#classEnd(this.#at);
    if (typeof end === "string") return wrong(end);
    const set = this.#set(this.#at, end);
    const kind = QUANTIFIERS.get(this.#byte(end));
    this.#at = kind === undefined ? end : end + 1;
    return { kind: kind ?? ITEM.ONE, set };
  }

  /** Where an item of one byte ends, or what is wrong with it. */
  #classEnd(at: number): number | string {
    const byte = this.#byte(at++);
    if (byte === ESCAPE) {
      return this.#byte(at) === 0 ? "malformed pattern (ends with '%')" : at + 1;
    }
    if (byte !== OPENING) return at;
    if (this.#byte(at) === CARET) at++;
    do {
      if (this.#byte(at) === 0) return "malformed pattern (missing ']')";
      if (this.#byte(at++) === ESCAPE && this.#byte(at) !== 0) at++;
    } while (this.#byte(at) !== CLOSING);
    return at + 1;
  }

  /** The bytes that an item of one byte matches. */
  #set(at: number, end: number): Uint8Array {
    const set = new Uint8Array(256);
    const byte = this.#byte(at);
    for (let c = 0; c < 256; c++) {
      const matches = byte === DOT
        ? true
        : byte === ESCAPE
        ? isOf(c, this.#byte(at + 1))
        : byte === OPENING
        ? this.#inBrackets(c, at, end - 1)
        : byte === c;
      set[c] = matches ? 1 : 0;
    }
    return set;
  }

  #inBrackets(c: number, at: number, last: number): boolean {
    const negated = this.#byte(at + 1) === CARET;
    if (negated) at++;
    while (++at < last) {
      const byte = this.#byte(at);
      if (byte === ESCAPE) {
        if (isOf(c, this.#byte(++at))) return !negated;
      } else if (this.#byte(at + 1) === DASH && at + 2 < last) {
        at += 2;
        if (byte <= c && c <= this.#byte(at)) return !negated;
      } else if (byte === c) {
        return !negated;
      }
    }
    return negated;
  }
}

function wrong(message: string): Item {
  return { kind: ITEM.ERROR, message };
}

/** Takes a pattern apart, from after the `^` that anchors it. */
export function readPattern(pattern: Uint8Array): Pattern {
  return new PatternReader(pattern).read();
}

/** A pattern is wrong, which Lua raises as an error. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Most captures of a pattern. */
const MOST_CAPTURES = 32;
const UNFINISHED = -1, POSITION = -2;

/** Kinds of choices: what is tried, or taken back, when what follows does not match. */
const CHOICE = { OPTIONAL: 0, MOST: 1, LEAST: 2, LEVEL: 3, FINISHED: 4 } as const;
/** Numbers of a choice: its kind, the item after it, a position, a count. */
const WIDTH = 4;

/** How a try went. */
export const TRY = { FAILED: 0, MATCHED: 1, MORE: 2 } as const;

/** Matches one pattern, or bytes, with one subject. */
export interface Matching {
  /** Captures of the last match. */
  readonly level: number;
  /** Where the last match ended. */
  readonly end: number;
  /** Bytes of the subject. */
  readonly size: number;
  /** Steps that may still be taken. */
  budget: number;
  /** The bytes that hold the subject, and where in them it begins: it may be moved between two steps. */
  memory: Uint8Array;
  base: number;
  /** Where the pattern begins in the same bytes. */
  patternBase: number;
  /** Tries to match from a position on; after {@linkcode TRY}.MORE with the same one. @throws {PatternError} */
  try(start: number): number;
  /**
   * A capture of the last match: where it is, or its position alone.
   *
   * @param start Where the match begins: the whole of it is the first capture where there is none.
   * @throws {PatternError} If there is no such capture.
   */
  capture(index: number, start: number): { readonly start: number; readonly end: number } | number;
}

/** Matches bytes as they are. */
export class PlainMatcher implements Matching {
  readonly level = 0;
  end = 0;
  budget = 0;
  memory: Uint8Array = NOTHING;
  base = 0;
  patternBase = 0;
  readonly size: number;
  readonly #length: number;
  /** Bytes that are the same so far. */
  #same = 0;

  /** @param size Bytes of the subject. @param length Bytes to look for. */
  constructor(size: number, length: number) {
    this.size = size;
    this.#length = length;
  }

  try(start: number): number {
    this.budget--;
    const { memory } = this;
    const subject = this.base + start, pattern = this.patternBase;
    const length = this.#length;
    if (start + length > this.size) return TRY.FAILED;
    let same = this.#same;
    const end = Math.min(length, same + 8 * Math.max(1, this.budget));
    while (same < end && memory[subject + same] === memory[pattern + same]) same++;
    this.budget -= (same - this.#same) >> 3;
    const isLast = same === length || same < end;
    if (!isLast || this.budget < 0) {
      this.#same = same;
      return TRY.MORE;
    }
    this.#same = 0;
    this.end = start + length;
    return same === length ? TRY.MATCHED : TRY.FAILED;
  }

  capture(_index: number, start: number): { readonly start: number; readonly end: number } {
    return { start, end: this.end };
  }
}

/** Matches one pattern with one subject. */
export class Matcher implements Matching {
  level = 0;
  end = 0;
  budget = 0;
  memory: Uint8Array = NOTHING;
  base = 0;
  patternBase = 0;
  readonly size: number;
  readonly #items: Pattern;
  readonly #starts = new Int32Array(MOST_CAPTURES);
  readonly #sizes = new Int32Array(MOST_CAPTURES);
  #choices = new Int32Array(64 * WIDTH);
  #depth = 0;
  /** The item and the position that are next. */
  #item = 0;
  #at = 0;
  /** Whether a try is not over. */
  #pending = false;

  /** @param size Bytes of the subject. */
  constructor(items: Pattern, size: number) {
    this.#items = items;
    this.size = size;
  }

  try(start: number): number {
    if (!this.#pending) {
      this.level = this.#depth = this.#item = 0;
      this.#at = start;
      this.#pending = true;
    }
    for (;;) {
      if (--this.budget < 0) return TRY.MORE;
      if (!this.#step() && !this.#back()) {
        this.#pending = false;
        return TRY.FAILED;
      }
      if (this.#item < 0) {
        this.#pending = false;
        this.end = this.#at;
        return TRY.MATCHED;
      }
    }
  }

  #byte(at: number): number {
    return at < this.size ? this.memory[this.base + at]! : 0;
  }

  #isIn(set: Uint8Array, at: number): boolean {
    return at < this.size && set[this.memory[this.base + at]!] === 1;
  }

  /** Matches the next item. @returns False if it does not match. */
  #step(): boolean {
    const item = this.#items[this.#item]!;
    const at = this.#at;
    const set = item.set ?? NOTHING;
    switch (item.kind) {
      case ITEM.END:
        this.#item = -1;
        return true;
      case ITEM.ONE:
        if (!this.#isIn(set, at)) return false;
        this.#at++;
        break;
      case ITEM.OPTIONAL:
        if (!this.#isIn(set, at)) break;
        this.#choose(CHOICE.OPTIONAL, this.#item + 1, at, 0);
        this.#at++;
        break;
      case ITEM.MOST:
        return this.#most(set, at);
      case ITEM.MOST_OF_ONE:
        return this.#isIn(set, at) && this.#most(set, at + 1);
      case ITEM.LEAST:
        this.#choose(CHOICE.LEAST, this.#item, at, 0);
        break;
      case ITEM.OPEN:
      case ITEM.POSITION:
        this.#open(item.kind === ITEM.OPEN ? UNFINISHED : POSITION);
        break;
      case ITEM.CLOSE:
        this.#close();
        break;
      case ITEM.BALANCED:
        if (!this.#balance(item.first ?? 0, item.second ?? 0)) return false;
        break;
      case ITEM.FRONTIER: {
        const before = at === 0 ? 0 : this.#byte(at - 1);
        if (set[before] === 1 || set[this.#byte(at)] !== 1) return false;
        break;
      }
      case ITEM.CAPTURED:
        if (!this.#repeat(item.first ?? 0)) return false;
        break;
      case ITEM.SUBJECT_END:
        if (at !== this.size) return false;
        break;
      default:
        throw this.#error(item.message ?? "");
    }
    this.#item++;
    return true;
  }

  #error(message: string): PatternError {
    this.#pending = false;
    return new PatternError(message);
  }

  #most(set: Uint8Array, from: number): boolean {
    const { memory } = this;
    const end = this.base + this.size;
    let at = this.base + from;
    while (at < end && set[memory[at]!] === 1) at++;
    const count = at - this.base - from;
    this.budget -= count >> 3;
    // The way back finds the longest one after which the next item matches.
    this.#choose(CHOICE.MOST, this.#item + 1, from, count);
    return false;
  }

  #open(size: number): void {
    if (this.level >= MOST_CAPTURES) throw this.#error("too many captures");
    this.#starts[this.level] = this.#at;
    this.#sizes[this.level] = size;
    this.level++;
    this.#choose(CHOICE.LEVEL, 0, 0, 0);
  }

  #close(): void {
    let open = this.level - 1;
    while (open >= 0 && this.#sizes[open] !== UNFINISHED) open--;
    if (open < 0) throw this.#error("invalid pattern capture");
    this.#sizes[open] = this.#at - this.#starts[open]!;
    this.#choose(CHOICE.FINISHED, 0, open, 0);
  }

  #balance(first: number, second: number): boolean {
    let at = this.#at;
    if (this.#byte(at) !== first) return false;
    let open = 1;
    while (++at < this.size) {
      const byte = this.#byte(at);
      if (byte === second) {
        if (--open === 0) {
          this.budget -= (at - this.#at) >> 3;
          this.#at = at + 1;
          return true;
        }
      } else if (byte === first) open++;
    }
    this.budget -= (at - this.#at) >> 3;
    return false;
  }

  #repeat(capture: number): boolean {
    const size = this.#sizes[capture] ?? UNFINISHED;
    if (capture < 0 || capture >= this.level || size === UNFINISHED) {
      throw this.#error("invalid capture index");
    }
    const at = this.#at;
    if (size === POSITION || this.size - at < size) return false;
    const start = this.#starts[capture]!;
    for (let i = 0; i < size; i++) {
      if (this.#byte(start + i) === this.#byte(at + i)) continue;
      this.budget -= i >> 3;
      return false;
    }
    this.budget -= size >> 3;
    this.#at += size;
    return true;
  }

  #choose(kind: number, item: number, at: number, count: number): void {
    let choices = this.#choices;
    const top = this.#depth * WIDTH;
    if (top === choices.length) {
      const grown = new Int32Array(2 * top);
      grown.set(choices);
      choices = this.#choices = grown;
    }
    choices[top] = kind;
    choices[top + 1] = item;
    choices[top + 2] = at;
    choices[top + 3] = count;
    this.#depth++;
  }

  /** Up to how many bytes there may be before an item for that to match. @returns -1 if none will do. */
  #fewer(item: number, from: number, count: number): number {
    const { kind, set = NOTHING } = this.#items[item]!;
    if (kind !== ITEM.ONE) return count;
    const { memory } = this;
    const start = this.base + from;
    let left = from + count < this.size ? count : count - 1;
    while (left >= 0 && set[memory[start + left]!] !== 1) left--;
    this.budget -= (count - left) >> 3;
    return left;
  }

  /** Where after the bytes of an item, one more at least, the next one may match. @returns -1 if nowhere. */
  #further(item: number, from: number): number {
    const { set = NOTHING } = this.#items[item]!;
    const next = this.#items[item + 1]!;
    if (!this.#isIn(set, from)) return -1;
    let at = from + 1;
    if (next.kind !== ITEM.ONE || next.set === undefined) return at;
    while (!this.#isIn(next.set, at) && this.#isIn(set, at)) at++;
    this.budget -= (at - from) >> 3;
    return this.#isIn(next.set, at) ? at : -1;
  }

  /** Goes back to the last choice that is left. @returns False if there is none. */
  #back(): boolean {
    const choices = this.#choices;
    while (this.#depth > 0) {
      const top = (this.#depth - 1) * WIDTH;
      const item = choices[top + 1]!, at = choices[top + 2]!, count = choices[top + 3]!;
      switch (choices[top]) {
        case CHOICE.LEVEL:
          this.level--;
          break;
        case CHOICE.FINISHED:
          this.#sizes[at] = UNFINISHED;
          break;
        case CHOICE.OPTIONAL:
          this.#depth--;
          this.#item = item;
          this.#at = at;
          return true;
        case CHOICE.MOST: {
          const left = this.#fewer(item, at, count);
          if (left < 0) break;
          if (left === 0) this.#depth--;
          else choices[top + 3] = left - 1;
          this.#item = item;
          this.#at = at + left;
          return true;
        }
        default: {
          const next = this.#further(item, at);
          if (next < 0) break;
          choices[top + 2] = this.#at = next;
          this.#item = item + 1;
          return true;
        }
      }
      this.#depth--;
    }
    return false;
  }

  capture(index: number, start: number): { readonly start: number; readonly end: number } | number {
    if (index >= this.level) {
      if (index !== 0) throw new PatternError("invalid capture index");
      return { start, end: this.end };
    }
    const from = this.#starts[index]!, size = this.#sizes[index]!;
    if (size === UNFINISHED) throw new PatternError("unfinished capture");
    return size === POSITION ? from + 1 : { start: from, end: from + size };
  }
}
