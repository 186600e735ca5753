/**
 * Time series of which rows are lost: what is left is counted anew, and the end of a last chunk whose
 * beginning is gone cannot be read.
 */

import type { Connection } from "../../sqlite/sqlite.ts";
import { Collection } from "../collections/collection.ts";
import { GARBAGE_SPACE, TYPE } from "../file/schema.ts";
import { COUNTED_SAMPLES } from "../file/checks/series_checks.ts";
import { OpenChunk } from "../time_series/open_chunk.ts";
import { Series } from "../time_series/series.ts";

/** The ids that rows may belong to. */
const OWNERS = `(SELECT id FROM keys WHERE type = ${TYPE.TIME_SERIES}
  UNION ALL SELECT id FROM garbage WHERE type <> ${GARBAGE_SPACE}
  UNION ALL SELECT id FROM history_ids)`;

/**
 * Makes series of what is left of them, and deletes rows without a key.
 *
 * @param name A key `k` in words, as SQL.
 * @param tell Takes a query that selects a line for each loss.
 */
export function repairSeries(
  connection: Connection,
  name: string,
  tell: (sql: string) => void,
): void {
  tell(`SELECT printf('%d chunks of time series are not kept, for their key is lost', count(*))
    FROM ts_chunks WHERE key_id NOT IN ${OWNERS} HAVING count(*) > 0`);
  for (const table of ["ts_chunks", "ts_labels", "ts_series"]) {
    connection.exec(`DELETE FROM ${table} WHERE key_id NOT IN ${OWNERS}`);
  }
  connection.exec(`INSERT INTO ts_series(key_id, space, key)
    SELECT id, space, key FROM keys WHERE type = ${TYPE.TIME_SERIES}
    ON CONFLICT DO UPDATE SET space = excluded.space, key = excluded.key`);
  for (const { space, key, id, value } of rowsOf(connection)) {
    const collection = new Collection(id, TYPE.TIME_SERIES, space, key);
    collection.metadata = value;
    const series = Series.load(collection);
    const chunks = chunksOf(connection, id);
    const { open } = series;
    const last = chunks.findIndex(({ first }) => first === open.state.first);
    if (open.hasRow && last === -1) series.open = new OpenChunk(series.chunkSize);
    else if (open.hasRow) chunks.splice(last, 1);
    series.chunks = chunks.length + 1;
    series.closedBytes = chunks.reduce((sum, { size }) => sum + size, 0);
    const update = connection.prepare("UPDATE keys SET value = ?3 WHERE space = ?1 AND key = ?2");
    update.bindInteger(1, space);
    update.bindBlob(2, key, 0, key.length);
    series.bind(update, 3);
    update.run();
    update.finalize();
  }
  tell(`SELECT printf('%s: %d of %d samples are kept', ${name}, ${COUNTED_SAMPLES}, k.length)
    FROM keys k WHERE k.type = ${TYPE.TIME_SERIES} AND k.length <> ${COUNTED_SAMPLES}`);
  connection.exec(`UPDATE keys AS k SET length = ${COUNTED_SAMPLES}
    WHERE k.type = ${TYPE.TIME_SERIES}`);
}

interface KeyRow {
  readonly space: number;
  readonly key: Uint8Array;
  readonly id: number;
  readonly value: Uint8Array;
}

function rowsOf(connection: Connection): KeyRow[] {
  const statement = connection.prepare(
    `SELECT space, key, id, value FROM keys WHERE type = ${TYPE.TIME_SERIES}`,
  );
  const rows: KeyRow[] = [];
  while (statement.step()) {
    rows.push({
      space: statement.columnNumber(0),
      key: statement.columnBlob(1),
      id: statement.columnNumber(2),
      value: statement.columnBlob(3),
    });
  }
  statement.finalize();
  return rows;
}

function chunksOf(connection: Connection, id: number): { first: number; size: number }[] {
  const statement = connection.prepare(
    "SELECT first, size FROM ts_chunks WHERE key_id = ?1 ORDER BY first",
  );
  statement.bindInteger(1, id);
  const chunks: { first: number; size: number }[] = [];
  while (statement.step()) {
    chunks.push({ first: statement.columnNumber(0), size: statement.columnNumber(1) });
  }
  statement.finalize();
  return chunks;
}
