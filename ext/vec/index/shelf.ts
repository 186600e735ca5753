/** The codes that are in memory, of all indexes of a database, and how much they may take. */

import { Arena } from "../kernels/kernels.ts";
import type { List } from "./list.ts";

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

/** Makes a list's codes take half as much. */
type Coarsen = (list: List) => void;

/**
 * Keeps lists of codes in memory. Where there is not enough of it, those that were not looked at lately
 * are made coarse, and when all are, let go.
 */
export class Shelf {
  /** Bytes that codes may take. */
  limit: number;
  /** Counts searches and changes. */
  tick = 0;
  /** Lists that may be made coarse yet, and all others. */
  readonly #fine = new Map<List, Coarsen>();
  readonly #coarse = new Map<List, undefined>();
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

  /** Bytes that codes take, with what is kept beside them. */
  get used(): number {
    return this.#arena === undefined ? 0 : this.#arena.used + this.#arena.beside;
  }

  /** Whether there is little room for more codes, so that they had better be coarse. */
  get isTight(): boolean {
    return this.used >= this.limit * WARMED;
  }

  /** Whether loading more codes soon means that others have to go. */
  get isFull(): boolean {
    return this.isTight && this.#fine.size === 0;
  }

  /**
   * Takes a list in, whose codes have just been loaded, and makes room for it if it has to.
   *
   * @param coarsen What makes it coarse, if it can be.
   */
  add(list: List, coarsen: Coarsen | undefined): void {
    list.used = this.tick;
    if (list.coarse || coarsen === undefined) this.#coarse.set(list, undefined);
    else this.#fine.set(list, coarsen);
    if (this.used <= this.limit) return;
    this.#pass(this.#fine, list, (old, itsCoarsen) => {
      itsCoarsen(old);
      this.#coarse.set(old, undefined);
    });
    this.#pass(this.#coarse, list, (old) => old.unload());
  }

  /** Lets go of a list. */
  remove(list: List): void {
    const was = this.#fine.delete(list) || this.#coarse.delete(list);
    if (was) list.unload();
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

  /** As the hand of a clock: passes over what was looked at since it came by, and takes what was not. */
  #pass<Kept>(
    lists: Map<List, Kept>,
    kept: List,
    take: (list: List, coarsen: Kept) => void,
  ): void {
    let steps = 2 * lists.size;
    for (const [list, coarsen] of lists) {
      if (this.used <= this.limit || steps-- === 0) return;
      lists.delete(list);
      if (list === kept || list.used > list.passed) {
        list.passed = list.used;
        // Comes again at the end of this very loop.
        lists.set(list, coarsen);
      } else take(list, coarsen);
    }
  }
}
