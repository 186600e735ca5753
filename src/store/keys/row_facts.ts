/** What is seldom asked about the rows of `keys`: facts of one, and counts of a database's. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Databases } from "./databases.ts";
import { TYPE } from "../file/schema.ts";
import type { Slice } from "../values/slice.ts";

const SQL = {
  details: "SELECT version, created_at, updated_at FROM keys WHERE space = ?1 AND key = ?2",
  fingerprint: `SELECT printf('%d,%d,%d,%d,%d,%d,%s', type, id, version, created_at, updated_at,
      expires_at, CASE WHEN type = ${TYPE.STRING} THEN hex(value) END)
    FROM keys WHERE space = ?1 AND key = ?2`,
  countExpired: "SELECT count(*) FROM keys WHERE expires_at < ?2 AND +space = ?1",
  meanExpiry: `SELECT avg(expires_at) FROM (
    SELECT expires_at FROM keys WHERE expires_at >= ?2 AND +space = ?1 LIMIT 1000)`,
};

/** Reads rows. */
export class RowFacts {
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #details: Statement;
  readonly #countExpired: Statement;
  readonly #meanExpiry: Statement;
  #fingerprint: Statement | undefined;

  /** Takes the parts of a store that know of rows. */
  constructor(engine: Engine, databases: Databases) {
    this.#engine = engine;
    this.#databases = databases;
    this.#details = engine.prepare(SQL.details);
    this.#countExpired = engine.prepare(SQL.countExpired);
    this.#meanExpiry = engine.prepare(SQL.meanExpiry);
  }

  /** The facts of an existing key's row that no command needs but those that tell about keys. */
  details(db: number, key: Slice): { version: number; createdAtMs: number; updatedAtMs: number } {
    this.#engine.read();
    this.#engine.settleRows();
    const details = this.#details;
    details.bindInteger(1, this.#databases.space(db));
    details.bindBlob(2, key.bytes, key.start, key.end);
    const found = details.step();
    const result = {
      version: found ? details.columnNumber(0) : 0,
      createdAtMs: found ? details.columnNumber(1) : 0,
      updatedAtMs: found ? details.columnNumber(2) : 0,
    };
    details.reset();
    return result;
  }

  /** What the row of a key says: two states of a key that differ have different ones. */
  fingerprint(db: number, key: Slice): string {
    this.#engine.read();
    this.#engine.settleRows();
    const statement = this.#fingerprint ??= this.#engine.prepare(SQL.fingerprint);
    statement.bindInteger(1, this.#databases.space(db));
    statement.bindBlob(2, key.bytes, key.start, key.end);
    const fingerprint = statement.step() ? statement.columnText(0) : "";
    statement.reset();
    return fingerprint;
  }

  /** Keys of a database that are not expired. */
  size(db: number): number {
    this.#engine.begin();
    const keys = this.#databases.keys(db);
    if (keys === 0 || this.#databases.expires(db) === 0) return keys;
    this.#engine.read();
    this.#engine.settleRows();
    const statement = this.#countExpired;
    statement.bindInteger(1, this.#databases.space(db));
    statement.bindInteger(2, this.#engine.nowMs);
    statement.step();
    const expired = statement.columnNumber(0);
    statement.reset();
    return keys - expired;
  }

  /** Mean time to live of a sample of a database's volatile keys, in milliseconds. */
  meanTtlMs(db: number): number {
    this.#engine.begin();
    if (this.#databases.expires(db) === 0) return 0;
    this.#engine.read();
    this.#engine.settleRows();
    const statement = this.#meanExpiry;
    statement.bindInteger(1, this.#databases.space(db));
    statement.bindInteger(2, this.#engine.nowMs);
    statement.step();
    const mean = statement.columnNumber(0);
    statement.reset();
    return mean === 0 ? 0 : Math.max(0, Math.round(mean - this.#engine.nowMs));
  }
}
