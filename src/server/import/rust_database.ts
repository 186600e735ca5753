/**
 * Databases of the Redlite that is written in Rust: SQLite files with a row a key in `keys`, and the
 * values in a table a type that refers to it by `key_id`. What a key is is told by the table that has
 * rows of it, for the numbers in `keys.type` have not always been the same.
 *
 * @module
 */

import type { Connection, Statement } from "../../sqlite/sqlite.ts";
import { APPLICATION_ID } from "../../store/file/schema.ts";
import { claimForReading, openForReading } from "../../store/rescue/reading.ts";
import {
  type ImportBatch,
  type ImportItem,
  type ImportSource,
  inBatches,
  NotUnderstood,
  type Opening,
  type SourceKind,
} from "./source.ts";
import { historySettings, searchedStrings, searchIndexes, suggestions } from "./rust_settings.ts";
import { beginsWith } from "./beginning.ts";
import { rowsOf, tablesOf } from "./rust_tables.ts";
import { VALUES } from "./rust_values.ts";

/** What an SQLite file begins with. */
const MAGIC = "SQLite format 3\0";
/** Columns of `keys` by which such a database is known. */
const COLUMNS = ["id", "db", "key", "type", "expire_at"];
/** `keys.type` of a stream: one may be without entries and groups. */
const STREAM = 6;

/** Databases of the Redlite in Rust. */
export const rustDatabases: SourceKind = {
  name: "a database of the Redlite in Rust",
  open(from: string, { driver }: Opening): ImportSource | undefined {
    if (!beginsWith(from, MAGIC)) return undefined;
    const release = claimForReading(driver, from);
    let connection: Connection | undefined;
    try {
      connection = openForReading(driver, from);
      connection.begin(false);
      assertForeign(connection, from);
      if (isOfRust(connection)) return new RustDatabase(connection, release);
    } catch (error) {
      connection?.close();
      release();
      throw error;
    }
    connection.close();
    release();
    return undefined;
  },
};

/** Refuses our own. */
function assertForeign(connection: Connection, path: string): void {
  for (const row of rowsOf(connection, "PRAGMA application_id")) {
    if (row.columnNumber(0) !== APPLICATION_ID) continue;
    throw new Error(`${path} is a database of this Redlite: use it as it is, or --restore it`);
  }
}

function isOfRust(connection: Connection): boolean {
  if (!tablesOf(connection).has("strings")) return false;
  const columns = new Set<string>();
  for (const row of rowsOf(connection, "SELECT name FROM pragma_table_info('keys')")) {
    columns.add(row.columnText(0));
  }
  return COLUMNS.every((column) => columns.has(column));
}

class RustDatabase implements ImportSource {
  readonly total: number;
  readonly leftBehind: readonly string[];
  readonly #connection: Connection;
  readonly #release: () => void;
  readonly #tables: ReadonlySet<string>;

  constructor(connection: Connection, release: () => void) {
    this.#connection = connection;
    this.#release = release;
    this.#tables = tablesOf(connection);
    this.total = this.#count("keys");
    const entries = this.#count("key_history");
    this.leftBehind = entries === 0
      ? []
      : [`${entries} entries of history: what keys held before is not copied`];
  }

  #count(table: string): number {
    if (!this.#tables.has(table)) return 0;
    for (const row of rowsOf(this.#connection, `SELECT count(*) FROM ${table}`)) {
      return row.columnNumber(0);
    }
    return 0;
  }

  batches(): Iterable<ImportBatch> {
    return inBatches(this.#items());
  }

  *#items(): Iterable<ImportItem> {
    // Before the keys, which are then found from the beginning.
    if (this.#tables.has("fts_settings")) yield* searchedStrings(this.#connection);
    if (this.#tables.has("ft_indexes")) yield* searchIndexes(this.#connection, this.#tables);
    const values = VALUES.filter(({ tables }) => this.#tables.has(tables[0]!));
    const places = values.map(({ tables }) =>
      tables.filter((table) => this.#tables.has(table))
        .map((table) => `EXISTS (SELECT 1 FROM ${table} WHERE key_id = k.id)`).join(" OR ")
    );
    const sql = `SELECT k.id, k.db, CAST(k.key AS BLOB), k.type, coalesce(k.expire_at, 0),
      ${places.join(", ")} FROM keys k ORDER BY k.id`;
    for (const row of rowsOf(this.#connection, sql)) {
      const at = values.findIndex((_, i) => row.columnNumber(5 + i) !== 0);
      yield this.#item(row, values[at] ?? emptyOf(row.columnNumber(3)));
    }
    if (this.#tables.has("ft_suggestions")) yield* suggestions(this.#connection);
    // After the keys, so that nothing of this is recorded.
    if (this.#tables.has("history_config")) yield* historySettings(this.#connection);
  }

  #item(row: Statement, value: typeof VALUES[number] | undefined): ImportItem {
    const id = row.columnNumber(0), key = row.columnBlob(2), expiresAtMs = row.columnNumber(4);
    const connection = this.#connection;
    const kind = value?.kind ?? "key";
    return {
      db: row.columnNumber(1),
      key,
      kind,
      expiresAtMs,
      *commands() {
        if (value === undefined) throw new NotUnderstood("it has no value of a known type");
        yield* value.commands(connection, id, key);
        if (expiresAtMs !== 0) yield ["PEXPIREAT", key, expiresAtMs];
      },
    };
  }

  [Symbol.dispose](): void {
    this.#connection.rollback();
    this.#connection.close();
    this.#release();
  }
}

/** A value of which there is no row. */
function emptyOf(type: number): typeof VALUES[number] | undefined {
  return type === STREAM ? VALUES.find(({ kind }) => kind === "stream") : undefined;
}
