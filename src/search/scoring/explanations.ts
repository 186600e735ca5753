/**
 * EXPLAINSCORE: how scores come about, in RediSearch's words.
 *
 * @module
 */

import { AllCursor } from "../execution/document_cursors.ts";
import type { QueryCursor } from "../execution/query_cursor.ts";
import { WordCursor } from "../execution/word_cursor.ts";
import type { ScoreExplanation } from "../results.ts";
import {
  bm25,
  bm25Std,
  differentBits,
  disMax,
  disMaxOfParts,
  eachPart,
  frequencyOf,
  isAggregate,
  isTerm,
  resolved,
  type ScoringContext,
  slopOf,
  tfIdf,
  virtualFrequency,
  virtualWeight,
} from "./formulas.ts";

const line = (text: string, children: readonly ScoreExplanation[] = []): ScoreExplanation => ({
  text,
  children,
});

/** C's `%.2f`. */
const two = (value: number) =>
  Number.isFinite(value) ? value.toFixed(2) : value > 0 ? "inf" : value < 0 ? "-inf" : "-nan";

/** The line of a cursor of several parts, above theirs. @param name What the parts' scores are called. */
function lineOfParts(
  cursor: QueryCursor,
  number: number,
  name: string,
  score: (part: QueryCursor) => number,
  explain: (part: QueryCursor) => ScoreExplanation,
): ScoreExplanation | undefined {
  if (!isAggregate(cursor)) return undefined;
  const lines: ScoreExplanation[] = [];
  let sum = 0;
  eachPart(cursor, number, (part) => {
    sum += score(part);
    lines.push(explain(part));
  });
  return line(`(Weight ${two(cursor.weight)} * ${name} ${two(sum)})`, lines);
}

function linesOfTfIdf(cursor: QueryCursor, number: number): ScoreExplanation {
  cursor = resolved(cursor, number);
  const score = two(tfIdf(cursor, number));
  if (isTerm(cursor)) {
    return line(
      `(TFIDF ${score} = Weight ${two(cursor.weight)} * TF ${frequencyOf(cursor)} * IDF ${
        two(cursor.idf)
      })`,
    );
  }
  const ofParts = lineOfParts(
    cursor,
    number,
    "total children TFIDF",
    (part) => tfIdf(part, number),
    (part) => linesOfTfIdf(part, number),
  );
  if (ofParts !== undefined) return ofParts;
  return line(
    `(TFIDF ${score} = Weight ${two(virtualWeight(cursor))} * Frequency ${
      virtualFrequency(cursor, number)
    })`,
  );
}

/** TF-IDF's explanation. @param own The document's own score. @param norm What it is divided by. */
export function explainTfIdf(
  own: number,
  norm: number,
  cursor: QueryCursor,
  number: number,
): ScoreExplanation {
  if (own === 0) return line("Document score is 0");
  return line(
    `Final TFIDF : words TFIDF ${two(tfIdf(cursor, number))} * document score ${
      two(own)
    } / norm ${norm} / slop ${slopOf(cursor, number)}`,
    [linesOfTfIdf(cursor, number)],
  );
}

function linesOfBm25(
  context: ScoringContext,
  cursor: QueryCursor,
  number: number,
): ScoreExplanation {
  cursor = resolved(cursor, number);
  const score = two(bm25(context, cursor, number));
  const tail = (frequency: number) =>
    `F ${frequency} / (F ${frequency} + k1 1.2 * (1 - b 0.5 + b 0.5 * Average Len ${
      two(context.averageLength)
    })))`;
  if (isTerm(cursor)) {
    return line(`(${score} = IDF ${two(cursor.idf)} * ${tail(frequencyOf(cursor))}`);
  }
  const ofParts = lineOfParts(
    cursor,
    number,
    "children BM25",
    (part) => bm25(context, part, number),
    (part) => linesOfBm25(context, part, number),
  );
  if (ofParts !== undefined) return ofParts;
  const frequency = virtualFrequency(cursor, number);
  if (frequency === 0) return line("Frequency 0 -> value 0");
  return line(`(${score} = Weight ${two(virtualWeight(cursor))} * ${tail(frequency)}`);
}

/** BM25's explanation. */
export function explainBm25(
  context: ScoringContext,
  cursor: QueryCursor,
  number: number,
): ScoreExplanation {
  return line(
    `Final BM25 : words BM25 ${two(bm25(context, cursor, number))} * document score ${
      two(context.ownScore(number))
    } / slop ${slopOf(cursor, number)}`,
    [linesOfBm25(context, cursor, number)],
  );
}

function linesOfBm25Std(
  context: ScoringContext,
  cursor: QueryCursor,
  number: number,
): ScoreExplanation {
  cursor = resolved(cursor, number);
  const ofParts = lineOfParts(
    cursor,
    number,
    "children BM25",
    (part) => bm25Std(context, part, number),
    (part) => linesOfBm25Std(context, part, number),
  );
  if (ofParts !== undefined) return ofParts;
  let term: string, idf: number, frequency = 1;
  if (isTerm(cursor)) {
    term = cursor.term ?? "";
    idf = cursor.idfBm25;
    frequency = frequencyOf(cursor);
  } else if (cursor instanceof AllCursor) {
    term = "*";
    idf = cursor.weight;
  } else return line("Irrelevant token -> score is 0");
  return line(
    `${term}: (${two(bm25Std(context, cursor, number))} = IDF ${two(idf)} * (F ${
      two(frequency)
    } * (k1 1.2 + 1)) / (F ${two(frequency)} + k1 1.2 * (1 - b 0.5 + b 0.5 * Doc Len ${
      context.length(number)
    } / Average Doc Len ${two(context.averageLength)})))`,
  );
}

/** BM25STD's explanation. */
export function explainBm25Std(
  context: ScoringContext,
  cursor: QueryCursor,
  number: number,
): ScoreExplanation {
  return line(
    `Final BM25 : words BM25 ${two(bm25Std(context, cursor, number))} * document score ${
      two(context.ownScore(number))
    }`,
    [linesOfBm25Std(context, cursor, number)],
  );
}

/** DISMAX's explanation. */
export function explainDisMax(cursor: QueryCursor, number: number): ScoreExplanation {
  cursor = resolved(cursor, number);
  const score = two(disMax(cursor, number));
  if (isAggregate(cursor)) {
    const lines: ScoreExplanation[] = [];
    eachPart(cursor, number, (part) => lines.push(explainDisMax(part, number)));
    const { weight } = cursor;
    return line(
      `${score} = Weight ${two(weight)} * children DISMAX ${two(disMaxOfParts(cursor, number))}`,
      lines,
    );
  }
  const frequency = cursor instanceof WordCursor
    ? cursor.list.frequency
    : virtualFrequency(cursor, number);
  return line(`DISMAX ${score} = Weight ${two(virtualWeight(cursor))} * Frequency ${frequency}`);
}

/** DOCSCORE's explanation. */
export function explainDocScore(own: number): ScoreExplanation {
  return line(`Document's score is ${two(own)}`);
}

/** HAMMING's explanation. */
export function explainHamming(context: ScoringContext, number: number): ScoreExplanation {
  const bits = differentBits(context, number);
  if (bits === undefined) return line("Payloads provided to scorer vary in length");
  const length = context.queryPayload?.length ?? 0;
  return line(
    `String length is ${length}. Bit count is ${bits}. Result is (1 / count + 1) = ${
      two(1 / (bits + 1))
    }`,
  );
}
