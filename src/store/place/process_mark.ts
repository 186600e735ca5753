/**
 * What the realms of one process (its main program and its Workers) tell each other: through which
 * SQLite library they have a database open. They share no memory that could say so, but a file system:
 * a small file beside the database, named after the process, holds the library's name, and whoever has
 * the database open holds a `flock` on it. Unlike the POSIX locks that SQLite takes, `flock`s of two
 * descriptors are two locks, also within one process.
 *
 * Who comes also writes a number there, which the others have mapped: so it costs them no question to the
 * system to see that nobody has come.
 *
 * Locked shared, the file's content holds; locked exclusively, nobody relies on it. The last to close
 * removes it. What a crash leaves is unlocked, and goes when the database is opened next.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { files, START } from "../../runtime/files.ts";
import { mayUseFile } from "../../runtime/permissions.ts";
import { type LockableFile, lockableFile } from "../../runtime/realm_lock.ts";
import type { MappedFile, Posix } from "../../runtime/posix.ts";
import { OS, PID } from "../../runtime/runtime.ts";
import { blockFor } from "../../runtime/timers.ts";
import { holdsOpen } from "./descriptors.ts";

/** What is between the database's name and the process's number. */
const INFIX = "-open.";
/** Where in the file the number stands of who came last. */
const ARRIVAL = 1024;
const ARRIVAL_BYTES = 8;
/** Tries to read what another realm is about to write. */
const ATTEMPTS = 1000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type OpenLockable = NonNullable<typeof lockableFile>;

/** Another realm of this process has the file open through another library. */
export class OtherLibrary extends Error {
  override readonly name = "OtherLibrary";
  /** What its mark says. */
  readonly owner: string;

  constructor(owner: string) {
    super(`open through ${owner}`);
    this.owner = owner;
  }
}

/** The mark of this realm on one database. */
export class ProcessMark {
  /** Whether no other realm of this process had the database open when the mark was made. */
  readonly first: boolean;
  readonly #file: LockableFile;
  readonly #path: string;
  #posix: Posix | undefined;
  /** A descriptor with a lock of its own, by which the realms can be told apart; -1 if there is none. */
  #presence = -1;
  #mapped: MappedFile | undefined;
  /** The {@linkcode ARRIVAL} as it is now, and as it was when nobody else was in. */
  #arrival: Uint32Array | undefined;
  #first = 0;
  #second = 0;
  #wasAlone = false;

  private constructor(file: LockableFile, path: string, first: boolean) {
    this.#file = file;
    this.#path = path;
    this.first = first;
  }

  /**
   * Lets other realms of the process see that this one is in. Where no library is called they cannot.
   *
   * @throws {Error} If they cannot be told.
   */
  show(posix: Posix | undefined): void {
    if (posix === undefined || this.#posix !== undefined) return;
    const fd = posix.open(this.#path, false);
    if (fd === -1) return;
    if (posix.share(fd, 0)) {
      this.#posix = posix;
      this.#presence = fd;
      this.#arrive(posix, fd);
    } else {
      posix.close(fd);
    }
  }

  /** Tells the realms that are in that somebody has come. The lock is there before, the database not open. */
  #arrive(posix: Posix, fd: number): void {
    const arrival = crypto.getRandomValues(new Uint32Array(ARRIVAL_BYTES / 4));
    if (!posix.writeAt(fd, new Uint8Array(arrival.buffer), ARRIVAL_BYTES, ARRIVAL)) {
      throw new Error(`${this.#path} cannot be written to`);
    }
    const mapped = posix.map(fd, ARRIVAL + ARRIVAL_BYTES);
    if (mapped === undefined) return;
    const shown = new Uint32Array(mapped.bytes, ARRIVAL);
    // Not every file system shows what is written.
    if (shown.every((word, i) => word === arrival[i])) {
      this.#mapped = mapped;
      this.#arrival = shown;
    } else {
      mapped.unmap();
    }
  }

  /** Whether another realm of the process is in; undefined if that cannot be told. */
  get others(): boolean | undefined {
    const arrival = this.#arrival;
    if (arrival === undefined) return this.#posix?.lockedByOthers(this.#presence, 0);
    // Read first: who comes after that is found the next time.
    const first = arrival[0]!, second = arrival[1]!;
    if (this.#wasAlone && first === this.#first && second === this.#second) return false;
    const others = this.#posix?.lockedByOthers(this.#presence, 0);
    this.#wasAlone = others === false;
    this.#first = first;
    this.#second = second;
    return others;
  }

  /**
   * Marks a database as open.
   *
   * @param database Its real path.
   * @param owner The library, in words.
   * @returns The mark; undefined where none can be made, for want of a permission or of a directory
   * that can be written to, and where none is needed.
   * @throws {OtherLibrary}
   */
  static make(database: string, owner: string): ProcessMark | undefined {
    // Windows takes locks away from handles, not from processes.
    if (lockableFile === undefined || OS === "windows") return undefined;
    const path = `${database}${INFIX}${PID}`;
    if (!mayWrite(path)) return undefined;
    try {
      removeLeftovers(lockableFile, database);
      return ProcessMark.#make(lockableFile, database, path, owner);
    } catch (error) {
      if (error instanceof OtherLibrary) throw error;
      return undefined;
    }
  }

  static #make(
    open: OpenLockable,
    database: string,
    path: string,
    owner: string,
  ): ProcessMark | undefined {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const file = open(path, true);
      let found: string | undefined;
      let first = false;
      try {
        if (file.tryLockSync(true) && isAt(file, path)) {
          first = true;
          file.truncateSync();
          // All that will ever be written, so that there is room for it.
          const content = new Uint8Array(ARRIVAL + ARRIVAL_BYTES);
          encoder.encodeInto(owner, content);
          file.writeSync(content);
        }
        // Turning one kind of lock into the other is not atomic: what counts is read afterwards.
        if (file.tryLockSync(false) && isAt(file, path)) found = contentOf(file);
      } catch (error) {
        file.close();
        throw error;
      }
      if (found === owner) return new ProcessMark(file, path, first);
      file.close();
      if (found !== undefined && found !== "") {
        // A process in another container may have this one's number.
        if (holdsOpen(database) === false) return undefined;
        throw new OtherLibrary(found);
      }
      blockFor(1);
    }
    return undefined;
  }

  /**
   * Takes the mark away.
   *
   * @param whenLast Is called if no other realm has the database open; none can open it meanwhile.
   */
  remove(whenLast: () => void = () => {}): void {
    try {
      // Let go first: of two that close at the same moment, neither would get the lock alone.
      this.#file.unlockSync();
      removeIfFree(this.#file, this.#path, whenLast);
    } catch {
      // It stays, unlocked, which says that nobody relies on it.
    }
    this.#file.close();
    this.#arrival = undefined;
    this.#mapped?.unmap();
    this.#mapped = undefined;
    this.#posix?.close(this.#presence);
    this.#posix = undefined;
  }
}

function mayWrite(path: string): boolean {
  return (["read", "write"] as const).every((name) => mayUseFile(name, path));
}

/** Whether a descriptor's file is still the one that the path names. */
function isAt(file: LockableFile, path: string): boolean {
  try {
    const here = file.statSync(), there = files.statSync(path);
    return here.ino === there.ino && here.dev === there.dev;
  } catch {
    return false;
  }
}

function contentOf(file: LockableFile): string {
  const bytes = new Uint8Array(ARRIVAL);
  file.seekSync(0, START);
  file.readSync(bytes);
  return decoder.decode(bytes.subarray(0, bytes.indexOf(0)));
}

function removeIfFree(file: LockableFile, path: string, before: () => void = () => {}): void {
  if (!file.tryLockSync(true) || !isAt(file, path)) return;
  try {
    before();
  } finally {
    files.removeSync(path);
  }
}

/** Removes the marks that processes left which ended without closing. */
function removeLeftovers(open: OpenLockable, database: string): void {
  const directory = dirname(database);
  if (!mayWrite(directory)) return;
  const prefix = `${basename(database)}${INFIX}`;
  for (const { name } of files.readDirSync(directory)) {
    if (!name.startsWith(prefix) || name === `${prefix}${PID}`) continue;
    if (!/^\d+$/.test(name.slice(prefix.length))) continue;
    const path = join(directory, name);
    try {
      using file = open(path, false);
      removeIfFree(file, path);
    } catch {
      // Somebody else did, or may.
    }
  }
}
