/**
 * The driver over `@db/sqlite`, which brings a prebuilt SQLite of its own. It comes from JSR, so it
 * is imported only when it is asked for: a machine that cannot reach JSR runs without it.
 *
 * What its use here rests on, as version 0.12 behaves:
 *
 * - `values()` is the only way to rows in the order of their columns. `iter()` makes objects by
 *   column name, two columns of one name being one, and leaves the statement open if left early.
 * - `run()` stops at the first row, of `PRAGMA incremental_vacuum` for one.
 * - A whole number binds as INTEGER, so a REAL without a fraction arrives as one. Columns of REAL
 *   affinity and comparisons make no difference; `typeof(?)` does.
 * - SQLite's errors carry a message and no result code, so the code is told from the message. One
 *   text serves for UNIQUE and PRIMARY KEY: both get the code of UNIQUE.
 * - A text column ends at its first NUL, although all of it is stored; read such a text with
 *   `CAST(… AS BLOB)`.
 *
 * @module
 */

import { isNotCapable } from "../runtime/permissions.ts";
import type { Connection, Driver, DriverInfo, OpenOptions } from "./sqlite.ts";
import { noImages } from "./image.ts";
import { immutableUri, SQLITE, SqliteError } from "./sqlite.ts";
import {
  BufferedConnection,
  MISUSE,
  type Parameter,
  type Row,
  type RowSource,
  type Session,
} from "./rows.ts";

/** SQLite's flags for a URI that is only read; given, they stand for all other options. */
const OPEN_READONLY_URI = 0x41;

/** What is used of the module `@db/sqlite`. */
interface Module {
  readonly Database: new (
    path: string,
    options: { readonly: boolean; create: boolean; int64: boolean; flags?: number },
  ) => Database;
  readonly SQLITE_VERSION: string;
}

/** What is used of its `Database`. */
interface Database {
  readonly autocommit: boolean;
  prepare(sql: string): PreparedStatement;
  exec(sql: string): number;
  close(): void;
}

/** What is used of its `Statement`. */
interface PreparedStatement {
  values(...parameters: Parameter[]): Row[];
  columnNames(): string[];
  finalize(): void;
}

/**
 * The module by the name that `deno.json` maps and, for where this package is itself a dependency
 * and its `deno.json` does not count, by its full name. Held in a variable so that neither
 * `deno check` nor a start resolves them: both would need JSR.
 */
const SPECIFIERS: readonly string[] = ["@db/sqlite", "jsr:@db/sqlite@^0.12.0"];

/**
 * Loads `@db/sqlite`.
 *
 * @throws {Error} If it cannot be loaded, for one because JSR cannot be reached; in one line.
 */
export async function loadDbSqlite(): Promise<Driver> {
  const { Database, SQLITE_VERSION } = await importModule();
  const info: DriverInfo = { name: "db-sqlite", library: "@db/sqlite", version: SQLITE_VERSION };
  return {
    info,
    open(path: string, options: OpenOptions = {}): Connection {
      if (options.image !== undefined) throw noImages(info);
      const readonly = options.readonly ?? false;
      const create = !readonly && options.create !== false;
      try {
        const settings = { readonly, create, int64: true };
        const database = options.immutable
          ? new Database(immutableUri(path), { ...settings, flags: OPEN_READONLY_URI })
          : new Database(path, settings);
        return new BufferedConnection(info, new DbSqliteSession(database));
      } catch (error) {
        throw sqliteError(error);
      }
    },
  };
}

async function importModule(): Promise<Module> {
  let reason = "";
  for (const specifier of SPECIFIERS) {
    try {
      return await import(specifier);
    } catch (error) {
      if (isNotCapable(error)) throw error;
      reason = (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
    }
  }
  throw new Error(`cannot load @db/sqlite from JSR: ${reason}`);
}

class DbSqliteSession implements Session {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get autocommit(): boolean {
    return this.#database.autocommit;
  }

  prepare(sql: string): RowSource {
    // The library passes the length in UTF-16 units for that in bytes, and so would cut off the
    // end of a statement that is not ASCII. Spaces make up for the difference.
    const missing = new TextEncoder().encode(sql).length - sql.length;
    try {
      return new DbSqliteRows(this.#database.prepare(sql + " ".repeat(missing)));
    } catch (error) {
      throw sqliteError(error);
    }
  }

  exec(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  close(): void {
    this.#database.close();
  }
}

class DbSqliteRows implements RowSource {
  #statement: PreparedStatement | undefined;

  constructor(statement: PreparedStatement) {
    this.#statement = statement;
  }

  rows(parameters: readonly Parameter[]): readonly Row[] {
    try {
      return this.#require().values(...parameters.map(toLibrary));
    } catch (error) {
      throw sqliteError(error);
    }
  }

  columnNames(): string[] {
    return this.#require().columnNames();
  }

  free(): void {
    this.#statement?.finalize();
    this.#statement = undefined;
  }

  #require(): PreparedStatement {
    if (this.#statement === undefined) throw new SqliteError(MISUSE, "the statement is finalized");
    return this.#statement;
  }
}

/**
 * A parameter as the library binds it right. It would bind a REAL without a fraction as a 64-bit
 * integer even where it is too large for one, so that goes as text, which a REAL column converts.
 */
function toLibrary(parameter: Parameter): Parameter {
  return typeof parameter === "number" && Number.isInteger(parameter) &&
      Math.abs(parameter) >= 2 ** 63
    ? String(parameter)
    : parameter;
}

/** SQLite's messages that callers tell apart, by how they start, and their result codes. */
const CODES: readonly (readonly [message: string, code: number])[] = [
  ["database is locked", SQLITE.BUSY],
  ["database table is locked", SQLITE.LOCKED],
  ["database schema is locked", SQLITE.LOCKED],
  ["out of memory", SQLITE.NOMEM],
  ["attempt to write a readonly database", SQLITE.READONLY],
  ["interrupted", SQLITE.INTERRUPT],
  ["disk I/O error", SQLITE.IOERR],
  ["database disk image is malformed", SQLITE.CORRUPT],
  ["database or disk is full", SQLITE.FULL],
  ["unable to open database file", SQLITE.CANTOPEN],
  ["file is not a database", SQLITE.NOTADB],
  ["UNIQUE constraint failed", SQLITE.CONSTRAINT | 8 << 8],
  ["NOT NULL constraint failed", SQLITE.CONSTRAINT | 5 << 8],
  ["FOREIGN KEY constraint failed", SQLITE.CONSTRAINT | 3 << 8],
  ["CHECK constraint failed", SQLITE.CONSTRAINT | 1 << 8],
];

/** The error to throw for one that the library threw. */
function sqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SqliteError) return error;
  if (isNotCapable(error) || error instanceof TypeError) return error;
  // Where the library knows the result code, it puts it in front: "14: unable to open …".
  const [, code, message = ""] = /^(?:(\d+): )?([^]*)$/.exec(error.message) ?? [];
  if (code !== undefined) return new SqliteError(Number(code), message);
  const known = CODES.find(([start]) => message.startsWith(start));
  return new SqliteError(known?.[1] ?? SQLITE.ERROR, message);
}
