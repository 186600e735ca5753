/** What REDUCE computes of the rows of a group. */

import { CommandError } from "../../store/values/errors.ts";
import { byteTextOf } from "./byte_text.ts";
import type { Row } from "./expressions.ts";
import { DistinctSketch, identity } from "./hash.ts";
import type { ReducerRequest } from "./request.ts";
import { compareValues, numberOf, numberOfText, type Value } from "./values.ts";

/** Takes the rows of one group. */
export interface Reduction {
  add(row: Row): void;
  /** What it has come to. */
  result(): Value;
}

/** Begins a reduction for a group. */
export type Reducer = () => Reduction;

/** Finds the slot of a property. @throws {CommandError} If there is none of that name. */
export type SlotOf = (name: string) => number;

/** The greatest RANDOM_SAMPLE. */
const LARGEST_SAMPLE = 1000;

const NOT_CONVERTED = "Could not convert argument to expected type";
const NO_ARGUMENT = "Expected an argument, but none provided";

/** A reduction of the values of a property, of which an array is several; what is missing is left out. */
function ofValues(slot: number, add: (value: Value) => void, result: () => Value): Reduction {
  const each = (value: Value | undefined) => {
    if (Array.isArray(value)) { for (const element of value as readonly Value[]) each(element); }
    else if (value !== undefined && value !== null) add(value);
  };
  return { add: (row) => each(row[slot]), result };
}

/** A reduction of the numbers of a property; what is none is left out. */
function ofNumbers(slot: number, add: (value: number) => void, result: () => Value): Reduction {
  return ofValues(slot, (value) => {
    const number = numberOf(value);
    if (number !== undefined) add(number);
  }, result);
}

function count(): Reduction {
  let rows = 0;
  return { add: () => void rows++, result: () => rows };
}

function sum(slot: number): Reduction {
  let total = 0;
  return ofNumbers(slot, (value) => total += value, () => total);
}

/** The mean of a group, whose rows without a number count, too. */
function average(slot: number): Reduction {
  let total = 0, rows = 0;
  const numbers = ofNumbers(slot, (value) => total += value, () => 0);
  return {
    add(row) {
      const value = row[slot];
      rows += Array.isArray(value) ? value.length : 1;
      numbers.add(row);
    },
    result: () => rows === 0 ? 0 : total / rows,
  };
}

function extreme(slot: number, sign: 1 | -1): Reduction {
  let best: number | undefined;
  return ofNumbers(slot, (value) => {
    if (best === undefined || sign * value > sign * best) best = value;
  }, () => best ?? 0);
}

/** The standard deviation of a sample (Welford's algorithm). */
function deviation(slot: number): Reduction {
  let n = 0, mean = 0, squares = 0;
  return ofNumbers(slot, (value) => {
    const before = value - mean;
    mean += before / ++n;
    squares += before * (value - mean);
  }, () => n > 1 ? Math.sqrt(squares / (n - 1)) : 0);
}

function quantile(slot: number, share: number): Reduction {
  const values: number[] = [];
  return ofNumbers(slot, (value) => values.push(value), () => {
    const sorted = Float64Array.from(values).sort();
    const index = Math.max(0, Math.ceil(share * sorted.length) - 1);
    return sorted[index] ?? 0;
  });
}

function distinct(slot: number): Reduction {
  const seen = new Set<string | number>();
  return ofValues(slot, (value) => seen.add(tagged(value)), () => seen.size);
}

/** Values are told apart by their types as well: `1` and `"1"` are two. */
function tagged(value: Value): string | number {
  return typeof value === "string" ? `"${value}` : identity(value);
}

function distinctish(slot: number, result: (sketch: DistinctSketch) => Value): Reduction {
  const sketch = new DistinctSketch();
  return ofValues(slot, (value) => sketch.add(value), () => result(sketch));
}

function sketches(slot: number): Reduction {
  const sketch = new DistinctSketch();
  return ofValues(slot, (value) => {
    if (typeof value === "string") sketch.merge(value);
  }, () => sketch.count);
}

function toList(slot: number): Reduction {
  const seen = new Map<string | number, Value>();
  return ofValues(slot, (value) => {
    const name = tagged(value);
    if (!seen.has(name)) seen.set(name, value);
  }, () => [...seen.values()]);
}

function firstValue(slot: number): Reduction {
  let first: Value | undefined;
  return {
    add: (row) => void (first ??= row[slot] ?? null),
    result: () => first ?? null,
  };
}

/** The value of the row that comes first by another property; one without that is less than any other. */
function firstValueBy(slot: number, bySlot: number, descending: boolean): Reduction {
  let first: Value = null;
  let by: Value | undefined;
  return {
    add(row) {
      const next = row[bySlot] ?? null;
      if (by !== undefined) {
        const order = (descending ? 1 : -1) * compareValues(next, by);
        if (by === null ? order >= 0 : order <= 0) return;
      }
      by = next;
      first = row[slot] ?? null;
    },
    result: () => first,
  };
}

/** So many values, each as likely as any other (Vitter's algorithm R). */
function sample(slot: number, size: number): Reduction {
  const chosen: Value[] = [];
  let seen = 0;
  return {
    add(row) {
      const value = row[slot];
      if (value === undefined) return;
      seen++;
      if (chosen.length < size) chosen.push(value);
      else {
        const at = Math.floor(Math.random() * seen);
        if (at < size) chosen[at] = value;
      }
    },
    result: () => chosen,
  };
}

/** Reducers that take a property and nothing else. */
const OF_PROPERTY: Readonly<Record<string, (slot: number) => Reduction>> = {
  sum,
  avg: average,
  min: (slot) => extreme(slot, -1),
  max: (slot) => extreme(slot, 1),
  stddev: deviation,
  count_distinct: distinct,
  count_distinctish: (slot) => distinctish(slot, (sketch) => sketch.count),
  hll: (slot) => distinctish(slot, (sketch) => sketch.text),
  hll_sum: sketches,
  tolist: toList,
};

const REDUCERS = new Set([
  ...Object.keys(OF_PROPERTY),
  "count",
  "quantile",
  "first_value",
  "random_sample",
]);

/**
 * Makes the reducer that a request asks for.
 *
 * @throws {CommandError} If there is none of that name, or its arguments are wrong.
 */
export function reducerOf({ name, args }: ReducerRequest, slotOf: SlotOf): Reducer {
  if (!REDUCERS.has(name)) throw new CommandError(`No such reducer: ${byteTextOf(name)}`);
  if (name === "count") {
    if (args.length > 0) throw new CommandError("Count accepts 0 values only");
    return count;
  }
  const [property, second, third, fourth] = args;
  if (property === undefined) throw new CommandError(`Missing arguments for ${name}`);
  const slot = slotOf(property.replace(/^@/, ""));
  const plain = OF_PROPERTY[name];
  if (plain !== undefined) return () => plain(slot);
  switch (name) {
    case "quantile": {
      const share = numberAt(second, "quantile");
      if (!(share >= 0 && share <= 1)) {
        throw new CommandError("Percentage must be between 0.0 and 1.0");
      }
      return () => quantile(slot, share);
    }
    case "random_sample": {
      const size = numberAt(second, "<sample size>");
      if (!Number.isInteger(size) || size < 0) {
        throw new CommandError(`Bad arguments for <sample size>: ${NOT_CONVERTED}`);
      }
      if (size > LARGEST_SAMPLE) throw new CommandError("Sample size too large");
      return () => sample(slot, size);
    }
    default: {
      if (second === undefined) return () => firstValue(slot);
      if (second.toUpperCase() !== "BY") throw unknown(second, 1);
      if (third === undefined) {
        throw new CommandError(`Bad arguments for BY: ${NO_ARGUMENT}`);
      }
      const bySlot = slotOf(third.replace(/^@/, ""));
      const order = fourth?.toUpperCase() ?? "ASC";
      if (order !== "ASC" && order !== "DESC") throw unknown(fourth ?? "", 3);
      return () => firstValueBy(slot, bySlot, order === "DESC");
    }
  }
}

function unknown(argument: string, position: number): CommandError {
  return new CommandError(
    `Unknown argument \`${argument}\` at position ${position} for first_value`,
  );
}

function numberAt(text: string | undefined, what: string): number {
  if (text === undefined) throw new CommandError(`Bad arguments for ${what}: ${NO_ARGUMENT}`);
  const value = text === "" ? undefined : numberOfText(text);
  if (value === undefined) throw new CommandError(`Bad arguments for ${what}: ${NOT_CONVERTED}`);
  return value;
}
