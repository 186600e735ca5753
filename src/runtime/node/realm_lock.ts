/**
 * A lock between the threads of a process by the one thing that they share: SQLite's databases in
 * memory that have a name (`vfs=memdb`), and locks as files have them. A thread that ends closes its
 * own, and with the last one the database is gone.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { RealmLock } from "../realm_lock.ts";
import { nodeModule } from "../runtime.ts";

/** Milliseconds to wait for who has the lock alone. */
const PATIENCE_MS = 60_000;
/** SQLite's result code for a lock that another connection has. */
const BUSY = 5;

/** One realm's connection to a lock. */
export class NodeRealmLock implements RealmLock {
  readonly #database: DatabaseSync;

  constructor(name: string) {
    const { DatabaseSync } = nodeModule("node:sqlite");
    const id = createHash("sha256").update(name).digest("hex");
    this.#database = new DatabaseSync(`file:/redlite-${id}?vfs=memdb`);
  }

  exclusively(work: () => void): boolean {
    try {
      this.#database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    } catch (error) {
      if (error instanceof Error && "errcode" in error && error.errcode === BUSY) return false;
      throw error;
    }
    try {
      work();
    } finally {
      this.#database.exec("ROLLBACK");
    }
    return true;
  }

  share(): void {
    this.#database.exec(
      `PRAGMA busy_timeout = ${PATIENCE_MS}; BEGIN; SELECT count(*) FROM sqlite_schema`,
    );
  }

  unshare(): void {
    this.#database.exec("ROLLBACK");
  }

  close(): void {
    this.#database.close();
  }
}
