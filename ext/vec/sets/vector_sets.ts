/** The vector sets of one store. */

import type { Collection } from "../../../src/store/collections/collection.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Slice } from "../../../src/store/values/slice.ts";
import { PerStore } from "../../../src/store/extensions/per_store.ts";
import { ListTable } from "../index/list_table.ts";
import { Shelf } from "../index/shelf.ts";
import { packFacts, type SetFacts } from "./facts.ts";
import { VectorTable } from "./rows.ts";
import { TYPE_NAME } from "./tables.ts";
import { type SetTables, VectorSet } from "./vector_set.ts";

/** Sets whose facts and lists are kept in memory. */
const KEPT = 256;
/** Bytes that codes may take in memory, unless told. */
export const DEFAULT_MEMORY: number = 96 * 1024 * 1024;

/** Finds vector sets by their keys. */
export class VectorSets {
  /** Codes in memory. */
  readonly shelf: Shelf = new Shelf(DEFAULT_MEMORY);
  /** Elements and vectors. */
  readonly vectors: VectorTable;
  /** Indexes. */
  readonly lists: ListTable;
  readonly #store: Store;
  readonly #type: number;
  readonly #tables: SetTables;
  readonly #sets = new Map<number, VectorSet>();
  /** Whether the file may have indexes of sets that a process without the extension has deleted. */
  #ownerless = true;

  /** Takes the store whose sets they are. */
  constructor(store: Store) {
    this.#store = store;
    this.#type = store.extensions.numberOf(TYPE_NAME);
    const { engine, keyspace } = store;
    this.vectors = new VectorTable(engine);
    this.lists = new ListTable(engine);
    this.#tables = {
      vectors: this.vectors,
      lists: this.lists,
      shelf: this.shelf,
      changed: (collection) => keyspace.collections.changed(collection),
      readonly: engine.readonly,
    };
    engine.addListener({
      forget: (rolledBack) => {
        if (rolledBack) this.#forgetAll();
      },
      beforeCommit: () => {},
    });
  }

  #forgetAll(): void {
    for (const set of this.#sets.values()) set.forget();
    this.#sets.clear();
  }

  /** The set of a key, for a command that reads; undefined if there is none. */
  read(db: number, key: Slice): VectorSet | undefined {
    const collection = this.#store.keyspace.readCollection(db, key, this.#type);
    return collection && this.of(collection);
  }

  /** The set of a key, for a command that writes; undefined if there is none. */
  find(db: number, key: Slice): VectorSet | undefined {
    const collection = this.#store.keyspace.findCollection(db, key, this.#type);
    return collection && this.of(collection);
  }

  /** Makes a set, after {@linkcode find} found none. */
  create(db: number, key: Slice, facts: SetFacts): VectorSet {
    const collection = this.#store.keyspace.createCollection(db, key, this.#type);
    return this.begin(collection, facts);
  }

  /** Makes a set of a collection that is new. */
  begin(collection: Collection, facts: SetFacts): VectorSet {
    collection.metadata = packFacts(facts);
    return this.of(collection);
  }

  /** The set that a collection holds. */
  of(collection: Collection): VectorSet {
    let set = this.#sets.get(collection.id);
    if (set === undefined) {
      set = new VectorSet(collection, this.#tables);
      this.#sets.set(collection.id, set);
      if (this.#sets.size > KEPT) this.#dropOldest();
    } else {
      set.use(collection);
    }
    return set;
  }

  #dropOldest(): void {
    for (const [id, set] of this.#sets) {
      // What is not written yet is in the set alone.
      if (set.collection.dirty) continue;
      set.forget();
      this.#sets.delete(id);
      return;
    }
  }

  /** Does some of what waits in the background. @returns Whether there may be more. */
  slice(): boolean {
    return this.#deleteOwnerless() || this.shelf.warm();
  }

  /** Deletes one index that is left of a set. @returns Whether there may be more. */
  #deleteOwnerless(): boolean {
    if (!this.#ownerless || this.#tables.readonly) return false;
    const id = this.lists.ownerless();
    this.#ownerless = id !== undefined;
    if (id === undefined) return false;
    this.#store.engine.write();
    this.lists.clear(id);
    return true;
  }

  /** Calls `element` with what makes up each element of a set, but for its number. */
  digest(
    collection: Collection,
    element: (...parts: (Uint8Array | string)[]) => void,
  ): void {
    const set = this.of(collection);
    for (const number of this.vectors.numbers(set.id, collection.length)) {
      const row = this.vectors.element(set.id, number);
      const coded = set.codedAt(number);
      if (row === undefined || coded === undefined) throw new Error(`no vector ${number}`);
      const lengths = Float32Array.of(coded.length, coded.range);
      const attributes = row.attributes ?? "";
      element(row.element, attributes, coded.code, new Uint8Array(lengths.buffer));
    }
  }

  /** The rows of an id were copied: its index, too, is another's now. */
  copied(type: number, id: number, newId: number): void {
    if (type === this.#type) this.lists.copy(id, newId);
  }

  /** The rows of an id are gone. */
  gone(type: number, id: number): void {
    if (type !== this.#type) return;
    this.#sets.get(id)?.forget();
    this.#sets.delete(id);
    this.lists.clear(id);
  }
}

/** The vector sets of a store. */
export const vectorSets: PerStore<VectorSets> = new PerStore((store) => new VectorSets(store));
