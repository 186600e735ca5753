/**
 * The commands on t-digests: https://redis.io/docs/latest/commands/?group=tdigest
 *
 * What is told of a digest is told when its nodes are merged. As in Redis that is kept, where it can be at
 * once, though the commands only read.
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import {
  distribution,
  quantile,
  Quantiles,
  trimmedMean,
} from "../../store/sketches/digest_estimates.ts";
import { Digest, isPossible, tooLarge } from "../../store/sketches/t_digest.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { assertArity } from "../search/module_arguments.ts";
import { doubleAt, replyPairs, wholeAt, wordAt } from "./arguments.ts";

const command = commandsOf("tdigest");

const DEFAULT_COMPRESSION = 100;

const refused = (words: string) => err(`T-Digest: ${words}`);
const missing = () => refused("key does not exist");

function compressionAt({ args }: Context, index: number): number {
  const compression = wholeAt(args, index);
  if (compression === undefined) throw refused("error parsing compression parameter");
  if (compression <= 0) throw refused("compression parameter needs to be a positive integer");
  return compression;
}

function create(context: Context): void {
  const { args, reply, store, client } = context;
  if (args.count !== 2) assertArity(args, 4, 4);
  const { tDigests, keyspace } = store;
  const key = args.at(1);
  if (tDigests.edit(client.db, key) !== undefined) throw refused("key already exists");
  let compression = DEFAULT_COMPRESSION;
  if (args.count === 4) {
    if (wordAt(args, "COMPRESSION", 2) === -1) throw refused("wrong keyword");
    compression = compressionAt(context, 3);
  }
  if (!isPossible(compression)) throw tooLarge();
  tDigests.changed(tDigests.create(client.db, key, new Digest(compression)));
  keyspace.changed(client.db, key, "tdigest.create");
  reply.ok();
}

function reset({ args, reply, store, client }: Context): void {
  assertArity(args, 2, 2);
  const { tDigests, keyspace } = store;
  const found = tDigests.edit(client.db, args.at(1));
  if (found === undefined) throw missing();
  found.digest.reset();
  tDigests.changed(found);
  keyspace.changed(client.db, args.at(1), "tdigest.reset");
  reply.ok();
}

function add({ args, reply, store, client }: Context): void {
  assertArity(args, 3);
  const { tDigests, keyspace } = store;
  const found = tDigests.edit(client.db, args.at(1));
  if (found === undefined) throw missing();
  for (let i = 2; i < args.count; i++) {
    const value = doubleAt(args, i);
    if (value === undefined) throw refused("error parsing val parameter");
    if (!Number.isFinite(value)) throw refused("val parameter needs to be a finite number");
  }
  const { digest } = found;
  let fits = true;
  for (let i = 2; i < args.count && fits; i++) fits = digest.add(doubleAt(args, i) ?? 0, 1);
  tDigests.changed(found);
  keyspace.changed(client.db, args.at(1), "tdigest.add");
  if (fits) reply.ok();
  else reply.error("ERR T-Digest: overflow detected");
}

function merge(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 4);
  const { tDigests, keyspace } = store;
  const key = args.at(1);
  const before = tDigests.edit(client.db, key);
  const count = wholeAt(args, 2);
  if (count === undefined) throw refused("error parsing numkeys");
  if (count <= 0) throw refused("numkeys needs to be a positive integer");
  if (count > args.count - 3) assertArity(args, Infinity);
  const rest = 3 + count;
  const compressionWord = wordAt(args, "COMPRESSION", rest);
  const overrides = wordAt(args, "OVERRIDE", rest) !== -1;
  let compression: number | undefined;
  if (compressionWord !== -1) {
    if (compressionWord + 1 === args.count) assertArity(args, Infinity);
    compression = compressionAt(context, compressionWord + 1);
  } else if (rest < args.count && !overrides) {
    throw refused("wrong keyword");
  }
  const sources = [];
  for (let i = 3; i < rest; i++) {
    const source = tDigests.edit(client.db, args.at(i));
    if (source === undefined) throw missing();
    sources.push(source);
  }
  compression ??= before !== undefined && !overrides
    ? before.digest.compression
    : Math.max(...sources.map(({ digest }) => digest.compression));
  if (!isPossible(compression)) throw refused("allocation of destination digest failed");
  // Copies, for what cannot be done is to leave everything as it was.
  const merged = new Digest(compression);
  const parts = new Map([before, ...sources].map((part) => [part, part?.digest.copy()]));
  let fits = true;
  for (const part of [...overrides ? [] : [before], ...sources]) {
    const digest = parts.get(part);
    if (digest !== undefined) fits &&= merged.merge(digest);
  }
  if (!fits) throw refused("overflow detected");
  for (const source of new Set(sources)) {
    const digest = parts.get(source);
    if (source === before || digest === undefined || source.digest.unmerged === 0) continue;
    source.digest.assign(digest);
    tDigests.changed(source);
  }
  if (before === undefined) {
    tDigests.changed(tDigests.create(client.db, key, merged));
  } else {
    before.digest = merged;
    tDigests.changed(before);
  }
  keyspace.changed(client.db, key, "tdigest.merge");
  reply.ok();
}

/** The digest of a key as it is. @throws {CommandError} If there is none. */
function digestOf({ args, store, client }: Context): Digest {
  const found = store.tDigests.read(client.db, args.at(1));
  if (found === undefined) throw missing();
  return found.digest;
}

/** A digest with its nodes merged, which is kept if that can be at once. */
function mergedOf(context: Context, digest: Digest): Digest {
  if (digest.unmerged === 0) return digest;
  const { args, store, client } = context;
  const { engine, tDigests, keyspace } = store;
  // What a transaction has read so far must not change: EXEC has asked for the lock, or had none.
  const mayWrite = engine.writing || !client.performing && !engine.follows && store.tryWrite();
  const key = args.at(1);
  // Looked for anew: with the lock may have come another process's change.
  const type = mayWrite ? keyspace.find(client.db, key, true) : TYPE.NONE;
  const found = type === TYPE.T_DIGEST ? tDigests.edit(client.db, key) : undefined;
  if (found === undefined) {
    const copy = digest.copy();
    copy.compress();
    return copy;
  }
  if (found.digest.unmerged > 0) {
    found.digest.compress();
    tDigests.changed(found);
    keyspace.changed(client.db, key, "tdigest.compress");
    if (engine.effects.active) engine.effects.say(client.db, "TDIGEST.QUANTILE", key, "0.5");
  }
  return found.digest;
}

function extreme(context: Context, which: "min" | "max"): void {
  assertArity(context.args, 2, 2);
  const digest = digestOf(context);
  context.reply.double(digest.size > 0 ? digest[which] : NaN);
}

/** The numbers from an argument on. @throws {CommandError} If one is none, in these words. */
function numbersFrom({ args }: Context, from: number, words: string): number[] {
  const numbers: number[] = [];
  for (let i = from; i < args.count; i++) {
    const number = doubleAt(args, i);
    if (number === undefined) throw refused(words);
    numbers.push(number);
  }
  return numbers;
}

function replyDoubles({ reply }: Context, values: readonly number[]): void {
  reply.array(values.length);
  for (const value of values) reply.double(value);
}

function quantiles(context: Context): void {
  assertArity(context.args, 3);
  const digest = digestOf(context);
  const wanted = numbersFrom(context, 2, "error parsing quantile");
  if (wanted.some((each) => each < 0 || each > 1)) throw refused("quantile should be in [0,1]");
  const merged = mergedOf(context, digest);
  let run = new Quantiles(merged);
  replyDoubles(
    context,
    wanted.map((each, i) => {
      // What is not in ascending order begins from the start again.
      if (i > 0 && each < wanted[i - 1]!) run = new Quantiles(merged);
      return run.at(each);
    }),
  );
}

function cdf(context: Context): void {
  assertArity(context.args, 3);
  const digest = digestOf(context);
  const values = numbersFrom(context, 2, "error parsing cdf");
  const merged = mergedOf(context, digest);
  replyDoubles(context, values.map((value) => distribution(merged, value)));
}

/** Rounds to the nearest integer, a half towards zero. */
const halfDown = (value: number) => value >= 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5);

/** Rounds to the nearest integer, a half away from zero. */
const halfUp = (value: number) => value >= 0 ? Math.floor(value + 0.5) : Math.ceil(value - 0.5);

function ranks(context: Context, reverse: boolean): void {
  const { args, reply } = context;
  assertArity(args, 3);
  let digest = digestOf(context);
  const values = numbersFrom(context, 2, "error parsing value");
  const { size, min, max } = digest;
  const found = values.map((value) => {
    if (size === 0) return -2;
    if (value < min) return reverse ? size : -1;
    if (value > max) return reverse ? -1 : size;
    digest = mergedOf(context, digest);
    const before = distribution(digest, value) * size;
    return reverse ? halfUp(size - halfUp(before)) : halfDown(before);
  });
  reply.array(found.length);
  for (const rank of found) reply.integer(rank);
}

function byRank(context: Context, reverse: boolean): void {
  const { args } = context;
  assertArity(args, 3);
  let digest = digestOf(context);
  const wanted: number[] = [];
  for (let i = 2; i < args.count; i++) {
    const rank = wholeAt(args, i);
    if (rank === undefined) throw refused("error parsing rank");
    if (rank < 0) throw refused("rank needs to be non negative");
    wanted.push(rank);
  }
  const { size, min, max } = digest;
  replyDoubles(
    context,
    wanted.map((rank) => {
      if (size === 0) return NaN;
      if (rank === 0) return reverse ? max : min;
      if (rank >= size) return reverse ? -Infinity : Infinity;
      digest = mergedOf(context, digest);
      return quantile(digest, (reverse ? size - rank - 1 : rank) / size);
    }),
  );
}

function trimmed(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 4, 4);
  const digest = digestOf(context);
  const low = doubleAt(args, 2), high = doubleAt(args, 3);
  if (low === undefined) throw refused("error parsing low_cut_percentile");
  if (high === undefined) throw refused("error parsing high_cut_percentile");
  if (low < 0 || low > 1 || high < 0 || high > 1) {
    throw refused("low_cut_percentile and high_cut_percentile should be in [0,1]");
  }
  if (low >= high) {
    throw refused("low_cut_percentile should be lower than high_cut_percentile");
  }
  reply.double(trimmedMean(mergedOf(context, digest), low, high));
}

function info(context: Context): void {
  assertArity(context.args, 2, 2);
  const digest = digestOf(context);
  replyPairs(context, [
    ["Compression", Math.trunc(digest.compression)],
    ["Capacity", digest.capacity],
    ["Merged nodes", digest.merged],
    ["Unmerged nodes", digest.unmerged],
    ["Merged weight", digest.mergedWeight],
    ["Unmerged weight", digest.unmergedWeight],
    ["Observations", digest.size],
    ["Total compressions", digest.compressions],
    ["Memory usage", 8 + 16 * digest.capacity],
  ]);
}

const WRITES = {
  since: "2.4.0",
  arity: -1,
  flags: "write denyoom",
  effects: "itself",
  acl: "tdigest",
  keys: ["1 RW access update"],
} as const;
const READS = {
  since: "2.4.0",
  arity: -1,
  flags: "readonly",
  acl: "tdigest",
  keys: ["1 RO access"],
} as const;

/** All commands on t-digests. */
export const tDigest: readonly Command[] = [
  command("TDIGEST.CREATE key [COMPRESSION compression]", {
    ...WRITES,
    summary: "Makes an empty t-digest.",
  }, create),
  command("TDIGEST.ADD key value [value ...]", {
    ...WRITES,
    complexity: "O(N) in the values",
    summary: "Adds observations to a t-digest.",
  }, add),
  command("TDIGEST.RESET key", {
    ...WRITES,
    flags: "write denyoom fast",
    summary: "Makes a t-digest forget its observations.",
  }, reset),
  command(
    "TDIGEST.MERGE destination-key numkeys source-key [source-key ...] [COMPRESSION compression] [OVERRIDE]",
    {
      ...WRITES,
      keys: ["1 RW access update", {
        flags: ["RO", "access"],
        begin: { index: 2 },
        find: { countAt: 0, firstKey: 1, step: 1 },
      }],
      complexity: "O(N * K) for K digests of N nodes",
      summary: "Adds the observations of t-digests to another.",
    },
    merge,
  ),
  command("TDIGEST.MIN key", {
    ...READS,
    flags: "readonly fast",
    summary: "Returns the least observation.",
  }, (context) => extreme(context, "min")),
  command("TDIGEST.MAX key", {
    ...READS,
    flags: "readonly fast",
    summary: "Returns the greatest observation.",
  }, (context) => extreme(context, "max")),
  command("TDIGEST.QUANTILE key quantile [quantile ...]", {
    ...READS,
    summary: "Estimates the values that parts of the observations are below.",
  }, quantiles),
  command("TDIGEST.CDF key value [value ...]", {
    ...READS,
    summary: "Estimates which parts of the observations are below values.",
  }, cdf),
  command("TDIGEST.RANK key value [value ...]", {
    ...READS,
    summary: "Estimates how many observations are below values.",
  }, (context) => ranks(context, false)),
  command("TDIGEST.REVRANK key value [value ...]", {
    ...READS,
    summary: "Estimates how many observations are above values.",
  }, (context) => ranks(context, true)),
  command("TDIGEST.BYRANK key rank [rank ...]", {
    ...READS,
    summary: "Estimates the values with so many observations below them.",
  }, (context) => byRank(context, false)),
  command("TDIGEST.BYREVRANK key reverse_rank [reverse_rank ...]", {
    ...READS,
    summary: "Estimates the values with so many observations above them.",
  }, (context) => byRank(context, true)),
  command("TDIGEST.TRIMMED_MEAN key low_cut_quantile high_cut_quantile", {
    ...READS,
    complexity: "O(N) in the nodes of the digest",
    summary: "Estimates the mean of the observations between two quantiles.",
  }, trimmed),
  command("TDIGEST.INFO key", {
    ...READS,
    summary: "Tells what a t-digest is like.",
  }, info),
];
