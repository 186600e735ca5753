import type { Address, WasmFunctions } from "../runtime/sqlite_wasm.ts";
import { CStatement } from "./c_statement.ts";
import type { Statement } from "./sqlite.ts";
import type { WasmErrors, WasmMemory } from "./wasm_library.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Has SQLite copy what is bound. */
const TRANSIENT = -1;

/** A statement of the WebAssembly build. */
export class WasmStatement extends CStatement<Address, WasmFunctions> implements Statement {
  readonly #memory: WasmMemory;
  readonly #siblings: Set<WasmStatement>;

  /** Takes a compiled statement, and joins the connection's others. */
  constructor(
    sqlite: WasmFunctions,
    memory: WasmMemory,
    connection: WasmErrors,
    handle: Address,
    siblings: Set<WasmStatement>,
  ) {
    super(sqlite, connection, handle);
    this.#memory = memory;
    this.#siblings = siblings;
    siblings.add(this);
  }

  protected get finalized(): boolean {
    return this.handle === 0;
  }

  bindInteger(index: number, value: number): void {
    this.check(
      (value | 0) === value
        ? this.sqlite.sqlite3_bind_int(this.handle, index, value)
        : this.sqlite.sqlite3_bind_int64(this.handle, index, BigInt(value)),
    );
  }

  bindBigint(index: number, value: bigint): void {
    this.check(this.sqlite.sqlite3_bind_int64(this.handle, index, value));
  }

  bindNull(index: number): void {
    this.check(this.sqlite.sqlite3_bind_null(this.handle, index));
  }

  bindReal(index: number, value: number): void {
    this.check(this.sqlite.sqlite3_bind_double(this.handle, index, value));
  }

  bindText(index: number, value: string): void {
    const at = this.#memory.putText(value);
    this.check(
      this.sqlite.sqlite3_bind_text(this.handle, index, at, this.#memory.textBytes, TRANSIENT),
    );
  }

  bindBlob(index: number, bytes: Uint8Array, start: number, end: number): void {
    if (start === end) {
      this.check(this.sqlite.sqlite3_bind_zeroblob(this.handle, index, 0));
      return;
    }
    const at = this.#memory.scratch(end - start);
    this.#memory.bytes.set(bytes.subarray(start, end), at);
    this.check(
      this.sqlite.sqlite3_bind_blob(this.handle, index, at, end - start, TRANSIENT),
    );
  }

  columnNames(): string[] {
    const count = this.sqlite.sqlite3_column_count(this.handle);
    return Array.from(
      { length: count },
      (_, column) => this.#memory.textAt(this.sqlite.sqlite3_column_name(this.handle, column)),
    );
  }

  columnText(column: number): string {
    return decoder.decode(this.#column(column));
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
    const at = this.sqlite.sqlite3_column_blob(this.handle, column);
    const length = this.sqlite.sqlite3_column_bytes(this.handle, column);
    return this.#memory.bytes.subarray(at, at + length);
  }

  finalize(): void {
    this.sqlite.sqlite3_finalize(this.handle);
    this.handle = 0;
    this.#siblings.delete(this);
  }
}
