/** What the memory for rows and pages is divided into. */

/**
 * Share of the cache that holds single rows; SQLite's pages get the rest. A read of a row that is
 * not in it costs 2 µs, a write whose page is not there 3 to 5.
 */
const ROWS = 1 / 2;
/**
 * Share that what is noted of rows takes which are held back, while there is a log: numbers beside their records,
 * copies, and pages of the connection that looks rows up meanwhile.
 */
const HELD = 1 / 8;

/**
 * Divides the cache.
 *
 * @param bytes What there is.
 * @param behind Whether rows are held back beside a log.
 * @returns Bytes for rows, and for the pages of the connection that writes.
 */
export function cacheShares(bytes: number, behind: boolean): { rows: number; pages: number } {
  const rows = Math.floor(bytes * ROWS);
  return { rows, pages: bytes - rows - (behind ? Math.floor(bytes * HELD) : 0) };
}
