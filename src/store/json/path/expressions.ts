/**
 * Computes the expressions and conditions that paths have since Redis 8.10. What cannot be computed is
 * nothing: a condition about it does not hold, and a path that computes it gives no values.
 *
 * @module
 */

import {
  asDouble,
  clone,
  doubleValue,
  integerValue,
  isInteger,
  isNumber,
  isSame,
  JsonArray,
  type JsonNumber,
  JsonObject,
  type JsonValue,
} from "../values.ts";
import { compare } from "./comparison.ts";
import { matchesPattern } from "./patterns.ts";
import type { Arithmetic, Condition, Expression, Relation, Step } from "./syntax.ts";

/** Where an expression is computed. */
export interface Scope {
  /** What `@` is. */
  readonly current: JsonValue;
  /** What `$` is. */
  readonly root: JsonValue;
  /** Follows steps from a value. */
  follow(steps: readonly Step[], from: JsonValue): JsonValue[];
}

/** What an expression gives: values that a path leads to, a list that is one value, or at most one value. */
export interface Result {
  /** Which of these. */
  readonly kind: "nodes" | "list" | "value";
  /** The values. */
  readonly values: readonly JsonValue[];
}

const NOTHING: Result = { kind: "value", values: [] };
const one = (value: JsonValue | undefined): Result =>
  value === undefined ? NOTHING : { kind: "value", values: [value] };

/** What an expression gives. */
export function compute(expression: Expression, scope: Scope): Result {
  switch (expression.kind) {
    case "literal":
      return one(expression.value);
    case "path": {
      const from = expression.from === "root" ? scope.root : scope.current;
      const nodes: Result = { kind: "nodes", values: scope.follow(expression.steps, from) };
      return expression.names ? namesOf(nodes) : nodes;
    }
    case "arithmetic": {
      const left = numberOf(compute(expression.left, scope));
      const right = numberOf(compute(expression.right, scope));
      return left === undefined || right === undefined
        ? NOTHING
        : one(calculate(expression.operator, left, right));
    }
    case "sign": {
      const operand = numberOf(compute(expression.operand, scope));
      if (operand === undefined || !expression.negative) return one(operand);
      return one(isInteger(operand) ? negated(operand) : doubleValue(-asDouble(operand)));
    }
    case "call":
      return call(expression.name, expression.args.map((argument) => compute(argument, scope)));
  }
}

function negated(value: number | bigint): JsonNumber {
  return integerValue(-BigInt(value));
}

/** The one value of a result; undefined if there is none, or several. */
function valueOf({ kind, values }: Result): JsonValue | undefined {
  if (kind === "list") return new JsonArray([...values]);
  return values.length === 1 ? values[0] : undefined;
}

function numberOf(result: Result): JsonNumber | undefined {
  const value = valueOf(result);
  return value !== undefined && isNumber(value) ? value : undefined;
}

/** The elements of a result that is an array, or of several values. */
function elementsOf(result: Result): readonly JsonValue[] | undefined {
  const { kind, values } = result;
  if (kind === "list" || values.length > 1) return values;
  const [value] = values;
  return value instanceof JsonArray ? value.items : undefined;
}

const INT64_LIMIT = 2n ** 63n;

function calculate(operator: Arithmetic, a: JsonNumber, b: JsonNumber): JsonNumber | undefined {
  if ((operator === "/" || operator === "%") && asDouble(b) === 0) return undefined;
  if (isInteger(a) && isInteger(b) && operator !== "/") {
    const x = BigInt(a), y = BigInt(b);
    const result = operator === "+"
      ? x + y
      : operator === "-"
      ? x - y
      : operator === "*"
      ? x * y
      : x % y;
    if (result >= -INT64_LIMIT && result < INT64_LIMIT) return integerValue(result);
  }
  const x = asDouble(a), y = asDouble(b);
  const result = operator === "+"
    ? x + y
    : operator === "-"
    ? x - y
    : operator === "*"
    ? x * y
    : operator === "/"
    ? x / y
    : x % y;
  return Number.isFinite(result) ? doubleValue(result) : undefined;
}

/** Whether a condition holds. */
export function isGiven(condition: Condition, scope: Scope): boolean {
  switch (condition.kind) {
    case "all":
      return condition.parts.every((part) => isGiven(part, scope));
    case "any":
      return condition.parts.some((part) => isGiven(part, scope));
    case "not":
      return !isGiven(condition.part, scope);
    case "relation":
      return relates(
        compute(condition.left, scope),
        condition.relation,
        compute(condition.right, scope),
      );
    case "given": {
      const { kind, values } = compute(condition.expression, scope);
      const [value] = values;
      return kind === "value" && typeof value === "boolean" ? value : values.length > 0;
    }
  }
}

function relates(left: Result, relation: Relation, right: Result): boolean {
  switch (relation) {
    case "in":
    case "nin": {
      const among = elementsOf(right);
      const isIn = among !== undefined && left.values.some((value) => has(among, value));
      return isIn === (relation === "in") && left.values.length > 0;
    }
    case "subsetof":
    case "anyof":
    case "noneof":
      return relatesAsSet(left, relation, right);
    case "size":
    case "sizeof": {
      const size = numberOf(right);
      return size !== undefined &&
        left.values.some((value) => sizeOf(value) === Math.trunc(asDouble(size)));
    }
    case "empty": {
      const wanted = valueOf(right);
      return typeof wanted === "boolean" && left.values.some((value) => {
        const size = sizeOf(value);
        return size !== undefined && (size === 0) === wanted;
      });
    }
    default:
      return valuesOf(left).some((a) => valuesOf(right).some((b) => compare(a, relation, b, true)));
  }
}

/** The values to be compared: a list is one. */
function valuesOf(result: Result): readonly JsonValue[] {
  return result.kind === "list" ? [new JsonArray([...result.values])] : result.values;
}

function relatesAsSet(
  left: Result,
  relation: "subsetof" | "anyof" | "noneof",
  right: Result,
): boolean {
  const among = elementsOf(right), elements = elementsOf(left);
  if (among === undefined || elements === undefined) return false;
  if (relation === "subsetof") return elements.every((value) => has(among, value));
  return elements.some((value) => has(among, value)) === (relation === "anyof");
}

function has(among: readonly JsonValue[], wanted: JsonValue): boolean {
  return among.some((value) => isSame(value, wanted, false));
}

/** Characters of a string, elements of an array, members of an object. */
function sizeOf(value: JsonValue): number | undefined {
  if (typeof value === "string") return [...value].length;
  return value instanceof JsonArray || value instanceof JsonObject ? value.items.length : undefined;
}

function namesOf({ values }: Result): Result {
  const names = values.flatMap((value) => value instanceof JsonObject ? value.keys : []);
  return { kind: "list", values: names };
}

/** A function of a number of arguments. */
interface PathFunction {
  readonly least: number;
  readonly most: number;
  compute(...args: Result[]): Result;
}

/** A function of the elements of an array. */
function ofElements(
  reduce: (elements: readonly JsonValue[]) => JsonValue | undefined,
): PathFunction {
  return {
    least: 1,
    most: 1,
    compute(array = NOTHING) {
      const elements = elementsOf(array);
      return elements === undefined ? NOTHING : one(reduce(elements));
    },
  };
}

/** A function of numbers, at least one of them, and no others. */
function ofNumbers(
  reduce: (numbers: readonly JsonNumber[]) => JsonValue | undefined,
): PathFunction {
  return ofElements((elements) => {
    const numbers = elements.filter(isNumber);
    return numbers.length === 0 || numbers.length < elements.length ? undefined : reduce(numbers);
  });
}

/** A function of a number. */
function ofNumber(
  integer: (value: number | bigint) => JsonNumber | undefined,
  double: (value: number) => number,
): PathFunction {
  return {
    least: 1,
    most: 1,
    compute(argument = NOTHING) {
      const value = numberOf(argument);
      if (value === undefined) return NOTHING;
      return one(isInteger(value) ? integer(value) : doubleValue(double(asDouble(value))));
    },
  };
}

function sum(numbers: readonly JsonNumber[]): JsonNumber | undefined {
  return numbers.reduce<JsonNumber | undefined>(
    (total, number) => total === undefined ? undefined : calculate("+", total, number),
    0,
  );
}

function mean(numbers: readonly JsonNumber[]): number {
  return numbers.reduce((total: number, number) => total + asDouble(number), 0) / numbers.length;
}

function finite(value: number): JsonNumber | undefined {
  return Number.isFinite(value) ? doubleValue(value) : undefined;
}

/** A pattern that is to match all of a text, or a part of it. */
function matching(frame: (pattern: string) => string): PathFunction {
  return {
    least: 2,
    most: 2,
    compute(text = NOTHING, pattern = NOTHING) {
      const given = valueOf(text), wanted = valueOf(pattern);
      if (typeof given !== "string" || typeof wanted !== "string") return NOTHING;
      return one(matchesPattern(frame(wanted), given));
    },
  };
}

function setRelation(relation: "subsetof" | "anyof" | "noneof"): PathFunction {
  return {
    least: 2,
    most: 2,
    compute: (left = NOTHING, right = NOTHING) => one(relatesAsSet(left, relation, right)),
  };
}

const FUNCTIONS: Readonly<Record<string, PathFunction | undefined>> = {
  length: {
    least: 1,
    most: 1,
    compute(argument = NOTHING) {
      const value = valueOf(argument);
      return one(value === undefined ? undefined : sizeOf(value));
    },
  },
  count: { least: 1, most: 1, compute: (argument = NOTHING) => one(argument.values.length) },
  value: { least: 1, most: 1, compute: (argument = NOTHING) => one(valueOf(argument)) },
  keys: { least: 1, most: 1, compute: (argument = NOTHING) => namesOf(argument) },
  match: matching((pattern) => `^(?:${pattern})$`),
  search: matching((pattern) => pattern),
  concat: {
    least: 1,
    most: Infinity,
    compute(...args) {
      const texts = args.map(valueOf);
      return one(texts.every((text) => typeof text === "string") ? texts.join("") : undefined);
    },
  },
  abs: ofNumber((value) => {
    const result = value < 0 ? -BigInt(value) : BigInt(value);
    return result < INT64_LIMIT ? integerValue(result) : undefined;
  }, Math.abs),
  ceiling: ofNumber((value) => value, Math.ceil),
  floor: ofNumber((value) => value, Math.floor),
  first: ofElements((elements) => elements[0]),
  last: ofElements((elements) => elements.at(-1)),
  index: {
    least: 2,
    most: 2,
    compute(array = NOTHING, at = NOTHING) {
      const elements = elementsOf(array), index = numberOf(at);
      if (elements === undefined || index === undefined) return NOTHING;
      return one(elements.at(Math.trunc(asDouble(index))));
    },
  },
  min: ofNumbers((numbers) => numbers.reduce((a, b) => asDouble(b) < asDouble(a) ? b : a)),
  max: ofNumbers((numbers) => numbers.reduce((a, b) => asDouble(b) > asDouble(a) ? b : a)),
  sum: ofNumbers(sum),
  avg: ofNumbers((numbers) => finite(mean(numbers))),
  stddev: ofNumbers((numbers) => {
    const middle = mean(numbers);
    const squares = numbers.reduce(
      (all: number, number) => all + (asDouble(number) - middle) ** 2,
      0,
    );
    return finite(Math.sqrt(squares / numbers.length));
  }),
  append: {
    least: 2,
    most: Infinity,
    compute(array = NOTHING, ...more) {
      const elements = elementsOf(array) ?? (array.kind === "nodes" ? array.values : undefined);
      if (elements === undefined) return NOTHING;
      const added = more.map((result) =>
        result.kind === "nodes" && result.values.length > 1
          ? new JsonArray([...result.values])
          : valueOf(result)
      );
      if (added.some((value) => value === undefined)) return NOTHING;
      return {
        kind: "list",
        values: [...elements, ...added.filter((value) => value !== undefined).map(clone)],
      };
    },
  },
  subsetof: setRelation("subsetof"),
  anyof: setRelation("anyof"),
  noneof: setRelation("noneof"),
};

/** Whether there is a function of a name. */
export function isFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name);
}

function call(name: string, args: readonly Result[]): Result {
  const known = FUNCTIONS[name];
  if (known === undefined || args.length < known.least || args.length > known.most) return NOTHING;
  return known.compute(...args);
}
