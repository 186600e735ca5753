/**
 * The sorted set commands: https://redis.io/docs/latest/commands/?group=sorted-set
 *
 * @module
 */

import { formatDouble, formatDoubleLong } from "../../resp/double.ts";
import type { Column } from "../../store/values/column.ts";
import { ZSET_ENCODING } from "../../store/collections/encodings.ts";
import { syntaxError, wrongArity } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { cursorOf, scanOptions, writeCursor } from "../keys/scan_options.ts";
import { adding } from "./adding.ts";
import { zrandmember } from "./draws.ts";
import { sortedSetOperations } from "./operations.ts";
import { pops } from "./pops.ts";
import { sortedSetRanges } from "./ranges.ts";

const command = commandsOf("sorted-set");

function zrem({ args, reply, store, client }: Context): void {
  const { keyspace, sortedSets } = store;
  const { db } = client;
  const key = args.at(1);
  const collection = keyspace.findCollection(db, key, TYPE.ZSET);
  if (collection === undefined) return reply.integer(0);
  let removed = 0;
  for (let i = 2; i < args.count && collection.length > 0; i++) {
    if (sortedSets.remove(collection, args.at(i))) removed++;
  }
  if (removed > 0) keyspace.changed(db, key, "zrem");
  if (collection.length === 0) keyspace.removeEmpty(db, key, collection);
  reply.integer(removed);
}

function zcard({ args, reply, store, client }: Context): void {
  reply.integer(store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET)?.length ?? 0);
}

function zscore({ args, reply, store, client }: Context): void {
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  const score = collection && store.sortedSets.score(collection, args.at(2));
  if (score === undefined) reply.null();
  else reply.double(score);
}

function zmscore({ args, reply, store, client }: Context): void {
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const score = collection && store.sortedSets.score(collection, args.at(i));
    if (score === undefined) reply.null();
    else reply.double(score);
  }
}

/** ZRANK and ZREVRANK. */
function zrank({ args, reply, store, client }: Context, reverse: boolean): void {
  if (args.count > 4) throw wrongArity(reverse ? "zrevrank" : "zrank");
  const withScore = args.count === 4;
  if (withScore && !args.is(3, "WITHSCORE")) throw syntaxError();
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  const member = args.at(2);
  const score = collection && store.sortedSets.score(collection, member);
  if (collection === undefined || score === undefined) {
    if (withScore) reply.nullArray();
    else reply.null();
    return;
  }
  const before = store.sortedSets.rank(collection, member, score);
  if (withScore) reply.array(2);
  reply.integer(reverse ? collection.length - 1 - before : before);
  if (withScore) reply.double(score);
}

function zscan({ args, reply, store, client }: Context): void {
  const cursor = cursorOf(args.text(2));
  const { keyspace, sortedSets, cursors } = store;
  const collection = keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  if (collection === undefined) {
    writeCursor(reply, 0n);
    return reply.array(0);
  }
  const { glob, count } = scanOptions(args, 3, "members");
  const compact = collection.encoding === ZSET_ENCODING.LISTPACK;
  const format = compact ? formatDouble : formatDoubleLong;
  const found: { member: Uint8Array; score: string }[] = [];
  const take = (column: Column, score: number) => {
    const member = column.copy();
    if (glob !== undefined && !glob.matches(member, 0, member.length)) return;
    found.push({ member, score: format(score) });
  };
  let next: Uint8Array | undefined;
  if (compact) sortedSets.each(collection, take);
  else next = sortedSets.scan(collection, cursors.position(cursor), count, take);
  writeCursor(reply, cursors.cursor(next));
  reply.array(2 * found.length);
  for (const { member, score } of found) {
    reply.bulk(member);
    reply.text(score);
  }
}

const LOGARITHMIC = "O(log N)";

const reading = { flags: "readonly fast", acl: "sortedset", keys: ["1 RO access"] };
/** All sorted set commands. */
export const sortedSets: readonly Command[] = [
  ...adding,
  ...pops,
  ...sortedSetRanges,
  ...sortedSetOperations,
  command("ZCARD key", {
    ...reading,
    since: "1.2.0",
    arity: 2,
    keys: ["1 RO"],
    summary: "Returns the number of a sorted set's members.",
  }, zcard),
  command("ZMSCORE key member [member ...]", {
    ...reading,
    since: "6.2.0",
    arity: -3,
    complexity: "O(log N) for each member",
    summary: "Returns the scores of several members.",
  }, zmscore),
  command("ZRANDMEMBER key [count [WITHSCORES]]", {
    ...reading,
    since: "6.2.0",
    arity: -2,
    flags: "readonly",
    tips: "nondeterministic_output",
    complexity: "O(log N) for each member",
    summary: "Returns random members of a sorted set.",
  }, zrandmember),
  command("ZRANK key member [WITHSCORE]", {
    ...reading,
    since: "2.0.0",
    arity: -3,
    complexity: LOGARITHMIC,
    summary: "Returns how many members are before one.",
  }, (context) => zrank(context, false)),
  command("ZREM key member [member ...]", {
    since: "1.2.0",
    arity: -3,
    flags: "write fast",
    effects: "itself",
    acl: "sortedset",
    keys: ["1 RW delete"],
    complexity: "O(log N) for each member",
    summary: "Removes members from a sorted set, and the key with the last one.",
  }, zrem),
  command("ZREVRANK key member [WITHSCORE]", {
    ...reading,
    since: "2.0.0",
    arity: -3,
    complexity: LOGARITHMIC,
    summary: "Returns how many members are behind one.",
  }, (context) => zrank(context, true)),
  command("ZSCAN key cursor [MATCH pattern] [COUNT count]", {
    ...reading,
    since: "2.8.0",
    arity: -3,
    flags: "readonly",
    tips: "nondeterministic_output",
    complexity: "O(1) for a call, O(N) for a whole walk",
    summary: "Walks a sorted set's members and scores, some at each call.",
  }, zscan),
  command("ZSCORE key member", {
    ...reading,
    since: "1.2.0",
    arity: 3,
    complexity: LOGARITHMIC,
    summary: "Returns a member's score.",
  }, zscore),
];
