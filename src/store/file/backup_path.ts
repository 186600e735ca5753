/**
 * Where a client may have a backup written: in the directory of the database file or below, and not
 * over the database itself.
 *
 * @module
 */

import { basename, dirname, join, resolve, sep } from "node:path";
import { SUFFIXES } from "../../engine/log/reading.ts";
import { files, isNotADirectory, isNotFound } from "../../runtime/files.ts";
import { OS } from "../../runtime/runtime.ts";
import { err } from "../values/errors.ts";
import { realPath } from "../place/open_files.ts";

/** What is kept beside a database file. */
const BESIDE = ["", "-wal", "-shm", "-journal", ...SUFFIXES];

/**
 * The file that a client means.
 *
 * @param database The database file.
 * @param given What the client gave: relative to the database's directory, or absolute.
 * @returns The real path; the directory is there.
 * @throws {CommandError} If it is outside of the database's directory, also by a symbolic link, or
 * is no place for a backup.
 */
export function backupPath(database: string, given: string): string {
  const name = basename(given);
  if (name === "" || name === "." || name === ".." || given.includes("\0")) {
    throw err("the backup path must name a file");
  }
  // A name with a colon is a stream of another file on Windows.
  if (OS === "windows" && name.includes(":")) throw err("the backup path is no file");
  const root = files.realPathSync(dirname(resolve(database)));
  const directory = realDirectory(dirname(resolve(root, given)));
  if (directory !== root && !directory.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw err("the backup path is outside of the database's directory");
  }
  const target = join(directory, name);
  const own = join(root, basename(realPath(resolve(database))));
  // Compared without case: there are file systems that take `APP.DB` for `app.db`.
  if (BESIDE.some((suffix) => `${own}${suffix}`.toLowerCase() === target.toLowerCase())) {
    throw err("the backup path is the database's own file");
  }
  return target;
}

function realDirectory(path: string): string {
  try {
    if (files.statSync(path).isDirectory) return files.realPathSync(path);
  } catch (error) {
    const absent = isNotFound(error) ||
      isNotADirectory(error);
    if (!absent) throw error;
  }
  throw err("the directory of the backup path does not exist");
}
