/**
 * One series in memory: its settings, its rules, and the end of its last chunk.
 *
 * @module
 */

import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection, Settles } from "../collections/collection.ts";
import {
  type Aggregator,
  type AggregatorName,
  aggregatorOf,
  AGGREGATORS,
  KEPT_NUMBERS,
} from "./aggregators.ts";
import type { Encoded } from "./chunks.ts";
import { AT, FactsReader, FactsWriter, FLAG } from "./facts.ts";
import { MOST_BYTES } from "./gorilla.ts";
import { OpenChunk } from "./open_chunk.ts";

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
    const facts = new FactsReader(collection.metadata);
    const flags = facts.byteAt(AT.FLAGS);
    const series = new Series(collection, {
      retentionMs: facts.whole(),
      chunkSize: facts.whole(),
      compressed: (flags & FLAG.COMPRESSED) !== 0,
      policy: facts.byteAt(AT.POLICY),
      ignoredMs: 0,
      ignoredValue: 0,
    });
    series.chunks = facts.whole();
    series.closedBytes = facts.whole();
    const { open } = series;
    open.size = facts.whole();
    open.offset = facts.wordAt(AT.OFFSET);
    open.hasRow = (flags & FLAG.HAS_ROW) !== 0;
    const { state } = open;
    state.count = facts.wordAt(AT.COUNT);
    state.bits = facts.wordAt(AT.BITS);
    if (state.count > 0) {
      state.first = facts.timeAt(AT.FIRST);
      state.base = facts.doubleAt(AT.BASE);
      state.last = state.first + facts.whole();
      state.delta = facts.signed();
      state.value = facts.double();
      state.leading = facts.byte();
      state.trailing = facts.byte();
    }
    const isOther = (flags & FLAG.LAST) !== 0;
    series.lastTime = isOther ? facts.whole() : state.last;
    series.lastValue = isOther ? facts.double() : state.value;
    if ((flags & FLAG.IGNORES) !== 0) {
      series.ignoredMs = facts.whole();
      series.ignoredValue = facts.double();
    }
    if ((flags & FLAG.COMPACTION) !== 0) series.source = facts.whole();
    for (let left = facts.whole(); left > 0; left--) series.rules.push(loadRule(facts));
    const tail = facts.rest();
    open.bytes = new Uint8Array(Math.max(64, tail.length + 2 * MOST_BYTES));
    open.bytes.set(tail);
    return series;
  }

  /** Bytes of a sample, at least one. */
  get meanSize(): number {
    const { open, closedBytes, collection: { length } } = this;
    if (length === 0) return 0;
    return Math.max(1, Math.round((closedBytes + Math.ceil(open.state.bits / 8)) / length));
  }

  /** What it has to keep is bound: {@linkcode bind}. */
  settle(): void {}

  /** Binds what is to be kept of it in the row. */
  bind(statement: Statement, index: number): void {
    const { open, rules } = this;
    const { state } = open;
    const tail = open.tailLength;
    const isOther = this.lastTime !== state.last || !Object.is(this.lastValue, state.value);
    const ignores = this.ignoredMs > 0 || this.ignoredValue > 0;
    facts.begin();
    facts.reserve(MOST_FACTS + rules.length * MOST_RULE + tail);
    facts.byteAt(
      AT.FLAGS,
      (this.compressed ? FLAG.COMPRESSED : 0) | (open.hasRow ? FLAG.HAS_ROW : 0) |
        (isOther ? FLAG.LAST : 0) | (ignores ? FLAG.IGNORES : 0) |
        (this.source !== 0 ? FLAG.COMPACTION : 0),
    );
    facts.byteAt(AT.POLICY, this.policy);
    facts.wordAt(AT.COUNT, state.count);
    facts.wordAt(AT.BITS, state.bits);
    facts.wordAt(AT.OFFSET, open.offset);
    facts.timeAt(AT.FIRST, state.first);
    facts.doubleAt(AT.BASE, state.base);
    facts.whole(this.retentionMs);
    facts.whole(this.chunkSize);
    facts.whole(this.chunks);
    facts.whole(this.closedBytes);
    facts.whole(open.size);
    if (state.count > 0) {
      facts.whole(state.last - state.first);
      facts.signed(state.delta);
      facts.double(state.value);
      facts.byte(state.leading);
      facts.byte(state.trailing);
    }
    if (isOther) {
      facts.whole(this.lastTime);
      facts.double(this.lastValue);
    }
    if (ignores) {
      facts.whole(this.ignoredMs);
      facts.double(this.ignoredValue);
    }
    if (this.source !== 0) facts.whole(this.source);
    facts.whole(rules.length);
    for (const rule of rules) saveRule(rule);
    facts.bytes(open.bytes, tail);
    facts.bind(statement, index);
  }

  /** Takes samples that were written anew for the last chunk. All of it is to be written to its row. */
  reopen({ state, bytes, size }: Encoded, hasRow: boolean): void {
    const open = this.open = new OpenChunk(size);
    open.state = state;
    if (bytes.length < 64) open.bytes.set(bytes);
    else open.bytes = bytes;
    open.hasRow = hasRow;
  }

  /** The earliest time that is kept. */
  get earliest(): number {
    const { retentionMs, lastTime } = this;
    return retentionMs > 0 && lastTime > retentionMs ? lastTime - retentionMs : 0;
  }
}

const facts = new FactsWriter();
/** Bytes that facts take at most, and those of a rule. */
const MOST_FACTS = 160, MOST_RULE = 64 + 8 * KEPT_NUMBERS;
const numbers = new Float64Array(KEPT_NUMBERS);

function loadRule(facts: FactsReader): Rule {
  const destination = facts.whole();
  const duration = facts.whole(), alignment = facts.whole();
  const start = facts.whole() - 1;
  const name = AGGREGATORS[facts.byte()] ?? "none";
  if (name === "none") throw new RangeError("a rule has an aggregator that is not known");
  const aggregator = aggregatorOf(name);
  for (let i = 0; i < KEPT_NUMBERS; i++) numbers[i] = facts.double();
  aggregator.load(numbers);
  return { destination, duration, alignment, start, name, aggregator };
}

function saveRule({ destination, duration, alignment, start, name, aggregator }: Rule): void {
  facts.whole(destination);
  facts.whole(duration);
  facts.whole(alignment);
  facts.whole(start + 1);
  facts.byte(AGGREGATORS.indexOf(name));
  numbers.fill(0);
  aggregator.save(numbers);
  for (let i = 0; i < KEPT_NUMBERS; i++) facts.double(numbers[i]!);
}
