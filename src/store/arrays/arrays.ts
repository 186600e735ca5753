/**
 * Arrays: sparse, each element a row found by its index.
 *
 * `collection.metadata` holds two numbers of 64 bits, the least significant byte first: the index
 * that ARINSERT or ARRING wrote last (2^64 - 1 if the next one writes to 0), and the highest index
 * that has an element. So ARLEN and ARNEXT read no element, an element past the last one is known
 * to be new, and a ring knows how far it reaches.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import {
  type ArrayIndex,
  bindIndex,
  columnIndex,
  INDEX_LIMIT,
  type IndexRange,
  minus,
  modulo,
  plus,
  readUint64,
  storedRanges,
  writeUint64,
} from "./index.ts";
import type { Collection } from "../collections/collection.ts";
import { Column } from "../values/column.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";

const SQL = {
  get: "SELECT value FROM arrays WHERE key_id = ?1 AND idx = ?2",
  insert: "INSERT INTO arrays(key_id, idx, value) VALUES (?1, ?2, ?3)",
  update: "UPDATE arrays SET value = ?3 WHERE key_id = ?1 AND idx = ?2",
  delete: "DELETE FROM arrays WHERE key_id = ?1 AND idx = ?2",
  deleteRange: "DELETE FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3",
  up: `SELECT idx, value FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3
    ORDER BY idx LIMIT ?4`,
  down: `SELECT idx, value FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3
    ORDER BY idx DESC LIMIT ?4`,
  indexUp: `SELECT idx FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3
    ORDER BY idx LIMIT 1`,
  indexDown: `SELECT idx FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3
    ORDER BY idx DESC LIMIT 1`,
  count: "SELECT count(*) FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3",
  countEqual: `SELECT count(*) FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3
    AND value = ?4`,
  moveTo: `INSERT INTO arrays(key_id, idx, value)
    SELECT ?4, idx - ?2 + ?5, value FROM arrays WHERE key_id = ?1 AND idx BETWEEN ?2 AND ?3`,
  adopt: "UPDATE arrays SET key_id = ?2 WHERE key_id = ?1",
};

/** Elements read in one go: a driver may keep them all in memory. */
const PAGE = 512;
const CURSOR_AT = 0, HIGHEST_AT = 8, METADATA_SIZE = 16;
/** The last index there can be. */
const LAST: ArrayIndex = BigInt(INDEX_LIMIT) - 1n;

/** The arrays of a store. */
export class Arrays {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #get: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #delete: Statement;
  readonly #deleteRange: Statement;
  readonly #up: Statement;
  readonly #down: Statement;
  readonly #indexUp: Statement;
  readonly #indexDown: Statement;
  readonly #count: Statement;
  readonly #countEqual: Statement;
  readonly #moveTo: Statement;
  readonly #adopt: Statement;
  readonly #value: Column;
  readonly #upValue: Column;
  readonly #downValue: Column;

  /** Prepares the statements. */
  constructor(engine: Engine, keyspace: Keyspace) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#get = engine.prepare(SQL.get);
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.#delete = engine.prepare(SQL.delete);
    this.#deleteRange = engine.prepare(SQL.deleteRange);
    this.#up = engine.prepare(SQL.up);
    this.#down = engine.prepare(SQL.down);
    this.#indexUp = engine.prepare(SQL.indexUp);
    this.#indexDown = engine.prepare(SQL.indexDown);
    this.#count = engine.prepare(SQL.count);
    this.#countEqual = engine.prepare(SQL.countEqual);
    this.#moveTo = engine.prepare(SQL.moveTo);
    this.#adopt = engine.prepare(SQL.adopt);
    this.#value = new Column(this.#get, 0);
    this.#upValue = new Column(this.#up, 1);
    this.#downValue = new Column(this.#down, 1);
  }

  /** The highest index plus one; 0 of an array that is still empty. */
  span(c: Collection): ArrayIndex {
    return c.length === 0 ? 0 : plus(this.lastIndex(c), 1);
  }

  /** The highest index that has an element. */
  lastIndex({ metadata }: Collection): ArrayIndex {
    return readUint64(metadata, HIGHEST_AT);
  }

  /** The index that ARINSERT or ARRING wrote last; undefined if the next one writes to 0. */
  lastInserted({ metadata }: Collection): ArrayIndex | undefined {
    if (metadata.length === 0) return undefined;
    const cursor = readUint64(metadata, CURSOR_AT);
    return cursor === INDEX_LIMIT ? undefined : cursor;
  }

  /** The index that ARINSERT would write to; undefined if there is none left. */
  nextInsert(c: Collection): ArrayIndex | undefined {
    const last = this.lastInserted(c);
    if (last === undefined) return 0;
    return last === LAST ? undefined : plus(last, 1);
  }

  /** Sets the index that counts as written last; undefined for none. */
  setLastInserted(c: Collection, index: ArrayIndex | undefined): void {
    writeUint64(index ?? INDEX_LIMIT, metadataOf(c), CURSOR_AT);
    this.#keyspace.collections.changed(c);
  }

  /** An element's value, undefined if there is none; valid until {@linkcode done}. */
  get(c: Collection, index: ArrayIndex): Column | undefined {
    this.#engine.read();
    const get = this.#get;
    get.bindInteger(1, c.id);
    bindIndex(get, 2, index);
    if (get.step()) return this.#value;
    get.reset();
    return undefined;
  }

  /** Lets go of what {@linkcode get} gave. */
  done(): void {
    this.#get.reset();
  }

  /** Sets an element. @returns Whether it is new. */
  set(c: Collection, index: ArrayIndex, value: Slice): boolean {
    const metadata = metadataOf(c);
    this.#keyspace.collections.changed(c);
    const isHighest = c.length === 0 || index > readUint64(metadata, HIGHEST_AT);
    if (!isHighest) {
      this.#write(this.#update, c, index, value);
      if (this.#engine.connection.changes() === 1) return false;
    }
    this.#write(this.#insert, c, index, value);
    c.length++;
    if (isHighest) writeUint64(index, metadata, HIGHEST_AT);
    return true;
  }

  #write(statement: Statement, c: Collection, index: ArrayIndex, value: Slice): void {
    statement.bindInteger(1, c.id);
    bindIndex(statement, 2, index);
    statement.bindBlob(3, value.bytes, value.start, value.end);
    statement.run();
  }

  /** Deletes an element. @returns Whether there was one. */
  delete(c: Collection, index: ArrayIndex): boolean {
    const statement = this.#delete;
    statement.bindInteger(1, c.id);
    bindIndex(statement, 2, index);
    statement.run();
    if (this.#engine.connection.changes() === 0) return false;
    this.#removed(c, 1, index);
    return true;
  }

  /** Deletes the elements of a range. @returns How many there were. */
  deleteRange(c: Collection, first: ArrayIndex, last: ArrayIndex): number {
    let deleted = 0;
    for (const range of storedRanges(first, last)) {
      bindRange(this.#deleteRange, c, range);
      this.#deleteRange.run();
      deleted += this.#engine.connection.changes();
    }
    if (deleted > 0) this.#removed(c, deleted, last);
    return deleted;
  }

  /** Counts elements out, the highest of them being at `last` or before. */
  #removed(c: Collection, count: number, last: ArrayIndex): void {
    c.length -= count;
    this.#keyspace.collections.changed(c);
    const highest = this.lastIndex(c);
    if (c.length === 0 || last < highest) return;
    writeUint64(this.#neighbour(c, this.#indexDown, 0, highest) ?? 0, c.metadata, HIGHEST_AT);
  }

  /** Whether a range has every element. */
  covers(c: Collection, first: ArrayIndex, last: ArrayIndex): boolean {
    return first === 0 && last >= this.lastIndex(c);
  }

  /** The lowest index from `from` on that has an element. */
  nextIndex(c: Collection, from: ArrayIndex): ArrayIndex | undefined {
    this.#engine.read();
    return this.#neighbour(c, this.#indexUp, from, LAST);
  }

  #neighbour(
    c: Collection,
    statement: Statement,
    first: ArrayIndex,
    last: ArrayIndex,
  ): ArrayIndex | undefined {
    const ranges = storedRanges(first, last);
    if (statement === this.#indexDown) ranges.reverse();
    for (const range of ranges) {
      bindRange(statement, c, range);
      const found = statement.step() ? columnIndex(statement, 0) : undefined;
      statement.reset();
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** How many elements a range has; those with a value only, if one is given. */
  count(c: Collection, first: ArrayIndex, last: ArrayIndex, value?: Slice): number {
    if (value === undefined && this.covers(c, first, last)) return c.length;
    this.#engine.read();
    const statement = value === undefined ? this.#count : this.#countEqual;
    let total = 0;
    for (const range of storedRanges(first, last)) {
      bindRange(statement, c, range);
      if (value !== undefined) statement.bindBlob(4, value.bytes, value.start, value.end);
      statement.step();
      total += statement.columnNumber(0);
      statement.reset();
    }
    return total;
  }

  /**
   * Visits the elements from one index to another, which may be the lower one, until the visitor
   * returns false. The array must not change meanwhile.
   */
  scan(
    c: Collection,
    from: ArrayIndex,
    to: ArrayIndex,
    visit: (index: ArrayIndex, value: Column) => boolean,
  ): void {
    this.#engine.read();
    const down = from > to;
    const ranges = down ? storedRanges(to, from).reverse() : storedRanges(from, to);
    for (const range of ranges) {
      if (!this.#scanRange(c, range, down, visit)) return;
    }
  }

  #scanRange(
    c: Collection,
    range: IndexRange,
    down: boolean,
    visit: (index: ArrayIndex, value: Column) => boolean,
  ): boolean {
    const statement = down ? this.#down : this.#up;
    const value = down ? this.#downValue : this.#upValue;
    let [first, last] = range;
    while (first <= last) {
      let rows = 0;
      let index = first;
      bindRange(statement, c, [first, last]);
      statement.bindInteger(4, PAGE);
      try {
        for (; statement.step(); rows++) {
          index = columnIndex(statement, 0);
          if (!visit(index, value)) return false;
        }
      } finally {
        statement.reset();
      }
      if (rows < PAGE || index === (down ? first : last)) return true;
      if (down) last = minus(index, 1);
      else first = plus(index, 1);
    }
    return true;
  }

  /** Visits all elements in the order of their indexes. */
  each(c: Collection, visit: (index: ArrayIndex, value: Column) => void): void {
    this.scan(c, 0, LAST, (index, value) => {
      visit(index, value);
      return true;
    });
  }

  /**
   * Sets elements in a ring of a size, one after the other from behind the one written last, and
   * from 0 on after the last place. What a ring of another size has kept is put in order first.
   *
   * @returns The index written last.
   */
  ring(c: Collection, size: ArrayIndex, count: number, value: (i: number) => Slice): ArrayIndex {
    this.#resize(c, size);
    let index: ArrayIndex = 0;
    for (let i = 0; i < count; i++) {
      index = modulo(this.#next(c), size);
      this.set(c, index, value(i));
      this.setLastInserted(c, index);
    }
    return index;
  }

  #next(c: Collection): ArrayIndex {
    const last = this.lastInserted(c);
    return last === undefined ? 0 : plus(last, 1);
  }

  /**
   * Makes a ring of an array that reaches further than the ring, or of a smaller ring that has
   * wrapped: what was written last, back to the first hole and as far as there is room, comes to
   * stand from 0 on, the oldest first. A smaller ring whose cursor was set to 0 stays as it is: the
   * next value shall go there.
   */
  #resize(c: Collection, size: ArrayIndex): void {
    const span = this.span(c);
    if (span === 0 || size === span) return;
    const cursor = this.lastInserted(c);
    if (size > span && (cursor === undefined || plus(cursor, 1) >= span)) return;
    const newest = cursor === undefined ? minus(span, 1) : modulo(cursor, span);
    const room = size < span ? size : span;
    const toStart = this.#unbroken(c, newest, room);
    // Only a run that reaches index 0 goes on at the array's end.
    const toEnd = toStart > newest && toStart < room
      ? this.#unbroken(c, minus(span, 1), minus(room, toStart))
      : 0;
    const spare = this.#keyspace.databases.newId();
    if (toEnd > 0) this.#copyRun(c, minus(span, toEnd), minus(span, 1), spare, 0);
    if (toStart > 0) this.#copyRun(c, minus(newest, toStart - 1), newest, spare, toEnd);
    for (const range of storedRanges(0, LAST)) {
      bindRange(this.#deleteRange, c, range);
      this.#deleteRange.run();
    }
    this.#adopt.bindInteger(1, spare);
    this.#adopt.bindInteger(2, c.id);
    this.#adopt.run();
    c.length = toStart + toEnd;
    const last = c.length === 0 ? undefined : c.length - 1;
    writeUint64(last ?? 0, metadataOf(c), HIGHEST_AT);
    this.setLastInserted(c, last);
  }

  /** How many elements stand without a hole up to an index, counted up to a limit. */
  #unbroken(c: Collection, last: ArrayIndex, limit: ArrayIndex): number {
    let length = 0;
    let expected = last;
    this.scan(c, last, 0, (index) => {
      if (index !== expected) return false;
      length++;
      if (index === 0 || length >= limit) return false;
      expected = minus(index, 1);
      return true;
    });
    return length;
  }

  /** Copies a run of elements to another id, where it starts at an index. */
  #copyRun(c: Collection, first: ArrayIndex, last: ArrayIndex, id: number, at: number): void {
    for (const range of storedRanges(first, last)) {
      const statement = this.#moveTo;
      bindRange(statement, c, range);
      statement.bindInteger(4, id);
      bindIndex(statement, 5, plus(at, minus(range[0], first)));
      statement.run();
    }
  }
}

function bindRange(statement: Statement, c: Collection, [first, last]: IndexRange): void {
  statement.bindInteger(1, c.id);
  bindIndex(statement, 2, first);
  bindIndex(statement, 3, last);
}

/** The metadata of an array, to be written in place: it is the collection's own. */
function metadataOf(c: Collection): Uint8Array {
  if (c.metadata.length === 0) {
    c.metadata = new Uint8Array(METADATA_SIZE);
    writeUint64(INDEX_LIMIT, c.metadata, CURSOR_AT);
  }
  return c.metadata;
}
