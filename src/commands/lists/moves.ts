/** The commands that take elements from the ends of lists: pops, and moves from one list to another. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err, syntaxError, wrongArity } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";

const command = commandsOf("list");

/** Whether the argument at `index` says LEFT; RIGHT else. @throws {CommandError} */
export function leftAt(args: Arguments, index: number): boolean {
  if (args.is(index, "LEFT")) return true;
  if (args.is(index, "RIGHT")) return false;
  throw syntaxError();
}

/** The integer at `index`, which is at least `min`. @throws {CommandError} With `message`. */
function countAt(args: Arguments, index: number, min: number, message: string): number {
  const count = int64At(args, index);
  if (count === undefined || count < min) throw err(message);
  return Number(count);
}

const countIsPositive = "count should be greater than 0";

/** What popping and moving needs: the data, a reply to write into, and whose database it is. */
export type Served = Pick<Context, "store" | "reply" | "client">;

/** Pops elements from a list and replies with each of them. @param count Up to all of the list's. */
export function popElements(
  { store, reply, client }: Served,
  key: Slice,
  list: Collection,
  left: boolean,
  count: number,
): void {
  const { lists, keyspace } = store;
  const all = count === list.length;
  lists.eachFrom(list, left, count, (value) => reply.value(value));
  if (all) lists.abandon(list);
  else lists.drop(list, left, count);
  keyspace.changed(client.db, key, left ? "lpop" : "rpop");
  // The elements go with the key.
  if (all) keyspace.removeEmpty(client.db, key, list);
}

/** How LMOVE and LMOVEM move elements. */
export interface ListMove {
  /** From which end: the left or the right. */
  readonly fromLeft: boolean;
  /** To which end. */
  readonly toLeft: boolean;
  /** How many, up to all of the source. */
  readonly count: number;
  /** Whether they change their order where they come in on the side they went out. */
  readonly oneByOne: boolean;
}

/**
 * Moves elements from one list to another and replies with each of them.
 *
 * @param begin Begins the reply, once nothing can be refused any more.
 * @throws {CommandError} WRONGTYPE, if the destination is no list.
 */
export function moveElements(
  { store, reply, client }: Served,
  sourceKey: Slice,
  source: Collection,
  destinationKey: Slice,
  { fromLeft, toLeft, count, oneByOne }: ListMove,
  begin?: () => void,
): void {
  const { lists, keyspace } = store;
  const { db } = client;
  const destination = keyspace.findCollection(db, destinationKey, TYPE.LIST) ??
    keyspace.createCollection(db, destinationKey, TYPE.LIST);
  begin?.();
  const reversed = oneByOne && fromLeft === toLeft;
  lists.move(source, destination, fromLeft, toLeft, count, reversed, (value) => reply.value(value));
  // Redis tells the push first.
  keyspace.changed(db, destinationKey, toLeft ? "lpush" : "rpush");
  keyspace.changed(db, sourceKey, fromLeft ? "lpop" : "rpop");
  if (source.length === 0) keyspace.removeEmpty(db, sourceKey, source);
}

function pop(context: Context, left: boolean): void {
  const { args, reply, store, client } = context;
  if (args.count > 3) throw wrongArity(left ? "lpop" : "rpop");
  const counted = args.count === 3;
  const count = counted ? countAt(args, 2, 0, "value is out of range, must be positive") : 1;
  const key = args.at(1);
  const list = store.keyspace.findCollection(client.db, key, TYPE.LIST);
  if (list === undefined) return counted ? reply.nullArray() : reply.null();
  const popped = Math.min(count, list.length);
  if (counted) reply.array(popped);
  if (popped > 0) popElements(context, key, list, left, popped);
}

/** What LMPOP and BLMPOP ask for. */
export interface ListPop {
  /** The arguments that are keys. */
  readonly keys: readonly number[];
  /** From which end. */
  readonly left: boolean;
  /** How many elements at most. */
  readonly count: number;
}

/** Reads `numkeys key [key ...] <LEFT | RIGHT> [COUNT count]`. @throws {CommandError} */
export function listPopAt(args: Arguments, at: number): ListPop {
  const keys = countAt(args, at, 1, "numkeys should be greater than 0");
  const sideAt = at + 1 + keys;
  if (sideAt >= args.count) throw syntaxError();
  const left = leftAt(args, sideAt);
  let count = 1;
  if (args.count > sideAt + 1) {
    if (args.count === sideAt + 2 || !args.is(sideAt + 1, "COUNT")) throw syntaxError();
    count = countAt(args, sideAt + 2, 1, countIsPositive);
    if (args.count > sideAt + 3) throw syntaxError();
  }
  return { keys: Array.from({ length: keys }, (_, i) => at + 1 + i), left, count };
}

/** Pops from the first list there is. @returns Whether there was one, and so a reply. */
export function popFromFirst(context: Context, { keys, left, count }: ListPop): boolean {
  const { args, reply, store, client } = context;
  for (const index of keys) {
    const key = args.at(index);
    const list = store.keyspace.findCollection(client.db, key, TYPE.LIST);
    if (list === undefined) continue;
    const popped = Math.min(count, list.length);
    reply.array(2);
    reply.bulk(key.bytes, key.start, key.end);
    reply.array(popped);
    popElements(context, key, list, left, popped);
    const { effects } = store.engine;
    if (effects.active) effects.say(client.db, left ? "LPOP" : "RPOP", key, popped);
    return true;
  }
  return false;
}

function lmpop(context: Context): void {
  if (!popFromFirst(context, listPopAt(context.args, 1))) context.reply.nullArray();
}

/** Moves one element. @returns Whether there was one, and so a reply. */
export function moveOne(context: Context, fromLeft: boolean, toLeft: boolean): boolean {
  const { args, store, client } = context;
  const source = store.keyspace.findCollection(client.db, args.at(1), TYPE.LIST);
  if (source === undefined) return false;
  const how = { fromLeft, toLeft, count: 1, oneByOne: false };
  moveElements(context, args.at(1), source, args.at(2), how);
  return true;
}

function move(context: Context, fromLeft: boolean, toLeft: boolean): void {
  if (!moveOne(context, fromLeft, toLeft)) context.reply.null();
}

/** Moves several elements. @returns Whether there were enough, and so a reply. */
export function moveMany(
  context: Context,
  fromLeft: boolean,
  toLeft: boolean,
  { count, exactly, oneByOne }: HowMany,
): boolean {
  const { args, reply, store, client } = context;
  const key = args.at(1);
  const source = store.keyspace.findCollection(client.db, key, TYPE.LIST);
  if (source === undefined || (exactly && source.length < count)) return false;
  const moved = Math.min(count, source.length);
  const how = { fromLeft, toLeft, count: moved, oneByOne };
  moveElements(context, key, source, args.at(2), how, () => reply.array(moved));
  return true;
}

function lmovem(context: Context): void {
  const { args, reply } = context;
  const how = howMany(args, 5);
  if (!moveMany(context, leftAt(args, 3), leftAt(args, 4), how)) reply.nullArray();
}

/** What LMOVEM's options ask for. */
export interface HowMany {
  /** How many elements. */
  readonly count: number;
  /** Whether fewer are not moved. */
  readonly exactly: boolean;
  /** See {@linkcode ListMove.oneByOne}. */
  readonly oneByOne: boolean;
}

/** Reads how many elements are to move. @throws {CommandError} */
export function howMany(args: Arguments, from: number): HowMany {
  if (args.count === from) return { count: 1, exactly: false, oneByOne: false };
  if (args.count !== from + 3) throw syntaxError();
  const exactly = args.is(from, "EXACTLY");
  if (!exactly && !args.is(from, "COUNT")) throw syntaxError();
  const count = countAt(args, from + 1, 1, countIsPositive);
  const oneByOne = args.is(from + 2, "OBO");
  if (!oneByOne && !args.is(from + 2, "BULK")) throw syntaxError();
  return { count, exactly, oneByOne };
}

const popFacts = {
  arity: -2,
  flags: "write fast",
  effects: "itself",
  acl: "list",
  keys: ["1 RW access delete"],
  complexity: "O(N) in the number of elements returned",
} as const;

const moveFacts = {
  flags: "write denyoom",
  effects: "itself",
  acl: "list",
  keys: ["1 RW access delete", "2 RW insert"],
} as const;

/** The commands that take elements from the ends of lists. */
export const listMoves: readonly Command[] = [
  command("LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>", {
    ...moveFacts,
    since: "6.2.0",
    arity: 5,
    summary: "Moves an element from an end of a list to an end of another.",
  }, (context) => move(context, leftAt(context.args, 3), leftAt(context.args, 4))),
  command(
    "LMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count | EXACTLY exactly> <OBO | BULK>]",
    {
      ...moveFacts,
      since: "8.10.0",
      arity: -5,
      complexity: "O(N) in the number of elements moved",
      summary: "Moves several elements from an end of a list to an end of another.",
    },
    lmovem,
  ),
  command("LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]", {
    since: "7.0.0",
    arity: -4,
    flags: "write movablekeys",
    effects: "said",
    acl: "list",
    keys: [{
      flags: ["RW", "access", "delete"],
      begin: { index: 1 },
      find: { countAt: 0, firstKey: 1, step: 1 },
    }],
    complexity: "O(N+M) in the numbers of keys and of elements returned",
    summary: "Removes elements from an end of the first list that exists and returns them.",
  }, lmpop),
  command("LPOP key [count]", {
    ...popFacts,
    since: "1.0.0",
    summary: "Removes the first elements of a list and returns them.",
  }, (context) => pop(context, true)),
  command("RPOP key [count]", {
    ...popFacts,
    since: "1.0.0",
    summary: "Removes the last elements of a list and returns them.",
  }, (context) => pop(context, false)),
  command("RPOPLPUSH source destination", {
    ...moveFacts,
    since: "1.2.0",
    arity: 3,
    summary: "Moves the last element of a list to the front of another.",
  }, (context) => move(context, false, true)),
];
