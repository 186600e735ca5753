/**
 * The order in which a merge goes through the terms of what is pending.
 *
 * @module
 */

import type { Pending } from "./pending.ts";

/** Terms that are gathered between two looks at the clock. */
const GATHERED = 1024;
/** Characters that the terms have in common that are put in order together. */
const GROUP_CHARACTERS = 3;

/**
 * The terms of a merge by kind and, so that neighbours of the stored lists are written together, in
 * order. Putting them in order goes in slices, too: there may be a hundred thousand.
 */
export class MergeQueue {
  /** The kind of the term that came last. */
  kind = 0;
  readonly #pending: Pending;
  readonly #kinds: number[];
  /** How many terms of the kind are gathered; undefined if all are. */
  #gathered: number | undefined;
  #groups = new Map<string, string[]>();
  /** The names of the groups, the last first, once all terms are gathered. */
  #names: string[] = [];
  /** Terms of the group at hand, the last first. */
  #terms: string[] = [];

  /** @param pending What nothing is added to any more. */
  constructor(pending: Pending) {
    this.#pending = pending;
    this.#kinds = [...pending.kinds()];
  }

  /** Whether there are no more terms. */
  get isEmpty(): boolean {
    return this.#terms.length === 0 && this.#names.length === 0 && this.#gathered === undefined &&
      this.#kinds.length === 0;
  }

  /** The next term; undefined at the end, and where time is up. */
  next(until: number): string | undefined {
    for (;;) {
      const term = this.#terms.pop();
      if (term !== undefined) return term;
      const name = this.#names.pop();
      if (name !== undefined) {
        this.#terms = this.#groups.get(name)?.sort(descending) ?? [];
        this.#groups.delete(name);
        continue;
      }
      if (this.#gathered === undefined) {
        const kind = this.#kinds.pop();
        if (kind === undefined) return undefined;
        this.kind = kind;
        this.#gathered = 0;
      }
      this.#gathered = this.#gather(this.#gathered);
      if (this.#gathered === this.#pending.size(this.kind)) {
        this.#gathered = undefined;
        this.#names = [...this.#groups.keys()].sort(descending);
      } else if (performance.now() > until) return undefined;
    }
  }

  /** @returns How many are gathered by now. */
  #gather(from: number): number {
    let count = 0;
    return this.#pending.each(this.kind, "", (term) => {
      const name = term.slice(0, GROUP_CHARACTERS);
      const group = this.#groups.get(name);
      if (group === undefined) this.#groups.set(name, [term]);
      else group.push(term);
      return ++count < GATHERED;
    }, from);
  }
}

function descending(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0;
}
