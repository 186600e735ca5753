/**
 * Elements that were read before a command asks for them, because the commands before it took one after
 * the other: SPOP, ZPOPMIN. They are told of every element that comes or goes, so that what they have is
 * always part of the collection. What all of them take is bounded: the oldest go first, and are read
 * again by whoever asks.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";
import type { Collection, ReadAhead } from "./collection.ts";

/** Bytes that all of them may take together. */
const MOST_BYTES = 4 << 20;
/** Collections that there are some of, at most. */
const MOST_COLLECTIONS = 1024;
/** Bytes that are read ahead at once, about: members may be of any size. */
export const MOST_AT_ONCE: number = 128 << 10;
/** Mean bytes of an element from which on nothing is read ahead. */
const LARGE_ELEMENTS = 512;

/** Whether elements of a collection are small enough to be read ahead. */
export function mayReadAhead({ meanSize }: Collection): boolean {
  return meanSize < LARGE_ELEMENTS;
}

/** All that was read ahead of collections of one type. */
export class ReadAheads<T extends ReadAhead> {
  readonly #make: (collection: Collection) => T;
  readonly #kept = new Map<Collection, { readonly ahead: T; bytes: number }>();
  #bytes = 0;

  /** @param make Makes what a collection has at first, of which nothing is read yet. */
  constructor(engine: Engine, make: (collection: Collection) => T) {
    this.#make = make;
    engine.addListener({
      forget: () => {
        this.#kept.clear();
        this.#bytes = 0;
      },
      beforeCommit: () => {},
    });
  }

  /** What there is of a collection. */
  find(collection: Collection): T | undefined {
    return collection.ahead === undefined ? undefined : this.#kept.get(collection)?.ahead;
  }

  /** The same, made if need be. */
  of(collection: Collection): T {
    let kept = this.#kept.get(collection);
    if (kept === undefined) {
      if (this.#kept.size >= MOST_COLLECTIONS) this.#dropOldest();
      kept = { ahead: this.#make(collection), bytes: 0 };
      this.#kept.set(collection, kept);
      collection.ahead = kept.ahead;
    }
    return kept.ahead;
  }

  /** Notes that a collection's take so many bytes more than before. */
  grown(collection: Collection, bytes: number): void {
    const kept = this.#kept.get(collection);
    if (kept === undefined) return;
    kept.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > MOST_BYTES && this.#kept.size > 0) this.#dropOldest();
  }

  #dropOldest(): void {
    for (const [collection, { bytes }] of this.#kept) {
      this.#kept.delete(collection);
      this.#bytes -= bytes;
      collection.ahead = undefined;
      return;
    }
  }
}
