/**
 * The keyspace of KV Connect (Deno KV): pairs of a key and a value in the order of the keys' bytes,
 * beside the databases of SELECT and apart from them. What the bytes mean is the clients' business,
 * but for the numbers that are added up.
 *
 * Each write has a version, one more than the write before it, whichever key it was about; a pair
 * carries that of the write which made it. The latest is in `kv_facts`, written at the end of the turn,
 * and so is the number by which clients know the database. A version is never given twice: a turn that
 * is rolled back takes its versions with it before anybody has seen them.
 *
 * A pair whose time is over is not seen any more, and is deleted in the background.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { TurnListener } from "../../engine/turn_listeners.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import { Slice } from "../values/slice.ts";
import { computed, type KvArithmetic, type KvValue } from "./arithmetic.ts";

/** A pair. */
export interface KvPair extends KvValue {
  readonly key: Uint8Array;
  readonly version: number;
}

/** Keys from one on and up to another, which is not one of them. */
export interface KvRange {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  /** The most pairs. */
  readonly limit: number;
  /** Whether the last ones come first. */
  readonly reverse: boolean;
}

/** What has to be so for a write to happen. */
export interface KvCheck {
  readonly key: Uint8Array;
  /** The version of the pair; 0 if there must be none, undefined if it is one that no pair has. */
  readonly version: number | undefined;
}

/** A part of a write: what becomes of a key. */
export type KvMutation =
  & { readonly key: Uint8Array }
  & (
    | { readonly kind: "set"; readonly value: KvValue; readonly expiresAtMs: number }
    /** The write's versionstamp becomes the last part of the key. */
    | { readonly kind: "set-stamped"; readonly value: KvValue; readonly expiresAtMs: number }
    | { readonly kind: "delete" }
    | { readonly kind: "compute"; readonly arithmetic: KvArithmetic }
  );

/** A write: all of it happens, or nothing. */
export interface KvWrite {
  readonly checks: readonly KvCheck[];
  readonly mutations: readonly KvMutation[];
}

/** What became of a write: its version and what it has changed, or which of the checks failed. */
export type KvOutcome =
  | { readonly version: number; readonly changes: readonly KvChange[] }
  | { readonly failed: readonly number[] };

/** A pair that a write makes, or a key that it deletes. */
export interface KvChange {
  readonly key: Uint8Array;
  /** Undefined where there is no pair any more. */
  readonly value: KvValue | undefined;
  /** Unix time in milliseconds; 0 for never. */
  readonly expiresAtMs: number;
}

/** A pair with all that is known of it. */
export interface WholeKvPair extends KvPair {
  /** Unix time in milliseconds; 0 for never. */
  readonly expiresAtMs: number;
}

const LIVE = "(expires_at IS NULL OR expires_at > ?1)";

const SQL = {
  facts: "SELECT lower(hex(database_id)), version FROM kv_facts",
  saveVersion: "UPDATE kv_facts SET version = ?1",
  ascending: `SELECT key, value, encoding, version FROM kv_pairs
    WHERE key >= ?2 AND key < ?3 AND ${LIVE} ORDER BY key LIMIT ?4`,
  descending: `SELECT key, value, encoding, version FROM kv_pairs
    WHERE key >= ?2 AND key < ?3 AND ${LIVE} ORDER BY key DESC LIMIT ?4`,
  whole: `SELECT key, value, encoding, version, coalesce(expires_at, 0) FROM kv_pairs
    WHERE key >= ?2 AND ${LIVE} ORDER BY key LIMIT ?3`,
  value: `SELECT value, encoding FROM kv_pairs WHERE key = ?2 AND ${LIVE}`,
  version: `SELECT version FROM kv_pairs WHERE key = ?2 AND ${LIVE}`,
  put: `INSERT INTO kv_pairs(key, value, encoding, version, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT(key) DO UPDATE SET value = excluded.value,
    encoding = excluded.encoding, version = excluded.version, expires_at = excluded.expires_at`,
  remove: "DELETE FROM kv_pairs WHERE key = ?1",
  nextExpiry: `SELECT expires_at FROM kv_pairs WHERE expires_at IS NOT NULL
    ORDER BY expires_at LIMIT 1`,
  expired: `SELECT key FROM kv_pairs WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2`,
};

/** Pairs deleted in one slice of the background work. */
const PAIRS_PER_SLICE = 200;

interface Facts {
  /** By which clients know the database: a UUID without hyphens. */
  readonly id: string;
  version: number;
}

/** The pairs of one store. */
export class KvPairs implements TurnListener {
  readonly #engine: Engine;
  readonly #statements = new Map<string, Statement>();
  readonly #watchers = new Map<string, Set<() => void>>();
  #facts: Facts | undefined;
  /** Whether the version is another than `kv_facts` has. */
  #unsaved = false;
  /** When the first pair expires, or before; undefined if that is to be looked up. */
  #nextExpiryMs: number | undefined;

  /** Takes the engine of a store. */
  constructor(engine: Engine) {
    this.#engine = engine;
    engine.addListener(this);
  }

  forget(): void {
    this.#facts = undefined;
    this.#unsaved = false;
    this.#nextExpiryMs = undefined;
    for (const watchers of this.#watchers.values()) for (const wake of watchers) wake();
  }

  beforeCommit(): void {
    if (!this.#unsaved || this.#facts === undefined) return;
    const save = this.#statement(SQL.saveVersion);
    save.bindInteger(1, this.#facts.version);
    save.run();
    this.#unsaved = false;
  }

  /** By what clients know the database: a UUID. */
  get databaseId(): string {
    return this.#known().id.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  #known(): Facts {
    this.#engine.read();
    if (this.#facts !== undefined) return this.#facts;
    const facts = this.#statement(SQL.facts);
    facts.step();
    this.#facts = { id: facts.columnText(0), version: facts.columnNumber(1) };
    facts.reset();
    return this.#facts;
  }

  /** Reads the pairs of a range. @param take Gets each, in order. */
  read({ start, end, limit, reverse }: KvRange, take: (pair: KvPair) => void): void {
    this.#engine.read();
    const statement = this.#statement(reverse ? SQL.descending : SQL.ascending);
    statement.bindInteger(1, this.#engine.nowMs);
    statement.bindBlob(2, start, 0, start.length);
    statement.bindBlob(3, end, 0, end.length);
    statement.bindInteger(4, limit);
    while (statement.step()) {
      take({
        key: statement.columnBlob(0),
        data: statement.columnBlob(1),
        encoding: statement.columnNumber(2),
        version: statement.columnNumber(3),
      });
    }
    statement.reset();
  }

  /**
   * Writes, if the checks hold. Part of the turn that runs.
   *
   * @throws {CommandError} If values are added up that cannot be; then nothing is written.
   */
  write({ checks, mutations }: KvWrite): KvOutcome {
    const facts = this.#known();
    const failed: number[] = [];
    for (const [index, { key, version }] of checks.entries()) {
      if (this.#versionOf(key) !== version) failed.push(index);
    }
    if (failed.length > 0) return { failed };
    const version = facts.version + 1;
    const changes = this.#changes(mutations, version);
    this.#engine.writeTold();
    // The write transaction may have come with another process's commit.
    if (this.#facts !== facts) return this.write({ checks, mutations });
    this.#put(facts, changes, version);
    return { version, changes };
  }

  /** Does what a write elsewhere has come to. Part of the turn that runs. */
  apply(version: number, changes: readonly KvChange[]): void {
    this.#engine.writeTold();
    this.#put(this.#known(), changes, version);
  }

  #put(facts: Facts, changes: readonly KvChange[], version: number): void {
    for (const change of changes) this.#make(change, version);
    facts.version = version;
    this.#unsaved = true;
    for (const { key } of changes) this.#wake(key);
  }

  /** The version of the last write. */
  get version(): number {
    return this.#known().version;
  }

  /**
   * Some pairs with all that is known of them, in order.
   *
   * @param from Where they begin.
   */
  whole(from: Uint8Array, limit: number): WholeKvPair[] {
    this.#engine.read();
    const statement = this.#statement(SQL.whole);
    statement.bindInteger(1, this.#engine.nowMs);
    statement.bindBlob(2, from, 0, from.length);
    statement.bindInteger(3, limit);
    const pairs: WholeKvPair[] = [];
    while (statement.step()) {
      pairs.push({
        key: statement.columnBlob(0),
        data: statement.columnBlob(1),
        encoding: statement.columnNumber(2),
        version: statement.columnNumber(3),
        expiresAtMs: statement.columnNumber(4),
      });
    }
    statement.reset();
    return pairs;
  }

  /** What a write comes to. Nothing is written yet, so that an error leaves nothing half done. */
  #changes(mutations: readonly KvMutation[], version: number): KvChange[] {
    const changes: KvChange[] = [];
    const values = new Map<string, KvValue | undefined>();
    const computes = mutations.some(({ kind }) => kind === "compute");
    for (const mutation of mutations) {
      const change = this.#change(mutation, version, values);
      changes.push(change);
      if (computes) values.set(nameOf(change.key), change.value);
    }
    return changes;
  }

  #change(
    mutation: KvMutation,
    version: number,
    values: ReadonlyMap<string, KvValue | undefined>,
  ): KvChange {
    const { key } = mutation;
    switch (mutation.kind) {
      case "set":
        return mutation;
      case "set-stamped":
        return { ...mutation, key: stamped(key, version) };
      case "delete":
        return { key, value: undefined, expiresAtMs: 0 };
      case "compute": {
        const name = nameOf(key);
        const old = values.has(name) ? values.get(name) : this.#valueOf(key);
        return { key, value: computed(mutation.arithmetic, old), expiresAtMs: 0 };
      }
    }
  }

  #make({ key, value, expiresAtMs }: KvChange, version: number): void {
    if (value === undefined) return this.#remove(key);
    const put = this.#statement(SQL.put);
    put.bindBlob(1, key, 0, key.length);
    put.bindBlob(2, value.data, 0, value.data.length);
    put.bindInteger(3, value.encoding);
    put.bindInteger(4, version);
    if (expiresAtMs > 0) put.bindInteger(5, expiresAtMs);
    else put.bindNull(5);
    put.run();
    if (expiresAtMs > 0 && this.#nextExpiryMs !== undefined) {
      this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiresAtMs);
    }
  }

  #remove(key: Uint8Array): void {
    const remove = this.#statement(SQL.remove);
    remove.bindBlob(1, key, 0, key.length);
    remove.run();
  }

  #versionOf(key: Uint8Array): number {
    const statement = this.#find(SQL.version, key);
    const version = statement.step() ? statement.columnNumber(0) : 0;
    statement.reset();
    return version;
  }

  #valueOf(key: Uint8Array): KvValue | undefined {
    const statement = this.#find(SQL.value, key);
    const value = statement.step()
      ? { data: statement.columnBlob(0), encoding: statement.columnNumber(1) }
      : undefined;
    statement.reset();
    return value;
  }

  #find(sql: string, key: Uint8Array): Statement {
    const statement = this.#statement(sql);
    statement.bindInteger(1, this.#engine.nowMs);
    statement.bindBlob(2, key, 0, key.length);
    return statement;
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#engine.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Watches keys: `wake` is called in the middle of a turn that changes one of them, which may still be
   * rolled back, and whenever any of them may be another for a different reason.
   *
   * @returns A function that ends it.
   */
  watch(keys: readonly Uint8Array[], wake: () => void): () => void {
    const names = keys.map(nameOf);
    for (const name of names) {
      const watchers = this.#watchers.get(name);
      if (watchers === undefined) this.#watchers.set(name, new Set([wake]));
      else watchers.add(wake);
    }
    return () => {
      for (const name of names) {
        const watchers = this.#watchers.get(name);
        watchers?.delete(wake);
        if (watchers?.size === 0) this.#watchers.delete(name);
      }
    };
  }

  #wake(key: Uint8Array): void {
    if (this.#watchers.size === 0) return;
    const watchers = this.#watchers.get(nameOf(key));
    if (watchers !== undefined) { for (const wake of watchers) wake(); }
  }

  /** Deletes some of the pairs whose time is over, in the turn that runs. @returns Whether there are more. */
  sweep(): boolean {
    const { nowMs } = this.#engine;
    this.#engine.read();
    if (this.#nextExpiryMs === undefined) {
      const next = this.#statement(SQL.nextExpiry);
      this.#nextExpiryMs = next.step() ? next.columnNumber(0) : Infinity;
      next.reset();
    }
    if (this.#nextExpiryMs > nowMs) return false;
    this.#engine.writeTold();
    const keys: Uint8Array[] = [];
    const expired = this.#statement(SQL.expired);
    expired.bindInteger(1, nowMs);
    expired.bindInteger(2, PAIRS_PER_SLICE);
    while (expired.step()) keys.push(expired.columnBlob(0));
    expired.reset();
    for (const key of keys) {
      this.#remove(key);
      this.#wake(key);
    }
    this.#nextExpiryMs = undefined;
    return keys.length === PAIRS_PER_SLICE;
  }
}

/** A key as that of a map: characters of the same codes. */
const nameOf = (key: Uint8Array): string => new Slice(key).latin1();

/** A key with the versionstamp of a write behind it, as a part that is a text. */
function stamped(key: Uint8Array, version: number): Uint8Array {
  const stamp = version.toString(16).padStart(16, "0") + "0000";
  const whole = new Uint8Array(key.length + stamp.length + 2);
  whole.set(key);
  whole[key.length] = 2;
  for (let i = 0; i < stamp.length; i++) whole[key.length + 1 + i] = stamp.charCodeAt(i);
  return whole;
}
