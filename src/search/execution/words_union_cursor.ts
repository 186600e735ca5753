/**
 * Documents that have one of many words, as a prefix stands for.
 *
 * With a heap of two hundred lists, each entry costs several comparisons of cursors that lie all over the
 * memory. Here a window of documents is filled from one list after the other, and then gone through: an
 * entry costs a few stores. A window is as long as the way in which it is used allows: short where the
 * union is sent to documents far from each other.
 *
 * @module
 */

import { wideMaskAt } from "../index/field_mask.ts";
import { END } from "../index/list_cursor.ts";
import type { QueryBudget } from "./budget.ts";
import type { QueryCursor } from "./query_cursor.ts";
import { UnionCursor } from "./union_cursor.ts";
import type { WordCursor, WordList } from "./word_cursor.ts";

/** Documents of a window at least, and at most. */
const SHORTEST = 32;
const LONGEST = 1024;

/** What a window keeps of an entry, as integers: */
const ENTRY = {
  /** one more than the index of the document's next entry, 0 for none; */
  NEXT: 0,
  /** the index of the word; */
  WORD: 1,
  FREQUENCY: 2,
  /** which bytes it is in, and where its fields are, and its positions begin and end. */
  BYTES: 3,
  MASK: 4,
  START: 5,
  END: 6,
} as const;
const INTEGERS = 7;

/** Where a list stood when it had the document that a window is at. */
class Standing implements WordList {
  frequency = 0;
  mask = 0;
  bytes: Uint8Array = new Uint8Array(0);
  maskAt = 0;
  start = 0;
  end = 0;

  constructor(readonly estimate: number) {}

  get wideMask(): bigint {
    return wideMaskAt(this.bytes, this.maskAt);
  }

  // The union goes on by itself.

  next(): number {
    return END;
  }

  skipTo(): number {
    return END;
  }
}

/** Documents that have any of many words. */
export class WordsUnionCursor extends UnionCursor {
  readonly #words: readonly WordCursor[];
  readonly #standing: readonly Standing[];
  readonly #shown: readonly WordCursor[];
  readonly #budget: QueryBudget;
  /** The window's first document, its length, and by document one more than its first entry's index. */
  #base = 0;
  #size = 0;
  readonly #first = new Int32Array(LONGEST);
  #entries = new Int32Array(INTEGERS * LONGEST);
  #masks = new Float64Array(LONGEST);
  readonly #bytes: Uint8Array[] = [];
  /** The first document after the window. */
  #after = 0;

  /** @param words In the order that scorers take them in. */
  constructor(words: readonly WordCursor[], weight: number, budget: QueryBudget) {
    const standing = words.map(({ estimate }) => new Standing(estimate));
    const shown = words.map((word, i) => word.over(standing[i]!));
    super(shown, weight, budget);
    this.#words = words;
    this.#standing = standing;
    this.#shown = shown;
    this.#budget = budget;
  }

  override next(): number {
    this.onlyFirst = false;
    return this.#from(this.number + 1, Math.min(4 * this.#size, LONGEST));
  }

  override skipTo(number: number): number {
    if (number <= this.number) return this.number;
    const found = this.#from(number, SHORTEST);
    this.onlyFirst = found !== number;
    return found;
  }

  override eachPart(visit: (child: QueryCursor) => void): void {
    const { number } = this;
    if (number >= END) return;
    const entries = this.#entries;
    for (let entry = this.#first[number - this.#base]!; entry !== 0;) {
      const at = INTEGERS * (entry - 1);
      visit(this.#shown[entries[at + ENTRY.WORD]!]!);
      if (this.onlyFirst) return;
      entry = entries[at + ENTRY.NEXT]!;
    }
  }

  /** Goes to the first document from `number` on. @param size How long another window is at least. */
  #from(number: number, size: number): number {
    const first = this.#first;
    for (;;) {
      const end = this.#base + this.#size;
      for (let i = number - this.#base; number < end; i++, number++) {
        if (first[i] !== 0) return this.#stand(number);
      }
      if (number < this.#after) number = this.#after;
      if (number >= END) return this.number = END;
      this.#fill(number, Math.max(size, SHORTEST));
      // Nothing is in a window that begins between two documents.
      if (this.#size === 0) number = this.#after;
    }
  }

  /** Lets the words of a document be seen where they stand in it. */
  #stand(number: number): number {
    const entries = this.#entries;
    for (let entry = this.#first[number - this.#base]!; entry !== 0;) {
      const at = INTEGERS * (entry - 1);
      const word = entries[at + ENTRY.WORD]!;
      const list = this.#standing[word]!;
      list.frequency = entries[at + ENTRY.FREQUENCY]!;
      list.mask = this.#masks[entry - 1]!;
      list.bytes = this.#bytes[entries[at + ENTRY.BYTES]!]!;
      list.maskAt = entries[at + ENTRY.MASK]!;
      list.start = entries[at + ENTRY.START]!;
      list.end = entries[at + ENTRY.END]!;
      this.#shown[word]!.number = number;
      entry = entries[at + ENTRY.NEXT]!;
    }
    return this.number = number;
  }

  #fill(base: number, size: number): void {
    const first = this.#first, words = this.#words, bytes = this.#bytes;
    first.fill(0, 0, size);
    bytes.length = 0;
    const end = base + size;
    let count = 0, after = END;
    // The last word first: each entry goes in front of its document's others.
    for (let i = words.length - 1; i >= 0; i--) {
      const word = words[i]!;
      let number = word.number < base ? word.skipTo(base) : word.number;
      for (; number < end; number = word.next()) {
        if (count === this.#masks.length) this.#lengthen();
        const { list } = word;
        const at = INTEGERS * count, entries = this.#entries;
        if (bytes.at(-1) !== list.bytes) bytes.push(list.bytes);
        entries[at + ENTRY.NEXT] = first[number - base]!;
        entries[at + ENTRY.WORD] = i;
        entries[at + ENTRY.FREQUENCY] = list.frequency;
        entries[at + ENTRY.BYTES] = bytes.length - 1;
        entries[at + ENTRY.MASK] = list.maskAt;
        entries[at + ENTRY.START] = list.start;
        entries[at + ENTRY.END] = list.end;
        this.#masks[count] = list.mask;
        first[number - base] = ++count;
      }
      if (number < after) after = number;
    }
    this.#base = base;
    this.#size = count === 0 ? 0 : size;
    this.#after = after;
    this.#budget.step(count + words.length);
  }

  #lengthen(): void {
    const entries = new Int32Array(2 * this.#entries.length);
    entries.set(this.#entries);
    this.#entries = entries;
    const masks = new Float64Array(2 * this.#masks.length);
    masks.set(this.#masks);
    this.#masks = masks;
  }
}
