/**
 * The one interface the engine sees SQLite through: prepare once, bind by index, step, read
 * columns, reset. Drivers implement it; nothing above this folder knows which driver it has.
 *
 * Parameters count from 1 and columns from 0, as in SQLite's own C interface. Integers travel as
 * JavaScript numbers and must lie within ±2^53; only the indexes of arrays can be larger, and travel
 * as bigints then.
 *
 * Bytes travel as (array, start, end) so that a caller never has to cut a view out of a socket
 * buffer to bind it. A driver with direct memory access copies column bytes straight into the
 * caller's array; the others go through a copy of their own. The results are the same.
 *
 * @module
 */

import type { StatementLimits } from "./statement_limits.ts";

/**
 * The name of a driver, as `--sqlite-driver` and `open({ driver })` take it.
 *
 * @example
 * ```ts
 * import { type DriverName, Redlite } from "@redlite/redlite";
 *
 * const driver: DriverName = "builtin";
 * using db = Redlite.open(":memory:", { driver });
 * console.log(db.info().driver); // "builtin"
 * ```
 */
export type DriverName = "ffi" | "db-sqlite" | "builtin" | "wasm";

/** What a connection says about the SQLite behind it. */
export interface DriverInfo {
  /** The driver in use. */
  readonly name: DriverName;
  /** The native library's path, or a word for where the SQLite in use comes from. */
  readonly library: string;
  /** SQLite's version, such as `3.46.1`. */
  readonly version: string;
}

/** How {@linkcode Driver.open} opens a database file. */
export interface OpenOptions {
  /** Refuse writes. */
  readonly readonly?: boolean;
  /** Create the file where there is none. */
  readonly create?: boolean;
  /** Nobody changes the file: read it without locks, and without looking for a log. Only to read. */
  readonly immutable?: boolean;
  /** The bytes that a new database begins as: one in memory, or a file of a driver that is `sole`. */
  readonly image?: Uint8Array | undefined;
}

/** An absolute path as the URI by which SQLite opens a file that does not change. */
export function immutableUri(path: string): string {
  const escaped = path.replaceAll("\\", "/").replace(
    /[%?#]/g,
    (character) => "%" + character.charCodeAt(0).toString(16),
  );
  return `file://${escaped.startsWith("/") ? "" : "/"}${escaped}?immutable=1`;
}

/** A driver: opens connections through one SQLite library. */
export interface Driver {
  /** What SQLite this driver reaches. */
  readonly info: DriverInfo;
  /** Whether it encrypts; the size of pages is then the library's choice. */
  readonly encrypts?: boolean;
  /** Whether a file takes one connection at a time. It is then no file that the runtime knows. */
  readonly sole?: boolean;
  /**
   * Opens a connection.
   *
   * @param path A file path, or `:memory:`.
   * @throws {SqliteError} If SQLite cannot open the file.
   */
  open(path: string, options?: OpenOptions): Connection;
}

/**
 * Work that another thread does on a connection. Who uses the connection meanwhile, or one of its
 * statements, waits for that first. What fails fails everything on the connection until the transaction
 * is rolled back.
 */
export interface Aside {
  /** Whether something runs. */
  readonly busy: boolean;
  /** Whether what ran has failed. */
  readonly failed: boolean;
  /** Whether nothing runs any more. @throws {SqliteError} If what ran has failed. */
  ended(): boolean;
  /** Waits until nothing runs any more. @throws {SqliteError} If what ran has failed. */
  wait(): void;
  /** Memory for what is bound to {@linkcode run}'s statements: it outlasts the program. For the connection's time. */
  memory(size: number): Uint8Array;
  /** Runs a statement that gives no rows. What is bound to it must stay as it is until that has ended. */
  run(statement: Statement): void;
  /** {@linkcode Connection.flushPages}. */
  flushPages(): void;
}

/** One connection to one database. Not to be shared between threads. */
export interface Connection {
  /** What SQLite this connection runs on. */
  readonly info: DriverInfo;
  /** Compiles one statement. It stays usable until it is finalized or the connection closes. */
  prepare(sql: string): Statement;
  /** Runs one or more statements and discards their rows. */
  exec(sql: string): void;
  /** Whether no transaction is open. False between BEGIN and COMMIT or ROLLBACK. */
  readonly autocommit: boolean;
  /** Rows that the last INSERT, UPDATE or DELETE on this connection changed. */
  changes(): number;
  /** Rows that were ever changed on this connection, where the driver can tell. */
  readonly totalChanges?: () => number;
  /**
   * Writes the pages that the open transaction has changed and no statement is reading from into the
   * WAL, so that COMMIT has little left to do; where the driver can.
   *
   * @throws {SqliteError} If they cannot be written. The transaction must be rolled back then.
   */
  readonly flushPages?: () => void;
  /** @internal What can be done on another thread; undefined where nothing can. */
  readonly aside?: Aside | undefined;
  /**
   * Opens a transaction.
   *
   * @param write Take the write lock now (BEGIN IMMEDIATE). Otherwise the first read fixes the snapshot.
   * @throws {SqliteError} `busy` if another connection holds the write lock past the busy timeout.
   */
  begin(write: boolean): void;
  /** Commits the open transaction. On an error the transaction is still open. */
  commit(): void;
  /** Rolls the open transaction back; does nothing without one. Never throws. */
  rollback(): void;
  /**
   * Whether another connection has committed since the last call, so that nothing remembered from
   * before may be trusted. Also right inside a transaction, about the snapshot it reads. May say
   * yes without cause, never no with one.
   */
  changedByOthers(): boolean;
  /**
   * Runs `work`, which writes to temporary tables only: a driver that counts rows to know whether
   * a transaction has written anything must not count those.
   */
  readonly temporarily?: (work: () => void) => void;
  /** Sets how long a statement may wait for another connection's lock, in milliseconds. */
  setBusyTimeout(ms: number): void;
  /**
   * Frames in the WAL, copied into the database file or not, as far as can be told at once;
   * undefined where only a checkpoint would tell.
   */
  walFrames(): number | undefined;
  /** Frames in the WAL that are not copied into the database file, as far as can be told at once. */
  uncopiedFrames(): number | undefined;
  /** The state of the WAL, where the driver can read its index. */
  readonly walIndex?: () => WalIndex | undefined;
  /**
   * Gives up to so many free pages back to the file system, in a database of `auto_vacuum =
   * incremental`. Call inside a write transaction; the file itself gets shorter at a checkpoint.
   */
  releasePages(pages: number): void;
  /**
   * Copies WAL frames into the database file without waiting for anyone (PASSIVE).
   *
   * @returns The WAL's frames and how many of them are copied; -1 and -1 without a WAL.
   */
  checkpoint(): CheckpointResult;
  /**
   * A checkpoint on another thread, where the driver can; the connection must not be used before
   * the promise settles. `restart` waits for writers and readers (up to the busy timeout) and keeps
   * new writers out meanwhile, so that the next one starts the WAL from its beginning; `truncate`
   * also cuts the file to nothing.
   */
  readonly checkpointAsync?: (mode: CheckpointMode) => Promise<CheckpointResult>;
  /**
   * {@linkcode exec} on another thread, where the driver can; but for {@linkcode interrupt} the
   * connection must not be used before the promise settles.
   */
  readonly execAsync?: (sql: string) => Promise<void>;
  /**
   * Makes what runs on another thread end soon, with SQLite's INTERRUPT; where the driver can. It is
   * forgotten if it comes before the thread has begun, so it is called until the promise settles.
   */
  readonly interrupt?: () => void;
  /**
   * Begins to copy another connection's database into this one's, which must be new, by SQLite's
   * online backup; where the driver can do so on another thread. What is copied is the snapshot that
   * the source's open read transaction sees.
   */
  readonly copyFrom?: (source: Connection) => DatabaseCopy;
  /** Whether a text that is read ends at its first NUL, although all of it is stored. */
  readonly cutsText?: boolean;
  /**
   * Bounds what the statements that are prepared and run from now on may be made of, where the
   * driver can; undefined for as much as the library allows.
   * @internal
   */
  readonly limitStatements?: (limits: StatementLimits | undefined) => void;
  /**
   * The bytes of the database as they would be in a file without a log, where the driver can. With no
   * transaction open.
   */
  readonly serialize?: () => Uint8Array<ArrayBuffer>;
  /** Puts what is committed in the log on the disk, where nothing but the driver reaches the log. */
  readonly syncLog?: () => void;
  /** Finalizes every statement and closes the connection. Closing twice does nothing. */
  close(): void;
}

/** The state of a WAL: https://www.sqlite.org/walformat.html#the_wal_index_file_format */
export interface WalIndex {
  /** Bytes of a page. */
  readonly pageSize: number;
  /** Frames in the WAL. */
  readonly frames: number;
  /** Frames of them that are in the database file. */
  readonly copied: number;
  /** Frames that a checkpoint has begun to copy; more than those that are copied while it does. */
  readonly attempted: number;
  /** A number that changes when the WAL starts over. */
  readonly salt1: number;
  /** Another one. */
  readonly salt2: number;
}

/** A copy of a database that is being made. */
export interface DatabaseCopy {
  /** Pages of the source; known after the first step. */
  readonly pages: number;
  /**
   * Copies some pages on another thread. Neither connection may be used before the promise settles.
   *
   * @returns Whether the copy is complete.
   */
  step(pages: number): Promise<boolean>;
  /** Ends the copy, complete or not. Required before either connection is closed. Never throws. */
  end(): void;
}

/** What a column holds. */
export type ColumnType = "null" | "integer" | "real" | "text" | "blob";

/** How far a checkpoint goes: https://www.sqlite.org/c3ref/wal_checkpoint_v2.html */
export type CheckpointMode = "passive" | "restart" | "truncate";

/** The outcome of a checkpoint. */
export interface CheckpointResult {
  /** Frames in the WAL. */
  walFrames: number;
  /** Frames of them that are in the database file. */
  copiedFrames: number;
  /** Whether a lock of another connection kept the checkpoint from running. */
  busy: boolean;
}

/** One compiled statement. */
export interface Statement {
  /** Binds an integer within ±2^53. */
  bindInteger(index: number, value: number): void;
  /** Binds an integer of 64 bits, signed. */
  bindBigint(index: number, value: bigint): void;
  /** Binds NULL. */
  bindNull(index: number): void;
  /** Binds a floating-point number. */
  bindReal(index: number, value: number): void;
  /** Binds a text. */
  bindText(index: number, value: string): void;
  /** Binds `bytes[start, end)` as a BLOB. They must not change before the statement is reset. */
  bindBlob(index: number, bytes: Uint8Array, start: number, end: number): void;
  /**
   * Advances to the next row. Some drivers read all rows at the first step, so a statement of which
   * only some rows are wanted has a LIMIT.
   *
   * @returns True on a row, false when done.
   * @throws {SqliteError} On any other outcome; the statement is then reset.
   */
  step(): boolean;
  /**
   * {@linkcode step} on another thread, where the driver can; but for `Connection.interrupt` the
   * connection must not be used before the promise settles.
   */
  stepAsync?(): Promise<boolean>;
  /** Runs to the end, discarding rows, and resets. */
  run(): void;
  /** Returns to the start; bindings stay. Required before binding anew. Never throws. */
  reset(): void;
  /** How many parameters it takes; undefined where the library does not tell. */
  parameterCount(): number | undefined;
  /** The columns' names; none of a statement without rows. */
  columnNames(): string[];
  /** What a column of the current row holds. */
  columnType(column: number): ColumnType;
  /** Whether a column of the current row is NULL. */
  columnIsNull(column: number): boolean;
  /** A column of the current row as a number; NULL is 0. */
  columnNumber(column: number): number;
  /** An integer column of the current row, exact; NULL is 0. */
  columnBigint(column: number): bigint;
  /** A column of the current row as text. */
  columnText(column: number): string;
  /** The size of a BLOB or TEXT column, in bytes; NULL is 0. */
  columnLength(column: number): number;
  /**
   * Copies a BLOB or TEXT column into `target` at `at`, which must have room for
   * {@linkcode columnLength} bytes.
   *
   * @param known What {@linkcode columnLength} said, if the caller has asked.
   */
  columnInto(column: number, target: Uint8Array, at: number, known?: number): void;
  /** Whether a BLOB column equals `bytes[start, end)`. */
  columnEquals(column: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** A copy of a BLOB or TEXT column. */
  columnBlob(column: number): Uint8Array;
  /** Frees the statement. */
  finalize(): void;
}

/** Primary result codes of SQLite that callers tell apart: https://www.sqlite.org/rescode.html */
export const SQLITE = {
  OK: 0,
  ERROR: 1,
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
  ROW: 100,
  DONE: 101,
} as const;

/** An error SQLite reported. */
export class SqliteError extends Error {
  override readonly name = "SqliteError";
  /** The extended result code. */
  readonly code: number;

  /** Makes an error from an extended result code and SQLite's message. */
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }

  /** The primary result code, one of {@linkcode SQLITE}. */
  get primary(): number {
    return this.code & 0xff;
  }

  /** Whether another connection held a lock for longer than the busy timeout. */
  get busy(): boolean {
    return this.primary === SQLITE.BUSY || this.primary === SQLITE.LOCKED;
  }

  /** Whether the statement was made to end early. */
  get interrupted(): boolean {
    return this.primary === SQLITE.INTERRUPT;
  }

  /** Whether the disk refused to write: it is full, or broken, or may not be written to. */
  get ofDisk(): boolean {
    const { primary } = this;
    return primary === SQLITE.FULL || primary === SQLITE.IOERR || primary === SQLITE.READONLY ||
      primary === SQLITE.CANTOPEN;
  }

  /** Whether the database file is damaged where it was read. */
  get corrupt(): boolean {
    return this.primary === SQLITE.CORRUPT;
  }
}
