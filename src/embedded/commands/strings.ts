/** The typed methods of the string commands. */

import type { Data } from "../data.ts";
import { CommandGroup } from "./group.ts";
import {
  type Comparison,
  type GetexOptions,
  type IncrexOptions,
  type LcsOptions,
  type MsetexOptions,
  type SetOptions,
  words,
} from "./options.ts";

const encoder = new TextEncoder();

/** An integer as Redis holds it: a number within ±2^53, a bigint beyond. */
export type Integer = number | bigint;

/** A run of bytes that stands in both strings of `lcsIdx`: first and last byte in each. */
export interface LcsMatch {
  /** Positions in the first string. */
  a: [start: number, end: number];
  /** Positions in the second string. */
  b: [start: number, end: number];
  /** Bytes of the run. */
  length: number;
}

/** The string commands; `V` is what values come back as. */
export abstract class StringCommands<V extends Data> extends CommandGroup<V> {
  /** GET: a string, `null` if the key is absent. @throws {WrongTypeError} */
  get(key: Data): V | null {
    return this.core.get(key, this.decode) as V | null;
  }

  /**
   * SET: sets a string, whatever the key held.
   *
   * @returns Whether it was set: false if a condition did not hold.
   */
  set(key: Data, value: Data, options?: SetOptions): boolean {
    if (options !== undefined) {
      return this.run(["SET", key, value, ...words(options)]) !== null;
    }
    this.core.set(key, value);
    return true;
  }

  /** SET with GET: sets a string and gives the one before, `null` if there was none. */
  setGet(key: Data, value: Data, options: SetOptions = {}): V | null {
    return this.run(["SET", key, value, "GET", ...words(options)]);
  }

  /** GETSET: the same without options. */
  getset(key: Data, value: Data): V | null {
    return this.run(["GETSET", key, value]);
  }

  /** GETDEL: gives a string and deletes its key. */
  getdel(key: Data): V | null {
    return this.run(["GETDEL", key]);
  }

  /** GETEX: gives a string and sets or removes its key's expiry. */
  getex(key: Data, options: GetexOptions = {}): V | null {
    return this.run(["GETEX", key, ...words(options)]);
  }

  /** SETNX: sets a string if the key does not exist. @returns Whether it was set. */
  setnx(key: Data, value: Data): boolean {
    return this.run(["SETNX", key, value]) === 1;
  }

  /** SETEX: sets a string that expires in `seconds`. */
  setex(key: Data, seconds: number, value: Data): void {
    this.run(["SETEX", key, seconds, value]);
  }

  /** PSETEX: sets a string that expires in `milliseconds`. */
  psetex(key: Data, milliseconds: number, value: Data): void {
    this.run(["PSETEX", key, milliseconds, value]);
  }

  /** MGET: several strings, `null` for a key that holds none. */
  mget(...keys: Data[]): (V | null)[] {
    return this.run(["MGET", ...keys]);
  }

  /** MSET: sets several strings. */
  mset(entries: Iterable<readonly [key: Data, value: Data]>): void {
    this.run(["MSET", ...[...entries].flat()]);
  }

  /** MSETNX: sets several strings if none of the keys exists. @returns Whether they were set. */
  msetnx(entries: Iterable<readonly [key: Data, value: Data]>): boolean {
    return this.run(["MSETNX", ...[...entries].flat()]) === 1;
  }

  /** MSETEX: sets several strings with one expiry. @returns Whether they were set. */
  msetex(
    entries: Iterable<readonly [key: Data, value: Data]>,
    options: MsetexOptions = {},
  ): boolean {
    const pairs = [...entries];
    return this.run(["MSETEX", pairs.length, ...pairs.flat(), ...words(options)]) === 1;
  }

  /** APPEND: appends to a string. @returns Its length in bytes afterwards. */
  append(key: Data, value: Data): number {
    return this.run(["APPEND", key, value]);
  }

  /** STRLEN: the length of a string in bytes. */
  strlen(key: Data): number {
    return this.run(["STRLEN", key]);
  }

  /** GETRANGE: a part of a string; both ends are included, negative ones count from its end. */
  getrange(key: Data, start: number, end: number): V {
    return this.run(["GETRANGE", key, start, end]);
  }

  /** SUBSTR: GETRANGE by its old name. */
  substr(key: Data, start: number, end: number): V {
    return this.run(["SUBSTR", key, start, end]);
  }

  /** SETRANGE: overwrites a string from a byte on. @returns Its length in bytes afterwards. */
  setrange(key: Data, offset: number, value: Data): number {
    return this.run(["SETRANGE", key, offset, value]);
  }

  /** INCR: adds one. @returns The sum. */
  incr(key: Data): Integer {
    return this.run(["INCR", key]);
  }

  /** DECR: subtracts one. @returns The difference. */
  decr(key: Data): Integer {
    return this.run(["DECR", key]);
  }

  /** INCRBY: adds an integer. @returns The sum. */
  incrby(key: Data, increment: Integer): Integer {
    return this.run(["INCRBY", key, increment]);
  }

  /** DECRBY: subtracts an integer. @returns The difference. */
  decrby(key: Data, decrement: Integer): Integer {
    return this.run(["DECRBY", key, decrement]);
  }

  /** INCRBYFLOAT: adds a number. @returns The sum in digits, as it is stored. */
  incrbyfloat(key: Data, increment: number | string): V {
    const sum = encoder.encode(this.run<string>(["INCRBYFLOAT", key, increment]));
    return this.decode(sum, 0, sum.length) as V;
  }

  /** INCREX: adds within bounds and sets an expiry. @returns The new value and what was added. */
  increx(
    key: Data,
    options: IncrexOptions = {},
  ): [value: Integer | string, applied: Integer | string] {
    return this.run(["INCREX", key, ...words(options)]);
  }

  /** LCS: the longest common subsequence of two strings. */
  lcs(key1: Data, key2: Data): V {
    return this.run(["LCS", key1, key2]);
  }

  /** LCS with LEN: only its length in bytes. */
  lcsLen(key1: Data, key2: Data): number {
    return this.run(["LCS", key1, key2, "LEN"]);
  }

  /** LCS with IDX: where it stands in both strings, the last match first. */
  lcsIdx(key1: Data, key2: Data, options: LcsOptions = {}): LcsMatch[] {
    const reply = this.run<Map<string, unknown>>([
      "LCS",
      key1,
      key2,
      "IDX",
      "WITHMATCHLEN",
      ...words(options),
    ]);
    const matches = reply.get("matches") as [LcsMatch["a"], LcsMatch["b"], number][];
    return matches.map(([a, b, length]) => ({ a, b, length }));
  }

  /** DIGEST: the XXH3 digest of a string in 16 hexadecimal digits, `null` if the key is absent. */
  digest(key: Data): string | null {
    return this.run(["DIGEST", key]);
  }

  /** DELEX: deletes a key if its string compares as asked. @returns Whether it was deleted. */
  delex(key: Data, comparison: Comparison = {}): boolean {
    return this.run(["DELEX", key, ...words(comparison)]) === 1;
  }
}
