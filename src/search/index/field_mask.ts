/**
 * Sets of text fields by their bits. Those of most indexes are numbers; from bit 53 on, which a number
 * does not hold beside the others, they are big integers.
 *
 * @module
 */

/** A mask from here on is a big integer: a number tells of it that it is one, and no more. */
export const WIDE = 2 ** 53;

/** A set of text fields that a query asks for. */
export class FieldMask {
  /** Those whose bits are in numbers. */
  readonly low: number;
  readonly all: bigint;

  constructor(bits: Iterable<number>) {
    let low = 0, all = 0n;
    for (const bit of new Set(bits)) {
      if (2 ** bit < WIDE) low += 2 ** bit;
      all |= 1n << BigInt(bit);
    }
    this.low = low;
    this.all = all;
  }
}

/** Whether two masks below {@linkcode WIDE} have a field in common. */
export function meet(a: number, b: number): boolean {
  if (((a & b) | 0) !== 0) return true;
  return a > 0xffffffff && b > 0xffffffff &&
    (Math.floor(a / 2 ** 32) & Math.floor(b / 2 ** 32)) !== 0;
}

/** The mask whose bytes begin at `at`, seven bits a byte, the lowest first. */
export function wideMaskAt(bytes: Uint8Array, at: number): bigint {
  let mask = 0n;
  for (let shift = 0n;; shift += 7n) {
    const byte = bytes[at++]!;
    mask |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return mask;
  }
}

/** Writes a mask so. @returns Where it ends. */
export function putWideMask(bytes: Uint8Array, at: number, mask: bigint): number {
  while (mask > 0x7fn) {
    bytes[at++] = Number(mask & 0x7fn) | 0x80;
    mask >>= 7n;
  }
  bytes[at++] = Number(mask);
  return at;
}
