/** MEMORY: what keys take, and what the process takes. */

import { syntaxError } from "../store/errors.ts";
import { ROW_BYTES } from "../store/live_bytes.ts";
import { TYPE } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { Command, Context } from "./command.ts";
import { commandsOf } from "./define.ts";
import { writeHelp } from "./introspection.ts";
import { boundedAt } from "./options.ts";

const command = commandsOf("server");

/** Elements of a collection that MEMORY USAGE looks at unless told otherwise. */
const SAMPLES = 5;

/** Memory of the process, in bytes. */
export interface MemoryUse {
  /** What JavaScript values and buffers take. */
  readonly used: number;
  /** The most {@linkcode used} was whenever anyone asked. */
  readonly peak: number;
  /** What the process has of the machine's memory. */
  readonly resident: number;
}

/** The process's memory is one, and so is its peak. */
let peak = 0;

/** Measures the memory of the process. */
export function memoryUse(): MemoryUse {
  const { heapUsed, external, rss } = Deno.memoryUsage();
  const used = heapUsed + external;
  peak = Math.max(peak, used);
  return { used, peak, resident: rss };
}

/** What the data takes, as `maxmemory` limits it. */
export interface DataUse {
  /** Bytes of keys and values, with what their rows add. */
  readonly used: number;
  /** Bytes that rows add to keys and values. */
  readonly overhead: number;
  /** The most {@linkcode used} was whenever anyone asked. */
  readonly peak: number;
}

const dataPeaks = new WeakMap<Store, number>();

/** Measures the data of a store. */
export function dataUse(store: Store): DataUse {
  const used = store.eviction.usedBytes;
  let rows = 0;
  for (let db = 0; db < store.databases.count; db++) rows += store.databases.keys(db);
  const peak = Math.max(dataPeaks.get(store) ?? 0, used);
  dataPeaks.set(store, peak);
  return { used, overhead: ROW_BYTES * rows, peak };
}

/** A part as a percentage, 0 of nothing. */
export function percentage(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole * 100;
}

/** Live keys of all databases. */
function keyCount({ store }: Context): number {
  let count = 0;
  for (let db = 0; db < store.databases.count; db++) count += store.keyspace.size(db);
  return count;
}

function usage({ args, reply, store, client }: Context): void {
  let samples = SAMPLES;
  for (let i = 3; i < args.count; i += 2) {
    if (!args.is(i, "SAMPLES") || i + 1 === args.count) throw syntaxError();
    samples = boundedAt(args, i + 1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    if (samples < 0) throw syntaxError();
  }
  const key = args.at(2);
  const type = store.keyspace.find(client.db, key);
  if (type === TYPE.NONE) return reply.null();
  const { length, id } = store.keyspace.row;
  const value = type === TYPE.STRING
    ? length
    : length * store.keyspace.elements.meanSize(type, id, samples === 0 ? -1 : samples);
  reply.integer(ROW_BYTES + key.length + Math.round(value));
}

function doctor({ reply, store }: Context): void {
  const { used, resident } = memoryUse();
  const data = store.eviction.usedBytes;
  const mb = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
  reply.verbatim(
    "txt",
    `The process holds ${mb(resident)}, of them ${mb(used)} in JavaScript. ${mb(data)} of data ` +
      "are in the database file; what is cached of them is bounded by --cache.\n",
  );
}

/** The longest list of databases that MEMORY STATS has an entry each for. */
const LISTED_DATABASES = 1024;

function stats(context: Context): void {
  const { reply, store } = context;
  const { used: process, resident } = memoryUse();
  const { used, overhead, peak } = dataUse(store);
  const dataset = used - overhead;
  const keys = keyCount(context);
  const databases: number[] = [];
  for (let db = 0; db < Math.min(store.databases.count, LISTED_DATABASES); db++) {
    if (store.keyspace.size(db) > 0) databases.push(db);
  }
  const integers = (fields: Record<string, number>) => {
    for (const [name, value] of Object.entries(fields)) {
      reply.text(name);
      reply.integer(value);
    }
  };
  const double = (name: string, value: number) => {
    reply.text(name);
    reply.double(value);
  };
  reply.map(STATS_FIELDS + databases.length);
  integers({
    "peak.allocated": peak,
    "total.allocated": used,
    "startup.allocated": 0,
    "replication.backlog": 0,
    "clients.slaves": 0,
    "clients.normal": 0,
    "cluster.links": 0,
    "aof.buffer": 0,
    "lua.caches": 0,
    "functions.caches": 0,
    "script.VMs": 0,
  });
  for (const db of databases) {
    reply.text(`db.${db}`);
    reply.map(2);
    integers({ "overhead.hashtable.main": 0, "overhead.hashtable.expires": 0 });
  }
  integers({
    "overhead.db.hashtable.lut": 0,
    "overhead.db.hashtable.rehashing": 0,
    "db.dict.rehashing.count": 0,
    "overhead.total": overhead,
    "keys.count": keys,
    "keys.bytes-per-key": keys === 0 ? 0 : Math.floor(used / keys),
    "dataset.bytes": dataset,
  });
  double("dataset.percentage", percentage(dataset, used));
  double("peak.percentage", percentage(used, peak));
  integers({
    "allocator.allocated": process,
    "allocator.active": process,
    "allocator.resident": resident,
    "allocator.muzzy": 0,
  });
  double("allocator-fragmentation.ratio", 1);
  integers({ "allocator-fragmentation.bytes": 0 });
  double("allocator-rss.ratio", resident / process);
  integers({ "allocator-rss.bytes": resident - process });
  double("rss-overhead.ratio", 1);
  integers({ "rss-overhead.bytes": 0 });
  double("fragmentation", resident / process);
  integers({ "fragmentation.bytes": resident - process });
}

/** Fields of MEMORY STATS without the databases. */
const STATS_FIELDS = 32;

const facts = { since: "4.0.0", arity: 2 };
const REPORT = "nondeterministic_output request_policy:all_shards response_policy:special";

/** The MEMORY container. */
export const memory: Command = command("MEMORY", {
  since: "4.0.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands about memory.",
}, [
  command("MEMORY DOCTOR", { ...facts, tips: REPORT, summary: "Reports on memory." }, doctor),
  command(
    "MEMORY HELP",
    { ...facts, flags: "loading stale", summary: "Lists the subcommands." },
    ({ reply, host }) => writeHelp(reply, host.commands, "memory"),
  ),
  command("MEMORY MALLOC-STATS", {
    ...facts,
    tips: REPORT,
    summary: "Returns the allocator's statistics, of which there are none.",
  }, ({ reply }) => reply.text("Stats not supported for the current allocator")),
  command("MEMORY PURGE", {
    ...facts,
    tips: "request_policy:all_shards response_policy:all_succeeded",
    summary: "Asks the allocator to give memory back; the garbage collector does so by itself.",
  }, ({ reply }) => reply.ok()),
  command("MEMORY STATS", {
    ...facts,
    tips: REPORT,
    complexity: "O(N) in the number of databases",
    summary: "Tells what memory is used for.",
  }, stats),
  command("MEMORY USAGE key [SAMPLES count]", {
    ...facts,
    arity: -3,
    flags: "readonly",
    keys: ["2 RO"],
    summary: "Returns the bytes a key and its value take.",
  }, usage),
]);
