/**
 * How many bytes the elements of a collection in the file hold: exact for a few, beyond estimated
 * from the first ones and the last.
 *
 * @module
 */

import type { Statement } from "../../sqlite/sqlite.ts";

/** Elements up to which their bytes are summed up, and of how many larger collections are told by. */
const SUMMED_ELEMENTS = 2000;

/**
 * The statement that {@linkcode payloadOf} runs.
 *
 * @param size Bytes of a row.
 * @param rows The table, and which of its rows are those of `key_id` ?1.
 * @param order ORDER BY from the first to the last, and from the last to the first.
 */
export function payloadSql(size: string, rows: string, order: readonly [string, string]): string {
  const [first, last] = order;
  return `SELECT sum(size), count(*) FROM (
    SELECT * FROM (SELECT ${size} AS size FROM ${rows} ${first} LIMIT ?2)
    UNION ALL SELECT * FROM (SELECT ${size} FROM ${rows} ${last} LIMIT ?3))`;
}

/** Bytes that the elements of an id hold. @param length How many they are. */
export function payloadOf(payload: Statement, id: number, length: number): number {
  const exact = length <= SUMMED_ELEMENTS;
  payload.bindInteger(1, id);
  payload.bindInteger(2, exact ? -1 : SUMMED_ELEMENTS / 2);
  payload.bindInteger(3, exact ? 0 : SUMMED_ELEMENTS / 2);
  payload.step();
  const bytes = payload.columnNumber(0);
  const counted = payload.columnNumber(1);
  payload.reset();
  return exact || counted === 0 ? bytes : Math.round(bytes / counted * length);
}
