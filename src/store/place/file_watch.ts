/**
 * Whether the files that a store has open are still those that others find by their names. A process
 * keeps what it has open when somebody removes or replaces it, and would go on to acknowledge writes
 * that nobody will ever see. So the names are looked at each second and before each checkpoint, by
 * `stat`, which opens nothing and so costs no lock (see open_files.ts).
 *
 * What is looked for:
 *
 * - another file, or none, under the name of the database, its WAL or the WAL's index;
 * - where the WAL's index can be read: a database file that was written to while no checkpoint ran, by
 *   anyone (a checkpoint says in the index what it is about to copy, and then what it has copied), and
 *   a WAL that is shorter than the index says, or was;
 * - on Linux with all permissions: that the locks are gone which SQLite holds as long as it has the
 *   files open, because something in this process opened and closed the file.
 *
 * While something is wrong, writes are refused and checkpoints left out. A file that comes back makes it
 * right again; what was written over, cut or unlocked does not.
 *
 * @module
 */

import { type FileInfo, files, isNotFound, START } from "../../runtime/files.ts";
import type { Clock, Timer } from "../../engine/clock.ts";
import type { Connection, WalIndex } from "../../sqlite/sqlite.ts";
import { type FileIdentity, HeldLocks } from "./descriptors.ts";

/** Milliseconds between two looks. */
const INTERVAL_MS = 1000;
/** The WAL's header and that of a frame, in bytes: https://www.sqlite.org/fileformat.html#walformat */
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
/** Frames that are looked at for a hole. */
const SAMPLES = 16;
/** Where the salts stand in a frame's header, as in the index. */
const SALTS_IN_FRAME = 8;

/** What is wrong with the files. */
export interface FileTrouble {
  /** What happened, in words. */
  readonly message: string;
  /** Whether it goes when the right file is back under its name. */
  readonly passes: boolean;
  /**
   * Whether copying the WAL into the database file, as SQLite does when the last one closes it, would
   * destroy what somebody else has written there.
   */
  readonly leaveFiles: boolean;
  /** Whether the database's name leads to another file, or to none. */
  readonly misplaced: boolean;
  /** Whether the WAL is ours and the file is not under its name: the WAL must not be left for another. */
  readonly orphansLog: boolean;
}

/** A file's name, and which file it must be. */
interface Watched {
  readonly path: string;
  /** Known from the first time that it is seen. */
  identity: FileIdentity | undefined;
}

/** The database file as it was when no checkpoint ran. */
interface Baseline {
  readonly size: number;
  readonly modifiedMs: number;
  readonly index: WalIndex;
}

/** Watches the files of one store. */
export class FileWatch {
  /** What is wrong now; undefined if nothing is. */
  trouble: FileTrouble | undefined;
  /** Is told when something goes wrong, changes, or is right again. */
  onChange: (trouble: FileTrouble | undefined) => void = () => {};
  readonly #connection: Pick<Connection, "walIndex">;
  readonly #clock: Clock;
  readonly #database: Watched;
  readonly #beside: readonly Watched[];
  /** Undefined where nothing is told of locks. */
  readonly #locks: HeldLocks | undefined;
  #baseline: Baseline | undefined;
  /** The WAL at the last look. */
  #lastFrame: WalIndex | undefined;
  #timer: Timer | undefined;

  /**
   * @param path The real path of the database, which the connection has read from.
   * @param connection A connection that stays open.
   */
  constructor(path: string, connection: Pick<Connection, "walIndex">, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#database = { path, identity: undefined };
    this.#beside = ["-wal", "-shm"].map((suffix) => ({ path: path + suffix, identity: undefined }));
    const locks = new HeldLocks(path);
    if (locks.held()) this.#locks = locks;
    this.look();
  }

  /** Which file the WAL is; undefined as long as none was seen. */
  get wal(): FileIdentity | undefined {
    return this.#beside[0]?.identity;
  }

  /** Looks each second from now on. */
  start(): void {
    this.#timer = this.#clock.after(INTERVAL_MS, () => {
      this.look();
      this.start();
    });
  }

  /** Looks no more. */
  stop(): void {
    this.#timer?.cancel();
  }

  /**
   * Removes a WAL that is beside no file of ours any more, and was copied into it: whatever is or comes
   * under that name must not be opened with it.
   */
  removeLog(): void {
    if (this.look() || !this.trouble?.orphansLog) return;
    for (const { path } of this.#beside) files.removeSync(path);
  }

  /** Looks now. @returns Whether all is well. */
  look(): boolean {
    const before = this.trouble;
    if (before !== undefined && !before.passes) return false;
    this.trouble = this.#look();
    if (this.trouble?.message !== before?.message) this.onChange(this.trouble);
    return this.trouble === undefined;
  }

  #look(): FileTrouble | undefined {
    const { path } = this.#database;
    const index = this.#connection.walIndex?.();
    const database = lookAt(path);
    const [wal, shm] = this.#beside.map(({ path }) => lookAt(path));
    const cut = index !== undefined && typeof wal === "object" && this.#isCut(index, wal.size);
    const indexAfter = this.#connection.walIndex?.();
    const lost = misplaced(this.#database, database) ??
      misplaced(this.#beside[0], wal) ?? misplaced(this.#beside[1], shm);
    if (lost !== undefined) {
      const anothersLog = isAnother(this.#beside[0], wal);
      const away = database === "none" || isAnother(this.#database, database);
      return {
        message: lost,
        passes: true,
        leaveFiles: anothersLog,
        misplaced: away,
        orphansLog: away && typeof wal === "object" && !anothersLog,
      };
    }
    if (this.#locks?.held() === false) {
      return {
        message: `something in this process opened and closed ${path}, ` +
          "and so took SQLite's locks on it away: it must be closed and opened again",
        passes: false,
        leaveFiles: false,
        misplaced: false,
        orphansLog: false,
      };
    }
    // Whoever makes a checkpoint right now writes to the file: it is looked at the next time.
    if (index === undefined || indexAfter === undefined || !same(index, indexAfter)) {
      return undefined;
    }
    this.#lastFrame = index;
    if (cut) {
      return {
        message: `${path}-wal was cut by another program`,
        passes: false,
        leaveFiles: true,
        misplaced: false,
        orphansLog: false,
      };
    }
    return typeof database === "object" ? this.#compare(database, index) : undefined;
  }

  /**
   * Whether the WAL is shorter than its index says, or was: what is written next leaves a hole behind it,
   * where the frame was that was the last at the last look.
   */
  #isCut(index: WalIndex, size: number): boolean {
    if (index.frames === 0) return false;
    if (size < endOf(index, index.frames)) return true;
    const last = this.#lastFrame;
    const frames = samples(index.frames);
    if (last !== undefined && sameSalts(last, index)) frames.push(last.frames - 1);
    const expected = new Uint8Array(new Uint32Array([index.salt1, index.salt2]).buffer);
    const places = frames.filter((frame) => frame >= 0).map((frame) => endOf(index, frame));
    return readEach(`${this.#database.path}-wal`, places, SALTS_IN_FRAME, expected.length)
      .some((salts) => salts.some((byte, i) => byte !== expected[i]));
  }

  /** Whether the database file changed without a checkpoint. */
  #compare(found: FileInfo, index: WalIndex): FileTrouble | undefined {
    if (index.attempted > index.copied) return undefined;
    const modifiedMs = found.mtime?.getTime() ?? 0;
    const was = this.#baseline;
    this.#baseline = { size: found.size, modifiedMs, index };
    if (was === undefined || !sameCheckpoint(was.index, index)) return undefined;
    if (was.size === found.size && was.modifiedMs === modifiedMs) return undefined;
    return {
      message: `another program wrote into ${this.#database.path}`,
      passes: false,
      leaveFiles: true,
      misplaced: false,
      orphansLog: false,
    };
  }
}

type Found = FileInfo | "none" | "unknown";

function lookAt(path: string): Found {
  try {
    return files.statSync(path);
  } catch (error) {
    return isNotFound(error) ? "none" : "unknown";
  }
}

/** What happened to a file; undefined if it is where it was. */
function misplaced(file: Watched | undefined, found: Found | undefined): string | undefined {
  if (file === undefined || found === undefined || found === "unknown") return undefined;
  if (found === "none") {
    return file.identity && `${file.path} was removed, or has another name now`;
  }
  if (isAnother(file, found)) return `another file was put in the place of ${file.path}`;
  if (found.ino !== null) file.identity ??= { dev: found.dev, ino: found.ino };
  return undefined;
}

function isAnother(file: Watched | undefined, found: Found | undefined): boolean {
  if (file?.identity === undefined || typeof found !== "object") return false;
  return found.ino !== file.identity.ino || found.dev !== file.identity.dev;
}

function sameCheckpoint(a: WalIndex, b: WalIndex): boolean {
  return a.copied === b.copied && a.attempted === b.attempted && sameSalts(a, b);
}

function sameSalts(a: WalIndex, b: WalIndex): boolean {
  return a.salt1 === b.salt1 && a.salt2 === b.salt2;
}

function same(a: WalIndex, b: WalIndex): boolean {
  return sameCheckpoint(a, b) && a.frames === b.frames;
}

/** Where so many frames end in the file. */
function endOf({ pageSize }: WalIndex, frames: number): number {
  return WAL_HEADER + frames * (FRAME_HEADER + pageSize);
}

/** A few of so many frames. */
function samples(frames: number): number[] {
  const count = Math.min(frames, SAMPLES);
  return Array.from({ length: count }, (_, i) => Math.floor((i + 1) * frames / count) - 1);
}

/** So many bytes at `offset` from each of some places, in a file without POSIX locks as a WAL is. */
function readEach(
  path: string,
  places: readonly number[],
  offset: number,
  length: number,
): Uint8Array[] {
  try {
    using file = files.openSync(path);
    return places.map((place) => {
      const bytes = new Uint8Array(length);
      file.seekSync(place + offset, START);
      file.readSync(bytes);
      return bytes;
    });
  } catch {
    return [];
  }
}
