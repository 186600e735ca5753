/** Reads JSON, pushing the values, with what lua-cjson takes beyond the standard and its error texts. */

import type { Lua } from "../state.ts";
import { ByteBuilder } from "./byte_builder.ts";

/** What reading looks at. */
export interface JsonReaderSettings {
  /** Arrays and objects within each other. */
  readonly decodeMaxDepth: number;
  /** Whether numbers in hexadecimal, with leading zeros, NaN and Infinity are taken. */
  readonly decodeInvalidNumbers: boolean;
}

type Token =
  | "T_OBJ_BEGIN"
  | "T_OBJ_END"
  | "T_ARR_BEGIN"
  | "T_ARR_END"
  | "T_STRING"
  | "T_NUMBER"
  | "T_BOOLEAN"
  | "T_NULL"
  | "T_COLON"
  | "T_COMMA"
  | "T_END"
  | "T_ERROR";

const PUNCTUATION: Readonly<Record<string, Token>> = {
  "{": "T_OBJ_BEGIN",
  "}": "T_OBJ_END",
  "[": "T_ARR_BEGIN",
  "]": "T_ARR_END",
  ":": "T_COLON",
  ",": "T_COMMA",
};

const ESCAPES: Readonly<Record<string, number>> = {
  '"': 0x22,
  "\\": 0x5c,
  "/": 0x2f,
  b: 8,
  t: 9,
  n: 10,
  f: 12,
  r: 13,
};

/** What `strtod` takes. */
const NUMBER =
  /^[+-]?(?:0[xX](?:[0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf(?:inity)?|nan(?:\([0-9A-Za-z_]*\))?)/i;

/** Bytes that a number's text is looked for in. */
const NUMBER_BYTES = 512;

const ascii = new TextDecoder("latin1");
const encoder = new TextEncoder();

/** Reads one document. */
export class JsonReader {
  readonly #lua: Lua;
  readonly #bytes: Uint8Array;
  readonly #settings: JsonReaderSettings;
  readonly #string = new ByteBuilder();
  #at = 0;
  #depth = 0;
  // The token just read.
  #index = 0;
  #number = 0;
  #negative = false;
  #boolean = false;
  #error = "";

  constructor(lua: Lua, bytes: Uint8Array, settings: JsonReaderSettings) {
    this.#lua = lua;
    this.#bytes = bytes;
    this.#settings = settings;
  }

  /** Reads the document and pushes its value. @throws Lua's error if it is no JSON. */
  document(): void {
    const bytes = this.#bytes;
    if (bytes.length >= 2 && (bytes[0] === 0 || bytes[1] === 0)) {
      this.#lua.raiseText("JSON parser does not support UTF-16 or UTF-32");
    }
    this.#value(this.#next());
    const token = this.#next();
    if (token !== "T_END") this.#fail("the end", token);
  }

  #fail(expected: string, token: Token): never {
    const found = token === "T_ERROR" ? this.#error : token;
    this.#lua.raiseText(
      `Expected ${expected} but found ${found} at character ${this.#index + 1}`,
    );
  }

  #value(token: Token): void {
    const lua = this.#lua;
    switch (token) {
      case "T_STRING":
        return lua.pushBytes(this.#string.bytes, 0, this.#string.length);
      case "T_NUMBER":
        return Number.isNaN(this.#number)
          ? lua.pushNaN(this.#negative)
          : lua.pushNumber(this.#number);
      case "T_BOOLEAN":
        return lua.pushBoolean(this.#boolean);
      case "T_NULL":
        return lua.pushLightUserdata(0);
      case "T_OBJ_BEGIN":
        return this.#object();
      case "T_ARR_BEGIN":
        return this.#array();
      default:
        this.#fail("value", token);
    }
  }

  #descend(slots: number): void {
    this.#depth++;
    if (this.#depth <= this.#settings.decodeMaxDepth && this.#lua.reserve(slots)) return;
    this.#lua.raiseText(
      `Found too many nested data structures (${this.#depth}) at character ${this.#at}`,
    );
  }

  #object(): void {
    const lua = this.#lua;
    this.#descend(3);
    lua.pushTable();
    let token = this.#next();
    while (token !== "T_OBJ_END") {
      if (token !== "T_STRING") this.#fail("object key string", token);
      this.#value(token);
      token = this.#next();
      if (token !== "T_COLON") this.#fail("colon", token);
      this.#value(this.#next());
      lua.rawSet(-3);
      token = this.#next();
      if (token === "T_OBJ_END") break;
      if (token !== "T_COMMA") this.#fail("comma or object end", token);
      token = this.#next();
      // After a comma another key must follow.
      if (token === "T_OBJ_END") this.#fail("object key string", token);
    }
    this.#depth--;
  }

  #array(): void {
    const lua = this.#lua;
    this.#descend(2);
    lua.pushTable();
    let token = this.#next();
    for (let i = 1; token !== "T_ARR_END"; i++) {
      this.#value(token);
      lua.setItem(-2, i);
      token = this.#next();
      if (token === "T_ARR_END") break;
      if (token !== "T_COMMA") this.#fail("comma or array end", token);
      token = this.#next();
      if (token === "T_ARR_END") this.#fail("value", token);
    }
    this.#depth--;
  }

  #next(): Token {
    const bytes = this.#bytes;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 9 || byte === 10 || byte === 13) byte = bytes[++this.#at];
    this.#index = this.#at;
    // Text is read as C reads strings: a zero byte ends it.
    if (byte === undefined || byte === 0) return "T_END";
    const character = String.fromCharCode(byte);
    const punctuation = PUNCTUATION[character];
    if (punctuation !== undefined) {
      this.#at++;
      return punctuation;
    }
    if (character === '"') return this.#readString();
    if (character === "-" || (byte >= 0x30 && byte <= 0x39)) {
      if (!this.#settings.decodeInvalidNumbers && this.#isInvalidNumber()) {
        return this.#invalid("invalid number");
      }
      return this.#readNumber();
    }
    if (this.#takes("true") || this.#takes("false")) {
      this.#boolean = character === "t";
      return "T_BOOLEAN";
    }
    if (this.#takes("null")) return "T_NULL";
    if (
      this.#settings.decodeInvalidNumbers && "+iInN".includes(character) && this.#isInvalidNumber()
    ) return this.#readNumber();
    return this.#invalid("invalid token");
  }

  #invalid(error: string): Token {
    this.#index = this.#at;
    this.#error = error;
    return "T_ERROR";
  }

  #takes(word: string): boolean {
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) return false;
    }
    this.#at += word.length;
    return true;
  }

  #text(size: number): string {
    return ascii.decode(this.#bytes.subarray(this.#at, this.#at + size));
  }

  #isInvalidNumber(): boolean {
    return /^(?:\+|-?(?:0[xX0-9]|inf|nan))/i.test(this.#text(8));
  }

  #readNumber(): Token {
    const text = NUMBER.exec(this.#text(NUMBER_BYTES))?.[0];
    if (text === undefined) return this.#invalid("invalid number");
    this.#at += text.length;
    this.#number = toNumber(text);
    this.#negative = text.startsWith("-");
    return "T_NUMBER";
  }

  #readString(): Token {
    const bytes = this.#bytes;
    const string = this.#string;
    string.length = 0;
    this.#at++;
    let from = this.#at;
    for (;;) {
      const byte = bytes[this.#at];
      if (byte === 0x22) break;
      if (byte === undefined || byte === 0) return this.#invalid("unexpected end of string");
      if (byte !== 0x5c) {
        this.#at++;
        continue;
      }
      string.add(bytes.subarray(from, this.#at));
      const escape = String.fromCharCode(bytes[this.#at + 1] ?? 0);
      if (escape === "u") {
        if (!this.#readUnicode()) return this.#invalid("invalid unicode escape code");
      } else {
        const escaped = ESCAPES[escape];
        if (escaped === undefined) return this.#invalid("invalid escape code");
        string.byte(escaped);
        this.#at += 2;
      }
      from = this.#at;
    }
    string.add(bytes.subarray(from, this.#at));
    this.#at++;
    return "T_STRING";
  }

  /** Reads `\u` and its four digits, twice for what is beyond the first plane. @returns Whether it is one. */
  #readUnicode(): boolean {
    const first = this.#hexadecimal(this.#at + 2);
    if (first === undefined) return false;
    let point = first;
    let size = 6;
    if ((first & 0xf800) === 0xd800) {
      const second = this.#bytes[this.#at + 6] === 0x5c && this.#bytes[this.#at + 7] === 0x75
        ? this.#hexadecimal(this.#at + 8)
        : undefined;
      if ((first & 0x400) !== 0 || second === undefined || (second & 0xfc00) !== 0xdc00) {
        return false;
      }
      point = 0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff));
      size = 12;
    }
    this.#string.add(encoder.encode(String.fromCodePoint(point)));
    this.#at += size;
    return true;
  }

  #hexadecimal(at: number): number | undefined {
    const text = ascii.decode(this.#bytes.subarray(at, at + 4));
    return /^[0-9a-fA-F]{4}$/.test(text) ? parseInt(text, 16) : undefined;
  }
}

function toNumber(text: string): number {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "").toLowerCase();
  let value: number;
  if (digits.startsWith("inf")) value = Infinity;
  else if (digits.startsWith("nan")) value = NaN;
  else if (digits.startsWith("0x")) value = hexadecimalFloat(digits.slice(2));
  else value = Number(digits);
  return negative ? -value : value;
}

function hexadecimalFloat(text: string): number {
  const [mantissa = "", exponent = "0"] = text.split("p");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const value = Number(BigInt(`0x${whole}${fraction}` === "0x" ? "0x0" : `0x${whole}${fraction}`));
  return value * 2 ** (Number(exponent) - 4 * fraction.length);
}
