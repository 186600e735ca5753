/**
 * The functions of a native SQLite library as Deno's FFI sees them.
 *
 * @module
 */

import {
  cStringAt,
  type LibraryFunctions,
  type LibraryInterface,
  type Pointer,
} from "../runtime/ffi.ts";
import type { SqliteError } from "./sqlite.ts";

export const SYMBOLS = {
  sqlite3_libversion: { parameters: [], result: "pointer" },
  sqlite3_config: { parameters: ["i32", "i32"], result: "i32" },
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
  stepAsync: {
    name: "sqlite3_step",
    parameters: ["pointer"],
    result: "i32",
    nonblocking: true,
  },
  sqlite3_bind_parameter_count: { parameters: ["pointer"], result: "i32" },
  sqlite3_column_count: { parameters: ["pointer"], result: "i32" },
  sqlite3_column_name: { parameters: ["pointer", "i32"], result: "pointer" },
  sqlite3_backup_init: {
    parameters: ["pointer", "buffer", "pointer", "buffer"],
    result: "pointer",
  },
  backupStepAsync: {
    name: "sqlite3_backup_step",
    parameters: ["pointer", "i32"],
    result: "i32",
    nonblocking: true,
  },
  sqlite3_backup_pagecount: { parameters: ["pointer"], result: "i32" },
  sqlite3_backup_finish: { parameters: ["pointer"], result: "i32" },
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
  sqlite3_column_int64: { parameters: ["pointer", "i32"], result: "i64" },
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
  execAsync: {
    name: "sqlite3_exec",
    parameters: ["pointer", "buffer", "pointer", "pointer", "pointer"],
    result: "i32",
    nonblocking: true,
  },
  // Libraries of before 3.36, and some others, leave these two out.
  sqlite3_serialize: {
    parameters: ["pointer", "buffer", "buffer", "i32"],
    result: "pointer",
    optional: true,
  },
  sqlite3_deserialize: {
    parameters: ["pointer", "buffer", "pointer", "i64", "i64", "i32"],
    result: "i32",
    optional: true,
  },
  // Since 3.10.
  sqlite3_db_cacheflush: { parameters: ["pointer"], result: "i32", optional: true },
  // Functions that a thread is given to call.
  stepFunction: { name: "sqlite3_step", type: "pointer" },
  flushFunction: { name: "sqlite3_db_cacheflush", type: "pointer", optional: true },
  sqlite3_malloc64: { parameters: ["u64"], result: "pointer" },
  sqlite3_free: { parameters: ["pointer"], result: "void" },
  sqlite3_limit: { parameters: ["pointer", "i32", "i32"], result: "i32" },
  sqlite3_interrupt: { parameters: ["pointer"], result: "void" },
} as const satisfies LibraryInterface;

/** The functions of SQLite. */
export type Sqlite3 = LibraryFunctions<typeof SYMBOLS>;
/** An address, null for none. */
export type Handle = Pointer;

/** Tells what went wrong in a connection. */
export interface ErrorSource {
  /** The current error of the connection as an exception. */
  error(code: number): SqliteError;
  /** SQLite's name of a result code. */
  errorName(code: number): string;
}

const encoder = new TextEncoder();

/** A text as C takes it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + "\0");
}

/** The text that C gave. */
export function readCString(pointer: Handle): string {
  return pointer === null ? "" : cStringAt(pointer);
}

/** An array's memory as bytes, for SQLite to write into. */
export function bytesOf(array: BigUint64Array<ArrayBuffer> | Int32Array<ArrayBuffer>) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
