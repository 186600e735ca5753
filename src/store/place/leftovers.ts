/**
 * What readers leave beside a database. SQLite lets a connection that may not write make an empty WAL
 * and its index, and cannot remove them again, for only who locks the file for writing knows that he is
 * the last. They belong to whoever made them: for another user they are in the way.
 *
 * @module
 */

import { canWrite, files, isPermissionDenied } from "../../runtime/files.ts";
import { isNotCapable, mayUseFile } from "../../runtime/permissions.ts";
import { type Connection, type Driver, SqliteError } from "../../sqlite/sqlite.ts";

/** What a reader makes. */
const BESIDE = ["-wal", "-shm"];

/** What there is beside a database, by its ending, with its size. */
export function besideOf(path: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const suffix of BESIDE) {
    try {
      found.set(suffix, files.statSync(path + suffix).size);
    } catch {
      // There is none, or we may not know.
    }
  }
  return found;
}

/**
 * Removes an empty WAL and its index that another user's reader has left and that we may not write to,
 * before the database is opened for writing. Nobody has it open meanwhile: SQLite's own exclusive lock
 * says so, for which neither of the two is needed. Call where nobody else in the process has it open.
 *
 * @param path The real path of the database.
 */
export function removeUnusable(driver: Driver, path: string): void {
  const found = besideOf(path);
  if (found.size === 0 || (found.get("-wal") ?? 0) > 0) return;
  if (!isFile(path) || [...found.keys()].every((suffix) => canWrite(path + suffix))) return;
  let connection: Connection | undefined;
  try {
    connection = driver.open(path, { create: false });
    connection.setBusyTimeout(0);
    connection.exec("PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema");
    for (const suffix of found.keys()) files.removeSync(path + suffix);
  } catch (error) {
    const usual = error instanceof SqliteError || isPermissionDenied(error) ||
      isNotCapable(error);
    // Opening it in earnest tells what is wrong.
    if (!usual) throw error;
  } finally {
    connection?.close();
  }
}

/**
 * Takes away what a reader has made beside a database, where it might write to it: opened for writing
 * and closed again by the last one in it, SQLite does so.
 *
 * @param before What there was when it began to read. Call where nobody in the process has it open.
 */
export function tidyUp(driver: Driver, path: string, before: ReadonlyMap<string, number>): void {
  const found = besideOf(path);
  if (found.size === 0 || before.size > 0 || (found.get("-wal") ?? 0) > 0) return;
  const mayTry = [path, `${path}-wal`].every((file) => mayUseFile("write", file));
  if (!mayTry || !canWrite(path)) return;
  let connection: Connection | undefined;
  try {
    connection = driver.open(path, { create: false });
    connection.setBusyTimeout(0);
    connection.exec("SELECT count(*) FROM sqlite_schema");
  } catch (error) {
    // Somebody else is in it, who takes them away when he leaves.
    if (!(error instanceof SqliteError)) throw error;
  } finally {
    connection?.close();
  }
}

function isFile(path: string): boolean {
  try {
    return files.statSync(path).isFile;
  } catch {
    return false;
  }
}
