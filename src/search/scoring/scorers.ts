/**
 * Scorers: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/
 *
 * A scorer reads the tree of cursors that stand at a document. Each is written once: with an
 * explanation where one is asked for, and to the same numbers without.
 *
 * @module
 */

import {
  AllCursor,
  DocumentsCursor,
  IntersectCursor,
  NotCursor,
  NumbersCursor,
  OptionalCursor,
  positionsOf,
  type QueryCursor,
  UnionCursor,
  WordCursor,
} from "../execution/cursors.ts";
import type { ScoreExplanation } from "../results.ts";

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

/** Takes the lines of an explanation; the last is the one on top. */
type Explain = ((text: string, children?: ScoreExplanation[]) => ScoreExplanation) | undefined;

/** A score, and how it came about where that is asked for. */
interface Scored {
  readonly score: number;
  readonly explanation: ScoreExplanation | undefined;
}

/** Gives a document's score. */
export type Scorer = (
  context: ScoringContext,
  cursor: QueryCursor,
  number: number,
  explain: boolean,
) => Scored;

const line: NonNullable<Explain> = (text, children = []) => ({ text, children });

const two = (value: number) =>
  Number.isFinite(value) ? value.toFixed(2) : value > 0 ? "inf" : value < 0 ? "-inf" : "-nan";

/** How often the document has what a cursor without words stands for. */
function virtualFrequency(cursor: QueryCursor, number: number): number {
  if (cursor instanceof NotCursor) return 0;
  return cursor instanceof OptionalCursor || cursor.number === number ? 1 : 0;
}

function virtualWeight(cursor: QueryCursor): number {
  return cursor instanceof OptionalCursor ? 0 : cursor.weight;
}

/** What stands for an optional part: its child, where the document has it. */
function resolved(cursor: QueryCursor, number: number): QueryCursor {
  while (cursor instanceof OptionalCursor && cursor.child.number === number) cursor = cursor.child;
  return cursor;
}

/** The parts of a cursor that the document fulfils, in the order of results. */
export function partsOf(cursor: UnionCursor | IntersectCursor, number: number): QueryCursor[] {
  const parts: QueryCursor[] = [];
  const children = cursor instanceof IntersectCursor ? cursor.resultOrder : cursor.children;
  for (const child of children) {
    if (child.number !== number) continue;
    parts.push(resolved(child, number));
    if (cursor instanceof UnionCursor && cursor.onlyFirst) break;
  }
  return parts;
}

function isAggregate(cursor: QueryCursor): cursor is UnionCursor | IntersectCursor {
  return cursor instanceof UnionCursor || cursor instanceof IntersectCursor;
}

/** A word of a text or a tag: what has an inverse document frequency. */
interface TermFacts {
  readonly term: string;
  readonly idf: number;
  readonly idfBm25: number;
  readonly frequency: number;
  readonly weight: number;
}

function termOf(cursor: QueryCursor): TermFacts | undefined {
  if (cursor instanceof WordCursor) {
    return {
      term: cursor.term,
      idf: cursor.idf,
      idfBm25: cursor.idfBm25,
      frequency: cursor.list.frequency,
      weight: cursor.weight,
    };
  }
  if (cursor instanceof DocumentsCursor && cursor.term !== undefined) {
    const { term, idf, idfBm25, weight } = cursor;
    return { term, idf, idfBm25, frequency: 1, weight };
  }
  return undefined;
}

/** The shortest distances between neighbours among the words of a query, as one number from 1 on. */
export function slopOf(cursor: QueryCursor, number: number): number {
  cursor = resolved(cursor, number);
  if (!isAggregate(cursor)) return 1;
  const parts = partsOf(cursor, number);
  if (parts.length <= 1) return 1;
  let sum = 0;
  let before: number[] | undefined;
  for (const part of parts) {
    const positions = positionsOf(part, number, []);
    if (positions.length === 0) continue;
    if (before !== undefined) {
      const distance = leastDistance(before, positions);
      sum += distance * distance;
    }
    before = positions;
  }
  return sum === 0 ? parts.length - 1 : Math.floor(Math.sqrt(sum));
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

// TF-IDF.

function tfIdf(cursor: QueryCursor, number: number, explain: boolean): Scored {
  cursor = resolved(cursor, number);
  const term = termOf(cursor);
  if (term !== undefined) {
    const { weight, frequency, idf } = term;
    const score = weight * frequency * idf;
    const text = explain &&
      line(`(TFIDF ${two(score)} = Weight ${two(weight)} * TF ${frequency} * IDF ${two(idf)})`);
    return { score, explanation: text || undefined };
  }
  if (isAggregate(cursor)) {
    let sum = 0;
    const children: ScoreExplanation[] = [];
    for (const part of partsOf(cursor, number)) {
      const { score, explanation } = tfIdf(part, number, explain);
      sum += score;
      if (explanation !== undefined) children.push(explanation);
    }
    const text = explain &&
      line(`(Weight ${two(cursor.weight)} * total children TFIDF ${two(sum)})`, children);
    return { score: cursor.weight * sum, explanation: text || undefined };
  }
  const frequency = virtualFrequency(cursor, number);
  const weight = virtualWeight(cursor);
  const score = weight * frequency;
  const text = explain &&
    line(`(TFIDF ${two(score)} = Weight ${two(weight)} * Frequency ${frequency})`);
  return { score, explanation: text || undefined };
}

function finalTfIdf(norm: (context: ScoringContext, number: number) => number): Scorer {
  return (context, cursor, number, explain) => {
    const own = context.ownScore(number);
    if (own === 0) {
      return { score: 0, explanation: explain ? line("Document score is 0") : undefined };
    }
    const by = norm(context, number);
    const { score: raw, explanation } = tfIdf(cursor, number, explain);
    const slop = slopOf(cursor, number);
    const score = own * raw / by / slop;
    return {
      score,
      explanation: explanation && line(
        `Final TFIDF : words TFIDF ${two(raw)} * document score ${
          two(own)
        } / norm ${by} / slop ${slop}`,
        [explanation],
      ),
    };
  };
}

// BM25.

const K1 = Math.fround(1.2);
const B = 0.5;

function bm25(
  context: ScoringContext,
  cursor: QueryCursor,
  number: number,
  explain: boolean,
): Scored {
  cursor = resolved(cursor, number);
  const average = context.averageLength;
  const term = termOf(cursor);
  const denominator = (frequency: number) => frequency + K1 * (1 - B + B * average);
  const tail = (frequency: number) =>
    `F ${frequency} / (F ${frequency} + k1 1.2 * (1 - b 0.5 + b 0.5 * Average Len ${
      two(average)
    })))`;
  if (term !== undefined) {
    const { frequency, idf } = term;
    const score = idf * frequency / denominator(frequency);
    const text = explain && line(`(${two(score)} = IDF ${two(idf)} * ${tail(frequency)}`);
    return { score, explanation: text || undefined };
  }
  if (isAggregate(cursor)) {
    return sumOf(
      cursor,
      number,
      explain,
      (part) => bm25(context, part, number, explain),
      "children BM25",
    );
  }
  const frequency = virtualFrequency(cursor, number);
  if (frequency === 0) {
    return { score: 0, explanation: explain ? line("Frequency 0 -> value 0") : undefined };
  }
  const weight = virtualWeight(cursor);
  const score = weight * frequency / denominator(frequency);
  const text = explain && line(`(${two(score)} = Weight ${two(weight)} * ${tail(frequency)}`);
  return { score, explanation: text || undefined };
}

function sumOf(
  cursor: UnionCursor | IntersectCursor,
  number: number,
  explain: boolean,
  of: (part: QueryCursor) => Scored,
  name: string,
): Scored {
  let sum = 0;
  const children: ScoreExplanation[] = [];
  for (const part of partsOf(cursor, number)) {
    const { score, explanation } = of(part);
    sum += score;
    if (explanation !== undefined) children.push(explanation);
  }
  const text = explain && line(`(Weight ${two(cursor.weight)} * ${name} ${two(sum)})`, children);
  return { score: cursor.weight * sum, explanation: text || undefined };
}

const finalBm25: Scorer = (context, cursor, number, explain) => {
  const own = context.ownScore(number);
  const { score: raw, explanation } = bm25(context, cursor, number, explain);
  const slop = slopOf(cursor, number);
  return {
    score: own * raw / slop,
    explanation: explanation && line(
      `Final BM25 : words BM25 ${two(raw)} * document score ${two(own)} / slop ${slop}`,
      [explanation],
    ),
  };
};

function bm25Std(
  context: ScoringContext,
  cursor: QueryCursor,
  number: number,
  explain: boolean,
): Scored {
  cursor = resolved(cursor, number);
  if (isAggregate(cursor)) {
    return sumOf(
      cursor,
      number,
      explain,
      (part) => bm25Std(context, part, number, explain),
      "children BM25",
    );
  }
  const term = termOf(cursor) ??
    (cursor instanceof AllCursor ? { term: "*", idfBm25: cursor.weight, frequency: 1 } : undefined);
  if (term === undefined) {
    const text = explain ? line("Irrelevant token -> score is 0") : undefined;
    return { score: 0, explanation: text };
  }
  const { frequency, idfBm25: idf } = term;
  const length = context.length(number), average = context.averageLength;
  const score = idf * frequency * (K1 + 1) /
    (frequency + K1 * (1 - B + B * length / average));
  const text = explain && line(
    `${term.term}: (${two(score)} = IDF ${two(idf)} * (F ${two(frequency)} * (k1 1.2 + 1)) / (F ${
      two(frequency)
    } + k1 1.2 * (1 - b 0.5 + b 0.5 * Doc Len ${length} / Average Doc Len ${two(average)})))`,
  );
  return { score, explanation: text || undefined };
}

const finalBm25Std: Scorer = (context, cursor, number, explain) => {
  const own = context.ownScore(number);
  const { score: raw, explanation } = bm25Std(context, cursor, number, explain);
  return {
    score: own * raw,
    explanation: explanation &&
      line(`Final BM25 : words BM25 ${two(raw)} * document score ${two(own)}`, [explanation]),
  };
};

// The others.

const disMax: Scorer = (context, cursor, number, explain) => {
  cursor = resolved(cursor, number);
  if (isAggregate(cursor)) {
    let score = 0;
    const children: ScoreExplanation[] = [];
    for (const part of partsOf(cursor, number)) {
      const scored = disMax(context, part, number, explain);
      if (cursor instanceof IntersectCursor) score += scored.score;
      else score = Math.max(score, scored.score);
      if (scored.explanation !== undefined) children.push(scored.explanation);
    }
    const { weight } = cursor;
    const total = weight * score;
    const text = explain &&
      line(`${two(total)} = Weight ${two(weight)} * children DISMAX ${two(score)}`, children);
    return { score: total, explanation: text || undefined };
  }
  const term = termOf(cursor);
  const frequency = term?.frequency ?? virtualFrequency(cursor, number);
  const weight = term?.weight ?? virtualWeight(cursor);
  const score = weight * frequency;
  const text = explain &&
    line(`DISMAX ${two(score)} = Weight ${two(weight)} * Frequency ${frequency}`);
  return { score, explanation: text || undefined };
};

const docScore: Scorer = (context, _cursor, number, explain) => {
  const score = context.ownScore(number);
  return { score, explanation: explain ? line(`Document's score is ${two(score)}`) : undefined };
};

const hamming: Scorer = (context, _cursor, number, explain) => {
  const payload = context.payload(number), query = context.queryPayload;
  const length = payload?.length ?? 0;
  if (payload === undefined || query === undefined || length === 0 || length !== query.length) {
    const text = "Payloads provided to scorer vary in length";
    return { score: 0, explanation: explain ? line(text) : undefined };
  }
  let bits = 0;
  for (let i = 0; i < length; i++) {
    for (let byte = payload[i]! ^ query[i]!; byte !== 0; byte >>= 1) bits += byte & 1;
  }
  const score = 1 / (bits + 1);
  const text = `String length is ${length}. Bit count is ${bits}. Result is (1 / count + 1) = ${
    two(score)
  }`;
  return { score, explanation: explain ? line(text) : undefined };
};

const SCORERS: ReadonlyMap<string, Scorer> = new Map([
  ["TFIDF", finalTfIdf((context, number) => context.most(number))],
  ["TFIDF.DOCNORM", finalTfIdf((context, number) => context.length(number))],
  ["BM25", finalBm25],
  ["BM25STD", finalBm25Std],
  ["DISMAX", disMax],
  ["DOCSCORE", docScore],
  ["HAMMING", hamming],
]);

/** The scorer of a name, as RediSearch spells it. */
export function scorerOf(name: string): Scorer | undefined {
  return SCORERS.get(name);
}

/** The scorer of queries that name none. */
export const DEFAULT_SCORER = "TFIDF";

/** Whether a cursor is that of a vector query. */
export function isVector(cursor: QueryCursor): cursor is NumbersCursor {
  return cursor instanceof NumbersCursor && cursor.kind === "vector";
}
