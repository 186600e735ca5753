/**
 * Filters and sketches of which rows are lost: what is read as zeros in their place forgets items, so
 * each that it may have happened to is told of. Blocks whose key is lost say nothing without its facts.
 */

import type { Connection } from "../../sqlite/sqlite.ts";
import { GARBAGE_SPACE } from "../file/schema.ts";
import { SKETCH_TYPES } from "../file/sketch_tables.ts";
import type { DamagedTable } from "./ranges.ts";

/** The ids that a table's blocks may belong to. */
const OWNERS = (type: number) =>
  `(SELECT id FROM keys WHERE type = ${type}
    UNION ALL SELECT id FROM garbage WHERE type <> ${GARBAGE_SPACE}
    UNION ALL SELECT id FROM history_ids)`;

/**
 * Deletes blocks without a key, and tells of values that may have lost some.
 *
 * @param name A key `k` in words, as SQL.
 * @param tell Takes a query that selects a line for each loss.
 */
export function repairSketches(
  connection: Connection,
  damaged: readonly DamagedTable[],
  name: string,
  tell: (sql: string) => void,
): void {
  for (const { type, table } of SKETCH_TYPES) {
    tell(`SELECT printf('%d blocks of ${table} are not kept, for their key is lost', count(*))
      FROM ${table} WHERE key_id NOT IN ${OWNERS(type)} HAVING count(*) > 0`);
    connection.exec(`DELETE FROM ${table} WHERE key_id NOT IN ${OWNERS(type)}`);
    for (const { gaps } of damaged.filter(({ name }) => name === table)) {
      for (const { after, before } of gaps) {
        const from = Number(after?.[0] ?? 0);
        const to = Number(before?.[0] ?? Number.MAX_SAFE_INTEGER);
        tell(`SELECT printf('%s may have forgotten items', ${name}) FROM keys k
          WHERE k.type = ${type} AND k.id BETWEEN ${from} AND ${to}`);
      }
    }
  }
}
