/**
 * Members copied out of the database into memory, one behind the other in one array: what a command
 * holds while it goes on to change the sets they came from. No member is an object of its own.
 *
 * @module
 */

import { keepAddress } from "../../runtime/memory.ts";
import { copyBytes, Slice } from "../values/slice.ts";

/** Bytes and members there is room for at first. */
const BYTES = 1024, MEMBERS = 64;
/** Bytes, and members, that a list which is cleared keeps room for. */
const KEPT = 64 * 1024;

/** Bytes of a row that SQLite is at. */
interface ByteColumn {
  readonly length: number;
  copyInto(target: Uint8Array, at: number, known: number): void;
}

/** Members in the order they were added. */
export class MemberList {
  #bytes = new Uint8Array(BYTES);
  #ends = new Float64Array(MEMBERS);
  #length = 0;
  readonly #slice = new Slice();

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Their bytes together. */
  get size(): number {
    return this.#length === 0 ? 0 : this.#ends[this.#length - 1]!;
  }

  /** Bytes of memory that it takes. */
  get room(): number {
    return this.#bytes.length + this.#ends.byteLength;
  }

  /** Forgets all of them; room for a few is kept, for a list that is used over and over. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT) this.#bytes = new Uint8Array(BYTES);
    if (this.#ends.length > KEPT) this.#ends = new Float64Array(MEMBERS);
  }

  /** Adds a member. */
  push({ bytes, start, end }: Slice): void {
    const from = this.#room(end - start);
    copyBytes(bytes, start, end, this.#bytes, from);
  }

  /** Adds the bytes of a column. */
  pushColumn(column: ByteColumn): void {
    const { length } = column;
    const from = this.#room(length);
    if (length > 0) column.copyInto(this.#bytes, from, length);
  }

  /** Makes room for a member. @returns Where its bytes go. */
  #room(length: number): number {
    const from = this.size, to = from + length;
    if (to > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, to));
      grown.set(this.#bytes);
      keepAddress(grown);
      this.#bytes = grown;
    }
    if (this.#length === this.#ends.length) {
      const grown = new Float64Array(2 * this.#length);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#ends[this.#length++] = to;
    return from;
  }

  /** Takes the last ones away. */
  pop(count: number): void {
    this.#length -= count;
  }

  /** Takes the first ones away, not all of them. */
  shift(count: number): void {
    const ends = this.#ends;
    const from = count === 0 ? 0 : ends[count - 1]!;
    this.#bytes.copyWithin(0, from, this.size);
    this.#length -= count;
    for (let i = 0; i < this.#length; i++) ends[i] = ends[i + count]! - from;
  }

  /** Below 0 if the member at `a` comes before that at `b` in the order of bytes; 0 if they are the same. */
  compare(a: number, b: number): number {
    const bytes = this.#bytes, ends = this.#ends;
    const i = a === 0 ? 0 : ends[a - 1]!, j = b === 0 ? 0 : ends[b - 1]!;
    const first = ends[a]! - i, second = ends[b]! - j;
    const length = Math.min(first, second);
    for (let k = 0; k < length; k++) {
      const difference = bytes[i + k]! - bytes[j + k]!;
      if (difference !== 0) return difference;
    }
    return first - second;
  }

  /** The same of the member at an index and of any bytes. */
  compareTo(index: number, other: Slice): number {
    const bytes = this.#bytes, ends = this.#ends;
    const from = index === 0 ? 0 : ends[index - 1]!;
    const size = ends[index]! - from, otherSize = other.end - other.start;
    const length = Math.min(size, otherSize);
    for (let k = 0; k < length; k++) {
      const difference = bytes[from + k]! - other.bytes[other.start + k]!;
      if (difference !== 0) return difference;
    }
    return size - otherSize;
  }

  /** The member at an index, valid until the next call. */
  at(index: number): Slice {
    const start = index === 0 ? 0 : this.#ends[index - 1]!;
    return this.#slice.set(this.#bytes, start, this.#ends[index]!);
  }
}

/**
 * Distinct members, found by their bytes: an open-addressed hash table over a list. The hash has a
 * seed of this process, so that nobody can choose members that meet in one slot.
 */
export class MemberTable {
  /** The members, in the order they came. */
  readonly list: MemberList = new MemberList();
  /** For each member its hash, and in each slot the index of a member, from 1; 0 is free. */
  #hashes = new Int32Array(MEMBERS);
  #slots = new Int32Array(2 * MEMBERS);

  /** Adds a member. @returns Whether it is new. */
  add(member: Slice): boolean {
    const hash = hashOf(member);
    const slot = this.#slotOf(hash, member);
    if (this.#slots[slot] !== 0) return false;
    const { list } = this;
    if (list.length === this.#hashes.length) {
      const grown = new Int32Array(2 * list.length);
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes[list.length] = hash;
    list.push(member);
    this.#slots[slot] = list.length;
    // At most half of the slots are taken, so a search always ends at a free one.
    if (2 * list.length >= this.#slots.length) this.#rehash();
    return true;
  }

  /** The index of a member in the list, -1 if it is none. */
  indexOf(member: Slice): number {
    return this.#slots[this.#slotOf(hashOf(member), member)]! - 1;
  }

  /** The slot of a member, or the free one where it would be. */
  #slotOf(hash: number, member: Slice): number {
    const slots = this.#slots, mask = slots.length - 1;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const index = slots[slot]! - 1;
      if (index < 0) return slot;
      if (this.#hashes[index] === hash && this.list.at(index).equals(member)) return slot;
    }
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length), mask = slots.length - 1;
    for (let index = 0; index < this.list.length; index++) {
      let slot = this.#hashes[index]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

const SEED = crypto.getRandomValues(new Int32Array(1))[0]!;

/** A hash of 32 bits: each byte is mixed in with a multiplication, the end with two more. */
function hashOf({ bytes, start, end }: Slice): number {
  let hash = SEED ^ (end - start);
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ bytes[i]!, 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35 | 0);
  return hash ^ (hash >>> 16);
}
