/**
 * One series in memory: its settings, its rules, and the end of its last chunk.
 *
 * @module
 */

import type { Collection, Settles } from "../collections/collection.ts";
import {
  type Aggregator,
  type AggregatorName,
  aggregatorOf,
  AGGREGATORS,
  KEPT_NUMBERS,
} from "./aggregators.ts";
import { type Encoded, writePlain } from "./chunks.ts";
import { AT, FIXED_BYTES, POLICY, RULE_BYTES } from "./facts.ts";
import { append, emptyState, type GorillaState, MOST_BYTES } from "./gorilla.ts";

/** What a series is made with. */
export interface SeriesSettings {
  /** How long samples are kept, counted from the last one, in milliseconds; 0: for ever. */
  retentionMs: number;
  /** Bytes of a chunk. */
  chunkSize: number;
  /** Whether chunks are compressed. */
  compressed: boolean;
  /** What happens to a sample of a time that is there: one of `POLICY`. */
  policy: number;
  /** IGNORE: how soon after the last sample one is left out, in milliseconds. */
  ignoredMs: number;
  /** IGNORE: how near its value is then. */
  ignoredValue: number;
}

/** A compaction rule: what becomes of a source's buckets. */
export interface Rule {
  /** The id of the destination. */
  readonly destination: number;
  /** How long a bucket is, in milliseconds. */
  readonly duration: number;
  /** A time at which a bucket begins. */
  readonly alignment: number;
  /** What buckets are made into. */
  readonly name: AggregatorName;
  /** Where the open bucket begins, -1 before the first. */
  start: number;
  /** The open bucket. */
  aggregator: Aggregator;
}

/** A bucket's bounds: it never begins before 0. */
export const atLeastZero = (time: number): number => time < 0 ? 0 : time;

/** The last chunk. */
export class OpenChunk {
  /** What is known at its end. */
  state: GorillaState = emptyState();
  /** Bytes it is counted with. */
  size: number;
  /** How many of its bytes are in its row. */
  offset = 0;
  /** Whether it has a row, by its first time. */
  hasRow = false;
  /** Its bytes from `offset` on; behind them are zeros. */
  bytes: Uint8Array = new Uint8Array(64);

  constructor(size: number) {
    this.size = size;
  }

  /** Bytes that are in no row. */
  get tailLength(): number {
    return Math.ceil(this.state.bits / 8) - this.offset;
  }

  /** Writes a sample after the last. @returns Whether it fits. */
  append(compressed: boolean, time: number, value: number): boolean {
    const { state } = this;
    const used = this.tailLength;
    if (used + MOST_BYTES > this.bytes.length) {
      const longer = new Uint8Array(2 * this.bytes.length);
      longer.set(this.bytes.subarray(0, used));
      this.bytes = longer;
    }
    if (compressed) return append(state, this, this.size, time, value);
    if (state.bits / 8 + 16 > this.size) return false;
    writePlain(this.bytes, used, time, value);
    if (state.count++ === 0) state.first = time;
    state.bits += 128;
    state.last = time;
    state.value = value;
    return true;
  }
}

/** A series. What of it was changed is written with its key's row. */
export class Series implements Settles, SeriesSettings {
  /** The row of its key. */
  readonly collection: Collection;
  retentionMs: number;
  chunkSize: number;
  compressed: boolean;
  policy: number;
  ignoredMs: number;
  ignoredValue: number;
  /** Chunks, the last one included. */
  chunks = 1;
  /** Bytes that all chunks but the last are counted with. */
  closedBytes = 0;
  /** The last sample's time, also of one that is deleted. */
  lastTime = 0;
  /** Its value. */
  lastValue = 0;
  /** The id of the series whose rule fills this one, 0 for none. */
  source = 0;
  /** What becomes of its buckets. */
  rules: Rule[] = [];
  /** The last chunk. */
  open: OpenChunk;

  constructor(collection: Collection, settings: SeriesSettings) {
    this.collection = collection;
    this.retentionMs = settings.retentionMs;
    this.chunkSize = settings.chunkSize;
    this.compressed = settings.compressed;
    this.policy = settings.policy;
    this.ignoredMs = settings.ignoredMs;
    this.ignoredValue = settings.ignoredValue;
    this.open = new OpenChunk(settings.chunkSize);
  }

  /** The series that a key's row tells of. */
  static load(collection: Collection): Series {
    const bytes = collection.metadata;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const float = (at: number) => view.getFloat64(at, true);
    const word = (at: number) => view.getUint32(at, true);
    const series = new Series(collection, {
      retentionMs: float(AT.RETENTION),
      chunkSize: word(AT.CHUNK_SIZE),
      compressed: bytes[AT.COMPRESSED] === 1,
      policy: bytes[AT.POLICY] ?? POLICY.NONE,
      ignoredMs: float(AT.IGNORED_TIME),
      ignoredValue: float(AT.IGNORED_VALUE),
    });
    series.chunks = word(AT.CHUNKS);
    series.lastTime = float(AT.LAST_TIME);
    series.lastValue = float(AT.LAST_VALUE);
    series.source = float(AT.SOURCE);
    series.closedBytes = float(AT.CLOSED_BYTES);
    const open = series.open;
    open.size = word(AT.SIZE);
    open.offset = word(AT.OFFSET);
    open.hasRow = bytes[AT.HAS_ROW] === 1;
    open.state = {
      count: word(AT.COUNT),
      bits: word(AT.BITS),
      base: float(AT.BASE),
      first: float(AT.FIRST),
      last: float(AT.LAST),
      delta: float(AT.DELTA),
      value: float(AT.VALUE),
      leading: bytes[AT.LEADING] ?? 0,
      trailing: bytes[AT.TRAILING] ?? 0,
    };
    const rules = view.getUint16(AT.RULES, true);
    let at = FIXED_BYTES;
    for (let i = 0; i < rules; i++, at += RULE_BYTES) series.rules.push(loadRule(view, at));
    const tail = bytes.subarray(at);
    open.bytes = new Uint8Array(Math.max(64, tail.length + 2 * MOST_BYTES));
    open.bytes.set(tail);
    return series;
  }

  /** Puts what is to be kept into the row's bytes. */
  settle(): void {
    const { open, rules } = this;
    const { state } = open;
    const tail = open.tailLength;
    const bytes = new Uint8Array(FIXED_BYTES + rules.length * RULE_BYTES + tail);
    const view = new DataView(bytes.buffer);
    bytes[AT.COMPRESSED] = this.compressed ? 1 : 0;
    bytes[AT.POLICY] = this.policy;
    bytes[AT.LEADING] = state.leading;
    bytes[AT.TRAILING] = state.trailing;
    bytes[AT.HAS_ROW] = open.hasRow ? 1 : 0;
    view.setUint16(AT.RULES, rules.length, true);
    view.setFloat64(AT.RETENTION, this.retentionMs, true);
    view.setUint32(AT.CHUNK_SIZE, this.chunkSize, true);
    view.setUint32(AT.CHUNKS, this.chunks, true);
    view.setFloat64(AT.IGNORED_TIME, this.ignoredMs, true);
    view.setFloat64(AT.IGNORED_VALUE, this.ignoredValue, true);
    view.setFloat64(AT.LAST_TIME, this.lastTime, true);
    view.setFloat64(AT.LAST_VALUE, this.lastValue, true);
    view.setFloat64(AT.SOURCE, this.source, true);
    view.setFloat64(AT.CLOSED_BYTES, this.closedBytes, true);
    view.setUint32(AT.SIZE, open.size, true);
    view.setUint32(AT.COUNT, state.count, true);
    view.setUint32(AT.BITS, state.bits, true);
    view.setUint32(AT.OFFSET, open.offset, true);
    view.setFloat64(AT.BASE, state.base, true);
    view.setFloat64(AT.FIRST, state.first, true);
    view.setFloat64(AT.LAST, state.last, true);
    view.setFloat64(AT.DELTA, state.delta, true);
    view.setFloat64(AT.VALUE, state.value, true);
    let at = FIXED_BYTES;
    for (const rule of rules) {
      saveRule(view, at, rule);
      at += RULE_BYTES;
    }
    for (let i = 0; i < tail; i++) bytes[at + i] = open.bytes[i]!;
    this.collection.metadata = bytes;
  }

  /** Takes samples that were written anew for the last chunk. All of it is to be written to its row. */
  reopen({ state, bytes, size }: Encoded, hasRow: boolean): void {
    const { open } = this;
    open.state = state;
    open.bytes = bytes.length < 64 ? new Uint8Array(64) : bytes;
    if (bytes.length < 64) open.bytes.set(bytes);
    open.size = size;
    open.offset = 0;
    open.hasRow = hasRow;
  }

  /** The earliest time that is kept. */
  get earliest(): number {
    const { retentionMs, lastTime } = this;
    return retentionMs > 0 && lastTime > retentionMs ? lastTime - retentionMs : 0;
  }
}

const numbers = new Float64Array(KEPT_NUMBERS);

function loadRule(view: DataView, at: number): Rule {
  const float = (index: number) => view.getFloat64(at + 8 * index, true);
  const name = AGGREGATORS[float(4)] ?? "none";
  if (name === "none") throw new RangeError("a rule has an aggregator that is not known");
  const aggregator = aggregatorOf(name);
  for (let i = 0; i < KEPT_NUMBERS; i++) numbers[i] = float(5 + i);
  aggregator.load(numbers);
  return {
    destination: float(0),
    duration: float(1),
    alignment: float(2),
    start: float(3),
    name,
    aggregator,
  };
}

function saveRule(view: DataView, at: number, rule: Rule): void {
  numbers.fill(0);
  rule.aggregator.save(numbers);
  const { destination, duration, alignment, start, name } = rule;
  const kept = [destination, duration, alignment, start, AGGREGATORS.indexOf(name), ...numbers];
  for (const [i, number] of kept.entries()) view.setFloat64(at + 8 * i, number, true);
}
