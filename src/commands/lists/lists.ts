/**
 * The list commands: https://redis.io/docs/latest/commands/?group=list
 *
 * @module
 */

import type { Collection } from "../../store/collections/collection.ts";
import { err, noSuchKey, syntaxError } from "../../store/values/errors.ts";
import { INT64_MAX } from "../../store/values/integers.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { listMoves } from "./moves.ts";
import { int64At, integerAt, positionAt } from "../table/options.ts";

const command = commandsOf("list");

/** The list at argument 1, to be read; undefined if there is none. @throws {CommandError} */
function listToRead({ args, store, client }: Context): Collection | undefined {
  // What is known of the list and its elements come from one snapshot.
  store.engine.read();
  return store.keyspace.readCollection(client.db, args.at(1), TYPE.LIST);
}

/** The list at argument 1, to be changed; undefined if there is none. @throws {CommandError} */
function listToChange({ args, store, client }: Context): Collection | undefined {
  return store.keyspace.findCollection(client.db, args.at(1), TYPE.LIST);
}

/** The index from 0 of one that may count from the end, or undefined if no element has it. */
function indexIn(list: Collection, index: number): number | undefined {
  const counted = index < 0 ? list.length + index : index;
  return counted >= 0 && counted < list.length ? counted : undefined;
}

/** The first index and the number of elements of a range whose ends may count from the end. */
function rangeIn(list: Collection, start: number, stop: number): [first: number, count: number] {
  const first = Math.max(0, start < 0 ? list.length + start : start);
  const last = Math.min(list.length - 1, stop < 0 ? list.length + stop : stop);
  return [first, Math.max(0, last - first + 1)];
}

function push(context: Context, left: boolean, onlyExisting: boolean): void {
  const { args, reply, store, client } = context;
  const { keyspace, lists } = store;
  const key = args.at(1);
  let list = listToChange(context);
  if (list === undefined) {
    if (onlyExisting) return reply.integer(0);
    list = keyspace.createCollection(client.db, key, TYPE.LIST);
  }
  for (let i = 2; i < args.count; i++) lists.push(list, args.at(i), left);
  keyspace.changed(client.db, key, left ? "lpush" : "rpush");
  reply.integer(list.length);
}

function llen({ args, reply, store, client }: Context): void {
  reply.integer(store.keyspace.readCollection(client.db, args.at(1), TYPE.LIST)?.length ?? 0);
}

function lrange(context: Context): void {
  const { args, reply, store } = context;
  const start = positionAt(args, 2), stop = positionAt(args, 3);
  const list = listToRead(context);
  if (list === undefined) return reply.array(0);
  const [first, count] = rangeIn(list, start, stop);
  reply.array(count);
  if (count === 0) return;
  const bulks = store.lists.bulks(list, first, count);
  if (bulks !== undefined) reply.bulks(bulks.bytes, bulks.start, bulks.end);
  else store.lists.each(list, first, count, (value) => reply.value(value));
}

function lindex(context: Context): void {
  const { args, reply, store } = context;
  const list = listToRead(context);
  if (list === undefined) return reply.null();
  const index = indexIn(list, positionAt(args, 2));
  if (index === undefined) return reply.null();
  store.lists.element(list, index, (value) => reply.value(value));
}

function lset(context: Context): void {
  const { args, reply, store, client } = context;
  const list = listToChange(context);
  if (list === undefined) throw noSuchKey();
  const index = indexIn(list, positionAt(args, 2));
  if (index === undefined) throw err("index out of range");
  store.lists.set(list, index, args.at(3));
  store.keyspace.changed(client.db, args.at(1), "lset");
  reply.ok();
}

function linsert(context: Context): void {
  const { args, reply, store, client } = context;
  const before = args.is(2, "BEFORE");
  if (!before && !args.is(2, "AFTER")) throw syntaxError();
  const list = listToChange(context);
  if (list === undefined) return reply.integer(0);
  if (!store.lists.insert(list, before, args.at(3), args.at(4))) return reply.integer(-1);
  store.keyspace.changed(client.db, args.at(1), "linsert");
  reply.integer(list.length);
}

function lrem(context: Context): void {
  const { args, reply, store, client } = context;
  const count = signedAt(args, 2);
  const list = listToChange(context);
  if (list === undefined) return reply.integer(0);
  const limit = count === 0 ? list.length : Math.abs(count);
  const removed = store.lists.remove(list, args.at(3), count >= 0, limit);
  if (removed > 0) {
    store.keyspace.changed(client.db, args.at(1), "lrem");
    if (list.length === 0) store.keyspace.removeEmpty(client.db, args.at(1), list);
  }
  reply.integer(removed);
}

function ltrim(context: Context): void {
  const { args, reply, store, client } = context;
  const { keyspace, lists } = store;
  const key = args.at(1);
  const start = positionAt(args, 2), stop = positionAt(args, 3);
  const list = listToChange(context);
  reply.ok();
  if (list === undefined) return;
  const { length } = list;
  const [first, count] = rangeIn(list, start, stop);
  if (count > 0) {
    lists.drop(list, false, list.length - first - count);
    lists.drop(list, true, first);
  }
  // Redis tells of it where it takes nothing away, too, which is no change.
  if (count < length) keyspace.changed(client.db, key, "ltrim");
  else store.engine.changes.addByItself(client.db, key, "ltrim");
  // The elements go with the key.
  if (count === 0) keyspace.removeEmpty(client.db, key, list);
}

/** An integer whose sign may be turned: the least one has no opposite. @throws {CommandError} */
function signedAt(args: Context["args"], index: number): number {
  if (integerAt(args, index) < -INT64_MAX) {
    throw err(`value is out of range, value must between ${-INT64_MAX} and ${INT64_MAX}`);
  }
  return positionAt(args, index);
}

const rankIsZero = "RANK can't be zero: use 1 to start from the first match, 2 from the second " +
  "... or use negative to start from the end of the list";

function lpos(context: Context): void {
  const { args, reply, store } = context;
  let rank = 1;
  let count: number | undefined;
  let most = 0;
  for (let i = 3; i < args.count; i += 2) {
    if (i + 1 === args.count) throw syntaxError();
    if (args.is(i, "RANK")) {
      rank = signedAt(args, i + 1);
      if (rank === 0) throw err(rankIsZero);
    } else if (args.is(i, "COUNT")) {
      count = naturalAt(context, i + 1, "COUNT");
    } else if (args.is(i, "MAXLEN")) {
      most = naturalAt(context, i + 1, "MAXLEN");
    } else {
      throw syntaxError();
    }
  }
  const list = listToRead(context);
  if (list === undefined) return count === undefined ? reply.null() : reply.array(0);
  const { length } = list;
  const skipped = Math.abs(rank) - 1;
  const limit = count === 0 ? length : Math.min(length, skipped + (count ?? 1));
  const looked = most === 0 ? length : Math.min(length, most);
  const matches = store.lists.indexesOf(list, args.at(2), rank > 0, looked, limit).slice(skipped);
  if (count === undefined) {
    if (matches.length === 0) reply.null();
    else reply.integer(matches[0]!);
    return;
  }
  reply.array(matches.length);
  for (const index of matches) reply.integer(index);
}

/** The value of an LPOS option that cannot be negative. @throws {CommandError} */
function naturalAt({ args }: Context, index: number, option: string): number {
  const value = int64At(args, index);
  if (value === undefined || value < 0) throw err(`${option} can't be negative`);
  return positionAt(args, index);
}

const pushFacts = {
  arity: -3,
  flags: "write denyoom fast",
  effects: "itself",
  acl: "list",
  keys: ["1 RW insert"],
  complexity: "O(1) for each element added",
} as const;

/** All list commands but the blocking ones. */
export const lists: readonly Command[] = [
  command("LINDEX key index", {
    since: "1.0.0",
    arity: 3,
    flags: "readonly",
    acl: "list",
    keys: ["1 RO access"],
    complexity: "O(log N), whatever the index",
    summary: "Returns the element of an index.",
  }, lindex),
  command("LINSERT key <BEFORE | AFTER> pivot element", {
    since: "2.2.0",
    arity: 5,
    flags: "write denyoom",
    effects: "itself",
    acl: "list",
    keys: ["1 RW insert"],
    complexity: "O(N) in the number of elements before the pivot",
    summary: "Inserts an element before or after another.",
  }, linsert),
  command("LLEN key", {
    since: "1.0.0",
    arity: 2,
    flags: "readonly fast",
    acl: "list",
    keys: ["1 RO"],
    summary: "Returns the number of a list's elements.",
  }, llen),
  ...listMoves,
  command("LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]", {
    since: "6.0.6",
    arity: -3,
    flags: "readonly",
    acl: "list",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of elements looked at",
    summary: "Returns the indexes of elements that are the same as a given one.",
  }, lpos),
  command("LPUSH key element [element ...]", {
    ...pushFacts,
    since: "1.0.0",
    summary: "Adds elements to the front of a list, making it if need be.",
  }, (context) => push(context, true, false)),
  command("LPUSHX key element [element ...]", {
    ...pushFacts,
    since: "2.2.0",
    summary: "Adds elements to the front of a list that exists.",
  }, (context) => push(context, true, true)),
  command("LRANGE key start stop", {
    since: "1.0.0",
    arity: 4,
    flags: "readonly",
    acl: "list",
    keys: ["1 RO access"],
    complexity: "O(log N + M) in the numbers of the list's elements and of those returned",
    summary: "Returns a range of a list's elements.",
  }, lrange),
  command("LREM key count element", {
    since: "1.0.0",
    arity: 4,
    flags: "write",
    effects: "itself",
    acl: "list",
    keys: ["1 RW delete"],
    complexity: "O(N) in the number of the list's elements",
    summary: "Removes elements that are the same as a given one.",
  }, lrem),
  command("LSET key index element", {
    since: "1.0.0",
    arity: 4,
    flags: "write denyoom",
    effects: "itself",
    acl: "list",
    keys: ["1 RW update"],
    complexity: "O(log N), whatever the index",
    summary: "Replaces the element of an index.",
  }, lset),
  command("LTRIM key start stop", {
    since: "1.0.0",
    arity: 4,
    flags: "write",
    effects: "itself",
    acl: "list",
    keys: ["1 RW delete"],
    complexity: "O(N) in the number of elements removed",
    summary: "Removes all elements outside a range.",
  }, ltrim),
  command("RPUSH key element [element ...]", {
    ...pushFacts,
    since: "1.0.0",
    summary: "Adds elements to the end of a list, making it if need be.",
  }, (context) => push(context, false, false)),
  command("RPUSHX key element [element ...]", {
    ...pushFacts,
    since: "2.2.0",
    summary: "Adds elements to the end of a list that exists.",
  }, (context) => push(context, false, true)),
];
