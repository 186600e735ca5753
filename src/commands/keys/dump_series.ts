/** Time series in DUMP and RESTORE, in the form of RedisTimeSeries, whose chunks are the same. */

import type { Collection } from "../../store/collections/collection.ts";
import {
  type ModuleId,
  type ModuleInput,
  ModuleWriter,
} from "../../store/extensions/module_value.ts";
import { TYPE } from "../../store/file/schema.ts";
import { badDataFormat } from "../../store/rdb/format.ts";
import type { Store } from "../../store/store.ts";
import { AGGREGATORS, KEPT_NUMBERS } from "../../store/time_series/aggregators.ts";
import type { Compaction } from "../../store/time_series/compaction.ts";
import { decode, type Encoded, PLAIN_BYTES, Samples } from "../../store/time_series/chunks.ts";
import { POLICIES } from "../../store/time_series/facts.ts";
import { emptyState } from "../../store/time_series/gorilla.ts";
import type { Label } from "../../store/time_series/labels.ts";
import type { Series } from "../../store/time_series/series.ts";
import { Slice } from "../../store/values/slice.ts";
import { compactionOf } from "../time_series/adding.ts";

/** The id of the type, which is also the name that TYPE tells. */
export const SERIES_ID = "TSDB-TYPE";
/** The version that is written, and the oldest that is read. */
const VERSION = 8, OLDEST_VERSION = 3;
/** The version from which on there is IGNORE. */
const VERSION_WITH_IGNORE = 8;
/** The version that only Redlite reads: with rules at the end. */
const VERSION_WITH_RULES = 512;
/** How a series is encoded. */
const OPTIONS = { PLAIN: 1, COMPRESSED: 2 } as const;
/** Bytes of a compressed chunk's first value in front of its bits. */
const BASE = 8;

const float = new Float64Array(1);
const word = new BigUint64Array(float.buffer);

function bitsOf(value: number): bigint {
  float[0] = value;
  return word[0] ?? 0n;
}

function doubleOf(bits: number | bigint): number {
  word[0] = BigInt(bits);
  return float[0] ?? 0;
}

/**
 * The payload of a series.
 *
 * @param own Whether nobody but Redlite reads it: then with its rules, which name other keys. A rule is
 * told with its source and with its destination, for whichever of them is restored last.
 */
export function dumpSeries(store: Store, collection: Collection, own: boolean): Slice {
  const { timeSeries } = store;
  const series = timeSeries.of(collection);
  const version = own ? VERSION_WITH_RULES : VERSION;
  const writer = new ModuleWriter({ id: SERIES_ID, version });
  writer.string(collection.key);
  writer.unsigned(series.retentionMs);
  writer.unsigned(series.chunkSize);
  writer.unsigned(series.compressed ? OPTIONS.COMPRESSED : OPTIONS.PLAIN);
  writer.unsigned(series.lastTime);
  writer.double(series.lastValue);
  writer.unsigned(collection.length);
  writer.unsigned(series.policy);
  // No source.
  writer.unsigned(0);
  writer.unsigned(series.ignoredMs);
  writer.double(series.ignoredValue);
  const labels = timeSeries.labels.of(collection.id);
  writer.unsigned(labels.length);
  for (const [name, value] of labels) {
    writer.string(name);
    writer.string(value);
  }
  // No rules.
  writer.unsigned(0);
  writer.unsigned(series.chunks);
  timeSeries.eachChunk(series, ({ state, bytes, size }) => {
    const data = new Uint8Array(size);
    data.set(bytes.subarray(0, Math.min(size, Math.ceil(state.bits / 8))));
    if (series.compressed) {
      writer.unsigned(size);
      writer.unsigned(state.count);
      writer.unsigned(state.bits);
      writer.unsigned(bitsOf(state.base));
      writer.unsigned(state.first);
      writer.unsigned(state.last);
      writer.signed(state.delta);
      writer.unsigned(bitsOf(state.value));
      writer.unsigned(state.leading);
      writer.unsigned(state.trailing);
    } else {
      writer.unsigned(state.first);
      writer.unsigned(state.count);
      writer.unsigned(size);
    }
    writer.string(data);
  });
  if (own) dumpRules(writer, compactionOf(store), series);
  return writer.finish();
}

const numbers = new Float64Array(KEPT_NUMBERS);

/** Writes the rules of a series, and that which fills it, each with the key at its other end. */
function dumpRules(writer: ModuleWriter, compaction: Compaction, series: Series): void {
  const source = compaction.source(series);
  const rules = series.rules.flatMap((rule) => {
    const key = compaction.destination(series, rule)?.key;
    return key === undefined ? [] : [{ rule, key, isOwn: true }];
  });
  if (source !== undefined) rules.push({ rule: source.rule, key: source.key, isOwn: false });
  writer.unsigned(rules.length);
  for (const { rule, key, isOwn } of rules) {
    writer.unsigned(isOwn ? 1 : 0);
    writer.string(key);
    writer.unsigned(AGGREGATORS.indexOf(rule.name));
    writer.unsigned(rule.duration);
    writer.unsigned(rule.alignment);
    writer.unsigned(rule.start + 1);
    numbers.fill(0);
    rule.aggregator.save(numbers);
    for (const number of numbers) writer.double(number);
  }
}

/** Makes the rules of a series whose other ends are there. */
function restoreRules(store: Store, db: number, series: Series, input: ModuleInput): void {
  const { keyspace, timeSeries } = store;
  for (let left = numberFrom(input, 2 ** 20); left > 0; left--) {
    const isOwn = numberFrom(input, 1) === 1;
    const key = new Slice(input.string());
    const name = AGGREGATORS[numberFrom(input)] ?? "none";
    const duration = numberFrom(input), alignment = numberFrom(input);
    const start = numberFrom(input) - 1;
    for (let i = 0; i < KEPT_NUMBERS; i++) numbers[i] = input.double();
    if (name === "none" || duration === 0) throw badDataFormat();
    const { collection } = keyspace.find(db, key) === TYPE.TIME_SERIES
      ? keyspace.row
      : { collection: undefined };
    if (collection === undefined || collection.id === series.collection.id) continue;
    const other = timeSeries.of(collection);
    compactionOf(store).forgetGone(other);
    const [source, destination] = isOwn ? [series, other] : [other, series];
    if (destination.source !== 0 || destination.rules.length > 0 || source.source !== 0) continue;
    timeSeries.addRule(source, destination, { name, duration, alignment });
    const rule = source.rules.at(-1);
    if (rule === undefined) continue;
    rule.start = start;
    rule.aggregator.load(numbers);
  }
}

/** A number that is not greater than what is exact. @throws {CommandError} */
function numberFrom(input: ModuleInput, most = Number.MAX_SAFE_INTEGER): number {
  const value = input.unsigned();
  if (value > most) throw badDataFormat();
  return Number(value);
}

/** Puts a series in place of a key's value. @throws {CommandError} If the payload is none. */
export function restoreSeries(
  store: Store,
  db: number,
  key: Slice,
  { version }: ModuleId,
  input: ModuleInput,
): Collection {
  const { timeSeries } = store;
  const hasRules = version === VERSION_WITH_RULES;
  if (!hasRules && (version < OLDEST_VERSION || version > VERSION)) throw badDataFormat();
  // The key it had.
  input.string();
  const retentionMs = numberFrom(input);
  const chunkSize = numberFrom(input, 2 ** 31);
  const compressed = (numberFrom(input) & OPTIONS.PLAIN) === 0;
  const lastTime = numberFrom(input);
  const lastValue = input.double();
  const total = numberFrom(input);
  const policy = numberFrom(input, POLICIES.length - 1);
  if (numberFrom(input, 1) === 1) input.string();
  const ignoredMs = version < VERSION_WITH_IGNORE ? 0 : numberFrom(input);
  const ignoredValue = version < VERSION_WITH_IGNORE ? 0 : input.double();
  const labels: Label[] = [];
  for (let left = numberFrom(input, 2 ** 20); left > 0; left--) {
    labels.push([input.string(), input.string()]);
  }
  // DUMP writes none: what follows of one depends on its aggregator.
  if (numberFrom(input) > 0) throw badDataFormat();
  const chunks: Encoded[] = [];
  const samples = new Samples();
  for (let left = numberFrom(input, 2 ** 31); left > 0; left--) {
    chunks.push(compressed ? compressedFrom(input, samples) : plainFrom(input, samples));
  }
  if (chunks.length === 0 || samples.count !== total || !isOrdered(samples)) throw badDataFormat();
  if (total > 0 && samples.times[total - 1]! > lastTime) throw badDataFormat();
  const settings = { retentionMs, chunkSize, compressed, policy, ignoredMs, ignoredValue };
  const series = timeSeries.create(db, key, settings, labels);
  series.lastTime = lastTime;
  series.lastValue = lastValue;
  series.collection.length = total;
  timeSeries.restoreChunks(series, chunks);
  if (hasRules) restoreRules(store, db, series, input);
  return series.collection;
}

function compressedFrom(input: ModuleInput, samples: Samples): Encoded {
  const size = numberFrom(input, 2 ** 31);
  const count = numberFrom(input, size * 8 + 1);
  const bits = numberFrom(input, size * 8);
  const base = doubleOf(input.unsigned());
  const first = numberFrom(input), last = numberFrom(input);
  const delta = Number(input.signed());
  const value = doubleOf(input.unsigned());
  const leading = numberFrom(input, 64), trailing = numberFrom(input, 64);
  const bytes = input.string();
  if (bytes.length < size || count > bits / 2 + 1) throw badDataFormat();
  const state = { count, bits, base, first, last, delta, value, leading, trailing };
  if (count === 0) return { state: emptyState(), bytes: new Uint8Array(0), size };
  // What the numbers say has to be what the bits do.
  const data = new Uint8Array(BASE + bytes.length + BASE);
  new DataView(data.buffer).setFloat64(0, base, true);
  data.set(bytes, BASE);
  const read = decode(true, data, first, count, samples);
  const isSame = read !== undefined && read.bits === bits && read.last === last &&
    Object.is(read.value, value) && (count === 1 || read.delta === delta);
  if (!isSame) throw badDataFormat();
  return { state, bytes, size };
}

function plainFrom(input: ModuleInput, samples: Samples): Encoded {
  const first = numberFrom(input);
  const count = numberFrom(input, 2 ** 31);
  const size = numberFrom(input, 2 ** 31);
  const bytes = input.string();
  const bits = count * PLAIN_BYTES * 8;
  if (bytes.length < count * PLAIN_BYTES) throw badDataFormat();
  if (count === 0) return { state: emptyState(), bytes: new Uint8Array(0), size };
  const at = samples.count;
  decode(false, bytes, first, count, samples);
  const end = samples.count - 1;
  const state = {
    ...emptyState(),
    ...{ count, bits, first: samples.times[at] ?? 0 },
    ...{ last: samples.times[end] ?? 0, value: samples.values[end] ?? 0 },
  };
  return { state, bytes, size };
}

function isOrdered({ times, count }: Samples): boolean {
  for (let i = 0; i < count; i++) {
    const time = times[i]!;
    if (!Number.isSafeInteger(time) || time < 0 || i > 0 && time <= times[i - 1]!) return false;
  }
  return true;
}
