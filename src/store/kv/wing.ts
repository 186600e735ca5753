/**
 * Pairs that are to take the place of all that there are, put aside as they come: in a table of the
 * connection's own, which nobody else sees and which goes with it.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { KvPairs, WholeKvPair } from "./pairs.ts";

const CREATE = `CREATE TEMP TABLE IF NOT EXISTS kv_wing(
  key BLOB PRIMARY KEY,
  value BLOB NOT NULL,
  encoding INTEGER NOT NULL,
  version INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID`;

const PUT = `INSERT OR REPLACE INTO temp.kv_wing(key, value, encoding, version, expires_at)
  VALUES (?1, ?2, ?3, ?4, nullif(?5, 0))`;

/** The pairs of another database. */
export class KvWing {
  readonly #engine: Engine;
  readonly #pairs: KvPairs;
  #put: Statement | undefined;

  /** Takes the engine and the pairs of a store. */
  constructor(engine: Engine, pairs: KvPairs) {
    this.#engine = engine;
    this.#pairs = pairs;
  }

  /** Lets go of what was put aside, in the turn that runs. */
  clear(): void {
    const { connection } = this.#engine;
    connection.exec(CREATE);
    connection.exec("DELETE FROM temp.kv_wing");
  }

  /** Puts a pair aside, in the turn that runs. */
  put({ key, data, encoding, version, expiresAtMs }: WholeKvPair): void {
    const put = this.#put ??= this.#engine.prepare(PUT);
    put.bindBlob(1, key, 0, key.length);
    put.bindBlob(2, data, 0, data.length);
    put.bindInteger(3, encoding);
    put.bindInteger(4, version);
    put.bindInteger(5, expiresAtMs);
    put.run();
  }

  /**
   * Puts all of them in the place of those that there are, in the turn that runs.
   *
   * @param id By which clients know the database that they are of: a UUID.
   * @param version That of its last write.
   */
  take(id: string, version: number): void {
    const { connection } = this.#engine;
    connection.exec(`
      DELETE FROM main.kv_pairs;
      INSERT INTO main.kv_pairs SELECT key, value, encoding, version, expires_at FROM temp.kv_wing;
      DELETE FROM temp.kv_wing;`);
    const digits = id.replaceAll("-", "").match(/../g) ?? [];
    const bytes = Uint8Array.from(digits, (pair) => parseInt(pair, 16));
    const facts = this.#engine.prepare("UPDATE kv_facts SET database_id = ?1, version = ?2");
    try {
      facts.bindBlob(1, bytes, 0, bytes.length);
      facts.bindInteger(2, version);
      facts.run();
    } finally {
      facts.finalize();
    }
    this.#pairs.forget();
  }
}
