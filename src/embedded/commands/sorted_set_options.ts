/** The options of the sorted set methods, and their words. */

import type { Argument, Key } from "../data.ts";
import { checked, type Kinds } from "./option_words.ts";

/**
 * Options of `zadd` and `zaddIncr`.
 *
 * @example
 * ```ts
 * import { Redlite, type ZaddOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.zadd("scores", [[12, "ada"]]);
 * const options: ZaddOptions = { gt: true, ch: true };
 * console.log(db.zadd("scores", [[9, "ada"]], options)); // 0
 * ```
 */
export interface ZaddOptions {
  /** Only add new members. */
  nx?: boolean;
  /** Only change members that are there. */
  xx?: boolean;
  /** Change a score only if the new one is greater. */
  gt?: boolean;
  /** Change a score only if the new one is less. */
  lt?: boolean;
  /** Count changed members beside new ones. */
  ch?: boolean;
}

/** What they take. */
export const ZADD: Kinds<ZaddOptions> = {
  nx: "flag",
  xx: "flag",
  gt: "flag",
  lt: "flag",
  ch: "flag",
};

/**
 * A part of a range.
 *
 * @example
 * ```ts
 * import { Redlite, type ZlimitOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.zadd("scores", [[12, "ada"], [7, "bob"]]);
 * const options: ZlimitOptions = { limit: { offset: 0, count: 1 } };
 * console.log(db.zrangebyscore("scores", 0, 100, options)); // ["bob"]
 * ```
 */
export interface ZlimitOptions {
  /** Elements to skip, and how many to take then; a negative count takes all. */
  limit?: { offset: number; count: number };
}

/** What they take. */
const ZLIMIT: Kinds<ZlimitOptions> = { limit: "page" };

/**
 * Options of `zrange` and its kin.
 *
 * @example
 * ```ts
 * import { Redlite, type ZrangeOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.zadd("scores", [[12, "ada"], [7, "bob"]]);
 * const options: ZrangeOptions = { by: "score", rev: true };
 * console.log(db.zrange("scores", 100, 10, options)); // ["ada"]
 * ```
 */
export interface ZrangeOptions extends ZlimitOptions {
  /** What the ends are; ranks by default. */
  by?: "score" | "lex";
  /** From the last element on. The ends of a range by score or member are then the other way round. */
  rev?: boolean;
}

/** What they take. */
export const ZRANGE: Kinds<ZrangeOptions> = { ...ZLIMIT, by: ["score", "lex"], rev: "flag" };

/**
 * Options of `zunion` and `zinter`.
 *
 * @example
 * ```ts
 * import { Redlite, type ZaggregateOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.zadd("first", [[1, "ada"]]);
 * db.zadd("second", [[2, "ada"]]);
 * const options: ZaggregateOptions = { weights: [1, 10] };
 * console.log(db.zunionWithScores(["first", "second"], options)); // [["ada", 21]]
 * ```
 */
export interface ZaggregateOptions {
  /** What the scores of each key are multiplied by. */
  weights?: readonly number[];
  /** How the scores of a member become one; `sum` by default. `count` adds up the weights. */
  aggregate?: "sum" | "min" | "max" | "count";
}

/** What they take. */
const ZAGGREGATE: Kinds<ZaggregateOptions> = {
  weights: "numbers",
  aggregate: ["sum", "min", "max", "count"],
};

/**
 * Options of `zscan`.
 *
 * @example
 * ```ts
 * import { Redlite, type ZscanOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.zadd("scores", [[12, "ada"], [7, "bob"]]);
 * const options: ZscanOptions = { match: "a*" };
 * console.log(db.zscan("scores", "0", options).elements); // [["ada", 12]]
 * ```
 */
export interface ZscanOptions {
  /** Only members that match this pattern. */
  match?: Key;
  /** Members to look at in one call; 10 by default. */
  count?: number;
}

/** What they take. */
export const ZSCAN: Kinds<ZscanOptions> = { match: "key", count: "number" };

/** A score as an argument; the text of -0 would be that of 0. */
export function digits(score: Argument): Argument {
  return Object.is(score, -0) ? "-0" : score;
}

/** The words of a range. */
export function rangeWords(
  options: ZrangeOptions,
  kinds: Kinds<ZlimitOptions> = ZLIMIT,
): Argument[] {
  const { by, rev, limit }: ZrangeOptions = checked<ZlimitOptions>(options, kinds);
  const result: Argument[] = by === undefined ? [] : [`BY${by.toUpperCase()}`];
  if (rev) result.push("REV");
  if (limit !== undefined) result.push("LIMIT", limit.offset, limit.count);
  return result;
}

/** The words of how scores are put together. */
export function aggregateWords(options: ZaggregateOptions): Argument[] {
  const { weights, aggregate } = checked(options, ZAGGREGATE);
  const result: Argument[] = weights === undefined ? [] : ["WEIGHTS", ...weights];
  if (aggregate !== undefined) result.push("AGGREGATE", aggregate);
  return result;
}
