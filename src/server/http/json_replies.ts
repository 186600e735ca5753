/** RESP2 replies as JSON. */

import { latin1 } from "../../store/values/slice.ts";
import { lengthAt } from "./reply_scanner.ts";

const LF = 0x0a, PLUS = 0x2b, MINUS = 0x2d, COLON = 0x3a, DOLLAR = 0x24, STAR = 0x2a;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How texts are shown: as such, or in base64, which keeps every byte. */
export type TextForm = "text" | "base64";

/** Reads complete replies, one after the other. */
export class JsonReplies {
  readonly #bytes: Uint8Array;
  readonly #base64: boolean;
  #at = 0;

  constructor(bytes: Uint8Array, form: TextForm) {
    this.#bytes = bytes;
    this.#base64 = form === "base64";
  }

  /** Whether the next reply is an error. */
  get isError(): boolean {
    return this.#bytes[this.#at] === MINUS;
  }

  /** The next reply as the object `{"result":…}` or `{"error":…}`. */
  next(): string {
    return this.isError ? `{"error":${this.#value()}}` : `{"result":${this.#result()}}`;
  }

  /** All that are left, each as an object. */
  all(): string {
    let json = "[";
    while (this.#at < this.#bytes.length) json += json === "[" ? this.next() : "," + this.next();
    return json + "]";
  }

  /** The replies that the next one is an array of, each as an object; undefined if it is none. */
  elements(): string | undefined {
    if (this.#bytes[this.#at] !== STAR) return undefined;
    const count = lengthAt(this.#bytes, this.#at + 1);
    if (count < 0) return undefined;
    this.#at = this.#bytes.indexOf(LF, this.#at) + 1;
    let json = "[";
    for (let i = 0; i < count; i++) json += (i === 0 ? "" : ",") + this.next();
    return json + "]";
  }

  /** The next reply as a value; of an error its message. */
  value(): unknown {
    return JSON.parse(this.#value());
  }

  /** Passes over the next reply. @returns The message if it is an error. */
  skip(): string | undefined {
    if (!this.isError) {
      this.#value();
      return undefined;
    }
    return JSON.parse(this.#value());
  }

  /** A status is shown as it is, for so clients expect it. Within an array they do not. */
  #result(): string {
    const bytes = this.#bytes;
    if (!this.#base64 || bytes[this.#at] !== PLUS) return this.#value();
    const lineEnd = bytes.indexOf(LF, this.#at);
    const status = latin1(bytes, this.#at + 1, lineEnd - 1);
    if (status !== "OK") return this.#value();
    this.#at = lineEnd + 1;
    return '"OK"';
  }

  #value(): string {
    const bytes = this.#bytes;
    const type = bytes[this.#at];
    const start = this.#at + 1;
    const lineEnd = bytes.indexOf(LF, start);
    this.#at = lineEnd + 1;
    switch (type) {
      case PLUS:
        return this.#text(start, lineEnd - 1);
      case MINUS:
        return JSON.stringify(decoder.decode(bytes.subarray(start, lineEnd - 1)));
      case COLON:
        return latin1(bytes, start, lineEnd - 1);
      case DOLLAR: {
        const length = lengthAt(bytes, start);
        if (length < 0) return "null";
        const from = this.#at;
        this.#at += length + 2;
        return this.#text(from, from + length);
      }
      case STAR: {
        const count = lengthAt(bytes, start);
        if (count < 0) return "null";
        let json = "[";
        for (let i = 0; i < count; i++) json += i === 0 ? this.#value() : "," + this.#value();
        return json + "]";
      }
    }
    throw new TypeError(`a reply of RESP2 has no type ${type}`);
  }

  #text(start: number, end: number): string {
    const bytes = this.#bytes.subarray(start, end);
    return this.#base64 ? `"${bytes.toBase64()}"` : JSON.stringify(decoder.decode(bytes));
  }
}
