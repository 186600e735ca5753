/** What a collection knows of those of its elements that are in memory; see unwritten.ts. */

import type { Statement } from "../../sqlite/sqlite.ts";
import type { ManyRows } from "../keys/held/many_rows.ts";
import type { Slice } from "../values/slice.ts";

/** The rows of a type's elements. */
export interface ElementRows {
  /** Writes a row. @param isNew Whether there is none; else there is one. */
  writeElement(id: number, element: Slice, value: Slice, isNew: boolean): void;
  /** A statement that writes many rows, about so many; undefined if there is none for so few. */
  manyElements(rows: number): ManyRows | undefined;
  /** Adds a row to those that it writes. */
  addElement(many: ManyRows, id: number, element: Slice, value: Slice): void;
  /** Begins a statement that stands on a row; whoever calls resets it. */
  standOn(id: number, element: Slice): Statement;
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
  ways: number[] = [];
  /** Those of them that are set apart. */
  apart: number[] = [];

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
}
