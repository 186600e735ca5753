/** The codes that are in memory, of all indexes of a database, and how much they may take. */

import { Arena } from "../kernels/kernels.ts";
import type { List } from "./list.ts";

/** What is left of the limit when room is made. */
const LEFT = 0.9;

/** Keeps lists of codes in memory, those that were looked at last. */
export class Shelf {
  /** Where the codes are. */
  readonly arena: Arena = new Arena();
  /** Bytes that codes may take. */
  limit: number;
  /** Counts searches and changes. */
  tick = 0;
  readonly #loaded = new Set<List>();

  /** @param limit Bytes that codes may take. */
  constructor(limit: number) {
    this.limit = limit;
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

  #makeRoom(kept: List): void {
    const oldest = [...this.#loaded].sort((a, b) => a.used - b.used);
    for (const list of oldest) {
      if (this.arena.used <= this.limit * LEFT) return;
      if (list !== kept) this.remove(list);
    }
  }
}
