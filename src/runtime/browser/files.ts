/**
 * The file system of a browser: there is none that a path leads to. Databases on the origin private
 * file system are SQLite's, and nobody else's.
 *
 * @module
 */

import type { Files } from "../files.ts";

/** @throws {Error} As for a file that is not there. */
function none(path: string): never {
  throw Object.assign(new Error(`a browser has no files: ${path} cannot be reached`), {
    code: "ENOENT",
  });
}

// deno-lint-ignore require-await
const later = async (path: string): Promise<never> => none(path);

/** Asks whether a file may be written to. @throws {Error} It may not. */
export const nodeCanWrite: (path: string) => void = none;

/** Makes a file. @throws {Error} It cannot. */
export const nodeCreate: (path: string) => Promise<never> = later;

/** Writes to the standard output. @throws {Error} There is none. */
export const nodeWriteOut = (_: Uint8Array): Promise<number> => later("the standard output");

/** Functions on files, none of which there is. */
export const nodeFiles: Files = {
  open: later,
  openSync: none,
  stat: later,
  statSync: none,
  lstatSync: none,
  realPathSync: none,
  readLinkSync: none,
  readDirSync: none,
  readTextFileSync: none,
  writeFileSync: none,
  chmod: later,
  chmodSync: none,
  rename: later,
  renameSync: none,
  remove: later,
  removeSync: none,
};
