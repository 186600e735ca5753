/**
 * The tables of the keyspace that KV Connect has for itself, which version 8 adds, and the view of it.
 * What they mean
 * is told in pairs.ts.
 *
 * @module
 */

import { dateTime, NOW_MS } from "../file/views.ts";

/** The tables. */
export const KV_TABLES = `
CREATE TABLE kv_pairs(
  key BLOB PRIMARY KEY,
  value BLOB NOT NULL,
  encoding INTEGER NOT NULL,
  version INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX kv_pairs_by_expiry ON kv_pairs(expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE kv_facts(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  database_id BLOB NOT NULL,
  version INTEGER NOT NULL
) STRICT;

INSERT INTO kv_facts VALUES (1, randomblob(16), 0);
`;

/** The byte at a position of the key, as a number. */
const byte = (at: string) =>
  `(instr('0123456789ABCDEF', substr(hex(substr(key, ${at}, 1)), 1, 1)) * 16 +
    instr('0123456789ABCDEF', substr(hex(substr(key, ${at}, 1)), 2, 1)) - 17)`;

/** So many bytes from a position on as a number, the most significant first; at most seven. */
const number = (at: string, bytes: string) =>
  `(WITH RECURSIVE digits(i, v) AS (
      SELECT 0, 0 UNION ALL SELECT i + 1, v * 256 + ${byte(`${at} + i`)} FROM digits
      WHERE i < ${bytes}
    ) SELECT v FROM digits WHERE i = ${bytes})`;

/** Where a text or bytes end: behind the first zero that no 0xff follows. */
const END_OF_BYTES = `(WITH RECURSIVE zeros(i) AS (
      SELECT at + instr(substr(key, at + 1), x'00')
      UNION ALL
      SELECT i + 1 + instr(substr(key, i + 2), x'00') FROM zeros
      WHERE substr(key, i + 1, 1) = x'ff'
    ) SELECT max(i) + 1 FROM zeros)`;

const CONTENT = "substr(key, at + 1, stop - at - 2)";

/** A floating-point number, whose bytes are turned so that they sort as the number does. */
const DOUBLE = `(SELECT CASE
      WHEN exponent = 2047 THEN CASE WHEN fraction = 0 THEN sign || 'Infinity' ELSE 'NaN' END
      WHEN exponent = 0 AND fraction = 0 THEN sign || '0'
      ELSE (
        WITH RECURSIVE scaled(e, x) AS (
          SELECT max(exponent, 1) - 1075,
            (fraction + CASE exponent WHEN 0 THEN 0 ELSE 4503599627370496 END) * 1.0
          UNION ALL
          SELECT e - CASE WHEN e > 0 THEN 1 ELSE -1 END, CASE WHEN e > 0 THEN x * 2 ELSE x / 2 END
          FROM scaled WHERE e <> 0
        )
        SELECT sign || CASE WHEN x < 9e15 AND x = CAST(x AS INTEGER) THEN CAST(x AS INTEGER)
          ELSE x END FROM scaled WHERE e = 0
      ) END
    FROM (
      SELECT sign, (high >> 20) & 2047 AS exponent, ((high & 1048575) << 32) | low AS fraction
      FROM (
        SELECT CASE WHEN high >> 31 THEN '' ELSE '-' END AS sign,
          CASE WHEN high >> 31 THEN high ELSE 4294967295 - high END AS high,
          CASE WHEN high >> 31 THEN low ELSE 4294967295 - low END AS low
        FROM (SELECT ${number("at + 1", "4")} AS high, ${number("at + 5", "4")} AS low)
      )
    ))`;

/**
 * The key as a program writes it: its parts are texts, numbers, big integers, bytes and booleans, each
 * behind a byte that tells which. An integer of eight bytes or more is shown as its bytes.
 */
const READABLE_KEY = `(
  WITH RECURSIVE parts(at, stop, shown) AS (
    SELECT 1, NULL, ''
    UNION ALL
    SELECT coalesce(stop, at),
      CASE WHEN stop IS NULL THEN CASE
        WHEN substr(key, at, 1) IN (x'01', x'02') THEN ${END_OF_BYTES}
        WHEN substr(key, at, 1) BETWEEN x'0c' AND x'1c' THEN at + 1 + abs(${byte("at")} - 20)
        WHEN substr(key, at, 1) = x'1d' THEN at + 2 + ${byte("at + 1")}
        WHEN substr(key, at, 1) = x'0b' THEN at + 2 + 255 - ${byte("at + 1")}
        WHEN substr(key, at, 1) = x'21' THEN at + 9
        WHEN substr(key, at, 1) IN (x'26', x'27') THEN at + 1
        ELSE length(key) + 1 END END,
      CASE WHEN stop IS NULL THEN shown ELSE shown || CASE WHEN at > 1 THEN ', ' ELSE '' END || CASE
        WHEN substr(key, at, 1) = x'02' AND instr(${CONTENT}, x'00') = 0
          THEN json_quote(CAST(${CONTENT} AS TEXT))
        WHEN substr(key, at, 1) IN (x'01', x'02') THEN 'x''' || hex(${CONTENT}) || ''''
        WHEN substr(key, at, 1) BETWEEN x'14' AND x'1b'
          THEN ${number("at + 1", "(stop - at - 1)")} || 'n'
        WHEN substr(key, at, 1) BETWEEN x'0d' AND x'13'
          THEN (${number("at + 1", "(stop - at - 1)")} - (1 << 8 * (stop - at - 1)) + 1) || 'n'
        WHEN substr(key, at, 1) = x'21' THEN ${DOUBLE}
        WHEN substr(key, at, 1) = x'26' THEN 'false'
        WHEN substr(key, at, 1) = x'27' THEN 'true'
        ELSE 'x''' || hex(substr(key, at, stop - at)) || '''' END END
    FROM parts WHERE stop IS NOT NULL OR at <= length(key)
  )
  SELECT '[' || shown || ']' FROM parts WHERE stop IS NULL AND at > length(key)
)`;

/** The view. */
export const KV_VIEW = `
CREATE VIEW redlite_kv AS
SELECT ${READABLE_KEY} AS key,
  CASE encoding WHEN 1 THEN 'v8' WHEN 2 THEN 'u64' ELSE 'bytes' END AS type,
  CASE WHEN encoding = 2 THEN (
    WITH RECURSIVE digits(i, v) AS (
      SELECT 8, 0 UNION ALL SELECT i - 1, (v << 8) | ${byte("i").replaceAll("key", "value")}
      FROM digits WHERE i > 0
    ) SELECT CASE WHEN v < 0 THEN printf('%llu', v) ELSE v END FROM digits WHERE i = 0
  ) ELSE value END AS value,
  printf('%016x0000', version) AS versionstamp,
  ${dateTime("expires_at")} AS expires_at
FROM kv_pairs
WHERE expires_at IS NULL OR expires_at > ${NOW_MS};
`;
