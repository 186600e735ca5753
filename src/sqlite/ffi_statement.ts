import { addressAt, type Memory } from "../runtime/memory.ts";
import { type ErrorSource, type Handle, readCString, type Sqlite3 } from "./ffi_library.ts";
import type { FfiAside } from "./aside.ts";
import { CStatement } from "./c_statement.ts";
import type { Statement } from "./sqlite.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const STATIC = 0n;
const TRANSIENT = -1n;

/** What stands for NULL among the integers that are bound. */
const NULL = Infinity;

/** Bytes that are copied by way of an array whose address is known, and that array. */
const COPIED_BYTES = 4096;
const COPIED = new Uint8Array(COPIED_BYTES);

/** A statement of a native library. */
export class FfiStatement extends CStatement<Handle, Sqlite3> implements Statement {
  readonly #memory: Memory;
  readonly #siblings: Set<FfiStatement>;
  /** What another thread does on the connection. */
  readonly #aside: FfiAside;
  /**
   * The integers that are bound: SQLite keeps them from one run to the next, and most are the same
   * again, such as a database's number and the time of a turn. `NaN` for what is none of them.
   */
  readonly #bound: Float64Array;

  constructor(
    sqlite: Sqlite3,
    memory: Memory,
    connection: ErrorSource,
    aside: FfiAside,
    handle: Handle,
    siblings: Set<FfiStatement>,
  ) {
    super(sqlite, connection, handle);
    this.#memory = memory;
    this.#aside = aside;
    this.#siblings = siblings;
    this.#bound = new Float64Array(sqlite.sqlite3_bind_parameter_count(handle) + 1).fill(NaN);
  }

  protected get finalized(): boolean {
    return this.handle === null;
  }

  /** What SQLite knows it by. */
  get address(): Handle {
    return this.handle;
  }

  override step(): boolean {
    if (this.#aside.blocks) this.#aside.wait();
    return super.step();
  }

  override run(): void {
    if (this.#aside.blocks) this.#aside.wait();
    super.run();
  }

  override reset(): void {
    if (this.#aside.blocks) this.#aside.settle();
    super.reset();
  }

  bindInteger(index: number, value: number): void {
    if (this.#bound[index] === value) return;
    if (this.#aside.blocks) this.#aside.wait();
    this.check(
      (value | 0) === value
        ? this.sqlite.sqlite3_bind_int(this.handle, index, value)
        : this.sqlite.sqlite3_bind_int64(this.handle, index, BigInt(value)),
    );
    this.#bound[index] = value;
  }

  bindBigint(index: number, value: bigint): void {
    if (this.#aside.blocks) this.#aside.wait();
    this.#bound[index] = NaN;
    this.check(this.sqlite.sqlite3_bind_int64(this.handle, index, value));
  }

  bindNull(index: number): void {
    if (this.#bound[index] === NULL) return;
    if (this.#aside.blocks) this.#aside.wait();
    this.check(this.sqlite.sqlite3_bind_null(this.handle, index));
    this.#bound[index] = NULL;
  }

  bindReal(index: number, value: number): void {
    if (this.#aside.blocks) this.#aside.wait();
    this.#bound[index] = NaN;
    this.check(this.sqlite.sqlite3_bind_double(this.handle, index, value));
  }

  bindText(index: number, value: string): void {
    if (this.#aside.blocks) this.#aside.wait();
    this.#bound[index] = NaN;
    const bytes = encoder.encode(value);
    // An array that empty has no address, which SQLite would take for NULL.
    const source = bytes.length === 0 ? EMPTY_TEXT : bytes;
    this.check(
      this.sqlite.sqlite3_bind_text(this.handle, index, source, bytes.length, TRANSIENT),
    );
  }

  bindBlob(index: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#aside.blocks) this.#aside.wait();
    this.#bound[index] = NaN;
    if (start === end) {
      this.check(this.sqlite.sqlite3_bind_zeroblob(this.handle, index, 0));
      return;
    }
    this.check(
      this.sqlite.sqlite3_bind_blob(
        this.handle,
        index,
        addressAt(bytes, start),
        end - start,
        STATIC,
      ),
    );
  }

  async stepAsync(): Promise<boolean> {
    if (this.#aside.blocks) this.#aside.wait();
    return this.rowOf(await this.sqlite.stepAsync(this.handle));
  }

  columnNames(): string[] {
    const names: string[] = [];
    const count = this.sqlite.sqlite3_column_count(this.handle);
    for (let column = 0; column < count; column++) {
      names.push(readCString(this.sqlite.sqlite3_column_name(this.handle, column)));
    }
    return names;
  }

  columnText(column: number): string {
    return decoder.decode(this.columnBlob(column));
  }

  columnInto(column: number, target: Uint8Array, at: number, known?: number): void {
    const source = this.sqlite.sqlite3_column_blob(this.handle, column);
    const length = known ?? this.sqlite.sqlite3_column_bytes(this.handle, column);
    if (length === 0) return;
    if (at + length > target.length) throw new RangeError("the column does not fit the target");
    this.#memory.memcpy(addressAt(target, at), source, length);
  }

  columnEquals(column: number, bytes: Uint8Array, start: number, end: number): boolean {
    const source = this.sqlite.sqlite3_column_blob(this.handle, column);
    const length = this.sqlite.sqlite3_column_bytes(this.handle, column);
    if (length !== end - start) return false;
    return length === 0 ||
      this.#memory.memcmp(addressAt(bytes, start), source, length) === 0;
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
    if (this.handle === null) return;
    if (this.#aside.blocks) this.#aside.settle();
    this.sqlite.sqlite3_finalize(this.handle);
    this.handle = null;
    this.#bound.fill(NaN);
    this.#siblings.delete(this);
  }
}

const EMPTY_TEXT = new Uint8Array(1);
