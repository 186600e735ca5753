/**
 * Codes of 4 bits out of those of 8, where memory is short: each stands for the middle of a sixteenth of
 * what the 8 bits can say. Of a row of 32 numbers the first 16 are in the low halves of 16 bytes, as the
 * kernels want them.
 *
 * @module
 */

/** The largest 8-bit code. */
const LARGEST = 127;
/** Values of a code. */
const CODES = 16;
/** Numbers whose low and high halves share 16 bytes. */
const GROUP = 32;
/** What a code stands for is as many of these from zero: half a step. */
const HALF_STEP = 1 / CODES;

/** The 4 bits of each 8-bit code, by the code as an unsigned byte. */
const NIBBLES = new Uint8Array(256);
/** The square of how far they are off, for a range of 1. */
const SQUARES = new Float64Array(256);
for (let byte = 0; byte < NIBBLES.length; byte++) {
  const code = byte << 24 >> 24;
  const nibble = Math.max(-CODES / 2, Math.min(CODES / 2 - 1, Math.floor(code * 8 / LARGEST)));
  NIBBLES[byte] = nibble & 0xf;
  SQUARES[byte] = (code / LARGEST - (2 * nibble + 1) * HALF_STEP) ** 2;
}

/** By what an inner product of the kernels becomes one of numbers, times both ranges. */
export const NIBBLE_SCALE = 1 / (LARGEST * 8 * CODES);
/** What is added to such a product before, as often as the sum of the query's codes says. */
export const NIBBLE_OFFSET: number = CODES / 2;

/** Bytes of a row. */
export function nibbleSize(dim: number): number {
  return Math.ceil(dim / GROUP) * GROUP / 2;
}

/**
 * Writes a row, on zeros.
 *
 * @returns How far it is from the 8-bit codes, for a range of 1.
 */
export function packNibbles(codes: Int8Array, bytes: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < codes.length; i++) {
    const byte = codes[i]! & 0xff;
    const place = at + (i >> 5 << 4) + (i & 15);
    bytes[place]! |= NIBBLES[byte]! << ((i & 16) >> 2);
    sum += SQUARES[byte]!;
  }
  return Math.sqrt(sum);
}

/** Reads the numbers of a row. */
export function unpackNibbles(
  bytes: Uint8Array,
  at: number,
  range: number,
  into: Float32Array,
): void {
  for (let i = 0; i < into.length; i++) {
    const byte = bytes[at + (i >> 5 << 4) + (i & 15)]!;
    const nibble = byte >> ((i & 16) >> 2) << 28 >> 28;
    into[i] = (2 * nibble + 1) * HALF_STEP * range;
  }
}
