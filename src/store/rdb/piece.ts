/** A string taken out of a payload. */

import { writeInteger } from "../values/integers.ts";
import { Slice } from "../values/slice.ts";

/**
 * A slice that points into the payload where the string stands there as it is, and into memory of
 * its own where it had to be made: out of an integer, or by decompression.
 */
export class Piece extends Slice {
  #own = new Uint8Array(24);

  /** Points the slice at `size` bytes of its own and returns their array, to be filled from 0. */
  reserve(size: number): Uint8Array {
    if (size > this.#own.length) {
      this.#own = new Uint8Array(Math.max(size, this.#own.length + (this.#own.length >> 1)));
    }
    this.set(this.#own, 0, size);
    return this.#own;
  }

  /** Makes it an integer's digits. */
  setInteger(value: number | bigint): void {
    this.set(this.#own, 0, writeInteger(value, this.#own, 0));
  }

  /** Makes it the digits of a little-endian two's complement integer of 1, 2, 3, 4 or 8 bytes. */
  setLittleEndian(bytes: Uint8Array, at: number, width: number): void {
    this.setInteger(readInteger(bytes, at, width));
  }
}

/** Reads a little-endian two's complement integer of 1, 2, 3, 4 or 8 bytes: a number within ±2^53. */
export function readInteger(bytes: Uint8Array, at: number, width: number): number | bigint {
  if (width === 8) {
    const low = readUint32(bytes, at);
    const high = readUint32(bytes, at + 4) | 0;
    const value = high * 0x100000000 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
  }
  let value = 0;
  for (let i = 0; i < width; i++) value |= bytes[at + i]! << (8 * i);
  const unused = 32 - 8 * width;
  return (value << unused) >> unused;
}

/** Reads four bytes, little endian. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>>
    0;
}
