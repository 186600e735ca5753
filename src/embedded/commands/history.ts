/** The typed methods of HISTORY, and the view of a database as it was. */

import { type Argument, type Data, type Decode, type Key, toText } from "../data.ts";
import { showAs } from "../shown.ts";
import { CommandGroup } from "./group.ts";
import { asMs, checked, type Kinds, type Time } from "./option_words.ts";
import type { Runner } from "./runner.ts";

/**
 * A moment: a date, or Unix time in milliseconds. It means after everything of that millisecond.
 *
 * @example
 * ```ts
 * import { type Moment, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * db.set("k", "v");
 * const moments: Moment[] = [Date.now(), new Date()];
 * console.log(moments.map((moment) => db.at(moment).get("k"))); // ["v", "v"]
 * ```
 */
export type Moment = Time;

/**
 * Whose history is meant: one key's, one database's, or that of all. At most one of them.
 *
 * @example
 * ```ts
 * import { type HistoryTarget, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const target: HistoryTarget = { key: "cart" };
 * db.history.enable(target);
 * db.history.disable(target);
 * console.log(db.history.status("cart").history); // "ended"
 * ```
 */
export interface HistoryTarget {
  /** A key of the selected database. */
  key?: Key;
  /** A database. */
  database?: number;
}

/** What they take. */
const TARGET: Kinds<HistoryTarget> = { key: "key", database: "number" };

/**
 * Options of {@linkcode KeyHistories.enable}. At most one retention; without one all is kept.
 *
 * @example
 * ```ts
 * import { type HistoryOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: HistoryOptions = { database: 0, keepCount: 100 };
 * db.history.enable(options);
 * console.log(db.history.status("cart").keepCount); // 100
 * ```
 */
export interface HistoryOptions extends HistoryTarget {
  /** Keep what is not older, in milliseconds. */
  keepMs?: number;
  /** Keep so many entries of each key. */
  keepCount?: number;
}

/** What they take. */
const HISTORY: Kinds<HistoryOptions> = { ...TARGET, keepMs: "number", keepCount: "number" };

/**
 * Options of {@linkcode KeyHistories.get}.
 *
 * @example
 * ```ts
 * import { type HistoryRange, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * db.set("k", "v");
 * const range: HistoryRange = { limit: 1, until: new Date() };
 * console.log(db.history.get("k", range).length); // 1
 * ```
 */
export interface HistoryRange {
  /** At most so many entries, the latest; 100 by default. */
  limit?: number;
  /** None before. */
  since?: Moment;
  /** None after. */
  until?: Moment;
}

/** What they take. */
const RANGE: Kinds<HistoryRange> = { limit: "number", since: "moment", until: "moment" };

/**
 * What an entry or comparison tells of a collection: fields and their values, members, members and
 * their scores, elements, indexes and their values.
 *
 * @example
 * ```ts
 * import { type HistoryFields, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * db.hset("user:1", { name: "Ada" });
 * const fields = db.history.get("user:1")[0]?.data as HistoryFields<string>;
 * console.log(fields); // ["name", "Ada"]
 * ```
 */
export type HistoryFields<V extends Data> = (V | number | null | V[])[];

/**
 * A change of a key.
 *
 * @example
 * ```ts
 * import { type HistoryEntry, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * db.set("k", "v");
 * const entries: HistoryEntry<string>[] = db.history.get("k");
 * console.log(entries[0]?.operation, entries[0]?.data); // "set" "v"
 * ```
 */
export interface HistoryEntry<V extends Data> {
  /** Counts a key's changes since its database was last emptied; 0 for that itself. */
  version: number;
  /** What happened, named as in keyspace notifications: `set`, `hdel`, `expired`… */
  operation: string;
  /** When, Unix time in milliseconds. */
  timestamp: number;
  /** The key's type afterwards, `none` if it was gone. */
  type: string;
  /**
   * The value of a string; of a collection the elements that it was about, as they became, or those
   * that were removed; `null` where the whole key came or went.
   */
  data: V | HistoryFields<V> | null;
}

/**
 * How much is recorded.
 *
 * @example
 * ```ts
 * import { type HistoryStats, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * db.set("k", "v");
 * const stats: HistoryStats = db.history.stats();
 * console.log(stats.totalEntries); // 1
 * ```
 */
export interface HistoryStats {
  /** Entries. */
  totalEntries: number;
  /** When the first was made, Unix time in milliseconds; `null` without one. */
  oldestTimestamp: number | null;
  /** When the last was made; `null` without one. */
  newestTimestamp: number | null;
  /** Bytes of what is recorded. */
  storageBytes: number;
}

/**
 * What differs between two moments.
 *
 * @example
 * ```ts
 * import { type HistoryDifference, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * const before = Date.now();
 * await new Promise((resolve) => setTimeout(resolve, 5));
 * db.set("k", "v");
 * const difference: HistoryDifference<string> = db.history.diff("k", before, Date.now());
 * console.log(difference.type, difference.added); // ["none", "string"] ["v"]
 * ```
 */
export interface HistoryDifference<V extends Data> {
  /** The types before and after, `none` where the key was absent. */
  type: [before: string, after: string];
  /** The expiries before and after, Unix time in milliseconds; `null` for never. */
  expiresAt: [before: number | null, after: number | null];
  /** What came: elements as an entry tells them; a string's value. */
  added: HistoryFields<V>;
  /** What went. */
  removed: HistoryFields<V>;
  /** What holds something else: fields, members or indexes, each with what it held and holds; a string's two values. */
  changed: HistoryFields<V>;
}

/**
 * Whether a key's history is kept.
 *
 * @example
 * ```ts
 * import { type HistoryStatus, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * const status: HistoryStatus = db.history.status("k");
 * console.log(status.history, status.level); // "on" "global"
 * ```
 */
export interface HistoryStatus {
  /** `on`; `off`; or `ended`, if it was kept until it was turned off. */
  history: "on" | "off" | "ended";
  /** The setting that counts: `key`, `database` or `global`; `null` without one. */
  level: "key" | "database" | "global" | null;
  /** Since when, Unix time in milliseconds. */
  since: number | null;
  /** How long entries are kept, in milliseconds. */
  keepMs: number | null;
  /** How many are kept. */
  keepCount: number | null;
}

/**
 * HISTORY: what keys went through. `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable({ key: "cart", keepMs: 30 * 24 * 3600_000 });
 * db.hset("cart", "apples", "3");
 * const [entry] = db.history.get("cart");
 * console.log(entry?.operation, entry?.data); // "hset" ["apples", "3"]
 * ```
 */
export class KeyHistories<V extends Data> {
  static {
    showAs(
      KeyHistories.prototype,
      (histories) => `Redlite history (${histories.#core.description})`,
    );
  }

  readonly #core: Runner;
  readonly #decode: Decode;

  /** @internal */
  constructor(core: Runner, decode: Decode) {
    this.#core = core;
    this.#decode = decode;
  }

  #run<T>(...words: Argument[]): T {
    return this.#core.run(["HISTORY", ...words], this.#decode) as T;
  }

  /** HISTORY ENABLE: begins to keep what changes. The more specific setting counts. */
  enable(options: HistoryOptions = {}): void {
    const { keepMs, keepCount } = checked(options, HISTORY);
    const retention = keepMs !== undefined
      ? ["RETENTION", "TIME", keepMs]
      : keepCount !== undefined
      ? ["RETENTION", "COUNT", keepCount]
      : [];
    this.#run("ENABLE", ...target(options), ...retention);
  }

  /** HISTORY DISABLE: ends it. What was kept stays. */
  disable(options: HistoryTarget = {}): void {
    this.#run("DISABLE", ...target(checked(options, TARGET)));
  }

  /** HISTORY GET: what happened to a key, the latest first. */
  get(key: Key, options: HistoryRange = {}): HistoryEntry<V>[] {
    const { limit, since, until } = checked(options, RANGE);
    const words: Argument[] = [];
    if (limit !== undefined) words.push("LIMIT", limit);
    if (since !== undefined) words.push("SINCE", asMs(since));
    if (until !== undefined) words.push("UNTIL", asMs(until));
    const entries = this.#run<unknown[][]>("GET", key, ...words);
    return entries.map((flat) => ({
      version: flat[1] as number,
      operation: flat[3] as string,
      timestamp: flat[5] as number,
      type: flat[7] as string,
      data: flat[9] as HistoryEntry<V>["data"],
    }));
  }

  /**
   * HISTORY GETAT: what a key held at a moment, `null` if nothing: a string; a hash as a `Map`, a set
   * as a `Set`, a list as an array, a sorted set as members and scores, an array as indexes and values, a
   * time series as times and values; of filters and sketches what their INFO tells.
   */
  getAt<T = V | Map<V, V> | Set<V> | unknown[]>(key: Key, moment: Moment): T | null {
    return this.#run("GETAT", key, asMs(moment));
  }

  /** HISTORY LIST: the keys of the database that have a history. */
  list(pattern?: Key): V[] {
    return this.#run("LIST", ...pattern === undefined ? [] : ["PATTERN", pattern]);
  }

  /** HISTORY STATS: how much is recorded, of all keys or of one. */
  stats(key?: Key): HistoryStats {
    const words = ["HISTORY", "STATS", ...key === undefined ? [] : [key]];
    const stats = this.#core.run(words, toText) as Map<string, number | null>;
    return {
      totalEntries: stats.get("total_entries") ?? 0,
      oldestTimestamp: stats.get("oldest_timestamp") ?? null,
      newestTimestamp: stats.get("newest_timestamp") ?? null,
      storageBytes: stats.get("storage_bytes") ?? 0,
    };
  }

  /**
   * HISTORY CLEAR: forgets what is recorded of a key.
   *
   * @param before Only what is older.
   * @returns How many entries went.
   */
  clear(key: Key, before?: Moment): number {
    return this.#run("CLEAR", key, ...before === undefined ? [] : ["BEFORE", asMs(before)]);
  }

  /** HISTORY PRUNE: forgets what was recorded of all keys before a moment. @returns How many entries. */
  prune(before: Moment): number {
    return this.#run("PRUNE", "BEFORE", asMs(before));
  }

  /** HISTORY REVERT: gives a key what it held at a moment. What was to expire then has as long again. */
  revert(key: Key, moment: Moment): void {
    this.#run("REVERT", key, asMs(moment));
  }

  /** HISTORY DIFF: what changed in a key between two moments. */
  diff(key: Key, from: Moment, to: Moment): HistoryDifference<V> {
    const reply = this.#run<Map<string, unknown>>("DIFF", key, asMs(from), asMs(to));
    return {
      type: reply.get("type") as [string, string],
      expiresAt: reply.get("expires_at") as [number | null, number | null],
      added: reply.get("added") as HistoryFields<V>,
      removed: reply.get("removed") as HistoryFields<V>,
      changed: reply.get("changed") as HistoryFields<V>,
    };
  }

  /** HISTORY STATUS: whether a key's history is kept. */
  status(key: Key): HistoryStatus {
    const reply = this.#core.run(["HISTORY", "STATUS", key], toText) as Map<string, unknown>;
    return {
      history: reply.get("history") as HistoryStatus["history"],
      level: reply.get("level") as HistoryStatus["level"],
      since: reply.get("since") as number | null,
      keepMs: reply.get("retention_time") as number | null,
      keepCount: reply.get("retention_count") as number | null,
    };
  }
}

/**
 * The methods on the past; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { type HistoryCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const enabled = ({ history }: HistoryCommands<string>) => history.status("k").history === "on";
 * console.log(enabled(db)); // false
 * ```
 */
export abstract class HistoryCommands<V extends Data> extends CommandGroup<V> {
  /** HISTORY: what keys went through. */
  get history(): KeyHistories<V> {
    return new KeyHistories<V>(this.core, this.decode);
  }
}

function target({ key, database }: HistoryTarget): Argument[] {
  if (key !== undefined) return ["KEY", key];
  return database === undefined ? ["GLOBAL"] : ["DATABASE", database];
}
