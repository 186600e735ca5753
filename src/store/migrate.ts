/** Brings a database file to this version's format. */

import type { Connection } from "../sqlite/sqlite.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";
import { COLLECTION_TABLES, COUNTED_BYTES, KEY_TABLES, USER_TABLES } from "./tables.ts";
import { COLLECTION_VIEWS, KEY_VIEWS } from "./views.ts";

/** The statements that lead from each version to the next; the first makes a new file. */
const MIGRATIONS: readonly string[] = [
  KEY_TABLES + KEY_VIEWS,
  COLLECTION_TABLES + COLLECTION_VIEWS,
  COUNTED_BYTES + USER_TABLES,
];

/** A file that is not ours, or that this version cannot read. */
export class ForeignFile extends Error {
  override readonly name = "ForeignFile";
}

/**
 * Brings a connection's database to this version's schema.
 *
 * @param path The file's path, for messages.
 * @param adopt Take over an SQLite file that is not marked as ours; its other tables stay.
 * @throws {ForeignFile} If the file is not ours, or is newer than this version.
 */
export function migrate(connection: Connection, path: string, adopt = false): void {
  const pragma = (name: string): number => {
    const statement = connection.prepare(`PRAGMA ${name}`);
    statement.step();
    const value = statement.columnNumber(0);
    statement.finalize();
    return value;
  };
  if (pragma("application_id") === APPLICATION_ID && pragma("user_version") === SCHEMA_VERSION) {
    return;
  }
  connection.begin(true);
  try {
    const ours = pragma("application_id") === APPLICATION_ID;
    const version = ours ? pragma("user_version") : 0;
    if (!ours && !adopt) {
      const tables = connection.prepare("SELECT 1 FROM sqlite_schema LIMIT 1");
      const empty = !tables.step();
      tables.finalize();
      if (!empty || pragma("application_id") !== 0) {
        throw new ForeignFile(
          `${path} is an SQLite database of another application; ` +
            "name another file, or pass --adopt to keep Redlite's tables beside its own",
        );
      }
    }
    if (version > SCHEMA_VERSION) {
      throw new ForeignFile(
        `${path} has format ${version}, this Redlite reads up to ${SCHEMA_VERSION}; ` +
          "use a newer Redlite",
      );
    }
    for (const migration of MIGRATIONS.slice(version)) connection.exec(migration);
    connection.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
    connection.commit();
  } catch (error) {
    connection.rollback();
    throw error;
  }
}
