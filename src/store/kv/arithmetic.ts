/**
 * What becomes of a value by a sum, a minimum or a maximum. Integers of 64 bits without a sign are
 * added modulo 2^64; numbers and big integers, as V8 writes them, may be held within bounds. The errors
 * are those that Deno's own local database gives.
 *
 * @module
 */

import { err } from "../values/errors.ts";
import { readV8Number, writeV8Number } from "./v8_numbers.ts";

/** How a value is to be read. */
export const KV_ENCODING = { V8: 1, U64: 2, BYTES: 3 } as const;

/** A value. */
export interface KvValue {
  readonly data: Uint8Array;
  /** One of {@linkcode KV_ENCODING}. */
  readonly encoding: number;
}

/** What is done to a value that is there. */
export interface KvArithmetic {
  readonly operation: "sum" | "min" | "max";
  readonly operand: KvValue;
  /** The least and the greatest that a sum may be, as V8 writes them; empty for no bound. */
  readonly least: Uint8Array;
  readonly greatest: Uint8Array;
  /** Whether a sum beyond a bound becomes the bound; else it is an error. */
  readonly clamps: boolean;
}

/**
 * The value that comes of one.
 *
 * @param old The one that is there.
 * @throws {CommandError} If they do not go together.
 */
export function computed(arithmetic: KvArithmetic, old: KvValue | undefined): KvValue {
  const { operation, operand } = arithmetic;
  if (operation === "sum" && operand.encoding !== KV_ENCODING.U64) return summed(arithmetic, old);
  if (operand.encoding !== KV_ENCODING.U64) {
    throw err(`Failed to perform '${operation}' mutation on a non-U64 operand`);
  }
  if (old === undefined) return operand;
  if (old.encoding !== KV_ENCODING.U64) {
    throw err(`Failed to perform '${operation}' mutation on a non-U64 value in the database`);
  }
  const a = u64(old), b = u64(operand);
  if (operation === "sum") return ofU64(a + b);
  return operation === "min" ? (a < b ? old : operand) : (a > b ? old : operand);
}

function summed(
  { operand, least, greatest, clamps }: KvArithmetic,
  old: KvValue | undefined,
): KvValue {
  const addend = readV8Number(operand.encoding === KV_ENCODING.V8 ? operand.data : NOTHING);
  const bounds = [least, greatest].map((bound) =>
    bound.length === 0 ? undefined : readV8Number(bound) ?? null
  );
  if (addend === undefined || bounds.includes(null)) {
    throw err("Some of the parameters are not valid V8 values");
  }
  if (bounds.some((bound) => bound !== undefined && typeof bound !== typeof addend)) {
    throw err("Min/max parameters have different types than the operand");
  }
  if (old === undefined) return ofNumber(addend);
  if (old.encoding === KV_ENCODING.U64) {
    const unbounded = bounds.every((bound) => bound === undefined) && !clamps;
    if (typeof addend !== "bigint" || !unbounded || BigInt.asUintN(64, addend) !== addend) {
      throw err(`Cannot sum KvU64 with ${nameOf(addend)}`);
    }
    return ofU64(u64(old) + addend);
  }
  const before = old.encoding === KV_ENCODING.V8 ? readV8Number(old.data) : undefined;
  if (before === undefined) throw err("unsupported value type");
  let sum: number | bigint;
  if (typeof before === "bigint" && typeof addend === "bigint") sum = before + addend;
  else if (typeof before === "number" && typeof addend === "number") sum = before + addend;
  else throw err(`Cannot sum ${nameOf(before)} with ${nameOf(addend)}`);
  const [low, high] = bounds;
  if (low !== undefined && low !== null && sum < low) sum = bounded(low, clamps);
  if (high !== undefined && high !== null && sum > high) sum = bounded(high, clamps);
  return ofNumber(sum);
}

function bounded(bound: number | bigint, clamps: boolean): number | bigint {
  if (clamps) return bound;
  throw err("The result of a Sum operation would exceed its range limit");
}

const nameOf = (value: number | bigint) => typeof value === "bigint" ? "BigInt" : "Number";

const ofNumber = (value: number | bigint): KvValue => ({
  data: writeV8Number(value),
  encoding: KV_ENCODING.V8,
});

const u64 = ({ data }: KvValue) =>
  new DataView(data.buffer, data.byteOffset, data.byteLength).getBigUint64(0, true);

function ofU64(value: bigint): KvValue {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, value, true);
  return { data, encoding: KV_ENCODING.U64 };
}

const NOTHING = new Uint8Array(0);
