/** Rows of one size in an arena. */

import { Arena } from "../kernels/kernels.ts";

/** Bytes that lists keep of a row beside its codes: its number, its range, how far it may be off. */
const BESIDE = 16;

/** Rows, numbered from 0 without gaps. */
export class Rows {
  /** How many there are. */
  count = 0;
  /** Bytes of a row. */
  readonly stride: number;
  /** Rows of a block. */
  readonly perBlock: number;
  readonly #arena: Arena;
  readonly #blockSize: number;
  readonly #blocks: number[] = [];

  /** Begins with none. */
  constructor(arena: Arena, stride: number) {
    this.#arena = arena;
    this.stride = stride;
    this.#blockSize = Arena.blockSize(stride);
    this.perBlock = Math.floor(this.#blockSize / stride);
  }

  /** Bytes taken. */
  get bytes(): number {
    return this.#blocks.length * this.#blockSize;
  }

  /** Where a row is in the arena. */
  at(row: number): number {
    return this.#blocks[Math.floor(row / this.perBlock)]! + row % this.perBlock * this.stride;
  }

  /** Where a block of rows begins. */
  block(index: number): number {
    return this.#blocks[index]!;
  }

  /** Adds a row, filled with zeros. @returns Where it is in the arena. */
  push(): number {
    if (this.count === this.#blocks.length * this.perBlock) {
      this.#blocks.push(this.#arena.take(this.#blockSize));
      this.#arena.beside += this.perBlock * BESIDE;
    }
    const at = this.at(this.count++);
    this.#arena.bytes.fill(0, at, at + this.stride);
    return at;
  }

  /** Removes a row; the last one takes its place. */
  remove(row: number): void {
    const last = --this.count;
    if (row !== last) {
      const from = this.at(last);
      this.#arena.bytes.copyWithin(this.at(row), from, from + this.stride);
    }
    if (this.count === (this.#blocks.length - 1) * this.perBlock) {
      this.#give(this.#blocks.pop()!);
    }
  }

  #give(block: number): void {
    this.#arena.give(block, this.#blockSize);
    this.#arena.beside -= this.perBlock * BESIDE;
  }

  /** Removes all rows. */
  clear(): void {
    for (const block of this.#blocks) this.#give(block);
    this.#blocks.length = 0;
    this.count = 0;
  }
}
