/**
 * Random members of large sets that are popped one after the other, each with the same chance among
 * those that are there.
 *
 * A run of the set is chosen by what it counts. The first time all of it is passed, some of its
 * members are taken at random and shuffled: the beginning of a random order of the run. The next pop from
 * that run takes the next in this order, which is a random one of those that are left. A member that
 * comes gets a random place in the order, which may be behind what is known of it; one that goes leaves
 * its place. What has become of the runs themselves is seen by which one follows.
 *
 * Members that are held back may have no row: they are passed with the rows, in their order, so that one
 * that has both has one chance.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection, ReadAhead } from "../collections/collection.ts";
import { MemberList } from "../collections/member_list.ts";
import type { Order } from "../collections/order.ts";
import { MOST_AT_ONCE, ReadAheads } from "../collections/read_ahead.ts";
import { RowWalk } from "../collections/row_walk.ts";
import type { Place, Run } from "../collections/runs.ts";
import { ABSENT_ELEMENT, type UnwrittenElements } from "../collections/unwritten.ts";
import { compareBytes, Slice } from "../values/slice.ts";

const SQL = {
  run: "SELECT member FROM sets WHERE key_id = ?1 AND member >= ?2 AND member < ?3 ORDER BY member",
  lastRun: "SELECT member FROM sets WHERE key_id = ?1 AND member >= ?2 ORDER BY member",
};

/** Pops from a set after which more are expected. */
const EXPECTING = 8;
/** Pops from a set whose members are too large to be drawn ahead, after which it is tried again. */
const PASSED_OVER = 1000;
/** Members taken of a run, at most and at least. */
const MOST = 128, LEAST = 8;
/** Members of a run, about, where a set has many. */
const RUN_SIZE = 512;
/** Bytes that those of one set may take, about. */
const BYTES_OF_SET = 2 << 20;
/** Bytes of a member beside its own. */
const BESIDE = 16;
/** Members of a set that may be known beside twice as many as are held back. */
const SPARE = 1024;
/** Bytes of the place of one. */
const BYTES_OF_PLACE = 8;

const NOWHERE: readonly number[] = [];
const MEMBER = new Slice();

/** The beginning of a random order of a run's members, the next one last. */
class Drawn {
  /** The run after this one, when they were taken. */
  next: Run | undefined;
  readonly members = new MemberList();
  /** Where they stand in the list. */
  readonly order: number[] = [];
  #bytes = 0;

  /** Begins anew. @param next The run after this one now. */
  clear(next: Run | undefined): void {
    this.next = next;
    this.order.length = 0;
    this.members.clear();
  }

  /** A member has come, with which the run has `count`. */
  add(member: Slice, count: number, random: () => number): void {
    const { order } = this;
    const place = Math.floor(random() * count);
    if (place > order.length) return;
    this.members.push(member);
    const index = this.members.length - 1, other = order[place];
    // The one whose place it takes becomes the last, as in a shuffle from the inside out.
    if (other === undefined) return void order.push(index);
    order[place] = index;
    order.push(other);
  }

  /** A member has gone, most likely the next one. */
  remove(member: Slice): void {
    const { order, members } = this;
    for (let at = order.length - 1; at >= 0; at--) {
      if (members.compareTo(order[at]!, member) !== 0) continue;
      order[at] = order[order.length - 1]!;
      order.pop();
      return;
    }
  }

  shuffle(random: () => number): void {
    const { order } = this;
    for (let i = order.length - 1; i > 0; i--) {
      const other = Math.floor(random() * (i + 1)), kept = order[i]!;
      order[i] = order[other]!;
      order[other] = kept;
    }
  }

  /** By how many bytes they have grown since it was asked last. */
  grown(): number {
    const before = this.#bytes;
    this.#bytes = this.members.size + this.members.length * BESIDE;
    return this.#bytes - before;
  }
}

/** What was drawn of one set. */
class DrawnOfSet implements ReadAhead {
  /** How often somebody has popped from it. */
  pops = 0;
  readonly #collection: Collection;
  readonly #order: Order;
  readonly #unwritten: UnwrittenElements;
  readonly #random: () => number;
  readonly #grown: (bytes: number) => void;
  #runs = new WeakMap<Run, Drawn>();
  /** Places of members that are held back, by their runs; some are so no more. */
  readonly #held = new Map<Run, number[]>();
  #heldCount = 0;
  /** Bytes that they were said to take. */
  #heldBytes = 0;
  /** The form of the runs that those are of; 0 if they are not known. */
  #heldForm = 0;

  /** @param grown Is told of the bytes that places take more than before. */
  constructor(
    collection: Collection,
    order: Order,
    unwritten: UnwrittenElements,
    random: () => number,
    grown: (bytes: number) => void,
  ) {
    this.#collection = collection;
    this.#order = order;
    this.#unwritten = unwritten;
    this.#random = random;
    this.#grown = grown;
  }

  /**
   * Places of the members of a run that are held back, in their order: some that are written among them,
   * and some twice.
   */
  heldOf(run: Run, next: Run | undefined): readonly number[] {
    const collection = this.#collection, unwritten = this.#unwritten;
    const form = this.#order.form(collection);
    if (form !== this.#heldForm) this.#gather(form);
    if (!collection.held?.lacksRows) return NOWHERE;
    const places = this.#held.get(run);
    if (places === undefined) return NOWHERE;
    const held = places.filter((place) =>
      // The place may have become that of another one.
      unwritten.heldAt(collection, place, MEMBER) !== undefined &&
      compareBytes(run.bytes, MEMBER) <= 0 &&
      (next === undefined || compareBytes(next.bytes, MEMBER) > 0)
    );
    this.#heldCount += held.length - places.length;
    this.#held.set(run, held);
    return held.sort((a, b) => unwritten.compareAt(a, b));
  }

  /** Finds the members that are held back. */
  #gather(form: number): void {
    const collection = this.#collection, unwritten = this.#unwritten;
    this.#forgetHeld();
    this.#heldForm = form;
    if (!collection.held?.lacksRows) return;
    unwritten.eachHeld(collection, (place) => {
      if (unwritten.heldAt(collection, place, MEMBER) === undefined) return;
      this.#addHeld(this.#order.runOf(collection, 0, MEMBER).run, place);
    });
  }

  #addHeld(run: Run, place: number): void {
    const places = this.#held.get(run);
    if (places === undefined) this.#held.set(run, [place]);
    else places.push(place);
    if (++this.#heldCount * BYTES_OF_PLACE <= this.#heldBytes) return;
    this.#heldBytes += SPARE * BYTES_OF_PLACE;
    this.#grown(SPARE * BYTES_OF_PLACE);
  }

  #forgetHeld(): void {
    if (this.#heldBytes > 0) this.#grown(-this.#heldBytes);
    this.#heldBytes = 0;
    this.#held.clear();
    this.#heldCount = this.#heldForm = 0;
  }

  /** What there is of a run. */
  of({ run, next }: Place): Drawn | undefined {
    const drawn = this.#runs.get(run);
    return drawn?.next === next ? drawn : undefined;
  }

  /** Where members of a run are taken to. */
  begin({ run, next }: Place): Drawn {
    let drawn = this.#runs.get(run);
    if (drawn === undefined) this.#runs.set(run, drawn = new Drawn());
    drawn.clear(next);
    return drawn;
  }

  added(number: number, member: Slice): void {
    const place = this.#order.runOf(this.#collection, number, member);
    const { hasRuns, length } = this.#collection;
    this.of(place)?.add(member, hasRuns ? place.run.count : length, this.#random);
    this.#hold(place.run, member);
  }

  /** Notes that a member that has come may be held back. */
  #hold(run: Run, member: Slice): void {
    const collection = this.#collection, unwritten = this.#unwritten;
    if (this.#heldForm === 0 || this.#heldForm !== this.#order.form(collection)) return;
    const place = unwritten.placeOf(collection, member);
    if (place === -1) return;
    // By and by those that are written would be most of them.
    if (this.#heldCount >= SPARE + 2 * unwritten.heldCount(collection)) this.#forgetHeld();
    else this.#addHeld(run, place);
  }

  removed(number: number, member: Slice): void {
    this.of(this.#order.runOf(this.#collection, number, member))?.remove(member);
  }

  clear(): void {
    this.#runs = new WeakMap();
    this.#forgetHeld();
  }
}

/** Whether a set has a member. */
type Has = (collection: Collection, member: Slice) => boolean;

/** Draws members that are popped. */
export class SetDraws {
  readonly #random: () => number;
  readonly #engine: Engine;
  readonly #unwritten: UnwrittenElements;
  readonly #order: Order;
  readonly #has: Has;
  readonly #run: RowWalk;
  readonly #lastRun: RowWalk;
  readonly #aheads: ReadAheads<DrawnOfSet>;
  readonly #row = new MemberList();

  /** Takes the order of the members, where they are held back, what finds one, and where random choices come from. */
  constructor(
    engine: Engine,
    order: Order,
    unwritten: UnwrittenElements,
    has: Has,
    random: () => number,
  ) {
    this.#random = random;
    this.#engine = engine;
    this.#order = order;
    this.#unwritten = unwritten;
    this.#has = has;
    this.#run = new RowWalk(engine, SQL.run);
    this.#lastRun = new RowWalk(engine, SQL.lastRun);
    this.#aheads = new ReadAheads(
      engine,
      (collection) => {
        const grown = (bytes: number) => this.#aheads.grown(collection, bytes);
        return new DrawnOfSet(collection, order, unwritten, random, grown);
      },
    );
  }

  /**
   * Notes that somebody pops from a set.
   *
   * @returns Whether others are likely to follow, or there are members that would have to be written for it.
   */
  expects(collection: Collection): boolean {
    const ahead = this.#aheads.of(collection);
    return ++ahead.pops > EXPECTING || ahead.pops > 0 && collection.held?.any === true;
  }

  /**
   * A random member of a set, which has some; who calls removes it. Valid until the next call.
   *
   * @returns Undefined if members are too large to be drawn ahead.
   */
  take(collection: Collection): Slice | undefined {
    const place = this.#order.drawRun(collection, this.#random);
    const ahead = this.#aheads.of(collection);
    let drawn = ahead.of(place);
    if (drawn === undefined || drawn.order.length === 0) {
      drawn = ahead.begin(place);
      if (!this.#draw(collection, ahead, place.run, drawn)) {
        drawn.clear(undefined);
        ahead.pops = -PASSED_OVER;
        return undefined;
      }
      this.#aheads.grown(collection, drawn.grown());
    }
    const index = drawn.order.at(-1);
    if (index === undefined) {
      throw new Error(`set ${collection.id} has fewer members than it counts`);
    }
    return drawn.members.at(index);
  }

  /** @returns Whether some of a run's members were taken, each with the same chance. */
  #draw(collection: Collection, ahead: DrawnOfSet, run: Run, drawn: Drawn): boolean {
    this.#engine.read();
    const held = ahead.heldOf(run, drawn.next);
    const count = collection.hasRuns ? run.count : collection.length;
    const share = this.#members(collection) / count;
    if (!this.#pass(collection, run, held, drawn, share)) return false;
    // By chance none, or none but of deleted rows.
    if (drawn.order.length === 0 && !this.#pass(collection, run, held, drawn, 1)) return false;
    drawn.shuffle(this.#random);
    return true;
  }

  /** How many members to take of a run. */
  #members(collection: Collection): number {
    const runs = Math.max(1, collection.length / RUN_SIZE);
    const wanted = BYTES_OF_SET / runs / (collection.meanSize + BESIDE);
    return Math.max(LEAST, Math.min(MOST, wanted));
  }

  /**
   * Passes through the rows of a run, and the members that are held back, and takes each with the same
   * chance, unless it is of a deleted member.
   *
   * @returns Whether it came to the end.
   */
  #pass(
    collection: Collection,
    { bytes }: Run,
    held: readonly number[],
    drawn: Drawn,
    share: number,
  ): boolean {
    const { members, order, next } = drawn;
    const row = this.#row;
    const beside = this.#unwritten.othersSeeRows;
    let complete = true, passed = 0;
    (next === undefined ? this.#lastRun : this.#run).each(
      beside,
      (statement) => {
        statement.bindInteger(1, collection.id);
        statement.bindBlob(2, bytes, 0, bytes.length);
        if (next !== undefined) statement.bindBlob(3, next.bytes, 0, next.bytes.length);
      },
      () => {
        drawn.clear(next);
        passed = 0;
      },
      (column) => {
        if (passed < held.length) {
          row.clear();
          row.pushColumn(column);
          passed = this.#passHeld(collection, held, passed, drawn, share, row);
        }
        if (this.#random() >= share) return true;
        members.pushColumn(column);
        const index = members.length - 1;
        if (this.#isThere(collection, members.at(index), beside)) order.push(index);
        // Those that were taken would be the first ones rather than any.
        complete = members.size <= MOST_AT_ONCE;
        return complete;
      },
    );
    this.#passHeld(collection, held, passed, drawn, share);
    return complete && members.size <= MOST_AT_ONCE;
  }

  /**
   * Passes those that are held back and come before a row, if there is one.
   *
   * @param next The first that was not passed.
   * @param row Has the member of the row.
   * @returns The next one: that of the row is left to the row.
   */
  #passHeld(
    collection: Collection,
    held: readonly number[],
    next: number,
    drawn: Drawn,
    share: number,
    row?: MemberList,
  ): number {
    for (; next < held.length; next++) {
      const place = held[next]!;
      if (next > 0 && place === held[next - 1]) continue;
      if (this.#unwritten.heldAt(collection, place, MEMBER) === undefined) continue;
      const difference = row?.compareTo(0, MEMBER) ?? 1;
      if (difference < 0) break;
      if (difference === 0 || this.#random() >= share) continue;
      drawn.members.push(MEMBER);
      drawn.order.push(drawn.members.length - 1);
    }
    return next;
  }

  /** Whether a member whose row was read is there. @param beside Whether it was read by the second connection. */
  #isThere(collection: Collection, member: Slice, beside: boolean): boolean {
    const found = this.#unwritten.find(collection, member);
    if (found !== undefined) return found !== ABSENT_ELEMENT;
    if (!beside || !this.#unwritten.mayHaveChanged(collection, member)) return true;
    return this.#has(collection, member);
  }
}
