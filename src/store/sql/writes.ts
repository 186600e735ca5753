/**
 * SQL that writes to the program's own tables, in the turn that runs. Redlite's tables are kept from it
 * by what SQLite says a statement would do, not by how it reads:
 *
 * - INSERT, UPDATE and DELETE are compiled and their opcodes looked at (`EXPLAIN` lists those of
 *   triggers, too): none may open one of Redlite's trees for writing, nor a temporary one.
 * - CREATE, ALTER and DROP run, and are taken back if the schema says that one of Redlite's objects, or
 *   something on one of its tables, came, went or changed.
 *
 * Nothing else is let in: PRAGMA, ATTACH, VACUUM and transactions are Redlite's business.
 *
 * @module
 */

import type { Connection, Statement } from "../../sqlite/sqlite.ts";
import { err } from "../values/errors.ts";
import { storedExtensions } from "../extensions/registration.ts";
import { OWN_OBJECTS } from "../file/migrate.ts";
import {
  bind,
  firstWords,
  refusal,
  Rows,
  type SqlResult,
  type SqlValue,
  UNLIMITED,
} from "./queries.ts";

/** What a statement did. */
export interface SqlWritten extends SqlResult {
  /** Rows that it inserted, updated or deleted; not those that triggers did. */
  readonly changes: number;
}

const ROWS = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"]);
const SCHEMA = new Set(["CREATE", "ALTER", "DROP"]);
/** Statements whose opcodes are remembered to be harmless. */
const MOST_REMEMBERED = 256;

const SQL = {
  cookie: "PRAGMA main.schema_version",
  roots: "SELECT rootpage, tbl_name FROM main.sqlite_schema WHERE rootpage > 0",
  objects: `SELECT 'main', type, name, tbl_name, sql FROM main.sqlite_schema
    UNION ALL SELECT 'temp', type, name, tbl_name, sql FROM temp.sqlite_schema`,
  begin: "SAVEPOINT program",
  end: "RELEASE program",
  undo: "ROLLBACK TO program; RELEASE program",
};

/** Runs what a program writes on one connection. */
export class ProgramSql {
  readonly #connection: Connection;
  readonly #harmless = new Set<string>();
  #cookie = -1;
  /** What extensions have made, in lower case; read anew with each change of the schema. */
  #ofExtensions: ReadonlySet<string> = new Set();

  /** @param connection The one that turns run on. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Runs one statement; call inside a write transaction. If it fails, nothing of it is left.
   *
   * @throws {CommandError} If it is not one statement, would change what is Redlite's, or SQLite refuses it.
   * @throws {SqliteError} If the transaction is lost.
   */
  run(text: string, args: readonly SqlValue[]): SqlWritten {
    const kind = firstWords(text)[0] ?? "";
    if (!ROWS.has(kind) && !SCHEMA.has(kind)) {
      throw err(
        "a statement that writes begins with INSERT, REPLACE, UPDATE, DELETE, WITH, CREATE, ALTER " +
          "or DROP",
      );
    }
    // A table that is the database's own pages.
    if (/sqlite_dbpage/i.test(text)) throw err("sqlite_dbpage cannot be written to");
    try {
      if (ROWS.has(kind)) this.#assertHarmless(text);
      this.#connection.exec(SQL.begin);
    } catch (error) {
      throw this.#refusal(error);
    }
    try {
      const before = SCHEMA.has(kind) ? this.#ownObjects() : undefined;
      const written = this.#run(text, args);
      if (before !== undefined) assertSame(before, this.#ownObjects());
      this.#connection.exec(SQL.end);
      return written;
    } catch (error) {
      // A conflict clause of ROLLBACK has ended the whole transaction.
      if (this.#connection.autocommit) throw error;
      this.#connection.exec(SQL.undo);
      throw this.#refusal(error);
    }
  }

  #refusal(error: unknown): unknown {
    return this.#connection.autocommit ? error : refusal(error);
  }

  #run(text: string, args: readonly SqlValue[]): SqlWritten {
    const statement = this.#connection.prepare(text);
    try {
      bind(statement, args);
      const rows = new Rows(statement, UNLIMITED);
      const before = this.#number("SELECT total_changes()");
      while (statement.step()) rows.add();
      const after = this.#number("SELECT total_changes()");
      const changes = after === before ? 0 : this.#connection.changes();
      return { columns: rows.columns, rows: rows.rows, changes };
    } finally {
      statement.finalize();
    }
  }

  /** @throws {CommandError} If a statement would write to what is not the program's. */
  #assertHarmless(text: string): void {
    const cookie = this.#number(SQL.cookie);
    if (cookie !== this.#cookie || this.#harmless.size >= MOST_REMEMBERED) this.#harmless.clear();
    if (cookie !== this.#cookie) this.#readExtensions();
    this.#cookie = cookie;
    if (this.#harmless.has(text)) return;
    const tables = new Map<number, string>();
    this.#each(SQL.roots, (row) => tables.set(row.columnNumber(0), row.columnText(1)));
    this.#each(`EXPLAIN ${text}`, (row) => {
      const opcode = row.columnText(1);
      let root: number, database: number;
      if (opcode === "OpenWrite") [root, database] = [row.columnNumber(3), row.columnNumber(4)];
      else if (opcode === "Clear") [root, database] = [row.columnNumber(2), row.columnNumber(3)];
      else return;
      const table = tables.get(root);
      if (database !== 0 || root === 1) {
        throw err("only the program's own tables can be written to");
      }
      if (table !== undefined && this.#isOwn(table)) throw reserved(table);
    });
    this.#assertVirtual(text);
    this.#harmless.add(text);
  }

  #readExtensions(): void {
    this.#ofExtensions = new Set(
      storedExtensions(this.#connection).flatMap(({ objects }) => objects)
        .map((object) => object.toLowerCase()),
    );
  }

  /** Whether a name is Redlite's or an extension's. SQLite's names have no case. */
  #isOwn(name: string): boolean {
    return isOwn(name) || this.#ofExtensions.has(name.toLowerCase());
  }

  /** @throws {CommandError} If a statement would write to a virtual table of an extension. */
  #assertVirtual(text: string): void {
    const written = this.#virtualTables(text);
    if (written.size === 0 || this.#ofExtensions.size === 0) return;
    this.#each(
      "SELECT name FROM main.sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'",
      (row) => {
        const name = row.columnText(0);
        if (!this.#isOwn(name)) return;
        // The same table has the same address in both.
        for (const address of this.#virtualTables(`DELETE FROM "${name.replaceAll('"', '""')}"`)) {
          if (written.has(address)) throw reserved(name);
        }
      },
    );
  }

  /** The addresses of the virtual tables that a statement writes to. */
  #virtualTables(text: string): Set<string> {
    const found = new Set<string>();
    this.#each(`EXPLAIN ${text}`, (row) => {
      if (row.columnText(1) === "VUpdate") found.add(row.columnText(5));
    });
    return found;
  }

  /** What the schema has of Redlite's, and all that is temporary. */
  #ownObjects(): Map<string, string> {
    this.#readExtensions();
    const objects = new Map<string, string>();
    this.#each(SQL.objects, (row) => {
      const [schema, type, name, table, sql] = [0, 1, 2, 3, 4].map((i) => row.columnText(i));
      if (schema === "temp" || this.#isOwn(name ?? "") || this.#isOwn(table ?? "")) {
        objects.set(`${schema} ${type} ${name}`, `${table} ${sql}`);
      }
    });
    return objects;
  }

  #number(sql: string): number {
    let number = 0;
    this.#each(sql, (row) => number = row.columnNumber(0));
    return number;
  }

  #each(sql: string, take: (row: Statement) => void): void {
    const statement = this.#connection.prepare(sql);
    try {
      while (statement.step()) take(statement);
    } finally {
      statement.finalize();
    }
  }
}

/** Whether a name is Redlite's, in use or kept for it. SQLite's names have no case. */
function isOwn(name: string): boolean {
  const lower = name.toLowerCase();
  return OWN_OBJECTS.has(lower) || lower.startsWith("redlite_");
}

const reserved = (name: string) =>
  err(`${name} is Redlite's: its keys are written by commands, its settings by CONFIG`);

function assertSame(before: Map<string, string>, after: Map<string, string>): void {
  for (const [id, was] of before) if (after.get(id) !== was) throw changed(id);
  for (const id of after.keys()) if (!before.has(id)) throw changed(id);
}

function changed(id: string) {
  const [schema, type, ...name] = id.split(" ");
  if (schema === "temp") return err("temporary objects cannot be made on this connection");
  return err(`${type} ${name.join(" ")} is Redlite's, or is on a table that is`);
}
