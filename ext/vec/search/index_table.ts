/** `vec_indexes`: a row for each index of search. */

import type { Engine } from "../../../src/engine/engine.ts";
import type { Statement } from "../../../src/sqlite/sqlite.ts";
import type { VectorMetric, VectorShape, VectorType } from "../../../src/search/vector_index.ts";

const SQL = {
  create:
    `INSERT INTO vec_indexes(id, dim, type, metric, exact, length, last_number, version, dropped)
    VALUES ((SELECT coalesce(max(id), 0) + 1 FROM vec_indexes), ?1, ?2, ?3, ?4, 0, 0, ?5, 0)
    RETURNING id`,
  load: `SELECT length, last_number, version, dim, type, metric, exact FROM vec_indexes
    WHERE id = ?1 AND dropped = 0`,
  save: "UPDATE vec_indexes SET length = ?2, last_number = ?3, version = ?4 WHERE id = ?1",
  drop: "UPDATE vec_indexes SET dropped = 1 WHERE id = ?1",
  dropped: "SELECT id FROM vec_indexes WHERE dropped = 1 LIMIT 1",
  remove: "DELETE FROM vec_indexes WHERE id = ?1",
};

/** What changes of an index. */
export interface IndexState {
  /** Vectors in it. */
  length: number;
  /** The number given last. */
  lastNumber: number;
  /** Grows with every turn that changes it. */
  version: number;
}

/** Reads and writes the rows. */
export class IndexTable {
  readonly #engine: Engine;
  readonly #prepared = new Map<string, Statement>();

  /** Takes the engine whose table it is. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  #statement(name: keyof typeof SQL): Statement {
    let statement = this.#prepared.get(name);
    if (statement === undefined) {
      statement = this.#engine.prepare(SQL[name]);
      this.#prepared.set(name, statement);
    }
    return statement;
  }

  /** Makes a row. @returns Its id. */
  create({ dim, type, metric, exact }: VectorShape): number {
    const statement = this.#statement("create");
    statement.bindInteger(1, dim);
    statement.bindText(2, type);
    statement.bindText(3, metric);
    statement.bindInteger(4, exact ? 1 : 0);
    // An id may come again: what others remember of the former index is of an older version.
    statement.bindInteger(5, this.#engine.nowMs);
    statement.step();
    const id = statement.columnNumber(0);
    statement.reset();
    return id;
  }

  /** What a row holds, undefined if there is none. */
  load(id: number): { state: IndexState; shape: VectorShape } | undefined {
    this.#engine.read();
    const statement = this.#statement("load");
    statement.bindInteger(1, id);
    const row = statement.step()
      ? {
        state: {
          length: statement.columnNumber(0),
          lastNumber: statement.columnNumber(1),
          version: statement.columnNumber(2),
        },
        shape: {
          dim: statement.columnNumber(3),
          type: statement.columnText(4) as VectorType,
          metric: statement.columnText(5) as VectorMetric,
          exact: statement.columnNumber(6) === 1,
        },
      }
      : undefined;
    statement.reset();
    return row;
  }

  /** Writes what has changed. */
  save(id: number, { length, lastNumber, version }: IndexState): void {
    const statement = this.#statement("save");
    statement.bindInteger(1, id);
    statement.bindInteger(2, length);
    statement.bindInteger(3, lastNumber);
    statement.bindInteger(4, version);
    statement.run();
  }

  /** Marks a row as dropped. */
  drop(id: number): void {
    this.#run("drop", id);
  }

  /** An index that was dropped and has rows left. */
  dropped(): number | undefined {
    this.#engine.read();
    const statement = this.#statement("dropped");
    const id = statement.step() ? statement.columnNumber(0) : undefined;
    statement.reset();
    return id;
  }

  /** Deletes a row. */
  remove(id: number): void {
    this.#run("remove", id);
  }

  #run(name: "drop" | "remove", id: number): void {
    const statement = this.#statement(name);
    statement.bindInteger(1, id);
    statement.run();
  }
}
