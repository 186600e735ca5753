/** What a collection knows of those of its elements that are in memory; see unwritten.ts. */

import type { Statement } from "../../sqlite/sqlite.ts";
import type { ManyElements } from "./many_elements.ts";
import { Slice } from "../values/slice.ts";

/** The rows of a type's elements. */
export interface ElementRows {
  /**
   * Writes a row.
   *
   * @param value What it holds; undefined deletes it.
   * @param isNew Whether there is none; else there is one.
   */
  writeElement(id: number, element: Slice, value: Slice | undefined, isNew: boolean): void;
  /** Statements that write many of them. */
  readonly many: ManyElements;
  /** Begins a statement that stands on a row, or on the next one if that is gone; whoever calls resets it. */
  standOn(id: number, element: Slice): Statement;
  /** Calls `visit` with each element and its value as it is held back. */
  visitAll(id: number, visit: (element: Slice, value: Slice) => void): void;
}

const NONE = new Int32Array(0);

/** Places in the index of the cache. */
export class Ways {
  #places = NONE;
  /** How many there are. */
  length = 0;

  /** Adds one. */
  push(way: number): void {
    if (this.length === this.#places.length) this.#grow(this.length + 1);
    this.#places[this.length++] = way;
  }

  /** Adds all of others. */
  append(others: Ways): void {
    const length = this.length + others.length;
    if (length > this.#places.length) this.#grow(length);
    this.#places.set(others.#places.subarray(0, others.length), this.length);
    this.length = length;
  }

  #grow(least: number): void {
    const grown = new Int32Array(Math.max(16, 2 * this.#places.length, least));
    grown.set(this.#places);
    this.#places = grown;
  }

  /** Each of them. */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.#places[i]!;
  }

  /** Takes all of them out. @param letGo Whether there will hardly be as many again soon. */
  clear(letGo: boolean): void {
    this.length = 0;
    if (letGo) this.#places = NONE;
  }
}

/** The elements of one collection that are not written, and where all that are in the cache are. */
export class HeldElements {
  /** The space of their records. */
  readonly space: number;
  /** The collection's id. */
  readonly id: number;
  /** Where they are written. */
  readonly rows: ElementRows;
  /** Places in the index of the cache: of those not written, and of others that were written since. */
  ways: Ways = new Ways();
  /** Those of them that are set apart. */
  apart: Ways = new Ways();
  /** Whether there may be others than deleted ones among the first, and among those set apart. */
  anyPut = false;
  anyPutApart = false;
  /** How often the cache had forgotten everything when it had all elements; -1 if it lacks some. */
  completeSince = -1;

  /** Those of a collection. */
  constructor(space: number, id: number, rows: ElementRows) {
    this.space = space;
    this.id = id;
    this.rows = rows;
  }

  /** Whether there may be any that are not written. */
  get any(): boolean {
    return this.ways.length > 0 || this.apart.length > 0;
  }

  /** Whether rows may be missing or other than they will be, rather than merely too many. */
  get lacksRows(): boolean {
    return this.anyPut || this.anyPutApart;
  }
}

/** Calls `visit` with the first column of each row that a statement finds of a collection. */
export function visitElements(
  statement: Statement,
  id: number,
  visit: (element: Slice) => void,
): void {
  statement.bindInteger(1, id);
  try {
    while (statement.step()) visit(new Slice(statement.columnBlob(0)));
  } finally {
    statement.reset();
  }
}
