/**
 * The collections in use, by id. Commands change a {@linkcode Collection} in memory; its row of
 * `keys` is written once, before the turn's commit: so fifty LPUSHes of one turn write fifty
 * elements and one row.
 *
 * Whoever reads or writes the row by SQL in the middle of a turn calls {@linkcode settle} first, or has
 * all rows written by `Engine.settleRows`.
 * Everything here is forgotten when another process commits, but for the runs: those are kept as
 * long as the version they belong to, which no two states of a collection share.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Statement } from "../../sqlite/sqlite.ts";
import type { Collection } from "./collection.ts";
import type { Databases } from "../keys/databases.ts";
import type { Elements } from "./elements.ts";
import { isCountedInBytes } from "../file/sketch_tables.ts";
import { elementBytes, MEASURED_ELEMENTS, SIZE_UNIT } from "../keys/live_bytes.ts";
import { pendingBytes } from "../streams/facts.ts";
import { Runs, type RunStatements, runStatements } from "./runs.ts";

const SQL = {
  save: `UPDATE keys SET length = ?3, encoding = ?4, version = ?5, updated_at = ?6,
      fields_expire_at = ?7, value = ?8
    WHERE space = ?1 AND key = ?2`,
};

/** Collections kept in memory between turns. */
const KEPT = 4096;
/** Changed ones from which on a turn that ends leaves none: they are kept until their rows are written. */
const MOST_DIRTY = 1024;
/** Collections whose runs are kept when another process commits. */
const KEPT_RUNS = 64;
/** Changes of a collection after which its elements are measured again, a power of two. */
const MEASURED_VERSIONS = 16;
/** The bit of `keys.encoding` that says that there are runs. */
const HAS_RUNS = 16;

/** Holds the collections in use. */
export class Collections {
  /** Whether {@linkcode count} is called within turns. */
  counting = false;
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #elements: Elements;
  readonly #save: Statement;
  readonly #runStatements: RunStatements;
  readonly #byId = new Map<number, Collection>();
  readonly #runs = new Map<number, { version: number; runs: Runs }>();
  #dirty: Collection[] = [];
  #uncounted: Collection[] = [];
  #evictedTurn = 0;

  /** Takes the engine whose turns are to be followed. */
  constructor(engine: Engine, databases: Databases, elements: Elements) {
    this.#engine = engine;
    this.#databases = databases;
    this.#elements = elements;
    this.#save = engine.prepare(SQL.save);
    this.#runStatements = runStatements(engine);
    engine.addListener({
      forget: (rolledBack) => this.#forget(rolledBack),
      letGo: () => this.#runs.clear(),
      beforeCommit: () => this.#saveAll(),
      turnEnds: () => {
        if (this.#dirty.length >= MOST_DIRTY) this.#saveAll();
      },
      settleRows: () => this.settleAll(),
    });
  }

  /** The collection of an id, if it is in memory. */
  get(id: number): Collection | undefined {
    const collection = this.#byId.get(id);
    if (collection !== undefined) collection.turn = this.#engine.turn;
    return collection;
  }

  /** Takes in a collection. */
  add(collection: Collection): void {
    collection.turn = this.#engine.turn;
    this.#byId.set(collection.id, collection);
    // Once a turn: what the turn itself uses cannot go, however much it is.
    if (this.#byId.size > KEPT && this.#evictedTurn !== this.#engine.turn) this.#evict();
  }

  /** Makes room, but keeps what the current turn uses: a handler may hold it. */
  #evict(): void {
    this.#evictedTurn = this.#engine.turn;
    let excess = this.#byId.size - KEPT * 3 / 4;
    for (const collection of this.#byId.values()) {
      if (excess <= 0) return;
      if (collection.dirty || collection.turn === this.#engine.turn) continue;
      this.#byId.delete(collection.id);
      excess--;
    }
  }

  /** Lets go of a collection whose key is gone. */
  remove(collection: Collection): void {
    collection.deleted = true;
    this.#byId.delete(collection.id);
    this.#runs.delete(collection.id);
  }

  /** Notes that a collection was changed in the current turn, which must write. */
  changed(collection: Collection): void {
    collection.version++;
    collection.changedAtMs = this.#engine.nowMs;
    if (this.counting && !collection.uncounted) {
      collection.uncounted = true;
      this.#uncounted.push(collection);
    }
    if (collection.dirty) return;
    collection.dirty = true;
    this.#dirty.push(collection);
  }

  /** The runs of a collection, from memory if they are those of its version. */
  runs(collection: Collection): Runs {
    let { runs } = collection;
    if (runs !== undefined) return runs;
    const kept = this.#runs.get(collection.id);
    if (kept?.version === collection.version) {
      runs = kept.runs;
    } else {
      runs = new Runs(collection.id, this.#runStatements);
      if (collection.hasRuns) {
        this.#engine.read();
        runs.load();
      }
    }
    return collection.runs = runs;
  }

  /** Writes a collection's row, if it was changed. */
  settle(collection: Collection): void {
    if (!collection.dirty || collection.deleted) return;
    collection.dirty = false;
    try {
      this.#write(collection);
    } catch (error) {
      this.#engine.spoiled = true;
      throw error;
    }
  }

  #write(collection: Collection): void {
    const { rest } = collection;
    // First: it may change the facts in the row.
    rest?.settle();
    this.#count(collection);
    const { key, fieldsExpireAtMs, metadata } = collection;
    const save = this.#save;
    save.bindInteger(1, collection.space);
    save.bindBlob(2, key, 0, key.length);
    save.bindInteger(3, collection.length);
    save.bindInteger(4, packEncoding(collection));
    save.bindInteger(5, collection.version);
    save.bindInteger(6, collection.changedAtMs);
    if (fieldsExpireAtMs === 0) save.bindNull(7);
    else save.bindInteger(7, fieldsExpireAtMs);
    if (rest?.bind !== undefined) rest.bind(save, 8);
    else if (metadata.length === 0) save.bindNull(8);
    else save.bindBlob(8, metadata, 0, metadata.length);
    save.run();
    const { runs } = collection;
    if (runs === undefined || !collection.hasRuns) return;
    runs.save();
    this.#runs.delete(collection.id);
    this.#runs.set(collection.id, { version: collection.version, runs });
    if (this.#runs.size > KEPT_RUNS) {
      for (const oldest of this.#runs.keys()) {
        this.#runs.delete(oldest);
        break;
      }
    }
  }

  /** Counts the bytes of the collections that were changed since, where nobody could wait for that. */
  count(): void {
    if (this.#uncounted.length === 0) return;
    for (const collection of this.#uncounted) {
      collection.uncounted = false;
      if (!collection.deleted && collection.length > 0) this.#count(collection);
    }
    this.#uncounted = [];
  }

  #count(collection: Collection): void {
    const { type, id, length, measuredLength } = collection;
    // Its length is in bytes.
    const inBytes = isCountedInBytes(type);
    if (inBytes) collection.meanSize = 1;
    const changed = length >= 2 * measuredLength || 2 * length <= measuredLength ||
      collection.version % MEASURED_VERSIONS === 0;
    if (!inBytes && (collection.meanSize === 0 || changed)) {
      collection.meanSize = collection.rest?.meanSize ??
        Math.round(this.#elements.meanSize(type, id, MEASURED_ELEMENTS));
      collection.measuredLength = length;
    }
    const bytes = elementBytes(length, collection.meanSize) + pendingBytes(collection);
    const db = this.#databases.dbOfSpace(collection.space);
    // Its database may have been flushed in this turn.
    if (db !== -1) this.#databases.addBytes(db, bytes - collection.bytes);
    collection.bytes = bytes;
  }

  #saveAll(): void {
    if (this.#dirty.length === 0) return;
    for (const collection of this.#dirty) this.settle(collection);
    this.#dirty = [];
  }

  /** Writes the rows of all changed collections, for a statement that reads many of them. */
  settleAll(): void {
    for (const collection of this.#dirty) this.settle(collection);
  }

  #forget(rolledBack: boolean): void {
    this.#byId.clear();
    this.#dirty = [];
    this.#uncounted = [];
    // What was rolled back may be told by the same version as what comes next.
    if (rolledBack) this.#runs.clear();
  }
}

/** What stands in `keys.encoding` for a collection. */
export function packEncoding({ encoding, hasRuns, meanSize }: Collection): number {
  return (encoding | (hasRuns ? HAS_RUNS : 0)) + meanSize * SIZE_UNIT;
}

/** Takes over what stands in `keys.encoding`. */
export function unpackEncoding(collection: Collection, packed: number): void {
  collection.encoding = packed & (HAS_RUNS - 1);
  collection.hasRuns = (packed & HAS_RUNS) !== 0;
  collection.meanSize = Math.floor(packed / SIZE_UNIT);
}
