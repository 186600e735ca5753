/** Searches in the lists of an index: which of them to look at, and what in them. */

import type { Shelf } from "./shelf.ts";
import type { Codes } from "./codes.ts";
import type { List } from "./list.ts";
import { Nearest } from "./nearest.ts";

/**
 * Bytes of codes that take less than a millisecond: an index of no more is looked at whole, and of a
 * larger one as much without finding anything better before a search ends.
 */
const SMALL = 4 * 1024 * 1024;
/** Share of the vectors that a search looks at, in an index that is not small, at least. */
const LEAST_SHARE = 1 / 50;
/**
 * Share of them that it looks at without finding anything better before it ends: as much as until it last
 * found something, for who finds late is likely to find more, but within these bounds.
 */
const LEAST_PATIENCE = 1 / 16;
const MOST_PATIENCE = 1 / 8;
/**
 * How many times as much is looked at in an index that an earlier version made, which has not moved members
 * to lists that came to be nearer.
 */
const SCATTERED = 4;
/** The effort that those are meant for: EF where nobody says it. */
export const DEFAULT_EFFORT = 100;
/** What looking at which members may be found costs, as a share of comparing them. */
const FILTER_COST = 1 / 8;
/** Share of a list's members below which they are compared one by one. */
const FEW = 1 / 4;
/**
 * Rows that a search reads from the file before it does without those that are not in memory, some
 * hundredths of a second's worth; and where there is room for no more codes, so that the next search has to
 * read anew.
 */
const MOST_READ = 8000;
const MOST_READ_FULL = 2000;

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
  /** The rows of the members of a list that may be found, ascending. */
  readonly allow?: ((list: List) => readonly number[]) | undefined;
  /** How many rows of the file that takes. */
  readonly unread?: ((list: List) => number) | undefined;
}

/** What a search found, the nearest first. */
export interface Found {
  /** Numbers of vectors. */
  readonly numbers: readonly number[];
  /** Their distances. */
  readonly distances: readonly number[];
}

/** What a search needs of its index. */
export interface SearchedIndex {
  /** How its vectors are coded. */
  readonly codes: Codes;
  /** Codes in memory. */
  readonly shelf: Shelf;
  /** Gets the codes of a list into memory. */
  load(list: List): void;
  /** Reads the codes of some vectors for one look, not coarse ones. */
  glance(numbers: ArrayLike<number>): List;
  /** The exact distance of a vector from the query; without it codes are exact. */
  readonly exact: ((number: number) => number) | undefined;
}

/** Searches in one index. */
export class ListSearch {
  readonly #index: SearchedIndex;
  #mask = new Uint8Array(0);

  /** Takes the index. */
  constructor(index: SearchedIndex) {
    this.#index = index;
  }

  /**
   * The vectors that are nearest to a query.
   *
   * @param lists All that there are to look at, in the order to do so.
   * @param total Vectors in the index.
   * @param gathered Whether they are in the lists that are nearest to them.
   */
  run(
    query: Float32Array,
    count: number,
    lists: Iterable<List>,
    total: number,
    search: Search,
    gathered = true,
  ): Found {
    const { limit = Infinity, exact = false, effort = DEFAULT_EFFORT, allow, unread } = search;
    const { codes, shelf } = this.#index;
    const nearest = new Nearest(count, limit);
    shelf.tick++;
    const all = exact || search.within !== undefined || count >= total ||
      total * codes.stride <= SMALL;
    const share = effort / DEFAULT_EFFORT * (gathered ? 1 : SCATTERED);
    const least = total * LEAST_SHARE * share;
    const leastPatience = Math.max(total * LEAST_PATIENCE, SMALL / codes.stride) * share;
    const mostPatience = Math.max(total * MOST_PATIENCE * share, leastPatience);
    codes.certain = exact;
    const most = (shelf.isFull ? MOST_READ_FULL : MOST_READ) * share;
    let seen = 0, fruitful = 0, read = 0;
    let ready = false;
    for (const list of lists) {
      // What measures middles, before there is a first list, leaves another query behind.
      if (!ready) codes.query(query);
      ready = true;
      const enough = !all && (nearest.full || limit !== Infinity);
      const spent = enough && read >= most;
      let compared = 0;
      const unknown = unread?.(list) ?? 0;
      if (!spent || unknown === 0) {
        read += unknown;
        const allowed = allow?.(list);
        compared = allowed === undefined ? list.count : allowed.length;
        if (compared > 0 && !(spent && !list.loaded)) {
          read += this.#look(list, nearest, allowed, all);
        }
      }
      const cost = Math.max(compared, list.count * FILTER_COST);
      seen += cost;
      if (nearest.improved) fruitful = seen;
      nearest.improved = false;
      const patience = Math.min(Math.max(fruitful * share, leastPatience), mostPatience);
      if (enough && seen >= least && seen - fruitful >= patience) break;
    }
    return this.#result(nearest, count, limit);
  }

  /**
   * Compares the members of a list that may be found.
   *
   * @param all Whether the search goes through all lists: those that had to be read would push each other out.
   * @returns How many had to be read.
   */
  #look(
    list: List,
    nearest: Nearest,
    allowed: readonly number[] | undefined,
    all: boolean,
  ): number {
    const { shelf } = this.#index;
    list.used = shelf.tick;
    if (list.loaded) {
      this.#scan(list, nearest, allowed);
      return 0;
    }
    const few = allowed !== undefined && allowed.length < list.count * FEW;
    if (few || all && shelf.isFull) {
      const glanced = this.#index.glance(
        allowed?.map((row) => list.numbers[row]!) ?? list.numbers.subarray(0, list.count),
      );
      this.#scan(glanced, nearest, undefined);
      glanced.rows.clear();
      return glanced.count;
    }
    this.#index.load(list);
    this.#scan(list, nearest, allowed);
    return list.count;
  }

  #scan(list: List, nearest: Nearest, allowed: readonly number[] | undefined): void {
    const { codes } = this.#index;
    const { rows, count, numbers } = list;
    if (allowed !== undefined && allowed.length < count * FEW) {
      for (const row of allowed) {
        codes.compare(list, rows.at(row), 1);
        nearest.offer(numbers[row]!, codes.distance(0, list, row), codes.error(list, row));
      }
      return;
    }
    const mask = allowed && this.#maskOf(allowed, count);
    const { perBlock } = rows;
    const visit = (row: number, distance: number, error: number) => {
      nearest.offer(numbers[row]!, distance, error);
      return nearest.bound;
    };
    for (let start = 0, block = 0; start < count; start += perBlock, block++) {
      const size = Math.min(perBlock, count - start);
      codes.compare(list, rows.block(block), size);
      codes.nearer(list, start, size, mask, nearest.bound, visit);
    }
  }

  /** Which rows are allowed, by a 1 for each. */
  #maskOf(allowed: readonly number[], count: number): Uint8Array | undefined {
    if (allowed.length === count) return undefined;
    if (count > this.#mask.length) this.#mask = new Uint8Array(2 * count);
    const mask = this.#mask;
    mask.fill(0, 0, count);
    for (const row of allowed) mask[row] = 1;
    return mask;
  }

  #result(nearest: Nearest, count: number, limit: number): Found {
    nearest.drop();
    const { numbers, distances } = this.#refined(nearest, count, limit);
    const order = [...numbers.keys()]
      .sort((a, b) => distances[a]! - distances[b]! || numbers[a]! - numbers[b]!);
    if (order.length > count) order.length = count;
    return {
      numbers: order.map((i) => numbers[i]!),
      distances: order.map((i) => distances[i]!),
    };
  }

  /** Candidates with their exact distances, which are read from the nearest on as long as they may count. */
  #refined(candidates: Nearest, count: number, limit: number): Nearest {
    const { numbers, distances, errors } = candidates;
    const exact = this.#index.exact ?? ((number) => this.#glanceAt(number));
    if (this.#index.exact === undefined && !errors.some((error) => error > 0)) return candidates;
    const refined = new Nearest(count, limit);
    const least = distances.map((distance, i) => distance - errors[i]!);
    for (const i of [...least.keys()].sort((a, b) => least[a]! - least[b]!)) {
      if (least[i]! > refined.bound) break;
      refined.offer(numbers[i]!, errors[i] === 0 ? distances[i]! : exact(numbers[i]!), 0);
    }
    refined.drop();
    return refined;
  }

  /** How far a vector is by its code of 8 bits. */
  #glanceAt(number: number): number {
    const { codes } = this.#index;
    const glanced = this.#index.glance([number]);
    codes.compare(glanced, glanced.rows.at(0), 1);
    const distance = codes.distance(0, glanced, 0);
    glanced.rows.clear();
    return distance;
  }
}
