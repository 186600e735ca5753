/**
 * Which files this process has open, and through which SQLite. POSIX takes every lock a process has
 * on a file away when it closes any descriptor of it; SQLite knows and works around that within one
 * library, so two libraries on one file would silently lose each other's locks.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { files } from "../../runtime/files.ts";
import { fileFlag, mayUseFile, notCapable } from "../../runtime/permissions.ts";
import { Posix } from "../../runtime/posix.ts";
import { type RealmLock, realmLock } from "../../runtime/realm_lock.ts";
import type { DriverInfo } from "../../sqlite/sqlite.ts";
import { holdsOpen } from "./descriptors.ts";
import { OtherLibrary, ProcessMark } from "./process_mark.ts";

/** What tells the other realms of the process that this one has a file open. */
interface Mark extends Pick<ProcessMark, "remove"> {
  /** Whether another realm has the file open; undefined if that cannot be told. */
  readonly others?: boolean | undefined;
}

/** A file that this realm has open. */
interface OpenFile {
  readonly info: DriverInfo;
  readonly mark: Mark | undefined;
  /** Those who have to be told before somebody else here opens it. */
  readonly told: Set<() => void>;
  count: number;
}

const open = new Map<string, OpenFile>();

/** What is to be done while nobody else in the process, in whichever realm, has a file open. */
export interface Alone {
  /** Before the first one opens it. */
  readonly first?: () => void;
  /** After the last one has closed it. */
  readonly last?: () => void;
}

/**
 * Notes that a file is being opened.
 *
 * @param alone Is left out where it cannot be told whether anybody else has it open.
 * @returns What to call when it is closed.
 * @throws {Error} If it is open through another SQLite library, in this realm or another one of the
 * process, or by something else in it that can be told.
 */
export function claim(path: string, info: DriverInfo, alone: Alone = {}): () => void {
  const id = realPath(path);
  let entry = open.get(id);
  if (entry === undefined) {
    entry = { info, mark: markOf(id, path, info, alone), told: new Set(), count: 0 };
    open.set(id, entry);
  } else if (entry.info.name !== info.name || entry.info.library !== info.library) {
    throw breaksLocks(path, `through the ${entry.info.name} driver`);
  }
  const { mark } = entry;
  const file = entry;
  file.count++;
  for (const tell of file.told) tell();
  return () => {
    if (--file.count > 0) return;
    open.delete(id);
    mark?.remove(alone.last);
  };
}

/**
 * Tells before somebody else of this realm opens a file that is open here.
 *
 * @param path The real path of the file, which has been claimed.
 * @returns What ends that.
 */
export function beforeOthers(path: string, tell: () => void): () => void {
  const file = open.get(path);
  file?.told.add(tell);
  return () => void file?.told.delete(tell);
}

/**
 * Whether anybody else in this process has a file open that is open here.
 *
 * @returns Undefined if that cannot be told.
 */
export function othersHere(path: string): boolean | undefined {
  const file = open.get(path);
  if (file === undefined) return undefined;
  return file.count > 1 || file.mark?.others;
}

/** Whether this process has a file open, as far as that can be told. @param path Its real path. */
export function isOpenHere(path: string): boolean {
  return open.has(path) || holdsOpen(path) === true;
}

function markOf(id: string, path: string, info: DriverInfo, alone: Alone): Mark | undefined {
  return realmLock === undefined
    ? markedFile(id, path, info, alone)
    : markedLock(realmLock(id), id, alone);
}

/** Where a process has but one SQLite library, so that only who opens a file first is to be known. */
function markedLock(lock: RealmLock, id: string, { first }: Alone): Mark {
  try {
    lock.exclusively(() => {
      // The program may have it open by itself.
      if (holdsOpen(id) !== true) first?.();
    });
    lock.share();
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    remove(whenLast = () => {}) {
      lock.unshare();
      try {
        lock.exclusively(whenLast);
      } finally {
        lock.close();
      }
    },
  };
}

function markedFile(
  id: string,
  path: string,
  info: DriverInfo,
  { first }: Alone,
): Mark | undefined {
  let mark: ProcessMark | undefined;
  try {
    mark = ProcessMark.make(id, `the ${info.name} driver (${info.library})`);
  } catch (error) {
    if (error instanceof OtherLibrary) throw breaksLocks(path, `through ${error.owner}`);
    throw error;
  }
  // Through the library inside the runtime, `node:sqlite` in the program may have the file open, too.
  if (mark?.first && info.name !== "builtin" && holdsOpen(id)) {
    mark.remove();
    throw breaksLocks(path, "by something else than Redlite");
  }
  try {
    // Through another library nobody keeps a log, which is all that this is for.
    if (info.name === "ffi") mark?.show(Posix.load());
    // The builtin library may have it open in the program.
    if (mark?.first && holdsOpen(id) !== true) first?.();
  } catch (error) {
    mark?.remove();
    throw error;
  }
  return mark;
}

function breaksLocks(path: string, how: string): Error {
  return new Error(
    `${path} is open in this process ${how}; ` +
      "opening it through another SQLite library would break its locks",
  );
}

/**
 * Makes sure that the runtime lets us read and write a database file and what SQLite puts beside it: SQLite
 * in a native library would open them without asking.
 *
 * @param readonly Whether it is only read.
 * @throws {Error} With the flags that are missing, in one line.
 */
export function requirePermissions(path: string, readonly = false): void {
  const needed = readonly ? ["read"] as const : ["read", "write"] as const;
  const missing = needed.filter((name) =>
    [path, `${path}-wal`].some((file) => !mayUseFile(name, file))
  );
  if (missing.length === 0) return;
  const flags = missing.map((name) => fileFlag(name, dirname(path))).join(" ");
  throw notCapable(`opening ${path} needs ${flags}`);
}

/** The file's real path. The file itself may not exist yet. */
export function realPath(path: string): string {
  try {
    return files.realPathSync(path);
  } catch {
    try {
      return join(files.realPathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
