/**
 * What scorers compute of the tree of cursors that stand at a document. They run for every document
 * that a query matches, so they allocate next to nothing.
 *
 * @module
 */

import {
  AllCursor,
  DocumentsCursor,
  NotCursor,
  OptionalCursor,
  UnscoredCursor,
} from "../execution/document_cursors.ts";
import { IntersectCursor } from "../execution/intersect_cursor.ts";
import { positionsOf, type QueryCursor } from "../execution/query_cursor.ts";
import { UnionCursor } from "../execution/union_cursor.ts";
import { WordCursor } from "../execution/word_cursor.ts";

/** What a scorer may ask of the index and the document at hand. */
export interface ScoringContext {
  /** Documents of the index. */
  readonly documents: number;
  /** Words of a document on the average. */
  readonly averageLength: number;
  /** The document's own score. */
  ownScore(number: number): number;
  /** Words of a document. */
  length(number: number): number;
  /** How often a document's most frequent word is in it. */
  most(number: number): number;
  /** A document's payload. */
  payload(number: number): Uint8Array | undefined;
  /** The query's payload. */
  readonly queryPayload: Uint8Array | undefined;
}

/** How often the document has what a cursor without words stands for. */
export function virtualFrequency(cursor: QueryCursor, number: number): number {
  if (cursor instanceof NotCursor || cursor instanceof UnscoredCursor) return 0;
  return cursor instanceof OptionalCursor || cursor.number === number ? 1 : 0;
}

/** What it weighs. */
export function virtualWeight(cursor: QueryCursor): number {
  return cursor instanceof OptionalCursor ? 0 : cursor.weight;
}

/** What stands for an optional part: its child, where the document has it. */
export function resolved(cursor: QueryCursor, number: number): QueryCursor {
  while (cursor instanceof OptionalCursor && cursor.child.number === number) cursor = cursor.child;
  return cursor;
}

/** Calls back with the parts of a cursor that the document fulfils, in the order of results. */
export function eachPart(
  cursor: UnionCursor | IntersectCursor,
  number: number,
  visit: (part: QueryCursor) => void,
): void {
  if (cursor instanceof UnionCursor) {
    cursor.eachPart((child) => visit(resolved(child, number)));
    return;
  }
  for (const child of cursor.resultOrder) visit(resolved(child, number));
}

/** The sum of what the parts of a cursor score. */
function sumOfParts(
  cursor: UnionCursor | IntersectCursor,
  number: number,
  score: (part: QueryCursor) => number,
): number {
  let sum = 0;
  if (cursor instanceof IntersectCursor) {
    const parts = cursor.resultOrder;
    for (let i = 0; i < parts.length; i++) sum += score(resolved(parts[i]!, number));
  } else {
    cursor.eachPart((child) => sum += score(resolved(child, number)));
  }
  return sum;
}

/** Whether a cursor has parts. */
export function isAggregate(cursor: QueryCursor): cursor is UnionCursor | IntersectCursor {
  return cursor instanceof UnionCursor || cursor instanceof IntersectCursor;
}

/** Whether a cursor is one of a word or a tag, which have inverse document frequencies. */
export function isTerm(cursor: QueryCursor): cursor is WordCursor | DocumentsCursor {
  return cursor instanceof WordCursor ||
    cursor instanceof DocumentsCursor && cursor.term !== undefined;
}

/** How often the document has a word or a tag. */
export function frequencyOf(cursor: WordCursor | DocumentsCursor): number {
  return cursor instanceof WordCursor ? cursor.list.frequency : 1;
}

// Places of words, filled anew for each document.
let before: number[] = [];
let after: number[] = [];

/** The shortest distances between neighbours among the words of a query, as one number from 1 on. */
export function slopOf(cursor: QueryCursor, number: number): number {
  cursor = resolved(cursor, number);
  if (!isAggregate(cursor)) return 1;
  let sum = 0, parts = 0;
  before.length = 0;
  const visit = (part: QueryCursor) => {
    parts++;
    after.length = 0;
    positionsOf(part, number, after);
    // Only words that are next to each other among the parts are compared.
    if (after.length === 0) {
      before.length = 0;
      return;
    }
    if (before.length > 0) {
      const distance = leastDistance(before, after);
      sum += distance * distance;
    }
    [before, after] = [after, before];
  };
  eachPart(cursor, number, visit);
  if (parts <= 1) return 1;
  return sum === 0 ? parts - 1 : Math.floor(Math.sqrt(sum));
}

function leastDistance(a: readonly number[], b: readonly number[]): number {
  let i = 0, j = 0;
  let least = Math.abs(a[0]! - b[0]!);
  while (least > 1 && i < a.length && j < b.length) {
    least = Math.min(least, Math.abs(a[i]! - b[j]!));
    if (b[j]! > a[i]!) i++;
    else j++;
  }
  return least;
}

/** TF-IDF of the words that a document has. */
export function tfIdf(cursor: QueryCursor, number: number): number {
  cursor = resolved(cursor, number);
  if (isTerm(cursor)) return cursor.weight * frequencyOf(cursor) * cursor.idf;
  if (isAggregate(cursor)) {
    return cursor.weight * sumOfParts(cursor, number, (part) => tfIdf(part, number));
  }
  return virtualWeight(cursor) * virtualFrequency(cursor, number);
}

/** The constants of BM25, the first in single precision as in RediSearch. */
const K1 = Math.fround(1.2);
const B = 0.5;

/** RediSearch's older BM25, which knows only the average length of documents. */
export function bm25(context: ScoringContext, cursor: QueryCursor, number: number): number {
  cursor = resolved(cursor, number);
  const saturated = (frequency: number) =>
    frequency / (frequency + K1 * (1 - B + B * context.averageLength));
  if (isTerm(cursor)) {
    const frequency = frequencyOf(cursor);
    return cursor.idf * frequency / (frequency + K1 * (1 - B + B * context.averageLength));
  }
  if (isAggregate(cursor)) {
    return cursor.weight * sumOfParts(cursor, number, (part) => bm25(context, part, number));
  }
  const frequency = virtualFrequency(cursor, number);
  return frequency === 0 ? 0 : virtualWeight(cursor) * saturated(frequency);
}

/** BM25 as it is known. */
export function bm25Std(context: ScoringContext, cursor: QueryCursor, number: number): number {
  cursor = resolved(cursor, number);
  if (isAggregate(cursor)) {
    return cursor.weight * sumOfParts(cursor, number, (part) => bm25Std(context, part, number));
  }
  let idf: number, frequency: number;
  if (isTerm(cursor)) {
    idf = cursor.idfBm25;
    frequency = frequencyOf(cursor);
  } else if (cursor instanceof AllCursor) {
    idf = cursor.weight;
    frequency = 1;
  } else return 0;
  return idf * frequency * (K1 + 1) /
    (frequency + K1 * (1 - B + B * context.length(number) / context.averageLength));
}

/** The most that an alternative scores, and the sum of what must all be there. */
export function disMax(cursor: QueryCursor, number: number): number {
  cursor = resolved(cursor, number);
  if (isAggregate(cursor)) return cursor.weight * disMaxOfParts(cursor, number);
  if (isTerm(cursor)) return cursor.weight * frequencyOf(cursor);
  return virtualWeight(cursor) * virtualFrequency(cursor, number);
}

/** The same before the cursor's own weight. */
export function disMaxOfParts(cursor: UnionCursor | IntersectCursor, number: number): number {
  if (cursor instanceof IntersectCursor) {
    return sumOfParts(cursor, number, (part) => disMax(part, number));
  }
  let most = 0;
  cursor.eachPart((child) => most = Math.max(most, disMax(child, number)));
  return most;
}

/** Bits in which a document's payload differs from the query's; undefined if they are no equals in length. */
export function differentBits(context: ScoringContext, number: number): number | undefined {
  const payload = context.payload(number), query = context.queryPayload;
  if (payload === undefined || query === undefined || payload.length === 0) return undefined;
  if (payload.length !== query.length) return undefined;
  let bits = 0;
  for (let i = 0; i < payload.length; i++) {
    for (let byte = payload[i]! ^ query[i]!; byte !== 0; byte >>= 1) bits += byte & 1;
  }
  return bits;
}
