/** What a client has sent and the parser has not done with. */

import type { Parser } from "../../resp/parser.ts";

/** Sizes in bytes: at first, as long as reads are small, and at most between commands. */
const SMALL = 4 * 1024;
const LARGE = 64 * 1024;

/** The input buffer of one client. */
export class InputBuffer {
  /** The bytes received are `bytes[0, end)`. */
  bytes = new Uint8Array(SMALL);
  /** Index past the last byte received. */
  end = 0;

  /** Where the next read goes. */
  room(): Uint8Array {
    return this.end === 0 ? this.bytes : this.bytes.subarray(this.end);
  }

  /**
   * Makes room for the next read: moves what is left to the front, or gets a larger buffer.
   *
   * @param sparingly Whether it gets no larger than a command asks for.
   */
  makeRoom(parser: Parser, sparingly = false): void {
    const length = this.bytes.length;
    const large = sparingly ? SMALL : LARGE;
    if (parser.position === this.end && parser.commandStart === parser.position) {
      // Everything is done with. A read that filled the buffer asks for a larger one.
      const full = this.end === length;
      parser.moved(this.bytes, -parser.position);
      this.end = 0;
      if ((full && length < large) || length > large) this.bytes = new Uint8Array(large);
      return;
    }
    const start = parser.commandStart;
    const left = this.end - start;
    if (length - this.end >= SMALL && start < length / 2) return;
    // A half-read command wants the rest of its bulk string, but gets it only as it comes.
    const target = left + SMALL > length ? new Uint8Array(Math.max(2 * length, large)) : this.bytes;
    if (target === this.bytes) target.copyWithin(0, start, this.end);
    else target.set(this.bytes.subarray(start, this.end));
    this.bytes = target;
    this.end = left;
    parser.moved(target, -start);
  }
}
