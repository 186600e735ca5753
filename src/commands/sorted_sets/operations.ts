/** The commands on several sorted sets: unions, intersections, differences. */

import type { Arguments } from "../../resp/arguments.ts";
import { parseDouble } from "../../resp/double.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err, syntaxError, wrongType } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { ScoredMembers } from "../../store/sorted_sets/scored_members.ts";
import {
  type Aggregate,
  countIntersection,
  difference,
  intersection,
  type Source,
  union,
} from "../../store/sorted_sets/operations.ts";
import type { Store } from "../../store/store.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At, integerAt } from "../table/options.ts";
import { countedKeys, elementWriter, itemsOf } from "./arguments.ts";

const command = commandsOf("sorted-set");

/** What sorted sets are combined to. */
type Operation = (store: Store, sources: readonly Source[], aggregate: Aggregate) => ScoredMembers;

/** The keys that follow their number. */
interface Keys {
  readonly collections: readonly (Collection | undefined)[];
  /** Index past the last key. */
  readonly end: number;
}

/** Reads the number of keys at `index` and the sets of the keys. @throws {CommandError} */
function keysAt({ args, store, client }: Context, index: number, name: string): Keys {
  const count = integerAt(args, index);
  if (count < 1) throw err(`at least 1 input key is needed for '${name}' command`);
  if (count > args.count - index - 1) throw syntaxError();
  const end = index + 1 + Number(count);
  const collections: (Collection | undefined)[] = [];
  for (let i = index + 1; i < end; i++) collections.push(sourceOf(store, client.db, args.at(i)));
  return { collections, end };
}

/** The set or sorted set of a key. @throws {CommandError} */
function sourceOf({ keyspace }: Store, db: number, key: Slice): Collection | undefined {
  const type = keyspace.read(db, key);
  if (type === TYPE.NONE) return undefined;
  if (type !== TYPE.ZSET && type !== TYPE.SET) throw wrongType();
  return keyspace.row.collection;
}

/** What follows the keys. */
interface Options {
  readonly sources: readonly Source[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
}

const AGGREGATES: readonly [word: string, aggregate: Aggregate][] = [
  ["SUM", "sum"],
  ["MIN", "min"],
  ["MAX", "max"],
  ["COUNT", "count"],
];

/**
 * Reads the options after the keys.
 *
 * @param aggregates Whether WEIGHTS and AGGREGATE are allowed.
 * @param stored Whether the result is stored: then WITHSCORES is not.
 * @throws {CommandError}
 */
function optionsOf(
  args: Arguments,
  { collections, end }: Keys,
  aggregates: boolean,
  stored: boolean,
): Options {
  const weights = collections.map(() => 1);
  let aggregate: Aggregate = "sum";
  let withScores = false;
  for (let i = end; i < args.count; i++) {
    if (aggregates && args.is(i, "WEIGHTS") && i + weights.length < args.count) {
      for (let k = 0; k < weights.length; k++) weights[k] = weightAt(args, ++i);
    } else if (aggregates && args.is(i, "AGGREGATE") && i + 1 < args.count) {
      i++;
      const found = AGGREGATES.find(([word]) => args.is(i, word));
      if (found === undefined) throw syntaxError();
      aggregate = found[1];
    } else if (!stored && args.is(i, "WITHSCORES")) {
      withScores = true;
    } else {
      throw syntaxError();
    }
  }
  const sources = collections.map((collection, i) => ({ collection, weight: weights[i] ?? 1 }));
  return { sources, aggregate, withScores };
}

function weightAt(args: Arguments, index: number): number {
  const { bytes, start, end } = args.at(index);
  const weight = parseDouble(bytes, start, end);
  if (weight === undefined) throw err("weight value is not a float");
  return weight;
}

/** ZUNION, ZINTER, ZDIFF. */
function combine(context: Context, operation: Operation, name: string): void {
  const { args, reply, store } = context;
  const keys = keysAt(context, 1, name);
  const { sources, aggregate, withScores } = optionsOf(args, keys, name !== "zdiff", false);
  const result = operation(store, sources, aggregate);
  reply.array(itemsOf(reply, result.length, withScores));
  result.each(elementWriter(reply, withScores));
}

/** ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE: the result replaces the destination, which may be a source. */
function combineAndStore(context: Context, operation: Operation, name: string): void {
  const { args, reply, store, client } = context;
  const keys = keysAt(context, 2, name);
  const { sources, aggregate } = optionsOf(args, keys, name !== "zdiffstore", true);
  const result = operation(store, sources, aggregate);
  const destination = args.at(1);
  if (result.length === 0) {
    store.keyspace.delete(client.db, destination);
  } else {
    store.sortedSets.store(client.db, destination, result, result.length, result.longest);
    store.keyspace.stored(client.db, destination, TYPE.ZSET, name);
  }
  reply.integer(result.length);
}

function zintercard(context: Context): void {
  const { args, reply, store } = context;
  const { collections, end } = keysAt(context, 1, "zintercard");
  let limit = 0;
  for (let i = end; i < args.count; i++) {
    if (!args.is(i, "LIMIT") || i + 1 === args.count) throw syntaxError();
    const value = int64At(args, ++i);
    if (value === undefined || value < 0) throw err("LIMIT can't be negative");
    limit = Number(value);
  }
  const sources = collections.map((collection) => ({ collection, weight: 1 }));
  reply.integer(countIntersection(store, sources, limit === 0 ? Infinity : limit));
}

const AGGREGATION = "[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>]";
const UNION = "O(N + M log M): N elements of all inputs, M of the result";
const INTERSECTION =
  "O(N*K log L + M log M): N elements of the smallest of K inputs, L of the largest, M of the result";
const DIFFERENCE = "O(N*K log L + M log M): N elements of the first of K inputs, M of the result";

const reading = {
  arity: -3,
  flags: "readonly movablekeys",
  acl: "sortedset",
  keys: [countedKeys(1, "RO", "access")],
};
const storing = {
  arity: -4,
  flags: "write denyoom movablekeys",
  effects: "itself",
  acl: "sortedset",
  keys: ["1 OW update", countedKeys(2, "RO", "access")],
} as const;

/** The commands on several sorted sets. */
export const sortedSetOperations: readonly Command[] = [
  command("ZDIFF numkeys key [key ...] [WITHSCORES]", {
    ...reading,
    since: "6.2.0",
    complexity: DIFFERENCE,
    summary: "Returns what the first sorted set has and none of the others.",
  }, (context) => combine(context, difference, "zdiff")),
  command("ZDIFFSTORE destination numkeys key [key ...]", {
    ...storing,
    since: "6.2.0",
    complexity: DIFFERENCE,
    summary: "Stores what the first sorted set has and none of the others.",
  }, (context) => combineAndStore(context, difference, "zdiffstore")),
  command(`ZINTER numkeys key [key ...] ${AGGREGATION} [WITHSCORES]`, {
    ...reading,
    since: "6.2.0",
    complexity: INTERSECTION,
    summary: "Returns what all sorted sets have in common.",
  }, (context) => combine(context, intersection, "zinter")),
  command("ZINTERCARD numkeys key [key ...] [LIMIT limit]", {
    ...reading,
    since: "7.0.0",
    complexity: "O(N*K log L): N elements of the smallest of K inputs, L of the largest",
    summary: "Counts what all sorted sets have in common.",
  }, zintercard),
  command(`ZINTERSTORE destination numkeys key [key ...] ${AGGREGATION}`, {
    ...storing,
    since: "2.0.0",
    complexity: INTERSECTION,
    summary: "Stores what all sorted sets have in common.",
  }, (context) => combineAndStore(context, intersection, "zinterstore")),
  command(`ZUNION numkeys key [key ...] ${AGGREGATION} [WITHSCORES]`, {
    ...reading,
    since: "6.2.0",
    complexity: UNION,
    summary: "Returns what any of the sorted sets has.",
  }, (context) => combine(context, union, "zunion")),
  command(`ZUNIONSTORE destination numkeys key [key ...] ${AGGREGATION}`, {
    ...storing,
    since: "2.0.0",
    complexity: UNION,
    summary: "Stores what any of the sorted sets has.",
  }, (context) => combineAndStore(context, union, "zunionstore")),
];
