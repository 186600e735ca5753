/**
 * XINFO: https://redis.io/docs/latest/commands/xinfo-stream/
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { entriesAdded, groupCount, LAST_AT, MAX_DELETED_AT } from "../../store/streams/facts.ts";
import { type Consumer, type Group, UNKNOWN } from "../../store/streams/groups.ts";
import { ID_SIZE, MAX_ID, MIN_ID } from "../../store/streams/ids.ts";
import { type Extent, lagOf } from "../../store/streams/reading.ts";
import { err, noSuchKey } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { positionAt } from "../table/options.ts";
import { replyEntry, replyId, streamToRead } from "./arguments.ts";
import { noSuchGroup } from "./groups.ts";
import { replyName } from "./pending.ts";

const command = commandsOf("stream");

/** Entries that FULL tells unless told otherwise. */
const DEFAULT_COUNT = 10;

/** The stream at argument 2. @throws {CommandError} Without one. */
function requiredStream(context: Context): Collection {
  const stream = streamToRead(context, 2);
  if (stream === undefined) throw noSuchKey();
  return stream;
}

function orNull(reply: Reply, value: number | bigint | undefined): void {
  if (value === undefined) reply.null();
  else reply.integer(value);
}

function infoStream(context: Context): void {
  const { args, reply, store } = context;
  const stream = requiredStream(context);
  const full = args.count > 3;
  let count = DEFAULT_COUNT;
  const wrong = () =>
    err(
      `unknown subcommand or wrong number of arguments for '${
        args.at(1).latin1()
      }'. Try XINFO HELP.`,
    );
  if (full && (!args.is(3, "FULL") || args.count === 5 || args.count > 6)) throw wrong();
  if (args.count === 6) {
    if (!args.is(4, "COUNT")) throw wrong();
    const asked = positionAt(args, 5);
    count = asked === 0 ? Infinity : asked < 0 ? DEFAULT_COUNT : asked;
  }
  const extent = store.streams.extent(stream);
  const { metadata, length } = stream;
  reply.map(full ? 15 : 16);
  reply.text("length");
  reply.integer(length);
  // There is no radix tree. A full one of Redis has so many nodes of entries, and a root.
  const nodes = Math.ceil(length / (store.limits.streamNodeEntries || Infinity));
  reply.text("radix-tree-keys");
  reply.integer(nodes);
  reply.text("radix-tree-nodes");
  reply.integer(nodes + 1);
  reply.text("last-generated-id");
  replyId(reply, metadata, LAST_AT);
  reply.text("max-deleted-entry-id");
  replyId(reply, metadata, MAX_DELETED_AT);
  reply.text("entries-added");
  reply.integer(entriesAdded(stream));
  reply.text("recorded-first-entry-id");
  replyId(reply, extent.firstId);
  replyIdempotence(context, stream);
  if (full) return infoFull(context, extent, count);
  reply.text("groups");
  reply.integer(groupCount(stream));
  const last = new Uint8Array(ID_SIZE);
  store.streams.lastId(stream, last);
  for (const [name, id] of [["first-entry", extent.firstId], ["last-entry", last]] as const) {
    reply.text(name);
    const entry = store.streams.get(stream, id);
    if (entry === undefined) reply.null();
    else replyEntry(reply, entry);
  }
}

function replyIdempotence({ reply, store }: Context, stream: Collection): void {
  const { seconds, most, added, duplicates, producers, tokens } = store.streams.idempotence.facts(
    stream,
  );
  const facts: readonly [string, number | bigint][] = [
    ["idmp-duration", seconds],
    ["idmp-maxsize", most],
    ["pids-tracked", producers],
    ["iids-tracked", tokens],
    ["iids-added", added],
    ["iids-duplicates", duplicates],
  ];
  for (const [name, value] of facts) {
    reply.text(name);
    reply.integer(value);
  }
}

function infoFull(context: Context, extent: Extent, count: number): void {
  const { reply, store } = context;
  const { stream } = extent;
  const { streams } = store;
  reply.text("entries");
  reply.array(Math.min(count, stream.length));
  streams.range(stream, MIN_ID, MAX_ID, false, count, (entry) => replyEntry(reply, entry));
  reply.text("groups");
  const groups = streams.groups.all(stream);
  reply.array(groups.length);
  for (const group of groups) {
    const consumers = streams.groups.consumers(stream, group);
    reply.map(8);
    reply.text("name");
    reply.bulk(group.name);
    replyProgress(reply, extent, group);
    reply.text("pel-count");
    reply.integer(group.pending);
    reply.text("nacked-count");
    reply.integer(consumers.reduce((rest, { pending }) => rest - pending, group.pending));
    reply.text("pending");
    reply.array(Math.min(count, group.pending));
    streams.pending.range(stream, group, undefined, MIN_ID, MAX_ID, count, (entry) => {
      reply.array(4);
      replyId(reply, entry.id);
      replyName(context, stream, group, entry);
      reply.integer(entry.deliveredAtMs);
      reply.integer(entry.deliveries);
    });
    reply.text("consumers");
    reply.array(consumers.length);
    for (const consumer of consumers) infoFullConsumer(context, stream, group, consumer, count);
  }
}

/** What a group was given last, how many that are, and how many are left. */
function replyProgress(reply: Reply, extent: Extent, group: Group): void {
  reply.text("last-delivered-id");
  replyId(reply, group.lastId);
  reply.text("entries-read");
  orNull(reply, group.entriesRead === UNKNOWN ? undefined : group.entriesRead);
  reply.text("lag");
  orNull(reply, lagOf(extent, group));
}

function infoFullConsumer(
  { reply, store }: Context,
  stream: Collection,
  group: Group,
  consumer: Consumer,
  count: number,
): void {
  reply.map(5);
  reply.text("name");
  reply.bulk(consumer.name);
  reply.text("seen-time");
  reply.integer(consumer.seenAtMs);
  reply.text("active-time");
  reply.integer(consumer.activeAtMs);
  reply.text("pel-count");
  reply.integer(consumer.pending);
  reply.text("pending");
  reply.array(Math.min(count, consumer.pending));
  store.streams.pending.range(stream, group, consumer, MIN_ID, MAX_ID, count, (entry) => {
    reply.array(3);
    replyId(reply, entry.id);
    reply.integer(entry.deliveredAtMs);
    reply.integer(entry.deliveries);
  });
}

function infoGroups(context: Context): void {
  const { reply, store } = context;
  const stream = requiredStream(context);
  const extent = store.streams.extent(stream);
  const groups = store.streams.groups.all(stream);
  reply.array(groups.length);
  for (const group of groups) {
    reply.map(6);
    reply.text("name");
    reply.bulk(group.name);
    reply.text("consumers");
    reply.integer(group.consumerCount);
    reply.text("pending");
    reply.integer(group.pending);
    replyProgress(reply, extent, group);
  }
}

function infoConsumers(context: Context): void {
  const { args, reply, store } = context;
  const { groups } = store.streams;
  const stream = requiredStream(context);
  const group = groups.find(stream, args.at(3));
  if (group === undefined) throw noSuchGroup(args.at(2), args.at(3));
  const { nowMs } = store.engine;
  const consumers = groups.consumers(stream, group);
  reply.array(consumers.length);
  for (const { name, pending, seenAtMs, activeAtMs } of consumers) {
    reply.map(4);
    reply.text("name");
    reply.bulk(name);
    reply.text("pending");
    reply.integer(pending);
    reply.text("idle");
    reply.integer(Math.max(0, nowMs - seenAtMs));
    reply.text("inactive");
    reply.integer(activeAtMs === -1 ? -1 : Math.max(0, nowMs - activeAtMs));
  }
}

/** XINFO. */
export const infoCommands: readonly Command[] = [
  command("XINFO", {
    since: "5.0.0",
    arity: -2,
    complexity: "Depends on the subcommand",
    summary: "A container for commands that tell about streams.",
  }, [
    command("XINFO CONSUMERS key group", {
      since: "5.0.0",
      arity: 4,
      flags: "readonly",
      acl: "stream",
      keys: ["2 RO access"],
      tips: "nondeterministic_output",
      complexity: "O(N) in the number of consumers",
      summary: "Returns the consumers of a group.",
    }, infoConsumers),
    command("XINFO GROUPS key", {
      since: "5.0.0",
      arity: 3,
      flags: "readonly",
      acl: "stream",
      keys: ["2 RO access"],
      complexity: "O(N) in the number of groups",
      summary: "Returns the consumer groups of a stream.",
    }, infoGroups),
    command("XINFO HELP", {
      since: "5.0.0",
      arity: 2,
      flags: "loading stale",
      acl: "stream",
      summary: "Lists the subcommands.",
    }, ({ reply, host }) => writeHelp(reply, host.commands, "xinfo")),
    command("XINFO STREAM key [FULL [COUNT count]]", {
      since: "5.0.0",
      arity: -3,
      flags: "readonly",
      acl: "stream",
      keys: ["2 RO access"],
      complexity: "O(log N), with FULL O(N) in the number of entries told",
      summary: "Returns what is known of a stream.",
    }, infoStream),
  ]),
];
