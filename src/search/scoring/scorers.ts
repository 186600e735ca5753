/**
 * Scorers by name: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/
 *
 * @module
 */

import type { QueryCursor } from "../execution/query_cursor.ts";
import type { ScoreExplanation } from "../results.ts";
import {
  explainBm25,
  explainBm25Std,
  explainDisMax,
  explainDocScore,
  explainHamming,
  explainTfIdf,
} from "./explanations.ts";
import {
  bm25,
  bm25Std,
  differentBits,
  disMax,
  type ScoringContext,
  slopOf,
  tfIdf,
} from "./formulas.ts";

/** Gives documents their scores. */
export interface Scorer {
  /**
   * A document's score.
   *
   * @param least What a score is of use from; one below it need not be exact, but is below it.
   */
  score(context: ScoringContext, cursor: QueryCursor, number: number, least: number): number;
  /** How that comes about. */
  explain(context: ScoringContext, cursor: QueryCursor, number: number): ScoreExplanation;
}

/** By what TF-IDF of a document is divided. */
type Norm = (context: ScoringContext, number: number) => number;

/** A score divided by how far the words are apart, which takes longest to find out. */
function divided(score: number, cursor: QueryCursor, number: number, least: number): number {
  return score >= 0 && score < least ? score : score / slopOf(cursor, number);
}

function finalTfIdf(norm: Norm): Scorer {
  return {
    score(context, cursor, number, least) {
      const own = context.ownScore(number);
      if (own === 0) return 0;
      return divided(own * tfIdf(cursor, number) / norm(context, number), cursor, number, least);
    },
    explain: (context, cursor, number) =>
      explainTfIdf(context.ownScore(number), norm(context, number), cursor, number),
  };
}

const SCORERS: ReadonlyMap<string, Scorer> = new Map<string, Scorer>([
  ["TFIDF", finalTfIdf((context, number) => context.most(number))],
  ["TFIDF.DOCNORM", finalTfIdf((context, number) => context.length(number))],
  ["BM25", {
    score: (context, cursor, number, least) =>
      divided(context.ownScore(number) * bm25(context, cursor, number), cursor, number, least),
    explain: explainBm25,
  }],
  ["BM25STD", {
    score: (context, cursor, number) => context.ownScore(number) * bm25Std(context, cursor, number),
    explain: explainBm25Std,
  }],
  ["DISMAX", {
    score: (_context, cursor, number) => disMax(cursor, number),
    explain: (_context, cursor, number) => explainDisMax(cursor, number),
  }],
  ["DOCSCORE", {
    score: (context, _cursor, number) => context.ownScore(number),
    explain: (context, _cursor, number) => explainDocScore(context.ownScore(number)),
  }],
  ["HAMMING", {
    score: (context, _cursor, number) => {
      const bits = differentBits(context, number);
      return bits === undefined ? 0 : 1 / (bits + 1);
    },
    explain: (context, _cursor, number) => explainHamming(context, number),
  }],
]);

/** The scorer of a name, as RediSearch spells it. */
export function scorerOf(name: string): Scorer | undefined {
  return SCORERS.get(name);
}

/** The scorer of queries that name none. */
export const DEFAULT_SCORER = "TFIDF";
