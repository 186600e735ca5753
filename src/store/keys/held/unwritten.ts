/**
 * Rows that are not written yet. A command leaves what a row is to hold in the row cache only; the row
 * is written before the commit, or before a statement that reads rows. So what is written often costs
 * one row a transaction, and many rows are written in the order of their tree.
 *
 * The cache keeps a mark for each such record, and tells before it gives one up; a rollback forgets
 * them with everything else.
 *
 * Many of them can be set apart, to be written in slices between turns as they were at that moment. Of
 * one that is about to be changed again a copy is made, and written when its turn comes: out of the
 * order its page would go to the WAL twice, and all frames after the first one would be summed once more.
 *
 * @module
 */

import type { Engine } from "../../../engine/engine.ts";
import type { HeldRows } from "../../../engine/held_rows.ts";
import type { Statement } from "../../../sqlite/sqlite.ts";
import type { Slice } from "../../values/slice.ts";
import { ApartQueue } from "./apart_queue.ts";
import { CommonStart, orderOf } from "./digit_order.ts";
import { EarlierRows } from "./earlier_rows.ts";
import { GONE, HeldRow, type HeldRowWriter } from "./held_row.ts";
import type { ManyRows } from "./many_rows.ts";
import type { RowCache } from "../row_cache.ts";
import { WrittenFilter } from "./written_filter.ts";

/** Rows from which on they are written in the order of their keys: fewer seldom share a page. */
const SORTED = 1024;
/** Rows that are written at the latest when there are so many: 47 bytes each beside their records. */
const MOST = 1 << 18;
/** As many rows as there should be, whatever the size of the cache: those set apart may be as many again. */
const MANY = 1 << 17;
/** The share of the cache that they should take at most: those set apart may take as much again. */
const MANY_SHARE = 2 / 5;
/** What copies may take of rows that are set apart and have changed since, as a share of the cache. */
const EARLIER_SHARE = 1 / 8;

/** Holds back the writing of rows of one kind. */
export class UnwrittenRows implements Omit<HeldRows, "spilled"> {
  readonly #engine: Engine;
  readonly #cache: RowCache;
  /** Whether some are set apart. */
  isApart = false;
  /** How many were written that had been set apart. */
  written = 0;
  readonly #writer: HeldRowWriter;
  readonly #row = new HeldRow();
  /** What rows are gathered in, while they are. */
  #many: ManyRows | undefined;
  readonly #earlier = new EarlierRows();
  /** How many were noted, changes of those that were noted already not counted. */
  noted = 0;
  /** Before none of them expires: Unix time in milliseconds, infinite if none does. */
  nextExpiryMs = Infinity;
  #count = 0;
  /** How many are not set apart. */
  #fresh = 0;
  /** Where the record of each is in the cache. */
  #ways = new Int32Array(64);
  /** How often each was changed since it was written. */
  #changes = new Int32Array(64);
  /** Whether the expiry is another than the row's. */
  #expiryChanged = new Uint8Array(64);
  /** Whether each has no row. */
  #isNew = new Uint8Array(64);
  /** When each that has no row was made, Unix time in milliseconds: any, for clocks of imports go anywhere. */
  #createdAt = new Float64Array(64);
  /** When each was changed last. */
  #updatedAt = new Float64Array(64);
  /** Whether each is set apart. */
  #apart = new Uint8Array(64);
  /** Where each is kept as it was set apart, if it has changed since: one more than that, 0 if it has not. */
  #earlierAt = new Int32Array(64);
  /** Four bytes of each key, behind what the keys begin with in common, and the four after those. */
  #digits = new Uint32Array(64);
  #rest = new Uint32Array(64);
  /** Bytes of the records that are not set apart. */
  #bytes = 0;
  /** What the keys begin with in common that are not set apart. */
  readonly #common = new CommonStart();
  /** Those set apart. */
  readonly #queue: ApartQueue;
  /** Those written of them. */
  readonly #filter = new WrittenFilter();

  /** Takes the cache that holds the values, and what writes the rows. */
  constructor(engine: Engine, cache: RowCache, writer: HeldRowWriter) {
    this.#engine = engine;
    this.#cache = cache;
    this.#writer = writer;
    this.#queue = new ApartQueue(cache);
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** What those that are not set apart are of as many as there should be. */
  get share(): number {
    return Math.max(
      this.#fresh / Math.min(MANY, this.#cache.mostMarked),
      this.#bytes / (this.#cache.bytes.length * MANY_SHARE),
    );
  }

  /**
   * Notes a change of a row, which its record tells. Room for it is made by {@linkcode makeRoom},
   * before the record is written.
   *
   * @param isNew Whether there is no such row.
   * @param expiryChanged Whether its expiry is another than before.
   * @returns Whether it was not noted before.
   */
  note(record: number, isNew: boolean, expiryChanged: boolean): boolean {
    const { nowMs } = this.#engine;
    let entry = this.#cache.mark(record) - 1;
    const noted = entry === -1;
    if (noted) {
      entry = this.#count++;
      this.#fresh++;
      this.noted++;
      if (entry === this.#ways.length) this.#grow();
      const way = this.#ways[entry] = this.#cache.way(record);
      this.#isNew[entry] = isNew ? 1 : 0;
      this.#createdAt[entry] = nowMs;
      this.#changes[entry] = this.#expiryChanged[entry] = this.#apart[entry] = 0;
      this.#earlierAt[entry] = 0;
      this.#cache.setMark(way, entry + 1);
      this.#bytes += this.#cache.sizeOf(record);
      this.#noteDigits(entry, record);
    }
    this.#changes[entry]!++;
    this.#updatedAt[entry] = nowMs;
    if (expiryChanged) this.#expiryChanged[entry] = 1;
    const expiresAtMs = this.#cache.expiresAtMs(record);
    if (expiresAtMs !== 0 && expiresAtMs < this.nextExpiryMs) this.nextExpiryMs = expiresAtMs;
    return noted;
  }

  /** Sees to it that one more can be noted. */
  makeRoom(): void {
    if (this.#count === MOST) this.settleAll();
  }

  #grow(): void {
    const size = 2 * this.#ways.length;
    this.#ways = copied(this.#ways, new Int32Array(size));
    this.#changes = copied(this.#changes, new Int32Array(size));
    this.#expiryChanged = copied(this.#expiryChanged, new Uint8Array(size));
    this.#isNew = copied(this.#isNew, new Uint8Array(size));
    this.#createdAt = copied(this.#createdAt, new Float64Array(size));
    this.#updatedAt = copied(this.#updatedAt, new Float64Array(size));
    this.#apart = copied(this.#apart, new Uint8Array(size));
    this.#earlierAt = copied(this.#earlierAt, new Int32Array(size));
    this.#digits = copied(this.#digits, new Uint32Array(size));
    this.#rest = copied(this.#rest, new Uint32Array(size));
  }

  /** Keeps the digits of an entry, and those of the others that have less in common by it. */
  #noteDigits(entry: number, record: number): void {
    const cache = this.#cache;
    if (this.#common.shortenedBy(cache.space(record), cache.entry(record).key)) {
      for (let other = 0; other < this.#count; other++) {
        if (this.#apart[other] === 0) this.#setDigits(other, cache.recordOf(this.#ways[other]!));
      }
    }
    this.#setDigits(entry, record);
  }

  #setDigits(entry: number, record: number): void {
    const common = this.#common, space = this.#cache.space(record);
    const { key } = this.#cache.entry(record);
    this.#digits[entry] = common.digitsOf(space, key);
    this.#rest[entry] = common.restOf(key);
  }

  /**
   * Sets those apart that there are: they are written by {@linkcode writeApart} as they are now, and
   * what is changed from here on is not.
   */
  setApart(): void {
    const count = this.#count;
    this.#queue.fill(count, this.#ways, this.#digits, this.#rest);
    this.#apart.fill(1, 0, count);
    this.#filter.clear();
    this.#fresh = this.#bytes = 0;
    this.#common.clear();
    this.isApart = true;
  }

  /** Whether a row that is not in memory may have been written since some were set apart. */
  mayHaveWritten(space: number, key: Slice): boolean {
    return this.#filter.has(this.#cache.hashOf(space, key));
  }

  /** How many of those set apart may not be written yet. */
  get left(): number {
    return this.#queue.left;
  }

  /**
   * Gathers those set apart that come next, about so many, for one statement; what cannot be together
   * with others is written.
   *
   * @returns It; undefined if they are too few for one, or none of them can be.
   */
  gather(rows: number): Statement | undefined {
    const { next, left } = this.#queue, cache = this.#cache;
    const record = next === -1 ? -1 : cache.recordOf(next);
    // The place may have become empty.
    if (record === -1) return undefined;
    const many = this.#writer.many(Math.min(rows, left), cache.space(record), cache.tag(record));
    if (many === undefined) return undefined;
    this.#many = many;
    try {
      this.writeApart(many.size);
    } finally {
      this.#many = undefined;
    }
    if (many.count === 0) return undefined;
    many.end();
    return many.statement;
  }

  /** Writes so many of those set apart, about. @returns Whether none is left. */
  writeApart(rows: number): boolean {
    const cache = this.#cache, queue = this.#queue;
    for (let i = 0; i < rows; i++) {
      const way = queue.take();
      if (way === -1) return true;
      const entry = cache.markAt(way) - 1;
      // The place may have become that of a row of another kind.
      if (entry === -1 || entry >= this.#count || this.#ways[entry] !== way) continue;
      if (this.#apart[entry] === 1) this.#settleEntry(entry);
      else if (this.#earlierAt[entry] !== 0) this.#writeEarlier(entry);
    }
    return queue.left === 0;
  }

  /** Has a statement stand on the page that the next of those set apart is likely to belong to. */
  border(): Statement | undefined {
    const { last } = this.#queue;
    const record = last === -1 ? -1 : this.#cache.recordOf(last);
    if (record === -1) return undefined;
    const { key } = this.#cache.entry(record);
    return this.#writer.stand(this.#cache.space(record), key);
  }

  /** All of those that were set apart are written, or they are to be like the others again. */
  rejoin(): void {
    if (!this.isApart) return;
    this.isApart = false;
    for (let entry = 0; entry < this.#count; entry++) this.#joinEarlier(entry);
    this.#earlier.clear();
    this.#apart.fill(0, 0, this.#count);
    this.#fresh = this.#count;
    this.#queue.clear();
  }

  /**
   * The row of a record is about to be changed: if it is set apart a copy is made of it.
   *
   * @returns Whether it is noted once more by that, beside the copy.
   */
  beforeChange(record: number): boolean {
    const entry = this.#cache.mark(record) - 1;
    if (entry === -1 || this.#apart[entry] === 0) return false;
    this.#fill(entry, record);
    const at = this.#earlier.keep(this.#row, this.#cache.bytes.length * EARLIER_SHARE);
    if (at === -1) {
      this.#settleEntry(entry);
      return false;
    }
    this.#earlierAt[entry] = at + 1;
    this.#changes[entry] = this.#expiryChanged[entry] = this.#apart[entry] = 0;
    this.#isNew[entry] = this.#row.encoding === GONE ? 1 : 0;
    this.noted++;
    this.#fresh++;
    this.#bytes += this.#cache.sizeOf(record);
    this.#noteDigits(entry, record);
    return true;
  }

  /**
   * Forgets that the row of a record is not written, for it is to be deleted; one that was set apart is
   * written all the same.
   *
   * @returns Whether there is no such row.
   */
  protected drop(record: number): boolean {
    const entry = this.#cache.mark(record) - 1;
    if (entry === -1) return false;
    if (this.#apart[entry] === 1 || this.#earlierAt[entry] !== 0) {
      this.#settleEntry(entry);
      return false;
    }
    const isNew = this.#isNew[entry] === 1;
    this.#cache.setMark(this.#ways[entry]!, 0);
    this.#takeOut(entry);
    return isNew;
  }

  /**
   * Forgets that the row of a record is not written, if there is none and none is set apart.
   *
   * @returns Whether that is so.
   */
  protected dropNew(record: number): boolean {
    const entry = this.#cache.mark(record) - 1;
    if (entry === -1 || this.#isNew[entry] === 0) return false;
    if (this.#apart[entry] === 1 || this.#earlierAt[entry] !== 0) return false;
    return this.drop(record);
  }

  /** Writes a row as it was set apart, of which there is a newer one. */
  #writeEarlier(entry: number): void {
    this.#earlier.read(this.#earlierAt[entry]! - 1, this.#row);
    this.#earlierAt[entry] = 0;
    this.#filter.add(this.#cache.hashAt(this.#ways[entry]!));
    if (this.#write()) this.written++;
  }

  /** Has one row written in place of the one that was set apart and the newer one. */
  #joinEarlier(entry: number): void {
    const at = this.#earlierAt[entry]! - 1;
    if (at === -1) return;
    this.#earlierAt[entry] = 0;
    const row = this.#row;
    this.#earlier.read(at, row);
    this.#changes[entry]! += row.changes;
    if (row.expiryChanged) this.#expiryChanged[entry] = 1;
    this.#isNew[entry] = row.isNew ? 1 : 0;
    if (row.isNew) this.#createdAt[entry] = row.createdAtMs;
  }

  /** Writes a key's row, if it is not written; for a statement that reads or changes it. */
  settle(space: number, key: Slice): void {
    if (this.#count === 0) return;
    const record = this.#cache.peek(space, key);
    if (record !== -1) this.settleRecord(record);
  }

  /** Writes the row of a record, if it is not written. */
  settleRecord(record: number): void {
    const entry = this.#cache.mark(record) - 1;
    if (entry !== -1) this.#settleEntry(entry);
  }

  #settleEntry(entry: number): void {
    this.#joinEarlier(entry);
    this.#filter.add(this.#cache.hashAt(this.#ways[entry]!));
    if (this.#settleOne(entry) && this.#apart[entry] === 1) this.written++;
    this.#takeOut(entry);
  }

  #takeOut(entry: number): void {
    if (this.#apart[entry] === 0) this.#fresh--;
    const last = --this.#count;
    if (entry === last) return;
    this.#ways[entry] = this.#ways[last]!;
    this.#changes[entry] = this.#changes[last]!;
    this.#expiryChanged[entry] = this.#expiryChanged[last]!;
    this.#isNew[entry] = this.#isNew[last]!;
    this.#createdAt[entry] = this.#createdAt[last]!;
    this.#updatedAt[entry] = this.#updatedAt[last]!;
    this.#apart[entry] = this.#apart[last]!;
    this.#earlierAt[entry] = this.#earlierAt[last]!;
    this.#digits[entry] = this.#digits[last]!;
    this.#rest[entry] = this.#rest[last]!;
    this.#cache.setMark(this.#ways[entry]!, entry + 1);
  }

  /** Writes all rows that are not written. */
  settleAll(): void {
    this.rejoin();
    const count = this.#count;
    if (count === 0) return;
    if (count < SORTED) { for (let entry = 0; entry < count; entry++) this.#settleOne(entry); }
    else for (const entry of orderOf(this.#digits, count)) this.#settleOne(entry);
    this.#count = this.#fresh = this.#bytes = 0;
    this.#common.clear();
    this.nextExpiryMs = Infinity;
  }

  #settleOne(entry: number): boolean {
    const way = this.#ways[entry]!;
    this.#cache.setMark(way, 0);
    this.#fill(entry, this.#cache.recordOf(way));
    return this.#write();
  }

  /** Has {@linkcode #row} say what is to be written of an entry. */
  #fill(entry: number, record: number): void {
    const cache = this.#cache, row = this.#row;
    const { key, value } = cache.entry(record);
    row.key.set(key.bytes, key.start, key.end);
    row.value.set(value.bytes, value.start, value.end);
    row.space = cache.space(record);
    row.encoding = cache.tag(record);
    row.expiresAtMs = cache.expiresAtMs(record);
    row.changes = this.#changes[entry]!;
    row.isNew = this.#isNew[entry] === 1;
    row.expiryChanged = this.#expiryChanged[entry] === 1;
    row.createdAtMs = this.#createdAt[entry]!;
    row.updatedAtMs = this.#updatedAt[entry]!;
  }

  /** @returns Whether that changes a row. */
  #write(): boolean {
    const row = this.#row, many = this.#many;
    if (row.isNew && row.encoding === GONE) return false;
    try {
      if (many === undefined || !this.#writer.add(row, many)) this.#writer.write(row);
      return true;
    } catch (error) {
      this.#engine.spoiled = true;
      throw error;
    }
  }

  /** Forgets them: their turn was rolled back. */
  forget(): void {
    this.rejoin();
    if (this.#count === 0) return;
    for (let entry = 0; entry < this.#count; entry++) this.#cache.setMark(this.#ways[entry]!, 0);
    this.#count = this.#fresh = this.#bytes = 0;
    this.#common.clear();
    this.nextExpiryMs = Infinity;
  }
}

function copied<T extends Int32Array | Uint32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
