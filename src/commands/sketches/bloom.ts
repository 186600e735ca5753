/**
 * The commands on Bloom filters: https://redis.io/docs/latest/commands/?group=bf
 *
 * @module
 */

import { CommandError, err } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { BloomFilter, BloomOptions } from "../../store/sketches/bloom.ts";
import { linkBytes } from "../../store/sketches/bloom.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { assertArity } from "../search/module_arguments.ts";
import {
  assertFree,
  doubleAt,
  isOfType,
  notFound,
  replyPairs,
  wholeAt,
  wordAt,
} from "./arguments.ts";
import { loadchunk, scandump } from "./bloom_chunks.ts";
import { membership } from "./membership.ts";

const command = commandsOf("bf");

/** Bytes that RedisBloom has for a chain, and for each of its filters, beside their bits. */
const CHAIN_BYTES = 32, LINK_BYTES = 64;

function reserve(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4, 7);
  const error = doubleAt(args, 2);
  if (error === undefined) throw err("bad error rate");
  if (error >= 1 || error <= 0) throw err("(0 < error rate range < 1) ");
  const capacity = wholeAt(args, 3);
  if (capacity === undefined) throw err("bad capacity");
  if (capacity <= 0) throw err("(capacity should be larger than 0)");
  const isFixed = wordAt(args, "NONSCALING", 4) !== -1;
  const at = wordAt(args, "EXPANSION", 4);
  let expansion = DEFAULT_EXPANSION;
  if (at !== -1) {
    if (at + 1 === args.count) throw err("no expansion");
    if (isFixed) throw new CommandError("Nonscaling filters cannot expand");
    const given = wholeAt(args, at + 1);
    if (given === undefined) throw err("bad expansion");
    if (given < 1) throw err("expansion should be greater or equal to 1");
    expansion = Math.min(given, GREATEST_EXPANSION);
  }
  assertFree(context, TYPE.BLOOM);
  const { bloomFilters, keyspace } = store;
  const options = { error, capacity, expansion, isFixed };
  bloomFilters.changed(bloomFilters.create(client.db, args.at(1), options));
  keyspace.changed(client.db, args.at(1), "bf.reserve");
  reply.ok();
}

const DEFAULT_EXPANSION = 2;
/** The greatest expansion: what fits the format's field. */
const GREATEST_EXPANSION = 0xffffffff;

/** What a filter is like that is made by adding to it. */
function defaults(
  { store: { sketchDefaults: { bloomError, bloomCapacity, bloomExpansion } } }: Context,
) {
  return {
    error: bloomError,
    capacity: bloomCapacity,
    expansion: bloomExpansion === 0 ? DEFAULT_EXPANSION : bloomExpansion,
    isFixed: bloomExpansion === 0,
  };
}

/** Adds items from an argument on, and replies with whether each is new. */
function add(
  context: Context,
  from: number,
  options: BloomOptions | undefined,
  single: boolean,
): void {
  const { args, reply, store, client } = context;
  const { bloomFilters, keyspace } = store;
  const key = args.at(1);
  const known = bloomFilters.edit(client.db, key);
  if (known === undefined && options === undefined) throw notFound();
  const filter = known ?? bloomFilters.create(client.db, key, options!);
  // All of it before the reply: where an error is one of several replies, some readers end with it.
  const outcomes: ReturnType<BloomFilter["add"]>[] = [];
  let changed = known === undefined;
  for (let i = from; i < args.count; i++) {
    const outcome = filter.add(args.at(i));
    outcomes.push(outcome);
    if (outcome === true) changed = true;
    if (outcome === "full" || outcome === "large") break;
  }
  if (changed) {
    bloomFilters.changed(filter);
    keyspace.changed(client.db, key, "bf.add");
  }
  if (!single) reply.array(outcomes.length);
  for (const outcome of outcomes) replyAdded(reply, outcome);
}

function bfAdd(context: Context): void {
  const { args, reply, store: { bloomFilters, keyspace }, client } = context;
  assertArity(args, 3, 3);
  const key = args.at(1);
  const filter = bloomFilters.edit(client.db, key);
  if (filter === undefined) return add(context, 2, defaults(context), true);
  const outcome = filter.add(args.at(2));
  if (outcome === true) {
    bloomFilters.changed(filter);
    keyspace.changed(client.db, key, "bf.add");
  }
  replyAdded(reply, outcome);
}

function replyAdded(reply: Context["reply"], outcome: ReturnType<BloomFilter["add"]>): void {
  if (outcome === "full") reply.error("ERR non scaling filter is full");
  else if (outcome === "large") reply.error("ERR Insufficient memory to create filter");
  else reply.boolean(outcome);
}

function madd(context: Context): void {
  assertArity(context.args, 3);
  add(context, 2, defaults(context), false);
}

function insert(context: Context): void {
  const { args } = context;
  assertArity(args, 4);
  const options = { ...defaults(context), creates: true };
  let items = 0;
  for (let i = 2; i < args.count && items === 0; i++) {
    const word = letters(context, i);
    if (word.startsWith("i")) {
      items = i + 1;
    } else if (word.startsWith("e") || word.startsWith("c")) {
      if (++i === args.count) assertArity(args, Infinity);
      if (word.startsWith("er")) {
        options.error = doubleAt(args, i) ?? refuse("Bad error rate");
      } else if (word.startsWith("e")) {
        options.expansion = wholeAt(args, i) ?? refuse("Bad expansion");
      } else {
        options.capacity = wholeAt(args, i) ?? refuse("Bad capacity");
      }
    } else if (word.startsWith("n")) {
      if (word[2] === "c") options.creates = false;
      else options.isFixed = true;
    } else {
      refuse("Unknown argument received");
    }
  }
  if (items === 0 || items === args.count) assertArity(args, Infinity);
  const { error, capacity, expansion, creates } = options;
  if (!(error > 0 && error < 1) || capacity < 1 || expansion < 1) refuse("Bad argument received");
  options.expansion = Math.min(expansion, GREATEST_EXPANSION);
  add(context, items, creates ? options : undefined, false);
}

/** The first letters of a word, by which RedisBloom tells options apart. */
function letters({ args }: Context, index: number): string {
  return args.text(index).slice(0, 3).toLowerCase();
}

function refuse(message: string): never {
  throw new CommandError(message);
}

function filterOf(context: Context): BloomFilter | undefined {
  const { args, store, client } = context;
  return isOfType(context, TYPE.BLOOM) ? store.bloomFilters.read(client.db, args.at(1)) : undefined;
}

const { exists, mexists } = membership(filterOf);

function card({ args, reply, store, client }: Context): void {
  assertArity(args, 2, 2);
  reply.integer(store.bloomFilters.read(client.db, args.at(1))?.size ?? 0);
}

const INFO = ["CAPACITY", "SIZE", "FILTERS", "ITEMS", "EXPANSION"];

function info(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 2, 3);
  const filter = store.bloomFilters.read(client.db, args.at(1));
  if (filter === undefined) throw notFound();
  const pairs: [string, number | undefined][] = [
    ["Capacity", filter.capacity],
    ["Size", CHAIN_BYTES + filter.links.length * LINK_BYTES + filter.bytes],
    ["Number of filters", filter.links.length],
    ["Number of items inserted", filter.size],
    ["Expansion rate", filter.isFixed ? undefined : filter.growth],
  ];
  if (args.count === 2) return replyPairs(context, pairs);
  const one = pairs[INFO.findIndex((word) => args.is(2, word))];
  if (one === undefined) throw new CommandError("Invalid information value");
  if (reply.protocol === 3) return replyPairs(context, [one]);
  reply.array(1);
  if (one[1] === undefined) reply.null();
  else reply.integer(one[1]);
}

function debug({ args, reply, store, client }: Context): void {
  assertArity(args, 2, 2);
  const filter = store.bloomFilters.read(client.db, args.at(1));
  if (filter === undefined) throw notFound();
  reply.array(1 + filter.links.length);
  reply.text(`size:${filter.size}`);
  for (const link of filter.links) {
    const { bits, hashes, entries, size, error } = link;
    reply.text(
      `bytes:${linkBytes(link)} bits:${bits} hashes:${hashes} hashwidth:64 capacity:${entries} ` +
        `size:${size} ratio:${shortest(error)}`,
    );
  }
}

/** A part of one with six digits, as C's `%g` writes it. */
function shortest(value: number): string {
  const text = Number(value.toPrecision(6));
  if (text >= 1e-4) return String(text);
  const [digits, exponent = ""] = text.toExponential().split("e-");
  return `${digits}e-${exponent.padStart(2, "0")}`;
}

/** All commands on Bloom filters. */
export const bloom: readonly Command[] = [
  command("BF.RESERVE key error_rate capacity [EXPANSION expansion] [NONSCALING]", {
    since: "1.0.0",
    arity: -1,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "bloom",
    keys: ["1 RW access update"],
    summary: "Makes an empty Bloom filter.",
  }, reserve),
  command("BF.ADD key item", {
    since: "1.0.0",
    arity: -1,
    flags: "write denyoom",
    effects: "itself",
    acl: "bloom",
    keys: ["1 RW access update"],
    complexity: "O(k) in the hash functions of the filter",
    summary: "Adds an item to a Bloom filter, which is made if it is not there.",
  }, bfAdd),
  command("BF.MADD key item [item ...]", {
    since: "1.0.0",
    arity: -1,
    flags: "write denyoom",
    effects: "itself",
    acl: "bloom",
    keys: ["1 RW access update"],
    complexity: "O(k * N) for N items and k hash functions",
    summary: "Adds items to a Bloom filter, which is made if it is not there.",
  }, madd),
  command(
    "BF.INSERT key [CAPACITY capacity] [ERROR error] [EXPANSION expansion] [NOCREATE] [NONSCALING] " +
      "ITEMS item [item ...]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write denyoom",
      effects: "itself",
      acl: "bloom",
      keys: ["1 RW access update"],
      complexity: "O(k * N) for N items and k hash functions",
      summary: "Adds items to a Bloom filter, which is made as it is said if it is not there.",
    },
    insert,
  ),
  command("BF.EXISTS key item", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "bloom",
    keys: ["1 RO access"],
    complexity: "O(k) in the hash functions of the filter",
    summary: "Tells whether an item was added to a Bloom filter, or seems to have been.",
  }, exists),
  command("BF.MEXISTS key item [item ...]", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "bloom",
    keys: ["1 RO access"],
    complexity: "O(k * N) for N items and k hash functions",
    summary: "Tells of items whether they were added to a Bloom filter, or seem to have been.",
  }, mexists),
  command("BF.CARD key", {
    since: "2.4.4",
    arity: -1,
    flags: "readonly fast",
    acl: "bloom",
    keys: ["1 RO access"],
    summary: "Returns how many items a Bloom filter has counted as new.",
  }, card),
  command("BF.INFO key [CAPACITY | SIZE | FILTERS | ITEMS | EXPANSION]", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "bloom",
    keys: ["1 RO access"],
    summary: "Tells what a Bloom filter is like.",
  }, info),
  command("BF.SCANDUMP key iterator", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly",
    acl: "bloom write",
    keys: ["1 RO access"],
    complexity: "O(N) in the capacity",
    summary: "Returns a Bloom filter piece by piece, for BF.LOADCHUNK.",
  }, scandump),
  command("BF.LOADCHUNK key iterator data", {
    since: "1.0.0",
    arity: -1,
    flags: "write denyoom",
    effects: "itself",
    acl: "bloom",
    keys: ["1 RW access update"],
    complexity: "O(N) in the capacity",
    summary: "Takes a piece that BF.SCANDUMP returned.",
  }, loadchunk),
  command("BF.DEBUG key", {
    since: "1.0.0",
    arity: -1,
    flags: "readonly fast",
    acl: "bloom",
    keys: ["1 RO access"],
    complexity: "O(N) in the filters of the chain",
    summary: "Tells what each filter of a chain is like.",
  }, debug),
];
