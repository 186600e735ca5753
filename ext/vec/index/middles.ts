/** The middles of an index's lists, in the arena and in the order of the lists. */

import { type Arena, floatStrideOf } from "../kernels/kernels.ts";
import { Rows } from "./rows.ts";

/** Lists of an index, at most, and steps by which their distances are told apart: 53 bits together. */
const MOST_LISTS = 2 ** 21;
const ORDER_STEPS = 2 ** 32 - 1;

/** Measures how far middles are from a vector. */
export class Middles {
  readonly #arena: Arena;
  readonly #dim: number;
  readonly #byProduct: boolean;
  readonly #rows: Rows;
  /** The squares of their lengths. */
  #norms: number[] = [];
  /** Some of them, one after another, and their indexes. */
  readonly #chosen: Rows;
  #indexes: number[] = [];
  #chosenNorms: number[] = [];

  /** @param byProduct Whether a middle is the nearer the larger its inner product, whatever its length. */
  constructor(arena: Arena, dim: number, byProduct: boolean) {
    this.#arena = arena;
    this.#dim = dim;
    this.#byProduct = byProduct;
    this.#rows = new Rows(arena, floatStrideOf(dim));
    this.#chosen = new Rows(arena, floatStrideOf(dim));
  }

  /** How many there are. */
  get count(): number {
    return this.#rows.count;
  }

  /** Adds one. */
  push(middle: Float32Array): void {
    this.#rows.push();
    this.set(this.#rows.count - 1, middle);
  }

  /** Moves one. */
  set(index: number, middle: Float32Array): void {
    this.#view(index).set(middle);
    this.#norms[index] = middle.reduce((sum, value) => sum + value * value, 0);
  }

  /** A copy of one. */
  at(index: number): Float32Array {
    return this.#view(index).slice();
  }

  #view(index: number): Float32Array {
    return new Float32Array(this.#arena.bytes.buffer, this.#rows.at(index), this.#dim);
  }

  /** Removes one; the last takes its place. */
  remove(index: number): void {
    this.#rows.remove(index);
    this.#norms[index] = this.#norms[this.#norms.length - 1]!;
    this.#norms.pop();
  }

  /** Removes all. */
  clear(): void {
    this.#rows.clear();
    this.#norms = [];
  }

  /** The index of the one that is nearest to a vector that is to be added. */
  nearest(vector: Float32Array): number {
    return this.#nearest(this.#rows, this.#norms, vector);
  }

  /** Chooses those that are nearest to a vector, for {@linkcode nearestChosen}. */
  choose(vector: Float32Array, count: number): void {
    const chosen = this.#chosen;
    chosen.clear();
    this.#indexes = Array.from(this.order(vector).subarray(0, count));
    this.#chosenNorms = this.#indexes.map((index) => this.#norms[index]!);
    for (const index of this.#indexes) {
      const at = chosen.push(), from = this.#rows.at(index);
      this.#arena.bytes.copyWithin(at, from, from + chosen.stride);
    }
  }

  /** The index of the one of these that is nearest to a vector. */
  nearestChosen(vector: Float32Array): number {
    return this.#indexes[this.#nearest(this.#chosen, this.#chosenNorms, vector)]!;
  }

  /** Which row is nearest: all that is done with most of them is in this loop. */
  #nearest(rows: Rows, norms: readonly number[], vector: Float32Array): number {
    const arena = this.#arena;
    arena.queryFloat32(vector);
    const { floats } = arena;
    let best = 0, least = Infinity;
    for (let start = 0, block = 0; start < rows.count; start += rows.perBlock, block++) {
      const count = Math.min(rows.perBlock, rows.count - start);
      arena.dotFloat32(rows.block(block), rows.stride, count);
      for (let i = 0; i < count; i++) {
        const distance = norms[start + i]! - 2 * floats[i]!;
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
    const arena = this.#arena, rows = this.#rows;
    arena.queryFloat32(query);
    const { floats } = arena;
    for (let start = 0, block = 0; start < rows.count; start += rows.perBlock, block++) {
      const count = Math.min(rows.perBlock, rows.count - start);
      arena.dotFloat32(rows.block(block), rows.stride, count);
      for (let i = 0; i < count; i++) {
        const dot = floats[i]!;
        const distance = this.#byProduct ? -dot : this.#norms[start + i]! - 2 * dot;
        keys[start + i] = distance;
        if (distance < least) least = distance;
        if (distance > most) most = distance;
      }
    }
    // As numbers that have the distance above and the index below: those are sorted without a function.
    const scale = most > least ? ORDER_STEPS / (most - least) : 0;
    for (let i = 0; i < keys.length; i++) {
      keys[i] = Math.floor((keys[i]! - least) * scale) * MOST_LISTS + i;
    }
    keys.sort();
    for (let i = 0; i < keys.length; i++) keys[i] = keys[i]! % MOST_LISTS;
    return keys;
  }
}
