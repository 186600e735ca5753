/**
 * Whether a file may be replaced by a backup: only a database of Redlite that nobody uses and that is
 * whole by itself. What a name leads to is easily mistaken: another server's database, a key, a program.
 *
 * @module
 */

import { SUFFIXES } from "../../engine/log/reading.ts";
import { type FileInfo, files, isNotFound, isTaken } from "../../runtime/files.ts";
import { type Connection, type Driver, SqliteError } from "../../sqlite/sqlite.ts";
import { err } from "../values/errors.ts";
import { claim } from "../place/open_files.ts";
import { APPLICATION_ID } from "./schema.ts";

/** What is beside a database that is open, or that a crash has left. */
const BESIDE = ["-wal", "-shm", "-journal", ...SUFFIXES];

/**
 * Makes sure that nothing is at a path, or what may be replaced.
 *
 * @param replace Whether anything may be replaced at all.
 * @throws {CommandError} If there is something that must not go.
 */
export function assertReplaceable(driver: Driver, path: string, replace: boolean): void {
  let found: FileInfo;
  try {
    found = files.lstatSync(path);
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  if (!found.isFile) throw err("the backup path is no file");
  if (!replace) throw err("the backup file exists; REPLACE overwrites it");
  assertOursAndFree(driver, path);
}

/**
 * Makes sure that a file is a database of Redlite that nobody has open, and whole without a log.
 *
 * @throws {CommandError}
 */
export function assertOursAndFree(driver: Driver, path: string): void {
  for (const suffix of BESIDE) {
    if (!isTaken(path + suffix)) continue;
    throw err(
      `${path} is not replaced: there is a ${path}${suffix}, so it is open, or was not closed well`,
    );
  }
  let release: () => void;
  try {
    // Also what another realm of this process has open must not be opened through a second library.
    release = claim(path, driver.info);
  } catch {
    throw inUse(path);
  }
  let connection: Connection | undefined;
  try {
    connection = driver.open(path, { create: false });
    connection.setBusyTimeout(0);
    // In this mode a WAL's index is kept in memory, and the lock says that nobody else is in.
    connection.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    const id = connection.prepare("PRAGMA application_id");
    id.step();
    const ours = id.columnNumber(0) === APPLICATION_ID;
    id.finalize();
    if (!ours) throw notOurs(path);
  } catch (error) {
    if (error instanceof SqliteError && error.busy) throw inUse(path);
    throw error instanceof SqliteError ? notOurs(path) : error;
  } finally {
    connection?.close();
    release();
  }
}

const inUse = (path: string) => err(`${path} is not replaced: it is open somewhere`);
const notOurs = (path: string) =>
  err(`${path} is not replaced: it is no database of Redlite that can be read`);
