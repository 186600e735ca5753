/**
 * XREADGROUP. It delivers what its group was not given yet, or shows a consumer again what it has
 * pending. Waiting, it is run again at any change of its keys: it has to tell, too, that the group or
 * the key is gone.
 *
 * @module
 */

import type { Arguments, Slice } from "../../resp/arguments.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { Consumer, Group } from "../../store/streams/groups.ts";
import { compareIds, copyId, ID_SIZE, increment, MAX_ID } from "../../store/streams/ids.ts";
import type { PendingEntry } from "../../store/streams/pending.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { addInt64 } from "../../store/values/integers.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { FIRST, idAt, replyEntry, replyFields, replyId, streamToRead } from "./arguments.ts";
import { sayClaimed, sayGone, sayRead } from "./effects.ts";
import { consumerAt, noKeyOrGroup } from "./groups.ts";
import { idleMs, type StreamGroup } from "./pending.ts";
import { beginStream, Budget, nullArray, ReadOptions } from "./reading.ts";

const command = commandsOf("stream");
const options = new ReadOptions();

/** What one of the streams is read for. */
interface Reading {
  readonly key: Slice;
  readonly stream: Collection;
  readonly group: Group;
  readonly consumer: Consumer;
  /** The pending entries that are claimed. */
  readonly claims: readonly PendingEntry[];
}

const meaningless = (id: string) =>
  err(
    `The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of this ` +
      "consumer by specifying a proper ID, or use the > ID to get new messages. " +
      `The ${id} ID would just return an empty result set.`,
  );

/** The group to read from one of the streams, and the id to read after. @throws {CommandError} */
function groupOf(
  context: Context,
  rank: number,
  groupAt: number,
): { stream: Collection; group: Group; after: Uint8Array | undefined } {
  const { args, store } = context;
  const key = options.keys + rank, index = key + options.streams;
  const stream = streamToRead(context, key);
  const group = stream && store.streams.groups.find(stream, args.at(groupAt));
  if (stream === undefined || group === undefined) {
    throw noKeyOrGroup(args.at(key), args.at(groupAt), " in XREADGROUP with GROUP option");
  }
  if (args.is(index, ">")) return { stream, group, after: undefined };
  if (args.is(index, "$")) throw meaningless("$");
  if (args.is(index, "+")) throw meaningless("+");
  const after = new Uint8Array(ID_SIZE);
  idAt(args, index, after);
  // The last id there can be is how Redis notes `>`.
  return { stream, group, after: compareIds(after, 0, MAX_ID, 0) === 0 ? undefined : after };
}

function xreadgroup(context: Context): void {
  const { args, reply, store } = context;
  options.clear();
  let groupAt = 0, acknowledged = false;
  let claimIdleMs: number | undefined;
  for (let i = 1; i < args.count;) {
    if (args.is(i, "GROUP") && i + 2 < args.count) {
      groupAt = i + 1;
      i += 3;
    } else if (args.is(i, "NOACK")) {
      acknowledged = true;
      i++;
    } else if (args.is(i, "CLAIM") && i + 1 < args.count) {
      claimIdleMs = minIdleAt(args, i + 1);
      i += 2;
    } else {
      const taken = options.read(args, i, "xreadgroup", " or '>'");
      if (taken === 0) throw syntaxError();
      i += taken;
    }
  }
  if (options.keys === 0) throw syntaxError();
  if (groupAt === 0) throw err("Missing GROUP option for XREADGROUP");
  const { keys, streams, count } = options;
  const found = Array.from({ length: streams }, (_, i) => groupOf(context, i, groupAt));
  const budget = new Budget(options);
  let mark = 0, served = 0;
  for (const [i, { stream, group, after }] of found.entries()) {
    const consumer = consumerAt(context, stream, group, groupAt + 1, keys + i);
    if (budget.spent) continue;
    const claims = after === undefined && claimIdleMs !== undefined
      ? claimable(context, keys + i, { stream, group }, store.engine.nowMs - claimIdleMs, count)
      : [];
    const last = FIRST;
    const has = after !== undefined || claims.length > 0 ||
      stream.length > 0 && store.streams.lastId(stream, last) &&
        compareIds(last, 0, group.lastId, 0) > 0;
    if (!has) continue;
    if (served++ === 0) mark = reply.beginArray();
    beginStream(reply, args.at(keys + i));
    const reading = { key: args.at(keys + i), stream, group, consumer, claims };
    if (after !== undefined) replyHistory(context, reading, after, budget);
    else replyNew(context, reading, acknowledged, claimIdleMs !== undefined, budget);
  }
  if (served === 0) return wait(context, found, claimIdleMs);
  reply.endArray(mark, served, true);
}

/** The shortest time that an entry must be pending to be claimed. @throws {CommandError} */
function minIdleAt(args: Arguments, index: number): number {
  const ms = int64At(args, index);
  if (ms === undefined) throw err("min-idle-time is not an integer or out of range");
  if (ms < 0) throw err("min-idle-time must be a positive integer");
  return Number(ms);
}

/** Pending entries to claim. Those whose entry is gone are taken off. */
function claimable(
  context: Context,
  key: number,
  { stream, group }: StreamGroup,
  deliveredBeforeMs: number,
  count: number,
): PendingEntry[] {
  const { args, store: { streams, engine } } = context;
  const claims: PendingEntry[] = [];
  for (const entry of streams.pending.idle(stream, group, deliveredBeforeMs, count)) {
    // What nobody has was given back, however long one should wait.
    if (entry.consumer !== 0 && entry.deliveredAtMs > deliveredBeforeMs) continue;
    if (streams.has(stream, entry.id)) {
      claims.push(entry);
      continue;
    }
    sayGone(context, args.at(key), stream, group, entry);
    streams.pending.remove(stream, group, entry.id);
    engine.changes.addUntold();
  }
  return claims;
}

/** Claims pending entries, and delivers those that the group was not given yet. */
function replyNew(
  context: Context,
  { key, stream, group, consumer, claims }: Reading,
  acknowledged: boolean,
  claiming: boolean,
  budget: Budget,
): void {
  const { reply, store } = context;
  const { streams, engine } = store;
  const mark = reply.beginArray();
  let entries = 0;
  for (const claim of claims) {
    const entry = streams.get(stream, claim.id);
    if (entry === undefined) continue;
    if (!budget.allows(entry)) break;
    reply.array(4);
    replyId(reply, claim.id);
    replyFields(reply, entry);
    reply.integer(idleMs(context, claim));
    reply.integer(claim.deliveries);
    const deliveries = addInt64(claim.deliveries, 1) ?? claim.deliveries;
    streams.pending.update(stream, group, claim, consumer, engine.nowMs, deliveries);
    const delivery = { id: claim.id, deliveredAtMs: engine.nowMs, deliveries };
    sayClaimed(context, key, group, consumer.name, delivery);
    entries++;
  }
  const claimed = entries;
  const before = new Uint8Array(ID_SIZE);
  copyId(group.lastId, 0, before, 0);
  entries += streams.deliver(
    stream,
    group,
    consumer,
    options.count - entries,
    acknowledged,
    (entry) => {
      if (!budget.allows(entry)) return false;
      if (!claiming) return replyEntry(reply, entry);
      reply.array(4);
      replyId(reply, entry.id);
      replyFields(reply, entry);
      reply.integer(0);
      reply.integer(0);
    },
  );
  reply.endArray(mark, entries);
  if (entries > 0) engine.changes.addUntold();
  if (entries > claimed && engine.effects.active) {
    if (!acknowledged) sayDelivered(context, { key, stream, group, consumer, claims }, before);
    sayRead(context, key, group);
  }
  // Active is who has got something to acknowledge.
  if ((acknowledged ? claimed : entries) > 0) consumer.activeAtMs = engine.nowMs;
}

/** Says what a group was given after an id, all of which is pending now. */
function sayDelivered(
  context: Context,
  { key, stream, group, consumer }: Reading,
  after: Uint8Array,
): void {
  const { streams, engine } = context.store;
  increment(after);
  streams.range(stream, after, group.lastId, false, Infinity, ({ id }) => {
    const delivery = { id, deliveredAtMs: engine.nowMs, deliveries: 1 };
    sayClaimed(context, key, group, consumer.name, delivery, id);
  });
}

/** Shows a consumer its pending entries after an id again, which counts as another delivery. */
function replyHistory(
  context: Context,
  { key, stream, group, consumer }: Reading,
  after: Uint8Array,
  budget: Budget,
): void {
  const { reply, store } = context;
  const { streams, engine } = store;
  const from = new Uint8Array(ID_SIZE);
  copyId(after, 0, from, 0);
  increment(from);
  const mark = reply.beginArray();
  let entries = 0;
  streams.pending.range(stream, group, consumer, from, MAX_ID, options.count, (pending) => {
    const entry = streams.get(stream, pending.id);
    if (!budget.allows(entry)) return false;
    entries++;
    if (entry === undefined) {
      reply.array(2);
      replyId(reply, pending.id);
      return reply.nullArray();
    }
    replyEntry(reply, entry);
    const deliveries = addInt64(pending.deliveries, 1) ?? pending.deliveries;
    streams.pending.update(stream, group, pending, consumer, engine.nowMs, deliveries);
    const delivery = { id: pending.id, deliveredAtMs: engine.nowMs, deliveries };
    sayClaimed(context, key, group, consumer.name, delivery);
  });
  reply.endArray(mark, entries);
}

/** Waits for entries if BLOCK was given: for new ones, or for pending ones to be idle long enough. */
function wait(
  { store, reply, client }: Context,
  found: readonly { stream: Collection; group: Group }[],
  claimIdleMs: number | undefined,
): void {
  const { keys, streams, block } = options;
  if (block === undefined) return reply.nullArray();
  let againAtMs = 0;
  if (claimIdleMs !== undefined) {
    for (const { stream, group } of found) {
      const [first] = store.streams.pending.idle(stream, group, Number.MAX_SAFE_INTEGER, 1);
      if (first === undefined) continue;
      const at = first.deliveredAtMs + claimIdleMs;
      againAtMs = againAtMs === 0 ? at : Math.min(againAtMs, at);
    }
  }
  client.wait({
    keys: Array.from({ length: streams }, (_, i) => keys + i),
    type: TYPE.STREAM,
    anyType: true,
    againAtMs,
    timeoutMs: block,
    giveUp: nullArray,
  });
}

/** XREADGROUP. */
export const groupReadingCommands: readonly Command[] = [
  command(
    "XREADGROUP GROUP group consumer [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] [CLAIM min-idle-time] [NOACK] STREAMS key [key ...] id [id ...]",
    {
      since: "5.0.0",
      arity: -7,
      flags: "write blocking movablekeys",
      effects: "said",
      acl: "stream",
      keys: [{
        flags: ["RO", "access"],
        begin: { keyword: "STREAMS", startFrom: 4 },
        find: { lastKey: -1, step: 1, limit: 2 },
      }],
      complexity:
        "O(log N + M) for each stream, in the numbers of its entries and of those returned",
      summary: "Delivers entries of several streams to a consumer of a group; waits for some.",
    },
    xreadgroup,
  ),
];
