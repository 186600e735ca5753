/**
 * A store: one open database file and everything that keeps it going. Commands work on its parts;
 * whoever runs them (the server, the embedded API) ends the turns.
 *
 * @module
 */

import { Checkpointer } from "../engine/checkpointer.ts";
import { type Clock, systemClock } from "../engine/clock.ts";
import { Engine } from "../engine/engine.ts";
import { type Durability, WalSync } from "../engine/wal_sync.ts";
import { type Connection, type Driver, SqliteError } from "../sqlite/sqlite.ts";
import { Arrays } from "./arrays.ts";
import { Cursors } from "./cursors.ts";
import { Databases } from "./databases.ts";
import { EncodingLimits } from "./encodings.ts";
import { Eviction } from "./eviction.ts";
import { Garbage } from "./garbage.ts";
import { Hashes } from "./hashes.ts";
import { KeyWalk } from "./key_walk.ts";
import { Keyspace } from "./keyspace.ts";
import { Lists } from "./lists.ts";
import { claim, requirePermissions } from "./open_files.ts";
import { migrate } from "./migrate.ts";
import { Sets } from "./sets.ts";
import { Settings } from "./settings.ts";
import { SortedSets } from "./sorted_sets.ts";
import { Strings } from "./strings.ts";
import { Sweeper } from "./sweeper.ts";
import { Users } from "./users.ts";

/** How a store is opened. */
export interface StoreOptions {
  /** Memory for rows and pages together, in bytes. Default: 64 MB. */
  readonly cacheBytes?: number;
  /** How many databases SELECT knows. Default: 16. */
  readonly databases?: number;
  /** When a write counts as done. Default: `everysec`. */
  readonly durability?: Durability;
  /** Milliseconds a statement may wait for another process's lock. Default: 5000. */
  readonly busyTimeoutMs?: number;
  /** Take over an SQLite file that is not marked as ours. */
  readonly adopt?: boolean;
  /** Where the time comes from. */
  readonly clock?: Clock;
  /** Runs a slice of background work as a turn of its own. */
  readonly runTurn?: (slice: () => void) => void;
}

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
 * not in it costs 2 µs, a write whose page is not there 3 to 5: pages get the larger part.
 */
const ROW_CACHE_SHARE = 1 / 2;

/** The path of a database that is kept in memory. */
export const MEMORY = ":memory:";

/** One open database. */
export class Store {
  /** Turns. */
  readonly engine: Engine;
  /** The numbered databases. */
  readonly databases: Databases;
  /** Keys. */
  readonly keyspace: Keyspace;
  /** Strings. */
  readonly strings: Strings;
  /** KEYS and SCAN. */
  readonly walk: KeyWalk;
  /** The cursors of SCAN and its kin. */
  readonly cursors: Cursors = new Cursors();
  /** How large collections may be in their compact forms. */
  readonly limits: EncodingLimits = new EncodingLimits();
  /** Settings kept in the file. */
  readonly settings: Settings;
  /** ACL users kept in the file. */
  readonly users: Users;
  /** The limits of memory and disk. */
  readonly eviction: Eviction;
  /** Background deletion. */
  readonly sweeper: Sweeper;
  /** Durability. */
  readonly walSync: WalSync;
  /** Checkpoints. */
  readonly checkpointer: Checkpointer;
  /** The database file, or `:memory:`. */
  readonly path: string;
  readonly #connection: Connection;
  readonly #checkpointConnection: Connection | undefined;
  readonly #release: () => void;
  #closed = false;
  // A type's statements are prepared when it is first used: that keeps the start short.
  #hashes: Hashes | undefined;
  #lists: Lists | undefined;
  #sets: Sets | undefined;
  #sortedSets: SortedSets | undefined;
  #arrays: Arrays | undefined;

  /**
   * Opens a database, making the file if there is none.
   *
   * @throws {ForeignFile} If the file is another application's.
   * @throws {SqliteError} If SQLite cannot open it.
   */
  constructor(driver: Driver, path: string, options: StoreOptions = {}) {
    const cacheBytes = options.cacheBytes ?? 64 * 1024 * 1024;
    const rowBytes = Math.floor(cacheBytes * ROW_CACHE_SHARE);
    const clock = options.clock ?? systemClock;
    const inMemory = path === MEMORY;
    this.path = path;
    if (!inMemory) requirePermissions(path);
    this.#release = inMemory ? () => {} : claim(path, driver.info);
    let connection: Connection | undefined;
    try {
      connection = driver.open(path);
      prepareConnection(connection, path, options, cacheBytes - rowBytes);
      this.#connection = connection;
      if (!inMemory && connection.checkpointAsync !== undefined) {
        this.#checkpointConnection = openForCheckpoints(driver, path);
      }
    } catch (error) {
      connection?.close();
      this.#release();
      throw error;
    }
    this.engine = new Engine(connection, clock);
    this.databases = new Databases(this.engine, options.databases ?? 16);
    const garbage = new Garbage(this.engine);
    this.keyspace = new Keyspace(this.engine, this.databases, garbage, rowBytes);
    this.strings = new Strings(this.engine, this.keyspace);
    this.settings = new Settings(this.engine);
    this.users = new Users(this.engine);
    this.walk = new KeyWalk(this.engine, this.databases);
    this.walSync = new WalSync(
      inMemory ? undefined : path,
      options.durability ?? "everysec",
      clock,
      this.engine.timings,
    );
    this.checkpointer = new Checkpointer(
      this.#checkpointConnection ?? connection,
      clock,
      () => connection?.walFrames(),
      this.engine.timings,
    );
    this.eviction = new Eviction(this.engine, this.keyspace, garbage, this.checkpointer);
    this.sweeper = new Sweeper(
      this.engine,
      this.databases,
      this.keyspace,
      garbage,
      options.runTurn ?? ((slice) => {
        slice();
        this.endTurn(true);
      }),
      () => this.hashes.expiry,
    );
    this.sweeper.evict = () => this.eviction.goOn();
  }

  /** Hashes. */
  get hashes(): Hashes {
    return this.#hashes ??= new Hashes(this.engine, this.keyspace, this.limits);
  }

  /** Lists. */
  get lists(): Lists {
    return this.#lists ??= new Lists(this.engine, this.keyspace, this.limits);
  }

  /** Sets. */
  get sets(): Sets {
    return this.#sets ??= new Sets(this.engine, this.keyspace, this.limits);
  }

  /** Sorted sets. */
  get sortedSets(): SortedSets {
    return this.#sortedSets ??= new SortedSets(this.engine, this.keyspace, this.limits);
  }

  /** Arrays. */
  get arrays(): Arrays {
    return this.#arrays ??= new Arrays(this.engine, this.keyspace);
  }

  /**
   * Ends the turn: commits, and sees to the WAL.
   *
   * @param background Whether it only deleted what no client sees any more.
   * @returns Whether something was written.
   * @throws {TurnFailed} If SQLite cannot commit.
   */
  endTurn(background = false): boolean {
    if (!this.engine.commit()) return false;
    this.walSync.committed(this.engine.committedTurn, !background);
    this.checkpointer.committed();
    return true;
  }

  /** Whether everything written so far is on the disk. */
  get synced(): boolean {
    return !this.engine.writing && this.walSync.synced;
  }

  /** Copies the whole WAL into the database file now. Call between turns. */
  checkpoint(): void {
    this.checkpointer.complete(this.#connection);
  }

  /** Changes how long a statement may wait for another process's lock, in milliseconds. */
  setBusyTimeout(ms: number): void {
    this.#connection.setBusyTimeout(ms);
  }

  /** Finishes background work, checkpoints, and closes the file. Closing twice does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.sweeper.stop();
    await this.checkpointer.close();
    await this.walSync.close();
    this.#closeConnections();
  }

  /** The same without waiting: for a `using` block. A checkpoint under way ends on its own. */
  closeNow(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.sweeper.stop();
    void this.walSync.close();
    if (this.checkpointer.running) {
      void this.checkpointer.close().then(() => this.#closeConnections());
    } else {
      this.#closeConnections();
    }
  }

  #closeConnections(): void {
    this.engine.rollback();
    this.#checkpointConnection?.close();
    this.#connection.close();
    this.#release();
  }
}

function prepareConnection(
  connection: Connection,
  path: string,
  options: StoreOptions,
  cacheBytes: number,
): void {
  connection.setBusyTimeout(options.busyTimeoutMs ?? 5000);
  const inMemory = path === MEMORY;
  connection.exec(`
    PRAGMA cache_size = ${-Math.max(256, Math.floor(cacheBytes / 1024))};
    PRAGMA page_size = ${PAGE_SIZE};
    PRAGMA temp_store = MEMORY;
    PRAGMA secure_delete = OFF;
    PRAGMA synchronous = ${inMemory ? "OFF" : "NORMAL"};
  `);
  // Whether the file is ours comes before anything that would write to it.
  migrate(connection, path, options.adopt);
  if (inMemory) return;
  turnToWal(connection);
  connection.exec(`
    PRAGMA journal_size_limit = -1;
    PRAGMA wal_autocheckpoint = ${
    connection.checkpointAsync === undefined ? INLINE_CHECKPOINT_FRAMES : 0
  };
  `);
  assertWritable(connection);
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

function openForCheckpoints(driver: Driver, path: string): Connection {
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
