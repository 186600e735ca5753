/**
 * ARSCAN, ARGREP, AROP and ARINFO: what looks at many elements of an array.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { ByteSource } from "../../resp/reply.ts";
import type { ArrayIndex } from "../../store/arrays/index.ts";
import { arrayLayout, SLICE_SIZE } from "../../store/arrays/layout.ts";
import type { Arrays } from "../../store/arrays/arrays.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err, noSuchKey, syntaxError, wrongArity } from "../../store/values/errors.ts";
import { narrow } from "../../store/values/integers.ts";
import { arrayToRead, indexAt, limitAt } from "./arguments.ts";
import {
  addArrayNumbers,
  type ArrayNumber,
  compareArrayNumbers,
  formatArrayNumber,
  LONGEST_NUMBER,
  parseArrayNumber,
  truncateArrayNumber,
} from "./numbers.ts";
import { arraySearchAt } from "./predicates.ts";
import type { Context } from "../table/command.ts";

/** ARSCAN. */
export function arscan(context: Context): void {
  const { args, reply, store } = context;
  const start = indexAt(args, 2);
  const end = indexAt(args, 3);
  if (args.count === 6 && !args.is(4, "LIMIT")) throw syntaxError();
  if (args.count !== 4 && args.count !== 6) throw wrongArity("arscan");
  const limit = args.count === 6 ? limitAt(args, 5) : Infinity;
  const array = arrayToRead(context);
  if (array === undefined) return reply.array(0);
  const mark = reply.beginArray();
  let found = 0;
  store.arrays.scan(array, start, end, (index, value) => {
    reply.array(2);
    reply.integer(index);
    reply.value(value);
    return ++found < limit;
  });
  reply.endArray(mark, found);
}

/** ARGREP's bound at `index`: an index, `-` or `+`. @throws {CommandError} */
function boundAt(args: Arguments, index: number): ArrayIndex | "-" | "+" {
  if (args.is(index, "-")) return "-";
  return args.is(index, "+") ? "+" : indexAt(args, index);
}

function resolve(bound: ArrayIndex | "-" | "+", last: ArrayIndex): ArrayIndex {
  return bound === "-" ? 0 : bound === "+" ? last : bound;
}

/** ARGREP. */
export function argrep(context: Context): void {
  const { args, reply, store } = context;
  const { arrays } = store;
  const start = boundAt(args, 2);
  const end = boundAt(args, 3);
  const { matches, limit, withValues } = arraySearchAt(args, 4);
  const array = arrayToRead(context);
  if (array === undefined) return reply.array(0);
  const last = arrays.lastIndex(array);
  const mark = reply.beginArray();
  const bytes = new ValueBytes();
  let found = 0;
  arrays.scan(array, resolve(start, last), resolve(end, last), (index, value) => {
    bytes.read(value);
    if (!matches(bytes.bytes, 0, bytes.length)) return true;
    if (withValues) reply.array(2);
    reply.integer(index);
    if (withValues) reply.bulk(bytes.bytes, 0, bytes.length);
    return ++found < limit;
  });
  reply.endArray(mark, found);
}

/** A value's bytes, one after the other in the same array. */
class ValueBytes {
  bytes = new Uint8Array(256);
  length = 0;

  read(value: ByteSource): void {
    this.length = value.length;
    if (this.length > this.bytes.length) this.bytes = new Uint8Array(2 * this.length);
    value.copyInto(this.bytes, 0);
  }
}

const OPERATIONS = ["SUM", "MIN", "MAX", "AND", "OR", "XOR", "MATCH", "USED"] as const;

/** AROP. */
export function arop(context: Context): void {
  const { args, reply, store } = context;
  const { arrays } = store;
  const start = indexAt(args, 2);
  const end = indexAt(args, 3);
  const operation = OPERATIONS.find((word) => args.is(4, word));
  if (operation === undefined) throw err("unknown operation");
  if (operation === "MATCH" && args.count !== 6) throw err("MATCH requires a value argument");
  if (operation !== "MATCH" && args.count !== 5) throw wrongArity("arop");
  const array = arrayToRead(context);
  const [first, last] = start <= end ? [start, end] : [end, start];
  switch (operation) {
    case "MATCH":
    case "USED": {
      const value = operation === "MATCH" ? args.at(5) : undefined;
      return reply.integer(array === undefined ? 0 : arrays.count(array, first, last, value));
    }
    case "AND":
    case "OR":
    case "XOR": {
      const bits = array && foldBits(arrays, array, start, end, BIT_OPERATIONS[operation]);
      return bits === undefined ? reply.null() : reply.integer(narrow(bits));
    }
    default: {
      const result = array && fold(arrays, array, start, end, NUMBER_OPERATIONS[operation]);
      if (result === undefined) return reply.null();
      return reply.text(result === "nan" ? result : formatArrayNumber(result));
    }
  }
}

const BIT_OPERATIONS: Record<"AND" | "OR" | "XOR", (a: bigint, b: bigint) => bigint> = {
  AND: (a, b) => a & b,
  OR: (a, b) => a | b,
  XOR: (a, b) => a ^ b,
};

/** A result that is not a number any more stays so. */
type Result = ArrayNumber | "nan";

const NUMBER_OPERATIONS: Record<"SUM" | "MIN" | "MAX", (a: Result, b: ArrayNumber) => Result> = {
  SUM: (a, b) => a === "nan" ? a : addArrayNumbers(a, b) ?? "nan",
  MIN: (a, b) => a !== "nan" && compareArrayNumbers(b, a) < 0 ? b : a,
  MAX: (a, b) => a !== "nan" && compareArrayNumbers(b, a) > 0 ? b : a,
};

/**
 * Combines the numbers from one index to another, in this order, for sums are rounded; undefined if
 * there is none.
 */
function fold(
  arrays: Arrays,
  array: Collection,
  from: ArrayIndex,
  to: ArrayIndex,
  combine: (a: Result, b: ArrayNumber) => Result,
): Result | undefined {
  let result: Result | undefined;
  eachNumber(arrays, array, from, to, (number) => {
    result = result === undefined ? number : combine(result, number);
  });
  return result;
}

function foldBits(
  arrays: Arrays,
  array: Collection,
  from: ArrayIndex,
  to: ArrayIndex,
  combine: (a: bigint, b: bigint) => bigint,
): bigint | undefined {
  let result: bigint | undefined;
  eachNumber(arrays, array, from, to, (number) => {
    const bits = truncateArrayNumber(number);
    if (bits !== undefined) result = result === undefined ? bits : combine(result, bits);
  });
  return result;
}

function eachNumber(
  arrays: Arrays,
  array: Collection,
  from: ArrayIndex,
  to: ArrayIndex,
  visit: (number: ArrayNumber) => void,
): void {
  const bytes = new ValueBytes();
  arrays.scan(array, from, to, (_, value) => {
    if (value.length <= LONGEST_NUMBER) {
      bytes.read(value);
      const number = parseArrayNumber(bytes.bytes, 0, bytes.length);
      if (number !== undefined) visit(number);
    }
    return true;
  });
}

/** ARINFO. */
export function arinfo(context: Context): void {
  const { args, reply, store } = context;
  const full = args.count === 3 && args.is(2, "FULL");
  if (args.count > 2 && !full) throw syntaxError();
  const array = arrayToRead(context);
  if (array === undefined) throw noSuchKey();
  const { slices, directorySize, blocks, dense, sparse } = arrayLayout(store.arrays, array, full);
  const facts: [name: string, value: ArrayIndex][] = [
    ["count", array.length],
    ["len", store.arrays.span(array)],
    ["next-insert-index", store.arrays.nextInsert(array) ?? 0],
    ["slices", slices],
    ["directory-size", directorySize],
    ["super-dir-entries", blocks],
    ["slice-size", SLICE_SIZE],
  ];
  const averages: [name: string, value: number][] = [];
  if (full) {
    facts.push(["dense-slices", dense.slices], ["sparse-slices", sparse.slices]);
    averages.push(
      ["avg-dense-size", ratio(dense.places, dense.slices)],
      ["avg-dense-fill", ratio(dense.elements, dense.places)],
      ["avg-sparse-size", ratio(sparse.places, sparse.slices)],
    );
  }
  reply.map(facts.length + averages.length);
  for (const [name, value] of facts) {
    reply.text(name);
    reply.integer(value);
  }
  for (const [name, value] of averages) {
    reply.text(name);
    reply.double(value);
  }
}

function ratio(amount: number, of: number): number {
  return of === 0 ? 0 : amount / of;
}
