/**
 * Reading what a log holds: of each of its two files the whole records whose numbers grow. Whether they
 * follow one another is for who applies them to see.
 *
 * @module
 */

import { isNotCapable } from "../../runtime/permissions.ts";
import { files, isNotFound, type OpenFile, START } from "../../runtime/files.ts";
import {
  HEAD,
  type LoggedTurn,
  readHead,
  readRecord,
  RECORD_HEAD,
  seedOf,
  sizeAt,
  UnusableLog,
} from "./format.ts";

/** What the two files of a log are called behind the name of the database. */
export const SUFFIXES = ["-log", "-log2"] as const;

/** Bytes that are read at a time. */
const CHUNK = 1024 * 1024;

/** A file of a log, as it is found. */
export interface FoundLog {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** The log's identity; undefined if nothing was ever written behind the head. */
  readonly identity: Uint8Array | undefined;
  /** The number of its first turn; undefined if it has none. */
  readonly first: number | undefined;
}

/** Whether there is a file of a log beside a database. */
export function hasLog(database: string): boolean {
  return SUFFIXES.some((suffix) => {
    try {
      files.lstatSync(database + suffix);
      return true;
    } catch (error) {
      // Who may not look may not have made one either.
      return !isNotFound(error) && !isNotCapable(error);
    }
  });
}

/**
 * Looks at the files of a database's log.
 *
 * @throws {UnusableLog} If one of them cannot be read, is something else, or is of a newer version.
 */
export function findLogs(database: string): FoundLog[] {
  const found: FoundLog[] = [];
  for (const suffix of SUFFIXES) {
    const path = database + suffix;
    try {
      using file = files.openSync(path, { read: true });
      const head = new Uint8Array(HEAD);
      const length = readFully(file, head);
      const identity = readHead(head.subarray(0, length));
      const first = identity && new LogReader(file, identity).next()?.number;
      found.push({ path, size: file.statSync().size, identity, first });
    } catch (error) {
      if (isNotFound(error)) continue;
      const why = error instanceof UnusableLog
        ? error.message
        : `cannot be read: ${error instanceof Error ? error.message : error}`;
      throw new UnusableLog(`${path} ${why}`, { cause: error });
    }
  }
  return found;
}

/**
 * Calls `take` with each turn of a file whose number is higher than those before it. What it is given is
 * valid until it returns. A file that has gone since it was found has none that anybody lacks: its owner
 * removes it once everything in it is in the database, and needs no lock for that.
 *
 * @param take Takes where the turn's record ends, too.
 */
export function readTurns(log: FoundLog, take: (turn: LoggedTurn, end: number) => void): void {
  if (log.identity === undefined) return;
  using file = openFound(log.path);
  if (file === undefined) return;
  const reader = new LogReader(file, log.identity);
  let last = 0;
  for (let turn = reader.next(); turn !== undefined; turn = reader.next()) {
    // Behind the last record are those of an earlier use of the file.
    if (turn.number <= last) continue;
    last = turn.number;
    take(turn, reader.at);
  }
}

function openFound(path: string): OpenFile | undefined {
  try {
    return files.openSync(path, { read: true });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Reads records one after the other; what is damaged it passes over. */
class LogReader {
  /** Where the record ends that was read last. */
  at = HEAD;
  readonly #file: OpenFile;
  readonly #size: number;
  readonly #seed: number;
  #buffer = new Uint8Array(CHUNK);
  #view = new DataView(this.#buffer.buffer);
  /** What of the file is in the buffer. */
  #from = 0;
  #to = 0;

  constructor(file: OpenFile, identity: Uint8Array) {
    this.#file = file;
    this.#size = file.statSync().size;
    this.#seed = seedOf(identity);
  }

  next(): LoggedTurn | undefined {
    // Records begin at multiples of eight, wherever a damage ends.
    for (let at = this.at; at + RECORD_HEAD <= this.#size; at += 8) {
      if (!this.#fill(at, RECORD_HEAD)) return undefined;
      const size = sizeAt(this.#view, at - this.#from);
      if (size === undefined || at + size > this.#size || !this.#fill(at, size)) continue;
      const start = at - this.#from;
      const turn = readRecord(this.#buffer.subarray(start, start + size), this.#seed);
      if (turn === undefined) continue;
      this.at = at + size;
      return turn;
    }
    this.at = this.#size;
    return undefined;
  }

  /** Makes sure that a part of the file is in the buffer. @returns Whether the file has it. */
  #fill(at: number, size: number): boolean {
    if (at >= this.#from && at + size <= this.#to) return true;
    if (size > this.#buffer.length) {
      this.#buffer = new Uint8Array(size + CHUNK);
      this.#view = new DataView(this.#buffer.buffer);
    }
    this.#file.seekSync(at, START);
    this.#from = at;
    this.#to = at + readFully(this.#file, this.#buffer);
    return at + size <= this.#to;
  }
}

/** Reads as much as there is, up to all of `into`. @returns How many bytes. */
function readFully(file: OpenFile, into: Uint8Array): number {
  let done = 0;
  while (done < into.length) {
    const read = file.readSync(into.subarray(done));
    if (read === null || read === 0) break;
    done += read;
  }
  return done;
}
