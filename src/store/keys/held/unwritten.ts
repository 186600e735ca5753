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
import { FLAG, HeldEntries, MOST_HELD } from "./held_entries.ts";
import { GONE, HeldRow, type HeldRowWriter } from "./held_row.ts";
import type { ManyRows } from "./many_rows.ts";
import type { RowCache } from "../row_cache.ts";
import { WrittenFilter } from "./written_filter.ts";

/** Rows from which on they are written in the order of their keys: fewer seldom share a page. */
const SORTED = 1024;
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
  readonly #entries: HeldEntries;
  /** How many are not set apart. */
  #fresh = 0;
  /** Bytes of the records that are not set apart. */
  #bytes = 0;
  /** What the keys begin with in common that are not set apart. */
  readonly #common = new CommonStart();
  /** Those set apart. */
  readonly #queue: ApartQueue;
  /** Those written of them. */
  readonly #filter = new WrittenFilter();

  /**
   * Takes the cache that holds the values, and what writes the rows.
   *
   * @param dated Whether the rows tell when and how often they were changed.
   */
  constructor(engine: Engine, cache: RowCache, writer: HeldRowWriter, dated: boolean) {
    this.#engine = engine;
    this.#cache = cache;
    this.#writer = writer;
    this.#entries = new HeldEntries(dated);
    this.#queue = new ApartQueue(cache);
  }

  /** How many there are. */
  get count(): number {
    return this.#entries.count;
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
    const { nowMs } = this.#engine, entries = this.#entries;
    let entry = this.#cache.mark(record) - 1;
    const noted = entry === -1;
    if (noted) {
      const way = this.#cache.way(record);
      entry = entries.add(way, isNew, nowMs);
      this.#fresh++;
      this.noted++;
      this.#cache.setMark(way, entry + 1);
      this.#bytes += this.#cache.sizeOf(record);
      this.#noteDigits(entry, record);
    }
    entries.changed(entry, nowMs);
    if (expiryChanged) entries.flags[entry]! |= FLAG.EXPIRY_CHANGED;
    const expiresAtMs = this.#cache.expiresAtMs(record);
    if (expiresAtMs !== 0 && expiresAtMs < this.nextExpiryMs) this.nextExpiryMs = expiresAtMs;
    return noted;
  }

  /** Sees to it that one more can be noted. */
  makeRoom(): void {
    const entries = this.#entries;
    if (entries.count === MOST_HELD || !entries.takesTime(this.#engine.nowMs)) this.settleAll();
  }

  /** Keeps the digits of an entry, and those of the others that have less in common by it. */
  #noteDigits(entry: number, record: number): void {
    const cache = this.#cache;
    if (this.#common.shortenedBy(cache.space(record), cache.entry(record).key)) {
      const { count, ways, flags } = this.#entries;
      for (let other = 0; other < count; other++) {
        if ((flags[other]! & FLAG.APART) === 0) {
          this.#setDigits(other, cache.recordOf(ways[other]!));
        }
      }
    }
    this.#setDigits(entry, record);
  }

  #setDigits(entry: number, record: number): void {
    const common = this.#common, space = this.#cache.space(record);
    const { key } = this.#cache.entry(record);
    this.#entries.digits[entry] = common.digitsOf(space, key);
    this.#entries.rests[entry] = common.restOf(key);
  }

  /**
   * Sets those apart that there are: they are written by {@linkcode writeApart} as they are now, and
   * what is changed from here on is not.
   */
  setApart(): void {
    this.#queue.fill(this.#entries);
    this.#entries.markAll(FLAG.APART, true);
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
    const cache = this.#cache, queue = this.#queue, entries = this.#entries;
    for (let i = 0; i < rows; i++) {
      const way = queue.take();
      if (way === -1) return true;
      const entry = cache.markAt(way) - 1;
      // The place may have become that of a row of another kind.
      if (entry === -1 || entry >= entries.count || entries.ways[entry] !== way) continue;
      if (entries.has(entry, FLAG.APART)) this.#settleEntry(entry);
      else if (entries.earlierAt[entry] !== 0) this.#writeEarlier(entry);
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
    const entries = this.#entries;
    for (let entry = 0; entry < entries.count; entry++) this.#joinEarlier(entry);
    this.#earlier.clear();
    entries.markAll(FLAG.APART, false);
    this.#fresh = entries.count;
    this.#queue.clear();
  }

  /**
   * The row of a record is about to be changed: if it is set apart a copy is made of it.
   *
   * @returns Whether it is noted once more by that, beside the copy.
   */
  beforeChange(record: number): boolean {
    const entry = this.#cache.mark(record) - 1, entries = this.#entries;
    if (entry === -1 || !entries.has(entry, FLAG.APART)) return false;
    this.#fill(entry, record);
    const at = this.#earlier.keep(this.#row, this.#cache.bytes.length * EARLIER_SHARE);
    if (at === -1) {
      this.#settleEntry(entry);
      return false;
    }
    entries.earlierAt[entry] = at + 1;
    entries.flags[entry] = this.#row.encoding === GONE ? FLAG.IS_NEW : 0;
    entries.forgetChanges(entry);
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
    const entry = this.#cache.mark(record) - 1, entries = this.#entries;
    if (entry === -1) return false;
    if (this.#isApart(entry)) {
      this.#settleEntry(entry);
      return false;
    }
    const isNew = entries.has(entry, FLAG.IS_NEW);
    this.#cache.setMark(entries.ways[entry]!, 0);
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
    if (entry === -1 || !this.#entries.has(entry, FLAG.IS_NEW)) return false;
    return !this.#isApart(entry) && this.drop(record);
  }

  /** Whether an entry is set apart, as it is or as it was. */
  #isApart(entry: number): boolean {
    return this.#entries.has(entry, FLAG.APART) || this.#entries.earlierAt[entry] !== 0;
  }

  /** Writes a row as it was set apart, of which there is a newer one. */
  #writeEarlier(entry: number): void {
    const entries = this.#entries;
    this.#earlier.read(entries.earlierAt[entry]! - 1, this.#row);
    entries.earlierAt[entry] = 0;
    this.#filter.add(this.#cache.hashAt(entries.ways[entry]!));
    if (this.#write()) this.written++;
  }

  /** Has one row written in place of the one that was set apart and the newer one. */
  #joinEarlier(entry: number): void {
    const entries = this.#entries, at = entries.earlierAt[entry]! - 1;
    if (at === -1) return;
    entries.earlierAt[entry] = 0;
    const row = this.#row;
    this.#earlier.read(at, row);
    entries.joinEarlier(entry, row);
  }

  /** Writes a key's row, if it is not written; for a statement that reads or changes it. */
  settle(space: number, key: Slice): void {
    if (this.#entries.count === 0) return;
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
    this.#filter.add(this.#cache.hashAt(this.#entries.ways[entry]!));
    if (this.#settleOne(entry) && this.#entries.has(entry, FLAG.APART)) this.written++;
    this.#takeOut(entry);
  }

  #takeOut(entry: number): void {
    const entries = this.#entries;
    if (!entries.has(entry, FLAG.APART)) this.#fresh--;
    if (entries.takeOut(entry)) this.#cache.setMark(entries.ways[entry]!, entry + 1);
  }

  /** Writes all rows that are not written. */
  settleAll(): void {
    this.rejoin();
    const { count, digits } = this.#entries;
    if (count === 0) return;
    if (count < SORTED) { for (let entry = 0; entry < count; entry++) this.#settleOne(entry); }
    else for (const entry of orderOf(digits, count)) this.#settleOne(entry);
    this.#empty();
  }

  /** There are none any more. */
  #empty(): void {
    this.#entries.count = this.#fresh = this.#bytes = 0;
    this.#common.clear();
    this.nextExpiryMs = Infinity;
  }

  #settleOne(entry: number): boolean {
    const way = this.#entries.ways[entry]!;
    this.#cache.setMark(way, 0);
    this.#fill(entry, this.#cache.recordOf(way));
    return this.#write();
  }

  /** Has {@linkcode #row} say what is to be written of an entry. */
  #fill(entry: number, record: number): void {
    const cache = this.#cache, row = this.#row, entries = this.#entries;
    const { key, value } = cache.entry(record);
    row.key.set(key.bytes, key.start, key.end);
    row.value.set(value.bytes, value.start, value.end);
    row.space = cache.space(record);
    row.encoding = cache.tag(record);
    row.expiresAtMs = cache.expiresAtMs(record);
    entries.fill(entry, row);
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
    const { count, ways } = this.#entries;
    if (count === 0) return;
    for (let entry = 0; entry < count; entry++) this.#cache.setMark(ways[entry]!, 0);
    this.#empty();
  }
}
