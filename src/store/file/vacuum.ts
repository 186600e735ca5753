/**
 * VACUUM: makes the file as small as what is in it. Expired keys and garbage go first, in slices
 * that are turns of their own; then SQLite rewrites the whole file, or gives its free pages back in
 * slices.
 *
 * The rewriting runs on a connection of its own, on another thread where the driver can. It is one
 * transaction of SQLite's: while it lasts readers go on with what they see, and whoever writes waits
 * as for another process's write lock. SQLite builds the new file in a temporary one and then writes
 * it whole into the WAL, so it needs twice the size of what is left, and the file itself gets shorter
 * at the checkpoint that follows. A file of which nothing is known but its free pages cannot give
 * them back otherwise; so the rewriting also makes it one that can (`auto_vacuum = incremental`).
 *
 * Everything here that touches the engine's connection runs right after a timer: then no turn is
 * open.
 *
 * @module
 */

import type { Timer } from "../../engine/clock.ts";
import type { Checkpointer } from "../../engine/checkpointer.ts";
import type { Engine } from "../../engine/engine.ts";
import { TurnFailed, WriteLocked } from "../../engine/turn_errors.ts";
import { type Connection, SQLITE, SqliteError } from "../../sqlite/sqlite.ts";
import { CommandError, err } from "../values/errors.ts";
import { type FreePages, PAGES_PER_SLICE } from "./free_pages.ts";
import type { Job, Jobs } from "../../engine/jobs.ts";
import type { Garbage } from "../keys/garbage.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Sweeper } from "../keys/sweeper.ts";

/** Milliseconds between two slices, for others' commands. */
const BETWEEN_SLICES_MS = 1;
/** Milliseconds between two signs of life while SQLite rewrites the file. */
const BETWEEN_SIGNS_MS = 1000;
/** Milliseconds to wait for another process's write lock. */
const PATIENCE_MS = 5000;
/** Milliseconds between two tries for it. */
const RETRY_MS = 10;
/** Page cache of the connection that rewrites the file, in KiB. */
const CACHE_KIB = 8192;

/** What a VACUUM did. */
export interface VacuumOutcome {
  /** The database's size before, in pages. */
  readonly pagesBefore: number;
  /** Its size now, in pages. */
  readonly pagesAfter: number;
  /** Bytes of a page. */
  readonly pageSize: number;
  /** Expired keys deleted meanwhile. */
  readonly expiredKeys: number;
  /** Rows deleted that no key referred to any more. */
  readonly garbageRows: number;
}

/** The store was closed meanwhile. */
class Stopped extends Error {}

/** The error to tell. */
function failure(error: unknown): CommandError {
  const cause = error instanceof TurnFailed ? error.cause : error;
  if (error instanceof Stopped) return err("the VACUUM was stopped: the database is being closed");
  if (error instanceof WriteLocked || (cause instanceof SqliteError && cause.busy)) {
    return new CommandError(
      "BUSY another process holds the write lock of the database; try again",
    );
  }
  if (cause instanceof SqliteError && cause.primary === SQLITE.FULL) {
    return new CommandError(
      "MISCONF the disk is full, the database is as it was: VACUUM needs twice the size of what is " +
        "left of it, VACUUM INCREMENTAL a little only",
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new CommandError(`IOERR the VACUUM failed, the database is as it was: ${reason}`);
}

/** What a VACUUM works on. */
export interface VacuumParts {
  readonly engine: Engine;
  readonly jobs: Jobs;
  readonly keyspace: Keyspace;
  readonly garbage: Garbage;
  readonly sweeper: Sweeper;
  readonly checkpointer: Checkpointer;
  readonly freePages: FreePages;
  /** Opens another connection to the file; undefined where it takes one alone. */
  readonly open: (() => Connection) | undefined;
  /** Runs a slice as a turn of its own. */
  readonly runTurn: (slice: () => void) => void;
}

/** Runs one VACUUM at a time. */
export class Vacuum {
  /** Whether the file is being rewritten: until that is done nobody can write. */
  rewriting = false;
  readonly #parts: VacuumParts;
  #current: Promise<void> | undefined;
  #connection: Connection | undefined;
  #stopped = false;
  #cancelPause: (() => void) | undefined;

  /** Takes the parts of one store. */
  constructor(parts: VacuumParts) {
    this.#parts = parts;
  }

  /** Whether one runs. */
  get running(): boolean {
    return this.#current !== undefined;
  }

  /**
   * Begins one, after the running turn.
   *
   * @param pages How many free pages to give back at most; undefined to rewrite the whole file.
   * @param done Is called at its end, with what it did or why it failed.
   */
  start(pages: number | undefined, done: (outcome: VacuumOutcome | CommandError) => void): void {
    if (this.#current !== undefined) throw new TypeError("a VACUUM runs already");
    const work = this.#parts.jobs.run("vacuum", undefined, (job) => this.#run(pages, job));
    this.#current = work.catch(failure).then((outcome) => {
      this.#current = undefined;
      done(outcome);
    });
  }

  async #run(pages: number | undefined, job: Job): Promise<VacuumOutcome> {
    const { keyspace, garbage, freePages, sweeper, checkpointer } = this.#parts;
    const pagesBefore = await this.#inTurn(() => freePages.count().total);
    const expiredBefore = keyspace.statistics.expired;
    const rowsBefore = garbage.deletedRows;
    job.at("deleting what is left over");
    await this.#inTurns(() => sweeper.slice(true));
    if (pages === undefined) {
      await this.#tellingOf("rewriting the file", job, () => this.#rewrite());
    } else {
      await this.#release(pages, job);
    }
    job.at("copying the log into the file");
    await this.#pause(BETWEEN_SLICES_MS);
    await checkpointer.cut();
    const pagesAfter = await this.#inTurn(() => freePages.count().total);
    return {
      pagesBefore,
      pagesAfter,
      pageSize: freePages.pageSize,
      expiredKeys: keyspace.statistics.expired - expiredBefore,
      garbageRows: garbage.deletedRows - rowsBefore,
    };
  }

  /** Runs a slice as a turn of its own, again and again as long as it says that there is more. */
  async #inTurns(slice: () => boolean): Promise<void> {
    const { engine, runTurn } = this.#parts;
    const patience = this.#patience();
    let more = true, wait = BETWEEN_SLICES_MS;
    while (more) {
      do await this.#pause(wait); while (engine.suspended);
      try {
        runTurn(() => {
          more = slice();
        });
        wait = BETWEEN_SLICES_MS;
        patience.restart();
      } catch (error) {
        engine.rollback();
        if (!(error instanceof WriteLocked) || patience.isOver()) throw error;
        wait = RETRY_MS;
      }
    }
  }

  /** Runs something once, as a turn of its own. */
  async #inTurn<T>(work: () => T): Promise<T> {
    const results: T[] = [];
    await this.#inTurns(() => {
      results.push(work());
      return false;
    });
    return results[results.length - 1]!;
  }

  /** SQLite does not tell how far it is, but that it goes on can be told. */
  async #tellingOf(phase: string, job: Job, work: () => Promise<void>): Promise<void> {
    const { clock } = this.#parts.engine;
    let timer: Timer | undefined;
    const tell = () => {
      job.at(phase);
      timer = clock.after(BETWEEN_SIGNS_MS, tell);
    };
    tell();
    try {
      await work();
    } finally {
      timer?.cancel();
    }
  }

  async #release(pages: number, job: Job): Promise<void> {
    const { freePages } = this.#parts;
    const { free } = await this.#inTurn(() => freePages.count());
    const total = Math.min(pages, free);
    let left = pages, given = 0;
    await this.#inTurns(() => {
      const released = freePages.release(Math.min(left, PAGES_PER_SLICE));
      left -= released;
      given += released;
      job.at("giving pages back", given, total);
      return released > 0 && left > 0;
    });
  }

  async #rewrite(): Promise<void> {
    const { sweeper } = this.#parts;
    const mode = await this.#inTurn(() => this.#parts.freePages.mode);
    const sql = mode === "incremental" ? "VACUUM" : "PRAGMA auto_vacuum = INCREMENTAL; VACUUM";
    const { open } = this.#parts;
    if (open === undefined) return await this.#rewriteByEngine(sql);
    const connection = open();
    this.#connection = connection;
    this.rewriting = true;
    // A slice of the sweep would wait for the lock, and all of the thread with it.
    sweeper.held = true;
    try {
      await this.#parts.checkpointer.alone(async () => {
        connection.exec(`
        PRAGMA cache_size = ${-CACHE_KIB};
        PRAGMA synchronous = NORMAL;
        PRAGMA wal_autocheckpoint = 0;
      `);
        if (connection.execAsync !== undefined) await this.#rewriteElsewhere(connection, sql);
        else await this.#rewriteHere(connection, sql);
      });
    } finally {
      this.rewriting = false;
      sweeper.held = false;
      this.#connection = undefined;
      connection.close();
    }
  }

  async #rewriteByEngine(sql: string): Promise<void> {
    // A read of the same stretch of code may have opened a turn.
    do await this.#pause(BETWEEN_SLICES_MS); while (this.#parts.engine.suspended);
    this.#parts.engine.connection.exec(`${sql}; PRAGMA wal_checkpoint(TRUNCATE)`);
  }

  async #rewriteElsewhere(connection: Connection, sql: string): Promise<void> {
    connection.setBusyTimeout(PATIENCE_MS);
    try {
      await connection.execAsync?.(sql);
    } catch (error) {
      if (this.#stopped) throw new Stopped();
      // Cuts the WAL that a full disk was filled with.
      await this.#parts.checkpointer.cut();
      throw error;
    }
  }

  /** Stops everybody, so it does not wait for locks but tries again. */
  async #rewriteHere(connection: Connection, sql: string): Promise<void> {
    connection.setBusyTimeout(0);
    const patience = this.#patience();
    for (;;) {
      try {
        connection.exec(sql);
        break;
      } catch (error) {
        if (!(error instanceof SqliteError) || !error.busy || patience.isOver()) throw error;
      }
      await this.#pause(RETRY_MS);
    }
    // Without other threads the checkpointer does not cut the WAL.
    if (!this.#parts.checkpointer.external) connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  #patience(): { restart(): void; isOver(): boolean } {
    const { clock } = this.#parts.engine;
    let since: number | undefined;
    return {
      restart: () => since = undefined,
      isOver: () => clock.now() - (since ??= clock.now()) >= PATIENCE_MS,
    };
  }

  /** @throws {Stopped} If the store is closed meanwhile. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stopped = () => reject(new Stopped());
      if (this.#stopped) return stopped();
      const timer = this.#parts.engine.clock.after(ms, () => {
        this.#cancelPause = undefined;
        resolve();
      });
      this.#cancelPause = () => {
        timer.cancel();
        stopped();
      };
    });
  }

  /** Stops one that runs. @returns Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelPause?.();
    this.#connection?.interrupt?.();
    await this.#current;
  }
}
