/** INFO's `# Persistence`. */

import type { Store } from "../../../store/store.ts";
import type { Host } from "../../table/host.ts";
import { appendOnlyFields, logFields } from "./storage.ts";
import type { Section } from "./section.ts";

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

/** Saves, the append-only file that there is none of, and the log before the database. */
export const persistence: Section = ({ host, store }) => ({
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
