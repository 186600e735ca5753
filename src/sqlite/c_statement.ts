/** What statements have in common whose library is called by SQLite's C interface. */

import { type ColumnType, SQLITE, SqliteError } from "./sqlite.ts";

/** SQLite's number for NULL as the type of a column. */
const NULL_TYPE = 5;
/** The types of columns by SQLite's numbers, from 1. */
const COLUMN_TYPES: readonly ColumnType[] = ["integer", "real", "text", "blob", "null"];

/** The functions of the library that ask for nothing but numbers; `H` is what it knows a statement by. */
export interface StatementFunctions<H> {
  sqlite3_step(handle: H): number;
  sqlite3_reset(handle: H): number;
  sqlite3_bind_parameter_count(handle: H): number;
  sqlite3_column_type(handle: H, column: number): number;
  sqlite3_column_double(handle: H, column: number): number;
  sqlite3_column_int64(handle: H, column: number): bigint;
  sqlite3_column_bytes(handle: H, column: number): number;
}

/** Gives the errors of a connection. */
export interface ErrorsByCode {
  /** The error that the last call ended with. */
  error(code: number): SqliteError;
  /** What a code is called. */
  errorName(code: number): string;
}

/** A statement, but for what goes in and out by memory. */
export abstract class CStatement<H, F extends StatementFunctions<H>> {
  protected readonly sqlite: F;
  protected readonly connection: ErrorsByCode;
  protected handle: H;

  /** Takes a compiled statement, and the connection that it is of. */
  constructor(sqlite: F, connection: ErrorsByCode, handle: H) {
    this.sqlite = sqlite;
    this.connection = connection;
    this.handle = handle;
  }

  /** Whether it is finalized: SQLite refuses it then, or takes it for one without rows. */
  protected abstract readonly finalized: boolean;

  step(): boolean {
    return this.rowOf(this.sqlite.sqlite3_step(this.handle));
  }

  /** Whether a step has come to a row. @throws {SqliteError} If it failed. */
  protected rowOf(code: number): boolean {
    if (code === SQLITE.ROW) return true;
    if (code === SQLITE.DONE) return false;
    throw this.#failure(code);
  }

  run(): void {
    let code: number;
    do code = this.sqlite.sqlite3_step(this.handle); while (code === SQLITE.ROW);
    if (code !== SQLITE.DONE) throw this.#failure(code);
    this.sqlite.sqlite3_reset(this.handle);
  }

  #failure(code: number): SqliteError {
    if (this.finalized) return new SqliteError(SQLITE.ERROR, FINALIZED);
    const error = this.connection.error(code);
    this.sqlite.sqlite3_reset(this.handle);
    return error;
  }

  reset(): void {
    this.sqlite.sqlite3_reset(this.handle);
  }

  parameterCount(): number {
    return this.sqlite.sqlite3_bind_parameter_count(this.handle);
  }

  columnType(column: number): ColumnType {
    return COLUMN_TYPES[this.sqlite.sqlite3_column_type(this.handle, column) - 1] ?? "null";
  }

  columnIsNull(column: number): boolean {
    return this.sqlite.sqlite3_column_type(this.handle, column) === NULL_TYPE;
  }

  columnNumber(column: number): number {
    return this.sqlite.sqlite3_column_double(this.handle, column);
  }

  columnBigint(column: number): bigint {
    return this.sqlite.sqlite3_column_int64(this.handle, column);
  }

  columnLength(column: number): number {
    return this.sqlite.sqlite3_column_bytes(this.handle, column);
  }

  /** Makes sure that a value was bound. @throws {SqliteError} */
  protected check(code: number): void {
    if (code === SQLITE.OK) return;
    throw new SqliteError(code, this.finalized ? FINALIZED : this.connection.errorName(code));
  }
}

const FINALIZED = "the statement is finalized";
