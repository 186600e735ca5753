/**
 * Lua's patterns, taken apart: https://www.lua.org/manual/5.1/manual.html#5.4.1
 *
 * @module
 */

/** What an item of a pattern is. */
export const ITEM = {
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

const code = (character: string) => character.charCodeAt(0);
/** What is special at one place or another. */
export const ESCAPE = code("%"), OPENING = code("["), CLOSING = code("]"), CARET = code("^");
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
