/**
 * Memory for the codes of vectors, and the loops over them in WebAssembly: of 100,000 vectors of 384
 * dimensions, 8 bits each, all inner products with one query take 3 ms.
 *
 * Memory is given out in blocks of whole units, and blocks of one size are used again. It grows up to
 * what its owner allows; what it was for is the owner's to drop.
 *
 * @module
 */

import { KERNELS } from "./kernels_wasm.ts";

/** Bytes of a unit, and of the smallest block. */
const UNIT = 1024;
const SMALLEST_BLOCK = 2 * UNIT;
/** Rows of a block, at least: a call for fewer costs as much as they do, and half a block is empty. */
const ROWS_PER_BLOCK = 16;
/** Bytes of a page of WebAssembly's memory. */
const WASM_PAGE = 64 * 1024;
/** Bytes at the beginning for one query and the results of one call. */
const SCRATCH = 1024 * 1024;
/** Where in them the results begin. */
const RESULTS = SCRATCH / 2;
/** Rows that one call is for, at most. */
export const ROWS_PER_CALL: number = (SCRATCH - RESULTS) / 4;
/** Bytes that a query may take: of 16-bit numbers, or 32-bit ones. */
export const LARGEST_QUERY: number = RESULTS;

type Kernel = (
  query: number,
  rows: number,
  stride: number,
  count: number,
  results: number,
) => void;

interface Kernels {
  readonly dotInt8: Kernel;
  readonly dotInt4: Kernel;
  readonly dotFloat32: Kernel;
  readonly hamming: Kernel;
}

let compiled: WebAssembly.Module | undefined;

function instantiate(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(
    Uint8Array.from(atob(KERNELS), (character) => character.charCodeAt(0)),
  );
  const { exports } = new WebAssembly.Instance(compiled, { vec: { memory } });
  return exports as unknown as Kernels;
}

/** Bytes of a row, padded as the kernels want it. */
export function strideOf(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** The same of a row of 32-bit numbers. */
export function floatStrideOf(numbers: number): number {
  return Math.ceil(numbers / 8) * 32;
}

/** The memory of one database's codes. */
export class Arena {
  /** All of it, as bytes. Not to be kept: it is another after memory has grown. */
  bytes: Uint8Array;
  /** Results of the last call as integers, from index 0 on. Not to be kept. */
  integers: Int32Array;
  /** The same as floating-point numbers. */
  floats: Float32Array;
  /** Bytes of blocks in use. */
  used = 0;
  /** Bytes that are kept elsewhere of what is in them, as their owners count them. */
  beside = 0;
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  readonly #free = new Map<number, number[]>();
  #end = SCRATCH;

  /** Begins with room for queries alone. */
  constructor() {
    this.#memory = new WebAssembly.Memory({ initial: SCRATCH / WASM_PAGE, maximum: 65536 });
    this.#kernels = instantiate(this.#memory);
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.integers = new Int32Array(this.#memory.buffer, RESULTS);
    this.floats = new Float32Array(this.#memory.buffer, RESULTS);
  }

  /** Bytes of a block of rows. @param stride Bytes of a row. */
  static blockSize(stride: number): number {
    return Math.max(SMALLEST_BLOCK, Math.ceil(ROWS_PER_BLOCK * stride / UNIT) * UNIT);
  }

  /** Takes a block. @param size A multiple of a unit. @returns Where it begins. */
  take(size: number): number {
    this.used += size;
    const free = this.#free.get(size)?.pop() ?? this.#cut(size);
    if (free !== undefined) return free;
    const at = this.#end;
    this.#end += size;
    const { byteLength } = this.#memory.buffer;
    if (this.#end > byteLength) {
      // By a sixteenth at least, for each time every view is made anew.
      const wanted = Math.max(this.#end, byteLength + byteLength / 16);
      this.#memory.grow(Math.ceil((wanted - byteLength) / WASM_PAGE));
      this.bytes = new Uint8Array(this.#memory.buffer);
      this.integers = new Int32Array(this.#memory.buffer, RESULTS);
      this.floats = new Float32Array(this.#memory.buffer, RESULTS);
    }
    return at;
  }

  /** Takes a block from the end of a free one that is larger, if there is one. */
  #cut(size: number): number | undefined {
    let larger = Infinity;
    for (const [of, blocks] of this.#free) {
      if (of > size && of < larger && blocks.length > 0) larger = of;
    }
    const at = this.#free.get(larger)?.pop();
    if (at === undefined) return undefined;
    this.#keep(at, larger - size);
    return at + larger - size;
  }

  /** Gives a block back. */
  give(at: number, size: number): void {
    this.used -= size;
    this.#keep(at, size);
  }

  #keep(at: number, size: number): void {
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [at]);
    else free.push(at);
  }

  /** Sets the query that the next calls compare with: 8-bit codes. */
  queryInt8(code: Int8Array): void {
    // Rows of 4-bit codes have two numbers a byte.
    const query = new Int16Array(this.#memory.buffer, 0, 2 * strideOf(code.length / 2));
    query.fill(0, code.length);
    query.set(code);
  }

  /** Sets the query: 32-bit numbers. */
  queryFloat32(vector: Float32Array): void {
    const query = new Float32Array(this.#memory.buffer, 0, floatStrideOf(vector.length) / 4);
    query.fill(0, vector.length);
    query.set(vector);
  }

  /** Sets the query: bits. */
  queryBits(bits: Uint8Array): void {
    this.bytes.fill(0, bits.length, strideOf(bits.length));
    this.bytes.set(bits);
  }

  /** Inner products with rows of 8-bit codes, into {@linkcode integers}. */
  dotInt8(rows: number, stride: number, count: number): void {
    this.#kernels.dotInt8(0, rows, stride, count, RESULTS);
  }

  /** Sixteen times the inner products with rows of 4-bit codes, into {@linkcode integers}. */
  dotInt4(rows: number, stride: number, count: number): void {
    this.#kernels.dotInt4(0, rows, stride, count, RESULTS);
  }

  /** Inner products with rows of 32-bit numbers, into {@linkcode floats}. */
  dotFloat32(rows: number, stride: number, count: number): void {
    this.#kernels.dotFloat32(0, rows, stride, count, RESULTS);
  }

  /** Bits that differ from rows of bits, into {@linkcode integers}. */
  hamming(rows: number, stride: number, count: number): void {
    this.#kernels.hamming(0, rows, stride, count, RESULTS);
  }
}
