/**
 * Reads regular expressions as RedisJSON does (by the library regex of Rust): of Unicode characters, without
 * references back and looks around.
 *
 * @module
 */

import { type CharacterSet, inAnyCase, only, PERL, POSIX, setOf } from "./character_sets.ts";

/** A pattern that is none. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** A condition on the place between two characters. */
export type Assertion =
  | "start"
  | "end"
  | "line start"
  | "line end"
  | "word"
  | "no word"
  | "word start"
  | "word end"
  | "no word before"
  | "no word after";

/** A part of a pattern. */
export type Pattern =
  | { readonly kind: "empty" }
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Pattern[] }
  | { readonly kind: "repeat"; readonly part: Pattern; readonly min: number; readonly max: number };

interface Flags {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly extended: boolean;
}

const NO_FLAGS: Flags = { ignoreCase: false, dotAll: false, multiline: false, extended: false };
const FLAGS: Readonly<Record<string, keyof Flags | undefined>> = {
  i: "ignoreCase",
  s: "dotAll",
  m: "multiline",
  x: "extended",
};
/** Flags that change nothing of whether there is a match. */
const OTHER_FLAGS = "uUR";
const MAX_COUNT = 1000;
const MAX_NESTING = 250;
const NEWLINE = 0x0a;

const CONTROLS: Readonly<Record<string, number>> = {
  a: 0x07,
  f: 0x0c,
  t: 0x09,
  n: 0x0a,
  r: 0x0d,
  v: 0x0b,
};

/** The escapes that are conditions; of those that begin alike the longer ones first. */
const ASSERTIONS: readonly (readonly [escape: string, assertion: Assertion])[] = [
  ["A", "start"],
  ["z", "end"],
  ["b{start}", "word start"],
  ["b{end}", "word end"],
  ["b{start-half}", "no word before"],
  ["b{end-half}", "no word after"],
  ["b", "word"],
  ["B", "no word"],
  ["<", "word start"],
  [">", "word end"],
];

/** Reads a pattern. @throws {PatternError} */
export function parsePattern(text: string): Pattern {
  const parser = new PatternParser(text);
  return parser.whole();
}

class PatternParser {
  readonly #characters: readonly string[];
  #at = 0;
  #flags = NO_FLAGS;
  #nesting = 0;
  readonly #names = new Set<string>();

  constructor(text: string) {
    this.#characters = [...text];
  }

  whole(): Pattern {
    const pattern = this.#choice();
    if (this.#at < this.#characters.length) throw new PatternError("unopened group");
    return pattern;
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(text: string): boolean {
    for (let i = 0; i < text.length; i++) {
      if (this.#characters[this.#at + i] !== text[i]) return false;
    }
    this.#at += text.length;
    return true;
  }

  #choice(): Pattern {
    const before = this.#flags;
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    // Flags hold up to the end of their group.
    this.#flags = before;
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    for (;;) {
      if (this.#flags.extended) this.#skipComments();
      const next = this.#next;
      if (next === undefined || next === "|" || next === ")") break;
      const part = this.#repeated();
      if (part !== undefined) parts.push(part);
    }
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  #skipComments(): void {
    for (;;) {
      const next = this.#next;
      if (next === "#") {
        while (this.#next !== undefined && this.#next !== "\n") this.#at++;
      } else if (next === undefined || !/\p{White_Space}/u.test(next)) {
        return;
      } else {
        this.#at++;
      }
    }
  }

  /** A part and what follows it to say how often; undefined of flags. */
  #repeated(): Pattern | undefined {
    let part = this.#part();
    for (;;) {
      if (this.#flags.extended) this.#skipComments();
      const bounds = this.#bounds();
      if (bounds === undefined) return part;
      if (part === undefined) throw new PatternError("repetition of nothing");
      // Whether it would rather match less does not change whether it matches.
      this.#take("?");
      part = { kind: "repeat", part, ...bounds };
    }
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    if (!this.#take("{")) return undefined;
    const min = this.#count();
    let max = min;
    if (this.#take(",")) max = this.#next === "}" ? Infinity : this.#count();
    if (!this.#take("}") || min > max) throw new PatternError("bad repetition");
    return { min, max };
  }

  #count(): number {
    let digits = "";
    while (/[0-9]/.test(this.#next ?? "")) digits += this.#characters[this.#at++];
    const count = Number(digits);
    if (digits === "" || count > MAX_COUNT) throw new PatternError("bad repetition count");
    return count;
  }

  #part(): Pattern | undefined {
    const character = this.#characters[this.#at++]!;
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "set", set: this.#bracket() };
      case ".": {
        const { dotAll } = this.#flags;
        return { kind: "set", set: (code) => dotAll || code !== NEWLINE };
      }
      case "^":
        return { kind: "assertion", assertion: this.#flags.multiline ? "line start" : "start" };
      case "$":
        return { kind: "assertion", assertion: this.#flags.multiline ? "line end" : "end" };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
      case "{":
        throw new PatternError("repetition of nothing");
    }
    return { kind: "set", set: this.#folded(only(character.codePointAt(0)!)) };
  }

  /** A set, in either case if case does not count. A negation comes after that. */
  #folded(set: CharacterSet): CharacterSet {
    return this.#flags.ignoreCase ? (code) => inAnyCase(code).some(set) : set;
  }

  #group(): Pattern | undefined {
    if (++this.#nesting > MAX_NESTING) throw new PatternError("too deep");
    const outer = this.#flags;
    if (this.#take("?")) {
      const named = this.#take("P<") || this.#take("<");
      if (named) {
        let name = "";
        while (this.#next !== undefined && this.#next !== ">") name += this.#characters[this.#at++];
        if (!this.#take(">") || !/^[\p{Alphabetic}_][\p{Alphabetic}\p{Nd}_.[\]]*$/u.test(name)) {
          throw new PatternError("bad group name");
        }
        if (this.#names.has(name)) throw new PatternError("a group name is there twice");
        this.#names.add(name);
      } else {
        this.#flags = this.#flagsHere();
        if (this.#take(")")) {
          this.#nesting--;
          return undefined;
        }
        if (!this.#take(":")) throw new PatternError("bad flags");
      }
    }
    const pattern = this.#choice();
    if (!this.#take(")")) throw new PatternError("unclosed group");
    this.#flags = outer;
    this.#nesting--;
    return pattern;
  }

  #flagsHere(): Flags {
    const flags: { -readonly [name in keyof Flags]: Flags[name] } = { ...this.#flags };
    let value = true;
    let any = false;
    for (;;) {
      const next = this.#next;
      if (next === ":" || next === ")") break;
      this.#at++;
      if (next === "-" && value) {
        value = false;
        continue;
      }
      const name = FLAGS[next ?? ""];
      if (name !== undefined) flags[name] = value;
      else if (next === undefined || !OTHER_FLAGS.includes(next)) {
        throw new PatternError("bad flags");
      }
      any = true;
    }
    if (!any && this.#next === ")") throw new PatternError("no flags");
    return flags;
  }

  #escape(): Pattern {
    for (const [escape, assertion] of ASSERTIONS) {
      if (this.#take(escape)) return { kind: "assertion", assertion };
    }
    return { kind: "set", set: this.#escapedSet() };
  }

  /** What an escape stands for, in a bracket or outside of one. */
  #escapedSet(): CharacterSet {
    const letter = this.#next;
    if (letter === undefined) throw new PatternError("incomplete escape");
    const perl = PERL[letter.toLowerCase()];
    if (perl !== undefined) {
      this.#at++;
      const set = this.#folded(setOf(perl));
      return letter === letter.toLowerCase() ? set : (code) => !set(code);
    }
    if (letter === "p" || letter === "P") return this.#property();
    return this.#folded(only(this.#escapedCharacter()));
  }

  #property(): CharacterSet {
    let negated = this.#characters[this.#at++] === "P";
    let name = "";
    if (this.#take("{")) {
      while (this.#next !== undefined && this.#next !== "}") name += this.#characters[this.#at++];
      if (!this.#take("}")) throw new PatternError("unclosed property");
    } else {
      name = this.#characters[this.#at++] ?? "";
    }
    if (name.startsWith("^")) {
      negated = !negated;
      name = name.slice(1);
    }
    let set: CharacterSet | undefined;
    for (const form of [name, `Script=${name}`, name.replace(":", "=")]) {
      if (!/^[\w=]+$/.test(form)) continue;
      try {
        set = setOf(new RegExp(`\\p{${form}}`, "u"));
        break;
      } catch {
        // Another form may be known.
      }
    }
    if (set === undefined) throw new PatternError("unknown property");
    const known = this.#folded(set);
    return negated ? (code) => !known(code) : known;
  }

  #escapedCharacter(): number {
    const letter = this.#characters[this.#at++];
    if (letter === undefined) throw new PatternError("incomplete escape");
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    const lengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
    const length = lengths[letter];
    if (length === undefined) {
      if (/[\p{L}\p{N}<>]/u.test(letter)) throw new PatternError("unknown escape");
      return letter.codePointAt(0)!;
    }
    let digits = "";
    if (this.#take("{")) {
      while (this.#next !== undefined && this.#next !== "}") digits += this.#characters[this.#at++];
      if (!this.#take("}")) throw new PatternError("unclosed escape");
    } else {
      digits = this.#characters.slice(this.#at, this.#at + length).join("");
      this.#at += length;
      if (digits.length < length) throw new PatternError("incomplete escape");
    }
    const code = /^[0-9a-fA-F]{1,8}$/.test(digits) ? parseInt(digits, 16) : NaN;
    if (!(code <= 0x10ffff) || code >= 0xd800 && code <= 0xdfff) {
      throw new PatternError("no such character");
    }
    return code;
  }

  /** What stands between brackets, the first of which is read. */
  #bracket(): CharacterSet {
    if (++this.#nesting > MAX_NESTING) throw new PatternError("too deep");
    const negated = this.#take("^");
    let set = this.#union(true);
    for (;;) {
      const left = set;
      if (this.#take("&&")) {
        const right = this.#union(false);
        set = (code) => left(code) && right(code);
      } else if (this.#take("--")) {
        const right = this.#union(false);
        set = (code) => left(code) && !right(code);
      } else if (this.#take("~~")) {
        const right = this.#union(false);
        set = (code) => left(code) !== right(code);
      } else break;
    }
    if (!this.#take("]")) throw new PatternError("unclosed class");
    this.#nesting--;
    if (!negated) return set;
    const inner = set;
    return (code) => !inner(code);
  }

  #union(first: boolean): CharacterSet {
    const sets: CharacterSet[] = [];
    for (let isFirst = first;; isFirst = false) {
      const next = this.#next;
      if (next === undefined) throw new PatternError("unclosed class");
      if (next === "]" && !isFirst) break;
      const operator = next + (this.#characters[this.#at + 1] ?? "");
      if (!isFirst && (operator === "&&" || operator === "--" || operator === "~~")) break;
      sets.push(this.#item());
    }
    return (code) => sets.some((set) => set(code));
  }

  #item(): CharacterSet {
    const posix = /^\[:(\^?)(\w+):\]/.exec(
      this.#characters.slice(this.#at, this.#at + 14).join(""),
    );
    if (posix !== null) {
      const known = POSIX[posix[2] ?? ""];
      if (known === undefined) throw new PatternError("unknown class");
      this.#at += posix[0].length;
      const set = this.#folded(setOf(known));
      return posix[1] === "" ? set : (code) => !set(code);
    }
    if (this.#take("[")) return this.#bracket();
    let from: number;
    if (this.#take("\\")) {
      const letter = this.#next ?? "";
      if (PERL[letter.toLowerCase()] !== undefined || letter === "p" || letter === "P") {
        return this.#escapedSet();
      }
      from = this.#escapedCharacter();
    } else {
      from = this.#characters[this.#at++]!.codePointAt(0)!;
    }
    const after = this.#characters[this.#at + 1];
    if (this.#next !== "-" || after === "]" || after === "-" || after === undefined) {
      return this.#folded(only(from));
    }
    this.#at++;
    const to = this.#take("\\")
      ? this.#escapedCharacter()
      : this.#characters[this.#at++]!.codePointAt(0)!;
    if (to < from) throw new PatternError("bad range");
    return this.#folded((code) => code >= from && code <= to);
  }
}
