/** When and how often keys are used, as far as this process remembers: the row cache has it. */

import type { Engine } from "../../engine/engine.ts";
import { NEVER } from "./access_clock.ts";
import type { Databases } from "./databases.ts";
import type { KeyRows } from "./rows.ts";
import type { RowFacts } from "./row_facts.ts";
import type { Slice } from "../values/slice.ts";

/** The uses of keys. */
export class KeyUse {
  readonly #engine: Engine;
  readonly #databases: Databases;
  readonly #rows: KeyRows;
  readonly #facts: RowFacts;

  /** @internal When keys of a store were used. */
  constructor(engine: Engine, databases: Databases, rows: KeyRows, facts: RowFacts) {
    this.#engine = engine;
    this.#databases = databases;
    this.#rows = rows;
    this.#facts = facts;
  }

  /** The access word of a key that is written now, whether it is new or not. */
  accessedByWrite(db: number, key: Slice): number {
    const { cache, clock } = this.#rows;
    if (!clock.counting) return clock.seconds;
    const record = cache.find(this.#databases.space(db), key);
    return record === -1 ? clock.created() : clock.used(cache.accessed(record));
  }

  /** Notes the use of a long string that was written, of which the row cache holds nothing else. */
  rememberLong(space: number, key: Slice, accessed: number): void {
    this.#rows.rememberLong(space, key, accessed);
  }

  /** Seconds since a key was last used, as far as this process remembers; since its last write else. */
  idleSeconds(db: number, key: Slice): number {
    return this.#rows.clock.idleSeconds(this.#accessed(db, key)) ??
      Math.floor(this.secondsUnchanged(db, key));
  }

  /** Seconds since a key was last written. */
  secondsUnchanged(db: number, key: Slice): number {
    return Math.max(0, (this.#engine.nowMs - this.#facts.details(db, key).updatedAtMs) / 1000);
  }

  /** How often a key is used, as far as this process remembers: a counter of 0 to 255. */
  frequency(db: number, key: Slice): number {
    const accessed = this.#accessed(db, key);
    return accessed === NEVER
      ? this.#rows.clock.frequencyAfter(this.secondsUnchanged(db, key))
      : this.#rows.clock.frequency(accessed);
  }

  #accessed(db: number, key: Slice): number {
    const record = this.#rows.cache.find(this.#databases.space(db), key);
    return record === -1 ? NEVER : this.#rows.cache.accessed(record);
  }

  /** Makes a key seem last used some seconds ago, as far as this process remembers it. */
  setIdle(db: number, key: Slice, idleSeconds: number): void {
    this.#touch(db, key, this.#rows.clock.ofIdle(idleSeconds));
  }

  /** Makes a key seem used so often, as far as this process remembers it. @param counter 0 to 255. */
  setFrequency(db: number, key: Slice, counter: number): void {
    this.#touch(db, key, this.#rows.clock.ofFrequency(counter));
  }

  #touch(db: number, key: Slice, accessed: number): void {
    this.#rows.find(db, key, false);
    const record = this.#rows.cache.find(this.#databases.space(db), key);
    if (record !== -1) this.#rows.cache.touch(record, accessed);
  }
}
