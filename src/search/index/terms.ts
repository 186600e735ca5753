/**
 * The terms of an index and their documents: stored lists and what is pending, as one.
 *
 * @module
 */

import type { Statements } from "../../history/statements.ts";
import type { StoredCounts } from "./counts.ts";
import { KIND, sortOf, WORDS } from "./kinds.ts";
import { ListCursor } from "./list_cursor.ts";
import type { ListStore } from "./lists.ts";
import type { Merging } from "./merging.ts";

/** Sorts of lists whose entries are records to RediSearch. */
const INVERTED: readonly number[] = [WORDS, KIND.TAGS, KIND.NUMBERS, KIND.POINTS];

const SQL = {
  listSizes: `SELECT coalesce(sum(kind = 0), 0),
      coalesce(sum(iif(kind & 7 IN (${INVERTED.join()}), documents, 0)), 0),
      coalesce(sum(length(tail)), 0) FROM search_lists WHERE contents = ?1`,
  blockSizes: `SELECT count(*), coalesce(sum(length(entries)), 0) FROM search_blocks
    WHERE contents = ?1`,
};

/** Bytes of a text in memory beside its characters, about. */
const TERM_BYTES = 24;

/** Terms that are read at a time. */
const PAGE = 1024;

/** The stored terms of a kind as of a merge, or the first of them. */
interface Dictionary {
  readonly mergedTo: number;
  readonly terms: string[];
  isComplete: boolean;
}

/** How much there is in the lists. */
export interface ListSizes {
  /** Words. */
  terms: number;
  /** Entries of words, tags, numbers and points. */
  records: number;
  blocks: number;
  bytes: number;
}

/** The terms of one index. */
export class Terms {
  readonly #statements: Statements;
  readonly #id: number;
  readonly #counts: StoredCounts;
  readonly #lists: ListStore;
  readonly #merging: Merging;
  /** Stored terms by kind, as of a merge. */
  readonly #dictionaries = new Map<number, Dictionary>();

  constructor(
    statements: Statements,
    id: number,
    counts: StoredCounts,
    lists: ListStore,
    merging: Merging,
  ) {
    this.#statements = statements;
    this.#id = id;
    this.#counts = counts;
    this.#lists = lists;
    this.#merging = merging;
  }

  /** Lets go of what can be made again. */
  release(): void {
    this.#dictionaries.clear();
  }

  /** Walks through the documents of a term. @param deadline When it must have, by `performance.now()`. */
  cursor(kind: number, term: string, deadline = Infinity): ListCursor {
    const pending = this.#merging.find(kind, term);
    return new ListCursor(kind, this.#lists, this.#lists.find(kind, term), pending, deadline);
  }

  /** Documents that a term was indexed of, deleted ones included. */
  documentsOf(kind: number, term: string): number {
    const pending = this.#merging.find(kind, term);
    const head = this.#lists.find(kind, term);
    let documents = head?.documents ?? 0;
    for (const list of pending) {
      if (list !== undefined && list.last > (head?.last ?? 0)) documents += list.documents;
    }
    return documents;
  }

  /**
   * All terms of a kind that begin with `prefix`, in the order of their bytes, until `visit` returns
   * false.
   */
  each(kind: number, prefix: string, visit: (term: string) => boolean): void {
    const pending: string[] = [];
    for (const part of this.#merging.parts()) {
      part.each(kind, prefix, (term) => pending.push(term) > 0);
    }
    pending.sort(byBytes);
    let next = 0;
    let before: string | undefined;
    const tell = (term: string): boolean => {
      if (term === before) return true;
      before = term;
      return visit(term);
    };
    for (const term of this.#stored(kind, prefix)) {
      while (next < pending.length && byBytes(pending[next]!, term) <= 0) {
        if (!tell(pending[next++]!)) return;
      }
      if (!tell(term)) return;
    }
    while (next < pending.length) if (!tell(pending[next++]!)) return;
  }

  /**
   * The terms of a kind that begin with `prefix`, in no order and some of them twice, until `visit`
   * returns false. Those of the whole dictionary are kept in memory, for queries that look at each.
   *
   * @param pause Called while the dictionary is read; if it throws, the next query reads on.
   */
  find(
    kind: number,
    prefix: string,
    visit: (term: string) => boolean,
    pause?: () => void,
  ): void {
    if (prefix !== "") return this.each(kind, prefix, visit);
    const parts = this.#merging.parts();
    for (const term of this.#dictionary(kind, pause)) if (!visit(term)) return;
    for (const part of parts) for (const term of part.terms(kind)) if (!visit(term)) return;
  }

  /** The stored terms of a kind, as of the last merge. */
  #dictionary(kind: number, pause?: () => void): readonly string[] {
    const { mergedTo } = this.#counts.now;
    let known = this.#dictionaries.get(kind);
    if (known?.mergedTo !== mergedTo) {
      const whole = this.#lists.find(kind, "") !== undefined ? [""] : [];
      this.#dictionaries.set(kind, known = { mergedTo, terms: whole, isComplete: false });
    }
    const { terms } = known;
    while (!known.isComplete) {
      const count = this.#lists.terms(kind, terms.at(-1) ?? "", PAGE, (term) => terms.push(term));
      known.isComplete = count < PAGE;
      pause?.();
    }
    return terms;
  }

  *#stored(kind: number, prefix: string): Generator<string> {
    if (this.#lists.find(kind, prefix) !== undefined) yield prefix;
    let after = prefix;
    for (let size = 32;; size = PAGE) {
      const terms: string[] = [];
      const count = this.#lists.terms(kind, after, size, (term) => terms.push(term), prefix);
      yield* terms;
      if (count < size) return;
      after = terms.at(-1) ?? "";
    }
  }

  /** Bytes of memory of the terms of a sort that are in memory, about. */
  memoryOf(sort: number): number {
    let bytes = 0;
    for (const [kind, { terms }] of this.#dictionaries) {
      if (sortOf(kind) !== sort) continue;
      for (const { length } of terms) bytes += TERM_BYTES + length;
    }
    return bytes;
  }

  /** How much there is in the lists, for FT.INFO. */
  sizes(): ListSizes {
    const parts = this.#merging.parts();
    const lists = this.#statements.get(SQL.listSizes);
    lists.bindInteger(1, this.#id);
    lists.step();
    const sizes: ListSizes = {
      terms: lists.columnNumber(0),
      records: lists.columnNumber(1),
      blocks: 0,
      bytes: lists.columnNumber(2),
    };
    lists.reset();
    const blocks = this.#statements.get(SQL.blockSizes);
    blocks.bindInteger(1, this.#id);
    blocks.step();
    sizes.blocks = blocks.columnNumber(0);
    sizes.bytes += blocks.columnNumber(1);
    blocks.reset();
    for (const part of parts) {
      for (const kind of part.kinds()) {
        part.each(kind, "", (term, place) => {
          const list = part.at(place);
          const stored = this.#lists.find(kind, term);
          if (stored !== undefined && list.last <= stored.last) return true;
          if (kind === WORDS && stored === undefined) sizes.terms++;
          if (INVERTED.includes(sortOf(kind))) sizes.records += list.documents;
          sizes.bytes += list.length;
          return true;
        });
      }
    }
    return sizes;
  }
}

/** Compares texts in the order of their UTF-8 bytes. */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for characters that come after all others.
    if (x >= 0xd800 && y >= 0xd800) {
      x += x >= 0xe000 ? -0x800 : 0x2000;
      y += y >= 0xe000 ? -0x800 : 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}
