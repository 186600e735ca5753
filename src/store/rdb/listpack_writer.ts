/** Makes listpacks; `listpack.ts` tells their layout. */

import { parseInt64 } from "../values/integers.ts";
import { copyBytes, Slice } from "../values/slice.ts";
import {
  backLengthWidth,
  LISTPACK_END,
  LISTPACK_HEADER_SIZE,
  LISTPACK_UNKNOWN_COUNT,
} from "./listpack.ts";

/** What an entry takes besides its content: five bytes in front and five behind. */
const LARGEST_OVERHEAD = 10;

/** A listpack that entries are appended to. */
export class ListpackWriter {
  /** Number of entries. */
  count = 0;
  #bytes = new Uint8Array(256);
  #at = LISTPACK_HEADER_SIZE;
  readonly #whole = new Slice();

  /** Size of the listpack so far, its last byte included. */
  get size(): number {
    return this.#at + 1;
  }

  /** Starts an empty listpack, whatever was there. */
  reset(): void {
    this.count = 0;
    this.#at = LISTPACK_HEADER_SIZE;
  }

  /** Appends a string; the digits of a 64-bit integer are written as an integer. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length + LARGEST_OVERHEAD);
    const first = this.#at;
    const integer = parseInt64(bytes, start, end);
    if (integer !== undefined) return this.appendInteger(integer);
    this.#stringPrefix(length);
    copyBytes(bytes, start, end, this.#bytes, this.#at);
    this.#at += length;
    this.#backLength(this.#at - first);
    this.count++;
  }

  /** Appends an integer. */
  appendInteger(value: number | bigint): void {
    this.#reserve(9 + LARGEST_OVERHEAD);
    const first = this.#at;
    if (typeof value === "number" && value >= -0x80000000 && value <= 0x7fffffff) {
      this.#integer(value);
    } else {
      this.#integer64(BigInt(value));
    }
    this.#backLength(this.#at - first);
    this.count++;
  }

  /** Appends all entries of another one. */
  appendAll(other: ListpackWriter): void {
    const size = other.#at - LISTPACK_HEADER_SIZE;
    this.#reserve(size);
    copyBytes(other.#bytes, LISTPACK_HEADER_SIZE, other.#at, this.#bytes, this.#at);
    this.#at += size;
    this.count += other.count;
  }

  /** Writes header and end. The slice is valid until the next call. */
  finish(): Slice {
    const bytes = this.#bytes;
    bytes[this.#at] = LISTPACK_END;
    const count = Math.min(this.count, LISTPACK_UNKNOWN_COUNT);
    for (let i = 0; i < 4; i++) bytes[i] = this.size >>> (8 * i);
    bytes[4] = count;
    bytes[5] = count >> 8;
    return this.#whole.set(bytes, 0, this.size);
  }

  #stringPrefix(length: number): void {
    const bytes = this.#bytes;
    if (length < 64) {
      bytes[this.#at++] = 0x80 | length;
    } else if (length < 4096) {
      bytes[this.#at++] = 0xe0 | (length >> 8);
      bytes[this.#at++] = length;
    } else {
      bytes[this.#at++] = 0xf0;
      for (let i = 0; i < 4; i++) bytes[this.#at++] = length >>> (8 * i);
    }
  }

  #integer(value: number): void {
    const bytes = this.#bytes;
    if (value >= 0 && value <= 127) {
      bytes[this.#at++] = value;
      return;
    }
    if (value >= -4096 && value <= 4095) {
      bytes[this.#at++] = 0xc0 | ((value >> 8) & 0x1f);
      bytes[this.#at++] = value;
      return;
    }
    let width = 4;
    if (value >= -0x8000 && value <= 0x7fff) width = 2;
    else if (value >= -0x800000 && value <= 0x7fffff) width = 3;
    bytes[this.#at++] = 0xef + width;
    for (let i = 0; i < width; i++) bytes[this.#at++] = value >> (8 * i);
  }

  #integer64(value: bigint): void {
    this.#bytes[this.#at++] = 0xf4;
    for (let i = 0n; i < 64n; i += 8n) this.#bytes[this.#at++] = Number((value >> i) & 0xffn);
  }

  /** Seven bits a byte, the lowest last; every byte but the first says that another is before it. */
  #backLength(size: number): void {
    const width = backLengthWidth(size);
    for (let i = width - 1, rest = size; i >= 0; i--, rest = Math.floor(rest / 128)) {
      this.#bytes[this.#at + i] = (rest & 0x7f) | (i === 0 ? 0 : 0x80);
    }
    this.#at += width;
  }

  /** Makes room for so many bytes and the end. */
  #reserve(size: number): void {
    const needed = this.size + size;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    copyBytes(this.#bytes, 0, this.#at, bytes, 0);
    this.#bytes = bytes;
  }
}
