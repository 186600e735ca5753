/** The order of one type's elements: ranks and positions, by {@linkcode Runs} once they are many. */

import type { Collection } from "./collection.ts";
import type { Collections } from "./collections.ts";
import {
  MAX_RUN,
  type OrderedElements,
  type Place,
  type Run,
  type Runs,
  RUNS_FROM,
} from "./runs.ts";
import type { Slice } from "../values/slice.ts";

/** What an order asks of the table whose elements it is about. */
export interface ElementTable extends OrderedElements {
  /** Writes the elements of a collection that are not in the table. */
  complete?(collection: Collection): void;
  /** Elements from `(fromNumber, fromBytes)` on that come before `(number, bytes)`. */
  countBetween(
    id: number,
    fromNumber: number,
    fromBytes: Uint8Array,
    number: number,
    bytes: Slice,
  ): number;
}

/** Elements of a run of which some are drawn, at most: those of a larger one are written, and it is cut. */
const MOST_UNCUT = 4 * MAX_RUN;

/** Counts and finds elements by rank. A type whose elements have no number passes 0. */
export class Order {
  readonly #collections: Collections;
  readonly #table: ElementTable;

  /** Takes the collections in use and the table of the type's elements. */
  constructor(collections: Collections, table: ElementTable) {
    this.#collections = collections;
    this.#table = table;
  }

  /** Counts an element; call after it is in the table, or held back, and in the collection's length. */
  added(collection: Collection, number: number, bytes: Slice): void {
    if (collection.hasRuns) {
      const complete = !collection.held?.any;
      this.#collections.runs(collection).added(number, bytes, this.#table, complete);
    } else if (collection.length > RUNS_FROM) {
      this.build(collection);
    }
    collection.ahead?.added(number, bytes);
  }

  /** {@linkcode added} for one that comes after all others: it need not be looked for where a run is to be cut. */
  appended(collection: Collection, number: number, bytes: Slice): void {
    if (!collection.hasRuns) return this.added(collection, number, bytes);
    this.#collections.runs(collection).appended(number, bytes);
    collection.ahead?.added(number, bytes);
  }

  /** Counts an element out; call after it is gone from the table and from the length. */
  removed(collection: Collection, number: number, bytes: Slice): void {
    if (collection.hasRuns) this.#collections.runs(collection).removed(number, bytes);
    collection.ahead?.removed(number, bytes);
  }

  /** Counts out the elements of the ranks from `from` up to `to`; call after they are gone. */
  removedRanks(collection: Collection, from: number, to: number): void {
    if (collection.hasRuns) this.#collections.runs(collection).removedRanks(from, to);
    collection.ahead?.clear();
  }

  /** Begins to count a collection in runs. It must be changed in this turn. */
  build(collection: Collection): void {
    this.#table.complete?.(collection);
    const { id, length } = collection;
    const size = MAX_RUN / 2;
    let run: Run = { number: -Infinity, bytes: new Uint8Array(0), count: length, dirty: false };
    const runs = [run];
    while (run.count > MAX_RUN) {
      const next = this.#table.elementAt(id, run, size);
      const rest = run.count - size;
      run.count = size;
      run = { ...next, count: rest, dirty: false };
      runs.push(run);
    }
    this.#collections.runs(collection).build(runs);
    collection.hasRuns = true;
  }

  /** Elements before `(number, bytes)`, whether that is an element or not. */
  rank(collection: Collection, number: number, bytes: Slice): number {
    const { run, offset } = this.#runs(collection).find(number, bytes);
    return offset +
      this.#table.countBetween(collection.id, run.number, run.bytes, number, bytes);
  }

  /**
   * Where to look for the element of a rank: `offset` elements after the first that is not before
   * the run's number and bytes. Valid until the next call.
   *
   * @param rank From 0, below the collection's length.
   */
  at(collection: Collection, rank: number): Place {
    return this.#runs(collection).at(rank);
  }

  /**
   * A random run, each with the chance that it has of all elements, of which some may be held back.
   * Valid until the next call.
   */
  drawRun(collection: Collection, random: () => number): Place {
    const runs = this.#collections.runs(collection);
    if (!runs.uncut) return runs.draw(collection.length, random);
    // To cut them has all elements written.
    const rank = Math.floor(random() * collection.length);
    const place = runs.at(rank);
    return place.run.count <= MOST_UNCUT ? place : this.#runs(collection).at(rank);
  }

  /** The {@linkcode Runs.form} of a collection's runs. */
  form(collection: Collection): number {
    return this.#collections.runs(collection).form;
  }

  /** The run that an element belongs to, though elements may be held back. Valid until the next call. */
  runOf(collection: Collection, number: number, bytes: Slice): Place {
    return this.#collections.runs(collection).of(number, bytes);
  }

  /** The runs of a collection whose elements are all in the table. */
  #runs(collection: Collection): Runs {
    this.#table.complete?.(collection);
    const runs = this.#collections.runs(collection);
    runs.cutLarge(this.#table);
    return runs;
  }
}
