/**
 * Ranges of members where the scores differ, for which Redis documents nothing but answers all the
 * same: it looks for the first member that is not before the range, in the order of scores, and
 * goes on until one comes after it.
 *
 * Where Redis has a listpack it looks at one element after the other, and so does this. Where it
 * has a skip list it leaps over elements, at random: its answer is certain only if the members are
 * in the order of their scores. Then a search by halves finds the same, and takes no longer.
 *
 * @module
 */

import type { Collection } from "../collections/collection.ts";
import { ZSET_ENCODING } from "../collections/encodings.ts";
import { compareBytes } from "../values/slice.ts";
import type { MemberBound, MemberRange } from "./positions.ts";

/** The ranks from `from` up to `to`; none if they are the same. */
export interface Stretch {
  /** The first. */
  readonly from: number;
  /** The one after the last. */
  readonly to: number;
}

const NOTHING: Stretch = { from: 0, to: 0 };

/** Finds the member of a rank. */
export type MemberAt = (rank: number) => Uint8Array;

/**
 * The ranks of a range of members.
 *
 * @param reverse Looked for from the end on.
 * @param offset Elements that are skipped at the side where the range begins.
 */
export function stretchOf(
  { length, encoding }: Collection,
  { min, max }: MemberRange,
  memberAt: MemberAt,
  reverse: boolean,
  offset: number,
): Stretch {
  const before = (rank: number) => isBefore(memberAt(rank), min);
  const after = (rank: number) => isAfter(memberAt(rank), max);
  if (isEmpty(min, max) || before(length - 1) || after(0)) return NOTHING;
  const first = encoding === ZSET_ENCODING.LISTPACK ? firstByWalk : firstByHalves;
  if (!reverse) {
    const from = first(0, length, (rank) => !before(rank));
    if (after(from)) return NOTHING;
    const begin = Math.min(from + offset, length);
    return { from: begin, to: first(begin, length, after) };
  }
  // The same, with ranks that count from the end.
  const last = length - 1;
  const end = first(0, length, (rank) => !after(last - rank));
  if (before(last - end)) return NOTHING;
  const begin = Math.min(end + offset, length);
  return { from: length - first(begin, length, (rank) => before(last - rank)), to: length - begin };
}

/** The first rank of `[from, to)` that passes, else `to`. */
function firstByWalk(from: number, to: number, passes: (rank: number) => boolean): number {
  while (from < to && !passes(from)) from++;
  return from;
}

/** The same if all after the first one pass too. */
function firstByHalves(from: number, to: number, passes: (rank: number) => boolean): number {
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (passes(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function isEmpty(min: MemberBound, max: MemberBound): boolean {
  if (min === "+" || max === "-") return true;
  if (min === "-" || max === "+") return false;
  const order = compareBytes(min.member.copy(), max.member);
  return order > 0 || order === 0 && (min.exclusive || max.exclusive);
}

function isBefore(member: Uint8Array, min: MemberBound): boolean {
  return typeof min !== "string" && isOutside(compareBytes(member, min.member), min.exclusive);
}

function isAfter(member: Uint8Array, max: MemberBound): boolean {
  return typeof max !== "string" && isOutside(-compareBytes(member, max.member), max.exclusive);
}

/** @param order Negative for a member on the outer side of its bound. */
const isOutside = (order: number, exclusive: boolean) => order < 0 || order === 0 && exclusive;
