/**
 * What readers leave beside a database. SQLite lets a connection that may not write make an empty WAL
 * and its index, and cannot remove them again, for only who locks the file for writing knows that he is
 * the last. They belong to whoever made them: for another user they are in the way.
 *
 * @module
 */

import { type Connection, type Driver, SqliteError } from "../../sqlite/sqlite.ts";

/** What a reader makes. */
const BESIDE = ["-wal", "-shm"];

/** What there is beside a database, by its ending, with its size. */
export function besideOf(path: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const suffix of BESIDE) {
    try {
      found.set(suffix, Deno.statSync(path + suffix).size);
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
  if (!isFile(path) || [...found.keys()].every((suffix) => mayWrite(path + suffix))) return;
  let connection: Connection | undefined;
  try {
    connection = driver.open(path, { create: false });
    connection.setBusyTimeout(0);
    connection.exec("PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema");
    for (const suffix of found.keys()) Deno.removeSync(path + suffix);
  } catch (error) {
    const usual = error instanceof SqliteError || error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable;
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
  const mayTry = [path, `${path}-wal`].every((file) =>
    Deno.permissions.querySync({ name: "write", path: file }).state === "granted"
  );
  if (!mayTry || !mayWrite(path)) return;
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
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Whether we may write to a file. It is opened for that, which takes this process's locks on it away:
 * call only where the process has none.
 */
function mayWrite(path: string): boolean {
  try {
    Deno.openSync(path, { write: true }).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.PermissionDenied);
  }
}
