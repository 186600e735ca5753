/** The rows of `hashes`: single fields, whether their time is over or not. */

import type { Engine } from "../../engine/engine.ts";
import { Lookup } from "../../engine/lookup.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import type { Collections } from "../collections/collections.ts";
import { Column } from "../values/column.ts";
import { HASH_ENCODING } from "../collections/encodings.ts";
import { type ElementRows, visitElements } from "../collections/held_elements.ts";
import { Order } from "../collections/order.ts";
import type { Run } from "../collections/runs.ts";
import { ManyElements } from "../collections/many_elements.ts";
import { ABSENT_ELEMENT, type UnwrittenElements } from "../collections/unwritten.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  find: "SELECT value, expires_at FROM hashes WHERE key_id = ?1 AND field = ?2",
  expiry: "SELECT expires_at FROM hashes WHERE key_id = ?1 AND field = ?2",
  insert: `INSERT INTO hashes(key_id, field, value, expires_at, ordinal)
    VALUES (?1, ?2, ?3, ?4, ?5)`,
  overwrite: "UPDATE hashes SET value = ?3 WHERE key_id = ?1 AND field = ?2",
  replace: `UPDATE hashes SET value = ?3, expires_at = ?4, ordinal = ?5
    WHERE key_id = ?1 AND field = ?2`,
  expire: "UPDATE hashes SET expires_at = ?3, ordinal = ?4 WHERE key_id = ?1 AND field = ?2",
  remove: "DELETE FROM hashes WHERE key_id = ?1 AND field = ?2",
  all: "SELECT field, value FROM hashes WHERE key_id = ?1",
  stand: "SELECT 1 FROM hashes WHERE key_id = ?1 AND field >= ?2 ORDER BY field LIMIT 1",
  fieldAt: `SELECT field FROM hashes WHERE key_id = ?1 AND field >= ?2
    ORDER BY field LIMIT 1 OFFSET ?3`,
  countBetween: `SELECT count(*) FROM hashes
    WHERE key_id = ?1 AND field >= ?2 AND field < ?3`,
};

/** The expiry of a field that is not there. */
export const ABSENT = -1;

/** Whether clients see a hash's fields in the order they came. */
export function isCompact({ encoding }: Collection): boolean {
  return encoding !== HASH_ENCODING.HASHTABLE;
}

/**
 * Reads and writes single rows, and keeps what is counted of them: the hash's length, its runs, the
 * bound of its fields' expiries. A new field, and one whose expiry changes, gets a new ordinal.
 *
 * Fields of large hashes that have nothing but a value may be held back.
 */
export class HashRows implements ElementRows {
  /** The order of all hashes' fields. */
  readonly order: Order;
  readonly many: ManyElements;
  readonly #engine: Engine;
  readonly #collections: Collections;
  readonly #unwritten: UnwrittenElements;
  readonly #find: Lookup;
  /** The value that it stands on, and the same where the second connection found it. */
  readonly #value: Column;
  #valueBeside: Column | undefined;
  readonly #expiry: Lookup;
  readonly #insert: Statement;
  readonly #overwrite: Statement;
  readonly #replace: Statement;
  readonly #expire: Statement;
  readonly #remove: Statement;
  readonly #stand: Statement;
  readonly #all: Statement;

  /** Takes the engine of the table, the collections in use, and where fields are held back. */
  constructor(engine: Engine, collections: Collections, unwritten: UnwrittenElements) {
    this.#engine = engine;
    this.#collections = collections;
    this.#unwritten = unwritten;
    this.#find = new Lookup(engine, SQL.find);
    this.#value = new Column(this.#find.row, 0);
    this.#expiry = new Lookup(engine, SQL.expiry);
    this.#insert = engine.prepare(SQL.insert);
    this.#overwrite = engine.prepare(SQL.overwrite);
    this.many = new ManyElements(engine, {
      table: "hashes",
      element: "field",
      values: ["value"],
      set: "value = excluded.value",
      valueAt: 3,
    });
    this.#replace = engine.prepare(SQL.replace);
    this.#expire = engine.prepare(SQL.expire);
    this.#remove = engine.prepare(SQL.remove);
    this.#stand = engine.prepare(SQL.stand);
    this.#all = engine.prepare(SQL.all);
    const fieldAt = engine.prepare(SQL.fieldAt);
    const countBetween = engine.prepare(SQL.countBetween);
    this.order = new Order(collections, {
      elementAt: (id, from, offset) => elementAt(fieldAt, id, from, offset),
      countBetween: (id, _number, from, _to, to) => countOf(countBetween, id, from, to),
      complete: (c) => unwritten.settleOf(c),
    });
  }

  /** Writes the fields of a hash that are held back, for whoever reads several rows. */
  settle(c: Collection): void {
    this.#unwritten.settleOf(c);
  }

  /** Writes a field that was held back, or deletes it. */
  writeElement(id: number, field: Slice, value: Slice | undefined, isNew: boolean): void {
    if (value === undefined) return this.#deleteRow(id, field);
    const statement = isNew ? this.#insert : this.#overwrite;
    statement.bindInteger(1, id);
    statement.bindBlob(2, field.bytes, field.start, field.end);
    statement.bindBlob(3, value.bytes, value.start, value.end);
    if (isNew) {
      statement.bindNull(4);
      statement.bindNull(5);
    }
    statement.run();
  }

  #deleteRow(id: number, field: Slice): void {
    const remove = this.#remove;
    remove.bindInteger(1, id);
    remove.bindBlob(2, field.bytes, field.start, field.end);
    remove.run();
  }

  /** Begins a statement that stands on the row of a field, or on the next. */
  standOn(id: number, field: Slice): Statement {
    const stand = this.#stand;
    stand.bindInteger(1, id);
    stand.bindBlob(2, field.bytes, field.start, field.end);
    stand.step();
    return stand;
  }

  /** Calls `visit` with each field and its value. */
  visitAll(id: number, visit: (field: Slice, value: Slice) => void): void {
    const all = this.#all;
    visitElements(all, id, (field) => visit(field, new Slice(all.columnBlob(1))));
  }

  /**
   * Finds a field's value.
   *
   * @param liveFromMs A field that expired before this time is not found; 0 finds all.
   * @returns It until {@linkcode release}, which must follow; undefined without one.
   */
  find(c: Collection, field: Slice, liveFromMs: number): Column | Slice | undefined {
    const held = this.#unwritten.find(c, field);
    if (held !== undefined) return held === ABSENT_ELEMENT ? undefined : held;
    const lookup = this.#find;
    const beside = this.#unwritten.othersSee(c, field);
    if (!lookup.find(c.id, field.bytes, field.start, field.end, beside)) return undefined;
    const { row } = lookup;
    if (liveFromMs === 0 || row.columnIsNull(1) || row.columnNumber(1) >= liveFromMs) {
      return lookup.isBeside ? this.#valueBeside ??= new Column(row, 0) : this.#value;
    }
    row.reset();
    return undefined;
  }

  /** Lets go of the row that {@linkcode find} found. */
  release(): void {
    this.#find.row.reset();
  }

  /** When a field expires, Unix time in milliseconds: 0 for never, {@linkcode ABSENT} without it. */
  expiresAtMs(c: Collection, field: Slice): number {
    const held = this.#unwritten.find(c, field);
    if (held !== undefined) return held === ABSENT_ELEMENT ? ABSENT : 0;
    const expiry = this.#expiry;
    const beside = this.#unwritten.othersSee(c, field);
    if (!expiry.find(c.id, field.bytes, field.start, field.end, beside)) return ABSENT;
    const expiresAtMs = expiry.row.columnNumber(0);
    expiry.row.reset();
    return expiresAtMs;
  }

  /** Sets a field of a hash none of whose fields expires. @returns Whether it is new. */
  set(c: Collection, field: Slice, value: Slice): boolean {
    if (isCompact(c) || !this.#unwritten.takes(field, value.length)) {
      if (this.overwrite(c, field, value)) return false;
      this.insert(c, field, value, 0);
      return true;
    }
    const isNew = this.expiresAtMs(c, field) === ABSENT;
    this.#collections.changed(c);
    this.#unwritten.put(c, this, field, value, isNew);
    if (isNew) {
      c.length++;
      this.order.added(c, 0, field);
    }
    return isNew;
  }

  /** Adds a field that is not there. @param expiresAtMs 0 for never. */
  insert(c: Collection, field: Slice, value: Slice, expiresAtMs: number): void {
    this.#unwritten.release(c, field);
    this.#collections.changed(c);
    const insert = this.#insert;
    insert.bindInteger(1, c.id);
    insert.bindBlob(2, field.bytes, field.start, field.end);
    insert.bindBlob(3, value.bytes, value.start, value.end);
    bindExpiryAndOrdinal(insert, 4, expiresAtMs, c);
    insert.run();
    c.length++;
    this.order.added(c, 0, field);
    noteExpiry(c, expiresAtMs);
  }

  /** Gives a field another value and nothing else. @returns Whether it is there. */
  overwrite(c: Collection, field: Slice, value: Slice): boolean {
    this.#unwritten.release(c, field);
    const overwrite = this.#overwrite;
    overwrite.bindInteger(1, c.id);
    overwrite.bindBlob(2, field.bytes, field.start, field.end);
    overwrite.bindBlob(3, value.bytes, value.start, value.end);
    overwrite.run();
    if (this.#engine.connection.changes() === 0) return false;
    this.#collections.changed(c);
    return true;
  }

  /** Gives a field that is there another value and expiry. @param expiresAtMs 0 for never. */
  replace(c: Collection, field: Slice, value: Slice, expiresAtMs: number): void {
    this.#unwritten.release(c, field);
    this.#collections.changed(c);
    const replace = this.#replace;
    replace.bindInteger(1, c.id);
    replace.bindBlob(2, field.bytes, field.start, field.end);
    replace.bindBlob(3, value.bytes, value.start, value.end);
    bindExpiryAndOrdinal(replace, 4, expiresAtMs, c);
    replace.run();
    noteExpiry(c, expiresAtMs);
  }

  /** Gives a field that is there another expiry. @param expiresAtMs 0 for never. */
  expire(c: Collection, field: Slice, expiresAtMs: number): void {
    this.#unwritten.release(c, field);
    this.#collections.changed(c);
    const expire = this.#expire;
    expire.bindInteger(1, c.id);
    expire.bindBlob(2, field.bytes, field.start, field.end);
    bindExpiryAndOrdinal(expire, 3, expiresAtMs, c);
    expire.run();
    noteExpiry(c, expiresAtMs);
  }

  /** Deletes a field. @returns Whether it was there. */
  remove(c: Collection, field: Slice): boolean {
    if (!isCompact(c) && c.fieldsExpireAtMs === 0 && this.#unwritten.takes(field, 0)) {
      if (this.expiresAtMs(c, field) === ABSENT) return false;
      this.#unwritten.remove(c, this, field);
    } else if (!this.#unwritten.discard(c, field)) {
      this.#deleteRow(c.id, field);
      if (this.#engine.connection.changes() === 0) return false;
    }
    this.#collections.changed(c);
    c.length--;
    this.order.removed(c, 0, field);
    return true;
  }
}

function bindExpiryAndOrdinal(
  statement: Statement,
  at: number,
  expiresAtMs: number,
  c: Collection,
): void {
  if (expiresAtMs === 0) statement.bindNull(at);
  else statement.bindInteger(at, expiresAtMs);
  if (isCompact(c)) statement.bindInteger(at + 1, c.version);
  else statement.bindNull(at + 1);
}

/** Keeps `fieldsExpireAtMs` at or before the first expiry. */
function noteExpiry(c: Collection, expiresAtMs: number): void {
  if (expiresAtMs === 0) return;
  if (c.fieldsExpireAtMs === 0 || expiresAtMs < c.fieldsExpireAtMs) {
    c.fieldsExpireAtMs = expiresAtMs;
  }
}

function elementAt(
  statement: Statement,
  id: number,
  { bytes }: Run,
  offset: number,
): { number: number; bytes: Uint8Array } {
  statement.bindInteger(1, id);
  statement.bindBlob(2, bytes, 0, bytes.length);
  statement.bindInteger(3, offset);
  if (!statement.step()) {
    statement.reset();
    throw new Error(`hash ${id} has fewer fields than are counted`);
  }
  const field = statement.columnBlob(0);
  statement.reset();
  return { number: 0, bytes: field };
}

function countOf(statement: Statement, id: number, from: Uint8Array, to: Slice): number {
  statement.bindInteger(1, id);
  statement.bindBlob(2, from, 0, from.length);
  statement.bindBlob(3, to.bytes, to.start, to.end);
  statement.step();
  const count = statement.columnNumber(0);
  statement.reset();
  return count;
}
