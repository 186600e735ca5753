/**
 * What changed in a collection: its elements before and after. Images tell what was before; what
 * came after one is the next image of the same element, or what is in the table now. So the images
 * are gone through backwards, from now on.
 *
 * @module
 */

import type { Statement } from "../sqlite/sqlite.ts";
import { bindIndex } from "../store/arrays/index.ts";
import { err } from "../store/values/errors.ts";
import { mapKey } from "../store/values/map_key.ts";
import { Slice } from "../store/values/slice.ts";
import type { Store } from "../store/store.ts";
import { Statements } from "./statements.ts";
import { type RecordedTable, recordedTablesOf } from "./recorded_tables.ts";

const SQL = {
  images: `SELECT at, n, part, a, present, v1, v2, v3, v4 FROM history_elements
    WHERE key_id = ?1 AND at >= ?2 ORDER BY at DESC, n DESC, part, a`,
  count: `SELECT count(*) FROM (
    SELECT 1 FROM history_elements WHERE key_id = ?1 AND at >= ?2 LIMIT ?3)`,
};

/** What identifies an element, or a part of what it holds: of a stream's entry the fields, say. */
export type Field = Uint8Array | number | bigint | null | readonly Uint8Array[];

/** A column of an element's row. */
type Column = Exclude<Field, readonly Uint8Array[]>;

/** An element's row: its name or position, and the rest. */
export interface Element {
  /** Which of its type's tables it is in, see recorded_tables.ts. */
  readonly part: number;
  /** What tells it from others: a field, member, position or index. */
  readonly name: Column;
  /** The other columns, as images have them. */
  readonly values: readonly Column[];
}

/** An element that changed. */
export interface ElementChange {
  /** What it was; undefined if it was not there. */
  readonly before: Element | undefined;
  /** What it became; undefined if it was deleted. */
  readonly after: Element | undefined;
}

/** Finds what changed. */
export class ElementChanges {
  readonly #store: Store;
  readonly #statements: Statements;

  /** Takes the store whose history it is. */
  constructor(store: Store) {
    this.#store = store;
    this.#statements = new Statements(store.engine);
  }

  /**
   * Visits the changes of a collection's elements, the latest first.
   *
   * @param type One of `TYPE`.
   * @param sinceMs Up to those of this millisecond.
   * @param limit Most images it may go through.
   * @throws {CommandError} If there are too many.
   */
  each(
    type: number,
    id: number,
    sinceMs: number,
    limit: number,
    visit: (at: number, n: number, change: ElementChange) => void,
  ): void {
    const count = this.#statements.get(SQL.count);
    count.bindInteger(1, id);
    count.bindInteger(2, sinceMs);
    count.bindInteger(3, limit + 1);
    count.step();
    const images = count.columnNumber(0);
    count.reset();
    if (images > limit) {
      throw err(`more than ${limit} changes were recorded since that moment`);
    }
    const tables = recordedTablesOf(this.#store.types, type);
    const later = new Map<string, Element | undefined>();
    const statement = this.#statements.get(SQL.images);
    statement.bindInteger(1, id);
    statement.bindInteger(2, sinceMs);
    try {
      while (statement.step()) {
        const part = statement.columnNumber(2);
        const name = columnAt(statement, 3);
        const facts = tables.find((table) => table.part === part);
        if (facts === undefined || facts.untold === true || name === null) continue;
        const before = statement.columnNumber(4) === 1
          ? { part, name, values: facts.values.map((_, i) => columnAt(statement, 5 + i)) }
          : undefined;
        const identity = `${part} ${textOf(name)}`;
        const after = later.has(identity) ? later.get(identity) : this.#now(facts, id, name);
        later.set(identity, before);
        visit(statement.columnNumber(0), statement.columnNumber(1), { before, after });
      }
    } finally {
      statement.reset();
    }
  }

  /** What an element is now. */
  #now(
    { part, table, columns, values }: RecordedTable,
    id: number,
    name: Column,
  ): Element | undefined {
    const [idColumn, nameColumn] = Object.keys(columns);
    const others = values.map((value) => value.replaceAll("$", table));
    const statement = this.#statements.get(
      `SELECT ${others.join(", ")} FROM ${table} WHERE ${idColumn} = ?1 AND ${nameColumn} = ?2`,
    );
    statement.bindInteger(1, id);
    if (name instanceof Uint8Array) statement.bindBlob(2, name, 0, name.length);
    else if (name !== null) bindIndex(statement, 2, name);
    const element = statement.step()
      ? { part, name, values: others.map((_, i) => columnAt(statement, i)) }
      : undefined;
    statement.reset();
    return element;
  }

  /**
   * The elements of a collection that were written between two moments: what they were, and became.
   *
   * @param fromMs After everything of this millisecond.
   * @param toMs The same, later.
   * @param limit As of {@linkcode each}.
   */
  between(type: number, id: number, fromMs: number, toMs: number, limit: number): ElementChange[] {
    const changes = new Map<string, { before: Element | undefined; after: Element | undefined }>();
    this.each(type, id, fromMs + 1, limit, (at, _n, { before, after }) => {
      const name = (before ?? after)?.name ?? null;
      if (at > toMs || name === null) return;
      const identity = `${(before ?? after)?.part} ${textOf(name)}`;
      const known = changes.get(identity);
      if (known === undefined) changes.set(identity, { before, after });
      else known.before = before;
    });
    return [...changes.values()];
  }
}

/** A column of the current row. */
export function columnAt(statement: Statement, column: number): Column {
  switch (statement.columnType(column)) {
    case "null":
      return null;
    case "integer": {
      const value = statement.columnBigint(column);
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
    case "real":
      return statement.columnNumber(column);
    default:
      return statement.columnBlob(column);
  }
}

/** A text that is the same for the same field only. */
export function textOf(field: Field): string {
  if (field instanceof Uint8Array) return `b${mapKey(new Slice(field))}`;
  return field instanceof Array ? JSON.stringify(field.map(textOf)) : String(field);
}
