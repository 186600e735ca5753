/**
 * The files that this process has open, and the locks it holds, as Linux tells them. Deno shows
 * `/proc` to programs with all permissions only; elsewhere nothing can be told.
 *
 * @module
 */

import { files } from "../../runtime/files.ts";
import { OS } from "../../runtime/runtime.ts";

/** A file, whatever its name. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** The identity of the file that a path names; undefined if there is none. Opens nothing. */
export function identityOf(path: string): FileIdentity | undefined {
  try {
    const { dev, ino } = files.statSync(path);
    return ino === null ? undefined : { dev, ino };
  } catch {
    return undefined;
  }
}

/** Whether this process has a file open; undefined where that cannot be told. */
export function holdsOpen(path: string): boolean | undefined {
  if (OS !== "linux") return undefined;
  const wanted = identityOf(path);
  if (wanted === undefined) return false;
  try {
    return descriptorsOf(wanted).length > 0;
  } catch {
    return undefined;
  }
}

/** The byte that SQLite locks in a WAL's index as long as it is mapped, and one in a database file. */
export const INDEX_LOCK = 128;
const SHARED_LOCK = 0x40000002;

/** The locks that SQLite holds on a database with a WAL as long as this process has it open. */
export class HeldLocks {
  readonly #files: readonly {
    readonly path: string;
    readonly byte: number;
    descriptor?: string | undefined;
  }[];

  /** @param database Its real path. */
  constructor(database: string) {
    this.#files = [
      { path: database, byte: SHARED_LOCK, descriptor: undefined },
      { path: `${database}-shm`, byte: INDEX_LOCK, descriptor: undefined },
    ];
  }

  /** Whether this process holds them all; undefined where that cannot be told. */
  held(): boolean | undefined {
    if (OS !== "linux") return undefined;
    try {
      for (const file of this.#files) {
        const identity = identityOf(file.path);
        if (identity === undefined) return undefined;
        if (file.descriptor !== undefined && tells(file.descriptor, identity, file.byte)) continue;
        const descriptors = descriptorsOf(identity);
        if (descriptors.length === 0) return undefined;
        // Each descriptor tells of the locks only that were taken by it.
        file.descriptor = descriptors.find((each) => tells(each, identity, file.byte));
        if (file.descriptor === undefined) return false;
      }
      return true;
    } catch {
      return undefined;
    }
  }
}

/** Whether a descriptor is one of a file, and tells of a lock. One that is closed meanwhile does not. */
function tells(descriptor: string, identity: FileIdentity, byte: number): boolean {
  try {
    return tellsOf(files.readTextFileSync(`/proc/self/fdinfo/${descriptor}`), byte) &&
      leadsTo(descriptor, identity);
  } catch {
    return false;
  }
}

function leadsTo(descriptor: string, { dev, ino }: FileIdentity): boolean {
  const found = identityOf(`/proc/self/fd/${descriptor}`);
  return found !== undefined && found.ino === ino && found.dev === dev;
}

function descriptorsOf(file: FileIdentity): string[] {
  const names: string[] = [];
  for (const { name } of files.readDirSync("/proc/self/fd")) {
    if (leadsTo(name, file)) names.push(name);
  }
  return names;
}

/** A line is `lock:\t1: POSIX  ADVISORY  READ 1234 fe:00:5678 128 128`. */
function tellsOf(fdinfo: string, byte: number): boolean {
  for (const [, first, last] of fdinfo.matchAll(/POSIX +ADVISORY +\w+ +\S+ \S+ (\d+) (\d+|EOF)/g)) {
    if (Number(first) <= byte && (last === "EOF" || Number(last) >= byte)) return true;
  }
  return false;
}
