/**
 * Queries at work: a tree of cursors, each going through the documents that fulfil its part in the
 * order of their numbers. When the root stands at a document, the cursors below that stand there too
 * are those that it fulfils: scorers and highlighting read the tree.
 *
 * @module
 */

import type { Cursor } from "../index/list_cursor.ts";

/** What all cursors of a query have. */
export interface QueryCursor extends Cursor {
  readonly kind:
    | "word"
    | "intersect"
    | "union"
    | "not"
    | "optional"
    | "documents"
    | "number"
    | "vector";
  /** Factor of its share of the score. */
  readonly weight: number;
  /** Adds where its words stand in the current document; of several words in any order. */
  addPositions?(into: number[]): void;
}

/** Where words stand in the document a cursor stands at, ascending; empty where nobody knows. */
export function positionsOf(cursor: QueryCursor, number: number, into: number[]): number[] {
  if (cursor.number === number) cursor.addPositions?.(into);
  return into;
}
