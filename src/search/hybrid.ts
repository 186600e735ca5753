/**
 * FT.HYBRID: what a query of words finds and what is near a vector, as one list. The documents of
 * both go by their ranks (reciprocal rank fusion: Cormack, Clarke, Büttcher, SIGIR 2009) or by a sum
 * of their scores.
 *
 * @module
 */

import { QueryBudget, Timed } from "./execution/budget.ts";
import { QueryTimeout } from "./index/deadline.ts";
import type { VectorNode } from "./query/ast.ts";
import type {
  MatchedTerm,
  Matches,
  QueryOptions,
  ScoreExplanation,
  SearchIndex,
} from "./results.ts";

/** How two lists become one. */
export type Fusion =
  | { readonly kind: "rrf"; readonly constant: number; readonly window: number }
  | {
    readonly kind: "linear";
    readonly alpha: number;
    readonly beta: number;
    readonly window: number;
  };

/** What FT.HYBRID is asked for. */
export interface HybridRequest {
  /** The query of words. */
  readonly query: Uint8Array;
  readonly options: QueryOptions;
  /** The vectors; `distanceAs` of its attributes is set. */
  readonly vector: VectorNode;
  readonly fusion: Fusion;
  /** The names of the scores of both in rows, if they are wished. */
  readonly textScoreAs: string | undefined;
  readonly vectorScoreAs: string | undefined;
  /** Whether rows have the distance, as `vector_distance`, and the fused score, as `__combined_score`. */
  readonly hidden: { readonly distance: boolean; readonly score: boolean };
}

/** A document with its place in either list. */
interface Found {
  readonly number: number;
  score: number;
  text: number | undefined;
  vector: number | undefined;
  distance: number | undefined;
}

/** Names by which rows have what is not asked for otherwise. */
const DISTANCE = "vector_distance";
const SCORE = "__combined_score";

/** A score of a distance: the nearer the more. */
function similarity(distance: number, metric: string): number {
  return metric === "L2" ? 1 / (1 + distance) : (2 - distance) / 2;
}

/** The documents of both lists, the best first. */
export function hybridMatches(index: SearchIndex, request: HybridRequest): HybridMatches {
  const { query, options, vector, fusion } = request;
  const { window } = fusion;
  const field = index.definition.fields.find(({ name }) => name === vector.field);
  const metric = field?.type === "VECTOR" ? field.metric : "L2";
  const words = index.execute(index.parse(query, options), { ...options, scores: true });
  const texts: [number: number, score: number][] = [];
  let timedOut = false;
  const each = (matches: Matches, visit: () => void) => {
    try {
      while (matches.next()) visit();
    } catch (error) {
      if (!(error instanceof QueryTimeout)) throw error;
      timedOut = true;
    }
  };
  each(words, () => texts.push([words.number, words.score()]));
  const near = index.execute(vector, { ...options, conditions: [], scores: false });
  const vectors: [number: number, score: number][] = [];
  const distances = new Map<number, number>();
  each(near, () => {
    const distance = near.distances?.get(vector.attributes.distanceAs ?? "") ?? Infinity;
    distances.set(near.number, distance);
    vectors.push([near.number, similarity(distance, metric)]);
  });
  const found = new Map<number, Found>();
  const take = (list: [number: number, score: number][], side: "text" | "vector") => {
    list.sort(([a, x], [b, y]) => y - x || a - b);
    for (const [rank, [number, score]] of list.slice(0, window).entries()) {
      let document = found.get(number);
      if (document === undefined) {
        document = { number, score: 0, text: undefined, vector: undefined, distance: undefined };
        found.set(number, document);
      }
      if (side === "vector") document.distance = distances.get(number);
      document[side] = score;
      if (fusion.kind === "rrf") document.score += 1 / (fusion.constant + rank + 1);
      else document.score += (side === "text" ? fusion.alpha : fusion.beta) * score;
    }
  };
  take(texts, "text");
  take(vectors, "vector");
  const sorted = [...found.values()].sort((a, b) => b.score - a.score || a.number - b.number);
  return new HybridMatches(sorted, request, timedOut);
}

/** The documents of a fused list. */
export class HybridMatches extends Timed implements Matches {
  readonly #found: readonly Found[];
  readonly #request: HybridRequest;
  #at = -1;

  /** @param timedOut Whether time was up before all were found. */
  constructor(found: readonly Found[], request: HybridRequest, readonly timedOut: boolean) {
    super(new QueryBudget(request.options.timeoutMs ?? 0));
    this.#found = found;
    this.#request = request;
  }

  /** How many there are. */
  get length(): number {
    return this.#found.length;
  }

  /** Names of what {@linkcode distances} has: the scores of either list. */
  get names(): string[] {
    const { textScoreAs, vectorScoreAs, hidden } = this.#request;
    const names = [
      textScoreAs,
      vectorScoreAs,
      hidden.distance ? DISTANCE : undefined,
      hidden.score ? SCORE : undefined,
    ];
    return names.filter((name) => name !== undefined);
  }

  next(): boolean {
    return ++this.#at < this.#found.length;
  }

  get number(): number {
    return this.#found[this.#at]?.number ?? 0;
  }

  score(): number {
    return this.#found[this.#at]?.score ?? 0;
  }

  explain(): ScoreExplanation {
    return { text: "", children: [] };
  }

  terms(): MatchedTerm[] {
    return [];
  }

  get distances(): ReadonlyMap<string, number> {
    const { textScoreAs, vectorScoreAs, hidden } = this.#request;
    const { text, vector, distance, score } = this.#found[this.#at] ?? {};
    const scores = new Map<string, number>();
    if (hidden.distance && distance !== undefined) scores.set(DISTANCE, distance);
    if (hidden.score && score !== undefined) scores.set(SCORE, score);
    if (textScoreAs !== undefined && text !== undefined) scores.set(textScoreAs, text);
    if (vectorScoreAs !== undefined && vector !== undefined) scores.set(vectorScoreAs, vector);
    return scores;
  }
}
