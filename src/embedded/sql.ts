/** SQL in programs: queries, writes to tables of their own, and rows as JavaScript objects. */

import type { SqlCell, SqlResult, SqlValue } from "../store/sql/queries.ts";
import type { SqlWritten } from "../store/sql/writes.ts";
import { bytesOf, wrongType } from "./checks.ts";
import { many } from "./commands/given.ts";
import type { Bytes, Many } from "./data.ts";

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

/**
 * What a statement of {@linkcode Sql.write} did.
 *
 * @example
 * ```ts
 * import { Redlite, type SqlChange } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.sql.write("CREATE TABLE orders(number INTEGER PRIMARY KEY, customer TEXT)");
 * const change: SqlChange = db.sql.write("INSERT INTO orders(customer) VALUES (?)", "Ada");
 * console.log(change.changes); // 1
 * ```
 */
export interface SqlChange<Row = Record<string, SqlData>> {
  /** Rows that were inserted, updated or deleted, those by triggers left out. */
  changes: number;
  /**
   * The rows of a RETURNING clause, each as an object by column name. Where there is no native library
   * a text in them ends at its first NUL; `CAST(column AS BLOB)` gives all of it.
   */
  rows: Row[];
}

/**
 * SQL on the database's file.
 *
 * @example
 * ```ts
 * import { Redlite, type Sql } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const sql: Sql = db.sql;
 * console.log(sql("SELECT 1 AS one")); // [{ one: 1 }]
 * ```
 */
export interface Sql {
  /**
   * Runs a query on the file's tables and views, the program's own too. Inside `transaction` it sees
   * what the transaction has written.
   *
   * @param args The values of the statement's parameters, by their types: a whole number is an
   * INTEGER, a string a TEXT, bytes a BLOB.
   * @returns Each row as an object by column name.
   * @throws {RedliteError} If it is not one query, or SQLite refuses it.
   */
  <Row = Record<string, SqlData>>(text: string, ...args: Many<SqlData | Bytes>): Row[];
  /**
   * Runs one statement that writes to tables of the program's own, or makes, alters or drops them: a
   * transaction by itself, or a part of the open `transaction` together with its commands. Redlite's
   * own tables and settings are refused.
   *
   * @throws {RedliteError} If it is no such statement, or SQLite refuses it; nothing of it is left.
   */
  write<Row = Record<string, SqlData>>(
    text: string,
    ...args: Many<SqlData | Bytes>
  ): SqlChange<Row>;
}

/** What runs SQL under {@linkcode Sql}. */
export interface SqlRunner {
  query(text: string, args: readonly SqlValue[]): SqlResult;
  writeSql(text: string, args: readonly SqlValue[]): SqlWritten;
}

/** The SQL of a program on one database. */
export function sqlOf(runner: SqlRunner): Sql {
  return Object.assign(
    <Row = Record<string, SqlData>>(text: string, ...args: Many<SqlData | Bytes>) =>
      rowsOf<Row>(runner.query(text, sqlArguments(text, many(args)))),
    {
      write<Row = Record<string, SqlData>>(
        text: string,
        ...args: Many<SqlData | Bytes>
      ): SqlChange<Row> {
        const written = runner.writeSql(text, sqlArguments(text, many(args)));
        return { changes: written.changes, rows: rowsOf<Row>(written) };
      },
    },
  );
}

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
