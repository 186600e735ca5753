/** The part of a payload between its type byte and its footer. */

import { narrow } from "../values/integers.ts";
import { MAX_STRING_LENGTH } from "../file/schema.ts";
import { badDataFormat, STRING_ENCODING } from "./format.ts";
import { lzfExpand, lzfExpandedSize } from "./lzf.ts";
import { type Piece, readInteger, readUint32 } from "./piece.ts";

/** Reads numbers and strings one after the other. Nothing is read past the end. */
export class RdbInput {
  /** The array the payload is in. */
  readonly bytes: Uint8Array;
  /** Index of the next byte. */
  at: number;
  readonly #end: number;
  readonly #view: DataView;

  /** Reads `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.#end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset);
  }

  /** A byte. */
  byte(): number {
    return this.bytes[this.#take(1)]!;
  }

  /**
   * A length. Exact up to 2^53; one beyond that is more than any payload has, whatever it is rounded
   * to.
   */
  length(): number {
    const first = this.byte();
    // As in Redis, an encoding where only a length can be is a length.
    if (first < 0x40 || first >= 0xc0) return first & 0x3f;
    if (first < 0x80) return ((first & 0x3f) << 8) | this.byte();
    if (first === 0x80) return this.#view.getUint32(this.#take(4));
    if (first !== 0x81) throw badDataFormat();
    const at = this.#take(8);
    return this.#view.getUint32(at) * 0x100000000 + this.#view.getUint32(at + 4);
  }

  /** A length, exact also beyond 2^53, where it is a bigint. */
  exactLength(): number | bigint {
    const at = this.at;
    const length = this.length();
    // Only the form of nine bytes gets so far.
    return Number.isSafeInteger(length) ? length : narrow(this.#view.getBigUint64(at + 1));
  }

  /** How many elements follow: no more than there are bytes. */
  count(): number {
    const count = this.length();
    if (count > this.#end - this.at) throw badDataFormat();
    return count;
  }

  /** A double in binary. */
  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A time in milliseconds, exact up to 2^53. */
  milliseconds(): number {
    const at = this.#take(8);
    return readUint32(this.bytes, at + 4) * 0x100000000 + readUint32(this.bytes, at);
  }

  /** A time in milliseconds, which may be -1 for never; one beyond 2^53 is the farthest there can be. */
  time(): number {
    const at = this.#take(8);
    const time = Number(readInteger(this.bytes, at, 8));
    return Math.max(-1, Math.min(time, Number.MAX_SAFE_INTEGER));
  }

  /** So many bytes as they are. */
  raw(size: number, into: Piece): void {
    const at = this.#take(size);
    into.set(this.bytes, at, at + size);
  }

  /** A string. */
  string(into: Piece): void {
    if (this.at >= this.#end) throw this.missing(1);
    if (this.bytes[this.at]! < 0xc0) {
      this.raw(this.length(), into);
      return;
    }
    switch (this.length()) {
      case STRING_ENCODING.INT8:
        into.setLittleEndian(this.bytes, this.#take(1), 1);
        break;
      case STRING_ENCODING.INT16:
        into.setLittleEndian(this.bytes, this.#take(2), 2);
        break;
      case STRING_ENCODING.INT32:
        into.setLittleEndian(this.bytes, this.#take(4), 4);
        break;
      case STRING_ENCODING.LZF:
        this.#compressed(into);
        break;
      default:
        throw badDataFormat();
    }
  }

  /** Passes over a string. */
  skipString(): void {
    if (this.at >= this.#end) throw this.missing(1);
    if (this.bytes[this.at]! < 0xc0) {
      this.skip(this.length());
      return;
    }
    switch (this.length()) {
      case STRING_ENCODING.INT8:
        return this.skip(1);
      case STRING_ENCODING.INT16:
        return this.skip(2);
      case STRING_ENCODING.INT32:
        return this.skip(4);
      case STRING_ENCODING.LZF: {
        const compressedSize = this.length();
        this.length();
        return this.skip(compressedSize);
      }
      default:
        throw badDataFormat();
    }
  }

  /** Passes over so many bytes. */
  skip(size: number): void {
    this.#take(size);
  }

  /** What is thrown where so many bytes should follow and do not. */
  protected missing(_size: number): Error {
    return badDataFormat();
  }

  /** The claimed size is believed, and memory taken, only after the bytes have been found to give it. */
  #compressed(into: Piece): void {
    const compressedSize = this.length();
    const size = this.length();
    const start = this.#take(compressedSize), end = this.at;
    if (size > MAX_STRING_LENGTH || lzfExpandedSize(this.bytes, start, end) !== size) {
      throw badDataFormat();
    }
    lzfExpand(this.bytes, start, end, into.reserve(size));
  }

  /** Passes over so many bytes and returns the index of the first. */
  #take(size: number): number {
    const at = this.at;
    if (size > this.#end - at) throw this.missing(size);
    this.at = at + size;
    return at;
  }
}
