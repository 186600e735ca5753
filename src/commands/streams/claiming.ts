/**
 * XCLAIM and XAUTOCLAIM: taking over what others have pending.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Collection } from "../../store/collections/collection.ts";
import {
  compareIds,
  copyId,
  ID_SIZE,
  MAX_ID,
  MIN_ID,
  parseId,
  setSequence,
} from "../../store/streams/ids.ts";
import type { PendingEntry } from "../../store/streams/pending.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { addInt64, INT64_MAX } from "../../store/values/integers.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { boundAt, FIRST, idAt, replyEntry, replyId } from "./arguments.ts";
import { sayClaimed, sayGone, sayRead } from "./effects.ts";
import { consumerAt, shown } from "./groups.ts";
import { requiredGroup, type StreamGroup } from "./pending.ts";

const command = commandsOf("stream");

/** The shortest time that an entry must be pending to be claimed. @throws {CommandError} */
function minIdleAt(args: Arguments, name: string): number {
  const ms = int64At(args, 4);
  if (ms === undefined) throw err(`Invalid min-idle-time argument for ${name}`);
  return Math.max(0, Number(ms));
}

/** The value of an option of XCLAIM. @throws {CommandError} */
function optionAt(args: Arguments, index: number): number | bigint {
  const value = int64At(args, index + 1);
  if (value === undefined) {
    throw err(`Invalid ${args.at(index).latin1().toUpperCase()} option argument for XCLAIM`);
  }
  return value;
}

function xclaim(context: Context): void {
  const { args, reply, store } = context;
  const { streams, engine } = store;
  const { stream, group } = requiredGroup(context);
  const minIdleMs = minIdleAt(args, "XCLAIM");
  const ids: Uint8Array[] = [];
  let i = 5;
  for (; i < args.count; i++) {
    const { bytes, start, end } = args.at(i);
    const id = new Uint8Array(ID_SIZE);
    const form = parseId(bytes, start, end, id);
    if (form === undefined || form === "automatic") break;
    if (form === "milliseconds") setSequence(id, false);
    ids.push(id);
  }
  const lastId = FIRST;
  copyId(MIN_ID, 0, lastId, 0);
  let deliveredAtMs = engine.nowMs;
  let retries: number | bigint = -1;
  let force = false, onlyIds = false;
  for (; i < args.count; i++) {
    const more = i + 1 < args.count;
    if (args.is(i, "FORCE")) force = true;
    else if (args.is(i, "JUSTID")) onlyIds = true;
    else if (more && args.is(i, "IDLE")) deliveredAtMs = engine.nowMs - Number(optionAt(args, i++));
    else if (more && args.is(i, "TIME")) deliveredAtMs = Number(optionAt(args, i++));
    else if (more && args.is(i, "RETRYCOUNT")) retries = optionAt(args, i++);
    else if (more && args.is(i, "LASTID")) idAt(args, ++i, lastId);
    else throw err(`Unrecognized XCLAIM option '${shown(args.at(i))}'`);
  }
  // A time in the future is somebody else's clock.
  if (deliveredAtMs < 0 || deliveredAtMs > engine.nowMs) deliveredAtMs = engine.nowMs;
  const advanced = compareIds(lastId, 0, group.lastId, 0) > 0;
  if (advanced) {
    copyId(lastId, 0, group.lastId, 0);
    streams.groups.changed(stream, group);
    engine.changes.addUntold();
  }
  const consumer = consumerAt(context, stream, group, 3, 1);
  const mark = reply.beginArray();
  let claimed = 0;
  for (const id of ids) {
    let entry = streams.pending.find(stream, group, id);
    if (!streams.has(stream, id)) {
      if (entry !== undefined) {
        sayGone(context, args.at(1), stream, group, entry);
        streams.pending.remove(stream, group, id);
        engine.changes.addUntold();
      }
      continue;
    }
    if (entry === undefined) {
      if (!force) continue;
      streams.pending.deliver(stream, group, id, undefined, engine.nowMs, 1);
      entry = { id, consumer: 0, deliveredAtMs: engine.nowMs, deliveries: 1 };
    } else if (entry.consumer !== 0 && engine.nowMs - entry.deliveredAtMs < minIdleMs) {
      continue;
    }
    const deliveries = retries >= 0 ? retries : redelivered(entry, onlyIds);
    streams.pending.update(stream, group, entry, consumer, deliveredAtMs, deliveries);
    sayClaimed(context, args.at(1), group, consumer.name, { id, deliveredAtMs, deliveries });
    engine.changes.addUntold();
    replyClaimed(context, stream, id, onlyIds);
    consumer.activeAtMs = engine.nowMs;
    claimed++;
  }
  if (advanced && claimed === 0) sayRead(context, args.at(1), group);
  reply.endArray(mark, claimed);
}

/** How often an entry is delivered when it is claimed: asking for its id alone is no delivery. */
function redelivered({ deliveries }: PendingEntry, onlyIds: boolean): number | bigint {
  return onlyIds ? deliveries : addInt64(deliveries, 1) ?? deliveries;
}

function replyClaimed(
  { reply, store }: Context,
  stream: Collection,
  id: Uint8Array,
  onlyId: boolean,
): void {
  if (onlyId) return replyId(reply, id);
  const entry = store.streams.get(stream, id);
  if (entry === undefined) reply.null();
  else replyEntry(reply, entry);
}

/** How many pending entries XAUTOCLAIM looks at for each that it may return. */
const ATTEMPTS = 10;
const DEFAULT_COUNT = 100;

function xautoclaim(context: Context): void {
  const { args, reply, store } = context;
  const { streams, engine } = store;
  const minIdleMs = minIdleAt(args, "XAUTOCLAIM");
  const start = FIRST;
  boundAt(args, 5, start, false);
  let count = DEFAULT_COUNT, onlyIds = false;
  for (let i = 6; i < args.count; i++) {
    if (args.is(i, "COUNT") && i + 1 < args.count) {
      const value = int64At(args, ++i);
      if (value === undefined || value < 1 || value > INT64_MAX / BigInt(ATTEMPTS)) {
        throw err("COUNT must be > 0");
      }
      count = Number(value);
    } else if (args.is(i, "JUSTID")) {
      onlyIds = true;
    } else {
      throw syntaxError();
    }
  }
  const { stream, group } = requiredGroup(context);
  const consumer = consumerAt(context, stream, group, 3, 1);
  reply.array(3);
  const { claimed, deleted, next } = claimable(context, { stream, group }, start, count, minIdleMs);
  replyId(reply, next);
  reply.array(claimed.length);
  for (const entry of claimed) {
    const deliveries = redelivered(entry, onlyIds);
    streams.pending.update(stream, group, entry, consumer, engine.nowMs, deliveries);
    engine.changes.addUntold();
    const { id } = entry;
    const delivery = { id, deliveredAtMs: engine.nowMs, deliveries };
    sayClaimed(context, args.at(1), group, consumer.name, delivery);
    consumer.activeAtMs = engine.nowMs;
    replyClaimed(context, stream, entry.id, onlyIds);
  }
  reply.array(deleted.length);
  for (const entry of deleted) {
    sayGone(context, args.at(1), stream, group, entry);
    streams.pending.remove(stream, group, entry.id);
    engine.changes.addUntold();
    replyId(reply, entry.id);
  }
}

/** What XAUTOCLAIM finds: pending entries to claim, those whose entry is gone, and where to go on. */
function claimable(
  { store }: Context,
  { stream, group }: StreamGroup,
  start: Uint8Array,
  count: number,
  minIdleMs: number,
): { claimed: readonly PendingEntry[]; deleted: readonly PendingEntry[]; next: Uint8Array } {
  const { streams, engine } = store;
  const claimed: PendingEntry[] = [], deleted: PendingEntry[] = [];
  let next: Uint8Array = MIN_ID;
  let attempts = count * ATTEMPTS;
  streams.pending.range(stream, group, undefined, start, MAX_ID, Infinity, (entry) => {
    if (attempts-- === 0 || claimed.length + deleted.length === count) {
      next = entry.id;
      return false;
    }
    if (!streams.has(stream, entry.id)) deleted.push(entry);
    else if (entry.consumer === 0 || engine.nowMs - entry.deliveredAtMs >= minIdleMs) {
      claimed.push(entry);
    }
    return true;
  });
  return { claimed, deleted, next };
}

/** The commands that claim. */
export const claimingCommands: readonly Command[] = [
  command("XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]", {
    since: "6.2.0",
    arity: -6,
    flags: "write fast",
    effects: "said",
    acl: "stream",
    keys: ["1 RW access delete"],
    tips: "nondeterministic_output",
    complexity: "O(M) in the number of pending entries looked at",
    summary: "Gives a consumer pending entries of others that have been idle for long.",
  }, xautoclaim),
  command(
    "XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
    {
      since: "5.0.0",
      arity: -6,
      flags: "write fast",
      effects: "said",
      acl: "stream",
      keys: ["1 RW update"],
      tips: "nondeterministic_output",
      complexity: "O(log N) for each id, in the number of pending entries",
      summary: "Gives a consumer pending entries, as if they were delivered to it.",
    },
    xclaim,
  ),
];
