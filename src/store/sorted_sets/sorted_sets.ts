/**
 * Sorted sets: the elements. A new member costs one row in the table and its index, and a count in
 * memory; those of large ones may be held back. See ranges.ts for what goes by order.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { Lookup } from "../../engine/lookup.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { type ElementRows, visitElements } from "../collections/held_elements.ts";
import { ManyElements } from "../collections/many_elements.ts";
import { mayReadAhead } from "../collections/read_ahead.ts";
import { ABSENT_ELEMENT, type UnwrittenElements } from "../collections/unwritten.ts";
import { Column } from "../values/column.ts";
import { type EncodingLimits, ZSET_ENCODING } from "../collections/encodings.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { TYPE } from "../file/schema.ts";
import type { ScoredMembers } from "./scored_members.ts";
import { bindScore, heldScore, scoreAt } from "./scores.ts";
import { Slice } from "../values/slice.ts";
import { SortedSetEnds } from "./ends.ts";
import { type ElementVisitor, SortedSetRanges } from "./ranges.ts";

const SQL = {
  find: "SELECT score, negative_zero FROM zsets WHERE key_id = ?1 AND member = ?2",
  insert: `INSERT INTO zsets(key_id, member, score, negative_zero) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO NOTHING`,
  update: "UPDATE zsets SET score = ?3, negative_zero = ?4 WHERE key_id = ?1 AND member = ?2",
  stand: "SELECT 1 FROM zsets WHERE key_id = ?1 AND member >= ?2 ORDER BY member LIMIT 1",
  delete: "DELETE FROM zsets WHERE key_id = ?1 AND member = ?2",
  scan: `SELECT member, score, negative_zero FROM zsets WHERE key_id = ?1 AND member >= ?2
    ORDER BY member LIMIT ?3`,
  all: "SELECT member, score, negative_zero FROM zsets WHERE key_id = ?1 AND member >= x''",
};

const NO_BYTES = new Uint8Array(0);
/** Bytes of a score that is held back: those of the double. */
const SCORE_BYTES = 8;

/** Elements that are popped together and yet one by one, at most: more are deleted as a range. */
const FEW = 64;

/** Takes an element that is popped. The member is valid until the visit ends. */
export type PopVisitor = (member: Column | Slice, score: number) => void;

/** The sorted sets of a store. */
export class SortedSets implements ElementRows {
  /** Ranges and ranks. */
  readonly ranges: SortedSetRanges;
  readonly many: ManyElements;
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #limits: EncodingLimits;
  readonly #unwritten: UnwrittenElements;
  readonly #ends: SortedSetEnds;
  // Apart from what is read: to hold one score back may have others written.
  readonly #heldScore = new Float64Array(1);
  readonly #heldBytes = new Slice(new Uint8Array(this.#heldScore.buffer));
  readonly #find: Lookup;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #stand: Statement;
  readonly #delete: Statement;
  readonly #scan: Statement;
  readonly #all: Statement;
  readonly #scanned: Column;
  readonly #member = new Slice();

  /** Takes the engine whose tables they are in, the keys, and the limits of encodings. */
  constructor(engine: Engine, keyspace: Keyspace, limits: EncodingLimits) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#limits = limits;
    this.#unwritten = keyspace.unwrittenElements;
    this.ranges = new SortedSetRanges(engine, keyspace);
    this.#ends = new SortedSetEnds(
      engine,
      this.#unwritten,
      (collection, member) => this.score(collection, member),
    );
    this.#find = new Lookup(engine, SQL.find);
    this.#insert = engine.prepare(SQL.insert);
    this.#update = engine.prepare(SQL.update);
    this.many = new ManyElements(
      engine,
      {
        table: "zsets",
        element: "member",
        values: ["score", "negative_zero"],
        set: "score = excluded.score, negative_zero = excluded.negative_zero",
        valueAt: -1,
      },
      ({ statement }, from, value) => bindScore(statement, from, heldScore(value)),
    );
    this.#stand = engine.prepare(SQL.stand);
    this.#delete = engine.prepare(SQL.delete);
    this.#scan = engine.prepare(SQL.scan);
    this.#all = engine.prepare(SQL.all);
    this.#scanned = new Column(this.#scan, 0);
  }

  /**
   * Makes an empty sorted set, over whatever the key holds; the caller adds elements at once.
   *
   * @param elements How many are about to come, and
   * @param longest the length of the longest of them, as far as is known: Redis chooses by these.
   */
  create(db: number, key: Slice, elements = 0, longest = 0): Collection {
    const collection = this.#keyspace.createCollection(db, key, TYPE.ZSET);
    if (elements > this.#limits.zsetEntries || longest > this.#limits.zsetValue) {
      collection.encoding = ZSET_ENCODING.SKIPLIST;
    }
    return collection;
  }

  /** The score of a member, undefined if it is not there. */
  score(collection: Collection, member: Slice): number | undefined {
    const held = this.#unwritten.find(collection, member);
    if (held !== undefined) return held === ABSENT_ELEMENT ? undefined : heldScore(held);
    this.#engine.read();
    const find = this.#find;
    const beside = this.#unwritten.othersSee(collection, member);
    if (!find.find(collection.id, member.bytes, member.start, member.end, beside)) return undefined;
    const score = scoreAt(find.row, 0);
    find.row.reset();
    return score;
  }

  /** The bytes that hold a score in memory, until the next call. */
  #bytesOf(score: number): Slice {
    this.#heldScore[0] = score;
    return this.#heldBytes;
  }

  /** Whether a member's score may be held back now. */
  #holdsBack({ encoding }: Collection, member: Slice): boolean {
    return encoding === ZSET_ENCODING.SKIPLIST && this.#unwritten.takes(member, SCORE_BYTES);
  }

  /** Writes a score that was held back, or deletes the row of its member. */
  writeElement(id: number, member: Slice, value: Slice | undefined, isNew: boolean): void {
    if (value === undefined) return this.#deleteRow(id, member);
    const statement = isNew ? this.#insert : this.#update;
    statement.bindInteger(1, id);
    statement.bindBlob(2, member.bytes, member.start, member.end);
    bindScore(statement, 3, heldScore(value));
    statement.run();
  }

  #deleteRow(id: number, member: Slice): void {
    const statement = this.#delete;
    statement.bindInteger(1, id);
    statement.bindBlob(2, member.bytes, member.start, member.end);
    statement.run();
  }

  /** Begins a statement that stands on the row of a member, or on the next. */
  standOn(id: number, member: Slice): Statement {
    const stand = this.#stand;
    stand.bindInteger(1, id);
    stand.bindBlob(2, member.bytes, member.start, member.end);
    stand.step();
    return stand;
  }

  /** Calls `visit` with each member and its score. */
  visitAll(id: number, visit: (member: Slice, value: Slice) => void): void {
    const all = this.#all;
    visitElements(all, id, (member) => {
      // Not those of the score that is about to be held back.
      const score = Float64Array.of(scoreAt(all, 1));
      visit(member, new Slice(new Uint8Array(score.buffer)));
    });
  }

  /** Adds a member or changes its score. @returns Whether it is new. */
  set(collection: Collection, member: Slice, score: number): boolean {
    if (this.add(collection, member, score)) return true;
    const old = this.score(collection, member);
    if (old !== undefined && old !== score) this.update(collection, member, old, score);
    return false;
  }

  /** Adds a member unless it is there, which the insertion finds out. @returns Whether it is new. */
  add(collection: Collection, member: Slice, score: number): boolean {
    const { zsetEntries, zsetValue } = this.#limits;
    const large = collection.length >= zsetEntries || member.end - member.start > zsetValue;
    const encoding = large ? ZSET_ENCODING.SKIPLIST : collection.encoding;
    if (this.#holdsBack(collection, member)) return this.#addHeld(collection, member, score);
    this.#unwritten.release(collection, member);
    const insert = this.#insert;
    insert.bindInteger(1, collection.id);
    insert.bindBlob(2, member.bytes, member.start, member.end);
    bindScore(insert, 3, held(encoding, score));
    insert.run();
    if (this.#engine.connection.changes() === 0) return false;
    this.#keyspace.collections.changed(collection);
    collection.encoding = encoding;
    collection.length++;
    this.ranges.order.added(collection, score, member);
    return true;
  }

  #addHeld(collection: Collection, member: Slice, score: number): boolean {
    const old = this.score(collection, member);
    const unwritten = this.#unwritten;
    if (old !== undefined) {
      // Who wants to change it asks for it next.
      if (unwritten.find(collection, member) === undefined) {
        unwritten.remember(collection, this, member, this.#bytesOf(old));
      }
      return false;
    }
    this.#keyspace.collections.changed(collection);
    unwritten.put(collection, this, member, this.#bytesOf(score), true);
    collection.length++;
    this.ranges.order.added(collection, score, member);
    return true;
  }

  /** Gives a member that is there another score. */
  update(collection: Collection, member: Slice, oldScore: number, score: number): void {
    this.#keyspace.collections.changed(collection);
    if (this.#holdsBack(collection, member)) {
      this.#unwritten.put(collection, this, member, this.#bytesOf(score), false);
    } else {
      this.#unwritten.release(collection, member);
      const update = this.#update;
      update.bindInteger(1, collection.id);
      update.bindBlob(2, member.bytes, member.start, member.end);
      bindScore(update, 3, held(collection.encoding, score));
      update.run();
    }
    this.ranges.order.removed(collection, oldScore, member);
    this.ranges.order.added(collection, score, member);
  }

  /** Deletes a member; the caller sees to a sorted set that is empty then. @returns Whether it was there. */
  remove(collection: Collection, member: Slice): boolean {
    const score = this.score(collection, member);
    if (score === undefined) return false;
    this.#remove(collection, member, score);
    return true;
  }

  #remove(collection: Collection, member: Slice, score: number): void {
    this.#keyspace.collections.changed(collection);
    if (this.#holdsBack(collection, member)) {
      this.#unwritten.remove(collection, this, member);
    } else if (!this.#unwritten.discard(collection, member)) {
      this.#deleteRow(collection.id, member);
    }
    collection.length--;
    this.ranges.order.removed(collection, score, member);
  }

  /** How many members are before one. @param score Its score. */
  rank(collection: Collection, member: Slice, score: number): number {
    return this.ranges.order.rank(collection, score, member);
  }

  /** Visits all elements, in their order. */
  each(collection: Collection, visit: ElementVisitor): void {
    this.ranges.visitRanks(collection, 0, collection.length, false, visit);
  }

  /** Visits all elements in their order, the members as slices valid until the visit ends. */
  eachSlice(
    collection: Collection,
    visit: (member: Slice, score: number) => void | boolean,
  ): void {
    const slice = new Slice();
    this.each(collection, (member, score) => {
      const { length } = member;
      if (length > slice.bytes.length) slice.bytes = new Uint8Array(2 * length);
      member.copyInto(slice.bytes, 0);
      return visit(slice.set(slice.bytes, 0, length), score);
    });
  }

  /**
   * Makes a sorted set of these elements, over whatever the key holds.
   *
   * @param expected How many it is created for, and
   * @param longest the length of the longest member it is created for: see {@linkcode create}.
   */
  store(db: number, key: Slice, elements: ScoredMembers, expected: number, longest: number): void {
    const collection = this.create(db, key, expected, longest);
    elements.each((member, score) => {
      this.add(collection, member, score);
    });
  }

  /**
   * Visits the elements at an end and deletes them, and the key if no other is left.
   *
   * @param last From the last one on, rather than from the first.
   * @param count How many, up to the collection's length.
   */
  pop(
    db: number,
    key: Slice,
    collection: Collection,
    last: boolean,
    count: number,
    visit: PopVisitor,
  ): void {
    const { length, encoding } = collection;
    const event = last ? "zpopmax" : "zpopmin";
    const isLarge = encoding === ZSET_ENCODING.SKIPLIST && mayReadAhead(collection);
    if (count < length && count <= (isLarge ? FEW : 1)) {
      const popped = this.#member;
      for (let left = count; left > 0; left--) {
        const score = isLarge
          ? this.#ends.first(collection, last, popped)
          : this.#copyEnd(collection, last, popped);
        visit(popped, score);
        this.#remove(collection, popped, score);
      }
      this.#keyspace.changed(db, key, event);
      return;
    }
    this.ranges.visitRanks(collection, last ? length - 1 : 0, count, last, visit);
    const from = last ? length - count : 0;
    this.ranges.removeRanks(db, key, collection, from, from + count, event);
  }

  /** Has `member` be the member at an end. @returns Its score. */
  #copyEnd(collection: Collection, last: boolean, member: Slice): number {
    let found = 0;
    this.ranges.visitRanks(
      collection,
      last ? collection.length - 1 : 0,
      1,
      last,
      (column, score) => {
        const bytes = column.copy();
        member.set(bytes, 0, bytes.length);
        found = score;
      },
    );
    return found;
  }

  /**
   * Visits some elements in the order of their members.
   *
   * @param from The member to begin with; undefined for the first.
   * @param count How many.
   * @returns The member to go on with, undefined at the end.
   */
  scan(
    collection: Collection,
    from: Uint8Array = NO_BYTES,
    count: number,
    visit: ElementVisitor,
  ): Uint8Array | undefined {
    this.#engine.read();
    this.#unwritten.settleOf(collection);
    const scan = this.#scan;
    scan.bindInteger(1, collection.id);
    scan.bindBlob(2, from, 0, from.length);
    scan.bindInteger(3, count + 1);
    let next: Uint8Array | undefined;
    try {
      for (let visited = 0; next === undefined && scan.step(); visited++) {
        if (visited === count) next = scan.columnBlob(0);
        else visit(this.#scanned, scoreAt(scan, 1));
      }
    } finally {
      scan.reset();
    }
    return next;
  }
}

/** The score as the sorted set holds it: a listpack, which has integers, does not know -0. */
function held(encoding: number, score: number): number {
  return score === 0 && encoding === ZSET_ENCODING.LISTPACK ? 0 : score;
}
