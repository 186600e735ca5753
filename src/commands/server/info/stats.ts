/** What INFO counts: `# Stats`, and the commands, errors and latencies one by one. */

import { loopFields } from "./process.ts";
import type { Section } from "./section.ts";

/** `# Stats`. */
export const stats: Section = (context) => {
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

/** `# Commandstats`. */
export const commandstats: Section = ({ host }) => {
  const fields: Record<string, string> = {};
  for (const [name, { calls, microseconds, rejected, failed }] of host.stats.commands) {
    const each = calls === 0 ? 0 : microseconds / calls;
    fields[`cmdstat_${name}`] = `calls=${calls},usec=${Math.round(microseconds)},` +
      `usec_per_call=${each.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`;
  }
  return fields;
};

/** `# Errorstats`. */
export const errorstats: Section = ({ host }) => {
  const fields: Record<string, string> = {};
  for (const [code, count] of host.stats.errorsByCode) {
    // A code word may come from a client and must not look like another field.
    fields[`errorstat_${code.replace(/[#:=\s]/g, "_")}`] = `count=${count}`;
  }
  return fields;
};

/** `# Latencystats`. */
export const latencystats: Section = ({ host }, config) => {
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
