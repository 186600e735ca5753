/**
 * The elements at one end of a sorted set, in the order in which they are popped, up to a bound. What
 * comes or goes before the bound does so in them, too. Behind it are rows, and elements that are held
 * back: a heap of those serves to find the first ones without a look at all.
 *
 * @module
 */

import type { Collection, ReadAhead } from "../collections/collection.ts";
import { MemberList } from "../collections/member_list.ts";
import type { UnwrittenElements } from "../collections/unwritten.ts";
import { compareBytes, type Slice } from "../values/slice.ts";
import { HeldHeap } from "./held_heap.ts";
import type { Position } from "./positions.ts";

/** Elements read at first, and at most; four times as many each time. */
const FIRST = 4, MOST = 256;
/** Members that came before the bound after which no more are known than were read at most. */
const MOST_MEMBERS = 4096;
/** Elements that the heap may have beside twice as many as are held back: some are there no more, or are written. */
const SPARE = 1024;
/** Bytes of an element beside its member. */
const BESIDE = 24;

/** One end, the next element to pop first. */
export class End {
  /** 1 for that of the lowest, -1 for that of the highest. */
  readonly sign: number;
  /** Elements to read next time. */
  size = FIRST;
  /** Where what is known ends: an element of it, or the last that was; undefined if nothing is known. */
  bound: Position | undefined;
  /** Whether all elements are known. */
  complete = false;
  /** Elements behind the bound that are held back, by the scores times {@linkcode sign}. */
  readonly behind = new HeldHeap();
  /** Whether those are all. */
  knowsBehind = false;
  /** Where they stand in the list of members. */
  #order: number[] = [];
  #head = 0;
  /** Those that were read, and those that have come since; not all are there. */
  #members = new MemberList();
  #scores: number[] = [];
  #bytes = 0;

  /** @param last Whether it is that of the highest. */
  constructor(last: boolean) {
    this.sign = last ? -1 : 1;
  }

  /** How many are there. */
  get length(): number {
    return this.#order.length - this.#head;
  }

  /** Members that were read, and their bytes. */
  get members(): MemberList {
    return this.#members;
  }

  /** Begins anew behind the bound: {@linkcode members} takes what comes. */
  refill(): void {
    this.#order.length = this.#scores.length = this.#head = 0;
    this.#members.clear();
  }

  /** Has one of the members be the last of all. */
  push(index: number, score: number): void {
    this.#scores[index] = score;
    this.#order.push(index);
  }

  /** More is expected to be popped. */
  expectMore(): void {
    this.size = Math.min(MOST, 4 * this.size);
  }

  /** By how many bytes what is there has grown since it was asked last. */
  grown(): number {
    const before = this.#bytes;
    this.#bytes = this.#members.size + this.#members.length * BESIDE + this.behind.room;
    return this.#bytes - before;
  }

  /** Forgets all that is known. */
  clear(): void {
    this.refill();
    this.forgetBehind();
    this.bound = undefined;
    this.complete = false;
    this.size = FIRST;
  }

  /** Forgets what is known of elements behind the bound. */
  forgetBehind(): void {
    this.behind.clear();
    this.knowsBehind = false;
  }

  /** The score of the first one; `member` is set to its bytes, which stay until the next call. */
  first(member: Slice): number {
    const index = this.#order[this.#head];
    if (index === undefined) throw new Error("nothing was read of a sorted set");
    const { bytes, start, end } = this.#members.at(index);
    member.set(bytes, start, end);
    return this.#scores[index]!;
  }

  /** An element has come. @returns Whether it is behind the bound, and to be told of by {@linkcode addedBehind}. */
  added(score: number, member: Slice): boolean {
    if (!this.holds(score, member)) return this.knowsBehind;
    if (this.#members.length >= MOST_MEMBERS) {
      this.#shorten();
      if (!this.holds(score, member)) return false;
    }
    const at = this.#indexOf(score, member);
    this.#members.push(member);
    const index = this.#members.length - 1;
    this.#scores[index] = score;
    this.#order.splice(at, 0, index);
    return false;
  }

  /**
   * An element that has come is held back, behind the bound.
   *
   * @param place Of its record.
   * @param held How many are held back.
   * @returns Whether more memory or less is taken than before.
   */
  addedBehind(score: number, place: number, held: number): boolean {
    const { room } = this.behind;
    if (this.behind.length >= SPARE + 2 * held) this.forgetBehind();
    else this.behind.push(this.sign * score, place);
    return this.behind.room !== room;
  }

  /** An element has gone. */
  removed(score: number, member: Slice): void {
    // As a rule it is the one that was popped.
    const first = this.#order[this.#head];
    if (first !== undefined && this.#scores[first] === score) {
      if (this.#members.compareTo(first, member) === 0) {
        this.#head++;
        return;
      }
    }
    if (!this.holds(score, member)) return;
    const at = this.#indexOf(score, member);
    if (at === this.#head) this.#head++;
    else this.#order.splice(at, 1);
  }

  /** Whether an element of this score and member is known, if it is there at all. */
  holds(score: number, member: Slice): boolean {
    const { bound } = this;
    if (this.complete) return true;
    if (bound?.score === undefined) return false;
    const difference = bound.score - score || compareBytes(bound.member, member);
    return difference * this.sign >= 0;
  }

  /** Forgets the members that are gone, and all elements but the first ones. */
  #shorten(): void {
    const order = this.#order, members = new MemberList(), scores: number[] = [];
    const end = Math.min(order.length, this.#head + MOST);
    for (let at = this.#head; at < end; at++) {
      members.push(this.#members.at(order[at]!));
      scores.push(this.#scores[order[at]!]!);
    }
    if (end < order.length) {
      const last = members.length - 1;
      this.bound = { score: scores[last]! + 0, member: members.at(last).copy() };
      this.complete = false;
      this.forgetBehind();
    }
    this.#order = scores.map((_, index) => index);
    this.#head = 0;
    this.#members = members;
    this.#scores = scores;
  }

  /** The index in the order of the first that is not before an element. */
  #indexOf(score: number, member: Slice): number {
    const order = this.#order;
    let low = this.#head, high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1, index = order[middle]!;
      const difference = this.#scores[index]! - score || this.#members.compareTo(index, member);
      if (difference * this.sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Both ends of a sorted set. */
export class Ends implements ReadAhead {
  lowest: End | undefined;
  highest: End | undefined;
  readonly #collection: Collection;
  readonly #unwritten: UnwrittenElements;
  readonly #grown: (bytes: number) => void;

  /**
   * Those of a sorted set, whose elements may be held back.
   *
   * @param grown Is told of the bytes that they take more than before.
   */
  constructor(
    collection: Collection,
    unwritten: UnwrittenElements,
    grown: (bytes: number) => void,
  ) {
    this.#collection = collection;
    this.#unwritten = unwritten;
    this.#grown = grown;
  }

  added(score: number, member: Slice): void {
    if (this.lowest !== undefined) this.#added(this.lowest, score, member);
    if (this.highest !== undefined) this.#added(this.highest, score, member);
  }

  #added(end: End, score: number, member: Slice): void {
    if (!end.added(score, member)) return;
    const place = this.#unwritten.placeOf(this.#collection, member);
    if (place === -1) return;
    const held = this.#unwritten.heldCount(this.#collection);
    if (end.addedBehind(score, place, held)) this.#grown(end.grown());
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
