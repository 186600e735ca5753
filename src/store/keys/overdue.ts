/** Keys that commands came upon after their time, or after that of some of their fields. */

import { Slice } from "../values/slice.ts";

/** Keys and bytes of keys that are noted at most; others are left to the sweep, or to the next who comes upon them. */
const MOST_KEYS = 10_000, MOST_BYTES = 1024 * 1024;

/** A key of a database. */
export interface OverdueKey {
  /** The database's index. */
  readonly db: number;
  /** The key. */
  readonly key: Slice;
}

/** Notes them, each once. */
export class Overdue {
  #keys: OverdueKey[] = [];
  readonly #noted = new Set<string>();
  #bytes = 0;

  /** Whether any is noted. */
  get pending(): boolean {
    return this.#keys.length > 0;
  }

  /** Notes a key. */
  add(db: number, key: Slice): void {
    if (this.#keys.length === MOST_KEYS || this.#bytes + key.length > MOST_BYTES) return;
    const name = `${db}:${key.latin1()}`;
    if (this.#noted.has(name)) return;
    this.#noted.add(name);
    this.#bytes += key.length;
    this.#keys.push({ db, key: new Slice(key.copy()) });
  }

  /** The first keys that were noted. */
  first(count: number): readonly OverdueKey[] {
    return this.#keys.slice(0, count);
  }

  /** Forgets the first keys. */
  drop(count: number): void {
    for (const { db, key } of this.#keys.splice(0, count)) {
      this.#noted.delete(`${db}:${key.latin1()}`);
      this.#bytes -= key.length;
    }
  }
}
