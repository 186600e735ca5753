/**
 * What an index holds, kept as follows.
 *
 * A document that is written gets the next number, a row of `search_documents`, and one of
 * `search_records` with its words, tags and numbers (record.ts): a few inserts at the ends of trees,
 * in the transaction of the write. The same entries are put into lists in memory (pending.ts). When
 * some thousands of documents are pending, they are merged in slices into the stored lists
 * (lists.ts): a list's row is then written once for all its new documents. `merge_to` is up to which
 * document a merge goes that has begun, `merged_to` up to which all lists are complete. What a list's
 * row calls its last document is merged already, so that a merge that was interrupted, or that
 * another process takes part in, appends nothing twice.
 *
 * A document that changes is deleted and gets a new number; deleting it takes away its row and notes
 * its number in `search_deleted`. Lists keep entries of deleted documents, which whoever reads them
 * passes over, until there are so many that all lists are purged in slices.
 *
 * What queries want of all documents (facts, numbers to sort by) is in typed arrays that are filled
 * when they are first used and then follow what comes: by the numbers that are new and the deletions
 * that were noted, whichever process made them.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import { bindOptional, type Statements } from "../../history/statements.ts";
import type { Slice } from "../../store/values/slice.ts";
import type { Field, GeoShapeField } from "./definition.ts";
import { KIND, kindOf, WORDS } from "./kinds.ts";
import { END, ListCursor } from "./list_cursor.ts";
import { ListStore } from "./lists.ts";
import { Facts, NumberColumn } from "./paged.ts";
import { Pending, textOf } from "./pending.ts";
import type { RecordBuilder } from "./record.ts";
import { Shapes } from "./shapes.ts";

/** The factor between an index's id and the ids of its records. */
export const RECORDS_PER_INDEX: number = 2 ** 31;
/** Numbers that documents may get before the index is to be built anew. */
export const MOST_NUMBERS: number = 2 ** 31 - 2;

/** Documents that are merged where nothing was written for a while, in milliseconds. */
const IDLE_DOCUMENTS = 256;
const IDLE_MS = 2000;
/** How far writes may be ahead of the background before they merge by themselves, and for how long. */
const FAR_BEHIND = 1.5;
const OWN_SLICE_MS = 1;
/** Milliseconds of a slice of background work. */
const SLICE_MS = 4;
/** Rows that a slice deletes. */
const DELETED_ROWS = 512;
/** Deleted documents as a share of all from which on lists are purged. */
const PURGED_SHARE = 0.25;

const SQL = {
  load: `SELECT next_number, documents, lengths, merged_to, merge_to, deletions, next_list,
      scan_from, scan_before, scanned, failures FROM search_contents WHERE id = ?1`,
  save: `UPDATE search_contents SET next_number = ?2, documents = ?3, lengths = ?4, merged_to = ?5,
      merge_to = ?6, deletions = ?7, next_list = ?8, scan_from = ?9, scan_before = ?10,
      scanned = ?11, failures = ?12 WHERE id = ?1`,
  numberOf: "SELECT number FROM search_documents WHERE contents = ?1 AND key = ?2",
  addDocument: `INSERT INTO search_documents(contents, number, key, score, length, most, expires_at,
      payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
  removeDocument: `DELETE FROM search_documents WHERE contents = ?1 AND number = ?2
    RETURNING length`,
  addDeleted: "INSERT INTO search_deleted(contents, n, number) VALUES (?1, ?2, ?3)",
  addRecord: "INSERT INTO search_records(id, record) VALUES (?1, ?2)",
  records: "SELECT id, record FROM search_records WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 256",
  removeRecords: `DELETE FROM search_records WHERE id IN (
    SELECT id FROM search_records WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ${DELETED_ROWS})`,
  facts: `SELECT number, length, most, score FROM search_documents
    WHERE contents = ?1 AND number > ?2 ORDER BY number LIMIT 4096`,
  deleted: `SELECT n, number FROM search_deleted WHERE contents = ?1 AND n > ?2
    ORDER BY n LIMIT 4096`,
  removeDeleted: `DELETE FROM search_deleted WHERE contents = ?1 AND n <= ?2 AND number <= ?3`,
  countDeleted: "SELECT count(*) FROM search_deleted WHERE contents = ?1",
  document: "SELECT key, payload FROM search_documents WHERE contents = ?1 AND number = ?2",
  expired: `SELECT number FROM search_documents WHERE contents = ?1 AND expires_at < ?2`,
  listSizes: `SELECT coalesce(sum(kind = 0), 0), coalesce(sum(documents), 0),
      coalesce(sum(length(tail)), 0) FROM search_lists WHERE contents = ?1`,
  blockSizes: `SELECT count(*), coalesce(sum(length(entries)), 0) FROM search_blocks
    WHERE contents = ?1`,
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

/** The numbers of `search_contents`. */
class State {
  nextNumber = 1;
  documents = 0;
  lengths = 0;
  mergedTo = 0;
  mergeTo = 0;
  deletions = 0;
  nextList = 1;
  /** The key to go on from with keys that existed; undefined when all are indexed. */
  scanFrom: Uint8Array | undefined;
  /** Documents below this number are indexed anew by the scan. */
  scanBefore = 0;
  scanned = 0;
  failures = "";
}

/** From when on there is something to do in the background. */
export interface ContentsLimits {
  /** Documents that may be pending before they are merged. */
  pendingDocuments: number;
  /** Bytes of memory that may be pending. */
  pendingBytes: number;
  /** Deleted documents, at least, that lists may have before they are purged. */
  deletedDocuments: number;
}

/** How far the lists have been purged. */
interface Purge {
  readonly deletions: number;
  readonly mergedTo: number;
  readonly kinds: number[];
  after: string;
}

/** What one index holds. */
export class Contents {
  readonly id: number;
  readonly lists: ListStore;
  /** What is to be done in the background, and when. */
  readonly limits: ContentsLimits = {
    pendingDocuments: 8192,
    pendingBytes: 16 * 1024 * 1024,
    deletedDocuments: 4096,
  };
  readonly #engine: Engine;
  readonly #statements: Statements;
  #state = new State();
  #stateStale = true;
  #stateDirty = false;
  /** What is pending: of the merge that has begun, and of later documents. */
  #merging: Pending | undefined;
  #pending: Pending | undefined;
  /** What of the merge is left to do: kinds and terms, the last first. */
  #toMerge: { kind: number; terms: string[] }[] | undefined;
  #facts: Facts | undefined;
  readonly #columns = new Map<number, NumberColumn>();
  readonly #texts = new Map<number, SortTexts>();
  readonly #shapes = new Map<number, Shapes>();
  #purge: Purge | undefined;
  #deletedKnown: number | undefined;
  readonly #kinds: () => number[];
  /** How often the lists were purged by this process, how long it took, and what it gave back. */
  purges = 0;
  purgeMs = 0;
  lastPurgeMs = 0;
  purgedBytes = 0;

  /** @param kinds The kinds of lists that the index may have. */
  constructor(engine: Engine, statements: Statements, id: number, kinds: () => number[]) {
    this.#engine = engine;
    this.#statements = statements;
    this.id = id;
    this.#kinds = kinds;
    this.lists = new ListStore(engine, statements, id, () => {
      this.#touch();
      return this.#state.nextList++;
    });
  }

  /** The file may say something else than what is in memory. @param rolledBack Whether all of it is to be looked up again. */
  forget(rolledBack: boolean): void {
    this.#stateStale = true;
    this.#stateDirty = false;
    this.#deletedKnown = undefined;
    if (!rolledBack) return;
    this.#merging =
      this.#pending =
      this.#toMerge =
      this.#facts =
      this.#purge =
        undefined;
    this.#columns.clear();
    this.#texts.clear();
    this.#shapes.clear();
    this.#dictionaries.clear();
  }

  /** The counts, as of now. */
  get state(): Readonly<State> {
    if (this.#stateStale) this.#load();
    return this.#state;
  }

  #load(): void {
    this.#engine.read();
    this.#stateStale = false;
    const before = this.#state;
    const state = this.#state = new State();
    const load = this.#statements.get(SQL.load);
    load.bindInteger(1, this.id);
    if (load.step()) {
      state.nextNumber = load.columnNumber(0);
      state.documents = load.columnNumber(1);
      state.lengths = load.columnNumber(2);
      state.mergedTo = load.columnNumber(3);
      state.mergeTo = load.columnNumber(4);
      state.deletions = load.columnNumber(5);
      state.nextList = load.columnNumber(6);
      state.scanFrom = load.columnIsNull(7) ? undefined : load.columnBlob(7);
      state.scanBefore = load.columnNumber(8);
      state.scanned = load.columnNumber(9);
      state.failures = load.columnText(10);
    }
    load.reset();
    // Another process has begun a merge or ended one: what is pending is cut differently now.
    if (state.mergedTo !== before.mergedTo || state.mergeTo !== before.mergeTo) {
      this.#merging = this.#pending = this.#toMerge = undefined;
    }
  }

  #touch(): void {
    if (this.#stateStale) this.#load();
    this.#stateDirty = true;
  }

  /** Writes the counts, if they have changed; call before the commit. */
  save(): void {
    if (!this.#stateDirty) return;
    this.#stateDirty = false;
    const state = this.#state;
    const save = this.#statements.get(SQL.save);
    save.bindInteger(1, this.id);
    save.bindInteger(2, state.nextNumber);
    save.bindInteger(3, state.documents);
    save.bindInteger(4, state.lengths);
    save.bindInteger(5, state.mergedTo);
    save.bindInteger(6, state.mergeTo);
    save.bindInteger(7, state.deletions);
    save.bindInteger(8, state.nextList);
    if (state.scanFrom === undefined) save.bindNull(9);
    else save.bindBlob(9, state.scanFrom, 0, state.scanFrom.length);
    save.bindInteger(10, state.scanBefore);
    save.bindInteger(11, state.scanned);
    save.bindText(12, state.failures);
    save.run();
  }

  // Writing.

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

  /** Is told of each document that goes. */
  onRemoved: (number: number) => void = () => {};

  /** Puts a document in, in place of the one of the same key. */
  put(document: NewDocument, record: RecordBuilder): number {
    const { key, score, length, most, expiresAtMs, payload } = document;
    this.remove(key);
    this.#loadPending();
    this.#touch();
    const state = this.#state;
    const number = state.nextNumber++;
    state.documents++;
    state.lengths += length;
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
    const { writer } = record;
    const keep = this.#statements.get(SQL.addRecord);
    keep.bindInteger(1, this.id * RECORDS_PER_INDEX + number);
    keep.bindBlob(2, writer.bytes, 0, writer.length);
    keep.run();
    record.addTo(this.#pending!, number);
    this.#writtenAtMs = this.#engine.nowMs;
    if (this.#isFull(FAR_BEHIND)) this.work(OWN_SLICE_MS);
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
    this.#touch();
    const state = this.#state;
    state.documents--;
    state.lengths -= length;
    const note = this.#statements.get(SQL.addDeleted);
    note.bindInteger(1, this.id);
    note.bindInteger(2, ++state.deletions);
    note.bindInteger(3, number);
    note.run();
    if (this.#deletedKnown !== undefined) this.#deletedKnown++;
    this.onRemoved(number);
    return true;
  }

  /** Begins to index keys that exist, or to index all documents anew. */
  beginScan(from: Uint8Array): void {
    this.#touch();
    this.#state.scanFrom = from;
    this.#state.scanBefore = this.#state.nextNumber;
    this.#state.scanned = 0;
  }

  /** Notes how far that has come. @param from Undefined if it is over. */
  scanned(keys: number, from: Uint8Array | undefined): void {
    this.#touch();
    this.#state.scanned += keys;
    this.#state.scanFrom = from;
  }

  /** Changes what is known of documents that could not be indexed. */
  setFailures(failures: string): void {
    this.#touch();
    this.#state.failures = failures;
  }

  // What is pending.

  #loadPending(): void {
    const { mergedTo, mergeTo, nextNumber } = this.state;
    if (this.#pending === undefined) {
      if (mergeTo > mergedTo) this.#readRecords(this.#merging = new Pending(), mergedTo, mergeTo);
      this.#pending = new Pending();
      this.#pending.last = mergeTo;
    }
    if (this.#pending.last < nextNumber - 1) {
      this.#readRecords(this.#pending, this.#pending.last, nextNumber - 1);
      this.#pending.last = nextNumber - 1;
    }
  }

  #readRecords(pending: Pending, after: number, to: number): void {
    this.#engine.read();
    const base = this.id * RECORDS_PER_INDEX;
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

  // Background work.

  /**
   * Does a slice of what is to be done: merging, purging. Part of a write turn.
   *
   * @returns Whether there is more.
   */
  work(forMs: number = SLICE_MS): boolean {
    const until = performance.now() + forMs;
    this.#loadPending();
    const { mergedTo, mergeTo } = this.#state;
    if (mergeTo === mergedTo) {
      const pending = this.#pending!;
      if (!this.#isFull(1) && !this.#isIdle()) {
        return this.#removeRecords() || this.#purgeSlice(until);
      }
      this.#touch();
      this.#state.mergeTo = this.#state.nextNumber - 1;
      this.#merging = pending;
      this.#toMerge = undefined;
      this.#pending = new Pending();
      this.#pending.last = this.#state.mergeTo;
    }
    this.#mergeSlice(until);
    return true;
  }

  /** Whether {@linkcode work} has something to do. */
  get hasWork(): boolean {
    const { mergedTo, mergeTo, nextNumber } = this.state;
    return mergeTo > mergedTo || nextNumber - 1 - mergeTo >= this.limits.pendingDocuments ||
      this.#isFull(1) || this.#isIdle() || this.#recordsLeft || this.#mustPurge();
  }

  /** Whether so much is pending that it is to be merged. */
  #isFull(factor: number): boolean {
    const pending = this.#pending;
    return pending !== undefined && (pending.documents >= factor * this.limits.pendingDocuments ||
      pending.bytes >= factor * this.limits.pendingBytes);
  }

  /** Whether there is time to merge what is pending, so that the next start need not read it. */
  #isIdle(): boolean {
    const { nextNumber, mergeTo } = this.#state;
    return nextNumber - 1 - mergeTo >= IDLE_DOCUMENTS &&
      this.#engine.nowMs - this.#writtenAtMs >= IDLE_MS;
  }
  #writtenAtMs = 0;
  #recordsLeft = false;

  #mergeSlice(until: number): void {
    const merging = this.#merging!;
    this.#toMerge ??= [...merging.kinds()].map((kind) => ({
      kind,
      terms: [...merging.lists(kind)!.keys()].sort((a, b) => a < b ? 1 : a > b ? -1 : 0),
    }));
    const left = this.#toMerge;
    let count = 0;
    for (let last = left.at(-1); last !== undefined; last = left.at(-1)) {
      for (let term = last.terms.pop(); term !== undefined; term = last.terms.pop()) {
        const list = merging.find(last.kind, term);
        if (list !== undefined) this.lists.append(last.kind, term, list);
        if ((++count & 15) === 0 && performance.now() > until) return;
      }
      left.pop();
    }
    this.#touch();
    this.#state.mergedTo = this.#state.mergeTo;
    this.#merging = this.#toMerge = undefined;
    this.#recordsLeft = true;
  }

  #removeRecords(): boolean {
    if (!this.#recordsLeft) return false;
    const base = this.id * RECORDS_PER_INDEX;
    this.#statements.run(SQL.removeRecords, base, base + this.#state.mergedTo);
    return this.#recordsLeft = this.#engine.connection.changes() === DELETED_ROWS;
  }

  #mustPurge(): boolean {
    if (this.#purge !== undefined) return true;
    this.#deletedKnown ??= this.#statements.number(SQL.countDeleted, this.id) ?? 0;
    return this.#deletedKnown >= this.limits.deletedDocuments &&
      this.#deletedKnown >= PURGED_SHARE * this.state.documents;
  }

  #purgeSlice(until: number): boolean {
    if (!this.#mustPurge()) return false;
    const startedAt = performance.now();
    if (this.#purge === undefined) {
      this.purges++;
      this.lastPurgeMs = 0;
    }
    try {
      return this.#purgeSome(until);
    } finally {
      const ms = performance.now() - startedAt;
      this.purgeMs += ms;
      this.lastPurgeMs += ms;
    }
  }

  #purgeSome(until: number): boolean {
    const { deletions, mergedTo } = this.#state;
    const purge = this.#purge ??= { deletions, mergedTo, kinds: this.#kinds(), after: "" };
    const { facts } = this;
    const isLive = (number: number) => facts.isLive(number);
    for (let kind = purge.kinds.at(-1); kind !== undefined; kind = purge.kinds.at(-1)) {
      // The term "" comes before all others, and is asked for by itself.
      const terms: string[] = [];
      if (purge.after === "") terms.push("");
      this.lists.terms(kind, purge.after, 64, (term) => terms.push(term));
      for (const term of terms) {
        this.purgedBytes += this.lists.purge(kind, term, isLive);
        purge.after = term;
      }
      if (terms.length < 64) {
        purge.kinds.pop();
        purge.after = "";
      }
      if (performance.now() > until) return true;
    }
    this.#statements.run(SQL.removeDeleted, this.id, purge.deletions, purge.mergedTo);
    this.#purge = this.#deletedKnown = undefined;
    return this.#mustPurge();
  }

  // Reading.

  /** Walks through the documents of a term. @param deadline When it must have, by `performance.now()`. */
  cursor(kind: number, term: string, deadline = Infinity): ListCursor {
    this.#loadPending();
    return new ListCursor(kind, this.lists, this.lists.find(kind, term), [
      this.#merging?.find(kind, term),
      this.#pending!.find(kind, term),
    ], deadline);
  }

  /** Documents that a term was indexed of, deleted ones included. */
  documentsOf(kind: number, term: string): number {
    this.#loadPending();
    const head = this.lists.find(kind, term);
    let documents = head?.documents ?? 0;
    for (const pending of [this.#merging, this.#pending]) {
      const list = pending?.find(kind, term);
      if (list !== undefined && list.last > (head?.last ?? 0)) documents += list.documents;
    }
    return documents;
  }

  /**
   * All terms of a kind that begin with `prefix`, in the order of their bytes, until `visit` returns
   * false.
   */
  eachTerm(kind: number, prefix: string, visit: (term: string) => boolean): void {
    this.#loadPending();
    const pending: string[] = [];
    for (const lists of [this.#merging?.lists(kind), this.#pending!.lists(kind)]) {
      for (const term of lists?.keys() ?? []) if (term.startsWith(prefix)) pending.push(term);
    }
    pending.sort(byBytes);
    let next = 0;
    let before: string | undefined;
    const tell = (term: string): boolean => {
      if (term === before) return true;
      before = term;
      return visit(term);
    };
    for (const term of this.#storedTerms(kind, prefix)) {
      while (next < pending.length && byBytes(pending[next]!, term) <= 0) {
        if (!tell(pending[next++]!)) return;
      }
      if (!tell(term)) return;
    }
    while (next < pending.length) if (!tell(pending[next++]!)) return;
  }

  /**
   * The terms of a kind that begin with `prefix`, in no order and some of them twice, until `visit`
   * returns false. Those of the whole dictionary are kept in memory, for queries that look at each.
   */
  findTerms(kind: number, prefix: string, visit: (term: string) => boolean): void {
    if (prefix !== "") return this.eachTerm(kind, prefix, visit);
    this.#loadPending();
    for (const term of this.#dictionary(kind)) if (!visit(term)) return;
    for (const lists of [this.#merging?.lists(kind), this.#pending!.lists(kind)]) {
      for (const term of lists?.keys() ?? []) if (!visit(term)) return;
    }
  }

  /** The stored terms of a kind, as of the last merge. */
  #dictionary(kind: number): readonly string[] {
    const { mergedTo } = this.state;
    const known = this.#dictionaries.get(kind);
    if (known?.mergedTo === mergedTo) return known.terms;
    const terms = [...this.#storedTerms(kind, "")];
    this.#dictionaries.set(kind, { mergedTo, terms });
    return terms;
  }
  readonly #dictionaries = new Map<number, { mergedTo: number; terms: string[] }>();

  *#storedTerms(kind: number, prefix: string): Generator<string> {
    if (this.lists.find(kind, prefix) !== undefined) yield prefix;
    let after = prefix;
    for (let size = 32;; size = 1024) {
      const terms: string[] = [];
      const count = this.lists.terms(kind, after, size, (term) => terms.push(term));
      for (const term of terms) {
        if (!term.startsWith(prefix)) return;
        yield term;
      }
      if (count < size) return;
      after = terms.at(-1) ?? "";
    }
  }

  /** Which documents there are. */
  get facts(): Facts {
    this.#engine.read();
    const { nextNumber, deletions } = this.state;
    const facts = this.#facts ??= this.#newFacts();
    while (facts.to < nextNumber - 1) {
      const statement = this.#statements.get(SQL.facts);
      statement.bindInteger(1, this.id);
      statement.bindInteger(2, facts.to);
      let rows = 0;
      while (statement.step()) {
        facts.to = statement.columnNumber(0);
        facts.add(
          facts.to,
          statement.columnNumber(1),
          statement.columnNumber(2),
          statement.columnNumber(3),
        );
        rows++;
      }
      statement.reset();
      if (rows < 4096) facts.to = nextNumber - 1;
    }
    while (facts.deletions < deletions) {
      const statement = this.#statements.get(SQL.deleted);
      statement.bindInteger(1, this.id);
      statement.bindInteger(2, facts.deletions);
      const before = facts.deletions;
      let lost = false;
      while (statement.step()) {
        const n = statement.columnNumber(0);
        // Another process has purged the lists, and not all deletions are told any more.
        if (n !== facts.deletions + 1) lost = true;
        facts.deletions = n;
        facts.remove(statement.columnNumber(1));
      }
      statement.reset();
      if (lost || facts.deletions === before) {
        this.#facts = undefined;
        return this.facts;
      }
    }
    return facts;
  }

  #newFacts(): Facts {
    const facts = new Facts();
    // What is deleted by now is not met when the documents are read.
    facts.deletions = this.#state.deletions;
    return facts;
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

  /** Notes when a document's key expires. */
  setExpiry(number: number, expiresAtMs: number): void {
    const statement = this.#statements.get(SQL.setExpiry);
    statement.bindInteger(1, this.id);
    statement.bindInteger(2, number);
    bindOptional(statement, 3, expiresAtMs === 0 ? undefined : expiresAtMs);
    statement.run();
  }

  /** The numbers of a field, of all documents. */
  numbers(field: Field): NumberColumn {
    const kind = kindOf(field, KIND.NUMBERS);
    let column = this.#columns.get(kind);
    if (column === undefined) this.#columns.set(kind, column = new NumberColumn());
    const last = this.state.nextNumber - 1;
    if (column.to < last) {
      const cursor = this.cursor(kind, "");
      let number = cursor.skipTo(column.to + 1);
      for (; number !== END; number = cursor.next()) column.add(number, cursor.value);
      column.to = last;
    }
    return column;
  }

  /** The shapes of a field, of all documents. */
  shapes(field: GeoShapeField): Shapes {
    const kind = kindOf(field, KIND.SHAPES);
    let shapes = this.#shapes.get(kind);
    if (shapes === undefined) this.#shapes.set(kind, shapes = new Shapes(field));
    const last = this.state.nextNumber - 1;
    if (shapes.to < last) {
      const cursor = this.cursor(kind, "");
      let number = cursor.skipTo(shapes.to + 1);
      for (; number !== END; number = cursor.next()) {
        shapes.add(number, textOf(cursor.bytes, cursor.start, cursor.end));
      }
      shapes.to = last;
    }
    return shapes;
  }

  /** The sort values of a field of text, of all documents. */
  sortTexts(field: Field): SortTexts {
    const kind = kindOf(field, KIND.SORT_TEXTS);
    let texts = this.#texts.get(kind);
    if (texts === undefined) this.#texts.set(kind, texts = new SortTexts());
    const last = this.state.nextNumber - 1;
    if (texts.to < last) {
      const cursor = this.cursor(kind, "");
      let number = cursor.skipTo(texts.to + 1);
      for (; number !== END; number = cursor.next()) {
        texts.add(number, textOf(cursor.bytes, cursor.start, cursor.end));
      }
      texts.to = last;
    }
    return texts;
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

  // What FT.INFO tells.

  /** Bytes of memory. */
  get memory(): number {
    const pending = (this.#pending?.bytes ?? 0) + (this.#merging?.bytes ?? 0);
    return this.factBytes + this.columnBytes + pending;
  }

  /** Bytes of memory of what is known of each document. */
  get factBytes(): number {
    return this.#facts?.bytes ?? 0;
  }

  /** Bytes of memory of what results are sorted by. */
  get columnBytes(): number {
    let bytes = 0;
    for (const column of this.#columns.values()) bytes += column.bytes;
    for (const texts of this.#texts.values()) bytes += texts.bytes;
    return bytes + this.shapeBytes;
  }

  /** Bytes of memory of shapes. */
  get shapeBytes(): number {
    let bytes = 0;
    for (const shapes of this.#shapes.values()) bytes += shapes.bytes;
    return bytes;
  }

  /** Whether the lists are being purged. */
  get isPurging(): boolean {
    return this.#purge !== undefined;
  }

  /** How much there is in the lists: words, entries, blocks and bytes. */
  sizes(): { terms: number; records: number; blocks: number; bytes: number } {
    this.#loadPending();
    const lists = this.#statements.get(SQL.listSizes);
    lists.bindInteger(1, this.id);
    lists.step();
    const sizes = {
      terms: lists.columnNumber(0),
      records: lists.columnNumber(1),
      blocks: 0,
      bytes: lists.columnNumber(2),
    };
    lists.reset();
    const blocks = this.#statements.get(SQL.blockSizes);
    blocks.bindInteger(1, this.id);
    blocks.step();
    sizes.blocks = blocks.columnNumber(0);
    sizes.bytes += blocks.columnNumber(1);
    blocks.reset();
    for (const pending of [this.#merging, this.#pending]) {
      for (const kind of pending?.kinds() ?? []) {
        for (const [term, list] of pending?.lists(kind) ?? []) {
          const stored = this.lists.find(kind, term);
          if (stored !== undefined && list.last <= stored.last) continue;
          if (kind === WORDS && stored === undefined) sizes.terms++;
          sizes.records += list.documents;
          sizes.bytes += list.length;
        }
      }
    }
    return sizes;
  }

  /** Lets go of what can be made again. */
  release(): void {
    this.#facts = undefined;
    this.#columns.clear();
    this.#texts.clear();
    this.#shapes.clear();
    this.#dictionaries.clear();
  }
}

const NOBODY: Set<number> = new Set();

/** The sort values of a field of text. Equal ones are one string. */
export class SortTexts {
  readonly #values: (string | undefined)[] = [];
  readonly #distinct = new Map<string, string>();
  /** Documents with a number up to here are known. */
  to = 0;
  /** Bytes of memory. */
  bytes = 0;

  /** Adds a document's value. */
  add(number: number, value: string): void {
    const same = this.#distinct.get(value);
    if (same === undefined) {
      this.#distinct.set(value, value);
      this.bytes += 40 + value.length;
    }
    this.#values[number] = same ?? value;
    this.bytes += 8;
  }

  /** A document's value. */
  get(number: number): string | undefined {
    return this.#values[number];
  }
}

/** Compares texts in the order of their UTF-8 bytes. */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for characters that come after all others.
    if (x >= 0xd800 && y >= 0xd800) {
      x += x >= 0xe000 ? -0x800 : 0x2000;
      y += y >= 0xe000 ? -0x800 : 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}
