/**
 * Ranges: which samples a query finds, and what buckets of them are made into.
 *
 * @module
 */

import { type Aggregator, type AggregatorName, aggregatorOf, bucketOf } from "./aggregators.ts";
import { Samples } from "./chunks.ts";
import { err } from "../values/errors.ts";
import { atLeastZero, type Series } from "./series.ts";
import type { TimeSeries } from "./time_series.ts";

/** Buckets, and what they are made into. */
export interface Aggregation {
  /** One value for each. */
  readonly names: readonly AggregatorName[];
  /** How long a bucket is, in milliseconds. */
  readonly duration: number;
  /** A time at which one begins. */
  readonly alignment: number;
  /** Which of its times is told. */
  readonly told: "start" | "mid" | "end";
  /** Whether buckets without samples are told between others. */
  readonly empty: boolean;
}

/** What is asked of a series. */
export interface RangeQuery {
  /** The first time. */
  readonly from: number;
  /** The last time. */
  readonly to: number;
  /** Whether the open bucket of a source counts. */
  readonly latest: boolean;
  /** The times that count, in order; undefined for all. */
  readonly times?: readonly number[] | undefined;
  /** The least and the greatest value that count. */
  readonly values?: readonly [least: number, greatest: number] | undefined;
  /** How many to find at most; undefined for all. */
  readonly count?: number | undefined;
  /** Whether samples are put together. */
  readonly aggregation?: Aggregation | undefined;
}

/** Values of one reply, most: buckets without samples may be any number. */
const MOST_FOUND = 10_000_000;

/** What was found: times, and of each one value or several. */
export class Found {
  /** The times. */
  times: Float64Array;
  /** The values, those of a time together. */
  values: Float64Array;
  /** How many times. */
  count = 0;
  /** Values of each time. */
  readonly width: number;

  constructor(width: number, room = 64) {
    this.width = width;
    this.times = new Float64Array(room);
    this.values = new Float64Array(room * width);
  }

  /** Makes room for more. */
  reserve(more: number): void {
    const needed = this.count + more;
    if (needed * this.width > MOST_FOUND) {
      throw err(`TSDB: more than ${MOST_FOUND} values: ask for fewer by COUNT or longer buckets`);
    }
    if (needed <= this.times.length) return;
    const room = Math.max(needed, 2 * this.times.length);
    const times = new Float64Array(room), values = new Float64Array(room * this.width);
    times.set(this.times.subarray(0, this.count));
    values.set(this.values.subarray(0, this.count * this.width));
    this.times = times;
    this.values = values;
  }

  /** Adds a time; its values are to be put in from where this returns. */
  push(time: number): number {
    this.reserve(1);
    this.times[this.count] = time;
    return this.count++ * this.width;
  }

  /** Turns the order round. */
  reverse(): void {
    const { count, width, values } = this;
    this.times.subarray(0, count).reverse();
    values.subarray(0, count * width).reverse();
    if (width > 1) {
      for (let i = 0; i < count; i++) values.subarray(i * width, (i + 1) * width).reverse();
    }
  }

  /** Keeps the first ones. */
  limit(count: number | undefined): void {
    if (count !== undefined && count < this.count) this.count = count;
  }
}

/** Keeps of a run what the query's filters let through, from the first to the last index. */
function filter(samples: Samples, query: RangeQuery, from: number): void {
  const first = samples.at(from), end = samples.at(query.to + 1);
  const { times, values } = samples;
  if (first >= end) {
    samples.count = 0;
    return;
  }
  if (query.times === undefined && query.values === undefined) {
    if (first > 0) {
      times.copyWithin(0, first, end);
      values.copyWithin(0, first, end);
    }
    samples.count = end - first;
    return;
  }
  const [least, greatest] = query.values ?? [-Infinity, Infinity];
  const wanted = query.times;
  let next = 0;
  let kept = 0;
  for (let i = first; i < end; i++) {
    const time = times[i]!, value = values[i]!;
    if (wanted !== undefined) {
      while (next < wanted.length && wanted[next]! < time) next++;
      if (wanted[next] !== time) continue;
    }
    if (query.values !== undefined && !(value >= least && value <= greatest)) continue;
    times[kept] = time;
    values[kept++] = value;
  }
  samples.count = kept;
}

/** What a query finds in a series. @param latest The open bucket of its source, if it counts. */
export function find(
  all: TimeSeries,
  series: Series,
  query: RangeQuery,
  backwards: boolean,
  latest: readonly [time: number, value: number] | undefined,
): Found {
  const from = Math.max(query.from, series.earliest);
  const { aggregation, count } = query;
  if (aggregation !== undefined) {
    // A line between samples is followed forwards alone, to where the query ends.
    const drawn = aggregation.empty && aggregation.names.includes("twa");
    const turned = backwards && !drawn;
    const shown = backwards && drawn
      ? { ...aggregation, names: turnedNames(aggregation) }
      : aggregation;
    const most = backwards === turned ? count : undefined;
    const buckets = new Buckets(all, series, shown, turned, most, [from, query.to], drawn);
    each(all, series, query, from, turned, latest, (samples) => {
      if (turned) turnRound(samples);
      return buckets.take(samples);
    });
    const found = buckets.end();
    if (backwards && drawn) found.reverse();
    found.limit(count);
    return found;
  }
  const found = new Found(1);
  each(all, series, query, from, backwards, latest, (samples) => {
    found.reserve(samples.count);
    const { times, values } = found;
    const at = found.count, more = samples.count;
    if (backwards) {
      for (let i = 0; i < more; i++) {
        times[at + i] = samples.times[more - 1 - i]!;
        values[at + i] = samples.values[more - 1 - i]!;
      }
    } else {
      times.set(samples.times.subarray(0, more), at);
      values.set(samples.values.subarray(0, more), at);
    }
    found.count += more;
    return count === undefined || found.count < count;
  });
  found.limit(count);
  return found;
}

/** Visits the runs that filters leave, the open bucket as the last sample. */
function each(
  all: TimeSeries,
  series: Series,
  query: RangeQuery,
  from: number,
  backwards: boolean,
  latest: readonly [time: number, value: number] | undefined,
  visit: (samples: Samples) => boolean,
): void {
  const last = new Samples();
  if (latest !== undefined) {
    last.push(...latest);
    filter(last, query, from);
  }
  if (backwards && last.count > 0 && !visit(last)) return;
  let goesOn = true;
  all.each(series, from, query.to, backwards, (samples) => {
    filter(samples, query, from);
    if (samples.count > 0) goesOn = visit(samples);
    return goesOn;
  });
  if (!backwards && last.count > 0 && goesOn) visit(last);
}

/** The aggregators that make backwards what others make forwards. */
function turnedNames({ names }: Aggregation): AggregatorName[] {
  return names.map((name) => name === "first" ? "last" : name === "last" ? "first" : name);
}

/** Turns a run round, and its times to be before 0, so that they grow. */
function turnRound({ times, values, count }: Samples): void {
  for (let i = 0, j = count - 1; i <= j; i++, j--) {
    const time = times[i]!, value = values[i]!;
    times[i] = -times[j]!;
    values[i] = values[j]!;
    times[j] = -time;
    values[j] = value;
  }
}

/**
 * Puts samples together that come in order. Backwards, all times are before 0: what is said of them
 * here is said of the others, and sums are made in the order in which samples come, as in
 * RedisTimeSeries. So `first` is the first one that comes.
 */
class Buckets {
  readonly #all: TimeSeries;
  readonly #series: Series;
  readonly #aggregation: Aggregation;
  readonly #backwards: boolean;
  readonly #aggregators: readonly Aggregator[];
  readonly #wantsNeighbours: boolean;
  readonly #most: number;
  readonly #found: Found;
  readonly #bounds: readonly [from: number, to: number];
  readonly #drawn: boolean;
  /** Where the bucket begins, which may be before 0, and the time at which others begin. */
  #bucket = 0;
  #end = 0;
  #hasBegun = false;
  /** The last sample that was taken. */
  #time = 0;
  #value = 0;

  /**
   * @param bounds What the query asks for: a line counts between them alone.
   * @param drawn Whether the line is followed where there are no samples, too.
   */
  constructor(
    all: TimeSeries,
    series: Series,
    aggregation: Aggregation,
    backwards: boolean,
    most: number | undefined,
    bounds: readonly [from: number, to: number],
    drawn: boolean,
  ) {
    this.#bounds = bounds;
    this.#drawn = drawn;
    this.#all = all;
    this.#series = series;
    this.#aggregation = aggregation;
    this.#backwards = backwards;
    this.#aggregators = aggregation.names.map(aggregatorOf);
    this.#wantsNeighbours = this.#aggregators.some((each) => each.wantsNeighbours);
    this.#most = most ?? Infinity;
    this.#found = new Found(aggregation.names.length);
  }

  /** Takes a run. @returns Whether there may be more. */
  take({ times, values, count }: Samples): boolean {
    const aggregators = this.#aggregators;
    for (let i = 0; i < count;) {
      const time = times[i]!;
      if (!this.#hasBegun) {
        this.#hasBegun = true;
        this.#begin(time);
        const before = this.#wantsNeighbours ? this.#neighbour(time - 1, true) : undefined;
        if (before !== undefined && this.#drawn) {
          this.#draw(before, [time, values[i]!], this.#bounds[0], this.#bucket - 1);
        }
        if (before !== undefined) { for (const each of aggregators) each.before(...before); }
      } else if (time >= this.#end) {
        for (const each of aggregators) each.after(time, values[i]!);
        this.#tell();
        const bucket = this.#bucket;
        this.#begin(time);
        if (this.#aggregation.empty) this.#fill(bucket, time, values[i]!);
        if (this.#found.count >= this.#most) return false;
        for (const each of aggregators) each.before(this.#time, this.#value);
      }
      let next = i + 1;
      const end = this.#end;
      while (next < count && times[next]! < end) next++;
      for (const each of aggregators) each.addAll(times, values, i, next);
      this.#time = times[next - 1]!;
      this.#value = values[next - 1]!;
      i = next;
    }
    return true;
  }

  /** The last sample up to a time, or the first one from it on. */
  #neighbour(time: number, earlier: boolean): readonly [number, number] | undefined {
    if (!this.#backwards) {
      return time < 0 ? undefined : this.#all.neighbour(this.#series, time, earlier);
    }
    const found = time > 0 ? undefined : this.#all.neighbour(this.#series, -time, !earlier);
    return found && [-found[0], found[1]];
  }

  #begin(time: number): void {
    const { duration, alignment } = this.#aggregation;
    this.#bucket = bucketOf(Math.abs(time), duration, alignment);
    const start = atLeastZero(this.#bucket), end = this.#bucket + duration;
    this.#end = this.#backwards ? 1 - start : end;
    const from = Math.max(start, this.#bounds[0]), to = Math.min(end, this.#bounds[1]);
    for (const each of this.#aggregators) {
      if (this.#backwards) each.begin(-to, -from);
      else each.begin(from, to);
    }
  }

  #told(bucket: number): number {
    const { duration, told } = this.#aggregation;
    const start = atLeastZero(bucket);
    if (told === "start") return start;
    return told === "end" ? start + duration : start + Math.floor(duration / 2);
  }

  #tell(): void {
    const found = this.#found;
    const at = found.push(this.#told(this.#bucket));
    for (const [i, each] of this.#aggregators.entries()) {
      found.values[at + i] = each.result() ?? each.empty();
    }
  }

  /** Tells of the buckets without samples between one and that which has begun. */
  #fill(after: number, time: number, value: number): void {
    const found = this.#found;
    const { duration, names } = this.#aggregation;
    const step = this.#backwards ? -duration : duration;
    for (let bucket = after + step; bucket !== this.#bucket; bucket += step) {
      if (found.count >= this.#most) return;
      const at = found.push(this.#told(bucket));
      for (const [i, each] of this.#aggregators.entries()) {
        found.values[at + i] = names[i] === "last"
          ? this.#value
          : names[i] === "twa"
          ? this.#between(bucket, time, value)
          : each.empty();
      }
    }
  }

  /** The mean of the line between two samples over a bucket between them. */
  #between(bucket: number, time: number, value: number): number {
    const [from, to] = this.#backwards
      ? [[-time, value], [-this.#time, this.#value]] as const
      : [[this.#time, this.#value], [time, value]] as const;
    const at = (when: number) => from[1] + (when - from[0]) * (to[1] - from[1]) / (to[0] - from[0]);
    return (at(bucket) + at(bucket + this.#aggregation.duration)) / 2;
  }

  /** Tells of the buckets without samples between two that lie apart, within the bounds. */
  #draw(
    before: readonly [time: number, value: number],
    after: readonly [time: number, value: number],
    from: number,
    to: number,
  ): void {
    const { duration, alignment, names } = this.#aggregation;
    const found = this.#found;
    const at = (when: number) =>
      before[1] + (when - before[0]) * (after[1] - before[1]) / (after[0] - before[0]);
    for (let bucket = bucketOf(from, duration, alignment); bucket <= to; bucket += duration) {
      if (found.count >= this.#most) return;
      const row = found.push(this.#told(bucket));
      const start = Math.max(bucket, from);
      const end = Math.min(bucket + duration, this.#bounds[1]);
      for (const [i, each] of this.#aggregators.entries()) {
        found.values[row + i] = names[i] === "twa" ? (at(start) + at(end)) / 2 : each.empty();
      }
    }
  }

  /** Ends the last bucket. */
  end(): Found {
    const bounds = this.#bounds;
    if (!this.#hasBegun) {
      if (!this.#drawn || bounds[0] > bounds[1]) return this.#found;
      const before = this.#neighbour(bounds[0], true), after = this.#neighbour(bounds[1], false);
      if (before !== undefined && after !== undefined) this.#draw(before, after, ...bounds);
      return this.#found;
    }
    if (this.#found.count >= this.#most) return this.#found;
    const after = this.#wantsNeighbours ? this.#neighbour(this.#time + 1, false) : undefined;
    if (after !== undefined) { for (const each of this.#aggregators) each.after(...after); }
    this.#tell();
    if (after !== undefined && this.#drawn) {
      const next = this.#bucket + this.#aggregation.duration;
      this.#draw([this.#time, this.#value], after, next, bounds[1]);
    }
    return this.#found;
  }
}

/** Puts what was found in several series together, by their times. */
export function reduce(
  all: readonly Found[],
  name: AggregatorName,
  backwards: boolean,
  count: number | undefined,
): Found {
  const merged = new Samples();
  for (const { times, values, count } of all) {
    merged.reserve(merged.count + count);
    merged.times.set(times.subarray(0, count), merged.count);
    merged.values.set(values.subarray(0, count), merged.count);
    merged.count += count;
  }
  const order = Array.from({ length: merged.count }, (_, i) => i);
  order.sort((a, b) => merged.times[a]! - merged.times[b]! || a - b);
  const found = new Found(1, Math.max(1, merged.count));
  const aggregator = aggregatorOf(name);
  const countsOthers = name === "countnan" || name === "countall";
  for (let i = 0; i < order.length;) {
    const time = merged.times[order[i]!]!;
    aggregator.begin(time, time + 1);
    let isNumber = false;
    for (; i < order.length && merged.times[order[i]!] === time; i++) {
      const value = merged.values[order[i]!]!;
      if (!Number.isNaN(value)) isNumber = true;
      aggregator.add(time, value);
    }
    const at = found.push(time);
    // Not even a count is made of what is no number.
    found.values[at] = isNumber || countsOthers ? aggregator.result() ?? NaN : NaN;
  }
  if (backwards) found.reverse();
  found.limit(count);
  return found;
}
