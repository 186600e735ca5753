/**
 * SQL that only reads. A statement passes if it is one statement and begins as a query does; and
 * whatever it may be, the connection refuses to write: `query_only` is on for as long as it runs.
 * The first keyword is looked at because PRAGMA and ATTACH have effects that are no writes, some of
 * them while they are compiled. (The pragmas that queries can call as functions have none.)
 *
 * @module
 */

import type { Clock, Timer } from "../../engine/clock.ts";
import {
  type ColumnType,
  type Connection,
  SqliteError,
  type Statement,
} from "../../sqlite/sqlite.ts";
import type { StatementLimits } from "../../sqlite/statement_limits.ts";
import { unfolded } from "./expansion.ts";
import { corrupt, err } from "../values/errors.ts";
import { narrow } from "../values/integers.ts";

/** A value of SQLite: NULL, INTEGER (a bigint beyond ±2^53), REAL, TEXT, BLOB. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** A value of a result. */
export type SqlCell =
  | null
  | { readonly type: "integer"; readonly value: number | bigint }
  | { readonly type: "real"; readonly value: number }
  | { readonly type: "text" | "blob"; readonly value: Uint8Array };

/** What a query gives. */
export interface SqlResult {
  /** The columns' names. */
  readonly columns: readonly string[];
  /** @internal The rows, each with a cell for each column. */
  readonly rows: readonly (readonly SqlCell[])[];
}

/** How much a query may give, and how long it may take. */
export interface SqlLimits {
  /** Rows. */
  readonly rows: number;
  /** Bytes of all values together. */
  readonly bytes: number;
  /** Milliseconds, 0 for any; held to only where a statement can be interrupted. */
  readonly ms: number;
}

/** No limits, for who asks in its own process. */
export const UNLIMITED: SqlLimits = { rows: Infinity, bytes: Infinity, ms: 0 };

/**
 * What a query may be made of. SQLite recurses for each level of an expression, each term of a
 * compound SELECT and each `%` of a pattern, on a thread's stack of 2 MB, and makes values of any length.
 */
const STATEMENT_LIMITS: StatementLimits = {
  length: 128 * 1024 * 1024,
  sqlLength: 256 * 1024,
  column: 2000,
  exprDepth: 400,
  compoundSelect: 100,
  vdbeOp: 1_000_000,
  functionArg: 127,
  attach: 0,
  likePatternLength: 4096,
  variableNumber: 32766,
  triggerDepth: 1,
};
/** Levels of parentheses: SQLite recurses for those of subqueries too, which it does not count. */
const MAX_NESTING = 60;
/** Mentions of tables of WITH clauses, each with those that it unfolds to. */
const MAX_UNFOLDED = 500;

/** Blanks, comments, and what may hide a semicolon: a text, a name, or an open end of these. */
const TOKEN =
  /[ \t\n\f\r]+|--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|[\w$\u0080-\uffff]+|[^]/y;
const BLANK = /^(?:[ \t\n\f\r]|--|\/\*)/;
/** Milliseconds until a query is interrupted again: SQLite forgets what comes before a step begins. */
const INTERRUPT_AGAIN_MS = 10;
/** Bytes that a number counts towards the limit. */
const NUMBER_BYTES = 8;
/** Columns of a query that another can be put around: it has twice as many, of 2,000 at most. */
const MOST_TYPED = 1000;

/**
 * The first words of a text, in capitals.
 *
 * @throws {CommandError} If it is several statements.
 */
export function firstWords(text: string): string[] {
  if (text.includes("\0")) throw err("the statement contains a NUL");
  const words: string[] = [];
  let ended = false;
  let nesting = 0;
  const tokens: string[] = [];
  for (const [token] of text.matchAll(new RegExp(TOKEN, "gy"))) {
    if (BLANK.test(token)) continue;
    tokens.push(token);
    if (token === "(" && ++nesting > MAX_NESTING) {
      throw err(`the statement has more than ${MAX_NESTING} levels of parentheses`);
    }
    if (token === ")") nesting--;
    if (token === ";") {
      ended = words.length > 0;
      continue;
    }
    if (ended) throw err("SQL takes one statement at a time");
    if (words.length < 4) words.push(token.toUpperCase());
    // The body of a trigger has statements of its own; SQLite compiles no more than the first.
    if (words[0] === "CREATE" && words.some((word) => word === "TRIGGER")) break;
  }
  if (unfolded(tokens) > MAX_UNFOLDED) {
    throw err("the tables of the WITH clauses mention each other too often");
  }
  return words;
}

/**
 * Makes sure that a text is one query.
 *
 * @throws {CommandError} If it is several statements, or does something else than to read.
 */
export function assertQuery(text: string): void {
  const words = firstWords(text);
  let first = 0;
  if (words[0] === "EXPLAIN") first = words[1] === "QUERY" && words[2] === "PLAN" ? 3 : 1;
  if (!["SELECT", "VALUES", "WITH"].includes(words[first]!)) {
    throw err("SQL only reads: a statement begins with SELECT, VALUES, WITH or EXPLAIN");
  }
}

/** Binds arguments by their JavaScript types. @throws {CommandError} If their number is wrong. */
export function bind(statement: Statement, args: readonly SqlValue[]): void {
  const takes = statement.parameterCount() ?? args.length;
  if (args.length !== takes) {
    throw err(`the statement takes ${takes} arguments, ${args.length} are given`);
  }
  for (const [i, value] of args.entries()) {
    if (value === null) statement.bindNull(i + 1);
    else if (typeof value === "bigint") statement.bindBigint(i + 1, value);
    else if (typeof value === "string") statement.bindText(i + 1, value);
    else if (typeof value !== "number") statement.bindBlob(i + 1, value, 0, value.length);
    else if (Number.isSafeInteger(value)) statement.bindInteger(i + 1, value);
    else statement.bindReal(i + 1, value);
  }
}

/** Collects rows up to the limits. */
export class Rows {
  readonly columns: readonly string[];
  readonly rows: SqlCell[][] = [];
  readonly #statement: Statement;
  readonly #limits: SqlLimits;
  readonly #typed: boolean;
  #bytes = 0;

  /** @param typed The query's columns, if the statement's are a type and a value for each. */
  constructor(statement: Statement, limits: SqlLimits, typed?: readonly string[]) {
    this.#statement = statement;
    this.#limits = limits;
    this.#typed = typed !== undefined;
    this.columns = typed ?? statement.columnNames();
  }

  /** Takes the current row. @throws {CommandError} If that is more than the limits allow. */
  add(): void {
    if (this.rows.length >= this.#limits.rows) {
      throw err(
        `the result has more than ${this.#limits.rows} rows; add a LIMIT, or raise sql-max-rows`,
      );
    }
    const row: SqlCell[] = [];
    for (let column = 0; column < this.columns.length; column++) row.push(this.#cell(column));
    this.rows.push(row);
  }

  #cell(index: number): SqlCell {
    const statement = this.#statement;
    const column = this.#typed ? 2 * index + 1 : index;
    const type = this.#typed
      ? statement.columnText(2 * index) as ColumnType
      : statement.columnType(column);
    const isBytes = type === "text" || type === "blob";
    this.#bytes += isBytes ? statement.columnLength(column) : NUMBER_BYTES;
    if (this.#bytes > this.#limits.bytes) {
      throw err(`the result has more than ${this.#limits.bytes} bytes`);
    }
    if (type === "null") return null;
    if (type === "integer") return { type, value: narrow(statement.columnBigint(column)) };
    if (type === "real") return { type, value: statement.columnNumber(column) };
    return { type, value: statement.columnBlob(column) };
  }
}

/**
 * Prepares a query. Where the driver would end a text at its first NUL, it is one around the query
 * that gives each column as its type and its value, texts as BLOBs.
 */
function prepareQuery(
  connection: Connection,
  text: string,
): { statement: Statement; typed: readonly string[] | undefined } {
  const statement = connection.prepare(text);
  const columns = statement.columnNames();
  const fits = columns.length > 0 && columns.length <= MOST_TYPED;
  if (!connection.cutsText || !fits || firstWords(text)[0] === "EXPLAIN") {
    return { statement, typed: undefined };
  }
  statement.finalize();
  const body = [...text.matchAll(new RegExp(TOKEN, "gy"))]
    .map(([token]) => BLANK.test(token) ? " " : token)
    .filter((token) => token !== ";");
  const names = columns.map((_, i) => `c${i}`);
  const values = names.map((name) =>
    `typeof(${name}), iif(typeof(${name}) = 'text', CAST(${name} AS BLOB), ${name})`
  );
  // Materialized, it keeps its order, and is computed once.
  const whole = `WITH query(${names}) AS MATERIALIZED (${
    body.join("")
  }) SELECT ${values} FROM query`;
  return { statement: connection.prepare(whole), typed: columns };
}

/**
 * Runs a query at once, on a connection that is used for other things too.
 *
 * @throws {CommandError} If it is no query, or SQLite refuses it.
 */
export function query(
  connection: Connection,
  text: string,
  args: readonly SqlValue[],
  limits: SqlLimits,
): SqlResult {
  assertQuery(text);
  let statement: Statement | undefined;
  connection.exec("PRAGMA query_only = ON");
  connection.limitStatements?.(STATEMENT_LIMITS);
  try {
    let typed: readonly string[] | undefined;
    ({ statement, typed } = prepareQuery(connection, text));
    bind(statement, args);
    const rows = new Rows(statement, limits, typed);
    while (statement.step()) rows.add();
    return rows;
  } catch (error) {
    throw refusal(error);
  } finally {
    statement?.finalize();
    connection.limitStatements?.(undefined);
    connection.exec("PRAGMA query_only = OFF");
  }
}

/**
 * Runs a query on another thread, on a connection of its own that refuses to write.
 *
 * @throws {CommandError} If it is no query, SQLite refuses it, or its time is over.
 */
export async function queryAside(
  connection: Connection,
  text: string,
  args: readonly SqlValue[],
  limits: SqlLimits,
  clock: Clock,
): Promise<SqlResult> {
  assertQuery(text);
  let late = false;
  let statement: Statement | undefined;
  let timer: Timer | undefined;
  const stop = () => {
    late = true;
    connection.interrupt?.();
    timer = clock.after(INTERRUPT_AGAIN_MS, stop);
  };
  connection.limitStatements?.(STATEMENT_LIMITS);
  if (limits.ms > 0) timer = clock.after(limits.ms, stop);
  try {
    let typed: readonly string[] | undefined;
    ({ statement, typed } = prepareQuery(connection, text));
    bind(statement, args);
    const rows = new Rows(statement, limits, typed);
    while (await (statement.stepAsync?.() ?? statement.step())) rows.add();
    return rows;
  } catch (error) {
    if (late) throw err(`the statement took longer than ${limits.ms} ms (sql-timeout-ms)`);
    throw refusal(error);
  } finally {
    timer?.cancel();
    statement?.finalize();
    connection.limitStatements?.(undefined);
  }
}

/** The error to tell for one of SQLite's. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof SqliteError) || error.interrupted) return error;
  if (error.corrupt) return corrupt(error.message);
  return err(error.message);
}
