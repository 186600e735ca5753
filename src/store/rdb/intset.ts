/**
 * Intsets: the width of an integer (2, 4 or 8), their number (four bytes each), and the integers,
 * little endian, in ascending order.
 *
 * @module
 */

import type { Slice } from "../values/slice.ts";
import { badDataFormat } from "./format.ts";
import { Packed } from "./packed.ts";
import { type Piece, readInteger, readUint32 } from "./piece.ts";

/** Size of the header in bytes. */
export const INTSET_HEADER_SIZE = 8;

/** A walk over the integers of an intset. */
export class Intset extends Packed {
  readonly #width: number;
  #before: number | bigint = -Infinity;

  /** Checks the header. */
  constructor(blob: Slice) {
    super(blob);
    const { bytes, start } = blob;
    if (blob.length < INTSET_HEADER_SIZE) throw badDataFormat();
    this.#width = readUint32(bytes, start);
    if (
      (this.#width !== 2 && this.#width !== 4 && this.#width !== 8) ||
      blob.length !== INTSET_HEADER_SIZE + readUint32(bytes, start + 4) * this.#width
    ) throw badDataFormat();
    this.at = start + INTSET_HEADER_SIZE;
  }

  /** Checks and reads the next entry. */
  override next(into: Piece): boolean {
    if (this.at === this.end) return false;
    const value = readInteger(this.bytes, this.at, this.#width);
    if (value <= this.#before) throw badDataFormat();
    this.#before = value;
    this.position = this.at;
    this.at += this.#width;
    into.setInteger(value);
    return true;
  }

  /** Reads an entry again. */
  override read(position: number, into: Piece): void {
    into.setLittleEndian(this.bytes, position, this.#width);
  }
}
