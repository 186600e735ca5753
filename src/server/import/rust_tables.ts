/** Reads tables of a database that is not Redlite's. */

import type { Connection, Statement } from "../../sqlite/sqlite.ts";

/** The rows of a query; each is valid until the next one. */
export function* rowsOf(
  connection: Connection,
  sql: string,
  ...parameters: readonly number[]
): Iterable<Statement> {
  const statement = connection.prepare(sql);
  try {
    for (const [i, parameter] of parameters.entries()) statement.bindInteger(i + 1, parameter);
    while (statement.step()) yield statement;
  } finally {
    statement.finalize();
  }
}

/** The names of its tables. */
export function tablesOf(connection: Connection): ReadonlySet<string> {
  const names = new Set<string>();
  for (const row of rowsOf(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
    names.add(row.columnText(0));
  }
  return names;
}
