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
