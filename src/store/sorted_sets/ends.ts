/**
 * The elements at the ends of sorted sets that are popped one after the other, read ahead: the lowest,
 * or the highest, up to a bound. What comes next are the first of the rows behind the bound and of the
 * elements that are held back, whose rows may be missing or have other scores; those of what was popped
 * may be there still. So nothing need be written for it.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection } from "../collections/collection.ts";
import { MOST_AT_ONCE, ReadAheads } from "../collections/read_ahead.ts";
import { RowWalk } from "../collections/row_walk.ts";
import { ABSENT_ELEMENT, type UnwrittenElements } from "../collections/unwritten.ts";
import { Slice } from "../values/slice.ts";
import { End, Ends } from "./end.ts";
import { after, bindSpan, END, type Position, START } from "./positions.ts";
import { SQL } from "./range_statements.ts";
import { heldScore, scoreAt } from "./scores.ts";

/** Elements of the same score that are held back, at most: with more of them all are written. */
const MOST_ALIKE = 4096;

/** Finds the score of a member, undefined if it is not there. */
type ScoreOf = (collection: Collection, member: Slice) => number | undefined;

/** The ends of all sorted sets. */
export class SortedSetEnds {
  readonly #engine: Engine;
  readonly #unwritten: UnwrittenElements;
  readonly #scoreOf: ScoreOf;
  readonly #forward: RowWalk;
  readonly #backward: RowWalk;
  readonly #aheads: ReadAheads<Ends>;
  /** Elements that are held back and come next, in their order: their keys in the heap, and their places. */
  readonly #keys: number[] = [];
  readonly #places: number[] = [];
  readonly #element = new Slice();

  /** Takes where elements are held back, and what finds the score of one. */
  constructor(engine: Engine, unwritten: UnwrittenElements, scoreOf: ScoreOf) {
    this.#engine = engine;
    this.#unwritten = unwritten;
    this.#scoreOf = scoreOf;
    this.#forward = new RowWalk(engine, SQL.forward);
    this.#backward = new RowWalk(engine, SQL.backward);
    this.#aheads = new ReadAheads(
      engine,
      (collection) =>
        new Ends(collection, unwritten, (bytes) => this.#aheads.grown(collection, bytes)),
    );
  }

  /**
   * The element at an end of a sorted set, which has some; who calls deletes it.
   *
   * @param member Is set to its member, whose bytes stay until the next call.
   * @returns Its score.
   */
  first(collection: Collection, last: boolean, member: Slice): number {
    const ends = this.#aheads.of(collection);
    const end = last ? ends.highest ??= new End(true) : ends.lowest ??= new End(false);
    if (end.length === 0) this.#read(collection, end);
    return end.first(member);
  }

  #read(collection: Collection, end: End): void {
    this.#engine.read();
    try {
      if (!end.knowsBehind) this.#gather(collection, end);
      do {
        if (end.complete) {
          throw new Error(`sorted set ${collection.id} has fewer elements than it counts`);
        }
        this.#readOn(collection, end);
      } while (end.length === 0);
    } catch (error) {
      end.clear();
      throw error;
    }
    this.#aheads.grown(collection, end.grown());
  }

  /** Has an end know all elements behind its bound that are held back. */
  #gather(collection: Collection, end: End): void {
    const { behind, sign } = end;
    const unwritten = this.#unwritten, element = this.#element;
    behind.clear();
    end.knowsBehind = true;
    if (!collection.held?.lacksRows) return;
    unwritten.eachHeld(collection, (place) => {
      const value = unwritten.heldAt(collection, place, element);
      if (value === undefined) return;
      const score = heldScore(value);
      if (!end.holds(score, element)) behind.push(sign * score, place);
    });
  }

  /** Moves the bound: what comes next are rows and elements that are held back, as they follow on each other. */
  #readOn(collection: Collection, end: End): void {
    const { bound, size, sign, members } = end;
    const count = this.#takeHeld(collection, end);
    // Of those in the heap none comes before that.
    const last = end.behind.length > 0 ? this.#positionAt(collection, count - 1, sign) : undefined;
    let from = START, to = END;
    if (bound !== undefined) sign > 0 ? from = after(bound) : to = bound;
    if (last !== undefined) sign > 0 ? to = after(last) : from = last;
    const beside = this.#unwritten.othersSeeRows;
    let rows = 0, row = 0, score = 0, next = 0, cut = false;
    (sign > 0 ? this.#forward : this.#backward).each(
      beside,
      (statement) => {
        bindSpan(statement, collection.id, from, to);
        statement.bindInteger(6, size);
        statement.bindInteger(7, 0);
      },
      () => {
        end.refill();
        rows = next = 0;
      },
      (member, statement) => {
        rows++;
        row = members.length;
        members.pushColumn(member);
        score = scoreAt(statement, 1);
        next = this.#pushHeld(collection, end, next, count, row, score);
        if (this.#isThere(collection, members.at(row), score, beside)) end.push(row, score);
        cut = members.size > MOST_AT_ONCE;
        return !cut;
      },
    );
    if (rows < size && !cut) {
      this.#pushHeld(collection, end, next, count);
      if (last === undefined) end.complete = true;
      else end.bound = last;
    } else {
      for (; next < count; next++) end.behind.push(this.#keys[next]!, this.#places[next]!);
      end.bound = { score: score + 0, member: members.at(row).copy() };
    }
    end.expectMore();
  }

  /**
   * Takes elements out of the heap, as many as are to be read and all that have the score of the last.
   *
   * @returns How many.
   */
  #takeHeld(collection: Collection, end: End): number {
    const { behind, size, sign } = end;
    const keys = this.#keys, places = this.#places, element = this.#element;
    let count = 0;
    while (behind.length > 0) {
      const { key, place } = behind;
      if (count >= size && key !== keys[count - 1]) break;
      behind.shift();
      const value = this.#unwritten.heldAt(collection, place, element);
      const score = value === undefined ? NaN : heldScore(value);
      if (sign * score !== key || end.holds(score, element)) continue;
      keys[count] = key;
      places[count++] = place;
      if (count <= MOST_ALIKE) continue;
      this.#unwritten.settleOf(collection);
      behind.clear();
      return 0;
    }
    for (let from = 0, to = 0; from < count; from = to) {
      while (to < count && keys[to] === keys[from]) to++;
      if (to - from > 1) this.#sortAlike(from, to, sign);
    }
    return count;
  }

  /** Puts elements of the same score into the order of their members. */
  #sortAlike(from: number, to: number, sign: number): void {
    const places = this.#places, unwritten = this.#unwritten;
    const alike = places.slice(from, to).sort((a, b) => sign * unwritten.compareAt(a, b));
    for (const place of alike) places[from++] = place;
  }

  #positionAt(collection: Collection, index: number, sign: number): Position {
    this.#unwritten.heldAt(collection, this.#places[index]!, this.#element);
    return { score: sign * this.#keys[index]! + 0, member: this.#element.copy() };
  }

  /**
   * Has elements that are held back be the last ones, up to a row, if there is one.
   *
   * @param next The first of them that is not there yet.
   * @param row Where the member of the row is.
   * @returns The next one: that of the row is passed over.
   */
  #pushHeld(
    collection: Collection,
    end: End,
    next: number,
    count: number,
    row = -1,
    score = 0,
  ): number {
    const { members, sign } = end;
    const places = this.#places, element = this.#element;
    for (; next < count; next++) {
      const place = places[next]!;
      if (next > 0 && place === places[next - 1]) continue;
      const value = this.#unwritten.heldAt(collection, place, element);
      if (value === undefined) continue;
      if (row !== -1) {
        const difference = this.#keys[next]! - sign * score ||
          -sign * members.compareTo(row, element);
        if (difference > 0) break;
        if (difference === 0) continue;
      }
      const found = heldScore(value);
      members.push(element);
      end.push(members.length - 1, found);
    }
    return next;
  }

  /**
   * Whether an element whose row was read is there, with its score.
   *
   * @param beside Whether it was read by the second connection.
   */
  #isThere(collection: Collection, member: Slice, score: number, beside: boolean): boolean {
    const found = this.#unwritten.find(collection, member);
    if (found !== undefined) return found !== ABSENT_ELEMENT && heldScore(found) === score;
    if (!beside || !this.#unwritten.mayHaveChanged(collection, member)) return true;
    return this.#scoreOf(collection, member) === score;
  }
}
