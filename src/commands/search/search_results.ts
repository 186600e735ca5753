/**
 * The results of FT.SEARCH: counts all that match, and keeps the best.
 *
 * @module
 */

import type { Field } from "../../search/index/definition.ts";
import type { Index } from "../../search/search_index.ts";
import type { QueryNode } from "../../search/query/ast.ts";
import type { Matches, ScoreExplanation } from "../../search/results.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { SearchRequest } from "./search_arguments.ts";
import { assertPartial } from "./time_limits.ts";

/** A result. */
export interface SearchResult {
  readonly number: number;
  readonly score: number;
  /** What it is sorted by; undefined for a document without it. */
  readonly sortKey: number | string | undefined;
  explanation: ScoreExplanation | undefined;
  /** What of the query the document has, if fields are highlighted. */
  terms: ReadonlySet<string> | undefined;
  /** Distances of vectors by name. */
  readonly distances: ReadonlyMap<string, number> | undefined;
}

/** The results that are asked for, and how many there are. */
export interface SearchResults {
  readonly total: number;
  readonly results: readonly SearchResult[];
  /** Whether time was up before all were found. */
  readonly timedOut: boolean;
  /** Where they were found, whose time goes on while they are shown. */
  readonly matches: Matches;
}

/** Below 0 if a result comes before another. */
type Order = (a: SearchResult, b: SearchResult) => number;

const byScore: Order = (a, b) => b.score - a.score || a.number - b.number;

/** Compares sort keys; what has none comes last, whichever the direction. */
function bySortKey(descending: boolean): Order {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const x = a.sortKey, y = b.sortKey;
    if (x === undefined || y === undefined) {
      if (x !== y) return x === undefined ? 1 : -1;
      return sign * (a.number - b.number);
    }
    return sign * (x < y ? -1 : x > y ? 1 : a.number - b.number);
  };
}

/** The best results so far, the worst of them on top of a heap. */
class Best {
  readonly #heap: SearchResult[] = [];
  readonly #most: number;
  readonly #order: Order;

  constructor(most: number, order: Order) {
    this.#most = most;
    this.#order = order;
  }

  /** Whether a result of these keys would be kept. */
  wants(result: SearchResult): boolean {
    const heap = this.#heap;
    return heap.length < this.#most || heap.length > 0 && this.#order(result, heap[0]!) < 0;
  }

  /** What a result's score must be at least, in the order of scores. */
  get leastScore(): number {
    const heap = this.#heap;
    return heap.length < this.#most ? -Infinity : heap[0]?.score ?? -Infinity;
  }

  add(result: SearchResult): void {
    const heap = this.#heap;
    if (heap.length < this.#most) {
      heap.push(result);
      this.#rise(heap.length - 1);
    } else {
      heap[0] = result;
      this.#sink();
    }
  }

  #rise(at: number): void {
    const heap = this.#heap;
    const result = heap[at]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#order(heap[parent]!, result) >= 0) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = result;
  }

  #sink(): void {
    const heap = this.#heap;
    const result = heap[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#order(heap[child + 1]!, heap[child]!) > 0) child++;
      if (this.#order(heap[child]!, result) <= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = result;
  }

  sorted(): SearchResult[] {
    return this.#heap.sort(this.#order);
  }
}

/** How a document's sort value is found. */
function sortValues(
  index: Index,
  name: string,
  distances: ReadonlySet<string>,
  checkTime: () => void,
): "distance" | ((number: number) => number | string | undefined) {
  const field: Field | undefined = index.field(name);
  if (field === undefined && distances.has(name)) return "distance";
  if (field === undefined) {
    throw new CommandError(`Property \`${name}\` not loaded nor in schema`);
  }
  const { documents } = index;
  if (field.sortable) return (number) => documents.sortValue(field, number);
  const decoder = new TextDecoder();
  return (number) => {
    const bytes = documents.load(number)?.value(name);
    checkTime();
    if (bytes === undefined || bytes === null) return undefined;
    const text = decoder.decode(bytes);
    return field.type === "NUMERIC" ? Number(text) : text;
  };
}

/** The names of all distances that a query yields. */
function distanceNames(node: QueryNode): Set<string> {
  const names = new Set<string>();
  const visit = (part: QueryNode): void => {
    if (part.attributes.distanceAs !== undefined) names.add(part.attributes.distanceAs);
    if ("children" in part) part.children.forEach(visit);
    else if ("child" in part && part.child !== undefined) visit(part.child);
  };
  visit(node);
  return names;
}

/** Finds what a request asks for. */
export function searchResults(index: Index, request: SearchRequest): SearchResults {
  const { options, sortBy, offset, count } = request;
  const query = index.parse(request.query, options);
  const clock: { matches?: Matches } = {};
  const sortValue = sortBy &&
    sortValues(index, sortBy.field, distanceNames(query), () => clock.matches?.checkTime());
  const matches = clock.matches = index.execute(query, options);
  const most = count === 0 ? 0 : offset + count;
  const best = new Best(most, sortBy === undefined ? byScore : bySortKey(sortBy.descending));
  const scores = options.scores ?? false;
  let total = 0;
  let timedOut = false;
  // Most results are not kept: one object stands for all until they are.
  const candidate: { -readonly [Key in keyof SearchResult]: SearchResult[Key] } = {
    number: 0,
    score: 0,
    sortKey: undefined,
    explanation: undefined,
    terms: undefined,
    distances: undefined,
  };
  try {
    while (matches.next()) {
      total++;
      if (most === 0) continue;
      const { number, distances } = matches;
      candidate.number = number;
      candidate.distances = distances;
      if (scores) {
        candidate.score = matches.score(sortBy === undefined ? best.leastScore : undefined);
      }
      candidate.sortKey = sortValue === "distance"
        ? distances?.get(sortBy?.field ?? "")
        : sortValue?.(number);
      if (!best.wants(candidate)) continue;
      const result = { ...candidate };
      if (request.explainScores) result.explanation = matches.explain();
      if (request.highlighting !== undefined) {
        result.terms = new Set(matches.terms().map(({ term }) => term));
      }
      best.add(result);
    }
  } catch (error) {
    assertPartial(index.settings, error);
    timedOut = true;
  }
  return { total, results: best.sorted().slice(offset), timedOut, matches };
}
