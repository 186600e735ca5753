/**
 * Redis's parameters for what Redlite has none of: clusters, an append-only file,
 * jemalloc, the kernel's knobs, OpenSSL. Tools set them and read them back, so they take what Redis
 * takes, keep it, and change nothing.
 *
 * @module
 */

import { INT64_MAX } from "../../store/values/integers.ts";
import { immutable, mutable, type Parameter } from "./parameter.ts";
import {
  baseName,
  boolean,
  choice,
  clamped,
  hostName,
  integer,
  locale,
  memory,
  oomScores,
  oomScoring,
  string,
  titleTemplate,
} from "./parameter_types.ts";

const port = integer(0, 65535);
const MB = 1024 * 1024;

/** Parameters that are kept. */
export const KEPT_PARAMETERS: readonly Parameter[] = [
  // The append-only file and snapshots.
  mutable("no-appendfsync-on-rewrite", boolean, "no"),
  mutable("auto-aof-rewrite-percentage", integer(0), 100),
  mutable("auto-aof-rewrite-min-size", memory(), 64 * MB),
  mutable("aof-use-rdb-preamble", boolean, "yes"),
  mutable("stop-writes-on-bgsave-error", boolean, "yes"),
  mutable("rdbcompression", boolean, "yes"),
  immutable("rdbchecksum", boolean, "yes"),
  mutable("sanitize-dump-payload", choice("no", "yes", "clients"), "no"),
  immutable("appendfilename", baseName("appendfilename", "filename"), "appendonly.aof"),
  immutable("appenddirname", baseName("appenddirname", "dirname"), "appendonlydir"),
  mutable("aof-load-truncated", boolean, "yes"),
  mutable("aof-rewrite-incremental-fsync", boolean, "yes"),
  mutable("aof-timestamp-enabled", boolean, "no"),
  mutable("rdb-del-sync-files", boolean, "no"),
  mutable("rdb-save-incremental-fsync", boolean, "yes"),

  // Structures that have another shape here, and work that is always in the background.
  mutable("activerehashing", boolean, "yes"),
  mutable("active-expire-effort", integer(1, 10), 1),
  mutable("lazyfree-lazy-eviction", boolean, "no"),
  mutable("lazyfree-lazy-expire", boolean, "no"),
  mutable("lazyfree-lazy-server-del", boolean, "no"),
  mutable("lazyfree-lazy-user-del", boolean, "no"),
  mutable("lazyfree-lazy-user-flush", boolean, "no"),
  mutable("list-compress-depth", integer(0), 0),
  mutable("array-slice-size", integer(1), 4096),
  mutable("array-sparse-kmax", integer(0), 10),
  mutable("array-sparse-kmin", integer(0), 5),

  // The allocator.
  mutable("active-defrag-cycle-min", integer(1, 99), 1),
  mutable("active-defrag-cycle-max", integer(1, 99), 25),
  mutable("active-defrag-ignore-bytes", memory(1), 100 * MB),
  mutable("active-defrag-max-scan-fields", integer(1, INT64_MAX), 1000),
  mutable("active-defrag-threshold-lower", integer(0, 1000), 10),
  mutable("active-defrag-threshold-upper", integer(0, 1000), 100),
  mutable("jemalloc-bg-thread", boolean, "yes"),

  // The process and the system.
  mutable("hz", clamped(1, 500), 10),
  mutable("dynamic-hz", boolean, "yes"),
  mutable("shutdown-timeout", integer(0), 10),
  immutable("io-threads", integer(1, 128), 1),
  immutable("enable-module-command", choice("no", "yes", "local"), "no"),
  immutable("always-show-logo", boolean, "no"),
  immutable("disable-thp", boolean, "yes"),
  immutable("server-cpulist server_cpulist", string, ""),
  immutable("bio-cpulist bio_cpulist", string, ""),
  immutable("aof-rewrite-cpulist aof_rewrite_cpulist", string, ""),
  immutable("bgsave-cpulist bgsave_cpulist", string, ""),
  immutable("set-proc-title", boolean, "yes"),
  mutable("proc-title-template", titleTemplate, "{title} {listen-addr} {server-mode}"),
  mutable("oom-score-adj", oomScoring, "no"),
  mutable("oom-score-adj-values", oomScores, "0 200 800"),
  mutable("crash-log-enabled", boolean, "yes"),
  mutable("crash-memcheck-enabled", boolean, "yes"),
  mutable("ignore-warnings", string, ""),
  mutable("locale-collate", locale, ""),

  // Connections.
  mutable("bind-source-addr", string, ""),
  immutable("socket-mark-id", integer(0, (1n << 32n) - 1n), 0),
  mutable("max-new-connections-per-cycle", integer(1, 1000), 10),
  mutable("max-new-tls-connections-per-cycle", integer(1, 1000), 1),
  mutable("tls-ca-cert-dir", string, ""),
  mutable("tls-ciphers", string, ""),
  mutable("tls-ciphersuites", string, ""),
  mutable("tls-client-key-file-pass", string, ""),
  mutable("tls-cluster", boolean, "no"),
  mutable("tls-dh-params-file", string, ""),
  mutable("tls-key-file-pass", string, ""),
  mutable("tls-prefer-server-ciphers", boolean, "no"),
  mutable("tls-protocols", string, ""),
  mutable("tls-session-cache-size", integer(0), 20480),
  mutable("tls-session-cache-timeout", integer(0), 300),
  mutable("tls-session-caching", boolean, "yes"),

  // Replication.
  mutable("replica-lazy-flush slave-lazy-flush", boolean, "yes"),
  mutable("repl-diskless-sync", boolean, "yes"),
  mutable("repl-diskless-sync-delay", integer(0), 5),
  mutable("repl-disable-tcp-nodelay", boolean, "no"),
  mutable("propagation-error-behavior", choice("ignore", "panic", "panic-on-replicas"), "ignore"),
  mutable("repl-diskless-load", choice("disabled", "on-empty-db", "swapdb"), "disabled"),
  mutable("repl-diskless-sync-max-replicas", integer(0), 0),
  mutable("replica-full-sync-buffer-limit", memory(), 0),
  mutable("replica-ignore-disk-write-errors", boolean, "no"),
  mutable("replica-ignore-maxmemory slave-ignore-maxmemory", boolean, "yes"),

  // Clusters.
  mutable("cluster-allow-pubsubshard-when-down", boolean, "yes"),
  mutable("cluster-allow-reads-when-down", boolean, "no"),
  mutable("cluster-allow-replica-migration", boolean, "yes"),
  mutable("cluster-announce-bus-port", port, 0),
  mutable("cluster-announce-hostname", hostName, ""),
  mutable("cluster-announce-human-nodename", string, ""),
  mutable("cluster-announce-ip", string, ""),
  mutable("cluster-announce-port", port, 0),
  mutable("cluster-announce-tls-port", port, 0),
  mutable("cluster-compatibility-sample-ratio", integer(0, 100), 0),
  immutable("cluster-config-file", string, "nodes.conf"),
  mutable("cluster-link-sendbuf-limit", memory(), 0),
  mutable("cluster-migration-barrier", integer(0), 1),
  mutable("cluster-node-timeout", integer(0, INT64_MAX), 15000),
  immutable("cluster-port", port, 0),
  mutable(
    "cluster-preferred-endpoint-type",
    choice("ip", "hostname", "unknown-endpoint"),
    "ip",
  ),
  mutable("cluster-replica-no-failover cluster-slave-no-failover", boolean, "no"),
  mutable("cluster-replica-validity-factor cluster-slave-validity-factor", integer(0), 10),
  mutable("cluster-require-full-coverage", boolean, "yes"),
];
