/** Rows of SQL queries as JavaScript objects. */

import type { SqlCell, SqlResult, SqlValue } from "../store/file/sql.ts";

/**
 * A value of SQLite in JavaScript: NULL, INTEGER (a bigint beyond ±2^53), REAL, TEXT, BLOB.
 *
 * @example
 * ```ts
 * import { Redlite, type SqlData } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const [row] = db.sql<{ sum: SqlData }>("SELECT ?1 + ?2 AS sum", 1, 2);
 * console.log(row?.sum); // 3
 * ```
 */
export type SqlData = SqlValue;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Each row as an object by column name; of two columns of one name the last counts. */
export function rowsOf<Row>({ columns, rows }: SqlResult): Row[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((name, column) => [name, dataOf(row[column]!)])) as Row
  );
}

function dataOf(cell: SqlCell): SqlData {
  if (cell === null) return null;
  return cell.type === "text" ? decoder.decode(cell.value) : cell.value;
}
