/**
 * The best candidates for eviction of the last draws. A draw is a handful of keys; what is worth
 * evicting among them stays here until it is the best there is, so that with five samples a draw
 * the choice comes close to the one among all keys.
 *
 * @module
 */

import { Slice } from "../../values/slice.ts";

/** Candidates kept, as in Redis. */
const SIZE = 16;

/** A key that may be evicted. */
export interface Candidate {
  /** Its database. */
  readonly db: number;
  /** A copy of it. */
  readonly key: Slice;
  /** How much it deserves to go. */
  readonly score: number;
}

/** Keeps the candidates with the highest scores. */
export class EvictionPool {
  /** In the order of their scores, the highest last. */
  #candidates: Candidate[] = [];

  /** Takes in a key, if it deserves it more than one that is here. */
  offer(db: number, key: Slice, score: number): void {
    const candidates = this.#candidates;
    if (candidates.length === SIZE && score <= candidates[0]!.score) return;
    const known = candidates.findIndex((other) => other.db === db && other.key.equals(key));
    if (known !== -1) candidates.splice(known, 1);
    else if (candidates.length === SIZE) candidates.shift();
    let at = candidates.length;
    while (at > 0 && candidates[at - 1]!.score > score) at--;
    candidates.splice(at, 0, { db, key: new Slice(key.copy()), score });
  }

  /** Takes out the candidate with the highest score. */
  take(): Candidate | undefined {
    return this.#candidates.pop();
  }

  /** Lets go of all. */
  clear(): void {
    this.#candidates = [];
  }
}
