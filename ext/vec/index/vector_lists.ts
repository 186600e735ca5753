/**
 * An index of vectors: lists of vectors that are near each other, each with its middle (an inverted
 * file). A list that grows too long is cut in two, so the index is never built as a whole: every
 * vector is put where it belongs as it comes, and what is in the file is all there is.
 *
 * A search looks at the lists whose middles are nearest to the query, one after another, until
 * enough of them have brought nothing better. It compares codes of 8 bits or one, in memory, and
 * then the candidates' own vectors, from their rows. Small indexes are looked at whole.
 *
 * Lists hold numbers. A number stands for one vector for ever: who gets another vector gets another
 * number, so codes in memory stay right whatever other processes do.
 *
 * @module
 */

import type { Arena } from "../kernels/kernels.ts";
import type { Codes } from "./codes.ts";
import type { List } from "./list.ts";
import { type Found, ListSearch, type Search } from "./list_search.ts";
import { type ListTable, unpackMembers } from "./list_table.ts";
import { Middles } from "./middles.ts";
import type { Shelf } from "./shelf.ts";
import { halve } from "./splitting.ts";

/** Members at which a list is cut in two, at least. */
const LONGEST = 128;
/** The same in an index of so many vectors that they would be too many lists, times the root of that. */
const LONGEST_BY_ROOT = 0.25;
/** Members below which a list is dissolved. */
const SHORTEST = 12;

/** Lists to which members of one that is cut may move. */
const NEARBY = 128;

/** Where an index's vectors are. */
export interface VectorRows {
  /** Reads a vector by its number, as it is compared. @returns Whether there is one. */
  read(number: number, into: Float32Array): boolean;
  /**
   * Copies a vector's code, as it is compared, where rows hold just that.
   *
   * @returns What the code 127 stands for, undefined if there is no such vector.
   */
  readonly code?:
    | ((number: number, target: Uint8Array, at: number) => number | undefined)
    | undefined;
  /** The exact distance of a vector from the query; without it codes are exact. */
  readonly exact?: ((number: number) => number) | undefined;
}

/** One index. */
export class VectorLists {
  /** The version of what is indexed that this index knows. */
  version = -1;
  /** Its id in the tables. */
  readonly id: number;
  readonly #shelf: Shelf;
  readonly #arena: Arena;
  readonly #table: ListTable;
  readonly #codes: Codes;
  readonly #source: VectorRows;
  readonly #vector: Float32Array;
  /** The lists, and in the same order their middles; a single list has none. */
  #lists: List[] = [];
  readonly #middles: Middles;
  #nextList = 0;
  #removed: number[] = [];
  #moved = new Set<List>();
  readonly #search: ListSearch;
  readonly #coarsen: ((list: List) => void) | undefined;
  readonly #glanced: List;
  #length = 0;
  /** Whether no members are left where an earlier version would have left them. */
  #gathered = true;

  /** Begins with nothing in it. */
  constructor(id: number, shelf: Shelf, table: ListTable, codes: Codes, source: VectorRows) {
    this.id = id;
    this.#shelf = shelf;
    this.#arena = shelf.arena;
    this.#table = table;
    this.#codes = codes;
    this.#source = source;
    this.#vector = new Float32Array(codes.dim);
    this.#middles = new Middles(this.#arena, codes.dim, codes.metric === "IP");
    this.#glanced = codes.list(-1);
    if (codes.canBeCoarse) this.#coarsen = (list) => codes.coarsen(list);
    this.#search = new ListSearch({
      codes,
      shelf,
      load: (list) => this.#load(list),
      glance: (numbers) => this.#glance(numbers),
      exact: source.exact,
    });
  }

  /** Vectors in it. */
  get length(): number {
    return this.#length;
  }

  /** Lists in it. */
  get lists(): readonly List[] {
    return this.#lists;
  }

  /**
   * Takes over what the tables hold.
   *
   * @param version The version of what is indexed.
   * @param length How many vectors it has.
   * @returns Whether they hold an index of it; if not, it has to be {@linkcode build built}.
   */
  load(version: number, length: number): boolean {
    const stored = this.#table.load(this.id);
    if (stored === undefined || stored.version !== version) return false;
    const known = new Map(this.#lists.map((list) => [list.id, list]));
    const lists: List[] = [];
    for (const { list: id, version, members } of stored.lists) {
      let list = known.get(id);
      if (list?.version !== version) {
        list = this.#codes.list(id, unpackMembers(members));
        list.version = version;
      } else {
        known.delete(id);
      }
      lists.push(list);
    }
    if (lists.reduce((sum, { count }) => sum + count, 0) !== length) return false;
    this.#length = length;
    this.#gathered = stored.gathered;
    for (const list of known.values()) this.#shelf.remove(list);
    this.#lists = [];
    this.#middles.clear();
    this.#removed = [];
    this.#moved.clear();
    this.#nextList = 0;
    if (lists.length === 1) this.#append(lists[0]!, undefined);
    if (lists.length > 1) {
      const centroids = this.#table.centroids(this.id);
      for (const list of lists) {
        const centroid = centroids.get(list.id);
        if (centroid?.length !== this.#codes.dim) return false;
        this.#append(list, centroid);
      }
    }
    this.version = version;
    return true;
  }

  #append(list: List, centroid: Float32Array | undefined): void {
    this.#lists.push(list);
    this.#nextList = Math.max(this.#nextList, list.id + 1);
    if (centroid !== undefined) this.#middles.push(centroid);
  }

  /** Forgets everything, to begin anew. */
  forget(): void {
    for (const list of this.#lists) {
      this.#shelf.remove(list);
      list.rows.clear();
    }
    this.#lists = [];
    this.#middles.clear();
    this.#removed = [];
    this.#moved.clear();
    this.#nextList = 0;
    this.#length = 0;
    this.#gathered = true;
    this.version = -1;
  }

  /**
   * Builds the index of vectors that are there.
   *
   * @param numbers All of them.
   * @param stored Whether the tables are to hold it; otherwise it is one list, in memory alone.
   */
  build(numbers: Uint32Array, version: number, stored: boolean): void {
    this.forget();
    this.version = version;
    if (!stored) {
      const list = this.#newList();
      list.numbers = numbers;
      this.#length = list.count = numbers.length;
      list.dirty = false;
      return;
    }
    this.#table.clear(this.id);
    for (const number of numbers) {
      if (this.#source.read(number, this.#vector)) this.add(number, this.#vector);
    }
  }

  #newList(): List {
    const list = this.#codes.list(this.#nextList++);
    list.dirty = true;
    this.#lists.push(list);
    return list;
  }

  /** Adds a vector under a new number. */
  add(number: number, vector: Float32Array): void {
    if (this.#lists.length === 0) {
      const list = this.#newList();
      list.loaded = true;
      this.#shelf.add(list, this.#coarsen);
    }
    const list = this.#lists[this.#nearest(vector)]!;
    this.#put(list, number, vector);
    this.#length++;
    if (list.count > this.#longest) this.#split(list);
  }

  #put(list: List, number: number, vector: Float32Array): void {
    const row = list.push(number);
    list.dirty = true;
    if (!list.loaded) return;
    list.reserve(list.count, this.#codes.exact);
    this.#codes.push(vector, list, row);
    list.used = this.#shelf.tick;
  }

  /** Which list's middle is nearest to a vector. */
  #nearest(vector: Float32Array): number {
    return this.#lists.length === 1 ? 0 : this.#middles.nearest(vector);
  }

  /** Removes a vector. @param vector What it is, if the caller knows: it tells where to look first. */
  remove(number: number, vector?: Float32Array): boolean {
    const list = this.find(number, vector);
    if (list === undefined) return false;
    list.remove(list.numbers.subarray(0, list.count).indexOf(number));
    list.dirty = true;
    this.#length--;
    if (this.#lists.length > 1 && list.count < SHORTEST) this.#dissolve(list);
    return true;
  }

  /** The list that has a number. */
  find(number: number, vector?: Float32Array): List | undefined {
    const has = (list: List) => list.numbers.subarray(0, list.count).includes(number);
    if (vector !== undefined && this.#lists.length > 1) {
      const likely = this.#lists[this.#nearest(vector)]!;
      if (has(likely)) return likely;
    }
    return this.#lists.find(has);
  }

  /** Notes that what the owner keeps of a member is another now. */
  touch(number: number): void {
    const list = this.find(number);
    if (list === undefined) return;
    list.dirty = true;
    list.forgetColumns();
  }

  /** Cuts a list in two. */
  #split(list: List): void {
    this.#load(list);
    const { dim } = this.#codes;
    const { count } = list;
    const vectors = new Float32Array(count * dim);
    for (let row = 0; row < count; row++) {
      this.#codes.read(list, row, vectors.subarray(row * dim, (row + 1) * dim));
    }
    const { half, centroids } = halve(vectors, count, dim);
    const first = this.#middles.count === 0;
    const other = this.#newList();
    other.loaded = true;
    this.#codes.begin(other, list.coarse);
    for (let row = count - 1; row >= 0; row--) {
      if (half[row] === 0) continue;
      this.#codes.copy(list, row, other, other.push(list.numbers[row]!));
      list.remove(row);
    }
    list.forgetColumns();
    if (first) this.#middles.push(centroids[0]);
    else this.#middles.set(this.#lists.indexOf(list), centroids[0]);
    this.#middles.push(centroids[1]);
    list.dirty = true;
    this.#moved.add(list).add(other);
    this.#shelf.add(other, this.#coarsen);
    if (first) return;
    this.#relocate(list);
    this.#relocate(other);
  }

  /**
   * Moves those members of a list to others nearby that have come to be nearer to these. Without it the members
   * of a cluster that was cut while there were few lists stay apart, and a search has to look everywhere.
   */
  #relocate(list: List): void {
    // Making room for its other half can have cost it its codes, where there is hardly any.
    if (!list.loaded) return;
    const middles = this.#middles;
    const own = this.#lists.indexOf(list);
    middles.choose(middles.at(own), NEARBY);
    const vector = this.#vector;
    for (let row = list.count - 1; row >= 0; row--) {
      this.#codes.read(list, row, vector);
      const to = this.#lists[middles.nearestChosen(vector)]!;
      if (to === list || to.count >= this.#longest) continue;
      const number = list.numbers[row]!;
      if (to.loaded && to.coarse === list.coarse) {
        this.#codes.copy(list, row, to, to.push(number));
        to.dirty = true;
      } else if (!to.loaded || this.#source.read(number, vector)) {
        this.#put(to, number, vector);
      } else continue;
      list.remove(row);
    }
  }

  /** Members at which a list is cut in two. */
  get #longest(): number {
    return Math.max(LONGEST, LONGEST_BY_ROOT * Math.sqrt(this.#length));
  }

  /** Gives the members of a list to others. */
  #dissolve(list: List): void {
    const index = this.#lists.indexOf(list);
    const last = this.#lists.length - 1;
    this.#middles.remove(index);
    this.#lists[index] = this.#lists[last]!;
    this.#lists.pop();
    if (this.#lists.length === 1) {
      this.#middles.clear();
      this.#moved.clear();
    }
    this.#moved.delete(list);
    this.#removed.push(list.id);
    const numbers = list.numbers.slice(0, list.count);
    this.#length -= list.count;
    this.#shelf.remove(list);
    const vector = this.#vector;
    for (const number of numbers) {
      if (this.#source.read(number, vector)) this.add(number, vector);
    }
  }

  /** Writes the lists that were changed. */
  settle(version: number): void {
    for (const id of this.#removed) this.#table.remove(this.id, id);
    this.#removed = [];
    for (const list of this.#lists) {
      if (!list.dirty) continue;
      list.dirty = false;
      list.version = version;
      this.#table.save(this.id, list.id, version, list.numbers, list.count);
    }
    for (const list of this.#moved) {
      this.#table.saveCentroid(this.id, list.id, this.#middleOf(list));
    }
    this.#moved.clear();
    this.#table.saveHead(this.id, version, this.#gathered);
    this.version = version;
  }

  /** Whether the codes of all lists are in memory. */
  get isLoaded(): boolean {
    return this.#lists.every(({ loaded }) => loaded);
  }

  /** Gets the codes of some lists into memory, of so many vectors. @returns Whether there are more. */
  warm(vectors: number, isFull: boolean): boolean {
    if (isFull) return false;
    for (const list of this.#lists) {
      if (list.loaded) continue;
      if (vectors <= 0) return true;
      vectors -= list.count;
      this.#load(list);
    }
    return false;
  }

  /** Gets the codes of a list into memory. */
  #load(list: List): void {
    list.used = this.#shelf.tick;
    if (list.loaded) return;
    this.#codes.begin(list, this.#shelf.isTight && this.#codes.canBeCoarse);
    this.#readCodes(list);
    list.loaded = true;
    this.#shelf.add(list, this.#coarsen);
  }

  /** Reads the codes of all members of a list that has none. */
  #readCodes(list: List): void {
    const vector = this.#vector;
    list.reserve(list.count, this.#codes.exact);
    const { code } = this.#source;
    for (let row = 0; row < list.count; row++) {
      const number = list.numbers[row]!;
      if (code !== undefined) {
        this.#codes.pushStored((target, at) => code(number, target, at) ?? 0, list, row);
        continue;
      }
      if (!this.#source.read(number, vector)) vector.fill(0);
      this.#codes.push(vector, list, row);
    }
  }

  /** Some vectors with their codes, until these are cleared or read anew. */
  #glance(numbers: ArrayLike<number>): List {
    const glanced = this.#glanced;
    glanced.count = 0;
    for (let i = 0; i < numbers.length; i++) glanced.push(numbers[i]!);
    this.#readCodes(glanced);
    return glanced;
  }

  /**
   * The vectors that are nearest to a query.
   *
   * @param query As it is compared: of length 1 where the measure is the cosine.
   * @param count How many to find at most.
   */
  nearest(query: Float32Array, count: number, search: Search = {}): Found {
    const lists = search.within ?? this.#nearestFirst(query);
    return this.#search.run(query, count, lists, this.#length, search, this.#gathered);
  }

  /** The lists, those with the nearest middles first. */
  *#nearestFirst(query: Float32Array): Iterable<List> {
    const lists = this.#lists;
    if (lists.length < 2) yield* lists;
    else for (const index of this.#middles.order(query)) yield lists[index]!;
  }

  /** The lists that are nearest to one of them, that one among them. */
  near(list: List, count: number): readonly List[] {
    if (count >= this.#lists.length) return this.#lists;
    return [...this.#nearestFirst(this.#middleOf(list))].slice(0, count);
  }

  #middleOf(list: List): Float32Array {
    return this.#middles.at(this.#lists.indexOf(list));
  }
}
