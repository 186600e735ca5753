/** The commands that add members and change scores: ZADD and ZINCRBY. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { scoreAt } from "./arguments.ts";

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

const shared = { flags: "write denyoom fast", effects: "itself", acl: "sortedset" } as const;
/** ZADD and ZINCRBY. */
export const adding: readonly Command[] = [
  command("ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]", {
    ...shared,
    since: "1.2.0",
    arity: -4,
    keys: ["1 RW update"],
    complexity: "O(log N) for each member",
    summary: "Adds members to a sorted set or changes their scores.",
  }, (context) => zadd(context, false)),
  command("ZINCRBY key increment member", {
    ...shared,
    since: "1.2.0",
    arity: 4,
    keys: ["1 RW access update"],
    complexity: "O(log N)",
    summary: "Adds to a member's score.",
  }, (context) => zadd(context, true)),
];
