/**
 * Commands in JSON: `["SET", "key", "value"]`, or an array of such. They are read where they lie,
 * without objects in between: texts with escapes are unescaped in place, for they only get shorter,
 * and numbers keep the digits that were sent, however many. An object or array within a command
 * stands for its own text.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { badRequest, tooLarge } from "./refusal.ts";

const QUOTE = 0x22, COMMA = 0x2c, BACKSLASH = 0x5c, OPEN = 0x5b, CLOSE = 0x5d;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, COLON = 0x3a, LOWER_U = 0x75;

/** Numbers and the three words of JSON. */
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
/** Arguments after which their memory is looked at. */
const MANY = 4096;
/** Longest of those that is looked at. */
const MAX_SCALAR = 1024;

/** Reads the commands of one body, which it changes. */
export class JsonCommands {
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #at = 0;
  /** Whether the array of commands has begun. */
  #begun = false;
  /** The first backslash from here on; -1 for none. */
  #backslash = -2;

  /** @param limit Bytes that a command may take, its arguments' places among them. */
  constructor(body: Uint8Array, limit: number) {
    this.#bytes = body;
    this.#limit = limit;
  }

  /** The one command that the body is. @throws {HttpRefusal} If it is none. */
  one(args: Arguments): void {
    this.#space();
    this.#command(args);
    this.#end();
  }

  /**
   * The next of the commands that the body is an array of.
   *
   * @returns False if there is none any more.
   * @throws {HttpRefusal} If the body is no such array.
   */
  next(args: Arguments): boolean {
    this.#space();
    if (!this.#begun) {
      this.#expect(OPEN);
      this.#begun = true;
      if (this.#bytes[this.#at] !== CLOSE) {
        this.#command(args);
        return true;
      }
    } else if (this.#bytes[this.#at] !== CLOSE) {
      this.#expect(COMMA);
      this.#command(args);
      return true;
    }
    this.#at++;
    this.#end();
    return false;
  }

  #end(): void {
    this.#space();
    if (this.#at < this.#bytes.length) throw this.#malformed();
  }

  #command(args: Arguments): void {
    args.count = 0;
    this.#expect(OPEN);
    for (let first = true;; first = false) {
      if (this.#space() === CLOSE && first) throw badRequest("empty command");
      this.#value(args);
      if (this.#space() === CLOSE) break;
      this.#expect(COMMA);
    }
    this.#at++;
  }

  #value(args: Arguments): void {
    const slice = args.slot(args.count++);
    if (args.count % MANY === 0) this.#assertFits(args);
    const start = this.#at;
    const byte = this.#bytes[start];
    if (byte === QUOTE) {
      slice.set(this.#bytes, start + 1, this.#string());
      return;
    }
    if (byte === OPEN || byte === OPEN_BRACE) this.#nested();
    else this.#scalar();
    slice.set(this.#bytes, start, this.#at);
  }

  /** An argument takes heap beside its bytes. @throws {HttpRefusal} */
  #assertFits({ memory }: Arguments): void {
    const held = this.#bytes.length + memory;
    if (held <= this.#limit) return;
    throw tooLarge(`${held} with the arguments' places`, this.#limit);
  }

  /** Passes over a string, and unescapes it. @returns Where its characters end. */
  #string(): number {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    if (this.#backslash !== -1 && this.#backslash < start) {
      this.#backslash = bytes.indexOf(BACKSLASH, start);
    }
    const quote = bytes.indexOf(QUOTE, start);
    if (quote < 0) throw this.#malformed();
    if (this.#backslash < 0 || quote < this.#backslash) {
      this.#at = quote + 1;
      return quote;
    }
    let to = this.#backslash;
    let from = to;
    while (true) {
      const byte = bytes[from];
      if (byte === undefined) throw this.#malformed();
      if (byte === QUOTE) break;
      if (byte !== BACKSLASH) {
        bytes[to++] = byte;
        from++;
        continue;
      }
      const escape = bytes[from + 1];
      if (escape === LOWER_U) {
        const unit = this.#unit(from + 2);
        from += 6;
        const isHigh = unit >= 0xd800 && unit < 0xdc00;
        const follows = isHigh && bytes[from] === BACKSLASH && bytes[from + 1] === LOWER_U;
        const low = follows ? this.#unit(from + 2) : 0;
        if (low >= 0xdc00 && low < 0xe000) {
          from += 6;
          to = writeUtf8(bytes, to, 0x10000 + ((unit - 0xd800) << 10) + low - 0xdc00);
        } else {
          to = writeUtf8(bytes, to, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
        }
        continue;
      }
      const meant = escape === undefined ? undefined : ESCAPES.get(escape);
      if (meant === undefined) throw this.#malformed();
      bytes[to++] = meant;
      from += 2;
    }
    this.#at = from + 1;
    return to;
  }

  /** The UTF-16 unit that four digits say. */
  #unit(at: number): number {
    let unit = 0;
    for (let i = at; i < at + 4; i++) {
      const digit = HEXADECIMAL.indexOf(String.fromCharCode(this.#bytes[i] ?? 0).toLowerCase());
      if (digit < 0) throw this.#malformed();
      unit = unit * 16 + digit;
    }
    return unit;
  }

  #scalar(): void {
    const start = this.#at;
    const end = Math.min(start + MAX_SCALAR, this.#bytes.length);
    let text = "";
    for (let i = start; i < end; i++) {
      const byte = this.#bytes[i]!;
      if (byte === COMMA || byte === CLOSE || byte === CLOSE_BRACE || byte <= 0x20) break;
      text += String.fromCharCode(byte);
    }
    if (!SCALAR.test(text)) throw this.#malformed();
    this.#at = start + text.length;
  }

  /** Passes over an object or array. What is in it is for whoever reads the argument as JSON. */
  #nested(): void {
    const bytes = this.#bytes;
    let depth = 0;
    do {
      const byte = bytes[this.#at];
      if (byte === undefined) throw this.#malformed();
      if (byte === QUOTE) {
        // As it stands: it is not unescaped.
        let quote = this.#at;
        do {
          quote = bytes.indexOf(QUOTE, quote + 1);
          if (quote < 0) throw this.#malformed();
        } while (this.#isEscaped(quote));
        this.#at = quote + 1;
        continue;
      }
      if (byte === OPEN || byte === OPEN_BRACE) depth++;
      else if (byte === CLOSE || byte === CLOSE_BRACE) depth--;
      else if (byte !== COMMA && byte !== COLON && byte > 0x20) {
        this.#scalar();
        if (bytes[this.#at] === undefined) throw this.#malformed();
        continue;
      }
      this.#at++;
    } while (depth > 0);
  }

  #isEscaped(at: number): boolean {
    let before = at;
    while (this.#bytes[before - 1] === BACKSLASH) before--;
    return (at - before) % 2 === 1;
  }

  /** Passes over white space. @returns The byte that comes then. */
  #space(): number | undefined {
    const bytes = this.#bytes;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      byte = bytes[++this.#at];
    }
    return byte;
  }

  #expect(byte: number): void {
    if (this.#bytes[this.#at] !== byte) throw this.#malformed();
    this.#at++;
    this.#space();
  }

  #malformed(): Error {
    return badRequest(
      `failed to parse the body, which is to be JSON, at byte ${this.#at}: ` +
        'a command is an array as ["SET", "key", "value"]',
    );
  }
}

const HEXADECIMAL = "0123456789abcdef";

/** What stands behind a backslash, and what it means. */
const ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({
    '"': '"',
    "\\": "\\",
    "/": "/",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
  }).map(([escape, meant]) => [escape.charCodeAt(0), meant.charCodeAt(0)]),
);

/** Writes a character. @returns The index past it. */
function writeUtf8(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at++] = code;
  } else if (code < 0x800) {
    bytes[at++] = 0xc0 | code >> 6;
    bytes[at++] = 0x80 | code & 63;
  } else if (code < 0x10000) {
    bytes[at++] = 0xe0 | code >> 12;
    bytes[at++] = 0x80 | code >> 6 & 63;
    bytes[at++] = 0x80 | code & 63;
  } else {
    bytes[at++] = 0xf0 | code >> 18;
    bytes[at++] = 0x80 | code >> 12 & 63;
    bytes[at++] = 0x80 | code >> 6 & 63;
    bytes[at++] = 0x80 | code & 63;
  }
  return at;
}
