import { functionAt, type FunctionPointer, memoryAt, pointerAt, viewAt } from "../runtime/ffi.ts";
import { bytesOf, type Handle } from "./ffi_library.ts";
import { SQLITE, type Statement, type WalIndex } from "./sqlite.ts";

/** The WAL index's two headers, and the state of checkpoints after them. */
const HEADER_BYTES = 136;
/** Where the count of frames stands that checkpoints have copied ("nBackfill"). */
const BACKFILLED = 24;
/** Where the count stands of those that one was about to copy ("nBackfillAttempted"). */
const ATTEMPTED = 32;

/** What a {@linkcode ChangeCounter} asks of the connection that it belongs to. */
export interface IndexedConnection {
  /** Compiles a statement. */
  prepare(sql: string): Statement;
  /** SQLite's `sqlite3_file*` of the main database; null where it has none. */
  filePointer(): Handle;
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
export class ChangeCounter {
  readonly #connection: IndexedConnection;
  readonly #pragma: Statement;
  #header: Uint32Array | undefined;
  #seen: number;
  #snapshot = 0;
  #totalChanges = 0;

  constructor(connection: IndexedConnection) {
    this.#connection = connection;
    this.#pragma = connection.prepare("PRAGMA data_version");
    this.#attach();
    this.#seen = this.current();
  }

  /** Commits so far, by anyone (or, without a WAL index, by others). */
  current(): number {
    if (this.#header !== undefined) return this.#header[2]!;
    this.#pragma.step();
    const version = this.#pragma.columnNumber(0);
    this.#pragma.reset();
    return version;
  }

  begun(snapshot: number, totalChanges: number): void {
    this.#snapshot = snapshot;
    this.#totalChanges = totalChanges;
  }

  /** @param wroteOtherwise Whether something was written that `totalChanges` does not count. */
  committed(totalChanges: number, wroteOtherwise: boolean): void {
    if (this.#header === undefined) return;
    if (totalChanges === this.#totalChanges && !wroteOtherwise) return;
    const own = (this.#snapshot + 1) >>> 0;
    // What nobody has asked about yet must still be reported.
    this.#seen = this.#seen === this.#snapshot ? own : -1;
  }

  /** Takes rows out of those that tell whether the transaction wrote: they were written elsewhere. */
  discount(changes: number): void {
    this.#totalChanges += changes;
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

  uncopiedFrames(): number | undefined {
    const header = this.#header;
    return header && Math.max(0, header[4]! - header[BACKFILLED]!);
  }

  walIndex(): WalIndex | undefined {
    const header = this.#header;
    if (header === undefined) return undefined;
    const size = header[3]! >>> 16;
    return {
      // 65536 does not fit, and stands there as 1.
      pageSize: (size & 0xfe00) + ((size & 1) << 16),
      frames: header[4]!,
      copied: header[BACKFILLED]!,
      attempted: header[ATTEMPTED]!,
      salt1: header[8]!,
      salt2: header[9]!,
    };
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
    const methods = viewAt(file).getPointer(0);
    if (methods === null) return;
    const table = viewAt(methods);
    const shmMap = table.getInt32(0) >= 2 ? table.getPointer(13 * 8) : null;
    if (shmMap === null) return;
    const out = new BigUint64Array(1);
    const code = functionAt(shmMap as FunctionPointer<typeof SHM_MAP>, SHM_MAP)
      .call(file, 0, 32768, 0, bytesOf(out));
    const page = pointerAt(out[0]!);
    if (code !== SQLITE.OK || page === null) return;
    this.#header = new Uint32Array(memoryAt(page, HEADER_BYTES));
  }
}

/** `sqlite3_io_methods.xShmMap`: https://www.sqlite.org/c3ref/io_methods.html */
const SHM_MAP = {
  parameters: ["pointer", "i32", "i32", "i32", "buffer"],
  result: "i32",
} as const;
