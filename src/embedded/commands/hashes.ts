/** The typed methods of the hash commands. */

import type { Argument, Data, Key, Many } from "../data.ts";
import { type Entries, list, many, pairs } from "./given.ts";
import { CommandGroup } from "./group.ts";
import { asMs, expiresAt, type Kinds, type Time, words } from "./option_words.ts";
import { EXPIRE, type ExpireOptions, EXPIRY, type Expiry } from "./options.ts";
import type { Integer } from "./strings.ts";

/**
 * Options of `hscan`.
 *
 * @example
 * ```ts
 * import { type HscanOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.hset("user:1", { name: "Ada", born: 1815 });
 * const options: HscanOptions = { match: "n*" };
 * console.log(db.hscan("user:1", "0", options).entries); // [["name", "Ada"]]
 * ```
 */
export interface HscanOptions {
  /** Only fields that match this pattern. */
  match?: Key;
  /** Fields to look at in one call; 10 by default. */
  count?: number;
}

/** What they take. */
const HSCAN: Kinds<HscanOptions> = { match: "key", count: "number" };

/**
 * Options of `hgetex`. At most one of them.
 *
 * @example
 * ```ts
 * import { type HgetexOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.hset("session", { token: "abc" });
 * const options: HgetexOptions = { ex: 60 };
 * console.log(db.hgetex("session", ["token"], options)); // ["abc"]
 * ```
 */
export interface HgetexOptions extends Expiry {
  /** Remove the expiry of the fields. */
  persist?: boolean;
}

/** What they take. */
const HGETEX: Kinds<HgetexOptions> = { ...EXPIRY, persist: "flag" };

/**
 * Options of `hsetex`. At most one condition, and one of an expiry and `keepttl`.
 *
 * @example
 * ```ts
 * import { type HsetexOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: HsetexOptions = { ex: 60, fnx: true };
 * console.log(db.hsetex("session", { token: "abc" }, options)); // true
 * ```
 */
export interface HsetexOptions extends Expiry {
  /** Only if none of the fields exists. */
  fnx?: boolean;
  /** Only if all of the fields exist. */
  fxx?: boolean;
  /** Keep the expiry each field has. */
  keepttl?: boolean;
}

/** What they take. */
const HSETEX: Kinds<HsetexOptions> = {
  ...EXPIRY,
  fnx: "flag",
  fxx: "flag",
  keepttl: "flag",
};

/**
 * The hash commands; `V` is what values come back as.
 *
 * @example
 * ```ts
 * import { type HashCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const rename = (hashes: HashCommands<string>) => hashes.hset("user:1", "name", "Ada");
 * console.log(rename(db), rename(db)); // 1 0
 * ```
 */
export abstract class HashCommands<V extends Data> extends CommandGroup<V> {
  /** HSET: sets fields. @returns How many are new. */
  hset(key: Key, entries: Entries): number;
  /** HSET: sets one field. @returns 1 if it is new, else 0. */
  hset(key: Key, field: Argument, value: Argument): number;
  hset(key: Key, first: Argument | Entries, ...value: Argument[]): number {
    const flat = value.length === 0
      ? pairs(first as Entries, "entries")
      : [first as Argument, ...value];
    return this.run(["HSET", key, ...flat]);
  }

  /** HMSET: sets fields; HSET's old form. */
  hmset(key: Key, entries: Entries): void {
    this.run(["HMSET", key, ...pairs(entries, "entries")]);
  }

  /** HSETNX: sets a field if it does not exist. @returns Whether it was set. */
  hsetnx(key: Key, field: Argument, value: Argument): boolean {
    return this.run(["HSETNX", key, field, value]) === 1;
  }

  /** HGET: a field's value, `null` if it is absent. */
  hget(key: Key, field: Argument): V | null {
    return this.run(["HGET", key, field]);
  }

  /** HMGET: the values of several fields, `null` for one that is absent. */
  hmget(key: Key, ...fields: Many<Argument>): (V | null)[] {
    return this.run(["HMGET", key, ...many(fields)]);
  }

  /** HGETALL: all fields and values. As bytes, fields are arrays, which no look-up in the map finds. */
  hgetall(key: Key): Map<V, V> {
    return this.run(["HGETALL", key]);
  }

  /** HDEL: deletes fields. @returns How many there were. */
  hdel(key: Key, ...fields: Many<Argument>): number {
    return this.run(["HDEL", key, ...many(fields)]);
  }

  /** HEXISTS: whether a field exists. */
  hexists(key: Key, field: Argument): boolean {
    return this.run(["HEXISTS", key, field]) === 1;
  }

  /** HKEYS: all fields. */
  hkeys(key: Key): V[] {
    return this.run(["HKEYS", key]);
  }

  /** HVALS: all values. */
  hvals(key: Key): V[] {
    return this.run(["HVALS", key]);
  }

  /** HLEN: how many fields there are. */
  hlen(key: Key): number {
    return this.run(["HLEN", key]);
  }

  /** HSTRLEN: the length of a field's value in bytes. */
  hstrlen(key: Key, field: Argument): number {
    return this.run(["HSTRLEN", key, field]);
  }

  /** HINCRBY: adds an integer. @returns The sum. */
  hincrby(key: Key, field: Argument, increment: Integer): Integer {
    return this.run(["HINCRBY", key, field, increment]);
  }

  /** HINCRBYFLOAT: adds a number. @returns The sum in digits, as it is stored. */
  hincrbyfloat(key: Key, field: Argument, increment: number | string): V {
    return this.run(["HINCRBYFLOAT", key, field, increment]);
  }

  /** HRANDFIELD: a random field, `null` if there is none. */
  hrandfield(key: Key): V | null;
  /** HRANDFIELD: `count` different fields, or `-count` of which any may come again. */
  hrandfield(key: Key, count: number): V[];
  hrandfield(key: Key, count?: number): V | null | V[] {
    return count === undefined
      ? this.run(["HRANDFIELD", key])
      : this.run(["HRANDFIELD", key, count]);
  }

  /** HRANDFIELD with WITHVALUES: the same with their values. */
  hrandfieldWithValues(key: Key, count: number): [field: V, value: V][] {
    return this.run(["HRANDFIELD", key, count, "WITHVALUES"]);
  }

  /** HSCAN: some fields and values, and the cursor of the next call: `"0"` at the end. */
  hscan(
    key: Key,
    cursor: string,
    options: HscanOptions = {},
  ): { cursor: string; entries: [field: V, value: V][] } {
    const [next, flat] = this.run<[Data, V[]]>(["HSCAN", key, cursor, ...words(options, HSCAN)]);
    const entries: [V, V][] = [];
    for (let i = 0; i < flat.length; i += 2) entries.push([flat[i]!, flat[i + 1]!]);
    return { cursor: asText(next), entries };
  }

  /** HSCAN with NOVALUES: some fields, and the cursor of the next call. */
  hscanFields(
    key: Key,
    cursor: string,
    options: HscanOptions = {},
  ): { cursor: string; fields: V[] } {
    const [next, fields] = this.run<[Data, V[]]>([
      "HSCAN",
      key,
      cursor,
      ...words(options, HSCAN),
      "NOVALUES",
    ]);
    return { cursor: asText(next), fields };
  }

  /** HSCAN to the end: every field that matches and its value, some at a time. */
  *hscanIterator(key: Key, options: HscanOptions = {}): Generator<[field: V, value: V], void> {
    let cursor = "0";
    do {
      const page = this.hscan(key, cursor, { count: 100, ...options });
      yield* page.entries;
      cursor = page.cursor;
    } while (cursor !== "0");
  }

  /**
   * HEXPIRE: makes fields expire in `seconds`.
   *
   * @returns For each field: 1 if the expiry was set, 0 if a condition did not hold, 2 if the field
   * was deleted because the time is over, -2 if it is absent.
   */
  hexpire(
    key: Key,
    seconds: number,
    fields: readonly Argument[],
    options: ExpireOptions = {},
  ): number[] {
    return this.run(["HEXPIRE", key, seconds, ...words(options, EXPIRE), ...block(fields)]);
  }

  /** HPEXPIRE: makes fields expire in `milliseconds`. @returns What `hexpire` does. */
  hpexpire(
    key: Key,
    milliseconds: number,
    fields: readonly Argument[],
    options: ExpireOptions = {},
  ): number[] {
    return this.run(["HPEXPIRE", key, milliseconds, ...words(options, EXPIRE), ...block(fields)]);
  }

  /** HEXPIREAT: makes fields expire at a date, or Unix time in seconds. @returns What `hexpire` does. */
  hexpireat(
    key: Key,
    unixSeconds: Time,
    fields: readonly Argument[],
    options: ExpireOptions = {},
  ): number[] {
    return this.run([
      ...expiresAt("H", key, unixSeconds),
      ...words(options, EXPIRE),
      ...block(fields),
    ]);
  }

  /** HPEXPIREAT: the same with Unix time in milliseconds. @returns What `hexpire` does. */
  hpexpireat(
    key: Key,
    unixMilliseconds: Time,
    fields: readonly Argument[],
    options: ExpireOptions = {},
  ): number[] {
    return this.run([
      "HPEXPIREAT",
      key,
      asMs(unixMilliseconds),
      ...words(options, EXPIRE),
      ...block(fields),
    ]);
  }

  /** HTTL: for each field the seconds until it expires; -1 if never, -2 if it is absent. */
  httl(key: Key, ...fields: Many<Argument>): number[] {
    return this.run(["HTTL", key, ...block(many(fields))]);
  }

  /** HPTTL: the same in milliseconds. */
  hpttl(key: Key, ...fields: Many<Argument>): number[] {
    return this.run(["HPTTL", key, ...block(many(fields))]);
  }

  /** HEXPIRETIME: for each field the Unix time in seconds it expires at; -1 if never, -2 if absent. */
  hexpiretime(key: Key, ...fields: Many<Argument>): number[] {
    return this.run(["HEXPIRETIME", key, ...block(many(fields))]);
  }

  /** HPEXPIRETIME: the same in milliseconds. */
  hpexpiretime(key: Key, ...fields: Many<Argument>): number[] {
    return this.run(["HPEXPIRETIME", key, ...block(many(fields))]);
  }

  /** HPERSIST: removes fields' expiry. @returns For each 1; -1 if it had none, -2 if it is absent. */
  hpersist(key: Key, ...fields: Many<Argument>): number[] {
    return this.run(["HPERSIST", key, ...block(many(fields))]);
  }

  /** HGETEX: the values of fields, whose expiry it sets or removes. */
  hgetex(key: Key, fields: readonly Argument[], options: HgetexOptions = {}): (V | null)[] {
    return this.run(["HGETEX", key, ...words(options, HGETEX), ...block(fields)]);
  }

  /** HSETEX: sets fields and their expiry, all or none. @returns Whether they were set. */
  hsetex(key: Key, entries: Entries, options: HsetexOptions = {}): boolean {
    const flat = pairs(entries, "entries");
    return this.run([
      "HSETEX",
      key,
      ...words(options, HSETEX),
      "FIELDS",
      flat.length / 2,
      ...flat,
    ]) === 1;
  }

  /** HGETDEL: the values of fields, which it deletes. */
  hgetdel(key: Key, ...fields: Many<Argument>): (V | null)[] {
    return this.run(["HGETDEL", key, ...block(many(fields))]);
  }

  /** HIMPORT PREPARE: names the fields of hashes to be made. */
  himport(subcommand: "prepare", fieldset: Key, ...fields: Many<Argument>): void;
  /** HIMPORT SET: makes a hash of a fieldset's fields and these values, in the same order. */
  himport(subcommand: "set", key: Key, fieldset: Key, ...values: Many<Argument>): void;
  /** HIMPORT DISCARD: forgets a fieldset. @returns Whether there was one. */
  himport(subcommand: "discard", fieldset: Key): boolean;
  /** HIMPORT DISCARDALL: forgets all fieldsets. @returns How many there were. */
  himport(subcommand: "discardall"): number;
  himport(
    subcommand: string,
    ...args: (Argument | readonly Argument[])[]
  ): void | boolean | number {
    const reply = this.run<string | number>(["HIMPORT", subcommand, ...args.flat()]);
    if (subcommand === "discardall") return Number(reply);
    if (subcommand === "discard") return reply === 1;
  }
}

function block(fields: readonly Argument[]): Argument[] {
  return ["FIELDS", list(fields, "fields").length, ...fields];
}

function asText(data: Data): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}
