/**
 * Reads JSON. What is refused, and in which words, is as with RedisJSON (which reads by the library
 * serde_json): line and column count bytes.
 *
 * @module
 */

import { heapOfProcess } from "../../engine/heap.ts";
import { CommandError, err } from "../values/errors.ts";
import { byteLength } from "./text.ts";
import { doubleValue, JsonArray, JsonObject, type JsonValue } from "./values.ts";

/** How many containers may stand inside each other. */
export const MAX_DEPTH = 127;
/** The largest text of a document in bytes. */
export const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** The share of the heap that the tree of one document may take. */
const HEAP_SHARE = 1 / 8;
/** Bytes that a container takes in a tree, and each element in it, about. */
const CONTAINER_BYTES = 96, ELEMENT_BYTES = 24;

let mostBytes = 0;

const U64_MAX = 18446744073709551615n;
const I64_LIMIT = 9223372036854775808n;
const I32_MAX = 0x7fffffff;

const QUOTE = 0x22,
  BACKSLASH = 0x5c,
  COMMA = 0x2c,
  COLON = 0x3a,
  MINUS = 0x2d,
  PLUS = 0x2b,
  DOT = 0x2e;
const ZERO = 0x30, NINE = 0x39, SMALL_E = 0x65, LARGE_E = 0x45;
const OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The error for bytes that are no text. */
const notText = (): CommandError => new CommandError("Couldn't parse as UTF-8 string");

/** Bytes as text. @throws {CommandError} If they are no valid UTF-8. */
export function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw notText();
  }
}

/** Is told where containers' elements begin, for what was stored in pieces. */
export interface ElementsTold {
  /** An element of the innermost open container begins. */
  element(at: number): void;
  /** A container begins, whose elements follow. */
  open(at: number): void;
  /** The innermost open container, now read, ends before. */
  close(container: JsonArray | JsonObject, at: number): void;
}

/**
 * Reads a value.
 *
 * @param whole Whether nothing may follow.
 * @throws {CommandError} In serde_json's words.
 */
export function parseJson(text: string, whole: boolean): JsonValue {
  const parser = new JsonParser(text);
  const value = parser.value();
  if (whole) parser.end();
  return value;
}

/** Reads one text. */
export class JsonParser {
  readonly #text: string;
  readonly #told: ElementsTold | undefined;
  #at = 0;
  #depth = 0;
  /** Bytes that the tree takes so far. */
  #bytes = 0;

  /** @param told Is told of elements. */
  constructor(text: string, told?: ElementsTold) {
    this.#text = text;
    this.#told = told;
  }

  #error(message: string, at: number): CommandError {
    const before = this.#text.slice(0, Math.min(at, this.#text.length));
    const lineStart = before.lastIndexOf("\n") + 1;
    let line = 1;
    for (let i = before.indexOf("\n"); i >= 0; i = before.indexOf("\n", i + 1)) line++;
    return new CommandError(
      `${message} at line ${line} column ${byteLength(before.slice(lineStart))}`,
    );
  }

  /** The error about the next character, which counts as read. */
  #unexpected(message: string): CommandError {
    return this.#error(message, this.#at + 1);
  }

  /** Skips white space. @returns The next character's code; NaN at the end. */
  #next(): number {
    const text = this.#text;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  /** Makes sure that nothing follows but white space. @throws {CommandError} */
  end(): void {
    if (!Number.isNaN(this.#next())) throw this.#unexpected("trailing characters");
  }

  /** Reads a value. @throws {CommandError} */
  value(): JsonValue {
    const code = this.#next();
    switch (code) {
      case QUOTE:
        this.#at++;
        return this.#string();
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_ARRAY:
        return this.#array();
      case 0x74:
        return this.#word("true", true);
      case 0x66:
        return this.#word("false", false);
      case 0x6e:
        return this.#word("null", null);
      case MINUS:
        return this.#number();
    }
    if (code >= ZERO && code <= NINE) return this.#number();
    throw this.#unexpected(Number.isNaN(code) ? "EOF while parsing a value" : "expected value");
  }

  #word<T>(word: string, value: T): T {
    const text = this.#text;
    if (text.startsWith(word, this.#at)) {
      this.#at += word.length;
      return value;
    }
    for (let i = 1; i < word.length; i++) {
      const at = this.#at + i;
      if (at >= text.length) throw this.#error("EOF while parsing a value", at);
      if (text[at] !== word[i]) throw this.#error("expected ident", at + 1);
    }
    return value;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.#unexpected("recursion limit exceeded");
    this.#told?.open(this.#at);
    this.#at++;
  }

  /** Counts a container that is read. @throws {CommandError} If the tree has become too large. */
  #count(elements: number): void {
    this.#bytes += CONTAINER_BYTES + ELEMENT_BYTES * elements;
    if (this.#bytes < 1 << 24) return;
    if (mostBytes === 0) mostBytes = heapOfProcess().limit * HEAP_SHARE;
    if (this.#bytes > mostBytes) {
      throw err(
        `a JSON document may take ${Math.floor(mostBytes)} bytes of memory: this takes more`,
      );
    }
  }

  #array(): JsonArray {
    this.#enter();
    const items: JsonValue[] = [];
    const told = this.#told;
    for (let first = true;; first = false) {
      let code = this.#next();
      const before = this.#at;
      if (code === CLOSE_ARRAY) break;
      if (Number.isNaN(code)) throw this.#unexpected("EOF while parsing a list");
      if (!first) {
        if (code !== COMMA) throw this.#unexpected("expected `,` or `]`");
        this.#at++;
        code = this.#next();
        if (code === CLOSE_ARRAY) throw this.#unexpected("trailing comma");
        if (Number.isNaN(code)) throw this.#unexpected("EOF while parsing a value");
      }
      told?.element(before);
      items.push(this.value());
    }
    this.#at++;
    this.#depth--;
    this.#count(items.length);
    const array = new JsonArray(items);
    told?.close(array, this.#at);
    return array;
  }

  #object(): JsonObject {
    this.#enter();
    const keys: string[] = [];
    const items: JsonValue[] = [];
    const told = this.#told;
    let object: JsonObject | undefined;
    for (let first = true;; first = false) {
      let code = this.#next();
      const before = this.#at;
      if (code === CLOSE_OBJECT) break;
      if (Number.isNaN(code)) throw this.#unexpected("EOF while parsing an object");
      if (!first) {
        if (code !== COMMA) throw this.#unexpected("expected `,` or `}`");
        this.#at++;
        code = this.#next();
        if (code === CLOSE_OBJECT) throw this.#unexpected("trailing comma");
        if (Number.isNaN(code)) throw this.#unexpected("EOF while parsing a value");
      }
      if (code !== QUOTE) throw this.#unexpected("key must be a string");
      this.#at++;
      told?.element(before);
      const key = this.#string();
      code = this.#next();
      if (code !== COLON) {
        throw this.#unexpected(
          Number.isNaN(code) ? "EOF while parsing an object" : "expected `:`",
        );
      }
      this.#at++;
      const value = this.value();
      // Of two members of a name the later one counts, in the earlier one's place.
      object ??= new JsonObject(keys, items);
      object.set(key, value);
    }
    this.#at++;
    this.#depth--;
    this.#count(items.length);
    object ??= new JsonObject(keys, items);
    told?.close(object, this.#at);
    return object;
  }

  /** Reads what follows the quote. */
  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === BACKSLASH) break;
      if (!(code >= 0x20)) throw this.#badCharacter(code, at);
      at++;
    }
    let result = text.slice(start, at);
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return result;
      }
      if (code === BACKSLASH) {
        this.#at = at + 1;
        result += this.#escape();
        at = this.#at;
        continue;
      }
      if (!(code >= 0x20)) throw this.#badCharacter(code, at);
      const from = at;
      for (let next = code; next >= 0x20 && next !== QUOTE && next !== BACKSLASH;) {
        next = text.charCodeAt(++at);
      }
      result += text.slice(from, at);
    }
  }

  #badCharacter(code: number, at: number): CommandError {
    return Number.isNaN(code)
      ? this.#error("EOF while parsing a string", at)
      : this.#error("control character (\\u0000-\\u001F) found while parsing a string", at + 1);
  }

  #escape(): string {
    const text = this.#text;
    if (this.#at >= text.length) throw this.#error("EOF while parsing a string", this.#at);
    const letter = text[this.#at++]!;
    const plain = ESCAPES[letter];
    if (plain !== undefined) return plain;
    if (letter !== "u") throw this.#error("invalid escape", this.#at);
    const high = this.#hex();
    if (high >= 0xdc00 && high <= 0xdfff) {
      throw this.#error("lone leading surrogate in hex escape", this.#at);
    }
    if (high < 0xd800 || high > 0xdbff) return String.fromCharCode(high);
    for (const expected of "\\u") {
      if (this.#at >= text.length) throw this.#error("EOF while parsing a string", this.#at);
      if (text[this.#at++] !== expected) {
        throw this.#error("unexpected end of hex escape", this.#at);
      }
    }
    const low = this.#hex();
    if (low < 0xdc00 || low > 0xdfff) {
      throw this.#error("lone leading surrogate in hex escape", this.#at);
    }
    return String.fromCharCode(high, low);
  }

  #hex(): number {
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (digits.length < 4) {
      throw this.#error("EOF while parsing a string", this.#text.length);
    }
    for (let i = 0; i < 4; i++) {
      this.#at++;
      if (!/[0-9a-fA-F]/.test(digits[i]!)) throw this.#error("invalid escape", this.#at);
    }
    return parseInt(digits, 16);
  }

  #number(): JsonValue {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    const negative = text.charCodeAt(at) === MINUS;
    if (negative) at++;
    const first = text.charCodeAt(at);
    if (!isDigit(first)) {
      throw Number.isNaN(first)
        ? this.#error("EOF while parsing a value", at)
        : this.#error("invalid number", at + 1);
    }
    const digitsAt = at++;
    if (first === ZERO) {
      if (isDigit(text.charCodeAt(at))) throw this.#error("invalid number", at + 1);
    } else {
      while (isDigit(text.charCodeAt(at))) at++;
    }
    const code = text.charCodeAt(at);
    if (code !== DOT && code !== SMALL_E && code !== LARGE_E) {
      this.#at = at;
      return this.#integer(text.slice(start, at), negative, at - digitsAt);
    }
    this.#at = this.#fraction(at);
    const value = Number(text.slice(start, this.#at));
    if (!Number.isFinite(value)) throw this.#error("number out of range", this.#at);
    return doubleValue(value);
  }

  /** Reads what follows the integer part. @returns Where it ends. */
  #fraction(at: number): number {
    const text = this.#text;
    if (text.charCodeAt(at) === DOT) {
      at++;
      if (!isDigit(text.charCodeAt(at))) {
        throw at >= text.length
          ? this.#error("EOF while parsing a value", at)
          : this.#error("invalid number", at + 1);
      }
      while (isDigit(text.charCodeAt(at))) at++;
    }
    const code = text.charCodeAt(at);
    if (code !== SMALL_E && code !== LARGE_E) return at;
    at++;
    const sign = text.charCodeAt(at);
    if (sign === PLUS || sign === MINUS) at++;
    if (!isDigit(text.charCodeAt(at))) {
      throw at >= text.length
        ? this.#error("EOF while parsing a value", at)
        : this.#error("invalid number", at + 1);
    }
    let exponent = 0;
    for (; isDigit(text.charCodeAt(at)); at++) {
      exponent = exponent * 10 + text.charCodeAt(at) - ZERO;
      if (exponent > I32_MAX && sign !== MINUS && !this.#isZero(at)) {
        throw this.#error("number out of range", at + 1);
      }
    }
    return at;
  }

  /** Whether the number that is being read has no digit before its exponent but zeros. */
  #isZero(end: number): boolean {
    const digits = this.#text.slice(this.#at, end).split(/e/i)[0] ?? "";
    return !/[1-9]/.test(digits);
  }

  #integer(digits: string, negative: boolean, count: number): JsonValue {
    if (count < 16) {
      const value = Number(digits);
      return value === 0 && negative ? doubleValue(-0) : value;
    }
    const value = BigInt(digits);
    if (negative ? value < -I64_LIMIT : value > U64_MAX) {
      const double = Number(digits);
      if (!Number.isFinite(double)) throw this.#error("number out of range", this.#at);
      return doubleValue(double);
    }
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
