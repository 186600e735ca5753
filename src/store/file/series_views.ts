/**
 * The view of time series. How chunks are encoded is told in store/time_series/gorilla.ts, and what
 * the row of a key has in facts.ts; here they are taken apart by SQL, bit by bit.
 *
 * A chunk becomes an array of JSON first, of times and of values as the integers that have their bits:
 * doubles would lose digits there.
 *
 * @module
 */

import { AT, FLAG } from "../time_series/facts.ts";
import { TYPE } from "./schema.ts";
import { key, keysOfType } from "./views.ts";

const HEX = "'0123456789ABCDEF'";

/** A byte of a hexadecimal text; 0 past its end. */
const byte = (hex: string, at: string) => {
  const digit = (more: number) => `(instr(${HEX}, substr(${hex}, 2 * (${at}) + ${more}, 1)) - 1)`;
  return `(${digit(1)} * 16 + ${digit(2)})`;
};

/** Some bytes of a hexadecimal text as a number, the lowest first. */
export const word = (hex: string, at: string, bytes: number): string =>
  `(${
    Array.from({ length: bytes }, (_, i) => `(${byte(hex, `${at} + ${i}`)} << ${8 * i})`).join(
      " | ",
    )
  })`;

/** 64 bits from a bit on. In SQLite `&`, `|` and shifts come in the order they stand in. */
const bits = (hex: string, bit: string) => {
  const low = word(hex, `(${bit} >> 3)`, 8), high = byte(hex, `(${bit} >> 3) + 8`);
  const shift = `(${bit} & 7)`;
  return `CASE ${shift} WHEN 0 THEN ${low}
    ELSE (${low} >> ${shift} & ~(-1 << 64 - ${shift})) | (${high} << 64 - ${shift}) END`;
};

const xor = (a: string, b: string) => `((${a} | ${b}) - (${a} & ${b}))`;

/** One of several values by how many ones are at the beginning of `bits`, up to six. */
const byOnes = (values: readonly (string | number)[]) =>
  `CASE WHEN bits & 1 = 0 THEN ${values[0]} ${
    [1, 2, 3, 4, 5].map((ones) => `WHEN bits & ${1 << ones} = 0 THEN ${values[ones]}`).join(" ")
  } ELSE ${values[6]} END`;

/** What `delta` changes by: so many bits behind the ones and a zero, the last of which is the sign. */
const change = (ones: number, width: number) =>
  `delta + (bits >> ${ones + 1} & ${2 ** width - 1}) -
    ((bits >> ${ones + width} & 1) << ${width})`;
const DELTA = byOnes([
  "delta",
  ...[change(1, 5), change(2, 8), change(3, 11), change(4, 15), change(5, 32)],
  `delta + ${bits("c.hex", "(bit + 6)")}`,
]);

/**
 * The samples of a compressed chunk `c` as JSON. What it begins with are the first value's bits. A
 * sample takes six steps, for a step may look at the one before it alone: 64 bits are read, of which
 * the time is made, then the value's first ones, which tell where its others are, and then these.
 */
const COMPRESSED =
  `(WITH RECURSIVE walk(n, step, bit, time, delta, value, leading, length, bits) AS (
    SELECT 1, 0, 64, c.first, 0, ${word("c.hex", "0", 8)}, 32, 0, 0
    UNION ALL
    SELECT CASE WHEN step = 5 OR step = 3 AND bits & 1 = 0 THEN n + 1 ELSE n END,
      CASE WHEN step = 5 OR step = 3 AND bits & 1 = 0 THEN 0 ELSE step + 1 END,
      bit + CASE step WHEN 1 THEN ${byOnes([1, 7, 11, 15, 20, 38, 70])}
        WHEN 3 THEN CASE bits & 3 WHEN 3 THEN 13 WHEN 1 THEN 2 ELSE 1 END
        WHEN 5 THEN length ELSE 0 END,
      CASE step WHEN 2 THEN time + delta ELSE time END,
      CASE step WHEN 1 THEN ${DELTA} ELSE delta END,
      CASE step WHEN 5 THEN ${
    xor(
      "value",
      "(CASE length WHEN 64 THEN bits ELSE bits & ~(-1 << length) END << 64 - leading - length)",
    )
  } ELSE value END,
      CASE WHEN step = 3 AND bits & 3 = 3 THEN bits >> 2 & 31 ELSE leading END,
      CASE WHEN step = 3 AND bits & 3 = 3 THEN (bits >> 7 & 63) + 1 ELSE length END,
      CASE step & 1 WHEN 0 THEN ${bits("c.hex", "bit")} ELSE 0 END
    FROM walk WHERE step > 0 OR n < c.count
  ) SELECT json_group_array(json_array(time, value)) FROM walk WHERE step = 0)`;

/** The samples of a plain chunk `c` as JSON. */
const PLAIN = `(WITH RECURSIVE walk(n) AS (
    SELECT 0 UNION ALL SELECT n + 1 FROM walk WHERE n + 1 < c.count
  ) SELECT json_group_array(json_array(${word("c.hex", "16 * n", 8)},
    ${word("c.hex", "16 * n + 8", 8)})) FROM walk)`;

/** 2^32, whose products are exact. */
const TWO_32 = "4294967296.0";
/** 2 to a power from 0 to 1023. */
const power = (exponent: string) =>
  [
    ...[0, 1, 2, 3, 4].map((bit) =>
      `CASE WHEN ${exponent} & ${1 << bit} THEN ${2 ** (1 << bit)}.0 ELSE 1.0 END`
    ),
    ...[5, 6, 7, 8, 9].map((bit) =>
      `CASE WHEN ${exponent} & ${1 << bit} THEN ${
        Array.from({ length: 1 << bit - 5 }, () => TWO_32).join(" * ")
      } ELSE 1.0 END`
    ),
  ].map((factor) => `(${factor})`).join(" * ");

/** The double that bits are; NULL for what is no number. Twice a power, for one might be too large. */
const DOUBLE = `CASE WHEN exponent = 2047 THEN CASE WHEN fraction = 0 THEN
      CASE WHEN bits < 0 THEN -9e999 ELSE 9e999 END END
    ELSE CASE WHEN bits < 0 THEN -1.0 ELSE 1.0 END
      * (fraction + (exponent > 0) * 4503599627370496)
      * CASE WHEN scale >= 0 THEN ${power("scale")}
        ELSE 1.0 / (${power("(-scale / 2)")}) / (${power("(-scale - -scale / 2)")}) END END`;

const number = (at: number, bytes: number) => word("hex(k.value)", String(at), bytes);
const has = (flag: number) => `(${byte("hex(k.value)", String(AT.FLAGS))} & ${flag} <> 0)`;
const COUNT = number(AT.COUNT, 4), FIRST = number(AT.FIRST, 8);
/** Bytes of the last chunk that are in the row of the key, at its end. */
const TAIL = `((${number(AT.BITS, 4)} + 7) / 8 - ${number(AT.OFFSET, 4)})`;

/**
 * The views that version 8 adds. Two are steps of the third: the bytes of chunks, with what of the last
 * ones is in the rows of keys, and what they say.
 */
export const SERIES_VIEWS = `
CREATE VIEW redlite_timeseries_chunks AS
SELECT ${key}, ${has(FLAG.COMPRESSED)} AS compressed, s.first AS first, s.count AS count,
  hex(s.data) AS hex
FROM ${keysOfType(TYPE.TIME_SERIES)} JOIN ts_chunks s ON s.key_id = k.id
WHERE NOT (${has(FLAG.HAS_ROW)} AND s.first = ${FIRST})
UNION ALL
SELECT ${key}, ${has(FLAG.COMPRESSED)}, ${FIRST}, ${COUNT},
  CASE WHEN ${has(FLAG.HAS_ROW)}
    THEN (SELECT hex(s.data) FROM ts_chunks s WHERE s.key_id = k.id AND s.first = ${FIRST})
    WHEN ${has(FLAG.COMPRESSED)} THEN hex(substr(k.value, ${AT.BASE + 1}, 8)) ELSE '' END
  || CASE WHEN ${TAIL} > 0 THEN hex(substr(k.value, -${TAIL})) ELSE '' END
FROM ${keysOfType(TYPE.TIME_SERIES)} WHERE ${COUNT} > 0;

CREATE VIEW redlite_timeseries_bits AS
SELECT db, key, CASE WHEN compressed THEN ${COMPRESSED} ELSE ${PLAIN} END AS samples
FROM redlite_timeseries_chunks c;

CREATE VIEW redlite_timeseries AS
SELECT db, key, time, ${DOUBLE} AS value FROM (
  SELECT db, key, time, bits, bits >> 52 & 2047 AS exponent, bits & 4503599627370495 AS fraction,
    max(bits >> 52 & 2047, 1) - 1075 AS scale
  FROM (
    SELECT c.db AS db, c.key AS key, json_extract(e.value, '$[0]') AS time,
      json_extract(e.value, '$[1]') AS bits
    FROM redlite_timeseries_bits c, json_each(c.samples) e
  )
);
`;
