/**
 * The commands on top-k lists: https://redis.io/docs/latest/commands/?group=topk
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import type { TopKList } from "../../store/sketches/top_k.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { assertArity } from "../search/module_arguments.ts";
import { doubleAt, isFree, wholeAt } from "./arguments.ts";

const command = commandsOf("topk");

/** What a list is like if nothing else is said. */
const DEFAULTS = { width: 8, depth: 7, decay: 0.9 };
/** The greatest width, depth and number of items that the format has a field for. */
const GREATEST = 0xffffffff;
/** The greatest increment: it may cost as many dice. */
const GREATEST_INCREMENT = 100_000;

const refused = (words: string) => new CommandError(`TopK: ${words}`);

function sizeAt({ args }: Context, index: number, name: string): number {
  const size = wholeAt(args, index);
  if (size === undefined || size < 1 || size > GREATEST) throw refused(`invalid ${name}`);
  return size;
}

function reserve(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count !== 3) assertArity(args, 6, 6);
  if (!isFree(context)) throw refused("key already exists");
  const k = sizeAt(context, 2, "k");
  let facts = { k, ...DEFAULTS };
  if (args.count === 6) {
    const width = sizeAt(context, 3, "width"), depth = sizeAt(context, 4, "depth");
    const decay = doubleAt(args, 5);
    if (decay === undefined || !(decay > 0 && decay <= 1)) {
      throw refused("invalid decay value. must be '<= 1' & '> 0'");
    }
    facts = { k, width, depth, decay };
  }
  const { topKLists, keyspace } = store;
  topKLists.changed(topKLists.create(client.db, args.at(1), facts));
  keyspace.changed(client.db, args.at(1), "topk.reserve");
  reply.ok();
}

function listToChange({ args, store, client }: Context): TopKList {
  const list = store.topKLists.edit(client.db, args.at(1));
  if (list === undefined) throw refused("key does not exist");
  return list;
}

function listOf({ args, store, client }: Context): TopKList {
  const list = store.topKLists.read(client.db, args.at(1));
  if (list === undefined) throw refused("key does not exist");
  return list;
}

function changed({ args, store, client }: Context, list: TopKList): void {
  store.topKLists.changed(list);
  store.keyspace.changed(client.db, args.at(1), "topk.add");
}

function replyExpelled({ reply }: Context, item: Uint8Array | undefined): void {
  if (item === undefined) reply.null();
  else reply.bulk(item);
}

function add(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 3);
  const list = listToChange(context);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) replyExpelled(context, list.add(args.at(i), 1));
  changed(context, list);
}

function incrby(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 4);
  if (args.count % 2 === 1) assertArity(args, Infinity);
  const list = listToChange(context);
  // All of it before the reply: where an error is one of several replies, some readers end with it.
  const expelled: (Uint8Array | undefined)[] = [];
  let refuses = false;
  for (let i = 2; i < args.count && !refuses; i += 2) {
    const increment = int64At(args, i + 1);
    refuses = increment === undefined || increment < 0 || increment > GREATEST_INCREMENT;
    // Those before it stay added.
    if (!refuses) expelled.push(list.add(args.at(i), Number(increment)));
  }
  changed(context, list);
  reply.array(expelled.length + (refuses ? 1 : 0));
  for (const item of expelled) replyExpelled(context, item);
  if (!refuses) return;
  reply.error(
    "TopK: increment must be an integer greater or equal to 0" +
      "                            and smaller or equal to 100,000",
  );
}

function query(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 3);
  const list = listOf(context);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.boolean(list.has(args.at(i)));
}

function count(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 3);
  const list = listOf(context);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.integer(list.count(args.at(i)));
}

function topKList(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 2, 3);
  const withCount = args.count === 3;
  if (withCount && !args.is(2, "WITHCOUNT")) {
    throw new CommandError("WITHCOUNT keyword expected");
  }
  const items = listOf(context).list();
  reply.array(items.length * (withCount ? 2 : 1));
  for (const { item, count } of items) {
    reply.bulk(item);
    if (withCount) reply.integer(count);
  }
}

function info(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 2, 2);
  const { k, width, depth, decay } = listOf(context);
  reply.map(4);
  for (const [name, value] of [["k", k], ["width", width], ["depth", depth]] as const) {
    reply.status(name);
    reply.integer(value);
  }
  reply.status("decay");
  reply.double(decay);
}

const WRITES = {
  since: "2.0.0",
  arity: -1,
  flags: "write denyoom",
  effects: "itself",
  acl: "topk",
  keys: ["1 RW access update"],
} as const;
const READS = {
  since: "2.0.0",
  arity: -1,
  flags: "readonly",
  acl: "topk",
  keys: ["1 RO access"],
} as const;

/** All commands on top-k lists. */
export const topK: readonly Command[] = [
  command("TOPK.RESERVE key topk [width depth decay]", {
    ...WRITES,
    flags: "write denyoom fast",
    summary: "Makes an empty top-k list.",
  }, reserve),
  command("TOPK.ADD key items [items ...]", {
    ...WRITES,
    complexity: "O(N * k) for N items and k rows",
    summary: "Adds items to a top-k list, and returns those that leave it.",
  }, add),
  command("TOPK.INCRBY key item increment [item increment ...]", {
    ...WRITES,
    complexity: "O(N * k * I) for N items, k rows and an increment of I",
    summary: "Adds items to a top-k list so many times, and returns those that leave it.",
  }, incrby),
  command("TOPK.QUERY key item [item ...]", {
    ...READS,
    complexity: "O(N) in the items",
    summary: "Tells of items whether they are among those that were added most often.",
  }, query),
  command("TOPK.COUNT key item [item ...]", {
    ...READS,
    complexity: "O(N) in the items",
    summary: "Returns how often items were added, or less.",
  }, count),
  command("TOPK.LIST key [WITHCOUNT]", {
    ...READS,
    complexity: "O(k) in the items of the list",
    summary: "Returns the items that were added most often.",
  }, topKList),
  command("TOPK.INFO key", {
    ...READS,
    flags: "readonly fast",
    summary: "Tells what a top-k list is like.",
  }, info),
];
