/**
 * XACK, XNACK and XPENDING: what was delivered and is not acknowledged.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { Consumer, Group } from "../../store/streams/groups.ts";
import { MAX_ID, MIN_ID } from "../../store/streams/ids.ts";
import type { PendingEntry } from "../../store/streams/pending.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { addInt64, INT64_MAX } from "../../store/values/integers.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At, integerAt, positionAt } from "../table/options.ts";
import {
  boundAt,
  countAt,
  FIRST,
  idsAt,
  replyId,
  SECOND,
  streamToChange,
  streamToRead,
} from "./arguments.ts";
import { noKeyOrGroup, shown } from "./groups.ts";

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
export function requiredGroup(context: Context): StreamGroup {
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
  if (acknowledged > 0) store.engine.changes.addUntold();
  reply.integer(acknowledged);
}

/** XNACK key group mode IDS numids id ... [RETRYCOUNT count] [FORCE] */
function xnack(context: Context): void {
  const { args, reply, store } = context;
  const { streams } = store;
  const { stream, group } = requiredGroup(context);
  const silent = args.is(3, "SILENT"), fatal = args.is(3, "FATAL");
  if (!silent && !fatal && !args.is(3, "FAIL")) throw err("mode must be SILENT, FAIL, or FATAL");
  let ids: readonly Uint8Array[] | undefined;
  let retries: number | bigint | undefined;
  let force = false;
  for (let i = 4; i < args.count;) {
    const more = args.count - 1 - i;
    if (args.is(i, "IDS") && more > 0 && ids === undefined) {
      const count = int64At(args, i + 1);
      if (count === undefined || count <= 0) throw err("numids must be a positive integer");
      if (count > more - 1) throw err("number of IDs doesn't match numids");
      ids = idsAt(args, i + 2, Number(count));
      i += 2 + ids.length;
    } else if (args.is(i, "RETRYCOUNT") && more > 0) {
      retries = integerAt(args, i + 1);
      if (retries < 0) throw err("Invalid RETRYCOUNT value, must be >= 0");
      i += 2;
    } else if (args.is(i, "FORCE")) {
      force = true;
      i++;
    } else {
      throw err(`Unrecognized XNACK option '${shown(args.at(i))}'`);
    }
  }
  if (ids === undefined) throw err("syntax error, expected IDS keyword");
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
  if (released > 0) store.engine.changes.addUntold();
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

/** The commands on pending entries. */
export const pendingCommands: readonly Command[] = [
  command("XACK key group id [id ...]", {
    since: "5.0.0",
    arity: -4,
    flags: "write fast",
    effects: "itself",
    acl: "stream",
    keys: ["1 RW update"],
    complexity: "O(log N) for each id, in the number of pending entries",
    summary: "Acknowledges entries, which are pending no more.",
  }, xack),
  command(
    "XNACK key group <SILENT | FAIL | FATAL> IDS numids id [id ...] [RETRYCOUNT count] [FORCE]",
    {
      since: "8.8.0",
      arity: -7,
      flags: "write fast",
      effects: "itself",
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
