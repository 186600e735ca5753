/** The indexes of search in one database. */

import type { Engine } from "../../../src/engine/engine.ts";
import type { VectorIndex, VectorIndexes, VectorShape } from "../../../src/search/vector_index.ts";
import type { VectorSets } from "../sets/vector_sets.ts";
import { IndexTable } from "./index_table.ts";
import { type IndexTables, StoredIndex } from "./stored_index.ts";

/** Rows deleted in one slice. */
const ROWS_PER_SLICE = 250;

/** Makes, opens and drops indexes. */
export class StoredIndexes implements VectorIndexes {
  readonly #engine: Engine;
  readonly #table: IndexTable;
  readonly #sets: () => VectorSets;
  readonly #open = new Map<number, StoredIndex>();
  readonly #changed = new Set<StoredIndex>();
  #tables: IndexTables | undefined;
  /** Whether there may be rows of indexes that were dropped. */
  #dropped = true;

  /** @param sets Those of the same database, whose tables and memory the indexes share. */
  constructor(engine: Engine, sets: () => VectorSets) {
    this.#engine = engine;
    this.#table = new IndexTable(engine);
    this.#sets = sets;
    engine.addListener({
      forget: (rolledBack) => {
        this.#changed.clear();
        for (const index of this.#open.values()) {
          if (rolledBack) index.forget();
          else index.stale = true;
        }
      },
      beforeCommit: () => {},
      turnEnds: () => this.#save(),
    });
  }

  #save(): void {
    for (const index of this.#changed) {
      index.settle();
      this.#table.save(index.id, index.state);
    }
    this.#changed.clear();
  }

  create(shape: VectorShape): number {
    this.#engine.write();
    return this.#table.create(shape);
  }

  open(id: number, shape: VectorShape): VectorIndex {
    let index = this.#open.get(id);
    if (index === undefined) {
      const { vectors, lists, shelf } = this.#sets();
      this.#tables ??= {
        vectors,
        lists,
        shelf,
        write: () => this.#engine.write(),
        changed: (changed) => this.#changed.add(changed),
        load: (id) => {
          const row = this.#table.load(id);
          if (row === undefined) throw new Error(`there is no index ${id} of vectors`);
          return row.state;
        },
      };
      index = new StoredIndex(id, shape, this.#tables);
      this.#open.set(id, index);
    }
    return index;
  }

  drop(id: number): void {
    this.#engine.write();
    const index = this.#open.get(id);
    if (index !== undefined) {
      this.#changed.delete(index);
      index.forget();
      this.#open.delete(id);
    }
    this.#table.drop(id);
    this.#dropped = true;
  }

  /** Deletes some rows of indexes that were dropped. @returns Whether there are more. */
  slice(): boolean {
    if (!this.#dropped || this.#engine.readonly) return false;
    const id = this.#table.dropped();
    if (id === undefined) {
      this.#dropped = false;
      return false;
    }
    this.#engine.write();
    const { vectors, lists } = this.#sets();
    if (vectors.deleteSome(-id, ROWS_PER_SLICE)) {
      lists.clear(-id);
      this.#table.remove(id);
    }
    return true;
  }
}
