/** The set commands on several sets: intersections, unions, differences. */

import type { Arguments } from "../../resp/arguments.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import {
  approximateUnion,
  areIntsets,
  countDifference,
  difference,
  eachCommon,
  inNumericOrder,
  intersection,
  type Outcome,
  type Sources,
  union,
} from "../../store/sets/operations.ts";
import type { Sets } from "../../store/sets/sets.ts";
import type { Command, Context, KeySpec } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";

const command = commandsOf("set");

/** What two or more sets are combined to. */
type Operation = (sets: Sets, sources: Sources) => Outcome;

/** The sets of the keys at `[from, to)`. @throws {CommandError} WRONGTYPE for any of them. */
function sourcesAt({ args, store, client }: Context, from: number, to: number): Sources {
  const sources = [];
  for (let i = from; i < to; i++) sources.push(store.sets.read(client.db, args.at(i)));
  return sources;
}

/** SINTER and SDIFF: replies with the outcome. */
function combine(context: Context, operation: Operation): void {
  const { args, reply, store } = context;
  const outcome = operation(store.sets, sourcesAt(context, 1, args.count));
  reply.set(outcome.length);
  outcome.each(({ bytes, start, end }) => reply.bulk(bytes, start, end));
}

function sunion(context: Context): void {
  const { args, reply, store } = context;
  const sources = sourcesAt(context, 1, args.count);
  const outcome = union(store.sets, sources);
  const members = areIntsets(sources) ? inNumericOrder(outcome) : outcome.held;
  reply.set(members.length);
  for (let i = 0; i < members.length; i++) {
    const { bytes, start, end } = members.at(i);
    reply.bulk(bytes, start, end);
  }
}

/** SINTERSTORE, SUNIONSTORE, SDIFFSTORE: the outcome replaces the destination, which may be a source. */
function combineAndStore(context: Context, operation: Operation, event: string): void {
  const { args, reply, store, client } = context;
  const { keyspace, sets } = store;
  const { db } = client;
  const destination = args.at(1);
  const outcome = operation(sets, sourcesAt(context, 2, args.count));
  if (outcome.length === 0) {
    keyspace.delete(db, destination);
  } else {
    const set = keyspace.createCollection(db, destination, TYPE.SET);
    set.encoding = outcome.encoding;
    sets.fill(set, outcome.held, (index) => outcome.kept(index));
    keyspace.stored(db, destination, TYPE.SET, event);
  }
  reply.integer(outcome.length);
}

/** `numkeys key [key ...] [APPROX] [LIMIT limit]` */
interface CountedKeys {
  /** Index past the last key. */
  readonly end: number;
  /** Infinity for none. */
  readonly limit: number;
  readonly approximate: boolean;
}

function countedKeys(args: Arguments, approximable: boolean): CountedKeys {
  const count = int64At(args, 1);
  if (count === undefined || count < 1) throw err("numkeys should be greater than 0");
  if (count > args.count - 2) throw err("Number of keys can't be greater than number of args");
  const end = 2 + Number(count);
  let limit = 0;
  let approximate = false;
  for (let i = end; i < args.count; i++) {
    if (args.is(i, "LIMIT") && i + 1 < args.count) {
      const value = int64At(args, ++i);
      if (value === undefined || value < 0) throw err("LIMIT can't be negative");
      limit = Number(value);
    } else if (approximable && args.is(i, "APPROX")) {
      approximate = true;
    } else {
      throw syntaxError();
    }
  }
  return { end, limit: limit === 0 ? Infinity : limit, approximate };
}

function sintercard(context: Context): void {
  const { args, reply, store } = context;
  const { end, limit } = countedKeys(args, false);
  let count = 0;
  eachCommon(store.sets, sourcesAt(context, 2, end), () => ++count < limit);
  reply.integer(count);
}

function sunioncard(context: Context): void {
  const { args, reply, store } = context;
  const { end, limit, approximate } = countedKeys(args, true);
  const sources = sourcesAt(context, 2, end);
  const count = approximate
    ? approximateUnion(store.sets, sources)
    : union(store.sets, sources, limit).length;
  reply.integer(Math.min(count, limit));
}

function sdiffcard(context: Context): void {
  const { args, reply, store } = context;
  const { end, limit } = countedKeys(args, false);
  reply.integer(countDifference(store.sets, sourcesAt(context, 2, end), limit));
}

const INTERSECTION =
  "O(N*M log K): N members of the smallest set, M sets, the largest of K members";
const ALL_MEMBERS = "O(N) in the number of members of all sets";

const facts = { acl: "set", flags: "readonly" };
const ofSets = {
  ...facts,
  since: "1.0.0",
  arity: -2,
  tips: "nondeterministic_output_order",
  keys: ["1..-1 RO access"],
};
const toDestination = {
  ...facts,
  since: "1.0.0",
  arity: -3,
  flags: "write denyoom",
  effects: "itself",
  keys: ["1 OW update", "2..-1 RO access"],
} as const;
const countedKeySpec: KeySpec = {
  flags: ["RO", "access"],
  begin: { index: 1 },
  find: { countAt: 0, firstKey: 1, step: 1 },
};
const counting = {
  ...facts,
  since: "8.10.0",
  arity: -3,
  flags: "readonly movablekeys",
  keys: [countedKeySpec],
};

/** The commands on several sets. */
export const setOperations: readonly Command[] = [
  command("SDIFF key [key ...]", {
    ...ofSets,
    complexity: ALL_MEMBERS,
    summary: "Returns what the first set has and none of the others.",
  }, (context) => combine(context, difference)),
  command("SDIFFCARD numkeys key [key ...] [LIMIT limit]", {
    ...counting,
    complexity: ALL_MEMBERS,
    summary: "Counts what the first set has and none of the others.",
  }, sdiffcard),
  command("SDIFFSTORE destination key [key ...]", {
    ...toDestination,
    complexity: ALL_MEMBERS,
    summary: "Stores what the first set has and none of the others.",
  }, (context) => combineAndStore(context, difference, "sdiffstore")),
  command("SINTER key [key ...]", {
    ...ofSets,
    complexity: INTERSECTION,
    summary: "Returns what all sets have in common.",
  }, (context) => combine(context, intersection)),
  command("SINTERCARD numkeys key [key ...] [LIMIT limit]", {
    ...counting,
    since: "7.0.0",
    complexity: INTERSECTION,
    summary: "Counts what all sets have in common.",
  }, sintercard),
  command("SINTERSTORE destination key [key ...]", {
    ...toDestination,
    complexity: INTERSECTION,
    summary: "Stores what all sets have in common.",
  }, (context) => combineAndStore(context, intersection, "sinterstore")),
  command("SUNION key [key ...]", {
    ...ofSets,
    complexity: ALL_MEMBERS,
    summary: "Returns what any of the sets has.",
  }, sunion),
  command("SUNIONCARD numkeys key [key ...] [APPROX] [LIMIT limit]", {
    ...counting,
    complexity: ALL_MEMBERS,
    summary: "Counts what any of the sets has, on request approximately.",
  }, sunioncard),
  command("SUNIONSTORE destination key [key ...]", {
    ...toDestination,
    complexity: ALL_MEMBERS,
    summary: "Stores what any of the sets has.",
  }, (context) => combineAndStore(context, (sets, sources) => union(sets, sources), "sunionstore")),
];
