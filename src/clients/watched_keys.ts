/**
 * WATCH: whether a key is any more what it was.
 *
 * Changes made by this process are told by the engine while they happen, so a client is known to be
 * too late at once, whoever wrote and in the same turn too. What other processes change is not told:
 * after a commit of theirs the rows of the watched keys are compared with what they were. A row's
 * version, id and times tell every change apart but for one that happens within a millisecond and
 * ends with the value there was, which is none.
 *
 * @module
 */

import type { Client, Watch, WatchedKeys } from "../commands/table/client.ts";
import type { ChangeWatcher, Flush, KeyBytes } from "../engine/changes.ts";
import type { Engine } from "../engine/engine.ts";
import type { Keyspace } from "../store/keys/keyspace.ts";
import { TYPE } from "../store/file/schema.ts";
import { Slice } from "../store/values/slice.ts";
import { keyName } from "./key_name.ts";

/** A key that one client watches. */
class WatchedKey {
  readonly state: ClientWatch;
  readonly db: number;
  readonly key: Uint8Array;
  /** Whether it was there. */
  readonly existed: boolean;
  /** When it was to expire, Unix time in milliseconds; 0 for never. */
  readonly expiresAtMs: number;
  /** What its row said. */
  readonly row: string;

  constructor(state: ClientWatch, db: number, key: Uint8Array, keyspace: Keyspace) {
    this.state = state;
    this.db = db;
    this.key = key;
    this.existed = keyspace.find(db, new Slice(key)) !== TYPE.NONE;
    this.expiresAtMs = this.existed ? keyspace.row.expiresAtMs : 0;
    this.row = this.existed ? keyspace.facts.fingerprint(db, new Slice(key)) : "";
  }
}

/** Bytes of memory that a watched key takes beside its name: entries in maps, what its row said. */
const WATCHED = 1200;

/** What one client watches. */
class ClientWatch implements Watch {
  readonly keys = new Map<string, WatchedKey>();
  /** Whether a change was told. */
  dirty = false;
  memory = 0;
  /** Other processes' commits seen when the rows were last compared. */
  foreignCommits: number;

  constructor(foreignCommits: number) {
    this.foreignCommits = foreignCommits;
  }

  get size(): number {
    return this.keys.size;
  }
}

/** The keys that the clients of one store watch. */
export class WatchTable implements WatchedKeys, ChangeWatcher {
  readonly #engine: Engine;
  readonly #keyspace: Keyspace;
  readonly #byKey = new Map<string, Set<WatchedKey>>();
  readonly #byClient = new Map<Client, ClientWatch>();
  #stop: (() => void) | undefined;

  /** Takes the store's engine and keys. */
  constructor(engine: Engine, keyspace: Keyspace) {
    this.#engine = engine;
    this.#keyspace = keyspace;
  }

  /** Clients that watch keys. */
  get clients(): number {
    return this.#byClient.size;
  }

  /** Keys that are watched. */
  get keys(): number {
    return this.#byKey.size;
  }

  watch(client: Client, db: number, key: Slice): void {
    let state = this.#byClient.get(client);
    if (state === undefined) {
      state = new ClientWatch(this.#engine.foreignCommits);
      this.#byClient.set(client, state);
      client.watch = state;
    }
    const name = keyName(db, key);
    if (state.keys.has(name)) return;
    const watched = new WatchedKey(state, db, key.copy(), this.#keyspace);
    state.keys.set(name, watched);
    state.memory += WATCHED + 2 * key.length;
    let watchers = this.#byKey.get(name);
    if (watchers === undefined) this.#byKey.set(name, watchers = new Set());
    watchers.add(watched);
    this.#stop ??= this.#engine.changes.watch(this);
  }

  unwatch(client: Client): void {
    const state = this.#byClient.get(client);
    if (state === undefined) return;
    client.watch = undefined;
    this.#byClient.delete(client);
    for (const [name, watched] of state.keys) {
      const watchers = this.#byKey.get(name);
      watchers?.delete(watched);
      if (watchers?.size === 0) this.#byKey.delete(name);
    }
    if (this.#byClient.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  isDirty(client: Client): boolean {
    const state = this.#byClient.get(client);
    if (state === undefined || state.dirty) return state !== undefined;
    this.#engine.read();
    const { nowMs, foreignCommits } = this.#engine;
    const compare = state.foreignCommits !== foreignCommits;
    state.foreignCommits = foreignCommits;
    for (const watched of state.keys.values()) {
      const expired = watched.expiresAtMs !== 0 && watched.expiresAtMs < nowMs;
      if (expired || (compare && this.#differs(watched))) return state.dirty = true;
    }
    return false;
  }

  #differs({ db, key, existed, row }: WatchedKey): boolean {
    const slice = new Slice(key);
    if (this.#keyspace.find(db, slice) === TYPE.NONE) return existed;
    return row !== this.#keyspace.facts.fingerprint(db, slice);
  }

  changed(db: number, key: KeyBytes, event: string): void {
    const watchers = this.#byKey.get(keyName(db, key));
    if (watchers === undefined) return;
    for (const { state, existed } of watchers) {
      // A key whose time was over when it was watched was absent then, and is now.
      if (existed || event !== "expired") state.dirty = true;
    }
  }

  flushed(flush: Flush): void {
    for (const watchers of this.#byKey.values()) {
      for (const watched of watchers) {
        if (watched.db !== flush.db && watched.db !== flush.otherDb) continue;
        if (watched.existed) watched.state.dirty = true;
        // A swap may have put something where there was nothing.
        else if (flush.event === "swapdb" && this.#isThere(watched)) watched.state.dirty = true;
      }
    }
  }

  #isThere({ db, key }: WatchedKey): boolean {
    return this.#keyspace.find(db, new Slice(key)) !== TYPE.NONE;
  }
}
