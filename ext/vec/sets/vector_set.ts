/** One vector set in memory: what its key says, and the index of its vectors. */

import type { Collection, Settles } from "../../../src/store/collections/collection.ts";
import { err } from "../../../src/store/values/errors.ts";
import type { Slice } from "../../../src/store/values/slice.ts";
import type { Filter } from "../filter/expression.ts";
import { Codes } from "../index/codes.ts";
import type { List } from "../index/list.ts";
import type { ListTable } from "../index/list_table.ts";
import type { Shelf } from "../index/shelf.ts";
import type { Found } from "../index/list_search.ts";
import { VectorLists } from "../index/vector_lists.ts";
import {
  type Coded,
  codeSize,
  cosineDistance,
  decodeExactly,
  encode,
  normalize,
  project,
  projection,
  QUANTIZATION,
  rangeOf,
} from "../quantization.ts";
import { packFacts, type SetFacts, unpackFacts } from "./facts.ts";
import { type AttributesOf, filterList, unreadBy } from "./filtering.ts";
import { levelOf, reaches } from "./levels.ts";
import type { VectorTable } from "./rows.ts";

/** Bytes of a stored vector before its code: its length and its range. */
const HEAD = 8;
/** The largest number of a vector: lists have 32 bits for each. */
const LAST_NUMBER = 0xffffffff;
/** What a set's vectors are kept in. */
export interface SetTables {
  /** Elements and vectors. */
  readonly vectors: VectorTable;
  /** Indexes. */
  readonly lists: ListTable;
  /** Codes in memory. */
  readonly shelf: Shelf;
  /** Notes that a collection was changed. */
  changed(collection: Collection): void;
  /** Whether nothing can be written. */
  readonly readonly: boolean;
}

/** What VSIM asks for. */
export interface Query {
  /** Elements at most. */
  readonly count: number;
  /** How far at most, on the scale of distances. */
  readonly limit: number;
  /** EF; undefined for the default. */
  readonly effort: number | undefined;
  /** TRUTH. */
  readonly exact: boolean;
  /** FILTER. */
  readonly filter: Filter | undefined;
}

/** A vector set. */
export class VectorSet implements Settles {
  /** Its facts. */
  facts: SetFacts;
  /** The collection, as it is in memory now. */
  collection: Collection;
  readonly #tables: SetTables;
  readonly #codes: Codes;
  readonly #lists: VectorLists;
  /** The version of the collection that the facts and the index in memory are of. */
  #known: number;
  #listed = false;
  /** Whether the index in memory is one list, and not that of the file. */
  #flat = false;
  #unsettled = false;
  #matrix: Float32Array | undefined;
  /** A filter for which attributes have still to be read, and the first list of which this may be true. */
  #unread: { readonly filter: Filter; next: number } | undefined;
  readonly #attributesOf: AttributesOf = (number) =>
    this.#tables.vectors.attributesText(this.id, number);
  readonly #stored: Uint8Array;
  readonly #query: Float32Array;
  readonly #vector: Float32Array;

  /** Takes a collection that has facts. */
  constructor(collection: Collection, tables: SetTables) {
    this.collection = collection;
    this.#tables = tables;
    this.facts = unpackFacts(collection.metadata);
    this.#known = collection.version;
    const { dim, quantization } = this.facts;
    this.#stored = new Uint8Array(HEAD + codeSize(quantization, dim));
    this.#query = new Float32Array(dim);
    this.#vector = new Float32Array(dim);
    const metric = quantization === QUANTIZATION.BINARY ? "BITS" : "COSINE";
    const exact = quantization !== QUANTIZATION.NONE;
    this.#codes = new Codes(tables.shelf.arena, dim, metric, exact);
    this.#lists = new VectorLists(collection.id, tables.shelf, tables.lists, this.#codes, {
      read: (number, into) => this.#read(number, into),
      code: exact ? (number, target, at) => this.#code(number, target, at) : undefined,
      exact: exact ? undefined : (number) => this.#exact(number),
    });
  }

  /** Its id. */
  get id(): number {
    return this.collection.id;
  }

  /** Takes over what others may have changed. */
  use(collection: Collection): void {
    this.collection = collection;
    if (collection.version === this.#known || this.#unsettled) return;
    this.#known = collection.version;
    this.facts = unpackFacts(collection.metadata);
    if (this.#flat) this.forget();
    this.#listed = false;
  }

  /** Lets go of the index in memory. */
  forget(): void {
    this.#lists.forget();
    this.#listed = this.#flat = this.#unsettled = false;
    this.#unread = undefined;
    this.#known = -1;
  }

  /** The index. @param forWriting Whether it will be changed, so that it has to be in the file. */
  #index(forWriting = false): VectorLists {
    const { collection, facts } = this;
    if (!this.#listed) {
      this.#listed = true;
      this.#flat = false;
      if (this.#lists.load(facts.indexed, collection.length)) return this.#lists;
      this.#lists.forget();
      this.#flat = collection.length > 0;
    }
    if (this.#flat && (forWriting || this.#lists.length === 0)) {
      const numbers = this.#tables.vectors.numbers(this.id, collection.length);
      this.#lists.build(numbers, facts.indexed, forWriting);
      if (forWriting) this.#flat = false;
    }
    return this.#lists;
  }

  #read(number: number, into: Float32Array): boolean {
    const stored = this.#tables.vectors.vector(this.id, number, this.#stored);
    if (stored === undefined) return false;
    decodeExactly(stored.subarray(HEAD), headOf(stored).range, this.facts.quantization, into);
    return true;
  }

  #code(number: number, target: Uint8Array, at: number): number | undefined {
    const stored = this.#tables.vectors.vector(this.id, number, this.#stored);
    if (stored === undefined) return undefined;
    for (let i = HEAD; i < stored.length; i++) target[at + i - HEAD] = stored[i]!;
    return headOf(stored).range;
  }

  #exact(number: number): number {
    if (!this.#read(number, this.#vector)) return Infinity;
    let dot = 0;
    const query = this.#query, vector = this.#vector;
    for (let i = 0; i < query.length; i++) dot += query[i]! * vector[i]!;
    return cosineDistance(Math.fround(dot));
  }

  /** Notes a change; its facts and its lists are written with its key. */
  #changed(): void {
    this.#tables.changed(this.collection);
    this.collection.rest = this;
    this.#known = this.collection.version;
    this.#unsettled = true;
  }

  /** Writes what was changed. */
  settle(): void {
    if (!this.#unsettled) return;
    this.#unsettled = false;
    this.facts.indexed = this.collection.version;
    this.#lists.settle(this.facts.indexed);
    this.collection.metadata = packFacts(this.facts);
  }

  /** The matrix of REDUCE. */
  matrix(): Float32Array {
    const { inputDim, dim } = this.facts;
    return this.#matrix ??= this.#tables.vectors.matrix(this.id) ?? projection(inputDim, dim);
  }

  /** A vector as it is compared: projected, if the set does that, and of length 1. @returns Its length, too. */
  prepare(given: Float32Array): { vector: Float32Array; length: number } {
    const { inputDim, dim } = this.facts;
    const projected = inputDim > 0 && given.length === inputDim;
    const vector = projected ? project(this.matrix(), given, dim) : given;
    return { vector, length: normalize(vector) };
  }

  /** The number of an element, undefined if there is none. */
  number(element: Slice): number | undefined {
    return this.#tables.vectors.number(this.id, element);
  }

  /** The vector of an element as it is kept, undefined if there is none. */
  coded(element: Slice): Coded | undefined {
    const number = this.number(element);
    return number === undefined ? undefined : this.codedAt(number);
  }

  /** The vector of a number as it is kept. */
  codedAt(number: number): Coded | undefined {
    const stored = this.#tables.vectors.vector(this.id, number);
    return stored && { code: stored.subarray(HEAD), ...headOf(stored) };
  }

  /**
   * Sets an element's vector.
   *
   * @param vector Of length 1.
   * @param length The length it had.
   * @param attributes New ones; undefined to leave those it has.
   * @returns Whether the element is new.
   */
  add(
    element: Slice,
    vector: Float32Array,
    length: number,
    attributes: Uint8Array | undefined,
  ): boolean {
    const { facts } = this;
    const range = facts.quantization === QUANTIZATION.INT8 ? rangeOf(vector) : 0;
    return this.put(
      element,
      { code: encode(vector, facts.quantization), length, range },
      attributes,
      vector,
    );
  }

  /** Sets an element's vector by its code. @param vector What it stands for, if the caller knows. */
  put(
    element: Slice,
    { code, length, range }: Coded,
    attributes: Uint8Array | undefined,
    vector?: Float32Array,
  ): boolean {
    const { facts, id } = this;
    const { vectors } = this.#tables;
    const index = this.#index(true);
    const former = vectors.number(id, element);
    if (facts.lastNumber === LAST_NUMBER) {
      throw err(
        `a vector set takes ${LAST_NUMBER} vectors in its life: DUMP and RESTORE begin anew`,
      );
    }
    let kept = attributes;
    if (former !== undefined) {
      const before = vectors.attributes(id, former);
      if (attributes === undefined) kept = before;
      else if (attributes.length === 0) kept = undefined;
      facts.attributes -= before === undefined ? 0 : 1;
      this.#unlist(index, former);
      vectors.deleteVector(id, former);
    } else {
      this.collection.length++;
    }
    facts.attributes += kept === undefined ? 0 : 1;
    const stored = new Uint8Array(HEAD + code.length);
    const view = new DataView(stored.buffer);
    view.setFloat32(0, length, true);
    view.setFloat32(4, range, true);
    stored.set(code, HEAD);
    const number = ++facts.lastNumber;
    vectors.insert(id, number, element, kept, stored);
    if (vector === undefined) {
      vector = new Float32Array(facts.dim);
      decodeExactly(code, range, facts.quantization, vector);
    }
    index.add(number, vector);
    this.#changed();
    return former === undefined;
  }

  #unlist(index: VectorLists, number: number): void {
    const vector = this.#vector;
    index.remove(number, this.#read(number, vector) ? vector : undefined);
  }

  /** Removes an element. The caller deletes the key of a set that is left empty. */
  remove(element: Slice): boolean {
    const { vectors } = this.#tables;
    const number = this.number(element);
    if (number === undefined) return false;
    const index = this.#index(true);
    this.#unlist(index, number);
    if (vectors.attributes(this.id, number) !== undefined) this.facts.attributes--;
    vectors.deleteVector(this.id, number);
    vectors.deleteElement(this.id, element);
    this.collection.length--;
    this.#changed();
    return true;
  }

  /** Sets an element's attributes, or removes them. @returns Whether there is such an element. */
  setAttributes(element: Slice, attributes: Uint8Array | undefined): boolean {
    const { vectors } = this.#tables;
    const number = this.number(element);
    if (number === undefined) return false;
    const before = vectors.attributes(this.id, number);
    if (before === undefined && attributes === undefined) return true;
    this.facts.attributes += (attributes === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    vectors.setAttributes(this.id, number, attributes);
    this.#index(true).touch(number);
    this.#changed();
    return true;
  }

  /** An element's attributes. */
  attributes(element: Slice): Uint8Array | undefined {
    const number = this.number(element);
    return number === undefined ? undefined : this.#tables.vectors.attributes(this.id, number);
  }

  /** The elements that are nearest to a vector of length 1. */
  nearest(vector: Float32Array, { count, limit, effort, exact, filter }: Query): Found {
    const index = this.#index();
    this.#query.set(vector);
    if (filter !== undefined && this.facts.attributes === 0) return { numbers: [], distances: [] };
    const allow = filter && ((list: List) => filterList(filter, list, this.#attributesOf));
    const unread = filter && ((list: List) => {
      const rows = unreadBy(filter, list);
      if (rows > 0) this.#warmFor(filter);
      return rows;
    });
    const found = index.nearest(vector, count, { limit, exact, effort, allow, unread });
    this.#tables.shelf.searched(this);
    return found;
  }

  #warmFor(filter: Filter): void {
    if (this.#unread?.filter.text !== filter.text) this.#unread = { filter, next: 0 };
  }

  /** Whether all codes are in memory, and no filter has met attributes that are not. */
  get isLoaded(): boolean {
    return this.#unread === undefined && this.#lists.isLoaded;
  }

  /** Reads some attributes that a filter asks for, or codes. @returns Whether there is more to read. */
  warm(vectors: number, isFull: boolean): boolean {
    const { lists } = this.#lists;
    const unread = this.#unread;
    if (unread !== undefined) {
      for (; unread.next < lists.length; unread.next++) {
        if (vectors <= 0) return true;
        const list = lists[unread.next]!;
        const rows = unreadBy(unread.filter, list);
        if (rows === 0) continue;
        vectors -= rows;
        filterList(unread.filter, list, this.#attributesOf);
      }
      this.#unread = undefined;
    }
    return this.#lists.warm(vectors, isFull);
  }

  /** The lists of its index. */
  lists(): readonly List[] {
    return this.#index().lists;
  }

  /** The lists that are nearest to one of them. */
  near(list: List, count: number): readonly List[] {
    return this.#index().near(list, count);
  }

  /** The highest level of any element. */
  maxLevel(): number {
    let highest = 0;
    for (const { numbers, count } of this.lists()) {
      for (let i = 0; i < count; i++) highest = Math.max(highest, levelOf(numbers[i]!));
    }
    return highest;
  }

  /**
   * The nearest neighbours of a number among those of a level or above.
   *
   * @param within The lists to look at; without them all, and the neighbours are certainly the nearest.
   */
  neighbours(number: number, level: number, within?: readonly List[]): Found {
    const vector = new Float32Array(this.facts.dim);
    if (!this.#read(number, vector)) return { numbers: [], distances: [] };
    this.#query.set(vector);
    const count = level === 0 ? 2 * this.facts.links : this.facts.links;
    const { numbers, distances } = this.#index().nearest(vector, count + 1, {
      exact: within === undefined,
      within,
      allow: level === 0 ? undefined : (list) => {
        const rows: number[] = [];
        for (let i = 0; i < list.count; i++) if (reaches(list.numbers[i]!, level)) rows.push(i);
        return rows;
      },
    });
    const own = numbers.indexOf(number);
    const others = <T>(all: readonly T[]) => all.filter((_, i) => i !== own).slice(0, count);
    return { numbers: others(numbers), distances: others(distances) };
  }

  /** How far two numbers are from each other. */
  distance(number: number, other: number): number {
    const vector = new Float32Array(this.facts.dim);
    if (!this.#read(number, vector) || !this.#read(other, this.#vector)) return Infinity;
    const { quantization, dim } = this.facts;
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += vector[i]! * this.#vector[i]!;
    // Of signs it is 1 for each that agrees and -1 for each that differs.
    return quantization === QUANTIZATION.BINARY ? 1 - sum / dim : cosineDistance(Math.fround(sum));
  }

  /** The number at a place, from 0 to the set's length: for random choices. */
  numberAt(place: number): number {
    for (const { numbers, count } of this.#index().lists) {
      if (place < count) return numbers[place]!;
      place -= count;
    }
    throw new RangeError("a vector set has fewer elements than it counts");
  }
}

function headOf(stored: Uint8Array): { length: number; range: number } {
  const view = new DataView(stored.buffer, stored.byteOffset, HEAD);
  return { length: view.getFloat32(0, true), range: view.getFloat32(4, true) };
}
