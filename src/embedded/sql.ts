/** Rows of SQL queries as JavaScript objects. */

import type { SqlCell, SqlResult, SqlValue } from "../store/file/sql.ts";
import { bytesOf, wrongType } from "./checks.ts";

/**
 * A value of SQLite in JavaScript: NULL, INTEGER (a bigint beyond ±2^53), REAL, TEXT, BLOB.
 *
 * @example
 * ```ts
 * import { Redlite, type SqlData } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const [{ sum }] = db.sql<{ sum: SqlData }>("SELECT ?1 + ?2 AS sum", 1, 2);
 * console.log(sum); // 3
 * ```
 */
export type SqlData = SqlValue;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Each row as an object by column name; of two columns of one name the last counts. */
export function rowsOf<Row>({ columns, rows }: SqlResult): Row[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((name, column) => [name, dataOf(row[column])])) as Row
  );
}

function dataOf(cell: SqlCell): SqlData {
  if (cell === null) return null;
  return cell.type === "text" ? decoder.decode(cell.value) : cell.value;
}

/** The arguments of a statement. @throws {TypeError} If SQLite has no such values. */
export function sqlArguments(text: string, args: readonly unknown[]): SqlData[] {
  if (typeof text !== "string") throw wrongType("the statement", "a string", text);
  return args.map((value, i) => {
    if (value === null || typeof value === "string") return value;
    if (typeof value === "number" && value === value) return value;
    if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return value;
    const bytes = bytesOf(value);
    if (bytes === undefined) throw wrongType(`argument ${i + 1}`, SQL_VALUE, value);
    return bytes;
  });
}

const SQL_VALUE = "null, a string, bytes, a number or a bigint of 64 bits";
