/**
 * A query's results, one after the other.
 *
 * @module
 */

import type { Contents } from "../index/contents.ts";
import type { IndexDefinition } from "../index/definition.ts";
import { WIDE } from "../index/field_mask.ts";
import { END } from "../index/list_cursor.ts";
import type { MatchedTerm, Matches, QueryOptions, ScoreExplanation } from "../results.ts";
import type { ScoringContext } from "../scoring/formulas.ts";
import type { Scorer } from "../scoring/scorers.ts";
import { type QueryBudget, Timed } from "./budget.ts";
import { NumbersCursor, OptionalCursor } from "./document_cursors.ts";
import { IntersectCursor } from "./intersect_cursor.ts";
import { positionsOf, type QueryCursor } from "./query_cursor.ts";
import { UnionCursor } from "./union_cursor.ts";
import { WordCursor } from "./word_cursor.ts";

/** Steps that a result counts for. */
const RESULT_STEPS = 16;

/** What results are found and scored by. */
export interface MatchContext {
  readonly budget: QueryBudget;
  readonly contents: Contents;
  readonly definition: IndexDefinition;
  readonly scorer: Scorer;
  readonly options: QueryOptions;
}

/** Goes through the documents that a cursor finds and that are there. */
export function matchesOf(cursor: QueryCursor | undefined, context: MatchContext): Matches {
  return new CursorMatches(cursor, context);
}

class CursorMatches extends Timed implements Matches, ScoringContext {
  readonly documents: number;
  readonly averageLength: number;
  readonly queryPayload: Uint8Array | undefined;
  readonly #cursor: QueryCursor | undefined;
  readonly #contents: Contents;
  readonly #definition: IndexDefinition;
  readonly #scorer: Scorer;
  readonly #facts;
  readonly #expired: ReadonlySet<number>;
  readonly #hasDistances: boolean;

  constructor(
    cursor: QueryCursor | undefined,
    { budget, contents, definition, scorer, options }: MatchContext,
  ) {
    super(budget);
    this.#cursor = cursor;
    this.#hasDistances = cursor !== undefined && yieldsDistances(cursor);
    this.#contents = contents;
    this.#definition = definition;
    this.#scorer = scorer;
    this.#facts = contents.facts;
    this.#expired = contents.expired();
    const { documents, lengths } = contents.state;
    this.documents = documents;
    this.averageLength = documents === 0 ? 0 : lengths / documents;
    this.queryPayload = options.payload;
  }

  get number(): number {
    return this.#cursor?.number ?? END;
  }

  next(): boolean {
    const cursor = this.#cursor;
    if (cursor === undefined) {
      this.budget.look();
      return false;
    }
    const { budget } = this;
    const facts = this.#facts;
    for (let number = cursor.next(); number !== END; number = cursor.next()) {
      budget.step(RESULT_STEPS + budget.cursors);
      if (!facts.isLive(number)) continue;
      if (this.#expired.size > 0 && this.#expired.has(number)) continue;
      return true;
    }
    return false;
  }

  score(least = -Infinity): number {
    const cursor = this.#cursor;
    return cursor === undefined ? 0 : this.#scorer.score(this, cursor, cursor.number, least);
  }

  explain(): ScoreExplanation {
    if (this.#cursor === undefined) return { text: "", children: [] };
    return this.#scorer.explain(this, this.#cursor, this.number);
  }

  terms(): MatchedTerm[] {
    const found: MatchedTerm[] = [];
    if (this.#cursor !== undefined) gather(this.#cursor, this.number, found);
    return found;
  }

  get distances(): ReadonlyMap<string, number> | undefined {
    if (this.#cursor === undefined || !this.#hasDistances) return undefined;
    const found = new Map<string, number>();
    gatherDistances(this.#cursor, this.number, found);
    return found.size === 0 ? undefined : found;
  }

  // What scorers ask.

  ownScore(number: number): number {
    return this.#facts.score(number);
  }

  length(number: number): number {
    return this.#facts.length(number);
  }

  most(number: number): number {
    return this.#facts.most(number);
  }

  payload(number: number): Uint8Array | undefined {
    return this.#definition.payloadField === undefined ? undefined : this.#contents.payload(number);
  }
}

function childrenOf(cursor: QueryCursor): readonly QueryCursor[] {
  if (cursor instanceof UnionCursor || cursor instanceof IntersectCursor) return cursor.children;
  if (cursor instanceof OptionalCursor) return [cursor.child];
  return [];
}

function gather(cursor: QueryCursor, number: number, found: MatchedTerm[]): void {
  if (cursor.number !== number) return;
  if (cursor instanceof WordCursor) {
    const { mask } = cursor.list;
    const wide = mask >= WIDE ? cursor.list.wideMask : 0n;
    found.push({
      term: cursor.term,
      hasField: (bit) => {
        if (wide !== 0n) return (wide >> BigInt(bit) & 1n) === 1n;
        return mask === 0 || Math.floor(mask / 2 ** bit) % 2 === 1;
      },
      positions: positionsOf(cursor, number, []),
    });
  }
  for (const child of childrenOf(cursor)) gather(child, number, found);
}

/** Whether a cursor or one below it tells of distances. */
function yieldsDistances(cursor: QueryCursor): boolean {
  return cursor instanceof NumbersCursor && cursor.distanceAs !== undefined ||
    childrenOf(cursor).some(yieldsDistances);
}

function gatherDistances(
  cursor: QueryCursor,
  number: number,
  found: Map<string, number>,
): void {
  if (cursor.number !== number) return;
  if (cursor instanceof NumbersCursor && cursor.distanceAs !== undefined) {
    found.set(cursor.distanceAs, cursor.distance);
  }
  for (const child of childrenOf(cursor)) gatherDistances(child, number, found);
}
