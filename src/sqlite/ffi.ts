/**
 * The fast driver: a native SQLite library through Deno's FFI.
 *
 * What makes it fast, and ugly. V8 calls a native function directly (5 ns) only if every argument
 * has the exact type of the declaration; a number where a 64-bit integer or an address is declared
 * takes a slow path of 90 ns. So handles travel as `pointer`, addresses as bigint, and an address
 * inside a buffer is `addressAt(buffer, offset)` in the very expression that calls: the optimizing
 * compiler then makes it plain 64-bit arithmetic and no bigint is allocated. Integers
 * read back as `double`, exact up to 2^53, for a bigint result would be.
 *
 * Binding does not copy: SQLite reads keys and values where they are, in the socket's buffer, while
 * the statement runs. Callers keep bound bytes unchanged until the statement is reset.
 *
 * @module
 */

import { loadLibrary, memoryAt, pointerAt } from "../runtime/ffi.ts";
import { isNotCapable } from "../runtime/permissions.ts";
import {
  type Aside,
  type CheckpointMode,
  type CheckpointResult,
  type Connection,
  type DatabaseCopy,
  type Driver,
  type DriverInfo,
  immutableUri,
  type OpenOptions,
  SQLITE,
  SqliteError,
  type Statement,
  type WalIndex,
} from "./sqlite.ts";
import { LIMIT_NAMES, type StatementLimits } from "./statement_limits.ts";
import { ChangeCounter } from "./change_counter.ts";
import {
  bytesOf,
  cString,
  type Handle,
  readCString,
  type Sqlite3,
  SYMBOLS,
} from "./ffi_library.ts";
import { loadMemory, type Memory } from "../runtime/memory.ts";
import { FfiAside } from "./aside.ts";
import { FfiCopy } from "./ffi_copy.ts";
import { assertImage, noImages, withoutLog } from "./image.ts";
import { FfiStatement } from "./ffi_statement.ts";
import { runPatiently } from "./lock_wait.ts";

const CONFIG_MEMSTATUS = 9;
const OPEN_READONLY = 0x1;
const OPEN_READWRITE = 0x2;
const OPEN_CREATE = 0x4;
const OPEN_URI = 0x40;
const OPEN_NOMUTEX = 0x8000;
const OPEN_EXRESCODE = 0x02000000;
const CHECKPOINT = { passive: 0, restart: 2, truncate: 3 } as const;
const FCNTL_FILE_POINTER = 7;
const FCNTL_SIZE_LIMIT = 36;
/** Frees the memory with the database, and gives it more. */
const DESERIALIZE_FLAGS = 0x1 | 0x2;
const MAIN = cString("main");
/** More than any limit of a library. */
const ANY = 2 ** 31 - 1;

/**
 * Loads a native SQLite library.
 *
 * @param path The library's path, or a name the system's loader finds.
 * @throws {Error} If it cannot be loaded or is not a thread-safe SQLite, in one line.
 */
export function ffiDriver(path: string): Driver {
  let sqlite: Sqlite3;
  try {
    sqlite = loadLibrary(path, SYMBOLS);
  } catch (error) {
    if (isNotCapable(error)) throw error;
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Error(`cannot load ${path}: ${reason}`);
  }
  if (sqlite.sqlite3_threadsafe() === 0) {
    throw new Error(`${path} is built without thread support, which checkpoints need`);
  }
  // A lock around each allocation, to count what nobody asks for, is a tenth of a small write. Where
  // the library is in use already, or C passes further arguments in another way, it stays.
  sqlite.sqlite3_config(CONFIG_MEMSTATUS, 0);
  const memory = loadMemory();
  const info: DriverInfo = {
    name: "ffi",
    library: path,
    version: readCString(sqlite.sqlite3_libversion()),
  };
  return { info, open: (file, options) => new FfiConnection(sqlite, memory, info, file, options) };
}

/** A connection of a native library. */
export class FfiConnection implements Connection {
  readonly info: DriverInfo;
  readonly #sqlite: Sqlite3;
  readonly #memory: Memory;
  readonly #statements = new Set<FfiStatement>();
  readonly #aside: FfiAside;
  readonly #checkpointFrames = new Int32Array(2);
  #db: Handle;
  #beginRead: Statement | undefined;
  #beginWrite: Statement | undefined;
  #fixSnapshot: Statement | undefined;
  #commit: Statement | undefined;
  #rollback: Statement | undefined;
  #freelist: Statement | undefined;
  #changeCounter: ChangeCounter | undefined;
  #inTransaction = false;
  #busyTimeoutMs = 0;
  /** Whether the transaction gave pages back, which SQLite's count of changed rows does not show. */
  #releasedPages = false;

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
    this.#aside = new FfiAside(sqlite, info.library, this, () => this.#db);
    let flags = OPEN_NOMUTEX | OPEN_EXRESCODE;
    if (options.readonly) flags |= OPEN_READONLY;
    else flags |= OPEN_READWRITE | (options.create === false ? 0 : OPEN_CREATE);
    const out = new BigUint64Array(1);
    if (options.immutable) flags |= OPEN_URI;
    const name = cString(options.immutable ? immutableUri(path) : path);
    const code = sqlite.sqlite3_open_v2(name, bytesOf(out), flags, null);
    this.#db = pointerAt(out[0]!);
    if (code !== SQLITE.OK) {
      const error = this.error(code);
      sqlite.sqlite3_close_v2(this.#db);
      this.#db = null;
      throw error;
    }
    sqlite.sqlite3_extended_result_codes(this.#db, 1);
    if (options.image === undefined) return;
    try {
      this.#deserialize(options.image);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #deserialize(image: Uint8Array): void {
    assertImage(image);
    const { sqlite3_deserialize: deserialize, sqlite3_malloc64: allocate } = this.#sqlite;
    if (deserialize === null) throw noImages(this.info);
    const size = BigInt(image.length);
    const at = allocate(size);
    if (at === null) throw new SqliteError(SQLITE.NOMEM, "out of memory");
    const bytes = new Uint8Array(memoryAt(at, image.length));
    bytes.set(image);
    withoutLog(bytes);
    const code = deserialize(this.#db, MAIN, at, size, size, DESERIALIZE_FLAGS);
    if (code !== SQLITE.OK) throw this.error(code);
    // Else it may not grow beyond a gigabyte, as no other database in memory has to.
    const most = bytesOf(new BigUint64Array([2n ** 62n]));
    this.#sqlite.sqlite3_file_control(this.#db, MAIN, FCNTL_SIZE_LIMIT, most);
  }

  readonly serialize = (): Uint8Array<ArrayBuffer> => {
    this.#assertOpen();
    const { sqlite3_serialize: serialize } = this.#sqlite;
    if (serialize === null) throw noImages(this.info);
    const size = new BigUint64Array(1);
    const at = serialize(this.#db, MAIN, bytesOf(size), 0);
    if (at === null) throw new SqliteError(SQLITE.NOMEM, "out of memory");
    const image = new Uint8Array(memoryAt(at, Number(size[0]))).slice();
    this.#sqlite.sqlite3_free(at);
    return withoutLog(image);
  };

  prepare(sql: string): Statement {
    const statement = new FfiStatement(
      this.#sqlite,
      this.#memory,
      this,
      this.#aside,
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
    const handle = pointerAt(out[0]!);
    if (handle === null) throw new SqliteError(SQLITE.ERROR, "the statement is empty");
    return handle;
  }

  exec(sql: string): void {
    this.#assertOpen();
    const code = this.#sqlite.sqlite3_exec(this.#db, cString(sql), null, null, null);
    if (code !== SQLITE.OK) throw this.error(code);
  }

  readonly execAsync = async (sql: string): Promise<void> => {
    this.#assertOpen();
    const text = cString(sql);
    const code = await this.#sqlite.execAsync(this.#db, text, null, null, null);
    if (code !== SQLITE.OK) throw this.error(code);
  };

  readonly interrupt = (): void => {
    if (this.#db !== null) this.#sqlite.sqlite3_interrupt(this.#db);
  };

  readonly limitStatements = (limits: StatementLimits | undefined): void => {
    if (this.#aside.blocks) this.#aside.settle();
    // What is more than the library was built for becomes that.
    for (const [id, name] of LIMIT_NAMES.entries()) {
      this.#sqlite.sqlite3_limit(this.#db, id, limits?.[name] ?? ANY);
    }
  };

  get autocommit(): boolean {
    if (this.#aside.blocks) this.#aside.settle();
    return this.#db === null || this.#sqlite.sqlite3_get_autocommit(this.#db) !== 0;
  }

  changes(): number {
    if (this.#aside.blocks) this.#aside.settle();
    return this.#sqlite.sqlite3_changes(this.#db);
  }

  readonly totalChanges = (): number => {
    if (this.#aside.blocks) this.#aside.settle();
    return this.#sqlite.sqlite3_total_changes(this.#db);
  };

  readonly flushPages = (): void => {
    this.#assertOpen();
    const code = this.#sqlite.sqlite3_db_cacheflush?.(this.#db) ?? SQLITE.OK;
    // Pages that are read from stay.
    if (code !== SQLITE.OK && code !== SQLITE.BUSY) throw this.error(code);
  };

  begin(write: boolean): void {
    const counter = this.#changeCounter;
    if (write) {
      this.#beginWrite ??= this.prepare("BEGIN IMMEDIATE");
      runPatiently(this.#beginWrite, this.#busyTimeoutMs);
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
    this.#changeCounter?.committed(
      this.#sqlite.sqlite3_total_changes(this.#db),
      this.#releasedPages,
    );
    this.#releasedPages = false;
  }

  rollback(): void {
    this.#inTransaction = false;
    this.#releasedPages = false;
    if (this.#aside.blocks) this.#aside.forget();
    if (this.autocommit) return;
    try {
      this.#rollback ??= this.prepare("ROLLBACK");
      this.#rollback.run();
    } catch {
      // An error that leaves the transaction open shows at the next BEGIN.
    }
  }

  readonly temporarily = (work: () => void): void => {
    const before = this.totalChanges();
    try {
      work();
    } finally {
      const after = this.totalChanges();
      this.#changeCounter?.discount(after - before);
    }
  };

  changedByOthers(): boolean {
    this.#changeCounter ??= new ChangeCounter(this);
    return this.#changeCounter.changed(this.#inTransaction);
  }

  walFrames(): number | undefined {
    return this.#changeCounter?.walFrames();
  }

  uncopiedFrames(): number | undefined {
    return this.#changeCounter?.uncopiedFrames();
  }

  readonly walIndex = (): WalIndex | undefined => this.#changeCounter?.walIndex();

  releasePages(pages: number): void {
    const free = this.#freePages();
    if (free === 0) return;
    this.exec(`PRAGMA incremental_vacuum(${Math.trunc(pages)})`);
    if (this.#freePages() < free) this.#releasedPages = true;
  }

  #freePages(): number {
    const statement = this.#freelist ??= this.prepare("PRAGMA freelist_count");
    statement.step();
    const count = statement.columnNumber(0);
    statement.reset();
    return count;
  }

  setBusyTimeout(ms: number): void {
    if (this.#aside.blocks) this.#aside.settle();
    this.#busyTimeoutMs = ms;
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
      walFrames: this.#checkpointFrames[0]!,
      copiedFrames: this.#checkpointFrames[1]!,
      busy,
    };
  }

  readonly copyFrom = (source: Connection): DatabaseCopy => {
    this.#assertOpen();
    if (!(source instanceof FfiConnection)) {
      throw new SqliteError(SQLITE.ERROR, "a copy is made within one library");
    }
    source.#assertOpen();
    const copy = this.#sqlite.sqlite3_backup_init(this.#db, MAIN, source.#db, MAIN);
    if (copy === null) throw this.error(this.#sqlite.sqlite3_extended_errcode(this.#db));
    return new FfiCopy(this.#sqlite, this, copy);
  };

  close(): void {
    if (this.#db === null) return;
    this.rollback();
    for (const statement of [...this.#statements]) statement.finalize();
    this.#changeCounter?.release();
    this.#aside.close();
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
    this.#assertOpen();
    const out = new BigUint64Array(1);
    const code = this.#sqlite.sqlite3_file_control(
      this.#db,
      MAIN,
      FCNTL_FILE_POINTER,
      bytesOf(out),
    );
    return code === SQLITE.OK ? pointerAt(out[0]!) : null;
  }

  /** See aside.ts. */
  get aside(): Aside | undefined {
    return this.#aside.work;
  }

  #assertOpen(): void {
    if (this.#aside.blocks) this.#aside.wait();
    if (this.#db === null) throw new SqliteError(SQLITE.ERROR, "the connection is closed");
  }
}
