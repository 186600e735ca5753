/**
 * The bytes of a filter or a sketch, in blocks: one is read when a byte of it is first asked for, and
 * written before the commit if one was changed. What has no row is zeros, and so are the bytes that a
 * row lacks at its end: an empty filter of a gigabyte has no rows, and opening one reads none.
 *
 * A block fits four to a page of 2048 bytes without overflow pages, so that a change writes one page.
 *
 * @module
 */

import type { BlockRows } from "./rows.ts";

/** Bytes of a block. */
export const BLOCK = 448;
/** Memory that a block in use takes beside its bytes, about. */
const BLOCK_MEMORY = 200;

/** What the blocks of all values of a store take in memory, and may. */
export interface BlockBudget {
  /** Bytes in memory. */
  used: number;
  /** The most of it. */
  readonly most: number;
}

interface Block {
  bytes: Uint8Array;
  /** Whether it is to be written. */
  dirty: boolean;
}

/** Stands for every block that has no row. */
const ZEROS = new Uint8Array(BLOCK);

/** The bytes of one value. */
export class Blocks {
  readonly #rows: BlockRows;
  readonly #id: number;
  readonly #budget: BlockBudget;
  /** Blocks in memory, those read first at the beginning. */
  readonly #blocks = new Map<number, Block>();
  #dirty: number[] = [];

  /** @param id The id of the value's key. */
  constructor(rows: BlockRows, id: number, budget: BlockBudget) {
    this.#rows = rows;
    this.#id = id;
    this.#budget = budget;
  }

  #block(number: number): Block {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    if (this.#budget.used > this.#budget.most) this.#makeRoom();
    let bytes = new Uint8Array(BLOCK);
    if (this.#rows.read(this.#id, number, bytes) === -1) bytes = ZEROS;
    const block = { bytes, dirty: false };
    this.#blocks.set(number, block);
    this.#budget.used += bytes === ZEROS ? BLOCK_MEMORY : BLOCK + BLOCK_MEMORY;
    return block;
  }

  #makeRoom(): void {
    // A handful at a time: this is asked again before the next block.
    let left = 8;
    for (const [number, { bytes, dirty }] of this.#blocks) {
      if (dirty) continue;
      this.#blocks.delete(number);
      this.#budget.used -= bytes === ZEROS ? BLOCK_MEMORY : BLOCK + BLOCK_MEMORY;
      if (--left === 0) return;
    }
  }

  /** A block's bytes, which are only to be read, before the next call. */
  read(number: number): Uint8Array {
    return this.#block(number).bytes;
  }

  /** A block's bytes, to be changed before the next call. */
  edit(number: number): Uint8Array {
    const block = this.#block(number);
    if (!block.dirty) {
      block.dirty = true;
      this.#dirty.push(number);
      if (block.bytes === ZEROS) {
        block.bytes = new Uint8Array(BLOCK);
        this.#budget.used += BLOCK;
      }
    }
    return block.bytes;
  }

  /** One byte. */
  byte(at: number): number {
    const number = Math.floor(at / BLOCK);
    return this.read(number)[at - number * BLOCK]!;
  }

  /** Changes one byte. */
  setByte(at: number, value: number): void {
    const number = Math.floor(at / BLOCK);
    this.edit(number)[at - number * BLOCK] = value;
  }

  /** Bytes from a place on, put together. Reads past none that is in memory. */
  copy(from: number, length: number): Uint8Array {
    const target = new Uint8Array(length);
    const first = Math.floor(from / BLOCK), last = Math.floor((from + length - 1) / BLOCK);
    const put = (number: number, bytes: Uint8Array) => {
      const at = number * BLOCK - from;
      const skipped = at < 0 ? -at : 0;
      const end = Math.min(bytes.length, length - at);
      if (end > skipped) target.set(bytes.subarray(skipped, end), at + skipped);
    };
    this.#rows.each(this.#id, first, last + 1, put);
    // What is to be written is newer than its row.
    for (const number of this.#dirty) {
      const block = this.#blocks.get(number);
      if (block !== undefined && number >= first && number <= last) put(number, block.bytes);
    }
    return target;
  }

  /** Puts bytes in place of those from a place on. */
  put(from: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const number = Math.floor((from + done) / BLOCK);
      const at = from + done - number * BLOCK;
      const count = Math.min(BLOCK - at, bytes.length - done);
      // Zeros where there is nothing need no row.
      const part = bytes.subarray(done, done + count);
      if (this.read(number) !== ZEROS || part.some((byte) => byte !== 0)) {
        this.edit(number).set(part, at);
      }
      done += count;
    }
  }

  /** Lets go of all blocks from a place on, which begins one. */
  cut(from: number, before: number): void {
    const first = from / BLOCK, last = before / BLOCK;
    for (const number of [...this.#blocks.keys()]) {
      if (number >= first && number < last) this.#drop(number);
    }
    this.#dirty = this.#dirty.filter((number) => number < first || number >= last);
    this.#rows.delete(this.#id, first, last);
  }

  #drop(number: number): void {
    const block = this.#blocks.get(number);
    if (block === undefined) return;
    this.#blocks.delete(number);
    this.#budget.used -= block.bytes === ZEROS ? BLOCK_MEMORY : BLOCK + BLOCK_MEMORY;
  }

  /** Writes what was changed. */
  save(): void {
    if (this.#dirty.length === 0) return;
    // In the order of the tree: neighbours are on one page.
    for (const number of this.#dirty.sort((a, b) => a - b)) {
      const block = this.#blocks.get(number)!;
      const { bytes } = block;
      let end = BLOCK;
      while (end > 1 && bytes[end - 1] === 0) end--;
      this.#rows.write(this.#id, number, bytes, 0, end);
      block.dirty = false;
    }
    this.#dirty = [];
  }

  /** Forgets everything, what was changed as well. */
  forget(): void {
    for (const number of [...this.#blocks.keys()]) this.#drop(number);
    this.#dirty = [];
  }
}
