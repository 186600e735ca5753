/** The typed methods of the set commands. */

import type { Data } from "../data.ts";
import { CommandGroup } from "./group.ts";
import { words } from "./options.ts";

/** Options of `sscan`. */
export interface SscanOptions {
  /** Only members that match this pattern. */
  match?: Data;
  /** Members to look at in one call; 10 by default. */
  count?: number;
}

/** Options of `sintercard` and `sdiffcard`. */
export interface SintercardOptions {
  /** Stop counting there; 0, the default, for no limit. */
  limit?: number;
}

/** Options of `sunioncard`. */
export interface SunioncardOptions extends SintercardOptions {
  /** Estimate, with a standard error of 0.81 %, in memory that does not grow with the sets. */
  approx?: boolean;
}

/** The set commands; `V` is what values come back as. */
export abstract class SetCommands<V extends Data> extends CommandGroup<V> {
  /** SADD: adds members. @returns How many are new. @throws {WrongTypeError} */
  sadd(key: Data, ...members: Data[]): number {
    return this.run(["SADD", key, ...members]);
  }

  /** SREM: removes members, and the set with its last one. @returns How many were there. */
  srem(key: Data, ...members: Data[]): number {
    return this.run(["SREM", key, ...members]);
  }

  /** SMEMBERS: all members. */
  smembers(key: Data): Set<V> {
    return this.run(["SMEMBERS", key]);
  }

  /** SISMEMBER: whether a set has a member. */
  sismember(key: Data, member: Data): boolean {
    return this.run(["SISMEMBER", key, member]) === 1;
  }

  /** SMISMEMBER: for each of several members whether a set has it. */
  smismember(key: Data, ...members: Data[]): boolean[] {
    return this.run<number[]>(["SMISMEMBER", key, ...members]).map((is) => is === 1);
  }

  /** SCARD: the number of members. */
  scard(key: Data): number {
    return this.run(["SCARD", key]);
  }

  /** SPOP: removes a random member. @returns The member, `null` if the key is absent. */
  spop(key: Data): V | null;
  /** SPOP: removes up to `count` random members. @returns The members. */
  spop(key: Data, count: number): Set<V>;
  spop(key: Data, count?: number): V | Set<V> | null {
    return count === undefined ? this.run(["SPOP", key]) : this.run(["SPOP", key, count]);
  }

  /** SRANDMEMBER: a random member, `null` if the key is absent. */
  srandmember(key: Data): V | null;
  /** SRANDMEMBER: up to `count` distinct random members; a negative count allows repetition. */
  srandmember(key: Data, count: number): V[];
  srandmember(key: Data, count?: number): V | V[] | null {
    return count === undefined
      ? this.run(["SRANDMEMBER", key])
      : this.run(["SRANDMEMBER", key, count]);
  }

  /** SMOVE: moves a member from one set to another. @returns Whether it was there. */
  smove(source: Data, destination: Data, member: Data): boolean {
    return this.run(["SMOVE", source, destination, member]) === 1;
  }

  /** SINTER: what all sets have in common. */
  sinter(...keys: Data[]): Set<V> {
    return this.run(["SINTER", ...keys]);
  }

  /** SINTERCARD: the number of members that all sets have in common. */
  sintercard(keys: readonly Data[], options: SintercardOptions = {}): number {
    return this.run(["SINTERCARD", keys.length, ...keys, ...words(options)]);
  }

  /** SINTERSTORE: stores what all sets have in common. @returns How many members that are. */
  sinterstore(destination: Data, ...keys: Data[]): number {
    return this.run(["SINTERSTORE", destination, ...keys]);
  }

  /** SUNION: what any of the sets has. */
  sunion(...keys: Data[]): Set<V> {
    return this.run(["SUNION", ...keys]);
  }

  /** SUNIONCARD: the number of members that any of the sets has. */
  sunioncard(keys: readonly Data[], options: SunioncardOptions = {}): number {
    return this.run(["SUNIONCARD", keys.length, ...keys, ...words(options)]);
  }

  /** SUNIONSTORE: stores what any of the sets has. @returns How many members that are. */
  sunionstore(destination: Data, ...keys: Data[]): number {
    return this.run(["SUNIONSTORE", destination, ...keys]);
  }

  /** SDIFF: what the first set has and none of the others. */
  sdiff(...keys: Data[]): Set<V> {
    return this.run(["SDIFF", ...keys]);
  }

  /** SDIFFCARD: the number of members that the first set has and none of the others. */
  sdiffcard(keys: readonly Data[], options: SintercardOptions = {}): number {
    return this.run(["SDIFFCARD", keys.length, ...keys, ...words(options)]);
  }

  /** SDIFFSTORE: stores what the first set has and none of the others. @returns How many members. */
  sdiffstore(destination: Data, ...keys: Data[]): number {
    return this.run(["SDIFFSTORE", destination, ...keys]);
  }

  /** SSCAN: some members, and the cursor of the next call: `"0"` at the end. */
  sscan(key: Data, cursor: string, options: SscanOptions = {}): { cursor: string; members: V[] } {
    const [next, members] = this.run<[string, V[]]>(["SSCAN", key, cursor, ...words(options)]);
    return { cursor: next, members };
  }

  /** SSCAN to the end: every member that matches, some at a time. */
  *sscanIterator(key: Data, options: SscanOptions = {}): Generator<V, void> {
    let cursor = "0";
    do {
      const page = this.sscan(key, cursor, { count: 100, ...options });
      yield* page.members;
      cursor = page.cursor;
    } while (cursor !== "0");
  }
}
