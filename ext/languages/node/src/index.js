/**
 * Redis in one SQLite file: ioredis connected to a private Redlite server.
 *
 * ```js
 * import { open } from "@redlite/ioredis";
 *
 * const db = await open("app.db");
 * await db.set("greeting", "hello");
 * await db.close();
 * ```
 *
 * @module
 */

import { Redis } from "ioredis";
import { resolve } from "node:path";
import { facts, Geo, History, Json, rows, Search, Vectors } from "./methods.js";
import { acquire, release } from "./server.js";

export { RedliteError } from "./server.js";

/** Flags of a server that are not said: a write is answered when it is committed. */
const DEFAULTS = { appendfsync: "everysec" };

/** ioredis's client of a database file, with what Redlite has beside it. */
export class Redlite extends Redis {
  /** @type {import("./server.js").Server} */
  #server;
  #open = true;
  /** The past of keys. */
  history;
  /** Indexes over hashes. */
  search;
  /** Vector sets. */
  vectors;
  /** Places on the earth. */
  geo;
  /** JSON documents. */
  json;

  /**
   * Uses a server that is running; {@link open} starts one.
   *
   * @param {import("./server.js").Server} server
   * @param {import("ioredis").RedisOptions} options
   */
  constructor(server, options) {
    /** @type {import("ioredis").RedisOptions & { replyMapping?: "resp2" }} */
    const all = /** @type {any} */ ({ ...server.connection, ...options });
    super(all);
    this.#server = server;
    /** @type {import("./methods.js").Run} */
    const run = (name, ...words) => this.call(name, words);
    this.history = new History(run);
    this.search = new Search(run);
    this.vectors = new Vectors(run);
    this.geo = new Geo(run);
    this.json = new Json(run);
  }

  /** The process of the server. */
  get serverPid() {
    return this.#server.handshake.pid;
  }

  /**
   * What is known of a key: type, times, version, length, bytes; null without it.
   *
   * @param {string | Buffer} key
   */
  async keyinfo(key) {
    return facts(await this.call("KEYINFO", [key]));
  }

  /** Rewrites the file without what was deleted, and returns its size before and after. */
  async vacuum() {
    return facts(await this.call("VACUUM"));
  }

  /**
   * Runs a query on the file, and returns its rows as objects.
   *
   * @param {string} statement
   * @param {...(string | number | Buffer)} values
   */
  async sql(statement, ...values) {
    return rows(await this.call("SQL", [statement, ...values]));
  }

  /**
   * Writes a copy of one moment into a file below the database's directory.
   *
   * @param {string} path
   * @param {{ replace?: boolean }} [options]
   */
  async backup(path, { replace = false } = {}) {
    return facts(
      await this.call("BACKUP", [resolve(path), ...replace ? ["REPLACE"] : []]),
    );
  }

  /** Another connection to the same file, for subscriptions and commands that wait. */
  another() {
    this.#server.users++;
    return new Redlite(this.#server, this.options);
  }

  /** Closes the connection, after what was sent; the last to close a file ends its server. */
  async close() {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.quit();
    } catch {
      // It is closed already.
    }
    this.disconnect();
    await release(this.#server);
  }
}

/**
 * Opens a database file.
 *
 * @param {string} path The file, or `:memory:`.
 * @param {import("ioredis").RedisOptions & { flags?: Readonly<Record<string, string>> }} [options]
 * ioredis's, and the server's flags, as `{ cache: "256" }`; opens of one file share them.
 * @returns {Promise<Redlite>}
 * @throws {import("./server.js").RedliteError} If there is no server, or it does not start.
 */
export async function open(path, { flags = {}, ...options } = {}) {
  return new Redlite(await acquire(path, { ...DEFAULTS, ...flags }), options);
}
