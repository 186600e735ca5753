/** Adds the rows of tables that are on pages to which SQLite finds no way. */

import type { Connection, Statement } from "../../sqlite/sqlite.ts";
import type { PageFile, RawRow, RawValue } from "./pages.ts";

/** A table, and the page at which its tree begins. */
export interface RootedTable {
  readonly name: string;
  readonly root: number;
}

/** The tables of a database with their roots. */
export function rootsOf(connection: Connection): RootedTable[] {
  const statement = connection.prepare(
    "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0",
  );
  const tables: RootedTable[] = [];
  try {
    while (statement.step()) {
      tables.push({ name: statement.columnText(0), root: statement.columnNumber(1) });
    }
  } finally {
    statement.finalize();
  }
  return tables;
}

/** A table's columns in the order in which its rows have them. */
interface Stored {
  readonly columns: readonly string[];
  /** Which of them is the rowid and stands as NULL in the row; -1 if none is. */
  readonly rowidAt: number;
  readonly hasRowid: boolean;
}

/**
 * Inserts the rows of a table that are not there yet.
 *
 * @param target Has the table.
 * @returns How many there were.
 */
export function addRows(target: Connection, pages: PageFile, { name, root }: RootedTable): number {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const stored = storedColumns(target, quoted);
  const inserts = new Map<number, Statement>();
  let added = 0;
  try {
    for (const row of pages.rowsOf(root)) {
      if ((row.rowid !== undefined) !== stored.hasRowid) continue;
      const count = Math.min(row.values.length, stored.columns.length);
      let insert = inserts.get(count);
      if (insert === undefined) {
        insert = insertOf(target, quoted, stored, count);
        inserts.set(count, insert);
      }
      try {
        bindRow(insert, stored, row, count);
        insert.run();
        added += target.changes();
      } catch {
        // What cannot be a row of this table is damaged.
        insert.reset();
      }
    }
  } finally {
    for (const insert of inserts.values()) insert.finalize();
  }
  return added;
}

function insertOf(target: Connection, table: string, stored: Stored, count: number): Statement {
  const columns = stored.columns.slice(0, count);
  if (stored.hasRowid && stored.rowidAt < 0) columns.push("rowid");
  const marks = columns.map((_, i) => `?${i + 1}`).join(", ");
  return target.prepare(
    `INSERT OR IGNORE INTO ${table}(${columns.join(", ")}) VALUES (${marks})`,
  );
}

function bindRow(insert: Statement, { rowidAt, hasRowid }: Stored, row: RawRow, count: number) {
  for (let i = 0; i < count; i++) {
    bindRaw(insert, i + 1, i === rowidAt ? row.rowid ?? null : row.values[i] ?? null);
  }
  if (hasRowid && rowidAt < 0) bindRaw(insert, count + 1, row.rowid ?? null);
}

function bindRaw(statement: Statement, index: number, value: RawValue): void {
  if (value === null) statement.bindNull(index);
  else if (typeof value === "number") statement.bindInteger(index, value);
  else if (typeof value === "bigint") statement.bindBigint(index, value);
  else if (typeof value === "string") statement.bindText(index, value);
  else if (value instanceof Uint8Array) statement.bindBlob(index, value, 0, value.length);
  else statement.bindReal(index, value.real);
}

function storedColumns(connection: Connection, table: string): Stored {
  const columns: { name: string; type: string; key: number }[] = [];
  const statement = connection.prepare(`PRAGMA table_info(${table})`);
  try {
    while (statement.step()) {
      const name = `"${statement.columnText(1).replaceAll('"', '""')}"`;
      columns.push({ name, type: statement.columnText(2), key: statement.columnNumber(5) });
    }
  } finally {
    statement.finalize();
  }
  const hasRowid = isRowidTable(connection, table);
  if (!hasRowid) {
    // The key comes first, in its own order.
    columns.sort((a, b) => (a.key || Infinity) - (b.key || Infinity) || 0);
  }
  const keys = columns.filter(({ key }) => key > 0);
  const [only] = keys;
  const isRowid = hasRowid && keys.length === 1 && only?.type.toUpperCase() === "INTEGER";
  return {
    columns: columns.map(({ name }) => name),
    rowidAt: isRowid && only !== undefined ? columns.indexOf(only) : -1,
    hasRowid,
  };
}

/** Whether a table has rowids. */
export function isRowidTable(connection: Connection, table: string): boolean {
  try {
    connection.prepare(`SELECT rowid FROM ${table} LIMIT 0`).finalize();
    return true;
  } catch {
    return false;
  }
}
