/**
 * The middles of an index's lists, in the arena and in the order of the lists. Their numbers have 8 bits: a
 * middle need not be exact, and who adds a vector or searches reads all of them.
 */

import { type Arena, strideOf } from "../kernels/kernels.ts";
import { rangeOf, toInt8 } from "../quantization.ts";
import { Rows } from "./rows.ts";

/** The largest 8-bit code. */
const LARGEST = 127;
/** Lists of an index, at most, and steps by which their distances are told apart: 53 bits together. */
const MOST_LISTS = 2 ** 21;
const ORDER_STEPS = 2 ** 32 - 1;

/** Rows of codes, and what goes with each. */
class CodedRows {
  readonly rows: Rows;
  /** What a code stands for, of each row. */
  readonly scales: number[] = [];
  /** The squares of their lengths. */
  readonly norms: number[] = [];

  constructor(rows: Rows) {
    this.rows = rows;
  }

  clear(): void {
    this.rows.clear();
    this.scales.length = this.norms.length = 0;
  }
}

/** Measures how far middles are from a vector. */
export class Middles {
  readonly #arena: Arena;
  readonly #dim: number;
  readonly #byProduct: boolean;
  readonly #all: CodedRows;
  /** Some of them, and their indexes. */
  readonly #chosen: CodedRows;
  #indexes: number[] = [];
  readonly #code: Int8Array;

  /** @param byProduct Whether a middle is the nearer the larger its inner product, whatever its length. */
  constructor(arena: Arena, dim: number, byProduct: boolean) {
    this.#arena = arena;
    this.#dim = dim;
    this.#byProduct = byProduct;
    this.#all = new CodedRows(new Rows(arena, strideOf(dim)));
    this.#chosen = new CodedRows(new Rows(arena, strideOf(dim)));
    this.#code = new Int8Array(dim);
  }

  /** How many there are. */
  get count(): number {
    return this.#all.rows.count;
  }

  /** Adds one. */
  push(middle: Float32Array): void {
    this.#all.rows.push();
    this.set(this.count - 1, middle);
  }

  /** Moves one. */
  set(index: number, middle: Float32Array): void {
    const { rows, scales, norms } = this.#all;
    const code = this.#code;
    const range = rangeOf(middle);
    toInt8(middle, range, code);
    this.#arena.bytes.set(new Uint8Array(code.buffer), rows.at(index));
    scales[index] = range / LARGEST;
    norms[index] = code.reduce((sum, value) => sum + value * value, 0) * scales[index]! ** 2;
  }

  /** One of them. */
  at(index: number): Float32Array {
    const { rows, scales } = this.#all;
    const code = new Int8Array(this.#arena.bytes.buffer, rows.at(index), this.#dim);
    return Float32Array.from(code, (value) => value * scales[index]!);
  }

  /** Removes one; the last takes its place. */
  remove(index: number): void {
    const { rows, scales, norms } = this.#all;
    rows.remove(index);
    scales[index] = scales[rows.count]!;
    norms[index] = norms[rows.count]!;
    scales.length = norms.length = rows.count;
  }

  /** Removes all. */
  clear(): void {
    this.#all.clear();
    this.#chosen.clear();
  }

  /** The index of the one that is nearest to a vector that is to be added. */
  nearest(vector: Float32Array): number {
    return this.#nearest(this.#all, vector);
  }

  /** Chooses those that are nearest to a vector, for {@linkcode nearestChosen}. */
  choose(vector: Float32Array, count: number): void {
    const all = this.#all, chosen = this.#chosen;
    chosen.clear();
    this.#indexes = Array.from(this.order(vector).subarray(0, count));
    for (const index of this.#indexes) {
      const at = chosen.rows.push(), from = all.rows.at(index);
      this.#arena.bytes.copyWithin(at, from, from + all.rows.stride);
      chosen.scales.push(all.scales[index]!);
      chosen.norms.push(all.norms[index]!);
    }
  }

  /** The index of the one of these that is nearest to a vector. */
  nearestChosen(vector: Float32Array): number {
    return this.#indexes[this.#nearest(this.#chosen, vector)]!;
  }

  /** Sets what rows are compared with. @returns What one of its codes stands for. */
  #query(vector: Float32Array): number {
    const range = rangeOf(vector);
    toInt8(vector, range, this.#code);
    this.#arena.queryInt8(this.#code);
    return range / LARGEST;
  }

  /** Which row is nearest: all that is done with most of them is in this loop. */
  #nearest({ rows, scales, norms }: CodedRows, vector: Float32Array): number {
    const arena = this.#arena;
    const double = 2 * this.#query(vector);
    const { integers } = arena;
    let best = 0, least = Infinity;
    for (let start = 0, block = 0; start < rows.count; start += rows.perBlock, block++) {
      const count = Math.min(rows.perBlock, rows.count - start);
      arena.dotInt8(rows.block(block), rows.stride, count);
      for (let i = 0; i < count; i++) {
        const distance = norms[start + i]! - double * scales[start + i]! * integers[i]!;
        if (distance >= least) continue;
        least = distance;
        best = start + i;
      }
    }
    return best;
  }

  /** The indexes of all, the nearest to a query first. */
  order(query: Float32Array): Float64Array {
    const keys = new Float64Array(this.count);
    let least = Infinity, most = -Infinity;
    const arena = this.#arena, { rows, scales, norms } = this.#all;
    const scale = this.#query(query);
    const { integers } = arena;
    for (let start = 0, block = 0; start < rows.count; start += rows.perBlock, block++) {
      const count = Math.min(rows.perBlock, rows.count - start);
      arena.dotInt8(rows.block(block), rows.stride, count);
      for (let i = 0; i < count; i++) {
        const dot = integers[i]! * scale * scales[start + i]!;
        const distance = this.#byProduct ? -dot : norms[start + i]! - 2 * dot;
        keys[start + i] = distance;
        if (distance < least) least = distance;
        if (distance > most) most = distance;
      }
    }
    // As numbers that have the distance above and the index below: those are sorted without a function.
    const steps = most > least ? ORDER_STEPS / (most - least) : 0;
    for (let i = 0; i < keys.length; i++) {
      keys[i] = Math.floor((keys[i]! - least) * steps) * MOST_LISTS + i;
    }
    keys.sort();
    for (let i = 0; i < keys.length; i++) keys[i] = keys[i]! % MOST_LISTS;
    return keys;
  }
}
