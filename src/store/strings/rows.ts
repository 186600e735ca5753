/**
 * The rows of `keys` that hold strings, or tell where their chunks are. A value goes over what the
 * keyspace found last: in place if both are short, as a new row otherwise. The rows of short ones are
 * written late where the row cache keeps them until then.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { ENCODING, INLINE_LIMIT, MAX_STRING_LENGTH, TYPE } from "../file/schema.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { bindOrNull } from "../keys/held/held_row.ts";
import { type CommandError, err } from "../values/errors.ts";
import { copyBytes, type Slice } from "../values/slice.ts";
import type { Chunks } from "./chunks.ts";

const SQL = {
  insert: `INSERT INTO keys(space, key, type, encoding, id, length, expires_at, version,
      created_at, updated_at, value)
    VALUES (?1, ?2, ${TYPE.STRING}, ?3, ?4, ?5, ?6, 1, ?7, ?7, ?8)`,
  update: `UPDATE keys SET value = ?3, encoding = ?4, version = version + 1, updated_at = ?5
    WHERE space = ?1 AND key = ?2`,
  updateExpiry: `UPDATE keys SET value = ?3, encoding = ?4, version = version + 1, updated_at = ?5,
      expires_at = ?6
    WHERE space = ?1 AND key = ?2`,
  grow: `UPDATE keys SET length = ?3, encoding = ${ENCODING.RAW}, version = version + 1,
      updated_at = ?4
    WHERE space = ?1 AND key = ?2`,
};

/** Writes the rows of strings. */
export class StringRows {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #chunks: Chunks;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #updateExpiry: Statement;
  readonly #grow: Statement;

  /** Takes the keyspace the strings are in, and where the long ones are. */
  constructor(engine: Engine, keyspace: Keyspace, chunks: Chunks) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#chunks = chunks;
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.#updateExpiry = engine.prepare(SQL.updateExpiry);
    this.#grow = engine.prepare(SQL.grow);
  }

  /**
   * Writes a key's new value. The keyspace must have found the key last; nothing is told.
   *
   * @param expiresAtMs Unix time in milliseconds, 0 for never.
   */
  replace(
    db: number,
    key: Slice,
    value: Slice,
    expiresAtMs: number,
    encoding: number,
  ): void {
    const row = this.#keyspace.row;
    const length = value.end - value.start;
    if (length > MAX_STRING_LENGTH) throw tooLong();
    if (row.type === TYPE.STRING && row.id === 0 && length <= INLINE_LIMIT) {
      this.#keyspace.replaced = TYPE.STRING;
      this.#updateRow(db, key, value, expiresAtMs, encoding);
    } else {
      const accessed = this.#keyspace.use.accessedByWrite(db, key);
      this.#keyspace.clear(db, key);
      this.#insertRow(db, key, value, expiresAtMs, encoding, accessed);
    }
  }

  #updateRow(db: number, key: Slice, value: Slice, expiresAtMs: number, encoding: number): void {
    const keyspace = this.#keyspace;
    const space = keyspace.databases.space(db);
    const oldExpiry = keyspace.row.expiresAtMs;
    const oldLength = keyspace.row.length;
    const expiryChanged = oldExpiry !== expiresAtMs;
    if (expiryChanged) {
      keyspace.databases.add(db, 0, Number(expiresAtMs !== 0) - Number(oldExpiry !== 0));
    }
    const accessed = keyspace.use.accessedByWrite(db, key);
    if (this.#putsOff(key, value)) {
      const record = this.#overwrite(space, key, value, expiresAtMs, encoding, accessed);
      keyspace.unwritten.note(record, false, expiryChanged);
      keyspace.databases.addBytes(db, value.length - oldLength);
      return;
    }
    keyspace.unwritten.settle(space, key);
    const statement = expiryChanged ? this.#updateExpiry : this.#update;
    statement.bindInteger(1, space);
    statement.bindBlob(2, key.bytes, key.start, key.end);
    statement.bindBlob(3, value.bytes, value.start, value.end);
    bindOrNull(statement, 4, encoding);
    statement.bindInteger(5, this.#engine.nowMs);
    if (expiryChanged) bindOrNull(statement, 6, expiresAtMs);
    statement.run();
    keyspace.databases.addBytes(db, value.length - oldLength);
    this.#remember(space, key, value, expiresAtMs, encoding, accessed);
  }

  #insertRow(
    db: number,
    key: Slice,
    value: Slice,
    expiresAtMs: number,
    encoding: number,
    accessed: number,
  ): void {
    if (value.length > INLINE_LIMIT) {
      const id = this.#keyspace.databases.newId();
      this.#chunks.write(id, 0, 0, value);
      this.insertChunked(db, key, id, value.length, expiresAtMs, encoding, accessed);
      return;
    }
    if (this.#putsOff(key, value)) {
      const space = this.#keyspace.databases.spaceForWrite(db);
      const record = this.#remember(space, key, value, expiresAtMs, encoding, accessed);
      this.#keyspace.unwritten.note(record, true, false);
      this.#inserted(db, space, key, expiresAtMs, value.length);
      return;
    }
    const statement = this.#insert;
    statement.bindNull(4);
    statement.bindNull(5);
    statement.bindBlob(8, value.bytes, value.start, value.end);
    const space = this.#runInsert(db, key, expiresAtMs, encoding, value.length);
    this.#remember(space, key, value, expiresAtMs, encoding, accessed);
  }

  /** Adds the row of a string whose chunks are written. */
  insertChunked(
    db: number,
    key: Slice,
    id: number,
    length: number,
    expiresAtMs: number,
    encoding: number,
    accessed: number,
  ): void {
    const statement = this.#insert;
    statement.bindInteger(4, id);
    statement.bindInteger(5, length);
    statement.bindNull(8);
    const space = this.#runInsert(db, key, expiresAtMs, encoding, length);
    this.#keyspace.use.rememberLong(space, key, accessed);
  }

  #runInsert(
    db: number,
    key: Slice,
    expiresAtMs: number,
    encoding: number,
    length: number,
  ): number {
    const space = this.#keyspace.databases.spaceForWrite(db);
    const statement = this.#insert;
    statement.bindInteger(1, space);
    statement.bindBlob(2, key.bytes, key.start, key.end);
    bindOrNull(statement, 3, encoding);
    bindOrNull(statement, 6, expiresAtMs);
    statement.bindInteger(7, this.#engine.nowMs);
    statement.run();
    this.#inserted(db, space, key, expiresAtMs, length);
    return space;
  }

  #inserted(db: number, space: number, key: Slice, expiresAtMs: number, length: number): void {
    this.#keyspace.rowAdded(db, space, key, expiresAtMs, length);
    if (this.#keyspace.replaced === TYPE.NONE) this.#keyspace.noted(db, key, "new");
  }

  /** Whether the row of a new value is written later, for the cache keeps it until then. */
  #putsOff(key: Slice, value: Slice): boolean {
    const { cache, recorder, unwritten } = this.#keyspace;
    // History keeps each version that is written.
    if (recorder !== undefined || !cache.fits(key.length, value.length)) return false;
    unwritten.makeRoom();
    return true;
  }

  /** Puts a value in the place of the one that the keyspace found last. @returns Its record. */
  #overwrite(
    space: number,
    key: Slice,
    value: Slice,
    expiresAtMs: number,
    encoding: number,
    accessed: number,
  ): number {
    const { cache, unwritten, row } = this.#keyspace;
    const { record } = row;
    if (record === -1 || !cache.holds(record)) {
      return this.#remember(space, key, value, expiresAtMs, encoding, accessed);
    }
    if (unwritten.isApart) unwritten.beforeChange(record);
    if (!cache.overwrite(record, value.end - value.start, encoding, expiresAtMs, accessed)) {
      return this.#remember(space, key, value, expiresAtMs, encoding, accessed);
    }
    cache.value(record, row.value);
    copyBytes(value.bytes, value.start, value.end, row.value.bytes, row.value.start);
    return record;
  }

  /** Keeps a value in the row cache. @returns Its record, -1 if it is too large. */
  #remember(
    space: number,
    key: Slice,
    value: Slice,
    expiresAtMs: number,
    encoding: number,
    accessed: number,
  ): number {
    const { cache } = this.#keyspace;
    const length = value.end - value.start;
    const record = cache.reserve(space, key, length, encoding, expiresAtMs, accessed);
    if (record === -1) return record;
    const slice = this.#keyspace.row.value;
    cache.value(record, slice);
    copyBytes(value.bytes, value.start, value.end, slice.bytes, slice.start);
    return record;
  }

  /** Notes that a string of chunks, whose row the keyspace found last, has another length. */
  setLength(db: number, key: Slice, length: number): void {
    const statement = this.#grow;
    statement.bindInteger(1, this.#keyspace.databases.space(db));
    statement.bindBlob(2, key.bytes, key.start, key.end);
    statement.bindInteger(3, length);
    statement.bindInteger(4, this.#engine.nowMs);
    statement.run();
    this.#keyspace.databases.addBytes(db, length - this.#keyspace.row.length);
  }
}

/** The error for a string past the limit. */
export function tooLong(): CommandError {
  return err("string exceeds maximum allowed size (proto-max-bulk-len)");
}
