/** What filters and sketches have in common: being kept in memory while they are in use. */

import type { Engine } from "../../engine/engine.ts";
import type { Collection, Settles } from "../collections/collection.ts";
import type { Keyspace } from "../keys/keyspace.ts";
import type { Slice } from "../values/slice.ts";
import type { BlockBudget } from "./blocks.ts";
import { BlockRows } from "./rows.ts";

/** Values of one type that stay in memory between turns. */
const KEPT = 1024;

/** A value in use. */
export abstract class Sketch implements Settles {
  /** Its key's row. */
  collection: Collection;
  /** The version of the row that it belongs to. */
  version: number;
  #metadata: Uint8Array | undefined;
  #view: DataView | undefined;

  /** Takes the row. */
  constructor(collection: Collection) {
    this.collection = collection;
    this.version = collection.version;
  }

  /** Writes what was changed, and the facts into the row. */
  settle(): void {
    this.save();
    this.version = this.collection.version;
  }

  /** The bytes that the row is to have, so many each time, to be written over. */
  protected facts(bytes: number): DataView {
    const { buffer } = this.#metadata ??= new Uint8Array(bytes);
    this.collection.metadata = this.#metadata;
    return this.#view ??= new DataView(buffer);
  }

  /** What it takes, in bytes, whether that is written or not. Never 0. */
  abstract get bytes(): number;

  /** Writes what was changed. */
  protected abstract save(): void;

  /** Lets go of memory. Nothing is unwritten. */
  abstract forget(): void;
}

/** The share of a store's cache that blocks may take. */
const SHARE = 1 / 4;

/** The values of one type. */
export abstract class Sketches<T extends Sketch> {
  /** Where their blocks are. */
  protected readonly rows: BlockRows;
  /** What the blocks take. */
  protected readonly budget: BlockBudget;
  readonly #type: number;
  readonly #keyspace: Keyspace;
  /** Values in memory by id, those used last at the end. */
  readonly #kept = new Map<number, T>();
  /** The one that was used last, if it is one of these. */
  #last: T | undefined;

  /** @param cacheBytes What the cache may take. */
  constructor(
    engine: Engine,
    keyspace: Keyspace,
    cacheBytes: () => number,
    { type, table }: { readonly type: number; readonly table: string },
  ) {
    this.#type = type;
    this.#keyspace = keyspace;
    this.rows = new BlockRows(engine, table);
    this.budget = {
      used: 0,
      get most() {
        return cacheBytes() * SHARE;
      },
    };
    engine.addListener({
      // What was rolled back may be told by the same version as what comes next.
      forget: (rolledBack) => rolledBack && this.#forgetAll(),
      beforeCommit: () => {},
      letGo: () => this.#forgetAll(),
    });
  }

  /** Makes what a row tells of. */
  protected abstract load(collection: Collection): T;

  #forgetAll(): void {
    this.#kept.clear();
    this.#last = undefined;
    this.budget.used = 0;
  }

  /** The value of a key for a command that reads it, undefined if the key is absent. @throws {CommandError} WRONGTYPE */
  read(db: number, key: Slice): T | undefined {
    const collection = this.#keyspace.readCollection(db, key, this.#type);
    return collection === undefined ? undefined : this.open(collection);
  }

  /** The value of a key for a command that changes it, undefined if the key is absent. @throws {CommandError} WRONGTYPE */
  edit(db: number, key: Slice): T | undefined {
    const collection = this.#keyspace.findCollection(db, key, this.#type);
    return collection === undefined ? undefined : this.open(collection);
  }

  /** The value that a row tells of. */
  open(collection: Collection): T {
    const { id, rest } = collection;
    if (rest !== undefined && rest === this.#last) return this.#last;
    const kept = this.#kept.get(id);
    if (kept !== undefined && rest === kept) return this.#last = kept;
    if (kept !== undefined && kept.version === collection.version && rest === undefined) {
      kept.collection = collection;
      collection.rest = kept;
      this.#kept.delete(id);
      this.#kept.set(id, kept);
      return this.#last = kept;
    }
    kept?.forget();
    return this.#keep(this.load(collection));
  }

  #keep(value: T): T {
    const { collection } = value;
    collection.rest = value;
    this.#kept.delete(collection.id);
    this.#kept.set(collection.id, value);
    if (this.#kept.size > KEPT || this.budget.used > this.budget.most) this.#evict(value);
    return this.#last = value;
  }

  /** Makes room. What is not written yet is, and the one value that a handler holds stays. */
  #evict(held: T): void {
    for (const [id, value] of this.#kept) {
      if (this.#kept.size <= KEPT * 3 / 4 && this.budget.used <= this.budget.most) return;
      if (value === held) continue;
      const { collection } = value;
      this.#keyspace.collections.settle(collection);
      this.#kept.delete(id);
      value.forget();
      if (collection.rest === value) collection.rest = undefined;
    }
  }

  /** Makes a key hold a new value, and whatever it held be gone. */
  protected make(db: number, key: Slice, filled: (collection: Collection) => T): T {
    return this.#keep(filled(this.#keyspace.createCollection(db, key, this.#type)));
  }

  /** Notes that a value was changed. Each change is written by itself where each is seen, as by history. */
  changed({ collection, bytes }: T): void {
    collection.length = bytes;
    this.#keyspace.collections.changed(collection);
    if (this.#keyspace.recorder !== undefined) collection.rest?.settle();
  }
}
