/**
 * SQLite's WebAssembly build, for runtimes that have no SQLite of their own: browsers. The package for
 * them puts `browser/sqlite_wasm.ts` in the place of this module.
 *
 * @module
 */

/** An address in the module's memory; 0 for none. */
export type Address = number;

/** Functions of SQLite's C interface, as the module exports them. */
export interface WasmFunctions {
  sqlite3_libversion(): Address;
  sqlite3_open_v2(path: Address, out: Address, flags: number, vfs: Address): number;
  sqlite3_close_v2(db: Address): number;
  sqlite3_extended_result_codes(db: Address, on: number): number;
  sqlite3_extended_errcode(db: Address): number;
  sqlite3_errmsg(db: Address): Address;
  sqlite3_errstr(code: number): Address;
  sqlite3_exec(db: Address, sql: Address, call: Address, data: Address, out: Address): number;
  sqlite3_prepare_v2(
    db: Address,
    sql: Address,
    bytes: number,
    out: Address,
    rest: Address,
  ): number;
  sqlite3_step(statement: Address): number;
  sqlite3_reset(statement: Address): number;
  sqlite3_finalize(statement: Address): number;
  sqlite3_bind_parameter_count(statement: Address): number;
  sqlite3_bind_int(statement: Address, index: number, value: number): number;
  sqlite3_bind_int64(statement: Address, index: number, value: bigint): number;
  sqlite3_bind_double(statement: Address, index: number, value: number): number;
  sqlite3_bind_null(statement: Address, index: number): number;
  sqlite3_bind_zeroblob(statement: Address, index: number, bytes: number): number;
  sqlite3_bind_blob(
    statement: Address,
    index: number,
    at: Address,
    bytes: number,
    destructor: number,
  ): number;
  sqlite3_bind_text(
    statement: Address,
    index: number,
    at: Address,
    bytes: number,
    destructor: number,
  ): number;
  sqlite3_column_count(statement: Address): number;
  sqlite3_column_name(statement: Address, column: number): Address;
  sqlite3_column_type(statement: Address, column: number): number;
  sqlite3_column_int64(statement: Address, column: number): bigint;
  sqlite3_column_double(statement: Address, column: number): number;
  sqlite3_column_blob(statement: Address, column: number): Address;
  sqlite3_column_bytes(statement: Address, column: number): number;
  sqlite3_changes(db: Address): number;
  sqlite3_get_autocommit(db: Address): number;
  sqlite3_busy_timeout(db: Address, ms: number): number;
  sqlite3_limit(db: Address, id: number, value: number): number;
  sqlite3_file_control(db: Address, schema: Address, operation: number, out: Address): number;
  sqlite3_serialize(db: Address, schema: Address, bytes: Address, flags: number): Address;
  sqlite3_deserialize(
    db: Address,
    schema: Address,
    at: Address,
    bytes: bigint,
    room: bigint,
    flags: number,
  ): number;
  sqlite3_malloc64(bytes: bigint): Address;
  sqlite3_free(at: Address): void;
}

/** Files on the origin private file system, of which each takes one connection at a time. */
export interface WasmFiles {
  /** The name that SQLite opens them by. */
  readonly vfsName: string;
  /** Their names, each beginning with a slash. */
  getFileNames(): string[];
  /** Makes a file of a database's bytes. */
  importDb(name: string, bytes: Uint8Array): void;
}

/** The loaded module. */
export interface WasmModule {
  readonly functions: WasmFunctions;
  readonly memory: WebAssembly.Memory;
  /** The functions that the module calls by their numbers. */
  readonly table: WebAssembly.Table;
  /** Where it keeps files; undefined where it keeps none. */
  readonly files?: WasmFiles | undefined;
}

/**
 * How SQLite's WebAssembly build is loaded.
 *
 * @example
 * ```ts
 * import { loadWasm, type WasmOptions } from "@redlite/redlite";
 *
 * // In a worker of a page: its files are on the origin private file system.
 * const options: WasmOptions = { directory: "app" };
 * const load = () => loadWasm(options);
 * ```
 */
export interface WasmOptions {
  /** Where `sqlite3.wasm` is. Default: beside the module. */
  url?: string | URL;
  /**
   * The directory of the origin private file system that databases are kept in, which one worker at a
   * time may have. Default: none, and databases are in memory.
   */
  directory?: string;
  /** How many databases there is room for in it, with their logs. Default: 4, or as many as there are. */
  databases?: number;
}

/** Loads it; undefined where a runtime has an SQLite of its own. */
export const loadSqliteWasm:
  | ((options: WasmOptions) => Promise<WasmModule>)
  | undefined = undefined;
