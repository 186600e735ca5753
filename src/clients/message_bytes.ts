import type { KeyBytes } from "../engine/changes.ts";
import { writeInteger } from "../store/values/integers.ts";
import { copyBytes, Slice } from "../store/values/slice.ts";

/** Bytes of the array that is kept between two uses, at most. */
const KEPT = 64 * 1024;

/** A name or a text put together out of pieces, in an array that is used again. */
export class MessageBytes {
  readonly #slice = new Slice(new Uint8Array(256), 0, 0);

  /** What was put together, valid until the next {@linkcode begin}. */
  get slice(): Slice {
    return this.#slice;
  }

  /** Begins anew. */
  begin(): this {
    const slice = this.#slice;
    if (slice.bytes.length > KEPT) slice.bytes = new Uint8Array(256);
    slice.end = 0;
    return this;
  }

  /** Begins the name of a channel of a database: `__name@db__:`. */
  channel(name: string, db: number): this {
    return this.begin().ascii("__").ascii(name).ascii("@").number(db).ascii("__:");
  }

  /** Adds bytes. */
  add({ bytes, start, end }: KeyBytes): this {
    const slice = this.#reserve(end - start);
    copyBytes(bytes, start, end, slice.bytes, slice.end);
    slice.end += end - start;
    return this;
  }

  /** Adds a text in ASCII. */
  ascii(text: string): this {
    const slice = this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) slice.bytes[slice.end++] = text.charCodeAt(i);
    return this;
  }

  /** Adds an integer's digits. */
  number(value: number): this {
    const slice = this.#reserve(20);
    slice.end = writeInteger(value, slice.bytes, slice.end);
    return this;
  }

  #reserve(size: number): Slice {
    const slice = this.#slice;
    if (slice.end + size > slice.bytes.length) {
      const grown = new Uint8Array(2 * (slice.end + size));
      grown.set(slice.bytes.subarray(0, slice.end));
      slice.bytes = grown;
    }
    return slice;
  }
}
