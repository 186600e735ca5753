/** Lists and pairs as callers give them. */

import { isKey, wrongType } from "../checks.ts";
import type { Argument, Key, Many } from "../data.ts";

/**
 * Names and their values: pairs, or an object whose names are text.
 *
 * @example
 * ```ts
 * import { type Entries, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const entries: Entries[] = [{ a: 1 }, [["b", 2]], new Map([["c", 3]])];
 * for (const each of entries) db.mset(each);
 * console.log(db.mget("a", "b", "c")); // ["1", "2", "3"]
 * ```
 */
export type Entries =
  | Iterable<readonly [name: Argument, value: Argument]>
  | Readonly<Record<string, Argument>>;

/**
 * Any number of pairs: one by one, or all in one array.
 *
 * @example
 * ```ts
 * import { type ManyPairs, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const set = (...elements: ManyPairs<number, string>) => db.armset("log", ...elements);
 * console.log(set([0, "a"], [1, "b"]), set([[2, "c"]])); // 2 1
 * ```
 */
export type ManyPairs<A, B> = Many<readonly [A, B]>;

/** The arguments of a call that takes any number of them. */
export function many<T>(given: Many<T>): readonly T[] {
  const [first] = given;
  return given.length === 1 && Array.isArray(first) ? first : given as T[];
}

/** One key, or several. @param name What they are, for the error. */
export function keyList(given: Key | readonly Key[], name = "keys"): readonly Key[] {
  if (isKey(given)) return [given as Key];
  if (!Array.isArray(given)) throw wrongType(name, "a string, bytes or an array of them", given);
  return given;
}

/** How many keys there are, and the keys. */
export function counted(given: Key | readonly Key[]): Argument[] {
  const keys = keyList(given);
  return [keys.length, ...keys];
}

/** Several arguments. @param name What they are, for the error. */
export function list<T>(given: readonly T[], name: string): readonly T[] {
  if (!Array.isArray(given)) throw wrongType(name, "an array", given);
  return given;
}

/** The names and values of entries, one after the other. @param name What they are, for the error. */
export function pairs(entries: Entries, name: string): Argument[] {
  if (typeof entries !== "object" || entries === null || isKey(entries)) {
    throw wrongType(name, "an object, or pairs", entries);
  }
  if (!(Symbol.iterator in entries)) return Object.entries(entries).flat();
  return flatPairs(entries as Iterable<readonly [Argument, Argument]>, name);
}

/** Pairs, one after the other. @param name What they are, for the error. */
export function flatPairs<A, B>(given: Iterable<readonly [A, B]>, name: string): (A | B)[] {
  if (typeof given !== "object" || given === null || !(Symbol.iterator in given)) {
    throw wrongType(name, "pairs", given);
  }
  const result: (A | B)[] = [];
  for (const pair of given) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw wrongType(`each of ${name}`, "a pair", pair);
    }
    result.push(pair[0], pair[1]);
  }
  return result;
}

/** The pairs of a call that takes any number of them; a single pair is an array too. */
export function manyPairs<A, B>(given: ManyPairs<A, B>): readonly (readonly [A, B])[] {
  const [first] = given;
  const nested = given.length === 1 && Array.isArray(first) && Array.isArray(first[0]);
  return nested ? many(given) : given as (readonly [A, B])[];
}
