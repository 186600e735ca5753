/**
 * The commands on count-min sketches: https://redis.io/docs/latest/commands/?group=cms
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import { type CountMinSketch, GREATEST_COUNT } from "../../store/sketches/count_min.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { assertArity } from "../search/module_arguments.ts";
import { doubleAt, isFree, replyPairs, wholeAt, wordAt } from "./arguments.ts";

const command = commandsOf("cms");

/** An error in RedisBloom's words, which have no code. */
const refused = (words: string) => new CommandError(`CMS: ${words}`);

function create(context: Context, size: () => { width: number; depth: number }): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4, 4);
  if (!isFree(context)) throw refused("key already exists");
  const { width, depth } = size();
  if (width < 1 || depth < 1 || width * depth >= 2 ** 63) throw refused("invalid init arguments");
  const { countMinSketches, keyspace } = store;
  countMinSketches.changed(
    countMinSketches.create(client.db, args.at(1), { width, depth, count: 0n }),
  );
  keyspace.changed(client.db, args.at(1), "cms.init");
  reply.ok();
}

function initbydim(context: Context): void {
  const { args } = context;
  create(context, () => {
    const width = wholeAt(args, 2);
    if (width === undefined || width < 1) throw refused("invalid width");
    const depth = wholeAt(args, 3);
    if (depth === undefined || depth < 1) throw refused("invalid depth");
    return { width, depth };
  });
}

function initbyprob(context: Context): void {
  const { args } = context;
  create(context, () => {
    const error = doubleAt(args, 2);
    if (error === undefined || error <= 0 || error >= 1) {
      throw refused("invalid overestimation value");
    }
    const probability = doubleAt(args, 3);
    if (probability === undefined || probability <= 0 || probability >= 1) {
      throw refused("invalid prob value");
    }
    // Logarithms of 32 bits, as RedisBloom has them.
    const logarithm = (value: number) => Math.fround(Math.log10(Math.fround(value)));
    return {
      width: Math.ceil(2 / error),
      depth: Math.ceil(Math.fround(logarithm(probability) / logarithm(0.5))),
    };
  });
}

/** The sketch of a key for a command that changes it. @throws {CommandError} If there is none. */
function sketchToChange({ args, store, client }: Context): CountMinSketch {
  const sketch = store.countMinSketches.edit(client.db, args.at(1));
  if (sketch === undefined) throw refused("key does not exist");
  return sketch;
}

function sketchOf({ store, client }: Context, key: Slice): CountMinSketch {
  const sketch = store.countMinSketches.read(client.db, key);
  if (sketch === undefined) throw refused("key does not exist");
  return sketch;
}

function incrby(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4);
  if (args.count % 2 === 1) assertArity(args, Infinity);
  const sketch = sketchToChange(context);
  for (let i = 3; i < args.count; i += 2) {
    const increment = int64At(args, i);
    if (increment === undefined) throw refused("Cannot parse number");
    if (increment < 0) throw refused("Number cannot be negative");
  }
  // All of it before the reply: where an error is one of several replies, some readers end with it.
  const counts: number[] = [];
  let changed = false;
  for (let i = 2; i < args.count; i += 2) {
    const increment = int64At(args, i + 1) ?? 0;
    counts.push(sketch.add(args.at(i), increment));
    changed ||= increment > 0;
  }
  if (changed) {
    store.countMinSketches.changed(sketch);
    store.keyspace.changed(client.db, args.at(1), "cms.incrby");
  }
  reply.array(counts.length);
  for (const count of counts) {
    if (count === GREATEST_COUNT) reply.error("CMS: INCRBY overflow");
    else reply.integer(count);
  }
}

function query(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 3);
  const sketch = sketchOf(context, args.at(1));
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) reply.integer(sketch.of(args.at(i)));
}

function merge(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4);
  const target = sketchToChange(context);
  const count = wholeAt(args, 2);
  if (count === undefined) throw refused("invalid numkeys");
  if (count <= 0) throw refused("Number of keys must be positive");
  const weightsAt = wordAt(args, "WEIGHTS", 3);
  if (weightsAt === -1) {
    if (count !== args.count - 3) throw refused("wrong number of keys");
  } else if (weightsAt !== count + 3 || args.count !== 4 + 2 * count) {
    throw refused("wrong number of keys/weights");
  }
  const sources: CountMinSketch[] = [], weights: bigint[] = [];
  for (let i = 0; i < count; i++) {
    const weight = weightsAt === -1 ? 1 : int64At(args, weightsAt + 1 + i);
    if (weight === undefined) throw refused("invalid weight value");
    const source = sketchOf(context, args.at(3 + i));
    if (source.width !== target.width || source.depth !== target.depth) {
      throw refused("width/depth is not equal");
    }
    sources.push(source);
    weights.push(BigInt(weight));
  }
  if (!target.merge(sources, weights)) throw refused("MERGE overflow");
  store.countMinSketches.changed(target);
  store.keyspace.changed(client.db, args.at(1), "cms.merge");
  reply.ok();
}

function info(context: Context): void {
  const { args } = context;
  assertArity(args, 2, 2);
  const { width, depth, count } = sketchOf(context, args.at(1));
  replyPairs(context, [["width", width], ["depth", depth], ["count", count]]);
}

const WRITES = {
  since: "2.0.0",
  arity: -1,
  flags: "write denyoom",
  effects: "itself",
  acl: "cms",
  keys: ["1 RW access update"],
} as const;
const READS = {
  since: "2.0.0",
  arity: -1,
  flags: "readonly",
  acl: "cms",
  keys: ["1 RO access"],
} as const;

/** All commands on count-min sketches. */
export const countMin: readonly Command[] = [
  command("CMS.INITBYDIM key width depth", {
    ...WRITES,
    flags: "write denyoom fast",
    summary: "Makes a count-min sketch of so many counters and rows.",
  }, initbydim),
  command("CMS.INITBYPROB key error probability", {
    ...WRITES,
    flags: "write denyoom fast",
    summary: "Makes a count-min sketch that errs so much so often.",
  }, initbyprob),
  command("CMS.INCRBY key item increment [item increment ...]", {
    ...WRITES,
    complexity: "O(N) in the items",
    summary: "Adds to the counts of items.",
  }, incrby),
  command("CMS.QUERY key item [item ...]", {
    ...READS,
    complexity: "O(N) in the items",
    summary: "Returns the counts of items, or more.",
  }, query),
  command("CMS.MERGE destination numKeys source [source ...] [WEIGHTS weight [weight ...]]", {
    ...WRITES,
    keys: ["1 OW update", {
      flags: ["RO", "access"],
      begin: { index: 2 },
      find: { countAt: 0, firstKey: 1, step: 1 },
    }],
    complexity: "O(N) in the sketches",
    summary: "Makes a count-min sketch the sum of others.",
  }, merge),
  command("CMS.INFO key", {
    ...READS,
    flags: "readonly fast",
    summary: "Tells what a count-min sketch is like.",
  }, info),
];
