/** The typed methods that compute over an index: FT.AGGREGATE, FT.CURSOR, FT.SPELLCHECK. */

import type { Argument, Data } from "../../data.ts";
import { toText } from "../../data.ts";
import { wrongType } from "../../checks.ts";
import { list } from "../given.ts";
import { CommandGroup } from "../group.ts";
import { checked, type Kinds } from "../option_words.ts";

/**
 * What a group's rows are reduced to: a reducer, the property it is about, and the name of what it
 * computes.
 *
 * @example
 * ```ts
 * import type { Reduction } from "@redlite/redlite";
 *
 * const reductions: Reduction[] = [
 *   { reduce: "count", as: "orders" },
 *   { reduce: "sum", of: "price", as: "total" },
 *   { reduce: "quantile", of: "price", args: [0.5], as: "median" },
 * ];
 * console.log(reductions.length); // 3
 * ```
 */
export interface Reduction {
  /** The reducer. */
  reduce:
    | "count"
    | "count_distinct"
    | "count_distinctish"
    | "sum"
    | "min"
    | "max"
    | "avg"
    | "stddev"
    | "quantile"
    | "tolist"
    | "first_value"
    | "random_sample";
  /** The property, which all but `count` take. */
  of?: string;
  /** Further arguments: a quantile, a sample's size, `"BY", "@property", "DESC"`. */
  args?: readonly (string | number)[];
  /** The name of what it computes. */
  as?: string;
}

/**
 * A step of an aggregation; properties go by their names without `@`.
 *
 * @example
 * ```ts
 * import type { AggregateStep } from "@redlite/redlite";
 *
 * const steps: AggregateStep[] = [
 *   { apply: "@price * @amount", as: "total" },
 *   { groupby: ["customer"], reduce: [{ reduce: "sum", of: "total", as: "spent" }] },
 *   { sortby: [{ property: "spent", direction: "desc" }], max: 10 },
 * ];
 * console.log(steps.length); // 3
 * ```
 */
export type AggregateStep =
  /** LOAD: fields of the documents, by name or path; `"*"` for all. */
  | { load: "*" | readonly (string | { path: string; as: string })[] }
  /** APPLY: a property that an expression computes. */
  | { apply: string; as: string }
  /** FILTER: the rows for which an expression is true. */
  | { filter: string }
  /** GROUPBY: a row for each group. */
  | { groupby: readonly string[]; reduce?: readonly Reduction[] }
  /** SORTBY. */
  | {
    sortby: readonly (string | { property: string; direction: "asc" | "desc" })[];
    max?: number;
  }
  /** LIMIT. */
  | { limit: { offset: number; count: number } };

/**
 * Options of `db.ft.aggregate`.
 *
 * @example
 * ```ts
 * import { type AggregateOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.call("FT.CREATE", "i", "SCHEMA", "n", "NUMERIC", "SORTABLE");
 * const options: AggregateOptions = { params: { least: 3 }, dialect: 2, timeout: 1000 };
 * console.log(db.ft.aggregate("i", "@n:[$least +inf]", [], options).rows); // []
 * ```
 */
export interface AggregateOptions {
  /** Values for `$name` in the query. */
  params?: Readonly<Record<string, string | number | Uint8Array>>;
  /** The dialect of the query. */
  dialect?: number;
  /** Milliseconds it may take; 0 for as long as it likes. */
  timeout?: number;
  /** Whether words stand for nothing but themselves. */
  verbatim?: boolean;
  /** Whether rows have their documents' scores as `__score`. */
  addscores?: boolean;
}

/**
 * Options of `db.ft.aggregateWithCursor`.
 *
 * @example
 * ```ts
 * import { type CursorOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.call("FT.CREATE", "i", "SCHEMA", "n", "NUMERIC");
 * const options: CursorOptions = { count: 100, maxIdle: 10_000 };
 * console.log(db.ft.aggregateWithCursor("i", "*", [], options).cursor); // 0
 * ```
 */
export interface CursorOptions extends AggregateOptions {
  /** Rows of a part. */
  count?: number;
  /** Milliseconds without a reader after which the rest is forgotten. */
  maxIdle?: number;
}

/** A value of a row: text, as the reply has it, a list, or `null`. */
export type AggregateValue = string | null | readonly AggregateValue[];

/**
 * What an aggregation comes to.
 *
 * @example
 * ```ts
 * import { type AggregateReply, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.call("FT.CREATE", "i", "SCHEMA", "color", "TAG", "SORTABLE");
 * db.hset("car", "color", "red");
 * const reply: AggregateReply = db.ft.aggregate("i", "*", [
 *   { groupby: ["color"], reduce: [{ reduce: "count", as: "cars" }] },
 * ]);
 * console.log(reply.rows); // [{ color: "red", cars: "1" }]
 * ```
 */
export interface AggregateReply {
  /** How many results there are, as FT.AGGREGATE counts them. */
  total: number;
  /** The rows, each an object of its properties. */
  rows: Record<string, AggregateValue>[];
  /** What kept it from going on. */
  warnings: string[];
}

/** A part of what an aggregation comes to, and the cursor that reads on; 0 if there is no more. */
export interface AggregatePart extends AggregateReply {
  /** What `db.ft.cursorRead` takes. */
  cursor: number;
}

/**
 * Options of `db.ft.spellcheck`.
 *
 * @example
 * ```ts
 * import { Redlite, type SpellcheckOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.call("FT.CREATE", "i", "SCHEMA", "t", "TEXT");
 * db.hset("d", "t", "hello");
 * const options: SpellcheckOptions = { distance: 2 };
 * console.log(db.ft.spellcheck("i", "hlo", options)[0]?.suggestions[0]?.suggestion); // "hello"
 * ```
 */
export interface SpellcheckOptions {
  /** How many characters may differ, 1 to 4. */
  distance?: number;
  /** Dictionaries of words that may have been meant. */
  include?: readonly string[];
  /** Dictionaries of words of which nothing is said. */
  exclude?: readonly string[];
  /** The dialect of the query. */
  dialect?: number;
}

/** A word that no document has, and what may have been meant. */
export interface Misspelled {
  /** The word. */
  term: string;
  /** Words near it, and the share of documents that have them. */
  suggestions: { suggestion: string; score: number }[];
}

const AGGREGATE: Kinds<AggregateOptions> = {
  params: "record",
  dialect: "number",
  timeout: "number",
  verbatim: "flag",
  addscores: "flag",
};
const CURSOR: Kinds<CursorOptions> = { ...AGGREGATE, count: "number", maxIdle: "number" };
const SPELLCHECK: Kinds<SpellcheckOptions> = {
  distance: "number",
  include: "list",
  exclude: "list",
  dialect: "number",
};

/** What a map of a reply has under a name. */
const under = (map: unknown, name: string): unknown =>
  map instanceof Map ? map.get(name) : undefined;

/**
 * The methods of `db.ft` that compute over an index.
 *
 * @example
 * ```ts
 * import { type AggregationMethods, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const count = (ft: AggregationMethods<string>, index: string) => ft.aggregate(index, "*").rows.length;
 * db.call("FT.CREATE", "i", "SCHEMA", "t", "TEXT");
 * console.log(count(db.ft, "i")); // 0
 * ```
 */
export abstract class AggregationMethods<V extends Data> extends CommandGroup<V> {
  /**
   * FT.AGGREGATE: groups, sorts, filters and computes what a query finds.
   *
   * @throws {RedliteError} If there is no such index, or a step asks for what there is not.
   */
  aggregate(
    index: string,
    query: string,
    steps: readonly AggregateStep[] = [],
    options: AggregateOptions = {},
  ): AggregateReply {
    const words = aggregateWords(index, query, steps, checked(options, AGGREGATE));
    return replyOf(this.core.run(words, toText));
  }

  /** FT.AGGREGATE with WITHCURSOR: the first part, and the cursor that reads on. */
  aggregateWithCursor(
    index: string,
    query: string,
    steps: readonly AggregateStep[] = [],
    options: CursorOptions = {},
  ): AggregatePart {
    const { count, maxIdle, ...rest } = checked(options, CURSOR);
    const words = aggregateWords(index, query, steps, rest);
    words.push("WITHCURSOR");
    if (count !== undefined) words.push("COUNT", count);
    if (maxIdle !== undefined) words.push("MAXIDLE", maxIdle);
    return partOf(this.core.run(words, toText));
  }

  /** FT.CURSOR READ: the next part. @throws {RedliteError} If there is no such cursor. */
  cursorRead(index: string, cursor: number, count?: number): AggregatePart {
    const words: Argument[] = ["FT.CURSOR", "READ", index, cursor];
    if (count !== undefined) words.push("COUNT", count);
    return partOf(this.core.run(words, toText));
  }

  /** FT.CURSOR DEL: forgets what was not read. @throws {RedliteError} If there is no such cursor. */
  cursorDel(index: string, cursor: number): void {
    this.run(["FT.CURSOR", "DEL", index, cursor]);
  }

  /** FT.SPELLCHECK: words of a query that no document has, and what may have been meant. */
  spellcheck(index: string, query: string, options: SpellcheckOptions = {}): Misspelled[] {
    const { distance, include = [], exclude = [], dialect } = checked(options, SPELLCHECK);
    const words: Argument[] = ["FT.SPELLCHECK", index, query];
    if (distance !== undefined) words.push("DISTANCE", distance);
    for (const name of include) words.push("TERMS", "INCLUDE", name);
    for (const name of exclude) words.push("TERMS", "EXCLUDE", name);
    if (dialect !== undefined) words.push("DIALECT", dialect);
    const results = under(this.core.run(words, toText), "results") as Map<
      string,
      Map<string, number>[]
    >;
    return [...results].map(([term, found]) => ({
      term,
      suggestions: found.flatMap((one) =>
        [...one].map(([suggestion, score]) => ({ suggestion, score }))
      ),
    }));
  }
}

function aggregateWords(
  index: string,
  query: string,
  steps: readonly AggregateStep[],
  { params, dialect, timeout, verbatim, addscores }: AggregateOptions,
): Argument[] {
  const words: Argument[] = ["FT.AGGREGATE", index, query];
  if (verbatim) words.push("VERBATIM");
  if (addscores) words.push("ADDSCORES");
  for (const step of list(steps, "steps")) words.push(...stepWords(step));
  const entries = Object.entries(params ?? {}).flat();
  if (entries.length > 0) words.push("PARAMS", entries.length, ...entries);
  if (timeout !== undefined) words.push("TIMEOUT", timeout);
  if (dialect !== undefined) words.push("DIALECT", dialect);
  return words;
}

function counted(name: string, words: readonly Argument[]): Argument[] {
  return [name, words.length, ...words];
}

function stepWords(step: AggregateStep): Argument[] {
  if (typeof step !== "object" || step === null) {
    throw wrongType("each of steps", "an object", step);
  }
  if ("load" in step) {
    if (step.load === "*") return ["LOAD", "*"];
    return counted(
      "LOAD",
      list(step.load, "load").flatMap((field) =>
        typeof field === "string" ? [field] : [field.path, "AS", field.as]
      ),
    );
  }
  if ("apply" in step) return ["APPLY", step.apply, "AS", step.as];
  if ("filter" in step) return ["FILTER", step.filter];
  if ("limit" in step) return ["LIMIT", step.limit.offset, step.limit.count];
  if ("groupby" in step) {
    const reductions = list(step.reduce ?? [], "reduce").flatMap((
      { reduce, of, args = [], as },
    ) => [
      "REDUCE",
      ...counted(reduce, [...of === undefined ? [] : [`@${of}`], ...args]),
      ...as === undefined ? [] : ["AS", as],
    ]);
    const names = list(step.groupby, "groupby").map((name) => `@${name}`);
    return [...counted("GROUPBY", names), ...reductions];
  }
  if (!("sortby" in step)) throw wrongType("each of steps", "a step of FT.AGGREGATE", step);
  const keys = list(step.sortby, "sortby").flatMap((key) =>
    typeof key === "string" ? [`@${key}`] : [`@${key.property}`, key.direction.toUpperCase()]
  );
  return [...counted("SORTBY", keys), ...step.max === undefined ? [] : ["MAX", step.max]];
}

function replyOf(reply: unknown): AggregateReply {
  const results = under(reply, "results") as readonly unknown[];
  return {
    total: under(reply, "total_results") as number,
    rows: results.map((result) => {
      const row = under(result, "extra_attributes") as Map<string, AggregateValue>;
      return Object.fromEntries(row);
    }),
    warnings: [...under(reply, "warning") as readonly string[]],
  };
}

function partOf(reply: unknown): AggregatePart {
  const [part, cursor] = reply as readonly [unknown, number];
  return { ...replyOf(part), cursor };
}
