/**
 * The indexes and aliases that the file has, for every process that opens it. The setting
 * `file:search` is another after each change.
 *
 * @module
 */

import type { Engine } from "../engine/engine.ts";
import type { Statements } from "../history/statements.ts";
import { textOf } from "./index/pending.ts";
import { RECORDS_PER_INDEX } from "./index/merging.ts";
import type { IndexDefinition } from "./index/definition.ts";

const SQL = {
  version: "SELECT value FROM settings WHERE name = 'file:search'",
  indexes: "SELECT name, contents, definition FROM search_indexes ORDER BY name",
  aliases: "SELECT alias, name FROM search_aliases ORDER BY alias",
  put: `INSERT INTO search_indexes(name, contents, definition) VALUES (?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET contents = ?2, definition = ?3`,
  remove: "DELETE FROM search_indexes WHERE name = ?1",
  putAlias: `INSERT INTO search_aliases(alias, name) VALUES (?1, ?2)
    ON CONFLICT DO UPDATE SET name = ?2`,
  removeAlias: "DELETE FROM search_aliases WHERE alias = ?1",
  removeAliases: "DELETE FROM search_aliases WHERE name = ?1",
  nextContents: "SELECT coalesce(max(id), 0) + 1 FROM search_contents",
  addContents:
    `INSERT INTO search_contents(id, next_number, documents, lengths, merged_to, merge_to,
      deletions, next_list, scan_from, scan_before, scanned, failures)
    VALUES (?1, 1, 0, 0, 0, 0, 0, 1, NULL, 0, 0, '')`,
  unused: `SELECT id FROM search_contents
    WHERE id NOT IN (SELECT contents FROM search_indexes) LIMIT 1`,
  removeContents: "DELETE FROM search_contents WHERE id = ?1",
  removeRecords: `DELETE FROM search_records WHERE id IN (
    SELECT id FROM search_records WHERE id >= ?1 AND id < ?2 LIMIT 500)`,
};

/** Deletes up to 500 rows of a table that belong to some contents. */
const REMOVE_ROWS: readonly string[] = ([
  ["search_documents", "number"],
  ["search_deleted", "n"],
  ["search_lists", "kind, term"],
  ["search_blocks", "list, first"],
] as const).map(([table, key]) =>
  `DELETE FROM ${table} WHERE contents = ?1 AND (${key}) IN (
    SELECT ${key} FROM ${table} WHERE contents = ?1 LIMIT 500)`
);

/** An index as the file has it. */
export interface StoredIndex {
  readonly definition: IndexDefinition;
  readonly contents: number;
}

const encoder = new TextEncoder();

/** Reads and writes the definitions of one file. */
export class Catalog {
  readonly #engine: Engine;
  readonly #statements: Statements;

  constructor(engine: Engine, statements: Statements) {
    this.#engine = engine;
    this.#statements = statements;
  }

  /** What is another after each change, whoever made it. */
  version(): string {
    this.#engine.read();
    const statement = this.#statements.get(SQL.version);
    const version = statement.step() ? statement.columnText(0) : "";
    statement.reset();
    return version;
  }

  /** All indexes. */
  indexes(): StoredIndex[] {
    const statement = this.#statements.get(SQL.indexes);
    const indexes: StoredIndex[] = [];
    while (statement.step()) {
      const definition: IndexDefinition = JSON.parse(statement.columnText(2));
      indexes.push({ contents: statement.columnNumber(1), definition });
    }
    statement.reset();
    return indexes;
  }

  /** The names of indexes by alias. */
  aliases(): Map<string, string> {
    const statement = this.#statements.get(SQL.aliases);
    const aliases = new Map<string, string>();
    while (statement.step()) {
      const alias = statement.columnBlob(0), name = statement.columnBlob(1);
      aliases.set(textOf(alias, 0, alias.length), textOf(name, 0, name.length));
    }
    statement.reset();
    return aliases;
  }

  /** Keeps an index. */
  put({ definition, contents }: StoredIndex): void {
    const put = this.#named(SQL.put, definition.name);
    put.bindInteger(2, contents);
    put.bindText(3, JSON.stringify(definition));
    put.run();
  }

  /** Forgets an index and its aliases. What it held goes in the background. */
  remove(name: string): void {
    this.#named(SQL.remove, name).run();
    this.#named(SQL.removeAliases, name).run();
  }

  /** Lets an alias stand for an index. */
  putAlias(alias: string, name: string): void {
    const put = this.#named(SQL.putAlias, alias);
    const bytes = encoder.encode(name);
    put.bindBlob(2, bytes, 0, bytes.length);
    put.run();
  }

  /** Forgets an alias. */
  removeAlias(alias: string): void {
    this.#named(SQL.removeAlias, alias).run();
  }

  #named(sql: string, name: string) {
    const statement = this.#statements.get(sql);
    const bytes = encoder.encode(name);
    statement.bindBlob(1, bytes, 0, bytes.length);
    return statement;
  }

  /** New, empty contents for an index. @returns Their id. */
  newContents(): number {
    const id = this.#statements.number(SQL.nextContents) ?? 1;
    this.#statements.run(SQL.addContents, id);
    return id;
  }

  /**
   * Deletes some rows of contents that belong to no index any more.
   *
   * @returns Whether there may be more.
   */
  sweep(): boolean {
    this.#engine.read();
    const id = this.#statements.number(SQL.unused);
    if (id === undefined) return false;
    this.#engine.write();
    const { connection } = this.#engine;
    const first = id * RECORDS_PER_INDEX;
    this.#statements.run(SQL.removeRecords, first, first + RECORDS_PER_INDEX);
    if (connection.changes() > 0) return true;
    for (const sql of REMOVE_ROWS) {
      this.#statements.run(sql, id);
      if (connection.changes() > 0) return true;
    }
    this.#statements.run(SQL.removeContents, id);
    return true;
  }
}
