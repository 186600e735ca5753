/** TS.CREATERULE and TS.DELETERULE. */

import { Slice } from "../../store/values/slice.ts";
import { aggregatorNamed } from "../../store/time_series/aggregators.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { asciiAt, int64At } from "../table/options.ts";
import { compactionOf } from "./adding.ts";
import { assertArity, refused, seriesToChange, wholeAt, wrongArity } from "./arguments.ts";

const command = commandsOf("timeseries");

/** The duration of a bucket. @throws {CommandError} */
export function durationAt({ args }: Pick<Context, "args">, index: number): number {
  const value = index < args.count ? int64At(args, index) : undefined;
  if (value === undefined) throw refused("Couldn't parse AGGREGATION");
  if (value <= 0) throw refused("bucketDuration must be greater than zero");
  return Math.min(Number.MAX_SAFE_INTEGER, Number(value));
}

function createRule(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 6, 7);
  if (!args.is(3, "AGGREGATION")) throw wrongArity(args);
  const value = int64At(args, 5);
  if (value === undefined) throw refused("Couldn't parse AGGREGATION");
  const name = aggregatorNamed(asciiAt(args, 4));
  if (name === undefined) throw refused("Unknown aggregation type");
  const duration = durationAt(context, 5);
  const alignment = args.count === 7 ? wholeAt(args, 6) : 0;
  if (alignment === undefined) throw refused("Couldn't parse alignTimestamp");
  const from = args.at(1), to = args.at(2);
  if (from.equals(to)) throw refused("the source key and destination key should be different");
  const series = seriesToChange(context, 1);
  const compaction = compactionOf(store);
  compaction.forgetGone(series);
  if (series.source !== 0) throw refused("the source key already has a source rule");
  const destination = seriesToChange(context, 2);
  compaction.forgetGone(destination);
  if (destination.rules.length > 0) throw refused("the destination key already has a dst rule");
  if (destination.source !== 0) throw refused("the destination key already has a src rule");
  store.timeSeries.addRule(series, destination, { name, duration, alignment });
  store.keyspace.changed(client.db, from, "ts.createrule:src");
  store.keyspace.changed(client.db, to, "ts.createrule:dest");
  reply.ok();
}

function deleteRule(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 3, 3);
  const from = args.at(1), to = args.at(2);
  const series = seriesToChange(context, 1);
  const compaction = compactionOf(store);
  compaction.forgetGone(series);
  const rule = series.rules.find((rule) => {
    const found = compaction.destination(series, rule);
    return found !== undefined && to.equals(new Slice(found.key));
  });
  if (rule === undefined) throw refused("compaction rule does not exist");
  const destination = seriesToChange(context, 2);
  series.rules = series.rules.filter((other) => other !== rule);
  destination.source = 0;
  store.timeSeries.changed(series);
  store.timeSeries.changed(destination);
  store.keyspace.changed(client.db, from, "ts.deleterule:src");
  store.keyspace.changed(client.db, to, "ts.deleterule:dest");
  reply.ok();
}

/** TS.CREATERULE and TS.DELETERULE. */
export const ruleCommands: readonly Command[] = [
  command(
    "TS.CREATERULE sourceKey destKey AGGREGATION aggregator bucketDuration [alignTimestamp]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write denyoom",
      effects: "itself",
      acl: "fast timeseries",
      keys: ["1..2 RW update"],
      summary: "Makes a time series the compaction of another.",
    },
    createRule,
  ),
  command("TS.DELETERULE sourceKey destKey", {
    since: "1.0.0",
    arity: -1,
    flags: "write",
    effects: "itself",
    acl: "fast timeseries",
    keys: ["1..2 RW update"],
    summary: "Ends a compaction of a time series.",
  }, deleteRule),
];
