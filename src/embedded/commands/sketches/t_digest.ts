/** The typed methods on t-digests. */

import type { Key, Many } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { keyList, many } from "../given.ts";
import { checked, type Kinds } from "../option_words.ts";
import type { Runner } from "../runner.ts";
import { SketchFamily } from "./runs.ts";

/**
 * Options of `db.tdigest.merge`.
 *
 * @example
 * ```ts
 * import { type TDigestMergeOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.tdigest.create("monday");
 * db.tdigest.add("monday", 1, 2);
 * const options: TDigestMergeOptions = { compression: 200, override: true };
 * db.tdigest.merge("week", ["monday"], options);
 * console.log(db.tdigest.max("week")); // 2
 * ```
 */
export interface TDigestMergeOptions {
  /** How much is kept in the destination. */
  compression?: number;
  /** Whether what the destination holds goes. */
  override?: boolean;
}

const MERGE: Kinds<TDigestMergeOptions> = { compression: "number", override: "flag" };

/**
 * What `db.tdigest.info` tells.
 *
 * @example
 * ```ts
 * import { type TDigestInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.tdigest.create("ms");
 * db.tdigest.add("ms", 12, 15);
 * const info: TDigestInfo = db.tdigest.info("ms");
 * console.log(info.observations, info.compression); // 2 100
 * ```
 */
export interface TDigestInfo {
  /** How much is kept: the greater, the less it errs. */
  compression: number;
  /** Nodes that there may be. */
  capacity: number;
  /** Nodes that were merged. */
  mergedNodes: number;
  /** Nodes that were not merged yet. */
  unmergedNodes: number;
  /** Observations in merged nodes. */
  mergedWeight: number;
  /** Observations in the others. */
  unmergedWeight: number;
  /** All observations. */
  observations: number;
  /** How often nodes were merged. */
  compressions: number;
  /** Bytes that it takes in Redis's memory. */
  memory: number;
}

const INFO: Readonly<Record<keyof TDigestInfo, string>> = {
  compression: "Compression",
  capacity: "Capacity",
  mergedNodes: "Merged nodes",
  unmergedNodes: "Unmerged nodes",
  mergedWeight: "Merged weight",
  unmergedWeight: "Unmerged weight",
  observations: "Observations",
  compressions: "Total compressions",
  memory: "Memory usage",
};

/**
 * What `db.tdigest` is: t-digests, which estimate quantiles of many observations, best at the ends. Of an
 * empty one there is no number, but `NaN`.
 *
 * @example
 * ```ts
 * import { type TDigests, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const tdigest: TDigests = db.tdigest;
 * tdigest.create("ms");
 * tdigest.add("ms", 12, 15, 11, 230);
 * console.log(tdigest.quantile("ms", 0.5, 1)); // [15, 230]
 * console.log(tdigest.rank("ms", 15)); // [2]
 * ```
 */
export class TDigests extends SketchFamily {
  static {
    showAs(TDigests.prototype, ({ core }) => `t-digests (${core.description})`);
  }

  /** @internal */
  constructor(core: Runner) {
    super(core, "TDIGEST");
  }

  /** TDIGEST.CREATE: makes an empty digest. @param compression How much is kept: 100 by default. */
  create(key: Key, compression?: number): void {
    const words = compression === undefined ? [] : ["COMPRESSION", compression];
    this.run("CREATE", key, ...words);
  }

  /** TDIGEST.ADD: adds observations. */
  add(key: Key, ...values: Many<number>): void {
    this.run("ADD", key, ...many(values));
  }

  /** TDIGEST.RESET: forgets all observations. */
  reset(key: Key): void {
    this.run("RESET", key);
  }

  /** TDIGEST.MERGE: adds what digests hold to another, which is made if it is not there. */
  merge(destination: Key, sources: readonly Key[], options: TDigestMergeOptions = {}): void {
    const { compression, override } = checked(options, MERGE);
    const keys = keyList(sources, "sources");
    this.run(
      "MERGE",
      destination,
      keys.length,
      ...keys,
      ...compression === undefined ? [] : ["COMPRESSION", compression],
      ...override ? ["OVERRIDE"] : [],
    );
  }

  /** TDIGEST.MIN: the least observation. */
  min(key: Key): number {
    return this.run("MIN", key);
  }

  /** TDIGEST.MAX: the greatest observation. */
  max(key: Key): number {
    return this.run("MAX", key);
  }

  /** TDIGEST.QUANTILE: the values that parts of the observations are not above. */
  quantile(key: Key, ...quantiles: Many<number>): number[] {
    return this.run("QUANTILE", key, ...many(quantiles));
  }

  /** TDIGEST.CDF: the parts of the observations that are not above values. */
  cdf(key: Key, ...values: Many<number>): number[] {
    return this.run("CDF", key, ...many(values));
  }

  /** TDIGEST.RANK: how many observations are below values; -1 if none is, -2 of an empty digest. */
  rank(key: Key, ...values: Many<number>): number[] {
    return this.run("RANK", key, ...many(values));
  }

  /** TDIGEST.REVRANK: how many observations are above values; -1 if none is, -2 of an empty digest. */
  revrank(key: Key, ...values: Many<number>): number[] {
    return this.run("REVRANK", key, ...many(values));
  }

  /** TDIGEST.BYRANK: the values with so many observations below them. */
  byrank(key: Key, ...ranks: Many<number>): number[] {
    return this.run("BYRANK", key, ...many(ranks));
  }

  /** TDIGEST.BYREVRANK: the values with so many observations above them. */
  byrevrank(key: Key, ...ranks: Many<number>): number[] {
    return this.run("BYREVRANK", key, ...many(ranks));
  }

  /** TDIGEST.TRIMMED_MEAN: the mean of the observations between two quantiles. */
  trimmed_mean(key: Key, low: number, high: number): number {
    return this.run("TRIMMED_MEAN", key, low, high);
  }

  /** TDIGEST.INFO: what a digest is like. */
  info(key: Key): TDigestInfo {
    return this.facts<TDigestInfo>(key, INFO);
  }
}
