/**
 * Text as the words that an index knows it by.
 *
 * Bytes are split at white space and ASCII punctuation, except `_`; a backslash takes a separator's
 * meaning away. What is left is lower-cased; control characters and lone backslashes are dropped,
 * so that a line break joins two words, as in RediSearch. Text ends at its first byte 0. Stop words,
 * and words of which nothing is left, take no position.
 *
 * Words are numbered: an analyzer makes one {@linkcode Word} of equal bytes, so a stem is computed
 * once, and whoever indexes can keep what it knows of a word in an array.
 *
 * @module
 */

import { ABSENT, ByteTable, HASH_FACTOR, HASH_START, hashOf } from "./byte_table.ts";
import type { Language } from "./languages.ts";
import { soundOf } from "./sounds.ts";
import { stemOf } from "./stemmer.ts";
import { DEFAULT_STOP_WORDS } from "./stop_words.ts";

/** Most bytes of a word that an index keeps; the rest is cut off. */
export const MAX_WORD_BYTES = 128;

/** Which words of documents have stems and sounds in an index: those of so many bytes and more. */
export interface WordLimits {
  readonly stemmed: number;
  readonly sounding: number;
}

const DEFAULT_LIMITS: WordLimits = { stemmed: 4, sounding: 3 };

/** What is visited instead of a word's number where it takes no position. */
const NO_WORD = -1;

const BACKSLASH = 0x5c;

/** Bytes that end a word. */
const SEPARATES = new Uint8Array(256);
for (const character of " \t,./(){}[]:;~!@#$%^&*-=+|'`\"<>?") {
  SEPARATES[character.charCodeAt(0)] = 1;
}

/** Whether a byte ends a word. */
export function isSeparator(byte: number): boolean {
  return SEPARATES[byte] === 1;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A word as the index knows it. */
export class Word {
  readonly #language: Language;
  readonly #bytes: number;
  readonly #limits: WordLimits;
  #stem: string | undefined;
  #sound: string | undefined;

  constructor(
    /** In lower case. */
    readonly term: string,
    bytes: number,
    language: Language,
    limits: WordLimits,
  ) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#language = language;
  }

  /** Its stem, empty if that is the word itself or the word is too short to have one. */
  get stem(): string {
    if (this.#stem !== undefined) return this.#stem;
    const stem = this.#bytes < this.#limits.stemmed ? "" : stemOf(this.term, this.#language);
    return this.#stem = stem === this.term ? "" : stem;
  }

  /** How it sounds: its first code of Double Metaphone, empty if it is too short to have one. */
  get sound(): string {
    return this.#sound ??= this.#bytes < this.#limits.sounding ? "" : soundOf(this.term);
  }
}

/**
 * Is told of a word in a text.
 *
 * @param word Its number, of the analyzer's words.
 * @param position Counts from 1, without stop words.
 * @param start Offset of its first byte in the text.
 * @param end Offset past its last byte.
 */
export type Visit = (word: number, position: number, start: number, end: number) => void;

/** A word of a query, with what it is looked for by besides itself. */
export interface QueryWord {
  /** In lower case. */
  readonly term: string;
  /** Its stem; the word itself if it has none. */
  readonly stem: string;
  /** Its parts in a language without spaces; empty in others. */
  readonly parts: readonly string[];
}

/** Lower case as the index has it. */
export function folded(text: string): string {
  return text.toLowerCase();
}

/** Makes words of text in one language. */
export class Analyzer {
  /** The language. */
  readonly language: Language;
  /** The words that were met so far, by their numbers. */
  readonly words: Word[] = [];
  readonly #stopWords: ReadonlySet<string>;
  readonly #segmenter: Intl.Segmenter | undefined;
  /** Numbers of words by their bytes as they stand in texts. */
  readonly #numbers = new ByteTable();

  readonly #limits: WordLimits;

  /** @param stopWords In lower case. */
  constructor(
    language: Language,
    stopWords: ReadonlySet<string> = DEFAULT_STOP_WORDS,
    limits: WordLimits = DEFAULT_LIMITS,
  ) {
    this.#limits = limits;
    this.language = language;
    this.#stopWords = stopWords;
    if (language === "chinese") {
      this.#segmenter = new Intl.Segmenter("zh", { granularity: "word" });
    }
  }

  /**
   * Finds the words of a text.
   *
   * @param bytes What holds the text as UTF-8.
   * @param start Index of its first byte.
   * @param end Index past its last byte.
   * @param before How many positions come before it, where a document has several texts.
   * @returns The last position taken.
   */
  analyze(bytes: Uint8Array, start: number, end: number, visit: Visit, before = 0): number {
    let position = before;
    const zero = bytes.indexOf(0, start);
    if (zero >= 0 && zero < end) end = zero;
    let at = start;
    while (at < end) {
      let highest = 0, hash = HASH_START;
      const first = at;
      for (; at < end; at++) {
        let byte = bytes[at]!;
        if (SEPARATES[byte] === 1) break;
        if (byte === BACKSLASH && at + 1 < end) {
          hash = Math.imul(hash ^ byte, HASH_FACTOR);
          byte = bytes[++at]!;
        }
        highest |= byte;
        hash = Math.imul(hash ^ byte, HASH_FACTOR);
      }
      const last = at++;
      if (last === first) continue;
      if (this.#segmenter !== undefined && highest >= 0x80) {
        position = this.#segment(bytes, first, last, start, position, visit);
        continue;
      }
      const word = this.#number(bytes, first, last, hash);
      if (word !== NO_WORD) visit(word, ++position, first - start, last - start);
    }
    return position;
  }

  /** A word that a query asks for; its escapes are resolved already. */
  queryWord(text: string): QueryWord {
    const term = folded(text);
    const parts: string[] = [];
    for (const { segment, isWordLike } of this.#segmenter?.segment(term) ?? []) {
      if (isWordLike) parts.push(segment);
    }
    return { term, stem: stemOf(term, this.language), parts };
  }

  /** Whether an index leaves a word out. */
  isStopWord(term: string): boolean {
    return this.#stopWords.has(term);
  }

  /** The number of a word, from what {@linkcode hashOf} says of it. */
  #number(bytes: Uint8Array, start: number, end: number, hash: number): number {
    if (end - start > MAX_WORD_BYTES) {
      // Of what is cut off, it matters only whether there is any.
      end = start + MAX_WORD_BYTES + 1;
      hash = hashOf(bytes, start, end);
    }
    const known = this.#numbers.find(bytes, start, end, hash);
    if (known !== ABSENT) return known;
    const term = normalized(bytes.slice(start, end));
    const number = term === "" || this.#stopWords.has(term) ? NO_WORD : this.words.length;
    if (number !== NO_WORD) {
      const { stemmed, sounding } = this.#limits;
      const isLong = term.length >= stemmed && term.length >= sounding;
      const length = isLong ? term.length : encoder.encode(term).length;
      this.words.push(new Word(term, length, this.language, this.#limits));
    }
    this.#numbers.add(bytes, start, end, hash, number);
    return number;
  }

  /** Words of a run without separators, some of whose characters are not ASCII. */
  #segment(
    bytes: Uint8Array,
    first: number,
    last: number,
    textStart: number,
    position: number,
    visit: Visit,
  ): number {
    const text = decoder.decode(bytes.subarray(first, last));
    let at = first - textStart;
    for (const { segment, isWordLike } of this.#segmenter!.segment(text)) {
      const start = at;
      const encoded = encoder.encode(segment);
      at += encoded.length;
      if (!isWordLike) continue;
      const word = this.#number(encoded, 0, at - start, hashOf(encoded, 0, at - start));
      if (word !== NO_WORD) visit(word, ++position, start, at);
    }
    return position;
  }
}

/** A word's bytes in a text as its term. */
function normalized(bytes: Uint8Array): string {
  const kept = new Uint8Array(Math.min(bytes.length, MAX_WORD_BYTES));
  let length = 0;
  let escaped = false;
  for (let i = 0; i < bytes.length && i < MAX_WORD_BYTES; i++) {
    const byte = bytes[i]!;
    const escapes: boolean = byte === BACKSLASH && !escaped;
    if (!escapes && byte >= 0x20 && byte !== 0x7f && (byte !== 0x20 || escaped)) {
      kept[length++] = byte;
    }
    escaped = escapes;
  }
  // A character that the limit cuts in two goes as a whole.
  if (bytes.length > MAX_WORD_BYTES) {
    let back = length;
    while (back > 0 && (kept[back - 1]! & 0xc0) === 0x80) back--;
    if (back > 0 && kept[back - 1]! >= 0xc0) {
      const lead = kept[back - 1]!;
      const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
      if (length - back + 1 < wanted) length = back - 1;
    }
  }
  return folded(decoder.decode(kept.subarray(0, length)));
}
