/** The typed methods of the commands on keys and databases. */

import { type Argument, type Data, toBytes } from "../data.ts";
import { CommandGroup } from "./group.ts";
import {
  type CopyOptions,
  type ExpireOptions,
  type RestoreOptions,
  type ScanOptions,
  type SortOptions,
  words,
} from "./options.ts";

/** The commands on keys of any type and on databases; `V` is what keys come back as. */
export abstract class KeyCommands<V extends Data> extends CommandGroup<V> {
  /** DEL: deletes keys. @returns How many there were. */
  del(...keys: Data[]): number {
    return this.run(["DEL", ...keys]);
  }

  /** UNLINK: the same; here large values are always left to the background. */
  unlink(...keys: Data[]): number {
    return this.run(["UNLINK", ...keys]);
  }

  /** EXISTS: how many of the keys exist. */
  exists(...keys: Data[]): number {
    return this.run(["EXISTS", ...keys]);
  }

  /** TYPE: the type of a key's value, `none` if it is absent. */
  type(key: Data): string {
    return this.run(["TYPE", key]);
  }

  /** TOUCH: marks keys as used now. @returns How many exist. */
  touch(...keys: Data[]): number {
    return this.run(["TOUCH", ...keys]);
  }

  /** KEYS: all keys that match a pattern, in the order of their bytes. */
  keys(pattern: Data): V[] {
    return this.run(["KEYS", pattern]);
  }

  /** SCAN: some keys, and the cursor of the next call: `"0"` at the end. */
  scan(cursor: string, options: ScanOptions = {}): { cursor: string; keys: V[] } {
    const [next, keys] = this.run<[string, V[]]>(["SCAN", cursor, ...words(options)]);
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
  rename(key: Data, newkey: Data): void {
    this.run(["RENAME", key, newkey]);
  }

  /** RENAMENX: renames a key if nothing has the new name. @returns Whether it was renamed. */
  renamenx(key: Data, newkey: Data): boolean {
    return this.run(["RENAMENX", key, newkey]) === 1;
  }

  /** COPY: copies a key. @returns Whether it was copied. */
  copy(source: Data, destination: Data, options: CopyOptions = {}): boolean {
    return this.run(["COPY", source, destination, ...words(options)]) === 1;
  }

  /** MOVE: moves a key to another database. @returns Whether it was moved. */
  move(key: Data, db: number): boolean {
    return this.run(["MOVE", key, db]) === 1;
  }

  /** EXPIRE: makes a key expire in `seconds`. @returns Whether the expiry was set. */
  expire(key: Data, seconds: number, options: ExpireOptions = {}): boolean {
    return this.run(["EXPIRE", key, seconds, ...words(options)]) === 1;
  }

  /** PEXPIRE: makes a key expire in `milliseconds`. @returns Whether the expiry was set. */
  pexpire(key: Data, milliseconds: number, options: ExpireOptions = {}): boolean {
    return this.run(["PEXPIRE", key, milliseconds, ...words(options)]) === 1;
  }

  /** EXPIREAT: makes a key expire at a Unix time in seconds. @returns Whether it was set. */
  expireat(key: Data, unixSeconds: number, options: ExpireOptions = {}): boolean {
    return this.run(["EXPIREAT", key, unixSeconds, ...words(options)]) === 1;
  }

  /** PEXPIREAT: makes a key expire at a Unix time in milliseconds. @returns Whether it was set. */
  pexpireat(key: Data, unixMilliseconds: number, options: ExpireOptions = {}): boolean {
    return this.run(["PEXPIREAT", key, unixMilliseconds, ...words(options)]) === 1;
  }

  /** TTL: seconds until a key expires; -1 if never, -2 if it is absent. */
  ttl(key: Data): number {
    return this.run(["TTL", key]);
  }

  /** PTTL: milliseconds until a key expires; -1 if never, -2 if it is absent. */
  pttl(key: Data): number {
    return this.run(["PTTL", key]);
  }

  /** EXPIRETIME: the Unix time in seconds a key expires at; -1 if never, -2 if it is absent. */
  expiretime(key: Data): number {
    return this.run(["EXPIRETIME", key]);
  }

  /** PEXPIRETIME: the same in milliseconds. */
  pexpiretime(key: Data): number {
    return this.run(["PEXPIRETIME", key]);
  }

  /** PERSIST: removes a key's expiry. @returns Whether it had one. */
  persist(key: Data): boolean {
    return this.run(["PERSIST", key]) === 1;
  }

  /** OBJECT: how a value is held. `null` if the key is absent. */
  object(subcommand: "encoding", key: Data): string | null;
  /** OBJECT: since when a value was not used, in seconds; how often it is referred to. */
  object(subcommand: "idletime" | "refcount" | "freq", key: Data): number | null;
  object(subcommand: string, key: Data): string | number | null {
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
  sort(key: Data, options: SortOptions = {}): (V | null)[] {
    return this.run(["SORT", key, ...sortWords(options)]);
  }

  /** SORT_RO: the same. */
  sort_ro(key: Data, options: SortOptions = {}): (V | null)[] {
    return this.run(["SORT_RO", key, ...sortWords(options)]);
  }

  /** SORT with STORE: keeps the sorted elements as a list. @returns How many there are. */
  sortStore(destination: Data, key: Data, options: SortOptions = {}): number {
    return this.run(["SORT", key, ...sortWords(options), "STORE", destination]);
  }

  /** DUMP: a key's value in Redis's own format, `null` if the key is absent. */
  dump(key: Data): Uint8Array | null {
    return this.core.run(["DUMP", key], toBytes) as Uint8Array | null;
  }

  /**
   * RESTORE: makes a key out of what `dump`, or DUMP of a Redis, gave.
   *
   * @param ttl Milliseconds until it expires, 0 for never.
   * @throws {RedliteError} BUSYKEY if the key exists and is not to be replaced.
   */
  restore(key: Data, ttl: number, payload: Uint8Array, options: RestoreOptions = {}): void {
    this.run(["RESTORE", key, ttl, payload, ...words(options)]);
  }

  /** PING: `PONG`, or the message. */
  ping(message?: Data): V | string {
    return message === undefined ? this.run(["PING"]) : this.run(["PING", message]);
  }

  /** ECHO: the message. */
  echo(message: Data): V {
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

function sortWords({ by, limit, get, desc, alpha }: SortOptions): Argument[] {
  return [
    ...(by === undefined ? [] : ["BY", by]),
    ...(limit === undefined ? [] : ["LIMIT", limit.offset, limit.count]),
    ...(get ?? []).flatMap((pattern) => ["GET", pattern]),
    ...words({ desc, alpha }),
  ];
}
