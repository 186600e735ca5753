/**
 * The bytes of a filter or a sketch, in blocks: one is read when a byte of it is first asked for. What
 * has no row is zeros, and so are the bytes that a row lacks at its end: an empty filter of a gigabyte
 * has no rows, and opening one reads none.
 *
 * A block fills an overflow page of 2048 bytes and a piece of another. Where a turn changes one or two, they
 * are written; where it changes more, as an addition to a large Bloom filter does, the changed bytes go
 * together into one more row (journal.ts), and the blocks are written when there are many of those: an
 * eighth of the time for a filter of a million items. As long as there are such rows, no block of the
 * value is written without all of them.
 *
 * @module
 */

import { eachChange, Journal, MOST_CHANGES } from "./journal.ts";
import type { BlockRows } from "./rows.ts";

/** Bytes of a block. */
export const BLOCK = 2240;
/** Memory that a block in use takes beside its bytes, about. */
const BLOCK_MEMORY = 200;
/** Blocks that are written by themselves. */
const FEW = 2;
/** Where the rows of changes begin, and how many there may be. */
const CHANGES = 2 ** 41, MOST_ROWS = 2 ** 20;
/** Blocks that are written at once, at most: some milliseconds. */
const MOST_BLOCKS = 1024;

/** What the blocks of all values of a store take in memory, and may. */
export interface BlockBudget {
  /** Bytes in memory. */
  used: number;
  /** The most of it. */
  readonly most: number;
}

interface Block {
  readonly number: number;
  bytes: Uint8Array;
  /** Whether its row is another, and it is to be written. */
  dirty: boolean;
}

/** Stands for every block that has no row. */
const ZEROS = new Uint8Array(BLOCK);
/** Blocks that are found by the last bits of their numbers: at first, and at most. */
const FIRST_NEAR = 16, MOST_NEAR = 8192;

/** The bytes of one value. */
export class Blocks {
  readonly #rows: BlockRows;
  readonly #id: number;
  readonly #budget: BlockBudget;
  /** Blocks in memory, those read first at the beginning. */
  readonly #blocks = new Map<number, Block>();
  /** Some of them, by the last bits of their numbers: an addition looks for many, and each look into the map is far. */
  #near: (Block | undefined)[] = new Array<Block | undefined>(FIRST_NEAR).fill(undefined);
  /** Blocks whose rows are not what they are. */
  #dirty: number[] = [];
  /** What was changed since anything was written last. */
  readonly #journal = new Journal();
  /** Whether more was changed than that tells. */
  #untold = false;
  /** Rows of changes, and the bytes in them. */
  #changeRows = 0;
  #changeBytes = 0;
  /** What such rows tell of blocks that are not in memory yet: places and bytes in turn. */
  readonly #told = new Map<number, number[]>();

  /** @param id The id of the value's key. */
  constructor(rows: BlockRows, id: number, budget: BlockBudget) {
    this.#rows = rows;
    this.#id = id;
    this.#budget = budget;
    rows.each(id, CHANGES, CHANGES + MOST_ROWS, (number, bytes) => {
      this.#changeRows = number - CHANGES + 1;
      this.#changeBytes += bytes.length;
      eachChange(bytes, (at, value) => {
        const block = Math.floor(at / BLOCK);
        const told = this.#told.get(block);
        if (told === undefined) this.#told.set(block, [at - block * BLOCK, value]);
        else told.push(at - block * BLOCK, value);
      });
    });
  }

  #block(number: number): Block {
    const near = this.#near;
    const found = near[number & near.length - 1];
    return found !== undefined && found.number === number ? found : this.#find(number);
  }

  #find(number: number): Block {
    const block = this.#blocks.get(number) ?? this.#load(number);
    const { length } = this.#near;
    if (this.#blocks.size > length && length < MOST_NEAR) {
      this.#near = new Array<Block | undefined>(2 * length).fill(undefined);
    }
    this.#near[number & this.#near.length - 1] = block;
    return block;
  }

  #load(number: number): Block {
    if (this.#budget.used > this.#budget.most) this.#makeRoom();
    const bytes = new Uint8Array(BLOCK);
    const stored = this.#rows.read(this.#id, number, bytes) !== -1;
    const block = { number, bytes: stored ? bytes : ZEROS, dirty: false };
    this.#blocks.set(number, block);
    this.#budget.used += stored ? BLOCK + BLOCK_MEMORY : BLOCK_MEMORY;
    const told = this.#told.get(number);
    if (told === undefined) return block;
    this.#told.delete(number);
    this.#mark(number, block);
    for (let i = 0; i < told.length; i += 2) block.bytes[told[i]!] = told[i + 1]!;
    return block;
  }

  #mark(number: number, block: Block): void {
    block.dirty = true;
    this.#dirty.push(number);
    if (block.bytes !== ZEROS) return;
    block.bytes = new Uint8Array(BLOCK);
    this.#budget.used += BLOCK;
  }

  #makeRoom(): void {
    // A handful at a time: this is asked again before the next block.
    let left = 8;
    for (const block of this.#blocks.values()) {
      if (block.dirty) continue;
      this.#drop(block);
      if (--left === 0) return;
    }
  }

  /** A block's bytes, which are only to be read, before the next call. */
  read(number: number): Uint8Array {
    return this.#block(number).bytes;
  }

  /** A block's bytes, to be changed before the next call: many of them, which nobody tells of one by one. */
  edit(number: number): Uint8Array {
    const block = this.#block(number);
    if (!block.dirty) this.#mark(number, block);
    this.#untold = true;
    return block.bytes;
  }

  /** Changes one byte of a block. */
  set(number: number, offset: number, value: number): void {
    const block = this.#block(number);
    if (block.bytes[offset] !== value) this.#put(block, offset, value);
  }

  #put(block: Block, offset: number, value: number): void {
    const { number } = block;
    if (!block.dirty) this.#mark(number, block);
    block.bytes[offset] = value;
    if (!this.#untold) this.#untold = !this.#journal.note(number * BLOCK + offset, value);
  }

  /** Sets a bit of a block. @returns Whether it was not set. */
  setBit(number: number, offset: number, mask: number): boolean {
    const block = this.#block(number);
    const byte = block.bytes[offset]!;
    if ((byte & mask) !== 0) return false;
    this.#put(block, offset, byte | mask);
    return true;
  }

  /** Changes four bytes of a block to those of a number of 32 bits. */
  setWord(number: number, offset: number, value: number): void {
    const block = this.#block(number);
    for (let i = 0, rest = value; i < 4; i++, rest >>>= 8) {
      const byte = rest & 0xff;
      if (block.bytes[offset + i] !== byte) this.#put(block, offset + i, byte);
    }
  }

  /** One byte. */
  byte(at: number): number {
    const number = Math.floor(at / BLOCK);
    return this.read(number)[at - number * BLOCK]!;
  }

  /** Changes one byte. */
  setByte(at: number, value: number): void {
    const number = Math.floor(at / BLOCK);
    this.set(number, at - number * BLOCK, value);
  }

  /** The numbers of the blocks that are not zeros, or need not be, between two places, in ascending order. */
  present(from: number, before: number): number[] {
    const first = Math.floor(from / BLOCK), end = Math.ceil(before / BLOCK);
    const numbers = new Set(this.#rows.numbers(this.#id, first, end));
    for (const more of [this.#dirty, this.#told.keys()]) {
      for (const number of more) if (number >= first && number < end) numbers.add(number);
    }
    return [...numbers].sort((a, b) => a - b);
  }

  /** Bytes from a place on, put together. */
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
    for (const number of [...this.#told.keys()]) {
      if (number >= first && number <= last) this.#load(number);
    }
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

  /** Lets go of all blocks from a place on up to another, both of which begin one. */
  cut(from: number, before: number): void {
    this.#writeAll();
    const first = from / BLOCK, last = before / BLOCK;
    for (const block of this.#blocks.values()) {
      if (block.number >= first && block.number < last) this.#drop(block);
    }
    this.#rows.delete(this.#id, first, last);
  }

  #drop(block: Block): void {
    const { number, bytes } = block, near = this.#near;
    this.#blocks.delete(number);
    const place = number & near.length - 1;
    if (near[place] === block) near[place] = undefined;
    this.#budget.used -= bytes === ZEROS ? BLOCK_MEMORY : BLOCK + BLOCK_MEMORY;
  }

  /** Writes what was changed. */
  save(): void {
    const journal = this.#journal;
    if (journal.end === 0 && !this.#untold) return;
    const few = this.#changeRows === 0 && this.#dirty.length <= FEW;
    const full = this.#changeBytes + journal.end > MOST_CHANGES ||
      this.#dirty.length > MOST_BLOCKS ||
      this.#changeRows >= MOST_ROWS;
    if (few || full || this.#untold) return this.#writeAll();
    const number = CHANGES + this.#changeRows++;
    this.#changeBytes += journal.end;
    this.#rows.write(this.#id, number, journal.bytes, 0, journal.end);
    journal.end = 0;
  }

  #writeAll(): void {
    for (const number of [...this.#told.keys()]) this.#load(number);
    // In the order of the tree: neighbours are on one page.
    for (const number of this.#dirty.sort((a, b) => a - b)) {
      const block = this.#blocks.get(number);
      if (block === undefined) continue;
      const { bytes } = block;
      let end = BLOCK;
      while (end > 1 && bytes[end - 1] === 0) end--;
      this.#rows.write(this.#id, number, bytes, 0, end);
      block.dirty = false;
    }
    if (this.#changeRows > 0) {
      this.#rows.delete(this.#id, CHANGES, CHANGES + this.#changeRows);
    }
    this.#dirty = [];
    this.#journal.end = 0;
    this.#untold = false;
    this.#changeRows = 0;
    this.#changeBytes = 0;
  }

  /** Lets go of memory. */
  forget(): void {
    for (const block of this.#blocks.values()) this.#drop(block);
    this.#dirty = [];
    this.#told.clear();
  }
}
