/** What INTEGRITY looks for in time series. */

import { AT, FLAG } from "../../time_series/facts.ts";
import { TYPE } from "../schema.ts";

const HEX = "'0123456789ABCDEF'";

/** Four bytes of facts as a number, the lowest first. */
const word = (at: number) => {
  const digit = (i: number) =>
    `(instr(${HEX}, substr(hex(substr(k.value, ${at + 1}, 4)), ${i + 1}, 1)) - 1)`;
  const byte = (i: number) => `((${digit(2 * i)} * 16 + ${digit(2 * i + 1)}) << ${8 * i})`;
  return `(${[0, 1, 2, 3].map(byte).join(" + ")})`;
};
/** Whether the last chunk, whose samples the facts count, has a row. */
const HAS_ROW = `(instr(${HEX}, substr(hex(substr(k.value, ${
  AT.FLAGS + 1
}, 1)), 2, 1)) - 1) & ${FLAG.HAS_ROW} <> 0`;

/** The samples of a series `k`: those of its rows, but for the last chunk's, and those of its facts. */
export const COUNTED_SAMPLES = `(${word(AT.COUNT)} + coalesce((
    SELECT sum(c.count) FROM ts_chunks c WHERE c.key_id = k.id AND NOT (${HAS_ROW} AND c.first =
      (SELECT max(last.first) FROM ts_chunks last WHERE last.key_id = k.id))), 0))`;

/** @param key A key `k` in words, as SQL. */
export function seriesChecks(key: string): { readonly name: string; readonly sql: string }[] {
  return [{
    name: "time series",
    sql: `SELECT printf('%s has %d samples, and its chunks have %d', ${key}, k.length,
        ${COUNTED_SAMPLES})
      FROM keys k WHERE k.type = ${TYPE.TIME_SERIES} AND k.length <> ${COUNTED_SAMPLES}
      UNION ALL
      SELECT printf('%s is not named as it is', ${key}) FROM keys k
      WHERE k.type = ${TYPE.TIME_SERIES} AND NOT EXISTS (SELECT 1 FROM ts_series s
        WHERE s.key_id = k.id AND s.space = k.space AND s.key = k.key)`,
  }];
}
