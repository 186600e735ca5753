/** The typed methods of the list commands. */

import { type LmovemOptions, moveWords } from "./options.ts";
import type { Argument, Data, Key, Many } from "../data.ts";
import { counted, many } from "./given.ts";
import { CommandGroup } from "./group.ts";
import { type Kinds, words } from "./option_words.ts";

/**
 * An end of a list.
 *
 * @example
 * ```ts
 * import { type ListSide, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("queue", "first", "last");
 * const side: ListSide = "right";
 * console.log(db.lmpop("queue", side)); // ["queue", ["last"]]
 * ```
 */
export type ListSide = "left" | "right";

/**
 * Options of `lpos`.
 *
 * @example
 * ```ts
 * import { type LposOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("letters", "a", "b", "a");
 * const options: LposOptions = { rank: -1 };
 * console.log(db.lpos("letters", "a", options)); // 2
 * ```
 */
export interface LposOptions {
  /** Which match to begin with: 1 for the first, -1 for the last; 1 by default. */
  rank?: number;
  /** Elements to look at; all by default. */
  maxlen?: number;
}

/**
 * Options of `lpos` where it gives several indexes.
 *
 * @example
 * ```ts
 * import { type LposCountOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("letters", "a", "b", "a");
 * const options: LposCountOptions = { count: 0 };
 * console.log(db.lpos("letters", "a", options)); // [0, 2]
 * ```
 */
export interface LposCountOptions extends LposOptions {
  /** Most matches to give, 0 for all. */
  count: number;
}

/** What they take. */
const LPOS: Kinds<LposCountOptions> = { rank: "number", maxlen: "number", count: "number" };

/**
 * Options of `lmpop`.
 *
 * @example
 * ```ts
 * import { type LmpopOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("queue", 1, 2, 3);
 * const options: LmpopOptions = { count: 2 };
 * console.log(db.lmpop("queue", "left", options)); // ["queue", ["1", "2"]]
 * ```
 */
export interface LmpopOptions {
  /** Most elements to pop; 1 by default. */
  count?: number;
}

/** What they take. */
const LMPOP: Kinds<LmpopOptions> = { count: "number" };

/**
 * The list commands; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { type ListCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const enqueue = (lists: ListCommands<string>, job: string) => lists.rpush("queue", job);
 * console.log(enqueue(db, "clean"), db.lpop("queue")); // 1 "clean"
 * ```
 */
export abstract class ListCommands<V extends Data> extends CommandGroup<V> {
  /** LPUSH: adds elements to the front, each before the last. @returns The list's length. */
  lpush(key: Key, ...elements: Many<Argument>): number {
    return this.run(["LPUSH", key, ...many(elements)]);
  }

  /** RPUSH: adds elements to the end. @returns The list's length. */
  rpush(key: Key, ...elements: Many<Argument>): number {
    return this.run(["RPUSH", key, ...many(elements)]);
  }

  /** LPUSHX: LPUSH if the list exists. @returns Its length, 0 if it does not exist. */
  lpushx(key: Key, ...elements: Many<Argument>): number {
    return this.run(["LPUSHX", key, ...many(elements)]);
  }

  /** RPUSHX: RPUSH if the list exists. @returns Its length, 0 if it does not exist. */
  rpushx(key: Key, ...elements: Many<Argument>): number {
    return this.run(["RPUSHX", key, ...many(elements)]);
  }

  /** LPOP: removes the first element and gives it, `null` if the list is absent. */
  lpop(key: Key): V | null;
  /** LPOP with a count: removes the first elements and gives them, `null` if the list is absent. */
  lpop(key: Key, count: number): V[] | null;
  lpop(key: Key, count?: number): V | V[] | null {
    return count === undefined ? this.run(["LPOP", key]) : this.run(["LPOP", key, count]);
  }

  /** RPOP: removes the last element and gives it, `null` if the list is absent. */
  rpop(key: Key): V | null;
  /** RPOP with a count: removes the last elements and gives them, the last one first. */
  rpop(key: Key, count: number): V[] | null;
  rpop(key: Key, count?: number): V | V[] | null {
    return count === undefined ? this.run(["RPOP", key]) : this.run(["RPOP", key, count]);
  }

  /** LMPOP: pops elements of the first list that exists. @returns Its key and the elements. */
  lmpop(
    keys: Key | readonly Key[],
    side: ListSide,
    options: LmpopOptions = {},
  ): [key: V, elements: V[]] | null {
    return this.run(["LMPOP", ...counted(keys), side, ...words(options, LMPOP)]);
  }

  /** LLEN: the number of elements. */
  llen(key: Key): number {
    return this.run(["LLEN", key]);
  }

  /** LRANGE: a range of elements; both ends are included, negative ones count from the end. */
  lrange(key: Key, start: number, stop: number): V[] {
    return this.run(["LRANGE", key, start, stop]);
  }

  /** LINDEX: the element of an index, `null` if there is none; a negative one counts from the end. */
  lindex(key: Key, index: number): V | null {
    return this.run(["LINDEX", key, index]);
  }

  /** LSET: replaces the element of an index. @throws {RedliteError} If there is none. */
  lset(key: Key, index: number, element: Argument): void {
    this.run(["LSET", key, index, element]);
  }

  /**
   * LINSERT: inserts an element next to the first one that is the same as `pivot`.
   *
   * @returns The list's length, -1 without such an element, 0 if the list is absent.
   */
  linsert(key: Key, where: "before" | "after", pivot: Argument, element: Argument): number {
    return this.run(["LINSERT", key, where, pivot, element]);
  }

  /**
   * LREM: removes elements that are the same as `element`.
   *
   * @param count How many: from the front, from the end if negative, 0 for all.
   * @returns How many there were.
   */
  lrem(key: Key, count: number, element: Argument): number {
    return this.run(["LREM", key, count, element]);
  }

  /** LTRIM: removes all elements outside a range. */
  ltrim(key: Key, start: number, stop: number): void {
    this.run(["LTRIM", key, start, stop]);
  }

  /** LPOS with a count: the indexes of the elements that are the same as `element`. */
  lpos(key: Key, element: Argument, options: LposCountOptions): number[];
  /** LPOS: the index of the first element that is the same as `element`, `null` without one. */
  lpos(key: Key, element: Argument, options?: LposOptions): number | null;
  lpos(
    key: Key,
    element: Argument,
    options: LposOptions | LposCountOptions = {},
  ): number | number[] | null {
    return this.run(["LPOS", key, element, ...words<Partial<LposCountOptions>>(options, LPOS)]);
  }

  /** LMOVE: moves an element from an end of a list to an end of another, and gives it. */
  lmove(source: Key, destination: Key, from: ListSide, to: ListSide): V | null {
    return this.run(["LMOVE", source, destination, from, to]);
  }

  /**
   * LMOVEM: moves several elements, one without options.
   *
   * @returns The elements in the order they arrived in, `null` if there are none, or fewer than `exactly`.
   */
  lmovem(
    source: Key,
    destination: Key,
    from: ListSide,
    to: ListSide,
    options?: LmovemOptions,
  ): V[] | null {
    const block = options === undefined ? [] : moveWords(options);
    return this.run(["LMOVEM", source, destination, from, to, ...block]);
  }

  /** RPOPLPUSH: moves the last element of a list to the front of another, and gives it. */
  rpoplpush(source: Key, destination: Key): V | null {
    return this.run(["RPOPLPUSH", source, destination]);
  }
}
