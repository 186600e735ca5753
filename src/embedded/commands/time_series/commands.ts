/** `db.ts`: the typed methods of time series. */

import { type Argument, type Data, type Key, type Many, toText } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { keyList, list, many } from "../given.ts";
import { CommandGroup } from "../group.ts";
import { assertOptions, checked, type Time } from "../option_words.ts";
import type { Runner } from "../runner.ts";
import {
  boundWord,
  filterWords,
  labelWords,
  rangeWords,
  type SeriesAddOptions,
  type SeriesAggregator,
  type SeriesBound,
  type SeriesLabelsOptions,
  type SeriesOptions,
  type SeriesRangeOptions,
  settingWords,
  timeWord,
} from "./options.ts";
import {
  type FoundSeries,
  READ,
  type SeriesGroupOptions,
  type SeriesInfo,
  type SeriesJoinOptions,
  type SeriesPageOptions,
  type SeriesReadOptions,
  type SeriesSample,
} from "./reading.ts";

export type {
  DuplicatePolicy,
  SeriesAddOptions,
  SeriesAggregator,
  SeriesBound,
  SeriesLabelsOptions,
  SeriesOptions,
  SeriesRangeOptions,
} from "./options.ts";
export type {
  FoundSeries,
  SeriesGroupOptions,
  SeriesInfo,
  SeriesJoinOptions,
  SeriesPageOptions,
  SeriesReadOptions,
  SeriesSample,
} from "./reading.ts";

/** A value as a word; what is no number is said so. */
const valueWord = (value: number): Argument => Number.isNaN(value) ? "nan" : value;

/**
 * What `db.ts` is: time series. Keys come back as text. A moment is a `Date` or Unix time in
 * milliseconds.
 *
 * @example
 * ```ts
 * import { Redlite, type TimeSeriesMethods } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const ts: TimeSeriesMethods = db.ts;
 * ts.create("temperature", { labels: { room: "study" } });
 * ts.create("temperature:hourly");
 * ts.createrule("temperature", "temperature:hourly", "avg", 3_600_000);
 * ts.add("temperature", 1000, 20.5);
 * ts.add("temperature", 3_600_000, 21);
 * console.log(ts.range("temperature:hourly")); // [[0, 20.5]]
 * ```
 */
export class TimeSeriesMethods {
  static {
    showAs(TimeSeriesMethods.prototype, ({ core }) => `time series (${core.description})`);
  }

  /** @internal */
  protected readonly core: Runner;

  /** @internal */
  constructor(core: Runner) {
    this.core = core;
  }

  #run<T>(words: readonly Argument[]): T {
    return this.core.run(words, toText) as T;
  }

  /** TS.CREATE: makes a series. @throws {RedliteError} If there is such a key. */
  create(key: Key, options: SeriesOptions = {}): void {
    this.#run(["TS.CREATE", key, ...settingWords(options)]);
  }

  /** TS.ALTER: changes what is given of a series; labels are put in place of all it has. */
  alter(key: Key, options: Omit<SeriesOptions, "encoding">): void {
    this.#run(["TS.ALTER", key, ...settingWords(options)]);
  }

  /** TS.ADD: adds a sample, `*` for now, to a series, which is made if there is none. @returns Its time. */
  add(key: Key, time: Time | "*", value: number, options: SeriesAddOptions = {}): number {
    const at = time === "*" ? time : timeWord(time);
    return this.#run(["TS.ADD", key, at, valueWord(value), ...settingWords(options, true)]);
  }

  /** TS.MADD: adds samples to series that are there. @returns The times, and errors of refused ones. */
  madd(...samples: Many<readonly [key: Key, time: Time | "*", value: number]>): (number | Error)[] {
    const words = many(samples).flatMap((sample) => {
      const [key, time, value] = list(sample, "each of samples") as [Key, Time | "*", number];
      return [key, time === "*" ? time : timeWord(time), valueWord(value)];
    });
    return this.#run(["TS.MADD", ...words]);
  }

  /** TS.INCRBY: adds to the last value, at a time or now. @returns The sample's time. */
  incrby(key: Key, by: number, time: Time | "*" = "*", options: SeriesOptions = {}): number {
    const at = time === "*" ? time : timeWord(time);
    return this.#run(["TS.INCRBY", key, by, "TIMESTAMP", at, ...settingWords(options)]);
  }

  /** TS.DECRBY: subtracts from the last value, at a time or now. @returns The sample's time. */
  decrby(key: Key, by: number, time: Time | "*" = "*", options: SeriesOptions = {}): number {
    const at = time === "*" ? time : timeWord(time);
    return this.#run(["TS.DECRBY", key, by, "TIMESTAMP", at, ...settingWords(options)]);
  }

  /** TS.DEL: deletes the samples between two times. @returns How many. */
  del(key: Key, from: SeriesBound, to: SeriesBound): number {
    return this.#run(["TS.DEL", key, boundWord(from, "from"), boundWord(to, "to")]);
  }

  /** TS.CREATERULE: makes a series the compaction of another, by buckets of so many milliseconds. */
  createrule(
    source: Key,
    destination: Key,
    aggregator: SeriesAggregator,
    bucket: number,
    align: Time = 0,
  ): void {
    const words = ["AGGREGATION", aggregator, bucket, timeWord(align, "align")];
    this.#run(["TS.CREATERULE", source, destination, ...words]);
  }

  /** TS.DELETERULE: ends a compaction. */
  deleterule(source: Key, destination: Key): void {
    this.#run(["TS.DELETERULE", source, destination]);
  }

  /** TS.GET: the last sample; `undefined` without one. */
  get(key: Key, options: Pick<SeriesRangeOptions, "latest"> = {}): SeriesSample | undefined {
    const found = this.#run<number[]>(["TS.GET", key, ...rangeWords(options)]);
    return found.length === 0 ? undefined : found as SeriesSample;
  }

  /** TS.MGET: the last samples of the series that match. */
  mget(
    filters: string | readonly string[],
    options: SeriesLabelsOptions = {},
  ): Map<string, { labels: Record<string, string | null>; sample: SeriesSample | undefined }> {
    const { latest } = checked(options, {
      latest: "flag",
      withLabels: "flag",
      selectedLabels: "list",
    });
    const found = this.#run<Map<string, [Labels, number[]]>>([
      ...["TS.MGET", ...latest ? ["LATEST"] : []],
      ...labelWords(options),
      ...["FILTER", ...filterWords(filters)],
    ]);
    return new Map(
      [...found].map(([key, [labels, sample]]) => [key, {
        labels: plain(labels),
        sample: sample.length === 0 ? undefined : sample as SeriesSample,
      }]),
    );
  }

  /** TS.RANGE: the samples between two times, or what is made of them. */
  range(
    key: Key,
    from: SeriesBound = "-",
    to: SeriesBound = "+",
    options: SeriesRangeOptions = {},
  ): SeriesSample[] {
    const bounds = [boundWord(from, "from"), boundWord(to, "to")];
    return this.#run(["TS.RANGE", key, ...bounds, ...rangeWords(options)]);
  }

  /** TS.REVRANGE: the same, the last one first. */
  revrange(
    key: Key,
    from: SeriesBound = "-",
    to: SeriesBound = "+",
    options: SeriesRangeOptions = {},
  ): SeriesSample[] {
    const bounds = [boundWord(from, "from"), boundWord(to, "to")];
    return this.#run(["TS.REVRANGE", key, ...bounds, ...rangeWords(options)]);
  }

  /** TS.RANGE in pages: the samples between two times one by one, however many. */
  async *samples(
    key: Key,
    from: SeriesBound = "-",
    to: SeriesBound = "+",
    options: SeriesPageOptions = {},
  ): AsyncGenerator<SeriesSample, void> {
    const { page = 1000 } = checked(options, { page: "number" });
    let next = from;
    for (;;) {
      const samples = this.range(key, next, to, { count: page });
      yield* samples;
      const last = samples.at(-1);
      if (last === undefined || samples.length < page) return;
      next = last[0] + 1;
      // Others shall have their turn.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** TS.NRANGE: the samples of several series by their times; NaN where one has none. */
  nrange(
    keys: readonly Key[],
    from: SeriesBound = "-",
    to: SeriesBound = "+",
    options: SeriesJoinOptions = {},
  ): [time: number, values: number[]][] {
    return this.#ofMany("TS.NRANGE", keys, from, to, options);
  }

  /** TS.NREVRANGE: the same, the last ones first. */
  nrevrange(
    keys: readonly Key[],
    from: SeriesBound = "-",
    to: SeriesBound = "+",
    options: SeriesJoinOptions = {},
  ): [time: number, values: number[]][] {
    return this.#ofMany("TS.NREVRANGE", keys, from, to, options);
  }

  #ofMany(
    name: string,
    keys: readonly Key[],
    from: SeriesBound,
    to: SeriesBound,
    options: SeriesJoinOptions,
  ): [time: number, values: number[]][] {
    const given = keyList(keys);
    assertOptions(options);
    const { aggregations, ...others } = options;
    return this.#run([
      ...[name, given.length, ...given, boundWord(from, "from"), boundWord(to, "to")],
      ...rangeWords(
        others,
        [],
        aggregations === undefined ? undefined : list(aggregations, "option aggregations"),
      ),
    ]);
  }

  /** TS.MRANGE: the samples of the series that match, or of groups of them, by key. */
  mrange(
    from: SeriesBound,
    to: SeriesBound,
    filters: string | readonly string[],
    options: SeriesGroupOptions = {},
  ): Map<string, FoundSeries> {
    return this.#ofMatches("TS.MRANGE", from, to, filters, options);
  }

  /** TS.MREVRANGE: the same, the last ones first. */
  mrevrange(
    from: SeriesBound,
    to: SeriesBound,
    filters: string | readonly string[],
    options: SeriesGroupOptions = {},
  ): Map<string, FoundSeries> {
    return this.#ofMatches("TS.MREVRANGE", from, to, filters, options);
  }

  #ofMatches(
    name: string,
    from: SeriesBound,
    to: SeriesBound,
    filters: string | readonly string[],
    options: SeriesGroupOptions,
  ): Map<string, FoundSeries> {
    assertOptions(options);
    const { groupBy, reduce = "avg", excludeEmpty, withLabels, selectedLabels, ...range } = options;
    const told = labelWords({
      ...withLabels && { withLabels },
      ...selectedLabels && { selectedLabels },
    });
    const found = this.#run<Map<string, [Labels, ...Map<string, string[]>[], SeriesSample[]]>>([
      ...[name, boundWord(from, "from"), boundWord(to, "to")],
      ...rangeWords(range, told),
      ...["FILTER", ...filterWords(filters)],
      ...groupBy === undefined ? [] : ["GROUPBY", groupBy, "REDUCE", reduce],
      ...excludeEmpty ? ["EXCLUDEEMPTY"] : [],
    ]);
    return new Map(
      [...found].map(([key, parts]) => {
        const sources = parts.flatMap((part) =>
          part instanceof Map ? part.get("sources") as string[] | undefined ?? [] : []
        );
        return [key, {
          labels: plain(parts[0]),
          samples: parts.at(-1) as SeriesSample[],
          ...groupBy !== undefined && { sources },
        }];
      }),
    );
  }

  /** TS.QUERYINDEX: the keys of the series that match. */
  queryindex(...filters: Many<string>): string[] {
    return [...this.#run<Set<string>>(["TS.QUERYINDEX", ...many(filters)])];
  }

  /** TS.QUERYLABELS: the labels of the series that match, or of all, or the values of one label. */
  querylabels(filters: string | readonly string[] = [], label?: string): string[] {
    const given = filterWords(filters);
    return [
      ...this.#run<Set<string>>([
        "TS.QUERYLABELS",
        ...label === undefined ? ["LABELS"] : ["VALUES", label],
        ...given.length === 0 ? [] : ["FILTER", ...given],
      ]),
    ];
  }

  /** TS.READ: the samples from a time on, `$` for those that are to come; waits for some if asked to. */
  async read(
    key: Key,
    from: SeriesBound | "$" = "-",
    options: SeriesReadOptions = {},
  ): Promise<SeriesSample[]> {
    const { block, minCount = 1, maxCount, signal } = checked(options, READ);
    const words = [
      ...["TS.READ", key, from === "$" ? from : boundWord(from, "from")],
      ...block === undefined ? [] : ["BLOCK", block, minCount],
      ...maxCount === undefined ? [] : ["MAX_COUNT", maxCount],
    ];
    return await this.core.wait(words, toText, signal) as SeriesSample[];
  }

  /** TS.INFO: what is known of a series. */
  info(key: Key): SeriesInfo {
    const found = this.#run<Map<string, unknown>>(["TS.INFO", key]);
    const rules = found.get("rules") as Map<string, [number, string, number]>;
    return {
      ...Object.fromEntries(found) as unknown as SeriesInfo,
      labels: plain(found.get("labels") as Labels) as Record<string, string>,
      rules: Object.fromEntries(
        [...rules].map(([to, [bucket, aggregator, align]]) => [to, {
          bucket,
          aggregator: aggregator.toLowerCase(),
          align,
        }]),
      ),
    };
  }
}

type Labels = Map<string, string | null>;

function plain(labels: Labels): Record<string, string | null> {
  return Object.fromEntries(labels);
}

/**
 * The group of methods that `db.ts` is.
 *
 * @example
 * ```ts
 * import { Redlite, type TimeSeriesCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const last = (commands: TimeSeriesCommands<string>) => commands.ts.get("t");
 * db.ts.add("t", 1000, 1);
 * console.log(last(db)); // [1000, 1]
 * ```
 */
export abstract class TimeSeriesCommands<V extends Data> extends CommandGroup<V> {
  /** TS.*: time series. */
  get ts(): TimeSeriesMethods {
    return new TimeSeriesMethods(this.core);
  }
}
