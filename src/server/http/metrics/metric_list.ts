/**
 * The metrics, each by the field of INFO that it is read from. Those of Redis have the names that
 * redis_exporter gives them, so that dashboards and alerts made for it work; ours begin with
 * `redlite`. The dashboard is made from this list as well.
 *
 * @module
 */

/** How a metric is shown. */
export type Unit = "bytes" | "seconds" | "none" | "time";

/** A metric of one number. */
export interface Metric {
  /** The field of INFO. */
  readonly field: string;
  readonly name: string;
  readonly help: string;
  /** Whether it only grows until the next start. Otherwise it goes up and down. */
  readonly counter?: true;
  /** What the field is multiplied with. Default: 1. */
  readonly scale?: number;
  /** Whether the field is a text, and the metric whether that is `ok`. */
  readonly isOk?: true;
  /** Default: that which its name ends with, or none. */
  readonly unit?: Unit;
}

/** Metrics that belong together. */
export interface MetricGroup {
  readonly title: string;
  readonly metrics: readonly Metric[];
}

const MILLISECOND = 1e-3, MICROSECOND = 1e-6;

/** The form in which the list is written: a field, the name, what it is. */
type Row = readonly [field: string, name: string, help: string, more?: Partial<Metric>];

const group = (title: string, prefix: string, rows: readonly Row[]): MetricGroup => ({
  title,
  metrics: rows.map(([field, name, help, more]) => ({
    field,
    name: `${prefix}_${name}`,
    help,
    ...more,
    ...name.endsWith("_total") && { counter: true },
  })),
});

/** All of them. */
export const METRICS: readonly MetricGroup[] = [
  group("Server", "redis", [
    ["uptime_in_seconds", "uptime_in_seconds", "Seconds since the start", { unit: "seconds" }],
    ["process_id", "process_id", "Number of the process"],
    ["hz", "hz", "The parameter hz"],
    ["configured_hz", "configured_hz", "The parameter hz as it was set"],
    ["loading", "loading_dump_file", "Whether data is being loaded"],
    ["used_cpu_sys", "cpu_sys_seconds_total", "Processor time in the kernel"],
    ["used_cpu_user", "cpu_user_seconds_total", "Processor time outside of the kernel"],
    ["used_cpu_sys_children", "cpu_sys_children_seconds_total", "The same of child processes"],
    ["used_cpu_user_children", "cpu_user_children_seconds_total", "The same of child processes"],
    [
      "used_cpu_sys_main_thread",
      "cpu_sys_main_thread_seconds_total",
      "Processor time of the thread that runs commands, in the kernel",
    ],
    [
      "used_cpu_user_main_thread",
      "cpu_user_main_thread_seconds_total",
      "Processor time of the thread that runs commands, outside of the kernel",
    ],
  ]),
  group("Clients", "redis", [
    ["connected_clients", "connected_clients", "Clients, HTTP requests under way among them"],
    ["blocked_clients", "blocked_clients", "Clients that wait in a command"],
    ["tracking_clients", "tracking_clients", "Clients that cache keys"],
    ["maxclients", "config_maxclients", "Most clients at a time"],
    ["pubsub_clients", "pubsub_clients", "Clients that are subscribed"],
    ["watching_clients", "watching_clients", "Clients that watch keys"],
    [
      "client_recent_max_output_buffer",
      "client_recent_max_output_buffer_bytes",
      "The most replies that a client leaves unread",
    ],
    [
      "client_recent_max_input_buffer",
      "client_recent_max_input_buffer_bytes",
      "The most that a client has sent and that has not run",
    ],
    ["total_connections_received", "connections_received_total", "Clients that came"],
    ["rejected_connections", "rejected_connections_total", "Clients that were turned away"],
    ["evicted_clients", "evicted_clients_total", "Clients that were closed for memory"],
    [
      "client_query_buffer_limit_disconnections",
      "client_query_buffer_limit_disconnections_total",
      "Clients that were closed for what they sent",
    ],
    [
      "client_output_buffer_limit_disconnections",
      "client_output_buffer_limit_disconnections_total",
      "Clients that were closed for what they did not read",
    ],
    ["total_net_input_bytes", "net_input_bytes_total", "Bytes from clients"],
    ["total_net_output_bytes", "net_output_bytes_total", "Bytes to clients"],
    ["acl_access_denied_auth", "acl_access_denied_auth_total", "Failed authentications"],
    ["acl_access_denied_cmd", "acl_access_denied_cmd_total", "Refused commands"],
    ["acl_access_denied_key", "acl_access_denied_key_total", "Refused keys"],
    ["acl_access_denied_channel", "acl_access_denied_channel_total", "Refused channels"],
  ]),
  group("Commands", "redis", [
    ["total_commands_processed", "commands_processed_total", "Commands that ran"],
    ["total_error_replies", "total_error_replies", "Replies that were errors", { counter: true }],
    ["keyspace_hits", "keyspace_hits_total", "Reads of keys that are there"],
    ["keyspace_misses", "keyspace_misses_total", "Reads of keys that are not"],
    ["expired_keys", "expired_keys_total", "Keys that expired"],
    ["expired_subkeys", "expired_subkeys_total", "Fields of hashes that expired"],
    ["evicted_keys", "evicted_keys_total", "Keys that had to go"],
    ["expired_stale_perc", "expired_stale_percentage", "Share of keys that may have expired"],
    [
      "expired_time_cap_reached_count",
      "expired_time_cap_reached_total",
      "Sweeps that found no end",
    ],
    ["pubsub_channels", "pubsub_channels", "Channels with subscribers"],
    ["pubsub_patterns", "pubsub_patterns", "Patterns with subscribers"],
    ["pubsubshard_channels", "pubsubshard_channels", "Shard channels with subscribers"],
  ]),
  group("Memory", "redis", [
    ["used_memory", "memory_used_bytes", "Bytes of data in the file, which maxmemory limits"],
    ["used_memory_rss", "memory_used_rss_bytes", "Memory of the process"],
    ["used_memory_peak", "memory_used_peak_bytes", "The most bytes of data there were"],
    ["used_memory_lua", "memory_used_lua_bytes", "Memory of scripts"],
    ["used_memory_overhead", "memory_used_overhead_bytes", "Bytes of data beside values"],
    ["used_memory_startup", "memory_used_startup_bytes", "Bytes of data of an empty database"],
    ["used_memory_dataset", "memory_used_dataset_bytes", "Bytes of values"],
    ["used_memory_scripts", "memory_used_scripts_bytes", "Bytes of scripts and functions"],
    ["maxmemory", "memory_max_bytes", "Most bytes of data, 0 for any"],
    ["maxmemory", "config_maxmemory", "Most bytes of data, 0 for any", { unit: "bytes" }],
    ["allocator_active", "allocator_active_bytes", "V8's heap and what is held beside it"],
    ["allocator_allocated", "allocator_allocated_bytes", "What of it is in use"],
    ["allocator_resident", "allocator_resident_bytes", "What of it is in memory"],
    ["allocator_frag_ratio", "allocator_frag_ratio", "What is active by what is allocated"],
    ["allocator_frag_bytes", "allocator_frag_bytes", "What is active and not allocated"],
    ["allocator_rss_ratio", "allocator_rss_ratio", "What is resident by what is active"],
    ["allocator_rss_bytes", "allocator_rss_bytes", "What is resident and not active"],
    ["mem_fragmentation_ratio", "mem_fragmentation_ratio", "Memory of the process by its heap"],
    ["mem_fragmentation_bytes", "mem_fragmentation_bytes", "Memory of the process past its heap"],
    ["mem_clients_slaves", "mem_clients_slaves", "Memory of replicas' buffers", { unit: "bytes" }],
    ["mem_clients_normal", "mem_clients_normal", "Memory of clients", { unit: "bytes" }],
    [
      "mem_not_counted_for_evict",
      "mem_not_counted_for_eviction_bytes",
      "Memory that maxmemory does not limit",
    ],
    ["lazyfree_pending_objects", "lazyfree_pending_objects", "Deleted values that wait"],
    ["active_defrag_running", "active_defrag_running", "Whether memory is put in order"],
  ]),
  group("Persistence", "redis", [
    ["rdb_changes_since_last_save", "rdb_changes_since_last_save", "Changes since a backup"],
    ["rdb_bgsave_in_progress", "rdb_bgsave_in_progress", "Whether a backup is made"],
    [
      "rdb_last_save_time",
      "rdb_last_save_timestamp_seconds",
      "When the last backup was made",
      { unit: "time" },
    ],
    ["rdb_last_bgsave_status", "rdb_last_bgsave_status", "Whether the last backup was made"],
    [
      "rdb_last_bgsave_time_sec",
      "rdb_last_bgsave_duration_sec",
      "How long it took",
      { unit: "seconds" },
    ],
    [
      "rdb_current_bgsave_time_sec",
      "rdb_current_bgsave_duration_sec",
      "How long it takes so far",
      { unit: "seconds" },
    ],
    ["aof_enabled", "aof_enabled", "Whether writes are kept"],
    ["aof_rewrite_in_progress", "aof_rewrite_in_progress", "Whether a checkpoint runs"],
    ["aof_rewrite_scheduled", "aof_rewrite_scheduled", "Whether a checkpoint is to run"],
    [
      "aof_last_rewrite_time_sec",
      "aof_last_rewrite_duration_sec",
      "How long the last checkpoint took",
      { unit: "seconds" },
    ],
    [
      "aof_current_rewrite_time_sec",
      "aof_current_rewrite_duration_sec",
      "How long it takes so far",
      { unit: "seconds" },
    ],
    ["aof_current_size", "aof_current_size_bytes", "Bytes of the file and its WAL"],
    ["aof_base_size", "aof_base_size_bytes", "Bytes of the file"],
    ["aof_pending_bio_fsync", "aof_pending_bio_fsync", "Whether a sync runs"],
    ["aof_delayed_fsync", "aof_delayed_fsync", "Syncs that came late"],
    ["aof_last_bgrewrite_status", "aof_last_bgrewrite_status", "Whether checkpoints succeed"],
    ["aof_last_write_status", "aof_last_write_status", "Whether writes succeed"],
  ]),
  group("Replication", "redis", [
    ["connected_slaves", "connected_slaves", "Replicas"],
    ["master_repl_offset", "master_repl_offset", "Bytes of the stream of changes"],
    ["second_repl_offset", "second_repl_offset", "Bytes up to which the former stream counts"],
    ["repl_backlog_size", "replication_backlog_bytes", "Bytes of the backlog at most"],
    ["repl_backlog_active", "repl_backlog_is_active", "Whether there is a backlog"],
    ["repl_backlog_first_byte_offset", "repl_backlog_first_byte_offset", "Where it begins"],
    ["repl_backlog_histlen", "repl_backlog_history_bytes", "Bytes of the backlog"],
    ["sync_full", "replica_resyncs_full", "Replicas that got everything", { counter: true }],
    [
      "sync_partial_ok",
      "replica_partial_resync_accepted",
      "Replicas that got what they lacked",
      { counter: true },
    ],
    [
      "sync_partial_err",
      "replica_partial_resync_denied",
      "Replicas that lacked too much",
      { counter: true },
    ],
  ]),
  group("File", "redlite", [
    ["file_bytes", "file_bytes", "Bytes of the database file"],
    ["page_size", "file_page_bytes", "Bytes of a page"],
    ["page_count", "file_pages", "Pages of the file"],
    ["freelist_count", "file_free_pages", "Pages that are free"],
    ["file_status", "file_ok", "Whether the file is where it was", { isOk: true }],
    ["maxdisk", "file_max_bytes", "Most bytes on the disk, 0 for any"],
    ["garbage_pending", "garbage_pending", "Deleted values whose rows are there"],
    ["garbage_rows_deleted", "garbage_rows_deleted_total", "Rows that were deleted afterwards"],
    ["vacuum_in_progress", "vacuum_in_progress", "Whether the file is rewritten"],
    ["integrity_in_progress", "integrity_in_progress", "Whether the file is checked"],
    ["foreign_commits", "foreign_commits_total", "Commits of other processes"],
  ]),
  group("Log and durability", "redlite", [
    ["wal_bytes", "wal_bytes", "Bytes of the write-ahead log"],
    ["wal_frames", "wal_frames", "Pages in it"],
    ["wal_frames_not_checkpointed", "wal_frames_not_checkpointed", "Pages that the file lacks"],
    ["checkpoint_in_progress", "checkpoint_in_progress", "Whether a checkpoint runs"],
    ["aof_rewrites", "checkpoints_total", "Checkpoints"],
    ["aof_rewrites_consecutive_failures", "checkpoint_failures", "Failures since one succeeded"],
    [
      "last_checkpoint",
      "last_checkpoint_timestamp_seconds",
      "When the last one was",
      { unit: "time" },
    ],
    ["turns_committed", "turns_committed_total", "Turns that were committed"],
    ["turns_synced", "turns_synced_total", "Turns that are on the disk"],
    ["turns_not_synced", "turns_not_synced", "Turns that are not on the disk yet"],
    ["last_sync_age", "last_sync_age_seconds", "Since the last sync", { scale: MILLISECOND }],
    [
      "write_behind_enabled",
      "write_behind_enabled",
      "Whether a log before the database is asked for",
    ],
    ["write_behind_active", "write_behind_active", "Whether there is one"],
    ["write_behind_log_size", "write_behind_log_bytes", "Bytes of it"],
    ["write_behind_pending_turns", "write_behind_pending_turns", "Turns that the database lacks"],
    ["write_behind_turns", "write_behind_turns_total", "Turns that were written to it"],
    ["write_behind_bytes", "write_behind_bytes_total", "Bytes that were written to it"],
    ["write_behind_commits", "write_behind_commits_total", "Commits of what was in it"],
    ["eventloop_cycles", "turns_total", "Turns, those that only read among them"],
    [
      "eventloop_duration_sum",
      "turns_duration_seconds_total",
      "Time in turns",
      { scale: MICROSECOND },
    ],
  ]),
  group("Cache", "redlite", [
    ["cache_bytes", "cache_bytes", "Memory for rows and pages"],
    ["cache_row_bytes", "row_cache_bytes", "Memory of the cache of rows"],
    ["cache_row_hits", "row_cache_hits_total", "Rows that were in it"],
    ["cache_row_misses", "row_cache_misses_total", "Rows that were not"],
  ]),
  group("History", "redlite", [
    ["history_enabled", "history_enabled", "Whether history is on for any key"],
    ["history_settings", "history_settings", "Settings of history"],
    [
      "history_last_change",
      "history_last_change_timestamp_seconds",
      "When something was recorded last",
      { scale: MILLISECOND, unit: "time" },
    ],
    [
      "history_pruned_before",
      "history_pruned_before_timestamp_seconds",
      "From when on the past is there",
      { scale: MILLISECOND, unit: "time" },
    ],
  ]),
];

/** How a metric is shown. */
export function unitOf({ name, unit }: Metric): Unit {
  if (unit !== undefined) return unit;
  if (/_bytes(_total)?$/.test(name)) return "bytes";
  return /_seconds(_total)?$/.test(name) ? "seconds" : "none";
}
