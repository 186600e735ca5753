/**
 * What an index counts: the row of `search_contents`, read when it is first asked for and written
 * before the commit.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statements } from "../../history/statements.ts";

const SQL = {
  load: `SELECT next_number, documents, lengths, merged_to, merge_to, deletions, next_list,
      scan_from, scan_before, scanned, failures FROM search_contents WHERE id = ?1`,
  save: `UPDATE search_contents SET next_number = ?2, documents = ?3, lengths = ?4, merged_to = ?5,
      merge_to = ?6, deletions = ?7, next_list = ?8, scan_from = ?9, scan_before = ?10,
      scanned = ?11, failures = ?12 WHERE id = ?1`,
};

/** The numbers of `search_contents`. */
export class Counts {
  /** The number that the next document gets. */
  nextNumber = 1;
  documents = 0;
  /** Words of all documents. */
  lengths = 0;
  /** Up to which document all lists are complete. */
  mergedTo = 0;
  /** Up to which document the merge goes that has begun. */
  mergeTo = 0;
  /** Documents that were deleted. */
  deletions = 0;
  /** The number of the next list that has blocks. */
  nextList = 1;
  /** The key to go on from with keys that existed; undefined when all are indexed. */
  scanFrom: Uint8Array | undefined;
  /** Documents below this number are indexed anew by the scan. */
  scanBefore = 0;
  scanned = 0;
  failures = "";
}

/** The counts of one index, in memory and in the file. */
export class StoredCounts {
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #id: number;
  #now = new Counts();
  #stale = true;
  #changed = false;

  constructor(engine: Engine, statements: Statements, id: number) {
    this.#engine = engine;
    this.#statements = statements;
    this.#id = id;
  }

  /** The file may say something else than what is in memory. */
  forget(): void {
    this.#stale = true;
    this.#changed = false;
  }

  /** The counts, as of now. */
  get now(): Readonly<Counts> {
    if (this.#stale) this.#load();
    return this.#now;
  }

  /** The same, to be changed; part of a write turn. */
  change(): Counts {
    if (this.#stale) this.#load();
    this.#changed = true;
    return this.#now;
  }

  #load(): void {
    this.#engine.read();
    this.#stale = false;
    const counts = this.#now = new Counts();
    const load = this.#statements.get(SQL.load);
    load.bindInteger(1, this.#id);
    if (load.step()) {
      counts.nextNumber = load.columnNumber(0);
      counts.documents = load.columnNumber(1);
      counts.lengths = load.columnNumber(2);
      counts.mergedTo = load.columnNumber(3);
      counts.mergeTo = load.columnNumber(4);
      counts.deletions = load.columnNumber(5);
      counts.nextList = load.columnNumber(6);
      counts.scanFrom = load.columnIsNull(7) ? undefined : load.columnBlob(7);
      counts.scanBefore = load.columnNumber(8);
      counts.scanned = load.columnNumber(9);
      counts.failures = load.columnText(10);
    }
    load.reset();
  }

  /** Writes them, if they have changed; call before the commit. */
  save(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const counts = this.#now;
    const save = this.#statements.get(SQL.save);
    save.bindInteger(1, this.#id);
    save.bindInteger(2, counts.nextNumber);
    save.bindInteger(3, counts.documents);
    save.bindInteger(4, counts.lengths);
    save.bindInteger(5, counts.mergedTo);
    save.bindInteger(6, counts.mergeTo);
    save.bindInteger(7, counts.deletions);
    save.bindInteger(8, counts.nextList);
    if (counts.scanFrom === undefined) save.bindNull(9);
    else save.bindBlob(9, counts.scanFrom, 0, counts.scanFrom.length);
    save.bindInteger(10, counts.scanBefore);
    save.bindInteger(11, counts.scanned);
    save.bindText(12, counts.failures);
    save.run();
  }
}
