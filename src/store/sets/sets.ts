/**
 * Sets. A member is a row of `sets`; the table is in the order of members, which is the order of
 * ranks, of random choices and of SSCAN.
 *
 * Members of large sets are held back, those that come and those that go (collections/unwritten.ts), and
 * what is popped of them is drawn ahead (draws.ts).
 *
 * Clients see a compact set in another order: an intset by number, a listpack as its members came.
 * `ordinal` is NULL in an intset and in a hashtable, and grows in a listpack. So one ORDER BY serves
 * both compact forms: members of an intset that has become a listpack come first, by number.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { Lookup } from "../../engine/lookup.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { Column } from "../values/column.ts";
import { type EncodingLimits, SET_ENCODING } from "../collections/encodings.ts";
import { parseInt64 } from "../values/integers.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { MemberList } from "../collections/member_list.ts";
import { Order } from "../collections/order.ts";
import { mayReadAhead } from "../collections/read_ahead.ts";
import { ABSENT_ELEMENT, type UnwrittenElements } from "../collections/unwritten.ts";
import { SetDraws } from "./draws.ts";
import { SetRows } from "./rows.ts";
import { distinctRanks, Sampling } from "../collections/random_ranks.ts";
import type { Run } from "../collections/runs.ts";
import { TYPE } from "../file/schema.ts";
import { Slice } from "../values/slice.ts";

const SQL = {
  has: "SELECT 1 FROM sets WHERE key_id = ?1 AND member = ?2",
  all: "SELECT member FROM sets WHERE key_id = ?1 ORDER BY member",
  allOfCompact: `SELECT member FROM sets WHERE key_id = ?1
    ORDER BY ordinal, CAST(member AS INTEGER), member`,
  from: `SELECT member FROM sets WHERE key_id = ?1 AND member >= ?2 ORDER BY member LIMIT ?3`,
  at: `SELECT member FROM sets WHERE key_id = ?1 AND member >= ?2
    ORDER BY member LIMIT 1 OFFSET ?3`,
  countBetween: "SELECT count(*) FROM sets WHERE key_id = ?1 AND member >= ?2 AND member < ?3",
  longest: "SELECT max(length(member)) FROM sets WHERE key_id = ?1",
};

const { INTSET, LISTPACK, HASHTABLE } = SET_ENCODING;

const NO_BYTES = new Uint8Array(0);
/** What a member holds beside itself. */
const NOTHING = new Slice();
/** Members read by one statement of a walk that may end early. */
const PAGE = 1000;
/** Most characters of an integer. */
const LONGEST_INTEGER = 20;
/**
 * A choice of a greater share of a set than this reads all of it: a member by its rank costs 10 to
 * 20 µs, one that a walk passes 0.3.
 */
const SCANNED_SHARE = 1 / 60;
/** Redis makes a set anew when a pop takes so many times what it leaves. */
const REBUILDING_POP = 5;

/** Sets. */
export class Sets {
  /** Where random choices come from. */
  random: () => number = Math.random;
  /** @internal Their rows. */
  readonly rows: SetRows;
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #limits: EncodingLimits;
  readonly #order: Order;
  readonly #unwritten: UnwrittenElements;
  readonly #draws: SetDraws;
  readonly #has: Lookup;
  readonly #all: Statement;
  readonly #allOfCompact: Statement;
  readonly #from: Statement;
  readonly #at: Statement;
  readonly #countBetween: Statement;
  readonly #longest: Statement;
  readonly #column: Column;
  readonly #compactColumn: Column;
  readonly #member = new Slice(new Uint8Array(256), 0, 0);

  /** Takes the keyspace whose keys hold the sets. */
  constructor(engine: Engine, keyspace: Keyspace, limits: EncodingLimits) {
    this.#engine = engine;
    this.rows = new SetRows(engine);
    this.#keyspace = keyspace;
    this.#limits = limits;
    const unwritten = this.#unwritten = keyspace.unwrittenElements;
    this.#has = new Lookup(engine, SQL.has);
    this.#all = engine.prepare(SQL.all);
    this.#allOfCompact = engine.prepare(SQL.allOfCompact);
    this.#from = engine.prepare(SQL.from);
    this.#at = engine.prepare(SQL.at);
    this.#countBetween = engine.prepare(SQL.countBetween);
    this.#longest = engine.prepare(SQL.longest);
    this.#column = new Column(this.#all, 0);
    this.#compactColumn = new Column(this.#allOfCompact, 0);
    this.#order = new Order(keyspace.collections, {
      elementAt: (id, from, offset) => ({ number: 0, bytes: this.#find(id, from, offset).copy() }),
      countBetween: (id, _number, from, _end, bytes) => this.#count(id, from, bytes),
      complete: (collection) => unwritten.settleOf(collection),
    });
    this.#draws = new SetDraws(
      engine,
      this.#order,
      unwritten,
      (collection, member) => this.has(collection, member),
      () => this.random(),
    );
  }

  /** The set of a key for a command that reads members, undefined if the key is absent. */
  read(db: number, key: Slice): Collection | undefined {
    return this.#keyspace.readCollection(db, key, TYPE.SET);
  }

  /** Whether a set has a member. */
  has(collection: Collection, member: Slice): boolean {
    const held = this.#unwritten.find(collection, member);
    if (held !== undefined) return held !== ABSENT_ELEMENT;
    this.#engine.read();
    const has = this.#has;
    const beside = this.#unwritten.othersSee(collection, member);
    const found = has.find(collection.id, member.bytes, member.start, member.end, beside);
    if (found) has.row.reset();
    return found;
  }

  /**
   * Gets a set ready for `count` members that come with one command: it leaves a compact form that
   * could not hold so many, whether they are new or not.
   *
   * @param first The first of them, by which an empty set gets its encoding.
   */
  expect(collection: Collection, count: number, first: Slice): void {
    const { encoding, length } = collection;
    const { intsetEntries, setEntries } = this.#limits;
    if (length === 0) {
      if (isInteger(first) && count <= intsetEntries) return;
      collection.encoding = count <= setEntries ? LISTPACK : HASHTABLE;
    } else if (
      encoding === INTSET && count > intsetEntries || encoding === LISTPACK && count > setEntries
    ) {
      collection.encoding = HASHTABLE;
      this.#keyspace.collections.changed(collection);
    }
  }

  /** Adds a member. @returns Whether it is new. */
  add(collection: Collection, member: Slice): boolean {
    if (this.#holdsBack(collection, member)) {
      if (this.has(collection, member)) return false;
      this.#unwritten.put(collection, this.rows, member, NOTHING, true);
      this.#come(collection, member);
      return true;
    }
    const encoding = this.encodingWith(collection, member);
    if (!this.#insertRow(collection, member, encoding === LISTPACK)) return false;
    collection.encoding = encoding;
    return true;
  }

  /**
   * Adds members to an empty set, and lets it become what it would be if `held` had been added to it
   * one by one, of which only `kept` stay.
   *
   * @param kept Whether the member at an index of the list stays; at least one does.
   */
  fill(collection: Collection, held: MemberList, kept: (index: number) => boolean): void {
    for (let i = 0; i < held.length; i++) {
      const member = held.at(i);
      collection.encoding = this.encodingWith(collection, member, i);
      if (kept(i)) this.#insertRow(collection, member, collection.encoding === LISTPACK);
    }
  }

  #insertRow(collection: Collection, member: Slice, ordered: boolean): boolean {
    this.#unwritten.release(collection, member);
    this.rows.insert(collection.id, member, ordered ? collection.version + 1 : 0);
    if (this.#engine.connection.changes() === 0) return false;
    this.#come(collection, member);
    return true;
  }

  /** Counts a member that was added. */
  #come(collection: Collection, member: Slice): void {
    collection.length++;
    this.#keyspace.collections.changed(collection);
    this.#order.added(collection, 0, member);
  }

  /** Whether a member may be held back now. */
  #holdsBack({ encoding }: Collection, member: Slice): boolean {
    return encoding === HASHTABLE && this.#unwritten.takes(member, 0);
  }

  /** The encoding of a set, of `length` members, once it has a member it had not. */
  encodingWith(collection: Collection, member: Slice, length = collection.length): number {
    const { encoding } = collection;
    if (encoding === HASHTABLE) return HASHTABLE;
    const { intsetEntries, setEntries, setValue } = this.#limits;
    if (encoding === INTSET && isInteger(member)) {
      return length < intsetEntries ? INTSET : HASHTABLE;
    }
    if (length >= setEntries || member.length > setValue) return HASHTABLE;
    const fits = encoding === LISTPACK || setValue >= LONGEST_INTEGER ||
      this.#longestMember(collection) <= setValue;
    return fits ? LISTPACK : HASHTABLE;
  }

  /** Size of the longest member, in bytes. */
  #longestMember(collection: Collection): number {
    this.#unwritten.settleOf(collection);
    const statement = this.#longest;
    statement.bindInteger(1, collection.id);
    statement.step();
    const longest = statement.columnNumber(0);
    statement.reset();
    return longest;
  }

  /** Removes a member. The caller deletes the key of a set that is left empty. @returns Whether it was there. */
  remove(collection: Collection, member: Slice): boolean {
    if (this.#holdsBack(collection, member)) {
      if (!this.has(collection, member)) return false;
      this.#unwritten.remove(collection, this.rows, member);
    } else if (!this.#unwritten.discard(collection, member)) {
      this.rows.delete(collection.id, member);
      if (this.#engine.connection.changes() === 0) return false;
    }
    this.#gone(collection, member);
    return true;
  }

  /** Counts out a member that was removed. */
  #gone(collection: Collection, member: Slice): void {
    collection.length--;
    this.#keyspace.collections.changed(collection);
    this.#order.removed(collection, 0, member);
  }

  /**
   * Removes a random member, each with the same chance. The caller deletes the key of a set that is left
   * empty.
   *
   * @returns It, valid until the next call of any method.
   */
  popOne(collection: Collection): Slice {
    const isLarge = collection.encoding === HASHTABLE && mayReadAhead(collection);
    const drawn = isLarge && this.#draws.expects(collection)
      ? this.#draws.take(collection)
      : undefined;
    const member = drawn ?? this.randomMember(collection);
    if (this.#holdsBack(collection, member)) {
      this.#unwritten.remove(collection, this.rows, member);
    } else if (!this.#unwritten.discard(collection, member)) {
      this.rows.delete(collection.id, member);
    }
    this.#gone(collection, member);
    return member;
  }

  /** Visits all members, in the order clients see. `visit` must not change or walk sets. */
  each(collection: Collection, visit: (member: Column) => void): void {
    const compact = collection.encoding !== HASHTABLE;
    const column = compact ? this.#compactColumn : this.#column;
    this.#walk(compact ? this.#allOfCompact : this.#all, collection, () => {
      visit(column);
      return true;
    });
  }

  /**
   * Visits all members in the same order as bytes, which other statements can take. `visit` must not
   * change or walk sets.
   *
   * @param visit Gets each member, valid during the call; returns whether to go on.
   */
  eachSlice(collection: Collection, visit: (member: Slice) => boolean): void {
    if (collection.encoding !== HASHTABLE) {
      const statement = this.#allOfCompact;
      this.#walk(statement, collection, () => visit(load(statement, this.#member)));
      return;
    }
    // In pages, for a visitor may stop early, and a driver may read all rows of a statement at once.
    let next: Uint8Array | undefined = NO_BYTES;
    while (next !== undefined) next = this.eachFrom(collection, next, PAGE, visit);
  }

  #walk(statement: Statement, collection: Collection, visit: () => boolean): void {
    this.#engine.read();
    this.#unwritten.settleOf(collection);
    statement.bindInteger(1, collection.id);
    try {
      while (statement.step()) if (!visit()) return;
    } finally {
      statement.reset();
    }
  }

  /**
   * Visits the members from one on, in the order of their bytes.
   *
   * @param first The least member that may be visited.
   * @param limit Members to visit.
   * @param visit Gets each member, valid during the call; returns whether to go on.
   * @returns The member to go on from, undefined at the end or if `visit` stops.
   */
  eachFrom(
    collection: Collection,
    first: Uint8Array,
    limit: number,
    visit: (member: Slice) => boolean,
  ): Uint8Array | undefined {
    this.#engine.read();
    this.#unwritten.settleOf(collection);
    const statement = this.#from;
    statement.bindInteger(1, collection.id);
    statement.bindBlob(2, first, 0, first.length);
    // One row more than asked tells where to go on.
    statement.bindInteger(3, limit + 1);
    let rows = 0;
    try {
      while (statement.step()) {
        if (rows++ === limit) return statement.columnBlob(0);
        if (!visit(load(statement, this.#member))) return undefined;
      }
    } finally {
      statement.reset();
    }
    return undefined;
  }

  /** A random member, each with the same chance. Valid until the next call of any method. */
  randomMember(collection: Collection): Slice {
    return this.#atRank(collection, Math.floor(this.random() * collection.length));
  }

  #atRank(collection: Collection, rank: number): Slice {
    this.#engine.read();
    const { run, offset } = this.#order.at(collection, rank);
    return this.#find(collection.id, run, offset);
  }

  #find(id: number, { bytes }: Run, offset: number): Slice {
    const statement = this.#at;
    statement.bindInteger(1, id);
    statement.bindBlob(2, bytes, 0, bytes.length);
    statement.bindInteger(3, offset);
    const found = statement.step();
    const member = found ? load(statement, this.#member) : undefined;
    statement.reset();
    if (member === undefined) throw new Error(`set ${id} has fewer members than it counts`);
    return member;
  }

  #count(id: number, from: Uint8Array, { bytes, start, end }: Slice): number {
    const statement = this.#countBetween;
    statement.bindInteger(1, id);
    statement.bindBlob(2, from, 0, from.length);
    statement.bindBlob(3, bytes, start, end);
    statement.step();
    const count = statement.columnNumber(0);
    statement.reset();
    return count;
  }

  /** Distinct random members, every choice with the same chance. @param count At most all. */
  sample(collection: Collection, count: number): MemberList {
    const { length } = collection;
    const members = new MemberList();
    if (count > length * SCANNED_SHARE) {
      const sampling = new Sampling(count, length, this.random);
      this.eachSlice(collection, (member) => {
        if (sampling.takes()) members.push(member);
        return !sampling.done;
      });
    } else {
      for (const rank of distinctRanks(count, length, this.random)) {
        members.push(this.#atRank(collection, rank));
      }
    }
    return members;
  }

  /** Visits random members, each drawn among all. */
  draw(collection: Collection, count: number, visit: (member: Slice) => void): void {
    const { length } = collection;
    if (count <= length * SCANNED_SHARE) {
      for (let i = 0; i < count; i++) visit(this.randomMember(collection));
      return;
    }
    const members = new MemberList();
    this.eachSlice(collection, (member) => {
      members.push(member);
      return true;
    });
    for (let i = 0; i < count; i++) visit(members.at(Math.floor(this.random() * length)));
  }

  /** Removes random members, every choice with the same chance. @param count Fewer than all. */
  pop(collection: Collection, count: number): MemberList {
    const isFew = count <= collection.length * SCANNED_SHARE;
    const members = isFew ? new MemberList() : this.sample(collection, count);
    if (isFew) { for (let i = 0; i < count; i++) members.push(this.popOne(collection)); }
    else for (let i = 0; i < members.length; i++) this.remove(collection, members.at(i));
    const { length, encoding } = collection;
    const { setEntries, setValue } = this.#limits;
    const rebuilt = encoding === HASHTABLE && length * REBUILDING_POP <= count;
    if (rebuilt && length <= setEntries && this.#longestMember(collection) <= setValue) {
      collection.encoding = LISTPACK;
    }
    return members;
  }
}

/** Whether a member is the text of a 64-bit integer, as an intset holds it. */
export function isInteger({ bytes, start, end }: Slice): boolean {
  return parseInt64(bytes, start, end) !== undefined;
}

/** Copies the first column of a statement's row. */
function load(statement: Statement, target: Slice): Slice {
  const length = statement.columnLength(0);
  if (length > target.bytes.length) target.bytes = new Uint8Array(2 * length);
  statement.columnInto(0, target.bytes, 0);
  return target.set(target.bytes, 0, length);
}
