/** The typed methods on count-min sketches. */

import type { Argument, Key, Many } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { flatPairs, keyList, list, many } from "../given.ts";
import type { Runner } from "../runner.ts";
import type { Integer } from "../strings.ts";
import { SketchFamily } from "./runs.ts";

/**
 * What `db.cms.info` tells.
 *
 * @example
 * ```ts
 * import { type CountMinInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.cms.initbydim("views", 2000, 5);
 * const info: CountMinInfo = db.cms.info("views");
 * console.log(info); // { width: 2000, depth: 5, count: 0 }
 * ```
 */
export interface CountMinInfo {
  /** Counters in a row. */
  width: number;
  /** Rows. */
  depth: number;
  /** The sum of all counts. */
  count: Integer;
}

const INFO: Readonly<Record<keyof CountMinInfo, string>> = {
  width: "width",
  depth: "depth",
  count: "count",
};

/**
 * What `db.cms` is: count-min sketches, which count items in little memory. A count is right, or too great.
 *
 * @example
 * ```ts
 * import { type CountMinSketches, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const cms: CountMinSketches = db.cms;
 * cms.initbyprob("views", 0.001, 0.01);
 * cms.incrby("views", [["/", 2], ["/about", 1]]);
 * console.log(cms.query("views", "/", "/none")); // [2, 0]
 * ```
 */
export class CountMinSketches extends SketchFamily {
  static {
    showAs(CountMinSketches.prototype, ({ core }) => `count-min sketches (${core.description})`);
  }

  /** @internal */
  constructor(core: Runner) {
    super(core, "CMS");
  }

  /** CMS.INITBYDIM: makes a sketch of so many counters in so many rows. */
  initbydim(key: Key, width: number, depth: number): void {
    this.run("INITBYDIM", key, width, depth);
  }

  /** CMS.INITBYPROB: makes a sketch that errs by so much of all counts, more with no greater probability. */
  initbyprob(key: Key, error: number, probability: number): void {
    this.run("INITBYPROB", key, error, probability);
  }

  /** CMS.INCRBY: adds to the counts of items. @returns What they are now. */
  incrby(key: Key, items: Iterable<readonly [item: Argument, increment: Integer]>): number[] {
    return this.run("INCRBY", key, ...flatPairs(items, "items"));
  }

  /** CMS.QUERY: the counts of items. */
  query(key: Key, ...items: Many<Argument>): number[] {
    return this.run("QUERY", key, ...many(items));
  }

  /** CMS.MERGE: makes a sketch the sum of others of its size. @param weights How often each counts. */
  merge(destination: Key, sources: readonly Key[], weights?: readonly number[]): void {
    const keys = keyList(sources, "sources");
    const factors = weights === undefined ? [] : ["WEIGHTS", ...list(weights, "weights")];
    this.run("MERGE", destination, keys.length, ...keys, ...factors);
  }

  /** CMS.INFO: what a sketch is like. */
  info(key: Key): CountMinInfo {
    return this.facts<CountMinInfo>(key, INFO);
  }
}
