/** GROUPBY: rows with the same values of some properties become one. */

import type { Row } from "./expressions.ts";
import { identity } from "./hash.ts";
import type { Reducer, Reduction } from "./reducers.ts";
import type { Stage } from "./stage.ts";
import { numberText, type Value } from "./values.ts";

interface Group {
  readonly values: readonly Value[];
  readonly reductions: readonly Reduction[];
}

/** Steps that finding a group counts for, and what a reduction comes to. */
const GROUP_STEPS = 8;

/** Groups rows; the groups come out in the order they came about. */
export class GroupStage implements Stage {
  readonly #next: Stage;
  readonly #by: readonly number[];
  readonly #reducers: readonly Reducer[];
  readonly #slots: () => number;
  readonly #groups = new Map<string | number, Group>();

  readonly #spend: (steps: number) => void;

  /**
   * @param slots How many slots the rows that come out have.
   * @param spend Counts work; it throws where time is up.
   */
  constructor(
    next: Stage,
    by: readonly number[],
    reducers: readonly Reducer[],
    slots: () => number,
    spend: (steps: number) => void,
  ) {
    this.#spend = spend;
    this.#next = next;
    this.#by = by;
    this.#reducers = reducers;
    this.#slots = slots;
  }

  /** How many groups there are. */
  get size(): number {
    return this.#groups.size;
  }

  push(row: Row): boolean {
    const by = this.#by;
    if (by.length === 1) {
      const value = row[by[0]!] ?? null;
      if (typeof value === "string" || typeof value === "number") {
        let group = this.#groups.get(value);
        if (group === undefined) this.#groups.set(value, group = this.#newGroup([value]));
        add(group, row);
        return true;
      }
    }
    this.#pushEach(row, 0, []);
    return true;
  }

  /** A row whose values are arrays is part of a group for each of their elements. */
  #pushEach(row: Row, at: number, values: readonly Value[]): void {
    const by = this.#by;
    if (at === by.length) {
      this.#spend(GROUP_STEPS);
      const only = values[0];
      const name = by.length === 1 && only !== undefined ? identity(only) : nameOf(values);
      let group = this.#groups.get(name);
      if (group === undefined) this.#groups.set(name, group = this.#newGroup(values));
      return add(group, row);
    }
    const value = row[by[at]!] ?? null;
    if (!Array.isArray(value)) return this.#pushEach(row, at + 1, [...values, value]);
    const elements = value as readonly Value[];
    for (const element of elements.length === 0 ? [null] : elements) {
      this.#pushEach(row, at + 1, [...values, element]);
    }
  }

  #newGroup(values: readonly Value[]): Group {
    return { values, reductions: this.#reducers.map((reducer) => reducer()) };
  }

  end(): void {
    const slots = this.#slots();
    for (const { values, reductions } of this.#groups.values()) {
      const row: Row = new Array<Row[number]>(slots).fill(undefined);
      let slot = 1;
      for (const value of values) row[slot++] = value;
      for (const reduction of reductions) row[slot++] = reduction.result();
      this.#spend(GROUP_STEPS * (1 + reductions.length));
      if (!this.#next.push(row)) break;
    }
    this.#next.end();
  }
}

function add({ reductions }: Group, row: Row): void {
  for (let i = 0; i < reductions.length; i++) reductions[i]!.add(row);
}

function nameOf(values: readonly Value[]): string {
  let name = "";
  for (const value of values) {
    const text = typeof value === "number" ? `#${numberText(value)}` : String(identity(value));
    name += `${text.length} ${text}`;
  }
  return name;
}
