/**
 * A command's arguments as slices of the buffer they arrived in. One object a session is filled
 * anew for each command, so that nothing is allocated per command; a slice is valid until its
 * command returns.
 *
 * @module
 */

import { type CommandError, err } from "../store/values/errors.ts";
import { Slice } from "../store/values/slice.ts";

export { Slice };

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);
/** Bytes for the texts that {@linkcode Arguments.fill} encodes. */
const SCRATCH = 16 * 1024;
/** Characters of a text that is encoded by a loop, if it is ASCII. */
const SHORT = 48;

/** Longest argument that is looked at as a text (an option, a name, a number), in bytes. */
export const MAX_TEXT: number = 64 * 1024;

/** The error for a text that is too long to be looked at. */
export const textTooLong = (length: number, limit: number): CommandError =>
  err(`an argument of ${length} bytes is too long here: the limit is ${limit}`);

/** The arguments of one command; index 0 is the command's name. */
export class Arguments {
  /** How many arguments there are, the name included. */
  count = 0;
  #slices: Slice[] = [];
  #scratch: Uint8Array = EMPTY;

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
    return this.#slices[index]!;
  }

  /**
   * The argument as a string; malformed UTF-8 becomes U+FFFD.
   *
   * @throws {CommandError} If it has more bytes than `limit`.
   */
  text(index: number, limit: number = MAX_TEXT): string {
    const slice = this.#slices[index]!;
    if (slice.length > limit) throw textTooLong(slice.length, limit);
    return decoder.decode(slice.bytes.subarray(slice.start, slice.end));
  }

  /** Whether the argument is `word`, an upper-case ASCII word, in any case. */
  is(index: number, word: string): boolean {
    const { bytes, start, end } = this.#slices[index]!;
    if (end - start !== word.length) return false;
    for (let i = 0; i < word.length; i++) {
      let byte = bytes[start + i]!;
      if (byte >= 0x61 && byte <= 0x7a) byte -= 32;
      if (byte !== word.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Fills the arguments from strings and byte arrays, as the embedded API does. */
  fill(values: readonly (string | Uint8Array)[]): void {
    if (this.#scratch === EMPTY) this.#scratch = new Uint8Array(SCRATCH);
    this.count = values.length;
    let used = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const slice = this.slot(i);
      if (typeof value === "string") used = this.#encode(slice, value, used);
      else slice.set(value, 0, value.length);
    }
  }

  /**
   * Encodes a text into the scratch buffer from `at` on, if it fits: an array of its own for each
   * argument would cost 0.3 µs.
   *
   * @returns The bytes of the scratch buffer that are taken now.
   */
  #encode(slice: Slice, text: string, at: number): number {
    const scratch = this.#scratch;
    const { length } = text;
    if (3 * length > scratch.length - at) {
      const bytes = encoder.encode(text);
      slice.set(bytes, 0, bytes.length);
      return at;
    }
    let end = at;
    if (length <= SHORT) {
      for (; end < at + length; end++) {
        const unit = text.charCodeAt(end - at);
        if (unit > 0x7f) break;
        scratch[end] = unit;
      }
    }
    if (end < at + length) end = at + encoder.encodeInto(text, scratch.subarray(at)).written;
    slice.set(scratch, at, end);
    return end;
  }

  /** The same arguments in bytes of their own, which stay when the buffer goes on. */
  copy(): Arguments {
    const copy = new Arguments();
    let size = 0;
    for (let i = 0; i < this.count; i++) size += this.#slices[i]!.length;
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let i = 0; i < this.count; i++) {
      const slice = this.#slices[i]!;
      slice.copyInto(bytes, at);
      copy.slot(i).set(bytes, at, at + slice.length);
      at += slice.length;
    }
    copy.count = this.count;
    return copy;
  }

  /** Bytes of the command as a client sends it: an array of bulk strings. */
  get encodedSize(): number {
    let size = HEADER + digits(this.count);
    for (let i = 0; i < this.count; i++) {
      const { length } = this.#slices[i]!;
      size += HEADER + digits(length) + length + 2;
    }
    return size;
  }

  /** Bytes of memory of the slices, those of earlier commands too. */
  get memory(): number {
    return SLICE * this.#slices.length;
  }

  /** Bytes of all arguments together. */
  get size(): number {
    let size = 0;
    for (let i = 0; i < this.count; i++) size += this.#slices[i]!.length;
    return size;
  }

  /**
   * Follows the bytes to another array or place, after their buffer was grown or compacted.
   *
   * @param filled How many slices point into the buffer.
   * @param by What is added to every position.
   */
  moved(bytes: Uint8Array, filled: number, by: number): void {
    for (let i = 0; i < filled; i++) {
      const slice = this.#slices[i]!;
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

/** Bytes of heap that a slice takes. */
const SLICE = 64;

/** Bytes of a header beside its digits: the type and the line's end. */
const HEADER = 3;

function digits(value: number): number {
  return value < 10 ? 1 : Math.floor(Math.log10(value)) + 1;
}
