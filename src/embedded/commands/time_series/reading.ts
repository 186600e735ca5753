/** What the typed methods of time series tell, and how they are asked for it. */

import type { Kinds } from "../option_words.ts";
import type { SeriesAggregator, SeriesLabelsOptions, SeriesRangeOptions } from "./options.ts";

/**
 * A sample: its time in milliseconds and its value; of several aggregators, a value for each.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesSample } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 20.5);
 * const samples: SeriesSample[] = db.ts.range("t");
 * for (const [time, value] of samples) console.log(time, value); // 1000 20.5
 * ```
 */
export type SeriesSample = [time: number, value: number, ...more: number[]];

/**
 * What `db.ts.mrange` tells of a series, or of a group of them.
 *
 * @example
 * ```ts
 * import { type FoundSeries, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 1, { labels: { room: "study" } });
 * const found: Map<string, FoundSeries> = db.ts.mrange("-", "+", "room=study");
 * console.log(found.get("t")?.samples); // [[1000, 1]]
 * ```
 */
export interface FoundSeries {
  /** The labels that were asked for; `null` for one that it has not. */
  labels: Record<string, string | null>;
  /** The samples. */
  samples: SeriesSample[];
  /** Of a group: the keys of its series. */
  sources?: string[];
}

/**
 * Options of `db.ts.mrange`.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesGroupOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("a", 1000, 1, { labels: { room: "study" } });
 * db.ts.add("b", 1000, 2, { labels: { room: "study" } });
 * const options: SeriesGroupOptions = { groupBy: "room", reduce: "sum" };
 * console.log(db.ts.mrange("-", "+", "room=study", options).get("room=study")?.samples); // [[1000, 3]]
 * ```
 */
export interface SeriesGroupOptions extends SeriesRangeOptions, SeriesLabelsOptions {
  /** The label that series are put together by, and what their values of a time are made into. */
  groupBy?: string;
  /** What the values of a time are made into. */
  reduce?: Exclude<SeriesAggregator, "first" | "last" | "twa">;
  /** Whether series without samples are left out. */
  excludeEmpty?: boolean;
}

/**
 * Options of `db.ts.nrange`.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesJoinOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("a", 1000, 1);
 * db.ts.add("b", 2000, 2);
 * const options: SeriesJoinOptions = { aggregations: ["min,max", "sum"], bucket: 60_000 };
 * console.log(db.ts.nrange(["a", "b"], "-", "+", options)); // [[0, [1, 1, 2]]]
 * ```
 */
export interface SeriesJoinOptions extends Omit<SeriesRangeOptions, "aggregation"> {
  /** What the buckets of each series are made into, the aggregators of one separated by commas. */
  readonly aggregations?: readonly string[];
}

/**
 * Options of `db.ts.samples`.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesPageOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 1);
 * const options: SeriesPageOptions = { page: 100 };
 * for await (const [time] of db.ts.samples("t", "-", "+", options)) console.log(time); // 1000
 * ```
 */
export interface SeriesPageOptions {
  /** Samples that are read at once; 1000 by default. */
  page?: number;
}

/**
 * Options of `db.ts.read`.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesReadOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: SeriesReadOptions = { block: 1000, minCount: 1 };
 * const next = db.ts.read("t", "$", options);
 * db.ts.add("t", 1000, 1);
 * console.log(await next); // [[1000, 1]]
 * ```
 */
export interface SeriesReadOptions {
  /** Milliseconds to wait, 0 for ever; not to by default. */
  block?: number;
  /** How many samples to wait for; 1 by default. */
  minCount?: number;
  /** How many to return at most. */
  maxCount?: number;
  /** Ends the waiting: the promise is rejected with its reason. */
  signal?: AbortSignal;
}

/** Their kinds. */
export const READ: Kinds<SeriesReadOptions> = {
  block: "number",
  minCount: "number",
  maxCount: "number",
  signal: "signal",
};

/**
 * What `db.ts.info` tells of a series.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesInfo } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 1);
 * const info: SeriesInfo = db.ts.info("t");
 * console.log(info.totalSamples, info.lastTimestamp); // 1 1000
 * ```
 */
export interface SeriesInfo {
  /** Samples. */
  totalSamples: number;
  /** Bytes that it would take in memory. */
  memoryUsage: number;
  /** The first sample's time. */
  firstTimestamp: number;
  /** The last sample's time. */
  lastTimestamp: number;
  /** How long samples are kept, in milliseconds; 0: for ever. */
  retentionTime: number;
  /** Chunks. */
  chunkCount: number;
  /** Bytes of a chunk. */
  chunkSize: number;
  /** How chunks are written. */
  chunkType: "compressed" | "uncompressed";
  /** What becomes of a sample of a time that is there; `null` where nothing is said. */
  duplicatePolicy: string | null;
  /** Its labels. */
  labels: Record<string, string>;
  /** The series whose rule fills it, `null` if there is none. */
  sourceKey: string | null;
  /** Its rules by the keys that they fill. */
  rules: Record<string, { bucket: number; aggregator: string; align: number }>;
  /** Samples so soon after the last are left out, in milliseconds, */
  ignoreMaxTimeDiff: number;
  /** if their values are so near. */
  ignoreMaxValDiff: number;
}
