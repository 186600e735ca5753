/**
 * Union, intersection and difference of sorted sets, and of sets among them, whose members all have
 * the score 1. An absent key is an empty one.
 *
 * A union keeps what it has seen in a table in memory. An intersection walks the smallest input and
 * looks its members up in the others. A difference walks the first input and looks its members up
 * in the others too, or in a table of them if they are fewer.
 *
 * Scores are combined in the order of Redis, smallest input first: the sum of three doubles depends
 * on it.
 *
 * @module
 */

import type { Collection } from "../collections/collection.ts";
import { MemberTable } from "../collections/member_list.ts";
import { TYPE } from "../file/schema.ts";
import { ScoredMembers } from "./scored_members.ts";
import type { Sets } from "../sets/sets.ts";
import type { Slice } from "../values/slice.ts";
import type { SortedSets } from "./sorted_sets.ts";

/** How the scores of one member become one: `count` adds up weights and ignores scores. */
export type Aggregate = "sum" | "min" | "max" | "count";

/** One input. */
export interface Source {
  /** A set or a sorted set, undefined for an absent key. */
  readonly collection: Collection | undefined;
  /** What its scores are multiplied by. */
  readonly weight: number;
}

/** The stores of the types that take part. */
export interface SourceStores {
  /** Sets. */
  readonly sets: Sets;
  /** Sorted sets. */
  readonly sortedSets: SortedSets;
}

type MemberVisitor = (member: Slice, score: number) => void | boolean;

/** What any of the sources has. */
export function union(
  stores: SourceStores,
  sources: readonly Source[],
  aggregate: Aggregate,
): ScoredMembers {
  const table = new MemberTable();
  const scores: number[] = [];
  for (const { collection, weight } of bySize(sources)) {
    eachMember(stores, collection, (member, score) => {
      const value = numberOr0(weighted(score, weight, aggregate));
      if (table.add(member)) {
        scores.push(value);
      } else {
        const index = table.indexOf(member);
        scores[index] = combined(scores[index]!, value, aggregate);
      }
    });
  }
  return new ScoredMembers(table.list, scores);
}

/** What all of the sources have. */
export function intersection(
  stores: SourceStores,
  sources: readonly Source[],
  aggregate: Aggregate,
): ScoredMembers {
  const result = new ScoredMembers();
  const [first, ...others] = bySize(sources);
  if (first === undefined) return result;
  eachMember(stores, first.collection, (member, score) => {
    let value = numberOr0(weighted(score, first.weight, aggregate));
    for (const { collection, weight } of others) {
      const found = scoreIn(stores, collection, member);
      if (found === undefined) return;
      value = combined(value, weighted(found, weight, aggregate), aggregate);
    }
    result.push(member, value);
  });
  return result;
}

/**
 * How many members all of the sources have.
 *
 * @param limit Members after which to stop counting.
 */
export function countIntersection(
  stores: SourceStores,
  sources: readonly Source[],
  limit: number,
): number {
  const [first, ...others] = bySize(sources);
  if (first === undefined) return 0;
  let count = 0;
  eachMember(stores, first.collection, (member) => {
    for (const { collection } of others) {
      if (scoreIn(stores, collection, member) === undefined) return;
    }
    return ++count < limit;
  });
  return count;
}

/** What the first source has and none of the others, with its scores. */
export function difference(stores: SourceStores, sources: readonly Source[]): ScoredMembers {
  const result = new ScoredMembers();
  const [first, ...others] = sources.map(({ collection }) => collection);
  if (first === undefined || others.includes(first)) return result;
  const size = others.reduce((sum, other) => sum + (other?.length ?? 0), 0);
  const table = size <= first.length ? new MemberTable() : undefined;
  if (table !== undefined) {
    for (const other of others) eachMember(stores, other, (member) => void table.add(member));
  }
  const isElsewhere = (member: Slice) =>
    table !== undefined
      ? table.indexOf(member) >= 0
      : others.some((other) => scoreIn(stores, other, member) !== undefined);
  eachMember(stores, first, (member, score) => {
    if (!isElsewhere(member)) result.push(member, score);
  });
  return result;
}

function bySize(sources: readonly Source[]): Source[] {
  return sources.toSorted((a, b) => (a.collection?.length ?? 0) - (b.collection?.length ?? 0));
}

function eachMember(
  { sets, sortedSets }: SourceStores,
  collection: Collection | undefined,
  visit: MemberVisitor,
): void {
  if (collection === undefined) return;
  if (collection.type === TYPE.ZSET) return sortedSets.eachSlice(collection, visit);
  sets.eachSlice(collection, (member) => visit(member, 1) !== false);
}

function scoreIn(
  { sets, sortedSets }: SourceStores,
  collection: Collection | undefined,
  member: Slice,
): number | undefined {
  if (collection === undefined) return undefined;
  if (collection.type === TYPE.ZSET) return sortedSets.score(collection, member);
  return sets.has(collection, member) ? 1 : undefined;
}

function weighted(score: number, weight: number, aggregate: Aggregate): number {
  return aggregate === "count" ? weight : score * weight;
}

/** Infinity times 0, and infinity minus infinity, count as 0. */
function numberOr0(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function combined(score: number, other: number, aggregate: Aggregate): number {
  if (aggregate === "min") return other < score ? other : score;
  if (aggregate === "max") return other > score ? other : score;
  return numberOr0(score + other);
}
