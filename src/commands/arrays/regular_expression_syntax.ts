/**
 * Reads regular expressions as Redis's ARGREP does: POSIX extended ones of bytes, with the additions
 * of the TRE library: `\w \d \s`, `\b \< \>`, `\x41`, `\Q...\E`, `(?:...)`, `(?i)`, and `*?` and its
 * kin, which match what `*` matches. What TRE makes of odd ones is kept:
 *
 * - an operator without anything before it repeats the empty string, and an unmatched `)` is itself;
 * - `**`, `*+` and their kin are refused, and counts go up to 255;
 * - options such as `(?i)` hold up to the next `)`, which they take for their own, and an escaped
 *   letter matches its own case whatever the options.
 *
 * Approximate matching (`{~1}`) is refused.
 *
 * @module
 */

import { CLASSES, isDigit, otherCase, SHORT_CLASSES } from "./byte_classes.ts";

/** A pattern that is no regular expression; the message is TRE's. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** A condition on the place between two bytes. */
export type Place = "start" | "end" | "word" | "no word" | "word start" | "word end";

/** A part of a regular expression. */
export type Pattern =
  | { readonly kind: "empty" }
  | { readonly kind: "bytes"; readonly set: Uint8Array }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "sequence" | "choice"; readonly left: Pattern; readonly right: Pattern }
  | {
    readonly kind: "repeat";
    readonly part: Pattern;
    readonly min: number;
    /** `Infinity` without a bound. */
    readonly max: number;
  };

const EMPTY: Pattern = { kind: "empty" };
const MAX_COUNT = 255;

const PLACES: Readonly<Record<string, Place>> = {
  b: "word",
  B: "no word",
  "<": "word start",
  ">": "word end",
};

const CONTROLS: Readonly<Record<string, number>> = {
  t: 0x09,
  n: 0x0a,
  r: 0x0d,
  f: 0x0c,
  a: 0x07,
  e: 0x1b,
};

/**
 * Parses a regular expression.
 *
 * @param pattern The pattern, a character for each byte.
 * @param nocase Whether to take ASCII letters in either case for the same.
 * @returns Its parts, and whether it refers back to a group, which nothing here can match.
 * @throws {PatternError}
 */
export function parsePattern(
  pattern: string,
  nocase: boolean,
): { pattern: Pattern; backReferences: boolean } {
  return new PatternParser(pattern, nocase).parse();
}

/** A recursive descent parser; each method leaves `#at` after what it parsed. */
class PatternParser {
  readonly #text: string;
  #at = 0;
  /** Groups that are open. */
  #depth = 0;
  #groups = 0;
  #backReference = -1;
  #nocase: boolean;
  /** `(?n)`: a dot matches no line feed. */
  #lines = false;
  /** Between `\Q` and `\E`. */
  #quoted = false;

  constructor(text: string, nocase: boolean) {
    this.#text = text;
    this.#nocase = nocase;
  }

  parse(): { pattern: Pattern; backReferences: boolean } {
    const pattern = this.#expression();
    if (this.#depth > 0) throw new PatternError("Missing ')'");
    if (this.#backReference > this.#groups) throw new PatternError("Invalid back reference");
    return { pattern, backReferences: this.#backReference >= 0 };
  }

  get #ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The character so many places on; empty past the end. */
  #peek(ahead = 0): string {
    return this.#text.charAt(this.#at + ahead);
  }

  #expression(): Pattern {
    let left = this.#branch();
    while (!this.#ended && !this.#quoted) {
      if (this.#peek() === ")") {
        this.#at++;
        break;
      }
      if (this.#peek() !== "|") break;
      this.#at++;
      left = { kind: "choice", left, right: this.#branch() };
    }
    return left;
  }

  #branch(): Pattern {
    let left = this.#piece();
    while (!this.#ended) {
      if (!this.#quoted) {
        if (this.#peek() === "|") break;
        if (this.#peek() === ")" && this.#depth > 0) {
          this.#depth--;
          break;
        }
      }
      left = sequence(left, this.#piece());
    }
    return left;
  }

  #piece(): Pattern {
    let part = this.#atom();
    while (!this.#ended && !this.#quoted) {
      const operator = this.#peek();
      if (operator === "{") {
        part = this.#counted(part);
      } else if (operator === "*" || operator === "+" || operator === "?") {
        this.#at++;
        this.#afterOperator();
        part = repeat(part, operator === "+" ? 1 : 0, operator === "?" ? 1 : Infinity);
      } else {
        break;
      }
    }
    return part;
  }

  /** Takes the `?` that asks for the shortest match; what matches is the same. */
  #afterOperator(): void {
    if (this.#peek() === "?") this.#at++;
    else if (this.#peek() === "*" || this.#peek() === "+") {
      throw new PatternError("Invalid use of repetition operators");
    }
  }

  #counted(part: Pattern): Pattern {
    const start = ++this.#at;
    let min = this.#number();
    let max = min;
    if (this.#peek() === ",") {
      this.#at++;
      min ??= 0;
      max = this.#number() ?? Infinity;
    }
    if (min !== undefined && max !== undefined) {
      if (min > max) throw new PatternError("Invalid contents of {}");
      if (min > MAX_COUNT || max > MAX_COUNT && max !== Infinity) {
        throw new PatternError(`Maximum repetition in {} larger than ${MAX_COUNT}`);
      }
    }
    while (/[ ,]/.test(this.#peek()) && this.#at + 1 < this.#text.length) this.#at++;
    if (this.#ended) throw new PatternError("Missing '}'");
    if (this.#at === start || this.#peek() !== "}") {
      throw new PatternError("Invalid contents of {}");
    }
    this.#at++;
    this.#afterOperator();
    return repeat(part, min ?? 1, max ?? 1);
  }

  #number(): number | undefined {
    const digits = /^\d*/.exec(this.#text.slice(this.#at))?.[0] ?? "";
    this.#at += digits.length;
    return digits === "" ? undefined : Math.min(Number(digits), 0x7fffffff);
  }

  #atom(): Pattern {
    if (this.#ended) return EMPTY;
    if (this.#quoted) return this.#quotedAtom();
    switch (this.#peek()) {
      case "(":
        return this.#group();
      case ")":
        return this.#depth > 0 ? EMPTY : this.#literal();
      case "[":
        this.#at++;
        return this.#bracket();
      case "\\":
        return this.#escape();
      case ".":
        this.#at++;
        return bytesWhere((byte) => !this.#lines || byte !== 0x0a);
      case "^":
        this.#at++;
        return { kind: "place", place: "start" };
      case "$":
        this.#at++;
        return { kind: "place", place: "end" };
      case "*":
      case "+":
      case "?":
      case "{":
      case "|":
        return EMPTY;
      default:
        return this.#literal();
    }
  }

  #literal(): Pattern {
    const byte = this.#text.charCodeAt(this.#at++);
    return this.#nocase
      ? bytesWhere((other) => other === byte || other === otherCase(byte))
      : only(byte);
  }

  #quotedAtom(): Pattern {
    if (this.#peek() !== "\\" || this.#peek(1) !== "E") return this.#literal();
    this.#quoted = false;
    this.#at += 2;
    return this.#piece();
  }

  #group(): Pattern {
    if (this.#peek(1) === "?") return this.#options();
    this.#at++;
    this.#groups++;
    this.#open();
    return this.#expression();
  }

  /** Counts a group that is open. More than can be closed are refused, before they fill the stack. */
  #open(): void {
    if (++this.#depth > this.#text.length - this.#at) throw new PatternError("Missing ')'");
  }

  /** `(?:...)`, `(?i)`, `(?i:...)`, `(?-i)`, `(?#...)`. */
  #options(): Pattern {
    const before = { nocase: this.#nocase, lines: this.#lines };
    let { nocase, lines } = before;
    let on = true;
    this.#at += 2;
    for (let ended = false; !ended;) {
      const option = this.#peek();
      this.#at++;
      switch (option) {
        case "i":
          nocase = on;
          break;
        case "n":
          lines = on;
          break;
        case "r":
        case "U":
          // Which of several matches is taken makes no difference here.
          break;
        case "-":
          on = false;
          break;
        case ":":
          this.#open();
          ended = true;
          break;
        case "#": {
          const close = this.#text.indexOf(")", this.#at);
          if (close < 0) throw new PatternError("Invalid regexp");
          this.#at = close + 1;
          ended = true;
          break;
        }
        case ")":
          ended = true;
          break;
        default:
          throw new PatternError("Invalid regexp");
      }
    }
    this.#nocase = nocase;
    this.#lines = lines;
    const inside = this.#expression();
    this.#nocase = before.nocase;
    this.#lines = before.lines;
    return inside;
  }

  #escape(): Pattern {
    const letter = this.#peek(1);
    if (letter === "") throw new PatternError("Trailing backslash");
    this.#at += 2;
    const shortClass = SHORT_CLASSES[letter], control = CONTROLS[letter], place = PLACES[letter];
    if (shortClass !== undefined) return bytesWhere(shortClass);
    if (control !== undefined) return only(control);
    if (place !== undefined) return { kind: "place", place };
    if (letter === "Q") {
      this.#quoted = true;
      return this.#atom();
    }
    if (letter === "x") return this.#hexadecimal();
    const byte = letter.charCodeAt(0);
    if (!isDigit(byte)) return only(byte);
    this.#backReference = Math.max(this.#backReference, byte - 0x30);
    return EMPTY;
  }

  #hexadecimal(): Pattern {
    const rest = this.#text.slice(this.#at);
    if (this.#peek() !== "{") {
      const digits = /^[0-9a-fA-F]{0,2}/.exec(rest)?.[0] ?? "";
      this.#at += digits.length;
      return only(parseInt("0" + digits, 16));
    }
    const match = /^\{([0-9a-fA-F]{0,8})\}/.exec(rest);
    if (match === null) throw new PatternError("Missing '}'");
    this.#at += match[0].length;
    return only(parseInt("0" + match[1], 16));
  }

  #bracket(): Pattern {
    const negated = this.#peek() === "^";
    if (negated) this.#at++;
    const set = new Uint8Array(256);
    const first = this.#at;
    while (this.#peek() !== "]" || this.#at === first) {
      if (this.#ended) throw new PatternError("Missing ']'");
      this.#bracketItem(set, this.#at === first);
    }
    this.#at++;
    return { kind: "bytes", set: negated ? set.map((has) => has ^ 1) : set };
  }

  #bracketItem(set: Uint8Array, first: boolean): void {
    const next = this.#peek(1);
    const afterNext = this.#peek(2);
    if (next === "-" && afterNext !== "" && afterNext !== "]") {
      const from = this.#text.charCodeAt(this.#at);
      const to = afterNext.charCodeAt(0);
      if (from > to) throw new PatternError("Invalid character range");
      this.#at += 3;
      this.#add(set, (byte) => byte >= from && byte <= to);
    } else if (this.#peek() === "[" && (next === "." || next === "=")) {
      throw new PatternError("Unknown collating element");
    } else if (this.#peek() === "[" && next === ":") {
      const end = this.#text.indexOf(":", this.#at + 2);
      const name = end < 0 ? "" : this.#text.slice(this.#at + 2, end);
      const named = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
      if (named === undefined) throw new PatternError("Unknown character class name");
      this.#at = end + 2;
      this.#add(set, named);
    } else {
      // A dash in the middle belongs to a range, and two ranges do not share an end.
      if (this.#peek() === "-" && !first && next !== "" && next !== "]") {
        throw new PatternError("Invalid character range");
      }
      const byte = this.#text.charCodeAt(this.#at++);
      this.#add(set, (other) => other === byte);
    }
  }

  #add(set: Uint8Array, has: (byte: number) => boolean): void {
    for (let byte = 0; byte < 256; byte++) {
      if (has(byte) || this.#nocase && has(otherCase(byte))) set[byte] = 1;
    }
  }
}

function bytesWhere(has: (byte: number) => boolean): Pattern {
  return { kind: "bytes", set: Uint8Array.from({ length: 256 }, (_, byte) => has(byte) ? 1 : 0) };
}

/** One byte; a code past 255 is none. */
function only(code: number): Pattern {
  return bytesWhere((byte) => byte === code);
}

function sequence(left: Pattern, right: Pattern): Pattern {
  if (left.kind === "empty") return right;
  return right.kind === "empty" ? left : { kind: "sequence", left, right };
}

function repeat(part: Pattern, min: number, max: number): Pattern {
  return part.kind === "empty" || max === 0 ? EMPTY : { kind: "repeat", part, min, max };
}
