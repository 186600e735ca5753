/** The codes that are in memory, of all indexes of a database, and how much they may take. */

import { Arena } from "../kernels/kernels.ts";
import type { List } from "./list.ts";

/** What is left of the limit when room is made. */
const LEFT = 0.95;
/** Share of the limit up to which codes are loaded that nobody has asked for. */
const WARMED = 0.9;
/** Vectors that are read in one slice: a millisecond or two. */
const WARMED_AT_ONCE = 200;

/** What can be read before it is asked for. */
export interface Warmed {
  /** Whether all is in memory. */
  readonly isLoaded: boolean;
  /**
   * Reads some of it, of so many vectors.
   *
   * @param isFull Whether there is no room for codes.
   * @returns Whether there is more.
   */
  warm(vectors: number, isFull: boolean): boolean;
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

  /** Whether loading more codes soon means that others have to go. */
  get isFull(): boolean {
    return this.used >= this.limit * WARMED;
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

  /** Notes that something was searched: the rest of it is read in the background. */
  searched(index: Warmed): void {
    if (!index.isLoaded) this.#warming.add(index);
  }

  /** Reads some of what was searched. @returns Whether there is more to read. */
  warm(): boolean {
    for (const index of this.#warming) {
      if (index.warm(WARMED_AT_ONCE, this.isFull)) return true;
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
