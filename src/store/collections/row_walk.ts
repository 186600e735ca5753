/** Walks through rows of elements, also while another thread writes with the engine's connection. */

import type { Engine } from "../../engine/engine.ts";
import { StatementBeside } from "../../engine/lookup.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { Column } from "../values/column.ts";

/** Takes a row: its first column, which is the element, and the statement that stands on it. `false` ends the walk. */
export type RowVisitor = (element: Column, row: Statement) => boolean;

/** A statement that reads elements, of the engine's connection or of the second one (engine/lookup.ts). */
export class RowWalk {
  readonly #own: Statement;
  readonly #ownColumn: Column;
  readonly #beside: StatementBeside;
  #besideStatement: Statement | undefined;
  #besideColumn: Column;

  /** @param sql Has the element as its first column. */
  constructor(engine: Engine, sql: string) {
    this.#own = engine.prepare(sql);
    this.#ownColumn = this.#besideColumn = new Column(this.#own, 0);
    this.#beside = new StatementBeside(engine, sql);
  }

  /**
   * Visits the rows.
   *
   * @param beside Whether the second connection is asked, if it can.
   * @param bind Binds the parameters.
   * @param begin Is called before the first row: again, if what was visited so far does not count.
   */
  each(
    beside: boolean,
    bind: (statement: Statement) => void,
    begin: () => void,
    visit: RowVisitor,
  ): void {
    const other = beside ? this.#beside.get() : undefined;
    if (other !== undefined) {
      if (other !== this.#besideStatement) this.#besideColumn = new Column(other, 0);
      this.#besideStatement = other;
      try {
        begin();
        return walk(other, this.#besideColumn, bind, visit);
      } catch {
        this.#beside.failed();
      }
    }
    begin();
    walk(this.#own, this.#ownColumn, bind, visit);
  }
}

function walk(
  statement: Statement,
  element: Column,
  bind: (statement: Statement) => void,
  visit: RowVisitor,
): void {
  bind(statement);
  try {
    while (statement.step() && visit(element, statement));
  } finally {
    statement.reset();
  }
}
