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
import { CommitPace } from "./commit_pace.ts";
import type { TurnEffects } from "./effects.ts";
import type { Engine } from "./engine.ts";
import type { LogBefore, WriteBehindParts } from "./log_before.ts";
import { OpenTurns } from "./open_turns.ts";

/** Bytes of a turn in the log; a larger one is committed, which writes them but once. */
const MOST_RECORD_BYTES = 4 * 1024 * 1024;
/** Milliseconds between two tries to begin a log. */
const BEGIN_AGAIN_MS = 500;

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
  readonly #engine: Engine;
  readonly #parts: WriteBehindParts;
  /** What is open of the log, and when it is committed. */
  readonly #open: OpenTurns;
  readonly #pace: CommitPace;
  #wanted = false;
  #identity: Uint8Array = new Uint8Array(16);
  #log: LogBefore | undefined;
  /** The last turn in the database. */
  #committed = 0;
  /** The last turn of those that are being committed in slices. */
  #slicedTurn = 0;
  #beginTimer: Timer | undefined;
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
    this.#open = new OpenTurns(engine.clock);
    this.#pace = new CommitPace(engine, this, this.#open);
  }

  /** Whether there is a log now. */
  get on(): boolean {
    return this.#log !== undefined;
  }

  /** Bytes from which on a file of the log is followed by the other one. */
  set fileBytes(bytes: number) {
    this.#open.fileBytes = bytes;
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
    log.fileBytes = this.#open.fileBytes;
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
      effects.bytes.length > Math.min(MOST_RECORD_BYTES, this.#open.fileBytes);
    const commits = untold || huge || this.#mustCommit || this.#held > 0 || !this.#wanted ||
      log.broken;
    if (!commits && this.#parts.othersIn() === false) {
      if (effects === undefined) {
        this.#pace.look();
        return true;
      }
      if (log.append(effects)) {
        this.appendFailed = false;
        this.turns++;
        this.bytes += effects.bytes.length;
        this.#open.add(effects);
        this.#pace.look();
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
    this.#pace.turnOver();
  }

  /** The open transaction is about to be committed in slices, as it is now. */
  settlingInSlices(): void {
    const log = this.#log;
    if (log === undefined) return;
    if (this.owed > 0) this.#parts.saveApplied(this.#identity, log.last);
    this.#slicedTurn = log.last;
    this.#open.setApart();
  }

  /** A turn has written to the database before that was over. */
  disturbed(): void {
    this.#pace.disturbed();
  }

  /** It is over. Turns since then are owed. */
  committedInSlices(): void {
    const log = this.#log;
    if (log === undefined) return;
    this.commits++;
    this.#committed = this.#slicedTurn;
    this.#open.committedInSlices();
    this.#pace.committedInSlices();
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
    if (this.#open.commands > 0) this.commits++;
    this.#open.committed(ms);
    this.#committed = log.last;
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

  /**
   * The open transaction was rolled back: turns commit until one can.
   *
   * @param settling Whether it was committed by itself, and could not be.
   */
  failed(settling: boolean): void {
    this.#mustCommit = true;
    if (this.#numbered && this.#log !== undefined) this.#log.last--;
    this.#numbered = false;
    if (settling) this.#pace.failed();
    this.#open.clear();
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
    this.#pace.look();
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

  /**
   * Commits what is open, puts it on the disk, and removes the log. If that cannot be done the log
   * stays, for who opens the database next.
   */
  close(): void {
    this.#closed = true;
    this.#pace.close();
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
