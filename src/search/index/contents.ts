/**
 * What an index holds, kept as follows.
 *
 * A document that is written gets the next number, a row of `search_documents`, and one of
 * `search_records` with its words, tags and numbers (record.ts): a few inserts at the ends of trees,
 * in the transaction of the write. The same entries are put into lists in memory (pending.ts). When
 * some thousands of documents are pending, they are merged in slices into the stored lists
 * (merging.ts, lists.ts): a list's row is then written once for all its new documents.
 *
 * A document that changes is deleted and gets a new number; deleting it takes away its row and notes
 * its number, by which lists are purged (purging.ts).
 *
 * Queries read terms (terms.ts) and what is known of all documents (columns.ts).
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { bindOptional, type Statements } from "../../history/statements.ts";
import type { Slice } from "../../store/values/slice.ts";
import { Columns } from "./columns/columns.ts";
import { type Counts, StoredCounts } from "./counts.ts";
import { ListStore } from "./lists.ts";
import { Merging } from "./merging.ts";
import type { Facts } from "./columns/paged.ts";
import { Purging } from "./purging.ts";
import type { RecordBuilder } from "./record.ts";
import { Terms } from "./terms.ts";

/** How far writes may be ahead of the background before they merge by themselves, and for how long. */
const FAR_BEHIND = 1.5;
const OWN_SLICE_MS = 1;

const SQL = {
  numberOf: "SELECT number FROM search_documents WHERE contents = ?1 AND key = ?2",
  // Most documents are new: whether one is, is found out by the same look at the index of keys.
  addDocument: `INSERT INTO search_documents(contents, number, key, score, length, most, expires_at,
      payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(contents, key) DO NOTHING`,
  removeDocument: `DELETE FROM search_documents WHERE contents = ?1 AND number = ?2
    RETURNING length`,
  document: "SELECT key, payload FROM search_documents WHERE contents = ?1 AND number = ?2",
  expired: `SELECT number FROM search_documents WHERE contents = ?1 AND expires_at < ?2`,
  setExpiry: "UPDATE search_documents SET expires_at = ?3 WHERE contents = ?1 AND number = ?2",
};

/** A document that goes into an index. */
export interface NewDocument {
  readonly key: Slice;
  readonly score: number;
  /** Words in its texts. */
  readonly length: number;
  /** How often its most frequent word is in them. */
  readonly most: number;
  /** Unix time in milliseconds, 0 for never. */
  readonly expiresAtMs: number;
  readonly payload: Uint8Array | undefined;
}

/** From when on there is something to do in the background. */
export interface ContentsLimits {
  /** Documents that may be pending before they are merged. */
  pendingDocuments: number;
  /** Bytes of memory that may be pending. */
  pendingBytes: number;
  /** Bytes of lists that queries have read and that are kept in memory. */
  keptBytes: number;
  /** Deleted documents, at least, that lists may have before they are purged. */
  deletedDocuments: number;
}

/** What one index holds. */
export class Contents {
  readonly id: number;
  /** What is to be done in the background, and when. */
  readonly limits: ContentsLimits = {
    pendingDocuments: 16384,
    pendingBytes: 16 * 1024 * 1024,
    keptBytes: 8 * 1024 * 1024,
    deletedDocuments: 4096,
  };
  /** Its words and tags, and which documents have them. */
  readonly terms: Terms;
  /** What is known of all documents. */
  readonly columns: Columns;
  /** What was deleted. */
  readonly purging: Purging;
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #counts: StoredCounts;
  readonly #lists: ListStore;
  readonly #merging: Merging;
  /** The kinds of lists that the index may have. */
  readonly kinds: () => number[];

  /** @param kinds The kinds of lists that the index may have. */
  constructor(engine: Engine, statements: Statements, id: number, kinds: () => number[]) {
    this.#engine = engine;
    this.#statements = statements;
    this.id = id;
    this.kinds = kinds;
    const { limits } = this;
    const counts = this.#counts = new StoredCounts(engine, statements, id);
    const lists = this.#lists = new ListStore(
      engine,
      statements,
      id,
      limits,
      () => counts.change().nextList++,
    );
    this.#merging = new Merging(engine, statements, id, counts, lists, limits);
    this.purging = new Purging(statements, id, counts, lists, limits);
    this.terms = new Terms(statements, id, counts, lists, this.#merging);
    this.columns = new Columns(engine, statements, id, counts, this.terms);
  }

  /** The file may say something else than what is in memory. @param rolledBack Whether all of it is to be looked up again. */
  forget(rolledBack: boolean): void {
    this.#counts.forget();
    this.purging.forget(rolledBack);
    if (!rolledBack) return;
    this.#lists.release();
    this.#merging.forget();
    this.terms.release();
    this.columns.release();
  }

  /** The counts, as of now. */
  get state(): Readonly<Counts> {
    return this.#counts.now;
  }

  /** Which documents there are. */
  get facts(): Facts {
    return this.columns.facts;
  }

  /** Writes the counts, if they have changed; call before the commit. */
  save(): void {
    this.#counts.save();
  }

  // Writing.

  /** Is told of each document that goes. */
  onRemoved: (number: number) => void = () => {};

  /** Puts a document in, in place of the one of the same key. */
  put(document: NewDocument, record: RecordBuilder): number {
    const { key, score, length, most, expiresAtMs, payload } = document;
    const counts = this.#counts.change();
    const number = counts.nextNumber;
    this.#merging.add(number, record);
    counts.nextNumber++;
    counts.documents++;
    counts.lengths += length;
    const add = this.#statements.get(SQL.addDocument);
    add.bindInteger(1, this.id);
    add.bindInteger(2, number);
    add.bindBlob(3, key.bytes, key.start, key.end);
    add.bindReal(4, score);
    add.bindInteger(5, length);
    add.bindInteger(6, most);
    bindOptional(add, 7, expiresAtMs === 0 ? undefined : expiresAtMs);
    if (payload === undefined) add.bindNull(8);
    else add.bindBlob(8, payload, 0, payload.length);
    add.run();
    if (this.#engine.connection.changes() === 0) {
      this.remove(key);
      add.run();
    }
    if (this.#merging.isFull(FAR_BEHIND)) this.work(performance.now() + OWN_SLICE_MS);
    return number;
  }

  /** Takes a key's document out. @returns Whether there was one. */
  remove(key: Slice): boolean {
    const number = this.numberOf(key);
    if (number === 0) return false;
    const remove = this.#statements.get(SQL.removeDocument);
    remove.bindInteger(1, this.id);
    remove.bindInteger(2, number);
    const length = remove.step() ? remove.columnNumber(0) : 0;
    while (remove.step());
    remove.reset();
    const counts = this.#counts.change();
    counts.documents--;
    counts.lengths -= length;
    this.purging.add(number);
    this.onRemoved(number);
    return true;
  }

  /** Notes when a document's key expires. */
  setExpiry(number: number, expiresAtMs: number): void {
    const statement = this.#statements.get(SQL.setExpiry);
    statement.bindInteger(1, this.id);
    statement.bindInteger(2, number);
    bindOptional(statement, 3, expiresAtMs === 0 ? undefined : expiresAtMs);
    statement.run();
  }

  /** Begins to index keys that exist, or to index all documents anew. */
  beginScan(from: Uint8Array): void {
    const counts = this.#counts.change();
    counts.scanFrom = from;
    counts.scanBefore = counts.nextNumber;
    counts.scanned = 0;
  }

  /** Notes how far that has come. @param from Undefined if it is over. */
  scanned(keys: number, from: Uint8Array | undefined): void {
    const counts = this.#counts.change();
    counts.scanned += keys;
    counts.scanFrom = from;
  }

  /** Changes what is known of documents that could not be indexed. */
  setFailures(failures: string): void {
    this.#counts.change().failures = failures;
  }

  // Background work.

  /** Whether {@linkcode work} has something to do. */
  get hasWork(): boolean {
    return this.#merging.hasWork || this.purging.hasWork;
  }

  /**
   * Does a slice of what is to be done: merging, purging. Part of a write turn.
   *
   * @param until When it is to end, by `performance.now()`.
   * @returns Whether there is more.
   */
  work(until: number): boolean {
    return this.#merging.work(until) || this.purging.work(until, this);
  }

  /** Whether so much is pending that it is to be merged at once. */
  get isFull(): boolean {
    return this.#merging.isFull(1);
  }

  /** Whether so much is pending that it is better merged before the file is closed. */
  get needsFinish(): boolean {
    return this.#merging.needsFinish;
  }

  /** Does a slice of that, until a time by `performance.now()`. */
  finish(until: number): void {
    this.#merging.finish(until);
  }

  // Reading.

  /** The number of a key's document, 0 if it has none. */
  numberOf(key: Slice): number {
    this.#engine.read();
    const statement = this.#statements.get(SQL.numberOf);
    statement.bindInteger(1, this.id);
    statement.bindBlob(2, key.bytes, key.start, key.end);
    const number = statement.step() ? statement.columnNumber(0) : 0;
    statement.reset();
    return number;
  }

  /** A document's key; undefined if it is there no longer. */
  key(number: number): Uint8Array | undefined {
    return this.#column(number, 0);
  }

  /** A document's payload. */
  payload(number: number): Uint8Array | undefined {
    return this.#column(number, 1);
  }

  #column(number: number, column: number): Uint8Array | undefined {
    const statement = this.#statements.get(SQL.document);
    statement.bindInteger(1, this.id);
    statement.bindInteger(2, number);
    const value = statement.step() && !statement.columnIsNull(column)
      ? statement.columnBlob(column)
      : undefined;
    statement.reset();
    return value;
  }

  /** Documents whose time is over and that are there yet. */
  expired(): ReadonlySet<number> {
    const statement = this.#statements.get(SQL.expired);
    statement.bindInteger(1, this.id);
    statement.bindInteger(2, this.#engine.nowMs);
    let found: Set<number> = NOBODY;
    while (statement.step()) {
      if (found === NOBODY) found = new Set();
      found.add(statement.columnNumber(0));
    }
    statement.reset();
    return found;
  }

  /** Bytes of memory. */
  get memory(): number {
    return this.columns.factBytes + this.columns.bytes + this.#merging.bytes + this.#lists.bytes;
  }
}

const NOBODY: Set<number> = new Set();
