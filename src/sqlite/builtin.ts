/**
 * The driver over `node:sqlite`, the SQLite inside the binary of Deno, Node and Bun: no library to
 * find, no FFI permission to ask for.
 *
 * What its use here rests on, as Deno 2.9 behaves, and Node and Bun do no otherwise:
 *
 * - `iterate()` is not used. It ends silently where SQLite reports an error, so that a locked or
 *   damaged database reads as an empty one, and it costs 15 µs and more where `all()` costs 1.2 µs.
 * - `run()` stops at the first row, of `PRAGMA incremental_vacuum` for one, and takes twice as long
 *   as `all()`, which serves for statements without columns too.
 * - Numbers bind as REAL, whole ones too; integers bind as bigint. Integers are read as bigint
 *   too, since a number past 2^53 throws otherwise.
 * - Blobs are copied when they are bound, which is at the first step.
 * - Errors carry `errcode`, SQLite's extended result code, except those of `exec()` and of opening.
 * - A text column may end at its first NUL, although all of it is stored (Deno 2.9, Node 22); read
 *   such a text with `CAST(… AS BLOB)`.
 * - Parameters with names bind by name only, `?` and `?N` by their rank among those without.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isNotCapable } from "../runtime/permissions.ts";
import { nodeModule, RUNTIME_TITLE, RUNTIME_VERSION } from "../runtime/runtime.ts";
import type { Connection, Driver, DriverInfo, OpenOptions } from "./sqlite.ts";
import { assertImage, noImages, withoutLog } from "./image.ts";
import { parametersOf } from "./parameters.ts";
import { immutableUri, SQLITE, SqliteError } from "./sqlite.ts";
import { LIMIT_NAMES, type LimitName, type StatementLimits } from "./statement_limits.ts";
import {
  BufferedConnection,
  endOfBlank,
  MISUSE,
  type Parameter,
  requireFile,
  type Row,
  type RowSource,
  type Session,
} from "./rows.ts";

/**
 * The driver over `node:sqlite`, which is loaded by this call and not before.
 *
 * @throws {SqliteError} If this runtime has no `node:sqlite`.
 */
export function builtinDriver(): Driver {
  const { DatabaseSync } = loadModule();
  const info: DriverInfo = {
    name: "builtin",
    library: "node:sqlite",
    version: libraryVersion(new DatabaseSync(":memory:")),
  };
  return {
    info,
    open(path: string, options: OpenOptions = {}): Connection {
      const readOnly = options.readonly ?? false;
      if (!readOnly && options.create === false) requireFile(path);
      try {
        const database = new DatabaseSync(
          options.immutable ? immutableUri(path) : localPath(path),
          {
            readOnly,
            // Off in SQLite, on in node:sqlite: a database must not behave by the driver.
            enableForeignKeyConstraints: false,
          },
        );
        const session = new BuiltinSession(database as LimitedDatabase, info);
        if (options.image !== undefined) session.deserialize(options.image);
        return new BufferedConnection(info, session);
      } catch (error) {
        throw sqliteError(error, SQLITE.CANTOPEN);
      }
    },
  };
}

/** A statement with the method that the runtime has and its types lack. */
interface ArrayStatement extends StatementSync {
  /** Rows come as arrays of values. */
  setReturnArrays(enabled: boolean): void;
}

/** A database with the functions and limits that runtimes have and their types lack; Node 22 has none. */
interface LimitedDatabase extends Omit<DatabaseSync, "serialize" | "deserialize"> {
  /** The bytes of the database, and what has it begin as such; Node 22 has neither. */
  serialize?(): Uint8Array<ArrayBuffer>;
  deserialize?(image: Uint8Array): void;
  readonly limits?: Record<LimitName, number>;
}

/** More than any limit of the library: it becomes that. */
const ANY = 2 ** 31 - 1;

/** Loads `node:sqlite` at run time: an `import` would load it in every start, whatever the driver. */
function loadModule(): typeof import("node:sqlite") {
  let module: typeof import("node:sqlite") | undefined;
  try {
    module = nodeModule("node:sqlite");
  } catch {
    // The same error as of one that is too old.
  }
  if (module === undefined || !("setReturnArrays" in module.StatementSync.prototype)) {
    throw new SqliteError(
      SQLITE.ERROR,
      "the builtin driver needs node:sqlite as of Deno 2.9, Node 22.16 or Bun 1.4; " +
        `this is ${RUNTIME_TITLE} ${RUNTIME_VERSION}`,
    );
  }
  return module;
}

function libraryVersion(database: DatabaseSync): string {
  const row = database.prepare("SELECT sqlite_version() AS version").get();
  database.close();
  return String(row?.["version"]);
}

/** A path that SQLite does not take for a URI: this build reads `file:…` as one. */
function localPath(path: string): string {
  return path.startsWith("file:") ? `./${path}` : path;
}

class BuiltinSession implements Session {
  readonly #database: LimitedDatabase;
  readonly #info: DriverInfo;

  constructor(database: LimitedDatabase, info: DriverInfo) {
    this.#database = database;
    this.#info = info;
    const { serialize } = database;
    if (serialize !== undefined) {
      this.serialize = () => {
        try {
          return withoutLog(new Uint8Array(serialize.call(database)));
        } catch (error) {
          throw sqliteError(error);
        }
      };
    }
  }

  readonly serialize?: () => Uint8Array<ArrayBuffer>;

  deserialize(image: Uint8Array): void {
    try {
      assertImage(image);
      if (this.#database.deserialize === undefined) throw noImages(this.#info);
      this.#database.deserialize(withoutLog(image.slice()));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get autocommit(): boolean {
    return !this.#database.isTransaction;
  }

  prepare(sql: string): RowSource {
    try {
      return new BuiltinRows(this.#database.prepare(sql), sql);
    } catch (error) {
      throw sqliteError(error);
    }
  }

  /**
   * Statement by statement, since the errors of `DatabaseSync.exec()` have no result code.
   * `sourceSQL` is the text of one compiled statement and so tells where the next one starts. It
   * is asked only of a statement that has run: on an empty one, which does not run, it crashes
   * Deno 2.9.
   */
  exec(sql: string): void {
    let at = endOfBlank(sql, 0);
    while (at < sql.length) {
      const rest = sql.slice(at);
      try {
        const statement = this.#database.prepare(rest);
        statement.setReadBigInts(true);
        statement.all();
        at = endOfBlank(sql, at + statement.sourceSQL.length);
      } catch (error) {
        throw sqliteError(error);
      }
    }
  }

  limit(limits: StatementLimits | undefined): void {
    const own = this.#database.limits;
    if (own === undefined) return;
    for (const name of LIMIT_NAMES) own[name] = limits?.[name] ?? ANY;
  }

  close(): void {
    this.#database.close();
  }
}

class BuiltinRows implements RowSource {
  #statement: StatementSync | undefined;
  /** Names by index, of a statement that has any: they are bound by name, all others in their order. */
  readonly #names: readonly (string | undefined)[] | undefined;

  constructor(statement: StatementSync, sql: string) {
    if (/[:@$]/.test(sql)) this.#names = parametersOf(sql);
    statement.setReadBigInts(true);
    (statement as ArrayStatement).setReturnArrays(true);
    this.#statement = statement;
  }

  rows(parameters: readonly Parameter[]): readonly Row[] {
    try {
      // The library's types know the rows of its other mode only, objects by column name.
      return this.#all(parameters) as unknown as Row[];
    } catch (error) {
      throw sqliteError(error);
    }
  }

  #all(parameters: readonly Parameter[]): unknown[] {
    const statement = this.#require();
    const names = this.#names;
    if (names === undefined || names.every((name) => name === undefined)) {
      return statement.all(...parameters);
    }
    const named: Record<string, Parameter> = {};
    const others: Parameter[] = [];
    for (const [i, parameter] of parameters.entries()) {
      const name = names[i];
      if (name === undefined) others.push(parameter);
      else named[name] = parameter;
    }
    return statement.all(named, ...others);
  }

  columnNames(): string[] {
    return this.#require().columns().map(({ name }) => name);
  }

  /** `node:sqlite` frees a statement when it is collected or its database closes. */
  free(): void {
    this.#statement = undefined;
  }

  #require(): StatementSync {
    if (this.#statement === undefined) throw new SqliteError(MISUSE, "the statement is finalized");
    return this.#statement;
  }
}

/** What `node:sqlite` throws: `errcode` on SQLite's errors, `code` on all. */
interface BuiltinError extends Error {
  code?: string;
  errcode?: number;
}

/**
 * The error to throw for one that `node:sqlite` threw. Errors that are not SQLite's, such as a
 * missing permission, stay what they are: they name the flag to give.
 *
 * @param fallback The result code where the error carries none.
 */
function sqliteError(error: unknown, fallback: number = SQLITE.ERROR): unknown {
  // It has the code of an SQLite error, too.
  if (!(error instanceof Error) || isNotCapable(error)) return error;
  const { code, errcode, message }: BuiltinError = error;
  if (code === "ERR_SQLITE_ERROR") return new SqliteError(errcode ?? fallback, message);
  if (code === "ERR_INVALID_STATE") return new SqliteError(MISUSE, message);
  return error;
}
