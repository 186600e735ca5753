/** Options of the typed methods of time series, and the words that they become. */

import type { Argument, Key } from "../../data.ts";
import { assertOptions, checked, isMoment, type Kinds, type Time } from "../option_words.ts";
import { wrongType } from "../../checks.ts";
import { list } from "../given.ts";

/**
 * What becomes of a sample of a time that is there.
 *
 * @example
 * ```ts
 * import { type DuplicatePolicy, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const policy: DuplicatePolicy = "max";
 * db.ts.create("peak", { duplicatePolicy: policy });
 * db.ts.add("peak", 1000, 3);
 * db.ts.add("peak", 1000, 2);
 * console.log(db.ts.get("peak")); // [1000, 3]
 * ```
 */
export type DuplicatePolicy = "block" | "first" | "last" | "min" | "max" | "sum";

/**
 * What samples of a bucket are made into.
 *
 * @example
 * ```ts
 * import { type SeriesAggregator, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 1);
 * db.ts.add("t", 1500, 2);
 * const aggregation: SeriesAggregator = "avg";
 * console.log(db.ts.range("t", "-", "+", { aggregation, bucket: 1000 })); // [[1000, 1.5]]
 * ```
 */
export type SeriesAggregator =
  | "avg"
  | "sum"
  | "min"
  | "max"
  | "range"
  | "count"
  | "countnan"
  | "countall"
  | "first"
  | "last"
  | "std.p"
  | "std.s"
  | "var.p"
  | "var.s"
  | "twa";

/**
 * Where a range begins or ends: a moment in milliseconds, `-` for the first sample, `+` for the last.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesBound } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 1);
 * const from: SeriesBound = new Date(500);
 * console.log(db.ts.range("t", from, "+")); // [[1000, 1]]
 * ```
 */
export type SeriesBound = Time | "-" | "+";

/**
 * What a new series is like.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: SeriesOptions = { retention: 86_400_000, labels: { room: "study" } };
 * db.ts.create("t", options);
 * console.log(db.ts.queryindex("room=study")); // ["t"]
 * ```
 */
export interface SeriesOptions {
  /** How long samples are kept, counted from the last one, in milliseconds; 0: for ever. */
  retention?: number;
  /** How chunks are written; `compressed` by default. */
  encoding?: "compressed" | "uncompressed";
  /** Bytes of a chunk. */
  chunkSize?: number;
  /** What becomes of a sample of a time that is there. */
  duplicatePolicy?: DuplicatePolicy;
  /** Samples so soon after the last and so near to its value are left out. */
  ignore?: readonly [milliseconds: number, difference: number];
  /** Labels, by which the series is found. */
  labels?: Readonly<Record<string, string>>;
}

const SETTINGS: Kinds<SeriesOptions> = {
  retention: "number",
  encoding: ["compressed", "uncompressed"],
  chunkSize: "number",
  duplicatePolicy: ["block", "first", "last", "min", "max", "sum"],
  ignore: "list",
  labels: "record",
};

/**
 * Options of `db.ts.add`.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesAddOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 1);
 * const options: SeriesAddOptions = { onDuplicate: "sum" };
 * db.ts.add("t", 1000, 2, options);
 * console.log(db.ts.get("t")); // [1000, 3]
 * ```
 */
export interface SeriesAddOptions extends SeriesOptions {
  /** What becomes of a sample of this time, whatever the series says. */
  onDuplicate?: DuplicatePolicy;
}

const ADD: Kinds<SeriesAddOptions> = {
  ...SETTINGS,
  onDuplicate: ["block", "first", "last", "min", "max", "sum"],
};

/** The words of settings. Labels come last, for all that follows them is taken for more. */
export function settingWords(options: SeriesAddOptions, mayOverride = false): Argument[] {
  const kinds: Kinds<SeriesAddOptions> = mayOverride ? ADD : { ...SETTINGS, onDuplicate: [] };
  const { retention, encoding, chunkSize, duplicatePolicy, ignore, labels, onDuplicate } = checked(
    options,
    kinds,
  );
  return [
    ...retention === undefined ? [] : ["RETENTION", retention],
    ...encoding === undefined ? [] : ["ENCODING", encoding],
    ...chunkSize === undefined ? [] : ["CHUNK_SIZE", chunkSize],
    ...duplicatePolicy === undefined ? [] : ["DUPLICATE_POLICY", duplicatePolicy],
    ...onDuplicate === undefined ? [] : ["ON_DUPLICATE", onDuplicate],
    ...ignore === undefined ? [] : ["IGNORE", ...ignore],
    ...labels === undefined ? [] : ["LABELS", ...Object.entries(labels).flat()],
  ];
}

/**
 * Options of `db.ts.range` and its kin.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesRangeOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * for (let i = 0; i < 4; i++) db.ts.add("t", 1000 + 500 * i, i);
 * const options: SeriesRangeOptions = { aggregation: ["min", "max"], bucket: 1000 };
 * console.log(db.ts.range("t", "-", "+", options)); // [[1000, 0, 1], [2000, 2, 3]]
 * ```
 */
export interface SeriesRangeOptions {
  /** Whether the bucket counts that is not over yet, of a compaction. */
  latest?: boolean;
  /** The times that count. */
  filterByTs?: readonly number[];
  /** The least and the greatest value that count. */
  filterByValue?: readonly [least: number, greatest: number];
  /** How many to find at most. */
  count?: number;
  /** What samples of a bucket are made into; several give as many values. */
  aggregation?: SeriesAggregator | readonly SeriesAggregator[];
  /** How long a bucket is, in milliseconds. */
  bucket?: number;
  /** A time at which a bucket begins: that of the query's start or end, or another. */
  align?: Time | "start" | "end";
  /** Which of a bucket's times is told; `start` by default. */
  bucketTimestamp?: "start" | "mid" | "end";
  /** Whether buckets without samples are told. */
  empty?: boolean;
}

/** What they take. */
export const RANGE: Kinds<SeriesRangeOptions> = {
  latest: "flag",
  filterByTs: "numbers",
  filterByValue: "numbers",
  count: "number",
  aggregation: "value",
  bucket: "number",
  align: "value",
  bucketTimestamp: ["start", "mid", "end"],
  empty: "flag",
};

/** A time as the commands take it. @throws {TypeError} If it is none. */
export function timeWord(time: Time, name = "time"): number {
  if (!isMoment(time)) throw wrongType(name, "a valid Date or Unix time in milliseconds", time);
  return time instanceof Date ? time.getTime() : time;
}

/** A bound as the commands take it. */
export function boundWord(bound: SeriesBound, name: string): Argument {
  return bound === "-" || bound === "+" ? bound : timeWord(bound, name);
}

/** The words of a range's options; those of buckets behind others that filter. */
export function rangeWords(
  options: SeriesRangeOptions,
  between: readonly Argument[] = [],
  aggregations?: readonly string[],
): Argument[] {
  assertOptions(options);
  const { aggregation, align, ...others } = options;
  checked(others, { ...RANGE });
  const { latest, filterByTs, filterByValue, count, bucket, bucketTimestamp, empty } = options;
  const names = aggregations ??
    (aggregation === undefined ? [] : [aggregatorWord(aggregation)]);
  if (names.length > 0 && bucket === undefined) {
    throw new TypeError("an aggregation takes the option bucket, the milliseconds of a bucket");
  }
  const aligned = align === "start" || align === "end" ? align : align && timeWord(align, "align");
  return [
    ...latest ? ["LATEST"] : [],
    ...filterByTs === undefined ? [] : ["FILTER_BY_TS", ...filterByTs],
    ...filterByValue === undefined ? [] : ["FILTER_BY_VALUE", ...filterByValue],
    ...between,
    ...count === undefined ? [] : ["COUNT", count],
    ...aligned === undefined ? [] : ["ALIGN", aligned],
    ...names.length === 0 || bucket === undefined ? [] : ["AGGREGATION", ...names, bucket],
    ...bucketTimestamp === undefined ? [] : ["BUCKETTIMESTAMP", bucketTimestamp],
    ...empty ? ["EMPTY"] : [],
  ];
}

function aggregatorWord(aggregation: SeriesAggregator | readonly SeriesAggregator[]): string {
  const names: readonly unknown[] = [aggregation].flat();
  if (names.every((name) => typeof name === "string")) return names.join(",");
  throw wrongType("option aggregation", "a string or an array of strings", aggregation);
}

/**
 * Which labels are told of each series.
 *
 * @example
 * ```ts
 * import { Redlite, type SeriesLabelsOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.ts.add("t", 1000, 1, { labels: { room: "study" } });
 * const options: SeriesLabelsOptions = { withLabels: true };
 * console.log(db.ts.mget("room=study", options).get("t")?.labels); // { room: "study" }
 * ```
 */
export interface SeriesLabelsOptions {
  /** Whether the open bucket counts, of compactions. */
  latest?: boolean;
  /** Whether all labels are told. */
  withLabels?: boolean;
  /** The labels that are told. */
  selectedLabels?: readonly string[];
}

/** The words of which labels are told. */
export function labelWords({ withLabels, selectedLabels }: SeriesLabelsOptions): Argument[] {
  return [
    ...withLabels ? ["WITHLABELS"] : [],
    ...selectedLabels === undefined
      ? []
      : ["SELECTED_LABELS", ...list(selectedLabels, "option selectedLabels")],
  ];
}

/** One filter, or several. */
export function filterWords(filters: string | readonly string[]): Key[] {
  return [filters].flat();
}
