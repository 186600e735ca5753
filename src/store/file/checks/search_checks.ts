/** What INTEGRITY looks for in search indexes: that they have the documents that their keys are. */

import { TYPE } from "../schema.ts";

/** The contents of indexes, not those that wait to be deleted. */
const LIVE = "search_contents c JOIN search_indexes i ON i.contents = c.id";
/** An index in words. */
const INDEX = "printf('index %s', quote(CAST(i.name AS TEXT)))";
/** The key of a document, as database 0 has it. */
const KEY = `keys k WHERE k.space = (SELECT space FROM databases WHERE db = 0) AND k.key = d.key
  AND k.type IN (${TYPE.STRING}, ${TYPE.HASH}, ${TYPE.JSON})`;

/** The checks: a query that selects a line for each problem. */
export const SEARCH_CHECKS: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: "search_documents",
    sql: `SELECT printf('%s has a document of key %s, which is not there', ${INDEX}, quote(d.key))
      FROM ${LIVE} JOIN search_documents d ON d.contents = c.id
      WHERE NOT EXISTS (SELECT 1 FROM ${KEY})
      UNION ALL
      SELECT printf('%s counts %d documents and has %d', ${INDEX}, c.documents, count(d.number))
      FROM ${LIVE} LEFT JOIN search_documents d ON d.contents = c.id
      GROUP BY c.id HAVING c.documents <> count(d.number)
      UNION ALL
      SELECT printf('%s counts %d words and has %d', ${INDEX}, c.lengths,
        coalesce(sum(d.length), 0))
      FROM ${LIVE} LEFT JOIN search_documents d ON d.contents = c.id
      GROUP BY c.id HAVING c.lengths <> coalesce(sum(d.length), 0)
      UNION ALL
      SELECT printf('%s has the document %d, and the next number is %d', ${INDEX}, max(d.number),
        c.next_number)
      FROM ${LIVE} JOIN search_documents d ON d.contents = c.id
      GROUP BY c.id HAVING max(d.number) >= c.next_number`,
  },
  {
    name: "search_records",
    sql: `SELECT printf('%s has no record of the document %d, which is in no list yet', ${INDEX},
        d.number)
      FROM ${LIVE} JOIN search_documents d ON d.contents = c.id AND d.number > c.merged_to
      WHERE NOT EXISTS (SELECT 1 FROM search_records r WHERE r.id = c.id * 2147483648 + d.number)`,
  },
  {
    name: "search_lists",
    sql: `SELECT printf('%s has a list with a document after the last, %d', ${INDEX}, max(l.last))
      FROM ${LIVE} JOIN search_lists l ON l.contents = c.id
      GROUP BY c.id HAVING max(l.last) >= c.next_number
      UNION ALL
      SELECT printf('%s has %d blocks of no list', ${INDEX}, count(*))
      FROM ${LIVE} JOIN search_blocks b ON b.contents = c.id
      WHERE b.list NOT IN (SELECT list FROM search_lists l WHERE l.contents = c.id)
      GROUP BY c.id`,
  },
  {
    name: "search_indexes",
    sql: `SELECT printf('index %s has no contents', quote(CAST(name AS TEXT))) FROM search_indexes
      WHERE contents NOT IN (SELECT id FROM search_contents)`,
  },
];
