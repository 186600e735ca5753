/**
 * Finds a member that occurs twice in a payload. It keeps a hash and a position for each member, eight
 * bytes, in a table with linear probing, and compares the bytes themselves where the hashes are equal.
 *
 * The hash is HalfSipHash-1-3 with a random key: nobody can make a payload of members that collide,
 * whose check would take the square of its size.
 *
 * @module
 */

import type { Slice } from "../values/slice.ts";
import type { Members } from "./elements.ts";
import { Piece } from "./piece.ts";

const KEY = crypto.getRandomValues(new Int32Array(2));

/** The members of one collection met so far. */
export class MembersSeen {
  readonly #members: Members;
  /** A member's hash and its position plus one, in turn; a position of 0 is a free place. */
  #table = new Uint32Array(2 * 64);
  #count = 0;
  readonly #other = new Piece();

  /**
   * Begins without a member.
   *
   * @param members Where members are read again for comparison.
   */
  constructor(members: Members) {
    this.#members = members;
  }

  /**
   * Takes in the member that `Members.next` gave last.
   *
   * @returns False if it was there already.
   */
  add(member: Slice): boolean {
    // Three quarters full at most.
    if (4 * this.#count >= 3 * (this.#table.length >> 1)) this.#grow();
    const hash = halfSipHash(member.bytes, member.start, member.end);
    const table = this.#table, mask = table.length - 2;
    let at = (2 * hash) & mask;
    while (table[at + 1] !== 0) {
      if (table[at] === hash) {
        this.#members.read(table[at + 1]! - 1, this.#other);
        if (this.#other.equals(member)) return false;
      }
      at = (at + 2) & mask;
    }
    table[at] = hash;
    table[at + 1] = this.#members.position + 1;
    this.#count++;
    return true;
  }

  #grow(): void {
    const from = this.#table;
    const table = new Uint32Array(2 * from.length), mask = table.length - 2;
    for (let i = 0; i < from.length; i += 2) {
      if (from[i + 1] === 0) continue;
      let at = (2 * from[i]!) & mask;
      while (table[at + 1] !== 0) at = (at + 2) & mask;
      table[at] = from[i]!;
      table[at + 1] = from[i + 1]!;
    }
    this.#table = table;
  }
}

/** The 32-bit hash of `bytes[start, end)` under the key. */
function halfSipHash(bytes: Uint8Array, start: number, end: number): number {
  let v0 = KEY[0]!, v1 = KEY[1]!, v2 = 0x6c796765 ^ KEY[0]!, v3 = 0x74656462 ^ KEY[1]!;
  const words = (end - start) >>> 2;
  // A round for each word, one for the bytes left over with the length, and three to finish.
  for (let k = 0, i = start; k < words + 4; k++) {
    let word = 0;
    if (k < words) {
      word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      i += 4;
    } else if (k === words) {
      word = (end - start) << 24;
      for (let shift = 0; i < end; i++, shift += 8) word |= bytes[i]! << shift;
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
    if (k === words) v2 ^= 0xff;
  }
  return (v1 ^ v3) >>> 0;
}
