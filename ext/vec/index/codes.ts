/**
 * The codes by which an index compares vectors: 8 bits a number, or one. From them follow a distance
 * and how far that may be off.
 *
 * @module
 */

import { type Arena, strideOf } from "../kernels/kernels.ts";
import {
  binaryDistance,
  codeSize,
  cosineDistance,
  dotOfCodes,
  encode,
  QUANTIZATION,
  rangeOf,
  toInt8,
} from "../quantization.ts";
import type { List } from "./list.ts";

/**
 * How an index measures: the square of Euclid's distance, 1 less the inner product, the same of
 * vectors of length 1, or the share of signs that differ, twice.
 */
export type Metric = "L2" | "IP" | "COSINE" | "BITS";

/** How wrong a distance may be is met by all but one in ten thousand. */
const DEVIATIONS = 4;
const LARGEST = 127;
/** What sums of single precision may be off. */
const ROUNDING = 1e-6;

/** Makes codes and compares with them. */
export class Codes {
  /** Bytes of a row of codes. */
  readonly stride: number;
  /** Bounds of errors are certain, not only likely. */
  certain = false;
  readonly dim: number;
  readonly metric: Metric;
  /** Whether what the codes say is all that is known of a vector, so that nothing more exact follows. */
  readonly exact: boolean;
  readonly #arena: Arena;
  readonly #code: Int8Array;
  readonly #likely: number;
  #queryRange = 0;
  #queryNorm = 0;
  #queryError = 0;

  /** Begins without a query. */
  constructor(arena: Arena, dim: number, metric: Metric, exact: boolean) {
    this.#arena = arena;
    this.dim = dim;
    this.metric = metric;
    this.exact = exact;
    this.#code = new Int8Array(dim);
    this.stride = strideOf(metric === "BITS" ? codeSize(QUANTIZATION.BINARY, dim) : dim);
    this.#likely = Math.min(1, DEVIATIONS / Math.sqrt(dim));
  }

  /** Writes a vector's code to the arena, and what goes with it to a list. */
  place(vector: Float32Array, at: number, list: List, row: number): void {
    if (this.metric === "BITS") {
      this.#arena.bytes.set(encode(vector, QUANTIZATION.BINARY), at);
      return;
    }
    const code = this.#code;
    const range = rangeOf(vector);
    toInt8(vector, range, code);
    this.#arena.bytes.set(new Uint8Array(code.buffer), at);
    list.ranges[row] = range;
    if (this.exact) return;
    list.norms[row] = norm(vector);
    list.errors[row] = errorOf(vector, code, range);
  }

  /** The vector that a row of codes stands for. */
  read(list: List, row: number, into: Float32Array): void {
    const { bytes } = this.#arena;
    const at = list.rows.at(row);
    if (this.metric === "BITS") {
      for (let i = 0; i < into.length; i++) {
        into[i] = (bytes[at + (i >> 3)]! >> (i & 7) & 1) === 1 ? 1 : -1;
      }
      return;
    }
    const scale = list.ranges[row]! / LARGEST;
    for (let i = 0; i < into.length; i++) into[i] = (bytes[at + i]! << 24 >> 24) * scale;
  }

  /** Sets what the next rows are compared with. */
  query(vector: Float32Array): void {
    if (this.metric === "BITS") {
      this.#arena.queryBits(encode(vector, QUANTIZATION.BINARY));
      return;
    }
    const code = this.#code;
    const range = rangeOf(vector);
    toInt8(vector, range, code);
    this.#arena.queryInt8(code);
    this.#queryRange = range;
    if (this.exact) return;
    this.#queryNorm = norm(vector);
    this.#queryError = errorOf(vector, code, range);
  }

  /** Compares rows that lie one after another with the query: {@linkcode distance} tells. */
  compare(at: number, count: number): void {
    if (this.metric === "BITS") this.#arena.hamming(at, this.stride, count);
    else this.#arena.dotInt8(at, this.stride, count);
  }

  /**
   * Visits those of the rows just compared that may be nearer than a bound, which may sink meanwhile.
   *
   * @param start The first row that was compared.
   * @param mask Which rows may be visited at all.
   * @param visit Gets a row, its distance and how far that may be off; returns the bound from now on.
   */
  nearer(
    list: List,
    start: number,
    count: number,
    mask: Uint8Array | undefined,
    bound: number,
    visit: (row: number, distance: number, error: number) => number,
  ): void {
    const { integers } = this.#arena;
    const { ranges, norms } = list;
    const scale = this.#queryRange / (LARGEST * LARGEST);
    if (this.exact && this.metric === "COSINE" && mask === undefined && scale > 0) {
      // The products by which rows are passed over, at a nanosecond or two each.
      const least = (bound: number) => bound >= 2 ? -Infinity : (1 - bound - ROUNDING) / scale;
      let product = least(bound);
      for (let i = 0, row = start; i < count; i++, row++) {
        if (integers[i]! * ranges[row]! < product) continue;
        product = least(visit(row, this.distance(i, list, row), 0));
      }
      return;
    }
    const isBits = this.metric === "BITS", isL2 = this.metric === "L2";
    const base = isL2 ? this.#queryNorm ** 2 : 1;
    const most = this.metric === "COSINE" ? 2 : Infinity;
    for (let i = 0; i < count; i++) {
      const row = start + i;
      if (mask !== undefined && mask[row] === 0) continue;
      // Of most rows this is all that is looked at; the exact terms follow below.
      const value = integers[i]!;
      const dot = value * ranges[row]! * scale;
      const rough = isBits
        ? 2 * value / this.dim
        : isL2
        ? base + norms[row]! * norms[row]! - 2 * dot
        : Math.min(most, base - dot);
      const error = this.error(list, row);
      if (rough - error - ROUNDING > bound) continue;
      bound = visit(row, this.distance(i, list, row), error);
    }
  }

  /** How far a row is that was compared. @param index Its place among those compared. */
  distance(index: number, list: List, row: number): number {
    const value = this.#arena.integers[index]!;
    if (this.metric === "BITS") return binaryDistance(value, this.dim);
    const range = list.ranges[row]!;
    if (this.metric === "COSINE") return cosineDistance(dotOfCodes(value, this.#queryRange, range));
    const dot = value * this.#queryRange * range / (LARGEST * LARGEST);
    if (this.metric === "IP") return 1 - dot;
    return this.#queryNorm ** 2 + list.norms[row]! ** 2 - 2 * dot;
  }

  /** How far that distance may be off. */
  error(list: List, row: number): number {
    if (this.exact) return 0;
    const error = list.errors[row]!;
    const bound = this.#queryNorm * error + this.#queryError * (list.norms[row]! + error);
    // The sums are of single precision.
    const rounding = ROUNDING * (1 + this.#queryNorm * list.norms[row]!);
    return (this.metric === "L2" ? 2 : 1) *
      (this.certain ? bound + rounding : bound * this.#likely + rounding);
  }
}

function norm(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}

/** How far a code is from its vector. */
function errorOf(vector: Float32Array, code: Int8Array, range: number): number {
  const scale = range / LARGEST;
  let sum = 0;
  for (let i = 0; i < vector.length; i++) {
    const difference = vector[i]! - code[i]! * scale;
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
