/**
 * Follows paths through values.
 *
 * @module
 */

import { err } from "../../values/errors.ts";
import { doubleValue, isContainer, JsonArray, JsonObject, type JsonValue } from "../values.ts";
import { compare } from "./comparison.ts";
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
  new Walk(path.steps, root, undefined, (value) => values.push(value)).from(0, root);
  return values;
}

/** The same with their places. A value that is met twice comes twice. */
export function matchesAt(path: Path, root: JsonValue): Match[] {
  const matches: Match[] = [];
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

  #filter(index: number, value: JsonValue, { filter }: Extract<Step, { kind: "filter" }>): void {
    if (!isContainer(value)) {
      if (holds(filter, value, this.#root, this.#budget)) this.from(index, value);
      return;
    }
    for (let i = 0; i < value.items.length; i++) {
      if (holds(filter, value.items[i]!, this.#root, this.#budget)) this.#into(index, value, i);
    }
  }
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
