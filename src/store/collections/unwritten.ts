/**
 * Elements of large collections whose rows are not written yet, while there is a log: an element that
 * is changed or deleted costs a record in the row cache, and its row is written or deleted later, in
 * the order of the tree. What was written stays in the cache, so that whoever changes it again need not
 * look for it.
 *
 * Invariants:
 *
 * - The records of a collection have a space of their own, a negative one, for as long as the collection
 *   is in memory and nobody has changed its rows but one by one, through here. After that it gets another
 *   space, and what the cache has under the old one is found by nobody.
 * - What is found here is as the row will be. Whoever reads or changes rows by anything but their
 *   collection and element has them written before ({@linkcode UnwrittenElements.settleOf}).
 * - A collection with elements here stays in memory ({@linkcode HeldElements.any}).
 * - While the cache has given up no element of one that was all in it, what is not there is no element:
 *   a large collection that has grown here is added to without a look into its table.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { GONE, type HeldRow, type HeldRowWriter } from "../keys/held/held_row.ts";
import type { ManyRows } from "../keys/held/many_rows.ts";
import type { RowCache } from "../keys/row_cache.ts";
import { UnwrittenRows } from "../keys/held/unwritten.ts";
import { copyBytes, Slice } from "../values/slice.ts";
import type { Collection } from "./collection.ts";
import { type ElementRows, HeldElements } from "./held_elements.ts";

/** Bytes of a value that is held back, at most. */
const MOST_BYTES = 2048;
/** Elements of a collection from which on they are written in their order, and in the order of all. */
const SORTED = 256, MANY = 4096;
/** Elements of a collection that are all read into memory when the first is held back, at most. */
const MOST_READ = 512;

/** What is found of an element that is deleted, whether there still is a row of it or not. */
export const ABSENT_ELEMENT: Slice = new Slice();

/** Writes elements, each by what its collection is. */
class ElementWriter implements HeldRowWriter {
  /** Those of collections with elements that are not written, by their spaces. */
  readonly held = new Map<number, HeldElements>();
  /** Those that are gathered: of one type. */
  #gathered: ElementRows | undefined;
  /** Whether they are deleted. */
  #gone = false;

  write({ space, key, value, encoding, isNew }: HeldRow): void {
    const held = this.held.get(space);
    if (held === undefined) throw new Error("an element that is not written is of no collection");
    held.rows.writeElement(held.id, key, encoding === GONE ? undefined : value, isNew);
  }

  stand(space: number, key: Slice): Statement | undefined {
    const held = this.held.get(space);
    return held?.rows.standOn(held.id, key);
  }

  many(rows: number, space: number, encoding: number): ManyRows | undefined {
    this.#gathered = this.held.get(space)?.rows;
    this.#gone = encoding === GONE;
    return this.#gathered?.many.of(rows, this.#gone);
  }

  add({ space, key, value, encoding }: HeldRow, many: ManyRows): boolean {
    const held = this.held.get(space);
    if (held === undefined || held.rows !== this.#gathered) return false;
    if (this.#gone !== (encoding === GONE) || !many.fits(key, value)) return false;
    if (this.#gone) return held.rows.many.remove(many, held.id, key);
    held.rows.many.put(many, held.id, key, value);
    return true;
  }
}

/** Holds back the writing of elements' rows. */
export class UnwrittenElements extends UnwrittenRows {
  /** Whether every change is written at once. */
  writesThrough = false;
  readonly #engine: Engine;
  readonly #cache: RowCache;
  readonly #held: Map<number, HeldElements>;
  /** Those of collections all of which are in the cache, by their spaces, and some of which are gone. */
  readonly #complete = new Map<number, HeldElements>();
  #lastSpace = 0;
  /** Whether elements were written since some were set apart that are not found by the space of their collection. */
  #losesTrack = false;
  /** Whether the cache has given up some of those that were written since, and are not deleted. */
  #losesWritten = false;
  readonly #value = new Slice();

  /** Takes the cache that holds the elements. */
  constructor(engine: Engine, cache: RowCache) {
    const writer = new ElementWriter();
    super(engine, cache, writer, false);
    this.#engine = engine;
    this.#cache = cache;
    this.#held = writer.held;
    cache.onEvicted = (record) => {
      if (cache.tag(record) === GONE) return;
      const space = cache.space(record), held = this.#complete.get(space);
      if (held !== undefined) this.#lacks(held);
      if (!this.isApart || this.#losesWritten) return;
      this.#losesWritten = this.mayHaveWritten(space, cache.entry(record).key);
    };
  }

  /** Not all elements are in the cache any more. */
  #lacks(held: HeldElements): void {
    if (held.completeSince === -1) return;
    held.completeSince = -1;
    this.#complete.delete(held.space);
  }

  /** Whether an element may be {@linkcode put} or {@linkcode remove}d now, for which there is room then. */
  takes(element: Slice, valueLength: number): boolean {
    if (this.writesThrough || !this.#engine.effects.kept) return false;
    if (valueLength > MOST_BYTES || !this.#cache.fits(element.length, valueLength)) return false;
    this.makeRoom();
    return true;
  }

  /**
   * What an element that is in memory holds, until the next call; {@linkcode ABSENT_ELEMENT} if it is
   * known to be deleted, undefined if nothing is known of it.
   */
  find({ held }: Collection, element: Slice): Slice | undefined {
    if (held === undefined) return undefined;
    const record = this.#cache.peek(held.space, element);
    if (record === -1) {
      return held.completeSince === this.#cache.clears ? ABSENT_ELEMENT : undefined;
    }
    if (this.#cache.tag(record) === GONE) return ABSENT_ELEMENT;
    this.#cache.value(record, this.#value);
    return this.#value;
  }

  /**
   * Whether another connection sees the row of an element that is not in memory as it is; see
   * {@linkcode Lookup}.
   */
  othersSee({ held }: Collection, element: Slice): boolean {
    if (!this.#engine.settling.othersSee || this.#losesTrack) return false;
    return held === undefined || !this.mayHaveWritten(held.space, element);
  }

  /**
   * Whether another connection sees rows as they are: but for those of elements that are in memory, of which
   * it may lack some, and for those of others that {@linkcode mayHaveChanged}, of which it lacks none.
   */
  get othersSeeRows(): boolean {
    return this.#engine.settling.othersSee && !this.#losesTrack && !this.#losesWritten;
  }

  /** Where the record of an element is that is in memory, for {@linkcode heldAt}; -1 if it is not. */
  placeOf({ held }: Collection, element: Slice): number {
    const record = held === undefined ? -1 : this.#cache.peek(held.space, element);
    return record === -1 ? -1 : this.#cache.way(record);
  }

  /**
   * What the element has whose record is at a place, until the next call.
   *
   * @param element Is set to it.
   * @returns Undefined if there is none of the collection now, or it is deleted.
   */
  heldAt({ held }: Collection, place: number, element: Slice): Slice | undefined {
    const cache = this.#cache, record = cache.recordOf(place);
    if (record === -1 || cache.space(record) !== held?.space) return undefined;
    if (cache.tag(record) === GONE) return undefined;
    const { key, value } = cache.entry(record);
    element.set(key.bytes, key.start, key.end);
    return value;
  }

  /** Compares the elements whose records are at two places. */
  compareAt(place: number, other: number): number {
    return this.#cache.compare(this.#cache.recordOf(place), this.#cache.recordOf(other));
  }

  /** How many elements of a collection may not be written, deleted ones among them. */
  heldCount({ held }: Collection): number {
    return held === undefined ? 0 : held.ways.length + held.apart.length;
  }

  /** Visits the places of those, some of them more than once. */
  eachHeld({ held }: Collection, visit: (place: number) => void): void {
    if (held === undefined) return;
    for (const place of held.apart) visit(place);
    for (const place of held.ways) visit(place);
  }

  /** Whether the row of an element that is not in memory may have been written or deleted since some were set apart. */
  mayHaveChanged({ held }: Collection, element: Slice): boolean {
    return held !== undefined && this.mayHaveWritten(held.space, element);
  }

  /**
   * Gives an element a value, which is written later; {@linkcode takes} has said so.
   *
   * @param isNew Whether the collection did not have it.
   */
  put(c: Collection, rows: ElementRows, element: Slice, value: Slice, isNew: boolean): void {
    const held = c.held ??= this.#readAll(c, rows);
    const again = this.isApart && this.#copies(held, element);
    const record = this.#keep(held, element, value);
    held.anyPut = true;
    this.#note(held, record, isNew, again);
  }

  /** Reads all elements of a collection into the cache, if they are few. */
  #readAll(c: Collection, rows: ElementRows): HeldElements {
    const held = new HeldElements(--this.#lastSpace, c.id, rows);
    if (c.length > MOST_READ) return held;
    held.completeSince = this.#cache.clears;
    this.#complete.set(held.space, held);
    let count = 0;
    rows.visitAll(c.id, (element, value) => {
      count++;
      if (this.#cache.fits(element.length, value.length)) this.#keep(held, element, value);
      else this.#lacks(held);
    });
    if (count !== c.length) this.#lacks(held);
    return held;
  }

  /** Deletes an element that is there, whose row is deleted later; {@linkcode takes} has said so. */
  remove(c: Collection, rows: ElementRows, element: Slice): void {
    const held = c.held ??= new HeldElements(--this.#lastSpace, c.id, rows);
    const cache = this.#cache;
    const found = cache.peek(held.space, element);
    if (found !== -1 && this.dropNew(found)) return cache.remove(held.space, element);
    const again = this.isApart && this.#copies(held, element);
    this.#note(held, cache.reserve(held.space, element, 0, GONE, 0, 0), false, again);
  }

  /** @param again Whether it is to be noted though it is, for it is set apart too. */
  #note(held: HeldElements, record: number, isNew: boolean, again: boolean): void {
    if (!this.note(record, isNew, false) && !again) return;
    if (!held.any) this.#held.set(held.space, held);
    held.ways.push(this.#cache.way(record));
  }

  #copies(held: HeldElements, element: Slice): boolean {
    const record = this.#cache.peek(held.space, element);
    return record !== -1 && this.beforeChange(record);
  }

  /** Keeps in memory what the row of an element holds that is not there. */
  remember(c: Collection, rows: ElementRows, element: Slice, value: Slice): void {
    const held = c.held ??= new HeldElements(--this.#lastSpace, c.id, rows);
    this.#keep(held, element, value);
  }

  #keep(held: HeldElements, element: Slice, value: Slice): number {
    const cache = this.#cache;
    const record = cache.reserve(held.space, element, value.length, 0, 0, 0);
    const kept = this.#value;
    cache.value(record, kept);
    copyBytes(value.bytes, value.start, value.end, kept.bytes, kept.start);
    return record;
  }

  /** An element is about to be changed in its row: that is written, and not in memory any more. */
  release({ held }: Collection, element: Slice): void {
    if (held === undefined) return;
    this.#lacks(held);
    this.settle(held.space, element);
    this.#cache.remove(held.space, element);
  }

  /** An element is about to be deleted at once. @returns Whether it has no row, though it is there. */
  discard(c: Collection, element: Slice): boolean {
    const { held } = c;
    if (held === undefined) return false;
    this.#lacks(held);
    const record = this.#cache.peek(held.space, element);
    if (record === -1) return false;
    if (this.#cache.tag(record) === GONE) {
      this.release(c, element);
      return false;
    }
    const isNew = this.drop(record);
    this.#cache.remove(held.space, element);
    return isNew;
  }

  /** Writes the elements of a collection, for whoever reads its rows. */
  settleOf({ held }: Collection): void {
    if (held === undefined || !held.any) return;
    this.#losesTrack = true;
    const most = held.apart.length + held.ways.length;
    if (most >= MANY && 2 * most >= this.count) return this.settleAll();
    const cache = this.#cache, records: number[] = [];
    for (const ways of [held.apart, held.ways]) {
      for (const way of ways) {
        const record = cache.recordOf(way);
        if (record !== -1 && cache.space(record) === held.space) records.push(record);
      }
    }
    if (records.length >= SORTED) records.sort((a, b) => cache.compare(a, b));
    for (const record of records) this.settleRecord(record);
    this.#clear(held);
  }

  /** The rows of a collection are about to be changed, or were: nothing of them is in memory any more. */
  releaseAll(c: Collection): void {
    this.settleOf(c);
    this.#losesTrack = true;
    if (c.held !== undefined) this.#lacks(c.held);
    c.held = undefined;
  }

  /**
   * A collection is gone: what is not written of it need not be.
   *
   * @returns Rows of deleted elements that may be there still, at most.
   */
  dropOf(c: Collection): number {
    const { held } = c;
    if (held === undefined) return 0;
    this.#lacks(held);
    c.held = undefined;
    const cache = this.#cache;
    let rows = 0;
    for (const ways of [held.apart, held.ways]) {
      for (const way of ways) {
        const record = cache.recordOf(way);
        if (record === -1 || cache.space(record) !== held.space) continue;
        if (cache.tag(record) === GONE && cache.markAt(way) !== 0) rows++;
        this.drop(record);
      }
    }
    this.#clear(held);
    return rows;
  }

  #clear(held: HeldElements): void {
    held.ways.clear(true);
    held.apart.clear(true);
    held.anyPut = held.anyPutApart = false;
    this.#held.delete(held.space);
  }

  override settleAll(): void {
    super.settleAll();
    this.#clearAll();
  }

  override forget(): void {
    super.forget();
    this.#clearAll();
  }

  #clearAll(): void {
    if (this.#held.size > 0) { for (const held of this.#held.values()) this.#clear(held); }
  }

  override setApart(): void {
    super.setApart();
    this.#losesTrack = this.#losesWritten = false;
    for (const held of this.#held.values()) {
      [held.apart, held.ways] = [held.ways, held.apart];
      held.ways.clear(false);
      held.anyPutApart = held.anyPut;
      held.anyPut = false;
    }
  }

  override rejoin(): void {
    if (!this.isApart) return;
    const written = this.left === 0;
    super.rejoin();
    for (const held of this.#held.values()) {
      if (!written) {
        held.ways.append(held.apart);
        held.anyPut ||= held.anyPutApart;
      }
      held.apart.clear(held.ways.length === 0);
      held.anyPutApart = false;
      if (!held.any) this.#clear(held);
    }
  }
}
