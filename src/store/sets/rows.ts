/** The rows of sets, one by one and many at a time. */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { type ElementRows, visitElements } from "../collections/held_elements.ts";
import { ManyElements } from "../collections/many_elements.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  insert: `INSERT INTO sets(key_id, member, ordinal) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`,
  delete: "DELETE FROM sets WHERE key_id = ?1 AND member = ?2",
  touch: "UPDATE sets SET ordinal = NULL WHERE key_id = ?1 AND member = ?2",
  all: "SELECT member FROM sets WHERE key_id = ?1",
  stand: "SELECT 1 FROM sets WHERE key_id = ?1 AND member >= ?2 ORDER BY member LIMIT 1",
};

/** Writes them. */
export class SetRows implements ElementRows {
  readonly many: ManyElements;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #touch: Statement;
  readonly #stand: Statement;
  readonly #all: Statement;

  /** Takes the engine whose tables they are in. */
  constructor(engine: Engine) {
    this.many = new ManyElements(engine, {
      table: "sets",
      element: "member",
      values: [],
      set: "ordinal = NULL",
      valueAt: -1,
    });
    this.#insert = engine.prepare(SQL.insert);
    this.#delete = engine.prepare(SQL.delete);
    this.#touch = engine.prepare(SQL.touch);
    this.#stand = engine.prepare(SQL.stand);
    this.#all = engine.prepare(SQL.all);
  }

  /** Inserts a row unless it is there. @param ordinal 0 for none. */
  insert(id: number, member: Slice, ordinal: number): void {
    const statement = this.#insert;
    if (ordinal === 0) statement.bindNull(3);
    else statement.bindInteger(3, ordinal);
    run(statement, id, member);
  }

  /** Deletes the row of a member. */
  delete(id: number, member: Slice): void {
    run(this.#delete, id, member);
  }

  /** Writes a member that was held back, or deletes its row. */
  writeElement(id: number, member: Slice, value: Slice | undefined, isNew: boolean): void {
    if (value === undefined) this.delete(id, member);
    else if (isNew) this.insert(id, member, 0);
    else run(this.#touch, id, member);
  }

  /** Begins a statement that stands on the row of a member, or on the next. */
  standOn(id: number, member: Slice): Statement {
    const stand = this.#stand;
    stand.bindInteger(1, id);
    stand.bindBlob(2, member.bytes, member.start, member.end);
    stand.step();
    return stand;
  }

  /** Calls `visit` with each member, and nothing. */
  visitAll(id: number, visit: (member: Slice, value: Slice) => void): void {
    visitElements(this.#all, id, (member) => visit(member, new Slice()));
  }
}

function run(statement: Statement, id: number, { bytes, start, end }: Slice): void {
  statement.bindInteger(1, id);
  statement.bindBlob(2, bytes, start, end);
  statement.run();
}
