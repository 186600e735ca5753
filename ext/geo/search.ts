/** GEOSEARCH, GEORADIUS and their kin: the places in a region. */

import type { Context } from "../../src/commands/table/command.ts";
import type { Reply } from "../../src/resp/reply.ts";
import { TYPE } from "../../src/store/file/schema.ts";
import { type Place, placeOf } from "../../src/store/geo/geohash.ts";
import { ScoredMembers } from "../../src/store/sorted_sets/scored_members.ts";
import type { Slice } from "../../src/store/values/slice.ts";
import { writeDistance, writePlace } from "./arguments.ts";
import { findPlaces, FoundPlaces } from "./found.ts";
import { type Comparison, partialSort } from "./partial_sort.ts";
import { type Query, type QueryForm, queryOf } from "./query.ts";

const place: Place = { longitude: 0, latitude: 0 };
/** What a search finds; the next one's takes its room. */
const found = new FoundPlaces();

/** Runs a search, and replies with what it finds or stores it. */
export function geosearch(context: Context, form: QueryForm): void {
  const { args, reply, store, client } = context;
  const { keyspace, sortedSets } = store;
  const collection = keyspace.readCollection(client.db, args.at(form.sourceAt), TYPE.ZSET);
  const query = queryOf(
    args,
    form,
    (member) => collection === undefined ? null : sortedSets.score(collection, member),
  );
  const { region, count, any, destination } = query;
  found.clear();
  if (collection !== undefined && region !== undefined) {
    findPlaces(sortedSets, collection, region, any ? count : Infinity, found);
  }
  const order = orderOf(found, query);
  if (destination === undefined) writeFound(reply, query, found, order);
  else storeFound(context, form, query, destination, found, order);
}

/** Which of the places are wanted, in their order. */
function orderOf({ distances }: FoundPlaces, { order, count }: Query): Uint32Array {
  const all = new Uint32Array(distances.length);
  for (let i = 0; i < all.length; i++) all[i] = i;
  if (order !== undefined) {
    const nearest: Comparison = (a, b) => compare(distances[a]!, distances[b]!);
    const comparison: Comparison = order === "nearest" ? nearest : (a, b) => -nearest(a, b);
    // The whole is sorted by another function, which is stable.
    if (count >= all.length) all.sort(comparison);
    else partialSort(all, count, comparison);
  }
  return all.subarray(0, count);
}

const compare = (a: number, b: number) => a > b ? 1 : a === b ? 0 : -1;

function writeFound(reply: Reply, query: Query, found: FoundPlaces, order: Uint32Array): void {
  const { withDistance, withHash, withPlace, unit } = query;
  const details = Number(withDistance) + Number(withHash) + Number(withPlace);
  reply.array(order.length);
  for (const index of order) {
    if (details > 0) reply.array(1 + details);
    reply.value(found.members.at(index));
    const score = found.scores[index]!;
    if (withDistance) writeDistance(reply, found.distances[index]! / unit);
    if (withHash) reply.integer(score);
    if (withPlace) {
      placeOf(score, place);
      writePlace(reply, place);
    }
  }
}

/** What is found takes the place of the destination, which may be the source. */
function storeFound(
  { reply, store, client }: Context,
  { stores }: QueryForm,
  { byDistance, unit }: Query,
  destination: Slice,
  { members, scores, distances }: FoundPlaces,
  order: Uint32Array,
): void {
  const { keyspace, sortedSets } = store;
  if (order.length === 0) {
    keyspace.delete(client.db, destination);
  } else {
    const stored = new ScoredMembers();
    for (const index of order) {
      stored.push(members.at(index), byDistance ? distances[index]! / unit : scores[index]!);
    }
    sortedSets.store(client.db, destination, stored, stored.length, stored.longest);
    const event = stores === "argument" ? "geosearchstore" : "georadiusstore";
    keyspace.stored(client.db, destination, TYPE.ZSET, event);
  }
  reply.integer(order.length);
}
