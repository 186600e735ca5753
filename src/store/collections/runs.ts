/**
 * Counted runs: how a collection of a million elements tells an element's rank, finds the element
 * of a rank, and draws one at random, without walking through the others.
 *
 * The elements of a large collection, in the order of a number and bytes, are cut into runs of a few
 * hundred, and `runs` keeps for each where it starts and how many elements it has. The runs before
 * an element are summed up in memory; within its run SQL counts. A run that grows past
 * {@linkcode MAX_RUN} is cut in two, one that falls below {@linkcode MIN_RUN} joins a neighbour. A
 * million elements have two thousand runs, which load in a millisecond and sum up in a few
 * microseconds.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { compareBytes, type Slice } from "../values/slice.ts";

const SQL = {
  load: "SELECT number, bytes, count FROM runs WHERE key_id = ?1 ORDER BY number, bytes",
  save: `INSERT INTO runs(key_id, number, bytes, count) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET count = ?4`,
  delete: "DELETE FROM runs WHERE key_id = ?1 AND number = ?2 AND bytes = ?3",
  deleteSpan: `DELETE FROM runs WHERE key_id = ?1 AND (number, bytes) >= (?2, ?3)
    AND (number, bytes) <= (?4, ?5)`,
};

/** Elements from which on a collection is counted in runs. */
export const RUNS_FROM = 1024;
/** Most elements of a run. */
export const MAX_RUN = 1024;
/** Fewest elements of a run, unless it is the only one. */
export const MIN_RUN = 128;

/** Runs of which one is drawn by a rank. */
const FEW_RUNS = 16;

/** Numbers of the forms that runs had: none comes twice. */
let forms = 0;

/** The statements of all runs. */
export interface RunStatements {
  readonly load: Statement;
  readonly save: Statement;
  readonly delete: Statement;
  readonly deleteSpan: Statement;
}

/** Prepares the statements. */
export function runStatements(engine: Engine): RunStatements {
  return {
    load: engine.prepare(SQL.load),
    save: engine.prepare(SQL.save),
    delete: engine.prepare(SQL.delete),
    deleteSpan: engine.prepare(SQL.deleteSpan),
  };
}

/** One run: from its start, included, to the next one's. */
export interface Run {
  /** The number of the first element that may be in it. */
  readonly number: number;
  /** The bytes of that element. */
  readonly bytes: Uint8Array;
  /** Its elements. */
  count: number;
  /** Whether it is to be written. */
  dirty: boolean;
}

/** What runs ask of the table whose elements they count. */
export interface OrderedElements {
  /** The element that follows `offset` others after the start of a run: where a new run begins. */
  elementAt(id: number, from: Run, offset: number): { number: number; bytes: Uint8Array };
}

const NO_BYTES = new Uint8Array(0);

/** Where a rank is. */
export interface Place {
  /** @internal The run it is in. */
  run: Run;
  /** @internal The one after that, undefined after the last. */
  next: Run | undefined;
  /** The elements of that run before it. */
  offset: number;
}

/** The runs of one collection, in order. */
export class Runs {
  readonly #id: number;
  readonly #statements: RunStatements;
  #runs: Run[] = [{ number: -Infinity, bytes: NO_BYTES, count: 0, dirty: false }];
  #dirty: Run[] = [];
  #removed: Run[] = [];
  /** Whether there may be runs that are to be cut. */
  #uncut = false;
  #form = ++forms;
  /** The first and the last of runs that were removed together with all between them. */
  #removedSpans: (readonly [Run, Run])[] = [];
  readonly #place: Place = { run: this.#runs[0]!, next: undefined, offset: 0 };

  /** Makes one run without elements, from the beginning of everything. */
  constructor(id: number, statements: RunStatements) {
    this.#id = id;
    this.#statements = statements;
  }

  /** Whether some may have grown too large. */
  get uncut(): boolean {
    return this.#uncut;
  }

  /** A number that is another whenever runs have come or gone. */
  get form(): number {
    return this.#form;
  }

  /** How many there are. */
  get count(): number {
    return this.#runs.length;
  }

  /** Reads them from the table. */
  load(): void {
    const { load } = this.#statements;
    const runs: Run[] = [];
    load.bindInteger(1, this.#id);
    while (load.step()) {
      const count = load.columnNumber(2);
      if (count > MAX_RUN) this.#uncut = true;
      runs.push({
        number: load.columnNumber(0),
        bytes: load.columnBlob(1),
        count,
        dirty: false,
      });
    }
    load.reset();
    this.#runs = runs;
    this.#form = ++forms;
  }

  /** Takes these for the runs of a collection that has none in the table; the first starts before everything. */
  build(runs: readonly { number: number; bytes: Uint8Array; count: number }[]): void {
    this.#runs = runs.map((run) => ({ ...run, dirty: true }));
    this.#dirty = [...this.#runs];
    this.#form = ++forms;
  }

  /** Writes what changed. */
  save(): void {
    const { save, delete: remove, deleteSpan } = this.#statements;
    for (const [first, last] of this.#removedSpans) {
      deleteSpan.bindInteger(1, this.#id);
      deleteSpan.bindReal(2, first.number);
      deleteSpan.bindBlob(3, first.bytes, 0, first.bytes.length);
      deleteSpan.bindReal(4, last.number);
      deleteSpan.bindBlob(5, last.bytes, 0, last.bytes.length);
      deleteSpan.run();
    }
    for (const { number, bytes } of this.#removed) {
      remove.bindInteger(1, this.#id);
      remove.bindReal(2, number);
      remove.bindBlob(3, bytes, 0, bytes.length);
      remove.run();
    }
    for (const run of this.#dirty) {
      if (!run.dirty) continue;
      run.dirty = false;
      save.bindInteger(1, this.#id);
      save.bindReal(2, run.number);
      save.bindBlob(3, run.bytes, 0, run.bytes.length);
      save.bindInteger(4, run.count);
      save.run();
    }
    if (this.#removed.length > 0) this.#removed = [];
    if (this.#removedSpans.length > 0) this.#removedSpans = [];
    if (this.#dirty.length > 0) this.#dirty = [];
  }

  /** Index of the run that an element belongs to: the last that starts at or before it. */
  #indexOf(number: number, bytes: Slice): number {
    const runs = this.#runs;
    let low = 0, high = runs.length - 1;
    // What is added at the end is looked for there.
    if (beginsBefore(runs[high]!, number, bytes)) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (beginsBefore(runs[middle]!, number, bytes)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #touch(run: Run): void {
    if (run.dirty) return;
    run.dirty = true;
    this.#dirty.push(run);
  }

  /** @internal Counts an element that was inserted. @param complete Whether all elements are in the table. */
  added(number: number, bytes: Slice, elements: OrderedElements, complete = true): void {
    const index = this.#indexOf(number, bytes);
    const run = this.#runs[index]!;
    run.count++;
    this.#touch(run);
    if (run.count > MAX_RUN) {
      if (complete) this.#cut(index, run.count >> 1, elements);
      else this.#uncut = true;
    }
    if (complete) this.cutLarge(elements);
  }

  /** @internal Counts an element that was inserted behind all others: if the last run is full it begins another. */
  appended(number: number, bytes: Slice): void {
    const last = this.#runs[this.#runs.length - 1]!;
    if (last.count < MAX_RUN) {
      last.count++;
      this.#touch(last);
      return;
    }
    const run: Run = { number, bytes: bytes.copy(), count: 1, dirty: false };
    this.#runs.push(run);
    this.#form = ++forms;
    this.#touch(run);
  }

  /** Cuts a run behind so many of its elements. */
  #cut(index: number, count: number, elements: OrderedElements): void {
    const run = this.#runs[index]!;
    const second: Run = {
      ...elements.elementAt(this.#id, run, count),
      count: run.count - count,
      dirty: false,
    };
    run.count = count;
    this.#touch(run);
    this.#touch(second);
    this.#runs.splice(index + 1, 0, second);
    this.#form = ++forms;
  }

  /** @internal Cuts the runs that have grown too large meanwhile. All elements must be in the table. */
  cutLarge(elements: OrderedElements): void {
    if (!this.#uncut) return;
    this.#uncut = false;
    for (let index = 0; index < this.#runs.length; index++) {
      if (this.#runs[index]!.count > MAX_RUN) this.#cut(index, MAX_RUN / 2, elements);
    }
  }

  /** Counts an element that was deleted. */
  removed(number: number, bytes: Slice): void {
    const index = this.#indexOf(number, bytes);
    const run = this.#runs[index]!;
    run.count--;
    this.#touch(run);
    this.#join(index);
  }

  /** Counts out the elements of the ranks from `from` up to `to`, which were deleted. */
  removedRanks(from: number, to: number): void {
    const runs: Run[] = [];
    let firstGone: Run | undefined, lastGone: Run | undefined;
    let before = 0, first = 0;
    for (const run of this.#runs) {
      const start = before;
      before += run.count;
      const gone = Math.min(to, before) - Math.max(from, start);
      if (start <= from) first = runs.length;
      if (gone > 0 && gone === run.count && runs.length > 0) {
        run.dirty = false;
        firstGone ??= run;
        lastGone = run;
        continue;
      }
      if (gone > 0) {
        run.count -= gone;
        this.#touch(run);
      }
      runs.push(run);
    }
    this.#runs = runs;
    this.#form = ++forms;
    // Whatever is between them went, too.
    if (firstGone !== undefined && lastGone !== undefined) {
      this.#removedSpans.push([firstGone, lastGone]);
    }
    // Those at either end of what is gone may be too small now.
    if (first + 1 < runs.length) this.#join(first + 1);
    if (first < runs.length) this.#join(first);
  }

  /** Joins a run that has become too small with a neighbour. */
  #join(index: number): void {
    const run = this.#runs[index]!;
    if (run.count >= MIN_RUN || this.#runs.length === 1) return;
    // The second of two neighbours goes: so the first run of all stays.
    const second = index === 0 || this.#runs[index - 1]!.count > MAX_RUN / 2 &&
        index + 1 < this.#runs.length
      ? index + 1
      : index;
    const gone = this.#runs[second]!, into = this.#runs[second - 1]!;
    if (into.count + gone.count > MAX_RUN) return;
    into.count += gone.count;
    this.#touch(into);
    gone.dirty = false;
    this.#removed.push(gone);
    this.#runs.splice(second, 1);
    this.#form = ++forms;
  }

  /** The run that an element belongs to, as {@linkcode find} finds it, without an offset. */
  of(number: number, bytes: Slice): Place {
    return this.#placed(this.#indexOf(number, bytes), 0);
  }

  /**
   * A random run, each with the chance that it has of all elements. No offset is drawn. Valid until
   * the next call. None may be {@linkcode uncut}.
   *
   * @param length How many elements there are.
   * @param random Gives numbers from 0 on, below 1.
   */
  draw(length: number, random: () => number): Place {
    const runs = this.#runs;
    if (runs.length < FEW_RUNS) return this.at(Math.floor(random() * length));
    // Any run, and another one if it is not by what it counts: most count at least half of the most.
    for (;;) {
      const index = Math.floor(random() * runs.length);
      if (random() * MAX_RUN < runs[index]!.count) return this.#placed(index, 0);
    }
  }

  #placed(index: number, offset: number): Place {
    const place = this.#place, runs = this.#runs;
    place.run = runs[index]!;
    place.next = runs[index + 1];
    place.offset = offset;
    return place;
  }

  /**
   * The run that an element belongs to, whether the element is there or not.
   *
   * @returns The run, and as `offset` the elements of the runs before it. Valid until the next call.
   */
  find(number: number, bytes: Slice): Place {
    const index = this.#indexOf(number, bytes);
    const runs = this.#runs;
    let before = 0;
    for (let i = 0; i < index; i++) before += runs[i]!.count;
    return this.#placed(index, before);
  }

  /**
   * Where the element of a rank is.
   *
   * @param rank From 0, below the number of elements.
   * @returns The run, and as `offset` the elements of it before that one. Valid until the next call.
   */
  at(rank: number): Place {
    const runs = this.#runs;
    let index = 0;
    while (index < runs.length - 1 && rank >= runs[index]!.count) rank -= runs[index++]!.count;
    return this.#placed(index, rank);
  }
}

/** Whether a run starts at or before an element. */
function beginsBefore(run: Run, number: number, bytes: Slice): boolean {
  return run.number < number || run.number === number && compareBytes(run.bytes, bytes) <= 0;
}
