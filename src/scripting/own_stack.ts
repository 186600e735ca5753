/**
 * Which code is to be run on a stack of its own, so that it can be suspended anywhere (slices.ts).
 *
 * That costs a microsecond a run, so only code is that may have C call back into Lua: by a function
 * that takes one, a metatable, an iterator of its own, or a function that is done in steps. What is
 * told is by names, as they are in code and not in comments and texts. A name made up while code runs
 * passes: that it needed a stack is then seen when it cannot be suspended.
 *
 * @module
 */

import { charactersOf } from "../lua/characters.ts";

/** Globals: a field or a method of the same name, such as `redis.pcall`, is another function. */
const GLOBAL_NAMES = new Set(
  ["pcall", "xpcall", "coroutine", "getmetatable", "setmetatable", "load", "loadstring", "_G"],
);

/** Functions of libraries, which are fields, methods, or the text that a field is found by. */
const FIELD_NAMES = new Set(
  ["foreach", "foreachi", "sort", "gsub", "gmatch", "gfind", "find", "match"],
);

/** What is looked at: where comments and texts begin, names from above, and what a loop goes over. */
const NOTED = new RegExp(
  `--|["']|\\[=*\\[|\\b(?:in|${[...GLOBAL_NAMES, ...FIELD_NAMES].join("|")})\\b`,
  "g",
);

const LONG_BRACKET = /\[=*\[/y;

/** Iterators that are functions of C. */
const PLAIN_ITERATOR = /\s+(?:i?pairs\s*\(|next\s*,)/y;

/** Whether code is to be run on a stack of its own. */
export function needsOwnStack(code: Uint8Array): boolean {
  return new Code(charactersOf(code)).needsOwnStack();
}

/** Code on its way from one thing that is noted to the next. */
class Code {
  readonly #text: string;
  #at = 0;
  /** Where the last comment ended, and whether a field's name may come then. */
  #commentEnd = 0;
  #fieldAfterComment = false;

  constructor(text: string) {
    this.#text = text;
    // The line that names the engine is none of the code.
    if (text.startsWith("#!")) this.#skipLine();
  }

  needsOwnStack(): boolean {
    for (;;) {
      NOTED.lastIndex = this.#at;
      const noted = NOTED.exec(this.#text);
      if (noted === null) return false;
      const [what] = noted;
      this.#at = noted.index + what.length;
      if (what === "--") {
        this.#skipComment(noted.index);
      } else if (what === '"' || what === "'") {
        if (FIELD_NAMES.has(this.#quoted(what))) return true;
      } else if (what.startsWith("[")) {
        if (FIELD_NAMES.has(this.#bracketed(what))) return true;
      } else if (what === "in") {
        PLAIN_ITERATOR.lastIndex = this.#at;
        if (!PLAIN_ITERATOR.test(this.#text)) return true;
      } else if (this.#isField(noted.index) ? FIELD_NAMES.has(what) : GLOBAL_NAMES.has(what)) {
        return true;
      }
    }
  }

  /** Whether what begins at a place is the name of a field or a method. */
  #isField(start: number): boolean {
    let before = start - 1;
    while (before >= this.#commentEnd && isSpace(this.#text.charCodeAt(before))) before--;
    if (before < this.#commentEnd) return this.#fieldAfterComment;
    const last = this.#text[before];
    return last === ":" || last === "." && this.#text[before - 1] !== ".";
  }

  #skipComment(start: number): void {
    this.#fieldAfterComment = this.#isField(start);
    LONG_BRACKET.lastIndex = this.#at;
    const bracket = LONG_BRACKET.exec(this.#text)?.[0];
    if (bracket === undefined) {
      this.#skipLine();
    } else {
      this.#at += bracket.length;
      this.#bracketed(bracket);
    }
    this.#commentEnd = this.#at;
  }

  #skipLine(): void {
    const text = this.#text;
    while (this.#at < text.length && text[this.#at] !== "\n" && text[this.#at] !== "\r") this.#at++;
  }

  /** What is between quotes, the first of which has been read. */
  #quoted(quote: string): string {
    const start = this.#at;
    const text = this.#text;
    while (this.#at < text.length && text[this.#at] !== quote) {
      this.#at += text[this.#at] === "\\" ? 2 : 1;
    }
    return text.slice(start, this.#at++);
  }

  /** What is between long brackets, the first of which has been read. */
  #bracketed(opening: string): string {
    const start = this.#at;
    const end = this.#text.indexOf(opening.replaceAll("[", "]"), start);
    this.#at = end < 0 ? this.#text.length : end + opening.length;
    return this.#text.slice(start, end < 0 ? undefined : end);
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code >= 9 && code <= 13;
}
