/** Vectors among the arguments of a command. */

import type { Arguments } from "../../../src/resp/arguments.ts";
import { int64At } from "../../../src/commands/table/options.ts";
import { err } from "../../../src/store/values/errors.ts";
import type { Slice } from "../../../src/store/values/slice.ts";
import { numberOf } from "../filter/values.ts";
import { LARGEST_QUERY } from "../kernels/kernels.ts";

/** Numbers of a vector at most. */
export const LARGEST_DIM: number = LARGEST_QUERY / 4;

/** A vector, and where what follows it begins. */
export interface GivenVector {
  /** Its numbers. */
  readonly vector: Float32Array;
  /** Index of the next argument. */
  readonly next: number;
}

/** The error for all that is no vector. */
export const invalidVector = () => err("invalid vector specification");

/**
 * The vector at `index`: `FP32 blob` or `VALUES num value ...`.
 *
 * @throws {CommandError} If there is none, or one of its numbers is not finite.
 */
export function vectorAt(args: Arguments, index: number): GivenVector {
  if (index + 1 >= args.count) throw invalidVector();
  if (args.is(index, "FP32")) {
    return { vector: blobVector(args.at(index + 1)), next: index + 2 };
  }
  if (!args.is(index, "VALUES")) throw invalidVector();
  const count = int64At(args, index + 1);
  const first = index + 2;
  if (typeof count !== "number" || count <= 0 || count > LARGEST_DIM) throw invalidVector();
  if (first + count > args.count) throw invalidVector();
  const vector = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = vector[i] = valueOf(args.at(first + i));
    if (!isFinite(value) || !isFinite(vector[i]!)) throw invalidVector();
  }
  return { vector, next: first + count };
}

/** A blob of 32-bit numbers, little-endian. */
function blobVector({ bytes, start, end }: Slice): Float32Array {
  const size = end - start;
  if (size === 0 || size % 4 !== 0 || size > 4 * LARGEST_DIM) throw invalidVector();
  const vector = new Float32Array(size / 4);
  new Uint8Array(vector.buffer).set(bytes.subarray(start, end));
  for (let i = 0; i < vector.length; i++) if (!isFinite(vector[i]!)) throw invalidVector();
  return vector;
}

/** The number that an argument is, NaN if it is none. */
function valueOf(slice: Slice): number {
  const { bytes, start, end } = slice;
  // The longest text that can be a number: hundreds of digits are one, too.
  if (start === end || end - start > 4096 || bytes[start]! <= 0x20) return NaN;
  const text = slice.latin1();
  const value = numberOf(text) ?? NaN;
  // What is too small for a number is an error, as what is too large.
  return value === 0 && /^[^e]*[1-9]/i.test(text) ? NaN : value;
}
