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
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection, ReadAhead } from "../collections/collection.ts";
import { MemberList } from "../collections/member_list.ts";
import type { Order } from "../collections/order.ts";
import { MOST_AT_ONCE, ReadAheads } from "../collections/read_ahead.ts";
import type { Place, Run } from "../collections/runs.ts";
import { ABSENT_ELEMENT, type UnwrittenElements } from "../collections/unwritten.ts";
import { Column } from "../values/column.ts";
import type { Slice } from "../values/slice.ts";

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

/** The beginning of a random order of a run's members, the next one last. */
class Drawn {
  /** The run after this one, when they were taken. */
  readonly next: Run | undefined;
  readonly members = new MemberList();
  /** Where they stand in the list. */
  readonly order: number[] = [];

  constructor(next: Run | undefined) {
    this.next = next;
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

  /** Bytes that they take. */
  get bytes(): number {
    return this.members.size + this.members.length * BESIDE;
  }
}

/** What was drawn of one set. */
class DrawnOfSet implements ReadAhead {
  /** How often somebody has popped from it. */
  pops = 0;
  readonly #collection: Collection;
  readonly #order: Order;
  readonly #random: () => number;
  #runs = new WeakMap<Run, Drawn>();

  constructor(collection: Collection, order: Order, random: () => number) {
    this.#collection = collection;
    this.#order = order;
    this.#random = random;
  }

  /** What there is of a run. */
  of({ run, next }: Place): Drawn | undefined {
    const drawn = this.#runs.get(run);
    return drawn !== undefined && drawn.next === next ? drawn : undefined;
  }

  put({ run }: Place, drawn: Drawn): void {
    this.#runs.set(run, drawn);
  }

  added(number: number, member: Slice): void {
    const place = this.#order.runOf(this.#collection, number, member);
    const { hasRuns, length } = this.#collection;
    this.of(place)?.add(member, hasRuns ? place.run.count : length, this.#random);
  }

  removed(number: number, member: Slice): void {
    this.of(this.#order.runOf(this.#collection, number, member))?.remove(member);
  }

  clear(): void {
    this.#runs = new WeakMap();
  }
}

/** Draws members that are popped. */
export class SetDraws {
  readonly #random: () => number;
  readonly #engine: Engine;
  readonly #unwritten: UnwrittenElements;
  readonly #order: Order;
  readonly #run: Statement;
  readonly #lastRun: Statement;
  readonly #runColumn: Column;
  readonly #lastRunColumn: Column;
  readonly #aheads: ReadAheads<DrawnOfSet>;

  /** Takes the order of the members, where they are held back, and where random choices come from. */
  constructor(engine: Engine, order: Order, unwritten: UnwrittenElements, random: () => number) {
    this.#random = random;
    this.#engine = engine;
    this.#order = order;
    this.#unwritten = unwritten;
    this.#run = engine.prepare(SQL.run);
    this.#lastRun = engine.prepare(SQL.lastRun);
    this.#runColumn = new Column(this.#run, 0);
    this.#lastRunColumn = new Column(this.#lastRun, 0);
    this.#aheads = new ReadAheads(engine, (c) => new DrawnOfSet(c, order, random));
  }

  /** Whether members are drawn from the rows of a set, which must be there then. */
  needsRows(collection: Collection): boolean {
    const ahead = this.#aheads.find(collection);
    return ahead !== undefined && ahead.pops > EXPECTING;
  }

  /** Notes that somebody pops from a set. @returns Whether others are likely to follow. */
  expects(collection: Collection): boolean {
    return ++this.#aheads.of(collection).pops > EXPECTING;
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
      const before = drawn?.bytes ?? 0;
      drawn = this.#draw(collection, place);
      if (drawn === undefined) {
        ahead.pops = -PASSED_OVER;
        return undefined;
      }
      ahead.put(place, drawn);
      this.#aheads.grown(collection, drawn.bytes - before);
    }
    const index = drawn.order.at(-1);
    if (index === undefined) {
      throw new Error(`set ${collection.id} has fewer members than it counts`);
    }
    return drawn.members.at(index);
  }

  #draw(collection: Collection, { run, next }: Place): Drawn | undefined {
    this.#engine.read();
    if (collection.held?.lacksRows) this.#unwritten.settleOf(collection);
    const count = collection.hasRuns ? run.count : collection.length;
    const share = this.#members(collection) / count;
    const drawn = new Drawn(next);
    if (!this.#pass(collection, run, drawn, share)) return undefined;
    // By chance none, or none but of deleted rows.
    if (drawn.order.length === 0 && !this.#pass(collection, run, drawn, 1)) return undefined;
    drawn.shuffle(this.#random);
    return drawn;
  }

  /** How many members to take of a run. */
  #members(collection: Collection): number {
    const runs = Math.max(1, collection.length / RUN_SIZE);
    const wanted = BYTES_OF_SET / runs / (collection.meanSize + BESIDE);
    return Math.max(LEAST, Math.min(MOST, wanted));
  }

  /**
   * Passes through the rows of a run and takes each with the same chance, unless it is of a deleted member.
   *
   * @returns Whether it came to the end.
   */
  #pass(collection: Collection, { bytes }: Run, drawn: Drawn, share: number): boolean {
    const { members, order, next } = drawn;
    const statement = next === undefined ? this.#lastRun : this.#run;
    const column = next === undefined ? this.#lastRunColumn : this.#runColumn;
    statement.bindInteger(1, collection.id);
    statement.bindBlob(2, bytes, 0, bytes.length);
    if (next !== undefined) statement.bindBlob(3, next.bytes, 0, next.bytes.length);
    try {
      while (statement.step()) {
        if (this.#random() >= share) continue;
        members.pushColumn(column);
        const index = members.length - 1;
        const found = this.#unwritten.find(collection, members.at(index));
        if (found !== ABSENT_ELEMENT) order.push(index);
        // Those that were taken would be the first ones rather than any.
        if (members.size > MOST_AT_ONCE) return false;
      }
      return true;
    } finally {
      statement.reset();
    }
  }
}
