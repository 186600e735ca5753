/**
 * The search indexes of a store: which there are, and how they follow the keys.
 *
 * Keys that change in a turn and that an index may be about are noted; before the turn's commit, and
 * before a query, each is read as it is by then and indexed anew. So an index is written in the
 * transaction of the write, whatever the command was: expiry, renames, restores and evictions are
 * changes like all others. A turn that fails takes it back.
 *
 * Every process that opens the file keeps its indexes: definitions are looked up again when another
 * process has committed. What is left to the background (merging, indexing keys that existed) is done
 * in slices by whoever has time.
 *
 * @module
 */

import type { ChangeWatcher, Flush, KeyBytes } from "../engine/changes.ts";
import type { Engine } from "../engine/engine.ts";
import type { TurnListener } from "../engine/turn_listeners.ts";
import { Statements } from "../history/statements.ts";
import type { Store } from "../store/store.ts";
import { CommandError } from "../store/values/errors.ts";
import { mapKey } from "../store/values/map_key.ts";
import { Slice } from "../store/values/slice.ts";
import { Catalog } from "./catalog.ts";
import type { IndexDefinition } from "./index/definition.ts";
import { withNewVectors, withoutVectors } from "./index/vectors.ts";
import { Index } from "./search_index.ts";
import type { SearchIndexes } from "./results.ts";
import { SearchSettings } from "./settings.ts";

const searches = new WeakMap<Store, Search>();

/** Milliseconds of a slice of work before the file is closed: other processes may want to write. */
const CLOSING_SLICE_MS = 50;

/** A key that changed in the turn. */
interface Dirty {
  readonly key: Slice;
  /** Whether only its expiry did. */
  expiryOnly: boolean;
}

/** The search indexes of a store. */
export class Search implements ChangeWatcher, TurnListener, SearchIndexes {
  /** FT.CONFIG. */
  readonly settings: SearchSettings = new SearchSettings();
  /** Is told the name of an index that is dropped, or flushed with the data. */
  onGone: (index: string) => void = () => {};
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #catalog: Catalog;
  #indexes = new Map<string, Index>();
  #aliases = new Map<string, string>();
  #version: string | undefined;
  #stale = true;
  #unwatch: (() => void) | undefined;
  readonly #dirty = new Map<string, Dirty>();
  #garbage = true;

  private constructor(store: Store) {
    this.#store = store;
    this.#engine = store.engine;
    this.#statements = new Statements(store.engine);
    this.#catalog = new Catalog(store.engine, this.#statements);
    store.engine.addListener(this);
    store.sweeper.indexKeys = () => this.#work();
    store.sweeper.finish = (until) => this.#finish(until);
  }

  /** The search indexes of a store. Called when it is opened: what changes is indexed from then on. */
  static of(store: Store): Search {
    let search = searches.get(store);
    if (search === undefined) searches.set(store, search = new Search(store));
    return search;
  }

  // The life of a turn.

  /** See {@linkcode TurnListener}. */
  forget(rolledBack: boolean): void {
    this.#stale = true;
    for (const index of this.#indexes.values()) index.forget(rolledBack);
    if (!rolledBack) return;
    this.#version = undefined;
    this.#dirty.clear();
    this.#garbage = true;
  }

  /** See {@linkcode TurnListener}. */
  beginWrite(): void {
    if (this.#stale) this.#refresh();
  }

  /** See {@linkcode TurnListener}. */
  beforeCommit(): void {}

  /** See {@linkcode TurnListener}. */
  turnEnds(): void {
    if (this.#indexes.size === 0) return;
    this.settle();
    for (const index of this.#indexes.values()) index.contents.save();
  }

  /** Takes over what the file says now. */
  #refresh(): void {
    this.#stale = false;
    const version = this.#catalog.version();
    if (version === this.#version) return;
    this.#version = version;
    const before = this.#indexes;
    this.#indexes = new Map();
    if (version !== "") {
      for (const stored of this.#catalog.indexes()) {
        const same = before.get(stored.definition.name);
        const text = JSON.stringify(stored.definition);
        const index = same?.contents.id === stored.contents && same.text === text
          ? same
          : this.#open(stored.definition, stored.contents);
        this.#indexes.set(stored.definition.name, index);
      }
      this.#aliases = this.#catalog.aliases();
    } else {
      this.#aliases = new Map();
    }
    this.#watchIfNeeded();
  }

  #open(definition: IndexDefinition, contents: number): Index {
    return new Index(this.#store, this.#statements, this.settings, definition, contents);
  }

  #watchIfNeeded(): void {
    if (this.#indexes.size > 0) {
      this.#unwatch ??= this.#engine.changes.watch(this, true);
    } else if (this.#unwatch !== undefined) {
      this.#unwatch();
      this.#unwatch = undefined;
    }
  }

  // What changes tell.

  /** See {@linkcode ChangeWatcher}. */
  changed(db: number, key: KeyBytes, event: string): void {
    if (db !== 0 || !this.#anyMatches(key)) return;
    const slice = key instanceof Slice ? key : new Slice(key.bytes, key.start, key.end);
    const name = mapKey(slice);
    const expiryOnly = event === "expire" || event === "persist";
    const dirty = this.#dirty.get(name);
    if (dirty === undefined) this.#dirty.set(name, { key: new Slice(key.copy()), expiryOnly });
    else if (!expiryOnly) {
      // Documents are numbered in the order of their last changes.
      this.#dirty.delete(name);
      dirty.expiryOnly = false;
      this.#dirty.set(name, dirty);
    }
  }

  #anyMatches(key: KeyBytes): boolean {
    for (const index of this.#indexes.values()) if (index.matches(key)) return true;
    return false;
  }

  /** See {@linkcode ChangeWatcher}. */
  flushed({ event, db, otherDb }: Flush): void {
    if (this.#indexes.size === 0 || db !== 0 && otherDb !== 0) return;
    this.#dirty.clear();
    for (const index of [...this.#indexes.values()]) {
      // Which strings are searched is said for good, not of the data.
      if (event === "flushdb" && index.definition.on === "STRING") this.#replaceContents(index);
      else if (event === "flushdb") {
        index.vectors.drop();
        this.#catalog.remove(index.definition.name);
      } else this.#replaceContents(index).beginScan();
    }
    // As in RediSearch: indexes go with the data.
    if (event === "flushdb") {
      for (const [name, { definition }] of this.#indexes) {
        if (definition.on === "STRING") continue;
        this.#indexes.delete(name);
        this.onGone(name);
      }
      for (const [alias, name] of this.#aliases) {
        if (!this.#indexes.has(name)) this.#aliases.delete(alias);
      }
      this.#garbage = true;
    }
    this.#changed();
  }

  /** Gives an index new, empty contents. */
  #replaceContents(index: Index): Index {
    index.vectors.drop();
    const definition = withNewVectors(this.#engine, {
      ...withoutVectors(index.definition),
      incarnation: crypto.randomUUID(),
    });
    const contents = this.#catalog.newContents();
    const replaced = this.#open(definition, contents);
    this.#catalog.put({ definition, contents });
    this.#indexes.set(index.definition.name, replaced);
    this.#garbage = true;
    return replaced;
  }

  #changed(): void {
    this.#version = crypto.randomUUID();
    this.#store.settings.setOwn("search", this.#version);
    this.#watchIfNeeded();
  }

  /** Indexes what the turn has changed so far. */
  settle(): void {
    if (this.#dirty.size === 0) return;
    for (const { key, expiryOnly } of this.#dirty.values()) {
      for (const index of this.#indexes.values()) {
        if (!index.matches(key)) continue;
        if (expiryOnly) index.updateExpiry(key);
        else index.update(key);
      }
    }
    this.#dirty.clear();
  }

  // Background work.

  /** Does a slice of what is left to the background. @returns Whether there is more. */
  #work(): boolean {
    if (this.#stale) this.#refresh();
    let more = false;
    const indexes = [...this.#indexes.values()];
    // All indexes together take no longer than one.
    const share = 1 / Math.max(1, indexes.filter((index) => index.hasWork).length);
    for (const index of indexes) {
      if (index.isForgotten && !this.#engine.follows) {
        // As in RediSearch, the documents of a temporary index go with it.
        this.#engine.write();
        this.drop(index.definition.name, true);
        this.#engine.effects.endUnit();
      }
      if (!index.hasWork) continue;
      this.#engine.write();
      if (index.work(share) && !index.canWait) more = true;
    }
    if (this.#garbage) more = (this.#garbage = this.#catalog.sweep()) || more;
    return more;
  }

  /** Merges what the next start would have to read. @returns Whether there is more. */
  #finish(until: number): boolean {
    if (this.#stale) this.#refresh();
    for (const index of this.#indexes.values()) {
      if (!index.contents.needsFinish) continue;
      this.#engine.write();
      index.contents.finish(Math.min(until, performance.now() + CLOSING_SLICE_MS));
      return true;
    }
    return false;
  }

  // Definitions.

  /** All indexes by name. */
  get all(): ReadonlyMap<string, Index> {
    if (this.#stale) this.#refresh();
    return this.#indexes;
  }

  /** The names of indexes by alias. */
  get aliases(): ReadonlyMap<string, string> {
    if (this.#stale) this.#refresh();
    return this.#aliases;
  }

  /** The index of a name or an alias, undefined if there is none; what the turn has changed is in it. */
  find(name: string): Index | undefined {
    const indexes = this.all;
    const alias = this.#aliases.get(name);
    const index = indexes.get(name) ?? (alias === undefined ? undefined : indexes.get(alias));
    if (index !== undefined) this.settle();
    return index;
  }

  /** See {@linkcode SearchIndexes}. */
  get(name: string): Index {
    const index = this.find(name);
    if (index === undefined) throw new CommandError(`${name}: no such index`);
    return index;
  }

  /** Makes an index. There must be none of its name. Part of the turn that runs. */
  create(definition: IndexDefinition): void {
    this.#engine.write();
    if (this.#stale) this.#refresh();
    this.settle();
    definition = withNewVectors(this.#engine, definition);
    const contents = this.#catalog.newContents();
    this.#catalog.put({ definition, contents });
    const index = this.#open(definition, contents);
    this.#indexes.set(definition.name, index);
    this.#changed();
    if (!definition.skipInitialScan) index.beginScan();
    // A small database is indexed by the time FT.CREATE has answered.
    if (index.hasWork) index.work();
    this.#store.sweeper.soon();
  }

  /**
   * Changes an index.
   *
   * @param anew Whether all documents are to be indexed anew.
   */
  alter(definition: IndexDefinition, anew: boolean): void {
    this.#engine.write();
    const before = this.get(definition.name);
    before.contents.save();
    definition = withNewVectors(this.#engine, definition);
    this.#catalog.put({ definition, contents: before.contents.id });
    const index = this.#open(definition, before.contents.id);
    this.#indexes.set(definition.name, index);
    this.#changed();
    if (anew) index.beginScan();
    if (index.hasWork) index.work();
    this.#store.sweeper.soon();
  }

  /** Forgets an index. @param documents Whether the keys of its documents are deleted, too. */
  drop(name: string, documents = false): void {
    this.#engine.write();
    this.settle();
    const keys = documents ? [...this.#indexes.get(name)?.keys() ?? []] : [];
    const { effects } = this.#engine;
    for (const key of keys) {
      const slice = new Slice(key);
      // Which keys were indexed by now is nowhere else the same.
      if (this.#store.keyspace.delete(0, slice) && effects.active) effects.say(0, "DEL", slice);
    }
    if (effects.active) effects.say(0, "FT.DROPINDEX", name);
    this.settle();
    this.#indexes.get(name)?.vectors.drop();
    this.#catalog.remove(name);
    this.#indexes.delete(name);
    this.onGone(name);
    for (const [alias, of] of this.#aliases) if (of === name) this.#aliases.delete(alias);
    this.#garbage = true;
    this.#changed();
    this.#store.sweeper.soon();
  }

  /** Lets an alias stand for an index, or for none. */
  setAlias(alias: string, name: string | undefined): void {
    this.#engine.write();
    if (this.#stale) this.#refresh();
    if (name === undefined) {
      this.#catalog.removeAlias(alias);
      this.#aliases.delete(alias);
    } else {
      this.#catalog.putAlias(alias, name);
      this.#aliases.set(alias, name);
    }
    this.#changed();
  }
}
