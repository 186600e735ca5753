/** Arguments and replies that several sorted set commands share. */

import type { Arguments } from "../../resp/arguments.ts";
import { parseBound, parseDouble } from "../../resp/double.ts";
import type { ByteSource, Reply } from "../../resp/reply.ts";
import { err, notAFloat } from "../../store/values/errors.ts";
import { Slice } from "../../store/values/slice.ts";
import type { MemberBound, MemberRange, ScoreRange } from "../../store/sorted_sets/positions.ts";
import type { KeySpec } from "../table/command.ts";

/** The score at `index`. @throws {CommandError} */
export function scoreAt(args: Arguments, index: number): number {
  const { bytes, start, end } = args.at(index);
  const score = parseDouble(bytes, start, end);
  if (score === undefined) throw notAFloat();
  return score;
}

const OPEN = 0x28, CLOSED = 0x5b, MINUS = 0x2d, PLUS = 0x2b;

/** The range of scores whose ends are at two indexes. @throws {CommandError} */
export function scoreRangeAt(args: Arguments, minAt: number, maxAt: number): ScoreRange {
  const minExclusive = isOpen(args.at(minAt)), maxExclusive = isOpen(args.at(maxAt));
  return {
    min: boundAt(args, minAt, minExclusive),
    minExclusive,
    max: boundAt(args, maxAt, maxExclusive),
    maxExclusive,
  };
}

const isOpen = ({ bytes, start, end }: Slice) => start < end && bytes[start] === OPEN;

function boundAt(args: Arguments, index: number, exclusive: boolean): number {
  const { bytes, start, end } = args.at(index);
  const bound = parseBound(bytes, exclusive ? start + 1 : start, end);
  if (bound === undefined) throw err("min or max is not a float");
  return bound;
}

/** The range of members whose ends are at two indexes. @throws {CommandError} */
export function memberRangeAt(args: Arguments, minAt: number, maxAt: number): MemberRange {
  return { min: memberBoundAt(args, minAt), max: memberBoundAt(args, maxAt) };
}

function memberBoundAt(args: Arguments, index: number): MemberBound {
  const { bytes, start, end } = args.at(index);
  const first = start < end ? bytes[start] : 0;
  if (end - start === 1 && first === MINUS) return "-";
  if (end - start === 1 && first === PLUS) return "+";
  if (first !== OPEN && first !== CLOSED) throw err("min or max not valid string range item");
  return { member: new Slice(bytes, start + 1, end), exclusive: first === OPEN };
}

/** Writes an element into an array of elements. */
export type ElementWriter = (member: ByteSource, score: number) => void;

/** A writer of members alone, or with their scores: a pair in RESP3, two items in RESP2. */
export function elementWriter(reply: Reply, withScores: boolean): ElementWriter {
  if (!withScores) return (member) => reply.value(member);
  if (reply.protocol === 3) return pairWriter(reply);
  return (member, score) => {
    reply.value(member);
    reply.double(score);
  };
}

/** A writer of pairs of member and score. */
export function pairWriter(reply: Reply): ElementWriter {
  return (member, score) => {
    reply.array(2);
    reply.value(member);
    reply.double(score);
  };
}

/** Items of an array of so many elements. */
export function itemsOf(reply: Reply, elements: number, withScores: boolean): number {
  return withScores && reply.protocol === 2 ? 2 * elements : elements;
}

/** Keys whose number is the argument before them. */
export function countedKeys(index: number, ...flags: KeySpec["flags"]): KeySpec {
  return { flags, begin: { index }, find: { countAt: 0, firstKey: 1, step: 1 } };
}
