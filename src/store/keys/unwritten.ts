/**
 * Inline strings whose rows of `keys` are not written yet. A command leaves a string's new value in the
 * row cache only; the row is written before the commit, or before a statement that reads rows. So a
 * key that is written often costs one row a transaction, and many rows are written in the order of
 * the tree.
 *
 * The cache keeps a mark for each such record, and tells before it gives one up; a rollback forgets
 * them with everything else.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { TYPE } from "../file/schema.ts";
import type { Slice } from "../values/slice.ts";
import type { RowCache } from "./row_cache.ts";

const SQL = {
  insert:
    `INSERT INTO keys(space, key, type, encoding, expires_at, version, created_at, updated_at, value)
    VALUES (?1, ?2, ${TYPE.STRING}, ?3, ?4, ?5, ?6, ?7, ?8)`,
  update: `UPDATE keys SET value = ?3, encoding = ?4, version = version + ?5, updated_at = ?6
    WHERE space = ?1 AND key = ?2`,
  updateExpiry: `UPDATE keys SET value = ?3, encoding = ?4, version = version + ?5, updated_at = ?6,
      expires_at = ?7
    WHERE space = ?1 AND key = ?2`,
};

/** Rows from which on they are written in the order of their keys: fewer seldom share a page. */
const SORTED = 1024;
/** Rows that are written at the latest when there are so many. */
const MOST = 1 << 16;

/** Holds back the writing of strings' rows. */
export class UnwrittenStrings {
  readonly #engine: Engine;
  readonly #cache: RowCache;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #updateExpiry: Statement;
  /** Before none of them expires: Unix time in milliseconds, infinite if none does. */
  nextExpiryMs = Infinity;
  #count = 0;
  /** Where the record of each is in the cache. */
  #ways = new Int32Array(64);
  /** How often each was changed since it was written. */
  #changes = new Int32Array(64);
  /** Whether the expiry is another than the row's. */
  #expiryChanged = new Uint8Array(64);
  /** Whether each has no row. */
  #isNew = new Uint8Array(64);
  /** When each that has no row was made, Unix time in milliseconds: any, for clocks of imports go anywhere. */
  #createdAt = new Float64Array(64);
  /** When each was changed last. */
  #updatedAt = new Float64Array(64);
  #order = new Int32Array(0);

  /** Takes the cache that holds the values. */
  constructor(engine: Engine, cache: RowCache) {
    this.#engine = engine;
    this.#cache = cache;
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.#updateExpiry = engine.prepare(SQL.updateExpiry);
    cache.onGivenUp = (record) => this.#settleRecord(record);
    engine.addListener({
      forget: () => this.#drop(),
      beforeCommit: () => this.settleAll(),
      settleRows: () => this.settleAll(),
    });
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Notes a change of a string, which its record tells. Room for it is made by {@linkcode makeRoom},
   * before the record is written.
   *
   * @param isNew Whether the key has no row.
   * @param expiryChanged Whether its expiry is another than before.
   */
  note(record: number, isNew: boolean, expiryChanged: boolean): void {
    const { nowMs } = this.#engine;
    let entry = this.#cache.mark(record) - 1;
    if (entry === -1) {
      entry = this.#count++;
      if (entry === this.#ways.length) this.#grow();
      const way = this.#ways[entry] = this.#cache.way(record);
      this.#isNew[entry] = isNew ? 1 : 0;
      this.#createdAt[entry] = nowMs;
      this.#changes[entry] = this.#expiryChanged[entry] = 0;
      this.#cache.setMark(way, entry + 1);
    }
    this.#changes[entry]!++;
    this.#updatedAt[entry] = nowMs;
    if (expiryChanged) this.#expiryChanged[entry] = 1;
    const expiresAtMs = this.#cache.expiresAtMs(record);
    if (expiresAtMs !== 0 && expiresAtMs < this.nextExpiryMs) this.nextExpiryMs = expiresAtMs;
  }

  /** Sees to it that one more can be noted. */
  makeRoom(): void {
    if (this.#count === MOST) this.settleAll();
  }

  #grow(): void {
    const size = 2 * this.#ways.length;
    this.#ways = copied(this.#ways, new Int32Array(size));
    this.#changes = copied(this.#changes, new Int32Array(size));
    this.#expiryChanged = copied(this.#expiryChanged, new Uint8Array(size));
    this.#isNew = copied(this.#isNew, new Uint8Array(size));
    this.#createdAt = copied(this.#createdAt, new Float64Array(size));
    this.#updatedAt = copied(this.#updatedAt, new Float64Array(size));
  }

  /** Writes a key's row, if it is not written; for a statement that reads or changes it. */
  settle(space: number, key: Slice): void {
    if (this.#count === 0) return;
    const record = this.#cache.peek(space, key);
    if (record !== -1) this.#settleRecord(record);
  }

  #settleRecord(record: number): void {
    const entry = this.#cache.mark(record) - 1;
    if (entry === -1) return;
    this.#cache.setMark(this.#ways[entry]!, 0);
    this.#write(entry, record);
    const last = --this.#count;
    if (entry === last) return;
    this.#ways[entry] = this.#ways[last]!;
    this.#changes[entry] = this.#changes[last]!;
    this.#expiryChanged[entry] = this.#expiryChanged[last]!;
    this.#isNew[entry] = this.#isNew[last]!;
    this.#createdAt[entry] = this.#createdAt[last]!;
    this.#updatedAt[entry] = this.#updatedAt[last]!;
    this.#cache.setMark(this.#ways[entry]!, entry + 1);
  }

  /** Writes all rows that are not written. */
  settleAll(): void {
    const count = this.#count;
    if (count === 0) return;
    const cache = this.#cache;
    const order = count < SORTED ? undefined : this.#sorted();
    for (let i = 0; i < count; i++) {
      const entry = order === undefined ? i : order[i]!;
      const way = this.#ways[entry]!;
      cache.setMark(way, 0);
      this.#write(entry, cache.recordOf(way));
    }
    this.#count = 0;
    this.nextExpiryMs = Infinity;
  }

  /** The entries in the order of their spaces and keys. */
  #sorted(): Int32Array {
    if (this.#order.length < this.#count) this.#order = new Int32Array(this.#ways.length);
    const order = this.#order.subarray(0, this.#count);
    for (let i = 0; i < order.length; i++) order[i] = i;
    const cache = this.#cache, ways = this.#ways;
    return order.sort((a, b) => cache.compare(cache.recordOf(ways[a]!), cache.recordOf(ways[b]!)));
  }

  #write(entry: number, record: number): void {
    const cache = this.#cache;
    const { key, value } = cache.entry(record);
    const isNew = this.#isNew[entry] === 1;
    const withExpiry = this.#expiryChanged[entry] === 1;
    const statement = isNew ? this.#insert : withExpiry ? this.#updateExpiry : this.#update;
    statement.bindInteger(1, cache.space(record));
    statement.bindBlob(2, key.bytes, key.start, key.end);
    const encoding = cache.tag(record);
    const expiresAtMs = cache.expiresAtMs(record);
    if (isNew) {
      bindOrNull(statement, 3, encoding);
      bindOrNull(statement, 4, expiresAtMs);
      statement.bindInteger(5, this.#changes[entry]!);
      statement.bindInteger(6, this.#createdAt[entry]!);
      statement.bindInteger(7, this.#updatedAt[entry]!);
      statement.bindBlob(8, value.bytes, value.start, value.end);
    } else {
      statement.bindBlob(3, value.bytes, value.start, value.end);
      bindOrNull(statement, 4, encoding);
      statement.bindInteger(5, this.#changes[entry]!);
      statement.bindInteger(6, this.#updatedAt[entry]!);
      if (withExpiry) bindOrNull(statement, 7, expiresAtMs);
    }
    try {
      statement.run();
    } catch (error) {
      this.#engine.spoiled = true;
      throw error;
    }
  }

  /** Forgets them: their turn was rolled back. */
  #drop(): void {
    if (this.#count === 0) return;
    for (let entry = 0; entry < this.#count; entry++) this.#cache.setMark(this.#ways[entry]!, 0);
    this.#count = 0;
    this.nextExpiryMs = Infinity;
  }
}

function copied<T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Binds a number of which 0 says that there is none. */
export function bindOrNull(statement: Statement, index: number, value: number): void {
  if (value === 0) statement.bindNull(index);
  else statement.bindInteger(index, value);
}
