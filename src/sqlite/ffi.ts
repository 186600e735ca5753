/**
 * The fast driver: a native SQLite library through Deno's FFI.
 *
 * What makes it fast, and ugly. V8 calls a native function directly (5 ns) only if every argument
 * has the exact type of the declaration; a number where a 64-bit integer or an address is declared
 * takes a slow path of 90 ns. So handles travel as `pointer`, addresses as bigint, and an address
 * inside a buffer is written `base + BigInt(offset)` in the very expression that calls: the
 * optimizing compiler then makes it plain 64-bit arithmetic and no bigint is allocated. Integers
 * read back as `double`, exact up to 2^53, for a bigint result would be.
 *
 * Binding does not copy: SQLite reads keys and values where they are, in the socket's buffer, while
 * the statement runs. Callers keep bound bytes unchanged until the statement is reset.
 *
 * @module
 */

import {
  type CheckpointMode,
  type CheckpointResult,
  type Connection,
  type Driver,
  type DriverInfo,
  type OpenOptions,
  SQLITE,
  SqliteError,
  type Statement,
} from "./sqlite.ts";

const SYMBOLS = {
  sqlite3_libversion: { parameters: [], result: "pointer" },
  sqlite3_threadsafe: { parameters: [], result: "i32" },
  sqlite3_open_v2: { parameters: ["buffer", "buffer", "i32", "pointer"], result: "i32" },
  sqlite3_close_v2: { parameters: ["pointer"], result: "i32" },
  sqlite3_extended_result_codes: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_extended_errcode: { parameters: ["pointer"], result: "i32" },
  sqlite3_errmsg: { parameters: ["pointer"], result: "pointer" },
  sqlite3_errstr: { parameters: ["i32"], result: "pointer" },
  sqlite3_exec: {
    parameters: ["pointer", "buffer", "pointer", "pointer", "pointer"],
    result: "i32",
  },
  sqlite3_prepare_v2: {
    parameters: ["pointer", "buffer", "i32", "buffer", "pointer"],
    result: "i32",
  },
  sqlite3_step: { parameters: ["pointer"], result: "i32" },
  sqlite3_reset: { parameters: ["pointer"], result: "i32" },
  sqlite3_finalize: { parameters: ["pointer"], result: "i32" },
  sqlite3_bind_int: { parameters: ["pointer", "i32", "i32"], result: "i32" },
  sqlite3_bind_int64: { parameters: ["pointer", "i32", "i64"], result: "i32" },
  sqlite3_bind_double: { parameters: ["pointer", "i32", "f64"], result: "i32" },
  sqlite3_bind_null: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_bind_zeroblob: { parameters: ["pointer", "i32", "i32"], result: "i32" },
  sqlite3_bind_blob: { parameters: ["pointer", "i32", "usize", "i32", "usize"], result: "i32" },
  sqlite3_bind_text: { parameters: ["pointer", "i32", "buffer", "i32", "isize"], result: "i32" },
  sqlite3_column_type: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_column_double: { parameters: ["pointer", "i32"], result: "f64" },
  sqlite3_column_blob: { parameters: ["pointer", "i32"], result: "usize" },
  sqlite3_column_bytes: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_changes: { parameters: ["pointer"], result: "i32" },
  sqlite3_total_changes: { parameters: ["pointer"], result: "i32" },
  sqlite3_get_autocommit: { parameters: ["pointer"], result: "i32" },
  sqlite3_busy_timeout: { parameters: ["pointer", "i32"], result: "i32" },
  sqlite3_file_control: { parameters: ["pointer", "buffer", "i32", "buffer"], result: "i32" },
  sqlite3_wal_checkpoint_v2: {
    parameters: ["pointer", "buffer", "i32", "buffer", "buffer"],
    result: "i32",
  },
  checkpointAsync: {
    name: "sqlite3_wal_checkpoint_v2",
    parameters: ["pointer", "buffer", "i32", "buffer", "buffer"],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

const MEMORY_SYMBOLS = {
  memcpy: { parameters: ["usize", "usize", "i32"], result: "void" },
  memcmp: { parameters: ["usize", "usize", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Sqlite3 = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;
type Memory = Deno.StaticForeignLibraryInterface<typeof MEMORY_SYMBOLS>;
type Handle = Deno.PointerValue;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const OPEN_READONLY = 0x1;
const OPEN_READWRITE = 0x2;
const OPEN_CREATE = 0x4;
const OPEN_NOMUTEX = 0x8000;
const OPEN_EXRESCODE = 0x02000000;
const CHECKPOINT = { passive: 0, restart: 2, truncate: 3 } as const;
const FCNTL_FILE_POINTER = 7;
const STATIC = 0n;
const TRANSIENT = -1n;
const MAIN = cString("main");

/**
 * Loads a native SQLite library.
 *
 * @param path The library's path, or a name the system's loader finds.
 * @throws {Error} If it cannot be loaded or is not a thread-safe SQLite, in one line.
 */
export function ffiDriver(path: string): Driver {
  let sqlite: Sqlite3;
  try {
    sqlite = Deno.dlopen(path, SYMBOLS).symbols;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Error(`cannot load ${path}: ${reason}`);
  }
  if (sqlite.sqlite3_threadsafe() === 0) {
    throw new Error(`${path} is built without thread support, which checkpoints need`);
  }
  const memory = loadMemory();
  const info: DriverInfo = {
    name: "ffi",
    library: path,
    version: readCString(sqlite.sqlite3_libversion()),
  };
  return { info, open: (file, options) => new FfiConnection(sqlite, memory, info, file, options) };
}

function loadMemory(): Memory {
  const name = { darwin: "libSystem.dylib", windows: "msvcrt.dll" }[Deno.build.os as string] ??
    "libc.so.6";
  try {
    return Deno.dlopen(name, MEMORY_SYMBOLS).symbols;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return Deno.dlopen("libc.so", MEMORY_SYMBOLS).symbols;
  }
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + "\0");
}

function readCString(pointer: Handle): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

const addresses = new WeakMap<Uint8Array, bigint>();

/**
 * The address of an array's first byte. Remembered, for asking costs 300 ns and remembering 5;
 * sound because the store behind a typed array never moves once its `buffer` has been looked at.
 */
function addressOf(bytes: Uint8Array): bigint {
  let address = addresses.get(bytes);
  if (address === undefined) {
    void bytes.buffer;
    address = BigInt(
      Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes as Uint8Array<ArrayBuffer>)),
    );
    addresses.set(bytes, address);
  }
  return address;
}

class FfiConnection implements Connection {
  readonly info: DriverInfo;
  readonly #sqlite: Sqlite3;
  readonly #memory: Memory;
  readonly #statements = new Set<FfiStatement>();
  readonly #checkpointFrames = new Int32Array(2);
  #db: Handle;
  #beginRead: Statement | undefined;
  #beginWrite: Statement | undefined;
  #fixSnapshot: Statement | undefined;
  #commit: Statement | undefined;
  #rollback: Statement | undefined;
  #changeCounter: ChangeCounter | undefined;
  #inTransaction = false;

  constructor(
    sqlite: Sqlite3,
    memory: Memory,
    info: DriverInfo,
    path: string,
    options: OpenOptions = {},
  ) {
    this.#sqlite = sqlite;
    this.#memory = memory;
    this.info = info;
    let flags = OPEN_NOMUTEX | OPEN_EXRESCODE;
    if (options.readonly) flags |= OPEN_READONLY;
    else flags |= OPEN_READWRITE | (options.create === false ? 0 : OPEN_CREATE);
    const out = new BigUint64Array(1);
    const code = sqlite.sqlite3_open_v2(cString(path), bytesOf(out), flags, null);
    this.#db = Deno.UnsafePointer.create(out[0]);
    if (code !== SQLITE.OK) {
      const error = this.error(code);
      sqlite.sqlite3_close_v2(this.#db);
      this.#db = null;
      throw error;
    }
    sqlite.sqlite3_extended_result_codes(this.#db, 1);
  }

  prepare(sql: string): Statement {
    const statement = new FfiStatement(
      this.#sqlite,
      this.#memory,
      this,
      this.#compile(sql),
      this.#statements,
    );
    this.#statements.add(statement);
    return statement;
  }

  #compile(sql: string): Handle {
    this.#assertOpen();
    const out = new BigUint64Array(1);
    const code = this.#sqlite.sqlite3_prepare_v2(this.#db, cString(sql), -1, bytesOf(out), null);
    if (code !== SQLITE.OK) throw this.error(code);
    const handle = Deno.UnsafePointer.create(out[0]);
    if (handle === null) throw new SqliteError(SQLITE.ERROR, "the statement is empty");
    return handle;
  }

  exec(sql: string): void {
    this.#assertOpen();
    const code = this.#sqlite.sqlite3_exec(this.#db, cString(sql), null, null, null);
    if (code !== SQLITE.OK) throw this.error(code);
  }

  get autocommit(): boolean {
    return this.#db === null || this.#sqlite.sqlite3_get_autocommit(this.#db) !== 0;
  }

  changes(): number {
    return this.#sqlite.sqlite3_changes(this.#db);
  }

  begin(write: boolean): void {
    const counter = this.#changeCounter;
    if (write) {
      this.#beginWrite ??= this.prepare("BEGIN IMMEDIATE");
      this.#beginWrite.run();
      counter?.begun(counter.current(), this.#sqlite.sqlite3_total_changes(this.#db));
    } else {
      this.#beginRead ??= this.prepare("BEGIN");
      this.#fixSnapshot ??= this.prepare("SELECT rootpage FROM sqlite_schema LIMIT 1");
      for (;;) {
        this.#beginRead.run();
        const before = counter?.current() ?? 0;
        try {
          this.#fixSnapshot.run();
        } catch (error) {
          this.rollback();
          throw error;
        }
        // A commit that slipped in between leaves open which side of it the snapshot is on.
        if (counter === undefined) break;
        if (counter.current() === before) {
          counter.begun(before, this.#sqlite.sqlite3_total_changes(this.#db));
          break;
        }
        this.rollback();
      }
    }
    this.#inTransaction = true;
  }

  commit(): void {
    this.#commit ??= this.prepare("COMMIT");
    this.#commit.run();
    this.#inTransaction = false;
    this.#changeCounter?.committed(this.#sqlite.sqlite3_total_changes(this.#db));
  }

  rollback(): void {
    this.#inTransaction = false;
    if (this.autocommit) return;
    try {
      this.#rollback ??= this.prepare("ROLLBACK");
      this.#rollback.run();
    } catch {
      // An error that leaves the transaction open shows at the next BEGIN.
    }
  }

  changedByOthers(): boolean {
    this.#changeCounter ??= new ChangeCounter(this);
    return this.#changeCounter.changed(this.#inTransaction);
  }

  walFrames(): number | undefined {
    return this.#changeCounter?.walFrames();
  }

  setBusyTimeout(ms: number): void {
    this.#sqlite.sqlite3_busy_timeout(this.#db, ms);
  }

  checkpoint(): CheckpointResult {
    this.#assertOpen();
    const frames = this.#checkpointFrames;
    return this.#checkpointResult(this.#sqlite.sqlite3_wal_checkpoint_v2(
      this.#db,
      MAIN,
      CHECKPOINT.passive,
      bytesOf(frames.subarray(0, 1)),
      bytesOf(frames.subarray(1, 2)),
    ));
  }

  readonly checkpointAsync = async (mode: CheckpointMode): Promise<CheckpointResult> => {
    this.#assertOpen();
    const frames = this.#checkpointFrames;
    return this.#checkpointResult(
      await this.#sqlite.checkpointAsync(
        this.#db,
        MAIN,
        CHECKPOINT[mode],
        bytesOf(frames.subarray(0, 1)),
        bytesOf(frames.subarray(1, 2)),
      ),
    );
  };

  #checkpointResult(code: number): CheckpointResult {
    const busy = (code & 0xff) === SQLITE.BUSY || (code & 0xff) === SQLITE.LOCKED;
    if (code !== SQLITE.OK && !busy) throw this.error(code);
    return {
      walFrames: this.#checkpointFrames[0],
      copiedFrames: this.#checkpointFrames[1],
      busy,
    };
  }

  close(): void {
    if (this.#db === null) return;
    this.rollback();
    for (const statement of [...this.#statements]) statement.finalize();
    this.#changeCounter?.release();
    this.#sqlite.sqlite3_close_v2(this.#db);
    this.#db = null;
  }

  /** The current error of the connection as an exception. */
  error(code: number): SqliteError {
    if (this.#db === null) return new SqliteError(code, this.errorName(code));
    const extended = this.#sqlite.sqlite3_extended_errcode(this.#db);
    return (extended & 0xff) === (code & 0xff)
      ? new SqliteError(extended, readCString(this.#sqlite.sqlite3_errmsg(this.#db)))
      : new SqliteError(code, this.errorName(code));
  }

  errorName(code: number): string {
    return readCString(this.#sqlite.sqlite3_errstr(code));
  }

  /** SQLite's `sqlite3_file*` of the main database; null where it has none. */
  filePointer(): Handle {
    const out = new BigUint64Array(1);
    const code = this.#sqlite.sqlite3_file_control(
      this.#db,
      MAIN,
      FCNTL_FILE_POINTER,
      bytesOf(out),
    );
    return code === SQLITE.OK ? Deno.UnsafePointer.create(out[0]) : null;
  }

  #assertOpen(): void {
    if (this.#db === null) throw new SqliteError(SQLITE.ERROR, "the connection is closed");
  }
}

function bytesOf(array: BigUint64Array<ArrayBuffer> | Int32Array<ArrayBuffer>) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Sees other connections' commits without asking SQLite: the header of the WAL index, mapped into
 * memory by SQLite itself, counts commits (https://www.sqlite.org/walformat.html, "iChange").
 * Reading that word costs a nanosecond where `PRAGMA data_version` costs a read transaction.
 *
 * Our own commits count too, so the value expected after one is derived, never read: while we hold
 * the write lock nobody else commits, and a commit that wrote anything adds exactly one. Without a
 * WAL index (a database in memory, another journal mode) the pragma answers.
 */
class ChangeCounter {
  readonly #connection: FfiConnection;
  readonly #pragma: Statement;
  #header: Uint32Array | undefined;
  #seen: number;
  #snapshot = 0;
  #totalChanges = 0;

  constructor(connection: FfiConnection) {
    this.#connection = connection;
    this.#pragma = connection.prepare("PRAGMA data_version");
    this.#attach();
    this.#seen = this.current();
  }

  /** Commits so far, by anyone (or, without a WAL index, by others). */
  current(): number {
    if (this.#header !== undefined) return this.#header[2];
    this.#pragma.step();
    const version = this.#pragma.columnNumber(0);
    this.#pragma.reset();
    return version;
  }

  begun(snapshot: number, totalChanges: number): void {
    this.#snapshot = snapshot;
    this.#totalChanges = totalChanges;
  }

  committed(totalChanges: number): void {
    if (this.#header === undefined || totalChanges === this.#totalChanges) return;
    const own = (this.#snapshot + 1) >>> 0;
    // What nobody has asked about yet must still be reported.
    this.#seen = this.#seen === this.#snapshot ? own : -1;
  }

  changed(inTransaction: boolean): boolean {
    const now = inTransaction ? this.#snapshot : this.current();
    if (now === this.#seen) return false;
    this.#seen = now;
    return true;
  }

  walFrames(): number | undefined {
    return this.#header?.[4];
  }

  release(): void {
    this.#header = undefined;
  }

  /** Asks SQLite's own file object for the first page of the WAL index, if it is in use. */
  #attach(): void {
    const statement = this.#connection.prepare("PRAGMA journal_mode");
    statement.step();
    const mode = statement.columnText(0);
    statement.finalize();
    if (mode !== "wal") return;
    // Reading the data version opens the WAL, after which SQLite has the index mapped.
    this.current();
    const file = this.#connection.filePointer();
    if (file === null) return;
    const methods = new Deno.UnsafePointerView(file).getPointer(0);
    if (methods === null) return;
    const table = new Deno.UnsafePointerView(methods);
    const shmMap = table.getInt32(0) >= 2 ? table.getPointer(13 * 8) : null;
    if (shmMap === null) return;
    const out = new BigUint64Array(1);
    const code = new Deno.UnsafeFnPointer(shmMap as Deno.PointerObject<typeof SHM_MAP>, SHM_MAP)
      .call(file, 0, 32768, 0, bytesOf(out));
    const page = Deno.UnsafePointer.create(out[0]);
    if (code !== SQLITE.OK || page === null) return;
    this.#header = new Uint32Array(Deno.UnsafePointerView.getArrayBuffer(page, 48));
  }
}

/** `sqlite3_io_methods.xShmMap`: https://www.sqlite.org/c3ref/io_methods.html */
const SHM_MAP = {
  parameters: ["pointer", "i32", "i32", "i32", "buffer"],
  result: "i32",
} as const;

class FfiStatement implements Statement {
  readonly #sqlite: Sqlite3;
  readonly #memory: Memory;
  readonly #connection: FfiConnection;
  readonly #siblings: Set<FfiStatement>;
  #handle: Handle;

  constructor(
    sqlite: Sqlite3,
    memory: Memory,
    connection: FfiConnection,
    handle: Handle,
    siblings: Set<FfiStatement>,
  ) {
    this.#sqlite = sqlite;
    this.#memory = memory;
    this.#connection = connection;
    this.#handle = handle;
    this.#siblings = siblings;
  }

  bindInteger(index: number, value: number): void {
    this.#check(
      (value | 0) === value
        ? this.#sqlite.sqlite3_bind_int(this.#handle, index, value)
        : this.#sqlite.sqlite3_bind_int64(this.#handle, index, BigInt(value)),
    );
  }

  bindNull(index: number): void {
    this.#check(this.#sqlite.sqlite3_bind_null(this.#handle, index));
  }

  bindReal(index: number, value: number): void {
    this.#check(this.#sqlite.sqlite3_bind_double(this.#handle, index, value));
  }

  bindText(index: number, value: string): void {
    const bytes = encoder.encode(value);
    // An array that empty has no address, which SQLite would take for NULL.
    const source = bytes.length === 0 ? EMPTY_TEXT : bytes;
    this.#check(
      this.#sqlite.sqlite3_bind_text(this.#handle, index, source, bytes.length, TRANSIENT),
    );
  }

  bindBlob(index: number, bytes: Uint8Array, start: number, end: number): void {
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

  columnIsNull(column: number): boolean {
    return this.#sqlite.sqlite3_column_type(this.#handle, column) === 5;
  }

  columnNumber(column: number): number {
    return this.#sqlite.sqlite3_column_double(this.#handle, column);
  }

  columnText(column: number): string {
    return decoder.decode(this.columnBlob(column));
  }

  columnLength(column: number): number {
    return this.#sqlite.sqlite3_column_bytes(this.#handle, column);
  }

  columnInto(column: number, target: Uint8Array, at: number): void {
    const source = this.#sqlite.sqlite3_column_blob(this.#handle, column);
    const length = this.#sqlite.sqlite3_column_bytes(this.#handle, column);
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
    const copy = new Uint8Array(this.columnLength(column));
    this.columnInto(column, copy, 0);
    return copy;
  }

  finalize(): void {
    if (this.#handle === null) return;
    this.#sqlite.sqlite3_finalize(this.#handle);
    this.#handle = null;
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
