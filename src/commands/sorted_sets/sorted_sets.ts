/**
 * The sorted set commands: https://redis.io/docs/latest/commands/?group=sorted-set
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { formatDouble, formatDoubleLong } from "../../resp/double.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { Column } from "../../store/values/column.ts";
import { ZSET_ENCODING } from "../../store/collections/encodings.ts";
import { err, syntaxError, wrongArity } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { cursorOf, scanOptions, writeCursor } from "../keys/scan_options.ts";
import { countedKeys, elementWriter, itemsOf, pairWriter, scoreAt } from "./arguments.ts";
import { zrandmember } from "./draws.ts";
import { sortedSetOperations } from "./operations.ts";
import { sortedSetRanges } from "./ranges.ts";

const command = commandsOf("sorted-set");

/** Which members are added or changed, and which are counted. */
export interface AddOptions {
  /** NX. */
  onlyNew: boolean;
  /** XX. */
  onlyOld: boolean;
  /** GT. */
  onlyGreater: boolean;
  /** LT. */
  onlyLess: boolean;
  /** CH. */
  countChanged: boolean;
}

/** The options of ZADD, filled anew by each: where its pairs begin, and which words stand before. */
const options: AddOptions & { pairsFrom: number; increment: boolean } = {
  pairsFrom: 0,
  onlyNew: false,
  onlyOld: false,
  onlyGreater: false,
  onlyLess: false,
  countChanged: false,
  increment: false,
};
/** The scores of its pairs, of a few: all are read before the first is stored. */
const fewScores = new Float64Array(64);

/** Fills {@linkcode options}. @throws {CommandError} */
function readOptions(args: Arguments, increment: boolean): void {
  options.onlyNew =
    options.onlyOld =
    options.onlyGreater =
    options.onlyLess =
      false;
  options.countChanged = false;
  options.increment = increment;
  let i = 2;
  for (; i < args.count; i++) {
    if (args.is(i, "NX")) options.onlyNew = true;
    else if (args.is(i, "XX")) options.onlyOld = true;
    else if (args.is(i, "GT")) options.onlyGreater = true;
    else if (args.is(i, "LT")) options.onlyLess = true;
    else if (args.is(i, "CH")) options.countChanged = true;
    else if (args.is(i, "INCR")) options.increment = true;
    else break;
  }
  options.pairsFrom = i;
  const items = args.count - i;
  const { onlyNew, onlyOld, onlyGreater, onlyLess } = options;
  if (items === 0 || items % 2 !== 0) throw syntaxError();
  if (onlyNew && onlyOld) throw err("XX and NX options at the same time are not compatible");
  if (onlyGreater && onlyLess || onlyNew && (onlyGreater || onlyLess)) {
    throw err("GT, LT, and/or NX options at the same time are not compatible");
  }
  if (options.increment && items > 2) {
    throw err("INCR option supports a single increment-element pair");
  }
}

/** ZADD and ZINCRBY. */
function zadd(context: Context, increment: boolean): void {
  const { args, store, client } = context;
  readOptions(args, increment);
  const from = options.pairsFrom, pairs = (args.count - from) / 2;
  const scores = pairs <= fewScores.length ? fewScores : new Float64Array(pairs);
  for (let i = 0; i < pairs; i++) scores[i] = scoreAt(args, from + 2 * i);
  if (options.increment) {
    const collection = store.keyspace.findCollection(client.db, args.at(1), TYPE.ZSET);
    return incrementScore(context, collection, scores[0]!);
  }
  addMembers(context, scores, pairs, from + 1, 2, options);
}

/**
 * Adds members to a sorted set, or changes their scores, and replies how many they are: all that
 * ZADD does once its arguments are read.
 *
 * @param scores The scores.
 * @param count How many.
 * @param from The argument that is the first member, and
 * @param step how many arguments on the next one is.
 */
export function addMembers(
  { args, reply, store, client }: Context,
  scores: Float64Array,
  count: number,
  from: number,
  step: number,
  options: Readonly<AddOptions>,
): void {
  const { keyspace, sortedSets } = store;
  const { db } = client;
  const key = args.at(1);
  let collection = keyspace.findCollection(db, key, TYPE.ZSET);
  if (collection === undefined) {
    if (options.onlyOld) return reply.integer(0);
    collection = sortedSets.create(db, key, count, args.at(from).length);
  }
  let added = 0, updated = 0;
  for (let i = 0; i < count; i++) {
    const member = args.at(from + step * i), score = scores[i]!;
    if (!options.onlyOld && sortedSets.add(collection, member, score)) {
      added++;
      continue;
    }
    const old = sortedSets.score(collection, member);
    if (old !== undefined && old !== score && isAllowed(options, old, score)) {
      sortedSets.update(collection, member, old, score);
      updated++;
    }
  }
  if (added + updated > 0) keyspace.changed(db, key, "zadd");
  reply.integer(options.countChanged ? added + updated : added);
}

/** Whether a member that is there may get another score. */
function isAllowed(
  { onlyNew, onlyGreater, onlyLess }: Readonly<AddOptions>,
  old: number,
  score: number,
): boolean {
  return !onlyNew && !(onlyGreater && score <= old) && !(onlyLess && score >= old);
}

function incrementScore(
  { args, reply, store, client }: Context,
  collection: Collection | undefined,
  increment: number,
): void {
  const { keyspace, sortedSets } = store;
  const { db } = client;
  const key = args.at(1), member = args.at(options.pairsFrom + 1);
  const old = collection && sortedSets.score(collection, member);
  let score = increment;
  if (collection === undefined || old === undefined) {
    if (options.onlyOld) return reply.null();
    const target = collection ?? sortedSets.create(db, key, 1, member.length);
    sortedSets.add(target, member, score);
  } else {
    if (options.onlyNew) return reply.null();
    score += old;
    if (Number.isNaN(score)) throw err("resulting score is not a number (NaN)");
    if (!isAllowed(options, old, score)) return reply.null();
    if (score === old) return reply.double(score);
    sortedSets.update(collection, member, old, score);
  }
  keyspace.changed(db, key, "zincr");
  reply.double(score);
}

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

/** ZPOPMIN and ZPOPMAX. */
function zpop({ args, reply, store, client }: Context, last: boolean): void {
  if (args.count > 3) throw syntaxError();
  const counted = args.count === 3;
  const count = counted ? popCountAt(args, 2) : 1;
  const key = args.at(1);
  const collection = store.keyspace.findCollection(client.db, key, TYPE.ZSET);
  if (collection === undefined || count === 0) return reply.array(0);
  const popped = Math.min(count, collection.length);
  // Without a count there is no array around the one element, in RESP3 neither.
  reply.array(counted ? itemsOf(reply, popped, true) : 2);
  const write = counted ? elementWriter(reply, true) : (member: Column, score: number) => {
    reply.value(member);
    reply.double(score);
  };
  store.sortedSets.pop(client.db, key, collection, last, popped, write);
}

/** How many to pop. @throws {CommandError} The same error for all that is no such number. */
function popCountAt(args: Arguments, index: number): number {
  const count = int64At(args, index);
  if (count === undefined || count < 0) throw err("value is out of range, must be positive");
  return Number(count);
}

/** What ZMPOP and BZMPOP ask for. */
export interface SortedSetPop {
  /** The arguments that are keys. */
  readonly keys: readonly number[];
  /** Whether the highest scores go; the lowest else. */
  readonly last: boolean;
  /** How many members at most. */
  readonly count: number;
}

/** Reads `numkeys key [key ...] <MIN | MAX> [COUNT count]`. @throws {CommandError} */
export function sortedSetPopAt(args: Arguments, at: number): SortedSetPop {
  const keys = int64At(args, at);
  if (keys === undefined || keys < 1) throw err("numkeys should be greater than 0");
  const endAt = at + 1 + Number(keys);
  if (endAt >= args.count) throw syntaxError();
  const last = args.is(endAt, "MAX");
  if (!last && !args.is(endAt, "MIN")) throw syntaxError();
  let count = 0;
  for (let i = endAt + 1; i < args.count; i++) {
    if (count > 0 || !args.is(i, "COUNT") || i + 1 === args.count) throw syntaxError();
    const value = int64At(args, ++i);
    if (value === undefined || value < 1) throw err("count should be greater than 0");
    count = Number(value);
  }
  const indexes = Array.from({ length: Number(keys) }, (_, i) => at + 1 + i);
  return { keys: indexes, last, count: count || 1 };
}

/** Pops from the first sorted set there is. @returns Whether there was one, and so a reply. */
export function popFromFirstSortedSet(context: Context, pop: SortedSetPop): boolean {
  const { args, reply, store, client } = context;
  for (const index of pop.keys) {
    const key = args.at(index);
    const collection = store.keyspace.findCollection(client.db, key, TYPE.ZSET);
    if (collection === undefined) continue;
    const popped = Math.min(pop.count, collection.length);
    reply.array(2);
    reply.value(key);
    reply.array(popped);
    store.sortedSets.pop(client.db, key, collection, pop.last, popped, pairWriter(reply));
    const { effects } = store.engine;
    if (effects.active) effects.say(client.db, pop.last ? "ZPOPMAX" : "ZPOPMIN", key, popped);
    return true;
  }
  return false;
}

function zmpop(context: Context): void {
  const pop = sortedSetPopAt(context.args, 1);
  if (!popFromFirstSortedSet(context, pop)) context.reply.nullArray();
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
const adding = { flags: "write denyoom fast", effects: "itself", acl: "sortedset" } as const;
const popping = {
  since: "5.0.0",
  arity: -2,
  flags: "write fast",
  effects: "itself",
  acl: "sortedset",
  keys: ["1 RW access delete"],
  complexity: "O(log N + M) for M members removed",
} as const;

/** All sorted set commands. */
export const sortedSets: readonly Command[] = [
  ...sortedSetRanges,
  ...sortedSetOperations,
  command("ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]", {
    ...adding,
    since: "1.2.0",
    arity: -4,
    keys: ["1 RW update"],
    complexity: "O(log N) for each member",
    summary: "Adds members to a sorted set or changes their scores.",
  }, (context) => zadd(context, false)),
  command("ZCARD key", {
    ...reading,
    since: "1.2.0",
    arity: 2,
    keys: ["1 RO"],
    summary: "Returns the number of a sorted set's members.",
  }, zcard),
  command("ZINCRBY key increment member", {
    ...adding,
    since: "1.2.0",
    arity: 4,
    keys: ["1 RW access update"],
    complexity: LOGARITHMIC,
    summary: "Adds to a member's score.",
  }, (context) => zadd(context, true)),
  command("ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]", {
    since: "7.0.0",
    arity: -4,
    flags: "write movablekeys",
    effects: "said",
    acl: "sortedset",
    keys: [countedKeys(1, "RW", "access", "delete")],
    complexity: "O(K + M log N) for K keys and M members removed",
    summary: "Removes the first or last members of the first sorted set that has any.",
  }, zmpop),
  command("ZMSCORE key member [member ...]", {
    ...reading,
    since: "6.2.0",
    arity: -3,
    complexity: "O(log N) for each member",
    summary: "Returns the scores of several members.",
  }, zmscore),
  command("ZPOPMAX key [count]", {
    ...popping,
    summary: "Removes the members with the highest scores and returns them.",
  }, (context) => zpop(context, true)),
  command("ZPOPMIN key [count]", {
    ...popping,
    summary: "Removes the members with the lowest scores and returns them.",
  }, (context) => zpop(context, false)),
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
