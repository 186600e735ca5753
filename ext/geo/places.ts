/** The geo commands on single members: GEOADD, GEOPOS, GEODIST, GEOHASH. */

import type { Context } from "../../src/commands/table/command.ts";
import { addMembers, type AddOptions } from "../../src/commands/sorted_sets/adding.ts";
import { TYPE } from "../../src/store/file/schema.ts";
import { distance } from "../../src/store/geo/distance.ts";
import { geohashText, type Place, placeOf, scoreOf } from "../../src/store/geo/geohash.ts";
import { syntaxError } from "../../src/store/values/errors.ts";
import { readPlace, unitAt, writeDistance, writePlace } from "./arguments.ts";

const place: Place = { longitude: 0, latitude: 0 };
const other: Place = { longitude: 0, latitude: 0 };

/** The options of GEOADD, filled anew by each. */
const options: AddOptions = {
  onlyNew: false,
  onlyOld: false,
  onlyGreater: false,
  onlyLess: false,
  countChanged: false,
};
/** The scores of its members, of a few: all are read before the first is stored. */
const fewScores = new Float64Array(64);

/** GEOADD: ZADD with places in place of scores. */
export function geoadd(context: Context): void {
  const { args } = context;
  options.onlyNew = options.onlyOld = options.countChanged = false;
  let from = 2;
  for (; from < args.count; from++) {
    if (args.is(from, "NX")) options.onlyNew = true;
    else if (args.is(from, "XX")) options.onlyOld = true;
    else if (args.is(from, "CH")) options.countChanged = true;
    else break;
  }
  const items = args.count - from, members = items / 3;
  if (items === 0 || items % 3 !== 0 || options.onlyNew && options.onlyOld) throw syntaxError();
  const scores = members <= fewScores.length ? fewScores : new Float64Array(members);
  for (let i = 0; i < members; i++) {
    readPlace(args, from + 3 * i, place);
    scores[i] = scoreOf(place.longitude, place.latitude);
  }
  addMembers(context, scores, members, from + 2, 3, options);
}

/** GEOPOS. */
export function geopos({ args, reply, store, client }: Context): void {
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const score = collection && store.sortedSets.score(collection, args.at(i));
    if (score === undefined) {
      reply.nullArray();
      continue;
    }
    placeOf(score, place);
    writePlace(reply, place);
  }
}

/** GEOHASH. */
export function geohash({ args, reply, store, client }: Context): void {
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const score = collection && store.sortedSets.score(collection, args.at(i));
    if (score === undefined) {
      reply.null();
      continue;
    }
    placeOf(score, place);
    reply.text(geohashText(place));
  }
}

/** GEODIST. */
export function geodist({ args, reply, store, client }: Context): void {
  if (args.count > 5) throw syntaxError();
  const metres = args.count === 5 ? unitAt(args, 4) : 1;
  const collection = store.keyspace.readCollection(client.db, args.at(1), TYPE.ZSET);
  const from = collection && store.sortedSets.score(collection, args.at(2));
  const to = collection && store.sortedSets.score(collection, args.at(3));
  if (from === undefined || to === undefined) return reply.null();
  placeOf(from, place);
  placeOf(to, other);
  const length = distance(place.longitude, place.latitude, other.longitude, other.latitude);
  writeDistance(reply, length / metres);
}
