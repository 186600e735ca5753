/**
 * What is pending: records of documents that are in no stored list yet, the same in memory
 * (pending.ts), and the slices that merge them into the lists.
 *
 * It is in up to three parts: documents of the merge that has begun, documents from before this process
 * looked, and later ones. The first two are read from their records when a search needs them, or bit by
 * bit in the background; what is written meanwhile goes to the third.
 *
 * `mergeTo` is up to which document a merge goes that has begun, `mergedTo` up to which all lists are
 * complete. What a list's row calls its last document is merged already, so that a merge that was
 * interrupted, or that another process takes part in, appends nothing twice.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statements } from "../../history/statements.ts";
import type { StoredCounts } from "./counts.ts";
import type { ListStore } from "./lists.ts";
import { MergeQueue } from "./merge_queue.ts";
import { Pending, type PendingList } from "./pending.ts";
import type { RecordBuilder } from "./record.ts";

/** The factor between an index's id and the ids of its records. */
export const RECORDS_PER_INDEX: number = 2 ** 31;

/** Documents that are merged where nothing was written for a while, in milliseconds. */
const IDLE_DOCUMENTS = 256;
const IDLE_MS = 2000;
/** Documents that are merged when the file is closed. */
const CLOSING_DOCUMENTS = 2048;
/** Rows that a slice deletes. */
const DELETED_ROWS = 512;
/** Rows that are read between two looks at the clock. */
const READ_ROWS = 64;

const SQL = {
  addRecord: "INSERT INTO search_records(id, record) VALUES (?1, ?2)",
  records: "SELECT id, record FROM search_records WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
  removeRecords: `DELETE FROM search_records WHERE id IN (
    SELECT id FROM search_records WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ${DELETED_ROWS})`,
};

/** From when on documents are merged. */
export interface MergeLimits {
  /** Documents that may be pending before they are merged. */
  readonly pendingDocuments: number;
  /** Bytes of memory that may be pending. */
  readonly pendingBytes: number;
}

/** A part of what is pending. */
interface Part {
  readonly pending: Pending;
  /** Up to which document it is read. */
  read: number;
  /** The last document of it. */
  to: number;
}

function partOf(after: number, to: number): Part {
  return { pending: new Pending(), read: after, to };
}

/** The pending documents of one index. */
export class Merging {
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #id: number;
  readonly #counts: StoredCounts;
  readonly #lists: ListStore;
  readonly #limits: MergeLimits;
  #begun: Part | undefined;
  #earlier: Part | undefined;
  #later: Part | undefined;
  /** The counts by which they were told apart. */
  #mergedTo = 0;
  #mergeTo = 0;
  /** What of the merge is left to do. */
  #toMerge: MergeQueue | undefined;
  #writtenAtMs = 0;
  #recordsLeft = false;

  constructor(
    engine: Engine,
    statements: Statements,
    id: number,
    counts: StoredCounts,
    lists: ListStore,
    limits: MergeLimits,
  ) {
    this.#engine = engine;
    this.#statements = statements;
    this.#id = id;
    this.#counts = counts;
    this.#lists = lists;
    this.#limits = limits;
  }

  /** What is in memory is to be read again. */
  forget(): void {
    this.#begun =
      this.#earlier =
      this.#later =
      this.#toMerge =
        undefined;
  }

  /** Adds the document that gets the next number, before it is counted. */
  add(number: number, record: RecordBuilder): void {
    const later = this.#open();
    // What another process has written since.
    this.#read(later, number - 1, Infinity);
    const { writer } = record;
    const keep = this.#statements.get(SQL.addRecord);
    keep.bindInteger(1, this.#id * RECORDS_PER_INDEX + number);
    keep.bindBlob(2, writer.bytes, 0, writer.length);
    keep.run();
    record.addTo(later.pending, number);
    later.read = number;
    this.#writtenAtMs = this.#engine.nowMs;
  }

  /** What is pending for a term, in the order of its documents. */
  find(kind: number, term: string): (PendingList | undefined)[] {
    return this.parts().map((part) => part.find(kind, term));
  }

  /** All that is pending, in the order of the documents. */
  parts(): Pending[] {
    this.#load(Infinity);
    return this.#parts.map((part) => part.pending);
  }

  /** Tells the parts apart, if they are not. @returns That of later documents. */
  #open(): Part {
    const { mergedTo, mergeTo, nextNumber } = this.#counts.now;
    if (mergedTo !== this.#mergedTo || mergeTo !== this.#mergeTo) this.#follow(mergedTo, mergeTo);
    if (this.#later !== undefined) return this.#later;
    this.#mergedTo = mergedTo;
    this.#mergeTo = mergeTo;
    const last = nextNumber - 1;
    if (mergeTo > mergedTo) this.#begun = partOf(mergedTo, mergeTo);
    if (last > mergeTo) this.#earlier = partOf(mergeTo, last);
    return this.#later = partOf(last, Infinity);
  }

  /** Another process has begun a merge or ended one. */
  #follow(mergedTo: number, mergeTo: number): void {
    const earlier = this.#earlier, later = this.#later;
    this.#toMerge = undefined;
    if (later === undefined) return;
    if (mergedTo === mergeTo && mergeTo === this.#mergeTo) {
      this.#begun = undefined;
    } else if (
      mergedTo === this.#mergedTo && this.#begun === undefined && earlier === undefined &&
      later.read <= mergeTo
    ) {
      later.to = mergeTo;
      this.#begun = later;
      this.#later = partOf(mergeTo, Infinity);
    } else {
      // What is pending is cut differently now.
      this.forget();
    }
    this.#mergedTo = mergedTo;
    this.#mergeTo = mergeTo;
  }

  /** The parts, in the order of the documents. */
  get #parts(): Part[] {
    return [this.#begun, this.#earlier, this.#later].filter((part) => part !== undefined);
  }

  /** Reads what the parts lack, until a time. @returns Whether all is read. */
  #load(until: number): boolean {
    this.#open();
    const last = this.#counts.now.nextNumber - 1;
    return this.#parts.every((part) => this.#read(part, Math.min(part.to, last), until));
  }

  /** Reads records into a part. @returns Whether that was all. */
  #read(part: Part, to: number, until: number): boolean {
    const base = this.#id * RECORDS_PER_INDEX;
    while (part.read < to) {
      this.#engine.read();
      const statement = this.#statements.get(SQL.records);
      statement.bindInteger(1, base + part.read);
      statement.bindInteger(2, base + to);
      statement.bindInteger(3, READ_ROWS);
      let rows = 0;
      while (statement.step()) {
        part.read = statement.columnNumber(0) - base;
        part.pending.addRecord(part.read, statement.columnBlob(1));
        rows++;
      }
      statement.reset();
      if (rows < READ_ROWS) part.read = to;
      else if (performance.now() > until) return part.read >= to;
    }
    return true;
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#parts.reduce((sum, { pending }) => sum + pending.bytes, 0);
  }

  // Background work.

  /** Whether {@linkcode work} has something to do. */
  get hasWork(): boolean {
    const { mergedTo, mergeTo } = this.#counts.now;
    return mergeTo > mergedTo || this.isFull(1) || this.#isIdle() || this.#recordsLeft;
  }

  /** Merges until a time, if it is to. @returns Whether there is more. */
  work(until: number): boolean {
    const { mergedTo, mergeTo } = this.#counts.now;
    if (mergeTo > mergedTo || this.isFull(1) || this.#isIdle()) this.#merge(until);
    else return this.#removeRecords();
    return true;
  }

  /** Whether so much is pending that the next start should not have to read it. */
  get needsFinish(): boolean {
    const { nextNumber, mergedTo } = this.#counts.now;
    return nextNumber - 1 - mergedTo >= CLOSING_DOCUMENTS;
  }

  /** Merges until a time, before the file is closed. */
  finish(until: number): void {
    this.#merge(until);
  }

  /** Documents that no merge has begun with. */
  get #documents(): number {
    const { nextNumber, mergeTo } = this.#counts.now;
    return nextNumber - 1 - mergeTo;
  }

  /** Whether so much is pending, by a factor of the limits, that it is to be merged. */
  isFull(factor: number): boolean {
    const bytes = (this.#earlier?.pending.bytes ?? 0) + (this.#later?.pending.bytes ?? 0);
    return this.#documents >= factor * this.#limits.pendingDocuments ||
      bytes >= factor * this.#limits.pendingBytes;
  }

  /** Whether there is time to merge what is pending, so that the next start need not read it. */
  #isIdle(): boolean {
    return this.#documents >= IDLE_DOCUMENTS &&
      this.#engine.nowMs - this.#writtenAtMs >= IDLE_MS;
  }

  /** Goes on with a merge, or begins one. */
  #merge(until: number): void {
    if (!this.#load(until)) return;
    if (this.#begun === undefined) {
      // What was there earlier and what is written from now on stay apart: no lists are put together.
      const earlier = this.#earlier;
      this.#begun = earlier ?? this.#later!;
      this.#earlier = undefined;
      const counts = this.#counts.change();
      const last = counts.nextNumber - 1;
      this.#begun.to = Math.min(this.#begun.to, last);
      this.#mergeTo = counts.mergeTo = this.#begun.to;
      this.#toMerge = undefined;
      if (earlier === undefined) this.#later = partOf(last, Infinity);
    }
    this.#mergeSome(until);
  }

  #mergeSome(until: number): void {
    const begun = this.#begun!.pending;
    const queue = this.#toMerge ??= new MergeQueue(begun);
    let count = 0;
    for (let term = queue.next(until); term !== undefined; term = queue.next(until)) {
      const list = begun.find(queue.kind, term);
      if (list !== undefined) this.#lists.append(queue.kind, term, list);
      if ((++count & 15) === 0 && performance.now() > until) return;
    }
    if (!queue.isEmpty) return;
    const counts = this.#counts.change();
    this.#mergedTo = counts.mergedTo = counts.mergeTo;
    this.#begun = this.#toMerge = undefined;
    this.#recordsLeft = true;
  }

  #removeRecords(): boolean {
    if (!this.#recordsLeft) return false;
    const base = this.#id * RECORDS_PER_INDEX;
    this.#statements.run(SQL.removeRecords, base, base + this.#counts.now.mergedTo);
    return this.#recordsLeft = this.#engine.connection.changes() === DELETED_ROWS;
  }
}
