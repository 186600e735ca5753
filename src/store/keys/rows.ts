/**
 * Finding a key's row: in memory, where the row cache has a string's bytes or a collection's id, or
 * in the table. The outcome is left in one object that is filled anew each time.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { Lookup } from "../../engine/lookup.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { AccessClock, NEVER } from "./access_clock.ts";
import { Collection } from "../collections/collection.ts";
import { Collections, unpackEncoding } from "../collections/collections.ts";
import type { Databases } from "./databases.ts";
import type { Elements } from "../collections/elements.ts";
import type { KeyRecorder } from "./recorder.ts";
import { elementBytes } from "./live_bytes.ts";
import { pendingBytes } from "../streams/facts.ts";
import { AllUnwritten } from "../collections/all_unwritten.ts";
import { UnwrittenElements } from "../collections/unwritten.ts";
import { StringRowWriter } from "./held/held_row.ts";
import { UnwrittenRows } from "./held/unwritten.ts";
import { RowCache } from "./row_cache.ts";
import { TYPE } from "../file/schema.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  find: `SELECT type, encoding, id, length, expires_at, value
    FROM keys WHERE space = ?1 AND key = ?2`,
  // What strings have no use for stays out of the statement that every SET of a cold key runs.
  collection: "SELECT version, fields_expire_at FROM keys WHERE space = ?1 AND key = ?2",
};

/** The cache's tag of a collection, whose record holds its id; a string's tag is its `ENCODING`. */
const COLLECTION = 3;
/** The cache's tag of a long string, whose record holds nothing but its access word. */
const LONG_STRING = 4;
/** Bytes of an id in the cache. */
const ID_SIZE = 7;

/** A key's row, as {@linkcode Keyspace.find} found it. */
export class Row {
  /** One of `TYPE`; `NONE` if the key is absent or expired. */
  type: number = TYPE.NONE;
  /** One of `ENCODING`. */
  encoding = 0;
  /** Id of the rows that hold the elements or chunks; 0 for an inline string. */
  id = 0;
  /** Bytes of a string, elements of a collection. */
  length = 0;
  /** Unix time in milliseconds, 0 for never. */
  expiresAtMs = 0;
  /** An inline string's record in the row cache, -1 if it has none; until the cache takes in another. */
  record: number = -1;
  /** An inline string's bytes. */
  readonly value: Slice = new Slice();
  /** Whether there is a row of an expired key in the way of a new one. */
  stale = false;
  /** The type of the row, expired or not. */
  storedType: number = TYPE.NONE;
  /** The collection, if the key holds one. */
  collection: Collection | undefined;
}

/** Finds keys. */
export class KeyRows {
  /** What the last {@linkcode find} found. */
  readonly row: Row = new Row();
  /** Rows in memory. */
  readonly cache: RowCache;
  /** The collections in use. */
  readonly collections: Collections;
  /** The strings whose rows are not written yet. */
  readonly unwritten: UnwrittenRows;
  /** The elements whose rows are not written yet. */
  readonly unwrittenElements: UnwrittenElements;
  /** The databases. */
  readonly databases: Databases;
  /** When keys were used. */
  readonly clock: AccessClock;
  /** Whoever keeps the history of keys. */
  recorder: KeyRecorder | undefined;
  readonly #engine: Engine;
  readonly #find: Lookup;
  readonly #collection: Statement;

  /** @param cacheBytes Memory for rows. */
  constructor(engine: Engine, databases: Databases, elements: Elements, cacheBytes: number) {
    this.#engine = engine;
    this.databases = databases;
    this.cache = new RowCache(cacheBytes);
    this.unwritten = new UnwrittenRows(engine, this.cache, new StringRowWriter(engine), true);
    this.unwrittenElements = new UnwrittenElements(engine, this.cache);
    // Before the collections' listener: their rows tell of elements that are written.
    new AllUnwritten(engine, this.cache, this.unwritten, this.unwrittenElements);
    this.collections = new Collections(engine, databases, elements);
    engine.addListener({ forget: () => this.cache.clear(), beforeCommit: () => {} });
    this.#find = new Lookup(engine, SQL.find);
    this.#collection = engine.prepare(SQL.collection);
    this.clock = new AccessClock(engine);
  }

  /**
   * Finds a key.
   *
   * @param touch Note a use of the key.
   * @returns Its type, `TYPE.NONE` if it is absent; the rest is in {@linkcode row}.
   */
  find(db: number, key: Slice, touch = false): number {
    const row = this.row;
    this.#engine.begin();
    const space = this.databases.space(db);
    const { cache, clock } = this;
    const record = cache.find(space, key);
    if (record !== -1 && this.#remembered(record)) {
      if (touch) {
        cache.touch(record, clock.counting ? clock.used(cache.accessed(record)) : clock.seconds);
      }
    } else if (!this.#load(db, key, record, touch)) {
      row.type = TYPE.NONE;
      row.stale = false;
      row.id = row.length = row.expiresAtMs = 0;
      row.record = -1;
      row.collection = undefined;
      return TYPE.NONE;
    }
    row.stale = row.expiresAtMs !== 0 && row.expiresAtMs < this.#engine.expiryMs;
    return row.type = row.stale ? TYPE.NONE : row.storedType;
  }

  /** Fills the row from a record of the cache. @returns False if its collection is not in memory. */
  #remembered(record: number): boolean {
    const { row, cache } = this;
    const tag = cache.tag(record);
    if (tag === LONG_STRING) return false;
    cache.value(record, row.value);
    if (tag === COLLECTION) {
      // Its elements are read from a snapshot, and with that may come another process's changes.
      if (this.#engine.read()) return false;
      const collection = this.collections.get(readId(row.value));
      if (collection === undefined) return false;
      this.fill(collection);
      return true;
    }
    row.record = record;
    row.encoding = tag;
    row.id = 0;
    row.collection = undefined;
    row.expiresAtMs = cache.expiresAtMs(record);
    row.length = row.value.end - row.value.start;
    row.storedType = TYPE.STRING;
    return true;
  }

  /** Fills the row from a collection. */
  fill(collection: Collection): void {
    const row = this.row;
    row.record = -1;
    row.storedType = collection.type;
    row.encoding = collection.encoding;
    row.id = collection.id;
    row.length = collection.length;
    row.expiresAtMs = collection.expiresAtMs;
    row.collection = collection;
  }

  /** @param record Its record in the cache, if there is one, that does not say enough. */
  #load(db: number, key: Slice, record: number, touch: boolean): boolean {
    let accessed = record === -1 ? NEVER : this.cache.accessed(record);
    if (touch) accessed = this.clock.used(accessed);
    this.#engine.read();
    // Asked again: with the snapshot may have come another process's FLUSHDB or SWAPDB.
    const space = this.databases.space(db);
    const { row, recorder } = this;
    recorder?.finding(space, key);
    const lookup = this.#find, { bytes, start, end } = key;
    const beside = this.#engine.settling.othersSee && !this.unwritten.mayHaveWritten(space, key);
    if (!lookup.find(space, bytes, start, end, beside)) return false;
    let find = lookup.row;
    row.storedType = find.columnNumber(0);
    if (row.storedType === TYPE.STRING) {
      this.#loadString(find, space, key, accessed);
    } else {
      if (lookup.isBeside) {
        find.reset();
        lookup.find(space, bytes, start, end, false);
        find = lookup.row;
      }
      this.fill(this.#loadCollection(find, space, key, accessed));
    }
    find.reset();
    if (recorder !== undefined && row.id !== 0) recorder.loaded(space, key, row.id, row.storedType);
    return true;
  }

  #loadString(find: Statement, space: number, key: Slice, accessed: number): void {
    const { row, cache } = this;
    row.encoding = find.columnNumber(1);
    row.id = find.columnNumber(2);
    row.expiresAtMs = find.columnNumber(4);
    row.collection = undefined;
    row.record = -1;
    if (row.id !== 0) {
      row.length = find.columnNumber(3);
      this.rememberLong(space, key, accessed);
      return;
    }
    const length = find.columnLength(5);
    row.length = length;
    const { encoding, expiresAtMs } = row;
    const record = cache.reserve(space, key, length, encoding, expiresAtMs, accessed);
    row.record = record;
    if (record === -1) {
      row.value.set(find.columnBlob(5), 0, length);
    } else {
      cache.value(record, row.value);
      if (length > 0) find.columnInto(5, row.value.bytes, row.value.start);
    }
  }

  #loadCollection(find: Statement, space: number, key: Slice, accessed: number): Collection {
    const id = find.columnNumber(2);
    let collection = this.collections.get(id);
    if (collection === undefined) {
      collection = new Collection(id, this.row.storedType, space, key.copy());
      unpackEncoding(collection, find.columnNumber(1));
      collection.length = collection.measuredLength = find.columnNumber(3);
      collection.expiresAtMs = find.columnNumber(4);
      if (!find.columnIsNull(5)) collection.metadata = find.columnBlob(5);
      collection.bytes = elementBytes(collection.length, collection.meanSize) +
        pendingBytes(collection);
      this.#loadRest(collection);
      this.collections.add(collection);
    }
    this.remember(collection, key, accessed);
    return collection;
  }

  #loadRest(collection: Collection): void {
    const statement = this.#collection;
    statement.bindInteger(1, collection.space);
    statement.bindBlob(2, collection.key, 0, collection.key.length);
    statement.step();
    collection.version = statement.columnNumber(0);
    collection.fieldsExpireAtMs = collection.rowFieldsExpireAtMs = statement.columnNumber(1);
    statement.reset();
  }

  /** Leaves what a long string's record holds in the cache. */
  rememberLong(space: number, key: Slice, accessed: number): void {
    this.cache.reserve(space, key, 0, LONG_STRING, 0, accessed);
  }

  /** Leaves the collection's id in the cache, so that its key is found without SQLite. */
  remember(collection: Collection, key: Slice, accessed: number): void {
    const { cache } = this;
    const record = cache.reserve(collection.space, key, ID_SIZE, COLLECTION, 0, accessed);
    if (record === -1) return;
    cache.value(record, this.row.value);
    writeId(this.row.value, collection.id);
  }
}

function writeId({ bytes, start }: Slice, id: number): void {
  for (let i = 0; i < ID_SIZE; i++) {
    bytes[start + i] = id & 0xff;
    id = Math.floor(id / 256);
  }
}

function readId({ bytes, start }: Slice): number {
  let id = 0;
  for (let i = ID_SIZE - 1; i >= 0; i--) id = id * 256 + bytes[start + i]!;
  return id;
}
