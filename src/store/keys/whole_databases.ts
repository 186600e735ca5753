/** What is done with a database as a whole: emptied, exchanged, or put in another's place. */

import type { Engine } from "../../engine/engine.ts";
import type { Databases } from "./databases.ts";
import type { Garbage } from "./garbage.ts";
import type { KeyRows } from "./rows.ts";

/** Does it, and tells of it. */
export class WholeDatabases {
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #rows: KeyRows;
  readonly #garbage: Garbage;

  constructor(engine: Engine, databases: Databases, rows: KeyRows, garbage: Garbage) {
    this.#engine = engine;
    this.#databases = databases;
    this.#rows = rows;
    this.#garbage = garbage;
  }

  /** See `Keyspace.flush`. */
  flush(db: number): void {
    const databases = this.#databases;
    if (databases.keys(db) > 0) {
      const kept = this.#rows.recorder?.flushing(db) ?? false;
      this.#engine.settleRows();
      const space = databases.replace(db);
      if (!kept) this.#garbage.addSpace(space);
    }
    this.#engine.changes.addFlush({ event: "flushdb", db });
  }

  /** See `Keyspace.takeWings`. */
  takeWings(db: number): void {
    const databases = this.#databases;
    const kept = databases.keys(db) > 0 && (this.#rows.recorder?.flushing(db) ?? false);
    this.#engine.settleRows();
    const space = databases.takeWings(db);
    if (space !== 0 && !kept) this.#garbage.addSpace(space);
    this.#engine.changes.addFlush({ event: "swapdb", db, otherDb: databases.count + db });
  }

  /** See `Keyspace.clearWings`. */
  clearWings(): void {
    const databases = this.#databases;
    if (!databases.anyWings) return;
    this.#engine.write();
    this.#engine.settleRows();
    for (let db = 0; db < databases.count; db++) {
      const space = databases.clearWings(db);
      if (space !== 0) this.#garbage.addSpace(space);
    }
  }

  /** See `Keyspace.swap`. */
  swap(db: number, otherDb: number): void {
    this.#databases.swap(db, otherDb);
    this.#engine.changes.addFlush({ event: "swapdb", db, otherDb });
  }
}
