/**
 * The codes by which an index compares vectors: 8 bits a number, 4 in lists that were made coarse where
 * memory is short, or one. From them follow a distance and how far that may be off.
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
import { List } from "./list.ts";
import { NIBBLE_OFFSET, NIBBLE_SCALE, nibbleSize, packNibbles, unpackNibbles } from "./nibbles.ts";
import { Rows } from "./rows.ts";

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
  /** Bytes of a row of codes of a list that is not coarse. */
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
  #querySum = 0;
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

  /** Whether lists can be made coarse. */
  get canBeCoarse(): boolean {
    return this.metric !== "BITS";
  }

  /** Readies a list without codes for those of one kind or the other. */
  begin(list: List, coarse: boolean): void {
    if (list.coarse !== coarse) list.rows = this.#rows(coarse);
    list.coarse = coarse;
  }

  #rows(coarse: boolean): Rows {
    return new Rows(this.#arena, coarse ? strideOf(nibbleSize(this.dim)) : this.stride);
  }

  /** A list without codes, which is not coarse. */
  list(id: number, numbers?: Uint32Array): List {
    return new List(id, this.#rows(false), numbers);
  }

  /** Adds a vector's code to a list, and what goes with it. @param row Its row, the next one. */
  push(vector: Float32Array, list: List, row: number): void {
    if (this.metric === "BITS") {
      const at = list.rows.push();
      this.#arena.bytes.set(encode(vector, QUANTIZATION.BINARY), at);
      return;
    }
    const code = this.#code;
    const range = rangeOf(vector);
    toInt8(vector, range, code);
    this.#pushCode(code, range, list, row);
    if (this.exact) return;
    list.norms[row] = norm(vector);
    list.errors[row]! += errorOf(vector, code, range);
  }

  /** Adds a code as its source has it. @param read Copies it, and returns its range. */
  pushStored(
    read: (target: Uint8Array, at: number) => number,
    list: List,
    row: number,
  ): void {
    if (list.coarse) {
      const range = read(new Uint8Array(this.#code.buffer), 0);
      this.#pushCode(this.#code, range, list, row);
    } else {
      const at = list.rows.push();
      list.ranges[row] = read(this.#arena.bytes, at);
    }
  }

  #pushCode(code: Int8Array, range: number, list: List, row: number): void {
    const at = list.rows.push();
    const { bytes } = this.#arena;
    list.ranges[row] = range;
    if (list.coarse) list.errors[row] = range * packNibbles(code, bytes, at);
    else {
      bytes.set(new Uint8Array(code.buffer), at);
      if (!this.exact) list.errors[row] = 0;
    }
  }

  /** Adds a row of a list to another whose codes are of the same kind. @param to Its row, the next one. */
  copy(list: List, row: number, other: List, to: number): void {
    other.reserve(other.count, this.exact);
    const at = other.rows.push(), from = list.rows.at(row);
    this.#arena.bytes.copyWithin(at, from, from + list.rows.stride);
    other.ranges[to] = list.ranges[row]!;
    other.norms[to] = list.norms[row]!;
    other.errors[to] = list.errors[row]!;
  }

  /** Makes a list coarse that is not so already, and {@linkcode canBeCoarse}. */
  coarsen(list: List): void {
    const fine = list.rows;
    if (this.exact) list.errors = new Float32Array(list.ranges.length);
    list.coarse = true;
    list.rows = this.#rows(true);
    const code = this.#code, bytes = new Uint8Array(code.buffer);
    for (let row = 0; row < list.count; row++) {
      const from = fine.at(row);
      bytes.set(this.#arena.bytes.subarray(from, from + this.dim));
      const at = list.rows.push();
      list.errors[row]! += list.ranges[row]! * packNibbles(code, this.#arena.bytes, at);
    }
    fine.clear();
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
    if (list.coarse) return unpackNibbles(bytes, at, list.ranges[row]!, into);
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
    let sum = 0, squares = 0;
    for (let i = 0; i < code.length; i++) {
      sum += code[i]!;
      squares += code[i]! * code[i]!;
    }
    this.#querySum = sum;
    // Where codes are all there is, the query is its code as well.
    this.#queryNorm = this.exact ? Math.sqrt(squares) * range / LARGEST : norm(vector);
    this.#queryError = this.exact ? 0 : errorOf(vector, code, range);
  }

  /** Compares rows of a list that lie one after another with the query: {@linkcode distance} tells. */
  compare({ rows, coarse }: List, at: number, count: number): void {
    if (this.metric === "BITS") this.#arena.hamming(at, rows.stride, count);
    else if (coarse) this.#arena.dotInt4(at, rows.stride, count);
    else this.#arena.dotInt8(at, rows.stride, count);
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
    const { ranges, norms, errors, coarse } = list;
    const scale = this.#queryRange * this.#scaleOf(list);
    const offset = coarse ? NIBBLE_OFFSET * this.#querySum : 0;
    if (this.exact && this.metric === "COSINE" && mask === undefined && scale > 0) {
      // The products by which rows are passed over, at a nanosecond or two each.
      const least = (bound: number) => bound >= 2 ? -Infinity : (1 - bound - ROUNDING) / scale;
      const share = coarse ? this.#queryNorm * (this.certain ? 1 : this.#likely) / scale : 0;
      let product = least(bound);
      for (let i = 0, row = start; i < count; i++, row++) {
        const dot = (integers[i]! + offset) * ranges[row]!;
        if ((coarse ? dot + share * errors[row]! : dot) < product) continue;
        product = least(visit(row, this.distance(i, list, row), this.error(list, row)));
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
      const dot = (value + offset) * ranges[row]! * scale;
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

  /** What turns a product of codes into one of numbers, times both ranges. */
  #scaleOf({ coarse }: List): number {
    return coarse ? NIBBLE_SCALE : 1 / (LARGEST * LARGEST);
  }

  /** How far a row is that was compared. @param index Its place among those compared. */
  distance(index: number, list: List, row: number): number {
    const value = this.#arena.integers[index]!;
    if (this.metric === "BITS") return binaryDistance(value, this.dim);
    const range = list.ranges[row]!;
    if (this.metric === "COSINE" && !list.coarse) {
      return cosineDistance(dotOfCodes(value, this.#queryRange, range));
    }
    const product = list.coarse ? value + NIBBLE_OFFSET * this.#querySum : value;
    const dot = product * this.#queryRange * range * this.#scaleOf(list);
    if (this.metric === "COSINE") return cosineDistance(dot);
    if (this.metric === "IP") return 1 - dot;
    return this.#queryNorm ** 2 + list.norms[row]! ** 2 - 2 * dot;
  }

  /** How far that distance may be off. */
  error(list: List, row: number): number {
    if (this.exact && !list.coarse) return 0;
    const error = list.errors[row]!;
    const length = this.exact ? 0 : list.norms[row]!;
    const bound = this.#queryNorm * error + this.#queryError * (length + error);
    // The sums are of single precision.
    const rounding = ROUNDING * (1 + this.#queryNorm * length);
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
