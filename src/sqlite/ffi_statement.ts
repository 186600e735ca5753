import {
  addressOf,
  type ErrorSource,
  type Handle,
  type Memory,
  readCString,
  type Sqlite3,
} from "./ffi_library.ts";
import { type ColumnType, SQLITE, SqliteError, type Statement } from "./sqlite.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const STATIC = 0n;
const TRANSIENT = -1n;
/** The types of columns by SQLite's numbers, from 1. */
const COLUMN_TYPES: readonly ColumnType[] = ["integer", "real", "text", "blob", "null"];

/** What stands for NULL among the integers that are bound. */
const NULL = Infinity;

/** Bytes that are copied by way of an array whose address is known, and that array. */
const COPIED_BYTES = 4096;
const COPIED = new Uint8Array(COPIED_BYTES);

/** A statement of a native library. */
export class FfiStatement implements Statement {
  readonly #sqlite: Sqlite3;
  readonly #memory: Memory;
  readonly #connection: ErrorSource;
  readonly #siblings: Set<FfiStatement>;
  #handle: Handle;
  /**
   * The integers that are bound: SQLite keeps them from one run to the next, and most are the same
   * again, such as a database's number and the time of a turn. `NaN` for what is none of them.
   */
  readonly #bound: Float64Array;

  constructor(
    sqlite: Sqlite3,
    memory: Memory,
    connection: ErrorSource,
    handle: Handle,
    siblings: Set<FfiStatement>,
  ) {
    this.#sqlite = sqlite;
    this.#memory = memory;
    this.#connection = connection;
    this.#handle = handle;
    this.#siblings = siblings;
    this.#bound = new Float64Array(sqlite.sqlite3_bind_parameter_count(handle) + 1).fill(NaN);
  }

  bindInteger(index: number, value: number): void {
    if (this.#bound[index] === value) return;
    this.#check(
      (value | 0) === value
        ? this.#sqlite.sqlite3_bind_int(this.#handle, index, value)
        : this.#sqlite.sqlite3_bind_int64(this.#handle, index, BigInt(value)),
    );
    this.#bound[index] = value;
  }

  bindBigint(index: number, value: bigint): void {
    this.#bound[index] = NaN;
    this.#check(this.#sqlite.sqlite3_bind_int64(this.#handle, index, value));
  }

  bindNull(index: number): void {
    if (this.#bound[index] === NULL) return;
    this.#check(this.#sqlite.sqlite3_bind_null(this.#handle, index));
    this.#bound[index] = NULL;
  }

  bindReal(index: number, value: number): void {
    this.#bound[index] = NaN;
    this.#check(this.#sqlite.sqlite3_bind_double(this.#handle, index, value));
  }

  bindText(index: number, value: string): void {
    this.#bound[index] = NaN;
    const bytes = encoder.encode(value);
    // An array that empty has no address, which SQLite would take for NULL.
    const source = bytes.length === 0 ? EMPTY_TEXT : bytes;
    this.#check(
      this.#sqlite.sqlite3_bind_text(this.#handle, index, source, bytes.length, TRANSIENT),
    );
  }

  bindBlob(index: number, bytes: Uint8Array, start: number, end: number): void {
    this.#bound[index] = NaN;
    if (start === end) {
      this.#check(this.#sqlite.sqlite3_bind_zeroblob(this.#handle, index, 0));
      return;
    }
    this.#check(
      this.#sqlite.sqlite3_bind_blob(
        this.#handle,
        index,
        addressOf(bytes) + BigInt(start),
        end - start,
        STATIC,
      ),
    );
  }

  step(): boolean {
    const code = this.#sqlite.sqlite3_step(this.#handle);
    if (code === SQLITE.ROW) return true;
    if (code === SQLITE.DONE) return false;
    throw this.#failure(code);
  }

  async stepAsync(): Promise<boolean> {
    const code = await this.#sqlite.stepAsync(this.#handle);
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
    if (this.#handle === null) return new SqliteError(SQLITE.ERROR, "the statement is finalized");
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
    const names: string[] = [];
    const count = this.#sqlite.sqlite3_column_count(this.#handle);
    for (let column = 0; column < count; column++) {
      names.push(readCString(this.#sqlite.sqlite3_column_name(this.#handle, column)));
    }
    return names;
  }

  columnType(column: number): ColumnType {
    return COLUMN_TYPES[this.#sqlite.sqlite3_column_type(this.#handle, column) - 1]!;
  }

  columnIsNull(column: number): boolean {
    return this.#sqlite.sqlite3_column_type(this.#handle, column) === 5;
  }

  columnNumber(column: number): number {
    return this.#sqlite.sqlite3_column_double(this.#handle, column);
  }

  columnBigint(column: number): bigint {
    return this.#sqlite.sqlite3_column_int64(this.#handle, column);
  }

  columnText(column: number): string {
    return decoder.decode(this.columnBlob(column));
  }

  columnLength(column: number): number {
    return this.#sqlite.sqlite3_column_bytes(this.#handle, column);
  }

  columnInto(column: number, target: Uint8Array, at: number, known?: number): void {
    const source = this.#sqlite.sqlite3_column_blob(this.#handle, column);
    const length = known ?? this.#sqlite.sqlite3_column_bytes(this.#handle, column);
    if (length === 0) return;
    if (at + length > target.length) throw new RangeError("the column does not fit the target");
    this.#memory.memcpy(addressOf(target) + BigInt(at), source, length);
  }

  columnEquals(column: number, bytes: Uint8Array, start: number, end: number): boolean {
    const source = this.#sqlite.sqlite3_column_blob(this.#handle, column);
    const length = this.#sqlite.sqlite3_column_bytes(this.#handle, column);
    if (length !== end - start) return false;
    return length === 0 ||
      this.#memory.memcmp(addressOf(bytes) + BigInt(start), source, length) === 0;
  }

  columnBlob(column: number): Uint8Array {
    const length = this.columnLength(column);
    if (length > COPIED_BYTES) {
      const copy = new Uint8Array(length);
      this.columnInto(column, copy, 0, length);
      return copy;
    }
    // To ask for the address of a new array costs more than to copy once more.
    this.columnInto(column, COPIED, 0, length);
    return COPIED.slice(0, length);
  }

  finalize(): void {
    if (this.#handle === null) return;
    this.#sqlite.sqlite3_finalize(this.#handle);
    this.#handle = null;
    this.#bound.fill(NaN);
    this.#siblings.delete(this);
  }

  #check(code: number): void {
    if (code !== SQLITE.OK) {
      throw new SqliteError(
        code,
        this.#handle === null ? "the statement is finalized" : this.#connection.errorName(code),
      );
    }
  }
}

const EMPTY_TEXT = new Uint8Array(1);
