/** The commands that take the first or last members: ZPOPMIN, ZPOPMAX and ZMPOP. */

import type { Arguments } from "../../resp/arguments.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import type { PopVisitor } from "../../store/sorted_sets/sorted_sets.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { countedKeys, elementWriter, itemsOf, pairWriter } from "./arguments.ts";

const command = commandsOf("sorted-set");

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
  const write: PopVisitor = counted ? elementWriter(reply, true) : (member, score) => {
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

const popping = {
  since: "5.0.0",
  arity: -2,
  flags: "write fast",
  effects: "itself",
  acl: "sortedset",
  keys: ["1 RW access delete"],
  complexity: "O(log N + M) for M members removed",
} as const;

/** ZPOPMIN and its kin. */
export const pops: readonly Command[] = [
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
  command("ZPOPMAX key [count]", {
    ...popping,
    summary: "Removes the members with the highest scores and returns them.",
  }, (context) => zpop(context, true)),
  command("ZPOPMIN key [count]", {
    ...popping,
    summary: "Removes the members with the lowest scores and returns them.",
  }, (context) => zpop(context, false)),
];
