/**
 * Ziplists, which listpacks replaced in Redis 7.0: a header of the size, the offset of the last entry
 * (four bytes each) and the number of entries (two, 65535 for unknown), the entries, and a byte 255.
 * An entry begins with the size of the one before it: a byte, or 254 and four bytes.
 *
 * @module
 */

import type { Slice } from "../../values/slice.ts";
import { badDataFormat } from "../format.ts";
import { Packed } from "../packed.ts";
import { type Piece, readUint32 } from "../piece.ts";

const HEADER_SIZE = 10;
const END = 0xff;
const UNKNOWN_COUNT = 0xffff;
const LONG_SIZE_BEFORE = 0xfe;

/** A walk over the entries of a ziplist, each of which is checked before it is given. */
export class Ziplist extends Packed {
  /** Number of entries the header claims. */
  readonly #claimed: number;
  #count = 0;
  /** Size of the entry given last. */
  #sizeBefore = 0;

  /** Checks the header and the last byte. */
  constructor(blob: Slice) {
    super(blob);
    const { bytes, start, end } = blob;
    const size = end - start;
    if (
      size < HEADER_SIZE + 1 || readUint32(bytes, start) !== size || bytes[end - 1] !== END ||
      readUint32(bytes, start + 4) > size - 1
    ) throw badDataFormat();
    this.#claimed = bytes[start + 8]! | (bytes[start + 9]! << 8);
    this.at = start + HEADER_SIZE;
  }

  /** Checks and reads the next entry. */
  override next(into: Piece): boolean {
    const { bytes, at } = this;
    if (at === this.end - 1) {
      const tail = this.start + readUint32(bytes, this.start + 4);
      if (
        (this.#claimed !== UNKNOWN_COUNT && this.#claimed !== this.#count) ||
        (this.#count > 0 && tail !== this.position)
      ) throw badDataFormat();
      return false;
    }
    let sizeBefore = bytes[at];
    if (sizeBefore === END) throw badDataFormat();
    if (sizeBefore === LONG_SIZE_BEFORE) {
      this.#require(at, 5);
      sizeBefore = readUint32(bytes, at + 1);
    }
    if (sizeBefore !== this.#sizeBefore) throw badDataFormat();
    this.position = at;
    this.#sizeBefore = this.#decode(at, into);
    this.at = at + this.#sizeBefore;
    this.#count++;
    return true;
  }

  /** Reads an entry again. */
  override read(position: number, into: Piece): void {
    this.#decode(position, into);
  }

  /** Reads an entry and returns its size. */
  #decode(entry: number, into: Piece): number {
    const prefix = this.bytes[entry] === LONG_SIZE_BEFORE ? 5 : 1;
    this.#require(entry, prefix + 1);
    return prefix + this.#content(entry + prefix, into);
  }

  /** Reads an entry from its encoding byte on and returns how many bytes that is. */
  #content(at: number, into: Piece): number {
    const { bytes } = this;
    const first = bytes[at]!;
    if (first < 0x40) return this.#string(at, 1, first, into);
    if (first < 0x80) {
      this.#require(at, 2);
      return this.#string(at, 2, ((first & 0x3f) << 8) | bytes[at + 1]!, into);
    }
    if (first < 0xc0) {
      this.#require(at, 5);
      const high = (bytes[at + 1]! << 24) | (bytes[at + 2]! << 16);
      return this.#string(at, 5, (high | (bytes[at + 3]! << 8) | bytes[at + 4]!) >>> 0, into);
    }
    if (first > 0xf0 && first < 0xfe) {
      into.setInteger(first - 0xf1);
      return 1;
    }
    const width = INTEGER_WIDTHS.get(first);
    if (width === undefined) throw badDataFormat();
    this.#require(at, 1 + width);
    into.setLittleEndian(bytes, at + 1, width);
    return 1 + width;
  }

  #string(at: number, prefix: number, length: number, into: Piece): number {
    this.#require(at, prefix + length);
    into.set(this.bytes, at + prefix, at + prefix + length);
    return prefix + length;
  }

  /** Refuses an entry that reaches to the last byte. */
  #require(at: number, size: number): void {
    if (size > this.end - 1 - at) throw badDataFormat();
  }
}

/** Encoding bytes of integers and the bytes that follow. */
const INTEGER_WIDTHS: ReadonlyMap<number, number> = new Map([
  [0xc0, 2],
  [0xd0, 4],
  [0xe0, 8],
  [0xf0, 3],
  [0xfe, 1],
]);
