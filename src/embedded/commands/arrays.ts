/** The typed methods of the array commands. */

import type { Argument, Data, Key, Many } from "../data.ts";
import { flatPairs, many, type ManyPairs, manyPairs } from "./given.ts";
import { CommandGroup } from "./group.ts";
import { checked, type Kinds, words } from "./option_words.ts";
import type { Integer } from "./strings.ts";

/**
 * An element of an array and its index.
 *
 * @example
 * ```ts
 * import { type ArrayElement, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arset("log", 5, "started");
 * const elements: ArrayElement<string>[] = db.arscan("log", 0, 10);
 * console.log(elements); // [[5, "started"]]
 * ```
 */
export type ArrayElement<V extends Data> = [index: Integer, value: V];

/**
 * Options of `arscan`.
 *
 * @example
 * ```ts
 * import { type ArscanOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arset("log", 0, "a", "b");
 * const options: ArscanOptions = { limit: 1 };
 * console.log(db.arscan("log", 0, 10, options)); // [[0, "a"]]
 * ```
 */
export interface ArscanOptions {
  /** How many elements to give at most. */
  limit?: number;
}

/** What they take. */
const ARSCAN: Kinds<ArscanOptions> = { limit: "number" };

/**
 * What an element is held against.
 *
 * @example
 * ```ts
 * import { type ArrayPredicate, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arset("log", 0, "error: disk", "ok");
 * const predicate: ArrayPredicate = { glob: "error:*" };
 * console.log(db.argrep("log", "-", "+", predicate)); // [0]
 * ```
 */
export type ArrayPredicate =
  | {
    /** The whole value. */
    exact: Argument;
  }
  | {
    /** A part of the value. */
    match: Key;
  }
  | {
    /** A glob-style pattern. */
    glob: Argument;
  }
  | {
    /** A POSIX extended regular expression. */
    re: Argument;
  };

/**
 * Options of `argrep`.
 *
 * @example
 * ```ts
 * import { type ArgrepOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arset("log", 0, "Error", "error");
 * const options: ArgrepOptions = { nocase: true, limit: 10 };
 * console.log(db.argrep("log", "-", "+", { exact: "ERROR" }, options)); // [0, 1]
 * ```
 */
export interface ArgrepOptions {
  /** Whether all predicates must hold, or any of them (the default). */
  combine?: "and" | "or";
  /** How many elements to find at most. */
  limit?: number;
  /** Take ASCII letters in either case for the same. */
  nocase?: boolean;
}

/** What they take. */
const ARGREP: Kinds<ArgrepOptions> = {
  combine: ["and", "or"],
  limit: "number",
  nocase: "flag",
};

/** Any of the predicates. */
type AnyPredicate = { exact?: Argument; match?: Argument; glob?: Argument; re?: Argument };

/** What they take. */
const PREDICATE: Kinds<AnyPredicate> = {
  exact: "value",
  match: "value",
  glob: "value",
  re: "value",
};

/**
 * What `arop` computes of the numbers in a range, fractions as text.
 *
 * @example
 * ```ts
 * import { type AropOperation, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arset("numbers", 0, 5, 7);
 * const operations: AropOperation[] = ["sum", "max"];
 * console.log(operations.map((name) => db.arop("numbers", 0, 1, name as "sum" | "max"))); // ["12", "7"]
 * ```
 */
export type AropOperation = "sum" | "min" | "max" | "and" | "or" | "xor";

/**
 * Options of `arlastitems`.
 *
 * @example
 * ```ts
 * import { type ArlastitemsOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arinsert("log", "first", "second");
 * const options: ArlastitemsOptions = { rev: true };
 * console.log(db.arlastitems("log", 2, options)); // ["second", "first"]
 * ```
 */
export interface ArlastitemsOptions {
  /** The newest element first. */
  rev?: boolean;
}

/** What they take. */
const ARLASTITEMS: Kinds<ArlastitemsOptions> = { rev: "flag" };

/**
 * Options of `arinfo`.
 *
 * @example
 * ```ts
 * import { type ArinfoOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arset("log", 0, "a");
 * const options: ArinfoOptions = { full: true };
 * console.log(db.arinfo("log", options).count); // 1
 * ```
 */
export interface ArinfoOptions {
  /** Tell about dense and sparse slices too, which takes a look at every element. */
  full?: boolean;
}

/** What they take. */
const ARINFO: Kinds<ArinfoOptions> = { full: "flag" };

/**
 * What `arinfo` tells; the last five with `full` only.
 *
 * @example
 * ```ts
 * import { type ArrayInfo, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.arset("log", 7, "a");
 * const info: ArrayInfo = db.arinfo("log");
 * console.log(info.count, info.len); // 1 8
 * ```
 */
export interface ArrayInfo {
  /** Elements. */
  count: number;
  /** The highest index plus one. */
  len: Integer;
  /** The index that `arinsert` would set next. */
  "next-insert-index": Integer;
  /** Slices of 4096 indexes that have elements. */
  slices: number;
  /** Entries in the directory of slices that Redis would make. */
  "directory-size": number;
  /** Blocks of slices that Redis would make. */
  "super-dir-entries": number;
  /** Indexes in a slice. */
  "slice-size": number;
  /** Slices with many elements. */
  "dense-slices"?: number;
  /** Slices with few elements. */
  "sparse-slices"?: number;
  /** Places in a dense slice. */
  "avg-dense-size"?: number;
  /** Share of them that is used. */
  "avg-dense-fill"?: number;
  /** Places in a sparse slice. */
  "avg-sparse-size"?: number;
}

/**
 * The array commands; `V` is what values come back as. An index lies between 0 and 2^64 - 2: a
 * number within 2^53, a bigint beyond.
 *
 * @example
 * ```ts
 * import { type ArrayCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const log = (arrays: ArrayCommands<string>, line: string) => arrays.arring("log", 100, line);
 * console.log(log(db, "first"), log(db, "second")); // 0 1
 * ```
 */
export abstract class ArrayCommands<V extends Data> extends CommandGroup<V> {
  /** ARSET: sets elements from an index on. @returns How many are new. */
  arset(key: Key, index: Integer, ...values: Many<Argument>): number {
    return this.run(["ARSET", key, index, ...many(values)]);
  }

  /** ARMSET: sets elements. @returns How many are new. */
  armset(key: Key, ...elements: ManyPairs<Integer, Argument>): number {
    return this.run(["ARMSET", key, ...flatPairs(manyPairs(elements), "elements")]);
  }

  /** ARGET: an element, `null` if there is none. */
  arget(key: Key, index: Integer): V | null {
    return this.run(["ARGET", key, index]);
  }

  /** ARMGET: several elements; `null` where there is none. */
  armget(key: Key, ...indexes: Many<Integer>): (V | null)[] {
    return this.run(["ARMGET", key, ...many(indexes)]);
  }

  /**
   * ARGETRANGE: every position from one index to another, which may be the lower one; `null` where
   * there is no element. A million positions at most.
   */
  argetrange(key: Key, start: Integer, end: Integer): (V | null)[] {
    return this.run(["ARGETRANGE", key, start, end]);
  }

  /** ARSCAN: the elements from one index to another, which may be the lower one. */
  arscan(
    key: Key,
    start: Integer,
    end: Integer,
    options: ArscanOptions = {},
  ): ArrayElement<V>[] {
    const { limit } = checked(options, ARSCAN);
    return this.run(["ARSCAN", key, start, end, ...limitWords(limit)]);
  }

  /**
   * ARGREP: the indexes of the elements that predicates hold for.
   *
   * @param start Where to begin: an index, or `-` for the first one.
   * @param end Where to end: an index, or `+` for the last one.
   */
  argrep(
    key: Key,
    start: Integer | "-" | "+",
    end: Integer | "-" | "+",
    predicates: ArrayPredicate | readonly ArrayPredicate[],
    options: ArgrepOptions = {},
  ): Integer[] {
    return this.run(["ARGREP", key, start, end, ...searchWords(predicates, options)]);
  }

  /** ARGREP with WITHVALUES: the elements that predicates hold for, with their indexes. */
  argrepWithValues(
    key: Key,
    start: Integer | "-" | "+",
    end: Integer | "-" | "+",
    predicates: ArrayPredicate | readonly ArrayPredicate[],
    options: ArgrepOptions = {},
  ): ArrayElement<V>[] {
    const search = searchWords(predicates, options);
    return this.run(["ARGREP", key, start, end, ...search, "WITHVALUES"]);
  }

  /**
   * AROP: combines the numbers in a range.
   *
   * @returns The sum, minimum or maximum as text, an integer for the bitwise operations; `null` if
   * there are no numbers.
   */
  arop(key: Key, start: Integer, end: Integer, operation: "sum" | "min" | "max"): string | null;
  /** AROP: combines the integers in a range bit by bit. */
  arop(key: Key, start: Integer, end: Integer, operation: "and" | "or" | "xor"): Integer | null;
  /** AROP: how many elements a range has. */
  arop(key: Key, start: Integer, end: Integer, operation: "used"): number;
  /** AROP: how many elements of a range have a value. */
  arop(key: Key, start: Integer, end: Integer, operation: "match", value: Argument): number;
  arop(
    key: Key,
    start: Integer,
    end: Integer,
    operation: AropOperation | "used" | "match",
    ...value: Argument[]
  ): string | Integer | null {
    return this.run(["AROP", key, start, end, operation, ...value]);
  }

  /** ARDEL: deletes elements. @returns How many there were. */
  ardel(key: Key, ...indexes: Many<Integer>): number {
    return this.run(["ARDEL", key, ...many(indexes)]);
  }

  /** ARDELRANGE: deletes the elements of ranges. @returns How many there were. */
  ardelrange(key: Key, ...ranges: ManyPairs<Integer, Integer>): number {
    return this.run(["ARDELRANGE", key, ...flatPairs(manyPairs(ranges), "ranges")]);
  }

  /** ARLEN: the highest index plus one, 0 if the key is absent. */
  arlen(key: Key): Integer {
    return this.run(["ARLEN", key]);
  }

  /** ARCOUNT: how many elements there are. */
  arcount(key: Key): number {
    return this.run(["ARCOUNT", key]);
  }

  /** ARINSERT: sets the elements behind the one inserted last. @returns The last one's index. */
  arinsert(key: Key, ...values: Many<Argument>): Integer {
    return this.run(["ARINSERT", key, ...many(values)]);
  }

  /**
   * ARRING: sets the next elements of a ring, over the oldest ones when it is full.
   *
   * @returns The last one's index.
   */
  arring(key: Key, size: Integer, ...values: Many<Argument>): Integer {
    return this.run(["ARRING", key, size, ...many(values)]);
  }

  /** ARNEXT: the index that `arinsert` would set next, `null` if there is none left. */
  arnext(key: Key): Integer | null {
    return this.run(["ARNEXT", key]);
  }

  /** ARSEEK: tells where `arinsert` and `arring` go on. @returns Whether the key exists. */
  arseek(key: Key, index: Integer): boolean {
    return this.run(["ARSEEK", key, index]) === 1;
  }

  /** ARLASTITEMS: what was inserted last, the oldest first; `null` for what was deleted since. */
  arlastitems(key: Key, count: number, options: ArlastitemsOptions = {}): (V | null)[] {
    const { rev } = checked(options, ARLASTITEMS);
    return this.run(["ARLASTITEMS", key, count, ...(rev ? ["REV"] : [])]);
  }

  /** ARINFO: facts about an array. @throws {RedliteError} If the key is absent. */
  arinfo(key: Key, options: ArinfoOptions = {}): ArrayInfo {
    const { full } = checked(options, ARINFO);
    const facts: Map<keyof ArrayInfo, Integer> = this.run([
      "ARINFO",
      key,
      ...(full ? ["FULL"] : []),
    ]);
    return Object.fromEntries(facts) as unknown as ArrayInfo;
  }
}

function limitWords(limit: number | undefined): Argument[] {
  return limit === undefined ? [] : ["LIMIT", limit];
}

function searchWords(
  predicates: ArrayPredicate | readonly ArrayPredicate[],
  options: ArgrepOptions,
): Argument[] {
  const { combine, limit, nocase } = checked(options, ARGREP);
  return [
    ...[predicates].flat().flatMap((predicate) => words<AnyPredicate>(predicate, PREDICATE)),
    ...(combine === undefined ? [] : [combine]),
    ...limitWords(limit),
    ...(nocase ? ["NOCASE"] : []),
  ];
}
