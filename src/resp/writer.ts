/**
 * Writes replies as RESP2 or RESP3 straight into one buffer, which grows as needed. Whoever owns
 * the connection sends the bytes and gives the writer a buffer to go on with.
 *
 * @module
 */

import { writeInteger } from "../store/values/integers.ts";
import { copyBytes } from "../store/values/slice.ts";
import { formatDouble } from "./double.ts";
import type { ByteSource, Reply } from "./reply.ts";

const encoder = new TextEncoder();

/** Bytes a header takes at most: a type, 20 digits, a line end. */
const HEADER = 24;
/** Characters of a text that is written one by one. */
const SHORT_TEXT = 64;
const CR = 0x0d, LF = 0x0a;
const COLON = 0x3a, DOLLAR = 0x24, STAR = 0x2a;
const UNDERSCORE = 0x5f, PERCENT = 0x25, TILDE = 0x7e, GREATER = 0x3e, EQUALS = 0x3d;
const BAR = 0x7c;

/** Where buffers come from, and where they go to when they are not used any more. */
export interface Buffers {
  /** A buffer of a size or more; its content is undefined. */
  take(size: number): Uint8Array;
  /** Takes a buffer that nobody else has. */
  give(buffer: Uint8Array): void;
}

/** A reply writer of one client. */
export class RespWriter implements Reply {
  /** 2 or 3: which RESP the client speaks. */
  protocol: 2 | 3 = 2;
  /** What is written so far: `bytes[0, end)`. */
  bytes: Uint8Array;
  /** Index past the last byte written. */
  end = 0;
  /** Bytes that were taken away from the front: with an index, a place that stays. */
  sent = 0;
  /** Error replies written so far. */
  errors = 0;
  /** The last error reply written. */
  lastError = "";

  readonly #buffers: Buffers | undefined;

  /** @param size Bytes of the first buffer. @param buffers Whose larger ones are to be used. */
  constructor(size = 0, buffers?: Buffers) {
    this.bytes = new Uint8Array(size);
    this.#buffers = buffers;
  }

  /** Makes room for `size` bytes more. */
  reserve(size: number): void {
    if (this.end + size <= this.bytes.length) return;
    const { bytes } = this;
    const wanted = Math.max(1024, 2 * bytes.length, this.end + size);
    const grown = this.#buffers?.take(wanted) ?? new Uint8Array(wanted);
    grown.set(bytes.subarray(0, this.end));
    this.bytes = grown;
    this.#buffers?.give(bytes);
  }

  /** `+OK`. */
  ok(): void {
    this.reserve(5);
    const { bytes, end } = this;
    bytes[end] = 0x2b;
    bytes[end + 1] = 0x4f;
    bytes[end + 2] = 0x4b;
    bytes[end + 3] = CR;
    bytes[end + 4] = LF;
    this.end = end + 5;
  }

  /** A simple string. */
  status(text: string): void {
    this.#line(0x2b, text);
  }

  /**
   * An error reply. Its characters are bytes (codes below 256), for errors repeat what clients sent;
   * line breaks become spaces, as the protocol has no way to say them.
   */
  error(message: string): void {
    this.errors++;
    this.lastError = message;
    this.#line(0x2d, message);
  }

  #line(type: number, text: string): void {
    this.reserve(text.length + 3);
    const { bytes } = this;
    let end = this.end;
    bytes[end++] = type;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      // No character may end the line, whatever it is cut down to.
      bytes[end++] = code === CR || code === LF ? 0x20 : code > 0xff ? 0x3f : code;
    }
    this.end = end;
    this.#lineEnd();
  }

  #lineEnd(): void {
    this.bytes[this.end++] = CR;
    this.bytes[this.end++] = LF;
  }

  #header(type: number, value: number | bigint): void {
    this.reserve(HEADER);
    const bytes = this.bytes;
    let end = this.end;
    bytes[end++] = type;
    if (typeof value === "number" && value >= 0 && value < 10) bytes[end++] = 0x30 + value;
    else end = writeInteger(value, bytes, end);
    bytes[end] = CR;
    bytes[end + 1] = LF;
    this.end = end + 2;
  }

  /** An integer. */
  integer(value: number | bigint): void {
    this.#header(COLON, value);
  }

  /** A bulk string out of `source[start, end)`. */
  bulk(source: Uint8Array, start = 0, end: number = source.length): void {
    this.reserve(HEADER + end - start + 2);
    this.#header(DOLLAR, end - start);
    copyBytes(source, start, end, this.bytes, this.end);
    this.end += end - start;
    this.#lineEnd();
  }

  /** Bulk strings that are bytes already: `source[start, end)`. */
  bulks(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(source, start, end, this.bytes, this.end);
    this.end += end - start;
  }

  /** A bulk string out of a source. */
  value(source: ByteSource): void {
    const { length } = source;
    this.reserve(HEADER + length + 2);
    this.#header(DOLLAR, length);
    source.copyInto(this.bytes, this.end, length);
    this.end += length;
    this.#lineEnd();
  }

  /** A bulk string out of a JavaScript string. A short one in ASCII needs no array of its own. */
  text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT) return this.bulk(encoder.encode(value));
    const start = this.end;
    this.reserve(HEADER + length + 2);
    this.#header(DOLLAR, length);
    const { bytes } = this;
    let end = this.end;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.end = start;
        return this.bulk(encoder.encode(value));
      }
      bytes[end++] = unit;
    }
    this.end = end;
    this.#lineEnd();
  }

  /** The null bulk string; RESP3 null. */
  null(): void {
    this.reserve(5);
    const { bytes } = this;
    if (this.protocol === 3) {
      bytes[this.end++] = UNDERSCORE;
    } else {
      bytes[this.end++] = DOLLAR;
      bytes[this.end++] = 0x2d;
      bytes[this.end++] = 0x31;
    }
    this.#lineEnd();
  }

  /** The null array; RESP3 null. */
  nullArray(): void {
    if (this.protocol === 3) this.null();
    else this.#line(STAR, "-1");
  }

  /** An array header. */
  array(length: number): void {
    this.#header(STAR, length);
  }

  /** A map header. */
  map(length: number): void {
    if (this.protocol === 3) this.#header(PERCENT, length);
    else this.#header(STAR, 2 * length);
  }

  /** A set header. */
  set(length: number): void {
    this.#header(this.protocol === 3 ? TILDE : STAR, length);
  }

  /** A push header. */
  push(length: number): void {
    this.#header(this.protocol === 3 ? GREATER : STAR, length);
  }

  /** A floating-point number. */
  double(value: number): void {
    this.decimal(formatDouble(value));
  }

  /** A floating-point number that is digits already. */
  decimal(digits: string): void {
    if (this.protocol === 3) this.#line(0x2c, digits);
    else this.text(digits);
  }

  /** An integer of any size, as its digits. */
  bigNumber(digits: string): void {
    if (this.protocol === 3) this.#line(0x28, digits);
    else this.text(digits);
  }

  /** A boolean. */
  boolean(value: boolean): void {
    if (this.protocol === 3) this.#line(0x23, value ? "t" : "f");
    else this.integer(value ? 1 : 0);
  }

  /** A verbatim string. */
  verbatim(format: string, text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    if (this.protocol !== 3) return this.bulk(bytes);
    const kind = encoder.encode(`${format}:`);
    const size = kind.length + bytes.length;
    this.reserve(HEADER + size + 2);
    this.#header(EQUALS, size);
    copyBytes(kind, 0, kind.length, this.bytes, this.end);
    copyBytes(bytes, 0, bytes.length, this.bytes, this.end + kind.length);
    this.end += size;
    this.#lineEnd();
  }

  /** An attribute header. @returns Whether the protocol has attributes. */
  attribute(length: number): boolean {
    if (this.protocol === 3) this.#header(BAR, length);
    return this.protocol === 3;
  }

  /** Starts an array whose length is known only later. */
  beginArray(): number {
    this.reserve(HEADER);
    const mark = this.end;
    this.end += HEADER;
    return mark;
  }

  /** Ends the array, or map, begun at `mark`: its header goes before the replies, which close up to it. */
  endArray(mark: number, length: number, asMap = false): void {
    const replies = mark + HEADER;
    const end = this.end;
    this.end = mark;
    this.#header(asMap && this.protocol === 3 ? PERCENT : STAR, length);
    this.bytes.copyWithin(this.end, replies, end);
    this.end += end - replies;
  }

  /** Adds replies that are bytes already. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }
}
