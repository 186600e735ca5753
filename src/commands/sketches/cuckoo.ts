/**
 * The commands on cuckoo filters: https://redis.io/docs/latest/commands/?group=cf
 *
 * @module
 */

import { CommandError } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { CuckooFilter, CuckooOptions, CuckooOutcome } from "../../store/sketches/cuckoo.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { assertArity } from "../search/module_arguments.ts";
import { assertFree, isOfType, notFound, replyPairs, wholeAt, wordAt } from "./arguments.ts";
import { loadchunk, scandump } from "./cuckoo_chunks.ts";
import { membership } from "./membership.ts";

const command = commandsOf("cf");

/** Bytes that RedisBloom has for a chain, and for each of its filters, beside the fingerprints. */
const CHAIN_BYTES = 40, FILTER_BYTES = 16;

/** What a filter is like that is made by adding to it. */
function defaults({ store: { sketchDefaults } }: Context): CuckooOptions {
  return {
    capacity: sketchDefaults.cuckooCapacity,
    bucketSize: sketchDefaults.cuckooBucketSize,
    maxIterations: sketchDefaults.cuckooIterations,
    expansion: sketchDefaults.cuckooExpansion,
  };
}

/** The value of an option between two bounds; the default if it is not given. */
function optionOf({ args }: Context, word: string, least: number, most: number, initial: number) {
  const at = wordAt(args, word, 3);
  if (at === -1 || at + 1 === args.count) return initial;
  const value = wholeAt(args, at + 1);
  if (value === undefined) throw new CommandError(`Couldn't parse ${word}`);
  if (value >= least && value <= most) return value;
  throw new CommandError(
    `${word}: value must be an integer between ${least} and ${most}, inclusive.`,
  );
}

const tooSmall = () => new CommandError("Capacity must be at least (BucketSize * 2)");

function reserve(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 3);
  if (args.count % 2 === 0) assertArity(args, Infinity);
  const capacity = wholeAt(args, 2);
  if (capacity === undefined) throw new CommandError("Bad capacity");
  const initial = defaults(context);
  const maxIterations = optionOf(context, "MAXITERATIONS", 1, 65535, initial.maxIterations);
  const bucketSize = optionOf(context, "BUCKETSIZE", 1, 255, initial.bucketSize);
  const expansion = optionOf(context, "EXPANSION", 0, 32768, initial.expansion);
  if (bucketSize * 2 > capacity) throw tooSmall();
  assertFree(context, TYPE.CUCKOO);
  const { cuckooFilters, keyspace } = store;
  const options = { capacity, bucketSize, maxIterations, expansion };
  cuckooFilters.changed(cuckooFilters.create(client.db, args.at(1), options));
  keyspace.changed(client.db, args.at(1), "cf.reserve");
  reply.ok();
}

/** Adds items from an argument on, and replies with what became of each. */
function add(
  context: Context,
  from: number,
  options: CuckooOptions | undefined,
  single: boolean,
  onlyNew: boolean,
): void {
  const { args, reply, store, client } = context;
  const { cuckooFilters, keyspace, sketchDefaults } = store;
  const key = args.at(1);
  const known = cuckooFilters.edit(client.db, key);
  if (known === undefined && options === undefined) throw notFound();
  if (known !== undefined && known.filters >= sketchDefaults.cuckooExpansions) {
    throw new CommandError("Maximum expansions reached");
  }
  const filter = known ?? cuckooFilters.create(client.db, key, options!);
  // All of it before the reply: where an error is one of several replies, some readers end with it.
  const outcomes: CuckooOutcome[] = [];
  let changed = known === undefined;
  for (let i = from; i < args.count; i++) {
    const outcome = onlyNew ? filter.addNew(args.at(i)) : filter.add(args.at(i));
    outcomes.push(outcome);
    if (outcome === "added") changed = true;
  }
  if (changed) {
    cuckooFilters.changed(filter);
    keyspace.changed(client.db, key, "cf.add");
  }
  if (!single) reply.array(outcomes.length);
  for (const outcome of outcomes) {
    if (outcome === "large") {
      reply.error("Memory allocation failure");
    } else if (outcome === "full" && single) {
      reply.error("Filter is full");
    } else if (onlyNew && !single) {
      // Three outcomes are no boolean.
      reply.integer(outcome === "added" ? 1 : outcome === "there" ? 0 : -1);
    } else if (outcome === "full" && reply.protocol === 2) {
      reply.integer(-1);
    } else {
      reply.boolean(outcome === "added");
    }
  }
}

function cfAdd(context: Context): void {
  assertArity(context.args, 3, 3);
  add(context, 2, defaults(context), true, false);
}

function addnx(context: Context): void {
  assertArity(context.args, 3, 3);
  add(context, 2, defaults(context), true, true);
}

function insert(context: Context, onlyNew: boolean): void {
  const { args } = context;
  assertArity(args, 4);
  const initial = defaults(context);
  let { capacity } = initial;
  let creates = true;
  let items = 0;
  for (let i = 2; i < args.count && items === 0; i++) {
    switch (args.text(i)[0]?.toLowerCase()) {
      case "c": {
        if (++i === args.count) assertArity(args, Infinity);
        const given = wholeAt(args, i);
        if (given === undefined) throw new CommandError("Bad capacity");
        if (given < 2 * initial.bucketSize) throw tooSmall();
        capacity = given;
        break;
      }
      case "i":
        items = i + 1;
        break;
      case "n":
        creates = false;
        break;
      default:
        throw new CommandError("Unknown argument received");
    }
  }
  if (items === 0 || items === args.count) assertArity(args, Infinity);
  add(context, items, creates ? { ...initial, capacity } : undefined, false, onlyNew);
}

function filterOf(context: Context): CuckooFilter | undefined {
  const { args, store, client } = context;
  return isOfType(context, TYPE.CUCKOO)
    ? store.cuckooFilters.read(client.db, args.at(1))
    : undefined;
}

const { exists, mexists } = membership(filterOf);

function count(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 3, 3);
  reply.integer(filterOf(context)?.count(args.at(2)) ?? 0);
}

function del(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 3, 3);
  const { cuckooFilters, keyspace } = store;
  const key = args.at(1);
  const type = keyspace.find(client.db, key, true);
  if (type !== TYPE.CUCKOO) throw new CommandError("Not found");
  const filter = cuckooFilters.edit(client.db, key);
  const deleted = filter?.delete(args.at(2)) ?? false;
  if (filter !== undefined && deleted) {
    cuckooFilters.changed(filter);
    keyspace.changed(client.db, key, "cf.del");
  }
  reply.boolean(deleted);
}

function compact(context: Context): void {
  const { args, reply, store, client } = context;
  assertArity(args, 2, 2);
  const { cuckooFilters, keyspace } = store;
  const key = args.at(1);
  const type = keyspace.find(client.db, key, true);
  const filter = type === TYPE.CUCKOO ? cuckooFilters.edit(client.db, key) : undefined;
  if (filter === undefined) throw new CommandError("Cuckoo filter was not found");
  filter.compact(true);
  cuckooFilters.changed(filter);
  keyspace.changed(client.db, key, "cf.compact");
  reply.ok();
}

function info(context: Context): void {
  const { args, store, client } = context;
  assertArity(args, 2, 2);
  const filter = store.cuckooFilters.read(client.db, args.at(1));
  if (filter === undefined) throw notFound();
  replyPairs(context, [
    ["Size", CHAIN_BYTES + FILTER_BYTES * filter.filters + filter.bytes],
    ["Number of buckets", filter.buckets],
    ["Number of filters", filter.filters],
    ["Number of items inserted", filter.items],
    ["Number of items deleted", filter.deletes],
    ["Bucket size", filter.bucketSize],
    ["Expansion rate", filter.expansion],
    ["Max iterations", filter.maxIterations],
  ]);
}

function debug({ args, reply, store, client }: Context): void {
  assertArity(args, 2, 2);
  const filter = store.cuckooFilters.read(client.db, args.at(1));
  if (filter === undefined) throw notFound();
  reply.text(
    `bktsize:${filter.bucketSize} buckets:${filter.buckets} items:${filter.items} ` +
      `deletes:${filter.deletes} filters:${filter.filters} ` +
      `max_iterations:${filter.maxIterations} expansion:${filter.expansion}`,
  );
}

const WRITES = {
  since: "1.0.0",
  arity: -1,
  flags: "write denyoom",
  effects: "itself",
  acl: "cuckoo",
  keys: ["1 RW access update"],
} as const;
const READS = {
  since: "1.0.0",
  arity: -1,
  flags: "readonly",
  acl: "cuckoo",
  keys: ["1 RO access"],
} as const;

/** All commands on cuckoo filters. */
export const cuckoo: readonly Command[] = [
  command(
    "CF.RESERVE key capacity [BUCKETSIZE bucketsize] [MAXITERATIONS maxiterations] [EXPANSION expansion]",
    { ...WRITES, flags: "write denyoom fast", summary: "Makes an empty cuckoo filter." },
    reserve,
  ),
  command("CF.ADD key item", {
    ...WRITES,
    complexity: "O(k + i) for k filters and i iterations",
    summary: "Adds an item to a cuckoo filter, which is made if it is not there.",
  }, cfAdd),
  command("CF.ADDNX key item", {
    ...WRITES,
    complexity: "O(k + i) for k filters and i iterations",
    summary: "Adds an item to a cuckoo filter, unless it seems to be there.",
  }, addnx),
  command("CF.INSERT key [CAPACITY capacity] [NOCREATE] ITEMS item [item ...]", {
    ...WRITES,
    complexity: "O(N * (k + i)) for N items, k filters and i iterations",
    summary: "Adds items to a cuckoo filter, which is made as it is said if it is not there.",
  }, (context) => insert(context, false)),
  command("CF.INSERTNX key [CAPACITY capacity] [NOCREATE] ITEMS item [item ...]", {
    ...WRITES,
    complexity: "O(N * (k + i)) for N items, k filters and i iterations",
    summary: "Adds items to a cuckoo filter, those that do not seem to be there.",
  }, (context) => insert(context, true)),
  command("CF.EXISTS key item", {
    ...READS,
    complexity: "O(k) in the filters of the chain",
    summary: "Tells whether an item is in a cuckoo filter, or seems to be.",
  }, exists),
  command("CF.MEXISTS key item [item ...]", {
    ...READS,
    complexity: "O(k * N) for N items and k filters",
    summary: "Tells of items whether they are in a cuckoo filter, or seem to be.",
  }, mexists),
  command("CF.COUNT key item", {
    ...READS,
    complexity: "O(k) in the filters of the chain",
    summary: "Returns how often an item is in a cuckoo filter, or seems to be.",
  }, count),
  command("CF.DEL key item", {
    ...WRITES,
    flags: "write",
    complexity: "O(k) in the filters of the chain",
    summary: "Deletes an item from a cuckoo filter once.",
  }, del),
  command("CF.INFO key", {
    ...READS,
    flags: "readonly fast",
    summary: "Tells what a cuckoo filter is like.",
  }, info),
  command("CF.SCANDUMP key iterator", {
    ...READS,
    acl: "cuckoo write",
    complexity: "O(N) in the capacity",
    summary: "Returns a cuckoo filter piece by piece, for CF.LOADCHUNK.",
  }, scandump),
  command("CF.LOADCHUNK key iterator data", {
    ...WRITES,
    complexity: "O(N) in the capacity",
    summary: "Takes a piece that CF.SCANDUMP returned.",
  }, loadchunk),
  command("CF.COMPACT key", {
    ...WRITES,
    flags: "write",
    complexity: "O(N) in the capacity",
    summary: "Moves the items of a cuckoo filter to the first filters of its chain.",
  }, compact),
  command("CF.DEBUG key", {
    ...READS,
    flags: "readonly fast",
    summary: "Tells what a cuckoo filter is like, in one line.",
  }, debug),
];
