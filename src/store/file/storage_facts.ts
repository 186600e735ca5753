/** How the data is stored, in figures: for INFO and for reports. */

import { files, isNotFound } from "../../runtime/files.ts";
import type { Durability } from "../../engine/wal_sync.ts";
import type { VacuumMode } from "./free_pages.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { MEMORY, type Store } from "../store.ts";

/** Bytes before the first frame of a WAL, and beside the page in each. */
const WAL_HEADER = 32, FRAME_HEADER = 24;

/** Figures of one store. */
export interface StorageFacts {
  /** Bytes of a page. */
  readonly pageSize: number;
  /** Pages of the database, those that are in the WAL alone included. */
  readonly pages: number;
  /** Pages that nothing uses. */
  readonly freePages: number;
  /** Bytes of the database file; of the pages where there is none. */
  readonly fileBytes: number;
  /** Bytes of the WAL's file, which keeps its size when it starts over. */
  readonly walBytes: number;
  /** Frames in the WAL; the most that fit its file where the driver cannot tell. */
  readonly walFrames: number;
  /** Frames that no checkpoint has copied yet; undefined where the driver cannot tell. */
  readonly uncopiedFrames: number | undefined;
  /** Whether the file can give single pages back. */
  readonly vacuumMode: VacuumMode;
  /** Keys and databases that are deleted and whose rows are still there. */
  readonly garbage: number;
  /** The format's version. */
  readonly schemaVersion: number;
  /** When a write counts as done. */
  readonly durability: Durability;
  /** Turns committed and not known to be on the disk. */
  readonly unsyncedTurns: number;
}

/** The figures of a store, as the turn sees them. */
export function storageFacts(store: Store): StorageFacts {
  const { engine, freePages, walSync, garbage, path, sole } = store;
  const { pageSize } = freePages;
  const { total, free } = freePages.count();
  const inMemory = path === MEMORY;
  const walBytes = sole ? 0 : sizeOf(`${path}-wal`);
  const fitting = Math.max(0, Math.floor((walBytes - WAL_HEADER) / (pageSize + FRAME_HEADER)));
  return {
    pageSize,
    pages: total,
    freePages: free,
    fileBytes: sole ? total * pageSize : sizeOf(path),
    walBytes,
    walFrames: engine.connection.walFrames() ?? fitting,
    uncopiedFrames: inMemory ? 0 : engine.connection.uncopiedFrames(),
    vacuumMode: freePages.mode,
    garbage: garbage.count(),
    schemaVersion: SCHEMA_VERSION,
    durability: walSync.mode,
    unsyncedTurns: engine.committedTurn - walSync.syncedTurn,
  };
}

/** A file's size; 0 without one. It is not opened: that would drop SQLite's locks when it is closed. */
function sizeOf(path: string): number {
  try {
    return files.statSync(path).size;
  } catch (error) {
    if (isNotFound(error)) return 0;
    throw error;
  }
}
