/**
 * Positions in the order of a sorted set, which is that of score and member, and the spans between
 * them that ranges of scores or members are.
 *
 * @module
 */

import type { Statement } from "../../sqlite/sqlite.ts";
import { nextUp } from "./scores.ts";
import type { Slice } from "../values/slice.ts";

const NO_BYTES = new Uint8Array(0);

/** A place in the order: just before where an element of this score and member is or would be. */
export interface Position {
  /** The score; undefined for the place after all elements. */
  readonly score: number | undefined;
  /** The member. */
  readonly member: Uint8Array;
}

/** The place before all elements. */
export const START: Position = { score: -Infinity, member: NO_BYTES };
/** The place after all elements. */
export const END: Position = { score: undefined, member: NO_BYTES };

/** The elements between two positions; none if the first is not before the other. */
export interface Span {
  /** Where it begins. */
  readonly from: Position;
  /** Where it ends. */
  readonly to: Position;
}

/** A range of scores. */
export interface ScoreRange {
  /** The least score. */
  readonly min: number;
  /** Whether that one is left out. */
  readonly minExclusive: boolean;
  /** The greatest score. */
  readonly max: number;
  /** Whether that one is left out. */
  readonly maxExclusive: boolean;
}

/** An end of a range of members: a member, or before or after all of them. */
export type MemberBound = "-" | "+" | {
  /** The member. */
  readonly member: Slice;
  /** Whether it is left out itself. */
  readonly exclusive: boolean;
};

/** A range of members, in a sorted set whose scores are all the same. */
export interface MemberRange {
  /** The first member. */
  readonly min: MemberBound;
  /** The last member. */
  readonly max: MemberBound;
}

/** The span of a range of scores. */
export function scoreSpan({ min, minExclusive, max, maxExclusive }: ScoreRange): Span {
  return { from: scorePosition(min, minExclusive), to: scorePosition(max, !maxExclusive) };
}

/** The span of a range of members. @param score Which all of them have. */
export function memberSpan({ min, max }: MemberRange, score: number): Span {
  return { from: memberPosition(score, min, false), to: memberPosition(score, max, true) };
}

/** Before the elements of a score, or after them. */
function scorePosition(score: number, after: boolean): Position {
  if (!after) return { score, member: NO_BYTES };
  return score === Infinity ? END : { score: nextUp(score), member: NO_BYTES };
}

/** Where a range of members begins, or ends: before the bound's member or after it. */
function memberPosition(score: number, bound: MemberBound, isEnd: boolean): Position {
  if (bound === "-") return START;
  if (bound === "+") return END;
  const position = { score, member: bound.member.copy() };
  return bound.exclusive === isEnd ? position : after(position);
}

/** The place after an element: no bytes come between a member and the same with a zero behind. */
export function after({ score, member }: Position): Position {
  const longer = new Uint8Array(member.length + 1);
  longer.set(member);
  return { score, member: longer };
}

/** Binds a collection's id and the ends of a span, from the first parameter on. */
export function bindSpan(statement: Statement, id: number, from: Position, to: Position): void {
  statement.bindInteger(1, id);
  bindPosition(statement, 2, from);
  bindPosition(statement, 4, to);
}

function bindPosition(statement: Statement, index: number, { score, member }: Position): void {
  // To SQLite a text comes after every number, infinity too.
  if (score === undefined) statement.bindText(index, "");
  else statement.bindReal(index, score);
  statement.bindBlob(index + 1, member, 0, member.length);
}
