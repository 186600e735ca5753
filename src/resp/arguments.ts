/**
 * A command's arguments as slices of the buffer they arrived in. One object a session is filled
 * anew for each command, so that nothing is allocated per command; a slice is valid until its
 * command returns.
 *
 * @module
 */

import { Slice } from "../store/slice.ts";

export { Slice };

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

/** The arguments of one command; index 0 is the command's name. */
export class Arguments {
  /** How many arguments there are, the name included. */
  count = 0;
  #slices: Slice[] = [];

  /** The slice at `index`, for the parser to fill. Grows the pool when needed. */
  slot(index: number): Slice {
    let slice = this.#slices[index];
    if (slice === undefined) {
      slice = new Slice();
      this.#slices[index] = slice;
    }
    return slice;
  }

  /** The argument at `index`, which must be below {@linkcode count}. */
  at(index: number): Slice {
    return this.#slices[index];
  }

  /** The argument as a string; malformed UTF-8 becomes U+FFFD. */
  text(index: number): string {
    const slice = this.#slices[index];
    return decoder.decode(slice.bytes.subarray(slice.start, slice.end));
  }

  /** Whether the argument is `word`, an upper-case ASCII word, in any case. */
  is(index: number, word: string): boolean {
    const { bytes, start, end } = this.#slices[index];
    if (end - start !== word.length) return false;
    for (let i = 0; i < word.length; i++) {
      let byte = bytes[start + i];
      if (byte >= 0x61 && byte <= 0x7a) byte -= 32;
      if (byte !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Fills the arguments from strings and byte arrays, as the embedded API does. */
  fill(values: readonly (string | Uint8Array)[]): void {
    this.count = values.length;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const bytes = typeof value === "string" ? encoder.encode(value) : value;
      this.slot(i).set(bytes, 0, bytes.length);
    }
  }

  /**
   * Follows the bytes to another array or place, after their buffer was grown or compacted.
   *
   * @param filled How many slices point into the buffer.
   * @param by What is added to every position.
   */
  moved(bytes: Uint8Array, filled: number, by: number): void {
    for (let i = 0; i < filled; i++) {
      const slice = this.#slices[i];
      slice.bytes = bytes;
      slice.start += by;
      slice.end += by;
    }
  }

  /** Lets go of the buffers the slices point into, and of a pool grown past `keep` slices. */
  release(keep = 64): void {
    if (this.#slices.length > keep) this.#slices.length = keep;
    for (const slice of this.#slices) slice.set(EMPTY, 0, 0);
    this.count = 0;
  }
}
