/**
 * Which file a path names. SQLite follows symbolic links and puts its write-ahead log beside the
 * file that it comes to, so everybody works with that one name.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { type FileInfo, files } from "../../runtime/files.ts";
import { isNotCapable } from "../../runtime/permissions.ts";

/** Symbolic links followed one after the other, as many as the system follows. */
const MOST_LINKS = 40;

/**
 * The real, absolute path of a database file, which need not exist yet.
 *
 * @param given As the user gave it.
 * @throws {Error} If SQLite would not make a database file of it, or another one than it seems; in
 * one line.
 */
export function databasePath(given: string): string {
  if (given === "") throw new Error("the path of the database is empty");
  if (given.includes("\0")) throw new Error("the path of the database has a zero byte in it");
  if (/^file:/i.test(given)) {
    throw new Error(
      `${given} is a URI; name the database by its path, or as ./${given} if that is its name`,
    );
  }
  if (given.endsWith("/")) throw new Error(`${given} is a directory; name a file in it`);
  const path = followed(given);
  let found: FileInfo;
  try {
    found = files.statSync(path);
  } catch {
    // It is made by opening it, or that tells what is wrong.
    return path;
  }
  if (found.isDirectory) throw new Error(`${given} is a directory; name a file in it`);
  if (!found.isFile) throw new Error(`${given} is no regular file`);
  return path;
}

function followed(given: string): string {
  try {
    let path = resolve(given);
    for (let links = 0; links < MOST_LINKS; links++) {
      const real = realPath(path);
      if (real !== undefined) return real;
      // Opening a link that leads nowhere makes the file that it names.
      path = join(realPath(dirname(path)) ?? dirname(path), basename(path));
      if (!isLink(path)) return path;
      path = resolve(dirname(path), files.readLinkSync(path));
    }
  } catch (error) {
    // Without permission to look, the name has to do.
    if (isNotCapable(error)) return given;
    throw error;
  }
  throw new Error(`${given} has too many symbolic links`);
}

function realPath(path: string): string | undefined {
  try {
    return files.realPathSync(path);
  } catch (error) {
    if (isNotCapable(error)) throw error;
    return undefined;
  }
}

function isLink(path: string): boolean {
  try {
    return files.lstatSync(path).isSymlink;
  } catch (error) {
    if (isNotCapable(error)) throw error;
    return false;
  }
}
