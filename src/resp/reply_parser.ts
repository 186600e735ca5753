/**
 * Parses what a server answers in RESP2. Incremental: what is not complete is parsed again from its
 * beginning when more has come, but for the bytes of a long string.
 *
 * @module
 */

import { ProtocolError } from "./parser.ts";

/** A server's answer. */
export type ServerReply =
  | { readonly type: "status"; readonly text: string }
  | { readonly type: "error"; readonly text: string }
  | { readonly type: "integer"; readonly value: number }
  | { readonly type: "bulk"; readonly bytes: Uint8Array }
  | { readonly type: "array"; readonly items: readonly ServerReply[] }
  | { readonly type: "null" };

const LF = 0x0a;
const decoder = new TextDecoder();

/** Parses the answers of one connection. */
export class ReplyParser {
  #bytes = new Uint8Array(4096);
  #start = 0;
  #end = 0;
  #at = 0;
  /** Bytes without which the next answer is not complete. */
  #needed = 1;

  /** What has come and was not taken; valid until more comes. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Passes over so many bytes of the rest. */
  skip(size: number): void {
    this.#start += size;
    this.#needed = 1;
  }

  /** Takes bytes in. */
  append(chunk: Uint8Array): void {
    const left = this.#end - this.#start;
    if (this.#end + chunk.length > this.#bytes.length) {
      const room = left + chunk.length;
      const bytes = room > this.#bytes.length || 2 * room > this.#bytes.length
        ? new Uint8Array(2 * room)
        : this.#bytes;
      if (bytes === this.#bytes) bytes.copyWithin(0, this.#start, this.#end);
      else bytes.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = bytes;
      this.#start = 0;
      this.#end = left;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next answer, if it is complete. Its bytes are its own. @throws {ProtocolError} */
  next(): ServerReply | undefined {
    if (this.#end - this.#start < this.#needed) return undefined;
    this.#at = this.#start;
    const reply = this.#reply();
    if (reply !== undefined) {
      this.#start = this.#at;
      this.#needed = 1;
    }
    return reply;
  }

  #reply(): ServerReply | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const text = line.slice(1);
    switch (line[0]) {
      case "+":
        return { type: "status", text };
      case "-":
        return { type: "error", text };
      case ":":
        return { type: "integer", value: Number(text) };
      case "$":
        return this.#bulk(lengthOf(text));
      case "*":
        return this.#array(lengthOf(text));
      default:
        throw new ProtocolError(`no answer of a server begins with "${line.slice(0, 20)}"`);
    }
  }

  #line(): string | undefined {
    const newline = this.#bytes.subarray(0, this.#end).indexOf(LF, this.#at);
    if (newline < 0) {
      this.#needed = this.#end - this.#start + 1;
      return undefined;
    }
    const line = decoder.decode(this.#bytes.subarray(this.#at, newline)).replace(/\r$/, "");
    this.#at = newline + 1;
    return line;
  }

  #bulk(length: number): ServerReply | undefined {
    if (length < 0) return { type: "null" };
    const end = this.#at + length;
    if (end + 2 > this.#end) {
      this.#needed = end + 2 - this.#start;
      return undefined;
    }
    const bytes = this.#bytes.slice(this.#at, end);
    this.#at = end + 2;
    return { type: "bulk", bytes };
  }

  #array(length: number): ServerReply | undefined {
    if (length < 0) return { type: "null" };
    const items: ServerReply[] = [];
    while (items.length < length) {
      const item = this.#reply();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { type: "array", items };
  }
}

function lengthOf(text: string): number {
  const length = Number(text);
  if (!Number.isSafeInteger(length)) throw new ProtocolError(`"${text}" is no length`);
  return length;
}
