/**
 * Time series: samples of a time and a value, in chunks.
 *
 * A chunk is a row of `ts_chunks`, found by its series' id and its first time, and is decoded as a
 * whole. The end of the last one is in the row of the key with the other facts (facts.ts): adding a
 * sample at the end touches that row alone, which is written once before the turn's commit; what is
 * longer than {@linkcode TAIL} bytes there is appended to the chunk's own row then. A sample that comes
 * out of order writes its chunk anew. Where chunks end, and what they are counted with, is as in
 * RedisTimeSeries.
 *
 * Times are whole numbers of milliseconds up to 2^53.
 *
 * `ts_series` tells the key of each id, which rules refer to each other by, so that they follow
 * their series to other names; what is there of a key that is gone counts for nothing.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection } from "../collections/collection.ts";
import { TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { Slice } from "../values/slice.ts";
import { aggregatorOf } from "./aggregators.ts";
import { BASE_BYTES, decode, encode, type Encoded, Samples, trimmedSize } from "./chunks.ts";
import type { SeriesDefaults } from "./defaults.ts";
import { POLICY } from "./facts.ts";
import { type Label, Labels, type SeriesName } from "./labels.ts";
import type { ChunkFacts } from "./rows.ts";
import { type Rule, Series, type SeriesSettings } from "./series.ts";
import { factsOf, type Part, SeriesChunks } from "./series_chunks.ts";

/** By how much a chunk may be larger than its series wants them before it is cut in two. */
const SPLIT_FACTOR = 1.2;

/** Takes samples of a run, which are valid until it returns. @returns False to end. */
export type SamplesVisitor = (samples: Samples) => boolean;

/** A series of a key, and where it is. */
export interface PlacedSeries extends SeriesName {
  readonly series: Series;
}

/** The series of all databases. */
export class TimeSeries {
  /** Their labels and names. */
  readonly labels: Labels;
  readonly #keyspace: Keyspace;
  readonly #chunks: SeriesChunks;
  readonly #samples = new Samples();
  /** Whether somebody looks at them. */
  #lent = false;
  /** What new series are like. */
  readonly defaults: SeriesDefaults;

  /** Takes the keyspace whose keys hold them. */
  constructor(engine: Engine, keyspace: Keyspace, defaults: SeriesDefaults) {
    this.defaults = defaults;
    this.#keyspace = keyspace;
    this.#chunks = new SeriesChunks(engine);
    this.labels = new Labels(engine, keyspace.databases);
  }

  /** The series that a key's row tells of. */
  of(collection: Collection): Series {
    const { rest } = collection;
    if (rest instanceof Series) return rest;
    const series = Series.load(collection, this.#chunks);
    collection.rest = series;
    return series;
  }

  /** The series of an id; undefined if it is gone. */
  byId(id: number): PlacedSeries | undefined {
    const name = this.labels.name(id);
    if (name === undefined) return undefined;
    const type = this.#keyspace.find(name.db, new Slice(name.key));
    const { collection } = this.#keyspace.row;
    if (type !== TYPE.TIME_SERIES || collection?.id !== id) return undefined;
    return { ...name, series: this.of(collection) };
  }

  /** Makes an empty series over whatever the key holds. */
  create(db: number, key: Slice, settings: SeriesSettings, labels: readonly Label[]): Series {
    const collection = this.#keyspace.createCollection(db, key, TYPE.TIME_SERIES);
    const series = new Series(collection, settings, this.#chunks);
    collection.rest = series;
    this.labels.named(collection.id, collection.space, collection.key);
    if (labels.length > 0) this.labels.set(collection.id, labels);
    return series;
  }

  /** Is told that a key has got a series, by another name or as a copy, which has no rules. */
  placed(collection: Collection, isCopy: boolean): void {
    this.labels.named(collection.id, collection.space, collection.key);
    if (!isCopy) return;
    const series = this.of(collection);
    series.source = 0;
    series.rules = [];
    this.changed(series);
  }

  /** Makes a series the destination of another's buckets. */
  addRule(
    series: Series,
    destination: Series,
    { name, duration, alignment }: Pick<Rule, "name" | "duration" | "alignment">,
  ): void {
    series.rules.push({
      destination: destination.collection.id,
      name,
      duration,
      alignment,
      start: -1,
      aggregator: aggregatorOf(name),
    });
    destination.source = series.collection.id;
    this.changed(series);
    this.changed(destination);
  }

  /** Notes that a series was changed. */
  changed({ collection }: Series): void {
    this.#keyspace.collections.changed(collection);
  }

  /** Adds a sample after the last one. */
  append(series: Series, time: number, value: number): void {
    const { collection, compressed } = series;
    if (!series.open.append(compressed, time, value)) {
      this.#chunks.trim(series);
      this.#chunks.close(series);
      series.open.append(compressed, time, value);
    }
    series.lastTime = time;
    series.lastValue = value;
    collection.length++;
    this.changed(series);
  }

  /**
   * Visits runs of samples between two times, both included, forwards or backwards; those of a run are
   * in the order of their times all the same. There may be others at a run's ends.
   */
  each(series: Series, from: number, to: number, backwards: boolean, visit: SamplesVisitor): void {
    const isNested = this.#lent;
    this.#lent = true;
    try {
      this.#each(series, from, to, backwards, isNested ? new Samples() : this.#samples, visit);
    } finally {
      this.#lent = isNested;
    }
  }

  #each(
    series: Series,
    from: number,
    to: number,
    backwards: boolean,
    samples: Samples,
    visit: SamplesVisitor,
  ): void {
    const { collection: { id }, open, compressed } = series;
    const { count, first, last } = open.state;
    const hasOpen = count > 0 && first <= to && last >= from;
    if (backwards && hasOpen) {
      samples.count = 0;
      if (!visit(this.#chunks.openSamples(series, samples))) return;
    }
    // All others are before it.
    const closed = series.chunks > 1 ? to : -1;
    const rows = backwards
      ? this.#chunks.rows.downFrom(id, closed, from)
      : this.#chunks.rows.from(id, from, closed);
    for (const chunk of rows) {
      if (this.#chunks.isOpen(series, chunk)) continue;
      if (chunk.last < from || chunk.first > to) continue;
      samples.count = 0;
      decode(compressed, chunk.data, chunk.first, chunk.count, samples);
      if (!visit(samples)) return;
    }
    if (!backwards && hasOpen) {
      samples.count = 0;
      visit(this.#chunks.openSamples(series, samples));
    }
  }

  /** The first sample of a time or later; the last one of a time or earlier, backwards. */
  neighbour(series: Series, time: number, backwards: boolean): [number, number] | undefined {
    const { earliest } = series;
    let found: [number, number] | undefined;
    const from = backwards ? earliest : Math.max(time, earliest);
    const to = backwards ? time : Number.MAX_SAFE_INTEGER;
    if (from > to) return undefined;
    this.each(series, from, to, backwards, (samples) => {
      const at = backwards ? samples.at(time + 1) - 1 : samples.at(from);
      if (at < 0 || at >= samples.count || samples.times[at]! < from) return true;
      found = [samples.times[at]!, samples.values[at]!];
      return false;
    });
    return found;
  }

  /**
   * Puts a sample in, or in place of one of its time.
   *
   * @param policy What becomes of one that is there: one of `POLICY`.
   * @returns False if the policy is not to touch it.
   */
  upsert(series: Series, time: number, value: number, policy: number): boolean {
    const { open, collection: { id }, compressed } = series;
    if (time === open.state.last && this.#replaceLast(series, value, policy)) return true;
    const older = time < open.state.first && series.chunks > 1
      ? this.#chunks.rows.at(id, time)
      : undefined;
    const chunk = older === undefined || this.#chunks.isOpen(series, older) ? undefined : older;
    const samples = new Samples();
    if (chunk === undefined) this.#chunks.openSamples(series, samples);
    else decode(compressed, chunk.data, chunk.first, chunk.count, samples);
    const known = samples.at(time);
    const isThere = known < samples.count && samples.times[known] === time;
    const put = isThere ? mergedBy(policy, samples.values[known]!, value) : value;
    const isTooLarge = (chunk?.size ?? open.size) > series.chunkSize * SPLIT_FACTOR &&
      samples.count > 1;
    if (put === undefined && !isTooLarge) return false;
    let parts: Part[] = [{ samples, size: chunk?.size ?? open.size }];
    // One that has grown too large is cut before anything is put into it, or is refused.
    if (isTooLarge) {
      const rest = samples.split(samples.count - (samples.count >> 1));
      parts = [samples, rest].map((half) => ({
        samples: half,
        size: trimmedSize(compressed, encode(compressed, half, 0)),
      }));
    }
    const last = parts.at(-1)!;
    const part = time >= last.samples.times[0]! ? last : parts[0]!;
    const index = part.samples.at(time);
    if (put === undefined) {
      // Only the cut is to be written.
    } else if (isThere) {
      part.samples.values[index] = put;
    } else {
      part.samples.insert(index, time, put);
      series.collection.length++;
    }
    if (put !== undefined && time === series.lastTime) series.lastValue = put;
    const before = chunk ?? (open.hasRow ? factsOf(open) : undefined);
    this.#chunks.writeParts(series, chunk, before, parts);
    this.changed(series);
    return put !== undefined;
  }

  /** {@linkcode upsert} of the last sample's time, where the chunk need not be decoded. */
  #replaceLast(series: Series, value: number, policy: number): boolean {
    const { open, compressed, chunkSize } = series;
    const { count, last, value: old } = open.state;
    if (count === 0 || (count > 1 && open.size > chunkSize * SPLIT_FACTOR)) return false;
    const put = mergedBy(policy, old, value);
    if (put === undefined) return false;
    if (!Object.is(put, old) && !open.replaceLast(compressed, put)) return false;
    if (last === series.lastTime) series.lastValue = put;
    this.changed(series);
    return true;
  }

  /** Deletes the samples between two times. @returns How many there were. */
  deleteRange(series: Series, from: number, to: number): number {
    const { collection: { id }, compressed } = series;
    let deleted = 0;
    const chunks = series.chunks > 1 ? [...this.#chunks.rows.from(id, from, to)] : [];
    for (const chunk of chunks) {
      if (this.#chunks.isOpen(series, chunk) || chunk.last < from || chunk.first > to) continue;
      if (chunk.first >= from && chunk.last <= to) {
        this.#chunks.forget(series, chunk);
        deleted += chunk.count;
        continue;
      }
      const samples = new Samples();
      decode(compressed, chunk.data, chunk.first, chunk.count, samples);
      const gone = removeBetween(samples, from, to);
      if (gone === 0) continue;
      deleted += gone;
      series.collection.length -= gone;
      this.#chunks.writeParts(series, chunk, chunk, [{ samples, size: chunk.size }]);
    }
    const { open } = series;
    if (open.state.count > 0 && open.state.first <= to && open.state.last >= from) {
      const samples = this.#chunks.openSamples(series);
      const gone = removeBetween(samples, from, to);
      if (gone > 0) {
        deleted += gone;
        series.collection.length -= gone;
        const before = open.hasRow ? factsOf(open) : undefined;
        if (samples.count === 0) {
          if (before !== undefined) this.#chunks.rows.delete(id, before.first);
          this.#chunks.reopenLast(series);
        } else {
          this.#chunks.writeParts(series, undefined, before, [{ samples, size: open.size }]);
        }
      }
    }
    if (deleted === 0) return 0;
    if (to >= series.lastTime) {
      series.lastTime = series.lastValue = 0;
      const last = this.neighbour(series, Number.MAX_SAFE_INTEGER - 1, true);
      if (last !== undefined) [series.lastTime, series.lastValue] = last;
    }
    this.changed(series);
    return deleted;
  }

  /** What is known of all chunks, in order; the last one may be empty. */
  chunks(series: Series): ChunkFacts[] {
    const closed = this.#chunks.rows.facts(series.collection.id)
      .filter((chunk) => !this.#chunks.isOpen(series, chunk));
    return [...closed, factsOf(series.open)];
  }

  /** Samples before a time, which are in the first chunks. */
  countBefore(series: Series, time: number): number {
    if (time === 0) return 0;
    let count = 0;
    this.each(series, 0, time - 1, false, (samples) => {
      count += samples.at(time);
      return true;
    });
    return count;
  }

  /** Visits the chunks as they are encoded, with their states. */
  eachChunk(series: Series, visit: (encoded: Encoded) => void): void {
    const { compressed, collection: { id }, open } = series;
    const samples = new Samples();
    for (const chunk of this.#chunks.rows.from(id, 0, Number.MAX_SAFE_INTEGER)) {
      if (this.#chunks.isOpen(series, chunk)) continue;
      samples.count = 0;
      decode(compressed, chunk.data, chunk.first, chunk.count, samples);
      visit(encode(compressed, samples, chunk.size));
    }
    const data = this.#chunks.openData(series);
    const bytes = data.subarray(compressed ? BASE_BYTES : 0);
    visit({ state: open.state, bytes, size: open.size });
  }

  /** Takes chunks in place of all there are, the last one as that which is added to. */
  restoreChunks(series: Series, chunks: readonly Encoded[]): void {
    const last = chunks.at(-1);
    if (last === undefined) return;
    for (const chunk of chunks.slice(0, -1)) {
      this.#chunks.writeClosed(series, chunk);
      series.closedBytes += chunk.size;
    }
    series.chunks = chunks.length;
    series.reopen(last, false);
    this.#chunks.rewrite(series);
    this.changed(series);
  }
}

function removeBetween(samples: Samples, from: number, to: number): number {
  const start = samples.at(from), end = samples.at(to + 1);
  if (end > start) samples.remove(start, end);
  return Math.max(0, end - start);
}

/** What a policy makes of two values of one time; undefined if it refuses a second one. */
function mergedBy(policy: number, old: number, value: number): number | undefined {
  switch (policy) {
    case POLICY.LAST:
      return value;
    case POLICY.FIRST:
      return old;
    case POLICY.MIN:
      return Number.isNaN(value) || old < value ? old : value;
    case POLICY.MAX:
      return Number.isNaN(value) || old > value ? old : value;
    case POLICY.SUM:
      return old + value;
    default:
      return undefined;
  }
}
