/**
 * The elements at the ends of sorted sets that are popped one after the other, read ahead: the lowest,
 * or the highest, up to a bound. Whatever comes or goes before the bound does so in them, too, so the
 * next to pop is the first of them, whether rows of those before are deleted yet or not.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection, ReadAhead } from "../collections/collection.ts";
import { MemberList } from "../collections/member_list.ts";
import { MOST_AT_ONCE, ReadAheads } from "../collections/read_ahead.ts";
import { ABSENT_ELEMENT, type UnwrittenElements } from "../collections/unwritten.ts";
import { compareBytes, type Slice } from "../values/slice.ts";
import { after, END, type Position, START } from "./positions.ts";
import type { SortedSetRanges } from "./ranges.ts";

/** Elements read at first, and at most; four times as many each time. */
const FIRST = 4, MOST = 256;
/** Members that came before the bound after which what was read is read anew. */
const MOST_MEMBERS = 4096;
/** Bytes of an element beside its member. */
const BESIDE = 24;

const NO_MEMBERS = new MemberList();

/** The elements at one end, the next to pop first. */
class End {
  /** Elements to read next time. */
  size = FIRST;
  /** Bytes that what was read takes. */
  bytes = 0;
  /** Where what was read ends: the last of it, undefined if nothing was read; then nothing is known. */
  bound: Position | undefined;
  /** Whether everything was read. */
  complete = false;
  /** Where they stand in the list of members. */
  readonly #order: number[] = [];
  #head = 0;
  #members = NO_MEMBERS;
  #scores: number[] = [];
  readonly #sign: number;

  /** @param last Whether it is that of the highest. */
  constructor(last: boolean) {
    this.#sign = last ? -1 : 1;
  }

  /** How many are there. */
  get length(): number {
    return this.#order.length - this.#head;
  }

  /** Begins anew behind the bound. @returns What takes the members, whose scores are for {@linkcode push}. */
  refill(): MemberList {
    this.#order.length = this.#head = 0;
    this.#scores = [];
    return this.#members = new MemberList();
  }

  /** Has the last of the members be the last of all. */
  push(score: number): void {
    const index = this.#members.length - 1;
    this.#scores[index] = score;
    this.#order.push(index);
  }

  clear(): void {
    this.#order.length = this.#head = 0;
    this.#scores = [];
    this.#members = NO_MEMBERS;
    this.bound = undefined;
    this.complete = false;
    this.size = FIRST;
  }

  /** The score of the first one; `member` is set to its bytes, which stay. */
  first(member: Slice): number {
    const index = this.#order[this.#head];
    if (index === undefined) throw new Error("nothing was read of a sorted set");
    const { bytes, start, end } = this.#members.at(index);
    member.set(bytes, start, end);
    return this.#scores[index]!;
  }

  added(score: number, member: Slice): void {
    if (!this.#holds(score, member)) return;
    if (this.#members.length >= MOST_MEMBERS) return this.clear();
    const at = this.#indexOf(score, member);
    this.#members.push(member);
    const index = this.#members.length - 1;
    this.#scores[index] = score;
    this.#order.splice(at, 0, index);
  }

  removed(score: number, member: Slice): void {
    // As a rule it is the one that was popped.
    const first = this.#order[this.#head];
    if (first !== undefined && this.#scores[first] === score) {
      if (this.#members.compareTo(first, member) === 0) {
        this.#head++;
        return;
      }
    }
    if (!this.#holds(score, member)) return;
    const at = this.#indexOf(score, member);
    if (at === this.#head) this.#head++;
    else this.#order.splice(at, 1);
  }

  /** Whether an element of this score and member is in what was read, if it is there at all. */
  #holds(score: number, member: Slice): boolean {
    const { bound } = this;
    if (this.complete) return true;
    if (bound?.score === undefined) return false;
    const difference = bound.score - score || compareBytes(bound.member, member);
    return difference * this.#sign >= 0;
  }

  /** The index in the order of the first that is not before an element. */
  #indexOf(score: number, member: Slice): number {
    const order = this.#order;
    let low = this.#head, high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1, index = order[middle]!;
      const difference = this.#scores[index]! - score || this.#members.compareTo(index, member);
      if (difference * this.#sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Both ends of a sorted set. */
class Ends implements ReadAhead {
  lowest: End | undefined;
  highest: End | undefined;

  added(score: number, member: Slice): void {
    this.lowest?.added(score, member);
    this.highest?.added(score, member);
  }

  removed(score: number, member: Slice): void {
    this.lowest?.removed(score, member);
    this.highest?.removed(score, member);
  }

  clear(): void {
    this.lowest?.clear();
    this.highest?.clear();
  }
}

/** The ends of all sorted sets. */
export class SortedSetEnds {
  readonly #engine: Engine;
  readonly #unwritten: UnwrittenElements;
  readonly #ranges: SortedSetRanges;
  readonly #aheads: ReadAheads<Ends>;

  /** Takes where elements are held back, and the ranges that ends are read by. */
  constructor(engine: Engine, unwritten: UnwrittenElements, ranges: SortedSetRanges) {
    this.#engine = engine;
    this.#unwritten = unwritten;
    this.#ranges = ranges;
    this.#aheads = new ReadAheads(engine, () => new Ends());
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
    if (end.length === 0) this.#read(collection, end, last);
    return end.first(member);
  }

  #read(collection: Collection, end: End, last: boolean): void {
    this.#engine.read();
    // Rows of what was popped are before the bound; without one they must be gone.
    if (end.bound === undefined || collection.held?.lacksRows) {
      this.#unwritten.settleOf(collection);
    }
    const members = end.refill();
    while (end.length === 0) {
      const { bound, size } = end;
      if (end.complete) {
        throw new Error(`sorted set ${collection.id} has fewer elements than it counts`);
      }
      const from = last || bound === undefined ? START : after(bound);
      const to = last && bound !== undefined ? bound : END;
      let score = 0, cut = false;
      const read = this.#ranges.visitRows(collection, { from, to }, last, size, (column, found) => {
        members.pushColumn(column);
        score = found;
        const absent = this.#unwritten.find(collection, members.at(members.length - 1));
        if (absent !== ABSENT_ELEMENT) end.push(found);
        cut = members.size > MOST_AT_ONCE;
        return !cut;
      });
      if (read < size && !cut) end.complete = true;
      else end.bound = { score: score + 0, member: members.at(members.length - 1).copy() };
      end.size = Math.min(MOST, 4 * size);
    }
    const bytes = members.size + members.length * BESIDE;
    this.#aheads.grown(collection, bytes - end.bytes);
    end.bytes = bytes;
  }
}
