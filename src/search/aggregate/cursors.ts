/** The cursors of aggregations: rows that were computed and not read yet, of one process. */

import type { Store } from "../../store/store.ts";
import { Search } from "../search.ts";
import type { AggregateResult, ResultRow } from "./aggregate.ts";

/** The most cursors of one index. */
export const MOST_CURSORS = 128;
/** Ids are below this. */
const IDS = 2 ** 31;

/** A part of a result. */
export interface Chunk {
  readonly total: number;
  readonly rows: readonly ResultRow[];
  readonly warning: string | undefined;
  /** What reads the next one; 0 if there is none. */
  readonly cursor: number;
}

interface Cursor {
  readonly id: number;
  readonly index: string;
  readonly result: AggregateResult;
  /** Rows that were read. */
  at: number;
  /** Rows that are read at a time. */
  count: number;
  readonly maxIdleMs: number;
  usedAtMs: number;
}

const all = new WeakMap<Store, Cursors>();

/** The cursors of a store. */
export class Cursors {
  readonly #cursors = new Map<number, Cursor>();

  /** Those of a store. */
  static of(store: Store): Cursors {
    let cursors = all.get(store);
    if (cursors === undefined) {
      const made = cursors = new Cursors();
      all.set(store, made);
      Search.of(store).onGone = (index) => made.deleteOf(index);
    }
    return cursors;
  }

  /**
   * Keeps a result, and gives its first chunk.
   *
   * @returns Undefined if the index has too many already.
   */
  open(
    index: string,
    result: AggregateResult,
    count: number,
    maxIdleMs: number,
    nowMs: number,
  ): Chunk | undefined {
    this.collect(nowMs);
    const cursor = { id: this.#newId(), index, result, at: 0, count, maxIdleMs, usedAtMs: nowMs };
    if (result.rows.length >= count) {
      if (this.counts(index).ofIndex >= MOST_CURSORS) return undefined;
      this.#cursors.set(cursor.id, cursor);
    }
    return this.#chunk(cursor, count, nowMs);
  }

  /** How many there are, and how many of an index. */
  counts(index: string): { readonly total: number; readonly ofIndex: number } {
    let ofIndex = 0;
    for (const cursor of this.#cursors.values()) if (cursor.index === index) ofIndex++;
    return { total: this.#cursors.size, ofIndex };
  }

  /** The name of the index that a cursor is of. */
  indexOf(id: number): string | undefined {
    return this.#cursors.get(id)?.index;
  }

  #newId(): number {
    for (;;) {
      const id = 1 + Math.floor(Math.random() * (IDS - 1));
      if (!this.#cursors.has(id)) return id;
    }
  }

  /** The next chunk of a cursor; undefined if there is none of that id. @param count 0 for its own. */
  read(id: number, count: number, nowMs: number): Chunk | undefined {
    this.collect(nowMs);
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) return undefined;
    if (count > 0) cursor.count = count;
    return this.#chunk(cursor, cursor.count, nowMs);
  }

  #chunk(cursor: Cursor, count: number, nowMs: number): Chunk {
    const { result, at, id } = cursor;
    const rows = result.rows.slice(at, at + count);
    cursor.at += rows.length;
    cursor.usedAtMs = nowMs;
    // That nothing is left shows when less comes than was asked for.
    const ends = rows.length < count;
    if (ends) this.#cursors.delete(id);
    const { readBefore, collected, total, warning } = result;
    const before = at === 0 ? 0 : readBefore[at - 1] ?? 0;
    const read = (readBefore[at] ?? before) - before;
    const shown = at === 0 ? total : collected ? 0 : read;
    return { total: shown, rows, warning, cursor: ends ? 0 : id };
  }

  /** Deletes a cursor. @returns Whether it was there. */
  delete(id: number): boolean {
    return this.#cursors.delete(id);
  }

  /** Deletes those of an index. */
  deleteOf(index: string): void {
    for (const [id, cursor] of this.#cursors) if (cursor.index === index) this.#cursors.delete(id);
  }

  /** Deletes those that nobody reads. @returns How many. */
  collect(nowMs: number): number {
    let deleted = 0;
    for (const [id, { usedAtMs, maxIdleMs }] of this.#cursors) {
      if (nowMs - usedAtMs <= maxIdleMs) continue;
      this.#cursors.delete(id);
      deleted++;
    }
    return deleted;
  }
}
