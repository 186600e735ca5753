/**
 * The log before the database, as it is written: two files that alternate. A file is written to again
 * from its beginning only once everything in it is in the database and on the disk there.
 *
 * @module
 */

import type { Posix } from "../../runtime/posix.ts";
import { files } from "../../runtime/files.ts";
import { dirname } from "node:path";
import type { TurnEffects } from "../effects.ts";
import { LOG_FILE_BYTES } from "../log_before.ts";
import { HEAD, headOf, type LoggedTurn, RecordWriter, UnusableLog } from "./format.ts";
import { readTurns, SUFFIXES } from "./reading.ts";

interface LogFile {
  readonly path: string;
  /** -1 if it is not open. */
  fd: number;
  /** Where the next record goes. */
  end: number;
  /** The number of the last turn in it; 0 if nothing in it matters. */
  last: number;
  /** Whether something was written to it since the last sync began. */
  unsynced: boolean;
}

/** Writes the log of one database. */
export class TurnLog {
  /** The number of the last turn that was appended, or was committed without the log. */
  last = 0;
  /** Whether a sync has failed: what the system has of the files is not known any more. */
  broken = false;
  /** Bytes of a file from which on the other one is written to, if it is free. */
  fileBytes = LOG_FILE_BYTES;
  readonly #posix: Posix;
  readonly #identity: Uint8Array;
  readonly #writer: RecordWriter;
  readonly #files: readonly [LogFile, LogFile];
  #current: LogFile;
  #syncing: Promise<boolean> | undefined;

  readonly #mode: number;

  private constructor(posix: Posix, database: string, identity: Uint8Array) {
    this.#posix = posix;
    // Who may read the database may read its log.
    this.#mode = (files.statSync(database).mode ?? 0o600) & 0o777;
    this.#identity = identity;
    this.#writer = new RecordWriter(identity);
    const [first, second] = SUFFIXES;
    this.#files = [fileAt(database + first), fileAt(database + second)];
    this.#current = this.#files[0];
  }

  /**
   * Makes the first file of a new log, and puts it on the disk.
   *
   * @param identity What no other log has.
   * @returns The log; undefined if it cannot be made.
   */
  static make(posix: Posix, database: string, identity: Uint8Array): TurnLog | undefined {
    const log = new TurnLog(posix, database, identity);
    if (log.#open(log.#current) && log.#syncDirectory()) return log;
    log.remove();
    return undefined;
  }

  /** Bytes of both files. */
  get size(): number {
    return this.#files.reduce((sum, { fd, end }) => fd === -1 ? sum : sum + end, 0);
  }

  /** Whether the file that is written to should be followed by the other one, which is not free. */
  get large(): boolean {
    return this.#current.end >= this.fileBytes;
  }

  /** Whether the file is still there that is written to. */
  get inPlace(): boolean {
    return this.#posix.leadsTo(this.#current.fd, this.#current.path);
  }

  /**
   * Appends a turn under the next number.
   *
   * @returns Whether it is in the log; if not, nothing of it is.
   */
  append(effects: TurnEffects): boolean {
    const file = this.#current;
    const size = this.#writer.write(this.last + 1, effects);
    if (!this.#posix.writeAt(file.fd, this.#writer.bytes, size, file.end)) {
      // A part of a record ends the log where it stands; a whole one that was refused must not.
      this.#posix.truncate(file.fd, file.end);
      return false;
    }
    file.end += size;
    file.last = ++this.last;
    file.unsynced = true;
    return true;
  }

  /** Goes on in the other file if that is free and this one large. */
  rotate(): boolean {
    const { end } = this.#current;
    const other = this.#current === this.#files[0] ? this.#files[1] : this.#files[0];
    if (end < this.fileBytes || other.last !== 0 || other.unsynced) return false;
    if (other.fd === -1 && !(this.#open(other) && this.#syncDirectory())) return false;
    other.end = HEAD;
    this.#current = other;
    return true;
  }

  /** All turns up to a number are on the disk in the database: files that hold no others are free. */
  free(number: number): void {
    for (const file of this.#files) {
      if (file !== this.#current && file.last <= number) file.last = 0;
    }
  }

  /** Puts everything appended so far on the disk. @returns Whether it is there. */
  async sync(): Promise<boolean> {
    while (this.#syncing !== undefined) await this.#syncing;
    this.#syncing = this.#sync();
    try {
      return await this.#syncing;
    } finally {
      this.#syncing = undefined;
    }
  }

  /** The same at once, if no sync is under way; else `undefined`. */
  syncNow(): boolean | undefined {
    if (this.#syncing !== undefined) return undefined;
    for (const file of this.#files) {
      if (!file.unsynced || file.fd === -1) continue;
      if (!this.#posix.sync(file.fd)) {
        this.broken = true;
        return false;
      }
      file.unsynced = false;
    }
    return true;
  }

  async #sync(): Promise<boolean> {
    // As they are now: the log may be closed meanwhile, which waits for this.
    const due = this.#files.filter(({ fd, unsynced }) => unsynced && fd !== -1)
      .map((file) => ({ file, fd: file.fd }));
    for (const { file } of due) file.unsynced = false;
    for (const { fd } of due) {
      if (await this.#posix.syncAside(fd)) continue;
      for (const { file } of due) file.unsynced = true;
      this.broken = true;
      return false;
    }
    return true;
  }

  /**
   * Calls `take` with each turn of the log that comes after a number, in their order.
   *
   * @throws {UnusableLog} If one of them cannot be read any more.
   */
  turnsAfter(number: number, take: (turn: LoggedTurn) => void): void {
    const ordered = this.#files.filter(({ last }) => last > number).sort((a, b) => a.last - b.last);
    let next = number + 1;
    for (const { path, end } of ordered) {
      const found = { path, size: end, identity: this.#identity, first: undefined };
      readTurns(found, (turn, at) => {
        if (turn.number < next || at > end) return;
        if (turn.number > next) throw new UnusableLog(`${path} lacks the turn ${next}`);
        next++;
        take(turn);
      });
    }
    if (next !== this.last + 1) throw new UnusableLog(`the log lacks the turn ${next}`);
  }

  /** Closes and removes the files; what is in them is of no use any more. */
  remove(): void {
    // One that cannot be removed is empty then.
    for (const { fd } of this.#files) if (fd !== -1) this.#posix.truncate(fd, 0);
    this.close();
    for (const { path } of this.#files) removeFile(path);
  }

  /** Closes the files and leaves them where they are. A sync under way ends first. */
  close(): void {
    const fds = this.#files.map(({ fd }) => fd).filter((fd) => fd !== -1);
    for (const file of this.#files) file.fd = -1;
    const close = () => fds.forEach((fd) => this.#posix.close(fd));
    if (this.#syncing === undefined) close();
    else void this.#syncing.then(close);
  }

  #open(file: LogFile): boolean {
    const posix = this.#posix;
    file.fd = posix.open(file.path, true, this.#mode);
    if (file.fd === -1) return false;
    const made = posix.truncate(file.fd, 0) &&
      posix.writeAt(file.fd, headOf(this.#identity), HEAD, 0) && posix.sync(file.fd);
    if (made) return true;
    posix.close(file.fd);
    file.fd = -1;
    return false;
  }

  #syncDirectory(): boolean {
    return syncDirectoryOf(this.#current.path);
  }
}

function fileAt(path: string): LogFile {
  return { path, fd: -1, end: HEAD, last: 0, unsynced: false };
}

/** Puts on the disk which files there are beside one. @returns Whether that could be done. */
export function syncDirectoryOf(path: string): boolean {
  try {
    using directory = files.openSync(dirname(path), { read: true });
    directory.syncSync();
    return true;
  } catch {
    return false;
  }
}

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  try {
    files.removeSync(path);
  } catch {
    // There is none, or it stays: what is in it is in the database, and its numbers say so.
  }
}
