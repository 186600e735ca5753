/**
 * Walks through the elements of a collection, whatever their layout.
 *
 * Each walk happens twice: without a visitor it checks everything and counts, with one it tells.
 *
 * @module
 */

import { parseInt64 } from "../values/integers.ts";
import type { Elements, Members } from "./elements.ts";
import { badDataFormat, MAX_FIELD_EXPIRY_MS } from "./format.ts";
import { MembersSeen } from "./members_seen.ts";
import { Piece } from "./piece.ts";
import { parseScore } from "./score_text.ts";
import type { DumpVisitor } from "./visitor.ts";

/** Walks through a list and returns the number of elements. */
export function walkList(elements: Elements, visitor: DumpVisitor | undefined): number {
  const value = new Piece();
  let count = 0;
  for (; elements.next(value); count++) visitor?.element(value);
  return count;
}

/** Walks through a set and returns the number of members. */
export function walkSet(members: Members, visitor: DumpVisitor | undefined): number {
  const seen = uniqueness(members, visitor);
  const member = new Piece();
  let count = 0;
  for (; members.next(member); count++) {
    if (seen?.add(member) === false) throw badDataFormat();
    visitor?.member(member);
  }
  return count;
}

/** Walks through a sorted set whose scores `score` reads, and returns the number of members. */
export function walkSortedSet(
  members: Members,
  score: () => number | undefined,
  visitor: DumpVisitor | undefined,
): number {
  const seen = uniqueness(members, visitor);
  const member = new Piece();
  let count = 0;
  for (; members.next(member); count++) {
    if (seen?.add(member) === false) throw badDataFormat();
    const value = score();
    if (value === undefined || Number.isNaN(value)) throw badDataFormat();
    visitor?.scored(member, value);
  }
  return count;
}

/** Walks through a sorted set whose scores are parts of packed tuples. */
export function walkPackedSortedSet(members: Members, visitor: DumpVisitor | undefined): number {
  const text = new Piece();
  return walkSortedSet(members, () => {
    members.part(text);
    return parseScore(text);
  }, visitor);
}

/**
 * Walks through a hash and returns the number of fields.
 *
 * @param expiry Reads when a field expires, after its value; 0 for never.
 */
export function walkHash(
  fields: Members,
  expiry: () => number,
  visitor: DumpVisitor | undefined,
): number {
  const seen = uniqueness(fields, visitor);
  const field = new Piece(), value = new Piece();
  let count = 0;
  for (; fields.next(field); count++) {
    if (seen?.add(field) === false) throw badDataFormat();
    fields.part(value);
    const expiresAtMs = expiry();
    visitor?.field(field, value, expiresAtMs);
  }
  return count;
}

/** Walks through a hash whose fields do not expire. */
export function walkPlainHash(fields: Members, visitor: DumpVisitor | undefined): number {
  return walkHash(fields, () => 0, visitor);
}

/** Walks through a packed hash of fields, values and expiry times, the fields without one last. */
export function walkPackedExpiringHash(fields: Members, visitor: DumpVisitor | undefined): number {
  const time = new Piece();
  let before = 1;
  return walkHash(fields, () => {
    fields.part(time);
    const expiresAtMs = parseInt64(time.bytes, time.start, time.end);
    if (
      typeof expiresAtMs !== "number" || expiresAtMs < 0 || expiresAtMs > MAX_FIELD_EXPIRY_MS ||
      (expiresAtMs !== 0 && (before === 0 || expiresAtMs < before))
    ) throw badDataFormat();
    before = expiresAtMs;
    return expiresAtMs;
  }, visitor);
}

/** A payload that has been checked need not be checked again while the visitor is told of it. */
function uniqueness(members: Members, visitor: DumpVisitor | undefined): MembersSeen | undefined {
  return visitor === undefined ? new MembersSeen(members) : undefined;
}
