/**
 * The rows of entries: adding, deleting, and ranges by id and by rank.
 *
 * Rows with ids below a stream's floor are garbage of a trim (see parts.ts): every statement here
 * begins at the floor. The last entries may not be written yet, see tails.ts.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { type ElementTable, Order } from "../collections/order.ts";
import type { Run } from "../collections/runs.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { compareBytes, Slice } from "../values/slice.ts";
import { Entry, type EntryFields } from "./entry.ts";
import { FLOOR_AT } from "./facts.ts";
import { compareIds, copyId, decrement, ID_SIZE, increment } from "./ids.ts";
import { StreamTails } from "./tails.ts";

const SQL = {
  delete: "DELETE FROM streams WHERE key_id = ?1 AND id = ?2",
  deleteRange: "DELETE FROM streams WHERE key_id = ?1 AND id >= ?2 AND id < ?3",
  deleteAll: "DELETE FROM streams WHERE key_id = ?1",
  has: "SELECT 1 FROM streams WHERE key_id = ?1 AND id = ?2",
  get: "SELECT id, fields FROM streams WHERE key_id = ?1 AND id = ?2",
  up: `SELECT id, fields FROM streams WHERE key_id = ?1 AND id BETWEEN ?2 AND ?3
    ORDER BY id LIMIT ?4`,
  down: `SELECT id, fields FROM streams WHERE key_id = ?1 AND id BETWEEN ?2 AND ?3
    ORDER BY id DESC LIMIT ?4`,
  nth: "SELECT id FROM streams WHERE key_id = ?1 AND id >= ?2 ORDER BY id LIMIT 1 OFFSET ?3",
  last: "SELECT id FROM streams WHERE key_id = ?1 AND id >= ?2 ORDER BY id DESC LIMIT 1",
  count: "SELECT count(*) FROM streams WHERE key_id = ?1 AND id >= ?2 AND id < ?3",
};

/** Rows read in one go: a driver may keep them all in memory. */
const PAGE = 512;
/** Most rows that a rank is looked for by stepping over. */
const STEPPED_OVER = 256;

/** Visits an entry, which is valid until it returns; returns false to end. */
export type EntryVisitor = (entry: Entry) => boolean | void;

/** The entries of all streams. */
export class Entries implements ElementTable {
  readonly #engine: Engine;
  readonly #tails: StreamTails;
  readonly #order: Order;
  readonly #delete: Statement;
  readonly #deleteRange: Statement;
  readonly #deleteAll: Statement;
  readonly #has: Statement;
  readonly #get: Statement;
  readonly #up: Statement;
  readonly #down: Statement;
  readonly #nth: Statement;
  readonly #last: Statement;
  readonly #count: Statement;
  readonly #entry: Entry;
  readonly #found: Entry;
  readonly #from = new Uint8Array(ID_SIZE);
  readonly #to = new Uint8Array(ID_SIZE);
  readonly #slice = new Slice();
  readonly #fields = new Slice();
  /** The stream whose runs are asked for: {@linkcode Order} tells its id alone, and not its floor. */
  #counted: Collection | undefined;

  /** @param fields Takes entries apart. */
  constructor(engine: Engine, keyspace: Keyspace, fields: EntryFields) {
    this.#engine = engine;
    this.#tails = new StreamTails(engine, keyspace);
    this.#order = new Order(keyspace.collections, this);
    this.#delete = engine.prepare(SQL.delete);
    this.#deleteRange = engine.prepare(SQL.deleteRange);
    this.#deleteAll = engine.prepare(SQL.deleteAll);
    this.#has = engine.prepare(SQL.has);
    this.#get = engine.prepare(SQL.get);
    this.#up = engine.prepare(SQL.up);
    this.#down = engine.prepare(SQL.down);
    this.#nth = engine.prepare(SQL.nth);
    this.#last = engine.prepare(SQL.last);
    this.#count = engine.prepare(SQL.count);
    this.#entry = new Entry(fields);
    this.#found = new Entry(fields);
  }

  #orderOf(stream: Collection): Order {
    this.#counted = stream;
    return this.#order;
  }

  /** Adds an entry, whose id is higher than that of all others. */
  insert(stream: Collection, id: Uint8Array, fields: Uint8Array, length: number): void {
    this.#tails.add(stream, id, this.#fields.set(fields, 0, length));
    stream.length++;
    this.#orderOf(stream).appended(stream, 0, this.#slice.set(id, 0, ID_SIZE));
  }

  /** Whether there is an entry. */
  has(stream: Collection, id: Uint8Array): boolean {
    if (compareIds(id, 0, stream.metadata, FLOOR_AT) < 0) return false;
    this.#engine.read();
    this.#tails.writeFrom(stream, id);
    const found = at(this.#has, stream, id, 0).step();
    this.#has.reset();
    return found;
  }

  /** The entry of an id, undefined if there is none; valid until the next call. */
  get(stream: Collection, id: Uint8Array): Entry | undefined {
    if (compareIds(id, 0, stream.metadata, FLOOR_AT) < 0) return undefined;
    this.#engine.read();
    this.#tails.writeFrom(stream, id);
    const get = at(this.#get, stream, id, 0);
    const entry = get.step() ? this.#found.load(stream, get) : undefined;
    get.reset();
    return entry;
  }

  /** Deletes an entry. @returns Whether it was there. */
  delete(stream: Collection, id: Uint8Array): boolean {
    if (compareIds(id, 0, stream.metadata, FLOOR_AT) < 0) return false;
    this.#tails.writeFrom(stream, id);
    at(this.#delete, stream, id, 0).run();
    if (this.#engine.connection.changes() === 0) return false;
    stream.length--;
    this.#orderOf(stream).removed(stream, 0, this.#slice.set(id, 0, ID_SIZE));
    return true;
  }

  /**
   * Takes the first entries out of the length and the runs.
   *
   * @param rows Whether their rows go now; otherwise they must be below the floor from then on.
   * @param below The id of the first that stays.
   */
  removeFirst(stream: Collection, count: number, below: Uint8Array, rows: boolean): void {
    if (count > this.#rowsOf(stream)) this.#tails.write(stream);
    if (rows) {
      const statement = at(this.#deleteRange, stream, stream.metadata, FLOOR_AT);
      statement.bindBlob(3, below, 0, ID_SIZE);
      statement.run();
    }
    stream.length -= count;
    this.#orderOf(stream).removedRanks(stream, 0, count);
  }

  /** Deletes all rows of a stream that has no entries, garbage too. */
  deleteAll(stream: Collection): void {
    this.#tails.write(stream);
    this.#deleteAll.bindInteger(1, stream.id);
    this.#deleteAll.run();
  }

  /** Copies the first entry's id into `target`. @returns Whether there is one. */
  first(stream: Collection, target: Uint8Array): boolean {
    return this.idAt(stream, 0, target);
  }

  /** Copies the last entry's id into `target`. @returns Whether there is one. */
  last(stream: Collection, target: Uint8Array): boolean {
    if (stream.length === 0) return false;
    if (this.#tails.count(stream) > 0) return this.idAt(stream, stream.length - 1, target);
    this.#engine.read();
    return take(at(this.#last, stream, stream.metadata, FLOOR_AT), target);
  }

  /** Copies the id of the entry of a rank into `target`. @returns Whether there is one. */
  idAt(stream: Collection, rank: number, target: Uint8Array): boolean {
    if (rank >= stream.length) return false;
    const rows = this.#rowsOf(stream);
    if (rank >= rows) {
      this.#tails.idAt(stream, rank - rows, target);
      return true;
    }
    this.#engine.read();
    if (!stream.hasRuns || rank <= STEPPED_OVER) {
      return this.#nthFrom(stream, stream.metadata, FLOOR_AT, rank, target);
    }
    const { run, offset } = this.#orderOf(stream).at(stream, rank);
    return this.#nthFromRun(stream, run, offset, target);
  }

  /** How many entries have rows: the first ones. */
  #rowsOf(stream: Collection): number {
    return stream.length - this.#tails.count(stream);
  }

  #nthFromRun(stream: Collection, run: Run, offset: number, target: Uint8Array): boolean {
    return this.#isBelowFloor(stream, run.bytes)
      ? this.#nthFrom(stream, stream.metadata, FLOOR_AT, offset, target)
      : this.#nthFrom(stream, run.bytes, 0, offset, target);
  }

  #isBelowFloor({ metadata }: Collection, bytes: Uint8Array): boolean {
    return compareBytes(bytes, this.#slice.set(metadata, FLOOR_AT, FLOOR_AT + ID_SIZE)) < 0;
  }

  #nthFrom(
    stream: Collection,
    from: Uint8Array,
    fromAt: number,
    offset: number,
    target: Uint8Array,
  ): boolean {
    const nth = at(this.#nth, stream, from, fromAt);
    nth.bindInteger(3, offset);
    return take(nth, target);
  }

  /** Entries before an id. */
  rank(stream: Collection, id: Uint8Array): number {
    if (stream.length === 0) return 0;
    this.#engine.read();
    if (!this.first(stream, this.#to) || compareIds(id, 0, this.#to, 0) <= 0) return 0;
    this.#tails.writeFrom(stream, id);
    if (!stream.hasRuns) return this.#countFrom(stream, stream.metadata, FLOOR_AT, id, 0);
    return this.#orderOf(stream).rank(stream, 0, this.#slice.set(id, 0, ID_SIZE));
  }

  #countFrom(
    stream: Collection,
    from: Uint8Array,
    fromAt: number,
    to: Uint8Array,
    toAt: number,
  ): number {
    const count = at(this.#count, stream, from, fromAt);
    count.bindBlob(3, to, toAt, toAt + ID_SIZE);
    count.step();
    const entries = count.columnNumber(0);
    count.reset();
    return entries;
  }

  /** For {@linkcode Order}. */
  complete(stream: Collection): void {
    this.#tails.write(stream);
  }

  /** For {@linkcode Order}. */
  elementAt(_id: number, from: Run, offset: number): { number: number; bytes: Uint8Array } {
    const bytes = new Uint8Array(ID_SIZE), stream = this.#counted;
    if (stream !== undefined) {
      this.#tails.write(stream);
      this.#nthFromRun(stream, from, offset, bytes);
    }
    return { number: 0, bytes };
  }

  /** For {@linkcode Order}. */
  countBetween(
    _id: number,
    _fromNumber: number,
    fromBytes: Uint8Array,
    _number: number,
    { bytes, start }: Slice,
  ): number {
    const stream = this.#counted;
    if (stream === undefined) return 0;
    this.#tails.write(stream);
    // The slice is ours and about to be used again.
    return this.#isBelowFloor(stream, fromBytes)
      ? this.#countFrom(stream, stream.metadata, FLOOR_AT, bytes, start)
      : this.#countFrom(stream, fromBytes, 0, bytes, start);
  }

  /**
   * Visits the entries from one id to another, both included.
   *
   * @param down From the last to the first.
   * @param limit How many at most.
   */
  range(
    stream: Collection,
    from: Uint8Array,
    to: Uint8Array,
    down: boolean,
    limit: number,
    visit: EntryVisitor,
  ): void {
    if (stream.length === 0 || limit <= 0) return;
    this.#engine.read();
    this.#tails.writeFrom(stream, to);
    const { metadata } = stream;
    const first = this.#from, last = this.#to;
    copyId(to, 0, last, 0);
    if (compareIds(from, 0, metadata, FLOOR_AT) < 0) copyId(metadata, FLOOR_AT, first, 0);
    else copyId(from, 0, first, 0);
    const statement = down ? this.#down : this.#up;
    const entry = this.#entry;
    for (let left = limit; left > 0;) {
      const page = Math.min(left, PAGE);
      let rows = 0;
      at(statement, stream, first, 0).bindBlob(3, last, 0, ID_SIZE);
      statement.bindInteger(4, page);
      try {
        for (; statement.step(); rows++) {
          if (visit(entry.load(stream, statement)) === false) return;
        }
      } finally {
        statement.reset();
      }
      if (rows < page) return;
      left -= rows;
      copyId(entry.id, 0, down ? last : first, 0);
      if (!(down ? decrement(last) : increment(first))) return;
    }
  }
}

function at(statement: Statement, { id }: Collection, bytes: Uint8Array, from: number): Statement {
  statement.bindInteger(1, id);
  statement.bindBlob(2, bytes, from, from + ID_SIZE);
  return statement;
}

function take(statement: Statement, target: Uint8Array): boolean {
  const found = statement.step();
  if (found) statement.columnInto(0, target, 0, ID_SIZE);
  statement.reset();
  return found;
}
