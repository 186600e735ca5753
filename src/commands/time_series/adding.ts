/** What commands that add samples do to a series, its rules and who follows the store. */

import { Compaction } from "../../store/time_series/compaction.ts";
import { POLICIES, POLICY } from "../../store/time_series/facts.ts";
import type { Label } from "../../store/time_series/labels.ts";
import type { Series, SeriesSettings } from "../../store/time_series/series.ts";
import type { CommandError } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Store } from "../../store/store.ts";
import { refused } from "./arguments.ts";

const compactions = new WeakMap<Store, Compaction>();

/** The rules of a store's series. */
export function compactionOf(store: Store): Compaction {
  let compaction = compactions.get(store);
  if (compaction === undefined) {
    compaction = new Compaction(store.timeSeries, ({ db, key }) => {
      store.keyspace.changed(db, new Slice(key), "ts.add:dest");
    });
    compactions.set(store, compaction);
  }
  return compaction;
}

/**
 * Adds a sample, or changes one.
 *
 * @param override What becomes of one of the same time, `POLICY.NONE` if the series says it.
 * @returns The time, or of a sample that is ignored that of the last one; or why it is refused.
 */
export function addSample(
  store: Store,
  series: Series,
  time: number,
  value: number,
  override: number,
): number | CommandError {
  const { timeSeries } = store;
  const { retentionMs, lastTime, lastValue, collection } = series;
  if (retentionMs > 0 && time < lastTime && retentionMs < lastTime - time) {
    return refused("Timestamp is older than retention");
  }
  const policy = override || series.policy || timeSeries.defaults.policy;
  const isEmpty = collection.length === 0;
  if (
    policy === POLICY.LAST && !isEmpty && series.source === 0 && time >= lastTime &&
    time - lastTime <= series.ignoredMs && Math.abs(value - lastValue) <= series.ignoredValue
  ) {
    return lastTime;
  }
  if (time <= lastTime && !isEmpty) {
    if (!timeSeries.upsert(series, time, value, policy)) {
      return refused(
        "Error at upsert, update is not supported when DUPLICATE_POLICY is set to BLOCK mode",
      );
    }
    if (series.rules.length > 0) compactionOf(store).upserted(series, time);
    return time;
  }
  timeSeries.append(series, time, value);
  if (series.rules.length > 0) {
    const before = isEmpty ? undefined : [lastTime, lastValue] as const;
    compactionOf(store).added(series, time, value, before);
  }
  return time;
}

/** Makes a series, and says so; with those that its samples are compacted into, where that is wished. */
export function createSeries(
  store: Store,
  db: number,
  key: Slice,
  settings: SeriesSettings,
  labels: readonly Label[],
): Series {
  const { timeSeries, engine, keyspace } = store;
  const series = timeSeries.create(db, key, settings, labels);
  sayCreated(store, db, key, series, labels);
  // Who follows is told of them.
  if (engine.follows) return series;
  for (const { name, duration, retentionMs, alignment } of timeSeries.defaults.compactions) {
    const aligned = alignment === 0 ? "" : `_${alignment}`;
    const suffix = encoder.encode(`_${name.toUpperCase()}_${duration}${aligned}`);
    const bytes = new Uint8Array(key.length + suffix.length);
    bytes.set(key.view());
    bytes.set(suffix, key.length);
    const destinationKey = new Slice(bytes);
    if (keyspace.find(db, destinationKey) !== 0) continue;
    const made: Label[] = [
      ...labels,
      [encoder.encode("aggregation"), encoder.encode(name.toUpperCase())],
      [encoder.encode("time_bucket"), encoder.encode(String(duration))],
    ];
    const { compressed, chunkSize } = timeSeries.defaults;
    const destination = timeSeries.create(
      db,
      destinationKey,
      { ...settings, retentionMs, compressed, chunkSize, policy: POLICY.NONE },
      made,
    );
    sayCreated(store, db, destinationKey, destination, made);
    timeSeries.addRule(series, destination, { name, duration, alignment });
    keyspace.changed(db, destinationKey, "ts.create");
    engine.effects.say(
      db,
      "TS.CREATERULE",
      key,
      destinationKey,
      "AGGREGATION",
      name,
      duration,
      alignment,
    );
  }
  return series;
}

const encoder = new TextEncoder();

/** Says that a series was made, with all that another store might have other defaults of. */
function sayCreated(
  { engine: { effects } }: Store,
  db: number,
  key: Slice,
  series: Series,
  labels: readonly Label[],
): void {
  if (!effects.active) return;
  effects.sayAll(db, ["TS.CREATE", key], [
    ...["RETENTION", series.retentionMs],
    ...["ENCODING", series.compressed ? "COMPRESSED" : "UNCOMPRESSED"],
    ...["CHUNK_SIZE", series.chunkSize],
    ...series.policy === POLICY.NONE ? [] : ["DUPLICATE_POLICY", POLICIES[series.policy] ?? ""],
    ...["IGNORE", series.ignoredMs, String(series.ignoredValue)],
    ...labels.length === 0 ? [] : ["LABELS", ...labels.flat()],
  ]);
}

/**
 * Says that a sample was added. Where another of its time could be there, or it might be ignored elsewhere, the
 * policy is said by which it was.
 *
 * @param isNext Whether it came after the last one.
 */
export function sayAdded(
  { engine: { effects }, timeSeries }: Store,
  db: number,
  key: Slice,
  series: Series,
  time: number,
  value: Slice,
  override: number,
  isNext: boolean,
): void {
  if (!effects.active) return;
  const isPlain = isNext && series.ignoredMs === 0 && series.ignoredValue === 0;
  effects.begin(db, isPlain ? 4 : 6);
  effects.word(TS_ADD);
  effects.word(key);
  effects.word(time);
  effects.word(value);
  if (isPlain) return;
  const policy = override || series.policy || timeSeries.defaults.policy;
  effects.word(ON_DUPLICATE);
  effects.word(POLICIES[policy] ?? "");
}

const TS_ADD = encoder.encode("TS.ADD"), ON_DUPLICATE = encoder.encode("ON_DUPLICATE");
