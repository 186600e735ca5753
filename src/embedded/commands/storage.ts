/** The typed methods of the commands on the database file. */

import { type Argument, type Data, type Key, toText } from "../data.ts";
import { CommandGroup } from "./group.ts";
import { checked, type Kinds } from "./option_words.ts";
import type { OnProgress } from "../../engine/jobs.ts";

/**
 * What {@linkcode StorageCommands.keyinfo} tells of a key.
 *
 * @example
 * ```ts
 * import { type KeyInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("k", "v");
 * const info: KeyInfo | null = db.keyinfo("k");
 * console.log(info?.type, info?.version); // "string" 1
 * ```
 */
export interface KeyInfo {
  /** The type of its value, as `type` tells it. */
  type: string;
  /** Milliseconds until it expires; `null` if it does not. */
  ttl: number | null;
  /** When it was made, Unix time in milliseconds. */
  createdAt: number;
  /** When it was last changed, Unix time in milliseconds. */
  updatedAt: number;
  /** Grows with every change. */
  version: number;
  /** Bytes of a string, elements of a collection. */
  length: number;
  /** Bytes of the value: exact up to two thousand elements, estimated beyond. */
  bytes: number;
  /** How Redis would hold it. */
  encoding: string;
  /** `off`, or at which level its history is kept and how long. */
  history: string;
}

/**
 * Options of {@linkcode StorageCommands.vacuum}.
 *
 * @example
 * ```ts
 * import { Redlite, type VacuumOptions } from "@redlite/redlite";
 *
 * const path = await Deno.makeTempFile({ suffix: ".db" });
 * await using db = Redlite.open(path);
 * const options: VacuumOptions = { incremental: true };
 * console.log((await db.vacuum(options)).expiredKeys); // 0
 * ```
 */
export interface VacuumOptions {
  /** Give free pages back, in place of rewriting the file. */
  incremental?: boolean;
  /** The most pages to give back, all of them by default; implies `incremental`. */
  pages?: number;
  /** Ends the waiting, not the work: the promise is rejected with its reason. */
  signal?: AbortSignal;
  /** Is told how far it is. */
  onProgress?: OnProgress;
}

/** What they take. */
const VACUUM: Kinds<VacuumOptions> = {
  incremental: "flag",
  pages: "number",
  signal: "signal",
  onProgress: "function",
};

/**
 * What {@linkcode StorageCommands.vacuum} did.
 *
 * @example
 * ```ts
 * import { Redlite, type VacuumResult } from "@redlite/redlite";
 *
 * const path = await Deno.makeTempFile({ suffix: ".db" });
 * await using db = Redlite.open(path);
 * const result: VacuumResult = await db.vacuum();
 * console.log(result.pagesAfter <= result.pagesBefore); // true
 * ```
 */
export interface VacuumResult {
  /** The database's size before, in pages. */
  pagesBefore: number;
  /** Its size now, in pages. */
  pagesAfter: number;
  /** Its size before, in bytes. */
  bytesBefore: number;
  /** Its size now, in bytes. */
  bytesAfter: number;
  /** Expired keys that were deleted. */
  expiredKeys: number;
  /** Rows that were deleted because no key referred to them any more. */
  garbageRows: number;
}

/**
 * What {@linkcode StorageCommands.autovacuum} changes.
 *
 * @example
 * ```ts
 * import { type AutovacuumOptions, Redlite } from "@redlite/redlite";
 *
 * const path = await Deno.makeTempFile({ suffix: ".db" });
 * await using db = Redlite.open(path);
 * const options: AutovacuumOptions = { enabled: false };
 * console.log(db.autovacuum(options).enabled); // false
 * ```
 */
export interface AutovacuumOptions {
  /** Whether free pages are given back in the background. */
  enabled?: boolean;
  /** Milliseconds between two looks, at least 1000. */
  interval?: number;
}

/** What they take. */
const AUTOVACUUM: Kinds<AutovacuumOptions> = { enabled: "flag", interval: "number" };

/**
 * What {@linkcode StorageCommands.autovacuum} tells.
 *
 * @example
 * ```ts
 * import { type AutovacuumStatus, Redlite } from "@redlite/redlite";
 *
 * const path = await Deno.makeTempFile({ suffix: ".db" });
 * await using db = Redlite.open(path);
 * const status: AutovacuumStatus = db.autovacuum();
 * console.log(status.enabled, status.mode); // true "incremental"
 * ```
 */
export interface AutovacuumStatus {
  /** Whether free pages are given back in the background. */
  enabled: boolean;
  /** Milliseconds between two looks. */
  interval: number;
  /** Whether the file can give single pages back: `incremental` if so. */
  mode: "none" | "full" | "incremental";
  /** Pages of the database. */
  pages: number;
  /** Pages that nothing uses. */
  freePages: number;
  /** Pages given back so far by this object. */
  releasedPages: number;
  /** When it last gave some back, Unix time in milliseconds; 0 for never. */
  lastRun: number;
}

/**
 * The commands on how keys are stored; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite, type StorageCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const size = (storage: StorageCommands<string>, key: string) => storage.keyinfo(key)?.bytes;
 * db.set("k", "value");
 * console.log(size(db, "k")); // 5
 * ```
 */
export abstract class StorageCommands<V extends Data> extends CommandGroup<V> {
  /**
   * KEYINFO: when a key was made and changed, its version, size, encoding and history.
   *
   * @returns `null` if the key is absent.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.set("greeting", "hello");
   * console.log(db.keyinfo("greeting")?.bytes); // 5
   * ```
   */
  keyinfo(key: Key): KeyInfo | null {
    const reply = this.core.run(["KEYINFO", key], toText) as Map<string, unknown> | null;
    if (reply === null) return null;
    return named<KeyInfo>(reply);
  }

  /**
   * VACUUM: deletes expired keys and what deletes left behind, and makes the file as small as what
   * is in it. Other calls go on meanwhile, but while SQLite rewrites the file one that writes waits,
   * for `busyTimeout` at most; with `incremental` nobody waits longer than a few milliseconds.
   *
   * @throws {RedliteError} If the database has no file, or a VACUUM runs already.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * const path = await Deno.makeTempFile({ suffix: ".db" });
   * await using db = Redlite.open(path);
   * const { bytesBefore, bytesAfter } = await db.vacuum();
   * console.log(bytesBefore, bytesAfter);
   * ```
   */
  async vacuum(options: VacuumOptions = {}): Promise<VacuumResult> {
    const { incremental, pages, signal, onProgress } = checked(options, VACUUM);
    const words: Argument[] = ["VACUUM"];
    if (incremental || pages !== undefined) words.push("INCREMENTAL");
    if (pages !== undefined) words.push(pages);
    const stop = onProgress && this.core.watchJobs((progress) => {
      if (progress.job === "vacuum") onProgress(progress);
    });
    try {
      return named<VacuumResult>(
        await this.core.wait(words, toText, signal) as Map<string, unknown>,
      );
    } finally {
      stop?.();
    }
  }

  /**
   * AUTOVACUUM: whether the file gets shorter by itself after much was deleted, which it does unless
   * told otherwise. What is set here is kept in the file, for every process that opens it.
   *
   * @param change What to set; nothing to only ask.
   */
  autovacuum(change: AutovacuumOptions = {}): AutovacuumStatus {
    const { enabled, interval } = checked(change, AUTOVACUUM);
    const words: Argument[] = [];
    if (enabled !== undefined) words.push(enabled ? "ON" : "OFF");
    if (interval !== undefined) words.push("INTERVAL", interval);
    if (words.length > 0) this.core.run(["AUTOVACUUM", ...words], toText);
    const reply = this.core.run(["AUTOVACUUM", "STATUS"], toText) as Map<string, unknown>;
    const { state, ...status } = named<AutovacuumStatus & { state: string }>(reply);
    return { ...status, enabled: state === "on" };
  }
}

/** The fields of a reply under the names that JavaScript gives them: `created_at` is `createdAt`. */
function named<T>(reply: ReadonlyMap<string, unknown>): T {
  const entries = [...reply].map(([name, value]) =>
    [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value] as const
  );
  return Object.fromEntries(entries) as T;
}
