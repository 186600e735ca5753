/**
 * Listpacks: a header of the size (four bytes) and the number of entries (two, 65535 for unknown),
 * the entries, and a byte 255. An entry is its encoding byte with the content, and behind it its size
 * once more, seven bits a byte, to be read from the end backwards.
 *
 * @module
 */

import type { Slice } from "../values/slice.ts";
import { badDataFormat } from "./format.ts";
import { Packed } from "./packed.ts";
import { type Piece, readUint32 } from "./piece.ts";

/** Size of the header in bytes. */
export const LISTPACK_HEADER_SIZE = 6;
/** The last byte. */
export const LISTPACK_END = 0xff;
/** The number of entries that stands for "count them". */
export const LISTPACK_UNKNOWN_COUNT = 0xffff;

/** A walk over the entries of a listpack, each of which is checked before it is given. */
export class Listpack extends Packed {
  /** Number of entries the header claims. */
  readonly #claimed: number;
  #count = 0;

  /** Checks the header and the last byte. */
  constructor(blob: Slice) {
    super(blob);
    const { bytes, start, end } = blob;
    const size = end - start;
    if (
      size < LISTPACK_HEADER_SIZE + 1 || readUint32(bytes, start) !== size ||
      bytes[end - 1] !== LISTPACK_END
    ) throw badDataFormat();
    this.#claimed = bytes[start + 4]! | (bytes[start + 5]! << 8);
    this.at = start + LISTPACK_HEADER_SIZE;
  }

  /** Checks and reads the next entry. */
  override next(into: Piece): boolean {
    if (this.at === this.end - 1) {
      if (this.#claimed !== LISTPACK_UNKNOWN_COUNT && this.#claimed !== this.#count) {
        throw badDataFormat();
      }
      return false;
    }
    this.position = this.at;
    const size = this.#decode(this.at, into);
    const next = this.at + size + backLengthWidth(size);
    if (next > this.end - 1 || this.#backLength(next - 1) !== size) throw badDataFormat();
    this.at = next;
    this.#count++;
    return true;
  }

  /** Reads an entry again. */
  override read(position: number, into: Piece): void {
    this.#decode(position, into);
  }

  /** Reads an entry and returns the size of its encoding and content. */
  #decode(at: number, into: Piece): number {
    const first = this.bytes[at]!;
    if (first < 0x80) {
      into.setInteger(first);
      return 1;
    }
    if (first < 0xc0) return this.#string(at, 1, first & 0x3f, into);
    this.#require(at, 2);
    if (first < 0xe0) {
      const value = ((first & 0x1f) << 8) | this.bytes[at + 1]!;
      into.setInteger((value << 19) >> 19);
      return 2;
    }
    if (first < 0xf0) {
      return this.#string(at, 2, ((first & 0x0f) << 8) | this.bytes[at + 1]!, into);
    }
    if (first === 0xf0) {
      this.#require(at, 5);
      return this.#string(at, 5, readUint32(this.bytes, at + 1), into);
    }
    if (first > 0xf4) throw badDataFormat();
    const width = first === 0xf4 ? 8 : first - 0xef;
    this.#require(at, 1 + width);
    into.setLittleEndian(this.bytes, at + 1, width);
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

  /** The size whose last byte is at `at`. */
  #backLength(at: number): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.bytes[at--]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}

/** In how many bytes an entry's size stands behind it. */
export function backLengthWidth(size: number): number {
  if (size <= 127) return 1;
  if (size < 16383) return 2;
  if (size < 2097151) return 3;
  return size < 268435455 ? 4 : 5;
}
