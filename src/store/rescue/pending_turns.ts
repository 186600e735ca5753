/** What the log beside a database has that the database lacks, for who reads the database alone. */

import { UnusableLog } from "../../engine/log/format.ts";
import { findLogs, hasLog, readTurns } from "../../engine/log/reading.ts";
import type { Connection } from "../../sqlite/sqlite.ts";
import { appliedTurns, hexOf } from "../log/applied_turns.ts";

/**
 * Looks for turns that are in a database's log alone.
 *
 * @param connection The database; undefined if it cannot be asked what it has.
 * @returns What is left out, in a line; undefined if that is nothing.
 */
export function pendingTurns(connection: Connection | undefined, path: string): string | undefined {
  if (!hasLog(path)) return undefined;
  try {
    const applied = connection && appliedTurns(connection);
    if (connection !== undefined && applied === undefined) return undefined;
    const lacking = new Set<number>();
    for (const log of findLogs(path)) {
      if (log.identity === undefined) continue;
      if (applied !== undefined && hexOf(log.identity) !== applied.identity) continue;
      readTurns(log, ({ number }) => {
        if (number > (applied?.turn ?? 0)) lacking.add(number);
      });
    }
    if (lacking.size === 0) return undefined;
    return applied === undefined
      ? `${lacking.size} turns of the log beside ${path} are left out, in it or not`
      : `${lacking.size} turns of the log beside ${path} are not in it yet, and are left out: ` +
        "they are applied when it is opened for writing";
  } catch (error) {
    if (!(error instanceof UnusableLog)) throw error;
    return `the log beside ${path} is left out: ${error.message}`;
  }
}
