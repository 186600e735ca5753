/**
 * The log before the database: turns are written down in a log, and the transaction that they are in
 * stays open over many of them.
 *
 * Invariants:
 *
 * - Turns that are in the log and not in the database are in the open transaction, or will be in the
 *   next one, which is opened when this one is committed: so nobody else writes before them, and who
 *   takes the write lock finds the log applied, or its owner gone. Whoever takes it between the two
 *   comes before those turns, which are run once more.
 * - The number of the last turn is written with the data. Each turn of the log has the number after the
 *   one before; what is committed without the log takes a number too, so that no turn is ever applied to
 *   a database which lacks one before it.
 * - A log begins with an identity that is in the database, and on the disk there, before its first turn.
 * - A file of the log is given up only when the WAL that has its turns is on the disk.
 * - While anybody else has the database open, each turn is committed as it ends.
 *
 * @module
 */

import type { Timer } from "./clock.ts";
import type { TurnEffects } from "./effects.ts";
import type { Engine } from "./engine.ts";
import type { SyncedLog } from "./wal_sync.ts";

/** Milliseconds between two looks at what is open: for others who have come, and whether it is idle. */
const LOOK_MS = 8;
/** How long a transaction stays open at most. */
const MOST_AGE_MS = 1000;
/** How long a commit may keep everybody waiting; from it follows how much a transaction may hold. */
const COMMIT_MS = 4;
/** Commands that a transaction may hold: at first, at least, at most. */
const FIRST_COMMANDS = 1000, LEAST_COMMANDS = 500, MOST_COMMANDS = 50_000;
/**
 * What of a transaction is rows that are held back is written in slices between turns, and it may
 * hold as much as comes in this time. Milliseconds.
 */
const SLICED_AGE_MS = 450;
/** One changed row for so many commands, and fewer, are nearly none. */
const FEW_CHANGES = 8;
/** Rows of a slice: at least, and at most unless many are new. */
const LEAST_SLICE = 64, MOST_SLICE = 1000;
/**
 * How long nothing is written in slices after a turn has disturbed it: the first time, and at most when
 * it is so each time.
 */
const DISTURBED_MS = 1000, MOST_DISTURBED_MS = 32_000;
/** Bytes from which on a file of the log is followed by the other one, unless they are to be fewer. */
export const LOG_FILE_BYTES = 16 * 1024 * 1024;
/** Bytes of effects that it may hold, and no more than half a file. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Bytes of a turn in the log; a larger one is committed, which writes them but once. */
const MOST_RECORD_BYTES = 4 * 1024 * 1024;
/** Milliseconds after a commit that failed in which none is tried but for a turn. */
const AFTER_FAILURE_MS = 500;
/** Milliseconds between two tries to begin a log. */
const BEGIN_AGAIN_MS = 500;

/** A log as it is written; see log/turn_log.ts. */
export interface LogBefore extends SyncedLog {
  /** The number of the last turn that was appended, or was committed without the log. */
  last: number;
  /** Whether a sync has failed. */
  readonly broken: boolean;
  /** Bytes from which on it goes on in its other file. */
  fileBytes: number;
  /** Whether its file is still the one under its name. */
  readonly inPlace: boolean;
  /** Bytes of its files. */
  readonly size: number;
  /** Whether it should go on in another file, which is not free. */
  readonly large: boolean;
  /** Appends a turn under the next number. @returns Whether it is in the log; if not, nothing of it is. */
  append(effects: TurnEffects): boolean;
  /** Something was committed. @returns Whether it goes on in another file. */
  rotate(): boolean;
  /** All turns up to a number are on the disk in the database. */
  free(turn: number): void;
  /** Calls `take` with each turn after a number. */
  turnsAfter(turn: number, take: (turn: TurnEffects) => void): void;
  /** Ends it: nothing in it is of use any more. */
  remove(): void;
  /** Ends it and leaves it where it is. */
  close(): void;
}

/** What the log is of, and what stands around it. */
export interface WriteBehindParts {
  /** Makes a new log, on the disk; undefined if it cannot be made. */
  makeLog(identity: Uint8Array): LogBefore | undefined;
  /** Whether anybody else has the database open; undefined where that cannot be told. */
  othersIn(): boolean | undefined;
  /** Writes into the open transaction which log the database has, and the last turn applied. */
  saveApplied(identity: Uint8Array, turn: number): void;
  /** Whether that is still what the database says, and which turn. */
  applied(identity: Uint8Array): number | undefined;
  /** Runs the effects of a turn, within a turn of the engine. */
  apply(effects: TurnEffects): void;
  /** Puts everything committed on the disk. */
  syncWal(): Promise<void>;
  /** The same at once. */
  syncWalNow(): boolean;
  /** Whether the database has gone from its name, so that its log must not be left for another. */
  orphaned(): boolean;
  /** The turns from here on are in the log, or not any more. */
  logged(log: LogBefore | undefined): void;
}

/** Keeps the log of one database. */
export class WriteBehind {
  /** Commits of transactions that held turns of the log. */
  commits = 0;
  /** Turns that were appended to the log. */
  turns = 0;
  /** Bytes that were. */
  bytes = 0;
  /** Whether the last append failed. */
  appendFailed = false;
  #fileBytes = LOG_FILE_BYTES;
  readonly #engine: Engine;
  readonly #parts: WriteBehindParts;
  #wanted = false;
  #identity: Uint8Array = new Uint8Array(16);
  #log: LogBefore | undefined;
  /** The last turn in the database. */
  #committed = 0;
  /** What the open transaction holds of the log. */
  #commands = 0;
  #heldBytes = 0;
  #openedAtMs = 0;
  /** What of that is committed in slices, up to which turn, and when that began. */
  #slicedCommands = 0;
  #slicedBytes = 0;
  #slicedTurn = 0;
  #slicedAtMs = 0;
  #slicedOpenedAtMs = 0;
  /** Until when nothing is. */
  #disturbedUntilMs = -Infinity;
  #disturbedMs = DISTURBED_MS;
  /** Rows that were held back when a turn ended last. */
  #seenRows = 0;
  #mostCommands = FIRST_COMMANDS;
  /** Turns at the last look. */
  #seenTurn = 0;
  #timer: Timer | undefined;
  #beginTimer: Timer | undefined;
  #failedAtMs = -Infinity;
  /** Whether a file of the log is being freed. */
  #freeing = false;
  /** Whether turns are to be committed as they end, until one is. */
  #mustCommit = false;
  /** Whether what others wrote has no number yet, and whether the commit at hand gives it one. */
  #othersWrote = false;
  #numbered = false;
  /** How many need the write lock for themselves now. */
  #held = 0;
  #leaving: { readonly log: LogBefore; readonly ended: Promise<void> } | undefined;
  #closed = false;

  constructor(engine: Engine, parts: WriteBehindParts) {
    this.#engine = engine;
    this.#parts = parts;
  }

  /** Whether there is a log now. */
  get on(): boolean {
    return this.#log !== undefined;
  }

  /** Bytes from which on a file of the log is followed by the other one. */
  set fileBytes(bytes: number) {
    this.#fileBytes = bytes;
    if (this.#log !== undefined) this.#log.fileBytes = bytes;
  }

  /** Bytes of the log's files. */
  get size(): number {
    return this.#log?.size ?? 0;
  }

  /** Turns that are in the log and not in the database. */
  get owed(): number {
    return this.#log === undefined ? 0 : this.#log.last - this.#committed;
  }

  /** Whether there shall be a log, as soon and as long as nobody else has the database open. */
  get wanted(): boolean {
    return this.#wanted;
  }
  set wanted(wanted: boolean) {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    if (wanted) {
      if (!this.begin()) this.#beginLater();
    } else {
      this.#beginTimer?.cancel();
      this.#beginTimer = undefined;
      this.leave();
    }
  }

  /** Begins a log, between turns. @returns Whether there is one. */
  begin(): boolean {
    if (this.#log !== undefined) return true;
    const engine = this.#engine;
    const free = this.#wanted && !this.#closed && this.#leaving === undefined && !engine.inTurn;
    if (!free || engine.refusal !== undefined || this.#parts.othersIn() !== false) return false;
    const identity = crypto.getRandomValues(new Uint8Array(16));
    const log = this.#parts.makeLog(identity);
    if (log === undefined) return false;
    try {
      engine.alone(() => this.#parts.saveApplied(identity, 0));
    } catch {
      // Somebody has the write lock, or the disk is full.
      log.remove();
      return false;
    }
    if (!this.#parts.syncWalNow()) {
      log.remove();
      return false;
    }
    this.#identity = identity;
    this.#log = log;
    log.fileBytes = this.#fileBytes;
    this.#committed = 0;
    this.#mustCommit = this.#othersWrote = this.#numbered = false;
    engine.effects.kept = true;
    this.#parts.logged(log);
    return true;
  }

  #beginLater(): void {
    if (this.#beginTimer !== undefined || !this.#wanted || this.#closed) return;
    this.#beginTimer = this.#engine.clock.after(BEGIN_AGAIN_MS, () => {
      this.#beginTimer = undefined;
      void this.#tryToBegin();
    });
  }

  async #tryToBegin(): Promise<void> {
    if (this.#log !== undefined) return;
    if (this.#parts.othersIn() === false) {
      try {
        // Off the event loop, so that little is left to be done on it.
        await this.#parts.syncWal();
      } catch {
        // Told by who syncs.
      }
      if (this.begin()) return;
    }
    this.#beginLater();
  }

  /**
   * Ends a turn that has written, in its transaction.
   *
   * @param untold Whether it wrote what its effects do not tell of.
   * @returns Whether the turn lasts, and the transaction stays open; else it is to be committed.
   */
  endTurn(untold: boolean, effects: TurnEffects | undefined): boolean {
    const log = this.#log;
    if (log === undefined) return false;
    const huge = effects !== undefined &&
      effects.bytes.length > Math.min(MOST_RECORD_BYTES, this.#fileBytes);
    const commits = untold || huge || this.#mustCommit || this.#held > 0 || !this.#wanted ||
      log.broken;
    if (!commits && this.#parts.othersIn() === false) {
      if (effects === undefined) {
        this.#look();
        return true;
      }
      if (log.append(effects)) {
        if (this.#commands === 0) this.#openedAtMs = this.#engine.clock.now();
        this.appendFailed = false;
        this.turns++;
        this.bytes += effects.bytes.length;
        this.#commands += effects.count;
        this.#heldBytes += effects.bytes.length;
        this.#look();
        return true;
      }
      this.appendFailed = true;
    }
    // A number for what the log does not tell.
    log.last++;
    try {
      this.#parts.saveApplied(this.#identity, log.last);
    } catch (error) {
      log.last--;
      throw error;
    }
    return false;
  }

  /** The turn that was given a number without being in the log could not be committed. */
  turnFailed(numbered: boolean): void {
    if (numbered && this.#log !== undefined) this.#log.last--;
  }

  /** Whether turns are to be committed as they end. */
  get mustCommit(): boolean {
    return this.#mustCommit;
  }

  /** Whether nobody else has the database open. */
  get alone(): boolean {
    return this.#parts.othersIn() === false;
  }

  /** A turn is over and the transaction open: it is committed if it holds enough, or a slice of it is. */
  turnOver(): void {
    const engine = this.#engine, rows = engine.heldRows;
    if (engine.settlesInSlices) return this.#slice();
    const tooLarge = this.#heldBytes >= Math.min(MOST_BYTES, this.#fileBytes / 2);
    if (this.#commands < this.#mostCommands && !tooLarge) return;
    const now = engine.clock.now();
    if (!this.#canSlice(now)) return void engine.settle();
    if (tooLarge || rows?.many || now - this.#openedAtMs >= SLICED_AGE_MS) this.#beginSlices();
  }

  /** Whether nearly all that the transaction holds are rows that are held back. */
  #canSlice(now: number): boolean {
    return now >= this.#disturbedUntilMs && !this.#mustCommit &&
      this.#engine.changedRows * FEW_CHANGES <= this.#commands;
  }

  #beginSlices(): void {
    this.#engine.beginSettling();
    this.#seenRows = this.#engine.heldRows?.noted ?? 0;
  }

  /** Writes more than has come, so that there is an end to it. */
  #slice(): void {
    const engine = this.#engine;
    const noted = engine.heldRows?.noted ?? 0;
    const came = noted - this.#seenRows;
    this.#seenRows = noted;
    const most = Math.max(MOST_SLICE, came);
    engine.settleSlice(this.#late ? Infinity : Math.min(Math.max(3 * came, LEAST_SLICE), most));
  }

  /** Whether what is committed in slices has taken too long, or too much has come meanwhile. */
  get #late(): boolean {
    return this.#heldBytes >= this.#fileBytes ||
      this.#engine.clock.now() - this.#slicedOpenedAtMs >= MOST_AGE_MS;
  }

  /** The open transaction is about to be committed in slices, as it is now. */
  settlingInSlices(): void {
    const log = this.#log;
    if (log === undefined) return;
    if (this.owed > 0) this.#parts.saveApplied(this.#identity, log.last);
    this.#slicedTurn = log.last;
    this.#slicedCommands = this.#commands;
    this.#slicedBytes = this.#heldBytes;
    this.#slicedAtMs = this.#engine.clock.now();
    this.#slicedOpenedAtMs = this.#openedAtMs;
  }

  /** A turn has written to the database before that was over. */
  disturbed(): void {
    this.#disturbedUntilMs = this.#engine.clock.now() + this.#disturbedMs;
    this.#disturbedMs = Math.min(2 * this.#disturbedMs, MOST_DISTURBED_MS);
    this.#engine.settle();
  }

  /** It is over. Turns since then are owed. */
  committedInSlices(): void {
    const log = this.#log;
    if (log === undefined) return;
    this.commits++;
    this.#disturbedMs = DISTURBED_MS;
    this.#committed = this.#slicedTurn;
    this.#commands -= this.#slicedCommands;
    this.#heldBytes -= this.#slicedBytes;
    this.#openedAtMs = this.#slicedAtMs;
    if (!this.#wanted || log.broken || !log.inPlace) this.#mustCommit = true;
    this.#turnPages(log);
  }

  /** The open transaction is about to be committed. */
  committing(): void {
    const log = this.#log;
    if (log !== undefined && this.#othersWrote) {
      log.last++;
      this.#numbered = true;
    }
    if (this.owed > 0) this.#parts.saveApplied(this.#identity, this.#log!.last);
  }

  /** The open transaction was committed. @param ms How long that took. */
  committed(ms: number): void {
    const log = this.#log;
    if (log === undefined) return;
    if (this.#commands > 0) {
      this.commits++;
      this.#fit(ms);
    }
    this.#committed = log.last;
    this.#commands = this.#heldBytes = 0;
    this.#mustCommit = this.#othersWrote = this.#numbered = false;
    const stays = this.#wanted && !log.broken && log.inPlace && this.#parts.othersIn() === false;
    if (!stays) return this.#end(log);
    this.#turnPages(log);
  }

  /** Goes on in the log's other file, or puts on the disk what that has, so that it can be written to again. */
  #turnPages(log: LogBefore): void {
    if (!(log.rotate() || log.large) || this.#freeing) return;
    const turn = this.#committed;
    this.#freeing = true;
    this.#parts.syncWal().then(() => log.free(turn), () => {}).finally(() => {
      this.#freeing = false;
    });
  }

  /** Lets transactions hold what a commit of {@linkcode COMMIT_MS} can take. */
  #fit(ms: number): void {
    const fits = this.#commands * COMMIT_MS / Math.max(ms, 0.05);
    const next = ms > COMMIT_MS || this.#commands >= this.#mostCommands
      ? Math.min(fits, 2 * this.#mostCommands)
      : this.#mostCommands;
    this.#mostCommands = Math.min(Math.max(Math.floor(next), LEAST_COMMANDS), MOST_COMMANDS);
  }

  /**
   * The open transaction was rolled back: turns commit until one can.
   *
   * @param settling Whether it was committed by itself, and could not be.
   */
  failed(settling: boolean): void {
    this.#mustCommit = true;
    if (this.#numbered && this.#log !== undefined) this.#log.last--;
    this.#numbered = false;
    if (settling) this.#failedAtMs = this.#engine.clock.now();
    this.#commands = this.#heldBytes = 0;
  }

  /** Another process has committed: what it wrote takes a number, for later turns build on it. */
  changedByOthers(): void {
    this.#mustCommit = this.#othersWrote = true;
  }

  /**
   * Runs the turns that the database lacks once more, in a new transaction.
   *
   * @throws {Error} If one of them is refused.
   */
  repeat(run: (turn: TurnEffects, apply: () => void) => void): void {
    const log = this.#log;
    if (log === undefined) return;
    const applied = this.#parts.applied(this.#identity);
    // Who opened the file meanwhile has applied the log.
    if (applied === undefined || applied >= log.last) {
      this.#committed = log.last;
      return;
    }
    log.turnsAfter(applied, (turn) => run(turn, () => this.#parts.apply(turn)));
    this.#look();
  }

  /** Commits what is open, and has turns commit as they end until {@linkcode release}. */
  hold(): void {
    this.#held++;
    this.#engine.settle();
  }

  /** See {@linkcode hold}. */
  release(): void {
    this.#held--;
  }

  /** Commits what is open, between turns, and ends the log. */
  leave(): void {
    if (this.#log === undefined) return;
    this.#mustCommit = true;
    if (this.#engine.settle() && this.#log !== undefined) this.#end(this.#log);
  }

  /** Everything of the log is committed. */
  #end(log: LogBefore): void {
    this.#log = undefined;
    this.#engine.effects.kept = false;
    this.#parts.logged(undefined);
    const leave = (goes: boolean) => {
      if (this.#leaving?.log !== log) return;
      this.#leaving = undefined;
      if (goes || this.#parts.orphaned()) log.remove();
      else log.close();
    };
    const ended = this.#parts.syncWal().then(() => leave(true), () => leave(false));
    this.#leaving = { log, ended };
    this.#beginLater();
  }

  #look(ms = LOOK_MS): void {
    this.#timer ??= this.#engine.clock.after(ms, () => {
      this.#timer = undefined;
      const engine = this.#engine;
      if (!engine.transactionOpen) return;
      // What cannot be committed is run again each time, which costs more than to wait.
      const now = engine.clock.now();
      if (now - this.#failedAtMs < AFTER_FAILURE_MS) return this.#look();
      const idle = engine.turn === this.#seenTurn;
      this.#seenTurn = engine.turn;
      const old = now - this.#openedAtMs >= MOST_AGE_MS;
      if (this.#mustCommit || !this.alone) engine.settle();
      else if (engine.settlesInSlices) {
        engine.settleSlice(this.#late ? Infinity : idle ? MOST_SLICE : LEAST_SLICE);
      } else if (idle || old) this.#commit(now);
      if (engine.transactionOpen) this.#look(engine.settlesInSlices ? 1 : LOOK_MS);
    });
  }

  /** Commits what is open: at once, or in slices if that would take long. */
  #commit(now: number): void {
    const rows = this.#engine.heldRows?.count ?? 0;
    if (rows > this.#mostCommands && this.#canSlice(now)) this.#beginSlices();
    else this.#engine.settle();
  }

  /**
   * Commits what is open, puts it on the disk, and removes the log. If that cannot be done the log
   * stays, for who opens the database next.
   */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#beginTimer?.cancel();
    const log = this.#log ?? this.#leaving?.log;
    if (log === undefined) return;
    const settled = this.#engine.settle();
    this.#log = this.#leaving = undefined;
    this.#engine.effects.kept = false;
    this.#parts.logged(undefined);
    if (settled && (this.#parts.syncWalNow() || this.#parts.orphaned())) log.remove();
    else log.close();
  }
}
