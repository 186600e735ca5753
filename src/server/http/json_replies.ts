/**
 * RESP2 replies as JSON. They become bytes, not strings: a value of hundreds of megabytes would take as
 * much of V8's heap, which ends the process when it is full.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { copyBytes, latin1 } from "../../store/values/slice.ts";
import { lengthAt } from "./reply_scanner.ts";

const LF = 0x0a, PLUS = 0x2b, MINUS = 0x2d, COLON = 0x3a, DOLLAR = 0x24, STAR = 0x2a;
const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, OPEN = 0x5b, CLOSE = 0x5d, END = 0x7d;
const SPACE = 0x20, DELETE = 0x7f;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const RESULT = encoder.encode('{"result":'), ERROR = encoder.encode('{"error":');
const NULL = encoder.encode("null"), OK = encoder.encode('"OK"');

/** Bytes of a text that are looked at in one go: a multiple of three, for base64. */
const PIECE = 48 * 1024;
const FIRST_SIZE = 512;
/** Bytes of a UTF-16 unit at most. */
const UTF8_BYTES = 3;

/** How texts are shown: as such, or in base64, which keeps every byte. */
export type TextForm = "text" | "base64";

/** Reads complete replies one after the other, and writes what they are in JSON. */
export class JsonReplies {
  readonly #replies: Uint8Array;
  readonly #base64: boolean;
  /** Where the next reply begins. */
  #at = 0;
  #bytes = new Uint8Array(FIRST_SIZE);
  #end = 0;

  constructor(replies: Uint8Array, form: TextForm) {
    this.#replies = replies;
    this.#base64 = form === "base64";
  }

  /** What is written. */
  get json(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Whether the next reply is an error. */
  get isError(): boolean {
    return this.#replies[this.#at] === MINUS;
  }

  /** Writes the next reply as the object `{"result":…}` or `{"error":…}`. */
  next(): void {
    if (this.isError) {
      this.#add(ERROR);
      this.#value();
    } else {
      this.#add(RESULT);
      this.#result();
    }
    this.#byte(END);
  }

  /** Writes all that are left as an array of objects. */
  all(): void {
    this.#byte(OPEN);
    for (let first = true; this.#at < this.#replies.length; first = false) {
      if (!first) this.#byte(COMMA);
      this.next();
    }
    this.#byte(CLOSE);
  }

  /** Writes what the next reply is an array of as an array of objects. @returns False if it is none. */
  elements(): boolean {
    const replies = this.#replies;
    if (replies[this.#at] !== STAR) return false;
    const count = lengthAt(replies, this.#at + 1);
    if (count < 0) return false;
    this.#at = replies.indexOf(LF, this.#at) + 1;
    this.#byte(OPEN);
    for (let i = 0; i < count; i++) {
      if (i > 0) this.#byte(COMMA);
      this.next();
    }
    this.#byte(CLOSE);
    return true;
  }

  /** Passes over the next reply, and writes nothing. @returns The message if it is an error. */
  skip(): string | undefined {
    const { isError } = this;
    const value = this.value();
    return isError ? String(value) : undefined;
  }

  /** The next reply as a value, of which nothing is written; of an error its message. */
  value(): unknown {
    const start = this.#end;
    this.#value();
    const text = decoder.decode(this.#bytes.subarray(start, this.#end));
    this.#end = start;
    return JSON.parse(text);
  }

  /** A status is shown as it is, for so clients expect it. Within an array they do not. */
  #result(): void {
    const replies = this.#replies;
    if (this.#base64 && replies[this.#at] === PLUS) {
      const lineEnd = replies.indexOf(LF, this.#at);
      if (latin1(replies, this.#at + 1, lineEnd - 1) === "OK") {
        this.#at = lineEnd + 1;
        return this.#add(OK);
      }
    }
    this.#value();
  }

  #value(): void {
    const replies = this.#replies;
    const type = replies[this.#at];
    const start = this.#at + 1;
    const lineEnd = replies.indexOf(LF, start);
    this.#at = lineEnd + 1;
    switch (type) {
      case PLUS:
        return this.#text(start, lineEnd - 1, this.#base64);
      case MINUS:
        return this.#text(start, lineEnd - 1, false);
      case COLON:
        return this.#copy(start, lineEnd - 1);
      case DOLLAR: {
        const length = lengthAt(replies, start);
        if (length < 0) return this.#add(NULL);
        const from = this.#at;
        this.#at += length + 2;
        return this.#text(from, from + length, this.#base64);
      }
      case STAR: {
        const count = lengthAt(replies, start);
        if (count < 0) return this.#add(NULL);
        this.#byte(OPEN);
        for (let i = 0; i < count; i++) {
          if (i > 0) this.#byte(COMMA);
          this.#value();
        }
        return this.#byte(CLOSE);
      }
    }
    throw new TypeError(`a reply of RESP2 has no type ${type}`);
  }

  #text(start: number, end: number, base64: boolean): void {
    this.#byte(QUOTE);
    const pieces = end - start <= PIECE ? decoder : new TextDecoder("utf-8", { ignoreBOM: true });
    for (let from = start; from < end; from += PIECE) {
      const to = Math.min(from + PIECE, end);
      // No character that has begun goes on here.
      const isNew = from === start || this.#replies[from - 1]! < 0x80;
      if (base64) this.#encode(base64Of(this.#replies.subarray(from, to)), 1);
      else if (isNew && isPlain(this.#replies, from, to)) this.#copy(from, to);
      else this.#escape(pieces, from, to, to < end);
    }
    this.#byte(QUOTE);
  }

  /** @param stream Whether a character may go on after the bytes. */
  #escape(pieces: TextDecoder, from: number, to: number, stream: boolean): void {
    const text = pieces.decode(this.#replies.subarray(from, to), { stream });
    this.#encode(JSON.stringify(text).slice(1, -1), UTF8_BYTES);
  }

  /** @param each Bytes of a character at most. */
  #encode(text: string, each: number): void {
    this.#reserve(each * text.length);
    this.#end += encoder.encodeInto(text, this.#bytes.subarray(this.#end)).written;
  }

  #copy(from: number, to: number): void {
    this.#reserve(to - from);
    copyBytes(this.#replies, from, to, this.#bytes, this.#end);
    this.#end += to - from;
  }

  #add(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    copyBytes(bytes, 0, bytes.length, this.#bytes, this.#end);
    this.#end += bytes.length;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = byte;
  }

  #reserve(size: number): void {
    const needed = this.#end + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

const base64Of = ({ buffer, byteOffset, length }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, length).toString("base64");

/** Whether a text is in JSON what it is by itself. */
function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte < SPACE || byte >= DELETE || byte === QUOTE || byte === BACKSLASH) return false;
  }
  return true;
}
