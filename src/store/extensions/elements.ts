/**
 * The rows of keys whose types extensions bring: deleting, copying and measuring them without knowing
 * what they mean, for the extension may not be there.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { payloadOf, payloadSql } from "../collections/payload.ts";
import type { ColumnKind, ElementTable } from "./extension.ts";
import type { KeyTypes } from "./key_types.ts";

/** Rows deleted in one slice: a millisecond or two. */
const ROWS_PER_SLICE = 250;
/** Bytes that a B-tree adds to a row. */
const ROW_OVERHEAD = 12;

interface Table {
  readonly facts: ElementTable;
  readonly deleteAll: Statement;
  /** Undefined of a table that has one row for each key. */
  readonly deleteSlice: Statement | undefined;
  readonly copy: Statement;
  readonly meanSize: Statement;
  readonly payload: Statement;
}

/** Bytes that columns hold, as SQL. */
function sizeOf(columns: Readonly<Record<string, ColumnKind>>): string {
  const sizes = Object.entries(columns).map(([name, kind]) =>
    kind === "BLOB" || kind === "TEXT" ? `coalesce(length(CAST(${name} AS BLOB)), 0)` : "8"
  );
  return sizes.length === 0 ? "0" : sizes.join(" + ");
}

/** Deletes and copies rows. */
export class ExtensionElements {
  /** Rows deleted so far. */
  deletedRows = 0;
  readonly #engine: Engine;
  readonly #types: KeyTypes;
  readonly #tables = new Map<number, readonly Table[]>();

  /** Takes the types whose rows they are. */
  constructor(engine: Engine, types: KeyTypes) {
    this.#engine = engine;
    this.#types = types;
  }

  #of(type: number): readonly Table[] {
    const known = this.#types.get(type);
    if (known === undefined) throw new TypeError(`type ${type} is of no extension`);
    let tables = this.#tables.get(type);
    if (tables?.length !== known.tables.length) {
      tables = known.tables.map((facts) => this.#prepare(facts));
      this.#tables.set(type, tables);
    }
    return tables;
  }

  #prepare(facts: ElementTable): Table {
    const { table, columns, key } = facts;
    const prepare = (sql: string) => this.#engine.prepare(sql);
    const all = Object.keys(columns).map((column) => `, ${column}`).join("");
    const keys = key.join(", ");
    const size = sizeOf(columns);
    const first = keys === "" ? "" : `ORDER BY ${keys}`;
    const last = keys === "" ? "" : `ORDER BY ${key.map((column) => `${column} DESC`).join(", ")}`;
    return {
      facts,
      deleteAll: prepare(`DELETE FROM ${table} WHERE key_id = ?1`),
      deleteSlice: keys === "" ? undefined : prepare(`DELETE FROM ${table} WHERE key_id = ?1
        AND (${keys}) IN (SELECT ${keys} FROM ${table} WHERE key_id = ?1 ${first} LIMIT ?2)`),
      copy: prepare(`INSERT INTO ${table}(key_id${all})
        SELECT ?2${all} FROM ${table} WHERE key_id = ?1`),
      meanSize: prepare(`SELECT avg(size) FROM (
        SELECT ${size} + ${ROW_OVERHEAD} AS size FROM ${table} WHERE key_id = ?1 LIMIT ?2)`),
      payload: prepare(payloadSql(size, `${table} WHERE key_id = ?1`, [first, last])),
    };
  }

  /** How many tables a type has. */
  tables(type: number): number {
    return this.#of(type).length;
  }

  /** Deletes all rows of an id at once. */
  deleteAll(type: number, id: number): void {
    for (const { deleteAll } of this.#of(type)) {
      deleteAll.bindInteger(1, id);
      this.#delete(deleteAll);
    }
  }

  /** Deletes some rows of an id. @returns Whether these were the last. */
  deleteSlice(type: number, id: number): boolean {
    let left = ROWS_PER_SLICE;
    for (const { deleteAll, deleteSlice } of this.#of(type)) {
      const statement = deleteSlice ?? deleteAll;
      statement.bindInteger(1, id);
      if (deleteSlice !== undefined) statement.bindInteger(2, left);
      left -= this.#delete(statement);
      if (left <= 0) return false;
    }
    return true;
  }

  #delete(statement: Statement): number {
    statement.run();
    const rows = this.#engine.connection.changes();
    this.deletedRows += rows;
    return rows;
  }

  /** Copies all rows of an id to a new one, which has none. */
  copy(type: number, id: number, newId: number): void {
    for (const { copy } of this.#of(type)) {
      copy.bindInteger(1, id);
      copy.bindInteger(2, newId);
      copy.run();
    }
  }

  /**
   * Bytes that an element takes in all tables, reckoned as if each had a row for it.
   *
   * @param samples How many rows to look at; -1 for all.
   */
  meanSize(type: number, id: number, samples: number): number {
    let mean = 0;
    for (const { meanSize } of this.#of(type)) {
      meanSize.bindInteger(1, id);
      meanSize.bindInteger(2, samples);
      meanSize.step();
      mean += meanSize.columnNumber(0);
      meanSize.reset();
    }
    return mean;
  }

  /** Bytes that the elements of a collection hold, those of its first table. */
  payloadBytes(type: number, id: number, length: number): number {
    const [table] = this.#of(type);
    if (table === undefined) return 0;
    return payloadOf(table.payload, id, length);
  }
}
