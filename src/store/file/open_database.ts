/**
 * The connections of one open database, from the claim on its file to its release.
 *
 * @module
 */

import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import { withExtensions } from "../extensions/driver.ts";
import type { StoreOptions } from "../options.ts";
import { databasePath } from "../place/database_path.ts";
import type { FileWatch } from "../place/file_watch.ts";
import { besideOf, removeUnusable, tidyUp } from "../place/leftovers.ts";
import { claim, requirePermissions } from "../place/open_files.ts";
import { assertOwnLog } from "../rescue/foreign_log.ts";
import type { StillOpen } from "./backup.ts";
import { MEMORY, openForCheckpoints, openMain } from "./connections.ts";

/** Milliseconds a statement waits for another process's lock, unless told. */
const BUSY_TIMEOUT_MS = 5000;

/** What there is beside a file that is opened for writing: it does not matter. */
const NOTHING: ReadonlyMap<string, number> = new Map();
/** Connections that must not be closed before the process ends. */
const ABANDONED: (Connection | undefined)[] = [];

/** A database whose connections are open. */
export class OpenDatabase {
  /** The database file, or `:memory:`. */
  readonly path: string;
  /** What opens connections that have the extensions. */
  readonly driver: Driver;
  /** What opens those that read beside the main one. */
  readonly readers: Driver;
  /** The connection that commands run on. */
  readonly connection: Connection;
  /** The one that makes checkpoints off the event loop, where the driver can. */
  readonly checkpointConnection: Connection | undefined;
  readonly #release: () => void;
  #busyTimeoutMs: number;

  /**
   * Opens a database, making the file if there is none.
   *
   * @param pageBytes Memory for pages.
   * @throws {ForeignFile} If the file is another application's.
   * @throws {SqliteError} If SQLite cannot open it.
   */
  constructor(plain: Driver, path: string, options: StoreOptions, pageBytes: number) {
    const driver = options.connected === true
      ? plain
      : withExtensions(plain, options.extensions ?? []);
    const inMemory = path === MEMORY;
    const readonly = options.readonly ?? false;
    if (!inMemory) {
      requirePermissions(path, readonly);
      path = databasePath(path);
      requirePermissions(path, readonly);
    }
    this.path = path;
    this.driver = driver;
    this.#busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
    const before = readonly ? besideOf(path) : NOTHING;
    this.#release = inMemory ? () => {} : claim(path, driver.info, {
      first: () => {
        assertOwnLog(path, driver.encrypts);
        if (!readonly) removeUnusable(driver, path);
      },
      last: () => readonly && tidyUp(driver, path, before),
    });
    let connection: Connection | undefined;
    try {
      const main = openMain(driver, path, options, pageBytes);
      this.connection = connection = main.connection;
      this.readers = main.readers;
      const checkpoints = !inMemory && !readonly && !options.externalCheckpoints;
      if (checkpoints && connection.checkpointAsync !== undefined) {
        this.checkpointConnection = openForCheckpoints(plain, path);
      }
    } catch (error) {
      connection?.close();
      this.#release();
      throw error;
    }
  }

  /** Changes how long a statement may wait for another process's lock, in milliseconds. */
  setBusyTimeout(ms: number): void {
    this.#busyTimeoutMs = ms;
    this.connection.setBusyTimeout(ms);
  }

  /** Waits for no other process's lock while something runs. */
  impatiently(work: () => void): void {
    this.connection.setBusyTimeout(0);
    try {
      work();
    } finally {
      this.connection.setBusyTimeout(this.#busyTimeoutMs);
    }
  }

  /** What a backup can be made from when the file's name leads elsewhere. */
  get stillOpen(): StillOpen {
    return this.checkpointConnection === undefined
      ? { connection: this.connection, shared: true }
      : { connection: this.checkpointConnection, shared: false };
  }

  /** Closes the connections, with no transaction open. @param watch Whether the file is where it was. */
  close(watch?: FileWatch): void {
    if (watch !== undefined && !watch.look() && watch.trouble?.leaveFiles) {
      // The last one to close copies the WAL into the file: open connections keep SQLite from that.
      ABANDONED.push(this.connection, this.checkpointConnection);
      return;
    }
    const copied = watch?.trouble?.orphansLog ? this.#copyLog() : false;
    this.checkpointConnection?.close();
    this.connection.close();
    if (copied) watch?.removeLog();
    this.#release();
  }

  /** Copies the WAL into a file that has gone from its name; SQLite would not do so. */
  #copyLog(): boolean {
    try {
      const { walFrames, copiedFrames, busy } = this.connection.checkpoint();
      return !busy && walFrames === copiedFrames;
    } catch {
      return false;
    }
  }
}
