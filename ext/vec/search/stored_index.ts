/** One index of search: the vectors of documents. */

import type {
  VectorHits,
  VectorIndex,
  VectorIndexFacts,
  VectorSearch,
  VectorShape,
} from "../../../src/search/vector_index.ts";
import { VECTOR_TYPE_SIZE } from "../../../src/search/vector_index.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { Codes } from "../index/codes.ts";
import type { List } from "../index/list.ts";
import type { ListTable } from "../index/list_table.ts";
import type { Shelf } from "../index/shelf.ts";
import { DEFAULT_EFFORT, type Found } from "../index/list_search.ts";
import { VectorLists } from "../index/vector_lists.ts";
import { normalize } from "../quantization.ts";
import type { VectorTable } from "../sets/rows.ts";
import type { IndexState } from "./index_table.ts";
import { exactDistance, readNumbers } from "./numbers.ts";

/** Bytes that the rows of a vector take beside its numbers. */
const ROW_OVERHEAD = 60;
/** The column of a list that has its members' documents. */
const DOCUMENTS = "document";

/** What an index lives in. */
export interface IndexTables {
  /** Rows of vectors. */
  readonly vectors: VectorTable;
  /** Rows of lists. */
  readonly lists: ListTable;
  /** Codes in memory. */
  readonly shelf: Shelf;
  /** Gets ready for a change. */
  write(): void;
  /** Notes that an index was changed. */
  changed(index: StoredIndex): void;
  /** The state of an index as the file has it. @throws {Error} If it was dropped. */
  load(id: number): IndexState;
}

/** An index. Its rows have its id with a minus, so that no key's are among them. */
export class StoredIndex implements VectorIndex {
  readonly id: number;
  readonly shape: VectorShape;
  /** What is written with the turn. */
  state: IndexState;
  /** Whether others may have changed the file since. */
  stale = true;
  readonly #key: number;
  readonly #tables: IndexTables;
  readonly #lists: VectorLists;
  readonly #numbers: Float64Array;
  readonly #query: Float64Array;
  readonly #vector: Float32Array;
  readonly #stored: Uint8Array;
  readonly #document = new Uint8Array(8);

  /** Takes an index that is in the file. */
  constructor(id: number, shape: VectorShape, tables: IndexTables) {
    this.id = id;
    this.shape = shape;
    this.#key = -id;
    this.#tables = tables;
    const { dim, type, metric } = shape;
    this.state = { length: 0, lastNumber: 0, version: -1 };
    this.#numbers = new Float64Array(dim);
    this.#query = new Float64Array(dim);
    this.#vector = new Float32Array(dim);
    this.#stored = new Uint8Array(dim * VECTOR_TYPE_SIZE[type]);
    const codes = new Codes(tables.shelf.arena, dim, metric, false);
    this.#lists = new VectorLists(this.#key, tables.shelf, tables.lists, codes, {
      read: (number, into) => this.#read(number, into),
      exact: (number) => this.#exact(number),
    });
  }

  /** Lets go of what is in memory. */
  forget(): void {
    this.#lists.forget();
    this.stale = true;
  }

  #fresh(): VectorLists {
    if (!this.stale) return this.#lists;
    this.stale = false;
    this.state = this.#tables.load(this.id);
    const { length, version } = this.state;
    if (this.#lists.version === version || this.#lists.load(version, length)) return this.#lists;
    const numbers = this.#tables.vectors.numbers(this.#key, length);
    this.#lists.build(numbers, version, false);
    return this.#lists;
  }

  get length(): number {
    this.#fresh();
    return this.state.length;
  }

  #read(number: number, into: Float32Array): boolean {
    const stored = this.#tables.vectors.vector(this.#key, number, this.#stored);
    if (stored === undefined) return false;
    this.#compared(stored, into);
    return true;
  }

  /** A vector as its codes are made of it: of length 1 where the angle alone counts. */
  #compared(bytes: Uint8Array, into: Float32Array): void {
    readNumbers(bytes, this.shape.type, into);
    if (this.shape.metric === "COSINE") normalize(into);
  }

  #exact(number: number): number {
    const stored = this.#tables.vectors.vector(this.#key, number, this.#stored);
    if (stored === undefined) return Infinity;
    readNumbers(stored, this.shape.type, this.#numbers);
    return exactDistance(this.#numbers, this.#query, this.shape.metric, this.shape.type);
  }

  #element(document: number): Slice {
    // In the order of the numbers, for rows that are written one after another.
    new DataView(this.#document.buffer).setBigUint64(0, BigInt(document));
    return new Slice(this.#document, 0, 8);
  }

  put(document: number, vector: Uint8Array): void {
    this.#tables.write();
    const lists = this.#fresh();
    this.#remove(lists, document, false);
    const number = ++this.state.lastNumber;
    this.#tables.vectors.insert(this.#key, number, this.#element(document), undefined, vector);
    this.#compared(vector, this.#vector);
    lists.add(number, this.#vector.slice());
    this.state.length++;
    this.#changed();
  }

  delete(document: number): boolean {
    this.#tables.write();
    if (!this.#remove(this.#fresh(), document, true)) return false;
    this.#changed();
    return true;
  }

  #remove(lists: VectorLists, document: number, whole: boolean): boolean {
    const { vectors } = this.#tables;
    const element = this.#element(document);
    const number = vectors.number(this.#key, element);
    if (number === undefined) return false;
    const known = this.#read(number, this.#vector);
    lists.remove(number, known ? this.#vector.slice() : undefined);
    vectors.deleteVector(this.#key, number);
    if (whole) vectors.deleteElement(this.#key, element);
    this.state.length--;
    return true;
  }

  #changed(): void {
    this.#tables.changed(this);
  }

  /** Writes the lists of a turn that is to be committed. */
  settle(): void {
    this.state.version++;
    this.#lists.settle(this.state.version);
  }

  vector(document: number): Uint8Array | undefined {
    this.#fresh();
    const { vectors } = this.#tables;
    const number = vectors.number(this.#key, this.#element(document));
    return number === undefined ? undefined : vectors.vector(this.#key, number);
  }

  distance(document: number, query: Uint8Array): number | undefined {
    this.#fresh();
    const number = this.#tables.vectors.number(this.#key, this.#element(document));
    if (number === undefined) return undefined;
    readNumbers(query, this.shape.type, this.#query);
    return this.#exact(number);
  }

  nearest(query: Uint8Array, count: number, search: VectorSearch = {}): VectorHits {
    return this.#search(query, count, Infinity, search);
  }

  within(query: Uint8Array, radius: number, search: VectorSearch = {}): VectorHits {
    return this.#search(query, Infinity, radius, search);
  }

  #search(
    query: Uint8Array,
    count: number,
    limit: number,
    { allows, effort = DEFAULT_EFFORT }: VectorSearch,
  ): VectorHits {
    const lists = this.#fresh();
    readNumbers(query, this.shape.type, this.#query);
    const vector = new Float32Array(this.shape.dim);
    this.#compared(query, vector);
    const found = lists.nearest(vector, count, {
      limit,
      exact: this.shape.exact || limit !== Infinity,
      effort: Math.max(effort, DEFAULT_EFFORT),
      allow: allows && ((list) => this.#allow(allows, list)),
      unread: allows && ((list) => list.count - (list.columns.get(DOCUMENTS)?.length ?? 0)),
    });
    this.#tables.shelf.searched(lists);
    return this.#hits(found);
  }

  #allow(allows: (document: number) => boolean, list: List): readonly number[] {
    let documents = list.columns.get(DOCUMENTS) as number[] | undefined;
    if (documents === undefined) list.columns.set(DOCUMENTS, documents = []);
    for (let i = documents.length; i < list.count; i++) {
      documents.push(this.#documentOf(list.numbers[i]!));
    }
    const rows: number[] = [];
    for (let i = 0; i < list.count; i++) if (allows(documents[i]!)) rows.push(i);
    return rows;
  }

  #documentOf(number: number): number {
    const row = this.#tables.vectors.element(this.#key, number);
    if (row === undefined) throw new Error(`index ${this.id} has no vector ${number}`);
    const { element } = row;
    return Number(new DataView(element.buffer, element.byteOffset, 8).getBigUint64(0));
  }

  #hits({ numbers, distances }: Found): VectorHits {
    const hits = numbers.map((number, i) => ({
      document: this.#documentOf(number),
      distance: distances[i]!,
    }));
    hits.sort((a, b) => a.distance - b.distance || a.document - b.document);
    return {
      documents: hits.map(({ document }) => document),
      distances: hits.map(({ distance }) => distance),
    };
  }

  facts(): VectorIndexFacts {
    const lists = this.#fresh();
    const { length } = this.state;
    const { dim, type } = this.shape;
    return {
      length,
      bytes: length * (dim * VECTOR_TYPE_SIZE[type] + ROW_OVERHEAD),
      memoryBytes: lists.lists.reduce((sum, { rows }) => sum + rows.bytes, 0),
    };
  }
}
