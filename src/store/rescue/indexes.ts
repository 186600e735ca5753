/**
 * Search indexes of a salvaged file: their definitions are saved, and keys are indexed anew once a
 * server or program has the file open.
 *
 * @module
 */

import type { Connection } from "../../sqlite/sqlite.ts";

/** Gives indexes new, empty contents, with all keys yet to be looked at. */
export function renewIndexes(connection: Connection): void {
  connection.exec(`
    UPDATE search_indexes SET contents = contents + (SELECT max(contents) FROM search_indexes);
    INSERT INTO search_contents(id, next_number, documents, lengths, merged_to, merge_to,
      deletions, next_list, scan_from, scan_before, scanned, failures)
    SELECT contents, 1, 0, 0, 0, 0, 0, 1, x'', 1, 0, '' FROM search_indexes;
    DELETE FROM search_aliases WHERE name NOT IN (SELECT name FROM search_indexes);
  `);
}
