/** The typed methods on top-k lists. */

import type { Argument, Key, Many } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { flatPairs, many } from "../given.ts";
import { checked, type Kinds } from "../option_words.ts";
import type { Runner } from "../runner.ts";
import { SketchFamily } from "./runs.ts";

/**
 * Options of `db.topk.reserve`.
 *
 * @example
 * ```ts
 * import { type TopKReserveOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: TopKReserveOptions = { width: 2000, depth: 7, decay: 0.925 };
 * db.topk.reserve("top", 50, options);
 * console.log(db.topk.info("top").width); // 2000
 * ```
 */
export interface TopKReserveOptions {
  /** Counters in a row: 8 by default. */
  width?: number;
  /** Rows: 7 by default. */
  depth?: number;
  /** How probable it is, to the power of a count, that another item takes from it: 0.9 by default. */
  decay?: number;
}

const RESERVE: Kinds<TopKReserveOptions> = { width: "number", depth: "number", decay: "number" };

/**
 * What `db.topk.info` tells.
 *
 * @example
 * ```ts
 * import { type TopKInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.topk.reserve("top", 3);
 * const info: TopKInfo = db.topk.info("top");
 * console.log(info); // { k: 3, width: 8, depth: 7, decay: 0.9 }
 * ```
 */
export interface TopKInfo {
  /** Items that are kept. */
  k: number;
  /** Counters in a row. */
  width: number;
  /** Rows. */
  depth: number;
  /** How probable it is, to the power of a count, that another item takes from it. */
  decay: number;
}

const INFO: Readonly<Record<keyof TopKInfo, string>> = {
  k: "k",
  width: "width",
  depth: "depth",
  decay: "decay",
};

/**
 * What `db.topk` is: lists of the items that were added most often, in little memory.
 *
 * @example
 * ```ts
 * import { type TopKLists, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const topk: TopKLists = db.topk;
 * topk.reserve("words", 2, { width: 100, depth: 5, decay: 0.9 });
 * topk.add("words", "the", "a", "the", "of", "a", "the");
 * console.log(topk.listWithCount("words")); // [["the", 3], ["a", 2]]
 * ```
 */
export class TopKLists extends SketchFamily {
  static {
    showAs(TopKLists.prototype, ({ core }) => `top-k lists (${core.description})`);
  }

  /** @internal */
  constructor(core: Runner) {
    super(core, "TOPK");
  }

  /** TOPK.RESERVE: makes an empty list of so many items. */
  reserve(key: Key, k: number, options?: TopKReserveOptions): void {
    if (options === undefined) return void this.run("RESERVE", key, k);
    const { width = 8, depth = 7, decay = 0.9 } = checked(options, RESERVE);
    this.run("RESERVE", key, k, width, depth, decay);
  }

  /** TOPK.ADD: adds items. @returns Of each the item that left the list for it, `null` if none did. */
  add(key: Key, ...items: Many<Argument>): (string | null)[] {
    return this.run("ADD", key, ...many(items));
  }

  /** TOPK.INCRBY: adds items so many times. @returns Of each the item that left the list for it. */
  incrby(
    key: Key,
    items: Iterable<readonly [item: Argument, increment: number]>,
  ): (string | null)[] {
    return this.run("INCRBY", key, ...flatPairs(items, "items"));
  }

  /** TOPK.QUERY: whether items are in the list. */
  query(key: Key, ...items: Many<Argument>): boolean[] {
    return this.run("QUERY", key, ...many(items));
  }

  /** TOPK.COUNT: how often items were added, or less. */
  count(key: Key, ...items: Many<Argument>): number[] {
    return this.run("COUNT", key, ...many(items));
  }

  /** TOPK.LIST: the items, those that were added most often first. */
  list(key: Key): string[] {
    return this.run("LIST", key);
  }

  /** TOPK.LIST with WITHCOUNT: the items and how often they were added. */
  listWithCount(key: Key): [item: string, count: number][] {
    const reply = this.run<(string | number)[]>("LIST", key, "WITHCOUNT");
    const items: [string, number][] = [];
    for (let i = 0; i + 1 < reply.length; i += 2) {
      items.push([String(reply[i]), Number(reply[i + 1])]);
    }
    return items;
  }

  /** TOPK.INFO: what a list is like. */
  info(key: Key): TopKInfo {
    return this.facts<TopKInfo>(key, INFO);
  }
}
