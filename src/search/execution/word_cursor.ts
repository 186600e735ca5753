/** Documents with a word. @module */

import { type FieldMask, meet, WIDE } from "../index/field_mask.ts";
import { type Cursor, END } from "../index/list_cursor.ts";
import type { QueryCursor } from "./query_cursor.ts";

/** A word's documents, and what is known of the current one. */
export interface WordList extends Pick<Cursor, "next" | "skipTo" | "estimate"> {
  /** How often it has the word. */
  readonly frequency: number;
  /** Bits of the fields that have it. */
  readonly mask: number;
  /** The same, if they are more than a number has bits for. */
  readonly wideMask: bigint;
  /** What its positions are in, where they begin and where they end. */
  readonly bytes: Uint8Array;
  /** Where the bits of the fields are in it. */
  readonly maskAt: number;
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
  readonly #mask: FieldMask | undefined;

  /**
   * @param mask The fields in which the word must be; undefined for all.
   * @param expansion Whether the query has another word, that was expanded to this one.
   */
  constructor(
    list: WordList,
    readonly term: string,
    mask: FieldMask | undefined,
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
    if (this.#mask !== undefined) {
      while (number !== END && !this.#fits()) number = list.next();
    }
    return this.number = number;
  }

  skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const found = this.list.skipTo(number);
    if (this.#mask !== undefined && found !== END && !this.#fits()) return this.next();
    return this.number = found;
  }

  #fits(): boolean {
    const { mask } = this.list;
    const wanted = this.#mask!;
    if (mask >= WIDE) return (this.list.wideMask & wanted.all) !== 0n;
    return mask === 0 || meet(mask, wanted.low);
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
