/** INFO's `# Replication`. */

import type { MasterFacts } from "../../replication/following.ts";
import type { Section } from "./section.ts";

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

/** The server that is followed, and the replicas. */
export const replication: Section = ({ host }, config) => {
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
