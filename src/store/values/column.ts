/** A column of the row a statement is at, for whoever copies its bytes out. */

import type { Statement } from "../../sqlite/sqlite.ts";

/** Points at one column of a statement; made once, valid at every row. */
export class Column {
  readonly #statement: Statement;
  readonly #index: number;

  /** A column of a statement. @param index The column's index, from 0. */
  constructor(statement: Statement, index: number) {
    this.#statement = statement;
    this.#index = index;
  }

  /** Size in bytes. */
  get length(): number {
    return this.#statement.columnLength(this.#index);
  }

  /** Copies the bytes into `target` at `at`. @param known What {@linkcode length} said. */
  copyInto(target: Uint8Array, at: number, known?: number): void {
    this.#statement.columnInto(this.#index, target, at, known);
  }

  /** A copy of the bytes. */
  copy(): Uint8Array {
    return this.#statement.columnBlob(this.#index);
  }
}
