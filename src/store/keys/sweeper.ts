/**
 * Background deletion: expired keys and fields, and what deletes left behind. Each slice is a turn of its own
 * of a few milliseconds at most, so that no client waits longer for it.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { WriteLocked } from "../../engine/turn_errors.ts";
import type { Timer } from "../../engine/clock.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Databases } from "./databases.ts";
import type { Garbage } from "./garbage.ts";
import type { HashExpiry } from "../hashes/expiry.ts";
import type { Keyspace } from "./keyspace.ts";
import { Overdue } from "./overdue.ts";
import { TYPE } from "../file/schema.ts";
import { Slice } from "../values/slice.ts";

// The plus sign keeps the planner from walking whole spaces by the primary key instead of the index.
const SQL = {
  nextExpiry: `SELECT expires_at FROM keys
    WHERE expires_at IS NOT NULL AND +space IN (SELECT space FROM databases WHERE db < ?1)
    ORDER BY expires_at LIMIT 1`,
  expired: `SELECT space, key FROM keys
    WHERE expires_at < ?1 AND +space IN (SELECT space FROM databases WHERE db < ?3)
    ORDER BY expires_at LIMIT ?2`,
  fieldsExpired: `SELECT space, key FROM keys
    WHERE fields_expire_at < ?1 AND +space IN (SELECT space FROM databases WHERE db < ?2)
    ORDER BY fields_expire_at LIMIT 1`,
};

/** Milliseconds between two looks for expired keys; after a full slice the next follows at once. */
const INTERVAL_MS = 100;
/** How long a look is put off while another thread writes rows, and how often. */
const PUT_OFF_MS = 10, MOST_PUT_OFF = 30;
/** Keys deleted in one slice. */
const KEYS_PER_SLICE = 200;
/** Fields of hashes deleted in one slice. */
const FIELDS_PER_SLICE = 500;
/** Hashes looked into in one slice. */
const HASHES_PER_SLICE = 100;
/** Milliseconds that closing may take for what the next start would have to do. */
const CLOSING_MS = 1000;

/** Runs the background deletion of one store. */
export class Sweeper {
  /** Whether expired keys are swept (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpire = true;
  /** Whether nothing expires or is evicted by itself for now (CLIENT PAUSE). */
  paused = false;
  /** Goes on with evictions that a command had no time for. @returns Whether there are more. */
  evict: () => boolean = () => false;
  /** Drops what is past the retention of keys' histories, some at a time. @returns Whether there is more. */
  forgetPast: () => boolean = () => false;
  /** Deletes pairs of KV Connect whose time is over, some at a time. @returns Whether there are more. */
  sweepPairs: () => boolean = () => false;
  /** Does a slice of what search indexes leave to the background; true if there is more. */
  indexKeys: () => boolean = () => false;
  /** Does a slice of what is better done before the file is closed; true if there is more. */
  finish: (until: number) => boolean = () => false;
  /** Does what extensions do in the background, some at a time. @returns Whether there is more. */
  work: (() => boolean) | undefined;
  /** Whether nothing is swept at all for now: somebody else writes for long. */
  held = false;
  /** Slices that ended because another process held the write lock. */
  postponed = 0;
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #keyspace: Keyspace;
  readonly #garbage: Garbage;
  readonly #runTurn: (slice: () => void) => void;
  readonly #nextExpiry: Statement;
  readonly #expired: Statement;
  readonly #fieldsExpired: Statement;
  readonly #hashExpiry: () => HashExpiry;
  readonly #overdue = new Overdue();
  #timer: Timer | undefined;
  #garbageLeft = true;
  /** Whether what is overdue is left to the next look. */
  #overdueWaits = false;

  /**
   * @param runTurn Runs its argument as a turn of its own: between others, committed at its end.
   * @param hashExpiry Gives what deletes fields, when it is first needed.
   */
  constructor(
    engine: Engine,
    databases: Databases,
    keyspace: Keyspace,
    garbage: Garbage,
    runTurn: (slice: () => void) => void,
    hashExpiry: () => HashExpiry,
  ) {
    this.#engine = engine;
    this.#databases = databases;
    this.#keyspace = keyspace;
    this.#garbage = garbage;
    this.#runTurn = runTurn;
    this.#nextExpiry = engine.prepare(SQL.nextExpiry);
    this.#expired = engine.prepare(SQL.expired);
    this.#fieldsExpired = engine.prepare(SQL.fieldsExpired);
    this.#hashExpiry = hashExpiry;
    garbage.onAdded = () => {
      this.#garbageLeft = true;
    };
  }

  /** Starts the background work, which those who only read leave to others. */
  start(): void {
    if (this.#engine.readonly) return;
    this.#keyspace.overdue = this.#overdue;
    this.#schedule(INTERVAL_MS);
  }

  /** Ends it, for good. */
  stop(): void {
    this.#keyspace.overdue = undefined;
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    const until = performance.now() + CLOSING_MS;
    while (!this.#engine.writing && performance.now() < until) {
      if (!this.#run(() => this.finish(until))) break;
    }
  }

  /** Looks again at once, where the background work has been started. */
  soon(): void {
    if (this.#timer !== undefined) this.#schedule(1);
  }

  /** A turn has ended: what it found overdue is deleted in the next one, before any client's. */
  turnEnded(): void {
    if (this.#overdueWaits || !this.#overdue.pending || this.#timer === undefined) return;
    this.#overdueWaits = true;
    queueMicrotask(this.#sweepOverdue);
  }

  readonly #sweepOverdue = (): void => {
    this.#overdueWaits = false;
    // At the end of the turn that has begun meanwhile this is called again.
    if (this.#engine.inTurn || this.#timer === undefined) return;
    // What it cannot delete now is not tried again with every turn.
    this.#overdueWaits = true;
    if (this.#run(() => this.#deleteOverdue())) this.soon();
    this.#overdueWaits = this.#overdue.pending;
  };

  #schedule(ms: number, times = 0): void {
    this.#timer?.cancel();
    this.#timer = this.#engine.clock.after(ms, () => {
      // Everybody would wait with it for the thread that writes rows.
      if (this.#engine.settling.busy && times < MOST_PUT_OFF) {
        return this.#schedule(PUT_OFF_MS, times + 1);
      }
      const more = this.sweep();
      this.#schedule(more ? 1 : INTERVAL_MS);
    });
  }

  /** Runs one slice of each kind. @returns Whether there is more to do at once. */
  sweep(): boolean {
    const more = this.#run(() => {
      const overdue = this.#deleteOverdue();
      const more = this.slice() || overdue;
      const indexing = this.indexKeys();
      return !this.paused && !this.#engine.follows && this.evict() || more || indexing;
    });
    // By itself: where it fails, everything else goes on.
    const worked = this.work !== undefined && this.#run(this.work);
    this.#overdueWaits = this.#overdue.pending;
    return more || worked;
  }

  /** Runs a slice as a turn of its own. @returns What the slice does: whether there is more to do at once. */
  #run(slice: () => boolean): boolean {
    if (this.held || this.#engine.suspended) return false;
    let more = false;
    const startedAt = this.#engine.timings.begin();
    try {
      this.#runTurn(() => {
        more = slice();
      });
    } catch (error) {
      // Nothing is lost: the rows stay, invisible, and the next slice tries again.
      this.#engine.rollback();
      if (error instanceof WriteLocked) this.postponed++;
      return false;
    }
    this.#engine.timings.ended("expire-cycle", startedAt);
    return more;
  }

  /**
   * Deletes some of what is expired, or some garbage, in the turn that runs.
   *
   * @param everything Look for what another process left, too, and for expired keys even where they
   * are not swept by themselves.
   * @returns Whether there is more.
   */
  slice(everything = false): boolean {
    const expires = (this.activeExpire || everything) && !this.#engine.follows;
    if (
      expires && !this.paused &&
      (this.#sweepExpired() || this.#sweepFields() || this.sweepPairs())
    ) return true;
    if (this.#garbageLeft || everything) this.#garbageLeft = this.#garbage.sweepSlice();
    return this.#garbageLeft || this.forgetPast();
  }

  #sweepExpired(): boolean {
    const engine = this.#engine;
    engine.read();
    if (this.#keyspace.unwritten.nextExpiryMs < engine.nowMs) engine.settleRows();
    this.#nextExpiry.bindInteger(1, this.#databases.count);
    const next = this.#nextExpiry.step() ? this.#nextExpiry.columnNumber(0) : Infinity;
    this.#nextExpiry.reset();
    if (next >= engine.nowMs) return false;
    engine.writeTold();
    const due: { space: number; key: Slice }[] = [];
    this.#expired.bindInteger(1, engine.nowMs);
    this.#expired.bindInteger(2, KEYS_PER_SLICE);
    this.#expired.bindInteger(3, this.#databases.count);
    while (this.#expired.step()) {
      const key = new Slice(this.#expired.columnBlob(1));
      due.push({ space: this.#expired.columnNumber(0), key });
    }
    this.#expired.reset();
    for (const { space, key } of due) {
      const db = this.#databases.dbOfSpace(space);
      this.#keyspace.look(db, key);
      if (!this.#keyspace.row.stale) continue;
      this.#keyspace.deleteExpired(db, key);
      engine.effects.endUnit();
    }
    return due.length === KEYS_PER_SLICE;
  }

  #sweepFields(): boolean {
    let fields = 0;
    for (let hashes = 0; hashes < HASHES_PER_SLICE; hashes++) {
      const found = this.#nextHash();
      if (found === undefined) return false;
      fields += this.#deleteDue(found.db, found.key, FIELDS_PER_SLICE - fields);
      if (fields >= FIELDS_PER_SLICE) return true;
    }
    return true;
  }

  /** Deletes what commands came upon and left. @returns Whether there is more. */
  #deleteOverdue(): boolean {
    const overdue = this.#overdue;
    if (this.paused || this.#engine.follows) overdue.drop(Infinity);
    let fields = 0, done = 0;
    for (const { db, key } of overdue.first(KEYS_PER_SLICE)) {
      // Somebody may have written over it since, and then it is no reason to take the write lock.
      if (this.#isDue(db, key)) fields += this.#deleteDue(db, key, FIELDS_PER_SLICE - fields);
      if (fields >= FIELDS_PER_SLICE) break;
      done++;
    }
    overdue.drop(done);
    return overdue.pending;
  }

  #isDue(db: number, key: Slice): boolean {
    this.#keyspace.look(db, key);
    const { stale, collection } = this.#keyspace.row;
    return stale || collection !== undefined && collection.fieldsExpireAtMs !== 0 &&
        collection.fieldsExpireAtMs < this.#engine.nowMs;
  }

  /** Deletes a key whose time is over, or else its fields whose time is. @returns How many of these. */
  #deleteDue(db: number, key: Slice, most: number): number {
    this.#engine.writeTold();
    this.#keyspace.look(db, key);
    const { stale, type, collection } = this.#keyspace.row;
    if (stale) this.#keyspace.deleteExpired(db, key);
    this.#engine.effects.endUnit();
    if (stale || type !== TYPE.HASH || collection === undefined) return 0;
    const fields = this.#hashExpiry().reap(db, key, collection, most);
    this.#engine.effects.endUnit();
    this.#keyspace.collections.settle(collection);
    return fields;
  }

  /** The hash whose fields, as far as its row says, expired first. */
  #nextHash(): { db: number; key: Slice } | undefined {
    const statement = this.#fieldsExpired;
    this.#engine.read();
    this.#keyspace.collections.settleFieldExpiries();
    statement.bindInteger(1, this.#engine.nowMs);
    statement.bindInteger(2, this.#databases.count);
    const found = statement.step()
      ? {
        db: this.#databases.dbOfSpace(statement.columnNumber(0)),
        key: new Slice(statement.columnBlob(1)),
      }
      : undefined;
    statement.reset();
    return found;
  }
}
