import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import { asItIs, canReadAsItIs } from "../place/as_it_is.ts";
import { besideOf, tidyUp } from "../place/leftovers.ts";
import { claim, realPath } from "../place/open_files.ts";
import { assertOwnLog } from "./foreign_log.ts";

/** Milliseconds to wait for another process's lock. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Notes that a database is being opened to be read only: looks at the log that is beside it before, and
 * takes away what reading leaves.
 *
 * @returns What to call when it is closed.
 * @throws {Error} If it is open through another SQLite library, or beside another database's log.
 */
export function claimForReading(driver: Driver, path: string): () => void {
  const file = realPath(path);
  const before = besideOf(file);
  return claim(path, driver.info, {
    first: () => assertOwnLog(file, driver.encrypts),
    last: () => tidyUp(driver, file, before),
  });
}

/** Opens a database that was claimed, also where nothing may be written beside it. */
export function openForReading(driver: Driver, path: string): Connection {
  const open = (opener: Driver): Connection => {
    const connection = opener.open(path, { readonly: true });
    try {
      connection.setBusyTimeout(BUSY_TIMEOUT_MS);
      connection.exec("SELECT 1 FROM sqlite_schema LIMIT 1");
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  };
  try {
    return open(driver);
  } catch (error) {
    if (!canReadAsItIs(path, error)) throw error;
    return open(asItIs(driver));
  }
}
