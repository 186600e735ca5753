/** The typed methods of the string commands. */

import type { Argument, Data, Key, Many } from "../data.ts";
import { type Entries, many, pairs } from "./given.ts";
import { CommandGroup } from "./group.ts";
import { words } from "./option_words.ts";
import {
  COMPARISON,
  type Comparison,
  GETEX,
  type GetexOptions,
  INCREX,
  type IncrexOptions,
  LCS,
  type LcsOptions,
  MSETEX,
  type MsetexOptions,
  SET,
  type SetOptions,
} from "./options.ts";

const encoder = new TextEncoder();

/**
 * An integer as Redis holds it: a number within ±2^53, a bigint beyond.
 *
 * @example
 * ```ts
 * import { type Integer, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const visits: Integer = db.incrby("visits", 9007199254740993n);
 * console.log(visits); // 9007199254740993n
 * ```
 */
export type Integer = number | bigint;

/**
 * A run of bytes that stands in both strings of `lcsIdx`: first and last byte in each.
 *
 * @example
 * ```ts
 * import { type LcsMatch, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.mset({ a: "ohmytext", b: "mynewtext" });
 * const matches: LcsMatch[] = db.lcsIdx("a", "b", { minmatchlen: 4 });
 * console.log(matches); // [{ a: [4, 7], b: [5, 8], length: 4 }]
 * ```
 */
export interface LcsMatch {
  /** Positions in the first string. */
  a: [start: number, end: number];
  /** Positions in the second string. */
  b: [start: number, end: number];
  /** Bytes of the run. */
  length: number;
}

/**
 * The string commands; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite, type StringCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const visit = (strings: StringCommands<string>) => strings.incr("visits");
 * console.log(visit(db), visit(db)); // 1 2
 * ```
 */
export abstract class StringCommands<V extends Data> extends CommandGroup<V> {
  /** GET: a string, `null` if the key is absent. @throws {WrongTypeError} */
  get(key: Key): V | null {
    return this.core.get(key, this.decode) as V | null;
  }

  /**
   * SET: sets a string, whatever the key held.
   *
   * @returns Whether it was set: false if a condition did not hold.
   */
  set(key: Key, value: Argument, options?: SetOptions): boolean {
    if (options !== undefined) {
      return this.run(["SET", key, value, ...words(options, SET)]) !== null;
    }
    this.core.set(key, value);
    return true;
  }

  /** SET with GET: sets a string and gives the one before, `null` if there was none. */
  setGet(key: Key, value: Argument, options: SetOptions = {}): V | null {
    return this.run(["SET", key, value, "GET", ...words(options, SET)]);
  }

  /** GETSET: the same without options. */
  getset(key: Key, value: Argument): V | null {
    return this.run(["GETSET", key, value]);
  }

  /** GETDEL: gives a string and deletes its key. */
  getdel(key: Key): V | null {
    return this.run(["GETDEL", key]);
  }

  /** GETEX: gives a string and sets or removes its key's expiry. */
  getex(key: Key, options: GetexOptions = {}): V | null {
    return this.run(["GETEX", key, ...words(options, GETEX)]);
  }

  /** SETNX: sets a string if the key does not exist. @returns Whether it was set. */
  setnx(key: Key, value: Argument): boolean {
    return this.run(["SETNX", key, value]) === 1;
  }

  /** SETEX: sets a string that expires in `seconds`. */
  setex(key: Key, seconds: number, value: Argument): void {
    this.run(["SETEX", key, seconds, value]);
  }

  /** PSETEX: sets a string that expires in `milliseconds`. */
  psetex(key: Key, milliseconds: number, value: Argument): void {
    this.run(["PSETEX", key, milliseconds, value]);
  }

  /** MGET: several strings, `null` for a key that holds none. */
  mget(...keys: Many<Key>): (V | null)[] {
    return this.run(["MGET", ...many(keys)]);
  }

  /** MSET: sets several strings. */
  mset(entries: Entries): void {
    this.run(["MSET", ...pairs(entries, "entries")]);
  }

  /** MSETNX: sets several strings if none of the keys exists. @returns Whether they were set. */
  msetnx(entries: Entries): boolean {
    return this.run(["MSETNX", ...pairs(entries, "entries")]) === 1;
  }

  /** MSETEX: sets several strings with one expiry. @returns Whether they were set. */
  msetex(
    entries: Entries,
    options: MsetexOptions = {},
  ): boolean {
    const flat = pairs(entries, "entries");
    return this.run(["MSETEX", flat.length / 2, ...flat, ...words(options, MSETEX)]) === 1;
  }

  /** APPEND: appends to a string. @returns Its length in bytes afterwards. */
  append(key: Key, value: Argument): number {
    return this.run(["APPEND", key, value]);
  }

  /** STRLEN: the length of a string in bytes. */
  strlen(key: Key): number {
    return this.run(["STRLEN", key]);
  }

  /** GETRANGE: a part of a string; both ends are included, negative ones count from its end. */
  getrange(key: Key, start: number, end: number): V {
    return this.run(["GETRANGE", key, start, end]);
  }

  /** SUBSTR: GETRANGE by its old name. */
  substr(key: Key, start: number, end: number): V {
    return this.run(["SUBSTR", key, start, end]);
  }

  /** SETRANGE: overwrites a string from a byte on. @returns Its length in bytes afterwards. */
  setrange(key: Key, offset: number, value: Argument): number {
    return this.run(["SETRANGE", key, offset, value]);
  }

  /** INCR: adds one. @returns The sum. */
  incr(key: Key): Integer {
    return this.run(["INCR", key]);
  }

  /** DECR: subtracts one. @returns The difference. */
  decr(key: Key): Integer {
    return this.run(["DECR", key]);
  }

  /** INCRBY: adds an integer. @returns The sum. */
  incrby(key: Key, increment: Integer): Integer {
    return this.run(["INCRBY", key, increment]);
  }

  /** DECRBY: subtracts an integer. @returns The difference. */
  decrby(key: Key, decrement: Integer): Integer {
    return this.run(["DECRBY", key, decrement]);
  }

  /** INCRBYFLOAT: adds a number. @returns The sum in digits, as it is stored. */
  incrbyfloat(key: Key, increment: number | string): V {
    const sum = encoder.encode(this.run<string>(["INCRBYFLOAT", key, increment]));
    return this.decode(sum, 0, sum.length) as V;
  }

  /** INCREX: adds within bounds and sets an expiry. @returns The new value and what was added. */
  increx(
    key: Key,
    options: IncrexOptions = {},
  ): [value: Integer | string, applied: Integer | string] {
    return this.run(["INCREX", key, ...words(options, INCREX)]);
  }

  /** LCS: the longest common subsequence of two strings. */
  lcs(key1: Key, key2: Key): V {
    return this.run(["LCS", key1, key2]);
  }

  /** LCS with LEN: only its length in bytes. */
  lcsLen(key1: Key, key2: Key): number {
    return this.run(["LCS", key1, key2, "LEN"]);
  }

  /** LCS with IDX: where it stands in both strings, the last match first. */
  lcsIdx(key1: Key, key2: Key, options: LcsOptions = {}): LcsMatch[] {
    const reply = this.run<Map<string, unknown>>([
      "LCS",
      key1,
      key2,
      "IDX",
      "WITHMATCHLEN",
      ...words(options, LCS),
    ]);
    const matches = reply.get("matches") as [LcsMatch["a"], LcsMatch["b"], number][];
    return matches.map(([a, b, length]) => ({ a, b, length }));
  }

  /** DIGEST: the XXH3 digest of a string in 16 hexadecimal digits, `null` if the key is absent. */
  digest(key: Key): string | null {
    return this.run(["DIGEST", key]);
  }

  /** DELEX: deletes a key if its string compares as asked. @returns Whether it was deleted. */
  delex(key: Key, comparison: Comparison = {}): boolean {
    return this.run(["DELEX", key, ...words(comparison, COMPARISON)]) === 1;
  }
}
