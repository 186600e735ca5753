/**
 * Parts of a text around the words that a query found, and the text with these between tags: what
 * SUMMARIZE and HIGHLIGHT make of a field. The choice of parts, and where they end, is RediSearch's.
 *
 * @module
 */

import { latin1 } from "../../store/values/slice.ts";
import { isSeparator } from "../text/analyzer.ts";

/** A word of a text that the query found. */
export interface FoundWord {
  /** Which of the query's terms it is. */
  readonly term: string;
  /** What that tells: its inverse document frequency. */
  readonly weight: number;
  /** Its place among the words of the text. */
  readonly position: number;
  /** Offset of its first byte. */
  readonly start: number;
}

/** What stands around found words. */
export interface Tags {
  readonly open: string;
  readonly close: string;
}

/** How a text is summarized. */
export interface Summary {
  /** Parts at most. */
  readonly fragments: number;
  /** Words of a part, more or less. */
  readonly length: number;
  /** What stands behind each part. */
  readonly separator: string;
}

/** Words between two found words that are still of one part. */
const FARTHEST = 8;
/** Bytes that a word is taken to have. */
const WORD_BYTES = 6;

interface Mark {
  readonly start: number;
  readonly end: number;
}

/** A part of the text with found words that are near each other. */
interface Fragment {
  start: number;
  end: number;
  score: number;
  first: number;
  last: number;
  readonly terms: Set<string>;
  readonly marks: Mark[];
}

/** A text with one character a byte, and what was found in it. */
export class Fragments {
  readonly #text: string;
  readonly #fragments: Fragment[] = [];

  /** @param found In the order of the text. */
  constructor(bytes: Uint8Array, found: readonly FoundWord[]) {
    this.#text = latin1(bytes, 0, bytes.length);
    let fragment: Fragment | undefined;
    let lastEnd = 0;
    for (const { term, weight, position, start } of found) {
      if (start < lastEnd) continue;
      let end = start;
      while (end < bytes.length && !isSeparator(bytes[end]!)) end++;
      if (fragment === undefined || position - fragment.last > FARTHEST) {
        fragment = {
          start,
          end,
          score: 0,
          first: position,
          last: position,
          terms: new Set(),
          marks: [],
        };
        this.#fragments.push(fragment);
      }
      if (!fragment.terms.has(term)) {
        fragment.terms.add(term);
        fragment.score += weight;
      }
      fragment.end = lastEnd = end;
      fragment.last = position;
      fragment.marks.push({ start, end });
    }
  }

  /** Whether nothing was found. */
  get isEmpty(): boolean {
    return this.#fragments.length === 0;
  }

  /** The whole text with what was found between tags. */
  highlighted(tags: Tags): string {
    const marks = this.#fragments.flatMap((fragment) => fragment.marks);
    return this.#tagged(0, this.#text.length, marks, tags);
  }

  #tagged(start: number, end: number, marks: readonly Mark[], { open, close }: Tags): string {
    let made = "";
    let at = start;
    for (const mark of marks) {
      made += this.#text.slice(at, mark.start) + open + this.#text.slice(mark.start, mark.end) +
        close;
      at = mark.end;
    }
    return made + this.#text.slice(at, end);
  }

  /** The best parts in the order of the text. */
  summarized({ fragments, length, separator }: Summary, tags: Tags): string {
    const chosen = this.#fragments.map((fragment, place) => ({ fragment, place }))
      .sort((a, b) => b.fragment.score - a.fragment.score || a.place - b.place)
      .slice(0, fragments)
      .sort((a, b) => a.place - b.place)
      .map(({ fragment }) => fragment);
    let made = "";
    for (const [i, fragment] of chosen.entries()) {
      const before = chosen[i - 1]?.end ?? 0;
      const after = chosen[i + 1]?.start ?? this.#text.length;
      const [start, end] = this.#context(fragment, length, before, after);
      const part = this.#text.slice(start, fragment.start) +
        this.#tagged(fragment.start, fragment.end, fragment.marks, tags) +
        this.#text.slice(fragment.end, end);
      made += withoutDoubleSpaces(part) + separator;
    }
    return made;
  }

  /** How far a part reaches beyond its first and last found word, between two limits. */
  #context(
    { start, end, first, last, marks }: Fragment,
    length: number,
    before: number,
    after: number,
  ): [start: number, end: number] {
    const others = last - first + 1 - marks.length;
    if (length <= others) return [start, end];
    const reach = Math.floor((length - others) / 2) * WORD_BYTES;
    let from = Math.max(start - reach, before);
    while (from < start && !this.#isSeparator(from)) from++;
    while (from < start && this.#isSeparator(from)) from++;
    let to = Math.min(end + reach, after - 1);
    if (to < end) return [from, end];
    while (to > end && !this.#isSeparator(to)) to--;
    while (to > end && this.#isSeparator(to)) to--;
    return [from, to === end && !this.#isSeparator(end) ? end : to + 1];
  }

  #isSeparator(at: number): boolean {
    return isSeparator(this.#text.charCodeAt(at));
  }
}

/** The beginning of a text in which nothing was found, as long as a summary may be. */
export function beginning(bytes: Uint8Array, { fragments, length }: Summary): string {
  const limit = Math.min(fragments * length * WORD_BYTES + WORD_BYTES, bytes.length);
  const text = withoutDoubleSpaces(latin1(bytes, 0, limit));
  let end = text.length;
  while (end > 1 && !isSeparator(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end).trimEnd();
}

/** Leaves the first of white space that follows each other. */
function withoutDoubleSpaces(text: string): string {
  return text.replace(/([\t-\r ])[\t-\r ]+/g, "$1");
}
