/**
 * Documents of which rows are lost. A row holds whole elements, so without one most often some elements are
 * missing, and the rest is JSON. What is left of a text that is none is worth keeping, too: it becomes a
 * string in a document.
 */

import type { Connection } from "../../sqlite/sqlite.ts";
import { DOCUMENT_TEXT } from "../file/checks/json_checks.ts";
import { INLINE_LIMIT, TYPE } from "../file/schema.ts";
import { SIZE_UNIT } from "../keys/live_bytes.ts";

/** What a document without any text is. */
const EMPTY = "null";

/**
 * Makes documents of rows whose key is lost, and of texts that are not whole.
 *
 * @param name A key `k` in words, as SQL.
 * @param tell Takes a query that selects a line for each loss.
 */
export function repairDocuments(
  connection: Connection,
  name: string,
  tell: (sql: string) => void,
): void {
  const rows = "(SELECT sum(length(j.text)) FROM json j WHERE j.key_id = k.id)";
  const broken =
    `keys k WHERE k.type = ${TYPE.JSON} AND NOT coalesce(json_valid(${DOCUMENT_TEXT}), 0)`;
  tell(`SELECT printf('%s: %d of %d bytes are kept', ${name}, ${rows}, k.length)
    FROM keys k WHERE k.type = ${TYPE.JSON} AND k.value IS NULL AND k.length > coalesce(${rows}, 0)
      AND json_valid(${DOCUMENT_TEXT})`);
  tell(`SELECT printf('%s: what is left of its %d bytes is kept as a string', ${name}, k.length)
    FROM ${broken}`);
  connection.exec(`
    CREATE TEMP TABLE broken AS
      SELECT k.id AS id, CAST(coalesce(json_quote(${DOCUMENT_TEXT}), '${EMPTY}') AS BLOB) AS text
      FROM ${broken};
    DELETE FROM json WHERE key_id IN (SELECT id FROM broken);
    INSERT INTO json(key_id, position, text)
      SELECT id, 0, text FROM broken WHERE length(text) > ${INLINE_LIMIT};
    UPDATE keys SET value = (SELECT CASE WHEN length(text) <= ${INLINE_LIMIT} THEN text END
        FROM broken b WHERE b.id = keys.id)
      WHERE id IN (SELECT id FROM broken);
    DROP TABLE broken;
    UPDATE keys SET encoding = ${SIZE_UNIT},
        length = coalesce(length(value), (SELECT sum(length(text)) FROM json j WHERE j.key_id = keys.id))
      WHERE type = ${TYPE.JSON};
  `);
}
