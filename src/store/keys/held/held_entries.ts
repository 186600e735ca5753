/**
 * What is noted of rows that are held back: a column of numbers for each thing, and an entry for each
 * row, whose position another takes when it goes. There are few, or there is room for all that there may
 * be: what was never touched of it takes no memory, where columns that grew would leave theirs to the
 * collector of garbage.
 *
 * @module
 */

import type { HeldRow } from "./held_row.ts";

/** Bits of {@linkcode HeldEntries.flags}. */
export const FLAG = {
  /** The row's expiry is another than the one that it has. */
  EXPIRY_CHANGED: 1,
  /** There is no row. */
  IS_NEW: 2,
  /** It is set apart. */
  APART: 4,
} as const;

/** Rows that are held back at most: 29 bytes each beside their records. */
export const MOST_HELD: number = 1 << 18;
const FEW = 1024;

/** How many there is to be room for, if so many are not enough. */
export function roomBeyond(size: number): number {
  return size < FEW ? FEW : MOST_HELD;
}

/** The columns. */
export class HeldEntries {
  /** How many entries there are. */
  count = 0;
  /** Where the record of each is in the cache. */
  ways: Int32Array = new Int32Array(0);
  /** Bits of {@linkcode FLAG}. */
  flags: Uint8Array = new Uint8Array(0);
  /** Where each is kept as it was set apart, if it has changed since: one more than that, 0 if it has not. */
  earlierAt: Int32Array = new Int32Array(0);
  /** Four bytes of each key, behind what the keys begin with in common, and the four after those. */
  digits: Uint32Array = new Uint32Array(0);
  rests: Uint32Array = new Uint32Array(0);
  /** How often each was changed since it was written. */
  #changes = new Int32Array(0);
  /** Milliseconds since {@linkcode #startMs}, of when each was made and when it was changed last. */
  #created = new Int32Array(0);
  #updated = new Int32Array(0);
  /** When the first of them was noted, Unix time in milliseconds. */
  #startMs = 0;
  /** Whether the rows tell when and how often they were changed. */
  readonly #dated: boolean;

  /** @param dated Whether the rows tell when and how often they were changed. */
  constructor(dated: boolean) {
    this.#dated = dated;
  }

  /** Whether a time is near enough to those of the others: clocks of imports go anywhere. */
  takesTime(ms: number): boolean {
    if (this.count === 0 || !this.#dated) return true;
    const since = ms - this.#startMs;
    return (since | 0) === since;
  }

  /** Adds one, unchanged, and made now. @returns Its position. */
  add(way: number, isNew: boolean, nowMs: number): number {
    const entry = this.count;
    if (entry === 0) this.#startMs = nowMs;
    if (entry === this.ways.length) this.#grow(roomBeyond(entry));
    this.count++;
    this.ways[entry] = way;
    this.flags[entry] = isNew ? FLAG.IS_NEW : 0;
    this.earlierAt[entry] = 0;
    if (this.#dated) {
      this.#changes[entry] = 0;
      this.#created[entry] = nowMs - this.#startMs;
    }
    return entry;
  }

  /** Notes a change. */
  changed(entry: number, nowMs: number): void {
    if (!this.#dated) return;
    this.#changes[entry]!++;
    this.#updated[entry] = nowMs - this.#startMs;
  }

  /** One is to be told of as if it had not been changed. */
  forgetChanges(entry: number): void {
    if (this.#dated) this.#changes[entry] = 0;
  }

  /** Whether one has a bit of {@linkcode FLAG}. */
  has(entry: number, flag: number): boolean {
    return (this.flags[entry]! & flag) !== 0;
  }

  /** Sets a bit in all of them, or takes it out. */
  markAll(flag: number, set: boolean): void {
    const { count, flags } = this;
    for (let entry = 0; entry < count; entry++) {
      flags[entry] = set ? flags[entry]! | flag : flags[entry]! & ~flag;
    }
  }

  /** Has a row say what is noted of it. */
  fill(entry: number, row: HeldRow): void {
    const flags = this.flags[entry]!;
    row.isNew = (flags & FLAG.IS_NEW) !== 0;
    row.expiryChanged = (flags & FLAG.EXPIRY_CHANGED) !== 0;
    if (!this.#dated) return;
    row.changes = this.#changes[entry]!;
    row.createdAtMs = this.#startMs + this.#created[entry]!;
    row.updatedAtMs = this.#startMs + this.#updated[entry]!;
  }

  /** Takes together what is noted of a row and what was noted of it when it was set apart. */
  joinEarlier(entry: number, earlier: HeldRow): void {
    const changed = this.flags[entry]! | (earlier.expiryChanged ? FLAG.EXPIRY_CHANGED : 0);
    this.flags[entry] = earlier.isNew ? changed | FLAG.IS_NEW : changed & ~FLAG.IS_NEW;
    if (!this.#dated) return;
    this.#changes[entry]! += earlier.changes;
    if (earlier.isNew) this.#created[entry] = earlier.createdAtMs - this.#startMs;
  }

  /** Takes one out, whose position that of the last one becomes. @returns Whether another one has it now. */
  takeOut(entry: number): boolean {
    const last = --this.count;
    if (entry === last) return false;
    this.ways[entry] = this.ways[last]!;
    this.flags[entry] = this.flags[last]!;
    this.earlierAt[entry] = this.earlierAt[last]!;
    this.digits[entry] = this.digits[last]!;
    this.rests[entry] = this.rests[last]!;
    if (this.#dated) {
      this.#changes[entry] = this.#changes[last]!;
      this.#created[entry] = this.#created[last]!;
      this.#updated[entry] = this.#updated[last]!;
    }
    return true;
  }

  #grow(size: number): void {
    this.ways = copied(this.ways, new Int32Array(size));
    this.flags = copied(this.flags, new Uint8Array(size));
    this.earlierAt = copied(this.earlierAt, new Int32Array(size));
    this.digits = copied(this.digits, new Uint32Array(size));
    this.rests = copied(this.rests, new Uint32Array(size));
    if (!this.#dated) return;
    this.#changes = copied(this.#changes, new Int32Array(size));
    this.#created = copied(this.#created, new Int32Array(size));
    this.#updated = copied(this.#updated, new Int32Array(size));
  }
}

function copied<T extends Int32Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
