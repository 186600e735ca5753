/**
 * Follows paths through values.
 *
 * @module
 */

import { err } from "../../values/errors.ts";
import { doubleValue, isContainer, JsonArray, JsonObject, type JsonValue } from "../values.ts";
import { compare } from "./comparison.ts";
import { compute, isGiven, type Scope } from "./expressions.ts";
import { beginPath } from "./patterns.ts";
import type { Filter, Path, Step, Term } from "./syntax.ts";

/** Values looked at from which on a path is refused: `$..*..*..*` meets a document's again and again. */
const MAX_STEPS = 20_000_000;

/** Where in a document a value is: at which place in each container, from the root on. */
export type Place = readonly number[];

/** A value that a path leads to, and where it is. */
export interface Match {
  /** The value. */
  readonly value: JsonValue;
  /** Its place. */
  readonly place: Place;
}

/** The values that a path leads to, in the order in which it meets them. */
export function valuesAt(path: Path, root: JsonValue): JsonValue[] {
  const values: JsonValue[] = [];
  beginPath();
  if (path.projection !== undefined) {
    return [...compute(path.projection, scopeOf(root, root, { left: MAX_STEPS })).values];
  }
  new Walk(path.steps, root, undefined, (value) => values.push(value)).from(0, root);
  return values;
}

/**
 * The same with their places. A value that is met twice comes twice.
 *
 * @throws {CommandError} If the path computes something, which is in no place.
 */
export function matchesAt(path: Path, root: JsonValue): Match[] {
  if (path.projection !== undefined) throw err("a path that computes values cannot be written to");
  const matches: Match[] = [];
  beginPath();
  const place: number[] = [];
  const walk = new Walk(path.steps, root, place, (value) => {
    matches.push({ value, place: place.slice() });
  });
  walk.from(0, root);
  return matches;
}

/** The one value that steps lead to; undefined if there is none, or several. */
function onlyValueAt(
  steps: readonly Step[],
  from: JsonValue,
  root: JsonValue,
  budget: Budget,
): JsonValue | undefined {
  if (steps.length === 0) return from;
  let found: JsonValue | undefined;
  let count = 0;
  const walk = new Walk(steps, root, undefined, (value) => {
    found = value;
    count++;
  }, budget);
  walk.from(0, from);
  return count === 1 ? found : undefined;
}

/** How many values may be looked at. */
interface Budget {
  /** Those left. */
  left: number;
}

/** One walk. */
class Walk {
  readonly #steps: readonly Step[];
  readonly #root: JsonValue;
  readonly #place: number[] | undefined;
  readonly #found: (value: JsonValue) => void;
  readonly #budget: Budget;

  constructor(
    steps: readonly Step[],
    root: JsonValue,
    place: number[] | undefined,
    found: (value: JsonValue) => void,
    budget: Budget = { left: MAX_STEPS },
  ) {
    this.#steps = steps;
    this.#root = root;
    this.#place = place;
    this.#found = found;
    this.#budget = budget;
  }

  /** Goes on from a value with the step of an index. */
  from(index: number, value: JsonValue): void {
    if (--this.#budget.left < 0) throw err("the path leads to too many values");
    const step = this.#steps[index];
    if (step === undefined) return this.#found(value);
    switch (step.kind) {
      case "names":
        if (!(value instanceof JsonObject)) return;
        for (const name of step.names) {
          const at = value.indexOf(name);
          if (at >= 0) this.#into(index + 1, value, at);
        }
        return;
      case "indexes":
        if (!(value instanceof JsonArray)) return;
        for (const i of step.indexes) {
          const at = absolute(i, value.items.length);
          if (at < value.items.length) this.#into(index + 1, value, at);
        }
        return;
      case "slice":
        if (!(value instanceof JsonArray)) return;
        return this.#slice(index + 1, value, step);
      case "all":
        if (!isContainer(value)) return;
        for (let i = 0; i < value.items.length; i++) this.#into(index + 1, value, i);
        return;
      case "descent":
        this.from(index + 1, value);
        return this.#descend(index + 1, value);
      case "filter":
      case "where":
        return this.#filter(index + 1, value, step);
    }
  }

  #into(index: number, container: JsonArray | JsonObject, at: number): void {
    this.#place?.push(at);
    this.from(index, container.items[at]!);
    this.#place?.pop();
  }

  #slice(
    index: number,
    array: JsonArray,
    { start, end, step }: Extract<Step, { kind: "slice" }>,
  ): void {
    const { length } = array.items;
    const first = start === undefined ? 0 : absolute(start, length);
    const last = end === undefined ? length : absolute(end, length);
    for (let i = first; i < last; i += step) this.#into(index, array, i);
  }

  #descend(index: number, value: JsonValue): void {
    if (!isContainer(value)) return;
    const { items } = value;
    for (let i = 0; i < items.length; i++) {
      this.#place?.push(i);
      this.from(index, items[i]!);
      this.#descend(index, items[i]!);
      this.#place?.pop();
    }
  }

  #filter(
    index: number,
    value: JsonValue,
    step: Extract<Step, { kind: "filter" | "where" }>,
  ): void {
    if (!isContainer(value)) {
      if (this.#passes(step, value)) this.from(index, value);
      return;
    }
    for (let i = 0; i < value.items.length; i++) {
      if (this.#passes(step, value.items[i]!)) this.#into(index, value, i);
    }
  }

  #passes(step: Extract<Step, { kind: "filter" | "where" }>, value: JsonValue): boolean {
    return step.kind === "filter"
      ? holds(step.filter, value, this.#root, this.#budget)
      : isGiven(step.condition, scopeOf(value, this.#root, this.#budget));
  }
}

/** Where an expression is computed. */
function scopeOf(current: JsonValue, root: JsonValue, budget: Budget): Scope {
  return {
    current,
    root,
    follow(steps, from) {
      const values: JsonValue[] = [];
      new Walk(steps, root, undefined, (value) => values.push(value), budget).from(0, from);
      return values;
    },
  };
}

/** An index from the start, where a negative one counts from the end. */
function absolute(index: number, length: number): number {
  return index >= 0 ? Math.min(index, length) : Math.max(index + length, 0);
}

/** A term's value; undefined where its path leads to none, or to several. */
function termValue(
  term: Term,
  current: JsonValue,
  root: JsonValue,
  budget: Budget,
): JsonValue | undefined {
  switch (term.kind) {
    case "integer":
    case "string":
    case "boolean":
      return term.value;
    case "double":
      return doubleValue(term.value);
    case "null":
      return null;
    case "current":
      // Within such a path `$` is what it starts from, as in RedisJSON.
      return onlyValueAt(term.steps, current, current, budget);
    case "root":
      return onlyValueAt(term.steps, root, root, budget);
  }
}

/** Whether a condition holds of a value. */
function holds(filter: Filter, current: JsonValue, root: JsonValue, budget: Budget): boolean {
  switch (filter.kind) {
    case "and":
      return filter.parts.every((part) => holds(part, current, root, budget));
    case "or":
      return filter.parts.some((part) => holds(part, current, root, budget));
    case "exists":
      return termValue(filter.term, current, root, budget) !== undefined;
    case "compare": {
      const { left, operator, right } = filter;
      const a = termValue(left, current, root, budget);
      const b = termValue(right, current, root, budget);
      return compare(a, operator, b, isPath(left) && isPath(right));
    }
  }
}

function isPath({ kind }: Term): boolean {
  return kind === "current" || kind === "root";
}
