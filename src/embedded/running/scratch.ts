/** Keys and values of single calls as bytes: those of texts in one buffer, for as long as the call takes. */

import { Slice } from "../../store/values/slice.ts";
import type { Data } from "../data.ts";

const encoder = new TextEncoder();
/** Bytes for encoded keys and values: three for each UTF-16 unit at most. */
const SCRATCH = 16 * 1024;
/** Characters that are copied one by one, if they are ASCII: the encoder's call costs more. */
const SHORT = 32;

/** The key and the value of a call. */
export class Scratch {
  readonly #bytes = new Uint8Array(SCRATCH);
  readonly #key = new Slice();
  readonly #value = new Slice();

  /** The key, until the next call. */
  key(data: Data): Slice {
    return this.#slice(this.#key, data, 0);
  }

  /** The value that comes with the last key, until the next call. */
  value(data: Data): Slice {
    const used = this.#key.bytes === this.#bytes ? this.#key.end : 0;
    return this.#slice(this.#value, data, used);
  }

  /** Points `slice` at the bytes of `data`: in the buffer from `at` on, if they fit. */
  #slice(slice: Slice, data: Data, at: number): Slice {
    if (typeof data !== "string") return slice.set(data, 0, data.length);
    if (3 * data.length > SCRATCH - at) {
      const bytes = encoder.encode(data);
      return slice.set(bytes, 0, bytes.length);
    }
    if (data.length <= SHORT && this.#copyAscii(data, at)) {
      return slice.set(this.#bytes, at, at + data.length);
    }
    const target = at === 0 ? this.#bytes : this.#bytes.subarray(at);
    const { written } = encoder.encodeInto(data, target);
    return slice.set(this.#bytes, at, at + written);
  }

  /** Copies a text into the buffer. @returns Whether it is ASCII, so that all of it is there. */
  #copyAscii(text: string, at: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at + i] = code;
    }
    return true;
  }
}
