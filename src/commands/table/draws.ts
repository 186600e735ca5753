/**
 * Random elements drawn with repetition, of which a client may ask for any number: HRANDFIELD,
 * SRANDMEMBER and ZRANDMEMBER with a negative count.
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";

/** Bytes that a reply of draws may have: what is more no client could take. */
const MOST_BYTES = 512 * 1024 * 1024;
/** Bytes of the shortest bulk string. */
const EMPTY_BULK = 6;

/** `value is out of range` */
export const drawsOutOfRange = () => err("value is out of range");

/** The reply to draws with repetition as it grows. */
export class DrawnReply {
  #bytes: number;

  /**
   * @param count How many elements it will have.
   * @throws {CommandError} If it cannot but be too large.
   */
  constructor(count: number) {
    this.#bytes = EMPTY_BULK * count;
    if (this.#bytes > MOST_BYTES) throw drawsOutOfRange();
  }

  /** Counts what an element adds to its reply. @throws {CommandError} If that is too large now. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MOST_BYTES) throw drawsOutOfRange();
  }
}
