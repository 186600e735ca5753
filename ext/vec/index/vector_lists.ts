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

import { type Arena, strideOf } from "../kernels/kernels.ts";
import type { Codes } from "./codes.ts";
import { List } from "./list.ts";
import { type ListTable, unpackMembers } from "./list_table.ts";
import { Nearest } from "./nearest.ts";
import { Rows } from "./rows.ts";
import type { Shelf } from "./shelf.ts";
import { halve } from "./splitting.ts";

/** Members at which a list is cut in two, at least. */
const LONGEST = 128;
/** The same in an index of so many vectors that they would be too many lists, times the root of that. */
const LONGEST_BY_ROOT = 0.4;
/** Members below which a list is dissolved. */
const SHORTEST = 12;
/** Bytes of codes up to which a search looks at all. */
const SMALL = 4 * 1024 * 1024;
/** Share of the vectors that a search looks at, in an index that is not small, at least. */
const LEAST_SHARE = 1 / 20;
/** Share of them that it looks at without finding anything better before it ends. */
const PATIENCE_SHARE = 1 / 16;
/** The effort that those are meant for: EF where nobody says it. */
export const DEFAULT_EFFORT = 100;
/** Lists of an index, at most, and steps by which their distances are told apart: 53 bits together. */
const MOST_LISTS = 2 ** 21;
const ORDER_STEPS = 2 ** 32 - 1;
/** Share of a list's members below which they are compared one by one. */
const FEW = 1 / 4;

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

/** What a search may do. */
export interface Search {
  /** Nothing farther. Default: any distance. */
  readonly limit?: number | undefined;
  /** Whether all vectors are looked at, and the result is certain. */
  readonly exact?: boolean | undefined;
  /** The only lists to look at. */
  readonly within?: readonly List[] | undefined;
  /** How many lists to look at, {@linkcode DEFAULT_EFFORT} for as many as usual. */
  readonly effort?: number | undefined;
  /**
   * Marks by 1 in `mask` the members of a list that may be found.
   *
   * @returns How many they are.
   */
  readonly allow?: ((list: List, mask: Uint8Array) => number) | undefined;
}

/** What a search found, the nearest first. */
export interface Found {
  /** Numbers of vectors. */
  readonly numbers: readonly number[];
  /** Their distances. */
  readonly distances: readonly number[];
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
  /** The lists, and in the same order their middles and the squares of these middles' lengths. */
  #lists: List[] = [];
  readonly #middles: Rows;
  #middleNorms: number[] = [];
  #nextList = 0;
  #removed: number[] = [];
  #moved = new Set<List>();
  #mask = new Uint8Array(LONGEST);
  #length = 0;

  /** Begins with nothing in it. */
  constructor(id: number, shelf: Shelf, table: ListTable, codes: Codes, source: VectorRows) {
    this.id = id;
    this.#shelf = shelf;
    this.#arena = shelf.arena;
    this.#table = table;
    this.#codes = codes;
    this.#source = source;
    this.#vector = new Float32Array(codes.dim);
    this.#middles = new Rows(this.#arena, strideOf(4 * codes.dim));
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
        const numbers = unpackMembers(members);
        list = new List(id, new Rows(this.#arena, this.#codes.stride), numbers, numbers.length);
        list.version = version;
      } else {
        known.delete(id);
      }
      lists.push(list);
    }
    if (lists.reduce((sum, { count }) => sum + count, 0) !== length) return false;
    this.#length = length;
    for (const list of known.values()) this.#shelf.remove(list);
    this.#lists = [];
    this.#middles.clear();
    this.#middleNorms = [];
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
    if (centroid !== undefined) this.#pushMiddle(centroid);
  }

  #pushMiddle(centroid: Float32Array): void {
    const at = this.#middles.push();
    this.#setMiddle(at, this.#middles.count - 1, centroid);
  }

  #setMiddle(at: number, index: number, centroid: Float32Array): void {
    new Float32Array(this.#arena.bytes.buffer, at, centroid.length).set(centroid);
    this.#middleNorms[index] = centroid.reduce((sum, value) => sum + value * value, 0);
  }

  /** Forgets everything, to begin anew. */
  forget(): void {
    for (const list of this.#lists) {
      this.#shelf.remove(list);
      list.rows.clear();
    }
    this.#lists = [];
    this.#middles.clear();
    this.#middleNorms = [];
    this.#removed = [];
    this.#moved.clear();
    this.#nextList = 0;
    this.#length = 0;
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
    const list = new List(this.#nextList++, new Rows(this.#arena, this.#codes.stride));
    list.dirty = true;
    this.#lists.push(list);
    return list;
  }

  /** Adds a vector under a new number. */
  add(number: number, vector: Float32Array): void {
    if (this.#lists.length === 0) {
      const list = this.#newList();
      list.loaded = true;
      this.#shelf.add(list);
    }
    const list = this.#lists[this.#nearestMiddle(vector)]!;
    this.#put(list, number, vector);
    const longest = Math.max(LONGEST, LONGEST_BY_ROOT * Math.sqrt(++this.#length));
    if (list.count > longest) this.#split(list);
  }

  #put(list: List, number: number, vector: Float32Array): void {
    const row = list.push(number);
    list.dirty = true;
    list.columns.clear();
    if (!list.loaded) return;
    list.reserve(list.count);
    this.#codes.place(vector, list.rows.push(), list, row);
    list.used = this.#shelf.tick;
  }

  /** Which list's middle is nearest to a vector. */
  #nearestMiddle(vector: Float32Array): number {
    if (this.#lists.length === 1) return 0;
    let best = 0, least = Infinity;
    this.#measureMiddles(vector, (index, distance) => {
      if (distance >= least) return;
      least = distance;
      best = index;
    });
    return best;
  }

  /** Visits all lists with how far their middles are, but for what is the same for all. */
  #measureMiddles(
    vector: Float32Array,
    visit: (index: number, distance: number) => void,
    byProduct = false,
  ): void {
    const arena = this.#arena;
    const middles = this.#middles;
    arena.queryFloat32(vector);
    for (let start = 0, block = 0; start < middles.count; start += middles.perBlock, block++) {
      const count = Math.min(middles.perBlock, middles.count - start);
      arena.dotFloat32(middles.block(block), middles.stride, count);
      for (let i = 0; i < count; i++) {
        const dot = arena.floats[i]!;
        visit(start + i, byProduct ? -dot : this.#middleNorms[start + i]! - 2 * dot);
      }
    }
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
      const likely = this.#lists[this.#nearestMiddle(vector)]!;
      if (has(likely)) return likely;
    }
    return this.#lists.find(has);
  }

  /** Notes that what the owner keeps of a member is another now. */
  touch(number: number): void {
    const list = this.find(number);
    if (list === undefined) return;
    list.dirty = true;
    list.columns.clear();
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
    for (let row = count - 1; row >= 0; row--) {
      if (half[row] === 0) continue;
      const to = other.push(list.numbers[row]!);
      other.reserve(other.count);
      const at = other.rows.push();
      const from = list.rows.at(row);
      this.#arena.bytes.copyWithin(at, from, from + list.rows.stride);
      other.ranges[to] = list.ranges[row]!;
      other.norms[to] = list.norms[row]!;
      other.errors[to] = list.errors[row]!;
      list.remove(row);
    }
    list.columns.clear();
    if (first) this.#pushMiddle(centroids[0]);
    else {
      const index = this.#lists.indexOf(list);
      this.#setMiddle(this.#middles.at(index), index, centroids[0]);
    }
    this.#pushMiddle(centroids[1]);
    list.dirty = true;
    this.#moved.add(list).add(other);
    this.#shelf.add(other);
  }

  /** Gives the members of a list to others. */
  #dissolve(list: List): void {
    const index = this.#lists.indexOf(list);
    const last = this.#lists.length - 1;
    this.#middles.remove(index);
    this.#lists[index] = this.#lists[last]!;
    this.#middleNorms[index] = this.#middleNorms[last]!;
    this.#lists.pop();
    this.#middleNorms.pop();
    if (this.#lists.length === 1) {
      this.#middles.clear();
      this.#middleNorms = [];
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
    this.#table.saveVersion(this.id, version);
    this.version = version;
  }

  /** Gets the codes of a list into memory. */
  #load(list: List): void {
    list.used = this.#shelf.tick;
    if (list.loaded) return;
    const vector = this.#vector;
    list.reserve(list.count);
    const { code } = this.#source;
    for (let row = 0; row < list.count; row++) {
      const at = list.rows.push();
      if (code !== undefined) {
        list.ranges[row] = code(list.numbers[row]!, this.#arena.bytes, at) ?? 0;
        continue;
      }
      if (!this.#source.read(list.numbers[row]!, vector)) vector.fill(0);
      this.#codes.place(vector, at, list, row);
    }
    list.loaded = true;
    this.#shelf.add(list);
  }

  /**
   * The vectors that are nearest to a query.
   *
   * @param query As it is compared: of length 1 where the measure is the cosine.
   * @param count How many to find at most.
   */
  nearest(query: Float32Array, count: number, search: Search = {}): Found {
    const { limit = Infinity, exact = false, effort = DEFAULT_EFFORT, allow, within } = search;
    const shelf = this.#shelf;
    const nearest = new Nearest(count, limit);
    shelf.tick++;
    const lists = within ?? this.#order(query);
    const total = this.length;
    const all = exact || within !== undefined || total * this.#codes.stride <= SMALL ||
      limit !== Infinity && count > total;
    const least = total * LEAST_SHARE * effort / DEFAULT_EFFORT;
    const patience = total * PATIENCE_SHARE * effort / DEFAULT_EFFORT;
    this.#codes.certain = exact;
    let seen = 0, fruitless = 0;
    let ready = false;
    for (const list of lists) {
      let allowed = list.count;
      if (allow !== undefined) {
        if (list.count === 0) continue;
        allowed = allow(list, this.#maskFor(list.count));
      }
      if (allowed > 0) {
        if (!list.loaded) {
          this.#load(list);
          ready = false;
        }
        list.used = shelf.tick;
        if (!ready) this.#codes.query(query);
        ready = true;
        this.#scan(list, nearest, allow === undefined ? undefined : allowed);
      }
      seen += list.count;
      fruitless = nearest.improved ? 0 : fruitless + list.count;
      nearest.improved = false;
      if (!all && nearest.full && seen >= least && fruitless >= patience) break;
    }
    return this.#result(nearest, count, limit);
  }

  #maskFor(count: number): Uint8Array {
    if (count > this.#mask.length) this.#mask = new Uint8Array(count);
    return this.#mask;
  }

  /** The lists, those with the nearest middles first. */
  #order(query: Float32Array): readonly List[] {
    const lists = this.#lists;
    if (lists.length < 2) return lists;
    const distances = new Float64Array(lists.length);
    let least = Infinity, most = -Infinity;
    this.#measureMiddles(query, (index, distance) => {
      distances[index] = distance;
      least = Math.min(least, distance);
      most = Math.max(most, distance);
    }, this.#codes.metric === "IP");
    // As numbers that have the distance above and the index below: those are sorted without a function.
    const scale = most > least ? ORDER_STEPS / (most - least) : 0;
    for (let i = 0; i < distances.length; i++) {
      distances[i] = Math.floor((distances[i]! - least) * scale) * MOST_LISTS + i;
    }
    distances.sort();
    return Array.from(distances, (key) => lists[key % MOST_LISTS]!);
  }

  /** The lists that are nearest to one of them, that one among them. */
  near(list: List, count: number): readonly List[] {
    if (count >= this.#lists.length) return this.#lists;
    const middle = this.#middleOf(list);
    return this.#order(middle).slice(0, count);
  }

  #middleOf(list: List): Float32Array {
    const at = this.#middles.at(this.#lists.indexOf(list));
    return new Float32Array(this.#arena.bytes.buffer, at, this.#codes.dim).slice();
  }

  #scan(list: List, nearest: Nearest, allowed: number | undefined): void {
    const codes = this.#codes;
    const { rows, count } = list;
    const mask = this.#mask;
    if (allowed !== undefined && allowed < count * FEW) {
      for (let row = 0; row < count; row++) {
        if (mask[row] === 0) continue;
        codes.compare(rows.at(row), 1);
        nearest.offer(list.numbers[row]!, codes.distance(0, list, row), codes.error(list, row));
      }
      return;
    }
    const { perBlock } = rows;
    const { numbers } = list;
    const visit = (row: number, distance: number, error: number) => {
      nearest.offer(numbers[row]!, distance, error);
      return nearest.bound;
    };
    for (let start = 0, block = 0; start < count; start += perBlock, block++) {
      const size = Math.min(perBlock, count - start);
      codes.compare(rows.block(block), size);
      const allowedRows = allowed === undefined ? undefined : mask;
      codes.nearer(list, start, size, allowedRows, nearest.bound, visit);
    }
  }

  #result(nearest: Nearest, count: number, limit: number): Found {
    const { exact } = this.#source;
    if (exact !== undefined) {
      nearest.drop();
      const { numbers, distances } = nearest;
      for (let i = 0; i < numbers.length; i++) distances[i] = exact(numbers[i]!);
    }
    const order = exact === undefined ? nearest.order() : orderOf(nearest);
    const numbers: number[] = [], distances: number[] = [];
    for (const place of order) {
      if (numbers.length === count) break;
      const distance = nearest.distances[place]!;
      if (distance > limit) break;
      numbers.push(nearest.numbers[place]!);
      distances.push(distance);
    }
    return { numbers, distances };
  }
}

function orderOf({ numbers, distances }: Nearest): number[] {
  return [...numbers.keys()].sort((a, b) =>
    distances[a]! - distances[b]! || numbers[a]! - numbers[b]!
  );
}
