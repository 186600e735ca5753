/** The sorted set commands on ranges: reading, storing, counting and deleting them. */

import { err, syntaxError } from "../../store/values/errors.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import { ScoredMembers } from "../../store/sorted_sets/scored_members.ts";
import { Slice } from "../../store/values/slice.ts";
import type { MemberRange, ScoreRange } from "../../store/sorted_sets/positions.ts";
import type { ElementVisitor } from "../../store/sorted_sets/ranges.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { positionAt } from "../table/options.ts";
import { elementWriter, itemsOf, memberRangeAt, scoreRangeAt } from "./arguments.ts";

const command = commandsOf("sorted-set");

/** What the ends of a range are. */
type RangeKind = "rank" | "score" | "member";

/** A range as a command asks for it. */
interface Query {
  readonly reverse: boolean;
  readonly withScores: boolean;
  /** Elements to skip; negative for all. Of scores and members only. */
  readonly offset: number;
  /** Most elements. Of scores and members only. */
  readonly limit: number;
  readonly range:
    | { readonly kind: "rank"; readonly start: number; readonly stop: number }
    | { readonly kind: "score"; readonly scores: ScoreRange }
    | { readonly kind: "member"; readonly members: MemberRange };
}

/** What a command's name says of the range already. */
interface Fixed {
  readonly kind?: RangeKind;
  readonly reverse?: boolean;
  /** The result is stored: it has scores anyway. */
  readonly stored?: boolean;
}

/** Reads a range whose ends are at `first` and after it, and the options behind. @throws {CommandError} */
function queryAt({ args }: Context, first: number, fixed: Fixed): Query {
  let kind = fixed.kind, reverse = fixed.reverse;
  let withScores = false;
  let offset = 0, limit = -1;
  for (let i = first + 2; i < args.count; i++) {
    if (!fixed.stored && args.is(i, "WITHSCORES")) {
      withScores = true;
    } else if (args.is(i, "LIMIT") && i + 2 < args.count) {
      offset = positionAt(args, ++i);
      limit = positionAt(args, ++i);
    } else if (reverse === undefined && args.is(i, "REV")) {
      reverse = true;
    } else if (kind === undefined && args.is(i, "BYLEX")) {
      kind = "member";
    } else if (kind === undefined && args.is(i, "BYSCORE")) {
      kind = "score";
    } else {
      throw syntaxError();
    }
  }
  kind ??= "rank";
  reverse ??= false;
  if (limit !== -1 && kind === "rank") {
    throw err(
      "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
    );
  }
  if (withScores && kind === "member") {
    throw err("syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  const query = { reverse, withScores, offset, limit: limit < 0 ? Infinity : limit };
  if (kind === "rank") {
    const start = positionAt(args, first), stop = positionAt(args, first + 1);
    return { ...query, range: { kind, start, stop } };
  }
  const minAt = reverse ? first + 1 : first, maxAt = reverse ? first : first + 1;
  return kind === "score"
    ? { ...query, range: { kind, scores: scoreRangeAt(args, minAt, maxAt) } }
    : { ...query, range: { kind, members: memberRangeAt(args, minAt, maxAt) } };
}

/** The ranks from `from` up to `to`. */
interface Ranks {
  readonly from: number;
  readonly to: number;
}

/** The ranks of positions of which negative ones count from the end; `from` is `to` for none. */
function ranksOf(length: number, start: number, stop: number): Ranks {
  const from = Math.max(0, start < 0 ? start + length : start);
  const to = Math.min(length, (stop < 0 ? stop + length : stop) + 1);
  return from < to ? { from, to } : { from: 0, to: 0 };
}

/** Visits what is asked for by score or member. @returns How many elements there were. */
function visitSpan(
  { store }: Context,
  collection: Collection,
  { range, reverse, offset, limit }: Query,
  visit: ElementVisitor,
): number {
  const { ranges } = store.sortedSets;
  if (offset < 0 || range.kind === "rank") return 0;
  if (range.kind === "member") {
    return ranges.visitMembers(collection, range.members, reverse, offset, limit, visit);
  }
  return ranges.visit(collection, ranges.ofScores(range.scores), reverse, offset, limit, visit);
}

/** Visits what is asked for by rank. @param announce Gets the number of elements first. */
function visitRanks(
  { store }: Context,
  collection: Collection,
  { range, reverse }: Query,
  announce: (count: number) => void,
  visit: ElementVisitor,
): void {
  if (range.kind !== "rank") return;
  const { length } = collection;
  const { from, to } = ranksOf(length, range.start, range.stop);
  announce(to - from);
  // In reverse a position counts from the other end.
  const first = reverse ? length - 1 - from : from;
  store.sortedSets.ranges.visitRanks(collection, first, to - from, reverse, visit);
}

/** ZRANGE and its older kin. */
function zrange(context: Context, fixed: Fixed): void {
  const { args, reply, store, client } = context;
  const query = queryAt(context, 2, fixed);
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  if (collection === undefined) return reply.array(0);
  const write = elementWriter(reply, query.withScores);
  if (query.range.kind === "rank") {
    const announce = (count: number) => reply.array(itemsOf(reply, count, query.withScores));
    return visitRanks(context, collection, query, announce, write);
  }
  const mark = reply.beginArray();
  const count = visitSpan(context, collection, query, write);
  reply.endArray(mark, itemsOf(reply, count, query.withScores));
}

function zrangestore(context: Context): void {
  const { args, reply, store, client } = context;
  const { keyspace, sortedSets } = store;
  const { db } = client;
  const destination = args.at(1);
  const query = queryAt(context, 3, { stored: true });
  const source = keyspace.readCollection(db, args.at(2), TYPE.ZSET);
  const result = new ScoredMembers();
  const member = new Slice();
  const collect: ElementVisitor = (column, score) => {
    const bytes = column.copy();
    result.push(member.set(bytes, 0, bytes.length), score);
  };
  if (source !== undefined) {
    visitRanks(context, source, query, () => {}, collect);
    visitSpan(context, source, query, collect);
  }
  if (result.length === 0) {
    keyspace.delete(db, destination);
  } else {
    // Redis knows beforehand how many a range of ranks has, and nothing of the others.
    const expected = query.range.kind === "rank" ? result.length : 0;
    sortedSets.store(db, destination, result, expected, 0);
    keyspace.stored(db, destination, TYPE.ZSET, "zrangestore");
  }
  reply.integer(result.length);
}

function zcount({ args, reply, store, client }: Context): void {
  const range = scoreRangeAt(args, 2, 3);
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  if (collection === undefined) return reply.integer(0);
  const { ranges } = store.sortedSets;
  reply.integer(ranges.count(collection, ranges.ofScores(range)));
}

function zlexcount({ args, reply, store, client }: Context): void {
  const range = memberRangeAt(args, 2, 3);
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  if (collection === undefined) return reply.integer(0);
  const { ranges } = store.sortedSets;
  reply.integer(ranges.countMembers(collection, range));
}

function zremrangebyrank({ args, reply, store, client }: Context): void {
  const start = positionAt(args, 2), stop = positionAt(args, 3);
  const key = args.at(1);
  const collection = store.keyspace.findCollection(client.db, key, TYPE.ZSET);
  if (collection === undefined) return reply.integer(0);
  const { from, to } = ranksOf(collection.length, start, stop);
  const { ranges } = store.sortedSets;
  ranges.removeRanks(client.db, key, collection, from, to, "zremrangebyrank");
  reply.integer(to - from);
}

function zremrangebyscore({ args, reply, store, client }: Context): void {
  const range = scoreRangeAt(args, 2, 3);
  const key = args.at(1);
  const collection = store.keyspace.findCollection(client.db, key, TYPE.ZSET);
  if (collection === undefined) return reply.integer(0);
  const { ranges } = store.sortedSets;
  const span = ranges.ofScores(range);
  reply.integer(ranges.remove(client.db, key, collection, span, "zremrangebyscore"));
}

function zremrangebylex({ args, reply, store, client }: Context): void {
  const range = memberRangeAt(args, 2, 3);
  const key = args.at(1);
  const collection = store.keyspace.findCollection(client.db, key, TYPE.ZSET);
  if (collection === undefined) return reply.integer(0);
  const { ranges } = store.sortedSets;
  reply.integer(ranges.removeMembers(client.db, key, collection, range, "zremrangebylex"));
}

const LOGARITHMIC = "O(log N)";
const RANGE = "O(log N + M) for M elements returned";

const reading = { flags: "readonly", acl: "sortedset", keys: ["1 RO access"], complexity: RANGE };
const removing = {
  flags: "write",
  effects: "itself",
  acl: "sortedset",
  arity: 4,
  keys: ["1 RW delete"],
  complexity: "O(log N + M) for M elements removed",
} as const;

/** The commands on ranges. */
export const sortedSetRanges: readonly Command[] = [
  command("ZCOUNT key min max", {
    ...reading,
    since: "2.0.0",
    arity: 4,
    flags: "readonly fast",
    complexity: LOGARITHMIC,
    summary: "Counts the members in a range of scores.",
  }, zcount),
  command("ZLEXCOUNT key min max", {
    ...reading,
    since: "2.8.9",
    arity: 4,
    flags: "readonly fast",
    complexity: LOGARITHMIC,
    summary: "Counts the members in a range of members.",
  }, zlexcount),
  command("ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]", {
    ...reading,
    since: "1.2.0",
    arity: -4,
    summary: "Returns the members in a range of ranks, scores or members.",
  }, (context) => zrange(context, {})),
  command("ZRANGEBYLEX key min max [LIMIT offset count]", {
    ...reading,
    since: "2.8.9",
    arity: -4,
    summary: "Returns the members in a range of members.",
  }, (context) => zrange(context, { kind: "member", reverse: false })),
  command("ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]", {
    ...reading,
    since: "1.0.5",
    arity: -4,
    summary: "Returns the members in a range of scores.",
  }, (context) => zrange(context, { kind: "score", reverse: false })),
  command("ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]", {
    ...reading,
    since: "6.2.0",
    arity: -5,
    flags: "write denyoom",
    effects: "itself",
    keys: ["1 OW update", "2 RO access"],
    complexity: "O(log N + M) for M elements stored",
    summary: "Stores a range of ranks, scores or members of a sorted set.",
  }, zrangestore),
  command("ZREMRANGEBYLEX key min max", {
    ...removing,
    since: "2.8.9",
    summary: "Removes the members in a range of members.",
  }, zremrangebylex),
  command("ZREMRANGEBYRANK key start stop", {
    ...removing,
    since: "2.0.0",
    summary: "Removes the members in a range of ranks.",
  }, zremrangebyrank),
  command("ZREMRANGEBYSCORE key min max", {
    ...removing,
    since: "1.2.0",
    summary: "Removes the members in a range of scores.",
  }, zremrangebyscore),
  command("ZREVRANGE key start stop [WITHSCORES]", {
    ...reading,
    since: "1.2.0",
    arity: -4,
    summary: "Returns the members in a range of ranks, the last first.",
  }, (context) => zrange(context, { kind: "rank", reverse: true })),
  command("ZREVRANGEBYLEX key max min [LIMIT offset count]", {
    ...reading,
    since: "2.8.9",
    arity: -4,
    summary: "Returns the members in a range of members, the last first.",
  }, (context) => zrange(context, { kind: "member", reverse: true })),
  command("ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]", {
    ...reading,
    since: "2.2.0",
    arity: -4,
    summary: "Returns the members in a range of scores, the last first.",
  }, (context) => zrange(context, { kind: "score", reverse: true })),
];
