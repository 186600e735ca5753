/**
 * The turns of all sessions. A turn ends in the microtask after the event loop's pass in which it
 * began, so it holds what arrived in that pass. Replies leave then, or when the write-ahead log is
 * on the disk, as `appendfsync` says.
 *
 * A command that finds the write lock taken by another process waits with its session, while others
 * go on, and is tried again every {@linkcode LOCK_RETRY_MS}.
 *
 * @module
 */

import { TurnFailed, WriteLocked, WritesRefused } from "../engine/turn_errors.ts";
import { latin1Of } from "../commands/table/latin1.ts";
import type { Timer } from "../engine/clock.ts";
import { SQLITE, SqliteError } from "../sqlite/sqlite.ts";
import { corrupt, writesRefused } from "../store/values/errors.ts";
import type { Store } from "../store/store.ts";

/** Milliseconds between two tries for a write lock that another process holds. */
const LOCK_RETRY_MS = 2;

/** A session as its turns see it. */
export interface TurnSession {
  /** Whether its next command waits for the write lock. */
  parked: boolean;
  /** When it gives up, Unix time in milliseconds. */
  parkedUntilMs: number;
  /** Messages of the running turn: what they tell of may be part of it. */
  readonly turnPushes: number;
  /** The turn is committed. @param turn What must be on the disk before the replies leave, 0 for nothing. */
  turnEnded(turn: number): void;
  /** The turn failed: every reply of it becomes an error. */
  turnFailed(message: string): void;
  /** All turns up to `turn` are on the disk. @returns Whether replies are still held. */
  synced(turn: number): boolean;
  /** Tries the command of a parked session again. */
  retry(): void;
  /** Answers the command of a parked session with an error. */
  giveUp(message: string): void;
  /** Closes the connection now. */
  close(): void;
}

/** What {@linkcode Turns} tells of. */
export interface TurnOwner {
  /** The turn is about to be committed: what its sessions are sent may still be added. */
  ending(): void;
  /** The turn was committed, or rolled back. */
  ended(committed: boolean): void;
  /** Takes when a turn began, when it began to be committed and when it was over, in milliseconds. */
  measured(beganAt: number, committingAt: number, endedAt: number): void;
  /** Takes one line about what an operator should know. */
  report(message: string): void;
  /** A turn was rolled back, and with it the writes of its clients refused. */
  refused(failure: TurnFailed): void;
  /** Nothing can be promised any more: the server has to stop. */
  failed(reason: string): void;
}

/** Runs the turns of one server. */
export class Turns {
  /** Sessions with replies of the turn that runs. */
  sessions: TurnSession[] = [];
  /** Sessions whose replies wait for the disk. */
  readonly held = new Set<TurnSession>();
  readonly #store: Store;
  readonly #owner: TurnOwner;
  readonly #busyTimeoutMs: number;
  #scheduled = false;
  #beganAt = 0;
  #afterwards: (() => void)[] = [];
  /** The turn of a script that is suspended: it stays open while others are served outside of it. */
  #aside:
    | { sessions: TurnSession[]; readonly afterwards: (() => void)[]; beganAt: number }
    | undefined;
  /** Whether the running turn is one that was taken up, and does not end by itself. */
  #staysOpen = false;
  #parked: TurnSession[] = [];
  #retryTimer: Timer | undefined;

  /** @param busyTimeoutMs How long a command waits for another process's write lock. */
  constructor(store: Store, busyTimeoutMs: number, owner: TurnOwner) {
    this.#store = store;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#owner = owner;
    store.walSync.onSynced = () => this.#synced();
    store.walSync.onFailed = (error) => this.#syncFailed(error);
  }

  /** Begins a turn, if none runs, and sees to its end. */
  enter(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#beganAt = performance.now();
    if (this.#aside === undefined) this.#store.engine.begin();
    queueMicrotask(this.#end);
  }

  /**
   * Lays the running turn aside: until it is taken up, turns are of clients that nothing is done for
   * in the database, and their replies leave at once.
   */
  layAside(): void {
    const { sessions } = this;
    this.#aside = { sessions, afterwards: this.#afterwards, beganAt: this.#beganAt };
    this.sessions = [];
    this.#afterwards = [];
    this.#scheduled = this.#staysOpen = false;
    this.#store.engine.suspend();
  }

  /** Lets the replies leave that do not belong to the turn that was laid aside. */
  #endOthers(): void {
    this.#scheduled = false;
    this.#release();
    const actions = this.#afterwards;
    if (actions.length === 0) return;
    this.#afterwards = [];
    // Not now, for the script is about to go on.
    queueMicrotask(() => {
      for (const action of actions) action();
    });
  }

  /** Goes on with the turn that was laid aside. It ends when {@linkcode endSoon} is called. */
  takeUp(): void {
    const aside = this.#aside;
    if (aside === undefined) return;
    this.#endOthers();
    this.#aside = undefined;
    this.sessions = aside.sessions;
    this.#afterwards = aside.afterwards;
    this.#beganAt = aside.beganAt;
    this.#scheduled = this.#staysOpen = true;
  }

  /** Ends the turn that was taken up, in a moment. */
  endSoon(): void {
    this.#staysOpen = false;
    this.#store.engine.resume();
    queueMicrotask(this.#end);
  }

  /** Rolls back the turn that was laid aside. @param message The reply to each of its commands. */
  abandon(message: string): void {
    this.takeUp();
    this.#scheduled = this.#staysOpen = false;
    const { engine } = this.#store;
    engine.resume();
    engine.rollback();
    const { sessions } = this;
    this.sessions = [];
    for (const session of sessions) session.turnFailed(message);
    this.#owner.ended(false);
    this.#runAfterwards();
  }

  /** Whether more than one client has replies in the turn that was laid aside. */
  get isAsideShared(): boolean {
    return (this.#aside?.sessions.length ?? 0) > 1;
  }

  /**
   * Lets the replies leave of the turn that was laid aside, but for those of one session: nothing was
   * written before them.
   */
  letOthersGo(but: TurnSession): void {
    const aside = this.#aside;
    if (aside === undefined) return;
    const stays = (session: TurnSession) => session === but || session.turnPushes > 0;
    this.sessions.push(...aside.sessions.filter((session) => !stays(session)));
    aside.sessions = aside.sessions.filter(stays);
    this.#release();
  }

  /** Commits what the turn has done so far, and goes on in a new one. */
  split(): void {
    this.#staysOpen = false;
    this.#end();
    this.enter();
  }

  /** Runs something in the running turn, or in one of its own. What SQLite refuses fails the turn. */
  run(work: () => void): void {
    this.enter();
    try {
      work();
    } catch (error) {
      this.failed(error instanceof TurnFailed ? error : this.#store.engine.fail(error));
    }
  }

  /** Calls back when the running turn is committed or rolled back. */
  after(action: () => void): void {
    this.#afterwards.push(action);
  }

  /** @returns Why it was rolled back, if it was. */
  readonly #end = (): TurnFailed | undefined => {
    // It was ended or laid aside before its time, or goes on.
    if (!this.#scheduled || this.#staysOpen) return undefined;
    const store = this.#store;
    if (this.#aside !== undefined) {
      this.#endOthers();
      return undefined;
    }
    this.#owner.ending();
    this.#scheduled = false;
    const beganAt = this.#beganAt;
    const committingAt = performance.now();
    try {
      store.endTurn();
    } catch (error) {
      if (!(error instanceof TurnFailed)) throw error;
      this.failed(error);
      this.#runAfterwards();
      return error;
    }
    const endedAt = performance.now();
    this.#owner.ended(true);
    this.#release();
    this.#owner.measured(beganAt, committingAt, endedAt);
    if (this.#afterwards.length > 0) this.#runAfterwards();
    return undefined;
  };

  /** Lets the replies leave, when the disk has what they tell of. */
  #release(): void {
    const { walSync } = this.#store;
    const turn = walSync.awaitedTurn;
    const wait = walSync.mustWait(turn) ? turn : 0;
    const { sessions } = this;
    for (let i = 0; i < sessions.length; i++) sessions[i]!.turnEnded(wait);
    sessions.length = 0;
  }

  #runAfterwards(): void {
    const actions = this.#afterwards;
    this.#afterwards = [];
    for (const action of actions) action();
  }

  /** Whether a turn runs that ends by itself, or one is laid aside. */
  get running(): boolean {
    return this.#scheduled || this.#aside !== undefined;
  }

  /** Ends the turn now, if one runs. @returns Why it was rolled back, if it was. */
  endNow(): TurnFailed | undefined {
    return this.#scheduled ? this.#end() : undefined;
  }

  /** Turns every reply of the turn that was rolled back into an error. */
  failed(failure: TurnFailed): void {
    // What SQLite says of a file that somebody has changed is not what happened.
    this.#store.fileWatch?.look();
    this.#owner.refused(failure);
    this.takeBack(this.failureMessage(failure));
  }

  /**
   * Takes back what clients were to be told of in a turn that was rolled back.
   *
   * @param message What they get in place of each reply.
   */
  takeBack(message: string): void {
    const { sessions } = this;
    this.sessions = [];
    for (const session of sessions) session.turnFailed(message);
    this.#owner.ended(false);
    this.#runAfterwards();
  }

  /** The error reply for a turn that SQLite refused. */
  failureMessage(failure: TurnFailed): string {
    const { cause } = failure;
    const { refusal } = this.#store.engine;
    if (refusal !== undefined) return writesRefused(latin1Of(refusal)).message;
    if (!(cause instanceof SqliteError)) return `ERR internal error: ${failure.message}`;
    if (cause.busy) return BUSY;
    if (cause.primary === SQLITE.FULL) return "MISCONF the disk is full, nothing was written";
    if (cause.corrupt) return `${corrupt(cause.message).message}; nothing was written`;
    return `IOERR nothing was written: ${failure.message}`;
  }

  /** Lets a session wait for the write lock that another process holds. */
  park(session: TurnSession): void {
    session.parked = true;
    session.parkedUntilMs = this.#store.engine.clock.now() + this.#busyTimeoutMs;
    this.#parked.push(session);
    this.#scheduleRetry();
  }

  /** Answers the sessions that wait for the write lock with an error. */
  giveUpParked(message: string): void {
    const sessions = this.#parked.filter((session) => session.parked);
    this.#parked = [];
    for (const session of sessions) session.giveUp(message);
  }

  #scheduleRetry(): void {
    this.#retryTimer ??= this.#store.engine.clock.after(LOCK_RETRY_MS, () => {
      this.#retryTimer = undefined;
      this.#retryParked();
    });
  }

  #retryParked(): void {
    const sessions = this.#parked.filter((session) => session.parked);
    this.#parked = [];
    if (sessions.length === 0) return;
    this.enter();
    try {
      this.#store.engine.writeTold();
    } catch (error) {
      if (error instanceof WritesRefused) {
        const message = writesRefused(latin1Of(error.message)).message;
        for (const session of sessions) session.giveUp(message);
        return;
      }
      if (!(error instanceof WriteLocked)) {
        const failure = error instanceof TurnFailed ? error : this.#store.engine.fail(error);
        this.failed(failure);
        for (const session of sessions) session.giveUp(this.failureMessage(failure));
        return;
      }
      const now = this.#store.engine.clock.now();
      // Our own VACUUM takes as long as it takes.
      const { rewriting } = this.#store.vacuum;
      for (const session of sessions) {
        if (rewriting) session.parkedUntilMs = now + this.#busyTimeoutMs;
        if (session.parkedUntilMs <= now) session.giveUp(BUSY);
        else this.#parked.push(session);
      }
      if (this.#parked.length > 0) this.#scheduleRetry();
      return;
    }
    for (const session of sessions) session.retry();
  }

  #synced(): void {
    const turn = this.#store.walSync.syncedTurn;
    for (const session of this.held) if (!session.synced(turn)) this.held.delete(session);
  }

  #syncFailed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `cannot sync the write-ahead log: ${reason}`;
    // Whether the writes are on the disk is unknown, so they must not be acknowledged.
    for (const session of [...this.held]) session.close();
    this.held.clear();
    // The kernel takes pages that it could not write for written: the next sync would succeed, and
    // what is answered then would stand on frames that are lost.
    if (this.#store.walSync.mode === "always") this.#owner.failed(message);
    else this.#owner.report(message);
  }

  /** Tries nothing again. */
  close(): void {
    this.#retryTimer?.cancel();
  }
}

const BUSY = "BUSY another process holds the write lock of the database; try again";
