/** Documents with a word. @module */

import { type Cursor, END } from "../index/list_cursor.ts";
import type { QueryCursor } from "./query_cursor.ts";

/** A word's documents, and what is known of the current one. */
export interface WordList extends Pick<Cursor, "next" | "skipTo" | "estimate"> {
  /** How often it has the word. */
  readonly frequency: number;
  /** Bits of the fields that have it. */
  readonly mask: number;
  /** What its positions are in, where they begin and where they end. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Documents with a word in some fields. */
export class WordCursor implements QueryCursor {
  readonly kind = "word";
  number = 0;
  /** Inverse document frequency, as TF-IDF has it and as BM25. */
  idf = 0;
  idfBm25 = 0;
  readonly estimate: number;
  readonly list: WordList;
  readonly #mask: number;

  /**
   * @param mask Bits of the fields in which the word must be; Infinity for all.
   * @param expansion Whether the query has another word, that was expanded to this one.
   */
  constructor(
    list: WordList,
    readonly term: string,
    mask: number,
    readonly weight: number,
    readonly expansion: boolean,
  ) {
    this.list = list;
    this.#mask = mask;
    this.estimate = list.estimate;
  }

  /** The same word over another list. */
  over(list: WordList): WordCursor {
    const { term, weight, expansion } = this;
    const word = new WordCursor(list, term, this.#mask, weight, expansion);
    word.idf = this.idf;
    word.idfBm25 = this.idfBm25;
    return word;
  }

  next(): number {
    const { list } = this;
    let number = list.next();
    if (this.#mask !== Infinity) {
      while (number !== END && !this.#fits()) number = list.next();
    }
    return this.number = number;
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const found = this.list.skipTo(number);
    if (this.#mask !== Infinity && found !== END && !this.#fits()) return this.next();
    return this.number = found;
  }

  #fits(): boolean {
    const { mask } = this.list;
    return mask === 0 || meet(mask, this.#mask);
  }

  addPositions(into: number[]): void {
    const { bytes, start, end } = this.list;
    let position = 0;
    for (let at = start; at < end;) {
      let byte = bytes[at++]!;
      let value = byte & 0x7f, shift = 7;
      while (byte >= 0x80) {
        byte = bytes[at++]!;
        value |= (byte & 0x7f) << shift;
        shift += 7;
      }
      into.push(position += value);
    }
  }
}

/** Whether two sets of bits, numbers up to 2^53, have one in common. */
function meet(a: number, b: number): boolean {
  if (((a & b) | 0) !== 0) return true;
  return a > 0xffffffff && b > 0xffffffff &&
    (Math.floor(a / 2 ** 32) & Math.floor(b / 2 ** 32)) !== 0;
}
