/**
 * The view of filters and sketches: what they are made for, and what came into them. The facts in the
 * rows of their keys are told in a file a type; here they are read by SQL.
 *
 * @module
 */

import { word } from "../file/series_views.ts";
import { TYPE } from "../file/schema.ts";
import { isLive, key } from "../file/views.ts";

/** Where numbers of any type begin. */
const PLACES = [0, 8, 12, 16, 20, 24, 28, 32];

/** Eight bytes of a row, the lowest first, as a number of 64 bits. */
const eight = (bytes: string) => word(`hex(${bytes})`, "0", 8);

const MANTISSA = (bits: string) => `(${bits} & 4503599627370495 | 4503599627370496)`;
const SHIFT = (bits: string) => `1075 - (${bits} >> 52 & 2047)`;

/** The whole number that is a double of these bits, and not negative. */
const whole = (bits: string) =>
  `CASE ${bits} WHEN 0 THEN 0 ELSE ${MANTISSA(bits)} >> (${SHIFT(bits)}) END`;

/** The part of one that is a double of these bits. */
const part = (bits: string) =>
  `${MANTISSA(bits)} / 1099511627776.0 / (1 << min(62, ${SHIFT(bits)} - 40))`;

/** Four and two bytes of eight. */
const four = (bits: string) => `(${bits} & 4294967295)`;
const two = (bits: string) => `(${bits} & 65535)`;

/** A value by type; NULL for the others. */
const byType = (values: Partial<Record<keyof typeof TYPE, string>>) =>
  `CASE type ${
    Object.entries(values).map(([name, value]) =>
      `WHEN ${TYPE[name as keyof typeof TYPE]} THEN ${value}`
    ).join(" ")
  } END`;

/** The rows of a Bloom filter that have the facts of all its filters but the last. */
const LINKS = `(SELECT sum(${whole("bits")}) FROM (
    SELECT ${eight("substr(b.bytes, 1, 8)")} AS bits FROM bloom_blocks b
    WHERE b.key_id = id AND b.number >= ${2 ** 40} AND b.number < ${2 ** 41}
  ))`;

/** How much larger than the first one all filters of a cuckoo filter are. */
const GROWN = `(WITH RECURSIVE grown(i, factor) AS (
    SELECT 1, 1 UNION ALL SELECT i + 1, factor * ${four("at32")} FROM grown WHERE i < ${
  four("at24")
}
  ) SELECT sum(factor) FROM grown)`;

/** The view, which files of version 8 have since it was added. */
export const SKETCH_VIEW = `
CREATE VIEW redlite_filters AS
SELECT db, key,
  ${
  byType({
    BLOOM: "'bloom'",
    CUCKOO: "'cuckoo'",
    COUNT_MIN: "'count-min'",
    TOP_K: "'top-k'",
    T_DIGEST: "'t-digest'",
  })
} AS type,
  ${
  byType({
    BLOOM: whole("at0"),
    CUCKOO: whole("at0"),
    COUNT_MIN: "at16",
    TOP_K: `(SELECT count(*) FROM top_k_blocks b
      WHERE b.key_id = id AND b.number >= ${2 ** 40} AND b.number < ${2 ** 41})`,
    T_DIGEST: `${whole("at24")} + ${whole("at32")}`,
  })
} AS items,
  ${
  byType({
    BLOOM: `${whole("at20")} + coalesce(${LINKS}, 0)`,
    CUCKOO: `${whole("at16")} * ${two("at28")} * ${GROWN}`,
    TOP_K: four("at8"),
  })
} AS capacity,
  ${
  byType({
    BLOOM: `${part("at28")} * CASE WHEN at12 & 8 THEN 1 ELSE 1 << min(62, ${four("at8")}) END`,
    CUCKOO: `2.0 * ${two("at28")} * ${four("at24")} / 255`,
    COUNT_MIN: `2.0 / (${whole("at0")})`,
  })
} AS error_rate,
  ${byType({ BLOOM: four("at8"), CUCKOO: four("at24") })} AS filters,
  ${byType({ COUNT_MIN: whole("at0"), TOP_K: four("at12") })} AS width,
  ${byType({ COUNT_MIN: whole("at8"), TOP_K: four("at16") })} AS depth,
  ${byType({ T_DIGEST: whole("at0") })} AS compression,
  bytes
FROM (
  SELECT db, key, id, type, bytes,
    ${PLACES.map((at) => `max(CASE place WHEN ${at} THEN bits END) AS at${at}`).join(", ")}
  FROM (
    SELECT ${key}, k.id AS id, k.type AS type, k.length AS bytes, p.column1 AS place,
      ${eight("substr(k.value, p.column1 + 1, 8)")} AS bits
    FROM databases d
      JOIN keys k ON k.space = d.space AND k.type BETWEEN ${TYPE.BLOOM} AND ${TYPE.T_DIGEST}
      JOIN (VALUES ${PLACES.map((at) => `(${at})`).join(", ")}) p
    WHERE ${isLive}
  ) GROUP BY id
);
`;
