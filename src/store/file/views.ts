/**
 * Views for people with `sqlite3` in hand: live data by key name, text where it is valid UTF-8.
 *
 * @module
 */

import { CHUNK_SIZE, CHUNKS_PER_STRING, TYPE } from "./schema.ts";

/**
 * An expression that is `bytes` as text if that is valid UTF-8 without NUL, else as a BLOB. ASCII
 * is told at a glance; anything else is taken apart into characters and put together again, which
 * gives the same bytes only if they were valid.
 */
export const readable = (bytes: string): string =>
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

/** An expression that is a Unix time in milliseconds as a date and a time. */
export const dateTime = (ms: string): string =>
  `strftime('%Y-%m-%d %H:%M:%f', ${ms} / 1000.0, 'unixepoch')`;

/** An expression that is the time now, Unix time in milliseconds. */
export const NOW_MS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

/** The view of all keys. @param moreTypes Cases of types that versions after the first may add to. */
const keysView = (moreTypes: string) =>
  `CREATE VIEW redlite_keys AS
SELECT d.db AS db, ${readable("k.key")} AS key,
  CASE k.type WHEN 1 THEN 'string' WHEN 2 THEN 'list' WHEN 3 THEN 'set' WHEN 4 THEN 'zset'
    WHEN 5 THEN 'hash' ${moreTypes} END AS type,
  coalesce(k.length, length(k.value)) AS length,
  ${dateTime("k.expires_at")} AS expires_at,
  ${dateTime("k.created_at")} AS created_at,
  ${dateTime("k.updated_at")} AS updated_at,
  k.version AS version
FROM databases d JOIN keys k ON k.space = d.space
WHERE k.expires_at IS NULL OR k.expires_at >= ${NOW_MS};
`;

/** The views of version 1. */
export const KEY_VIEWS = `
${keysView("WHEN 6 THEN 'stream'")}
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

/** The columns that every view of a type has. */
export const key: string = `d.db AS db, ${readable("k.key")} AS key`;
/** Whether the time of a row of `keys` is not over. */
export const isLive = `(k.expires_at IS NULL OR k.expires_at >= ${NOW_MS})`;
/** The rows of `keys` of a type that are live. @param type Its number, as SQL. */
export const keysOfType = (type: number | string): string =>
  `databases d JOIN keys k ON k.space = d.space AND k.type = ${type}
    AND ${isLive}`;

/** The views that version 2 adds or changes: collections. */
export const COLLECTION_VIEWS = `
DROP VIEW redlite_keys;
${keysView("WHEN 6 THEN 'stream' WHEN 7 THEN 'array'")}
CREATE VIEW redlite_hashes AS
SELECT ${key}, ${readable("h.field")} AS field, ${readable("h.value")} AS value,
  ${dateTime("h.expires_at")} AS expires_at
FROM ${keysOfType(TYPE.HASH)} JOIN hashes h ON h.key_id = k.id
WHERE h.expires_at IS NULL OR h.expires_at >= ${NOW_MS};

CREATE VIEW redlite_lists AS
SELECT ${key}, row_number() OVER (PARTITION BY k.id ORDER BY l.pos) - 1 AS idx,
  ${readable("l.value")} AS value
FROM ${keysOfType(TYPE.LIST)} JOIN lists l ON l.key_id = k.id;

CREATE VIEW redlite_sets AS
SELECT ${key}, ${readable("s.member")} AS member
FROM ${keysOfType(TYPE.SET)} JOIN sets s ON s.key_id = k.id;

CREATE VIEW redlite_zsets AS
SELECT ${key}, ${readable("z.member")} AS member, z.score AS score
FROM ${keysOfType(TYPE.ZSET)} JOIN zsets z ON z.key_id = k.id;

CREATE VIEW redlite_arrays AS
SELECT ${key}, CASE WHEN a.idx < 0 THEN printf('%llu', a.idx) ELSE a.idx END AS idx, ${
  readable("a.value")
} AS value
FROM ${keysOfType(TYPE.ARRAY)} JOIN arrays a ON a.key_id = k.id;
`;

/** The name of a type that an extension has brought. */
const ofExtension = (type: string) =>
  `(SELECT t.name FROM extension_types t WHERE t.type = ${type})`;

/** The view of changes. @param moreTypes Cases of types that versions after the fourth may add to. */
const historyView = (moreTypes: string) =>
  `CREATE VIEW redlite_history AS
SELECT d.db AS db, ${readable("e.key")} AS key, e.version AS version, e.operation AS operation,
  ${dateTime("e.at")} AS at,
  CASE e.type WHEN 0 THEN 'none' WHEN 1 THEN 'string' WHEN 2 THEN 'list' WHEN 3 THEN 'set'
    WHEN 4 THEN 'zset' WHEN 5 THEN 'hash' WHEN 6 THEN 'stream' WHEN 7 THEN 'array'
    ${moreTypes} END AS type,
  ${readable("e.value")} AS value
FROM history_entries e JOIN (
  SELECT db, space FROM databases UNION ALL SELECT db, space FROM history_spaces
) d ON d.space = e.space;
`;

/** The view that version 4 adds: the changes of keys whose history is kept. */
export const HISTORY_VIEW = `
${historyView("")}`;

/** The views that version 7 changes: there are types with names of their own, and those of extensions. */
export const TYPED_VIEWS = `
DROP VIEW redlite_keys;
${
  keysView(
    "WHEN 6 THEN 'stream' WHEN 7 THEN 'array' WHEN 8 THEN 'ReJSON-RL' WHEN 9 THEN 'trietype0' " +
      `ELSE ${ofExtension("k.type")}`,
  )
}
DROP VIEW redlite_history;
${
  historyView(
    `WHEN 8 THEN 'ReJSON-RL' WHEN 9 THEN 'trietype0' ELSE ${ofExtension("e.type")}`,
  )
}`;

/** The names of types that came with versions 7 and 8, as cases of SQL. */
const LATER_TYPES = "WHEN 8 THEN 'ReJSON-RL' WHEN 9 THEN 'trietype0' WHEN 10 THEN 'MBbloom--' " +
  "WHEN 11 THEN 'MBbloomCF' WHEN 12 THEN 'CMSk-TYPE' WHEN 13 THEN 'TopK-TYPE' " +
  "WHEN 14 THEN 'TDIS-TYPE' WHEN 15 THEN 'TSDB-TYPE'";

/** The views that version 8 changes: filters, sketches and time series have names, too. */
export const SKETCH_TYPED_VIEWS = `
DROP VIEW redlite_keys;
${
  keysView(
    `WHEN 6 THEN 'stream' WHEN 7 THEN 'array' ${LATER_TYPES} ELSE ${ofExtension("k.type")}`,
  )
}
DROP VIEW redlite_history;
${historyView(`${LATER_TYPES} ELSE ${ofExtension("e.type")}`)}`;

/** The views that version 7 adds, of types of values that came with it. */
export const VALUE_VIEWS = `
CREATE VIEW redlite_suggestions AS
SELECT ${key}, ${readable("s.term")} AS suggestion, s.score AS score,
  ${readable("s.payload")} AS payload
FROM ${keysOfType(TYPE.SUGGESTIONS)} JOIN suggestions s ON s.key_id = k.id;
`;
