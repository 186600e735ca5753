/**
 * The commands that make, change and fill series: https://redis.io/docs/latest/commands/?group=timeseries
 *
 * @module
 */

import { TYPE } from "../../store/file/schema.ts";
import { POLICY } from "../../store/time_series/facts.ts";
import type { Series } from "../../store/time_series/series.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { asciiAt } from "../table/options.ts";
import { addSample, compactionOf, createSeries, sayAdded } from "./adding.ts";
import {
  assertArity,
  doubleAt,
  indexOf,
  LAST_TIME,
  onDuplicate,
  refused,
  seriesToChange,
  settingsFrom,
  timeAt,
  valueAt,
  wholeAt,
} from "./arguments.ts";

const command = commandsOf("timeseries");

/** The key's series, undefined if it is absent. @throws {CommandError} If it holds something else. */
function seriesToFill({ store, client, args }: Context, index: number): Series | undefined {
  const type = store.keyspace.find(client.db, args.at(index), true);
  if (type === TYPE.NONE) return undefined;
  const { collection } = store.keyspace.row;
  if (type !== TYPE.TIME_SERIES || collection === undefined) throw notASeries();
  return store.timeSeries.of(collection);
}

const notASeries = () => refused("the key is not a TSDB key");

function create({ args, reply, store, client }: Context): void {
  assertArity(args, 2);
  const { settings, labels } = settingsFrom(args, 2, store.seriesDefaults);
  const key = args.at(1);
  if (store.keyspace.find(client.db, key) !== TYPE.NONE) throw refused("key already exists");
  createSeries(store, client.db, key, settings, labels);
  store.keyspace.changed(client.db, key, "ts.create");
  reply.ok();
}

function alter(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 2);
  const { settings, labels, has } = settingsFrom(args, 2, store.seriesDefaults);
  const series = seriesToChange(context);
  if (has("RETENTION")) series.retentionMs = settings.retentionMs;
  if (has("CHUNK_SIZE")) series.chunkSize = settings.chunkSize;
  if (has("DUPLICATE_POLICY")) series.policy = settings.policy;
  if (has("IGNORE")) {
    series.ignoredMs = settings.ignoredMs;
    series.ignoredValue = settings.ignoredValue;
  }
  if (has("LABELS")) store.timeSeries.labels.set(series.collection.id, labels);
  store.timeSeries.changed(series);
  store.keyspace.changed(client.db, args.at(1), "ts.alter");
  reply.ok();
}

function add(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4);
  const value = valueAt(args, 3);
  if (value === undefined) throw refused("invalid value");
  const time = timeAt(args, 2, store.engine.nowMs);
  const key = args.at(1);
  const known = seriesToFill(context, 1);
  const override = known === undefined || args.count === 4 ? POLICY.NONE : onDuplicate(args, 4);
  const given = known === undefined ? settingsFrom(args, 4, store.seriesDefaults) : undefined;
  const series = known ??
    createSeries(store, client.db, key, given!.settings, given!.labels);
  const added = addTo(context, 1, series, time, value, override);
  if (typeof added !== "number") throw added;
  reply.integer(added);
}

/**
 * Adds a sample, and tells of it.
 *
 * @param index That of the key; the time and the value follow.
 */
function addTo(
  { args, store, client }: Context,
  index: number,
  series: Series,
  time: number,
  value: number,
  override: number,
): number | CommandError {
  const { lastTime, collection: { version, length } } = series;
  const added = addSample(store, series, time, value, override);
  if (typeof added !== "number" || series.collection.version === version) return added;
  const key = args.at(index), isNext = length === 0 || time > lastTime;
  sayAdded(store, client.db, key, series, time, args.at(index + 2), override, isNext);
  store.keyspace.changed(client.db, key, "ts.add");
  return added;
}

function madd(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 4);
  if ((args.count - 1) % 3 !== 0) {
    throw err(`wrong number of arguments for '${asciiAt(args, 0).toLowerCase()}' command`);
  }
  reply.array((args.count - 1) / 3);
  for (let i = 1; i < args.count; i += 3) {
    const outcome = addAt(context, i);
    if (typeof outcome === "number") reply.integer(outcome);
    else reply.error(outcome.message);
  }
}

/** Adds one sample of several. @returns Its time, or why it is refused. */
function addAt(context: Context, index: number): number | CommandError {
  const { args, store } = context;
  try {
    const value = valueAt(args, index + 2);
    if (value === undefined) return refused("invalid value");
    const time = timeAt(args, index + 1, store.engine.nowMs);
    const series = seriesToFill(context, index);
    if (series === undefined) return notASeries();
    return addTo(context, index, series, time, value, POLICY.NONE);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}

/** TS.INCRBY and TS.DECRBY. */
function increment(context: Context, sign: 1 | -1): void {
  const { args, reply, store, client } = context;
  assertArity(args, 3);
  const key = args.at(1);
  const known = seriesToFill(context, 1);
  const given = known === undefined ? settingsFrom(args, 3, store.seriesDefaults) : undefined;
  const by = doubleAt(args, 2);
  if (by === undefined) throw refused("invalid increase/decrease value");
  const at = indexOf(args, "TIMESTAMP", 3);
  if (at !== -1 && at + 1 >= args.count) throw refused("invalid timestamp");
  const time = at === -1 ? store.engine.nowMs : timeAt(args, at + 1, store.engine.nowMs);
  if (known !== undefined && time < known.lastTime && known.lastTime !== 0) {
    throw new CommandError(
      "TSDB: timestamp must be equal to or higher than the maximum existing timestamp",
    );
  }
  const series = known ??
    createSeries(store, client.db, key, given!.settings, given!.labels);
  const { version } = series.collection;
  const added = addSample(store, series, time, series.lastValue + sign * by, POLICY.LAST);
  if (typeof added !== "number") throw added;
  const name = sign === 1 ? "TS.INCRBY" : "TS.DECRBY";
  if (series.collection.version !== version) {
    store.engine.effects.say(client.db, name, key, args.at(2), "TIMESTAMP", time);
    store.keyspace.changed(client.db, key, name.toLowerCase());
  }
  reply.integer(added);
}

/** A bound of TS.DEL. @throws {CommandError} */
function boundAt(
  { args }: Context,
  index: number,
  open: string,
  end: number,
  which: string,
): number {
  if (args.is(index, open)) return end;
  const value = wholeAt(args, index);
  if (value === undefined) throw refused(`wrong ${which}Timestamp`);
  return value;
}

function del(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4, 4);
  const series = seriesToChange(context);
  const from = boundAt(context, 2, "-", 0, "from");
  const to = boundAt(context, 3, "+", LAST_TIME - 1, "to");
  const { retentionMs, rules, lastTime } = series;
  const longest = rules.reduce((most, { duration }) => Math.max(most, duration), 0);
  if (retentionMs > 0 && longest > 0 && from < lastTime - retentionMs) {
    throw refused(
      "When a series has compactions, deleting samples or compaction buckets beyond the series " +
        "retention period is not possible",
    );
  }
  const deleted = store.timeSeries.deleteRange(series, from, Math.min(to, LAST_TIME - 1));
  if (rules.length > 0) compactionOf(store).deleted(series, from, to);
  store.keyspace.changed(client.db, args.at(1), "ts.del");
  reply.integer(deleted);
}

/** The commands that make, change and fill series. */
export const sampleCommands: readonly Command[] = [
  command(
    "TS.CREATE key [RETENTION retentionPeriod] [ENCODING <COMPRESSED | UNCOMPRESSED>] " +
      "[CHUNK_SIZE size] [DUPLICATE_POLICY policy] [IGNORE ignoreMaxTimeDiff ignoreMaxValDiff] " +
      "[LABELS [label value ...]]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write denyoom",
      effects: "said",
      acl: "fast timeseries",
      keys: ["1 RW insert"],
      summary: "Creates a time series.",
    },
    create,
  ),
  command(
    "TS.ALTER key [RETENTION retentionPeriod] [CHUNK_SIZE size] [DUPLICATE_POLICY policy] " +
      "[IGNORE ignoreMaxTimeDiff ignoreMaxValDiff] [LABELS [label value ...]]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write denyoom",
      effects: "itself",
      acl: "timeseries",
      keys: ["1 RW update"],
      complexity: "O(N) where N is the number of labels requested to update",
      summary: "Changes the retention, chunk size, duplicate policy or labels of a time series.",
    },
    alter,
  ),
  command(
    "TS.ADD key timestamp value [RETENTION retentionPeriod] " +
      "[ENCODING <COMPRESSED | UNCOMPRESSED>] [CHUNK_SIZE size] [DUPLICATE_POLICY policy] " +
      "[ON_DUPLICATE policy_ovr] [IGNORE ignoreMaxTimeDiff ignoreMaxValDiff] " +
      "[LABELS [label value ...]]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write denyoom",
      effects: "said",
      acl: "timeseries",
      keys: ["1 RW insert"],
      complexity: "O(M) when M is the amount of compaction rules or O(1) with no compaction",
      summary: "Adds a sample to a time series, which is created if there is none.",
    },
    add,
  ),
  command("TS.MADD key timestamp value [key timestamp value ...]", {
    since: "1.0.0",
    arity: -1,
    flags: "write denyoom",
    effects: "said",
    acl: "timeseries",
    keys: ["1..-1/3 RW insert"],
    complexity: "O(N*M) when N is the amount of series updated and M is the amount of compaction " +
      "rules or O(N) with no compaction",
    summary: "Adds samples to time series.",
  }, madd),
  ...([["TS.INCRBY", 1, "addend"], ["TS.DECRBY", -1, "subtrahend"]] as const).map(
    ([name, sign, word]) =>
      command(
        `${name} key ${word} [TIMESTAMP timestamp] [RETENTION retentionPeriod] ` +
          "[ENCODING <COMPRESSED | UNCOMPRESSED>] [CHUNK_SIZE size] [DUPLICATE_POLICY policy] " +
          "[IGNORE ignoreMaxTimeDiff ignoreMaxValDiff] [LABELS [label value ...]]",
        {
          since: "1.0.0",
          arity: -1,
          flags: "write denyoom",
          effects: "said",
          acl: "timeseries",
          keys: ["1 RW update"],
          complexity: "O(M) when M is the amount of compaction rules or O(1) with no compaction",
          summary: `${sign === 1 ? "Adds to" : "Subtracts from"} the value of the last sample of ` +
            "a time series, at its time or a later one.",
        },
        (context) => increment(context, sign),
      ),
  ),
  command("TS.DEL key fromTimestamp toTimestamp", {
    since: "1.6.0",
    arity: -1,
    flags: "write",
    effects: "itself",
    acl: "timeseries",
    keys: ["1 RW delete"],
    complexity: "O(N) where N is the number of data points that will be removed",
    summary: "Deletes the samples of a time series between two times.",
  }, del),
];
