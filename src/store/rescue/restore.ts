/**
 * Puts a backup in the place of a database. What was there is kept under another name: whoever restores
 * in a hurry may have named the wrong file. A WAL of the old database goes with it, for SQLite would
 * apply it to the new one.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { SUFFIXES } from "../../engine/log/reading.ts";
import { files, isTaken } from "../../runtime/files.ts";
import { OS } from "../../runtime/runtime.ts";
import { type Connection, type Driver, SqliteError } from "../../sqlite/sqlite.ts";
import {
  checkCopy,
  copyDatabase,
  forgetLog,
  removeIfThere,
  syncDirectory,
  syncFile,
} from "../file/backup.ts";
import { migrate } from "../file/migrate.ts";
import { claim, isOpenHere, realPath, requirePermissions } from "../place/open_files.ts";
import { CommandError, err } from "../values/errors.ts";
import { assertOwnLog } from "./foreign_log.ts";
import { applyCopiedLog, type ApplyLog, copyLog } from "./logged_turns.ts";
import { claimForReading, openForReading } from "./reading.ts";

/** What was restored. */
export interface RestoreOutcome {
  /** The database file. */
  readonly path: string;
  /** Its pages. */
  readonly pages: number;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Where the database is kept that was there before; undefined if there was none. */
  readonly previous: string | undefined;
  /** Turns that a crash had left in the backup's log alone, which are in it now. */
  readonly turns: number;
  /** What of the backup's log is not in it, a line each. */
  readonly losses: readonly string[];
}

/** What is kept beside a database. */
const BESIDE = ["", "-wal", "-shm", "-journal", ...SUFFIXES];

/**
 * Restores a backup.
 *
 * @param from The backup: any database of Redlite, one that is in use as well.
 * @param to The database file; nobody may have it open.
 * @param apply Applies what the backup's log has.
 * @throws {Error} If the backup is damaged, or the database is in use.
 */
export async function restore(
  driver: Driver,
  from: string,
  to: string,
  apply: ApplyLog,
): Promise<RestoreOutcome> {
  requirePermissions(from, true);
  requirePermissions(to);
  const source = realPath(from), target = realPath(to);
  if (source === target) throw err("the backup and the database are the same file");
  const temporary = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}.tmp`);
  const release = claimForReading(driver, from);
  let connection: Connection | undefined;
  try {
    connection = openForReading(driver, from);
    copyLog(source, temporary);
    await copyDatabase(driver, { connection, signal: new AbortController().signal }, temporary);
    bringForward(driver, temporary, from);
    const losses: string[] = [];
    const turns = applyCopiedLog(driver, { copy: temporary, from: source, apply, losses });
    forgetLog(driver, temporary);
    const { pageSize, problems } = await checkCopy(driver, temporary);
    if (problems[0] !== undefined) {
      throw new CommandError(`CORRUPT ${from} is damaged, it is not restored: ${problems[0]}`);
    }
    const { mode } = files.statSync(isTaken(target) ? target : source);
    if (mode !== null && OS !== "windows") files.chmodSync(temporary, mode & 0o777);
    const bytes = files.statSync(temporary).size;
    await syncFile(temporary);
    const previous = moveAway(driver, to, target);
    files.renameSync(temporary, target);
    await syncDirectory(dirname(target));
    return { path: to, pages: bytes / pageSize, bytes, previous, turns, losses };
  } finally {
    connection?.close();
    release();
    for (const suffix of BESIDE) await removeIfThere(temporary + suffix);
  }
}

/** Brings a copy to this version's format. @throws {ForeignFile} If it is not ours, or newer. */
function bringForward(driver: Driver, copy: string, from: string): void {
  const connection = driver.open(copy, { create: false });
  try {
    migrate(connection, from);
  } finally {
    connection.close();
  }
}

/** Gives what is at a path another name. @returns The name. */
function moveAway(driver: Driver, given: string, path: string): string | undefined {
  if (!BESIDE.some((suffix) => isTaken(path + suffix))) return undefined;
  // What comes next opens the file and closes it, which would take the locks of who has it open here.
  if (isOpenHere(path)) throw inUse(given);
  let release: () => void;
  try {
    release = claim(given, driver.info);
  } catch (error) {
    throw err(`${given} is not restored: ${error instanceof Error ? error.message : error}`);
  }
  try {
    assertNobodyIn(driver, given, path);
    const previous = freeName(path);
    for (const suffix of BESIDE) {
      if (isTaken(path + suffix)) files.renameSync(path + suffix, previous + suffix);
    }
    return previous;
  } finally {
    release();
  }
}

const inUse = (given: string) =>
  err(`${given} is not restored: it is open somewhere; stop the server first`);

/** An old file may be anything, also damaged; but no server may write into what is moved away. */
function assertNobodyIn(driver: Driver, given: string, path: string): void {
  if (!isTaken(path)) return;
  let connection: Connection | undefined;
  try {
    // A log that is not its own is not for SQLite to apply, here either.
    assertOwnLog(path, driver.encrypts);
    connection = driver.open(path, { create: false });
    connection.setBusyTimeout(0);
    connection.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    if (error instanceof SqliteError && error.busy) {
      throw inUse(given);
    }
    // It cannot be opened at all, which may be why it is to be replaced.
  } finally {
    connection?.close();
  }
}

function freeName(path: string): string {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  for (let n = 0;; n++) {
    const name = `${path}.before-${stamp}${n === 0 ? "" : `-${n}`}`;
    if (!isTaken(name)) return name;
  }
}
