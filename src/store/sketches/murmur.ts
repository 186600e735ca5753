/**
 * The hashes of filters and sketches: MurmurHash64A and MurmurHash2 by Austin Appleby, so that bits and
 * counters are where Redis has them. 64 bits are two halves of 32, for a bigint a byte would cost twenty
 * times as much.
 *
 * @module
 */

import type { Slice } from "../values/slice.ts";

/** A number of 64 bits. */
export class Hash64 {
  /** The upper half. */
  hi = 0;
  /** The lower half. */
  lo = 0;
}

/** The factor of MurmurHash64A. */
const M_HI = 0xc6a4a793 | 0, M_LO = 0x5bd1e995;
const M_LO_LOW = M_LO & 0xffff, M_LO_HIGH = M_LO >>> 16;

/** The upper half of the product of 32 bits and the factor's lower half. */
function high(a: number): number {
  const al = a & 0xffff, ah = a >>> 16;
  const first = ah * M_LO_LOW + ((al * M_LO_LOW) >>> 16);
  const second = al * M_LO_HIGH + (first & 0xffff);
  return ah * M_LO_HIGH + (first >>> 16) + (second >>> 16) | 0;
}

/**
 * MurmurHash64A of an item.
 *
 * @param seedHi The upper half of the seed.
 * @param seedLo The lower half.
 * @param hash Takes it.
 */
export function murmur64(item: Slice, seedHi: number, seedLo: number, hash: Hash64): void {
  const { bytes, start, end } = item;
  const length = end - start;
  let lo = seedLo ^ Math.imul(length, M_LO);
  let hi = seedHi ^ (high(length) + Math.imul(length, M_HI));
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    let kl = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    let kh = bytes[at + 4]! | bytes[at + 5]! << 8 | bytes[at + 6]! << 16 | bytes[at + 7]! << 24;
    kh = high(kl) + Math.imul(kl, M_HI) + Math.imul(kh, M_LO) | 0;
    kl = Math.imul(kl, M_LO);
    // Shifted by 47.
    kl ^= kh >>> 15;
    kh = high(kl) + Math.imul(kl, M_HI) + Math.imul(kh, M_LO) | 0;
    kl = Math.imul(kl, M_LO);
    hi ^= kh;
    lo ^= kl;
    hi = high(lo) + Math.imul(lo, M_HI) + Math.imul(hi, M_LO) | 0;
    lo = Math.imul(lo, M_LO);
  }
  const rest = end - at;
  if (rest > 0) {
    for (let i = 0; i < rest; i++) {
      if (i < 4) lo ^= bytes[at + i]! << 8 * i;
      else hi ^= bytes[at + i]! << 8 * (i - 4);
    }
    hi = high(lo) + Math.imul(lo, M_HI) + Math.imul(hi, M_LO) | 0;
    lo = Math.imul(lo, M_LO);
  }
  lo ^= hi >>> 15;
  hi = high(lo) + Math.imul(lo, M_HI) + Math.imul(hi, M_LO) | 0;
  lo = Math.imul(lo, M_LO);
  lo ^= hi >>> 15;
  hash.hi = hi;
  hash.lo = lo;
}

/** MurmurHash2 of an item. @returns 32 bits, as a number that is not negative. */
export function murmur32({ bytes, start, end }: Slice, seed: number): number {
  let hash = seed ^ (end - start);
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    let k = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    k = Math.imul(k, M_LO);
    k = Math.imul(k ^ k >>> 24, M_LO);
    hash = Math.imul(hash, M_LO) ^ k;
  }
  const rest = end - at;
  if (rest > 0) {
    for (let i = 0; i < rest; i++) hash ^= bytes[at + i]! << 8 * i;
    hash = Math.imul(hash, M_LO);
  }
  hash = Math.imul(hash ^ hash >>> 13, M_LO);
  return (hash ^ hash >>> 15) >>> 0;
}
