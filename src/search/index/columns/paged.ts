/**
 * Numbers by the number of a document, in pages of 4096 of which only those are there that hold
 * something: documents that change get new numbers, so the old ones' pages become empty.
 *
 * @module
 */

const BITS = 12;
/** Documents of a page. */
export const PAGE_SIZE: number = 1 << BITS;
const MASK = PAGE_SIZE - 1;

/** What is known of a page of documents. */
export class FactPage {
  /** 1 for documents that are there. */
  readonly live: Uint8Array = new Uint8Array(PAGE_SIZE);
  /** Words in their texts. */
  readonly lengths: Uint32Array = new Uint32Array(PAGE_SIZE);
  /** How often their most frequent word is in them. */
  readonly most: Uint32Array = new Uint32Array(PAGE_SIZE);
  readonly scores: Float32Array = new Float32Array(PAGE_SIZE);
  count = 0;
}

/** Bytes of a {@linkcode FactPage}. */
const FACT_PAGE_BYTES = PAGE_SIZE * 13;

/** Which documents an index has, and what scorers want of them. */
export class Facts {
  readonly #pages: (FactPage | undefined)[] = [];
  #allocated = 0;
  /** Documents with a number up to here are known. */
  to = 0;
  /** Deletions up to this one are known. */
  deletions = 0;

  /** Adds a document. */
  add(number: number, length: number, most: number, score: number): void {
    const at = number >> BITS;
    let page = this.#pages[at];
    if (page === undefined) {
      page = this.#pages[at] = new FactPage();
      this.#allocated++;
    }
    const i = number & MASK;
    if (page.live[i] === 0) page.count++;
    page.live[i] = 1;
    page.lengths[i] = length;
    page.most[i] = most;
    page.scores[i] = score;
  }

  /** Takes a document out. */
  remove(number: number): void {
    const page = this.#pages[number >> BITS];
    if (page === undefined || page.live[number & MASK] === 0) return;
    page.live[number & MASK] = 0;
    if (--page.count > 0) return;
    this.#pages[number >> BITS] = undefined;
    this.#allocated--;
  }

  /** Whether a document is there. */
  isLive(number: number): boolean {
    const page = this.#pages[number >> BITS];
    return page !== undefined && page.live[number & MASK] === 1;
  }

  /** The first document that is there from `number` on; `end` if there is none before. */
  nextLive(number: number, end: number): number {
    while (number < end) {
      const page = this.#pages[number >> BITS];
      if (page === undefined) {
        number = ((number >> BITS) + 1) << BITS;
        continue;
      }
      const { live } = page;
      const last = Math.min(PAGE_SIZE, end - (number & ~MASK));
      for (let i = number & MASK; i < last; i++) {
        if (live[i] === 1) return (number & ~MASK) + i;
      }
      number = (number & ~MASK) + PAGE_SIZE;
    }
    return end;
  }

  /** Words in a document's texts. */
  length(number: number): number {
    return this.#pages[number >> BITS]?.lengths[number & MASK] ?? 0;
  }

  /** How often a document's most frequent word is in it. */
  most(number: number): number {
    return this.#pages[number >> BITS]?.most[number & MASK] ?? 0;
  }

  /** The score a document has by itself. */
  score(number: number): number {
    return this.#pages[number >> BITS]?.scores[number & MASK] ?? 0;
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#allocated * FACT_PAGE_BYTES;
  }
}

/** One number of each document, NaN for none; of documents with several, the first. */
export class NumberColumn {
  readonly #pages: (Float64Array | undefined)[] = [];
  #allocated = 0;
  /** All numbers of documents with several. */
  readonly #several = new Map<number, number[]>();
  /** Documents with a number up to here are known. */
  to = 0;

  /** Adds a document's number, or one more. */
  add(number: number, value: number): void {
    const at = number >> BITS;
    let page = this.#pages[at];
    if (page === undefined) {
      page = this.#pages[at] = new Float64Array(PAGE_SIZE).fill(NaN);
      this.#allocated++;
    }
    const i = number & MASK;
    const first = page[i]!;
    if (Number.isNaN(first)) {
      page[i] = value;
      return;
    }
    const all = this.#several.get(number);
    if (all === undefined) this.#several.set(number, [first, value]);
    else all.push(value);
  }

  /** A document's number, the first if it has several; NaN for none. */
  get(number: number): number {
    const page = this.#pages[number >> BITS];
    return page === undefined ? NaN : page[number & MASK]!;
  }

  /** The first document from `number` on with a number from `min` to `max`; `end` if there is none before. */
  nextBetween(number: number, end: number, min: number, max: number): number {
    const several = this.#several.size > 0;
    while (number < end) {
      const page = this.#pages[number >> BITS];
      const start = number & ~MASK;
      if (page !== undefined) {
        const last = Math.min(PAGE_SIZE, end - start);
        for (let i = number & MASK; i < last; i++) {
          const value = page[i]!;
          if (value >= min && value <= max) return start + i;
          if (several && this.#anyBetween(start + i, min, max)) return start + i;
        }
      }
      number = start + PAGE_SIZE;
    }
    return end;
  }

  #anyBetween(number: number, min: number, max: number): boolean {
    return this.#several.get(number)?.some((value) => value >= min && value <= max) ?? false;
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#allocated * PAGE_SIZE * 8 + this.#several.size * 64;
  }
}
