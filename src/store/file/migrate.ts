/** Brings a database file to this version's format. */

import { files } from "../../runtime/files.ts";
import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import { vacuumInto } from "./backup.ts";
import { type OnProgress, tell } from "../../engine/jobs.ts";
import { KV_TABLES, KV_VIEW } from "../kv/tables.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "./schema.ts";
import {
  COLLECTION_TABLES,
  COUNTED_BYTES,
  HISTORY_TABLES,
  KEY_TABLES,
  LIBRARY_TABLES,
  STREAM_TABLES,
  USER_TABLES,
} from "./tables.ts";
import { EXTENSION_TABLES } from "./extension_tables.ts";
import { JSON_TABLES } from "./json_tables.ts";
import { DICTIONARY_TABLES, SEARCH_TABLES } from "./search_tables.ts";
import { SERIES_TABLES } from "./series_tables.ts";
import { SERIES_VIEWS } from "./series_views.ts";
import { SKETCH_TABLES } from "./sketch_tables.ts";
import { SKETCH_VIEW } from "../sketches/view.ts";
import { STREAM_VIEWS } from "./stream_views.ts";
import {
  COLLECTION_VIEWS,
  HISTORY_VIEW,
  KEY_VIEWS,
  SKETCH_TYPED_VIEWS,
  TYPED_VIEWS,
  VALUE_VIEWS,
} from "./views.ts";

/** The statements that lead from each version to the next; the first makes a new file. */
const MIGRATIONS: readonly string[] = [
  KEY_TABLES + KEY_VIEWS,
  COLLECTION_TABLES + COLLECTION_VIEWS,
  COUNTED_BYTES + USER_TABLES,
  HISTORY_TABLES + HISTORY_VIEW,
  STREAM_TABLES + STREAM_VIEWS,
  LIBRARY_TABLES,
  JSON_TABLES + SEARCH_TABLES + DICTIONARY_TABLES + EXTENSION_TABLES + TYPED_VIEWS + VALUE_VIEWS,
  SKETCH_TABLES + SERIES_TABLES + SERIES_VIEWS + SKETCH_TYPED_VIEWS + KV_TABLES + KV_VIEW,
];

/**
 * What files of this version may lack that were made before it was added: nobody but people reads it, so it
 * is made in passing, and older programs of this version go on reading the file.
 */
const ADDED = SKETCH_VIEW;
/** The view that tells whether a file has it. */
const ADDED_VIEW = "redlite_filters";

/** The names of Redlite's own tables and views, in lower case. */
export const OWN_OBJECTS: ReadonlySet<string> = new Set(
  [...[...MIGRATIONS, ADDED].join("\n").matchAll(/CREATE (?:TABLE|VIEW) (\w+)/g)].map(([, name]) =>
    String(name).toLowerCase()
  ),
);

/** A file that is not ours, or that this version cannot read. */
export class ForeignFile extends Error {
  override readonly name = "ForeignFile";
}

/** How a file is brought to this version's format. */
export interface MigrationOptions {
  /** Take over an SQLite file that is not marked as ours; its other tables stay. */
  readonly adopt?: boolean | undefined;
  /** Keeps a copy of a file of an older version. Nobody writes to the file meanwhile. */
  readonly keepCopy?: (version: number) => void;
  /** Is told how far a file of an older version is brought forward. */
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Brings a connection's database to this version's schema.
 *
 * @param path The file's path, for messages.
 * @throws {ForeignFile} If the file is not ours, or is newer than this version.
 */
export function migrate(
  connection: Connection,
  path: string,
  { adopt = false, keepCopy, onProgress }: MigrationOptions = {},
): void {
  const pragma = (name: string): number => numberOf(connection, name);
  if (
    pragma("application_id") === APPLICATION_ID && pragma("user_version") === SCHEMA_VERSION &&
    hasAdded(connection)
  ) return;
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
    if (version > SCHEMA_VERSION) throw tooNew(path, version);
    const older = version > 0 && version < SCHEMA_VERSION ? onProgress : undefined;
    const total = SCHEMA_VERSION - version;
    const told = (phase: string, done: number) =>
      tell(older, { job: "migration", phase, done, total });
    if (version > 0 && version < SCHEMA_VERSION) {
      told("copying the file", 0);
      keepCopy?.(version);
    }
    for (const [index, migration] of MIGRATIONS.slice(version).entries()) {
      told(`to format ${version + index + 1}`, index);
      connection.exec(migration);
    }
    if (!hasAdded(connection)) connection.exec(ADDED);
    connection.exec(
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
    connection.commit();
    told("done", total);
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

/**
 * Makes sure that a file can be read as it is, where nothing may be written.
 *
 * @throws {ForeignFile} If it is not ours, or of another version.
 */
export function assertReadable(connection: Connection, path: string): void {
  if (numberOf(connection, "application_id") !== APPLICATION_ID) {
    throw new ForeignFile(`${path} is no database of Redlite, so there is nothing to read`);
  }
  const version = numberOf(connection, "user_version");
  if (version > SCHEMA_VERSION) throw tooNew(path, version);
  if (version < SCHEMA_VERSION) {
    throw new ForeignFile(
      `${path} has format ${version}, this Redlite reads ${SCHEMA_VERSION}; ` +
        "open it once for writing, which brings it forward",
    );
  }
}

const tooNew = (path: string, version: number) =>
  new ForeignFile(
    `${path} has format ${version}, this Redlite reads up to ${SCHEMA_VERSION}; ` +
      "use a newer Redlite",
  );

function hasAdded(connection: Connection): boolean {
  const views = connection.prepare(
    `SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = '${ADDED_VIEW}'`,
  );
  const found = views.step();
  views.finalize();
  return found;
}

function numberOf(connection: Connection, pragma: string): number {
  const statement = connection.prepare(`PRAGMA ${pragma}`);
  statement.step();
  const value = statement.columnNumber(0);
  statement.finalize();
  return value;
}

/**
 * Keeps a copy of a file before it is brought forward, as `app.db.v2.bak`: made by SQLite, for a
 * descriptor of ours would drop this process's locks on the file, and put in its place when it is on
 * the disk.
 *
 * @param version The file's version.
 */
export function keepCopy(driver: Driver, path: string, version: number): void {
  const copy = `${path}.v${version}.bak`;
  const temporary = `${copy}.${crypto.randomUUID()}.tmp`;
  const source = driver.open(path, { readonly: true });
  try {
    vacuumInto(source, temporary);
    using file = files.openSync(temporary, { read: true, write: true });
    file.syncSync();
    files.renameSync(temporary, copy);
  } catch (error) {
    try {
      files.removeSync(temporary);
    } catch {
      // It never came to be.
    }
    throw error;
  } finally {
    source.close();
  }
}
