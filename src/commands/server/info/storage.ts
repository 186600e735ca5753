/** INFO's sections on the file: its size and state, and what is on the disk of what was written. */

import { storageFacts } from "../../../store/file/storage_facts.ts";
import { MEMORY, type Store } from "../../../store/store.ts";
import type { Context } from "../../table/command.ts";

type Fields = Readonly<Record<string, string | number>>;

/** `# Storage`. Ages are in milliseconds, -1 where there is none. */
export function storageSection({ store, host }: Context): Fields {
  const facts = storageFacts(store);
  const { info } = store.engine.connection;
  const { autoVacuum, walSync, path } = store;
  const { lastSyncedAtMs } = walSync;
  const now = store.engine.clock.now();
  return {
    storage: path === MEMORY ? "memory" : "file",
    file_status: store.fileWatch?.trouble?.message.replace(/[\r\n]/g, " ") ?? "ok",
    driver: info.name,
    schema_version: facts.schemaVersion,
    page_size: facts.pageSize,
    page_count: facts.pages,
    freelist_count: facts.freePages,
    file_bytes: facts.fileBytes,
    wal_bytes: facts.walBytes,
    wal_frames: facts.walFrames,
    wal_frames_not_checkpointed: facts.uncopiedFrames ?? -1,
    checkpoint_in_progress: Number(store.checkpointer.running),
    last_checkpoint: host.lastSave,
    durability: facts.durability,
    turns_not_synced: facts.unsyncedTurns,
    last_sync_age: lastSyncedAtMs === 0 ? -1 : Math.max(0, now - lastSyncedAtMs),
    auto_vacuum: facts.vacuumMode,
    autovacuum: path !== MEMORY && autoVacuum.enabled ? "on" : "off",
    autovacuum_interval: autoVacuum.intervalMs,
    vacuum_in_progress: Number(store.vacuum.running),
    ...jobFields(store),
    garbage_pending: facts.garbage,
    garbage_rows_deleted: store.garbage.deletedRows,
    cache_bytes: store.cacheBytes,
    cache_row_bytes: store.keyspace.cache.bytes.length,
    cache_row_hits: store.keyspace.cache.hits,
    cache_row_misses: store.keyspace.cache.misses,
    foreign_commits: store.engine.foreignCommits,
  };
}

/** How far each job is: what it does, and how much of that in per cent; -1 where nobody can tell. */
function jobFields({ jobs, engine }: Store): Fields {
  const fields: Record<string, string | number> = {};
  for (const name of ["vacuum", "backup", "integrity"] as const) {
    const job = jobs.find(name);
    if (name !== "vacuum") fields[`${name}_in_progress`] = Number(job !== undefined);
    if (job === undefined) continue;
    fields[`${name}_phase`] = job.phase;
    fields[`${name}_perc`] = job.share === undefined ? -1 : (job.share * 100).toFixed(2);
    fields[`${name}_seconds`] = Math.floor((engine.clock.now() - job.startedAtMs) / 1000);
  }
  return fields;
}

/**
 * The append-only file's part of `# Persistence`. The WAL is what Redis's is: what was written since
 * the database file was. A checkpoint does what a rewrite does there.
 */
export function appendOnlyFields(store: Store): Fields {
  const { checkpointer, walSync, engine } = store;
  const { fileBytes, walBytes } = storageFacts(store);
  const { running, startedAtMs, lastDurationMs } = checkpointer;
  const behind = store.log?.behind;
  const seconds = (ms: number) => ms < 0 ? -1 : Math.floor(ms / 1000);
  return {
    aof_enabled: 1,
    aof_rewrite_in_progress: Number(running),
    aof_rewrite_scheduled: 0,
    aof_last_rewrite_time_sec: seconds(lastDurationMs),
    aof_current_rewrite_time_sec: running ? seconds(engine.clock.now() - startedAtMs) : -1,
    aof_last_bgrewrite_status: checkpointer.consecutiveFailures > 0 ? "err" : "ok",
    aof_rewrites: checkpointer.completed,
    aof_rewrites_consecutive_failures: checkpointer.consecutiveFailures,
    aof_last_write_status: walSync.failed || engine.writeFailed || behind?.appendFailed
      ? "err"
      : "ok",
    aof_last_cow_size: 0,
    module_fork_in_progress: 0,
    module_fork_last_cow_size: 0,
    aof_current_size: fileBytes + walBytes + (behind?.size ?? 0),
    aof_base_size: fileBytes,
    aof_pending_rewrite: 0,
    aof_buffer_length: 0,
    aof_pending_bio_fsync: Number(walSync.running),
    aof_delayed_fsync: 0,
  };
}

/** The log before the database: its part of `# Persistence`. */
export function logFields(store: Store): Fields {
  const { log } = store;
  const behind = log?.behind;
  return {
    write_behind_enabled: Number(log?.wanted ?? false),
    write_behind_active: Number(behind?.on ?? false),
    write_behind_obstacle: log?.wanted ? log.obstacle ?? "" : "",
    write_behind_log_size: behind?.size ?? 0,
    write_behind_pending_turns: behind?.owed ?? 0,
    write_behind_turns: behind?.turns ?? 0,
    write_behind_bytes: behind?.bytes ?? 0,
    write_behind_commits: behind?.commits ?? 0,
  };
}
