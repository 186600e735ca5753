/**
 * The store as it was at a moment: a second store on the same connection, whose statements read
 * views in place of the tables (past_views.ts), and whose clock shows the moment. So every command
 * that reads runs there as it is, and what expires is judged by the moment. It writes nothing but
 * temporary tables, and takes no lock.
 *
 * A look at a key costs what was recorded of it since, and what the command reads; a look at a
 * whole database what was recorded of its keys since. Both have a limit.
 *
 * @module
 */

import { err } from "../store/values/errors.ts";
import type { Clock } from "../engine/clock.ts";
import type { Statement } from "../sqlite/sqlite.ts";
import { Slice } from "../store/values/slice.ts";
import { MEMORY, Store } from "../store/store.ts";
import type { Present } from "./present.ts";
import { bindName, Statements, temporarily } from "./statements.ts";
import { PastConnection } from "./past_connection.ts";
import { PAST_SQL, PastViews } from "./past_views.ts";
import { recordedTables } from "./recorded_tables.ts";

/** A million recorded rows take about a second. */
const MOST_RECORDED = 1_000_000;
/** Memory for rows of the past. */
const CACHE_BYTES = 512 * 1024;

/** Shows a store as it was. */
export class Past {
  /** Most recorded rows that one look may have to go through. */
  limit = MOST_RECORDED;
  readonly #store: Store;
  readonly #history: Present;
  readonly #statements: Statements;
  readonly #connection: PastConnection;
  #views = new PastViews([]);
  #past: Store | undefined;
  #installed = false;
  #atMs = 0;
  #budget = 0;

  /** Takes the store of the present, and its history. */
  constructor(store: Store, history: Present) {
    this.#store = store;
    this.#history = history;
    this.#statements = new Statements(store.engine);
    this.#connection = new PastConnection(
      store.engine.connection,
      (sql) => this.#views.about(sql),
    );
  }

  /** Forgets the views: a rollback has taken them. */
  rolledBack(): void {
    this.#installed = false;
  }

  /**
   * Makes sure that history tells what a key held at a moment.
   *
   * @param key Undefined for all keys of the database.
   * @throws {CommandError} That it does not.
   */
  assertKnown(db: number, key: Slice | undefined, atMs: number): void {
    const subject = key === undefined ? `database ${db}` : "this key";
    const { settings, prunedBeforeMs, nowMs } = this.#history;
    const beganAt = settings.beganAt(db, key);
    if (beganAt === undefined) throw err(`no history is kept of ${subject}: see HISTORY ENABLE`);
    if (atMs < beganAt) throw err(`the history of ${subject} begins at ${beganAt}`);
    if (atMs < nowMs && !settings.covers(db, key, atMs)) {
      throw err(`history was off for ${subject} at that moment`);
    }
    const { keepMs } = this.#history.rule(db, key);
    const from = Math.max(prunedBeforeMs, keepMs === undefined ? 0 : nowMs - keepMs);
    if (atMs < from) throw err(`the history of ${subject} is kept from ${from} on`);
    if (key === undefined) return;
    const space = this.#history.spaces.at(db, atMs);
    const floor = this.#history.floorOf(db, space, key);
    if (atMs < floor) throw err(`the history of ${subject} is kept from ${floor} on`);
    if (this.#updatedAt(space, key, atMs) > atMs) {
      throw err(`the history of ${subject} does not reach back to that moment`);
    }
  }

  /**
   * Whether a moment is before the history of a key began, and the key was not there then, as far as
   * can be told: the first that is known of it is that it was made.
   */
  isBeforeFirst(db: number, key: Slice, atMs: number): boolean {
    const beganAt = this.#history.settings.beganAt(db, key);
    if (beganAt === undefined || atMs >= beganAt) return false;
    const space = this.#history.spaces.at(db, atMs);
    if (atMs < this.#history.floorOf(db, space, key)) return false;
    return this.#updatedAt(space, key, atMs) === 0;
  }

  /** When the row that a key had at the end of a moment was written; 0 without one. */
  #updatedAt(space: number, key: Slice, atMs: number): number {
    const image = this.#statements.get(`SELECT updated_at FROM history_keys
      WHERE space = ?1 AND key = ?2 AND at > ?3 ORDER BY at LIMIT 1`);
    bindName(image, space, key);
    image.bindInteger(3, atMs);
    const found = image.step();
    const then = found ? image.columnNumber(0) : 0;
    image.reset();
    if (found) return then;
    const row = this.#statements.get("SELECT updated_at FROM keys WHERE space = ?1 AND key = ?2");
    bindName(row, space, key);
    const now = row.step() ? row.columnNumber(0) : 0;
    row.reset();
    return now;
  }

  /**
   * Runs `look` on the store as it was at the end of a moment. Only the one database is there.
   *
   * @param whole Whether keys will be looked at that are not looked up by name.
   * @throws {CommandError} If too much has changed since.
   */
  look<T>(db: number, atMs: number, whole: boolean, look: (past: Store) => T): T {
    const { engine, databases } = this.#store;
    engine.read();
    if (engine.transactionOpen) {
      engine.settleRows();
      databases.save();
    }
    this.#atMs = Math.min(atMs, this.#history.nowMs);
    this.#budget = this.limit;
    temporarily(this.#store.engine, () => this.#begin(db, whole));
    const past = this.#past ??= this.#open();
    Object.assign(past.limits, this.#store.limits);
    past.extensions.follow(this.#store.extensions);
    this.#connection.moved = true;
    try {
      return look(past);
    } finally {
      past.engine.commit();
    }
  }

  #begin(db: number, whole: boolean): void {
    const { connection } = this.#store.engine;
    const tables = recordedTables(this.#store.types);
    if (!this.#installed || this.#views.tables !== tables.length) {
      this.#views = new PastViews(tables);
      connection.exec(this.#views.install);
    }
    this.#installed = true;
    connection.exec(this.#views.clear);
    const moment = this.#statements.get(PAST_SQL.moment);
    moment.bindInteger(1, this.#atMs);
    moment.run();
    const space = this.#history.spaces.at(db, this.#atMs);
    const hidden = whole ? this.#loadSpace(db, space) : false;
    const { keys, expires } = this.#counts(space, hidden);
    const database = this.#statements.get(PAST_SQL.database);
    database.bindInteger(1, db);
    database.bindInteger(2, space);
    database.bindInteger(3, keys);
    database.bindInteger(4, expires);
    database.run();
  }

  /** Loads what was recorded of all keys of a space. @returns Whether some are left out. */
  #loadSpace(db: number, space: number): boolean {
    const count = this.#statements.get(PAST_SQL.countImages);
    count.bindInteger(1, space);
    count.bindInteger(2, this.#atMs);
    this.#spend(count);
    const images = this.#statements.get(PAST_SQL.images);
    images.bindInteger(1, space);
    images.bindInteger(2, this.#atMs);
    images.run();
    const { settings } = this.#history;
    const unknown = settings.keysOf(db).filter((key) =>
      !settings.covers(db, new Slice(key), this.#atMs)
    );
    const hide = this.#statements.get(PAST_SQL.hide);
    for (const key of unknown) {
      bindName(hide, space, new Slice(key));
      hide.run();
    }
    return unknown.length > 0;
  }

  #counts(space: number, hidden: boolean): { keys: number; expires: number } {
    const statements = hidden ? [this.#statements.get(PAST_SQL.countKeys)] : [
      this.#statements.get(PAST_SQL.counts),
      this.#statements.get(PAST_SQL.countsNow),
    ];
    for (const statement of statements) {
      statement.bindInteger(1, space);
      if (statement === statements[0] && !hidden) statement.bindInteger(2, this.#atMs);
      const found = statement.step()
        ? { keys: statement.columnNumber(0), expires: statement.columnNumber(1) }
        : undefined;
      statement.reset();
      if (found !== undefined) return found;
    }
    return { keys: 0, expires: 0 };
  }

  /** Counts rows to be gone through, up to what may still be. */
  #spend(count: Statement): void {
    count.bindInteger(3, this.#budget + 1);
    count.step();
    const rows = count.columnNumber(0);
    count.reset();
    this.#budget -= rows;
    if (this.#budget < 0) {
      throw err(`more than ${this.limit} changes were recorded since that moment`);
    }
  }

  #open(): Store {
    const clock: Clock = {
      now: () => this.#atMs,
      after: () => ({ cancel: () => {} }),
    };
    const past = new Store(this.#connection.driver, MEMORY, {
      clock,
      cacheBytes: CACHE_BYTES,
      databases: this.#store.databases.count,
      readonly: true,
      extensions: this.#store.extensions.loaded.map(({ extension }) => extension),
      connected: true,
    });
    past.keyspace.recorder = {
      finding: (space, key) => temporarily(this.#store.engine, () => this.#loadKey(space, key)),
      loaded: (_space, _key, id, type) =>
        temporarily(this.#store.engine, () => this.#loadElements(id, type)),
      keeps: () => true,
      leaving: () => {},
      sweeping: () => {},
      moving: () => {},
      flushing: () => true,
    };
    return past;
  }

  #loadKey(space: number, key: Slice): void {
    const image = this.#statements.get(PAST_SQL.image);
    bindName(image, space, key);
    image.bindInteger(3, this.#atMs);
    image.run();
  }

  #loadElements(id: number, type: number): void {
    const count = this.#statements.get(PAST_SQL.countElements);
    count.bindInteger(1, id);
    count.bindInteger(2, this.#atMs);
    this.#spend(count);
    for (const sql of this.#views.load(type)) {
      const elements = this.#statements.get(sql);
      elements.bindInteger(1, id);
      elements.bindInteger(2, this.#atMs);
      elements.run();
    }
  }
}
