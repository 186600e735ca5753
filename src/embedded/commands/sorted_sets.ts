/** The typed methods of the sorted set commands. */

import type { Argument, Data, Key, Many } from "../data.ts";
import { counted, flatPairs, many } from "./given.ts";
import { CommandGroup } from "./group.ts";
import { words } from "./option_words.ts";
import {
  aggregateWords,
  digits,
  rangeWords,
  ZADD,
  type ZaddOptions,
  type ZaggregateOptions,
  type ZlimitOptions,
  ZRANGE,
  type ZrangeOptions,
  ZSCAN,
  type ZscanOptions,
} from "./sorted_set_options.ts";

/**
 * An element of a sorted set.
 *
 * @example
 * ```ts
 * import { Redlite, type ZsetElement } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.zadd("scores", [[12, "ada"], [7, "bob"]]);
 * const best: ZsetElement<string>[] = db.zpopmax("scores");
 * console.log(best); // [["ada", 12]]
 * ```
 */
export type ZsetElement<V> = [member: V, score: number];

/**
 * An end of a range: a score, or as text `"(1.5"`, `"-inf"`; of members `"[a"`, `"(a"`, `"-"`, `"+"`.
 *
 * @example
 * ```ts
 * import { Redlite, type ZsetBound } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.zadd("scores", [[12, "ada"], [7, "bob"]]);
 * const above: ZsetBound = "(7";
 * console.log(db.zcount("scores", above, Infinity)); // 1
 * ```
 */
export type ZsetBound = Argument;

/**
 * The sorted set commands; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite, type SortedSetCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const leader = (scores: SortedSetCommands<string>) => scores.zrevrange("scores", 0, 0)[0];
 * db.zadd("scores", [[12, "ada"], [7, "bob"]]);
 * console.log(leader(db)); // "ada"
 * ```
 */
export abstract class SortedSetCommands<V extends Data> extends CommandGroup<V> {
  /** ZADD: adds members or changes their scores. @returns How many are new (or changed, with `ch`). */
  zadd(
    key: Key,
    elements: Iterable<readonly [score: number, member: Argument]>,
    options: ZaddOptions = {},
  ): number {
    const flat = flatPairs(elements, "elements");
    const pairs = flat.map((item, i) => i % 2 === 0 ? digits(item) : item);
    return this.run(["ZADD", key, ...words(options, ZADD), ...pairs]);
  }

  /** ZADD with INCR: adds to a score. @returns The new one, `null` if the options forbid it. */
  zaddIncr(
    key: Key,
    increment: number,
    member: Argument,
    options: ZaddOptions = {},
  ): number | null {
    return this.run(["ZADD", key, ...words(options, ZADD), "INCR", digits(increment), member]);
  }

  /** ZINCRBY: adds to a member's score. @returns The new one. */
  zincrby(key: Key, increment: number, member: Argument): number {
    return this.run(["ZINCRBY", key, digits(increment), member]);
  }

  /** ZREM: removes members. @returns How many were there. */
  zrem(key: Key, ...members: Many<Argument>): number {
    return this.run(["ZREM", key, ...many(members)]);
  }

  /** ZCARD: how many members there are. */
  zcard(key: Key): number {
    return this.run(["ZCARD", key]);
  }

  /** ZSCORE: a member's score, `null` if it is not there. */
  zscore(key: Key, member: Argument): number | null {
    return this.run(["ZSCORE", key, member]);
  }

  /** ZMSCORE: the scores of several members. */
  zmscore(key: Key, ...members: Many<Argument>): (number | null)[] {
    return this.run(["ZMSCORE", key, ...many(members)]);
  }

  /** ZCOUNT: how many members have a score in a range. */
  zcount(key: Key, min: ZsetBound, max: ZsetBound): number {
    return this.run(["ZCOUNT", key, digits(min), digits(max)]);
  }

  /** ZLEXCOUNT: how many members are in a range of members. */
  zlexcount(key: Key, min: Argument, max: Argument): number {
    return this.run(["ZLEXCOUNT", key, min, max]);
  }

  /** ZRANK: how many members are before one, `null` if it is not there. */
  zrank(key: Key, member: Argument): number | null {
    return this.run(["ZRANK", key, member]);
  }

  /** ZREVRANK: how many members are behind one, `null` if it is not there. */
  zrevrank(key: Key, member: Argument): number | null {
    return this.run(["ZREVRANK", key, member]);
  }

  /** ZRANGE: the members in a range of ranks, scores or members. */
  zrange(key: Key, start: ZsetBound, stop: ZsetBound, options: ZrangeOptions = {}): V[] {
    return this.run(["ZRANGE", key, digits(start), digits(stop), ...rangeWords(options, ZRANGE)]);
  }

  /** ZRANGE with WITHSCORES: the same with their scores. */
  zrangeWithScores(
    key: Key,
    start: ZsetBound,
    stop: ZsetBound,
    options: ZrangeOptions = {},
  ): ZsetElement<V>[] {
    const range = [digits(start), digits(stop), ...rangeWords(options, ZRANGE)];
    return this.run(["ZRANGE", key, ...range, "WITHSCORES"]);
  }

  /** ZRANGESTORE: stores a range under another key. @returns How many elements it has. */
  zrangestore(
    destination: Key,
    source: Key,
    start: ZsetBound,
    stop: ZsetBound,
    options: ZrangeOptions = {},
  ): number {
    const range = [digits(start), digits(stop), ...rangeWords(options, ZRANGE)];
    return this.run(["ZRANGESTORE", destination, source, ...range]);
  }

  /** ZRANGEBYSCORE: the members in a range of scores. */
  zrangebyscore(key: Key, min: ZsetBound, max: ZsetBound, options: ZlimitOptions = {}): V[] {
    return this.run(["ZRANGEBYSCORE", key, digits(min), digits(max), ...rangeWords(options)]);
  }

  /** ZREVRANGEBYSCORE: the members in a range of scores, the last first. */
  zrevrangebyscore(key: Key, max: ZsetBound, min: ZsetBound, options: ZlimitOptions = {}): V[] {
    return this.run(["ZREVRANGEBYSCORE", key, digits(max), digits(min), ...rangeWords(options)]);
  }

  /** ZREVRANGE: the members in a range of ranks, the last first. */
  zrevrange(key: Key, start: number, stop: number): V[] {
    return this.run(["ZREVRANGE", key, start, stop]);
  }

  /** ZRANGEBYLEX: the members in a range of members. */
  zrangebylex(key: Key, min: Argument, max: Argument, options: ZlimitOptions = {}): V[] {
    return this.run(["ZRANGEBYLEX", key, min, max, ...rangeWords(options)]);
  }

  /** ZREVRANGEBYLEX: the members in a range of members, the last first. */
  zrevrangebylex(key: Key, max: Argument, min: Argument, options: ZlimitOptions = {}): V[] {
    return this.run(["ZREVRANGEBYLEX", key, max, min, ...rangeWords(options)]);
  }

  /** ZREMRANGEBYRANK: removes the members in a range of ranks. @returns How many there were. */
  zremrangebyrank(key: Key, start: number, stop: number): number {
    return this.run(["ZREMRANGEBYRANK", key, start, stop]);
  }

  /** ZREMRANGEBYSCORE: removes the members in a range of scores. @returns How many there were. */
  zremrangebyscore(key: Key, min: ZsetBound, max: ZsetBound): number {
    return this.run(["ZREMRANGEBYSCORE", key, digits(min), digits(max)]);
  }

  /** ZREMRANGEBYLEX: removes the members in a range of members. @returns How many there were. */
  zremrangebylex(key: Key, min: Argument, max: Argument): number {
    return this.run(["ZREMRANGEBYLEX", key, min, max]);
  }

  /** ZPOPMIN: removes the elements with the lowest scores. @returns Them, the lowest first. */
  zpopmin(key: Key, count = 1): ZsetElement<V>[] {
    return this.run(["ZPOPMIN", key, count]);
  }

  /** ZPOPMAX: removes the elements with the highest scores. @returns Them, the highest first. */
  zpopmax(key: Key, count = 1): ZsetElement<V>[] {
    return this.run(["ZPOPMAX", key, count]);
  }

  /** ZMPOP: removes elements of the first key that has any; `null` if none has. */
  zmpop(
    keys: Key | readonly Key[],
    end: "min" | "max",
    count = 1,
  ): { key: V; elements: ZsetElement<V>[] } | null {
    const popped = this.run<[V, ZsetElement<V>[]] | null>([
      "ZMPOP",
      ...counted(keys),
      end,
      "COUNT",
      count,
    ]);
    return popped && { key: popped[0], elements: popped[1] };
  }

  /** ZRANDMEMBER: a random member, `null` if the key is absent. */
  zrandmember(key: Key): V | null;
  /** ZRANDMEMBER: `count` distinct members, or with a negative count as many with repetition. */
  zrandmember(key: Key, count: number): V[];
  zrandmember(key: Key, count?: number): V | V[] | null {
    return count === undefined
      ? this.run(["ZRANDMEMBER", key])
      : this.run(["ZRANDMEMBER", key, count]);
  }

  /** ZRANDMEMBER with WITHSCORES. */
  zrandmemberWithScores(key: Key, count: number): ZsetElement<V>[] {
    return this.run(["ZRANDMEMBER", key, count, "WITHSCORES"]);
  }

  /** ZUNION: what any of the keys has. */
  zunion(keys: Key | readonly Key[], options: ZaggregateOptions = {}): V[] {
    return this.run(["ZUNION", ...counted(keys), ...aggregateWords(options)]);
  }

  /** ZUNION with WITHSCORES. */
  zunionWithScores(keys: Key | readonly Key[], options: ZaggregateOptions = {}): ZsetElement<V>[] {
    return this.run(["ZUNION", ...counted(keys), ...aggregateWords(options), "WITHSCORES"]);
  }

  /** ZUNIONSTORE: stores what any of the keys has. @returns How many elements that are. */
  zunionstore(
    destination: Key,
    keys: Key | readonly Key[],
    options: ZaggregateOptions = {},
  ): number {
    return this.run(["ZUNIONSTORE", destination, ...counted(keys), ...aggregateWords(options)]);
  }

  /** ZINTER: what all of the keys have. */
  zinter(keys: Key | readonly Key[], options: ZaggregateOptions = {}): V[] {
    return this.run(["ZINTER", ...counted(keys), ...aggregateWords(options)]);
  }

  /** ZINTER with WITHSCORES. */
  zinterWithScores(keys: Key | readonly Key[], options: ZaggregateOptions = {}): ZsetElement<V>[] {
    return this.run(["ZINTER", ...counted(keys), ...aggregateWords(options), "WITHSCORES"]);
  }

  /** ZINTERSTORE: stores what all of the keys have. @returns How many elements that are. */
  zinterstore(
    destination: Key,
    keys: Key | readonly Key[],
    options: ZaggregateOptions = {},
  ): number {
    return this.run(["ZINTERSTORE", destination, ...counted(keys), ...aggregateWords(options)]);
  }

  /** ZINTERCARD: how many members all of the keys have. @param limit Where to stop; 0 for nowhere. */
  zintercard(keys: Key | readonly Key[], limit = 0): number {
    return this.run(["ZINTERCARD", ...counted(keys), "LIMIT", limit]);
  }

  /** ZDIFF: what the first key has and none of the others. */
  zdiff(...keys: Many<Key>): V[] {
    return this.run(["ZDIFF", ...counted(many(keys))]);
  }

  /** ZDIFF with WITHSCORES. */
  zdiffWithScores(...keys: Many<Key>): ZsetElement<V>[] {
    return this.run(["ZDIFF", ...counted(many(keys)), "WITHSCORES"]);
  }

  /** ZDIFFSTORE: stores what the first key has and none of the others. @returns How many that are. */
  zdiffstore(destination: Key, ...keys: Many<Key>): number {
    return this.run(["ZDIFFSTORE", destination, ...counted(many(keys))]);
  }

  /** ZSCAN: some elements, and the cursor of the next call: `"0"` at the end. */
  zscan(
    key: Key,
    cursor: string,
    options: ZscanOptions = {},
  ): { cursor: string; elements: ZsetElement<V>[] } {
    const [next, items] = this.run<[string, Data[]]>([
      "ZSCAN",
      key,
      cursor,
      ...words(options, ZSCAN),
    ]);
    const elements: ZsetElement<V>[] = [];
    for (let i = 0; i < items.length; i += 2) {
      elements.push([items[i] as V, scoreOf(String(items[i + 1]))]);
    }
    return { cursor: next, elements };
  }

  /** ZSCAN to the end: every element that matches, some at a time. */
  *zscanIterator(key: Key, options: ZscanOptions = {}): Generator<ZsetElement<V>, void> {
    let cursor = "0";
    do {
      const page = this.zscan(key, cursor, { count: 100, ...options });
      yield* page.elements;
      cursor = page.cursor;
    } while (cursor !== "0");
  }
}

/** A score as ZSCAN tells it. */
function scoreOf(text: string): number {
  return Number(text.replace("inf", "Infinity"));
}
