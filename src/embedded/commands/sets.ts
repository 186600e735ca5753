/** The typed methods of the set commands. */

import type { Argument, Data, Key, Many } from "../data.ts";
import { counted, many } from "./given.ts";
import { CommandGroup } from "./group.ts";
import { type Kinds, words } from "./option_words.ts";

/**
 * Options of `sscan`.
 *
 * @example
 * ```ts
 * import { Redlite, type SscanOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.sadd("colours", "red", "green");
 * const options: SscanOptions = { match: "r*" };
 * console.log(db.sscan("colours", "0", options).members); // ["red"]
 * ```
 */
export interface SscanOptions {
  /** Only members that match this pattern. */
  match?: Key;
  /** Members to look at in one call; 10 by default. */
  count?: number;
}

/** What they take. */
const SSCAN: Kinds<SscanOptions> = { match: "key", count: "number" };

/**
 * Options of `sintercard` and `sdiffcard`.
 *
 * @example
 * ```ts
 * import { Redlite, type SintercardOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.sadd("a", 1, 2, 3);
 * db.sadd("b", 2, 3, 4);
 * const options: SintercardOptions = { limit: 1 };
 * console.log(db.sintercard(["a", "b"], options)); // 1
 * ```
 */
export interface SintercardOptions {
  /** Stop counting there; 0, the default, for no limit. */
  limit?: number;
}

/** What they take. */
const SINTERCARD: Kinds<SintercardOptions> = { limit: "number" };

/**
 * Options of `sunioncard`.
 *
 * @example
 * ```ts
 * import { Redlite, type SunioncardOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.sadd("a", 1, 2);
 * db.sadd("b", 2, 3);
 * const options: SunioncardOptions = { approx: true };
 * console.log(db.sunioncard(["a", "b"], options)); // 3
 * ```
 */
export interface SunioncardOptions extends SintercardOptions {
  /** Estimate, with a standard error of 0.81 %, in memory that does not grow with the sets. */
  approx?: boolean;
}

/** What they take. */
const SUNIONCARD: Kinds<SunioncardOptions> = { ...SINTERCARD, approx: "flag" };

/**
 * The set commands; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite, type SetCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const tag = (sets: SetCommands<string>, name: string) => sets.sadd("tags", name) === 1;
 * console.log(tag(db, "new"), tag(db, "new")); // true false
 * ```
 */
export abstract class SetCommands<V extends Data> extends CommandGroup<V> {
  /** SADD: adds members. @returns How many are new. @throws {WrongTypeError} */
  sadd(key: Key, ...members: Many<Argument>): number {
    return this.run(["SADD", key, ...many(members)]);
  }

  /** SREM: removes members, and the set with its last one. @returns How many were there. */
  srem(key: Key, ...members: Many<Argument>): number {
    return this.run(["SREM", key, ...many(members)]);
  }

  /** SMEMBERS: all members. */
  smembers(key: Key): Set<V> {
    return this.run(["SMEMBERS", key]);
  }

  /** SISMEMBER: whether a set has a member. */
  sismember(key: Key, member: Argument): boolean {
    return this.run(["SISMEMBER", key, member]) === 1;
  }

  /** SMISMEMBER: for each of several members whether a set has it. */
  smismember(key: Key, ...members: Many<Argument>): boolean[] {
    return this.run<number[]>(["SMISMEMBER", key, ...many(members)]).map((is) => is === 1);
  }

  /** SCARD: the number of members. */
  scard(key: Key): number {
    return this.run(["SCARD", key]);
  }

  /** SPOP: removes a random member. @returns The member, `null` if the key is absent. */
  spop(key: Key): V | null;
  /** SPOP: removes up to `count` random members. @returns The members. */
  spop(key: Key, count: number): Set<V>;
  spop(key: Key, count?: number): V | Set<V> | null {
    return count === undefined ? this.run(["SPOP", key]) : this.run(["SPOP", key, count]);
  }

  /** SRANDMEMBER: a random member, `null` if the key is absent. */
  srandmember(key: Key): V | null;
  /** SRANDMEMBER: up to `count` distinct random members; a negative count allows repetition. */
  srandmember(key: Key, count: number): V[];
  srandmember(key: Key, count?: number): V | V[] | null {
    return count === undefined
      ? this.run(["SRANDMEMBER", key])
      : this.run(["SRANDMEMBER", key, count]);
  }

  /** SMOVE: moves a member from one set to another. @returns Whether it was there. */
  smove(source: Key, destination: Key, member: Argument): boolean {
    return this.run(["SMOVE", source, destination, member]) === 1;
  }

  /** SINTER: what all sets have in common. */
  sinter(...keys: Many<Key>): Set<V> {
    return this.run(["SINTER", ...many(keys)]);
  }

  /** SINTERCARD: the number of members that all sets have in common. */
  sintercard(keys: Key | readonly Key[], options: SintercardOptions = {}): number {
    return this.run(["SINTERCARD", ...counted(keys), ...words(options, SINTERCARD)]);
  }

  /** SINTERSTORE: stores what all sets have in common. @returns How many members that are. */
  sinterstore(destination: Key, ...keys: Many<Key>): number {
    return this.run(["SINTERSTORE", destination, ...many(keys)]);
  }

  /** SUNION: what any of the sets has. */
  sunion(...keys: Many<Key>): Set<V> {
    return this.run(["SUNION", ...many(keys)]);
  }

  /** SUNIONCARD: the number of members that any of the sets has. */
  sunioncard(keys: Key | readonly Key[], options: SunioncardOptions = {}): number {
    return this.run(["SUNIONCARD", ...counted(keys), ...words(options, SUNIONCARD)]);
  }

  /** SUNIONSTORE: stores what any of the sets has. @returns How many members that are. */
  sunionstore(destination: Key, ...keys: Many<Key>): number {
    return this.run(["SUNIONSTORE", destination, ...many(keys)]);
  }

  /** SDIFF: what the first set has and none of the others. */
  sdiff(...keys: Many<Key>): Set<V> {
    return this.run(["SDIFF", ...many(keys)]);
  }

  /** SDIFFCARD: the number of members that the first set has and none of the others. */
  sdiffcard(keys: Key | readonly Key[], options: SintercardOptions = {}): number {
    return this.run(["SDIFFCARD", ...counted(keys), ...words(options, SINTERCARD)]);
  }

  /** SDIFFSTORE: stores what the first set has and none of the others. @returns How many members. */
  sdiffstore(destination: Key, ...keys: Many<Key>): number {
    return this.run(["SDIFFSTORE", destination, ...many(keys)]);
  }

  /** SSCAN: some members, and the cursor of the next call: `"0"` at the end. */
  sscan(key: Key, cursor: string, options: SscanOptions = {}): { cursor: string; members: V[] } {
    const [next, members] = this.run<[string, V[]]>([
      "SSCAN",
      key,
      cursor,
      ...words(options, SSCAN),
    ]);
    return { cursor: next, members };
  }

  /** SSCAN to the end: every member that matches, some at a time. */
  *sscanIterator(key: Key, options: SscanOptions = {}): Generator<V, void> {
    let cursor = "0";
    do {
      const page = this.sscan(key, cursor, { count: 100, ...options });
      yield* page.members;
      cursor = page.cursor;
    } while (cursor !== "0");
  }
}
