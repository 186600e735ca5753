/** The commands that find series by their labels. */

import type { Arguments } from "../../resp/arguments.ts";
import { Arguments as Words } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { TYPE } from "../../store/file/schema.ts";
import { type AggregatorName, aggregatorNamed } from "../../store/time_series/aggregators.ts";
import type { Label, Matcher } from "../../store/time_series/labels.ts";
import { find, type Found, reduce } from "../../store/time_series/ranges.ts";
import type { Series } from "../../store/time_series/series.ts";
import { CommandError } from "../../store/values/errors.ts";
import { latin1, Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { latin1Bytes } from "../table/latin1.ts";
import { asciiAt } from "../table/options.ts";
import { compactionOf } from "./adding.ts";
import { assertArity, indexOf, refused, wrongArity } from "./arguments.ts";
import { assertNarrow, matchersAt, queryFrom } from "./queries.ts";
import { lastOf } from "./ranges.ts";
import {
  isSame,
  replyFound,
  replyLabels,
  replySample,
  type ToldLabels,
  toldLabels,
} from "./replies.ts";

const command = commandsOf("timeseries");

/** A series that was found, its key and labels. */
interface Match {
  readonly key: Uint8Array;
  readonly series: Series;
  readonly labels: readonly Label[];
}

/** Whether who asks may read a key. */
function mayRead({ host, client }: Context, key: Uint8Array): boolean {
  if (client.account.unrestricted) return true;
  const get = host.commands.find("ts.get");
  if (get === undefined) return false;
  const words = new Words();
  words.fill(["TS.GET", key]);
  return host.access.check(client.account, get, words) === undefined;
}

/** The series that match. @throws {CommandError} If not all of them may be read. */
function matches(context: Context, matchers: readonly Matcher[]): Match[] {
  const { store: { timeSeries, keyspace }, client: { db } } = context;
  const keys = timeSeries.labels.find(db, matchers);
  if (!keys.every((key) => mayRead(context, key))) {
    throw new CommandError(
      "NOPERM TSDB: current user doesn't have read permission to one or more keys that match " +
        "the specified filter",
    );
  }
  return keys.flatMap((key) => {
    const type = keyspace.read(db, new Slice(key));
    const { collection } = keyspace.row;
    if (type !== TYPE.TIME_SERIES || collection === undefined) return [];
    return [{
      key,
      series: timeSeries.of(collection),
      labels: timeSeries.labels.of(collection.id),
    }];
  });
}

/** The words that end SELECTED_LABELS. */
const ENDS = [
  "WITHLABELS",
  "AGGREGATION",
  "LIMIT",
  "GROUPBY",
  "REDUCE",
  "FILTER",
  "FILTER_BY_VALUE",
  "FILTER_BY_TS",
  "COUNT",
];

/** WITHLABELS and SELECTED_LABELS. @throws {CommandError} */
function toldFrom(args: Arguments, from: number): ToldLabels {
  const all = indexOf(args, "WITHLABELS", from) !== -1;
  const selected = indexOf(args, "SELECTED_LABELS", from);
  if (selected === -1) return all ? "all" : "none";
  if (all) throw refused("cannot accept WITHLABELS and SELECT_LABELS together");
  const labels: Uint8Array[] = [];
  for (let i = selected + 1; i < args.count && !ENDS.some((word) => args.is(i, word)); i++) {
    labels.push(args.at(i).copy());
  }
  if (labels.length === 0) throw refused("SELECT_LABELS should have at least 1 parameter");
  return labels;
}

function queryIndex({ args, reply, store, client }: Context): void {
  assertArity(args, 2);
  const matchers = matchersAt(args, 1, args.count);
  assertNarrow(matchers);
  const keys = store.timeSeries.labels.find(client.db, matchers);
  reply.set(keys.length);
  for (const key of keys) reply.bulk(key);
}

function queryLabels(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 2);
  const ofValues = args.is(1, "VALUES");
  if (!ofValues && !args.is(1, "LABELS")) throw refused("invalid subtype");
  const next = ofValues ? 3 : 2;
  if (args.count < next) throw wrongArity(args);
  let matchers: Matcher[] = [];
  if (args.count > next) {
    if (!args.is(next, "FILTER") || args.count === next + 1) throw wrongArity(args);
    matchers = matchersAt(args, next + 1, args.count);
    assertNarrow(matchers);
  }
  const wanted = ofValues ? args.at(2).copy() : undefined;
  const { labels } = store.timeSeries;
  const found = new Set<string>();
  for (const { key, id } of labels.findIds(client.db, matchers)) {
    if (!mayRead(context, key)) continue;
    for (const [name, value] of labels.of(id)) {
      if (wanted === undefined) found.add(latin1(name, 0, name.length));
      else if (isSame(name, wanted)) found.add(latin1(value, 0, value.length));
    }
  }
  reply.set(found.size);
  for (const text of [...found].sort()) reply.bulk(latin1Bytes(text));
}

function mget(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 3);
  const filter = indexOf(args, "FILTER", 1);
  if (filter === -1) throw wrongArity(args);
  const told = toldFrom(args, 1);
  if (filter + 1 === args.count) throw wrongArity(args);
  const matchers = matchersAt(args, filter + 1, args.count);
  assertNarrow(matchers);
  const at = indexOf(args, "LATEST", 1);
  const latest = at !== -1 && at < filter;
  const found = matches(context, matchers);
  replyEach(reply, found, ({ key, labels }, series) => {
    beginSeries(reply, key, 2);
    replyLabels(reply, toldLabels(labels, told));
    replySample(reply, lastOf(store, series, latest));
  });
}

/** A map by keys in RESP3, else an array. */
function replyEach(
  reply: Reply,
  found: readonly Match[],
  write: (match: Match, series: Series) => void,
): void {
  if (reply.protocol === 3) reply.map(found.length);
  else reply.array(found.length);
  for (const match of found) write(match, match.series);
}

/** Begins the reply of a series, of so many parts beside its key. */
function beginSeries(reply: Reply, key: Uint8Array, parts: number): void {
  if (reply.protocol === 3) {
    reply.bulk(key);
    reply.array(parts);
  } else {
    reply.array(parts + 1);
    reply.bulk(key);
  }
}

/** GROUPBY and REDUCE. */
interface Grouping {
  readonly label: Uint8Array;
  readonly reducer: AggregatorName;
}

function groupingFrom(args: Arguments, at: number): Grouping | undefined {
  if (at === -1) return undefined;
  if (args.count - at !== 4 || !args.is(at + 2, "REDUCE")) throw wrongArity(args);
  const reducer = aggregatorNamed(asciiAt(args, at + 3));
  if (reducer === undefined || reducer === "twa" || reducer === "first" || reducer === "last") {
    throw refused("Invalid reducer type");
  }
  return { label: args.at(at + 1).copy(), reducer };
}

/** TS.MRANGE and TS.MREVRANGE. */
function rangeOfMatches(context: Context, backwards: boolean): void {
  const { args, reply, store } = context;
  assertArity(args, 4);
  const query = queryFrom(args, { at: 1 });
  const filter = indexOf(args, "FILTER", 3);
  if (filter === -1) throw refused("missing FILTER argument");
  const told = toldFrom(args, 3);
  const groupBy = indexOf(args, "GROUPBY", 3);
  if (groupBy !== -1 && groupBy < filter) throw refused("GROUPBY should always come after filter");
  let end = groupBy === -1 ? args.count : groupBy;
  const excludesEmpty = groupBy === -1 && args.is(args.count - 1, "EXCLUDEEMPTY");
  if (excludesEmpty) end--;
  if (end <= filter + 1) throw refused("missing labels for filter argument");
  const matchers = matchersAt(args, filter + 1, end);
  assertNarrow(matchers);
  const grouping = groupingFrom(args, groupBy);
  const found = matches(context, matchers).map((match) => {
    const { series } = match;
    const latest = query.latest && series.source !== 0
      ? compactionOf(store).latest(series)
      : undefined;
    const asked = grouping === undefined ? query : { ...query, count: undefined };
    const backs = grouping === undefined && backwards;
    return { ...match, found: find(store.timeSeries, series, asked, backs, latest) };
  }).filter(({ found }) => !excludesEmpty || found.count > 0);
  if (grouping !== undefined) {
    return replyGroups(reply, found, grouping, told, backwards, query.count);
  }
  const names = query.aggregation?.names ?? [];
  if (reply.protocol === 3) reply.map(found.length);
  else reply.array(found.length);
  for (const { key, labels, found: rows } of found) {
    beginSeries(reply, key, reply.protocol === 3 ? 3 : 2);
    replyLabels(reply, toldLabels(labels, told));
    if (reply.protocol === 3) {
      reply.map(1);
      reply.text("aggregators");
      reply.array(names.length);
      for (const name of names) reply.text(name);
    }
    replyFound(reply, rows);
  }
}

type FoundMatch = Match & { readonly found: Found };

const encoder = new TextEncoder();

function replyGroups(
  reply: Reply,
  all: readonly FoundMatch[],
  { label, reducer }: Grouping,
  told: ToldLabels,
  backwards: boolean,
  count: number | undefined,
): void {
  const groups = new Map<string, FoundMatch[]>();
  for (const match of all) {
    const value = match.labels.find(([name]) => isSame(name, label))?.[1];
    if (value === undefined) continue;
    const name = latin1(value, 0, value.length);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [match]);
    else group.push(match);
  }
  const name = latin1(label, 0, label.length);
  if (reply.protocol === 3) reply.map(groups.size);
  else reply.array(groups.size);
  for (const [value, group] of [...groups].sort(([a], [b]) => a < b ? -1 : 1)) {
    beginSeries(reply, latin1Bytes(`${name}=${value}`), reply.protocol === 3 ? 4 : 2);
    const grouped = [label, latin1Bytes(value)] as const;
    const own: readonly Label[] = reply.protocol === 3 ? [grouped] : [
      grouped,
      [encoder.encode("__reducer__"), encoder.encode(reducer)],
      [
        encoder.encode("__source__"),
        latin1Bytes(group.map(({ key }) => latin1(key, 0, key.length)).join(",")),
      ],
    ];
    replyLabels(reply, told === "all" ? own : told === "none" ? [] : selected(group, own, told));
    if (reply.protocol === 3) {
      reply.map(1);
      reply.text("reducers");
      reply.array(1);
      reply.text(reducer);
      reply.map(1);
      reply.text("sources");
      reply.array(group.length);
      for (const { key } of group) reply.bulk(key);
    }
    replyFound(reply, reduce(group.map(({ found }) => found), reducer, backwards, count));
  }
}

/** The labels asked for that a group has by itself. */
function selected(
  _group: readonly FoundMatch[],
  own: readonly Label[],
  told: readonly Uint8Array[],
): ReturnType<typeof toldLabels> {
  return toldLabels(own, told);
}

const FILTERS = "FILTER filterExpr [filterExpr ...]";
const LABELS = "[WITHLABELS | SELECTED_LABELS label [label ...]]";

/** The commands that find series by their labels. */
export const multipleCommands: readonly Command[] = [
  command(`TS.MGET [LATEST] ${LABELS} ${FILTERS}`, {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "timeseries",
    complexity: "O(n) where n is the number of time-series that match the filters",
    summary: "Returns the last samples of the time series with certain labels.",
  }, mget),
  ...([["MRANGE", false], ["MREVRANGE", true]] as const).map(([name, backwards]) =>
    command(
      `TS.${name} fromTimestamp toTimestamp [LATEST] [FILTER_BY_TS ts [ts ...]] ` +
        `[FILTER_BY_VALUE min max] ${LABELS} [COUNT count] [[ALIGN align] AGGREGATION ` +
        `aggregators bucketDuration [BUCKETTIMESTAMP bt] [EMPTY]] ${FILTERS} ` +
        "[GROUPBY label REDUCE reducer] [EXCLUDEEMPTY]",
      {
        since: backwards ? "1.4.0" : "1.0.0",
        arity: -1,
        flags: "readonly",
        acl: "timeseries",
        complexity: "O(n/m+k) where n = Number of data points, m = Chunk size (data points per " +
          "chunk), k = Number of data points that are in the requested ranges",
        summary: `Returns the samples of the time series with certain labels between two times${
          backwards ? ", the last one first" : ""
        }.`,
      },
      (context) => rangeOfMatches(context, backwards),
    )
  ),
  command("TS.QUERYINDEX filterExpr [filterExpr ...]", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "timeseries",
    complexity: "O(n) where n is the number of time-series that match the filters",
    summary: "Returns the keys of the time series with certain labels.",
  }, queryIndex),
  command(
    "TS.QUERYLABELS <LABELS | VALUES label> [FILTER filterExpr [filterExpr ...]]",
    {
      since: "8.10.0",
      arity: -2,
      flags: "readonly",
      acl: "timeseries",
      tips: "dont_cache",
      complexity: "O(n) where n is the number of time-series that match the filters",
      summary: "Returns the names of labels, or the values of one.",
    },
    queryLabels,
  ),
];
