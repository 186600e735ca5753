/**
 * Elements of large collections whose rows are not written yet, while there is a log: an element that
 * is changed costs a record in the row cache, and its row is written later, in the order of the tree.
 * What was written stays in the cache, so that whoever changes it again need not look for it.
 *
 * Invariants:
 *
 * - The records of a collection have a space of their own, a negative one, for as long as the collection
 *   is in memory and nobody has changed its rows but one by one, through here. After that it gets another
 *   space, and what the cache has under the old one is found by nobody.
 * - What is found here is as the row will be. Whoever reads or changes rows by anything but their
 *   collection and element has them written before ({@linkcode UnwrittenElements.settleOf}).
 * - A collection with elements here stays in memory ({@linkcode HeldElements.any}).
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { HeldRow, HeldRowWriter } from "../keys/held/held_row.ts";
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

/** Writes elements, each by what its collection is. */
class ElementWriter implements HeldRowWriter {
  /** Those of collections with elements that are not written, by their spaces. */
  readonly held = new Map<number, HeldElements>();
  /** Those that are gathered: of one type. */
  #gathered: ElementRows | undefined;

  write({ space, key, value, isNew }: HeldRow): void {
    const held = this.held.get(space);
    if (held === undefined) throw new Error("an element that is not written is of no collection");
    held.rows.writeElement(held.id, key, value, isNew);
  }

  stand(space: number, key: Slice): Statement | undefined {
    const held = this.held.get(space);
    return held?.rows.standOn(held.id, key);
  }

  many(rows: number, space: number): ManyRows | undefined {
    this.#gathered = this.held.get(space)?.rows;
    return this.#gathered?.manyElements(rows);
  }

  add({ space, key, value }: HeldRow, many: ManyRows): boolean {
    const held = this.held.get(space);
    if (held === undefined || held.rows !== this.#gathered || !many.fits(key, value)) return false;
    held.rows.addElement(many, held.id, key, value);
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
  #lastSpace = 0;
  readonly #value = new Slice();

  /** Takes the cache that holds the elements. */
  constructor(engine: Engine, cache: RowCache) {
    const writer = new ElementWriter();
    super(engine, cache, writer);
    this.#engine = engine;
    this.#cache = cache;
    this.#held = writer.held;
  }

  /** Whether an element may be {@linkcode put} now, for which there is room then. */
  takes(element: Slice, valueLength: number): boolean {
    if (this.writesThrough || !this.#engine.effects.kept) return false;
    if (valueLength > MOST_BYTES || !this.#cache.fits(element.length, valueLength)) return false;
    this.makeRoom();
    return true;
  }

  /** What an element that is in memory holds, until the next call; undefined if it is not. */
  find({ held }: Collection, element: Slice): Slice | undefined {
    if (held === undefined) return undefined;
    const record = this.#cache.peek(held.space, element);
    if (record === -1) return undefined;
    this.#cache.value(record, this.#value);
    return this.#value;
  }

  /**
   * Gives an element a value, which is written later; {@linkcode takes} has said so.
   *
   * @param isNew Whether the collection did not have it.
   */
  put(c: Collection, rows: ElementRows, element: Slice, value: Slice, isNew: boolean): void {
    const held = c.held ??= new HeldElements(--this.#lastSpace, c.id, rows);
    const again = this.isApart && this.#copies(held, element);
    const record = this.#keep(held, element, value);
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
    this.settle(held.space, element);
    this.#cache.remove(held.space, element);
  }

  /** An element is about to be deleted. @returns Whether it has no row. */
  discard({ held }: Collection, element: Slice): boolean {
    if (held === undefined) return false;
    const record = this.#cache.peek(held.space, element);
    if (record === -1) return false;
    const isNew = this.drop(record);
    this.#cache.remove(held.space, element);
    return isNew;
  }

  /** Writes the elements of a collection, for whoever reads its rows. */
  settleOf({ held }: Collection): void {
    if (held === undefined || !held.any) return;
    const ways = held.apart.concat(held.ways);
    if (ways.length >= MANY && 2 * ways.length >= this.count) return this.settleAll();
    const cache = this.#cache;
    const records = ways.map((way) => cache.recordOf(way)).filter((record) =>
      record !== -1 && cache.space(record) === held.space
    );
    if (records.length >= SORTED) records.sort((a, b) => cache.compare(a, b));
    for (const record of records) this.settleRecord(record);
    this.#clear(held);
  }

  /** The rows of a collection are about to be changed, or were: nothing of them is in memory any more. */
  releaseAll(c: Collection): void {
    this.settleOf(c);
    c.held = undefined;
  }

  /** A collection is gone: what is not written of it need not be. */
  dropOf(c: Collection): void {
    const { held } = c;
    if (held === undefined) return;
    c.held = undefined;
    const cache = this.#cache;
    for (const way of held.apart.concat(held.ways)) {
      const record = cache.recordOf(way);
      if (record !== -1 && cache.space(record) === held.space) this.drop(record);
    }
    this.#clear(held);
  }

  #clear(held: HeldElements): void {
    held.ways = [];
    held.apart = [];
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
    for (const held of this.#held.values()) {
      held.apart = held.ways;
      held.ways = [];
    }
  }

  override rejoin(): void {
    if (!this.isApart) return;
    const written = this.left === 0;
    super.rejoin();
    for (const held of this.#held.values()) {
      if (!written) held.ways = held.apart.concat(held.ways);
      held.apart = [];
      if (!held.any) this.#held.delete(held.space);
    }
  }
}
