/**
 * Count-min sketches: rows of counters of 32 bits, in each of which an item has one. The least of an
 * item's counters is its count, or more. The counters are where RedisBloom has them.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { CommandError } from "../values/errors.ts";
import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";
import { BLOCK, type BlockBudget, Blocks } from "./blocks.ts";
import { murmur32 } from "./murmur.ts";
import type { BlockRows } from "./rows.ts";
import { Sketch, Sketches } from "./sketch.ts";

/** The greatest count of a counter, where it stays. */
export const GREATEST_COUNT = 0xffffffff;
/** Bytes that the counters of a sketch may take. */
const MOST_BYTES = 2 ** 36;
/** Bytes of a counter. */
const CELL = 4;

/** What is known of a sketch but its counters. */
export interface CountMinFacts {
  /** Counters in a row. */
  readonly width: number;
  /** Rows. */
  readonly depth: number;
  /** The sum of all increments, of 64 bits. */
  readonly count: bigint;
}

/** Bytes of the counters; undefined if these would be too many. */
export function cellBytes({ width, depth }: CountMinFacts): number | undefined {
  const bytes = width * depth * CELL;
  return width >= 1 && depth >= 1 && bytes <= MOST_BYTES ? bytes : undefined;
}

function cellOf(block: Uint8Array, at: number): number {
  return (block[at]! | block[at + 1]! << 8 | block[at + 2]! << 16 | block[at + 3]! << 24) >>> 0;
}

function setCell(block: Uint8Array, at: number, value: number): void {
  block[at] = value;
  block[at + 1] = value >>> 8;
  block[at + 2] = value >>> 16;
  block[at + 3] = value >>> 24;
}

/** A sketch in use. */
export class CountMinSketch extends Sketch implements CountMinFacts {
  readonly width: number;
  readonly depth: number;
  count: bigint;
  readonly #blocks: Blocks;

  /** Takes the row and the facts. */
  constructor(collection: Collection, rows: BlockRows, budget: BlockBudget, facts: CountMinFacts) {
    super(collection);
    this.width = facts.width;
    this.depth = facts.depth;
    this.count = facts.count;
    this.#blocks = new Blocks(rows, collection.id, budget);
  }

  /** Bytes of all counters. */
  get bytes(): number {
    return this.width * this.depth * CELL;
  }

  #at(item: Slice, row: number): number {
    return CELL * (murmur32(item, row) % this.width + row * this.width);
  }

  /** Adds to an item's counters. @returns The least of them. */
  add(item: Slice, increment: number | bigint): number {
    const wanted = increment > GREATEST_COUNT ? GREATEST_COUNT : Number(increment);
    let least = GREATEST_COUNT;
    for (let row = 0; row < this.depth; row++) {
      const at = this.#at(item, row);
      const number = Math.floor(at / BLOCK);
      const offset = at - number * BLOCK;
      const sum = cellOf(this.#blocks.read(number), offset) + wanted;
      const count = sum > GREATEST_COUNT || increment > GREATEST_COUNT ? GREATEST_COUNT : sum;
      if (wanted > 0) this.#blocks.setWord(number, offset, count);
      if (count < least) least = count;
    }
    this.count = BigInt.asIntN(64, this.count + BigInt(increment));
    return least;
  }

  /** The count of an item, or more. */
  of(item: Slice): number {
    let least = GREATEST_COUNT;
    for (let row = 0; row < this.depth; row++) {
      const at = this.#at(item, row);
      const number = Math.floor(at / BLOCK);
      const count = cellOf(this.#blocks.read(number), at - number * BLOCK);
      if (count < least) least = count;
    }
    return least;
  }

  /**
   * Makes this the sum of sketches of the same size, this one perhaps among them.
   *
   * @returns Whether every counter can hold its sum; if not, nothing was changed.
   */
  merge(sources: readonly CountMinSketch[], weights: readonly bigint[]): boolean {
    const factors = weights.map(Number);
    // With these every sum is exact in doubles.
    const small = factors.reduce((sum, factor) => sum + Math.abs(factor), 0) < 2 ** 20;
    // Where there are zeros in all of them, there is nothing to add.
    const blocks = [
      ...new Set([this, ...sources].flatMap((each) => each.#blocks.present(0, this.bytes))),
    ];
    const sumAt = (number: number, at: number): number => {
      if (small) {
        let sum = 0;
        for (let i = 0; i < sources.length; i++) {
          sum += cellOf(sources[i]!.#blocks.read(number), at) * factors[i]!;
        }
        return sum;
      }
      let sum = 0n;
      for (const [i, source] of sources.entries()) {
        sum += BigInt(cellOf(source.#blocks.read(number), at)) * weights[i]!;
      }
      return sum < 0n || sum > BigInt(GREATEST_COUNT) ? -1 : Number(sum);
    };
    for (const number of blocks) {
      for (let at = 0; at < BLOCK; at += CELL) {
        const sum = sumAt(number, at);
        if (sum < 0 || sum > GREATEST_COUNT) return false;
      }
    }
    let count = 0n;
    for (const [i, source] of sources.entries()) {
      count += source.count * weights[i]!;
      if (BigInt.asIntN(64, count) !== count) return false;
    }
    if (count < 0n) return false;
    const sums = new Float64Array(BLOCK / CELL);
    for (const number of blocks) {
      let changes = false;
      for (let i = 0; i < sums.length; i++) {
        sums[i] = sumAt(number, i * CELL);
        changes ||= cellOf(this.#blocks.read(number), i * CELL) !== sums[i];
      }
      if (!changes) continue;
      const block = this.#blocks.edit(number);
      for (let i = 0; i < sums.length; i++) setCell(block, i * CELL, sums[i]!);
    }
    this.count = count;
    return true;
  }

  /** All counters, as bytes. */
  cells(): Uint8Array {
    return this.#blocks.copy(0, this.bytes);
  }

  /** Puts counters in place of those that are there. */
  putCells(bytes: Uint8Array): void {
    this.#blocks.put(0, bytes);
  }

  protected save(): void {
    this.#blocks.save();
    const view = this.facts(24);
    view.setFloat64(0, this.width, true);
    view.setFloat64(8, this.depth, true);
    view.setBigInt64(16, this.count, true);
  }

  forget(): void {
    this.#blocks.forget();
  }
}

/** The count-min sketches of a store. */
export class CountMinSketches extends Sketches<CountMinSketch> {
  /** @param cacheBytes What the cache may take. */
  constructor(engine: Engine, keyspace: Keyspace, cacheBytes: () => number) {
    super(engine, keyspace, cacheBytes, { type: TYPE.COUNT_MIN, table: "count_min_blocks" });
  }

  protected load(collection: Collection): CountMinSketch {
    const { buffer, byteOffset, length } = collection.metadata;
    const view = new DataView(buffer, byteOffset, length);
    return new CountMinSketch(collection, this.rows, this.budget, {
      width: view.getFloat64(0, true),
      depth: view.getFloat64(8, true),
      count: view.getBigInt64(16, true),
    });
  }

  /** Makes a key hold a sketch without a count. @throws {CommandError} If it would be too large. */
  create(db: number, key: Slice, facts: CountMinFacts): CountMinSketch {
    if (cellBytes(facts) === undefined) {
      throw new CommandError("CMS: Insufficient memory to create the key");
    }
    return this.make(
      db,
      key,
      (collection) => new CountMinSketch(collection, this.rows, this.budget, facts),
    );
  }
}
