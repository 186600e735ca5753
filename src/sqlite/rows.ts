/**
 * What the drivers share that reach SQLite through another JavaScript library: a statement that
 * keeps its parameters in an array and its result in memory, and a connection over that.
 *
 * Such libraries hand out values, not memory, and take all parameters with each run. So binding
 * fills an array, the first step runs the statement to its end and later steps walk through the
 * rows it left. The result is therefore that of the moment of the first step, and a reset costs
 * nothing. The price: a caller that stops early has paid for the rows it never looked at, so SQL
 * that may be left early carries a LIMIT.
 *
 * @module
 */

import { files, isNotFound } from "../runtime/files.ts";
import { runPatiently } from "./lock_wait.ts";
import { parametersOf } from "./parameters.ts";
import { type CheckpointResult, type Connection, type DriverInfo, SQLITE } from "./sqlite.ts";
import type { ColumnType } from "./sqlite.ts";
import { SqliteError, type Statement } from "./sqlite.ts";
import type { StatementLimits } from "./statement_limits.ts";

/** A value to bind. The type decides, never the value: a bigint is an INTEGER, a number a REAL. */
export type Parameter = null | bigint | number | string | Uint8Array;

/** A value read from a column. */
export type ColumnValue = null | bigint | number | string | Uint8Array;

/** One row, its values in the order of the columns. */
export type Row = readonly ColumnValue[];

/** A compiled statement of the underlying library. Every method throws nothing but SqliteError. */
export interface RowSource {
  /** Runs the statement to its end, whether it has columns or not. */
  rows(parameters: readonly Parameter[]): readonly Row[];
  /** The columns' names. */
  columnNames(): string[];
  /** Frees the statement, where the library can. */
  free(): void;
}

/** An open database of the underlying library. Every method throws nothing but SqliteError. */
export interface Session {
  /** Whether no transaction is open. */
  readonly autocommit: boolean;
  /** Compiles one statement. */
  prepare(sql: string): RowSource;
  /** Runs one or more statements and discards their rows. */
  exec(sql: string): void;
  /** The bytes of the database as those of a file without a log, where the library can. */
  readonly serialize?: () => Uint8Array<ArrayBuffer>;
  /** Bounds what statements may be made of, where the library can; undefined for its own limits. */
  limit?(limits: StatementLimits | undefined): void;
  /** Closes the database. Called once, after its statements have been freed. */
  close(): void;
}

/** SQLite's result code for a call that is not allowed in the object's state. */
export const MISUSE = 21;

const NO_ROWS: readonly Row[] = [];
const NO_ROW: Row = [];
/** Of an array that has memory: Node 22 takes one without for NULL when it is bound. */
const NO_BYTES = new Uint8Array(8).subarray(4, 4);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A {@linkcode Statement} whose result is read at its first step. */
export class BufferedStatement implements Statement {
  readonly #source: RowSource;
  readonly #sql: string;
  /** The connection's statements, of which this is one until it is finalized. */
  readonly #siblings: Set<BufferedStatement>;
  readonly #parameters: Parameter[] = [];
  #rows = NO_ROWS;
  /** How many of the rows have been stepped to; -1 before the first step. */
  #stepped = -1;
  #row = NO_ROW;
  /** The column of this row whose UTF-8 `#encoded` holds: its length is asked for before its bytes. */
  #encodedColumn = -1;
  #encoded = NO_BYTES;

  /** Wraps a statement of the underlying library and joins the connection's others. */
  constructor(source: RowSource, sql: string, siblings: Set<BufferedStatement>) {
    this.#source = source;
    this.#sql = sql;
    this.#siblings = siblings;
    siblings.add(this);
  }

  /** Binds an integer within ±2^53. */
  bindInteger(index: number, value: number): void {
    this.#bind(index, BigInt(value));
  }

  /** Binds an integer of 64 bits, signed. */
  bindBigint(index: number, value: bigint): void {
    this.#bind(index, value);
  }

  /** Binds NULL. */
  bindNull(index: number): void {
    this.#bind(index, null);
  }

  /** Binds a floating-point number. */
  bindReal(index: number, value: number): void {
    this.#bind(index, value);
  }

  /** Binds a text. */
  bindText(index: number, value: string): void {
    this.#bind(index, value);
  }

  /** Binds `bytes[start, end)` as a BLOB: a view, which the library copies at the first step. */
  bindBlob(index: number, bytes: Uint8Array, start: number, end: number): void {
    this.#bind(index, start === end ? NO_BYTES : bytes.subarray(start, end));
  }

  /** Advances to the next row; the first call runs the statement. */
  step(): boolean {
    if (this.#stepped < 0) {
      this.#rows = this.#source.rows(this.#parameters);
      this.#stepped = 0;
    }
    if (this.#stepped === this.#rows.length) {
      // As in SQLite, a step past the end would start over.
      this.reset();
      return false;
    }
    this.#row = this.#rows[this.#stepped++]!;
    this.#encodedColumn = -1;
    return true;
  }

  /** Runs to the end and discards the rows. */
  run(): void {
    this.reset();
    this.#source.rows(this.#parameters);
  }

  /** Returns to the start; bindings stay. */
  reset(): void {
    this.#rows = NO_ROWS;
    this.#stepped = -1;
    this.#row = NO_ROW;
    this.#encodedColumn = -1;
  }

  /** How many parameters it takes; the libraries do not tell. */
  parameterCount(): number {
    return parametersOf(this.#sql).length;
  }

  /** The columns' names. */
  columnNames(): string[] {
    return this.#source.columnNames();
  }

  /** What a column of the current row holds; a number that a library gives counts as a REAL. */
  columnType(column: number): ColumnType {
    const value = this.#value(column);
    if (value === null) return "null";
    if (typeof value === "bigint") return "integer";
    if (typeof value === "number") return "real";
    return typeof value === "string" ? "text" : "blob";
  }

  /** Whether a column of the current row is NULL. */
  columnIsNull(column: number): boolean {
    return this.#value(column) === null;
  }

  /** A column of the current row as a number; NULL is 0. */
  columnNumber(column: number): number {
    const value = this.#value(column);
    if (typeof value === "number") return value;
    if (value === null) return 0;
    if (typeof value === "bigint") return Number(value);
    // SQLite converts the longest prefix that is a number, and no such prefix to 0.
    return Number.parseFloat(this.columnText(column)) || 0;
  }

  /** An integer column of the current row, exact; NULL is 0. */
  columnBigint(column: number): bigint {
    const value = this.#value(column);
    if (typeof value === "bigint") return value;
    // A library may give small integers as numbers; what is no integer, SQLite cuts to one.
    return BigInt(Math.trunc(this.columnNumber(column)));
  }

  /** A column of the current row as text. */
  columnText(column: number): string {
    const value = this.#value(column);
    if (typeof value === "string") return value;
    if (value === null) return "";
    return value instanceof Uint8Array ? decoder.decode(value) : String(value);
  }

  /** The size of a BLOB or TEXT column, in bytes; NULL is 0. */
  columnLength(column: number): number {
    return this.#bytes(column).length;
  }

  /** Copies a BLOB or TEXT column into `target` at `at`. */
  columnInto(column: number, target: Uint8Array, at: number): void {
    target.set(this.#bytes(column), at);
  }

  /** Whether a BLOB column equals `bytes[start, end)`. */
  columnEquals(column: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes(column);
    if (own.length !== end - start) return false;
    for (let i = 0; i < own.length; i++) {
      if (own[i] !== bytes[start + i]) return false;
    }
    return true;
  }

  /** A copy of a BLOB or TEXT column. */
  columnBlob(column: number): Uint8Array {
    return this.#bytes(column).slice();
  }

  /** Frees the statement. */
  finalize(): void {
    this.reset();
    this.#siblings.delete(this);
    this.#source.free();
  }

  #bind(index: number, value: Parameter): void {
    // What was never bound is NULL, as in SQLite.
    while (this.#parameters.length < index) this.#parameters.push(null);
    this.#parameters[index - 1] = value;
  }

  #value(column: number): ColumnValue {
    return column < this.#row.length ? this.#row[column]! : null;
  }

  #bytes(column: number): Uint8Array {
    const value = this.#value(column);
    if (value instanceof Uint8Array) return value;
    if (value === null) return NO_BYTES;
    if (this.#encodedColumn !== column) {
      this.#encoded = encoder.encode(String(value));
      this.#encodedColumn = column;
    }
    return this.#encoded;
  }
}

/** A {@linkcode Connection} made of SQL over a {@linkcode Session}. */
export class BufferedConnection implements Connection {
  /** What SQLite this connection runs on. */
  readonly info: DriverInfo;
  /** The libraries read a text as a C string. */
  readonly cutsText = true;
  readonly #session: Session;
  readonly #statements = new Set<BufferedStatement>();
  readonly #prepared = new Map<string, Statement>();
  /** `PRAGMA data_version` as last seen: it moves when another connection's commit becomes visible. */
  #dataVersion = -1;
  #closed = false;
  #busyTimeoutMs = 0;

  /** Wraps an open database of the underlying library. */
  constructor(info: DriverInfo, session: Session) {
    this.info = info;
    this.#session = session;
    if (session.limit !== undefined) {
      this.limitStatements = (limits) => session.limit?.(limits);
    }
    const { serialize } = session;
    if (serialize !== undefined) {
      this.serialize = () => {
        this.#requireOpen();
        return serialize();
      };
    }
  }

  readonly limitStatements?: (limits: StatementLimits | undefined) => void;
  readonly serialize?: () => Uint8Array<ArrayBuffer>;

  /** Compiles one statement. */
  prepare(sql: string): Statement {
    this.#requireOpen();
    // The libraries make a statement of it that fails or crashes when it is used.
    if (endOfBlank(sql, 0) === sql.length) {
      throw new SqliteError(SQLITE.ERROR, "the statement is empty");
    }
    return new BufferedStatement(this.#session.prepare(sql), sql, this.#statements);
  }

  /** Runs one or more statements and discards their rows. */
  exec(sql: string): void {
    this.#requireOpen();
    this.#session.exec(sql);
  }

  /** Whether no transaction is open. */
  get autocommit(): boolean {
    return this.#closed || this.#session.autocommit;
  }

  /** Rows that the last INSERT, UPDATE or DELETE on this connection changed. */
  changes(): number {
    return this.#number("SELECT changes()");
  }

  /** Opens a transaction, with the write lock if `write`. */
  begin(write: boolean): void {
    if (write) runPatiently(this.#own("BEGIN IMMEDIATE"), this.#busyTimeoutMs);
    else this.#own("BEGIN").run();
  }

  /** Commits the open transaction. */
  commit(): void {
    this.#own("COMMIT").run();
  }

  /** Rolls the open transaction back; does nothing without one. */
  rollback(): void {
    if (this.autocommit) return;
    try {
      this.#own("ROLLBACK").run();
    } catch {
      // SQLite rolls back on its own what it can no longer roll back on request.
    }
  }

  /** Whether another connection has committed since the last call; yes on the first call. */
  changedByOthers(): boolean {
    const version = this.#number("PRAGMA data_version");
    const changed = version !== this.#dataVersion;
    this.#dataVersion = version;
    return changed;
  }

  /** Only a checkpoint would tell. */
  walFrames(): undefined {
    return undefined;
  }

  /** Only a checkpoint would tell. */
  uncopiedFrames(): undefined {
    return undefined;
  }

  /** Gives free pages back to the file system. */
  releasePages(pages: number): void {
    this.exec(`PRAGMA incremental_vacuum(${Math.trunc(pages)})`);
  }

  /** Sets how long a statement may wait for another connection's lock, in milliseconds. */
  setBusyTimeout(ms: number): void {
    this.#busyTimeoutMs = ms;
    this.exec(`PRAGMA busy_timeout = ${Math.trunc(ms)}`);
  }

  /** Copies WAL frames into the database file without waiting for anyone. */
  checkpoint(): CheckpointResult {
    const statement = this.#own("PRAGMA wal_checkpoint(PASSIVE)");
    statement.step();
    const result = {
      busy: statement.columnNumber(0) !== 0,
      walFrames: statement.columnNumber(1),
      copiedFrames: statement.columnNumber(2),
    };
    statement.reset();
    return result;
  }

  /** Finalizes every statement and closes the connection. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#prepared.clear();
    for (const statement of this.#statements) statement.finalize();
    this.#session.close();
  }

  /** A statement of the connection's own, compiled at its first use. */
  #own(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  #number(sql: string): number {
    const statement = this.#own(sql);
    statement.step();
    const value = statement.columnNumber(0);
    statement.reset();
    return value;
  }

  #requireOpen(): void {
    if (this.#closed) throw new SqliteError(MISUSE, "the database connection is closed");
  }
}

const BLANK = /(?:[ \t\n\f\r;\uFEFF]|--[^\n]*|\/\*[^]*?(?:\*\/|$))*/y;

/** Where the white space, comments and empty statements end that stand in `sql` at `from`. */
export function endOfBlank(sql: string, from: number): number {
  BLANK.lastIndex = from;
  BLANK.test(sql);
  return BLANK.lastIndex;
}

/**
 * Makes sure that a file exists, before a library opens it that would create it. The check opens
 * nothing: a descriptor of the database file that is closed again would drop this process's POSIX
 * locks on it.
 *
 * @throws {SqliteError} `CANTOPEN` if there is no such file.
 */
export function requireFile(path: string): void {
  if (path === ":memory:" || path === "") return;
  try {
    files.statSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new SqliteError(SQLITE.CANTOPEN, `unable to open database file: ${path}: no such file`);
  }
}
