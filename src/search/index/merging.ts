/**
 * What is pending: records of documents that are in no stored list yet, the same in memory
 * (pending.ts), and the slices that merge them into the lists.
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
import { Pending, type PendingList } from "./pending.ts";
import type { RecordBuilder } from "./record.ts";

/** The factor between an index's id and the ids of its records. */
export const RECORDS_PER_INDEX: number = 2 ** 31;

/** Documents that are merged where nothing was written for a while, in milliseconds. */
const IDLE_DOCUMENTS = 256;
const IDLE_MS = 2000;
/** Rows that a slice deletes. */
const DELETED_ROWS = 512;

const SQL = {
  addRecord: "INSERT INTO search_records(id, record) VALUES (?1, ?2)",
  records: "SELECT id, record FROM search_records WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 256",
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

/** Terms that are gathered between two looks at the clock. */
const GATHERED = 1024;
/** Characters that the terms have in common that are put in order together. */
const GROUP_CHARACTERS = 3;

/**
 * The terms of a merge by kind and, so that neighbours of the stored lists are written together, in
 * order. Putting them in order goes in slices, too: there may be a hundred thousand.
 */
class MergeQueue {
  /** The kind of the term that came last. */
  kind = 0;
  readonly #pending: Pending;
  readonly #kinds: number[];
  /** From where terms of the kind are gathered on; undefined if all are. */
  #from: number | undefined;
  #groups = new Map<string, string[]>();
  /** The names of the groups, the last first, once all terms are gathered. */
  #names: string[] = [];
  /** Terms of the group at hand, the last first. */
  #terms: string[] = [];

  constructor(pending: Pending) {
    this.#pending = pending;
    this.#kinds = [...pending.kinds()];
  }

  /** Whether there are no more terms. */
  get isEmpty(): boolean {
    return this.#terms.length === 0 && this.#names.length === 0 && this.#from === undefined &&
      this.#kinds.length === 0;
  }

  /** The next term; undefined at the end, and where time is up. */
  next(until: number): string | undefined {
    for (;;) {
      const term = this.#terms.pop();
      if (term !== undefined) return term;
      const name = this.#names.pop();
      if (name !== undefined) {
        this.#terms = this.#groups.get(name)?.sort(descending) ?? [];
        this.#groups.delete(name);
        continue;
      }
      if (this.#from === undefined) {
        const kind = this.#kinds.pop();
        if (kind === undefined) return undefined;
        this.kind = kind;
        this.#from = 0;
      }
      this.#from = this.#gather(this.#from);
      if (this.#from === undefined) this.#names = [...this.#groups.keys()].sort(descending);
      else if (performance.now() > until) return undefined;
    }
  }

  /** @returns From where to go on; undefined at the end. */
  #gather(from: number): number | undefined {
    let count = 0;
    return this.#pending.each(this.kind, "", (term) => {
      const name = term.slice(0, GROUP_CHARACTERS);
      const group = this.#groups.get(name);
      if (group === undefined) this.#groups.set(name, [term]);
      else group.push(term);
      return ++count < GATHERED;
    }, from);
  }
}

function descending(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

/** The pending documents of one index. */
export class Merging {
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #id: number;
  readonly #counts: StoredCounts;
  readonly #lists: ListStore;
  readonly #limits: MergeLimits;
  /** What is pending: of the merge that has begun, and of later documents. */
  #begun: Pending | undefined;
  #later: Pending | undefined;
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
    this.#begun = this.#later = this.#toMerge = undefined;
  }

  /** Adds the document that gets the next number, before it is counted. */
  add(number: number, record: RecordBuilder): void {
    const later = this.load();
    const { writer } = record;
    const keep = this.#statements.get(SQL.addRecord);
    keep.bindInteger(1, this.#id * RECORDS_PER_INDEX + number);
    keep.bindBlob(2, writer.bytes, 0, writer.length);
    keep.run();
    record.addTo(later, number);
    this.#writtenAtMs = this.#engine.nowMs;
  }

  /** What is pending for a term, in the order of its documents. */
  find(kind: number, term: string): (PendingList | undefined)[] {
    const later = this.load();
    return [this.#begun?.find(kind, term), later.find(kind, term)];
  }

  /** All that is pending, in the order of the documents. */
  parts(): Pending[] {
    const later = this.load();
    return this.#begun === undefined ? [later] : [this.#begun, later];
  }

  /** Reads what it lacks. @returns What is pending of documents after the merge that has begun. */
  load(): Pending {
    const { mergedTo, mergeTo, nextNumber } = this.#counts.now;
    // Another process has begun a merge or ended one: what is pending is cut differently now.
    if (mergedTo !== this.#mergedTo || mergeTo !== this.#mergeTo) this.forget();
    let later = this.#later;
    if (later === undefined) {
      this.#mergedTo = mergedTo;
      this.#mergeTo = mergeTo;
      if (mergeTo > mergedTo) this.#read(this.#begun = new Pending(), mergedTo, mergeTo);
      later = this.#later = new Pending();
      later.last = mergeTo;
    }
    if (later.last < nextNumber - 1) {
      this.#read(later, later.last, nextNumber - 1);
      later.last = nextNumber - 1;
    }
    return later;
  }

  #read(pending: Pending, after: number, to: number): void {
    this.#engine.read();
    const base = this.#id * RECORDS_PER_INDEX;
    for (;;) {
      const statement = this.#statements.get(SQL.records);
      statement.bindInteger(1, base + after);
      statement.bindInteger(2, base + to);
      let rows = 0;
      while (statement.step()) {
        after = statement.columnNumber(0) - base;
        pending.addRecord(after, statement.columnBlob(1));
        rows++;
      }
      statement.reset();
      if (rows < 256) return;
    }
  }

  /** Bytes of memory. */
  get bytes(): number {
    return (this.#begun?.bytes ?? 0) + (this.#later?.bytes ?? 0);
  }

  // Background work.

  /** Whether {@linkcode work} has something to do. */
  get hasWork(): boolean {
    const { mergedTo, mergeTo, nextNumber } = this.#counts.now;
    return mergeTo > mergedTo || nextNumber - 1 - mergeTo >= this.#limits.pendingDocuments ||
      this.isFull(1) || this.#isIdle() || this.#recordsLeft;
  }

  /** Merges until a time, if it is to. @returns Whether there is more. */
  work(until: number): boolean {
    const later = this.load();
    const { mergedTo, mergeTo } = this.#counts.now;
    if (mergeTo === mergedTo) {
      if (!this.isFull(1) && !this.#isIdle()) return this.#removeRecords();
      const counts = this.#counts.change();
      this.#mergeTo = counts.mergeTo = counts.nextNumber - 1;
      this.#begun = later;
      this.#toMerge = undefined;
      this.#later = new Pending();
      this.#later.last = counts.mergeTo;
    }
    this.#mergeSome(until);
    return true;
  }

  /** Whether so much is pending, by a factor of the limits, that it is to be merged. */
  isFull(factor: number): boolean {
    const later = this.#later;
    return later !== undefined && (later.documents >= factor * this.#limits.pendingDocuments ||
      later.bytes >= factor * this.#limits.pendingBytes);
  }

  /** Whether there is time to merge what is pending, so that the next start need not read it. */
  #isIdle(): boolean {
    const { nextNumber, mergeTo } = this.#counts.now;
    return nextNumber - 1 - mergeTo >= IDLE_DOCUMENTS &&
      this.#engine.nowMs - this.#writtenAtMs >= IDLE_MS;
  }

  #mergeSome(until: number): void {
    const begun = this.#begun!;
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
