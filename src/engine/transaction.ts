import { type Connection, SqliteError } from "../sqlite/sqlite.ts";
import { WriteLocked } from "./turn_errors.ts";

/** The transaction on the connection: a snapshot that a turn reads from, or one to write in, of one turn or many. */
export class Transaction {
  /** Whether there is a snapshot to read from, and nothing else. */
  reading = false;
  /** Whether it is a write transaction, of the running turn or of those before it. */
  open = false;
  /** Whether turns that were acknowledged are to be run in one once more before anything else. */
  owing = false;
  readonly #connection: Connection;
  readonly #othersCommitted: () => void;
  /** Rows changed on the connection when it was opened. */
  #openedChanges = 0;

  /** @param othersCommitted Is called when another process's commit came with what was begun. */
  constructor(connection: Connection, othersCommitted: () => void) {
    this.#connection = connection;
    this.#othersCommitted = othersCommitted;
  }

  /** Takes a snapshot to read from. @returns Whether another process's commit came with it. */
  read(): boolean {
    this.#connection.begin(false);
    this.reading = true;
    return this.#noticed();
  }

  /**
   * Takes the write lock.
   *
   * @returns Whether another process's commit came with it.
   * @throws {WriteLocked} If another process holds the lock past the busy timeout.
   */
  write(): boolean {
    // A snapshot cannot become a write transaction once anyone else has committed past it.
    if (this.reading) this.endRead();
    try {
      this.#connection.begin(true);
    } catch (error) {
      if (error instanceof SqliteError && error.busy) {
        throw new WriteLocked("another process holds the write lock of the database");
      }
      throw error;
    }
    this.open = true;
    this.#openedChanges = this.#connection.totalChanges?.() ?? 0;
    return this.#noticed();
  }

  #noticed(): boolean {
    if (!this.#connection.changedByOthers()) return false;
    this.#othersCommitted();
    return true;
  }

  /** Rows that were changed in it. */
  get changedRows(): number {
    return (this.#connection.totalChanges?.() ?? 0) - this.#openedChanges;
  }

  /** Lets go of the snapshot. */
  endRead(): void {
    this.reading = false;
    try {
      this.#connection.commit();
    } catch {
      // SQLite commits nothing in which a damaged page was met; and here is nothing to keep.
      this.#connection.rollback();
    }
  }

  /** Commits what was written. @throws {SqliteError} If SQLite cannot; it is open then as before. */
  commit(): void {
    this.#connection.commit();
    this.open = false;
  }

  /** Rolls back whatever there is. */
  rollback(): void {
    this.reading = this.open = false;
    this.#connection.rollback();
  }
}
