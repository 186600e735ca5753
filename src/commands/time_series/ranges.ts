/** TS.GET, TS.RANGE and TS.REVRANGE, TS.NRANGE and TS.NREVRANGE, and TS.INFO. */

import type { Arguments } from "../../resp/arguments.ts";
import { POLICIES, POLICY } from "../../store/time_series/facts.ts";
import { find, Found } from "../../store/time_series/ranges.ts";
import type { Series } from "../../store/time_series/series.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { compactionOf } from "./adding.ts";
import { assertArity, refused, seriesToRead } from "./arguments.ts";
import { queryFrom } from "./queries.ts";
import { replyFound, replyLabels, replySample, replyValue } from "./replies.ts";

const command = commandsOf("timeseries");

/** The sample that TS.GET tells. @param latest Whether the open bucket of its source counts. */
export function lastOf(
  store: Context["store"],
  series: Series,
  latest: boolean,
): readonly [time: number, value: number] | undefined {
  const open = latest && series.source !== 0 ? compactionOf(store).latest(series) : undefined;
  if (open !== undefined) return open;
  const { length } = series.collection;
  return length === 0 ? undefined : [series.lastTime, series.lastValue];
}

function get(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 2, 3);
  const latest = args.count === 3 && args.is(2, "LATEST");
  const series = seriesToRead(context);
  if (args.count === 3 && !latest) throw refused("wrong 3rd argument");
  replySample(reply, lastOf(store, series, latest));
}

/** TS.RANGE and TS.REVRANGE. */
function range(context: Context, backwards: boolean): void {
  const { args, reply, store } = context;
  assertArity(args, 4);
  const series = seriesToRead(context);
  const query = queryFrom(args, { at: 2 });
  const latest = query.latest && series.source !== 0
    ? compactionOf(store).latest(series)
    : undefined;
  replyFound(reply, find(store.timeSeries, series, query, backwards, latest));
}

/** The keys of TS.NRANGE. */
function keysOfMany(args: Arguments): number[] {
  const count = int64At(args, 1);
  if (count === undefined || count <= 0 || Number(count) > args.count - 4) return [];
  return Array.from({ length: Number(count) }, (_, i) => 2 + i);
}

/** TS.NRANGE and TS.NREVRANGE. */
function rangeOfMany(context: Context, backwards: boolean): void {
  const { args, reply, store } = context;
  assertArity(args, 5);
  const count = int64At(args, 1);
  if (count === undefined || count <= 0) throw refused("numkeys must be a positive integer");
  const keys = keysOfMany(args);
  if (keys.length === 0) {
    throw refused("Number of keys can't be greater than number of args");
  }
  const all = keys.map((index) => seriesToRead(context, index));
  const query = queryFrom(args, { at: 2 + keys.length, keys: keys.length });
  const found = all.map((series, i) => {
    const latest = query.latest && series.source !== 0
      ? compactionOf(store).latest(series)
      : undefined;
    const aggregation = query.aggregation && {
      ...query.aggregation,
      names: query.ofKeys?.[i] ?? [],
    };
    return find(store.timeSeries, series, { ...query, aggregation }, backwards, latest);
  });
  const { times, values, count: rows, width } = join(found, backwards, query.count);
  reply.array(rows);
  for (let i = 0; i < rows; i++) {
    reply.array(2);
    reply.integer(times[i]!);
    reply.array(width);
    for (let j = 0; j < width; j++) replyValue(reply, values[i * width + j]!);
  }
}

/** One row for each time, with the values of all; what has none then is NaN. */
function join(all: readonly Found[], backwards: boolean, most = Infinity): Found {
  const width = all.reduce((sum, each) => sum + each.width, 0);
  const joined = new Found(width);
  const at = all.map(() => 0);
  while (joined.count < most) {
    let next: number | undefined;
    for (const [i, { times, count }] of all.entries()) {
      if (at[i]! >= count) continue;
      const time = times[at[i]!]!;
      if (next === undefined || (backwards ? time > next : time < next)) next = time;
    }
    if (next === undefined) return joined;
    let column = joined.push(next);
    for (const [i, { times, values, count, width }] of all.entries()) {
      const has = at[i]! < count && times[at[i]!] === next;
      for (let j = 0; j < width; j++) {
        joined.values[column++] = has ? values[at[i]! * width + j]! : NaN;
      }
      if (has) at[i]!++;
    }
  }
  return joined;
}

/** What a series in memory takes beside its chunks, each chunk, each rule and each label beside its text. */
const BYTES = { SERIES: 8, COMPRESSED: 80, PLAIN: 32, RULE: 64, LABEL: 16 } as const;

function info(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 2, 3);
  const series = seriesToRead(context);
  const { timeSeries } = store;
  const compaction = compactionOf(store);
  const isDebug = args.count === 3 && args.is(2, "DEBUG");
  const chunks = timeSeries.chunks(series);
  const labels = timeSeries.labels.of(series.collection.id);
  const rules = series.rules.flatMap((rule) => {
    const key = compaction.destination(series, rule)?.key;
    return key === undefined ? [] : [{ ...rule, key }];
  });
  const source = compaction.source(series)?.key;
  const { earliest } = series;
  const first = timeSeries.neighbour(series, earliest, false)?.[0] ?? 0;
  const perChunk = series.compressed ? BYTES.COMPRESSED : BYTES.PLAIN;
  const memory = BYTES.SERIES + chunks.reduce((sum, { size }) => sum + size + perChunk, 0) +
    rules.length * BYTES.RULE +
    labels.reduce((sum, [name, value]) => sum + name.length + value.length + 2 + BYTES.LABEL, 0);
  reply.map(14 + (isDebug ? 2 : 0));
  reply.status("totalSamples");
  reply.integer(series.collection.length - timeSeries.countBefore(series, earliest));
  const number = (name: string, value: number) => {
    reply.status(name);
    reply.integer(value);
  };
  number("memoryUsage", memory);
  number("firstTimestamp", first);
  number("lastTimestamp", series.lastTime);
  number("retentionTime", series.retentionMs);
  number("chunkCount", chunks.length);
  number("chunkSize", series.chunkSize);
  reply.status("chunkType");
  reply.status(series.compressed ? "compressed" : "uncompressed");
  reply.status("duplicatePolicy");
  if (series.policy === POLICY.NONE) reply.null();
  else reply.status(POLICIES[series.policy] ?? "");
  reply.status("labels");
  replyLabels(reply, labels);
  reply.status("sourceKey");
  if (source === undefined) reply.null();
  else reply.bulk(source);
  reply.status("rules");
  if (reply.protocol === 3) reply.map(rules.length);
  else reply.array(rules.length);
  for (const { key, duration, name, alignment } of rules) {
    if (reply.protocol === 3) {
      reply.bulk(key);
      reply.array(3);
    } else {
      reply.array(4);
      reply.bulk(key);
    }
    reply.integer(duration);
    reply.status(name.toUpperCase());
    reply.integer(alignment);
  }
  number("ignoreMaxTimeDiff", series.ignoredMs);
  reply.status("ignoreMaxValDiff");
  reply.double(series.ignoredValue);
  if (!isDebug) return;
  const { bytes, start, end } = args.at(1);
  reply.status("keySelfName");
  reply.bulk(bytes, start, end);
  reply.status("Chunks");
  reply.array(chunks.length);
  for (const { first, last, count, size } of chunks) {
    reply.map(5);
    number("startTimestamp", count === 0 ? -1 : first);
    number("endTimestamp", count === 0 ? -1 : last);
    number("samples", count);
    number("size", size);
    reply.status("bytesPerSample");
    reply.double(Math.fround(count === 0 ? 0 : size / count));
  }
}

const RANGE_OPTIONS = "[LATEST] [FILTER_BY_TS ts [ts ...]] [FILTER_BY_VALUE min max] " +
  "[COUNT count] [[ALIGN align] AGGREGATION aggregators ";
const BUCKET_OPTIONS = "bucketDuration [BUCKETTIMESTAMP bt] [EMPTY]]";
const COMPLEXITY = "O(n/m+k) where n = Number of data points, m = Chunk size (data points per " +
  "chunk), k = Number of data points that are in the requested range";

/** The commands that read series by their keys. */
export const rangeCommands: readonly Command[] = [
  command("TS.GET key [LATEST]", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "fast timeseries",
    keys: ["1 RO access"],
    summary: "Returns the last sample of a time series.",
  }, get),
  command("TS.INFO key [DEBUG]", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "fast timeseries",
    keys: ["1 RO access"],
    summary: "Returns what is known of a time series.",
  }, info),
  ...([["RANGE", false], ["REVRANGE", true]] as const).map(([name, backwards]) =>
    command(
      `TS.${name} key fromTimestamp toTimestamp ${RANGE_OPTIONS}${BUCKET_OPTIONS}`,
      {
        since: backwards ? "1.4.0" : "1.0.0",
        arity: -1,
        flags: "readonly",
        acl: "timeseries",
        keys: ["1 RO access"],
        complexity: COMPLEXITY,
        summary: `Returns the samples of a time series between two times${
          backwards ? ", the last one first" : ""
        }.`,
      },
      (context) => range(context, backwards),
    )
  ),
  ...([["NRANGE", false], ["NREVRANGE", true]] as const).map(([name, backwards]) =>
    command(
      `TS.${name} numkeys key [key ...] fromTimestamp toTimestamp ${RANGE_OPTIONS}` +
        `[aggregators ...] ${BUCKET_OPTIONS}`,
      {
        since: "8.10.0",
        arity: -5,
        flags: "readonly movablekeys",
        acl: "timeseries",
        keys: [{
          flags: ["RO", "access"],
          begin: { index: 1 },
          find: { countAt: 0, firstKey: 1, step: 1 },
        }],
        complexity: "O(numkeys*(n/m+k)) where n = Number of samples, m = Chunk size (samples per " +
          "chunk), k = Number of samples that are in the requested range",
        summary: `Returns the samples of several time series between two times by their times${
          backwards ? ", the last one first" : ""
        }.`,
      },
      (context) => rangeOfMany(context, backwards),
    )
  ),
];
