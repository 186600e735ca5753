/** The codes that are in memory, of all indexes of a database, and how much they may take. */

import { Arena } from "../kernels/kernels.ts";
import type { List } from "./list.ts";

/** What is left of the limit when room is made. */
const LEFT = 0.9;
/** Share of the limit up to which codes are loaded that nobody has asked for. */
const WARMED = 0.8;
/** Vectors whose codes are loaded in one slice: a millisecond or two. */
const WARMED_AT_ONCE = 200;

/** An index whose codes can be loaded before they are asked for. */
export interface Warmed {
  /** Whether the codes of all lists are in memory. */
  readonly isLoaded: boolean;
  /** Gets some codes into memory, of so many vectors. @returns Whether there are more. */
  warm(vectors: number): boolean;
}

/** Keeps lists of codes in memory, those that were looked at last. */
export class Shelf {
  /** Bytes that codes may take. */
  limit: number;
  /** Counts searches and changes. */
  tick = 0;
  readonly #loaded = new Set<List>();
  readonly #warming = new Set<Warmed>();
  #arena: Arena | undefined;

  /** @param limit Bytes that codes may take. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Where the codes are: made when it is first asked for. */
  get arena(): Arena {
    return this.#arena ??= new Arena();
  }

  /** Bytes that codes take. */
  get used(): number {
    return this.#arena?.used ?? 0;
  }

  /** Takes a list in, whose codes have just been loaded, and lets others go if it has to. */
  add(list: List): void {
    list.used = this.tick;
    this.#loaded.add(list);
    if (this.arena.used > this.limit) this.#makeRoom(list);
  }

  /** Lets go of a list. */
  remove(list: List): void {
    if (this.#loaded.delete(list)) list.unload();
  }

  /** Notes that an index was searched: the rest of it is loaded in the background. */
  searched(index: Warmed): void {
    if (!index.isLoaded) this.#warming.add(index);
  }

  /** Loads some codes of an index that was searched. @returns Whether there are more to load. */
  warm(): boolean {
    for (const index of this.#warming) {
      if (this.used < this.limit * WARMED && index.warm(WARMED_AT_ONCE)) return true;
      this.#warming.delete(index);
    }
    return false;
  }

  #makeRoom(kept: List): void {
    const oldest = [...this.#loaded].sort((a, b) => a.used - b.used);
    for (const list of oldest) {
      if (this.arena.used <= this.limit * LEFT) return;
      if (list !== kept) this.remove(list);
    }
  }
}
