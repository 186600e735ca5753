/**
 * The views of streams. How entries and facts are written is told in store/streams/entry.ts and
 * facts.ts; here they are taken apart by SQL, byte by byte.
 *
 * @module
 */

import { FLOOR_AT, SHAPES_AT } from "../streams/facts.ts";
import { ID_SIZE } from "../streams/ids.ts";
import { MOST_SHAPES } from "../streams/entry.ts";
import { TYPE } from "./schema.ts";
import { dateTime, key, keysOfType, readable } from "./views.ts";

const HEX = "'0123456789ABCDEF'";

/** A hexadecimal digit of a text, counted from 1, as a number. */
const nibble = (hex: string, index: string | number) =>
  `instr(${HEX}, substr(${hex}, ${index}, 1)) - 1`;

/** Eight bytes of a BLOB as the digits of an unsigned integer. */
const unsigned = (blob: string, at: number) => {
  const hex = `hex(substr(${blob}, ${at + 1}, 8))`;
  const parts = Array.from({ length: 16 }, (_, i) => `(${nibble(hex, i + 1)}) << ${60 - 4 * i}`);
  return `printf('%llu', ${parts.map((part) => `(${part})`).join(" | ")})`;
};

/** An id as text. */
export const streamId = (blob: string): string =>
  `${unsigned(blob, 0)} || '-' || ${unsigned(blob, 8)}`;

/** The byte of a BLOB at a position counted from 1. */
const byteAt = (blob: string, at: string) => {
  const hex = `hex(substr(${blob}, ${at}, 1))`;
  return `((${nibble(hex, 1)}) * 16 + ${nibble(hex, 2)})`;
};

/**
 * A table `walk` of the numbers in a BLOB: `number`, whether it is whole (`done`), and where what
 * follows it begins (`at`). The first number stands alone, after each other one come as many bytes.
 */
const walk = (blob: string, from: number) =>
  `walk(at, number, unit, done, part) AS (
    SELECT ${from}, 0, 1, 0, -1
    UNION ALL
    SELECT CASE WHEN NOT done THEN at + 1 WHEN part = -1 THEN at ELSE at + number END,
      CASE WHEN NOT done THEN number + (${byteAt(blob, "at")} & 127) * unit ELSE 0 END,
      CASE WHEN NOT done THEN unit * 128 ELSE 1 END,
      NOT done AND ${byteAt(blob, "at")} < 128,
      part + done
    FROM walk WHERE CASE WHEN done AND part <> -1 THEN at + number ELSE at END <= length(${blob})
  )`;

/** The same of shapes: `shape` and, of each name, its index in it. `part` is -1 for a count of names. */
const shapes = (facts: string) =>
  `names(at, number, unit, done, shape, part, count) AS (
    SELECT ${SHAPES_AT + 1}, 0, 1, 0, 0, -1, 0
    UNION ALL
    SELECT CASE WHEN NOT done THEN at + 1 WHEN part = -1 THEN at ELSE at + number END,
      CASE WHEN NOT done THEN number + (${byteAt(facts, "at")} & 127) * unit ELSE 0 END,
      CASE WHEN NOT done THEN unit * 128 ELSE 1 END,
      NOT done AND ${byteAt(facts, "at")} < 128,
      shape + (done AND part >= 0 AND part + 1 = count),
      CASE WHEN NOT done THEN part WHEN part + 1 = count AND part >= 0 THEN -1 ELSE part + 1 END,
      CASE WHEN done AND part = -1 THEN number ELSE count END
    FROM names WHERE CASE WHEN done AND part <> -1 THEN at + number ELSE at END <= length(${facts})
  )`;

/** The numbers of an entry as a JSON array: the first one, and then position and length of each part. */
const parts = (fields: string) =>
  `(WITH RECURSIVE ${walk(fields, 1)}
    SELECT json_array(max(CASE WHEN part = -1 THEN number END),
      json_group_array(json_array(at, number)) FILTER (WHERE part >= 0))
    FROM walk WHERE done)`;

/** The name of a field of an entry with a shape. */
const shapeName = (facts: string, shape: string, index: string) =>
  `(WITH RECURSIVE ${shapes(facts)}
    SELECT substr(${facts}, at, number) FROM names
    WHERE done AND shape = ${shape} AND part = ${index} LIMIT 1)`;

const part = (index: string, which: 0 | 1) =>
  `json_extract(parts, '$[1][' || ${index} || '][${which}]')`;
const piece = (index: string) => `substr(fields, ${part(index, 0)}, ${part(index, 1)})`;

/** The views that version 5 adds. */
export const STREAM_VIEWS = `
CREATE VIEW redlite_streams AS
SELECT db, key, id, n AS idx, ${readable("field")} AS field, ${readable("value")} AS value FROM (
  SELECT db, key, id, n, CAST(CASE WHEN head < ${MOST_SHAPES} THEN ${
  shapeName("facts", "head", "n")
}
      ELSE ${piece("(2 * n)")} END AS BLOB) AS field,
    CAST(CASE WHEN head < ${MOST_SHAPES} THEN ${piece("n")} ELSE ${piece("(2 * n + 1)")} END
      AS BLOB) AS value
  FROM (
    SELECT x.db AS db, x.key AS key, x.id AS id, facts, fields, parts,
      json_extract(parts, '$[0]') AS head, e.key AS n
    FROM (
      SELECT ${key}, ${streamId("s.id")} AS id, k.value AS facts, s.fields AS fields,
        ${parts("s.fields")} AS parts
      FROM ${keysOfType(TYPE.STREAM)} JOIN streams s ON s.key_id = k.id
        AND s.id >= substr(k.value, ${FLOOR_AT + 1}, ${ID_SIZE})
    ) x, json_each(parts, '$[1]') e
    WHERE json_extract(parts, '$[0]') < ${MOST_SHAPES}
      OR e.key < json_extract(parts, '$[0]') - ${MOST_SHAPES}
  )
);

CREATE VIEW redlite_stream_groups AS
SELECT ${key}, ${readable("g.name")} AS name, g.consumers AS consumers, g.pending AS pending,
  ${streamId("g.last_id")} AS last_delivered_id, nullif(g.entries_read, -1) AS entries_read
FROM ${keysOfType(TYPE.STREAM)} JOIN stream_groups g ON g.key_id = k.id;

CREATE VIEW redlite_stream_pending AS
SELECT ${key}, ${readable("g.name")} AS group_name, ${streamId("p.id")} AS id,
  ${readable("c.name")} AS consumer, ${
  dateTime("nullif(max(p.delivered_at, 0), 0)")
} AS delivered_at,
  p.deliveries AS deliveries
FROM ${keysOfType(TYPE.STREAM)} JOIN stream_groups g ON g.key_id = k.id
  JOIN stream_pending p ON p.key_id = k.id AND p.grp = g.number
  LEFT JOIN stream_consumers c ON c.key_id = k.id AND c.grp = g.number AND c.number = p.consumer
WHERE p.consumer = 0 OR c.number IS NOT NULL;
`;
