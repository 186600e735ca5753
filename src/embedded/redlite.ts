/** A database in this process. */

import { err } from "../store/values/errors.ts";
import { restore, type RestoreOutcome } from "../store/rescue/restore.ts";
import { MEMORY } from "../store/store.ts";
import { wrongType } from "./checks.ts";
import { Commands } from "./commands/all.ts";
import type { Core } from "./running/core.ts";
import { applyLog } from "./log_applier.ts";
import { toBytes, toText } from "./data.ts";
import { DatabaseConfig } from "./database_config.ts";
import { publicError } from "./errors.ts";
import type { LoadableExtension, WithMethods } from "./extension_methods.ts";
import { driverOf, openCore } from "./opening.ts";
import { assertOptions, type DeserializeOptions, type RedliteOptions } from "./open_options.ts";
import {
  listen,
  type ListenOptions,
  type RedliteServer,
  ServedDatabase,
  type ServeOptions,
  splitOptions,
} from "./serving/serving.ts";
import {
  type HandlerOptions,
  type HttpHandler,
  httpHandler,
  type HttpOptions,
  type RedliteHttpServer,
  serveHttp,
} from "./serving/http_serving.ts";
import { infoOf, type RedliteInfo } from "./info.ts";
import { type Sql, sqlOf } from "./sql.ts";
import { WholeDatabase } from "./whole_database.ts";

/**
 * A Redis-compatible database in one SQLite file. Calls are synchronous; keys and values go in as
 * text or bytes and come out as text, or as bytes from {@linkcode Redlite.bytes}. The methods of
 * commands are those of {@linkcode Commands}.
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
export class Redlite extends WholeDatabase {
  /** The same database with keys and values as `Uint8Array`. */
  readonly bytes: Commands<Uint8Array>;
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
  /** The parameters of CONFIG. */
  readonly config: DatabaseConfig;

  /** @internal */
  declare protected readonly core: Core;

  private constructor(core: Core) {
    super(core, toText);
    this.bytes = new Commands<Uint8Array>(core, toBytes);
    this.sql = sqlOf(core);
    this.config = new DatabaseConfig(core);
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
  static open(path: string, options?: RedliteOptions & { extensions?: undefined }): Redlite;
  /** Opens a database with extensions, whose methods it has. */
  static open<const Extensions extends readonly LoadableExtension[]>(
    path: string,
    options: RedliteOptions & { extensions: Extensions },
  ): WithMethods<Extensions> & Redlite;
  /** Opens a database with what options say that are known at run time only. */
  static open(path: string, options?: RedliteOptions): Redlite;
  static open(path: string, options: RedliteOptions = {}): Redlite {
    return Redlite.#open(path, options);
  }

  static #open(path: string, options: RedliteOptions, image?: Uint8Array): Redlite {
    const core = openCore(path, options, image);
    const db = new Redlite(core);
    try {
      if (options.history !== undefined) db.history.enable(options.history);
    } catch (error) {
      core.closeNow();
      throw error;
    }
    return db;
  }

  /**
   * Opens a database that begins as the bytes of a file: those that {@linkcode Redlite.serialize} gave,
   * or of a file that nobody has open. It is in memory, or in a new file.
   *
   * @param image The bytes. They are copied.
   * @param options How it is opened, and `path`, the file to make of it.
   * @throws {Error} If they are no database's, or another application's, or the file is there already.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.set("greeting", "hello");
   * using copy = Redlite.deserialize(db.serialize());
   * console.log(copy.get("greeting")); // "hello"
   * ```
   */
  static deserialize(
    image: Uint8Array,
    options?: DeserializeOptions & { extensions?: undefined },
  ): Redlite;
  /** Opens such a database with extensions, whose methods it has. */
  static deserialize<const Extensions extends readonly LoadableExtension[]>(
    image: Uint8Array,
    options: DeserializeOptions & { extensions: Extensions },
  ): WithMethods<Extensions> & Redlite;
  /** Opens such a database with what options say that are known at run time only. */
  static deserialize(image: Uint8Array, options?: DeserializeOptions): Redlite;
  static deserialize(image: Uint8Array, options: DeserializeOptions = {}): Redlite {
    if (!(image instanceof Uint8Array)) throw wrongType("image", "a Uint8Array", image);
    const { path = MEMORY, ...opening } = options;
    return Redlite.#open(path, opening, image);
  }

  /**
   * Opens a database and serves it in this process, for tests above all: closing the server closes the
   * database, too, and so does a client's SHUTDOWN.
   *
   * @param path The file. Default: `:memory:`.
   * @param options How it is opened, and where clients come in. Default: a free port of 127.0.0.1.
   * @throws {Error} If it cannot be opened, or served there.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * await using server = await Redlite.serve(":memory:");
   * server.db.set("greeting", "hello");
   * console.log(server.url); // what a Redis client connects to
   * ```
   */
  static serve(
    path?: string,
    options?: ServeOptions & { extensions?: undefined },
  ): Promise<ServedDatabase<Redlite>>;
  /** Serves a database with extensions. */
  static serve<const Extensions extends readonly LoadableExtension[]>(
    path: string,
    options: ServeOptions & { extensions: Extensions },
  ): Promise<ServedDatabase<WithMethods<Extensions> & Redlite>>;
  /** Serves a database with what options say that are known at run time only. */
  static serve(path?: string, options?: ServeOptions): Promise<ServedDatabase<Redlite>>;
  static async serve(
    path = ":memory:",
    options: ServeOptions = {},
  ): Promise<ServedDatabase<Redlite>> {
    const { listening, opening } = splitOptions(options);
    const db = Redlite.open(path, opening);
    try {
      return new ServedDatabase(await db.listen(listening), db);
    } catch (error) {
      await db.close();
      throw error;
    }
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
    for (const [name, path] of [["from", from], ["to", to]] as const) {
      if (typeof path !== "string" || path === "") throw wrongType(name, "a file's name", path);
    }
    assertOptions(options);
    const driver = driverOf(options);
    try {
      if (driver.sole) {
        throw err("restore() takes files of the system: deserialize() opens what serialize() gave");
      }
      return await restore(driver, from, to, applyLog);
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * Runs a function in one transaction: all its writes, or none. It must be synchronous; an async
   * function is refused.
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
  transaction<T>(body: () => T extends PromiseLike<unknown> ? never : T): T {
    return this.core.transaction<T>(body);
  }

  /**
   * Serves the database to Redis clients, which share everything with the program: channels, waiting
   * in blocking commands, WATCH, tracking. It may listen in several places. Nothing is printed, and no
   * signal is taken over; SHUTDOWN ends the serving, not the program.
   *
   * @param options Where and how. Default: a free port of 127.0.0.1.
   * @returns Where clients connect to, and what ends it. Closing the database ends it, too.
   * @throws {Error} If it cannot listen there, with why in one line.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * await using db = Redlite.open(":memory:");
   * await using server = await db.listen({ port: 0 });
   * using client = await Deno.connect({ port: server.port });
   * await client.write(new TextEncoder().encode("SET greeting hello\r\n"));
   * await client.read(new Uint8Array(16)); // +OK
   * console.log(db.get("greeting")); // "hello"
   * ```
   */
  async listen(options: ListenOptions = {}): Promise<RedliteServer> {
    try {
      return await listen(this.core, options);
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * Serves the database by HTTP: the REST API of serverless clients, Deno KV, and metrics. Its clients
   * are one crowd with those of {@linkcode listen}.
   *
   * @param options Where and how. Default: a free port of 127.0.0.1.
   * @returns Where clients connect to, and what ends it. Closing the database ends it, too.
   * @throws {Error} If it cannot listen there, with why in one line.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * await using db = Redlite.open(":memory:");
   * await using http = await db.http({ port: 0 });
   * const response = await fetch(`${http.url}/set/greeting/hello`);
   * console.log(await response.json()); // { result: "OK" }
   * console.log(db.get("greeting")); // "hello"
   * ```
   */
  async http(options: HttpOptions = {}): Promise<RedliteHttpServer> {
    try {
      return await serveHttp(this.core, options);
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * What {@linkcode http} serves, for a server of the program's own: a handler for `Deno.serve`, to
   * which `remoteAddr` has to be passed on if nobody needs a password.
   *
   * @param options Who is let in.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * await using db = Redlite.open(":memory:");
   * const handler = db.handler({ password: "secret" });
   * await using app = Deno.serve({ port: 0, onListen() {} }, (request, info) => {
   *   const url = new URL(request.url);
   *   return url.pathname === "/" ? new Response("hello") : handler(request, info);
   * });
   * ```
   */
  handler(options: HandlerOptions = {}): HttpHandler {
    return httpHandler(this.core, options);
  }

  /** Facts of the database and the SQLite behind it. */
  info(): RedliteInfo {
    return infoOf(this.core.store, this.dbsize());
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
