/**
 * Output buffers that are used again: a fresh 64 KiB buffer for each flush costs a third of the
 * throughput (40 against 65 thousand replies a second). A buffer belongs to one client from its
 * first reply of a turn until the bytes are sent. One that a larger reply needs is of twice the size, or
 * of that as often as it takes, and is used again as well, while they are few.
 *
 * @module
 */

import type { Buffers } from "../../resp/writer.ts";

const SIZE = 16 * 1024, SIZE_BITS = 14;
const KEPT = 256;
/** The largest that is used again, and what those above the usual size take together. */
const LARGEST = 128 * 1024, KEPT_BYTES = 4 * 1024 * 1024;

/** A pool of buffers. */
export class BufferPool implements Buffers {
  readonly #free: Uint8Array[] = [];
  /** Larger ones, by how often they were doubled. */
  readonly #larger: Uint8Array[][] = [];
  #largerBytes = 0;

  /** A buffer of a size or more; its content is undefined. */
  take(size = SIZE): Uint8Array {
    if (size <= SIZE) return this.#free.pop() ?? new Uint8Array(SIZE);
    if (size > LARGEST) return new Uint8Array(size);
    const doubled = doublings(size);
    const buffer = this.#larger[doubled]?.pop();
    if (buffer === undefined) return new Uint8Array(SIZE << doubled);
    this.#largerBytes -= buffer.length;
    return buffer;
  }

  /** Gives a buffer back. One that was grown for a very large reply is let go. */
  give(buffer: Uint8Array): void {
    const { length } = buffer;
    if (length === SIZE) {
      if (this.#free.length < KEPT) this.#free.push(buffer);
      return;
    }
    if (length < SIZE || length > LARGEST || this.#largerBytes + length > KEPT_BYTES) return;
    const doubled = doublings(length);
    if (length !== SIZE << doubled) return;
    (this.#larger[doubled] ??= []).push(buffer);
    this.#largerBytes += length;
  }
}

/** How often the usual size is doubled to be at least another. */
function doublings(size: number): number {
  return 32 - Math.clz32((size - 1) >> SIZE_BITS);
}
