/**
 * The configuration parameters: their names, types and defaults.
 *
 * Redis's knobs for structures that Redlite has none of are in `kept_parameters.ts`. `maxmemory` limits the
 * bytes of live data in the file; what is held in memory of it is bounded by `--cache`.
 *
 * @module
 */

import { INT64_MAX } from "../../store/values/integers.ts";
import { KEPT_PARAMETERS } from "./kept_parameters.ts";
import { SKETCH_PARAMETERS } from "./sketch_parameters.ts";
import {
  byCommands,
  guarded,
  immutable,
  mutable,
  type Parameter,
  reference,
  untilNextStart,
} from "./parameter.ts";
import {
  activeDefragmentation,
  baseName,
  bindAddresses,
  boolean,
  choice,
  fixed,
  integer,
  keyspaceEvents,
  memory,
  memoryOrPercent,
  octal,
  only,
  outputBufferLimits,
  type ParameterType,
  percentiles,
  place,
  replication,
  savePoints,
  shutdownOptions,
  string,
} from "./parameter_types.ts";
import { SERIES_PARAMETERS } from "./series_parameters.ts";

const UINT_MAX = (1n << 32n) - 1n;
const MB = 1024 * 1024;

const OLD_POLICIES = choice(
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "noeviction",
);

/** The policies; those of Redis 8.6 are not named to who gives an unknown one, as before it. */
const POLICIES: ParameterType = (text, current) => {
  const policy = text.toLowerCase();
  return policy === "volatile-lrm" || policy === "allkeys-lrm"
    ? policy
    : OLD_POLICIES(text, current);
};

/** The parameters that mean something here. */
const OWN_PARAMETERS: readonly Parameter[] = [
  // Network and clients.
  untilNextStart("bind", bindAddresses, ""),
  untilNextStart("port", integer(0, 65535), 0),
  immutable("unixsocket", string, ""),
  immutable("unixsocketperm", octal(0o777), "0"),
  untilNextStart("tls-port", integer(0, 65535), 0),
  reference("tls-cert-file", string, ""),
  reference("tls-key-file", string, ""),
  immutable(
    "tls-auth-clients",
    only("no", choice("no", "yes", "optional"), "the runtime cannot ask clients for certificates"),
    "no",
  ),
  immutable("tcp-backlog", integer(0), 511),
  mutable("tcp-keepalive", integer(0), 300),
  mutable("timeout", integer(0), 0),
  mutable("maxclients", integer(1, UINT_MAX), 10000),
  mutable("protected-mode", boolean, "yes"),
  mutable("requirepass", string, ""),
  mutable("proto-max-bulk-len", memory(MB), 512 * MB),
  mutable("client-query-buffer-limit", memory(MB), 1024 * MB),
  mutable(
    "client-output-buffer-limit",
    outputBufferLimits,
    "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
  ),
  mutable("notify-keyspace-events", keyspaceEvents, ""),
  mutable("tracking-table-max-keys", integer(0, INT64_MAX), 1_000_000),

  // Storage and durability.
  immutable("databases", integer(1), 16),
  guarded("dir", string, ""),
  immutable("backupdirname", baseName("backupdirname", "dirname"), "backupdir"),
  mutable("backup-sealed-ttl", integer(0), 0),
  guarded("dbfilename", baseName("dbfilename", "filename"), ""),
  mutable(
    "appendonly",
    fixed("yes", boolean, "every write goes to the database file"),
    "yes",
  ),
  mutable("appendfsync", choice("everysec", "always", "no"), "always"),
  mutable("save", savePoints, ""),
  mutable("write-behind", boolean, "no"),

  // Memory.
  mutable("maxmemory", memory(0, (1n << 64n) - 1n), 0),
  mutable("maxmemory-policy", POLICIES, "noeviction"),
  mutable("maxmemory-samples", integer(1, 64), 5),
  mutable("maxmemory-eviction-tenacity", integer(0, 100), 10),
  mutable("maxmemory-clients", memoryOrPercent, 0),
  mutable("lfu-log-factor", integer(0), 10),
  mutable("lfu-decay-time", integer(0), 1),
  mutable("activedefrag", activeDefragmentation, "no"),

  // Encodings.
  mutable("hash-max-listpack-entries hash-max-ziplist-entries", integer(0, INT64_MAX), 512),
  mutable("hash-max-listpack-value hash-max-ziplist-value", memory(), 64),
  mutable("list-max-listpack-size list-max-ziplist-size", integer(-Number(1n << 31n)), -2),
  mutable("set-max-intset-entries", integer(0, INT64_MAX), 512),
  mutable("set-max-listpack-entries", integer(0, INT64_MAX), 128),
  mutable("set-max-listpack-value", memory(), 64),
  mutable("zset-max-listpack-entries zset-max-ziplist-entries", integer(0, INT64_MAX), 128),
  mutable("zset-max-listpack-value zset-max-ziplist-value", memory(), 64),
  mutable("hll-sparse-max-bytes", memory(), 3000),
  mutable("stream-node-max-bytes", memory(), 4096),
  mutable("stream-node-max-entries", integer(0, INT64_MAX), 100),
  mutable("stream-idmp-duration", integer(1, 86400), 100),
  mutable("stream-idmp-maxsize", integer(1, 10000), 100),

  // Time series.
  ...SERIES_PARAMETERS,
  // Filters that commands make without saying what they are like.
  ...SKETCH_PARAMETERS,

  // The process, its log and what it measures.
  immutable(
    "daemonize",
    only(
      "no",
      boolean,
      "this server stays in the foreground; let systemd run it (ext/packaging/redlite.service), " +
        "or a shell: nohup redlite ... &",
    ),
    "no",
  ),
  immutable("supervised", choice("upstart", "systemd", "auto", "no"), "no"),
  immutable("pidfile", string, ""),
  immutable("logfile", string, ""),
  immutable("log-format", choice("text", "json"), "text"),
  mutable("loglevel", choice("debug", "verbose", "notice", "warning", "nothing"), "notice"),
  immutable("syslog-enabled", boolean, "no"),
  immutable(
    "syslog-facility",
    choice("user", ...Array.from({ length: 8 }, (_, i) => `local${i}`)),
    "local0",
  ),
  immutable("syslog-ident", string, "redis"),
  mutable("slowlog-log-slower-than", integer(-1, INT64_MAX), 10000),
  mutable("slowlog-max-argc", integer(1), 32),
  mutable("slowlog-max-len", integer(0, INT64_MAX), 128),
  mutable("latency-monitor-threshold", integer(0, INT64_MAX), 0),
  mutable("latency-tracking", boolean, "yes"),
  mutable("latency-tracking-info-percentiles", percentiles, "50 99 99.9"),
  mutable("busy-reply-threshold lua-time-limit", integer(0, INT64_MAX), 5000),
  mutable("shutdown-on-sigint", shutdownOptions, "default"),
  mutable("shutdown-on-sigterm", shutdownOptions, "default"),
  mutable("hide-user-data-from-log", boolean, "no"),
  immutable("enable-debug-command", choice("no", "yes", "local"), "local"),
  immutable("enable-protected-configs", choice("no", "yes", "local"), "no"),
  mutable("acl-pubsub-default", choice("allchannels", "resetchannels"), "resetchannels"),
  mutable("acllog-max-len", integer(0, INT64_MAX), 128),
  immutable("aclfile", string, ""),

  // Replicas that follow this server.
  mutable("min-replicas-to-write min-slaves-to-write", integer(0), 0),
  mutable("min-replicas-max-lag min-slaves-max-lag", integer(0), 10),
  mutable("repl-timeout", integer(1), 60),
  mutable("repl-ping-replica-period repl-ping-slave-period", integer(1), 10),
  mutable("repl-backlog-size", memory(1), MB),
  mutable("repl-backlog-ttl", integer(0, INT64_MAX), 3600),

  immutable("cluster-enabled", boolean, "no"),

  // The server that this one follows.
  byCommands("replicaof slaveof", replication, ""),
  mutable("masterauth", string, ""),
  mutable("masteruser", string, ""),
  mutable("replica-read-only slave-read-only", boolean, "yes"),
  mutable("replica-serve-stale-data slave-serve-stale-data", boolean, "yes"),
  mutable("replica-priority slave-priority", integer(0), 100),
  mutable("replica-announce-ip slave-announce-ip", string, ""),
  mutable("replica-announce-port slave-announce-port", integer(0, 65535), 0),
  mutable("replica-announced", boolean, "yes"),
  mutable("tls-replication", boolean, "no"),
  mutable("tls-ca-cert-file", string, ""),
  mutable("tls-client-cert-file", string, ""),
  mutable("tls-client-key-file", string, ""),

  // Redlite's own.
  immutable("http", place, ""),
  mutable("maxdisk", memory(), 0),
  mutable("cache-mb cache", integer(1, 1_000_000), 64),
  immutable("checkpoints", choice("internal", "external"), "internal"),
  mutable("sql-max-rows", integer(0, INT64_MAX), 10_000),
  mutable("sql-timeout-ms", integer(0, INT64_MAX), 1000),
  immutable("sqlite-driver", string, ""),
  immutable("sqlite-lib", string, ""),
  immutable("extensions", string, ""),
];

/** The names of those that are kept and change nothing. */
export const KEPT_NAMES: ReadonlySet<string> = new Set(KEPT_PARAMETERS.map(({ name }) => name));

/** All parameters. */
export const PARAMETERS: readonly Parameter[] = [...OWN_PARAMETERS, ...KEPT_PARAMETERS];
