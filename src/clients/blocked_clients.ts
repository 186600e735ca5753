/**
 * Clients that wait in a blocking command.
 *
 * A change of a key that somebody waits for makes the key ready. After the command that made it so,
 * and before any other, whoever waits for a ready key runs again, in the order they began to wait;
 * so what was pushed is served exactly once, and in the transaction that pushed it: if that fails,
 * those who were served wait on. What another process pushed is found by looking for its commits
 * every {@linkcode POLL_MS} while anybody waits.
 *
 * The clock stands still within a turn, so a key whose time ran out in it (in a long transaction) is
 * still seen: it serves nobody, and whoever waits for it is looked at again in a later turn.
 *
 * @module
 */

import type { ChangeWatcher, Flush, KeyBytes } from "../engine/changes.ts";
import type { Timer } from "../engine/clock.ts";
import type { Engine } from "../engine/engine.ts";
import { WriteLocked, WritesRefused } from "../engine/turn_errors.ts";
import { TYPE } from "../store/file/schema.ts";
import type { Keyspace } from "../store/keys/keyspace.ts";
import { Slice } from "../store/values/slice.ts";
import { keyName } from "./key_name.ts";

/** Milliseconds between two looks for other processes' commits while somebody waits. */
const POLL_MS = 8;
/** Longest time of a timer, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Events after which nobody finds what was not there before: of these Redis wakes nobody. */
const WAKES_NOBODY = new Set(
  "xdel xtrim xsetid xgroup-setid xgroup-createconsumer xgroup-delconsumer".split(" "),
);

/** One call of a blocking command that waits. */
export interface BlockedCall {
  /** The database its keys are in. */
  readonly db: number;
  /** The keys, in the order they are looked at. */
  readonly keys: readonly Uint8Array[];
  /** The type a key must have: one of `TYPE`. */
  readonly type: number;
  /** Whether it is tried again whatever becomes of a key. */
  readonly anyType: boolean;
  /** When it is tried again whatever happens, Unix time in milliseconds; 0 for never. */
  readonly againAtMs: number;
  /** When it gives up, Unix time in milliseconds; 0 for never. */
  readonly deadlineMs: number;
  /**
   * Runs the command again, in the turn that runs, with the write lock held.
   *
   * @returns Whether it is done; if not it waits on in its place.
   */
  retry(): boolean;
  /** The turn in which it was done is committed. */
  served(): void;
  /** Its time is over: replies so, in a turn of its own. The call is removed already. */
  timedOut(): void;
  /** The turn in which it was done failed, and it waits again. */
  restored(): void;
}

/** The waiting clients of one store. */
export class BlockedClients implements ChangeWatcher {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #runTurn: (work: () => void) => void;
  readonly #keepAlive: boolean;
  readonly #calls = new Map<BlockedCall, Timer | undefined>();
  /** Who waits for a key, first come first. */
  readonly #byKey = new Map<string, Set<BlockedCall>>();
  /** How many of the calls want to know of a key that is gone, or of another type. */
  #ofAnyType = 0;
  #ready = new Map<string, { db: number; key: Slice }>();
  /** Keys that are ready for a call one of whose keys ran out of time within the turn. */
  #later = new Map<string, { db: number; key: Slice }>();
  #served: BlockedCall[] = [];
  #serving = false;
  #stopWatching: (() => void) | undefined;
  #poll: Timer | undefined;
  #foreignCommits = 0;

  /**
   * @param runTurn Runs its argument in a turn, the running one or a new one.
   * @param keepAlive Whether the process must not end while somebody waits.
   */
  constructor(
    engine: Engine,
    keyspace: Keyspace,
    runTurn: (work: () => void) => void,
    keepAlive = false,
  ) {
    this.#keepAlive = keepAlive;
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#runTurn = runTurn;
  }

  /** Calls that wait. */
  get count(): number {
    return this.#calls.size;
  }

  /** Keys that somebody waits for. */
  get keys(): number {
    return this.#byKey.size;
  }

  /** Whether {@linkcode serve} has something to do. */
  get anyReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Lets a call wait, behind those that wait already. */
  add(call: BlockedCall): void {
    this.#calls.set(call, undefined);
    if (call.anyType) this.#ofAnyType++;
    this.#setTimer(call);
    for (const key of call.keys) {
      const name = keyName(call.db, new Slice(key));
      const queue = this.#byKey.get(name);
      if (queue === undefined) this.#byKey.set(name, new Set([call]));
      else queue.add(call);
    }
    if (this.#calls.size > 1) return;
    this.#stopWatching = this.#engine.changes.watch(this);
    this.#foreignCommits = this.#engine.foreignCommits;
    this.#schedulePoll();
  }

  /**
   * Sets a timer for when a call gives up, or is tried again if that is sooner.
   *
   * @param earliestMs When it may be tried again at the soonest.
   */
  #setTimer(call: BlockedCall, earliestMs = 0): void {
    const { deadlineMs } = call;
    const againAtMs = call.againAtMs === 0 ? 0 : Math.max(call.againAtMs, earliestMs);
    if (againAtMs === 0 && deadlineMs === 0) return;
    const { clock } = this.#engine;
    const again = againAtMs !== 0 && (deadlineMs === 0 || againAtMs < deadlineMs);
    const dueAtMs = again ? againAtMs : deadlineMs;
    const left = dueAtMs - clock.now();
    const timer = clock.after(Math.min(Math.max(1, left), LONGEST_TIMER_MS), () => {
      if (dueAtMs > clock.now()) this.#setTimer(call);
      else if (again) this.#tryAgain(call);
      else if (this.remove(call)) call.timedOut();
    });
    this.#calls.get(call)?.cancel();
    this.#calls.set(call, timer);
  }

  #tryAgain(call: BlockedCall): void {
    this.#runTurn(() => {
      this.#keysReady(call);
      try {
        this.serve();
      } catch (error) {
        // Others may be in the turn, who have nothing to do with it.
        if (!isForNow(error)) throw error;
      }
    });
    if (!this.#calls.has(call)) return;
    // It may be that it has to wait for longer now. One that could not be tried gives up in its time.
    const now = this.#engine.clock.now();
    this.#setTimer(call, call.againAtMs > now ? 0 : now + POLL_MS);
  }

  /** Lets a call wait no more. @returns Whether it did. */
  remove(call: BlockedCall): boolean {
    if (!this.#calls.has(call)) return false;
    this.#calls.get(call)?.cancel();
    this.#calls.delete(call);
    if (call.anyType) this.#ofAnyType--;
    for (const key of call.keys) {
      const name = keyName(call.db, new Slice(key));
      const queue = this.#byKey.get(name);
      queue?.delete(call);
      if (queue?.size === 0) this.#byKey.delete(name);
    }
    if (this.#calls.size > 0) return true;
    this.#ready.clear();
    this.#later.clear();
    this.#stopWatching?.();
    this.#poll?.cancel();
    return true;
  }

  changed(db: number, key: KeyBytes, event: string): void {
    if (WAKES_NOBODY.has(event)) return;
    const name = keyName(db, key);
    if (!this.#byKey.has(name) || this.#ready.has(name)) return;
    this.#ready.set(name, { db, key: new Slice(key.copy()) });
  }

  flushed({ event, db, otherDb }: Flush): void {
    if (event === "swapdb") this.#allReady((other) => other === db || other === otherDb);
    else this.#allReady((other) => other === db, true);
  }

  #allReady(isAffected: (db: number) => boolean, anyTypeOnly = false): void {
    for (const call of this.#calls.keys()) {
      if (isAffected(call.db) && (call.anyType || !anyTypeOnly)) this.#keysReady(call);
    }
  }

  #keysReady({ db, keys }: BlockedCall): void {
    for (const key of keys) {
      const slice = new Slice(key);
      this.#ready.set(keyName(db, slice), { db, key: slice });
    }
  }

  /** Runs those again who wait for a ready key. Call after each command, in its turn. */
  serve(): void {
    // Whoever is served may make other keys ready; the outer call goes on with those.
    if (this.#serving) return;
    this.#serving = true;
    try {
      while (this.#ready.size > 0) {
        const ready = this.#ready;
        this.#ready = new Map();
        for (const [name, { db, key }] of ready) this.#serveKey(name, db, key);
      }
    } finally {
      this.#serving = false;
    }
  }

  /** Stops as soon as nothing is left for anybody, however many wait. */
  #serveKey(name: string, db: number, key: Slice): void {
    const queue = this.#byKey.get(name);
    if (queue === undefined) return;
    let type = this.#keyspace.find(db, key);
    for (const call of queue) {
      if (!call.anyType) {
        if (type === TYPE.NONE && this.#ofAnyType === 0) return;
        if (type !== call.type) continue;
      }
      if (this.#outlives(call)) {
        this.#later.set(name, { db, key });
        continue;
      }
      this.#engine.writeTold();
      if (call.retry()) {
        this.remove(call);
        this.#served.push(call);
      }
      this.#engine.effects.endUnit();
      type = this.#keyspace.find(db, key);
    }
  }

  /** Whether a key that the call would be served from has run out of time since the turn began. */
  #outlives(call: BlockedCall): boolean {
    const { clock, nowMs } = this.#engine;
    const now = clock.now();
    if (now === nowMs) return false;
    return call.keys.some((key) => {
      if (this.#keyspace.find(call.db, new Slice(key)) === TYPE.NONE) return false;
      const { expiresAtMs } = this.#keyspace.row;
      return expiresAtMs !== 0 && expiresAtMs <= now;
    });
  }

  /** The turn ended. @param committed Whether what was served is; if not, they wait on. */
  turnEnded(committed: boolean): void {
    if (this.#served.length === 0) return;
    const served = this.#served;
    this.#served = [];
    for (const call of served) {
      if (committed) {
        call.served();
      } else {
        this.add(call);
        call.restored();
      }
    }
  }

  #schedulePoll(): void {
    this.#poll = this.#engine.clock.after(POLL_MS, () => {
      this.#runTurn(() => {
        this.#serveLater();
        this.#lookForForeignCommits();
      });
      if (this.#calls.size > 0) this.#schedulePoll();
    }, this.#keepAlive);
  }

  #serveLater(): void {
    if (this.#later.size === 0) return;
    const later = this.#later;
    this.#later = new Map();
    for (const [name, ready] of later) this.#ready.set(name, ready);
    try {
      this.serve();
    } catch (error) {
      if (!isForNow(error)) throw error;
      this.#later = later;
    }
  }

  #lookForForeignCommits(): void {
    if (this.#engine.foreignCommits === this.#foreignCommits) return;
    const seen = this.#engine.foreignCommits;
    this.#allReady(() => true);
    try {
      this.serve();
      this.#foreignCommits = seen;
    } catch (error) {
      if (!isForNow(error)) throw error;
    }
  }

  /** Lets go of everybody. @returns The calls that waited. */
  close(): BlockedCall[] {
    const calls = [...this.#calls.keys()];
    for (const call of calls) this.remove(call);
    return calls;
  }
}

/** Whether another process holds the write lock, or writes are refused: the next try may do. */
function isForNow(error: unknown): boolean {
  return error instanceof WriteLocked || error instanceof WritesRefused;
}
