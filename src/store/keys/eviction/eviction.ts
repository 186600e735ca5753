/**
 * The limits of memory and disk, and what is evicted where they are exceeded.
 *
 * `maxmemory` limits the bytes of live data (see live_bytes.ts), by the policy that is set. Which
 * keys are worth least is found as in Redis: a few are drawn, the best of the last draws wait in a
 * pool, and the best of the pool goes. Keys in the row cache tell when and how often they were used;
 * of the others, that is of those not used for long, the last write counts as the last use.
 * `volatile-ttl` takes the nearest expiry of all, which an index knows.
 *
 * `maxdisk` limits the file (see disk_usage.ts). Over it go, in this order: what waits as garbage,
 * expired keys, and the keys that were written the longest ago, chosen out of draws too, whatever
 * the policy: an index by age would cost every write a page more.
 *
 * A call takes no longer than Redis's would. What is left to evict then is left to the next
 * commands and to the background, and the command at hand goes ahead.
 *
 * @module
 */

import type { Checkpointer } from "../../../engine/checkpointer.ts";
import type { Engine } from "../../../engine/engine.ts";
import type { Statement } from "../../../sqlite/sqlite.ts";
import { NEVER } from "../access_clock.ts";
import { DiskUsage } from "../../file/disk_usage.ts";
import { EvictionPool } from "./eviction_pool.ts";
import type { Garbage } from "../garbage.ts";
import { KeySamples } from "../samples.ts";
import type { Keyspace } from "../keyspace.ts";
import { Slice } from "../../values/slice.ts";

const SQL = {
  written: "SELECT updated_at, id FROM keys WHERE space = ?1 AND key = ?2",
};

/** Which keys go: those used least recently or least often, written least recently, any, or next. */
export type Criterion = "lru" | "lrm" | "lfu" | "random" | "ttl";

/** What `maxmemory-policy` can be. */
export type EvictionPolicy =
  | "noeviction"
  | "volatile-ttl"
  | `${"allkeys" | "volatile"}-${Exclude<Criterion, "ttl">}`;

/** The limits, and how keys are chosen. */
export interface EvictionLimits {
  /** Bytes of live data, 0 for no limit. */
  maxmemory: number;
  /** Which keys are evicted when they are more. */
  policy: EvictionPolicy;
  /** Keys of a draw. */
  samples: number;
  /** `maxmemory-eviction-tenacity`: how long a call may take, 0 to 100. */
  tenacity: number;
  /** How much more slowly the counter of uses grows the higher it is. */
  lfuLogFactor: number;
  /** Minutes without use after which the counter falls by one. */
  lfuDecayTime: number;
  /** Bytes of the database file and its WAL, 0 for no limit. */
  maxdisk: number;
}

/** Whether there is room for more data, or which limit is exceeded with nothing left to evict. */
export type Room = "ok" | "memory" | "disk";

/** Milliseconds that a call may take at the usual tenacity of 10. */
const USUAL_MS = 0.5;
const USUAL_TENACITY = 10;
/** Keys evicted between two looks at the time or at the size of the file. */
const KEYS_PER_LOOK = 8;
/** Draws that may come to nothing before the next command tries again. */
const FRUITLESS_DRAWS = 16;
/** Keys that expire next which are looked up at a time. */
const NEAREST = 4;

/** Makes room. */
export class Eviction {
  /** Whether there is any limit: if not, there is nothing to call. */
  active = false;
  /** Whether there may be more to evict than anybody has had the time for. */
  behind = false;
  /** Called when a changed limit leaves something to evict to the background. */
  onBehind: () => void = () => {};
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #garbage: Garbage;
  readonly #checkpointer: Checkpointer;
  readonly #limits: EvictionLimits = {
    maxmemory: 0,
    policy: "noeviction",
    samples: 5,
    tenacity: USUAL_TENACITY,
    lfuLogFactor: 10,
    lfuDecayTime: 1,
    maxdisk: 0,
  };
  #criterion: Criterion | undefined;
  #volatile = false;
  readonly #pool = new EvictionPool();
  readonly #oldest = new EvictionPool();
  // What nobody needs without a limit is not prepared: that keeps the start short.
  #samplesInUse: KeySamples | undefined;
  #diskInUse: DiskUsage | undefined;
  #writtenInUse: Statement | undefined;
  #exceededSinceMs: number | undefined;
  #exceededBeforeMs = 0;

  /** Takes the keys that may be evicted. */
  constructor(engine: Engine, keyspace: Keyspace, garbage: Garbage, checkpointer: Checkpointer) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#garbage = garbage;
    this.#checkpointer = checkpointer;
  }

  /** The limits in force. */
  get limits(): Readonly<EvictionLimits> {
    return this.#limits;
  }

  /** Changes limits; those that are not named stay. */
  configure(changes: Partial<EvictionLimits>): void {
    const limits = Object.assign(this.#limits, changes);
    const { policy, maxmemory, maxdisk } = limits;
    this.#volatile = policy.startsWith("volatile-");
    this.#criterion = policy === "noeviction"
      ? undefined
      : policy.slice(policy.indexOf("-") + 1) as Criterion;
    this.#pool.clear();
    const { clock, collections } = this.#keyspace;
    clock.counting = this.#criterion === "lfu";
    clock.logFactor = limits.lfuLogFactor;
    clock.decayMinutes = limits.lfuDecayTime;
    collections.counting = maxmemory > 0;
    if (maxdisk > 0 || this.#diskInUse !== undefined) this.#disk.limit = maxdisk;
    this.active = (maxmemory > 0 || maxdisk > 0) && !this.#engine.readonly;
    this.behind = this.active;
    if (this.behind) this.onBehind();
    if (maxmemory === 0) this.#noteWithin();
  }

  /** How keys are drawn; public for tests, which put another chance in. */
  get samples(): KeySamples {
    return this.#samplesInUse ??= new KeySamples(this.#engine, this.#keyspace.databases);
  }

  get #disk(): DiskUsage {
    return this.#diskInUse ??= new DiskUsage(this.#engine, this.#checkpointer);
  }

  /** Bytes of live data, those of the running turn included. */
  get usedBytes(): number {
    this.#engine.begin();
    this.#keyspace.collections.count();
    return this.#keyspace.databases.totalBytes;
  }

  /** Milliseconds since live data last became more than `maxmemory`; 0 while it is not. */
  get exceededMs(): number {
    if (this.#exceededSinceMs === undefined) return 0;
    return this.#engine.clock.now() - this.#exceededSinceMs;
  }

  /** Milliseconds for which live data was more than `maxmemory`, all in all. */
  get totalExceededMs(): number {
    return this.#exceededBeforeMs + this.exceededMs;
  }

  /** Forgets for how long the limit of memory was exceeded. */
  resetStatistics(): void {
    this.#exceededBeforeMs = 0;
    this.#exceededSinceMs = undefined;
  }

  /**
   * Makes room for more data, where a limit is exceeded. Call before a command, while
   * {@linkcode active}.
   *
   * @returns `ok` if there is room, or if there will be as soon as there is time; else the limit
   * that no eviction can help.
   * @throws {WriteLocked} If there is something to evict and another process is writing.
   */
  makeRoom(): Room {
    this.behind = false;
    const { maxmemory, maxdisk } = this.#limits;
    if (maxmemory > 0) {
      if (this.usedBytes <= maxmemory) this.#noteWithin();
      else if (!this.#shrinkMemory(maxmemory)) return "memory";
    }
    return maxdisk === 0 || this.#shrinkDisk() ? "ok" : "disk";
  }

  /** Goes on where a call had no time left. @returns Whether there is more to do. */
  goOn(): boolean {
    if (!this.behind) return false;
    try {
      this.makeRoom();
    } catch (error) {
      this.behind = true;
      throw error;
    }
    return this.behind;
  }

  #noteWithin(): void {
    this.#exceededBeforeMs += this.exceededMs;
    this.#exceededSinceMs = undefined;
  }

  #deadline(): number {
    const { tenacity } = this.#limits;
    if (tenacity === 100) return Infinity;
    const ms = tenacity <= USUAL_TENACITY
      ? USUAL_MS * tenacity / USUAL_TENACITY
      : USUAL_MS * 1.15 ** (tenacity - USUAL_TENACITY);
    return performance.now() + ms;
  }

  /** @returns False if there is nothing to evict. */
  #shrinkMemory(maxmemory: number): boolean {
    this.#exceededSinceMs ??= this.#engine.clock.now();
    if (this.#criterion === undefined) return false;
    this.#engine.writeTold();
    const deadline = this.#deadline();
    for (let evicted = 1; this.usedBytes > maxmemory; evicted++) {
      if (!this.#evictOne()) {
        if (this.#count(this.#volatile) === 0) return false;
        // Only keys that were used meanwhile, or flushed ones, which the sweep takes away.
        this.behind = true;
        break;
      }
      if (evicted % KEYS_PER_LOOK === 0 && performance.now() > deadline) {
        this.behind = this.usedBytes > maxmemory;
        break;
      }
    }
    if (!this.behind) this.#noteWithin();
    // Elements that evicted keys leave behind do not count, but they must not pile up either.
    if (this.#garbage.pending) this.#garbage.sweepSlice();
    return true;
  }

  #count(volatile: boolean): number {
    return volatile ? this.samples.volatileCount : this.samples.keyCount;
  }

  /** Evicts a key by the policy. @returns Whether one went. */
  #evictOne(): boolean {
    switch (this.#criterion) {
      case "random":
        return this.#evictRandom();
      case "ttl":
        return this.#evictNearest(NEAREST) > 0;
      default:
        return this.#evictBest(this.#pool, this.#volatile, this.#score);
    }
  }

  #evictRandom(): boolean {
    for (let draw = 0; draw < FRUITLESS_DRAWS; draw++) {
      let db = -1;
      const key = new Slice();
      this.#draw(this.#volatile, 1, (drawnDb, drawn) => {
        db = drawnDb;
        key.bytes = drawn.copy();
        key.end = key.bytes.length;
      });
      if (db !== -1 && this.#keyspace.evict(db, key)) return true;
    }
    return false;
  }

  /** Evicts keys in the order in which they expire. @returns How many went. */
  #evictNearest(count: number, beforeMs = Infinity): number {
    let evicted = 0;
    const { maxmemory } = this.#limits;
    for (const { db, key } of this.samples.nearest(count, beforeMs)) {
      if (beforeMs === Infinity && evicted > 0 && this.usedBytes <= maxmemory) break;
      if (this.#keyspace.evict(db, key)) evicted++;
    }
    return evicted;
  }

  #draw(volatile: boolean, count: number, visit: (db: number, key: Slice) => void): void {
    if (volatile) this.samples.drawVolatile(count, visit);
    else this.samples.drawKeys(count, visit);
  }

  /** Evicts the best of a pool after a draw. */
  #evictBest(
    pool: EvictionPool,
    volatile: boolean,
    score: (db: number, key: Slice) => number,
  ): boolean {
    const { samples } = this.#limits;
    for (let draw = 0; draw < FRUITLESS_DRAWS; draw++) {
      this.#draw(volatile, samples, (db, key) => pool.offer(db, key, score(db, key)));
      const best = pool.take();
      if (best === undefined) continue;
      // It may have been used, deleted or made persistent since it was drawn.
      if (score(best.db, best.key) < best.score) continue;
      if (volatile && !this.#isVolatile(best.db, best.key)) continue;
      if (this.#keyspace.evict(best.db, best.key)) return true;
    }
    return false;
  }

  #isVolatile(db: number, key: Slice): boolean {
    this.#keyspace.find(db, key);
    return this.#keyspace.row.expiresAtMs !== 0;
  }

  /** How much a key deserves to go by the policy. */
  readonly #score = (db: number, key: Slice): number => {
    if (this.#criterion === "lrm") return this.#age(db, key);
    const { cache, databases, clock } = this.#keyspace;
    const record = cache.find(databases.space(db), key);
    const accessed = record === -1 ? NEVER : cache.accessed(record);
    if (this.#criterion === "lfu") {
      return accessed === NEVER
        ? -clock.frequencyAfter(this.#engine.nowMs / 1000 + this.#age(db, key))
        : -clock.frequency(accessed);
    }
    const idleSeconds = clock.idleSeconds(accessed);
    if (idleSeconds === undefined) return this.#age(db, key);
    return idleSeconds - Math.floor(this.#engine.nowMs / 1000);
  };

  /**
   * The time of a key's last write as a score, which does not change as time goes by: the Unix time
   * in seconds, negative.
   */
  readonly #age = (db: number, key: Slice): number => {
    const statement = this.#writtenInUse ??= this.#engine.prepare(SQL.written);
    const space = this.#keyspace.databases.space(db);
    this.#keyspace.unwritten.settle(space, key);
    statement.bindInteger(1, space);
    statement.bindBlob(2, key.bytes, key.start, key.end);
    let writtenMs = this.#engine.nowMs;
    if (statement.step()) {
      // Of a collection that was changed the row may not know yet.
      const id = statement.columnNumber(1);
      const collection = id === 0 ? undefined : this.#keyspace.collections.get(id);
      writtenMs = collection?.dirty ? collection.changedAtMs : statement.columnNumber(0);
    }
    statement.reset();
    return -writtenMs / 1000;
  };

  /** @returns False if there is nothing to delete. */
  #shrinkDisk(): boolean {
    const disk = this.#disk;
    if (!disk.exceeded) return !disk.walExceeded;
    this.#engine.writeTold();
    const deadline = this.#deadline();
    do {
      if (!this.#freePages()) {
        if (this.#count(false) === 0) return false;
        this.behind = true;
        return true;
      }
      if (performance.now() > deadline) {
        this.behind ||= disk.exceeded;
        return true;
      }
    } while (disk.exceeded);
    return true;
  }

  /** Deletes a little of what is needed least. @returns Whether there was anything. */
  #freePages(): boolean {
    if (this.#garbage.pending && this.#garbage.sweepSlice()) return true;
    if (this.#evictNearest(KEYS_PER_LOOK, this.#engine.nowMs) > 0) return true;
    let evicted = 0;
    while (evicted < KEYS_PER_LOOK && this.#evictBest(this.#oldest, false, this.#age)) evicted++;
    return evicted > 0;
  }
}
