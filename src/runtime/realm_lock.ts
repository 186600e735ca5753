/**
 * Locks between the realms of one process: its main program, its Workers, and copies of this module in
 * one of them. They share no memory that a lock could stand in. In Deno a locked file does
 * ({@linkcode lockableFile}); Node and Bun lock no files, but have one SQLite library in the process.
 *
 * @module
 */

import type { OpenFile } from "./files.ts";
import { NodeRealmLock } from "./node/realm_lock.ts";
import { DENO } from "./runtime.ts";

/** A lock that realms hold together, or one of them alone. */
export interface RealmLock {
  /** Runs something if no realm holds the lock; nobody can take it meanwhile. @returns Whether it ran. */
  exclusively(work: () => void): boolean;
  /** Takes the lock together with others, waiting for one that has it alone. */
  share(): void;
  /** Gives it back. */
  unshare(): void;
  /** Ends the use of it. What a realm holds that ends without this is given back. */
  close(): void;
}

/** A lock by its name; undefined in Deno. */
export const realmLock: ((name: string) => RealmLock) | undefined = DENO === undefined
  ? (name) => new NodeRealmLock(name)
  : undefined;

/** A file whose descriptors can be locked (`flock`), within one process too. */
export interface LockableFile extends OpenFile {
  tryLockSync(exclusive: boolean): boolean;
  unlockSync(): void;
  truncateSync(): void;
  writeSync(bytes: Uint8Array): number;
}

/** Opens such a file to read and write, made if need be; undefined where there are none. */
export const lockableFile: ((path: string, create: boolean) => LockableFile) | undefined =
  lockableFileOf(DENO);

function lockableFileOf(deno: typeof DENO) {
  return deno &&
    ((path: string, create: boolean): LockableFile =>
      deno.openSync(path, { read: true, write: true, create }));
}
