/**
 * The terms of texts in one language as an index meets them: for each a row of integers that says what
 * the document at hand has of it, and its name, as bytes. A row is one line of the processor's cache;
 * objects, of which a word would touch a chain, cost a miss for each.
 *
 * @module
 */

import { Analyzer, type Word, type WordLimits } from "../text/analyzer.ts";
import type { Language } from "../text/languages.ts";
import { ByteWriter } from "./bytes.ts";

/** What is where in a row. */
export const TERM = {
  /** The document that the next five are about. */
  DOCUMENT: 0,
  FREQUENCY: 1,
  /** Bits of the fields that have it: the lowest 31, and the others. */
  FIELDS: 2,
  MORE_FIELDS: 3,
  /** Where its first and its last position are among those of the document. */
  FIRST: 4,
  LAST: 5,
  /** The row of its stem, 0 for none. */
  STEM: 6,
  /** One more than the index of its other terms, 0 for none. */
  OTHERS: 7,
  /** Where its name is and how many bytes that has. */
  NAME: 8,
  NAME_BYTES: 9,
  /** Its pending list, and which lists that is one of. */
  LIST: 10,
  LISTS: 11,
  /** 1 once its stem and its other terms were looked up. */
  DERIVED: 12,
  /** Bits of further fields, 31 in each, of indexes that have so many. */
  FIELDS_3: 13,
  FIELDS_4: 14,
  FIELDS_5: 15,
} as const;

/** Integers of a row. */
const ROW = 16;
const FIRST_ROWS = 64;

/** Terms beside a word and its stem: the rows of its synonyms' groups, and of its sound or 0. */
export interface OtherTerms {
  readonly sound: number;
  readonly groups: readonly number[];
}

/** What else words are indexed by. */
export interface DerivedTerms {
  /** The name of a word's stem among terms; empty for none. */
  stemOf(word: Word): string;
  soundOf(word: Word): string;
  /** The names of its synonyms' groups. */
  groupsOf(word: Word): readonly string[];
}

/** The terms of one language. */
export class Vocabulary {
  /** The rows of all terms; the first is none's. */
  rows: Int32Array = new Int32Array(FIRST_ROWS * ROW);
  /** The names of all terms. */
  readonly names: ByteWriter = new ByteWriter(4096);
  /** See {@linkcode TERM.OTHERS}. */
  readonly others: OtherTerms[] = [];
  readonly analyzer: Analyzer;
  /** Counts documents. */
  document = 0;
  readonly #derived: DerivedTerms;
  readonly #byName = new Map<string, number>();
  /** Rows by the numbers of words, 0 where none is known. */
  #ofWords = new Int32Array(256);

  constructor(
    language: Language,
    stopWords: ReadonlySet<string>,
    derived: DerivedTerms,
    readonly limits: WordLimits,
  ) {
    this.analyzer = new Analyzer(language, stopWords, limits);
    this.#derived = derived;
  }

  /** How many words there are. */
  get size(): number {
    return this.analyzer.words.length;
  }

  /** Where the row of a word begins. */
  rowOf(word: number): number {
    const known = word < this.#ofWords.length ? this.#ofWords[word]! : 0;
    return known === 0 ? this.#meet(word) : known;
  }

  #meet(number: number): number {
    if (number >= this.#ofWords.length) {
      const more = new Int32Array(2 * number + 1);
      more.set(this.#ofWords);
      this.#ofWords = more;
    }
    const word = this.analyzer.words[number]!;
    // Words that are one in lower case have one row.
    const row = this.#ofWords[number] = this.row(word.term);
    if (this.rows[row + TERM.DERIVED] === 1) return row;
    this.rows[row + TERM.DERIVED] = 1;
    const stem = this.#derived.stemOf(word), sound = this.#derived.soundOf(word);
    if (stem !== "") {
      const stemRow = this.row(stem);
      this.rows[row + TERM.STEM] = stemRow;
    }
    const groups = this.#derived.groupsOf(word);
    if (sound !== "" || groups.length > 0) {
      const others = {
        sound: sound === "" ? 0 : this.row(sound),
        groups: groups.map((group) => this.row(group)),
      };
      this.rows[row + TERM.OTHERS] = this.others.push(others);
    }
    return row;
  }

  /** Where the row of a term begins, made if there is none. */
  row(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const row = (this.#byName.size + 1) * ROW;
    if (row === this.rows.length) {
      const more = new Int32Array(2 * row);
      more.set(this.rows);
      this.rows = more;
    }
    this.#byName.set(name, row);
    const { names } = this;
    const at = names.length;
    names.text(name);
    this.rows[row + TERM.NAME] = at;
    this.rows[row + TERM.NAME_BYTES] = names.length - at;
    return row;
  }
}
