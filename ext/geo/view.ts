/** A view for people with `sqlite3` in hand: the places of sorted sets. */

import { TYPE } from "../../src/store/file/schema.ts";
import { key, keysOfType, readable } from "../../src/store/file/views.ts";
import {
  MAX_LATITUDE,
  MAX_LONGITUDE,
  MAX_STEP,
  MIN_LATITUDE,
  MIN_LONGITUDE,
} from "../../src/store/geo/geohash.ts";

/** What brings the bits at the even places of 64 together: shifts, and the bits that are kept then. */
const GATHERING: readonly (readonly [shift: number, mask: string])[] = [
  [1, "0x3333333333333333"],
  [2, "0x0f0f0f0f0f0f0f0f"],
  [4, "0x00ff00ff00ff00ff"],
  [8, "0x0000ffff0000ffff"],
  [16, "0x00000000ffffffff"],
];

/** An expression that is the number of the cell whose bits are at the even places of another. */
const cell = (bits: string): string =>
  GATHERING.reduce(
    (value, [shift, mask]) => `((${value} | (${value} >> ${shift})) & ${mask})`,
    `(${bits} & 0x5555555555555555)`,
  );

/** An expression that is the middle of a cell on an axis, as GEOPOS tells it. */
const middle = (cell: string, min: number, max: number): string => {
  const edge = (cell: string) =>
    `(${min} + ${cell} / ${(2 ** MAX_STEP).toFixed(1)} * ${max - min})`;
  return `min(${max.toFixed(8)}, (${edge(cell)} + ${edge(`(${cell} + 1)`)}) / 2)`;
};

/**
 * The members of all sorted sets whose scores can be geohashes: nothing in a file tells which sorted
 * sets GEOADD has filled.
 */
export const GEO_VIEW = `
CREATE VIEW redlite_geo AS
SELECT db, key, member, ${middle("easting", MIN_LONGITUDE, MAX_LONGITUDE)} AS longitude,
  ${middle("northing", MIN_LATITUDE, MAX_LATITUDE)} AS latitude
FROM (
  SELECT db, key, member, ${cell("(bits >> 1)")} AS easting, ${cell("bits")} AS northing FROM (
    SELECT ${key}, ${readable("z.member")} AS member, CAST(z.score AS INTEGER) AS bits
    FROM ${keysOfType(TYPE.ZSET)} JOIN zsets z ON z.key_id = k.id
    WHERE z.score >= 0 AND z.score < ${
  2 ** (2 * MAX_STEP + 2)
} AND z.score = CAST(z.score AS INTEGER)
  )
);
`;
