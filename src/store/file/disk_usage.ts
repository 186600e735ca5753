/**
 * How much of the disk a database takes, for `maxdisk`: pages in use, the WAL's share, and that of the
 * log before the database where there is one.
 *
 * A database file shrinks only when it is vacuumed, but its free pages are used again; so the file
 * stays within a limit that its pages in use are held to, but for what one write adds before room is
 * made for the next.
 * The WAL shrinks and grows all the time: it is given an eighth of the limit, starts over at half of
 * that, and does not count otherwise, unless a reader keeps it from starting over. Of the two files of the
 * log before the database each is followed by the other at a quarter of what the log is given, and may
 * grow by a transaction after that.
 *
 * @module
 */

import { type Checkpointer, RESTART_FRAMES } from "../../engine/checkpointer.ts";
import type { Engine } from "../../engine/engine.ts";
import { LOG_FILE_BYTES } from "../../engine/log_before.ts";
import type { Statement } from "../../sqlite/sqlite.ts";

const SQL = {
  pageSize: "PRAGMA page_size",
  pages: "PRAGMA page_count",
  freePages: "PRAGMA freelist_count",
};

/** The part of the limit that is left to the WAL. */
const WAL_SHARE = 1 / 8;
/** The part that is left to the log before the database, in files and what each may grow beyond its end. */
const LOG_SHARE = 1 / 8, LOG_PARTS = 4;
/** The fewest bytes of a file of the log. */
const LEAST_LOG_FILE = 64 * 1024;
/** Bytes that a frame of the WAL has beside its page. */
const FRAME_HEADER = 24;
/** The fewest frames at which the WAL starts over. */
const LEAST_RESTART_FRAMES = 100;
/** A WAL so large is let pass even where it has outgrown its share. */
const LEAST_WAL_LIMIT = 64 * 1024 * 1024;

/** Compares the disk that a database takes with a limit. */
export class DiskUsage {
  readonly #engine: Engine;
  readonly #checkpointer: Checkpointer;
  readonly #pages: Statement;
  readonly #freePages: Statement;
  readonly #pageSize: number;
  #limit = 0;
  #walShare = 0;
  #logFileBytes = LOG_FILE_BYTES;
  #usedBytes = 0;
  #measuredTurn = -1;
  #measuredForeign = -1;

  /** Takes the engine of the database. */
  constructor(engine: Engine, checkpointer: Checkpointer) {
    this.#engine = engine;
    this.#checkpointer = checkpointer;
    this.#pages = engine.prepare(SQL.pages);
    this.#freePages = engine.prepare(SQL.freePages);
    const pageSize = engine.prepare(SQL.pageSize);
    this.#pageSize = numberOf(pageSize);
    pageSize.finalize();
  }

  /** The limit in bytes, 0 for none. */
  set limit(limit: number) {
    this.#limit = limit;
    const frame = this.#pageSize + FRAME_HEADER;
    this.#walShare = Math.min(limit * WAL_SHARE, 2 * RESTART_FRAMES * frame);
    this.#checkpointer.restartFrames = limit === 0
      ? RESTART_FRAMES
      : Math.max(LEAST_RESTART_FRAMES, Math.floor(this.#walShare / 2 / frame));
    const logFile = Math.max(LEAST_LOG_FILE, Math.floor(limit * LOG_SHARE / LOG_PARTS));
    this.#logFileBytes = limit === 0 ? LOG_FILE_BYTES : Math.min(LOG_FILE_BYTES, logFile);
    this.#fitLog();
  }

  /** Bytes that the log before the database is given. */
  #fitLog(): number {
    const { behind } = this.#engine;
    if (behind === undefined) return 0;
    behind.fileBytes = this.#logFileBytes;
    return behind.on ? LOG_PARTS * this.#logFileBytes : 0;
  }

  /** Bytes of the pages in use. */
  get usedBytes(): number {
    const { committedTurn, foreignCommits, writing } = this.#engine;
    // Between commits nothing changes but what the turn itself writes.
    if (
      writing || this.#measuredTurn !== committedTurn || this.#measuredForeign !== foreignCommits
    ) {
      this.#engine.read();
      this.#usedBytes = (numberOf(this.#pages) - numberOf(this.#freePages)) * this.#pageSize;
      this.#measuredTurn = writing ? -1 : committedTurn;
      this.#measuredForeign = this.#engine.foreignCommits;
    }
    return this.#usedBytes;
  }

  /** Whether the pages in use are more than the limit leaves them. */
  get exceeded(): boolean {
    return this.#limit > 0 && this.usedBytes > this.#limit - this.#walShare - this.#fitLog();
  }

  /** Whether the WAL is far past its share: no deletion would help. */
  get walExceeded(): boolean {
    const frames = this.#engine.connection.walFrames() ?? 0;
    const bytes = frames * (this.#pageSize + FRAME_HEADER);
    return this.#limit > 0 && bytes > Math.max(2 * this.#walShare, LEAST_WAL_LIMIT);
  }
}

function numberOf(statement: Statement): number {
  statement.step();
  const value = statement.columnNumber(0);
  statement.reset();
  return value;
}
