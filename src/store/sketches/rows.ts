/** The rows of filters and sketches: blocks of bytes by the id of a key and a number. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";

/** Rows read in one go: a driver may keep them all in memory. */
const PAGE = 256;

/** Works on one table of blocks. */
export class BlockRows {
  readonly #engine: Engine;
  readonly #read: Statement;
  readonly #write: Statement;
  readonly #delete: Statement;
  readonly #each: Statement;
  readonly #numbers: Statement;

  /** Prepares the statements. */
  constructor(engine: Engine, table: string) {
    this.#engine = engine;
    this.#read = engine.prepare(`SELECT bytes FROM ${table} WHERE key_id = ?1 AND number = ?2`);
    this.#write = engine.prepare(`INSERT INTO ${table}(key_id, number, bytes) VALUES (?1, ?2, ?3)
      ON CONFLICT DO UPDATE SET bytes = excluded.bytes`);
    this.#delete = engine.prepare(
      `DELETE FROM ${table} WHERE key_id = ?1 AND number >= ?2 AND number < ?3`,
    );
    this.#numbers = engine.prepare(`SELECT number FROM ${table}
      WHERE key_id = ?1 AND number >= ?2 AND number < ?3 ORDER BY number`);
    this.#each = engine.prepare(`SELECT number, bytes FROM ${table}
      WHERE key_id = ?1 AND number >= ?2 AND number < ?3 ORDER BY number LIMIT ${PAGE}`);
  }

  /** Copies a block into `target`, as far as it fits. @returns Its bytes; -1 without a row. */
  read(id: number, number: number, target: Uint8Array): number {
    this.#engine.read();
    const statement = this.#read;
    statement.bindInteger(1, id);
    statement.bindInteger(2, number);
    let length = -1;
    if (statement.step()) {
      length = statement.columnLength(0);
      if (length <= target.length) statement.columnInto(0, target, 0, length);
    }
    statement.reset();
    return length;
  }

  /** Writes a block over what is there. */
  write(id: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    const statement = this.#write;
    statement.bindInteger(1, id);
    statement.bindInteger(2, number);
    statement.bindBlob(3, bytes, start, end);
    statement.run();
  }

  /** Deletes the blocks from a number on up to another. */
  delete(id: number, from: number, before: number): void {
    const statement = this.#delete;
    statement.bindInteger(1, id);
    statement.bindInteger(2, from);
    statement.bindInteger(3, before);
    statement.run();
  }

  /** The numbers of the blocks that there are from one on up to another, in ascending order. */
  numbers(id: number, from: number, before: number): number[] {
    this.#engine.read();
    const statement = this.#numbers;
    statement.bindInteger(1, id);
    statement.bindInteger(2, from);
    statement.bindInteger(3, before);
    const numbers: number[] = [];
    try {
      while (statement.step()) numbers.push(statement.columnNumber(0));
    } finally {
      statement.reset();
    }
    return numbers;
  }

  /** Visits blocks from a number on up to another, in their order, each with bytes of its own. */
  each(
    id: number,
    from: number,
    before: number,
    visit: (number: number, bytes: Uint8Array) => void,
  ): void {
    this.#engine.read();
    const statement = this.#each;
    for (let rows = PAGE; rows === PAGE;) {
      statement.bindInteger(1, id);
      statement.bindInteger(2, from);
      statement.bindInteger(3, before);
      rows = 0;
      try {
        for (; statement.step(); rows++) {
          const number = statement.columnNumber(0);
          from = number + 1;
          visit(number, statement.columnBlob(1));
        }
      } finally {
        statement.reset();
      }
    }
  }
}
