/** A growing buffer for the numbers and strings of a payload. */

import { parseInt64 } from "../values/integers.ts";
import { copyBytes, type Slice } from "../values/slice.ts";
import { STRING_ENCODING } from "./format.ts";
import { lzfCompress } from "./lzf.ts";

/** The most that a length takes. */
export const LARGEST_LENGTH_SIZE = 9;
/** A string that is longer is compressed, if that makes it smaller. */
const COMPRESSED_ABOVE = 20;
/** A compressed string has to be so much smaller. */
const LEAST_SAVING = 4;
/** The longest digits that can be an integer of 32 bits. */
const LONGEST_INTEGER = 11;
/** What is kept from one payload to the next. */
const KEPT_SIZE = 1 << 20;

/** Writes numbers and strings one after the other. */
export class RdbOutput {
  /** The buffer; it changes when it grows. */
  bytes: Uint8Array = new Uint8Array(1024);
  /** Index of the next byte. */
  at = 0;
  readonly #compress: boolean;

  /**
   * An empty buffer.
   *
   * @param compress Whether long strings are compressed.
   */
  constructor(compress: boolean) {
    this.#compress = compress;
  }

  /** Starts over at an index. */
  reset(at: number): void {
    if (this.bytes.length > KEPT_SIZE) this.bytes = new Uint8Array(1024);
    this.at = at;
  }

  /** A length, or any other number that is not negative; a bigint beyond 2^53. */
  length(value: number | bigint): void {
    this.reserve(LARGEST_LENGTH_SIZE);
    this.at = writeLength(value, this.bytes, this.at);
  }

  /** A double in binary. */
  double(value: number): void {
    this.reserve(8);
    new DataView(this.bytes.buffer).setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** A signed integer in eight bytes. */
  int64(value: number | bigint): void {
    this.reserve(8);
    new DataView(this.bytes.buffer).setBigInt64(this.at, BigInt(value), true);
    this.at += 8;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    copyBytes(bytes, 0, bytes.length, this.bytes, this.at);
    this.at += bytes.length;
  }

  /** A string: as an integer if it is the digits of one, else compressed if that makes it smaller. */
  string(value: Slice): void {
    const { bytes, start, end } = value;
    const length = end - start;
    this.reserve(length + 2 * LARGEST_LENGTH_SIZE + 1);
    if (length <= LONGEST_INTEGER && this.#integer(parseInt64(bytes, start, end))) return;
    if (this.#compress && length > COMPRESSED_ABOVE && this.#compressed(value)) return;
    this.at = writeLength(length, this.bytes, this.at);
    copyBytes(bytes, start, end, this.bytes, this.at);
    this.at += length;
  }

  /** Makes room for so many bytes. */
  reserve(size: number): void {
    const needed = this.at + size;
    if (needed <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    copyBytes(this.bytes, 0, this.at, bytes, 0);
    this.bytes = bytes;
  }

  /** Returns false, having written nothing, if there is no such encoding. */
  #integer(value: number | bigint | undefined): boolean {
    if (typeof value !== "number" || value < -0x80000000 || value > 0x7fffffff) return false;
    let width = 4, encoding: number = STRING_ENCODING.INT32;
    if (value >= -0x80 && value <= 0x7f) {
      width = 1;
      encoding = STRING_ENCODING.INT8;
    } else if (value >= -0x8000 && value <= 0x7fff) {
      width = 2;
      encoding = STRING_ENCODING.INT16;
    }
    this.bytes[this.at++] = 0xc0 | encoding;
    for (let i = 0; i < width; i++) this.bytes[this.at++] = value >> (8 * i);
    return true;
  }

  /** Returns false, having written nothing, if the string does not get smaller. */
  #compressed({ bytes, start, end }: Slice): boolean {
    const length = end - start;
    // The sizes come first and are known last: leave room for them, then close the gap.
    const from = this.at + 1 + 2 * LARGEST_LENGTH_SIZE;
    const size = lzfCompress(bytes, start, end, this.bytes, from, length - LEAST_SAVING);
    if (size === 0) return false;
    this.bytes[this.at++] = 0xc0 | STRING_ENCODING.LZF;
    this.at = writeLength(size, this.bytes, this.at);
    this.at = writeLength(length, this.bytes, this.at);
    this.bytes.copyWithin(this.at, from, from + size);
    this.at += size;
    return true;
  }
}

/** Writes a length and returns the index past it. */
export function writeLength(value: number | bigint, target: Uint8Array, at: number): number {
  if (typeof value === "bigint") {
    target[at] = 0x81;
    new DataView(target.buffer, target.byteOffset).setBigUint64(at + 1, value);
    return at + 9;
  }
  if (value < 0x40) {
    target[at] = value;
    return at + 1;
  }
  if (value < 0x4000) {
    target[at] = 0x40 | (value >> 8);
    target[at + 1] = value;
    return at + 2;
  }
  const width = value <= 0xffffffff ? 4 : 8;
  target[at++] = width === 4 ? 0x80 : 0x81;
  for (let i = width - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) {
    target[at + i] = rest % 256;
  }
  return at + width;
}
