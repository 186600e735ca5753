/**
 * The file format.
 *
 * `keys` holds one row a key, found by (space, key): WITHOUT ROWID, so that a string of up to
 * {@linkcode INLINE_LIMIT} bytes is read by one descent of one B-tree. A longer string lives in
 * `strings`, cut into chunks of {@linkcode CHUNK_SIZE} bytes; chunk n of the key with id i has rowid
 * i * 16384 + n, so that a part of it is found, appended to or overwritten without the rest.
 *
 * Invariants: `keys.id` is unique and never reused; it is NULL for a string that is inline. Exactly
 * one of `value` and `length` is not NULL for a string: `value` inline, `length` (its bytes) in
 * chunks. A collection has `id`, `length` (its elements) and no `value`. `databases` counts the rows
 * of each space, expired ones included until they are swept.
 *
 * `space` is not the index given to SELECT: `databases` maps that index to a space, so that SWAPDB
 * exchanges two numbers, and FLUSHDB gives a database a new empty space and leaves the old one's
 * rows to be deleted in slices. What waits for that stands in `garbage`: it survives a restart.
 *
 * @module
 */

import type { Connection } from "../sqlite/sqlite.ts";

/** Marks a file as ours: "RDLT". */
export const APPLICATION_ID = 0x52444c54;
/** The format's version, in `PRAGMA user_version`. */
export const SCHEMA_VERSION = 1;
/**
 * Longest string kept in its `keys` row, in bytes. With its key it should fit what a B-tree page
 * holds of a row: 488 bytes of a page of 2048.
 */
export const INLINE_LIMIT = 384;
/** Size of a chunk of a longer string, in bytes. */
export const CHUNK_SIZE = 32768;
/** Chunks a string can have: the factor between a key's id and the rowid of its first chunk. */
export const CHUNKS_PER_STRING = 16384;
/** Longest string, in bytes: 512 MB, as in Redis. */
export const MAX_STRING_LENGTH: number = CHUNK_SIZE * CHUNKS_PER_STRING;

/** The data types, as `keys.type` holds them. */
export const TYPE = {
  NONE: 0,
  STRING: 1,
  LIST: 2,
  SET: 3,
  ZSET: 4,
  HASH: 5,
  STREAM: 6,
} as const;

/** The names TYPE answers with, by number. */
export const TYPE_NAMES: readonly string[] = [
  "none",
  "string",
  "list",
  "set",
  "zset",
  "hash",
  "stream",
];

/**
 * How a string came to be, which OBJECT ENCODING tells: NULL as SET makes it (an integer, or short,
 * or raw by its bytes), or changed in place, or the outcome of a float increment.
 */
export const ENCODING = { PLAIN: 0, RAW: 1, FLOAT: 2 } as const;

/** What `garbage.type` holds beside the data types: the id is a space whose keys shall go. */
export const GARBAGE_SPACE = 0;

const TABLES = `
CREATE TABLE keys(
  space INTEGER NOT NULL,
  key BLOB NOT NULL,
  type INTEGER NOT NULL,
  encoding INTEGER,
  id INTEGER,
  length INTEGER,
  expires_at INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  value BLOB,
  PRIMARY KEY(space, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX keys_by_expiry ON keys(expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE strings(
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE databases(
  db INTEGER PRIMARY KEY,
  space INTEGER NOT NULL UNIQUE,
  keys INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE garbage(
  id INTEGER NOT NULL,
  type INTEGER NOT NULL,
  PRIMARY KEY(id, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences(
  name TEXT PRIMARY KEY,
  next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO sequences VALUES ('id', 1), ('space', 1);
`;

/**
 * An expression that is `bytes` as text if that is valid UTF-8 without NUL, else as a BLOB. ASCII
 * is told at a glance; anything else is taken apart into characters and put together again, which
 * gives the same bytes only if they were valid.
 */
const readable = (bytes: string) =>
  `CASE WHEN instr(${bytes}, x'00') = 0 AND (
      CAST(${bytes} AS TEXT) NOT GLOB '*[^' || char(1) || '-' || char(127) || ']*'
      OR length(${bytes}) <= 4096 AND CAST(${bytes} AS TEXT) = (
        WITH RECURSIVE characters(rest, done) AS (
          VALUES (CAST(${bytes} AS TEXT), '')
          UNION ALL
          SELECT substr(rest, 2), done || char(unicode(rest)) FROM characters WHERE rest <> ''
        )
        SELECT done FROM characters WHERE rest = ''
      )
    ) THEN CAST(${bytes} AS TEXT) ELSE ${bytes} END`;

const dateTime = (ms: string) => `strftime('%Y-%m-%d %H:%M:%f', ${ms} / 1000.0, 'unixepoch')`;

const NOW_MS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

const VIEWS = `
CREATE VIEW redlite_keys AS
SELECT d.db AS db, ${readable("k.key")} AS key,
  CASE k.type WHEN 1 THEN 'string' WHEN 2 THEN 'list' WHEN 3 THEN 'set' WHEN 4 THEN 'zset'
    WHEN 5 THEN 'hash' WHEN 6 THEN 'stream' END AS type,
  coalesce(k.length, length(k.value)) AS length,
  ${dateTime("k.expires_at")} AS expires_at,
  ${dateTime("k.created_at")} AS created_at,
  ${dateTime("k.updated_at")} AS updated_at,
  k.version AS version
FROM databases d JOIN keys k ON k.space = d.space
WHERE k.expires_at IS NULL OR k.expires_at >= ${NOW_MS};

CREATE VIEW redlite_strings AS
SELECT db, key, ${readable("value")} AS value, expires_at FROM (
  SELECT d.db AS db, ${readable("k.key")} AS key,
    coalesce(k.value, (
      WITH RECURSIVE chunks(n) AS (
        SELECT 0 UNION ALL SELECT n + 1 FROM chunks WHERE (n + 1) * ${CHUNK_SIZE} < k.length
      )
      SELECT CAST(group_concat(coalesce(s.data, zeroblob(${CHUNK_SIZE})), '') AS BLOB)
      FROM chunks LEFT JOIN strings s ON s.id = k.id * ${CHUNKS_PER_STRING} + n
    )) AS value,
    ${dateTime("k.expires_at")} AS expires_at
  FROM databases d JOIN keys k ON k.space = d.space
  WHERE k.type = ${TYPE.STRING} AND (k.expires_at IS NULL OR k.expires_at >= ${NOW_MS})
);
`;

/** The statements that lead from each version to the next; the first makes a new file. */
const MIGRATIONS: readonly string[] = [TABLES + VIEWS];

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
