import type { Clock } from "../engine/clock.ts";
import type { OnProgress } from "../engine/jobs.ts";
import type { Durability } from "../engine/wal_sync.ts";
import type { StoreExtension } from "./extensions/extension.ts";

/** How a store is opened. */
export interface StoreOptions {
  /** Memory for rows and pages together, in bytes. Default: 64 MB. */
  readonly cacheBytes?: number;
  /** How many databases SELECT knows. Default: 16. */
  readonly databases?: number | undefined;
  /** When a write counts as done. Default: `everysec`. */
  readonly durability?: Durability | undefined;
  /** Milliseconds a statement may wait for another process's lock. Default: 5000. */
  readonly busyTimeoutMs?: number | undefined;
  /** Take over an SQLite file that is not marked as ours. */
  readonly adopt?: boolean | undefined;
  /** The bytes that a new database begins as. */
  readonly image?: Uint8Array | undefined;
  /** Refuse writes, and leave everything in the background to the processes that write. */
  readonly readonly?: boolean | undefined;
  /** Another program makes the checkpoints, for one because it copies the WAL elsewhere. */
  readonly externalCheckpoints?: boolean;
  /** Is told how far the file is brought forward, if it is of an older format. */
  readonly onProgress?: OnProgress | undefined;
  /** The extensions it is opened with. */
  readonly extensions?: readonly StoreExtension[];
  /** Whether the driver's connections are ready for the extensions as they are. Default: no. */
  readonly connected?: boolean;
  /** Where the time comes from. */
  readonly clock?: Clock;
  /** Runs a slice of background work as a turn of its own. */
  readonly runTurn?: (slice: () => void) => void;
}
