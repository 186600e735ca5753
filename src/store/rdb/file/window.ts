/** What has come of a file and has not been read. */

import { copyBytes } from "../../values/slice.ts";
import { RdbFileError } from "./error.ts";

/** The most that is held: a value is held whole. */
const LARGEST = 2 ** 32 - 1;
/** What is held on to when it is not needed. */
const KEPT_SIZE = 1 << 20;
const EMPTY = new Uint8Array(0);

/** A window on a file, whose bytes are the last chunk as long as nothing is left of those before it. */
export class Window {
  /** The array that the bytes are in. */
  bytes: Uint8Array = EMPTY;
  /** Index of the first byte. */
  start = 0;
  /** Index past the last. */
  end = 0;
  /** Where in the file the first byte is. */
  position = 0;
  #own: Uint8Array = EMPTY;

  /** How many bytes there are. */
  get size(): number {
    return this.end - this.start;
  }

  /** Takes a chunk behind what is there. */
  append(chunk: Uint8Array): void {
    if (this.size === 0) {
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    this.#hold(chunk.length);
    copyBytes(chunk, 0, chunk.length, this.bytes, this.end);
    this.end += chunk.length;
  }

  /** Passes over so many bytes. */
  consume(size: number): void {
    this.start += size;
    this.position += size;
  }

  /** Makes what is there independent of the last chunk. */
  keep(): void {
    if (this.size > 0) this.#hold(0);
    else if (this.#own.length > KEPT_SIZE) this.#own = EMPTY;
  }

  /** Brings what is there into an array of its own, with room behind it. */
  #hold(room: number): void {
    const { size } = this;
    if (size + room > LARGEST) {
      throw new RdbFileError(`a value of more than ${LARGEST} bytes`, this.position);
    }
    if (this.bytes === this.#own && this.end + room <= this.#own.length) return;
    const from = this.bytes;
    // Moving to the front of the same array is worth it only where that is seldom.
    if (from === this.#own ? 2 * (size + room) > from.length : size + room > this.#own.length) {
      this.#own = new Uint8Array(Math.min(LARGEST, 2 * (size + room)));
    }
    if (from === this.#own) from.copyWithin(0, this.start, this.end);
    else copyBytes(from, this.start, this.end, this.#own, 0);
    this.bytes = this.#own;
    this.start = 0;
    this.end = size;
  }
}
