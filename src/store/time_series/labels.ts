/** The labels of series, by which they are found, and the names of their keys. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Databases } from "../keys/databases.ts";
import { latin1 } from "../values/slice.ts";

const SQL = {
  of: "SELECT name, value FROM ts_labels WHERE key_id = ?1 ORDER BY ordinal",
  add: "INSERT INTO ts_labels(key_id, ordinal, name, value) VALUES (?1, ?2, ?3, ?4)",
  clear: "DELETE FROM ts_labels WHERE key_id = ?1",
  withValue: "SELECT key_id FROM ts_labels WHERE name = ?1 AND value = ?2",
  withName: "SELECT key_id FROM ts_labels WHERE name = ?1",
  all: "SELECT DISTINCT key_id FROM ts_labels",
  named: `INSERT INTO ts_series(key_id, space, key) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET space = excluded.space, key = excluded.key`,
  // A row may stay behind for a while when its key is gone.
  name: `SELECT s.space, s.key, k.expires_at FROM ts_series s
    JOIN keys k ON k.space = s.space AND k.key = s.key WHERE s.key_id = ?1 AND k.id = ?1`,
};

/** A label and its value, as bytes. */
export type Label = readonly [name: Uint8Array, value: Uint8Array];

/** What a filter asks of a label. */
export interface Matcher {
  /** The label. */
  readonly name: Uint8Array;
  /** Whether it is (`=`) or is not (`!=`) one of the values. */
  readonly is: boolean;
  /** The values; undefined of `l=` and `l!=`, which ask for series without it and with it. */
  readonly values: readonly Uint8Array[] | undefined;
}

/** Where a series is. */
export interface SeriesName {
  /** The database's index. */
  readonly db: number;
  /** The key. */
  readonly key: Uint8Array;
}

/** Works on `ts_labels` and `ts_series`. */
export class Labels {
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #of: Statement;
  readonly #add: Statement;
  readonly #clear: Statement;
  readonly #withValue: Statement;
  readonly #withName: Statement;
  readonly #all: Statement;
  readonly #named: Statement;
  readonly #name: Statement;

  constructor(engine: Engine, databases: Databases) {
    this.#engine = engine;
    this.#databases = databases;
    this.#of = engine.prepare(SQL.of);
    this.#add = engine.prepare(SQL.add);
    this.#clear = engine.prepare(SQL.clear);
    this.#withValue = engine.prepare(SQL.withValue);
    this.#withName = engine.prepare(SQL.withName);
    this.#all = engine.prepare(SQL.all);
    this.#named = engine.prepare(SQL.named);
    this.#name = engine.prepare(SQL.name);
  }

  /** The labels of a series, in the order they were given. */
  of(id: number): Label[] {
    this.#engine.read();
    const statement = this.#of;
    statement.bindInteger(1, id);
    const labels: Label[] = [];
    try {
      while (statement.step()) labels.push([statement.columnBlob(0), statement.columnBlob(1)]);
    } finally {
      statement.reset();
    }
    return labels;
  }

  /** Puts labels in place of those of a series. */
  set(id: number, labels: readonly Label[]): void {
    this.#clear.bindInteger(1, id);
    this.#clear.run();
    for (const [ordinal, [name, value]] of labels.entries()) {
      const add = this.#add;
      add.bindInteger(1, id);
      add.bindInteger(2, ordinal);
      add.bindBlob(3, name, 0, name.length);
      add.bindBlob(4, value, 0, value.length);
      add.run();
    }
  }

  /** Notes what a series' key is called. */
  named(id: number, space: number, key: Uint8Array): void {
    this.#named.bindInteger(1, id);
    this.#named.bindInteger(2, space);
    this.#named.bindBlob(3, key, 0, key.length);
    this.#named.run();
  }

  /** Where a series is; undefined if it is gone or expired. */
  name(id: number): SeriesName | undefined {
    this.#engine.read();
    const statement = this.#name;
    statement.bindInteger(1, id);
    try {
      if (!statement.step()) return undefined;
      const db = this.#databases.dbOfSpace(statement.columnNumber(0));
      const expired = !statement.columnIsNull(2) &&
        statement.columnNumber(2) <= this.#engine.nowMs;
      return db === -1 || expired ? undefined : { db, key: statement.columnBlob(1) };
    } finally {
      statement.reset();
    }
  }

  /** The keys of a database's series that match, in the order of their bytes. */
  find(db: number, matchers: readonly Matcher[]): Uint8Array[] {
    return this.findIds(db, matchers).map(({ key }) => key);
  }

  /** The same with their ids. */
  findIds(
    db: number,
    matchers: readonly Matcher[],
  ): { readonly key: Uint8Array; readonly id: number }[] {
    const positive = matchers.filter(isPositive);
    const [narrowest, ...others] = [...positive, ...matchers.filter((each) => !isPositive(each))];
    let ids = narrowest === undefined || !isPositive(narrowest)
      ? this.#ids(this.#all)
      : this.#having(narrowest);
    const rest = narrowest !== undefined && !isPositive(narrowest)
      ? [narrowest, ...others]
      : others;
    for (const matcher of rest) {
      if (ids.size === 0) break;
      const having = this.#having(matcher);
      // `l=` asks for those that have it not, and `l!=` for those that have.
      const keeps = matcher.values === undefined ? !matcher.is : matcher.is;
      ids = new Set([...ids].filter((id) => having.has(id) === keeps));
    }
    const found: { readonly key: Uint8Array; readonly id: number; readonly order: string }[] = [];
    for (const id of ids) {
      const name = this.name(id);
      if (name?.db !== db) continue;
      const { key } = name;
      found.push({ key, id, order: latin1(key, 0, key.length) });
    }
    return found.sort((a, b) => a.order < b.order ? -1 : a.order > b.order ? 1 : 0);
  }

  /** The ids of series that have a label, with one of the values if there are some. */
  #having({ name, values }: Matcher): Set<number> {
    const found = new Set<number>();
    if (values === undefined) {
      this.#withName.bindBlob(1, name, 0, name.length);
      return this.#ids(this.#withName, found);
    }
    for (const value of values) {
      this.#withValue.bindBlob(1, name, 0, name.length);
      this.#withValue.bindBlob(2, value, 0, value.length);
      this.#ids(this.#withValue, found);
    }
    return found;
  }

  #ids(statement: Statement, found = new Set<number>()): Set<number> {
    this.#engine.read();
    try {
      while (statement.step()) found.add(statement.columnNumber(0));
    } finally {
      statement.reset();
    }
    return found;
  }
}

/** Whether a matcher names values that a series has to have: a query begins with such a one. */
export function isPositive({ is, values }: Matcher): boolean {
  return is && values !== undefined;
}
