/** What must hold of documents: their rows put together are JSON, of the length that their keys say. */

import { TYPE } from "../schema.ts";

/** The bytes of a key's rows. */
const ROWS = "(SELECT sum(length(j.text)) FROM json j WHERE j.key_id = k.id)";

/** A key's text, as SQL over `keys k`. */
export const DOCUMENT_TEXT: string = `CAST(coalesce(k.value, (
  SELECT group_concat(text, '') FROM (
    SELECT j.text FROM json j WHERE j.key_id = k.id ORDER BY j.position)
)) AS TEXT)`;

/**
 * The checks: each selects a line for each problem.
 *
 * @param key A key in words, as SQL.
 * @param owned The ids that have an owner, as SQL.
 */
export function jsonChecks(
  key: string,
  owned: string,
): readonly { readonly name: string; readonly sql: string }[] {
  const documents = `FROM keys k WHERE k.type = ${TYPE.JSON}`;
  return [{
    name: "json",
    sql: `SELECT printf('%s is a document of %d bytes and has %d', ${key}, k.length,
        coalesce(length(k.value), ${ROWS}, 0))
      ${documents} AND k.length <> coalesce(length(k.value), ${ROWS}, 0)
      UNION ALL
      SELECT printf('%s has its text twice', ${key})
      ${documents} AND k.value IS NOT NULL AND ${ROWS} IS NOT NULL
      UNION ALL
      SELECT printf('%s is no JSON', ${key})
      ${documents} AND NOT coalesce(json_valid(${DOCUMENT_TEXT}), 0)`,
  }, {
    name: "json",
    sql: `SELECT printf('%d rows of json belong to no key (id %d)', elements, key_id) FROM (
        SELECT key_id, count(*) AS elements FROM json GROUP BY key_id
      ) WHERE key_id NOT IN ${owned}`,
  }];
}
