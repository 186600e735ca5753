import type { Address, WasmFunctions } from "../runtime/sqlite_wasm.ts";
import { type ColumnType, SQLITE, SqliteError, type Statement } from "./sqlite.ts";
import type { WasmErrors, WasmMemory } from "./wasm_library.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Has SQLite copy what is bound. */
const TRANSIENT = -1;
/** The types of columns by SQLite's numbers, from 1. */
const COLUMN_TYPES: readonly ColumnType[] = ["integer", "real", "text", "blob", "null"];
/** SQLite's number for NULL. */
const NULL_TYPE = 5;

/** A statement of the WebAssembly build. */
export class WasmStatement implements Statement {
  readonly #sqlite: WasmFunctions;
  readonly #memory: WasmMemory;
  readonly #connection: WasmErrors;
  readonly #siblings: Set<WasmStatement>;
  /** 0 when it is finalized: SQLite refuses that, or takes it for a statement without rows. */
  #handle: Address;

  /** Takes a compiled statement, and joins the connection's others. */
  constructor(
    sqlite: WasmFunctions,
    memory: WasmMemory,
    connection: WasmErrors,
    handle: Address,
    siblings: Set<WasmStatement>,
  ) {
    this.#sqlite = sqlite;
    this.#memory = memory;
    this.#connection = connection;
    this.#handle = handle;
    this.#siblings = siblings;
    siblings.add(this);
  }

  bindInteger(index: number, value: number): void {
    this.#check(
      (value | 0) === value
        ? this.#sqlite.sqlite3_bind_int(this.#handle, index, value)
        : this.#sqlite.sqlite3_bind_int64(this.#handle, index, BigInt(value)),
    );
  }

  bindBigint(index: number, value: bigint): void {
    this.#check(this.#sqlite.sqlite3_bind_int64(this.#handle, index, value));
  }

  bindNull(index: number): void {
    this.#check(this.#sqlite.sqlite3_bind_null(this.#handle, index));
  }

  bindReal(index: number, value: number): void {
    this.#check(this.#sqlite.sqlite3_bind_double(this.#handle, index, value));
  }

  bindText(index: number, value: string): void {
    const at = this.#memory.putText(value);
    this.#check(
      this.#sqlite.sqlite3_bind_text(this.#handle, index, at, this.#memory.textBytes, TRANSIENT),
    );
  }

  bindBlob(index: number, bytes: Uint8Array, start: number, end: number): void {
    if (start === end) {
      this.#check(this.#sqlite.sqlite3_bind_zeroblob(this.#handle, index, 0));
      return;
    }
    const at = this.#memory.scratch(end - start);
    this.#memory.bytes.set(bytes.subarray(start, end), at);
    this.#check(
      this.#sqlite.sqlite3_bind_blob(this.#handle, index, at, end - start, TRANSIENT),
    );
  }

  step(): boolean {
    const code = this.#sqlite.sqlite3_step(this.#handle);
    if (code === SQLITE.ROW) return true;
    if (code === SQLITE.DONE) return false;
    throw this.#failure(code);
  }

  run(): void {
    let code: number;
    do code = this.#sqlite.sqlite3_step(this.#handle); while (code === SQLITE.ROW);
    if (code !== SQLITE.DONE) throw this.#failure(code);
    this.#sqlite.sqlite3_reset(this.#handle);
  }

  #failure(code: number): SqliteError {
    if (this.#handle === 0) return new SqliteError(SQLITE.ERROR, "the statement is finalized");
    const error = this.#connection.error(code);
    this.#sqlite.sqlite3_reset(this.#handle);
    return error;
  }

  reset(): void {
    this.#sqlite.sqlite3_reset(this.#handle);
  }

  parameterCount(): number {
    return this.#sqlite.sqlite3_bind_parameter_count(this.#handle);
  }

  columnNames(): string[] {
    const count = this.#sqlite.sqlite3_column_count(this.#handle);
    return Array.from(
      { length: count },
      (_, column) => this.#memory.textAt(this.#sqlite.sqlite3_column_name(this.#handle, column)),
    );
  }

  columnType(column: number): ColumnType {
    return COLUMN_TYPES[this.#sqlite.sqlite3_column_type(this.#handle, column) - 1] ?? "null";
  }

  columnIsNull(column: number): boolean {
    return this.#sqlite.sqlite3_column_type(this.#handle, column) === NULL_TYPE;
  }

  columnNumber(column: number): number {
    return this.#sqlite.sqlite3_column_double(this.#handle, column);
  }

  columnBigint(column: number): bigint {
    return this.#sqlite.sqlite3_column_int64(this.#handle, column);
  }

  columnText(column: number): string {
    return decoder.decode(this.#column(column));
  }

  columnLength(column: number): number {
    return this.#sqlite.sqlite3_column_bytes(this.#handle, column);
  }

  columnInto(column: number, target: Uint8Array, at: number): void {
    target.set(this.#column(column), at);
  }

  columnEquals(column: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#column(column);
    if (own.length !== end - start) return false;
    for (let i = 0; i < own.length; i++) {
      if (own[i] !== bytes[start + i]) return false;
    }
    return true;
  }

  columnBlob(column: number): Uint8Array {
    return this.#column(column).slice();
  }

  /** A column's bytes where SQLite has them, until it is called again. */
  #column(column: number): Uint8Array {
    const at = this.#sqlite.sqlite3_column_blob(this.#handle, column);
    const length = this.#sqlite.sqlite3_column_bytes(this.#handle, column);
    return this.#memory.bytes.subarray(at, at + length);
  }

  finalize(): void {
    this.#sqlite.sqlite3_finalize(this.#handle);
    this.#handle = 0;
    this.#siblings.delete(this);
  }

  #check(code: number): void {
    if (code === SQLITE.OK) return;
    throw new SqliteError(
      code,
      this.#handle === 0 ? "the statement is finalized" : this.#connection.errorName(code),
    );
  }
}
