/**
 * Backups: a copy of the database as it was at one moment, made while turns go on.
 *
 * Where the driver can, SQLite's online backup runs in slices on another thread, from a connection
 * whose read transaction holds the snapshot, so that no write makes it start over; other drivers
 * have VACUUM INTO, which holds up everybody. The WAL cannot start over while a copy is made. The
 * copy is written under another name, checked, synced, and then given its own: whatever happens, there
 * is the whole new backup or none, and a damaged database does not replace its last good one.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { files, isNotFound } from "../../runtime/files.ts";
import { OS } from "../../runtime/runtime.ts";
import type { Clock } from "../../engine/clock.ts";
import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import { CommandError } from "../values/errors.ts";
import { checkIntegrityAside } from "./integrity.ts";
import type { Job, Jobs, OnProgress } from "../../engine/jobs.ts";
import { assertReplaceable } from "./replaceable.ts";
import { interruptWhen, type Side, type SideConnections } from "./side_connections.ts";

/** Pages copied before a look whether the store is being closed: 8 MB. */
const PAGES_PER_SLICE = 4096;

/**
 * A backup that was made.
 *
 * @example
 * ```ts
 * import { type BackupOutcome, Redlite } from "@redlite/redlite";
 *
 * const path = await Deno.makeTempFile({ suffix: ".db" });
 * await using db = Redlite.open(path);
 * const outcome: BackupOutcome = await db.backup(`${path}.backup`);
 * console.log(outcome.bytes > 0); // true
 * ```
 */
export interface BackupOutcome {
  /** The file. */
  readonly path: string;
  /** Its pages. */
  readonly pages: number;
  /** Its size in bytes. */
  readonly bytes: number;
}

/** A connection to a database whose file has gone from its name. */
export interface StillOpen {
  readonly connection: Connection;
  /** Whether turns run on it: then a copy is made at once, and holds them up. */
  readonly shared: boolean;
}

/** Makes backups of one database file. */
export class Backups {
  /** When the last background save, or a save by checkpoint, ended well: Unix time in seconds. */
  lastSaveAt: number;
  /** When the background save that runs began, Unix time in milliseconds; undefined if none does. */
  savingSinceMs: number | undefined;
  /** Whether the last background save ended well. */
  lastSaveOk = true;
  /** How long the last background save took, in seconds; -1 if there was none. */
  lastSaveSeconds = -1;
  /** Background saves that ended well. */
  saves = 0;
  /** Is told what is wrong with a copy that was made: the first page that is damaged, if it is pages. */
  onDamaged: (problem: string) => void = () => {};
  /** How many changes there had been when the last save began. */
  changesSaved = 0;
  /** Called when a background save fails. */
  onFailed: (error: unknown) => void = () => {};
  /** What to copy from in place of a new connection; undefined as long as the file is where it was. */
  stillOpen: () => Promise<StillOpen> | undefined = () => undefined;
  /** The end of the last copy from what is still open: they come one after the other. */
  #rescue: Promise<unknown> = Promise.resolve();
  #mode: number | null;
  readonly #side: SideConnections;
  readonly #driver: Driver;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #changes: () => number;
  readonly #jobs: Jobs;

  /**
   * @param path The real path of the database file.
   * @param changes How many changes of keys were committed so far.
   */
  constructor(
    side: SideConnections,
    driver: Driver,
    path: string,
    clock: Clock,
    changes: () => number,
    jobs: Jobs,
  ) {
    this.#jobs = jobs;
    this.#changes = changes;
    this.#side = side;
    this.#driver = driver;
    this.#path = path;
    this.#clock = clock;
    this.lastSaveAt = Math.floor(clock.now() / 1000);
    this.#mode = modeOf(path);
  }

  /** The file that a background save writes. */
  get savePath(): string {
    return `${this.#path}.backup`;
  }

  /**
   * Writes what is committed now into a file.
   *
   * @param path The file; its directory must be there.
   * @param replace Whether it may take the place of a file.
   * @param onProgress Is told how many pages are copied.
   * @throws {CommandError} If there is a file that must not go.
   * @throws {SqliteError} If it cannot be read or written.
   */
  async backup(path: string, replace: boolean, onProgress?: OnProgress): Promise<BackupOutcome> {
    assertReplaceable(this.#driver, path, replace);
    return await this.#jobs.run("backup", onProgress, (job) => this.#backup(path, replace, job));
  }

  async #backup(path: string, replace: boolean, job: Job): Promise<BackupOutcome> {
    const open = this.stillOpen();
    if (open === undefined) {
      return await this.#side.run((side) =>
        this.#put(
          path,
          replace,
          (copy) => copyDatabase(this.#driver, side, copy, job),
          side.signal,
          job,
        )
      );
    }
    const before = this.#rescue;
    const rescued = before.catch(() => {}).then(() =>
      this.#put(
        path,
        replace,
        async (copy) => {
          const { connection, shared } = await open;
          if (shared) return vacuumInto(connection, copy);
          await copyDatabase(this.#driver, { connection, signal: NEVER }, copy, job);
        },
        NEVER,
        job,
        true,
      )
    );
    this.#rescue = rescued;
    return await rescued;
  }

  /**
   * Puts a copy in its place, if it is sound.
   *
   * @param copy Writes it under another name.
   * @param rescue Whether a damaged copy is better than none: as long as it replaces nothing.
   */
  async #put(
    path: string,
    replace: boolean,
    copy: (path: string) => Promise<void>,
    signal: AbortSignal,
    job: Job,
    rescue = false,
  ): Promise<BackupOutcome> {
    const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
    try {
      await copy(temporary);
      const { pageSize, problems } = await checkCopy(this.#driver, temporary, signal, job);
      const [problem] = problems;
      if (problem !== undefined) {
        this.onDamaged(problem);
        if (!rescue) throw damaged(problem);
        replace = false;
      } else forgetLog(this.#driver, temporary);
      job.at("syncing");
      await this.#protect(temporary);
      const { size } = await files.stat(temporary);
      const pages = size / pageSize;
      await syncFile(temporary);
      assertReplaceable(this.#driver, path, replace);
      await files.rename(temporary, path);
      await syncDirectory(dirname(path));
      return { path, pages, bytes: size };
    } finally {
      await removeIfThere(temporary);
    }
  }

  /** Lets nobody read the copy who may not read the database. */
  async #protect(copy: string): Promise<void> {
    const mode = this.#mode = modeOf(this.#path) ?? this.#mode;
    if (mode !== null && OS !== "windows") await files.chmod(copy, mode & 0o777);
  }

  /**
   * Begins a background save. At most one runs at a time: look at {@linkcode savingSinceMs} first.
   *
   * @param whenCommitted Calls back when what it shall have is committed.
   */
  save(whenCommitted: (callback: () => void) => void): void {
    this.savingSinceMs = this.#clock.now();
    whenCommitted(() => void this.#save());
  }

  async #save(): Promise<void> {
    const startedAt = this.#clock.now();
    const changes = this.#changes();
    try {
      await this.backup(this.savePath, true);
      this.lastSaveOk = true;
      this.saves++;
      this.saved(changes);
    } catch (error) {
      this.lastSaveOk = false;
      this.onFailed(error);
    }
    this.savingSinceMs = undefined;
    this.lastSaveSeconds = Math.floor((this.#clock.now() - startedAt) / 1000);
  }

  /**
   * Notes that everything is in the database file, or in the background save's.
   *
   * @param changes How many changes that is. Default: all there were.
   */
  saved(changes: number = this.#changes()): void {
    this.changesSaved = changes;
    this.lastSaveAt = Math.floor(this.#clock.now() / 1000);
  }
}

/** No store is closed while what is still open of its file is copied. */
const NEVER: AbortSignal = new AbortController().signal;

const damaged = (problem: string) =>
  new CommandError(`CORRUPT the database is damaged, so no backup was made: ${problem}`);

/** Looks through a copy, which nobody else knows of. */
export async function checkCopy(
  driver: Driver,
  path: string,
  signal: AbortSignal = NEVER,
  job?: Job,
): Promise<{ pageSize: number; problems: string[] }> {
  const connection = driver.open(path, { create: false });
  const uninterrupt = interruptWhen(signal, connection);
  try {
    const problems = await checkIntegrityAside(
      connection,
      "quick",
      (_, done, total) => job?.at("checking", done, total),
    );
    return { pageSize: pageSize(connection), problems };
  } finally {
    uninterrupt();
    connection.close();
  }
}

/** Copies the snapshot of now into a new file. */
export async function copyDatabase(
  driver: Driver,
  { connection: source, signal }: Side,
  path: string,
  job?: Job,
): Promise<void> {
  if (source.copyFrom === undefined) {
    // The connection still cannot write to its own file.
    source.exec("PRAGMA query_only = OFF");
    try {
      vacuumInto(source, path);
    } finally {
      source.exec("PRAGMA query_only = ON");
    }
    return;
  }
  const target = driver.open(path);
  try {
    // Nobody reads it before it is whole and synced.
    target.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    source.begin(false);
    const copy = target.copyFrom?.(source);
    try {
      let copied = 0;
      while (await copy?.step(PAGES_PER_SLICE) === false) {
        signal.throwIfAborted();
        job?.at("copying", copied += PAGES_PER_SLICE, copy?.pages);
      }
      job?.at("copying", copy?.pages, copy?.pages);
    } finally {
      copy?.end();
      source.rollback();
    }
  } finally {
    target.close();
  }
}

/** A copy has no log: that of its source must not be applied to it. */
export function forgetLog(driver: Driver, copy: string): void {
  const connection = driver.open(copy, { create: false });
  try {
    connection.exec("PRAGMA synchronous = OFF; DELETE FROM settings WHERE name = 'file:log'");
  } finally {
    connection.close();
  }
}

/** Writes a compacted copy of a connection's database into a new file, at once. */
export function vacuumInto(connection: Connection, path: string): void {
  const vacuum = connection.prepare("VACUUM INTO ?1");
  try {
    vacuum.bindText(1, path);
    vacuum.run();
  } finally {
    vacuum.finalize();
  }
}

function modeOf(path: string): number | null {
  try {
    return files.statSync(path).mode;
  } catch {
    return null;
  }
}

function pageSize(connection: Connection): number {
  const statement = connection.prepare("PRAGMA page_size");
  statement.step();
  const size = statement.columnNumber(0);
  statement.finalize();
  return size;
}

export async function syncFile(path: string): Promise<void> {
  using file = await files.open(path, { read: true, write: true });
  await file.sync();
}

/** Makes a new name in a directory last, where a directory can be synced. */
export async function syncDirectory(path: string): Promise<void> {
  if (OS === "windows") return;
  using directory = await files.open(path);
  await directory.sync();
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
