/**
 * HyperLogLog: counts distinct elements in at most 12 KB, with a standard error of 0.81 %.
 *
 * An element's hash chooses one of 16384 registers, which keeps the longest run of zeros that a
 * hash has shown it. From how many registers have which value Ertl's estimator tells how many
 * elements there were (arXiv:1702.01284): without correction tables, and as well for few elements
 * as for many.
 *
 * A HyperLogLog is a string, byte by byte the one Redis makes:
 *
 *     "HYLL"  encoding (0 dense, 1 sparse)  3 unused bytes  cardinality, 8 bytes  registers
 *
 * The cardinality is the one last computed, little-endian, its highest bit set if it is out of
 * date. Dense registers have 6 bits each, the lowest bits of a byte first; sparse ones are runs
 * (see `hyperloglog_sparse.ts`). A HyperLogLog begins sparse and becomes dense for good when its
 * runs get too long or a register too great for them.
 *
 * @module
 */

import { CommandError } from "../values/errors.ts";
import { COUNTED_BITS, INDEX_BITS, registerOf } from "./hyperloglog_hash.ts";
import {
  describeRuns,
  forEachRun,
  raise,
  RAISED,
  REGISTERS,
  writeEmpty,
} from "./hyperloglog_sparse.ts";
import { narrow } from "../values/integers.ts";
import { Slice } from "../values/slice.ts";
import type { StringValue } from "./string_value.ts";

export { REGISTERS };

const MAGIC = Uint8Array.of(0x48, 0x59, 0x4c, 0x4c);
const ENCODING_AT = 4;
const DENSE = 0;
const SPARSE = 1;
/** Where the estimate is. */
export const CARDINALITY_AT = 8;
const COUNT_SIZE = 8;
const HEADER_SIZE = CARDINALITY_AT + COUNT_SIZE;
const DENSE_SIZE = HEADER_SIZE + REGISTERS * 6 / 8;
/** Valid runs are no longer than this: two bytes for each register. */
const MAX_SPARSE_SIZE = HEADER_SIZE + 2 * REGISTERS;
/** Greatest value of a register. */
const MAX_REGISTER = 63;

const notAHyperLogLog = () =>
  new CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.");
const corrupt = () => new CommandError("INVALIDOBJ Corrupted HLL object detected");

/** The registers of several HyperLogLogs merged, a byte each. */
export class Registers {
  /** Their values. */
  readonly values: Uint8Array = new Uint8Array(REGISTERS);

  /** Sets all to zero. */
  clear(): void {
    this.values.fill(0);
  }

  /** The estimated number of elements. */
  count(): number {
    const histogram = new Uint32Array(MAX_REGISTER + 1);
    for (const value of this.values) histogram[value]!++;
    return estimate(histogram);
  }
}

/** One HyperLogLog in memory. One object serves for all, loaded anew each time. */
export class HyperLogLog {
  readonly #bytes = new Uint8Array(MAX_SPARSE_SIZE + 4);
  #length = 0;
  readonly #registers = new Registers();
  readonly #slice = new Slice();

  /** Becomes an empty one, which is sparse. */
  reset(): void {
    this.#bytes.fill(0, 0, HEADER_SIZE);
    this.#bytes.set(MAGIC);
    this.#bytes[ENCODING_AT] = SPARSE;
    this.#length = writeEmpty(this.#bytes, HEADER_SIZE);
  }

  /**
   * Becomes the one a string holds.
   *
   * @throws {CommandError} WRONGTYPE if it holds none, INVALIDOBJ if it is too long for one.
   */
  load(value: StringValue): void {
    const { length } = value;
    if (length < HEADER_SIZE) throw notAHyperLogLog();
    if (length > MAX_SPARSE_SIZE) value.narrow(0, HEADER_SIZE);
    value.copyInto(this.#bytes, 0);
    this.#length = value.length;
    const encoding = this.#bytes[ENCODING_AT];
    const valid = MAGIC.every((byte, i) => this.#bytes[i] === byte) &&
      (encoding === SPARSE || encoding === DENSE && length === DENSE_SIZE);
    if (!valid) throw notAHyperLogLog();
    if (length > MAX_SPARSE_SIZE) throw corrupt();
  }

  /** The string, valid until the next change. */
  get slice(): Slice {
    return this.#slice.set(this.#bytes, 0, this.#length);
  }

  /** Whether it is dense. */
  get dense(): boolean {
    return this.#bytes[ENCODING_AT] === DENSE;
  }

  /**
   * Adds an element.
   *
   * @param sparseLimit How long a sparse one may get, in bytes.
   * @returns Whether a register has changed, and so the estimate may have.
   * @throws {CommandError} INVALIDOBJ
   */
  add({ bytes, start, end }: Slice, sparseLimit: number): boolean {
    const register = registerOf(bytes, start, end);
    return this.raise(register & (REGISTERS - 1), register >> INDEX_BITS, sparseLimit);
  }

  /** Makes a register at least `value`. @returns Whether it was less. @throws {CommandError} */
  raise(index: number, value: number, sparseLimit: number): boolean {
    if (!this.dense) {
      const end = raise(this.#bytes, HEADER_SIZE, this.#length, index, value, (by) => {
        // Longer runs than are valid would not fit the buffer, whatever the limit.
        return this.#length + by <= Math.min(sparseLimit, MAX_SPARSE_SIZE);
      });
      if (end >= 0) {
        this.#length = end;
        return true;
      }
      if (end === RAISED.NO) return false;
      if (end === RAISED.CORRUPT) throw corrupt();
      this.makeDense();
    }
    if (value <= readRegister(this.#bytes, index)) return false;
    writeRegister(this.#bytes, index, value);
    return true;
  }

  /** Becomes dense. @returns Whether it was sparse. @throws {CommandError} INVALIDOBJ */
  makeDense(): boolean {
    if (this.dense) return false;
    this.#registers.clear();
    this.mergeInto(this.#registers);
    this.setDense(this.#registers);
    return true;
  }

  /** Becomes dense, with these registers. */
  setDense({ values }: Registers): void {
    const bytes = this.#bytes;
    bytes[ENCODING_AT] = DENSE;
    this.#length = DENSE_SIZE;
    for (let i = 0, at = HEADER_SIZE; i < REGISTERS; i += 4, at += 3) {
      bytes[at] = values[i]! | values[i + 1]! << 6;
      bytes[at + 1] = values[i + 1]! >> 2 | values[i + 2]! << 4;
      bytes[at + 2] = values[i + 2]! >> 4 | values[i + 3]! << 2;
    }
  }

  /** Makes each of the registers at least what it is here. @throws {CommandError} INVALIDOBJ */
  mergeInto({ values }: Registers): void {
    if (this.dense) {
      const bytes = this.#bytes;
      for (let i = 0, at = HEADER_SIZE; i < REGISTERS; i += 4, at += 3) {
        const four = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
        const a = four & 63, b = four >> 6 & 63, c = four >> 12 & 63, d = four >> 18;
        if (a > values[i]!) values[i] = a;
        if (b > values[i + 1]!) values[i + 1] = b;
        if (c > values[i + 2]!) values[i + 2] = c;
        if (d > values[i + 3]!) values[i + 3] = d;
      }
      return;
    }
    const valid = forEachRun(this.#bytes, HEADER_SIZE, this.#length, (value, first, run) => {
      for (let i = first; i < first + run; i++) if (value > values[i]!) values[i] = value;
    });
    if (!valid) throw corrupt();
  }

  /** The estimated number of elements. @throws {CommandError} INVALIDOBJ */
  count(): number {
    const histogram = new Uint32Array(MAX_REGISTER + 1);
    if (this.dense) {
      const bytes = this.#bytes;
      for (let at = HEADER_SIZE; at < DENSE_SIZE; at += 3) {
        const four = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
        histogram[four & 63]!++;
        histogram[four >> 6 & 63]!++;
        histogram[four >> 12 & 63]!++;
        histogram[four >> 18]!++;
      }
    } else {
      const valid = forEachRun(this.#bytes, HEADER_SIZE, this.#length, (value, _first, run) => {
        histogram[value]! += run;
      });
      if (!valid) throw corrupt();
    }
    return estimate(histogram);
  }

  /** The estimate last computed, undefined if it is out of date. */
  get cachedCount(): number | bigint | undefined {
    const view = new DataView(this.#bytes.buffer, CARDINALITY_AT, COUNT_SIZE);
    const count = view.getBigInt64(0, true);
    return count < 0n ? undefined : narrow(count);
  }

  /** Notes the estimate. */
  set cachedCount(count: number | bigint) {
    const view = new DataView(this.#bytes.buffer, CARDINALITY_AT, COUNT_SIZE);
    view.setBigInt64(0, BigInt(count), true);
  }

  /** The estimate's bytes, from {@linkcode CARDINALITY_AT} on; valid until the next change. */
  get countSlice(): Slice {
    return this.#slice.set(this.#bytes, CARDINALITY_AT, CARDINALITY_AT + COUNT_SIZE);
  }

  /** Notes that registers have changed since the estimate was computed. */
  invalidateCount(): void {
    this.#bytes[CARDINALITY_AT + 7]! |= 0x80;
  }

  /** The value of a register of a dense one. */
  register(index: number): number {
    return readRegister(this.#bytes, index);
  }

  /** Sets a register of a dense one. */
  setRegister(index: number, value: number): void {
    writeRegister(this.#bytes, index, value);
  }

  /** The runs of a sparse one, as PFDEBUG DECODE shows them. */
  runs(): string {
    return describeRuns(this.#bytes, HEADER_SIZE, this.#length);
  }
}

// The last register ends with its byte: what is read or-ed in of the next one is masked away.

function readRegister(bytes: Uint8Array, index: number): number {
  const at = HEADER_SIZE + (6 * index >> 3), shift = 6 * index & 7;
  return (bytes[at]! | bytes[at + 1]! << 8) >> shift & MAX_REGISTER;
}

function writeRegister(bytes: Uint8Array, index: number, value: number): void {
  const at = HEADER_SIZE + (6 * index >> 3), shift = 6 * index & 7;
  const both = bytes[at]! | bytes[at + 1]! << 8;
  const written = both & ~(MAX_REGISTER << shift) | value << shift;
  bytes[at] = written;
  bytes[at + 1] = written >> 8;
}

/** 1 / (2 ln 2). */
const ALPHA = 0.7213475204444817;

/** Estimates the number of elements from how many registers have which value. */
function estimate(histogram: Uint32Array): number {
  let z = REGISTERS * tau(1 - histogram[COUNTED_BITS + 1]! / REGISTERS);
  for (let value = COUNTED_BITS; value >= 1; value--) z = (z + histogram[value]!) * 0.5;
  z += REGISTERS * sigma(histogram[0]! / REGISTERS);
  return Math.round(ALPHA * REGISTERS * REGISTERS / z);
}

/** Ertl's correction for registers that are zero. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let y = 1, z = x, before: number;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z !== before);
  return z;
}

/** Ertl's correction for registers that are as great as can be. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let y = 1, z = 1 - x, before: number;
  do {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z !== before);
  return z / 3;
}
