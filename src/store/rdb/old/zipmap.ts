/**
 * Zipmaps, the small hashes of Redis before 2.6: the number of fields (254 or more for unknown), then
 * for each field its length, itself, its value's length, a byte that says how many unused bytes are
 * behind the value, the value; and a byte 255. A length is a byte, or 254 and four bytes.
 *
 * @module
 */

import type { Slice } from "../../values/slice.ts";
import { badDataFormat } from "../format.ts";
import { Packed } from "../packed.ts";
import { type Piece, readUint32 } from "../piece.ts";

const END = 0xff;
const LONG_LENGTH = 0xfe;

/** A walk over fields and values in turn. */
export class Zipmap extends Packed {
  #fields = 0;
  #valueNext = false;

  /** Checks the last byte. */
  constructor(blob: Slice) {
    super(blob);
    if (blob.length < 2 || this.bytes[this.end - 1] !== END) throw badDataFormat();
    this.at = this.start + 1;
  }

  /** Checks and reads the next entry. */
  override next(into: Piece): boolean {
    if (!this.#valueNext && this.bytes[this.at] === END) {
      const claimed = this.bytes[this.start];
      if (claimed !== LONG_LENGTH && claimed !== this.#fields) throw badDataFormat();
      return false;
    }
    this.position = this.at;
    const unusedWidth = this.#valueNext ? 1 : 0;
    let past = this.#decode(this.at, unusedWidth, into);
    if (this.#valueNext) past += this.bytes[into.start - 1]!;
    else this.#fields++;
    if (past > this.end - 1) throw badDataFormat();
    this.#valueNext = !this.#valueNext;
    this.at = past;
    return true;
  }

  /** Reads an entry again. */
  override read(position: number, into: Piece): void {
    this.#decode(position, 0, into);
  }

  /** Reads a length, passes over so many bytes, reads the string, and returns the index past it. */
  #decode(at: number, gap: number, into: Piece): number {
    const long = this.bytes[at]! >= LONG_LENGTH;
    const start = at + (long ? 5 : 1) + gap;
    if (start > this.end - 1) throw badDataFormat();
    const length = long ? readUint32(this.bytes, at + 1) : this.bytes[at]!;
    if ((long && length < LONG_LENGTH) || length > this.end - 1 - start) throw badDataFormat();
    into.set(this.bytes, start, start + length);
    return start + length;
  }
}
