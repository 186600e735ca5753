/** The connections of a store, and how they are set up. */

import { type Connection, type Driver, SqliteError } from "../../sqlite/sqlite.ts";
import { registerExtensions } from "../extensions/registration.ts";
import { asItIs, canReadAsItIs } from "../place/as_it_is.ts";
import { assertReadable, keepCopy, migrate } from "./migrate.ts";
import type { StoreOptions } from "../options.ts";

/** WAL frames from which on a commit copies them itself, where no other thread can: 16 MB. */
const INLINE_CHECKPOINT_FRAMES = 8000;
/**
 * Bytes of a page of a new file. Random writes log whole pages, so a small one halves what goes to
 * the disk (17 % more SETs a second than with SQLite's 4096), and reads do not notice.
 */
const PAGE_SIZE = 2048;
/** How often a new file is turned to the write-ahead log while others do the same. */
const WAL_ATTEMPTS = 100;
/** Page cache of the connection that only checkpoints, in KiB. */
const CHECKPOINT_CACHE_KIB = 256;

/**
 * Share of the cache that holds single rows; SQLite's pages get the rest. A read of a row that is
 * not in it costs 2 µs, a write whose page is not there 3 to 5.
 */
const ROWS = 1 / 2;
/**
 * Share that what is noted of rows takes which are held back, while there is a log: numbers beside their records,
 * copies, and pages of the connection that looks rows up meanwhile.
 */
const HELD = 1 / 8;

/** The path of a database that is kept in memory. */
export const MEMORY = ":memory:";

/** Whether a database takes one connection, and is no file that the runtime knows. */
export function isSole(driver: Driver, path: string): boolean {
  return path === MEMORY || driver.sole === true;
}

/** The connection that commands run on, and what opens those that read beside it. */
export interface MainConnection {
  readonly connection: Connection;
  readonly readers: Driver;
}

/** Opens the connection that commands run on, and brings its file to our format. */
export function openMain(
  driver: Driver,
  path: string,
  options: StoreOptions,
  cacheBytes: number,
): MainConnection {
  const open = (opener: Driver): MainConnection => {
    const connection = opener.open(path, {
      readonly: options.readonly ?? false,
      image: isSole(driver, path) ? options.image : undefined,
    });
    try {
      prepareConnection(connection, driver, path, options, cacheBytes);
    } catch (error) {
      connection.close();
      throw error;
    }
    return { connection, readers: opener };
  };
  try {
    return open(driver);
  } catch (error) {
    if (!options.readonly || !canReadAsItIs(path, error)) throw error;
    return open(asItIs(driver));
  }
}

/** Gets a new connection ready, and its file: brings it to our format, and to the write-ahead log. */
function prepareConnection(
  connection: Connection,
  driver: Driver,
  path: string,
  options: StoreOptions,
  cacheBytes: number,
): void {
  connection.setBusyTimeout(options.busyTimeoutMs ?? 5000);
  const inMemory = path === MEMORY;
  // Of a file that exists it would change what another application may have chosen.
  const autoVacuum = !inMemory && isNew(connection) ? "PRAGMA auto_vacuum = INCREMENTAL;" : "";
  // The size of pages comes first: SQLite divides the cache by the one that it has then.
  connection.exec(`
    ${driver.encrypts ? "" : `PRAGMA page_size = ${PAGE_SIZE};`}
    ${pageCache(cacheBytes)};
    ${autoVacuum}
    PRAGMA temp_store = MEMORY;
    PRAGMA secure_delete = OFF;
    PRAGMA synchronous = ${inMemory ? "OFF" : "NORMAL"};
  `);
  const extensions = options.extensions ?? [];
  // Whether the file is ours comes before anything that would write to it.
  if (options.readonly) {
    assertReadable(connection, path);
    return registerExtensions(connection, path, extensions, true);
  }
  migrate(connection, path, {
    adopt: options.adopt,
    keepCopy: (version) => isSole(driver, path) || keepCopy(driver, path, version),
    onProgress: options.onProgress,
  });
  if (inMemory) return registerExtensions(connection, path, extensions, false);
  turnToWal(connection);
  connection.exec(`
    PRAGMA journal_size_limit = -1;
    PRAGMA wal_autocheckpoint = ${
    connection.checkpointAsync === undefined && !options.externalCheckpoints
      ? INLINE_CHECKPOINT_FRAMES
      : 0
  };
  `);
  assertWritable(connection);
  registerExtensions(connection, path, extensions, false);
}

/**
 * Turns a new file to the write-ahead log. Of processes that do so at the same moment SQLite refuses
 * some without waiting: those wait for the lock of the others, and try again.
 */
function turnToWal(connection: Connection): void {
  for (let attempt = 1;; attempt++) {
    try {
      connection.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const busy = error instanceof SqliteError && error.busy;
      if (!busy || attempt === WAL_ATTEMPTS) throw error;
    }
    connection.begin(true);
    connection.rollback();
  }
}

/** SQLite opens a file that it may only read without a word: better told now than at the first write. */
function assertWritable(connection: Connection): void {
  try {
    connection.exec("UPDATE sequences SET next = next WHERE 0");
  } catch (error) {
    if (!(error instanceof SqliteError && error.busy)) throw error;
  }
}

/**
 * Divides the cache.
 *
 * @param bytes What there is.
 * @param behind Whether rows are held back beside a log.
 * @returns Bytes for rows, and for the pages of the connection that writes.
 */
export function cacheShares(bytes: number, behind: boolean): { rows: number; pages: number } {
  const rows = Math.floor(bytes * ROWS);
  return { rows, pages: bytes - rows - (behind ? Math.floor(bytes * HELD) : 0) };
}

/** The pragma that sets the page cache. */
export function pageCache(bytes: number): string {
  return `PRAGMA cache_size = ${-Math.max(256, Math.floor(bytes / 1024))}`;
}

function isNew(connection: Connection): boolean {
  const statement = connection.prepare("PRAGMA page_count");
  statement.step();
  const pages = statement.columnNumber(0);
  statement.finalize();
  return pages === 0;
}

/** Opens the connection that only makes checkpoints. */
export function openForCheckpoints(driver: Driver, path: string): Connection {
  const connection = driver.open(path);
  // A restart holds the write lock while it waits for readers: not longer than a write may notice.
  connection.setBusyTimeout(50);
  connection.exec(`
    PRAGMA cache_size = ${-CHECKPOINT_CACHE_KIB};
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 0;
  `);
  // A connection that has never read does nothing and says it did.
  const read = connection.prepare("SELECT count(*) FROM databases");
  read.run();
  read.finalize();
  return connection;
}
