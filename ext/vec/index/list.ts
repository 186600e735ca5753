/** One list of an index: vectors that are near each other. */

import type { Rows } from "./rows.ts";

/** Members that a new list has room for. */
const ROOM = 64;
/** How much more room a list is given than it had. */
const GROWTH = 1.5;

const NONE = new Float32Array(0);

/** A list in memory. Its members are always known; their codes are there while {@linkcode loaded}. */
export class List {
  /** Its number in its index. */
  readonly id: number;
  /** The version of the index in which it was written last. */
  version = 0;
  /** The numbers of its members, in the order of the rows. */
  numbers: Uint32Array;
  /** Members. */
  count = 0;
  /** Whether the codes of all members are in {@linkcode rows}. */
  loaded = false;
  /** Whether its members are to be written. */
  dirty = false;
  /** When it was looked at last, counted in searches. */
  used = 0;
  /** The same when the hand of {@linkcode Shelf} passed. */
  passed = 0;
  /** Whether its codes have 4 bits a number, in place of 8. */
  coarse = false;
  /** The codes. */
  rows: Rows;
  /** What the code 127 stands for, of each row. */
  ranges: Float32Array = NONE;
  /** Length of each vector, where its code does not tell it. */
  norms: Float32Array = NONE;
  /** How far each code is from its vector, or from its code of 8 bits where that is all there is. */
  errors: Float32Array = NONE;
  /**
   * What the owner of the index keeps of each member, by what it is for; of members that were added
   * since, which are the last rows, it may have nothing yet.
   */
  readonly columns = new Map<string, unknown[]>();
  /** Rows that the owner has found to have something in common; forgotten with each change. */
  readonly answers = new Map<string, readonly number[]>();

  /** @param numbers The members; without them there are none. */
  constructor(id: number, rows: Rows, numbers?: Uint32Array) {
    this.id = id;
    this.rows = rows;
    this.numbers = numbers ?? new Uint32Array(ROOM);
    this.count = numbers?.length ?? 0;
  }

  /** Adds a member's number. @returns Its row. */
  push(number: number): number {
    this.answers.clear();
    const row = this.count++;
    if (row >= this.numbers.length) {
      const numbers = new Uint32Array(Math.max(ROOM, Math.ceil(GROWTH * row)));
      numbers.set(this.numbers);
      this.numbers = numbers;
    }
    this.numbers[row] = number;
    return row;
  }

  /** Makes room for what goes with so many rows. @param exact Whether codes are all there is to know. */
  reserve(count: number, exact: boolean): void {
    if (count <= this.ranges.length) return;
    const room = Math.max(count, Math.ceil(GROWTH * this.ranges.length));
    const grown = (values: Float32Array) => {
      const larger = new Float32Array(room);
      larger.set(values);
      return larger;
    };
    this.ranges = grown(this.ranges);
    if (!exact || this.coarse) this.errors = grown(this.errors);
    if (!exact) this.norms = grown(this.norms);
  }

  /** Removes a row; the last one takes its place. */
  remove(row: number): void {
    const last = --this.count;
    this.numbers[row] = this.numbers[last]!;
    this.answers.clear();
    for (const column of this.columns.values()) {
      if (row >= column.length) continue;
      // Of the one that takes the place something is known only if it is the column's last.
      if (last < column.length) column[row] = column[last];
      column.length = last < column.length ? last : row;
    }
    if (!this.loaded) return;
    this.ranges[row] = this.ranges[last]!;
    this.norms[row] = this.norms[last]!;
    this.errors[row] = this.errors[last]!;
    this.rows.remove(row);
  }

  /** Lets go of what the owner keeps. */
  forgetColumns(): void {
    this.columns.clear();
    this.answers.clear();
  }

  /** Lets go of the codes. What the owner keeps takes less, and is read again no faster. */
  unload(): void {
    this.rows.clear();
    this.ranges = this.norms = this.errors = NONE;
    this.loaded = false;
  }
}
