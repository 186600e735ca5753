/**
 * Hashes. Each field is a row of `hashes`, found by its hash's id and its bytes.
 *
 * As long as Redis would hold a hash compactly, clients see its fields in the order they came; once
 * some of them expire, those come first, the soonest before all. A large hash's fields are in the
 * order of their bytes, which is the table's own, so that nothing is sorted. A hash that has once
 * been large stays so.
 *
 * What expires with a field, and when its row goes, is told in hash_expiry.ts.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { Column } from "../values/column.ts";
import { type EncodingLimits, HASH_ENCODING } from "../collections/encodings.ts";
import { err } from "../values/errors.ts";
import { HashDraws } from "./draws.ts";
import { HashExpiry } from "./expiry.ts";
import { ABSENT, HashRows, isCompact } from "./rows.ts";
import { parseInt64 } from "../values/integers.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { type LongDouble, longDoubleOf, ZERO } from "../values/long_double.ts";
import { TYPE } from "../file/schema.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  lasting: "SELECT field, value FROM hashes WHERE key_id = ?1",
  all: "SELECT field, value, expires_at FROM hashes WHERE key_id = ?1",
  byAge: "SELECT field, value, expires_at FROM hashes WHERE key_id = ?1 ORDER BY ordinal",
  byExpiry: `SELECT field, value, expires_at FROM hashes WHERE key_id = ?1
    ORDER BY expires_at IS NULL, expires_at, ordinal`,
  fieldAfter: `SELECT field FROM hashes WHERE key_id = ?1 AND field >= ?2
    ORDER BY field LIMIT 1 OFFSET ?3`,
  part: `SELECT field, value, expires_at FROM hashes WHERE key_id = ?1 AND field >= ?2
    ORDER BY field LIMIT ?3`,
};

/** Takes a field, its value, and when it expires: Unix time in milliseconds, 0 for never. */
export type FieldVisitor = (field: Column, value: Column, expiresAtMs: number) => void;

/** A statement that walks through fields. */
interface Walk {
  readonly statement: Statement;
  readonly field: Column;
  readonly value: Column;
}

/** Bytes of the buffer that {@linkcode Hashes.get} copies values into; a longer one gets its own. */
const SCRATCH = 4096;
const NO_BYTES = new Uint8Array(0);

/** The hashes of all databases. */
export class Hashes {
  /** Expiry of single fields. */
  readonly expiry: HashExpiry;
  /** Random fields. */
  readonly draws: HashDraws;
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #limits: EncodingLimits;
  readonly #rows: HashRows;
  readonly #lasting: Walk;
  readonly #all: Walk;
  readonly #byAge: Walk;
  readonly #byExpiry: Walk;
  readonly #part: Walk;
  readonly #fieldAfter: Statement;
  readonly #scratch = new Uint8Array(SCRATCH);
  readonly #got = new Slice();

  /** Takes the keyspace the hashes are in, and how large a compact one may be. */
  constructor(engine: Engine, keyspace: Keyspace, limits: EncodingLimits) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#limits = limits;
    this.#rows = new HashRows(engine, keyspace.collections, keyspace.unwrittenElements);
    this.expiry = new HashExpiry(engine, keyspace, this.#rows);
    this.draws = new HashDraws(engine, this.#rows.order, this);
    this.#lasting = walk(engine, SQL.lasting);
    this.#all = walk(engine, SQL.all);
    this.#byAge = walk(engine, SQL.byAge);
    this.#byExpiry = walk(engine, SQL.byExpiry);
    this.#part = walk(engine, SQL.part);
    this.#fieldAfter = engine.prepare(SQL.fieldAfter);
  }

  /**
   * The hash of a key for a command that reads it, undefined if the key is absent.
   *
   * @throws {CommandError} WRONGTYPE
   */
  read(db: number, key: Slice): Collection | undefined {
    const c = this.#keyspace.readCollection(db, key, TYPE.HASH);
    if (c === undefined || !this.expiry.mayBeDue(c)) return c;
    if (this.#keyspace.deletesExpired) return this.#reaped(db, key, c);
    if (!this.#engine.follows) this.#keyspace.overdue?.add(db, key);
    return c;
  }

  /**
   * The hash of a key for a command that changes it, its expired fields deleted (or a thousand of
   * them); undefined if the key is absent.
   *
   * @throws {CommandError} WRONGTYPE
   */
  edit(db: number, key: Slice): Collection | undefined {
    const c = this.#keyspace.findCollection(db, key, TYPE.HASH);
    if (c === undefined || !this.expiry.mayBeDue(c)) return c;
    return this.#reaped(db, key, c);
  }

  #reaped(db: number, key: Slice, c: Collection): Collection | undefined {
    this.expiry.reap(db, key, c);
    return c.length === 0 ? undefined : c;
  }

  /** Makes an empty hash over whatever the key holds. Its caller adds fields at once. */
  create(db: number, key: Slice): Collection {
    return this.#keyspace.createCollection(db, key, TYPE.HASH);
  }

  /** Fields that are not expired. */
  count(c: Collection): number {
    return c.length - this.expiry.countDue(c);
  }

  /**
   * Finds a field's value.
   *
   * @returns It until {@linkcode release}, which must follow; undefined without one.
   */
  find(c: Collection, field: Slice): Column | Slice | undefined {
    return this.#rows.find(c, field, this.expiry.liveFromMs(c));
  }

  /** Lets go of what {@linkcode find} found. */
  release(): void {
    this.#rows.release();
  }

  /** Whether a field is there. */
  has(c: Collection, field: Slice): boolean {
    return this.expiry.of(c, field) !== ABSENT;
  }

  /** A copy of a field's value, valid until the next call; undefined without one. */
  get(c: Collection, field: Slice): Slice | undefined {
    const value = this.find(c, field);
    if (value === undefined) return undefined;
    try {
      const { length } = value;
      const bytes = length <= SCRATCH ? this.#scratch : new Uint8Array(length);
      if (length > 0) value.copyInto(bytes, 0);
      return this.#got.set(bytes, 0, length);
    } finally {
      this.release();
    }
  }

  /** The integer in a field, 0 without the field. @throws {CommandError} If it is none. */
  integer(c: Collection, field: Slice): number | bigint {
    const value = this.get(c, field);
    if (value === undefined) return 0;
    const integer = parseInt64(value.bytes, value.start, value.end);
    if (integer === undefined) throw err("hash value is not an integer");
    return integer;
  }

  /** The number in a field, 0 without the field. @throws {CommandError} If it is none. */
  float(c: Collection, field: Slice): LongDouble {
    const value = this.get(c, field);
    if (value === undefined) return ZERO;
    const float = longDoubleOf(value);
    if (float === undefined) throw err("hash value is not a float");
    return float;
  }

  /** Tells how many fields a command is about to set: more than a compact hash may have make it large. */
  expect(c: Collection, fields: number): void {
    if (fields > this.#limits.hashEntries) this.#enlarge(c);
  }

  /**
   * Sets a field, whatever it held.
   *
   * @param expiresAtMs Unix time in milliseconds, 0 for never.
   * @returns Whether the field is new.
   */
  set(c: Collection, field: Slice, value: Slice, expiresAtMs = 0): boolean {
    const rows = this.#rows;
    this.#checkSizes(c, field, value);
    if (expiresAtMs !== 0) {
      this.expiry.prepare(c);
    } else if (c.fieldsExpireAtMs === 0) {
      const isNew = rows.set(c, field, value);
      if (isNew) this.#grown(c);
      return isNew;
    }
    const before = rows.expiresAtMs(c, field);
    if (before === ABSENT || this.expiry.isOver(before)) {
      if (before !== ABSENT) rows.remove(c, field);
      this.#add(c, field, value, expiresAtMs);
      return true;
    }
    if (before === expiresAtMs) rows.overwrite(c, field, value);
    else rows.replace(c, field, value, expiresAtMs);
    return false;
  }

  /** Sets a field and leaves it the expiry it has. @returns Whether the field is new. */
  setKeepingExpiry(c: Collection, field: Slice, value: Slice): boolean {
    if (c.fieldsExpireAtMs === 0 || !this.has(c, field)) return this.set(c, field, value);
    this.#checkSizes(c, field, value);
    this.#rows.overwrite(c, field, value);
    return false;
  }

  #add(c: Collection, field: Slice, value: Slice, expiresAtMs: number): void {
    this.#rows.insert(c, field, value, expiresAtMs);
    this.#grown(c);
  }

  #grown(c: Collection): void {
    if (c.length > this.#limits.hashEntries) this.#enlarge(c);
  }

  #checkSizes(c: Collection, field: Slice, value: Slice): void {
    const { hashValue } = this.#limits;
    if (field.end - field.start > hashValue || value.end - value.start > hashValue) {
      this.#enlarge(c);
    }
  }

  /** Makes a compact hash a large one, if it is not. The ordinals its fields have do not matter then. */
  #enlarge(c: Collection): void {
    if (!isCompact(c)) return;
    c.encoding = HASH_ENCODING.HASHTABLE;
    this.#keyspace.collections.changed(c);
  }

  /** Deletes a field; the key of a hash that is empty then is its caller's. @returns Whether it was there. */
  delete(c: Collection, field: Slice): boolean {
    if (!this.expiry.mayBeDue(c)) return this.#rows.remove(c, field);
    const live = this.has(c, field);
    return this.#rows.remove(c, field) && live;
  }

  /** Visits all fields in the order clients see them in. */
  each(c: Collection, visit: FieldVisitor): void {
    const walk = !isCompact(c)
      ? c.fieldsExpireAtMs === 0 ? this.#lasting : this.#all
      : c.encoding === HASH_ENCODING.LISTPACK
      ? this.#byAge
      : this.#byExpiry;
    walk.statement.bindInteger(1, c.id);
    this.#walk(c, walk, visit);
  }

  /** Visits all fields in no order, which takes the least time. */
  eachUnordered(c: Collection, visit: FieldVisitor): void {
    const walk = c.fieldsExpireAtMs === 0 ? this.#lasting : this.#all;
    walk.statement.bindInteger(1, c.id);
    this.#walk(c, walk, visit);
  }

  /**
   * Visits some fields of a large hash in the order of their bytes, or all of a compact one.
   *
   * @param from The field to begin with, undefined for the first.
   * @param count How many fields to look at, expired ones included.
   */
  scan(
    c: Collection,
    from: Uint8Array | undefined,
    count: number,
    visit: FieldVisitor,
  ): void {
    if (isCompact(c)) return this.each(c, visit);
    const first = from ?? NO_BYTES;
    const { statement } = this.#part;
    statement.bindInteger(1, c.id);
    statement.bindBlob(2, first, 0, first.length);
    statement.bindInteger(3, count);
    this.#walk(c, this.#part, visit);
  }

  /** The field to go on from after a {@linkcode scan} with the same arguments, undefined at the end. */
  scanEnd(c: Collection, from: Uint8Array | undefined, count: number): Uint8Array | undefined {
    if (isCompact(c)) return undefined;
    this.#rows.settle(c);
    const first = from ?? NO_BYTES;
    const statement = this.#fieldAfter;
    statement.bindInteger(1, c.id);
    statement.bindBlob(2, first, 0, first.length);
    statement.bindInteger(3, count);
    const field = statement.step() ? statement.columnBlob(0) : undefined;
    statement.reset();
    return field;
  }

  #walk(c: Collection, { statement, field, value }: Walk, visit: FieldVisitor): void {
    this.#rows.settle(c);
    const liveFromMs = this.expiry.liveFromMs(c);
    const mayExpire = c.fieldsExpireAtMs !== 0;
    try {
      while (statement.step()) {
        const expiresAtMs = mayExpire ? statement.columnNumber(2) : 0;
        if (expiresAtMs !== 0 && expiresAtMs < liveFromMs) continue;
        visit(field, value, expiresAtMs);
      }
    } finally {
      statement.reset();
    }
  }
}

function walk(engine: Engine, sql: string): Walk {
  const statement = engine.prepare(sql);
  return { statement, field: new Column(statement, 0), value: new Column(statement, 1) };
}
