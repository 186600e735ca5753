/** A row that is held back in memory, and the statements that write those of strings. */

import type { Engine } from "../../../engine/engine.ts";
import type { Statement } from "../../../sqlite/sqlite.ts";
import { TYPE } from "../../file/schema.ts";
import { Slice } from "../../values/slice.ts";
import { type ManyRows, ManyRowsOf } from "./many_rows.ts";

const SQL = {
  insert:
    `INSERT INTO keys(space, key, type, encoding, expires_at, version, created_at, updated_at, value)
    VALUES (?1, ?2, ${TYPE.STRING}, ?3, ?4, ?5, ?6, ?7, ?8)`,
  update: `UPDATE keys SET value = ?3, encoding = ?4, version = version + ?5, updated_at = ?6
    WHERE space = ?1 AND key = ?2`,
  updateExpiry: `UPDATE keys SET value = ?3, encoding = ?4, version = version + ?5, updated_at = ?6,
      expires_at = ?7
    WHERE space = ?1 AND key = ?2`,
  many: {
    statement: (rows: string) =>
      `INSERT INTO keys(space, key, type, encoding, expires_at, version, created_at, updated_at, value)
      SELECT * FROM (VALUES ${rows}) WHERE column1 IS NOT NULL
      ON CONFLICT(space, key) DO UPDATE SET value = excluded.value, encoding = excluded.encoding,
        version = version + excluded.version, updated_at = excluded.updated_at`,
    row: () => `(?, ?, ${TYPE.STRING}, ?, ?, ?, ?, ?, ?)`,
    parameters: 8,
  },
  stand: "SELECT 1 FROM keys WHERE space = ?1 AND key = ?2",
};

/** In place of an encoding: there is to be no row. */
export const GONE = 127;

/** What is to be written of a row. One object, filled anew for each. */
export class HeldRow {
  /** The space of its key. */
  space = 0;
  /** Its key. */
  readonly key: Slice = new Slice();
  /** Its value. */
  readonly value: Slice = new Slice();
  /** One of `ENCODING`, or {@linkcode GONE}. */
  encoding = 0;
  /** Unix time in milliseconds, 0 for never. */
  expiresAtMs = 0;
  /** How often it was changed since it was written. */
  changes = 0;
  /** Whether there is no row of it. */
  isNew = false;
  /** Whether the expiry is another than the row's. */
  expiryChanged = false;
  /** When it was made, if it has no row: Unix time in milliseconds. */
  createdAtMs = 0;
  /** When it was changed last. */
  updatedAtMs = 0;
}

/** Writes rows that were held back. */
export interface HeldRowWriter {
  /** Writes a row, or deletes the one there is. @throws {SqliteError} */
  write(row: HeldRow): void;
  /** Begins a statement that stands on a row, so that its page is in use; whoever calls resets it. */
  stand(space: number, key: Slice): Statement | undefined;
  /**
   * A statement that writes many rows, about so many; undefined if there is none for so few.
   *
   * @param space That of the first of them.
   * @param encoding The same, or {@linkcode GONE}.
   */
  many(rows: number, space: number, encoding: number): ManyRows | undefined;
  /** Adds a row to those that it writes. @returns Whether it is one of those that can be. */
  add(row: HeldRow, many: ManyRows): boolean;
}

/** Writes those of strings. */
export class StringRowWriter implements HeldRowWriter {
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #updateExpiry: Statement;
  readonly #stand: Statement;
  readonly #many: ManyRowsOf;

  /** Takes the engine whose transaction they are written in. */
  constructor(engine: Engine) {
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.#updateExpiry = engine.prepare(SQL.updateExpiry);
    this.#stand = engine.prepare(SQL.stand);
    this.#many = new ManyRowsOf(engine, SQL.many);
  }

  /** Begins a statement that stands on a row. */
  stand(space: number, key: Slice): Statement {
    const statement = this.#stand;
    statement.bindInteger(1, space);
    statement.bindBlob(2, key.bytes, key.start, key.end);
    statement.step();
    return statement;
  }

  /** Writes a row. @throws {SqliteError} */
  write(row: HeldRow): void {
    const { key, value } = row;
    const statement = row.isNew
      ? this.#insert
      : row.expiryChanged
      ? this.#updateExpiry
      : this.#update;
    statement.bindInteger(1, row.space);
    statement.bindBlob(2, key.bytes, key.start, key.end);
    if (row.isNew) {
      bindOrNull(statement, 3, row.encoding);
      bindOrNull(statement, 4, row.expiresAtMs);
      statement.bindInteger(5, row.changes);
      statement.bindInteger(6, row.createdAtMs);
      statement.bindInteger(7, row.updatedAtMs);
      statement.bindBlob(8, value.bytes, value.start, value.end);
    } else {
      statement.bindBlob(3, value.bytes, value.start, value.end);
      bindOrNull(statement, 4, row.encoding);
      statement.bindInteger(5, row.changes);
      statement.bindInteger(6, row.updatedAtMs);
      if (row.expiryChanged) bindOrNull(statement, 7, row.expiresAtMs);
    }
    statement.run();
  }

  many(rows: number): ManyRows | undefined {
    return this.#many.of(rows);
  }

  add(row: HeldRow, many: ManyRows): boolean {
    const { key, value } = row;
    // The expiry of a row that is there stays as it is.
    if ((row.expiryChanged && !row.isNew) || !many.fits(key, value)) return false;
    const { statement, before } = many;
    statement.bindInteger(before + 1, row.space);
    many.bind(key, 2, value, 8);
    bindOrNull(statement, before + 3, row.encoding);
    bindOrNull(statement, before + 4, row.expiresAtMs);
    statement.bindInteger(before + 5, row.changes);
    statement.bindInteger(before + 6, row.isNew ? row.createdAtMs : 0);
    statement.bindInteger(before + 7, row.updatedAtMs);
    many.count++;
    return true;
  }
}

/** Binds a number of which 0 says that there is none. */
export function bindOrNull(statement: Statement, index: number, value: number): void {
  if (value === 0) statement.bindNull(index);
  else statement.bindInteger(index, value);
}
