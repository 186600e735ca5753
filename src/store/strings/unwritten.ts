/** Inline strings whose rows of `keys` are not written yet. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { TYPE } from "../file/schema.ts";
import type { RowCache } from "../keys/row_cache.ts";
import { type UnwrittenRow, UnwrittenRows } from "../keys/unwritten.ts";

const SQL = {
  insert:
    `INSERT INTO keys(space, key, type, encoding, expires_at, version, created_at, updated_at, value)
    VALUES (?1, ?2, ${TYPE.STRING}, ?3, ?4, ?5, ?6, ?7, ?8)`,
  update: `UPDATE keys SET value = ?3, encoding = ?4, version = version + ?5, updated_at = ?6
    WHERE space = ?1 AND key = ?2`,
  updateExpiry: `UPDATE keys SET value = ?3, encoding = ?4, version = version + ?5, updated_at = ?6,
      expires_at = ?7
    WHERE space = ?1 AND key = ?2`,
  stand: "SELECT 1 FROM keys WHERE space = ?1 AND key = ?2",
};

/** Holds back the writing of strings' rows. */
export class UnwrittenStrings extends UnwrittenRows {
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #updateExpiry: Statement;
  readonly #stand: Statement;

  /** Takes the cache that holds the values. */
  constructor(engine: Engine, cache: RowCache) {
    super(engine, cache);
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.#updateExpiry = engine.prepare(SQL.updateExpiry);
    this.#stand = engine.prepare(SQL.stand);
  }

  protected override write(record: number, row: UnwrittenRow): void {
    const { cache } = this;
    const { isNew } = row;
    const statement = isNew ? this.#insert : row.expiryChanged ? this.#updateExpiry : this.#update;
    const { key, value } = cache.entry(record);
    statement.bindInteger(1, cache.space(record));
    statement.bindBlob(2, key.bytes, key.start, key.end);
    const encoding = cache.tag(record);
    const expiresAtMs = cache.expiresAtMs(record);
    if (isNew) {
      bindOrNull(statement, 3, encoding);
      bindOrNull(statement, 4, expiresAtMs);
      statement.bindInteger(5, row.changes);
      statement.bindInteger(6, row.createdAt);
      statement.bindInteger(7, row.updatedAt);
      statement.bindBlob(8, value.bytes, value.start, value.end);
    } else {
      statement.bindBlob(3, value.bytes, value.start, value.end);
      bindOrNull(statement, 4, encoding);
      statement.bindInteger(5, row.changes);
      statement.bindInteger(6, row.updatedAt);
      if (row.expiryChanged) bindOrNull(statement, 7, expiresAtMs);
    }
    statement.run();
  }

  protected override stand(record: number): Statement {
    const { key } = this.cache.entry(record);
    const statement = this.#stand;
    statement.bindInteger(1, this.cache.space(record));
    statement.bindBlob(2, key.bytes, key.start, key.end);
    statement.step();
    return statement;
  }
}

/** Binds a number of which 0 says that there is none. */
export function bindOrNull(statement: Statement, index: number, value: number): void {
  if (value === 0) statement.bindNull(index);
  else statement.bindInteger(index, value);
}
