/**
 * The rows of lists' elements, by the id of a list and their positions. Nothing is known here of elements that are
 * in memory.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { Column } from "../values/column.ts";
import type { Slice } from "../values/slice.ts";
import { MAX_POSITION } from "./positions.ts";

const SQL = {
  value: "SELECT value FROM lists WHERE key_id = ?1 AND pos = ?2",
  span: "SELECT value FROM lists WHERE key_id = ?1 AND pos BETWEEN ?2 AND ?3",
  forward: `SELECT value, pos FROM lists WHERE key_id = ?1 AND pos >= ?2
    ORDER BY pos LIMIT ?3 OFFSET ?4`,
  backward: `SELECT value, pos FROM lists WHERE key_id = ?1 AND pos <= ?2
    ORDER BY pos DESC LIMIT ?3`,
  firstEqual: `SELECT pos FROM lists WHERE key_id = ?1 AND pos BETWEEN ?2 AND ?3 AND value = ?4
    ORDER BY pos LIMIT ?5`,
  lastEqual: `SELECT pos FROM lists WHERE key_id = ?1 AND pos BETWEEN ?2 AND ?3 AND value = ?4
    ORDER BY pos DESC LIMIT ?5`,
  insert: "INSERT INTO lists(key_id, pos, value) VALUES (?1, ?2, ?3)",
  set: "UPDATE lists SET value = ?3 WHERE key_id = ?1 AND pos = ?2",
  move: "UPDATE lists SET key_id = ?3, pos = ?4 WHERE key_id = ?1 AND pos = ?2",
  delete: "DELETE FROM lists WHERE key_id = ?1 AND pos = ?2",
  deleteRange: "DELETE FROM lists WHERE key_id = ?1 AND pos BETWEEN ?2 AND ?3",
  deleteEqual: "DELETE FROM lists WHERE key_id = ?1 AND pos BETWEEN ?2 AND ?3 AND value = ?4",
};

/** Elements read at a time where it is open how many will be needed. */
const BATCH = 256;

/** Takes an element; its bytes are valid until it returns. */
export type ElementVisitor = (value: Column) => void;

/** Reads and writes them. */
export class ListRows {
  readonly #value: Statement;
  readonly #span: Statement;
  readonly #forward: Statement;
  readonly #backward: Statement;
  readonly #firstEqual: Statement;
  readonly #lastEqual: Statement;
  readonly #insert: Statement;
  readonly #set: Statement;
  readonly #move: Statement;
  readonly #delete: Statement;
  readonly #deleteRange: Statement;
  readonly #deleteEqual: Statement;
  readonly #valueColumn: Column;
  readonly #spanColumn: Column;
  readonly #forwardColumn: Column;
  readonly #backwardColumn: Column;

  /** Takes the engine whose transactions they are read and written in. */
  constructor(engine: Engine) {
    this.#value = engine.prepare(SQL.value);
    this.#span = engine.prepare(SQL.span);
    this.#forward = engine.prepare(SQL.forward);
    this.#backward = engine.prepare(SQL.backward);
    this.#firstEqual = engine.prepare(SQL.firstEqual);
    this.#lastEqual = engine.prepare(SQL.lastEqual);
    this.#insert = engine.prepare(SQL.insert);
    this.#set = engine.prepare(SQL.set);
    this.#move = engine.prepare(SQL.move);
    this.#delete = engine.prepare(SQL.delete);
    this.#deleteRange = engine.prepare(SQL.deleteRange);
    this.#deleteEqual = engine.prepare(SQL.deleteEqual);
    this.#valueColumn = new Column(this.#value, 0);
    this.#spanColumn = new Column(this.#span, 0);
    this.#forwardColumn = new Column(this.#forward, 0);
    this.#backwardColumn = new Column(this.#backward, 0);
  }

  /** Adds an element. */
  insert(id: number, position: number, value: Slice): void {
    bindElement(this.#insert, id, position, value).run();
  }

  /** Replaces an element. */
  set(id: number, position: number, value: Slice): void {
    bindElement(this.#set, id, position, value).run();
  }

  /** Visits the element of a position, if there is one. */
  visit(id: number, position: number, visit: ElementVisitor): void {
    const value = this.#value;
    value.bindInteger(1, id);
    value.bindInteger(2, position);
    try {
      if (value.step()) visit(this.#valueColumn);
    } finally {
      value.reset();
    }
  }

  /** Visits the elements from one position to another: the least that SQLite can do for a row. */
  visitSpan(id: number, from: number, to: number, visit: ElementVisitor): void {
    const span = bindRange(this.#span, id, from, to), value = this.#spanColumn;
    try {
      while (span.step()) visit(value);
    } finally {
      span.reset();
    }
  }

  /**
   * Visits `count` elements from a position on.
   *
   * @param offset How many are stepped over before; only forwards.
   * @param positions Gets the positions of those visited.
   */
  walk(
    id: number,
    from: number,
    offset: number,
    count: number,
    backwards: boolean,
    visit: ElementVisitor,
    positions?: number[],
  ): void {
    const statement = bindRange(backwards ? this.#backward : this.#forward, id, from, count);
    const value = backwards ? this.#backwardColumn : this.#forwardColumn;
    if (!backwards) statement.bindInteger(4, offset);
    try {
      while (statement.step()) {
        positions?.push(statement.columnNumber(1));
        visit(value);
      }
    } finally {
      statement.reset();
    }
  }

  /** Looks at up to `most` elements from an end on, as long as `look` wants more. */
  scan(
    id: number,
    left: boolean,
    most: number,
    look: (value: Column, statement: Statement) => boolean,
  ): void {
    const statement = left ? this.#forward : this.#backward;
    const value = left ? this.#forwardColumn : this.#backwardColumn;
    let from = left ? -MAX_POSITION : MAX_POSITION;
    for (let rest = most; rest > 0; rest -= BATCH) {
      bindRange(statement, id, from, Math.min(rest, BATCH));
      if (left) statement.bindInteger(4, 0);
      try {
        while (statement.step()) {
          if (!look(value, statement)) return;
          from = statement.columnNumber(1) + (left ? 1 : -1);
        }
      } finally {
        statement.reset();
      }
    }
  }

  /** The positions of up to `limit` elements between two others that are the same as `element`. */
  equal(
    id: number,
    element: Slice,
    left: boolean,
    low: number,
    high: number,
    limit: number,
  ): number[] {
    const statement = bindRange(left ? this.#firstEqual : this.#lastEqual, id, low, high);
    statement.bindBlob(4, element.bytes, element.start, element.end);
    statement.bindInteger(5, limit);
    const found: number[] = [];
    while (statement.step()) found.push(statement.columnNumber(0));
    statement.reset();
    return found;
  }

  /** Deletes an element. */
  delete(id: number, position: number): void {
    this.#delete.bindInteger(1, id);
    this.#delete.bindInteger(2, position);
    this.#delete.run();
  }

  /** Deletes the elements from one position to another. */
  deleteRange(id: number, from: number, to: number): void {
    bindRange(this.#deleteRange, id, from, to).run();
  }

  /** Deletes those of them that are the same as `element`. */
  deleteEqual(id: number, from: number, to: number, element: Slice): void {
    const statement = bindRange(this.#deleteEqual, id, from, to);
    statement.bindBlob(4, element.bytes, element.start, element.end);
    statement.run();
  }

  /** Gives an element another list and another position. */
  move(id: number, position: number, newId: number, newPosition: number): void {
    const move = this.#move;
    move.bindInteger(1, id);
    move.bindInteger(2, position);
    move.bindInteger(3, newId);
    move.bindInteger(4, newPosition);
    move.run();
  }

  /** Turns round the order of the elements at some positions, which stay the same. */
  reverse(id: number, positions: readonly number[]): void {
    // No list has the negative of an id: room for what must not meet what is still there.
    for (const position of positions) this.move(id, position, -id, position);
    const { length } = positions;
    for (let i = 0; i < length; i++) {
      this.move(-id, positions[i]!, id, positions[length - 1 - i]!);
    }
  }
}

function bindElement(statement: Statement, id: number, position: number, value: Slice): Statement {
  statement.bindInteger(1, id);
  statement.bindInteger(2, position);
  statement.bindBlob(3, value.bytes, value.start, value.end);
  return statement;
}

/** Binds an id and the two numbers that follow: where to begin, and where to end or how many. */
function bindRange(statement: Statement, id: number, from: number, toOrCount: number): Statement {
  statement.bindInteger(1, id);
  statement.bindInteger(2, from);
  statement.bindInteger(3, toOrCount);
  return statement;
}
