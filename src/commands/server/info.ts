/**
 * INFO: the state of the server, in sections of `name:value` lines.
 *
 * The names are Redis's where they mean something here, and some that tools divide by or plot are
 * kept at the value of a server that has no such thing. Redlite's own begin with `redlite` or say
 * what they are of SQLite.
 *
 * @module
 */

import { ARCH, ENGINE_VERSION, OS, PID, RUNTIME, RUNTIME_VERSION } from "../../runtime/runtime.ts";
import { systemMemory, systemRelease } from "../../runtime/system.ts";
import type { Store } from "../../store/store.ts";
import { formatByteSize } from "../table/byte_sizes.ts";
import type { Command, Context } from "../table/command.ts";
import type { Host } from "../table/host.ts";
import { commandsOf } from "../table/define.ts";
import { historyFields } from "./info_history.ts";
import type { MasterFacts } from "../replication/following.ts";
import { isQuicklySized, keySizeFields } from "./info_keysizes.ts";
import {
  allocatorFields,
  cpuFields,
  debugFields,
  listenerFields,
  loopFields,
  runtimeFields,
  threadFields,
} from "./info_process.ts";
import { appendOnlyFields, logFields, storageSection } from "./info_storage.ts";
import { dataUse, memoryUse, percentage } from "./memory.ts";
import { versionOf } from "./modules.ts";
import { REDIS_VERSION } from "../table/version.ts";

type Fields =
  | Readonly<Record<string, string | number>>
  | readonly (readonly [name: string, value: string | number])[];

/** A section's fields. */
type Section = (context: Context, config: ReadonlyMap<string, string>) => Fields;

const DAY_SECONDS = 86400;

const OS_NAMES: Record<string, string> = { linux: "Linux", darwin: "Darwin", windows: "Windows" };

function operatingSystem(): string {
  return [OS_NAMES[OS] ?? OS, systemRelease(), ARCH].filter((part) => part !== "").join(" ");
}

const server: Section = ({ host, store }, config) => {
  const now = store.engine.clock.now();
  const uptime = Math.max(0, Math.floor((now - host.process.startedAtMs) / 1000));
  const { info } = store.engine.connection;
  return {
    redis_version: REDIS_VERSION,
    redis_git_sha1: "00000000",
    redis_git_dirty: 0,
    redis_build_id: "0000000000000000",
    redis_mode: host.cluster === undefined ? "standalone" : "cluster",
    redlite_version: host.process.version,
    os: operatingSystem(),
    arch_bits: 64,
    ...runtimeFields,
    [RUNTIME]: RUNTIME_VERSION,
    v8: ENGINE_VERSION,
    sqlite_driver: info.name,
    sqlite_library: info.library,
    sqlite_version: info.version,
    database_file: store.path,
    process_id: PID,
    process_supervised: host.process.supervised,
    run_id: host.process.runId,
    tcp_port: host.process.port,
    server_time_usec: Math.floor(now * 1000),
    uptime_in_seconds: uptime,
    uptime_in_days: Math.floor(uptime / DAY_SECONDS),
    hz: config.get("hz") ?? 10,
    configured_hz: config.get("hz") ?? 10,
    lru_clock: Math.floor(now / 1000) & 0xffffff,
    executable: host.process.executable,
    config_file: host.process.confFile,
    io_threads_active: 0,
    ...listenerFields(host.process.places),
  };
};

const clients: Section = ({ host }, config) => {
  let connected = 0, held = 0, largestInput = 0, largestOutput = 0;
  for (const client of host.clients()) {
    const { queryBuffer, outputBuffer } = client.transport();
    connected++;
    if (client.parked) held++;
    largestInput = Math.max(largestInput, queryBuffer);
    largestOutput = Math.max(largestOutput, outputBuffer);
  }
  return {
    connected_clients: connected,
    cluster_connections: 0,
    maxclients: config.get("maxclients") ?? 0,
    client_recent_max_input_buffer: largestInput,
    client_recent_max_output_buffer: largestOutput,
    blocked_clients: host.blocked.count + held,
    tracking_clients: host.tracking.count,
    pubsub_clients: host.pubsub.clients,
    watching_clients: host.watched.clients,
    clients_in_timeout_table: host.blocked.count,
    total_watched_keys: host.watched.keys,
    total_blocking_keys: host.blocked.keys,
    total_blocking_keys_on_nokey: 0,
  };
};

/** `used_memory` is the data in the file, which `maxmemory` limits; the process's own comes last. */
const memory: Section = ({ host, store }, config) => {
  const { used: processMemory, resident } = memoryUse();
  const { used, overhead, peak } = dataUse(store);
  const dataset = used - overhead;
  const system = systemMemory();
  const limit = Number(config.get("maxmemory") ?? 0);
  const scripts = host.scripting.facts;
  const functions = host.scripting.functions.facts(store);
  let clientMemory = 0;
  for (const client of host.clients()) clientMemory += client.transport().totalMemory;
  return {
    used_memory: used,
    used_memory_human: formatByteSize(used),
    used_memory_rss: resident,
    used_memory_rss_human: formatByteSize(resident),
    used_memory_peak: peak,
    used_memory_peak_human: formatByteSize(peak),
    used_memory_peak_perc: `${percentage(used, peak).toFixed(2)}%`,
    used_memory_overhead: overhead,
    used_memory_startup: 0,
    used_memory_dataset: dataset,
    used_memory_dataset_perc: `${percentage(dataset, used).toFixed(2)}%`,
    total_system_memory: system,
    total_system_memory_human: formatByteSize(system),
    used_memory_lua: scripts.memory,
    used_memory_vm_eval: scripts.memory,
    used_memory_lua_human: formatByteSize(scripts.memory),
    used_memory_scripts_eval: scripts.scriptBytes,
    number_of_cached_scripts: scripts.scripts,
    number_of_functions: functions.functions,
    number_of_libraries: functions.libraries,
    used_memory_vm_functions: functions.memory,
    used_memory_vm_total: scripts.memory + functions.memory,
    used_memory_vm_total_human: formatByteSize(scripts.memory + functions.memory),
    used_memory_functions: functions.bytes,
    used_memory_scripts: scripts.scriptBytes + functions.bytes,
    used_memory_scripts_human: formatByteSize(scripts.scriptBytes + functions.bytes),
    maxmemory: limit,
    maxmemory_human: formatByteSize(limit),
    maxmemory_policy: config.get("maxmemory-policy") ?? "noeviction",
    maxdisk: store.eviction.limits.maxdisk,
    maxdisk_human: formatByteSize(store.eviction.limits.maxdisk),
    ...allocatorFields(resident),
    mem_fragmentation_ratio: (resident / processMemory).toFixed(2),
    mem_fragmentation_bytes: resident - processMemory,
    mem_not_counted_for_evict: 0,
    mem_replication_backlog: host.replication?.backlog?.length ?? 0,
    mem_total_replication_buffers: 0,
    mem_replica_full_sync_buffer: 0,
    mem_clients_slaves: 0,
    mem_clients_normal: clientMemory,
    mem_cluster_links: 0,
    mem_aof_buffer: 0,
    mem_allocator: "v8",
    mem_overhead_db_hashtable_rehashing: 0,
    active_defrag_running: 0,
    lazyfree_pending_objects: store.garbage.count(),
    lazyfreed_objects: store.garbage.freedKeys,
    process_memory: processMemory,
    process_memory_human: formatByteSize(processMemory),
  };
};

/** The fields on background saves. */
function saveFields(
  { backups, engine }: Store,
  { lastSave, rdbFile }: Host,
): Record<string, string | number> {
  const saving = rdbFile ?? backups;
  const since = saving?.savingSinceMs;
  return {
    rdb_bgsave_in_progress: since === undefined ? 0 : 1,
    rdb_last_save_time: lastSave,
    rdb_last_bgsave_status: saving?.lastSaveOk ?? true ? "ok" : "err",
    rdb_last_bgsave_time_sec: saving?.lastSaveSeconds ?? -1,
    rdb_current_bgsave_time_sec: since === undefined
      ? -1
      : Math.floor((engine.clock.now() - since) / 1000),
    rdb_saves: saving?.saves ?? 0,
  };
}

const persistence: Section = ({ host, store }) => ({
  loading: 0,
  async_loading: 0,
  current_cow_peak: 0,
  current_cow_size: 0,
  current_cow_size_age: 0,
  current_fork_perc: "0.00",
  current_save_keys_processed: 0,
  current_save_keys_total: 0,
  rdb_changes_since_last_save: store.engine.changes.committed - (store.backups?.changesSaved ?? 0),
  ...saveFields(store, host),
  rdb_last_cow_size: 0,
  rdb_last_load_keys_expired: 0,
  rdb_last_load_keys_loaded: 0,
  ...appendOnlyFields(store),
  ...logFields(store),
  turns_committed: store.engine.committedTurn,
  turns_synced: store.walSync.syncedTurn,
});

const stats: Section = (context) => {
  const { host, store } = context;
  const counters = host.stats;
  const { hits, misses, evicted, expired, expiredFields } = store.keyspace.statistics;
  return {
    total_connections_received: counters.connectionsReceived,
    total_commands_processed: counters.commandsProcessed,
    instantaneous_ops_per_sec: counters.commandsPerSecond,
    total_net_input_bytes: counters.netInput,
    total_net_output_bytes: counters.netOutput,
    total_net_repl_input_bytes: 0,
    total_net_repl_output_bytes: 0,
    instantaneous_input_kbps: counters.inputKbps.toFixed(2),
    instantaneous_output_kbps: counters.outputKbps.toFixed(2),
    instantaneous_input_repl_kbps: "0.00",
    instantaneous_output_repl_kbps: "0.00",
    rejected_connections: counters.connectionsRejected,
    sync_full: host.replication?.fullSyncs ?? 0,
    sync_partial_ok: host.replication?.partialSyncs ?? 0,
    sync_partial_err: host.replication?.refusedPartialSyncs ?? 0,
    expired_subkeys: expiredFields,
    expired_keys: expired,
    expired_stale_perc: "0.00",
    expired_time_cap_reached_count: 0,
    expire_cycle_cpu_milliseconds: 0,
    evicted_keys: evicted,
    evicted_clients: counters.clientsEvicted,
    evicted_scripts: 0,
    total_eviction_exceeded_time: store.eviction.totalExceededMs,
    current_eviction_exceeded_time: store.eviction.exceededMs,
    keyspace_hits: hits,
    keyspace_misses: misses,
    pubsub_channels: host.pubsub.count("channel"),
    pubsub_patterns: host.pubsub.count("pattern"),
    pubsubshard_channels: host.pubsub.count("shard"),
    latest_fork_usec: 0,
    total_forks: 0,
    migrate_cached_sockets: 0,
    slave_expires_tracked_keys: 0,
    active_defrag_hits: 0,
    active_defrag_misses: 0,
    active_defrag_key_hits: 0,
    active_defrag_key_misses: 0,
    total_active_defrag_time: 0,
    current_active_defrag_time: 0,
    tracking_total_keys: host.tracking.totalKeys,
    tracking_total_items: host.tracking.totalItems,
    tracking_total_prefixes: host.tracking.totalPrefixes,
    unexpected_error_replies: 0,
    total_error_replies: counters.errorReplies,
    dump_payload_sanitizations: 0,
    total_reads_processed: counters.reads,
    total_writes_processed: counters.writes,
    io_threaded_reads_processed: 0,
    io_threaded_writes_processed: 0,
    client_query_buffer_limit_disconnections: counters.queryBufferDisconnections,
    client_output_buffer_limit_disconnections: counters.outputBufferDisconnections,
    reply_buffer_shrinks: 0,
    reply_buffer_expands: 0,
    ...loopFields(context),
    acl_access_denied_auth: host.access.denials.auth,
    acl_access_denied_cmd: host.access.denials.command,
    acl_access_denied_key: host.access.denials.key,
    acl_access_denied_channel: host.access.denials.channel,
  };
};

/** What is told of the server that is followed. */
function masterFields(
  master: MasterFacts | undefined,
  config: ReadonlyMap<string, string>,
): Record<string, string | number> {
  if (master === undefined) return {};
  const { host, port, state, silentSeconds, downSeconds, snapshot, received, applied } = master;
  const up = state === "connected";
  const syncing = snapshot && {
    master_sync_total_bytes: snapshot.total,
    master_sync_read_bytes: snapshot.read,
    master_sync_left_bytes: snapshot.total < 0 ? -1 : snapshot.total - snapshot.read,
    master_sync_perc: snapshot.total > 0
      ? (100 * snapshot.read / snapshot.total).toFixed(2)
      : "0.00",
    master_sync_last_io_seconds_ago: snapshot.silentSeconds,
  };
  return {
    master_host: host,
    master_port: port,
    master_link_status: up ? "up" : "down",
    master_last_io_seconds_ago: up ? silentSeconds : -1,
    master_sync_in_progress: snapshot === undefined ? 0 : 1,
    slave_read_repl_offset: received,
    slave_repl_offset: applied,
    ...syncing,
    ...up ? {} : { master_link_down_since_seconds: downSeconds },
    slave_priority: config.get("replica-priority") ?? "100",
    slave_read_only: config.get("replica-read-only") === "no" ? 0 : 1,
    replica_announced: config.get("replica-announced") === "no" ? 0 : 1,
  };
}

const replication: Section = ({ host }, config) => {
  const { backlog, replicas = [] } = host.replication ?? {};
  const slaves = replicas.map(({ address, port, state, offset, lagSeconds }, i) => [
    `slave${i}`,
    `ip=${address},port=${port},state=${state},offset=${offset},lag=${lagSeconds}`,
  ]);
  return {
    role: host.following?.master === undefined ? "master" : "slave",
    ...masterFields(host.following?.master, config),
    connected_slaves: replicas.length,
    ...Object.fromEntries(slaves),
    master_failover_state: host.following?.failover ?? "no-failover",
    master_replid: host.replication?.id ?? host.process.runId,
    master_replid2: host.replication?.former.id ?? "0".repeat(40),
    master_repl_offset: host.replication?.offset ?? 0,
    second_repl_offset: host.replication?.former.offset ?? -1,
    repl_backlog_active: backlog === undefined ? 0 : 1,
    repl_backlog_size: backlog?.size ?? 0,
    repl_backlog_first_byte_offset: backlog?.first ?? 0,
    repl_backlog_histlen: backlog?.length ?? 0,
  };
};

const commandstats: Section = ({ host }) => {
  const fields: Record<string, string> = {};
  for (const [name, { calls, microseconds, rejected, failed }] of host.stats.commands) {
    const each = calls === 0 ? 0 : microseconds / calls;
    fields[`cmdstat_${name}`] = `calls=${calls},usec=${Math.round(microseconds)},` +
      `usec_per_call=${each.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`;
  }
  return fields;
};

const errorstats: Section = ({ host }) => {
  const fields: Record<string, string> = {};
  for (const [code, count] of host.stats.errorsByCode) {
    // A code word may come from a client and must not look like another field.
    fields[`errorstat_${code.replace(/[#:=\s]/g, "_")}`] = `count=${count}`;
  }
  return fields;
};

const latencystats: Section = ({ host }, config) => {
  const fields: Record<string, string> = {};
  if (!host.histograms.enabled) return fields;
  const percentiles = (config.get("latency-tracking-info-percentiles") ?? "50 99 99.9")
    .split(" ").filter((percent) => percent !== "");
  for (const histogram of host.histograms.all()) {
    fields[`latency_percentiles_usec_${histogram.command.fullName}`] = percentiles
      .map((percent) => `p${percent}=${histogram.percentile(Number(percent)).toFixed(3)}`)
      .join(",");
  }
  return fields;
};

const keyspace: Section = ({ store }) => {
  const fields: Record<string, string> = {};
  for (let db = 0; db < store.databases.count; db++) {
    const rows = store.databases.keys(db);
    if (rows === 0) continue;
    const keys = store.keyspace.facts.size(db);
    // What is expired and not yet deleted is neither a key nor an expiry.
    const expires = store.databases.expires(db) - (rows - keys);
    if (keys === 0) continue;
    fields[`db${db}`] = `keys=${keys},expires=${expires},` +
      `avg_ttl=${store.keyspace.facts.meanTtlMs(db)},subexpiry=${
        store.hashes.expiry.countHashes(db)
      }`;
  }
  return fields;
};

/** Here a field of one name is there for each extension. */
const modules: Section = ({ store }) =>
  store.extensions.loaded.map(({ extension }) =>
    [
      "module",
      `name=${extension.name},ver=${
        versionOf(extension)
      },api=1,filters=0,usedby=[],using=[],options=[]`,
    ] as const
  );

/** A section of INFO. */
interface TitledSection {
  readonly title: string;
  readonly section: Section;
  /** Whether INFO alone leaves it out; `named`: whoever does not name it. */
  readonly optional?: true | "named";
  /** Whether it is cheap enough to be told unasked. Default: it is. */
  readonly isCheap?: (store: Store) => boolean;
}

/** The sections in their order. */
const SECTIONS: readonly TitledSection[] = [
  { title: "Server", section: server },
  { title: "Clients", section: clients },
  { title: "Memory", section: memory },
  { title: "Persistence", section: persistence },
  { title: "Threads", section: threadFields },
  {
    title: "Storage",
    section: (context) => ({ ...storageSection(context), ...historyFields(context.store) }),
  },
  { title: "Stats", section: stats },
  { title: "Replication", section: replication },
  { title: "CPU", section: cpuFields },
  { title: "Modules", section: modules },
  { title: "Commandstats", section: commandstats, optional: true },
  { title: "Errorstats", section: errorstats },
  { title: "Latencystats", section: latencystats, optional: true },
  {
    title: "Cluster",
    section: ({ host }) => ({ cluster_enabled: host.cluster === undefined ? 0 : 1 }),
  },
  { title: "Keyspace", section: keyspace },
  { title: "Keysizes", section: ({ store }) => keySizeFields(store), isCheap: isQuicklySized },
  { title: "Debug", section: debugFields, optional: "named" },
];

function sectionText(title: string, fields: Fields): string {
  const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
  return `# ${title}\r\n${pairs.map(([name, value]) => `${name}:${value}\r\n`).join("")}`;
}

function infoText(context: Context): string {
  const { args, host } = context;
  const wanted = new Set<string>();
  for (let i = 1; i < args.count; i++) wanted.add(args.text(i).toLowerCase());
  const everything = wanted.has("all") || wanted.has("everything");
  const usual = wanted.size === 0 || wanted.has("default");
  const config = new Map(host.config.entries());
  const sections: string[] = [];
  for (const { title, section, optional, isCheap } of SECTIONS) {
    const unasked = (everything && optional !== "named") || (usual && optional === undefined);
    const told = unasked && (isCheap === undefined || isCheap(context.store));
    if (!told && !wanted.has(title.toLowerCase())) continue;
    sections.push(sectionText(title, section(context, config)));
  }
  const ofAll = wanted.has("everything") || wanted.has("modules");
  for (const { extension: { name }, attachment } of context.store.extensions.loaded) {
    const fields = ofAll || wanted.has(name) ? attachment?.info?.() : undefined;
    if (fields === undefined) continue;
    const own = Object.entries(fields).map(([field, value]) =>
      [`${name}_${field}`, value] as const
    );
    sections.push(sectionText(name, own));
  }
  return sections.join("\r\n");
}

/** INFO. */
export const info: Command = commandsOf("server")("INFO [section [section ...]]", {
  since: "1.0.0",
  arity: -1,
  flags: "loading stale",
  acl: "dangerous",
  tips: "nondeterministic_output request_policy:all_shards response_policy:special",
  summary: "Describes the state of the server.",
}, (context) => context.reply.verbatim("txt", infoText(context)));
