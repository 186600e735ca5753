/** The typed methods on Bloom filters. */

import type { Argument, Key, Many } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { list, many } from "../given.ts";
import { type Kinds, words } from "../option_words.ts";
import type { Runner } from "../runner.ts";
import { SketchFamily } from "./runs.ts";

/**
 * Options of `db.bf.reserve`.
 *
 * @example
 * ```ts
 * import { type BloomReserveOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: BloomReserveOptions = { expansion: 4 };
 * db.bf.reserve("seen", 0.001, 1000, options);
 * console.log(db.bf.info("seen").expansion); // 4
 * ```
 */
export interface BloomReserveOptions {
  /** How much larger than the one before it each next filter of the chain is. */
  expansion?: number;
  /** Whether nothing more is added when it is full. */
  nonscaling?: boolean;
}

const RESERVE: Kinds<BloomReserveOptions> = { expansion: "number", nonscaling: "flag" };

/**
 * Options of `db.bf.insert`: what the filter is like if it is not there.
 *
 * @example
 * ```ts
 * import { type BloomInsertOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: BloomInsertOptions = { capacity: 1000, error: 0.001 };
 * console.log(db.bf.insert("seen", ["a", "b", "a"], options)); // [true, true, false]
 * ```
 */
export interface BloomInsertOptions extends BloomReserveOptions {
  /** Items that it is made for. */
  capacity?: number;
  /** How often it errs when it is full. */
  error?: number;
  /** Whether there is an error in place of a new filter. */
  nocreate?: boolean;
}

const INSERT: Kinds<BloomInsertOptions> = {
  ...RESERVE,
  capacity: "number",
  error: "number",
  nocreate: "flag",
};

/**
 * What `db.bf.info` tells.
 *
 * @example
 * ```ts
 * import { type BloomInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.bf.add("seen", "a");
 * const info: BloomInfo = db.bf.info("seen");
 * console.log(info.items, info.capacity, info.filters); // 1 100 1
 * ```
 */
export interface BloomInfo {
  /** Items that all filters of the chain are made for. */
  capacity: number;
  /** Bytes that it takes in Redis's memory. */
  size: number;
  /** Filters of the chain. */
  filters: number;
  /** Items that were counted as new. */
  items: number;
  /** How much larger each next filter is; `null` if there is none. */
  expansion: number | null;
}

const INFO: Readonly<Record<keyof BloomInfo, string>> = {
  capacity: "Capacity",
  size: "Size",
  filters: "Number of filters",
  items: "Number of items inserted",
  expansion: "Expansion rate",
};

/**
 * What `db.bf` is: Bloom filters, which tell of an item whether it was added. Now and then they say so of
 * one that was not, as often as they are made for, and never the other way round.
 *
 * @example
 * ```ts
 * import { type BloomFilters, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const bf: BloomFilters = db.bf;
 * bf.reserve("seen", 0.001, 100_000);
 * console.log(bf.add("seen", "ada"), bf.add("seen", "ada")); // true false
 * console.log(bf.exists("seen", "ada"), bf.exists("seen", "bob")); // true false
 * ```
 */
export class BloomFilters extends SketchFamily {
  static {
    showAs(BloomFilters.prototype, ({ core }) => `Bloom filters (${core.description})`);
  }

  /** @internal */
  constructor(core: Runner) {
    super(core, "BF");
  }

  /** BF.RESERVE: makes an empty filter for so many items that errs so often when it is full. */
  reserve(key: Key, error: number, capacity: number, options: BloomReserveOptions = {}): void {
    this.run("RESERVE", key, error, capacity, ...words(options, RESERVE));
  }

  /** BF.ADD: adds an item, to a new filter if there is none. @returns Whether it is new. */
  add(key: Key, item: Argument): boolean {
    return this.run("ADD", key, item);
  }

  /** BF.MADD: adds items. @returns Of each whether it is new. */
  madd(key: Key, ...items: Many<Argument>): boolean[] {
    return this.run("MADD", key, ...many(items));
  }

  /** BF.INSERT: adds items, to a new filter as it is said if there is none. @returns Of each whether it is new. */
  insert(key: Key, items: readonly Argument[], options: BloomInsertOptions = {}): boolean[] {
    return this.run("INSERT", key, ...words(options, INSERT), "ITEMS", ...list(items, "items"));
  }

  /** BF.EXISTS: whether an item was added, or seems to have been. */
  exists(key: Key, item: Argument): boolean {
    return this.run("EXISTS", key, item);
  }

  /** BF.MEXISTS: the same of several items. */
  mexists(key: Key, ...items: Many<Argument>): boolean[] {
    return this.run("MEXISTS", key, ...many(items));
  }

  /** BF.CARD: how many items were counted as new. */
  card(key: Key): number {
    return this.run("CARD", key);
  }

  /** BF.INFO: what a filter is like. */
  info(key: Key): BloomInfo {
    return this.facts<BloomInfo>(key, INFO);
  }

  /** BF.SCANDUMP: all pieces of a filter, each with what `loadchunk` takes with it. */
  *scandump(key: Key): Generator<[iterator: number, data: Uint8Array]> {
    yield* this.pieces(key);
  }

  /** BF.LOADCHUNK: takes a piece that `scandump` gave, of which the first makes the filter. */
  loadchunk(key: Key, iterator: number, data: Uint8Array): void {
    this.run("LOADCHUNK", key, iterator, data);
  }
}
