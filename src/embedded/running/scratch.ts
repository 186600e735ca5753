/** Keys and values of single calls as bytes: those of texts in a buffer each, for as long as the call takes. */

import { Slice } from "../../store/values/slice.ts";
import type { Data } from "../data.ts";

const encoder = new TextEncoder();
/** Bytes for an encoded key or value: three for each UTF-16 unit at most. */
const SCRATCH = 16 * 1024;
/** Characters that are copied one by one, if they are ASCII: the encoder's call costs more. */
const SHORT = 32;

/** The key and the value of a call. */
export class Scratch {
  readonly #keyBytes = new Uint8Array(SCRATCH);
  readonly #valueBytes = new Uint8Array(SCRATCH);
  readonly #key = new Slice();
  readonly #value = new Slice();

  /** The key, until the next call. */
  key(data: Data): Slice {
    return sliceOf(this.#key, data, this.#keyBytes);
  }

  /** The value that comes with the last key, until the next call. */
  value(data: Data): Slice {
    return sliceOf(this.#value, data, this.#valueBytes);
  }
}

/** Points `slice` at the bytes of `data`: in the buffer, if they fit. */
function sliceOf(slice: Slice, data: Data, buffer: Uint8Array): Slice {
  if (typeof data !== "string") return slice.set(data, 0, data.length);
  const { length } = data;
  if (3 * length > SCRATCH) {
    const bytes = encoder.encode(data);
    return slice.set(bytes, 0, bytes.length);
  }
  if (length <= SHORT && copyAscii(data, buffer)) return slice.set(buffer, 0, length);
  return slice.set(buffer, 0, encoder.encodeInto(data, buffer).written);
}

/** Copies a text into a buffer. @returns Whether it is ASCII, so that all of it is there. */
function copyAscii(text: string, buffer: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    buffer[i] = code;
  }
  return true;
}
