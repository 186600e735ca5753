/** FT.SPELLCHECK: words of a query that no document has, and those that are near them. */

import type { QueryBudget } from "./execution/budget.ts";
import type { QueryNode, TokenNode } from "./query/ast.ts";
import type { SearchIndex } from "./results.ts";

/** A word that may have been meant. */
export interface Correction {
  readonly word: string;
  /** The share of the documents that have it. */
  readonly score: number;
}

/** A word that no document has. */
export interface Misspelling {
  readonly word: string;
  /** What may have been meant, the most frequent first. */
  readonly corrections: readonly Correction[];
}

/** How words are checked. */
export interface SpellingOptions {
  /** The greatest distance (Levenshtein's) of a correction. */
  readonly distance: number;
  /** Further words that may have been meant. */
  readonly included: readonly (readonly string[])[];
  /** Words of which nothing is said. */
  readonly excluded: readonly (readonly string[])[];
}

/** The words of a query in their order. */
function* tokensOf(node: QueryNode): Generator<TokenNode> {
  switch (node.kind) {
    case "token":
      yield node;
      break;
    case "intersect":
    case "union":
    case "tag":
      for (const child of node.children) yield* tokensOf(child);
      break;
    case "not":
    case "optional":
      yield* tokensOf(node.child);
      break;
    case "vector":
      if (node.child !== undefined) yield* tokensOf(node.child);
  }
}

/**
 * The distance of a word from a text, or from that without its last character if that is less: so
 * RediSearch's automaton has it. Beyond `most` it is any greater number.
 */
export function distanceOf(word: readonly string[], text: readonly string[], most: number): number {
  const { length } = word;
  if (Math.abs(length - text.length) > most + 1) return most + 1;
  let row = Array.from({ length: length + 1 }, (_, i) => i);
  let before = row[length]!;
  for (const character of text) {
    before = row[length]!;
    const next = [row[0]! + 1];
    let least = next[0]!;
    for (let j = 1; j <= length; j++) {
      const replaced = row[j - 1]! + (word[j - 1] === character ? 0 : 1);
      const distance = Math.min(replaced, row[j]! + 1, next[j - 1]! + 1);
      next.push(distance);
      if (distance < least) least = distance;
    }
    if (least > most) return most + 1;
    row = next;
  }
  return Math.min(before, row[length]!);
}

/** Finds the words of a query that no document has. @throws {QueryTimeout} */
export function misspellings(
  index: SearchIndex,
  query: QueryNode,
  { distance, included, excluded }: SpellingOptions,
  budget: QueryBudget,
): Misspelling[] {
  const found: Misspelling[] = [];
  for (const { text, fields } of tokensOf(query)) {
    const word = text.toLowerCase();
    budget.step(64);
    if (index.documentsOf(word) > 0 || excluded.some((words) => words.includes(word))) continue;
    found.push({ word, corrections: corrections(index, word, fields, distance, included, budget) });
  }
  return found;
}

function corrections(
  index: SearchIndex,
  word: string,
  fields: readonly string[] | undefined,
  most: number,
  included: SpellingOptions["included"],
  budget: QueryBudget,
): Correction[] {
  const characters = [...word];
  const near = new Map<string, { distance: number; score: number }>();
  const { count } = index.documents;
  index.words((candidate) => {
    budget.step(8 * characters.length);
    const distance = distanceOf(characters, [...candidate], most);
    if (distance > most) return true;
    // A field that is named decides whether the word counts, not in how many documents it is.
    if (fields !== undefined && !isIn(index, candidate, fields)) return true;
    const documents = index.documentsOf(candidate);
    if (documents > 0) {
      near.set(candidate, { distance, score: count === 0 ? 0 : documents / count });
    }
    return true;
  });
  for (const words of included) {
    for (const candidate of words) {
      if (near.has(candidate)) continue;
      budget.step(8 * characters.length);
      const distance = distanceOf(characters, [...candidate.toLowerCase()], most);
      if (distance <= most) near.set(candidate, { distance, score: 0 });
    }
  }
  return [...near].sort(([a, x], [b, y]) =>
    y.score - x.score || x.distance - y.distance || (a < b ? -1 : 1)
  ).map(([near, { score }]) => ({ word: near, score }));
}

/** Whether a document has a word in one of some fields. */
function isIn(index: SearchIndex, word: string, fields: readonly string[]): boolean {
  const matches = index.execute({
    kind: "token",
    text: word,
    verbatim: true,
    fields,
    attributes: {
      weight: 1,
      slop: undefined,
      inOrder: undefined,
      phonetic: undefined,
      distanceAs: undefined,
    },
  }, { dialect: 2, verbatim: true });
  return matches.next();
}
