/**
 * Copies the rows of a damaged database that SQLite can reach, of Redlite's tables and of the program's
 * own.
 *
 * @module
 */

import type { Connection, Statement } from "../../sqlite/sqlite.ts";
import { OWN_OBJECTS } from "../file/migrate.ts";
import { narrow } from "../values/integers.ts";
import {
  type DamagedTable,
  type Gap,
  isDamage,
  type Key,
  type OrderedTable,
  TableReader,
} from "./ranges.ts";
import { isRowidTable } from "./raw_rows.ts";
import { messageOf } from "../values/errors.ts";

/** How far a salvage is. */
export interface SalvageProgress {
  /** The table that is read. */
  readonly table: string;
  /** Rows of it that were read so far. */
  readonly rows: number;
}

/** Rows between two calls of the progress. */
const ROWS_A_CALL = 10_000;
/** Tables whose rows are made anew, or belong to SQLite. */
export const LEFT_OUT =
  /^(sqlite_.*|runs|search_(contents|documents|deleted|records|lists|blocks))$/;

/**
 * Copies all tables.
 *
 * @param target Has Redlite's tables; the program's own are made in it.
 * @param losses Takes a line for each thing that is lost.
 * @returns How many rows were copied, and the tables of which some could not be read.
 */
export function copyTables(
  source: Connection,
  target: Connection,
  losses: string[],
  onProgress: (progress: SalvageProgress) => void,
): { rows: number; damaged: DamagedTable[] } {
  const damaged: DamagedTable[] = [];
  let rows = 0;
  const later: string[] = [];
  for (const { type, name, sql } of objectsOf(source)) {
    const own = OWN_OBJECTS.has(name.toLowerCase());
    if (type !== "table" || LEFT_OUT.test(name)) {
      if (!own && type !== "table" && sql !== "") later.push(sql);
      continue;
    }
    if (!own && !makeTable(target, name, sql, losses)) continue;
    const table = orderOf(source, target, name);
    if (table === undefined) continue;
    const { copied, gaps } = copyTable(source, target, table, onProgress, losses);
    rows += copied;
    if (gaps.length === 0) continue;
    damaged.push({ name, gaps });
    for (const gap of gaps) losses.push(`${name}: rows are lost ${describe(gap)}`);
  }
  for (const sql of later) {
    try {
      target.exec(sql);
    } catch (error) {
      losses.push(`not made again: ${sql.split("\n")[0]} (${messageOf(error)})`);
    }
  }
  return { rows, damaged };
}

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** The program's own objects and ours; not the indexes on our tables, which the new file has. */
function objectsOf(source: Connection): SchemaObject[] {
  const objects: SchemaObject[] = [];
  const statement = source.prepare(
    "SELECT type, name, coalesce(sql, ''), tbl_name FROM sqlite_schema ORDER BY rootpage",
  );
  try {
    while (statement.step()) {
      const [type = "", name = "", sql = "", table = ""] = [0, 1, 2, 3].map((column) =>
        statement.columnText(column)
      );
      if (type !== "table" && OWN_OBJECTS.has(table.toLowerCase())) continue;
      objects.push({ type, name, sql });
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    // What was read of it is what there is; ours are in any case where they always are.
    for (const name of OWN_OBJECTS) {
      if (objects.some((object) => object.name === name) || name.startsWith("redlite_")) continue;
      objects.push({ type: "table", name, sql: "" });
    }
  } finally {
    statement.finalize();
  }
  return objects;
}

function makeTable(target: Connection, name: string, sql: string, losses: string[]): boolean {
  // The tables behind a virtual table come with it, but what is in it is not copied like this.
  if (/^\s*CREATE\s+VIRTUAL/i.test(sql)) {
    losses.push(`${name}: a virtual table is not copied`);
    return false;
  }
  try {
    target.exec(sql);
    return true;
  } catch (error) {
    losses.push(`${name}: not copied (${messageOf(error)})`);
    return false;
  }
}

/** A table's columns that both files have, and in which order its rows are. */
function orderOf(source: Connection, target: Connection, name: string): OrderedTable | undefined {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const columns: string[] = [];
  const keys: { column: string; at: number; type: string }[] = [];
  const has = new Set(columnsOf(target, quoted).map(({ column }) => column));
  let known: ReturnType<typeof columnsOf>;
  try {
    known = columnsOf(source, quoted);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
  for (const info of known) {
    if (!has.has(info.column)) continue;
    columns.push(info.column);
    if (info.at > 0) keys.push(info);
  }
  if (columns.length === 0) return undefined;
  keys.sort((a, b) => a.at - b.at);
  const hasRowid = isRowidTable(source, quoted);
  const [only] = keys;
  if (hasRowid && !(keys.length === 1 && only?.type.toUpperCase() === "INTEGER")) {
    return { name: quoted, key: ["rowid"], columns: ["rowid", ...columns] };
  }
  const key = keys.map(({ column }) => column);
  return { name: quoted, key, columns: [...key, ...columns.filter((name) => !key.includes(name))] };
}

function columnsOf(connection: Connection, table: string) {
  const statement = connection.prepare(`PRAGMA table_info(${table})`);
  const columns: { column: string; type: string; at: number }[] = [];
  try {
    while (statement.step()) {
      const column = `"${statement.columnText(1).replaceAll('"', '""')}"`;
      columns.push({ column, type: statement.columnText(2), at: statement.columnNumber(5) });
    }
  } finally {
    statement.finalize();
  }
  return columns;
}

function copyTable(
  source: Connection,
  target: Connection,
  table: OrderedTable,
  onProgress: (progress: SalvageProgress) => void,
  losses: string[],
): { copied: number; gaps: Gap[] } {
  const name = table.name.slice(1, -1);
  const marks = table.columns.map((_, i) => `?${i + 1}`).join(", ");
  const insert = target.prepare(
    `INSERT OR REPLACE INTO ${table.name}(${table.columns.join(", ")}) VALUES (${marks})`,
  );
  let copied = 0, refused = 0, reason = "";
  const keyOf = (row: Statement): Key => table.key.map((_, i) => valueOf(row, i) ?? 0);
  const reader = new TableReader(source, table, keyOf, (row) => {
    try {
      for (let i = 0; i < table.columns.length; i++) copyValue(row, i, insert);
      insert.run();
      copied++;
    } catch (error) {
      if (isDamage(error)) throw error;
      // Damage that SQLite did not notice: a value that cannot be.
      insert.reset();
      refused++;
      reason = messageOf(error);
    }
    if ((copied + refused) % ROWS_A_CALL === 0) onProgress({ table: name, rows: copied });
  });
  try {
    const gaps = reader.read();
    onProgress({ table: name, rows: copied });
    if (refused > 0) losses.push(`${name}: ${refused} rows are not as they can be (${reason})`);
    return { copied, gaps };
  } finally {
    insert.finalize();
  }
}

type Value = null | number | bigint | string | Uint8Array;

function valueOf(row: Statement, column: number): Value {
  switch (row.columnType(column)) {
    case "null":
      return null;
    case "integer":
      return narrow(row.columnBigint(column));
    case "real":
      return row.columnNumber(column);
    case "text":
      return row.columnText(column);
    case "blob":
      return row.columnBlob(column);
  }
}

/** Binds a column's value as it is: a whole number that is a REAL stays one. */
function copyValue(row: Statement, column: number, to: Statement): void {
  const type = row.columnType(column);
  if (type === "real") return to.bindReal(column + 1, row.columnNumber(column));
  const value = valueOf(row, column);
  if (value === null) to.bindNull(column + 1);
  else if (typeof value === "bigint") to.bindBigint(column + 1, value);
  else if (typeof value === "number") to.bindInteger(column + 1, value);
  else if (typeof value === "string") to.bindText(column + 1, value);
  else to.bindBlob(column + 1, value, 0, value.length);
}

function describe({ after, before }: Gap): string {
  if (after === undefined && before === undefined) return "altogether";
  if (after === undefined) return `before ${keyText(before ?? [])}`;
  if (before === undefined) return `after ${keyText(after)}`;
  return `between ${keyText(after)} and ${keyText(before)}`;
}

function keyText(key: Key): string {
  return `(${
    key.map((value) => value instanceof Uint8Array ? bytesText(value) : String(value)).join(", ")
  })`;
}

const decoder = new TextDecoder();
/** Characters of a key that are shown. */
const SHOWN = 40;

function bytesText(bytes: Uint8Array): string {
  const text = JSON.stringify(decoder.decode(bytes.subarray(0, SHOWN)));
  return bytes.length > SHOWN ? `${text}…` : text;
}
