/** MEMORY: what keys take, and what the process takes. */

import { syntaxError } from "../store/errors.ts";
import { TYPE } from "../store/schema.ts";
import type { Command, Context } from "./command.ts";
import { commandsOf } from "./define.ts";
import { writeHelp } from "./introspection.ts";
import { boundedAt } from "./options.ts";

const command = commandsOf("server");

/** Bytes of a key's row beside its key and value: the record's header and its other columns. */
const ROW_OVERHEAD = 48;
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
  reply.integer(ROW_OVERHEAD + key.length + Math.round(value));
}

function doctor({ reply }: Context): void {
  const { used, resident } = memoryUse();
  const mb = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
  reply.verbatim(
    "txt",
    `The process holds ${mb(resident)}, of them ${mb(used)} in JavaScript. The data is in the ` +
      "database file; what is cached of it is bounded by --cache.\n",
  );
}

/** The longest list of databases that MEMORY STATS has an entry each for. */
const LISTED_DATABASES = 1024;

function stats(context: Context): void {
  const { reply, store } = context;
  const { used, peak, resident } = memoryUse();
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
    "overhead.total": used,
    "keys.count": keys,
    "keys.bytes-per-key": 0,
    "dataset.bytes": 0,
  });
  double("dataset.percentage", 0);
  double("peak.percentage", used / peak * 100);
  integers({
    "allocator.allocated": used,
    "allocator.active": used,
    "allocator.resident": resident,
    "allocator.muzzy": 0,
  });
  double("allocator-fragmentation.ratio", 1);
  integers({ "allocator-fragmentation.bytes": 0 });
  double("allocator-rss.ratio", resident / used);
  integers({ "allocator-rss.bytes": resident - used });
  double("rss-overhead.ratio", 1);
  integers({ "rss-overhead.bytes": 0 });
  double("fragmentation", resident / used);
  integers({ "fragmentation.bytes": resident - used });
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
