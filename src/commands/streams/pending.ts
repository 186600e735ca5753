/**
 * XACK, XNACK, XPENDING, XCLAIM and XAUTOCLAIM: what was delivered and is not acknowledged.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { Consumer, Group } from "../../store/streams/groups.ts";
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
import { int64At, positionAt } from "../table/options.ts";
import {
  boundAt,
  countAt,
  FIRST,
  idAt,
  idsAt,
  replyEntry,
  replyId,
  SECOND,
  streamToChange,
  streamToRead,
} from "./arguments.ts";
import { consumerAt, noKeyOrGroup, shown } from "./groups.ts";

const command = commandsOf("stream");

/** A stream and one of its groups. */
export interface StreamGroup {
  /** The stream. */
  readonly stream: Collection;
  /** The group. */
  readonly group: Group;
}

/** The stream at argument 1 and the group at argument 2, to be changed; undefined if one is missing. */
export function groupToChange(context: Context): StreamGroup | undefined {
  const stream = streamToChange(context);
  const group = stream && context.store.streams.groups.find(stream, context.args.at(2));
  return stream && group && { stream, group };
}

/** The same, both of which must be there. @throws {CommandError} */
function requiredGroup(context: Context): StreamGroup {
  const found = groupToChange(context);
  if (found === undefined) throw noKeyOrGroup(context.args.at(1), context.args.at(2));
  return found;
}

function xack(context: Context): void {
  const { args, reply, store } = context;
  const found = groupToChange(context);
  if (found === undefined) return reply.integer(0);
  let acknowledged = 0;
  for (const id of idsAt(args, 3, args.count - 3)) {
    if (store.streams.pending.remove(found.stream, found.group, id)) acknowledged++;
  }
  reply.integer(acknowledged);
}

/** XNACK key group mode IDS numids id ... [RETRYCOUNT count] [FORCE] */
function xnack(context: Context): void {
  const { args, reply, store } = context;
  const { streams } = store;
  const silent = args.is(3, "SILENT"), fatal = args.is(3, "FATAL");
  if (!silent && !fatal && !args.is(3, "FAIL")) throw syntaxError();
  let ids: readonly Uint8Array[] | undefined;
  let retries: number | bigint | undefined;
  let force = false;
  for (let i = 4; i < args.count;) {
    const more = args.count - 1 - i;
    if (args.is(i, "IDS") && more > 0 && ids === undefined) {
      const count = countedIds(args, i + 1);
      ids = idsAt(args, i + 2, count);
      i += 2 + count;
    } else if (args.is(i, "RETRYCOUNT") && more > 0) {
      retries = int64At(args, i + 1);
      if (retries === undefined || retries < 0) {
        throw err("Invalid RETRYCOUNT option argument for XNACK");
      }
      i += 2;
    } else if (args.is(i, "FORCE")) {
      force = true;
      i++;
    } else {
      throw syntaxError();
    }
  }
  if (ids === undefined) throw syntaxError();
  const { stream, group } = requiredGroup(context);
  let released = 0;
  for (const id of ids) {
    const entry = streams.pending.find(stream, group, id);
    if (entry !== undefined) {
      const least = silent && entry.deliveries > 0 ? addInt64(entry.deliveries, -1) ?? 0 : 0;
      const deliveries = fatal ? INT64_MAX : silent ? least : entry.deliveries;
      streams.pending.update(stream, group, entry, undefined, 0, retries ?? deliveries);
    } else if (force && streams.has(stream, id)) {
      const deliveries = retries ?? (fatal ? INT64_MAX : 0);
      streams.pending.deliver(stream, group, id, undefined, 0, deliveries);
    } else {
      continue;
    }
    released++;
  }
  reply.integer(released);
}

/** The number of ids at `index`, which follow it. @throws {CommandError} */
export function countedIds(args: Arguments, index: number): number {
  const count = int64At(args, index);
  if (count === undefined || count <= 0) {
    throw err("Number of IDs must be a positive integer");
  }
  if (count > args.count - index - 1) {
    throw err("The `numids` parameter must match the number of arguments");
  }
  return Number(count);
}

/** How long an entry is pending, in milliseconds; -1 if it was given back. */
export function idleMs({ store }: Context, { deliveredAtMs, consumer }: PendingEntry): number {
  if (consumer === 0 && deliveredAtMs === 0) return -1;
  return Math.max(0, store.engine.nowMs - deliveredAtMs);
}

function xpending(context: Context): void {
  const { args, reply, store } = context;
  const { streams } = store;
  const { count: given } = args;
  const isSummary = given === 3;
  if (!isSummary && (given < 6 || given > 9)) throw syntaxError();
  let first = 3, minIdleMs = 0, count = 0;
  if (!isSummary) {
    if (args.is(3, "IDLE")) {
      minIdleMs = positionAt(args, 4);
      if (given < 8) throw syntaxError();
      first = 5;
    }
    count = countAt(args, first + 2);
    boundAt(args, first, FIRST, false);
    boundAt(args, first + 1, SECOND, true);
  }
  const stream = streamToRead(context);
  const group = stream && streams.groups.find(stream, args.at(2));
  if (stream === undefined || group === undefined) throw noKeyOrGroup(args.at(1), args.at(2));
  if (isSummary) return summary(context, stream, group);
  let consumer: Consumer | undefined;
  if (first + 3 < given) {
    consumer = streams.groups.consumer(stream, group, args.at(first + 3));
    if (consumer === undefined) return reply.array(0);
  }
  const mark = reply.beginArray();
  let entries = 0;
  // Of those that are idle long enough `count` are told, however many are looked at.
  const limit = minIdleMs > 0 ? Infinity : count;
  streams.pending.range(stream, group, consumer, FIRST, SECOND, count && limit, (entry) => {
    const idle = idleMs(context, entry);
    if (minIdleMs > 0 && idle !== -1 && idle < minIdleMs) return true;
    reply.array(4);
    replyId(reply, entry.id);
    replyName(context, stream, group, entry);
    reply.integer(idle);
    reply.integer(entry.deliveries);
    return ++entries < count;
  });
  reply.endArray(mark, entries);
}

/** Writes the name of who has a pending entry, an empty one if nobody has. */
export function replyName(
  { reply, store }: Context,
  stream: Collection,
  group: Group,
  entry: PendingEntry,
): void {
  const owner = store.streams.groups.consumerOf(stream, group, entry.consumer);
  if (owner === undefined) reply.text("");
  else reply.bulk(owner.name);
}

function summary({ reply, store }: Context, stream: Collection, group: Group): void {
  const { groups, pending } = store.streams;
  reply.array(4);
  reply.integer(group.pending);
  if (group.pending === 0) {
    reply.null();
    reply.null();
    return reply.nullArray();
  }
  pending.range(stream, group, undefined, MIN_ID, MAX_ID, 1, ({ id }) => replyId(reply, id));
  replyId(reply, pending.lastId(stream, group) ?? MIN_ID);
  const owners = groups.consumers(stream, group).filter((consumer) => consumer.pending > 0);
  reply.array(owners.length);
  for (const owner of owners) {
    reply.array(2);
    reply.bulk(owner.name);
    reply.text(String(owner.pending));
  }
}

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
  if (compareIds(lastId, 0, group.lastId, 0) > 0) {
    copyId(lastId, 0, group.lastId, 0);
    streams.groups.changed(stream, group);
  }
  const consumer = consumerAt(context, stream, group, 3, 1);
  const mark = reply.beginArray();
  let claimed = 0;
  for (const id of ids) {
    let entry = streams.pending.find(stream, group, id);
    if (!streams.has(stream, id)) {
      if (entry !== undefined) streams.pending.remove(stream, group, id);
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
    replyClaimed(context, stream, id, onlyIds);
    consumer.activeAtMs = engine.nowMs;
    claimed++;
  }
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
    consumer.activeAtMs = engine.nowMs;
    replyClaimed(context, stream, entry.id, onlyIds);
  }
  reply.array(deleted.length);
  for (const id of deleted) {
    streams.pending.remove(stream, group, id);
    replyId(reply, id);
  }
}

/** What XAUTOCLAIM finds: entries to claim, ids of entries that are gone, and where to go on. */
function claimable(
  { store }: Context,
  { stream, group }: StreamGroup,
  start: Uint8Array,
  count: number,
  minIdleMs: number,
): { claimed: readonly PendingEntry[]; deleted: readonly Uint8Array[]; next: Uint8Array } {
  const { streams, engine } = store;
  const claimed: PendingEntry[] = [], deleted: Uint8Array[] = [];
  let next: Uint8Array = MIN_ID;
  let attempts = count * ATTEMPTS;
  streams.pending.range(stream, group, undefined, start, MAX_ID, Infinity, (entry) => {
    if (attempts-- === 0 || claimed.length + deleted.length === count) {
      next = entry.id;
      return false;
    }
    if (!streams.has(stream, entry.id)) deleted.push(entry.id);
    else if (entry.consumer === 0 || engine.nowMs - entry.deliveredAtMs >= minIdleMs) {
      claimed.push(entry);
    }
    return true;
  });
  return { claimed, deleted, next };
}

/** The commands on pending entries. */
export const pendingCommands: readonly Command[] = [
  command("XACK key group id [id ...]", {
    since: "5.0.0",
    arity: -4,
    flags: "write fast",
    acl: "stream",
    keys: ["1 RW update"],
    complexity: "O(log N) for each id, in the number of pending entries",
    summary: "Acknowledges entries, which are pending no more.",
  }, xack),
  command("XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]", {
    since: "6.2.0",
    arity: -6,
    flags: "write fast",
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
      acl: "stream",
      keys: ["1 RW update"],
      tips: "nondeterministic_output",
      complexity: "O(log N) for each id, in the number of pending entries",
      summary: "Gives a consumer pending entries, as if they were delivered to it.",
    },
    xclaim,
  ),
  command(
    "XNACK key group <SILENT | FAIL | FATAL> IDS numids id [id ...] [RETRYCOUNT count] [FORCE]",
    {
      since: "8.8.0",
      arity: -7,
      flags: "write fast",
      acl: "stream",
      keys: ["1 RW update"],
      complexity: "O(log N) for each id, in the number of pending entries",
      summary: "Gives pending entries back to their group, for others to have at once.",
    },
    xnack,
  ),
  command("XPENDING key group [[IDLE min-idle-time] start end count [consumer]]", {
    since: "5.0.0",
    arity: -3,
    flags: "readonly",
    acl: "stream",
    keys: ["1 RO access"],
    tips: "nondeterministic_output",
    complexity: "O(log N + M) in the numbers of pending entries and of those looked at",
    summary: "Returns pending entries, or how many there are.",
  }, xpending),
];
