/**
 * Fields of attributes: what is read of a JSON object without reading all of it. As in Redis what
 * comes after the field does not matter, of two fields of one name the first counts, and an object,
 * or an array that has one in it, is as good as missing.
 *
 * @module
 */

import { numberOf, type Value } from "./values.ts";

/**
 * The value of a field of an object's outermost level, undefined if there is none.
 *
 * @param json Its bytes, a character each.
 */
export function fieldOf(json: string, name: string): Value | undefined {
  return new Reader(json).field(name);
}

const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const LITERALS: readonly (readonly [string, Value])[] = [
  ["true", 1],
  ["false", 0],
  ["null", null],
];
/** Depth of arrays in arrays. */
const DEEPEST = 64;

class Reader {
  readonly #json: string;
  #at = 0;

  constructor(json: string) {
    this.#json = json;
  }

  field(name: string): Value | undefined {
    this.#spaces();
    if (!this.#is("{")) return undefined;
    for (;;) {
      this.#spaces();
      if (this.#json[this.#at] !== '"') return undefined;
      const start = this.#at + 1;
      if (!this.#skipString()) return undefined;
      const found = this.#at - 1 - start === name.length && this.#json.startsWith(name, start);
      this.#spaces();
      if (!this.#is(":")) return undefined;
      this.#spaces();
      if (found) return this.#value(0);
      if (!this.#skip()) return undefined;
      this.#spaces();
      if (!this.#is(",")) return undefined;
    }
  }

  #spaces(): void {
    for (;;) {
      const code = this.#json.charCodeAt(this.#at);
      if (code !== 32 && !(code >= 9 && code <= 13)) return;
      this.#at++;
    }
  }

  #is(character: string): boolean {
    if (this.#json[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #value(depth: number): Value | undefined {
    const first = this.#json[this.#at];
    if (first === '"') return this.#string();
    if (first === "[") return depth < DEEPEST ? this.#array(depth) : undefined;
    if (first === undefined || first === "{") return undefined;
    for (const [word, value] of LITERALS) {
      if (!this.#json.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  #number(): number | undefined {
    const start = this.#at;
    this.#skipNumber();
    return start === this.#at ? undefined : numberOf(this.#json.slice(start, this.#at));
  }

  #skipNumber(): void {
    while (this.#at < this.#json.length && "+-.eE0123456789".includes(this.#json[this.#at]!)) {
      this.#at++;
    }
  }

  #array(depth: number): Value | undefined {
    this.#at++;
    const items: Value[] = [];
    this.#spaces();
    if (this.#is("]")) return items;
    for (;;) {
      this.#spaces();
      const item = this.#value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      this.#spaces();
      if (this.#is("]")) return items;
      if (!this.#is(",")) return undefined;
    }
  }

  #string(): string | undefined {
    const start = this.#at + 1;
    if (!this.#skipString()) return undefined;
    const text = this.#json.slice(start, this.#at - 1);
    if (!text.includes("\\")) return text;
    return text.replace(/\\([\s\S])/g, (_, character: string) => ESCAPED[character] ?? character);
  }

  #skipString(): boolean {
    for (let at = this.#at + 1; at < this.#json.length; at++) {
      const character = this.#json.charCodeAt(at);
      if (character === 0x5c) at++;
      else if (character === 0x22) {
        this.#at = at + 1;
        return true;
      }
    }
    return false;
  }

  /** Passes a value. @returns Whether there is one. */
  #skip(): boolean {
    const first = this.#json[this.#at];
    if (first === '"') return this.#skipString();
    if (first === "{" || first === "[") return this.#skipNested();
    for (const [word] of LITERALS) {
      if (!this.#json.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return true;
    }
    const start = this.#at;
    this.#skipNumber();
    return this.#at > start;
  }

  #skipNested(): boolean {
    let depth = 0;
    while (this.#at < this.#json.length) {
      const character = this.#json[this.#at];
      if (character === '"') {
        if (!this.#skipString()) return false;
        continue;
      }
      this.#at++;
      if (character === "{" || character === "[") depth++;
      else if ((character === "}" || character === "]") && --depth === 0) return true;
    }
    return false;
  }
}
