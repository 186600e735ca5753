/**
 * Rules: what becomes of a series' buckets in others. A bucket's value is added to its destination
 * when the first sample of a later one comes; samples that come late make it be computed anew.
 *
 * @module
 */

import { type Aggregator, aggregatorOf, bucketOf, KEPT_NUMBERS } from "./aggregators.ts";
import { POLICY } from "./facts.ts";
import { atLeastZero, type Rule, type Series } from "./series.ts";
import type { PlacedSeries, TimeSeries } from "./time_series.ts";

const kept = new Float64Array(KEPT_NUMBERS);

/** Applies rules. */
export class Compaction {
  readonly #all: TimeSeries;
  readonly #told: (destination: PlacedSeries) => void;

  /** @param told Is told of a destination that a sample was added to. */
  constructor(all: TimeSeries, told: (destination: PlacedSeries) => void) {
    this.#all = all;
    this.#told = told;
  }

  /** The series that a rule fills; undefined if it is gone, or in another database. */
  destination({ collection }: Series, { destination }: Rule): PlacedSeries | undefined {
    const found = this.#all.byId(destination);
    return found?.series.collection.space === collection.space &&
        found.series.source === collection.id
      ? found
      : undefined;
  }

  /** The series whose rule fills one, and the rule. */
  source({ source, collection }: Series): PlacedSeries & { readonly rule: Rule } | undefined {
    if (source === 0) return undefined;
    const found = this.#all.byId(source);
    if (found?.series.collection.space !== collection.space) return undefined;
    const rule = found.series.rules.find(({ destination }) => destination === collection.id);
    return rule && { ...found, rule };
  }

  /** Forgets the rules of a series whose destinations are gone, and a source that is. */
  forgetGone(series: Series): void {
    const rules = series.rules.filter((rule) => this.destination(series, rule) !== undefined);
    if (rules.length < series.rules.length) {
      series.rules = rules;
      this.#all.changed(series);
    }
    if (series.source !== 0 && this.source(series) === undefined) {
      series.source = 0;
      this.#all.changed(series);
    }
  }

  /** A sample was added after all others. @param before The one before it, if there was one. */
  added(
    series: Series,
    time: number,
    value: number,
    before: readonly [time: number, value: number] | undefined,
  ): void {
    for (const rule of series.rules) {
      const { duration, alignment, aggregator } = rule;
      const bucket = bucketOf(time, duration, alignment);
      const start = atLeastZero(bucket);
      if (rule.start === -1) {
        rule.start = start;
        // A sample that was put in before the first one added counts in that one's bucket.
        if (!aggregator.result()) aggregator.begin(start, bucket + duration);
      } else if (start > rule.start) {
        const destination = this.destination(series, rule);
        if (destination === undefined) continue;
        if (aggregator.wantsNeighbours) aggregator.after(time, value);
        const made = aggregator.result();
        if (made !== undefined) {
          this.#put(destination.series, rule.start, made);
          this.#told(destination);
        }
        aggregator.begin(start, bucket + duration);
        if (before !== undefined) aggregator.before(...before);
        rule.start = start;
      }
      aggregator.add(time, value);
    }
  }

  #put(series: Series, time: number, value: number): void {
    const isEmpty = series.collection.length === 0;
    if (isEmpty || time > series.lastTime) this.#all.append(series, time, value);
    else this.#all.upsert(series, time, value, POLICY.LAST);
  }

  /** A sample was put in between others, or in place of one. */
  upserted(series: Series, time: number): void {
    for (const rule of series.rules) {
      const { duration, alignment } = rule;
      const current = atLeastZero(bucketOf(series.lastTime, duration, alignment));
      if (time >= current) {
        rule.aggregator = this.#open(series, rule, current);
        continue;
      }
      const bucket = bucketOf(time, duration, alignment);
      this.#compute(series, rule, bucket);
    }
  }

  /** Computes a bucket that is not the last anew. @returns Whether there were samples. */
  #compute(series: Series, rule: Rule, bucket: number): boolean {
    const { duration } = rule;
    const aggregator = this.#collect(series, rule, bucket);
    const after = aggregator.wantsNeighbours
      ? this.#all.neighbour(series, bucket + duration, false)
      : undefined;
    if (after !== undefined) aggregator.after(...after);
    const hasSamples = this.#hasSamples;
    const made = hasSamples ? aggregator.result() : undefined;
    if (made === undefined) return false;
    const destination = this.destination(series, rule);
    if (destination !== undefined) this.#put(destination.series, atLeastZero(bucket), made);
    return true;
  }

  #hasSamples = false;

  #open(series: Series, rule: Rule, start: number): Aggregator {
    const { duration, alignment } = rule;
    return this.#collect(series, rule, bucketOf(start, duration, alignment), true);
  }

  /** Puts the samples of a bucket together, or all from there on. */
  #collect(series: Series, rule: Rule, bucket: number, isLast = false): Aggregator {
    const start = atLeastZero(bucket), end = bucket + rule.duration;
    const aggregator = aggregatorOf(rule.name);
    aggregator.begin(start, end);
    const before = aggregator.wantsNeighbours && start > 0
      ? this.#all.neighbour(series, start - 1, true)
      : undefined;
    if (before !== undefined) aggregator.before(...before);
    this.#hasSamples = false;
    const to = isLast ? Number.MAX_SAFE_INTEGER : end - 1;
    this.#all.each(series, start, to, false, (samples) => {
      const first = samples.at(start), last = samples.at(to + 1);
      if (last > first) this.#hasSamples = true;
      aggregator.addAll(samples.times, samples.values, first, last);
      return true;
    });
    return aggregator;
  }

  /** Samples between two times were deleted. */
  deleted(series: Series, from: number, to: number): void {
    for (const rule of series.rules) {
      const { duration, alignment } = rule;
      const current = bucketOf(series.lastTime, duration, alignment);
      if (from >= atLeastZero(current)) {
        rule.aggregator = this.#open(series, rule, atLeastZero(current));
        continue;
      }
      const first = bucketOf(from, duration, alignment);
      const last = bucketOf(to, duration, alignment);
      let start = atLeastZero(first), end = atLeastZero(last);
      if (this.#compute(series, rule, first)) start = first + duration;
      if (to >= atLeastZero(current)) {
        rule.aggregator = this.#open(series, rule, atLeastZero(current));
        end = last - duration;
      } else if (this.#compute(series, rule, last)) {
        end = last - duration;
      }
      if (end < start) continue;
      const destination = this.destination(series, rule);
      if (destination !== undefined) this.#all.deleteRange(destination.series, start, end);
    }
  }

  /** What the open bucket of a destination has so far, undefined if it is no destination. */
  latest(series: Series): [time: number, value: number] | undefined {
    const rule = this.source(series)?.rule;
    if (rule === undefined || rule.start === -1) return undefined;
    const aggregator = aggregatorOf(rule.name);
    kept.fill(0);
    rule.aggregator.save(kept);
    aggregator.load(kept);
    // What came into the destination by itself may be later.
    if (series.collection.length > 0 && rule.start <= series.lastTime) return undefined;
    const value = aggregator.result();
    return value === undefined ? undefined : [rule.start, value];
  }
}
