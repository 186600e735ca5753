/**
 * The connections of one open database, from the claim on its file to its release.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { WriteLocked } from "../../engine/turn_errors.ts";
import { files } from "../../runtime/files.ts";
import { assertImage, withoutLog } from "../../sqlite/image.ts";
import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import { withExtensions } from "../extensions/driver.ts";
import type { StoreOptions } from "../options.ts";
import { databasePath } from "../place/database_path.ts";
import type { FileWatch } from "../place/file_watch.ts";
import { besideOf, removeUnusable, tidyUp } from "../place/leftovers.ts";
import { claim, requirePermissions } from "../place/open_files.ts";
import { assertOwnLog } from "../rescue/foreign_log.ts";
import type { StillOpen } from "./backup.ts";
import { isSole, openForCheckpoints, openMain } from "./connections.ts";

/** Milliseconds a statement waits for another process's lock, unless told. */
const BUSY_TIMEOUT_MS = 5000;

/** What there is beside a file that is opened for writing: it does not matter. */
const NOTHING: ReadonlyMap<string, number> = new Map();
/** Connections that must not be closed before the process ends. */
const ABANDONED: (Connection | undefined)[] = [];

/** Makes a file of a database's bytes. @throws {Error} If it is there already, in one line. */
function writeImage(path: string, image: Uint8Array): void {
  assertImage(image);
  if (existsAt(path)) throw new Error(`${path} is there already`);
  files.writeFileSync(path, withoutLog(image.slice()), { createNew: true });
}

function existsAt(path: string): boolean {
  try {
    return files.statSync(path).isFile;
  } catch {
    return false;
  }
}

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
  /** Whether there is no other connection beside the main one, nor a file that the runtime knows. */
  readonly sole: boolean;
  readonly #release: () => void;
  #busyTimeoutMs: number;
  readonly #openedWithMs: number;

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
    const sole = this.sole = isSole(driver, path);
    const readonly = options.readonly ?? false;
    if (!sole) {
      requirePermissions(path, readonly);
      path = databasePath(path);
      requirePermissions(path, readonly);
      if (options.image !== undefined) writeImage(path, options.image);
    }
    this.path = path;
    this.driver = driver;
    this.#busyTimeoutMs = this.#openedWithMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
    const before = readonly ? besideOf(path) : NOTHING;
    this.#release = sole ? () => {} : claim(path, driver.info, {
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
      const checkpoints = !sole && !readonly && !options.externalCheckpoints;
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

  /** Takes the write lock, if nobody else has it. @returns Whether the turn may write. */
  tryWrite(engine: Engine): boolean {
    if (engine.writing) return true;
    if (engine.readonly) return false;
    try {
      this.impatiently(engine, () => engine.writeTold());
      return true;
    } catch (error) {
      if (error instanceof WriteLocked) return false;
      throw error;
    }
  }

  /** Waits for no other process's lock while something runs. */
  impatiently(engine: Engine, work: () => void): void {
    // The lock is ours.
    if (engine.transactionOpen) return work();
    this.connection.setBusyTimeout(0);
    try {
      work();
    } finally {
      this.connection.setBusyTimeout(this.#busyTimeoutMs);
    }
  }

  /** Waits for another process's lock as long as it was opened to. */
  patiently(work: () => void): void {
    const ms = this.#busyTimeoutMs;
    this.connection.setBusyTimeout(this.#openedWithMs);
    try {
      work();
    } finally {
      this.connection.setBusyTimeout(ms);
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
