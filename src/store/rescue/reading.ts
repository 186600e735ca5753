import type { Driver } from "../../sqlite/sqlite.ts";
import { besideOf, tidyUp } from "../file/leftovers.ts";
import { claim, realPath } from "../file/open_files.ts";
import { assertOwnLog } from "./foreign_log.ts";

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
