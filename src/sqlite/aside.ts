/**
 * Work of a connection that another thread does, while the event loop goes on with what needs nothing of
 * the connection.
 *
 * Invariant: one thread at a time uses a connection. Whoever is about to call SQLite with it, or with one
 * of its statements, waits for the other thread before ({@linkcode FfiAside.wait}). What has failed fails
 * everybody who comes after it, until the transaction is rolled back.
 *
 * @module
 */

import { memoryAt } from "../runtime/ffi.ts";
import { CallingThread } from "../runtime/linux/threads.ts";
import type { ErrorSource, Handle, Sqlite3 } from "./ffi_library.ts";
import type { FfiStatement } from "./ffi_statement.ts";
import { type Aside, SQLITE, SqliteError, type Statement } from "./sqlite.ts";

/** Memory of closed connections, by its size, to be used again. */
const FREE = new Map<number, Uint8Array[]>();

/** The work that is done aside on one connection. */
export class FfiAside {
  /** Whether {@linkcode wait} is to be called before anything else. */
  blocks = false;
  #thread: CallingThread | undefined;
  #work: Aside | undefined | null = null;
  #statement: FfiStatement | undefined;
  #failure: SqliteError | undefined;
  readonly #memory: Uint8Array[] = [];
  readonly #sqlite: Sqlite3;
  readonly #library: string;
  readonly #connection: ErrorSource;
  readonly #db: () => Handle;

  /**
   * @param library The library's path.
   * @param db The connection's handle.
   */
  constructor(sqlite: Sqlite3, library: string, connection: ErrorSource, db: () => Handle) {
    this.#sqlite = sqlite;
    this.#library = library;
    this.#connection = connection;
    this.#db = db;
  }

  /** Waits for the work to end. @throws {SqliteError} If it failed: once more each time. */
  wait(): void {
    this.settle();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits for the work to end, however it does. */
  settle(): void {
    const thread = this.#thread;
    if (!thread?.running) return;
    thread.join();
    this.#ended(thread.result);
  }

  /** The transaction is rolled back, and with it what failed. */
  forget(): void {
    this.settle();
    this.#failure = undefined;
    this.blocks = false;
  }

  /** The connection is closed. */
  close(): void {
    this.settle();
    for (const memory of this.#memory.splice(0)) {
      const free = FREE.get(memory.length);
      if (free === undefined) FREE.set(memory.length, [memory]);
      else free.push(memory);
    }
  }

  #allocate(size: number): Uint8Array {
    let memory = FREE.get(size)?.pop();
    if (memory === undefined) {
      const at = this.#sqlite.sqlite3_malloc64(BigInt(size));
      if (at === null) throw new SqliteError(SQLITE.NOMEM, "out of memory");
      memory = new Uint8Array(memoryAt(at, size));
    }
    this.#memory.push(memory);
    return memory;
  }

  #busy(): boolean {
    const thread = this.#thread;
    if (!thread?.running) return false;
    if (!thread.tryJoin()) return true;
    this.#ended(thread.result);
    return false;
  }

  #poll(): boolean {
    if (this.#busy()) return false;
    if (this.#failure !== undefined) throw this.#failure;
    return true;
  }

  #ended(code: number): void {
    this.blocks = false;
    const statement = this.#statement;
    this.#statement = undefined;
    // Pages that are read from stay.
    const fine = statement === undefined
      ? code === SQLITE.OK || code === SQLITE.BUSY
      : code === SQLITE.DONE;
    const failure = fine ? undefined : this.#connection.error(code);
    statement?.reset();
    this.#failure = failure;
    this.blocks = failure !== undefined;
  }

  #begin(work: Handle, argument: Handle): boolean {
    if (this.blocks) this.wait();
    if (!this.#thread?.begin(work, argument)) return false;
    this.blocks = true;
    return true;
  }

  /** What the connection can have done aside; undefined where it can nothing. */
  get work(): Aside | undefined {
    if (this.#work === null) this.#work = this.#make();
    return this.#work;
  }

  #make(): Aside | undefined {
    const { sqlite3_db_cacheflush: flush, stepFunction, flushFunction } = this.#sqlite;
    if (flush === null || stepFunction === null || flushFunction === null) return undefined;
    this.#thread = CallingThread.make(this.#library);
    if (this.#thread === undefined) return undefined;
    const busy = () => this.#busy(), failed = () => this.#failure !== undefined;
    return {
      get busy() {
        return busy();
      },
      get failed() {
        return failed();
      },
      memory: (size) => this.#allocate(size),
      ended: () => this.#poll(),
      wait: () => this.wait(),
      run: (statement: Statement) => {
        const ffi = statement as FfiStatement;
        if (!this.#begin(stepFunction, ffi.address)) return ffi.run();
        this.#statement = ffi;
      },
      flushPages: () => {
        if (this.#begin(flushFunction, this.#db())) return;
        const code = flush(this.#db());
        if (code !== SQLITE.OK && code !== SQLITE.BUSY) throw this.#connection.error(code);
      },
    };
  }
}
