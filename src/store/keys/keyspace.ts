/**
 * Keys of any type: finding a key's row, and what is done to keys without looking at their values.
 *
 * `find` leaves its outcome in {@linkcode Keyspace.row}, one object filled anew each time, and a
 * string's bytes in the row cache's ring. Both are valid until the next call.
 *
 * An expired key is absent for every command from the millisecond after its time on; its row stays
 * until a write replaces it, which tells `expired` first, as Redis does, or until the sweep. A command
 * that comes upon it and leaves it there notes it, and it is swept right after the turn.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { AccessClock } from "./access_clock.ts";
import { Collection } from "../collections/collection.ts";
import type { Collections } from "../collections/collections.ts";
import type { Databases } from "./databases.ts";
import type { Elements } from "../collections/elements.ts";
import { wrongType } from "../values/errors.ts";
import type { Garbage } from "./garbage.ts";
import { KeyBuckets } from "./buckets.ts";
import { KeyEvents } from "./events.ts";
import type { Overdue } from "./overdue.ts";
import type { KeyRecorder } from "./recorder.ts";
import { KeyRows, type Row } from "./rows.ts";
import type { UnwrittenElements } from "../collections/unwritten.ts";
import type { UnwrittenRows } from "./held/unwritten.ts";
import { type KeyspaceStatistics, noStatistics } from "./statistics.ts";
import { KeyUse } from "./use.ts";
import { WholeDatabases } from "./whole_databases.ts";
import { KeyWrites } from "./writes.ts";
import { ROW_BYTES } from "./live_bytes.ts";
import type { RowCache } from "./row_cache.ts";
import { RowFacts } from "./row_facts.ts";
import { INLINE_LIMIT, TYPE } from "../file/schema.ts";
import { STREAM_ROWS } from "../streams/facts.ts";
import { Slice } from "../values/slice.ts";

/** The keys of all databases. */
export class Keyspace extends KeyEvents {
  /** What the last {@linkcode find} found. */
  readonly row: Row;
  /** @internal Lookups and expiries so far. */
  readonly statistics: KeyspaceStatistics = noStatistics();
  /** Set while a command runs whose reads shall not count as uses of a key (CLIENT NO-TOUCH). */
  noTouch = false;
  /** Set while a command runs before whose effects must be told what it finds expired, and is deleted. */
  deletesExpired = false;
  /**
   * Where keys are noted that a command came upon after their time; undefined where nobody sweeps.
   *
   * @internal
   */
  overdue: Overdue | undefined;
  /** Is told that a time series has got another key, or that a key has a copy of one. */
  placed: ((collection: Collection, isCopy: boolean) => void) | undefined;
  /** @internal Rows in memory. */
  readonly cache: RowCache;
  /** @internal The databases. */
  readonly databases: Databases;
  /** @internal When keys were used. */
  readonly clock: AccessClock;
  /** How keys are used. */
  readonly use: KeyUse;
  /** @internal What is seldom asked about rows. */
  readonly facts: RowFacts;
  /** @internal The collections in use. */
  readonly collections: Collections;
  /** @internal The strings whose rows are not written yet. */
  readonly unwritten: UnwrittenRows;
  /** @internal The elements of collections whose rows are not written yet. */
  readonly unwrittenElements: UnwrittenElements;
  /** @internal The rows of elements. */
  readonly elements: Elements;
  readonly #rows: KeyRows;
  readonly #writes: KeyWrites;
  readonly #buckets: KeyBuckets;
  readonly #whole: WholeDatabases;
  readonly #engine: Engine;
  readonly #garbage: Garbage;

  /** @internal The keys of a store. */
  constructor(engine: Engine, databases: Databases, garbage: Garbage, cacheBytes: number) {
    super(engine);
    this.#engine = engine;
    this.databases = databases;
    this.#garbage = garbage;
    this.elements = garbage.elements;
    this.#rows = new KeyRows(engine, databases, this.elements, cacheBytes);
    this.row = this.#rows.row;
    this.cache = this.#rows.cache;
    this.collections = this.#rows.collections;
    this.unwritten = this.#rows.unwritten;
    this.unwrittenElements = this.#rows.unwrittenElements;
    this.clock = this.#rows.clock;
    // After the collections' listener: their rows, once written, tell what they count.
    engine.addListener({ forget: () => {}, beforeCommit: () => databases.save() });
    this.facts = new RowFacts(engine, databases);
    this.use = new KeyUse(engine, databases, this.#rows, this.facts);
    this.#writes = new KeyWrites(engine);
    this.#buckets = new KeyBuckets(engine);
    this.#whole = new WholeDatabases(engine, databases, this.#rows, garbage);
  }

  /**
   * Finds a key for a command that reads it: counts a hit or a miss and notes the use.
   *
   * @returns Its type, `TYPE.NONE` if it is absent; the rest is in {@linkcode row}.
   */
  read(db: number, key: Slice): number {
    return this.#counted(db, key, this.find(db, key, !this.noTouch));
  }

  /** As {@linkcode read}, but what the command asks for is no use of the key. */
  peek(db: number, key: Slice): number {
    return this.#counted(db, key, this.find(db, key));
  }

  #counted(db: number, key: Slice, type: number): number {
    if (type === TYPE.NONE) {
      this.statistics.misses++;
      this.noted(db, key, "keymiss");
    } else {
      this.statistics.hits++;
    }
    return type;
  }

  /**
   * Finds a key.
   *
   * @param touch Note a use of the key.
   * @returns Its type, `TYPE.NONE` if it is absent; the rest is in {@linkcode row}.
   */
  find(db: number, key: Slice, touch = false): number {
    const type = this.#rows.find(db, key, touch);
    if (type === TYPE.NONE && this.row.stale) this.#foundStale(db, key);
    return type;
  }

  #foundStale(db: number, key: Slice): void {
    if (!this.deletesExpired) {
      if (!this.#engine.follows) this.overdue?.add(db, key);
      return;
    }
    this.deleteExpired(db, key);
    this.row.stale = false;
  }

  /** As {@linkcode find}, for whoever will delete the row if the key's time is over. */
  look(db: number, key: Slice): number {
    return this.#rows.find(db, key);
  }

  /**
   * The collection of a key for a command that reads it, undefined if the key is absent.
   *
   * @param type One of `TYPE`.
   * @throws {CommandError} WRONGTYPE
   */
  readCollection(db: number, key: Slice, type: number): Collection | undefined {
    const found = this.read(db, key);
    if (found === TYPE.NONE) return undefined;
    if (found !== type) throw wrongType();
    return this.row.collection;
  }

  /**
   * The collection of a key for a command that changes it, undefined if the key is absent.
   *
   * @param type One of `TYPE`.
   * @throws {CommandError} WRONGTYPE
   */
  findCollection(db: number, key: Slice, type: number): Collection | undefined {
    const found = this.find(db, key, true);
    if (found === TYPE.NONE) return undefined;
    if (found !== type) throw wrongType();
    return this.row.collection;
  }

  /**
   * Makes an empty collection, over whatever the key holds; the caller adds elements at once, for
   * none is ever empty when its command ends.
   */
  createCollection(db: number, key: Slice, type: number): Collection {
    this.look(db, key);
    this.clear(db, key);
    const space = this.databases.spaceForWrite(db);
    const collection = new Collection(this.databases.newId(), type, space, key.copy());
    this.#writes.insert(space, key, type, collection.id);
    this.rowAdded(db, space, key, 0, 0);
    if (this.replaced === TYPE.NONE) this.noted(db, key, "new");
    this.collections.add(collection);
    this.#rows.recorder?.loaded(space, key, collection.id, type);
    this.#rows.remember(collection, key, this.clock.created());
    this.collections.changed(collection);
    return collection;
  }

  /** Deletes the key of a collection that has lost its last element, and tells of it. */
  removeEmpty(db: number, key: Slice, collection: Collection): void {
    this.#rows.fill(collection);
    this.#deleteRow(db, key);
    this.changed(db, key, "del");
  }

  /**
   * Makes way for a new value of a key: deletes the row of the last {@linkcode find}, if there is
   * one, live or stale. Tells nothing about a live one: what replaces it is the event.
   */
  clear(db: number, key: Slice): void {
    const row = this.row;
    this.replaced = row.type;
    if (row.type === TYPE.NONE && !row.stale) return;
    if (row.stale) this.#noteExpired(db, key);
    this.#deleteRow(db, key);
  }

  /** Deletes a key. @returns Whether it was there. */
  delete(db: number, key: Slice): boolean {
    this.look(db, key);
    const live = this.row.type !== TYPE.NONE;
    if (!live && !this.row.stale) return false;
    if (!live) this.#noteExpired(db, key);
    this.#deleteRow(db, key);
    if (live) this.changed(db, key, "del");
    return live;
  }

  /**
   * Deletes a key to make room, or as expired if its time is over.
   *
   * @returns Whether there was a row.
   */
  evict(db: number, key: Slice): boolean {
    this.look(db, key);
    const { type, stale } = this.row;
    if (stale) {
      this.deleteExpired(db, key);
      return true;
    }
    if (type === TYPE.NONE) return false;
    this.#deleteRow(db, key);
    this.statistics.evicted++;
    const { changes, effects } = this.#engine;
    changes.addByItself(db, key, "evicted");
    if (effects.active) effects.sayAlone(db, "DEL", key);
    return true;
  }

  /** Deletes the expired row that the last {@linkcode look} came upon. */
  deleteExpired(db: number, key: Slice): void {
    this.#noteExpired(db, key);
    this.#deleteRow(db, key);
  }

  /** Deletes a key, live or stale, and tells nobody. */
  remove(db: number, key: Slice): void {
    this.look(db, key);
    if (this.row.type !== TYPE.NONE || this.row.stale) this.#deleteRow(db, key);
  }

  /** @internal Whoever keeps the history of keys; undefined while nobody does. */
  get recorder(): KeyRecorder | undefined {
    return this.#rows.recorder;
  }
  set recorder(recorder: KeyRecorder | undefined) {
    this.#engine.settleRows();
    this.#rows.recorder = recorder;
    // History keeps each version that is written.
    this.unwrittenElements.writesThrough = recorder !== undefined;
  }

  #noteExpired(db: number, key: Slice): void {
    this.statistics.expired++;
    const { changes, effects } = this.#engine;
    changes.addByItself(db, key, "expired");
    if (effects.active) effects.say(db, "DEL", key);
  }

  #deleteRow(db: number, key: Slice): void {
    const row = this.row;
    const { collection } = row;
    const space = this.databases.space(db);
    this.unwritten.settle(space, key);
    this.#writes.delete(space, key);
    this.cache.remove(space, key);
    let left = 0;
    if (collection !== undefined) {
      left = this.unwrittenElements.dropOf(collection);
      this.collections.remove(collection);
    }
    if (row.id !== 0 && !this.#rows.recorder?.keeps(space, key, row.id, row.storedType)) {
      const hasRuns = collection?.hasRuns ?? false;
      const hasMore = row.storedType === TYPE.STREAM && collection?.encoding === STREAM_ROWS.MORE;
      this.#garbage.addElements(row.id, row.storedType, row.length + left, hasRuns, hasMore);
    }
    this.#rowRemoved(db, space, key, row.expiresAtMs, collection?.bytes ?? row.length);
  }

  /** Counts a new row. @param bytes Those of its value. */
  rowAdded(db: number, space: number, key: Slice, expiresAtMs: number, bytes: number): void {
    this.databases.add(db, 1, expiresAtMs === 0 ? 0 : 1);
    this.databases.addBytes(db, ROW_BYTES + key.length + bytes);
    this.#buckets.added(space, key);
  }

  #rowRemoved(db: number, space: number, key: Slice, expiresAtMs: number, bytes: number): void {
    this.databases.add(db, -1, expiresAtMs === 0 ? 0 : -1);
    this.databases.addBytes(db, -(ROW_BYTES + key.length + bytes));
    this.#buckets.removed(space, key);
  }

  /** A copy of a random live key of a database, each with the same chance; undefined without one. */
  random(db: number): Uint8Array | undefined {
    this.#engine.begin();
    const space = this.databases.space(db);
    // Expired rows are drawn too and passed over; a database full of them has no key to give.
    for (let attempt = 0; attempt < 100; attempt++) {
      const key = this.#buckets.draw(space, Math.random());
      if (key === undefined) return undefined;
      if (this.find(db, new Slice(key)) !== TYPE.NONE) return key;
    }
    return undefined;
  }

  /**
   * Sets or removes the expiry of the key of the last {@linkcode find}, which must be live.
   *
   * @param expiresAtMs Unix time in milliseconds, 0 for never. In the past: the key is deleted.
   * @returns Whether the key is still there.
   */
  setExpiry(db: number, key: Slice, expiresAtMs: number): boolean {
    if (expiresAtMs !== 0 && expiresAtMs <= this.#engine.expiryMs) {
      this.#deleteRow(db, key);
      this.changed(db, key, "del");
      return false;
    }
    this.writeExpiry(db, key, expiresAtMs);
    this.changed(db, key, expiresAtMs === 0 ? "persist" : "expire");
    return true;
  }

  /** Writes the expiry of the key of the last {@linkcode find}, which must be live; tells nobody. */
  writeExpiry(db: number, key: Slice, expiresAtMs: number): void {
    const row = this.row;
    const space = this.databases.space(db);
    this.unwritten.settle(space, key);
    this.#writes.expire(space, key, expiresAtMs);
    this.cache.remove(space, key);
    this.databases.add(db, 0, Number(expiresAtMs !== 0) - Number(row.expiresAtMs !== 0));
    row.expiresAtMs = expiresAtMs;
    if (row.collection !== undefined) {
      row.collection.expiresAtMs = expiresAtMs;
      this.collections.changed(row.collection);
    }
  }

  /**
   * Gives the key of `from` in `db` the name `to` in `toDb`, over whatever is there.
   *
   * @returns False if there is no such key.
   */
  move(db: number, from: Slice, toDb: number, to: Slice): boolean {
    if (this.find(db, from) === TYPE.NONE) return false;
    const { expiresAtMs, id, collection } = this.row;
    const bytes = collection?.bytes ?? this.row.length;
    this.look(toDb, to);
    this.clear(toDb, to);
    const space = this.databases.space(db);
    const toSpace = this.databases.spaceForWrite(toDb);
    if (id !== 0) this.#rows.recorder?.moving(space, from, id, toSpace, to);
    this.unwritten.settle(space, from);
    this.#writes.move(space, from, toSpace, to);
    this.cache.remove(space, from);
    this.#rowRemoved(db, space, from, expiresAtMs, bytes);
    this.rowAdded(toDb, toSpace, to, expiresAtMs, bytes);
    this.noted(toDb, to, "new");
    if (collection !== undefined) {
      collection.space = toSpace;
      collection.key = to.copy();
      this.collections.changed(collection);
      if (collection.type === TYPE.TIME_SERIES) this.placed?.(collection, false);
    }
    return true;
  }

  /**
   * Copies the key of `from` in `db` to the name `to` in `toDb`, over whatever is there.
   *
   * @returns False if there is no such key.
   */
  copy(db: number, from: Slice, toDb: number, to: Slice): boolean {
    const type = this.find(db, from);
    if (type === TYPE.NONE) return false;
    const { expiresAtMs, id, collection } = this.row;
    if (collection !== undefined) {
      this.unwrittenElements.settleOf(collection);
      this.collections.settle(collection);
    }
    const bytes = collection?.bytes ?? this.row.length;
    this.look(toDb, to);
    this.clear(toDb, to);
    const newId = id === 0 ? 0 : this.databases.newId();
    const toSpace = this.databases.spaceForWrite(toDb);
    const space = this.databases.space(db);
    this.unwritten.settle(space, from);
    this.#writes.copy(space, from, toSpace, to, newId);
    if (newId !== 0) this.elements.copy(type, id, newId);
    this.rowAdded(toDb, toSpace, to, expiresAtMs, bytes);
    this.noted(toDb, to, "new");
    if (type === TYPE.TIME_SERIES) {
      this.find(toDb, to);
      if (this.row.collection !== undefined) this.placed?.(this.row.collection, true);
    }
    return true;
  }

  /** Deletes all keys of a database, in constant time unless they are few. */
  flush(db: number): void {
    this.#whole.flush(db);
  }

  /** Puts what is in the wings of a database (see databases.ts) in the place of what it holds. */
  takeWings(db: number): void {
    this.#whole.takeWings(db);
  }

  /** Empties the wings of all databases. Takes the write lock if there is anything in them. */
  clearWings(): void {
    this.#whole.clearWings();
  }

  /** Exchanges two databases. */
  swap(db: number, otherDb: number): void {
    this.#whole.swap(db, otherDb);
  }

  /** Whether a string of this length is kept in its row. */
  static isInline(length: number): boolean {
    return length <= INLINE_LIMIT;
  }
}
