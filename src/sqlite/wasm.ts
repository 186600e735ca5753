/**
 * The driver over SQLite's WebAssembly build, which is there once it has been loaded: databases in
 * memory, and files on a browser's origin private file system.
 *
 * Such a file takes one connection at a time, which has its write-ahead log's index in its own memory
 * (`locking_mode = EXCLUSIVE`), for the browser has no memory that could be shared.
 *
 * @module
 */

import type { Address, WasmFunctions, WasmModule } from "../runtime/sqlite_wasm.ts";
import { assertImage, withoutLog } from "./image.ts";
import {
  type CheckpointResult,
  type Connection,
  type Driver,
  type DriverInfo,
  type OpenOptions,
  SQLITE,
  SqliteError,
  type Statement,
} from "./sqlite.ts";
import { LIMIT_NAMES, type StatementLimits } from "./statement_limits.ts";
import { type WasmErrors, WasmMemory } from "./wasm_library.ts";
import { WasmStatement } from "./wasm_statement.ts";

const OPEN_READONLY = 0x1;
const OPEN_READWRITE = 0x2;
const OPEN_CREATE = 0x4;
const OPEN_EXRESCODE = 0x02000000;
/** Frees the memory with the database, and gives it more. */
const DESERIALIZE_FLAGS = 0x1 | 0x2;
const FCNTL_JOURNAL_POINTER = 28;
const SYNC_NORMAL = 2;
/** `sqlite3_file.pMethods`, and `xSync` in it, in words: https://www.sqlite.org/c3ref/io_methods.html */
const XSYNC = 5;
const WORD = 4;
/** More than any limit of the library. */
const ANY = 2 ** 31 - 1;

/** The path of a database in memory. */
const MEMORY = ":memory:";

/** The driver over a loaded module. */
export function wasmDriver(module: WasmModule): Driver {
  const memory = new WasmMemory(module);
  const info: DriverInfo = {
    name: "wasm",
    library: "sqlite-wasm",
    version: memory.textAt(module.functions.sqlite3_libversion()),
  };
  /** Files that a connection has open. */
  const open = new Set<string>();
  return {
    info,
    sole: true,
    open(path: string, options: OpenOptions = {}): Connection {
      const { image } = options;
      if (path === MEMORY || path === "") {
        return new WasmConnection(module, memory, info, { path, options, image });
      }
      const { files } = module;
      if (files === undefined) throw new SqliteError(SQLITE.CANTOPEN, noFiles(path));
      const name = new URL(path, "file:///").pathname;
      if (open.has(name)) {
        throw new SqliteError(SQLITE.CANTOPEN, `${path} is open already: it takes one at a time`);
      }
      if (image !== undefined) {
        if (files.getFileNames().includes(name)) {
          throw new SqliteError(SQLITE.CANTOPEN, `${path} is there already`);
        }
        assertImage(image);
        files.importDb(name, withoutLog(image.slice()));
      }
      const connection = new WasmConnection(module, memory, info, {
        path: name,
        options,
        vfs: files.vfsName,
        closed: () => open.delete(name),
      });
      open.add(name);
      return connection;
    },
  };
}

function noFiles(path: string): string {
  return `${path} cannot be kept here: files are on the origin private file system, which takes a ` +
    `worker and await loadWasm({ directory: "…" }); :memory: is kept anywhere`;
}

/** Where a connection leads. */
interface Place {
  readonly path: string;
  readonly options: OpenOptions;
  /** What a database in memory begins as. */
  readonly image?: Uint8Array | undefined;
  readonly vfs?: string;
  readonly closed?: () => void;
}

class WasmConnection implements Connection, WasmErrors {
  readonly info: DriverInfo;
  readonly #sqlite: WasmFunctions;
  readonly #memory: WasmMemory;
  readonly #table: WebAssembly.Table;
  readonly #closed: () => void;
  readonly #statements = new Set<WasmStatement>();
  readonly #own = new Map<string, Statement>();
  #db: Address;

  constructor(module: WasmModule, memory: WasmMemory, info: DriverInfo, place: Place) {
    const sqlite = this.#sqlite = module.functions;
    this.#table = module.table;
    this.#memory = memory;
    this.info = info;
    this.#closed = place.closed ?? (() => {});
    const { readonly = false, create = true } = place.options;
    const access = readonly ? OPEN_READONLY : OPEN_READWRITE | (create ? OPEN_CREATE : 0);
    const vfs = place.vfs === undefined ? 0 : this.#copyText(place.vfs);
    const out = memory.allocate(WORD);
    const path = memory.putText(place.path);
    const code = sqlite.sqlite3_open_v2(path, out, access | OPEN_EXRESCODE, vfs);
    this.#db = memory.word(out);
    sqlite.sqlite3_free(out);
    sqlite.sqlite3_free(vfs);
    try {
      if (code !== SQLITE.OK) throw this.error(code);
      sqlite.sqlite3_extended_result_codes(this.#db, 1);
      if (place.vfs !== undefined) this.exec("PRAGMA locking_mode = EXCLUSIVE");
      if (place.image !== undefined) this.#deserialize(place.image);
    } catch (error) {
      sqlite.sqlite3_close_v2(this.#db);
      this.#db = 0;
      throw error;
    }
    if (place.vfs !== undefined) this.syncLog = () => this.#syncLog();
  }

  #copyText(text: string): Address {
    const from = this.#memory.putText(text);
    const length = this.#memory.textBytes + 1;
    const at = this.#memory.allocate(length);
    this.#memory.bytes.copyWithin(at, from, from + length);
    return at;
  }

  #deserialize(image: Uint8Array): void {
    assertImage(image);
    const at = this.#memory.allocate(image.length);
    const size = BigInt(image.length);
    this.#memory.bytes.set(image, at);
    withoutLog(this.#memory.bytes.subarray(at, at + image.length));
    const main = this.#memory.putText("main");
    const { sqlite3_deserialize: deserialize } = this.#sqlite;
    const code = deserialize(this.#db, main, at, size, size, DESERIALIZE_FLAGS);
    if (code !== SQLITE.OK) throw this.error(code);
  }

  readonly serialize = (): Uint8Array<ArrayBuffer> => {
    this.#assertOpen();
    const out = this.#memory.allocate(8);
    const main = this.#memory.putText("main");
    const at = this.#sqlite.sqlite3_serialize(this.#db, main, out, 0);
    const size = this.#memory.word(out);
    this.#sqlite.sqlite3_free(out);
    if (at === 0) throw new SqliteError(SQLITE.NOMEM, "out of memory");
    const image = this.#memory.bytes.slice(at, at + size);
    this.#sqlite.sqlite3_free(at);
    return withoutLog(image);
  };

  prepare(sql: string): Statement {
    this.#assertOpen();
    const out = this.#memory.allocate(WORD);
    const text = this.#memory.putText(sql);
    const code = this.#sqlite.sqlite3_prepare_v2(this.#db, text, -1, out, 0);
    const handle = this.#memory.word(out);
    this.#sqlite.sqlite3_free(out);
    if (code !== SQLITE.OK) throw this.error(code);
    if (handle === 0) throw new SqliteError(SQLITE.ERROR, "the statement is empty");
    return new WasmStatement(this.#sqlite, this.#memory, this, handle, this.#statements);
  }

  exec(sql: string): void {
    this.#assertOpen();
    const text = this.#memory.putText(sql);
    const code = this.#sqlite.sqlite3_exec(this.#db, text, 0, 0, 0);
    if (code !== SQLITE.OK) throw this.error(code);
  }

  readonly limitStatements = (limits: StatementLimits | undefined): void => {
    // What is more than the library was built for becomes that.
    for (const [id, name] of LIMIT_NAMES.entries()) {
      this.#sqlite.sqlite3_limit(this.#db, id, limits?.[name] ?? ANY);
    }
  };

  get autocommit(): boolean {
    return this.#db === 0 || this.#sqlite.sqlite3_get_autocommit(this.#db) !== 0;
  }

  changes(): number {
    return this.#sqlite.sqlite3_changes(this.#db);
  }

  begin(write: boolean): void {
    this.#prepared(write ? "BEGIN IMMEDIATE" : "BEGIN").run();
  }

  commit(): void {
    this.#prepared("COMMIT").run();
  }

  rollback(): void {
    if (this.autocommit) return;
    try {
      this.#prepared("ROLLBACK").run();
    } catch {
      // An error that leaves the transaction open shows at the next BEGIN.
    }
  }

  /** There are no others. */
  changedByOthers(): boolean {
    return false;
  }

  /** Only a checkpoint would tell. */
  walFrames(): undefined {
    return undefined;
  }

  /** Only a checkpoint would tell. */
  uncopiedFrames(): undefined {
    return undefined;
  }

  releasePages(pages: number): void {
    this.exec(`PRAGMA incremental_vacuum(${Math.trunc(pages)})`);
  }

  setBusyTimeout(ms: number): void {
    this.#sqlite.sqlite3_busy_timeout(this.#db, ms);
  }

  checkpoint(): CheckpointResult {
    const statement = this.#prepared("PRAGMA wal_checkpoint(PASSIVE)");
    statement.step();
    const result = {
      busy: statement.columnNumber(0) !== 0,
      walFrames: statement.columnNumber(1),
      copiedFrames: statement.columnNumber(2),
    };
    statement.reset();
    return result;
  }

  readonly syncLog?: () => void;

  /** Calls `xSync` of the write-ahead log's file, which SQLite itself does at checkpoints only. */
  #syncLog(): void {
    if (this.#db === 0) return;
    const memory = this.#memory;
    const out = memory.allocate(WORD);
    const main = memory.putText("main");
    const code = this.#sqlite.sqlite3_file_control(this.#db, main, FCNTL_JOURNAL_POINTER, out);
    const file = memory.word(out);
    this.#sqlite.sqlite3_free(out);
    if (code !== SQLITE.OK) throw this.error(code);
    const methods = memory.word(file);
    // There is no file before the first write.
    if (methods === 0) return;
    const sync = this.#table.get(memory.word(methods + XSYNC * WORD));
    const synced: number = sync?.(file, SYNC_NORMAL) ?? SQLITE.ERROR;
    if (synced !== SQLITE.OK) throw new SqliteError(synced, this.errorName(synced));
  }

  close(): void {
    if (this.#db === 0) return;
    this.rollback();
    for (const statement of [...this.#statements]) statement.finalize();
    this.#own.clear();
    this.#sqlite.sqlite3_close_v2(this.#db);
    this.#db = 0;
    this.#closed();
  }

  /** The current error of the connection as an exception. */
  error(code: number): SqliteError {
    if (this.#db === 0) return new SqliteError(code, this.errorName(code));
    const extended = this.#sqlite.sqlite3_extended_errcode(this.#db);
    return (extended & 0xff) === (code & 0xff)
      ? new SqliteError(extended, this.#memory.textAt(this.#sqlite.sqlite3_errmsg(this.#db)))
      : new SqliteError(code, this.errorName(code));
  }

  errorName(code: number): string {
    return this.#memory.textAt(this.#sqlite.sqlite3_errstr(code));
  }

  /** A statement of the connection's own, compiled at its first use. */
  #prepared(sql: string): Statement {
    let statement = this.#own.get(sql);
    if (statement === undefined) {
      statement = this.prepare(sql);
      this.#own.set(sql, statement);
    }
    return statement;
  }

  #assertOpen(): void {
    if (this.#db === 0) throw new SqliteError(SQLITE.ERROR, "the connection is closed");
  }
}
