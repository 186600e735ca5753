/**
 * Where a native SQLite library may be found, and whether the one found can do what the store
 * needs.
 *
 * @module
 */

import { ARCH, OS } from "../runtime/runtime.ts";
import { environment } from "../runtime/system.ts";
import { type Connection, SQLITE, SqliteError, type Statement } from "./sqlite.ts";

/** The environment variable that names the library to use; `@db/sqlite` reads it too. */
const LIBRARY_VARIABLE = "DENO_SQLITE_PATH";

/**
 * Paths and names of native SQLite libraries, the likeliest first. A name without a directory is
 * left to the system's loader, which knows more places than any list.
 *
 * @param explicit The library the user named. It, or else the one in `DENO_SQLITE_PATH`, is the
 * only candidate then: who names a library does not want another one.
 * @returns What to try, in this order. Nothing says that any of it exists.
 */
export function libraryCandidates(explicit?: string): string[] {
  const named = explicit ?? environment(LIBRARY_VARIABLE);
  if (named) return [named];
  switch (OS) {
    case "darwin":
      return [
        // Homebrew's is newer than the system's and built with every extension.
        "/opt/homebrew/opt/sqlite/lib/libsqlite3.dylib",
        "/usr/local/opt/sqlite/lib/libsqlite3.dylib",
        "/usr/lib/libsqlite3.dylib",
        "libsqlite3.dylib",
      ];
    case "windows":
      return ["sqlite3.dll", "C:\\Windows\\System32\\winsqlite3.dll"];
    default:
      return unixCandidates();
  }
}

function unixCandidates(): string[] {
  const names = ["libsqlite3.so.0", "libsqlite3.so"];
  const directories = [
    // Debian's multiarch directories, then Fedora's, then Alpine's (musl) and everyone else's.
    `/usr/lib/${ARCH}-linux-gnu`,
    `/lib/${ARCH}-linux-gnu`,
    "/usr/lib64",
    "/usr/lib",
    "/lib",
    "/usr/local/lib",
  ];
  return [
    ...names,
    ...directories.flatMap((directory) => names.map((name) => `${directory}/${name}`)),
  ];
}

/** A table that no database has, for statements that are compiled and never run. */
const NO_TABLE = "temp.redlite_feature_probe";

/** What the store needs of SQLite's language, and a statement that compiles only with it. */
const SYNTAX: readonly (readonly [feature: string, sql: string])[] = [
  ["UPSERT", `INSERT INTO ${NO_TABLE} VALUES (1) ON CONFLICT DO NOTHING`],
  ["RETURNING", `DELETE FROM ${NO_TABLE} RETURNING *`],
  ["STRICT", `CREATE TABLE ${NO_TABLE} (a INTEGER) STRICT`],
  ["WITHOUT ROWID", `CREATE TABLE ${NO_TABLE} (a INTEGER PRIMARY KEY) WITHOUT ROWID`],
];

/** The virtual tables the store needs, and the names of the modules that implement them. */
const MODULES: readonly (readonly [feature: string, module: string])[] = [
  ["FTS5", "fts5"],
  ["R*Tree", "rtree"],
];

/**
 * What the SQLite of a connection lacks of what the store needs. Statements are compiled, never
 * run, and so leave nothing behind, in the main database or in a temporary one.
 *
 * @returns The names of what is missing; empty if nothing is.
 * @throws {SqliteError} If the database cannot be read at all.
 */
export function missingFeatures(connection: Pick<Connection, "prepare">): string[] {
  const syntax = SYNTAX.filter(([, sql]) => !compiles(connection, sql));
  const modules = MODULES.filter(([, module]) => !hasModule(connection, module));
  return [...syntax, ...modules].map(([feature]) => feature);
}

/**
 * Whether SQLite understands a statement. It parses all of one before it looks for the table, so
 * that a missing table tells that the syntax was right.
 */
function compiles(connection: Pick<Connection, "prepare">, sql: string): boolean {
  try {
    connection.prepare(sql).finalize();
    return true;
  } catch (error) {
    if (!(error instanceof SqliteError) || error.primary !== SQLITE.ERROR) throw error;
    return error.message.startsWith("no such table");
  }
}

/** Whether a virtual table module is there, asked of SQLite or, before 3.30, of its build options. */
function hasModule(connection: Pick<Connection, "prepare">, module: string): boolean {
  const option = `ENABLE_${module.toUpperCase()}`;
  for (
    const sql of [
      `SELECT 1 FROM pragma_module_list WHERE name = '${module}'`,
      `SELECT 1 FROM pragma_compile_options WHERE compile_options = '${option}'`,
    ]
  ) {
    let statement: Statement;
    try {
      statement = connection.prepare(sql);
    } catch (error) {
      // Before 3.16 no pragma is a table.
      if (!(error instanceof SqliteError) || error.primary !== SQLITE.ERROR) throw error;
      continue;
    }
    const found = statement.step();
    statement.finalize();
    if (found) return true;
  }
  return false;
}
