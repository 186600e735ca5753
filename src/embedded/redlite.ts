/** A database in this process. */

import { commandTable } from "../commands/table/commands.ts";
import { VERSION } from "../commands/table/version.ts";
import type { Durability } from "../engine/wal_sync.ts";
import { chooseDriver } from "../sqlite/drivers.ts";
import { keyedDriver } from "../sqlite/encryption.ts";
import type { DriverName } from "../sqlite/sqlite.ts";
import type { BackupOutcome } from "../store/file/backup.ts";
import { err } from "../store/values/errors.ts";
import type { CheckMode } from "../store/file/integrity.ts";
import { restore, type RestoreOutcome } from "../store/rescue/restore.ts";
import { Store } from "../store/store.ts";
import { Core, toBytes, toText } from "./core.ts";
import { publicError } from "./errors.ts";
import { PubSubCommands } from "./pubsub.ts";
import { type Sql, sqlOf } from "./sql.ts";

/**
 * How a database is opened.
 *
 * @example
 * ```ts
 * import { Redlite, type RedliteOptions } from "@redlite/redlite";
 *
 * const options: RedliteOptions = { cache: 16, databases: 1 };
 * using db = Redlite.open(":memory:", options);
 * ```
 */
export interface RedliteOptions {
  /** Memory for rows and pages together, in megabytes. Default: 64. */
  cache?: number;
  /** How many databases `select` knows. Default: 16. */
  databases?: number;
  /**
   * When a write goes to the disk: within a second (`everysec`, the default), at once but without
   * waiting (`always`), or with the next checkpoint (`no`). `await db.sync()` waits for it.
   */
  appendfsync?: Durability;
  /** How SQLite is reached. Default: a native library if it may be loaded, else Deno's own. */
  driver?: DriverName;
  /** Path of the native SQLite library. */
  library?: string;
  /**
   * The passphrase of an encrypted database; needs SQLCipher's library (see `library`). `x'…'` with 64
   * hexadecimal digits is the key itself.
   */
  key?: string;
  /** Refuse writes; the file must be there. Works while other processes write. */
  readonly?: boolean;
  /** Who copies the write-ahead log into the file: this process (the default), or another program. */
  checkpoints?: "internal" | "external";
  /** How long a call waits for another process that writes, in milliseconds. Default: 5000. */
  busyTimeout?: number;
  /** Use an SQLite file of another application, beside its tables. Default: refuse it. */
  adopt?: boolean;
  /**
   * Which changes of keys are told as messages on `__keyspace@0__:key` and `__keyevent@0__:event`, in
   * the letters of Redis's `notify-keyspace-events`: `KEA` for nearly all. Default: none.
   */
  notifyKeyspaceEvents?: string;
}

/**
 * What {@linkcode Redlite.info} tells.
 *
 * @example
 * ```ts
 * import { Redlite, type RedliteInfo } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const info: RedliteInfo = db.info();
 * console.log(info.driver, info.sqliteVersion);
 * ```
 */
export interface RedliteInfo {
  /** Redlite's version. */
  version: string;
  /** The database file, or `:memory:`. */
  path: string;
  /** The SQLite driver in use. */
  driver: DriverName;
  /** The native library's path, or where the SQLite in use comes from. */
  library: string;
  /** SQLite's version. */
  sqliteVersion: string;
  /** Keys of the selected database. */
  keys: number;
  /** Reads that found their row in memory. */
  cacheHits: number;
  /** Reads that did not. */
  cacheMisses: number;
}

/**
 * A Redis-compatible database in one SQLite file. Calls are synchronous; keys and values go in as
 * text or bytes and come out as text, or as bytes from {@linkcode Redlite.bytes}.
 *
 * Each call that writes is a transaction of its own, unless it is inside
 * {@linkcode Redlite.transaction}. Reads in one stretch of synchronous code see one snapshot.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("greeting", "hello", { ex: 60 });
 * console.log(db.get("greeting")); // "hello"
 * console.log(db.incrby("visits", 2)); // 2
 * ```
 */
export class Redlite extends PubSubCommands<string> {
  /** The same database with keys and values as `Uint8Array`. */
  readonly bytes: PubSubCommands<Uint8Array>;
  /**
   * SQL: `db.sql("SELECT …")` reads everything, `db.sql.write("INSERT …")` writes to tables of the
   * program's own.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.hset("user:1", { name: "Ada", city: "London" });
   * db.sql.write("CREATE TABLE orders(customer TEXT, total REAL)");
   * db.sql.write("INSERT INTO orders VALUES (?, ?)", "user:1", 9.5);
   * const rows = db.sql<{ name: string; total: number }>(`
   *   SELECT h.value AS name, total FROM orders
   *   JOIN redlite_hashes h ON h.key = customer AND h.field = 'name'`);
   * console.log(rows); // [{ name: "Ada", total: 9.5 }]
   * ```
   */
  readonly sql: Sql;

  private constructor(core: Core) {
    super(core, toText);
    this.bytes = new PubSubCommands<Uint8Array>(core, toBytes);
    this.sql = sqlOf(core);
  }

  /**
   * Opens a database, making the file if there is none.
   *
   * @param path The file, or `:memory:`.
   * @throws {Error} If the file is another application's, or SQLite or a permission is missing.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * const path = await Deno.makeTempFile({ suffix: ".db" });
   * await Deno.remove(path);
   * {
   *   using db = Redlite.open(path);
   *   db.set("key", "value");
   * }
   * ```
   */
  static open(path: string, options: RedliteOptions = {}): Redlite {
    const plain = chooseDriver({ driver: options.driver, library: options.library });
    const driver = options.key === undefined ? plain : keyedDriver(plain, options.key);
    let core: Core | undefined;
    try {
      const store = new Store(driver, path, {
        cacheBytes: (options.cache ?? 64) * 1024 * 1024,
        databases: options.databases,
        durability: options.appendfsync,
        busyTimeoutMs: options.busyTimeout,
        adopt: options.adopt,
        readonly: options.readonly,
        externalCheckpoints: options.checkpoints === "external",
        runTurn: (slice) => {
          // Timers never fire inside a transaction, for its function does not return to them.
          slice();
          store.endTurn(true);
        },
      });
      core = new Core(store, commandTable());
      core.host.notifications.classes = options.notifyKeyspaceEvents ?? "";
      store.start();
    } catch (error) {
      throw publicError(error);
    }
    return new Redlite(core);
  }

  /**
   * Puts a backup in the place of a database, which nobody may have open. What was there before is kept
   * beside it, under a name that the outcome tells.
   *
   * @param from The backup, or any other database of Redlite.
   * @param to The database file.
   * @param options How SQLite is reached, and the key of an encrypted database.
   * @throws {RedliteError} If the backup is damaged, or the database is open somewhere.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * const directory = await Deno.makeTempDir();
   * {
   *   await using db = Redlite.open(`${directory}/app.db`);
   *   db.set("key", "value");
   *   await db.backup(`${directory}/backup.db`);
   *   db.del("key");
   * }
   * const { previous } = await Redlite.restore(`${directory}/backup.db`, `${directory}/app.db`);
   * using db = Redlite.open(`${directory}/app.db`);
   * console.log(db.get("key"), previous !== undefined); // "value" true
   * ```
   */
  static async restore(
    from: string,
    to: string,
    options: Pick<RedliteOptions, "driver" | "library" | "key"> = {},
  ): Promise<RestoreOutcome> {
    const plain = chooseDriver({ driver: options.driver, library: options.library });
    const driver = options.key === undefined ? plain : keyedDriver(plain, options.key);
    try {
      return await restore(driver, from, to);
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * Runs a function in one transaction: all its writes, or none.
   *
   * @returns What the function returns.
   * @throws What the function throws, after everything it wrote is rolled back.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.transaction(() => {
   *   db.decrby("alice", 10);
   *   db.incrby("bob", 10);
   * });
   * ```
   */
  transaction<T>(body: () => T): T {
    return this.core.transaction(body);
  }

  /**
   * Writes everything that is committed into a new file, while reads and writes go on.
   *
   * @param path The file; its directory must be there.
   * @param options `replace` lets it take the place of a file.
   * @throws {RedliteError} If the file is there, or the database is kept in memory.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * const directory = await Deno.makeTempDir();
   * await using db = Redlite.open(`${directory}/app.db`);
   * const { bytes } = await db.backup(`${directory}/backup.db`);
   * console.log(bytes > 0); // true
   * ```
   */
  async backup(path: string, options: { replace?: boolean } = {}): Promise<BackupOutcome> {
    this.core.settle();
    const { backups } = this.core.store;
    try {
      if (backups === undefined) throw err("the database is kept in memory");
      return await backups.backup(path, options.replace ?? false);
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * Checks that the file is whole, and that the counts in it are what they count.
   *
   * @param mode `quick` does not compare indexes with their tables.
   * @returns What is wrong, a line each; nothing if all is well.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * await using db = Redlite.open(":memory:");
   * console.log(await db.integrity()); // []
   * ```
   */
  async integrity(mode: CheckMode = "full"): Promise<string[]> {
    this.core.settle();
    try {
      return await this.core.store.checkIntegrity(mode);
    } catch (error) {
      throw publicError(error);
    }
  }

  /** Resolves when everything written so far is on the disk. */
  async sync(): Promise<void> {
    await this.core.store.walSync.sync();
  }

  /** Facts of the database and the SQLite behind it. */
  info(): RedliteInfo {
    const { store } = this.core;
    const { name, library, version } = store.engine.connection.info;
    return {
      version: VERSION,
      path: store.path,
      driver: name,
      library,
      sqliteVersion: version,
      keys: this.dbsize(),
      cacheHits: store.keyspace.cache.hits,
      cacheMisses: store.keyspace.cache.misses,
    };
  }

  /** Closes the database after everything is on the disk. Closing twice does nothing. */
  async close(): Promise<void> {
    await this.core.close();
  }

  /** Closes the database at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.core.closeNow();
  }

  /** Closes the database at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.core.close();
  }
}
