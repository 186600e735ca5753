/** ZRANDMEMBER: random members of a sorted set, each choice with the same chance. */

import type { Collection } from "../../store/collections/collection.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { INT64_MAX, INT64_MIN } from "../../store/values/integers.ts";
import { MemberList } from "../../store/collections/member_list.ts";
import { distinctRanks, Sampling } from "../../store/collections/random_ranks.ts";
import { TYPE } from "../../store/file/schema.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Context } from "../table/command.ts";
import { DrawnReply, drawsOutOfRange } from "../table/draws.ts";
import { integerAt } from "../table/options.ts";
import { elementWriter, itemsOf } from "./arguments.ts";

/** The share of a sorted set from which on it is cheaper to walk it all than to find each member. */
const WALK_SHARE = 1 / 3;

/** `ZRANDMEMBER key [count [WITHSCORES]]` */
export function zrandmember(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count === 2) {
    const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
    if (collection === undefined) return reply.null();
    const rank = Math.floor(Math.random() * collection.length);
    store.sortedSets.ranges.visitRanks(collection, rank, 1, false, (member) => reply.value(member));
    return;
  }
  const count = integerAt(args, 2);
  if (count === INT64_MIN) {
    throw err(`value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`);
  }
  const withScores = args.count > 3;
  if (args.count > 4 || withScores && !args.is(3, "WITHSCORES")) throw syntaxError();
  if (withScores && (count < -(INT64_MAX / 2n) || count > INT64_MAX / 2n)) throw drawsOutOfRange();
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  if (collection === undefined || count === 0) return reply.array(0);
  if (count < 0) return drawRepeatedly(context, collection, -Number(count), withScores);
  drawDistinct(context, collection, Number(count), withScores);
}

function drawDistinct(
  { reply, store }: Context,
  collection: Collection,
  count: number,
  withScores: boolean,
): void {
  const { sortedSets } = store;
  const { length } = collection;
  const drawn = Math.min(count, length);
  reply.array(itemsOf(reply, drawn, withScores));
  const write = elementWriter(reply, withScores);
  if (drawn === length) return sortedSets.each(collection, write);
  if (drawn < length * WALK_SHARE) {
    const ranks = distinctRanks(drawn, length, Math.random);
    return sortedSets.ranges.visitEach(collection, ranks, write);
  }
  const sampling = new Sampling(drawn, length, Math.random);
  sortedSets.each(collection, (member, score) => {
    if (sampling.takes()) write(member, score);
    return !sampling.done;
  });
}

/** Each draw is among all members. A reply that no client could take is refused. */
function drawRepeatedly(
  context: Context,
  collection: Collection,
  count: number,
  withScores: boolean,
): void {
  const { reply } = context;
  const drawn = new DrawnReply(withScores ? 2 * count : count);
  reply.array(itemsOf(reply, count, withScores));
  if (count < collection.length) drawSome(context, collection, count, withScores, drawn);
  else drawFromAll(context, collection, count, withScores, drawn);
}

/** Draws from all members, where there are no more of them than draws. */
function drawFromAll(
  { reply, store }: Context,
  collection: Collection,
  count: number,
  withScores: boolean,
  drawn: DrawnReply,
): void {
  const members = new MemberList(), scores: number[] = [];
  const slice = new Slice();
  store.sortedSets.each(collection, (member, score) => {
    const copy = member.copy();
    members.push(slice.set(copy, 0, copy.length));
    scores.push(score);
  });
  const write = elementWriter(reply, withScores);
  for (let left = count; left > 0; left--) {
    const rank = Math.floor(Math.random() * scores.length);
    const member = members.at(rank);
    drawn.add(member.length);
    write(member, scores[rank]!);
  }
}

/** Draws ranks, and looks up their members. */
function drawSome(
  { reply, store }: Context,
  collection: Collection,
  count: number,
  withScores: boolean,
  drawn: DrawnReply,
): void {
  const { length } = collection;
  const draws = Float64Array.from({ length: count }, () => Math.floor(Math.random() * length));
  // Found in the order of ranks, told in the order they were drawn.
  const ranks = draws.toSorted();
  const members = new MemberList(), scores: number[] = [], indexOfRank = new Map<number, number>();
  const slice = new Slice();
  let at = 0;
  store.sortedSets.ranges.visitEach(collection, ranks, (member, score) => {
    const rank = ranks[at++]!;
    drawn.add(member.length);
    if (indexOfRank.has(rank)) return true;
    const copy = member.copy();
    members.push(slice.set(copy, 0, copy.length));
    indexOfRank.set(rank, scores.length);
    scores.push(score);
    return true;
  });
  const write = elementWriter(reply, withScores);
  for (const rank of draws) {
    const index = indexOfRank.get(rank) ?? 0;
    write(members.at(index), scores[index]!);
  }
}
