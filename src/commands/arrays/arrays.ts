/**
 * The array commands: https://redis.io/docs/latest/commands/?group=array
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";
import { type ArrayIndex, INDEX_LIMIT, minus, parseIndex, plus } from "../../store/arrays/index.ts";
import type { Arrays } from "../../store/arrays/arrays.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err, syntaxError, wrongArity } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { arrayToRead, indexAt } from "./arguments.ts";
import { argrep, arinfo, arop, arscan } from "./queries.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";

const command = commandsOf("array");

/** Most positions in a reply that an array may have no elements for. */
const MAX_POSITIONS = 1_000_000;

function findArray({ args, store, client }: Context): Collection | undefined {
  return store.keyspace.findCollection(client.db, args.at(1), TYPE.ARRAY);
}

function createArray({ args, store, client }: Context): Collection {
  return store.keyspace.createCollection(client.db, args.at(1), TYPE.ARRAY);
}

function changed({ args, store, client }: Context, event: string): void {
  store.keyspace.changed(client.db, args.at(1), event);
}

function arget(context: Context): void {
  const { args, reply, store } = context;
  const array = arrayToRead(context);
  const index = indexAt(args, 2);
  if (array === undefined) return reply.null();
  replyElement(store.arrays, array, index, reply);
}

function replyElement(arrays: Arrays, array: Collection, index: ArrayIndex, reply: Reply): void {
  const value = arrays.get(array, index);
  if (value === undefined) return reply.null();
  reply.value(value);
  arrays.done();
}

function armget(context: Context): void {
  const { args, reply, store } = context;
  const array = arrayToRead(context);
  for (let i = 2; i < args.count; i++) indexAt(args, i);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    if (array === undefined) reply.null();
    else replyElement(store.arrays, array, indexAt(args, i), reply);
  }
}

function arset(context: Context): void {
  const { args, reply, store } = context;
  const first = indexAt(args, 2);
  if (plus(first, args.count - 4) >= INDEX_LIMIT) throw err("array index overflow");
  const array = findArray(context) ?? createArray(context);
  let added = 0;
  for (let i = 3; i < args.count; i++) {
    if (store.arrays.set(array, plus(first, i - 3), args.at(i))) added++;
  }
  changed(context, "arset");
  reply.integer(added);
}

function armset(context: Context): void {
  const { args, reply, store } = context;
  if (args.count % 2 !== 0) throw wrongArity("armset");
  for (let i = 2; i < args.count; i += 2) indexAt(args, i);
  const array = findArray(context) ?? createArray(context);
  let added = 0;
  for (let i = 2; i < args.count; i += 2) {
    if (store.arrays.set(array, indexAt(args, i), args.at(i + 1))) added++;
  }
  changed(context, "armset");
  reply.integer(added);
}

function ardel(context: Context): void {
  const { args, reply, store, client } = context;
  for (let i = 2; i < args.count; i++) indexAt(args, i);
  const array = findArray(context);
  let deleted = 0;
  for (let i = 2; i < args.count && array !== undefined && array.length > 0; i++) {
    if (store.arrays.delete(array, indexAt(args, i))) deleted++;
  }
  if (array !== undefined && deleted > 0) {
    changed(context, "ardel");
    if (array.length === 0) store.keyspace.removeEmpty(client.db, args.at(1), array);
  }
  reply.integer(deleted);
}

function ardelrange(context: Context): void {
  const { args, reply, store, client } = context;
  const { arrays, keyspace } = store;
  if (args.count % 2 !== 0) throw wrongArity("ardelrange");
  for (let i = 2; i < args.count; i++) indexAt(args, i);
  const array = findArray(context);
  if (array === undefined) return reply.integer(0);
  const key = args.at(1);
  let deleted = 0;
  let all = false;
  for (let i = 2; i < args.count && array.length > 0 && !all; i += 2) {
    const start = indexAt(args, i);
    const end = indexAt(args, i + 1);
    const [first, last] = start <= end ? [start, end] : [end, start];
    // Without its key the elements go in the background.
    all = arrays.covers(array, first, last);
    deleted += all ? array.length : arrays.deleteRange(array, first, last);
  }
  if (deleted > 0) changed(context, "ardelrange");
  if (all) keyspace.delete(client.db, key);
  else if (array.length === 0) keyspace.removeEmpty(client.db, key, array);
  reply.integer(deleted);
}

function arlen(context: Context): void {
  const array = arrayToRead(context);
  context.reply.integer(array === undefined ? 0 : context.store.arrays.span(array));
}

function arcount(context: Context): void {
  context.reply.integer(arrayToRead(context)?.length ?? 0);
}

function argetrange(context: Context): void {
  const { args, reply, store } = context;
  const start = indexAt(args, 2);
  const end = indexAt(args, 3);
  const array = arrayToRead(context);
  const positions = plus(start <= end ? minus(end, start) : minus(start, end), 1);
  if (positions > MAX_POSITIONS) throw err(`range exceeds maximum of ${MAX_POSITIONS} items`);
  reply.array(Number(positions));
  if (array === undefined) replyNulls(reply, Number(positions));
  else replyPositions(store.arrays, array, start, end, reply);
}

/** Replies with each position from one index to another, which may be the lower one. */
function replyPositions(
  arrays: Arrays,
  array: Collection,
  from: ArrayIndex,
  to: ArrayIndex,
  reply: Reply,
): void {
  const down = from > to;
  const distance = (index: ArrayIndex) => Number(down ? minus(from, index) : minus(index, from));
  let replied = 0;
  arrays.scan(array, from, to, (index, value) => {
    const before = distance(index);
    replyNulls(reply, before - replied);
    reply.value(value);
    replied = before + 1;
    return true;
  });
  replyNulls(reply, distance(to) + 1 - replied);
}

function replyNulls(reply: Reply, count: number): void {
  for (let i = 0; i < count; i++) reply.null();
}

function arinsert(context: Context): void {
  const { args, reply, store } = context;
  const { arrays } = store;
  const found = findArray(context);
  const before = found && arrays.lastInserted(found);
  const first = before === undefined ? 0 : plus(before, 1);
  const last = plus(first, args.count - 3);
  if (last >= INDEX_LIMIT) throw err("insert index overflow");
  const array = found ?? createArray(context);
  for (let i = 2; i < args.count; i++) arrays.set(array, plus(first, i - 2), args.at(i));
  arrays.setLastInserted(array, last);
  changed(context, "arinsert");
  reply.integer(last);
}

function arring(context: Context): void {
  const { args, reply, store } = context;
  const size = int64At(args, 2);
  if (size === undefined) throw err("invalid size");
  if (size <= 0) throw err("size must be positive");
  const array = findArray(context) ?? createArray(context);
  const last = store.arrays.ring(array, size, args.count - 3, (i) => args.at(3 + i));
  changed(context, "arring");
  reply.integer(last);
}

function arnext(context: Context): void {
  const { reply, store } = context;
  const array = arrayToRead(context);
  const next = array === undefined ? 0 : store.arrays.nextInsert(array);
  if (next === undefined) reply.null();
  else reply.integer(next);
}

function arseek(context: Context): void {
  const { args, reply, store } = context;
  const { bytes, start, end } = args.at(2);
  const index = parseIndex(bytes, start, end);
  if (index === undefined) throw err("invalid array index");
  const array = findArray(context);
  if (array === undefined) return reply.integer(0);
  store.arrays.setLastInserted(array, index === 0 ? undefined : minus(index, 1));
  changed(context, "arseek");
  reply.integer(1);
}

function arlastitems(context: Context): void {
  const { args, reply, store } = context;
  const { arrays } = store;
  const count = int64At(args, 2);
  if (count === undefined) throw err("invalid COUNT");
  if (count <= 0) return reply.array(0);
  if (args.count > 4) throw wrongArity("arlastitems");
  const newestFirst = args.count === 4;
  if (newestFirst && !args.is(3, "REV")) throw syntaxError();
  const array = arrayToRead(context);
  if (array === undefined) return reply.array(0);
  const span = arrays.span(array);
  const positions = count < span ? count : span;
  if (positions > array.length && positions > MAX_POSITIONS) {
    throw err(`count exceeds maximum of ${MAX_POSITIONS} items`);
  }
  const cursor = arrays.lastInserted(array);
  const last = minus(span, 1);
  const newest = cursor === undefined || cursor > last ? last : cursor;
  // Back from the newest to 0, and on from the end, where older ones of a ring are.
  const toStart = positions <= newest ? positions : plus(newest, 1);
  const toEnd = minus(positions, toStart);
  const recent = [minus(newest, minus(toStart, 1)), newest] as const;
  const older = [minus(span, toEnd), last] as const;
  reply.array(Number(positions));
  if (newestFirst) replyPositions(arrays, array, recent[1], recent[0], reply);
  if (toEnd > 0) {
    const [from, to] = older;
    if (newestFirst) replyPositions(arrays, array, to, from, reply);
    else replyPositions(arrays, array, from, to, reply);
  }
  if (!newestFirst) replyPositions(arrays, array, recent[0], recent[1], reply);
}

/** All array commands. */
export const arrays: readonly Command[] = [
  command("ARCOUNT key", {
    since: "8.8.0",
    arity: 2,
    flags: "readonly fast",
    acl: "array",
    keys: ["1 RO access"],
    summary: "Returns the number of an array's elements.",
  }, arcount),
  command("ARDEL key index [index ...]", {
    since: "8.8.0",
    arity: -3,
    flags: "write fast",
    effects: "itself",
    acl: "array",
    keys: ["1 RW delete"],
    complexity: "O(N) in the number of indexes",
    summary: "Deletes elements of an array.",
  }, ardel),
  command("ARDELRANGE key start end [start end ...]", {
    since: "8.8.0",
    arity: -4,
    flags: "write",
    effects: "itself",
    acl: "array",
    keys: ["1 RW delete"],
    complexity: "O(N) in the number of elements in the ranges",
    summary: "Deletes the elements of one or more ranges of an array.",
  }, ardelrange),
  command("ARGET key index", {
    since: "8.8.0",
    arity: 3,
    flags: "readonly fast",
    acl: "array",
    keys: ["1 RO access"],
    summary: "Returns an element of an array.",
  }, arget),
  command("ARGETRANGE key start end", {
    since: "8.8.0",
    arity: 4,
    flags: "readonly",
    acl: "array",
    keys: ["1 RO access"],
    complexity: "O(N) in the length of the range",
    summary: "Returns every position of a range of an array, nil where there is no element.",
  }, argetrange),
  command(
    "ARGREP key start end <EXACT string | MATCH string | GLOB pattern | RE pattern [...]> [AND | OR | LIMIT limit | WITHVALUES | NOCASE [...]]",
    {
      since: "8.8.0",
      arity: -6,
      flags: "readonly",
      acl: "array",
      keys: ["1 RO access"],
      complexity: "O(N*C) in the number of elements in the range and the cost of the predicates",
      summary: "Finds the elements of a range of an array that predicates hold for.",
    },
    argrep,
  ),
  command("ARINFO key [FULL]", {
    since: "8.8.0",
    arity: -2,
    flags: "readonly",
    acl: "array",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of slices, with FULL in the number of elements",
    summary: "Returns facts about an array.",
  }, arinfo),
  command("ARINSERT key value [value ...]", {
    since: "8.8.0",
    arity: -3,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "array",
    keys: ["1 RW update"],
    complexity: "O(N) in the number of values",
    summary: "Sets the elements behind the one that was inserted last.",
  }, arinsert),
  command("ARLASTITEMS key count [REV]", {
    since: "8.8.0",
    arity: -3,
    flags: "readonly",
    acl: "array",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of elements returned",
    summary: "Returns the elements that were inserted last.",
  }, arlastitems),
  command("ARLEN key", {
    since: "8.8.0",
    arity: 2,
    flags: "readonly fast",
    acl: "array",
    keys: ["1 RO access"],
    summary: "Returns the highest index of an array plus one.",
  }, arlen),
  command("ARMGET key index [index ...]", {
    since: "8.8.0",
    arity: -3,
    flags: "readonly fast",
    acl: "array",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of indexes",
    summary: "Returns several elements of an array; nil where there is none.",
  }, armget),
  command("ARMSET key index value [index value ...]", {
    since: "8.8.0",
    arity: -4,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "array",
    keys: ["1 RW update"],
    complexity: "O(N) in the number of elements",
    summary: "Sets several elements of an array.",
  }, armset),
  command("ARNEXT key", {
    since: "8.8.0",
    arity: 2,
    flags: "readonly fast",
    acl: "array",
    keys: ["1 RO access"],
    summary: "Returns the index that ARINSERT would set next.",
  }, arnext),
  command("AROP key start end <SUM | MIN | MAX | AND | OR | XOR | MATCH value | USED>", {
    since: "8.8.0",
    arity: -5,
    flags: "readonly",
    acl: "array",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of elements in the range",
    summary: "Sums up, compares or counts the elements of a range of an array.",
  }, arop),
  command("ARRING key size value [value ...]", {
    since: "8.8.0",
    arity: -4,
    flags: "write denyoom",
    effects: "itself",
    acl: "array",
    keys: ["1 RW update"],
    complexity: "O(N) in the number of values, and in the ring's size when that changes",
    summary: "Sets the next elements of a ring, over the oldest ones when it is full.",
  }, arring),
  command("ARSCAN key start end [LIMIT limit]", {
    since: "8.8.0",
    arity: -4,
    flags: "readonly",
    acl: "array",
    keys: ["1 RO access"],
    complexity: "O(N) in the number of elements returned",
    summary: "Returns the elements of a range of an array with their indexes.",
  }, arscan),
  command("ARSEEK key index", {
    since: "8.8.0",
    arity: 3,
    flags: "write fast",
    effects: "itself",
    acl: "array",
    keys: ["1 RW update"],
    summary: "Tells where ARINSERT and ARRING go on.",
  }, arseek),
  command("ARSET key index value [value ...]", {
    since: "8.8.0",
    arity: -4,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "array",
    keys: ["1 RW update"],
    complexity: "O(N) in the number of values",
    summary: "Sets elements of an array from an index on.",
  }, arset),
];
