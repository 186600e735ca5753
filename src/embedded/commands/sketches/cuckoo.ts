/** The typed methods on cuckoo filters. */

import type { Argument, Key, Many } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { list, many } from "../given.ts";
import { type Kinds, words } from "../option_words.ts";
import type { Runner } from "../runner.ts";
import { SketchFamily } from "./runs.ts";

/**
 * Options of `db.cf.reserve`.
 *
 * @example
 * ```ts
 * import { type CuckooReserveOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: CuckooReserveOptions = { bucketsize: 4, expansion: 2 };
 * db.cf.reserve("seen", 1000, options);
 * console.log(db.cf.info("seen").bucketSize); // 4
 * ```
 */
export interface CuckooReserveOptions {
  /** Items in a bucket. */
  bucketsize?: number;
  /** How many items move before another filter follows. */
  maxiterations?: number;
  /** How much larger than the one before it each next filter is; 0 for none. */
  expansion?: number;
}

const RESERVE: Kinds<CuckooReserveOptions> = {
  bucketsize: "number",
  maxiterations: "number",
  expansion: "number",
};

/**
 * Options of `db.cf.insert` and `insertnx`.
 *
 * @example
 * ```ts
 * import { type CuckooInsertOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: CuckooInsertOptions = { capacity: 1000 };
 * console.log(db.cf.insert("seen", ["a", "a"], options)); // [true, true]
 * ```
 */
export interface CuckooInsertOptions {
  /** Items that a new filter is made for. */
  capacity?: number;
  /** Whether there is an error in place of a new filter. */
  nocreate?: boolean;
}

const INSERT: Kinds<CuckooInsertOptions> = { capacity: "number", nocreate: "flag" };

/**
 * What `db.cf.info` tells.
 *
 * @example
 * ```ts
 * import { type CuckooInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.cf.add("seen", "a");
 * const info: CuckooInfo = db.cf.info("seen");
 * console.log(info.items, info.buckets); // 1 512
 * ```
 */
export interface CuckooInfo {
  /** Bytes that it takes in Redis's memory. */
  size: number;
  /** Buckets of the first filter. */
  buckets: number;
  /** Filters of the chain. */
  filters: number;
  /** Items that are in it. */
  items: number;
  /** Items that were deleted since it was last put in order. */
  deletes: number;
  /** Items in a bucket. */
  bucketSize: number;
  /** How much larger each next filter is. */
  expansion: number;
  /** How many items move before another filter follows. */
  maxIterations: number;
}

const INFO: Readonly<Record<keyof CuckooInfo, string>> = {
  size: "Size",
  buckets: "Number of buckets",
  filters: "Number of filters",
  items: "Number of items inserted",
  deletes: "Number of items deleted",
  bucketSize: "Bucket size",
  expansion: "Expansion rate",
  maxIterations: "Max iterations",
};

/**
 * What `db.cf` is: cuckoo filters, which tell of an item whether it is there, as Bloom filters do, and from
 * which items can be deleted.
 *
 * @example
 * ```ts
 * import { type CuckooFilters, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const cf: CuckooFilters = db.cf;
 * cf.reserve("online", 1000);
 * cf.add("online", "ada");
 * console.log(cf.exists("online", "ada"), cf.del("online", "ada")); // true true
 * console.log(cf.exists("online", "ada")); // false
 * ```
 */
export class CuckooFilters extends SketchFamily {
  static {
    showAs(CuckooFilters.prototype, ({ core }) => `cuckoo filters (${core.description})`);
  }

  /** @internal */
  constructor(core: Runner) {
    super(core, "CF");
  }

  /** CF.RESERVE: makes an empty filter for so many items. */
  reserve(key: Key, capacity: number, options: CuckooReserveOptions = {}): void {
    this.run("RESERVE", key, capacity, ...words(options, RESERVE));
  }

  /** CF.ADD: adds an item, once more if it is there. */
  add(key: Key, item: Argument): boolean {
    return this.run("ADD", key, item);
  }

  /** CF.ADDNX: adds an item. @returns False if it seems to be there already. */
  addnx(key: Key, item: Argument): boolean {
    return this.run("ADDNX", key, item);
  }

  /** CF.INSERT: adds items. @returns Of each whether there was room. */
  insert(key: Key, items: readonly Argument[], options: CuckooInsertOptions = {}): boolean[] {
    return this.run("INSERT", key, ...words(options, INSERT), "ITEMS", ...list(items, "items"));
  }

  /** CF.INSERTNX: adds items. @returns 1 of each that is added, 0 of one that seems to be there, -1 without room. */
  insertnx(key: Key, items: readonly Argument[], options: CuckooInsertOptions = {}): number[] {
    return this.run("INSERTNX", key, ...words(options, INSERT), "ITEMS", ...list(items, "items"));
  }

  /** CF.EXISTS: whether an item is there, or seems to be. */
  exists(key: Key, item: Argument): boolean {
    return this.run("EXISTS", key, item);
  }

  /** CF.MEXISTS: the same of several items. */
  mexists(key: Key, ...items: Many<Argument>): boolean[] {
    return this.run("MEXISTS", key, ...many(items));
  }

  /** CF.COUNT: how often an item is there, or seems to be. */
  count(key: Key, item: Argument): number {
    return this.run("COUNT", key, item);
  }

  /** CF.DEL: deletes an item once. @returns Whether it was there. */
  del(key: Key, item: Argument): boolean {
    return this.run("DEL", key, item);
  }

  /** CF.COMPACT: moves items to the first filters of the chain. */
  compact(key: Key): void {
    this.run("COMPACT", key);
  }

  /** CF.INFO: what a filter is like. */
  info(key: Key): CuckooInfo {
    return this.facts<CuckooInfo>(key, INFO);
  }

  /** CF.SCANDUMP: all pieces of a filter, each with what `loadchunk` takes with it. */
  *scandump(key: Key): Generator<[iterator: number, data: Uint8Array]> {
    yield* this.pieces(key);
  }

  /** CF.LOADCHUNK: takes a piece that `scandump` gave, of which the first makes the filter. */
  loadchunk(key: Key, iterator: number, data: Uint8Array): void {
    this.run("LOADCHUNK", key, iterator, data);
  }
}
