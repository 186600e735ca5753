/** The statements that write whole rows of `keys`. What else a write means is the keyspace's business. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { TYPE } from "../file/schema.ts";
import type { Slice } from "../values/slice.ts";

const SQL = {
  insert: `INSERT INTO keys(space, key, type, id, length, version, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, ?5)`,
  delete: "DELETE FROM keys WHERE space = ?1 AND key = ?2",
  expire: `UPDATE keys SET expires_at = ?3, version = version + 1, updated_at = ?4
    WHERE space = ?1 AND key = ?2`,
  move: `UPDATE keys SET space = ?3, key = ?4, version = version + 1, updated_at = ?5
    WHERE space = ?1 AND key = ?2`,
  copy: `INSERT INTO keys(space, key, type, encoding, id, length, expires_at, version, created_at,
      updated_at, value, fields_expire_at)
    SELECT ?3, ?4, type, encoding, ?5, length, expires_at,
      CASE type WHEN ${TYPE.STRING} THEN 1 ELSE version END, ?6, ?6, value, fields_expire_at
    FROM keys WHERE space = ?1 AND key = ?2`,
};

/** Writes rows. */
export class KeyWrites {
  readonly #engine: Engine;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #expire: Statement;
  readonly #move: Statement;
  readonly #copy: Statement;

  /** Takes the engine whose turns they are part of. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#insert = engine.prepare(SQL.insert);
    this.#delete = engine.prepare(SQL.delete);
    this.#expire = engine.prepare(SQL.expire);
    this.#move = engine.prepare(SQL.move);
    this.#copy = engine.prepare(SQL.copy);
  }

  /** Makes the row of an empty collection. */
  insert(space: number, key: Slice, type: number, id: number): void {
    const statement = at(this.#insert, 1, space, key);
    statement.bindInteger(3, type);
    statement.bindInteger(4, id);
    statement.bindInteger(5, this.#engine.nowMs);
    statement.run();
  }

  /** Deletes a row. */
  delete(space: number, key: Slice): void {
    at(this.#delete, 1, space, key).run();
  }

  /** Sets when a key expires, 0 for never. */
  expire(space: number, key: Slice, expiresAtMs: number): void {
    const statement = at(this.#expire, 1, space, key);
    if (expiresAtMs === 0) statement.bindNull(3);
    else statement.bindInteger(3, expiresAtMs);
    statement.bindInteger(4, this.#engine.nowMs);
    statement.run();
  }

  /** Gives a row another space and key, which are free. */
  move(space: number, from: Slice, toSpace: number, to: Slice): void {
    const statement = at(at(this.#move, 1, space, from), 3, toSpace, to);
    statement.bindInteger(5, this.#engine.nowMs);
    statement.run();
  }

  /** Copies a row. @param newId The id of what stands in other tables, 0 if nothing does. */
  copy(space: number, from: Slice, toSpace: number, to: Slice, newId: number): void {
    const statement = at(at(this.#copy, 1, space, from), 3, toSpace, to);
    if (newId === 0) statement.bindNull(5);
    else statement.bindInteger(5, newId);
    statement.bindInteger(6, this.#engine.nowMs);
    statement.run();
  }
}

/** Binds the place of a row: its space, and then its key. */
function at(statement: Statement, index: number, space: number, key: Slice): Statement {
  statement.bindInteger(index, space);
  statement.bindBlob(index + 1, key.bytes, key.start, key.end);
  return statement;
}
