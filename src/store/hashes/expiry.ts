/**
 * Expiry of single fields. A field is absent for every command from the millisecond after its time
 * on; its row stays until a command that changes its hash comes upon it, or the sweep, which follows
 * at once on a command that reads the hash.
 *
 * `Collection.fieldsExpireAtMs` is not after the first expiry of a hash's fields, 0 if none has one:
 * a hash without such fields pays a comparison. It may lag behind, for it is set right only by
 * whoever deletes expired fields. `Collection.length` counts rows, those of expired fields too.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { HASH_ENCODING } from "../collections/encodings.ts";
import { ABSENT, type HashRows } from "./rows.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  countDue: "SELECT count(*) FROM hashes WHERE key_id = ?1 AND expires_at < ?2",
  due: `SELECT field FROM hashes WHERE key_id = ?1 AND expires_at < ?2
    ORDER BY expires_at LIMIT ?3`,
  first: `SELECT expires_at FROM hashes WHERE key_id = ?1 AND expires_at IS NOT NULL
    ORDER BY expires_at LIMIT 1`,
  countHashes: `SELECT count(*) FROM (
    SELECT 1 FROM keys WHERE fields_expire_at > 0 AND +space = ?1 LIMIT ?2)`,
};

/** Most expired fields a command deletes before it does its own work: three milliseconds. */
const REAPED_AT_ONCE = 1000;
/** Hashes counted at most, for INFO: a few milliseconds. */
const MOST_COUNTED = 100_000;

/** Knows and changes when fields expire, and deletes expired ones. */
export class HashExpiry {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #rows: HashRows;
  readonly #countDue: Statement;
  readonly #due: Statement;
  readonly #first: Statement;
  readonly #countHashes: Statement;

  /** Takes the rows of all hashes. */
  constructor(engine: Engine, keyspace: Keyspace, rows: HashRows) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#rows = rows;
    this.#countDue = engine.prepare(SQL.countDue);
    this.#due = engine.prepare(SQL.due);
    this.#first = engine.prepare(SQL.first);
    this.#countHashes = engine.prepare(SQL.countHashes);
  }

  /** Whether fields of a hash may have expired. */
  mayBeDue({ fieldsExpireAtMs }: Collection): boolean {
    return fieldsExpireAtMs !== 0 && fieldsExpireAtMs < this.#engine.expiryMs;
  }

  /** The time from which on a field of a hash must expire to be there; 0 if all are. */
  liveFromMs(c: Collection): number {
    return this.mayBeDue(c) ? this.#engine.expiryMs : 0;
  }

  /** Whether a field's expiry, 0 for never, is over. */
  isOver(expiresAtMs: number): boolean {
    return expiresAtMs > 0 && expiresAtMs < this.#engine.expiryMs;
  }

  /** Hashes of a database whose fields expire, up to a hundred thousand. */
  countHashes(db: number): number {
    this.#engine.read();
    this.#engine.settleRows();
    const statement = this.#countHashes;
    statement.bindInteger(1, this.#keyspace.databases.space(db));
    statement.bindInteger(2, MOST_COUNTED);
    statement.step();
    const count = statement.columnNumber(0);
    statement.reset();
    return count;
  }

  /** Expired fields that still have a row. */
  countDue(c: Collection): number {
    if (!this.mayBeDue(c)) return 0;
    const statement = this.#countDue;
    statement.bindInteger(1, c.id);
    statement.bindInteger(2, this.#engine.expiryMs);
    statement.step();
    const count = statement.columnNumber(0);
    statement.reset();
    return count;
  }

  /** When a live field expires, Unix time in milliseconds: 0 for never, `ABSENT` without it. */
  of(c: Collection, field: Slice): number {
    const expiresAtMs = this.#rows.expiresAtMs(c, field);
    return this.isOver(expiresAtMs) ? ABSENT : expiresAtMs;
  }

  /** Sets a live field's expiry. @param expiresAtMs 0 for never. */
  set(c: Collection, field: Slice, expiresAtMs: number): void {
    this.prepare(c);
    this.#rows.expire(c, field, expiresAtMs);
  }

  /** Makes a compact hash ready for expiries, in the form Redis has for that. */
  prepare(c: Collection): void {
    if (c.encoding !== HASH_ENCODING.LISTPACK) return;
    c.encoding = HASH_ENCODING.LISTPACK_EX;
    this.#keyspace.collections.changed(c);
  }

  /**
   * Deletes expired fields, and the key with the last one; tells `hexpired`, and `del`.
   *
   * @param limit How many at most.
   * @returns How many it deleted.
   */
  reap(db: number, key: Slice, c: Collection, limit: number = REAPED_AT_ONCE): number {
    const due = this.#dueFields(c, limit);
    for (const field of due) this.#rows.remove(c, field);
    if (due.length < limit) this.#setFirst(c);
    if (due.length === 0) return 0;
    this.#keyspace.statistics.expiredFields += due.length;
    const { changes, effects } = this.#engine;
    changes.addByItself(db, key, "hexpired");
    changes.details?.fieldsChanged(db, key, "hexpired", due);
    if (effects.active) effects.say(db, "HDEL", key, ...due);
    if (c.length === 0) this.#keyspace.removeEmpty(db, key, c);
    return due.length;
  }

  #dueFields(c: Collection, limit: number): Slice[] {
    const fields: Slice[] = [];
    const statement = this.#due;
    statement.bindInteger(1, c.id);
    statement.bindInteger(2, this.#engine.expiryMs);
    statement.bindInteger(3, limit);
    while (statement.step()) fields.push(new Slice(statement.columnBlob(0)));
    statement.reset();
    return fields;
  }

  #setFirst(c: Collection): void {
    const statement = this.#first;
    statement.bindInteger(1, c.id);
    const first = statement.step() ? statement.columnNumber(0) : 0;
    statement.reset();
    if (first === c.fieldsExpireAtMs) return;
    c.fieldsExpireAtMs = first;
    this.#keyspace.collections.changed(c);
  }
}
