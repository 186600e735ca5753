/**
 * Intersection, union and difference of sets. An absent key is an empty set, and undefined here.
 *
 * To look for a member in a set costs 1 µs, to walk past one 0.3. An intersection walks the smallest
 * set and looks into the others, so it costs what the smallest has, however large the others are. A
 * union keeps what it has seen in a table in memory. A difference looks its first set's members up
 * in the others, or walks these and strikes out what is in a table of the first, whichever is less
 * work by Redis's own estimate.
 *
 * @module
 */

import type { Collection } from "../collections/collection.ts";
import { SET_ENCODING } from "../collections/encodings.ts";
import { Registers } from "../strings/hyperloglog.ts";
import { INDEX_BITS, registerOf } from "../strings/hyperloglog_hash.ts";
import { parseInt64 } from "../values/integers.ts";
import { MemberList, MemberTable } from "../collections/member_list.ts";
import { isInteger, type Sets } from "./sets.ts";
import type { Slice } from "../values/slice.ts";

/** Sets to combine, in the order of the command's keys. */
export type Sources = readonly (Collection | undefined)[];

/** The members that come out, and those that were held in between: a stored result's encoding depends on both. */
export class Outcome {
  /** All that were collected. */
  readonly held: MemberList;
  /** The encoding a new set of them begins with. */
  readonly encoding: number;
  /** How many of them are in the result. */
  readonly length: number;
  readonly #struck: Uint8Array | undefined;

  /**
   * Holds what was collected.
   *
   * @param struck For each member whether it is out again.
   */
  constructor(
    held: MemberList,
    encoding: number = SET_ENCODING.INTSET,
    length: number = held.length,
    struck?: Uint8Array,
  ) {
    this.held = held;
    this.encoding = encoding;
    this.length = length;
    this.#struck = struck;
  }

  /** Whether the member at an index of {@linkcode held} is in the result. */
  kept(index: number): boolean {
    return this.#struck === undefined || this.#struck[index] === 0;
  }

  /** Visits the members of the result, each valid during the call. */
  each(visit: (member: Slice) => void): void {
    for (let i = 0; i < this.held.length; i++) if (this.kept(i)) visit(this.held.at(i));
  }
}

/**
 * Visits what all sets have in common, in the order of the smallest.
 *
 * @param visit Gets each member, valid during the call; returns whether to go on.
 */
export function eachCommon(
  sets: Sets,
  sources: Sources,
  visit: (member: Slice) => boolean,
): void {
  const present = sources.filter((source) => source !== undefined);
  if (present.length < sources.length) return;
  const [smallest, ...others] = [...new Set(present)].sort((a, b) => a.length - b.length);
  if (smallest === undefined) return;
  sets.eachSlice(smallest, (member) => {
    for (const other of others) if (!sets.has(other, member)) return true;
    return visit(member);
  });
}

/** What all sets have in common. */
export function intersection(sets: Sets, sources: Sources): Outcome {
  const held = new MemberList();
  let onlyIntegers = true;
  eachCommon(sets, sources, (member) => {
    held.push(member);
    onlyIntegers &&= isInteger(member);
    return true;
  });
  // Out of a listpack comes a listpack in the same order, unless an intset can hold the result.
  const lengths = sources.map((source) => source?.length ?? 0);
  const smallest = sources[lengths.indexOf(Math.min(...lengths))];
  const ordered = smallest?.encoding === SET_ENCODING.LISTPACK && !onlyIntegers;
  return new Outcome(held, ordered ? SET_ENCODING.LISTPACK : SET_ENCODING.INTSET);
}

/**
 * What any of the sets has.
 *
 * @param limit Members after which to stop.
 */
export function union(sets: Sets, sources: Sources, limit = Infinity): Outcome {
  const table = new MemberTable();
  for (const source of new Set(sources)) {
    if (source === undefined || table.list.length >= limit) continue;
    sets.eachSlice(source, (member) => {
      table.add(member);
      return table.list.length < limit;
    });
  }
  return new Outcome(table.list);
}

/** About how many members the sets have together, within 0.81 % most of the time. */
export function approximateUnion(sets: Sets, sources: Sources): number {
  const registers = new Registers();
  const { values } = registers;
  const mask = values.length - 1;
  for (const source of new Set(sources)) {
    if (source === undefined) continue;
    sets.eachSlice(source, ({ bytes, start, end }) => {
      const register = registerOf(bytes, start, end);
      const index = register & mask, value = register >> INDEX_BITS;
      if (values[index]! < value) values[index] = value;
      return true;
    });
  }
  return registers.count();
}

/** What the first set has and none of the others. */
export function difference(sets: Sets, sources: Sources): Outcome {
  const [first, ...rest] = sources;
  const held = new MemberList();
  if (first === undefined || rest.includes(first)) return new Outcome(held);
  if (!isLessToSubtract(sources)) {
    eachOnlyInFirst(sets, sources, (member) => {
      held.push(member);
      return true;
    });
    return new Outcome(held);
  }
  const table = new MemberTable();
  sets.eachSlice(first, (member) => table.add(member));
  const struck = new Uint8Array(table.list.length);
  let length = struck.length;
  for (const other of new Set(rest)) {
    if (other === undefined || length === 0) continue;
    sets.eachSlice(other, (member) => {
      const index = table.indexOf(member);
      if (index >= 0 && struck[index] === 0) {
        struck[index] = 1;
        length--;
      }
      return length > 0;
    });
  }
  return new Outcome(table.list, SET_ENCODING.INTSET, length, struck);
}

/**
 * How many members the first set has that are in none of the others.
 *
 * @param limit Members after which to stop counting.
 */
export function countDifference(sets: Sets, sources: Sources, limit: number): number {
  const [first, ...rest] = sources;
  if (first === undefined || rest.includes(first)) return 0;
  // Only one of the two ways can stop early.
  if (limit === Infinity && isLessToSubtract(sources)) return difference(sets, sources).length;
  let count = 0;
  eachOnlyInFirst(sets, sources, () => ++count < limit);
  return count;
}

/** Whether to walk the other sets is less work than to look into them. */
function isLessToSubtract(sources: Sources): boolean {
  const present = sources.filter((source) => source !== undefined);
  const total = present.reduce((sum, { length }) => sum + length, 0);
  return present[0]!.length * present.length / 2 > total;
}

/** Visits the first set's members that are in none of the others, by looking for each of them there. */
function eachOnlyInFirst(
  sets: Sets,
  [first, ...rest]: Sources,
  visit: (member: Slice) => boolean,
): void {
  if (first === undefined) return;
  // The largest is the likeliest to have a member.
  const others = [...new Set(rest.filter((source) => source !== undefined))]
    .sort((a, b) => b.length - a.length);
  sets.eachSlice(first, (member) => {
    for (const other of others) if (sets.has(other, member)) return true;
    return visit(member);
  });
}

/** Whether all sets there are are intsets: what comes of them is told in the order of numbers. */
export function areIntsets(sources: Sources): boolean {
  return sources.every((source) => source === undefined || source.encoding === SET_ENCODING.INTSET);
}

/** Integers in ascending order. */
export function inNumericOrder(integers: Outcome): MemberList {
  const indexes: { index: number; value: number | bigint }[] = [];
  for (let index = 0; index < integers.held.length; index++) {
    const { bytes, start, end } = integers.held.at(index);
    indexes.push({ index, value: parseInt64(bytes, start, end) ?? 0 });
  }
  indexes.sort((a, b) => a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
  const sorted = new MemberList();
  for (const { index } of indexes) sorted.push(integers.held.at(index));
  return sorted;
}
