/** The typed methods of the commands on keys and databases. */

import { type Argument, type Data, type Key, type Many, toBytes } from "../data.ts";
import { many } from "./given.ts";
import { CommandGroup } from "./group.ts";
import { asMs, checked, expiresAt, type Time, words } from "./option_words.ts";
import {
  COPY,
  type CopyOptions,
  EXPIRE,
  type ExpireOptions,
  RESTORE,
  type RestoreOptions,
  SCAN,
  type ScanOptions,
  SORT,
  type SortOptions,
} from "./options.ts";

/**
 * The commands on keys of any type and on databases; `V` is what keys come back as.
 *
 * @example
 * ```ts
 * import { type KeyCommands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const forget = (keys: KeyCommands<string>, pattern: string) => keys.del(keys.keys(pattern));
 * db.mset({ "session:1": "a", "session:2": "b" });
 * console.log(forget(db, "session:*")); // 2
 * ```
 */
export abstract class KeyCommands<V extends Data> extends CommandGroup<V> {
  /** DEL: deletes keys. @returns How many there were. */
  del(...keys: Many<Key>): number {
    return this.run(["DEL", ...many(keys)]);
  }

  /** UNLINK: the same; here large values are always left to the background. */
  unlink(...keys: Many<Key>): number {
    return this.run(["UNLINK", ...many(keys)]);
  }

  /** EXISTS: how many of the keys exist. */
  exists(...keys: Many<Key>): number {
    return this.run(["EXISTS", ...many(keys)]);
  }

  /** TYPE: the type of a key's value, `none` if it is absent. */
  type(key: Key): string {
    return this.run(["TYPE", key]);
  }

  /** TOUCH: marks keys as used now. @returns How many exist. */
  touch(...keys: Many<Key>): number {
    return this.run(["TOUCH", ...many(keys)]);
  }

  /** KEYS: all keys that match a pattern, in the order of their bytes. */
  keys(pattern: Key): V[] {
    return this.run(["KEYS", pattern]);
  }

  /** SCAN: some keys, and the cursor of the next call: `"0"` at the end. */
  scan(cursor: string, options: ScanOptions = {}): { cursor: string; keys: V[] } {
    const [next, keys] = this.run<[string, V[]]>(["SCAN", cursor, ...words(options, SCAN)]);
    return { cursor: next, keys };
  }

  /** SCAN to the end: every key that matches, some at a time. */
  *scanIterator(options: ScanOptions = {}): Generator<V, void> {
    let cursor = "0";
    do {
      const page = this.scan(cursor, { count: 100, ...options });
      yield* page.keys;
      cursor = page.cursor;
    } while (cursor !== "0");
  }

  /** RANDOMKEY: a random key, `null` if there is none. */
  randomkey(): V | null {
    return this.run(["RANDOMKEY"]);
  }

  /** RENAME: renames a key, over whatever has the new name. */
  rename(key: Key, newkey: Key): void {
    this.run(["RENAME", key, newkey]);
  }

  /** RENAMENX: renames a key if nothing has the new name. @returns Whether it was renamed. */
  renamenx(key: Key, newkey: Key): boolean {
    return this.run(["RENAMENX", key, newkey]) === 1;
  }

  /** COPY: copies a key. @returns Whether it was copied. */
  copy(source: Key, destination: Key, options: CopyOptions = {}): boolean {
    return this.run(["COPY", source, destination, ...words(options, COPY)]) === 1;
  }

  /** MOVE: moves a key to another database. @returns Whether it was moved. */
  move(key: Key, db: number): boolean {
    return this.run(["MOVE", key, db]) === 1;
  }

  /** EXPIRE: makes a key expire in `seconds`. @returns Whether the expiry was set. */
  expire(key: Key, seconds: number, options: ExpireOptions = {}): boolean {
    return this.run(["EXPIRE", key, seconds, ...words(options, EXPIRE)]) === 1;
  }

  /** PEXPIRE: makes a key expire in `milliseconds`. @returns Whether the expiry was set. */
  pexpire(key: Key, milliseconds: number, options: ExpireOptions = {}): boolean {
    return this.run(["PEXPIRE", key, milliseconds, ...words(options, EXPIRE)]) === 1;
  }

  /** EXPIREAT: makes a key expire at a date, or Unix time in seconds. @returns Whether it was set. */
  expireat(key: Key, unixSeconds: Time, options: ExpireOptions = {}): boolean {
    return this.run([...expiresAt("", key, unixSeconds), ...words(options, EXPIRE)]) === 1;
  }

  /** PEXPIREAT: the same with Unix time in milliseconds. @returns Whether it was set. */
  pexpireat(key: Key, unixMilliseconds: Time, options: ExpireOptions = {}): boolean {
    return this.run(["PEXPIREAT", key, asMs(unixMilliseconds), ...words(options, EXPIRE)]) === 1;
  }

  /** TTL: seconds until a key expires; -1 if never, -2 if it is absent. */
  ttl(key: Key): number {
    return this.run(["TTL", key]);
  }

  /** PTTL: milliseconds until a key expires; -1 if never, -2 if it is absent. */
  pttl(key: Key): number {
    return this.run(["PTTL", key]);
  }

  /** EXPIRETIME: the Unix time in seconds a key expires at; -1 if never, -2 if it is absent. */
  expiretime(key: Key): number {
    return this.run(["EXPIRETIME", key]);
  }

  /** PEXPIRETIME: the same in milliseconds. */
  pexpiretime(key: Key): number {
    return this.run(["PEXPIRETIME", key]);
  }

  /** PERSIST: removes a key's expiry. @returns Whether it had one. */
  persist(key: Key): boolean {
    return this.run(["PERSIST", key]) === 1;
  }

  /** OBJECT: how a value is held. `null` if the key is absent. */
  object(subcommand: "encoding", key: Key): string | null;
  /** OBJECT: since when a value was not used, in seconds; how often it is referred to. */
  object(subcommand: "idletime" | "refcount" | "freq", key: Key): number | null;
  object(subcommand: string, key: Key): string | number | null {
    return this.run(["OBJECT", subcommand, key]);
  }

  /** DBSIZE: how many keys the selected database has. */
  dbsize(): number {
    return this.run(["DBSIZE"]);
  }

  /** FLUSHDB: deletes all keys of the selected database, in constant time. */
  flushdb(): void {
    this.run(["FLUSHDB"]);
  }

  /** FLUSHALL: deletes all keys of all databases, in constant time. */
  flushall(): void {
    this.run(["FLUSHALL"]);
  }

  /** SWAPDB: exchanges two databases. */
  swapdb(index1: number, index2: number): void {
    this.run(["SWAPDB", index1, index2]);
  }

  /** SELECT: chooses the database that further calls work on, 0 at first. */
  select(index: number): void {
    this.run(["SELECT", index]);
  }

  /** TIME: the Unix time in seconds, and the microseconds since. */
  time(): [seconds: number, microseconds: number] {
    const [seconds, microseconds] = this.run<[Data, Data]>(["TIME"]);
    const number = (value: Data) =>
      Number(typeof value === "string" ? value : new TextDecoder().decode(value));
    return [number(seconds), number(microseconds)];
  }

  /**
   * SORT: the elements of a list, set or sorted set, sorted; `null` stands for what a pattern of
   * `get` does not find.
   */
  sort(key: Key, options: SortOptions = {}): (V | null)[] {
    return this.run(["SORT", key, ...sortWords(options)]);
  }

  /** SORT_RO: the same. */
  sort_ro(key: Key, options: SortOptions = {}): (V | null)[] {
    return this.run(["SORT_RO", key, ...sortWords(options)]);
  }

  /** SORT with STORE: keeps the sorted elements as a list. @returns How many there are. */
  sortStore(destination: Key, key: Key, options: SortOptions = {}): number {
    return this.run(["SORT", key, ...sortWords(options), "STORE", destination]);
  }

  /** DUMP: a key's value in Redis's own format, `null` if the key is absent. */
  dump(key: Key): Uint8Array | null {
    return this.core.run(["DUMP", key], toBytes) as Uint8Array | null;
  }

  /**
   * RESTORE: makes a key out of what `dump`, or DUMP of a Redis, gave.
   *
   * @param ttl Milliseconds until it expires, 0 for never.
   * @throws {RedliteError} BUSYKEY if the key exists and is not to be replaced.
   */
  restore(key: Key, ttl: number, payload: Uint8Array, options: RestoreOptions = {}): void {
    this.run(["RESTORE", key, ttl, payload, ...words(options, RESTORE)]);
  }

  /** PING: `PONG`, or the message. */
  ping(message?: Argument): V | string {
    return message === undefined ? this.run(["PING"]) : this.run(["PING", message]);
  }

  /** ECHO: the message. */
  echo(message: Argument): V {
    return this.run(["ECHO", message]);
  }

  /** SAVE: copies the write-ahead log into the database file now. */
  save(): void {
    this.run(["SAVE"]);
  }

  /** LASTSAVE: when that was last done to the end, as a Unix time in seconds. */
  lastsave(): number {
    return this.run(["LASTSAVE"]);
  }
}

function sortWords(options: SortOptions): Argument[] {
  const { by, limit, get, desc, alpha } = checked(options, SORT);
  return [
    ...(by === undefined ? [] : ["BY", by]),
    ...(limit === undefined ? [] : ["LIMIT", limit.offset, limit.count]),
    ...(get ?? []).flatMap((pattern) => ["GET", pattern]),
    ...(desc ? ["DESC"] : []),
    ...(alpha ? ["ALPHA"] : []),
  ];
}
