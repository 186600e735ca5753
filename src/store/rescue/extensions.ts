/**
 * Makes the keys of extensions' types true again in a database into which rows of a damaged one were
 * copied: their lengths, and whose the rows of their tables are. What a key is beside its elements only
 * its extension knows, so elements whose key is lost are lost with it.
 *
 * @module
 */

import type { Connection } from "../../sqlite/sqlite.ts";
import { storedTypes } from "../extensions/key_types.ts";
import { storedExtensions } from "../extensions/registration.ts";

/** The tables that hold elements of types that extensions have brought. */
export function tablesOfExtensions(connection: Connection): string[] {
  return storedTypes(connection).flatMap(({ tables }) => tables.map(({ table }) => table))
    .filter((table) => isThere(connection, table));
}

/**
 * Repairs what is of extensions' types.
 *
 * @param owners Selects the ids that somebody has, as SQL.
 * @param name A key in words, as SQL over a row `k` of `keys`.
 * @param losses Takes a line for each thing that is lost.
 */
export function repairExtensions(
  connection: Connection,
  owners: string,
  name: string,
  losses: string[],
): void {
  for (const stored of storedExtensions(connection)) {
    for (const object of stored.objects.filter((object) => !isThere(connection, object))) {
      losses.push(`${object} of the extension ${stored.name} is lost`);
    }
  }
  for (const { type, name: typeName, mayBeEmpty, tables } of storedTypes(connection)) {
    if (!tables.every(({ table }) => isThere(connection, table))) {
      const keys = countOf(connection, `SELECT count(*) FROM keys WHERE type = ${type}`);
      connection.exec(`DELETE FROM keys WHERE type = ${type}`);
      if (keys > 0) losses.push(`${keys} keys of the type ${typeName}, whose tables are lost`);
      continue;
    }
    for (const { table } of tables) {
      const where = `key_id NOT IN ${owners}`;
      const rows = countOf(connection, `SELECT count(*) FROM ${table} WHERE ${where}`);
      if (rows === 0) continue;
      connection.exec(`DELETE FROM ${table} WHERE ${where}`);
      losses.push(`${table}: ${rows} rows whose keys are lost`);
    }
    const [counted] = tables;
    if (counted === undefined) continue;
    const length = `(SELECT count(*) FROM ${counted.table} e WHERE e.key_id = k.id)`;
    const wrong = connection.prepare(`SELECT printf('%s: %d of %d elements are kept', ${name},
      ${length}, k.length) FROM keys k WHERE k.type = ${type} AND k.length <> ${length}`);
    while (wrong.step()) losses.push(wrong.columnText(0));
    wrong.finalize();
    connection.exec(`
      UPDATE keys AS k SET length = ${length} WHERE k.type = ${type} AND k.length <> ${length};
      ${mayBeEmpty ? "" : `DELETE FROM keys WHERE type = ${type} AND length = 0;`}
    `);
  }
}

function isThere(connection: Connection, object: string): boolean {
  const statement = connection.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = ?1");
  statement.bindText(1, object);
  const found = statement.step();
  statement.finalize();
  return found;
}

function countOf(connection: Connection, sql: string): number {
  const statement = connection.prepare(sql);
  statement.step();
  const count = statement.columnNumber(0);
  statement.finalize();
  return count;
}
