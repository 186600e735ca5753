/** What a database tells about itself. */

import { VERSION } from "../commands/table/version.ts";
import type { DriverName } from "../sqlite/sqlite.ts";
import type { Store } from "../store/store.ts";

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

/** Those facts. @param keys Keys of the selected database. */
export function infoOf(store: Store, keys: number): RedliteInfo {
  const { name, library, version } = store.engine.connection.info;
  return {
    version: VERSION,
    path: store.path,
    driver: name,
    library,
    sqliteVersion: version,
    keys,
    cacheHits: store.keyspace.cache.hits,
    cacheMisses: store.keyspace.cache.misses,
  };
}
