/**
 * Connections beside the engine's, for what takes long and only reads: SQL, backups, integrity
 * checks. Each sees what is committed when it begins. Where the driver can, their statements run on
 * other threads, so that turns go on meanwhile.
 *
 * @module
 */

import { Beside } from "../../engine/lookup.ts";
import type { Connection, Driver } from "../../sqlite/sqlite.ts";

/** Jobs that run at a time; others wait for their turn. */
const MOST_JOBS = 4;
/** Page cache of a connection, in KiB. */
const CACHE_KIB = 2048;
/** Milliseconds to wait for a lock; only recovery after a crash of another process takes one. */
const BUSY_TIMEOUT_MS = 5000;

/** Milliseconds until jobs are interrupted again: SQLite forgets what comes before a step begins. */
const INTERRUPT_AGAIN_MS = 10;

/** What a job works with. */
export interface Side {
  /** A connection that refuses to write. */
  readonly connection: Connection;
  /** Says that the store is being closed. */
  readonly signal: AbortSignal;
}

/** Runs jobs on connections of their own. */
export class SideConnections {
  readonly #driver: Driver;
  readonly #path: string;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  /** The connections of the jobs under way. */
  readonly #active = new Set<Connection>();
  /** Makes sure that the file's name leads to the file that the store has open. */
  assertInPlace: () => void = () => {};
  /** Looks rows up. */
  readonly beside: Beside = new Beside(() => this.#open(0));
  /** Has committed what a job is to see. */
  beforeReading: () => void = () => {};
  #waiting: (() => void)[] = [];
  /** Kept for the next job: opening one reads the schema, and derives a key if there is one. */
  #idle: Connection | undefined;

  /** @param path The database file. */
  constructor(driver: Driver, path: string) {
    this.#driver = driver;
    this.#path = path;
  }

  /** Jobs under way. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Runs a job.
   *
   * @throws {Error} What the job throws; or that the database is closed.
   */
  async run<T>(job: (side: Side) => Promise<T>): Promise<T> {
    while (this.#running.size >= MOST_JOBS && !this.#closing.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#closing.signal.aborted) throw closed();
    const running = this.#run(job);
    const ended = running.catch(() => {});
    this.#running.add(ended);
    try {
      return await running;
    } finally {
      this.#running.delete(ended);
      this.#waiting.shift()?.();
    }
  }

  async #run<T>(job: (side: Side) => Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    this.beforeReading();
    const connection = this.#take();
    this.#active.add(connection);
    try {
      return await job({ connection, signal });
    } catch (error) {
      throw signal.aborted ? closed() : error;
    } finally {
      this.#active.delete(connection);
      this.#give(connection);
    }
  }

  #take(): Connection {
    const idle = this.#idle;
    this.#idle = undefined;
    return idle ?? this.#open(BUSY_TIMEOUT_MS);
  }

  #open(busyTimeoutMs: number): Connection {
    this.assertInPlace();
    const connection = this.#driver.open(this.#path, { readonly: true });
    try {
      connection.setBusyTimeout(busyTimeoutMs);
      connection.exec(`
        PRAGMA query_only = ON;
        PRAGMA cache_size = ${-CACHE_KIB};
        PRAGMA temp_store = MEMORY;
      `);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  #give(connection: Connection): void {
    connection.rollback();
    if (this.#idle === undefined && !this.#closing.signal.aborted) this.#idle = connection;
    else connection.close();
  }

  /** Ends all jobs early and closes the connections. Closing twice does nothing. */
  async close(): Promise<void> {
    this.beside.close();
    this.#closing.abort();
    for (const wake of this.#waiting.splice(0)) wake();
    this.#idle?.close();
    this.#idle = undefined;
    if (this.#running.size === 0) return;
    let ended = false;
    const jobs = Promise.all(this.#running).then(() => {
      ended = true;
    });
    while (!ended) {
      for (const connection of this.#active) connection.interrupt?.();
      const pause = Promise.withResolvers<void>();
      const timer = setTimeout(pause.resolve, INTERRUPT_AGAIN_MS);
      await Promise.race([jobs, pause.promise]);
      clearTimeout(timer);
    }
  }
}

/**
 * Ends what a connection does on another thread when a signal comes.
 *
 * @returns What to call when it is done.
 */
export function interruptWhen(signal: AbortSignal, connection: Connection): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const interrupt = () => {
    connection.interrupt?.();
    timer = setTimeout(interrupt, INTERRUPT_AGAIN_MS);
  };
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  return () => {
    signal.removeEventListener("abort", interrupt);
    clearTimeout(timer);
  };
}

const closed = () => new TypeError("the database is closed");
