/**
 * Puts committed turns on the disk. SQLite commits with `synchronous=NORMAL`: the frames are in the
 * `-wal` file, in the page cache, and survive the process but not the machine. An asynchronous
 * `fdatasync` of that file makes all turns committed before it started durable, while later turns
 * go on. (The `-wal` file carries no POSIX locks, so opening and closing it here is safe.)
 *
 * @module
 */

import { awaitAside } from "../runtime/linux/poller.ts";
import { type FileInfo, files, type SyncableFile } from "../runtime/files.ts";
import type { Clock, Timer } from "./clock.ts";
import { BriefSyncs } from "./log/brief_syncs.ts";
import { Timings } from "./timings.ts";

/**
 * When a write counts as done, in Redis's words: `always` on the disk; `everysec` on the disk
 * within a second; `no` when the next checkpoint puts it there.
 *
 * @example
 * ```ts
 * import { type Durability, Redlite } from "@redlite/redlite";
 *
 * const appendfsync: Durability = "always";
 * using db = Redlite.open(":memory:", { appendfsync });
 * db.set("k", "v");
 * ```
 */
export type Durability = "always" | "everysec" | "no";

/** The log before the database, as far as it is to be synced. */
export interface SyncedLog {
  /** Puts everything appended so far on the disk. @returns Whether it is there. */
  sync(): Promise<boolean>;
  /** The same at once, if no sync is under way; else `undefined`. */
  syncNow?(): boolean | undefined;
}

const UNWRITTEN = "the log could not be written";

/**
 * Syncs one WAL file, and the log before it where there is one. Turns are numbered; the numbers only
 * grow.
 */
export class WalSync {
  /** The last turn known to be on the disk. */
  syncedTurn = 0;
  /** When the last sync ended, Unix time in milliseconds; 0 if there was none. */
  lastSyncedAtMs = 0;
  /** Whether the last sync failed. */
  failed = false;
  /** Called after each sync, with {@linkcode syncedTurn} moved on. */
  onSynced: () => void = () => {};
  /** Called when a sync fails; nothing is known to be on the disk then. */
  onFailed: (error: unknown) => void = () => {};
  /** Whether an open file is the one that SQLite writes to: the name may stand for another one by now. */
  isOurs: (file: FileInfo) => boolean = () => true;
  #mode: Durability;
  /** Opens the file of the log; where nobody but SQLite can, it is set to what has SQLite sync it. */
  openLog: () => Promise<Pick<SyncableFile, "syncData" | "close">> = () => this.#open();
  readonly #path: string | undefined;
  readonly #clock: Clock;
  readonly #timings: Timings;
  #file: ReturnType<WalSync["openLog"]> | undefined;
  #syncing: Promise<void> | undefined;
  #log: SyncedLog | undefined;
  #committedTurn = 0;
  /** The last turn that is in the WAL alone, and the last one known to be on the disk there. */
  #walTurn = 0;
  #walSyncedTurn = 0;
  #awaitedTurn = 0;
  /** The last turn whose replies are held until it is on the disk, whatever the mode is by then. */
  #promisedTurn = 0;
  #timer: Timer | undefined;
  readonly #brief = new BriefSyncs();

  /** Takes the database's path; undefined for one in memory, where every turn counts as synced. */
  constructor(
    path: string | undefined,
    mode: Durability,
    clock: Clock,
    timings: Timings = new Timings(),
  ) {
    this.#timings = timings;
    this.#path = path;
    this.#mode = mode;
    this.#clock = clock;
  }

  /** The level in force; a change holds from the next commit on. */
  get mode(): Durability {
    return this.#mode;
  }
  set mode(mode: Durability) {
    this.#mode = mode;
    if (mode !== "no" || this.#promisedTurn > this.syncedTurn) this.#start();
  }

  /** Whether replies of a turn must wait for {@linkcode onSynced}. */
  mustWait(turn: number): boolean {
    const must = this.#mode === "always" && this.#path !== undefined && turn > this.syncedTurn;
    if (must && turn > this.#promisedTurn) this.#promisedTurn = turn;
    return must;
  }

  /**
   * The last turn whose outcome a client can tell: replies wait for it, and not for background work
   * that was committed since. A machine that fails then finds that work still to be done.
   */
  get awaitedTurn(): number {
    return this.#awaitedTurn;
  }

  /**
   * Notes that a turn with writes is committed, and starts what its level asks for.
   *
   * @param visible Whether a client can tell; if not, it may wait for the next sync.
   * @param inLog Whether the log has it, and not yet the WAL.
   */
  committed(turn: number, visible = true, inLog = false): void {
    this.#committedTurn = turn;
    // A log that ended with this turn has it in the WAL.
    if (!inLog || this.#log === undefined) this.#walTurn = turn;
    if (visible) this.#awaitedTurn = turn;
    if (this.#path === undefined) {
      this.syncedTurn = turn;
    } else if (this.#mode === "always" && visible) {
      if (!this.#syncNow()) this.#start();
    } else if (this.#mode !== "no" && this.#timer === undefined) {
      // Half a second, so that the sync itself still ends within the second.
      this.#timer = this.#clock.after(500, () => {
        this.#timer = undefined;
        this.#start();
      });
    }
  }

  /** The log that turns are in before they are in the WAL. Without it all turns so far are in the WAL. */
  set log(log: SyncedLog | undefined) {
    this.#log = log;
    if (log !== undefined) return;
    this.#walTurn = this.#committedTurn;
    if (this.#awaits(this.syncedTurn)) this.#start();
  }

  /** Whether replies of turns after `turn` are held, or will be. */
  #awaits(turn: number): boolean {
    return this.#promisedTurn > turn || (this.#mode === "always" && this.#awaitedTurn > turn);
  }

  /** Puts everything committed on the disk by the WAL, whatever the log has. */
  async syncWal(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      await this.#syncWal();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** The same at once. @returns Whether it is there. */
  syncWalNow(): boolean {
    if (this.#path === undefined) return true;
    // After one that failed the next succeeds, over frames that are lost.
    if (this.failed) return false;
    try {
      using file = files.openSync(`${this.#path}-wal`, { read: true, write: true });
      if (!this.isOurs(file.statSync())) return false;
      file.syncSync();
      return true;
    } catch {
      return false;
    }
  }

  async #syncWal(): Promise<void> {
    this.#file ??= this.openLog();
    await (await this.#file).syncData();
  }

  /**
   * Opens the file before it is needed, if it is there: a process that has used up its file
   * descriptors later can still sync.
   */
  async prepare(): Promise<void> {
    if (this.#path === undefined || this.#file !== undefined) return;
    const file = this.openLog();
    this.#file = file;
    try {
      await file;
    } catch {
      if (this.#file === file) this.#file = undefined;
    }
  }

  /** Whether a sync is under way. */
  get running(): boolean {
    return this.#syncing !== undefined;
  }

  /** Whether every turn committed so far is on the disk. */
  get synced(): boolean {
    return this.syncedTurn >= this.#committedTurn;
  }

  /** Resolves when every turn committed so far is on the disk. */
  async sync(): Promise<void> {
    const wanted = this.#committedTurn;
    while (this.syncedTurn < wanted) {
      this.#start();
      await this.#syncing;
    }
  }

  async #open(): Promise<SyncableFile> {
    const path = `${this.#path}-wal`;
    const file = await files.open(path, { read: true, write: true });
    if (this.isOurs(await file.stat())) return file;
    file.close();
    throw new Error(`another file was put in the place of ${path}`);
  }

  /** Puts the log on the disk at once, if that has all there is and does not take long. @returns Whether nothing is to be done any more. */
  #syncNow(): boolean {
    const log = this.#log;
    const brief = log?.syncNow !== undefined && this.#brief.expected;
    if (!brief || this.#syncing !== undefined || this.#walTurn > this.#walSyncedTurn) return false;
    const turn = this.#committedTurn;
    const startedAt = performance.now();
    const done = log.syncNow?.();
    if (done === undefined) return false;
    if (done) {
      const ms = performance.now() - startedAt;
      this.#brief.took(ms);
      this.#timings.took("aof-fsync-always", ms);
      this.#syncedTo(turn);
    } else {
      this.#fail(new Error(UNWRITTEN));
    }
    return true;
  }

  #syncedTo(turn: number): void {
    this.syncedTurn = turn;
    this.lastSyncedAtMs = this.#clock.now();
    this.failed = false;
  }

  #start(): void {
    if (this.#syncing !== undefined || this.syncedTurn >= this.#committedTurn) return;
    this.#syncing = this.#mode === "always" ? awaitAside(this.#run()) : this.#run();
    // Who waits in sync() sees the error; everybody is told through onFailed.
    this.#syncing.catch(() => {});
  }

  async #run(): Promise<void> {
    const turn = this.#committedTurn;
    const log = this.#log;
    const startedAt = performance.now();
    try {
      if (log !== undefined) {
        if (!await log.sync()) throw new Error(UNWRITTEN);
        if (this.#mode === "always") this.#brief.tookAside(performance.now() - startedAt);
      }
      // The log may have ended meanwhile: then the WAL has its turns, and is all there is.
      if (this.#walTurn > this.#walSyncedTurn) {
        await this.#syncWal();
        this.#walSyncedTurn = turn;
      }
    } catch (error) {
      this.#syncing = undefined;
      this.#fail(error);
      throw error;
    }
    if (this.#mode === "always") {
      this.#timings.took("aof-fsync-always", performance.now() - startedAt);
    }
    this.#syncedTo(turn);
    this.#syncing = undefined;
    if (this.#awaits(turn)) this.#start();
    this.onSynced();
  }

  #fail(error: unknown): void {
    void this.#file?.then((file) => file.close(), () => {});
    this.#file = undefined;
    this.failed = true;
    this.onFailed(error);
  }

  /** Waits for a sync under way and closes the file. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    try {
      await this.#syncing;
    } catch {
      // Told through onFailed.
    }
    const file = await this.#file?.catch(() => undefined);
    file?.close();
    this.#file = undefined;
  }
}
