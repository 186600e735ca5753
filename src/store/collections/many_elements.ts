/** The statements that write many elements of one type, and those that delete many. */

import type { Engine } from "../../engine/engine.ts";
import { type ManyRows, ManyRowsOf } from "../keys/held/many_rows.ts";
import type { Slice } from "../values/slice.ts";

/** What rows a type's elements are. */
export interface ElementColumns {
  /** Their table. */
  readonly table: string;
  /** The column of the element. */
  readonly element: string;
  /** The columns that hold what it has. */
  readonly values: readonly string[];
  /** What is set in a row that is there. */
  readonly set: string;
  /** Which of a row's parameters takes the value as it is; -1 if none does. */
  readonly valueAt: number;
}

/** Statements of one type. */
export class ManyElements {
  readonly #put: ManyRowsOf;
  readonly #remove: ManyRowsOf;
  readonly #valueAt: number;
  /** Whose elements are deleted. */
  #id = 0;

  /** @param bindValue Binds what an element holds that is not its value as it is, from a parameter on. */
  constructor(
    engine: Engine,
    { table, element, values, set, valueAt }: ElementColumns,
    readonly bindValue: (many: ManyRows, from: number, value: Slice) => void = () => {},
  ) {
    const parameters = 2 + values.length;
    const columns = ["key_id", element, ...values].join(", ");
    this.#put = new ManyRowsOf(engine, {
      statement: (rows) =>
        `INSERT INTO ${table}(${columns})
          SELECT * FROM (VALUES ${rows}) WHERE column1 IS NOT NULL
          ON CONFLICT(key_id, ${element}) DO UPDATE SET ${set}`,
      row: () => `(${new Array(parameters).fill("?").join(", ")})`,
      parameters,
    });
    // Of one collection: for pairs older versions of SQLite go through the whole table.
    this.#remove = new ManyRowsOf(engine, {
      statement: (rows) => `DELETE FROM ${table} WHERE key_id = ?1 AND ${element} IN (${rows})`,
      row: () => "?",
      parameters: 1,
      parametersBefore: 1,
    });
    this.#valueAt = valueAt;
  }

  /** The statement that suits so many rows; undefined if there is none for so few. */
  of(rows: number, gone: boolean): ManyRows | undefined {
    return (gone ? this.#remove : this.#put).of(rows);
  }

  /** Adds a row to those that a statement writes. */
  put(many: ManyRows, id: number, element: Slice, value: Slice): void {
    const { before } = many;
    many.statement.bindInteger(before + 1, id);
    many.bind(element, 2, this.#valueAt === -1 ? undefined : value, this.#valueAt);
    this.bindValue(many, before + 3, value);
    many.count++;
  }

  /** Adds a row to those that a statement deletes. @returns Whether it is of the same collection. */
  remove(many: ManyRows, id: number, element: Slice): boolean {
    if (many.count === 0) {
      this.#id = id;
      many.statement.bindInteger(1, id);
    } else if (id !== this.#id) {
      return false;
    }
    many.bind(element, 1, undefined, -1);
    many.count++;
    return true;
  }
}
