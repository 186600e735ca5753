/**
 * The log before one database: applies what an earlier owner left, and keeps one where `write-behind`
 * asks for it and it can be kept.
 *
 * @module
 */

import type { TurnEffects } from "../../engine/effects.ts";
import type { Engine } from "../../engine/engine.ts";
import { UnusableLog } from "../../engine/log/format.ts";
import { hasLog, SUFFIXES } from "../../engine/log/reading.ts";
import { TurnLog } from "../../engine/log/turn_log.ts";
import type { WalSync } from "../../engine/wal_sync.ts";
import { WriteBehind } from "../../engine/write_behind.ts";
import { mayUseFile } from "../../runtime/permissions.ts";
import { Posix } from "../../runtime/posix.ts";
import { blockFor } from "../../runtime/timers.ts";
import type { Driver } from "../../sqlite/sqlite.ts";
import { Neighbours } from "../place/neighbours.ts";
import { beforeOthers, realPath } from "../place/open_files.ts";
import { AppliedTurnsRow, hexOf } from "./applied_turns.ts";
import { assertApplied, recover } from "./recovery.ts";

/** What the log needs of those above the store. */
export interface LogUser {
  /** Runs the effects of a turn, in a turn of the engine's. */
  apply(effects: TurnEffects): void;
  /** Takes lines about what an operator should know. */
  report(message: string, level: "notice" | "warning"): void;
}

/** Milliseconds between two looks whether an owner has committed. */
const RETRY_MS = 5;

/** What the log needs to know of the file. */
export interface LoggedFile {
  /** Whether the database's path leads to another file by now, or to none. */
  isOrphaned(): boolean;
  /** How long another process is waited for. */
  readonly busyTimeoutMs: number;
  /** Waits for another process's lock while something runs. */
  patiently(work: () => void): void;
  /** Is told when a log is wanted from here on, or no more. */
  turned(): void;
}

/** The log of one database file. */
export class DatabaseLog {
  readonly #file: LoggedFile;
  /** Why no log is kept though one is wanted; undefined if nothing speaks against it. */
  obstacle: string | undefined;
  readonly #engine: Engine;
  readonly #walSync: WalSync;
  readonly #driver: Driver;
  readonly #path: string;
  readonly #row: AppliedTurnsRow;
  #user: LogUser | undefined;
  #wanted = false;
  #behind: WriteBehind | undefined;
  #neighbours: Neighbours | undefined;
  #untold: () => void = () => {};

  /**
   * @param path The database's path.
   */
  constructor(
    engine: Engine,
    walSync: WalSync,
    driver: Driver,
    path: string,
    file: LoggedFile,
  ) {
    this.#file = file;
    this.#engine = engine;
    this.#walSync = walSync;
    this.#driver = driver;
    this.#path = path;
    this.#row = new AppliedTurnsRow(engine);
    if (!engine.readonly && hasLog(path)) {
      engine.refusal = `the log of ${path} has to be applied first`;
    }
  }

  /** The log, where one is kept. */
  get behind(): WriteBehind | undefined {
    return this.#behind;
  }

  /**
   * Applies what an earlier owner of the database left in its log. Call once, before anything is read.
   *
   * @throws {UnusableLog} If it cannot be applied.
   */
  open(user: LogUser): void {
    this.#user = user;
    const engine = this.#engine;
    if (engine.readonly) return this.#assertApplied();
    engine.refusal = undefined;
    if (hasLog(this.#path)) {
      this.#file.patiently(() =>
        recover({
          engine,
          row: this.#row,
          path: this.#path,
          apply: user.apply,
          alone: this.#others() === false,
          syncWalNow: () => this.#walSync.syncWalNow(),
          report: (message) => user.report(message, "notice"),
        })
      );
    }
    if (this.#wanted) this.#begin();
  }

  /** Waits for a living owner to commit, who sees that somebody has come. */
  #assertApplied(): void {
    if (!hasLog(this.#path)) return;
    const deadline = performance.now() + this.#file.busyTimeoutMs;
    for (;;) {
      try {
        this.#engine.read();
        return assertApplied(this.#path, this.#row);
      } catch (error) {
        const waits = this.#others() !== false && performance.now() < deadline;
        if (!waits || !(error instanceof UnusableLog)) throw error;
      } finally {
        this.#engine.commit();
      }
      blockFor(RETRY_MS);
    }
  }

  /** Whether a log is wanted. */
  get wanted(): boolean {
    return this.#wanted;
  }
  set wanted(wanted: boolean) {
    this.#wanted = wanted;
    if (this.#behind === undefined && wanted && this.#user !== undefined) this.#begin();
    else if (this.#behind !== undefined) this.#turn(this.#behind, wanted);
  }

  #others(): boolean | undefined {
    if (this.#neighbours === undefined) {
      const posix = this.#posix;
      this.#neighbours = posix && Neighbours.of(posix, this.#path);
    }
    return this.#neighbours?.others;
  }

  #loaded: Posix | undefined;

  /** Undefined where nobody can tell who else is in. */
  get #posix(): Posix | undefined {
    if (this.#driver.info.name !== "ffi") return undefined;
    return this.#loaded ??= Posix.load();
  }

  #begin(): void {
    if (this.#engine.readonly) return;
    const posix = this.#posix;
    this.obstacle = this.#driver.encrypts
      ? "the database is encrypted, and a log would not be"
      : SUFFIXES.some((suffix) => !mayUseFile("write", this.#path + suffix))
      ? "the files of a log may not be written to"
      : posix === undefined
      ? "who else has the database open can be told by the ffi driver on Linux alone"
      : this.#others() === undefined
      ? "who else has the database open cannot be told here"
      : undefined;
    if (posix === undefined || this.obstacle !== undefined) {
      this.#user?.report(`write-behind has no effect: ${this.obstacle}`, "warning");
      return;
    }
    const engine = this.#engine, walSync = this.#walSync, row = this.#row;
    const behind = this.#behind = new WriteBehind(engine, {
      makeLog: (identity) => {
        // What an earlier log has must be on the disk before its files are written over.
        if (hasLog(this.#path) && !walSync.syncWalNow()) return undefined;
        return TurnLog.make(posix, this.#path, identity);
      },
      othersIn: () => this.#others(),
      saveApplied: (identity, turn) => row.save({ identity: hexOf(identity), turn }),
      applied: (identity) => {
        const applied = row.load();
        return applied?.identity === hexOf(identity) ? applied.turn : undefined;
      },
      apply: (effects) => this.#user?.apply(effects),
      syncWal: () => walSync.syncWal(),
      syncWalNow: () => walSync.syncWalNow(),
      orphaned: () => this.#file.isOrphaned(),
      logged: (log) => walSync.log = log,
    });
    engine.behind = behind;
    this.#untold = beforeOthers(realPath(this.#path), () => behind.leave());
    this.#turn(behind, true);
  }

  #turn(behind: WriteBehind, wanted: boolean): void {
    behind.wanted = wanted;
    this.#file.turned();
  }

  /** Others must find everything committed, and the write lock free, until {@linkcode release}. */
  hold(): void {
    this.#behind?.hold();
  }

  /** See {@linkcode hold}. */
  release(): void {
    this.#behind?.release();
  }

  /** Commits what is open and removes the log; with no turn open. */
  close(): void {
    this.#untold();
    this.#behind?.close();
  }
}
