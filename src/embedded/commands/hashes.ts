/** The typed methods of the hash commands. */

import type { Argument, Data } from "../data.ts";
import { CommandGroup } from "./group.ts";
import { type ExpireOptions, type Expiry, words } from "./options.ts";
import type { Integer } from "./strings.ts";

/** Fields and their values: pairs, or an object with fields that are text. */
export type HashEntries =
  | Iterable<readonly [field: Data, value: Data]>
  | Readonly<Record<string, Data>>;

/** Options of `hscan`. */
export interface HscanOptions {
  /** Only fields that match this pattern. */
  match?: Data;
  /** Fields to look at in one call; 10 by default. */
  count?: number;
}

/** Options of `hgetex`. At most one of them. */
export interface HgetexOptions extends Expiry {
  /** Remove the expiry of the fields. */
  persist?: boolean;
}

/** Options of `hsetex`. At most one condition, and one of an expiry and `keepttl`. */
export interface HsetexOptions extends Expiry {
  /** Only if none of the fields exists. */
  fnx?: boolean;
  /** Only if all of the fields exist. */
  fxx?: boolean;
  /** Keep the expiry each field has. */
  keepttl?: boolean;
}

/** The hash commands; `V` is what values come back as. */
export abstract class HashCommands<V extends Data> extends CommandGroup<V> {
  /** HSET: sets fields. @returns How many are new. */
  hset(key: Data, entries: HashEntries): number;
  /** HSET: sets one field. @returns 1 if it is new, else 0. */
  hset(key: Data, field: Data, value: Data): number;
  hset(key: Data, first: Data | HashEntries, value?: Data): number {
    return this.run(["HSET", key, ...fieldsAndValues(first, value)]);
  }

  /** HMSET: sets fields; HSET's old form. */
  hmset(key: Data, entries: HashEntries): void {
    this.run(["HMSET", key, ...fieldsAndValues(entries)]);
  }

  /** HSETNX: sets a field if it does not exist. @returns Whether it was set. */
  hsetnx(key: Data, field: Data, value: Data): boolean {
    return this.run(["HSETNX", key, field, value]) === 1;
  }

  /** HGET: a field's value, `null` if it is absent. */
  hget(key: Data, field: Data): V | null {
    return this.run(["HGET", key, field]);
  }

  /** HMGET: the values of several fields, `null` for one that is absent. */
  hmget(key: Data, ...fields: Data[]): (V | null)[] {
    return this.run(["HMGET", key, ...fields]);
  }

  /** HGETALL: all fields and values. As bytes, fields are arrays, which no look-up in the map finds. */
  hgetall(key: Data): Map<V, V> {
    return this.run(["HGETALL", key]);
  }

  /** HDEL: deletes fields. @returns How many there were. */
  hdel(key: Data, ...fields: Data[]): number {
    return this.run(["HDEL", key, ...fields]);
  }

  /** HEXISTS: whether a field exists. */
  hexists(key: Data, field: Data): boolean {
    return this.run(["HEXISTS", key, field]) === 1;
  }

  /** HKEYS: all fields. */
  hkeys(key: Data): V[] {
    return this.run(["HKEYS", key]);
  }

  /** HVALS: all values. */
  hvals(key: Data): V[] {
    return this.run(["HVALS", key]);
  }

  /** HLEN: how many fields there are. */
  hlen(key: Data): number {
    return this.run(["HLEN", key]);
  }

  /** HSTRLEN: the length of a field's value in bytes. */
  hstrlen(key: Data, field: Data): number {
    return this.run(["HSTRLEN", key, field]);
  }

  /** HINCRBY: adds an integer. @returns The sum. */
  hincrby(key: Data, field: Data, increment: Integer): Integer {
    return this.run(["HINCRBY", key, field, increment]);
  }

  /** HINCRBYFLOAT: adds a number. @returns The sum in digits, as it is stored. */
  hincrbyfloat(key: Data, field: Data, increment: number | string): V {
    return this.run(["HINCRBYFLOAT", key, field, increment]);
  }

  /** HRANDFIELD: a random field, `null` if there is none. */
  hrandfield(key: Data): V | null;
  /** HRANDFIELD: `count` different fields, or `-count` of which any may come again. */
  hrandfield(key: Data, count: number): V[];
  hrandfield(key: Data, count?: number): V | null | V[] {
    return count === undefined
      ? this.run(["HRANDFIELD", key])
      : this.run(["HRANDFIELD", key, count]);
  }

  /** HRANDFIELD with WITHVALUES: the same with their values. */
  hrandfieldWithValues(key: Data, count: number): [field: V, value: V][] {
    return this.run(["HRANDFIELD", key, count, "WITHVALUES"]);
  }

  /** HSCAN: some fields and values, and the cursor of the next call: `"0"` at the end. */
  hscan(
    key: Data,
    cursor: string,
    options: HscanOptions = {},
  ): { cursor: string; entries: [field: V, value: V][] } {
    const [next, flat] = this.run<[Data, V[]]>(["HSCAN", key, cursor, ...words(options)]);
    const entries: [V, V][] = [];
    for (let i = 0; i < flat.length; i += 2) entries.push([flat[i]!, flat[i + 1]!]);
    return { cursor: asText(next), entries };
  }

  /** HSCAN with NOVALUES: some fields, and the cursor of the next call. */
  hscanFields(
    key: Data,
    cursor: string,
    options: HscanOptions = {},
  ): { cursor: string; fields: V[] } {
    const [next, fields] = this.run<[Data, V[]]>([
      "HSCAN",
      key,
      cursor,
      ...words(options),
      "NOVALUES",
    ]);
    return { cursor: asText(next), fields };
  }

  /** HSCAN to the end: every field that matches and its value, some at a time. */
  *hscanIterator(key: Data, options: HscanOptions = {}): Generator<[field: V, value: V], void> {
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
  hexpire(key: Data, seconds: number, fields: Data[], options: ExpireOptions = {}): number[] {
    return this.run(["HEXPIRE", key, seconds, ...words(options), ...block(fields)]);
  }

  /** HPEXPIRE: makes fields expire in `milliseconds`. @returns What `hexpire` does. */
  hpexpire(key: Data, milliseconds: number, fields: Data[], options: ExpireOptions = {}): number[] {
    return this.run(["HPEXPIRE", key, milliseconds, ...words(options), ...block(fields)]);
  }

  /** HEXPIREAT: makes fields expire at a Unix time in seconds. @returns What `hexpire` does. */
  hexpireat(key: Data, unixSeconds: number, fields: Data[], options: ExpireOptions = {}): number[] {
    return this.run(["HEXPIREAT", key, unixSeconds, ...words(options), ...block(fields)]);
  }

  /** HPEXPIREAT: the same with a Unix time in milliseconds. @returns What `hexpire` does. */
  hpexpireat(
    key: Data,
    unixMilliseconds: number,
    fields: Data[],
    options: ExpireOptions = {},
  ): number[] {
    return this.run(["HPEXPIREAT", key, unixMilliseconds, ...words(options), ...block(fields)]);
  }

  /** HTTL: for each field the seconds until it expires; -1 if never, -2 if it is absent. */
  httl(key: Data, ...fields: Data[]): number[] {
    return this.run(["HTTL", key, ...block(fields)]);
  }

  /** HPTTL: the same in milliseconds. */
  hpttl(key: Data, ...fields: Data[]): number[] {
    return this.run(["HPTTL", key, ...block(fields)]);
  }

  /** HEXPIRETIME: for each field the Unix time in seconds it expires at; -1 if never, -2 if absent. */
  hexpiretime(key: Data, ...fields: Data[]): number[] {
    return this.run(["HEXPIRETIME", key, ...block(fields)]);
  }

  /** HPEXPIRETIME: the same in milliseconds. */
  hpexpiretime(key: Data, ...fields: Data[]): number[] {
    return this.run(["HPEXPIRETIME", key, ...block(fields)]);
  }

  /** HPERSIST: removes fields' expiry. @returns For each 1; -1 if it had none, -2 if it is absent. */
  hpersist(key: Data, ...fields: Data[]): number[] {
    return this.run(["HPERSIST", key, ...block(fields)]);
  }

  /** HGETEX: the values of fields, whose expiry it sets or removes. */
  hgetex(key: Data, fields: Data[], options: HgetexOptions = {}): (V | null)[] {
    return this.run(["HGETEX", key, ...words(options), ...block(fields)]);
  }

  /** HSETEX: sets fields and their expiry, all or none. @returns Whether they were set. */
  hsetex(key: Data, entries: HashEntries, options: HsetexOptions = {}): boolean {
    const flat = fieldsAndValues(entries);
    return this.run(["HSETEX", key, ...words(options), "FIELDS", flat.length / 2, ...flat]) === 1;
  }

  /** HGETDEL: the values of fields, which it deletes. */
  hgetdel(key: Data, ...fields: Data[]): (V | null)[] {
    return this.run(["HGETDEL", key, ...block(fields)]);
  }

  /** HIMPORT PREPARE: names the fields of hashes to be made. */
  himport(subcommand: "prepare", fieldset: Data, ...fields: Data[]): void;
  /** HIMPORT SET: makes a hash of a fieldset's fields and these values, in the same order. */
  himport(subcommand: "set", key: Data, fieldset: Data, ...values: Data[]): void;
  /** HIMPORT DISCARD: forgets a fieldset. @returns Whether there was one. */
  himport(subcommand: "discard", fieldset: Data): boolean;
  /** HIMPORT DISCARDALL: forgets all fieldsets. @returns How many there were. */
  himport(subcommand: "discardall"): number;
  himport(subcommand: string, ...args: Data[]): void | boolean | number {
    const reply = this.run<string | number>(["HIMPORT", subcommand, ...args]);
    if (subcommand === "discardall") return Number(reply);
    if (subcommand === "discard") return reply === 1;
  }
}

function fieldsAndValues(first: Data | HashEntries, value?: Data): Data[] {
  if (value !== undefined) return [first as Data, value];
  const entries = first as HashEntries;
  const pairs = Symbol.iterator in entries
    ? entries as Iterable<readonly [Data, Data]>
    : Object.entries(entries);
  return [...pairs].flat();
}

function block(fields: readonly Data[]): Argument[] {
  return ["FIELDS", fields.length, ...fields];
}

function asText(data: Data): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}
