/**
 * A store: one open database file and everything that keeps it going. Commands work on its parts;
 * whoever runs them (the server, the embedded API) ends the turns.
 *
 * @module
 */

import { Checkpointer } from "../engine/checkpointer.ts";
import { systemClock } from "../engine/clock.ts";
import { Engine } from "../engine/engine.ts";
import { WalSync } from "../engine/wal_sync.ts";
import type { Connection, Driver } from "../sqlite/sqlite.ts";
import { Backups, type StillOpen } from "./file/backup.ts";
import { AutoVacuum } from "./file/auto_vacuum.ts";
import type { DatabaseLog } from "./log/database_log.ts";
import { databaseLogOf } from "./log/log_of_store.ts";
import { cacheShares, MEMORY, pageCache } from "./file/connections.ts";
import { OpenDatabase } from "./file/open_database.ts";
import { Cursors } from "./keys/cursors.ts";
import { Databases } from "./keys/databases.ts";
import { EncodingLimits } from "./collections/encodings.ts";
import { Eviction } from "./keys/eviction/eviction.ts";
import { FreePages } from "./file/free_pages.ts";
import { Garbage } from "./keys/garbage.ts";
import { Extensions } from "./extensions/extensions.ts";
import { KeyTypes } from "./extensions/key_types.ts";
import type { KeyHistory } from "./keys/facts.ts";
import type { CheckMode } from "./file/integrity.ts";
import { checkStore } from "./file/checks/store_check.ts";
import { Jobs, type OnProgress } from "../engine/jobs.ts";
import type { StoreOptions } from "./options.ts";
import { KeyWalk } from "./keys/walk.ts";
import { Keyspace } from "./keys/keyspace.ts";
import { type FileTrouble, FileWatch } from "./place/file_watch.ts";
import { KvPairs } from "./kv/pairs.ts";
import { KvWing } from "./kv/wing.ts";
import { SideConnections } from "./file/side_connections.ts";
import { Libraries } from "./functions/libraries.ts";
import { Settings } from "./file/settings.ts";
import { StreamPlace } from "./file/stream_place.ts";
import type { SqlLimits, SqlResult, SqlValue } from "./sql/queries.ts";
import { StoreSql } from "./sql/store_sql.ts";
import type { SqlWritten } from "./sql/writes.ts";
import { Strings } from "./strings/strings.ts";
import { Sweeper } from "./keys/sweeper.ts";
import { err, writesRefused } from "./values/errors.ts";
import { ValueTypes } from "./value_types.ts";
import { Users } from "./file/users.ts";
import { Vacuum } from "./file/vacuum.ts";
import { WholeCheckpoints } from "./log/whole_checkpoints.ts";

export { MEMORY };
export type { StoreOptions };

/** One open database. */
export class Store extends ValueTypes {
  /** Turns. */
  readonly engine: Engine;
  /** @internal The types of keys that extensions have brought to the file. */
  readonly types: KeyTypes;
  /** @internal The extensions. */
  readonly extensions: Extensions;
  /** @internal The numbered databases. */
  readonly databases: Databases;
  /** Keys. */
  readonly keyspace: Keyspace;
  /** @internal Strings. */
  readonly strings: Strings;
  /** @internal KEYS and SCAN. */
  readonly walk: KeyWalk;
  /** @internal The cursors of SCAN and its kin. */
  readonly cursors: Cursors = new Cursors();
  /** @internal How large collections may be in their compact forms. */
  readonly limits: EncodingLimits = new EncodingLimits();
  /** @internal Settings kept in the file. */
  readonly settings: Settings;
  /** @internal Where the data stand in a stream of changes. */
  readonly streamPlace: StreamPlace;
  /** @internal ACL users kept in the file. */
  readonly users: Users;
  /** @internal Libraries of functions kept in the file. */
  readonly libraries: Libraries;
  /** @internal The limits of memory and disk. */
  readonly eviction: Eviction;
  /** @internal Background deletion. */
  readonly sweeper: Sweeper;
  /** @internal What waits for background deletion. */
  readonly garbage: Garbage;
  /** @internal The file's pages. */
  readonly freePages: FreePages;
  /** @internal VACUUM. */
  readonly vacuum: Vacuum;
  /** @internal Whose history is kept; undefined where nobody's is. */
  history: KeyHistory | undefined;
  /** @internal AUTOVACUUM. */
  readonly autoVacuum: AutoVacuum;
  /** @internal Durability. */
  readonly walSync: WalSync;
  /** @internal The log before the database; none of a database in memory. */
  readonly log: DatabaseLog | undefined;
  /** @internal Checkpoints. */
  readonly checkpointer: Checkpointer;
  /** Whether the database takes one connection, and is no file that the runtime knows: in memory it is. */
  readonly sole: boolean;
  /** @internal Connections for what takes long and only reads; none where there is but one. */
  readonly side: SideConnections | undefined;
  /** @internal What takes long now. */
  readonly jobs: Jobs;
  /** @internal Backups; none of a database that is no file. */
  readonly backups: Backups | undefined;
  /**
   * Whether the files are still where others find them; nobody looks after a database that is none.
   *
   * @internal
   */
  readonly fileWatch: FileWatch | undefined;
  /** The database file, or `:memory:`. */
  readonly path: string;
  readonly #database: OpenDatabase;
  readonly #connection: Connection;
  readonly #checkpoints = new WholeCheckpoints(this);
  #closed = false;
  #cacheBytes: number;
  readonly #sql: StoreSql;
  #kv: KvPairs | undefined;
  #kvWing: KvWing | undefined;

  /**
   * Opens a database, making the file if there is none.
   *
   * @throws {ForeignFile} If the file is another application's.
   * @throws {SqliteError} If SQLite cannot open it.
   */
  constructor(driver: Driver, path: string, options: StoreOptions = {}) {
    super();
    const cacheBytes = options.cacheBytes ?? 64 * 1024 * 1024;
    const shares = cacheShares(cacheBytes, false);
    this.#cacheBytes = cacheBytes;
    const clock = options.clock ?? systemClock;
    const readonly = options.readonly ?? false;
    const database = new OpenDatabase(driver, path, options, shares.pages);
    const { connection } = database;
    const sole = this.sole = database.sole;
    this.#database = database;
    this.#connection = connection;
    this.path = path = database.path;
    this.engine = new Engine(connection, clock, readonly);
    this.jobs = new Jobs(clock);
    this.databases = new Databases(this.engine, options.databases ?? 16);
    this.#sql = new StoreSql(this.engine, this.databases);
    this.types = new KeyTypes(this.engine);
    const garbage = this.garbage = new Garbage(this.engine, this.types);
    this.keyspace = new Keyspace(this.engine, this.databases, garbage, shares.rows);
    this.keyspace.placed = (collection, isCopy) => this.timeSeries.placed(collection, isCopy);
    this.strings = new Strings(this.engine, this.keyspace);
    this.settings = new Settings(this.engine);
    this.users = new Users(this.engine);
    this.streamPlace = new StreamPlace(this.engine, this.settings);
    const { settings } = this;
    this.libraries = new Libraries(this.engine, (name, value) => settings.setOwn(name, value));
    this.walk = new KeyWalk(this.engine, this.databases);
    this.walSync = new WalSync(
      path === MEMORY || readonly ? undefined : path,
      options.durability ?? "everysec",
      clock,
      this.engine.timings,
    );
    this.checkpointer = new Checkpointer(
      database.checkpointConnection ?? connection,
      this.engine.clock,
      () => connection.walFrames(),
      this.engine.timings,
    );
    this.checkpointer.external = readonly || (options.externalCheckpoints ?? false);
    const { syncLog } = connection;
    if (syncLog !== undefined) {
      // deno-lint-ignore require-await
      this.walSync.openLog = async () => ({ syncData: async () => syncLog(), close() {} });
    }
    if (!sole) {
      this.side = new SideConnections(database.readers, path);
      const watch = this.fileWatch = new FileWatch(path, connection, clock);
      this.backups = new Backups(
        this.side,
        database.driver,
        path,
        clock,
        () => this.engine.changes.committed,
        this.jobs,
      );
      this.backups.stillOpen = () => watch.look() ? undefined : this.#stillOpen();
      this.checkpointer.mayRun = () => watch.look();
      this.side.assertInPlace = () => {
        if (!watch.look()) throw writesRefused(watch.trouble?.message ?? "");
      };
      this.walSync.isOurs = ({ dev, ino }) =>
        watch.wal === undefined || watch.wal.ino === ino && watch.wal.dev === dev;
      watch.onChange = (trouble) => this.#filesChanged(trouble);
      this.engine.beside = this.side.beside;
    }
    this.eviction = new Eviction(this.engine, this.keyspace, garbage, this.checkpointer);
    const runTurn = options.runTurn ?? ((slice) => {
      slice();
      this.endTurn(true);
    });
    this.sweeper = new Sweeper(
      this.engine,
      this.databases,
      this.keyspace,
      garbage,
      // Nobody waits for what is swept: it can wait until the lock is free.
      (slice) => database.impatiently(this.engine, () => runTurn(slice)),
      () => this.hashes.expiry,
    );
    this.sweeper.evict = () => this.eviction.goOn();
    this.eviction.onBehind = () => this.sweeper.soon();
    this.freePages = new FreePages(this.engine);
    this.vacuum = new Vacuum({
      jobs: this.jobs,
      engine: this.engine,
      keyspace: this.keyspace,
      garbage,
      sweeper: this.sweeper,
      checkpointer: this.checkpointer,
      freePages: this.freePages,
      open: sole ? undefined : () => database.driver.open(path, { create: false }),
      runTurn,
    });
    this.autoVacuum = new AutoVacuum({
      engine: this.engine,
      settings: this.settings,
      freePages: this.freePages,
      mustWait: () => garbage.pending || this.vacuum.running,
      runTurn,
    });
    try {
      this.extensions = new Extensions(this, options.extensions ?? []);
      this.extensions.start();
    } catch (error) {
      this.engine.rollback();
      database.close();
      throw error;
    }
    if (options.extensions?.length) this.endTurn();
    if (!sole && options.connected !== true) {
      this.log = databaseLogOf(this, database, options.busyTimeoutMs ?? 5000);
    }
    if (this.extensions.works) this.sweeper.work = () => this.extensions.slice();
  }

  /** @internal Is told what is wrong with the files, and that nothing is any more. */
  onFileTrouble: (trouble: FileTrouble | undefined) => void = () => {};

  #filesChanged(trouble: FileTrouble | undefined): void {
    // What is in the log belongs into the file that is open here.
    if (trouble !== undefined) this.log?.behind?.leave();
    this.engine.refusal = trouble && `${trouble.message}; writes are refused, ` +
        "a backup saves what is still open here";
    this.onFileTrouble(trouble);
  }

  async #stillOpen(): Promise<StillOpen> {
    await this.checkpointer.idle();
    this.engine.settle();
    return this.#database.stillOpen;
  }

  /** The driver that it was opened by. */
  get driver(): Driver {
    return this.#database.driver;
  }

  /** @internal Pairs of KV Connect that are to take the place of those that there are. */
  get kvWing(): KvWing {
    return this.#kvWing ??= new KvWing(this.engine, this.kv);
  }

  /** @internal The keyspace of KV Connect, made when it is first used. */
  get kv(): KvPairs {
    if (this.#kv !== undefined) return this.#kv;
    const kv = this.#kv = new KvPairs(this.engine);
    this.sweeper.sweepPairs = () => kv.sweep();
    return kv;
  }

  /** Starts the background work. */
  start(): void {
    this.fileWatch?.start();
    if (this.engine.readonly) return;
    this.sweeper.start();
    if (this.path !== MEMORY) this.autoVacuum.start();
  }

  /** Memory for rows and pages together, in bytes. Changed, it forgets the rows. */
  get cacheBytes(): number {
    return this.#cacheBytes;
  }
  set cacheBytes(bytes: number) {
    if (bytes === this.#cacheBytes) return;
    this.#cacheBytes = bytes;
    this.engine.settleRows();
    this.keyspace.cache.resize(cacheShares(bytes, false).rows);
    this.sharePages();
  }

  /** @internal Gives SQLite's pages what the rows leave of that. */
  sharePages(): void {
    const behind = this.log?.behind?.wanted === true;
    this.#connection.exec(pageCache(cacheShares(this.#cacheBytes, behind).pages));
  }

  /**
   * Ends the turn: commits, and sees to the WAL.
   *
   * @param background Whether it only deleted what no client sees any more.
   * @returns Whether something was written.
   * @throws {TurnFailed} If SQLite cannot commit.
   */
  endTurn(background = false): boolean {
    const wrote = this.engine.commit();
    if (wrote) {
      this.walSync.committed(this.engine.committedTurn, !background, this.engine.lastInLog);
      this.checkpointer.committed();
    }
    this.sweeper.turnEnded();
    return wrote;
  }

  /**
   * The bytes of the database as those of a file. Call between turns.
   *
   * @throws {CommandError} If the driver cannot give them.
   */
  serialize(): Uint8Array<ArrayBuffer> {
    const { serialize, info } = this.#connection;
    if (serialize === undefined) throw err(`the ${info.name} driver cannot serialize a database`);
    if (!this.engine.settle()) throw err("what is in the log alone cannot be committed now");
    return serialize();
  }

  /** Whether everything written so far is on the disk. */
  get synced(): boolean {
    return !this.engine.writing && this.walSync.synced;
  }

  /**
   * Copies the whole WAL into the database file now, unless that is another program's business. Call
   * between turns.
   *
   * @throws {CommandError} If somebody still reads from the WAL, or writes are refused.
   * @throws {SqliteError} If the file cannot be written to.
   */
  checkpoint(): void {
    this.#checkpoints.now(this.#connection);
  }

  /** The same beside the turns, where the driver can. */
  async save(): Promise<void> {
    await this.#checkpoints.aside();
  }

  /**
   * Runs a query now: on what the running turn has written, too.
   *
   * @throws {CommandError} If it is no query, or SQLite refuses it.
   */
  query(text: string, args: readonly SqlValue[], limits: SqlLimits): SqlResult {
    return this.#sql.query(text, args, limits);
  }

  /**
   * Runs a statement that writes to tables that are not Redlite's, as a part of the running turn.
   *
   * @throws {CommandError} If it is no such statement, or SQLite refuses it.
   */
  writeSql(text: string, args: readonly SqlValue[]): SqlWritten {
    return this.#sql.write(text, args);
  }

  /** Looks for what is wrong with the database, on what is committed. Call between turns. */
  async checkIntegrity(mode: CheckMode, onProgress?: OnProgress): Promise<string[]> {
    return await checkStore(this, this.#connection, mode, onProgress);
  }

  /** Changes how long a statement may wait for another process's lock, in milliseconds. */
  setBusyTimeout(ms: number): void {
    this.#database.setBusyTimeout(ms);
  }

  /**
   * Takes the write lock, if nobody else has it, for what is well written and as well left.
   *
   * @returns Whether the turn may write; what was found before may then have changed.
   */
  tryWrite(): boolean {
    return this.#database.tryWrite(this.engine);
  }

  /** Finishes background work, checkpoints, and closes the file. Closing twice does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#stopWork();
    await this.vacuum.stop();
    await this.side?.close();
    await this.checkpointer.close();
    this.#endLog();
    await this.walSync.close();
    this.#closeConnections();
  }

  /** The same without waiting: for a `using` block. A checkpoint under way ends on its own. */
  closeNow(): void {
    if (this.#closed) return;
    this.#stopWork();
    this.#endLog();
    void this.walSync.close();
    const { side } = this;
    const waits = this.checkpointer.running || this.vacuum.running ||
      side !== undefined && side.running > 0;
    const sideClosed = side?.close();
    if (waits) {
      void Promise.all([this.vacuum.stop(), sideClosed]).then(() => this.checkpointer.close())
        .then(() => this.#closeConnections());
    } else {
      void this.checkpointer.close();
      this.#closeConnections();
    }
  }

  #stopWork(): void {
    this.#closed = true;
    this.extensions.close();
    this.fileWatch?.stop();
    this.sweeper.stop();
    this.autoVacuum.stop();
  }

  /** Has everything committed that the log has, as far as it can be. */
  #endLog(): void {
    // What a turn has not ended with is no turn's.
    if (this.engine.writing) this.engine.rollback();
    this.log?.close();
  }

  #closeConnections(): void {
    this.engine.rollback();
    this.#database.close(this.fileWatch);
  }
}
