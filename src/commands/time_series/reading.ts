/**
 * TS.READ: samples from a time on, waited for if that is wished. What `+` and `$` mean is found out
 * once; the command then waits with a time in their place, and runs again when its series changes.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { TYPE } from "../../store/file/schema.ts";
import { find } from "../../store/time_series/ranges.ts";
import type { Series } from "../../store/time_series/series.ts";
import { err } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Store } from "../../store/store.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { asciiAt, int64At } from "../table/options.ts";
import { assertArity, LAST_TIME, refused, wholeAt, wrongArity } from "./arguments.ts";
import { replyFound } from "./replies.ts";

const command = commandsOf("timeseries");

interface ReadOptions {
  readonly blockMs: number | undefined;
  readonly least: number;
  readonly most: number;
}

function optionsFrom(args: Arguments): ReadOptions {
  let blockMs: number | undefined;
  let least = 1, most: number | undefined;
  for (let i = 3; i < args.count;) {
    if (args.is(i, "BLOCK") && i + 2 < args.count) {
      blockMs = wholeAt(args, i + 1);
      if (blockMs === undefined) throw refused("invalid milliseconds");
      least = countAt(args, i + 2, "min_count");
      i += 3;
    } else if (args.is(i, "MAX_COUNT") && i + 1 < args.count) {
      most = countAt(args, i + 1, "max_count");
      i += 2;
    } else {
      throw wrongArity(args);
    }
  }
  if (blockMs !== undefined && most !== undefined && least > most) {
    throw refused("min_count must be less than or equal to max_count");
  }
  return { blockMs, least, most: most ?? LAST_TIME };
}

function countAt(args: Arguments, index: number, name: string): number {
  const count = int64At(args, index);
  if (count === undefined || count <= 0) throw refused(`invalid ${name}`);
  return Math.min(LAST_TIME, Number(count));
}

/** The series of a key; undefined if there is none. @throws {CommandError} If it holds something else. */
function seriesOf(store: Store, db: number, key: Slice): Series | undefined {
  store.engine.read();
  const type = store.keyspace.read(db, key);
  if (type === TYPE.NONE) return undefined;
  const { collection } = store.keyspace.row;
  if (type !== TYPE.TIME_SERIES || collection === undefined) {
    throw err("WRONGTYPE Operation against a key holding the wrong kind of value");
  }
  return store.timeSeries.of(collection);
}

/** A time that waiting has put into its place: a zero before it says that there was a series. */
const RESOLVED = /^0(\d+)$/;

/** Where to read from. @throws {CommandError} */
function cursorFrom(store: Store, args: Arguments, series: Series | undefined): number {
  const isEmpty = series === undefined || series.collection.length === 0;
  if (args.is(2, "-")) {
    return isEmpty ? 0 : store.timeSeries.neighbour(series, series.earliest, false)?.[0] ?? 0;
  }
  if (args.is(2, "+")) return isEmpty ? 0 : series.lastTime;
  if (args.is(2, "$")) return isEmpty ? 0 : series.lastTime + 1;
  const time = wholeAt(args, 2);
  if (time === undefined) throw refused("invalid timestamp");
  return time;
}

function replyFrom(
  store: Store,
  reply: Reply,
  series: Series | undefined,
  from: number,
  least: number,
  most: number,
): boolean {
  if (series === undefined) {
    if (least > 0) return false;
    reply.array(0);
    return true;
  }
  const query = { from, to: LAST_TIME - 1, latest: false, count: most };
  const found = find(store.timeSeries, series, query, false, undefined);
  if (found.count < least) return false;
  replyFound(reply, found);
  return true;
}

const encoder = new TextEncoder();

function read(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 3);
  const { blockMs, least, most } = optionsFrom(args);
  const again = client.waiting === undefined ? undefined : RESOLVED.exec(asciiAt(args, 2))?.[1];
  const series = seriesOf(store, client.db, args.at(1));
  // It was there when the waiting began, or since.
  if (series === undefined && again !== undefined) return reply.array(0);
  const from = again === undefined ? cursorFrom(store, args, series) : Number(again);
  const needed = blockMs === undefined ? 0 : least;
  if (replyFrom(store, reply, series, from, needed, most) || blockMs === undefined) return;
  const resolved = encoder.encode(series === undefined ? String(from) : `0${from}`);
  args.slot(2).set(resolved, 0, resolved.length);
  const { db } = client;
  const key = args.at(1).copy();
  client.wait({
    keys: [1],
    type: TYPE.TIME_SERIES,
    anyType: true,
    timeoutMs: blockMs,
    giveUp: (reply) => {
      replyFrom(store, reply, seriesOf(store, db, new Slice(key)), from, 0, most);
    },
    denied: (reply) => reply.error("ERR TSDB: BLOCK is not allowed in a transaction or a script"),
  });
}

/** TS.READ. */
export const readingCommands: readonly Command[] = [
  command("TS.READ key timestamp [BLOCK milliseconds min_count] [MAX_COUNT max_count]", {
    since: "8.10.0",
    arity: -3,
    flags: "readonly blocking",
    acl: "timeseries",
    tips: "dont_cache",
    keys: ["1 RO access"],
    complexity: "O(log(n)+k) where n is the number of samples in the series and k is the number " +
      "of returned samples",
    summary: "Returns the samples of a time series from a time on; waits for some.",
  }, read),
];
