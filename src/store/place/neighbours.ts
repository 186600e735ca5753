/**
 * Who else has a database open. SQLite holds a lock on a byte of the WAL's index for each process as
 * long as it has the database open, and a process can ask whether another one holds one; of those in
 * the same process open_files.ts knows.
 *
 * @module
 */

import type { Posix } from "../../runtime/posix.ts";
import { INDEX_LOCK } from "./descriptors.ts";
import { othersHere, realPath } from "./open_files.ts";

/** Looks who else has one database open. */
export class Neighbours {
  readonly #posix: Posix;
  readonly #path: string;
  /** SQLite's own descriptor of the index, which is open as long as the database is. */
  readonly #index: number;

  private constructor(posix: Posix, path: string, index: number) {
    this.#posix = posix;
    this.#path = path;
    this.#index = index;
  }

  /** @param path The path of a database that is open here. @returns Undefined where nothing can be told. */
  static of(posix: Posix, path: string): Neighbours | undefined {
    const real = realPath(path);
    const index = posix.descriptorOf(`${real}-shm`);
    return index === undefined ? undefined : new Neighbours(posix, real, index);
  }

  /** Whether anybody else has it open; undefined if that cannot be told. Costs a microsecond or two. */
  get others(): boolean | undefined {
    const here = othersHere(this.#path);
    if (here !== false) return here;
    return this.#posix.lockedElsewhere(this.#index, INDEX_LOCK);
  }
}
