/**
 * Ranges of sorted sets: by rank, by score and by member.
 *
 * The elements of a sorted set are in the order of score and member, which is that of the index
 * `zsets_by_score`: all of it is read from there. A range by score or member becomes a
 * {@linkcode Span} between two positions of that order, which one statement walks, counts or
 * deletes. Ranks become positions, and positions ranks, by the counted runs of {@linkcode Order}:
 * so a count is the difference of two ranks, and a large offset is no walk.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "../collections/collection.ts";
import { ZSET_ENCODING } from "../collections/encodings.ts";
import { Column } from "../values/column.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import { Order } from "../collections/order.ts";
import type { Run } from "../collections/runs.ts";
import { type Stretch, stretchOf } from "./mixed_scores.ts";
import { SQL } from "./range_statements.ts";
import { scoreAt } from "./scores.ts";
import { Slice } from "../values/slice.ts";
import {
  after,
  bindSpan,
  END,
  type MemberRange,
  memberSpan,
  type Position,
  type ScoreRange,
  scoreSpan,
  type Span,
  START,
} from "./positions.ts";

/** Rows that a walk reads by one run of its statement: drivers without cursors hold them all. */
const PAGE = 4096;
/** Rows that are skipped one by one; what is farther is found by its rank. */
const NEAR = 512;

const NO_BYTES = new Uint8Array(0);

/** Takes one element. The column is valid until the visit ends; `false` ends the walk. */
export type ElementVisitor = (member: Column, score: number) => void | boolean;

/** The ranges of sorted sets. */
export class SortedSetRanges {
  /** Ranks. */
  readonly order: Order;
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #scores: Statement;
  readonly #forward: Statement;
  readonly #backward: Statement;
  readonly #elementAt: Statement;
  readonly #count: Statement;
  readonly #delete: Statement;
  readonly #scoresMember: Column;
  readonly #forwardMember: Column;
  readonly #backwardMember: Column;

  /** Takes the engine whose tables they are in, and the keys. */
  constructor(engine: Engine, keyspace: Keyspace) {
    this.#engine = engine;
    this.#keyspace = keyspace;
    this.#scores = engine.prepare(SQL.scores);
    this.#forward = engine.prepare(SQL.forward);
    this.#backward = engine.prepare(SQL.backward);
    this.#elementAt = engine.prepare(SQL.elementAt);
    this.#count = engine.prepare(SQL.count);
    this.#delete = engine.prepare(SQL.delete);
    this.#scoresMember = new Column(this.#scores, 0);
    this.#forwardMember = new Column(this.#forward, 0);
    this.#backwardMember = new Column(this.#backward, 0);
    this.order = new Order(keyspace.collections, {
      elementAt: (id, from, offset) => this.#elementAfter(id, from, offset),
      countBetween: (id, fromNumber, fromBytes, number, bytes) =>
        this.#countBetween(id, fromNumber, fromBytes, number, bytes),
      complete: (collection) => keyspace.unwrittenElements.settleOf(collection),
    });
  }

  #elementAfter(id: number, from: Run, offset: number): { number: number; bytes: Uint8Array } {
    const statement = this.#elementAt;
    statement.bindInteger(1, id);
    statement.bindReal(2, from.number);
    statement.bindBlob(3, from.bytes, 0, from.bytes.length);
    statement.bindInteger(4, offset);
    if (!statement.step()) {
      statement.reset();
      throw new Error(`the runs of the sorted set ${id} count more than it has`);
    }
    const element = { number: statement.columnNumber(1), bytes: statement.columnBlob(0) };
    statement.reset();
    return element;
  }

  #countBetween(
    id: number,
    fromNumber: number,
    fromBytes: Uint8Array,
    number: number,
    { bytes, start, end }: Slice,
  ): number {
    const statement = this.#count;
    statement.bindInteger(1, id);
    statement.bindReal(2, fromNumber);
    statement.bindBlob(3, fromBytes, 0, fromBytes.length);
    statement.bindReal(4, number);
    statement.bindBlob(5, bytes, start, end);
    statement.step();
    const count = statement.columnNumber(0);
    statement.reset();
    return count;
  }

  /** The span of a range of scores. */
  ofScores(range: ScoreRange): Span {
    return scoreSpan(range);
  }

  /** The span of a range of members, undefined if their scores differ. */
  #ofMembers(collection: Collection, range: MemberRange): Span | undefined {
    this.#engine.read();
    if (range.min === "-" && range.max === "+") return memberSpan(range, 0);
    this.#keyspace.unwrittenElements.settleOf(collection);
    const { number } = this.#elementAfter(collection.id, FIRST, 0);
    let last = number;
    this.#walk(collection, ALL, true, 0, 1, (_, score) => {
      last = score;
    });
    return last === number ? memberSpan(range, number) : undefined;
  }

  /** The ranks of a range of members of different scores. */
  #stretch(collection: Collection, range: MemberRange, reverse = false, offset = 0): Stretch {
    let memberAt = (rank: number) => {
      const { run, offset } = this.order.at(collection, rank);
      return this.#elementAfter(collection.id, run, offset).bytes;
    };
    if (collection.encoding === ZSET_ENCODING.LISTPACK) {
      const members: Uint8Array[] = [];
      this.#walk(collection, ALL, false, 0, Infinity, (member) => {
        members.push(member.copy());
      });
      memberAt = (rank) => members[rank] ?? NO_BYTES;
    }
    return stretchOf(collection, range, memberAt, reverse, offset);
  }

  /** Visits the elements of a range of members, as {@linkcode visit} does those of a span. */
  visitMembers(
    collection: Collection,
    range: MemberRange,
    reverse: boolean,
    offset: number,
    limit: number,
    visit: ElementVisitor,
  ): number {
    const span = this.#ofMembers(collection, range);
    if (span !== undefined) return this.visit(collection, span, reverse, offset, limit, visit);
    const { from, to } = this.#stretch(collection, range, reverse, offset);
    const count = Math.min(limit, to - from);
    return this.visitRanks(collection, reverse ? to - 1 : from, count, reverse, visit);
  }

  /** How many elements a range of members has. */
  countMembers(collection: Collection, range: MemberRange): number {
    const span = this.#ofMembers(collection, range);
    if (span !== undefined) return this.count(collection, span);
    const { from, to } = this.#stretch(collection, range);
    return to - from;
  }

  /** Deletes the elements of a range of members, as {@linkcode remove} does those of a span. */
  removeMembers(
    db: number,
    key: Slice,
    collection: Collection,
    range: MemberRange,
    event: string,
  ): number {
    const span = this.#ofMembers(collection, range);
    if (span !== undefined) return this.remove(db, key, collection, span, event);
    const { from, to } = this.#stretch(collection, range);
    this.removeRanks(db, key, collection, from, to, event);
    return to - from;
  }

  /** The span of the ranks from `from` up to `to`. */
  #ofRanks(collection: Collection, from: number, to: number): Span {
    return { from: this.#position(collection, from), to: this.#position(collection, to) };
  }

  /** The position of a rank. */
  #position(collection: Collection, rank: number): Position {
    if (rank <= 0) return START;
    if (rank >= collection.length) return END;
    const { run, offset } = this.order.at(collection, rank);
    const { number, bytes } = this.#elementAfter(collection.id, run, offset);
    return { score: number, member: bytes };
  }

  /** How many elements are before a position. */
  #rank(collection: Collection, { score, member }: Position): number {
    if (score === undefined) return collection.length;
    if (score === -Infinity && member.length === 0) return 0;
    return this.order.rank(collection, score, new Slice(member));
  }

  /** How many elements a span has. */
  count(collection: Collection, span: Span): number {
    this.#engine.read();
    return Math.max(0, this.#rank(collection, span.to) - this.#rank(collection, span.from));
  }

  /**
   * Visits the elements of a span.
   *
   * @param reverse From the last one on.
   * @param offset Elements to skip.
   * @param limit Most elements to visit.
   * @returns How many were visited.
   */
  visit(
    collection: Collection,
    span: Span,
    reverse: boolean,
    offset: number,
    limit: number,
    visit: ElementVisitor,
  ): number {
    this.#engine.read();
    if (offset <= NEAR) return this.#walk(collection, span, reverse, offset, limit, visit);
    const first = this.#rank(collection, span.from);
    const last = this.#rank(collection, span.to) - 1;
    const left = Math.max(0, last - first + 1 - offset);
    const start = reverse ? last - offset : first + offset;
    return this.visitRanks(collection, start, Math.min(limit, left), reverse, visit);
  }

  /**
   * Visits the elements from one score on up to another, in half of the time that {@linkcode visit}
   * takes for the same: for those that look at many short ranges. A score of -0 comes as 0.
   *
   * @param min The least score.
   * @param max The least score that is too much.
   * @param limit Most elements to visit; a driver without cursors reads as many.
   */
  visitScores(
    collection: Collection,
    min: number,
    max: number,
    limit: number,
    visit: ElementVisitor,
  ): void {
    this.#engine.read();
    this.#keyspace.unwrittenElements.settleOf(collection);
    const statement = this.#scores;
    statement.bindInteger(1, collection.id);
    statement.bindReal(2, min);
    statement.bindReal(3, max);
    statement.bindInteger(4, limit);
    try {
      while (statement.step() && visit(this.#scoresMember, statement.columnNumber(1)) !== false);
    } finally {
      statement.reset();
    }
  }

  /**
   * Visits elements by rank.
   *
   * @param start The rank of the first one.
   * @param count How many; there must be that many.
   * @param reverse Towards the lower ranks.
   * @returns `count`.
   */
  visitRanks(
    collection: Collection,
    start: number,
    count: number,
    reverse: boolean,
    visit: ElementVisitor,
  ): number {
    if (count <= 0) return 0;
    this.#engine.read();
    if (reverse) {
      const fromEnd = collection.length - 1 - start;
      const near = fromEnd <= NEAR;
      const to = near ? END : this.#position(collection, start + 1);
      return this.#walk(collection, { from: START, to }, true, near ? fromEnd : 0, count, visit);
    }
    const { run, offset } = this.order.at(collection, start);
    const from = { score: run.number, member: run.bytes };
    return this.#walk(collection, { from, to: END }, false, offset, count, visit);
  }

  /**
   * Visits the elements of some ranks, in their order.
   *
   * @param ranks Ascending; an element is visited as often as its rank is there.
   */
  visitEach(collection: Collection, ranks: ArrayLike<number>, visit: ElementVisitor): void {
    this.#engine.read();
    for (let i = 0; i < ranks.length;) {
      let rank = ranks[i]!;
      const { run, offset } = this.order.at(collection, rank);
      const from = { score: run.number, member: run.bytes };
      // All that are in the same run are found by one walk.
      const end = collection.hasRuns ? rank - offset + run.count : collection.length;
      let last = i;
      while (last + 1 < ranks.length && ranks[last + 1]! < end) last++;
      const count = ranks[last]! - rank + 1;
      this.#walk(collection, { from, to: END }, false, offset, count, (member, score) => {
        for (; ranks[i] === rank; i++) visit(member, score);
        rank++;
      });
    }
  }

  #walk(
    collection: Collection,
    { from, to }: Span,
    reverse: boolean,
    offset: number,
    limit: number,
    visit: ElementVisitor,
  ): number {
    const { id } = collection;
    this.#keyspace.unwrittenElements.settleOf(collection);
    const statement = reverse ? this.#backward : this.#forward;
    const member = reverse ? this.#backwardMember : this.#forwardMember;
    let visited = 0;
    while (visited < limit) {
      const page = Math.min(PAGE, limit - visited);
      let rows = 0;
      let next: Position | undefined;
      bindSpan(statement, id, from, to);
      statement.bindInteger(6, page);
      statement.bindInteger(7, offset);
      try {
        while (statement.step()) {
          const score = scoreAt(statement, 1);
          if (++rows === PAGE) next = { score: score + 0, member: statement.columnBlob(0) };
          if (visit(member, score) === false) return visited + rows;
        }
      } finally {
        statement.reset();
      }
      visited += rows;
      if (next === undefined) return visited;
      if (reverse) to = next;
      else from = after(next);
      offset = 0;
    }
    return visited;
  }

  /**
   * Deletes the elements of a span, and the key if no other is left.
   *
   * @param event What is told of it.
   * @returns How many there were.
   */
  remove(db: number, key: Slice, collection: Collection, span: Span, event: string): number {
    this.#engine.read();
    const from = this.#rank(collection, span.from);
    const to = this.#rank(collection, span.to);
    this.#remove(db, key, collection, span, from, to, event);
    return Math.max(0, to - from);
  }

  /** Deletes the elements of the ranks from `from` up to `to`, and the key if no other is left. */
  removeRanks(
    db: number,
    key: Slice,
    collection: Collection,
    from: number,
    to: number,
    event: string,
  ): void {
    this.#engine.read();
    const span = this.#ofRanks(collection, from, to);
    this.#remove(db, key, collection, span, from, to, event);
  }

  #remove(
    db: number,
    key: Slice,
    collection: Collection,
    { from, to }: Span,
    fromRank: number,
    toRank: number,
    event: string,
  ): void {
    const count = toRank - fromRank;
    if (count <= 0) return;
    this.#keyspace.changed(db, key, event);
    // With its last element goes the key, whose elements go by the slice if they are many.
    if (count === collection.length) return this.#keyspace.removeEmpty(db, key, collection);
    this.#keyspace.unwrittenElements.releaseAll(collection);
    const statement = this.#delete;
    bindSpan(statement, collection.id, from, to);
    statement.run();
    collection.length -= count;
    this.#keyspace.collections.changed(collection);
    this.order.removedRanks(collection, fromRank, toRank);
  }
}

/** All elements. */
const ALL: Span = { from: START, to: END };
/** The run that starts before everything. */
const FIRST: Run = { number: -Infinity, bytes: NO_BYTES, count: 0, dirty: false };
