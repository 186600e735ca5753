/** Commands as clients send them, in one array that grows. */

import type { Arguments } from "../../resp/arguments.ts";
import { writeInteger } from "../../store/values/integers.ts";

const FIRST_SIZE = 256;
/** Bytes of a buffer that is kept for the next commands. */
const KEPT_SIZE = 64 * 1024;
const STAR = 0x2a, DOLLAR = 0x24, CR = 0x0d, LF = 0x0a;

/** Writes commands one after the other. */
export class CommandBytes {
  /** How many there are. */
  count = 0;
  #bytes = new Uint8Array(FIRST_SIZE);
  #end = 0;

  /** The commands so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Bytes of them. */
  get size(): number {
    return this.#end;
  }

  /** Begins anew. The bytes before must have been read. */
  clear(): void {
    this.count = this.#end = 0;
    if (this.#bytes.length > KEPT_SIZE) this.#bytes = new Uint8Array(FIRST_SIZE);
  }

  /** Adds a command. */
  add(args: Arguments): void {
    this.count++;
    this.#reserve(args.encodedSize);
    this.#header(STAR, args.count);
    for (let i = 0; i < args.count; i++) {
      const slice = args.at(i);
      this.#header(DOLLAR, slice.length);
      slice.copyInto(this.#bytes, this.#end);
      this.#end += slice.length;
      this.#line();
    }
  }

  /** Adds a command that is a word alone. */
  addWord(word: string): void {
    this.count++;
    const bytes = encoder.encode(`*1\r\n$${word.length}\r\n${word}\r\n`);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #header(type: number, value: number): void {
    this.#bytes[this.#end++] = type;
    this.#end = writeInteger(value, this.#bytes, this.#end);
    this.#line();
  }

  #line(): void {
    this.#bytes[this.#end++] = CR;
    this.#bytes[this.#end++] = LF;
  }

  #reserve(size: number): void {
    const needed = this.#end + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(
      Math.max(needed, Math.min(2 * this.#bytes.length, needed + SPARE)),
    );
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

/** Bytes that are made room for beside what is needed, at most. */
const SPARE = 16 * 1024 * 1024;

const encoder = new TextEncoder();
