/** State of an extension that each store has its own of. */

import type { Store } from "../store.ts";

/**
 * Makes an object for each store, when it is first asked for: what holds an extension's prepared
 * statements, say. The store of a past moment has one of its own.
 *
 * @example
 * ```ts
 * import { PerStore, type Store } from "@redlite/redlite/extension";
 *
 * class Visits {
 *   constructor(readonly store: Store) {}
 * }
 * const visits = new PerStore((store) => new Visits(store));
 * // In a handler: visits.of(context.store)
 * console.log(typeof visits.of); // "function"
 * ```
 */
export class PerStore<T extends object> {
  readonly #make: (store: Store) => T;
  readonly #made = new WeakMap<Store, T>();

  /** Takes what makes the object of a store. */
  constructor(make: (store: Store) => T) {
    this.#make = make;
  }

  /** The object of a store. */
  of(store: Store): T {
    let made = this.#made.get(store);
    if (made === undefined) {
      made = this.#make(store);
      this.#made.set(store, made);
    }
    return made;
  }
}
