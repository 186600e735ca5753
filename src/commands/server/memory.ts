/** MEMORY: what keys take, and what the process takes. */

import { processMemory } from "../../runtime/system.ts";
import { syntaxError } from "../../store/values/errors.ts";
import { ROW_BYTES } from "../../store/keys/live_bytes.ts";
import { TYPE } from "../../store/file/schema.ts";
import { isCountedInBytes } from "../../store/file/sketch_tables.ts";
import { storageFacts } from "../../store/file/storage_facts.ts";
import type { Store } from "../../store/store.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { diagnosis } from "./memory_doctor.ts";
import { boundedAt } from "../table/options.ts";

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
  const { heapUsed, external, rss } = processMemory();
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
  for (let db = 0; db < store.databases.count; db++) count += store.keyspace.facts.size(db);
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
  const { id, collection } = store.keyspace.row;
  if (collection !== undefined) store.keyspace.collections.settle(collection);
  const length = collection?.length ?? store.keyspace.row.length;
  const most = samples === 0 ? -1 : samples;
  const own = collection === undefined
    ? undefined
    : store.extensions.type(type)?.bytes?.(store, collection, most);
  const value = own ??
    (isCountedInBytes(type) ? length : length * store.keyspace.elements.meanSize(type, id, most) +
      (collection?.type === TYPE.STREAM ? store.streams.groupBytes(collection) : 0));
  reply.integer(ROW_BYTES + key.length + Math.round(value));
}

/** Bytes of all clients' buffers. */
function clientMemory({ host }: Context): number {
  let bytes = 0;
  for (const client of host.clients()) bytes += client.transport().totalMemory;
  return bytes;
}

function doctor(context: Context): void {
  const { store } = context;
  const { used: javascript, resident } = memoryUse();
  const { cache } = store.keyspace;
  const { maxmemory, policy } = store.eviction.limits;
  const text = diagnosis({
    data: store.eviction.usedBytes,
    resident,
    javascript,
    clients: clientMemory(context),
    cache: store.cacheBytes,
    hits: cache.hits,
    misses: cache.misses,
    maxmemory,
    policy,
    storage: storageFacts(store),
  });
  context.reply.verbatim("txt", text);
}

/** The longest list of databases that MEMORY STATS has an entry each for. */
const LISTED_DATABASES = 1024;

/** A field of MEMORY STATS: an integer, or a ratio, or the fields of a database. */
type StatsField = readonly [name: string, value: number | { readonly ratio: number } | "database"];

function stats(context: Context): void {
  const { reply } = context;
  const fields = statsFields(context);
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.text(name);
    if (typeof value === "number") {
      reply.integer(value);
    } else if (value === "database") {
      reply.map(2);
      reply.text("overhead.hashtable.main");
      reply.integer(0);
      reply.text("overhead.hashtable.expires");
      reply.integer(0);
    } else {
      reply.double(value.ratio);
    }
  }
}

/** Redis's fields, as far as they mean something here, and then what is on the disk and cached. */
function statsFields(context: Context): StatsField[] {
  const { store } = context;
  const { used: process, resident } = memoryUse();
  const { used, overhead, peak } = dataUse(store);
  const dataset = used - overhead;
  const keys = keyCount(context);
  const databases: StatsField[] = [];
  for (let db = 0; db < Math.min(store.databases.count, LISTED_DATABASES); db++) {
    if (store.keyspace.facts.size(db) > 0) databases.push([`db.${db}`, "database"]);
  }
  const { pageSize, freePages, fileBytes, walBytes } = storageFacts(store);
  const rows = store.keyspace.cache.bytes.length;
  return [
    ["peak.allocated", peak],
    ["total.allocated", used],
    ["startup.allocated", 0],
    ["replication.backlog", 0],
    ["clients.slaves", 0],
    ["clients.normal", clientMemory(context)],
    ["cluster.links", 0],
    ["aof.buffer", 0],
    ["lua.caches", 0],
    ["functions.caches", 0],
    ["script.VMs", 0],
    ...databases,
    ["overhead.db.hashtable.lut", 0],
    ["overhead.db.hashtable.rehashing", 0],
    ["db.dict.rehashing.count", 0],
    ["overhead.total", overhead],
    ["keys.count", keys],
    ["keys.bytes-per-key", keys === 0 ? 0 : Math.floor(used / keys)],
    ["dataset.bytes", dataset],
    ["dataset.percentage", { ratio: percentage(dataset, used) }],
    ["peak.percentage", { ratio: percentage(used, peak) }],
    ["allocator.allocated", process],
    ["allocator.active", process],
    ["allocator.resident", resident],
    ["allocator.muzzy", 0],
    ["allocator-fragmentation.ratio", { ratio: 1 }],
    ["allocator-fragmentation.bytes", 0],
    ["allocator-rss.ratio", { ratio: resident / process }],
    ["allocator-rss.bytes", resident - process],
    ["rss-overhead.ratio", { ratio: 1 }],
    ["rss-overhead.bytes", 0],
    ["fragmentation", { ratio: resident / process }],
    ["fragmentation.bytes", resident - process],
    ["cache.rows.bytes", rows],
    ["cache.pages.bytes", Math.max(0, store.cacheBytes - rows)],
    ["file.bytes", fileBytes],
    ["file.free.bytes", freePages * pageSize],
    ["wal.bytes", walBytes],
  ];
}

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
