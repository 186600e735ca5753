/**
 * How a record of the row cache lies in its ring.
 *
 * A record: size, index position, space, key length, value length (24 bits), the owner's tag (7) and whether it
 * expires (1), the key's access word (32 bits each; see access_clock.ts), then the key and the value; and if it
 * expires when, a 64-bit float in its last eight bytes.
 *
 * @module
 */

/** Bytes before the key. */
export const HEADER = 24;
/** Which of the record's words of 32 bits say what. */
export const SIZE = 0, POSITION = 1, SPACE = 2, KEY_LENGTH = 3, VALUE_LENGTH_AND_TAG = 4;
/** See {@linkcode SIZE}. */
export const ACCESSED = 5;
/** Set where the last bytes of a record say when it expires. */
export const EXPIRES: number = 1 << 31;
/** How many those are. */
export const EXPIRY_BYTES = 8;
/** Bits of the value's length. */
export const LENGTH_BITS = 24;
/** The greatest one. */
export const LENGTH_MASK: number = (1 << LENGTH_BITS) - 1;

/** Bytes that a record takes, in whole words of eight. */
export function sizeFor(keyLength: number, valueLength: number, expiresAtMs: number): number {
  return (HEADER + keyLength + valueLength + 7 & ~7) + (expiresAtMs === 0 ? 0 : EXPIRY_BYTES);
}

/** Compares two records by their spaces and keys, as the table orders them. */
export function compareRecords(words: Int32Array, ring: Uint8Array, a: number, b: number): number {
  const wordA = a >> 2, wordB = b >> 2;
  if (words[wordA + SPACE] !== words[wordB + SPACE]) {
    return words[wordA + SPACE]! - words[wordB + SPACE]!;
  }
  const lengthA = words[wordA + KEY_LENGTH]!, lengthB = words[wordB + KEY_LENGTH]!;
  const length = Math.min(lengthA, lengthB);
  for (let i = HEADER; i < HEADER + length; i++) {
    const difference = ring[a + i]! - ring[b + i]!;
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
