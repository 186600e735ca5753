/**
 * The heaviest keys of a stream in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi:
 * "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005) with weights.
 *
 * A fixed number of keys are counted. A further key takes the place of the lightest and starts at
 * that one's count, which is kept as its error: it may have weighed so much before, or nothing. So
 * no key that weighs more than the total divided by the capacity is ever missing, and a count less
 * its error is never more than the key really weighed.
 *
 * The counted keys are in a heap with the lightest on top, and a hash table finds them by their
 * bytes: adding is O(log capacity), and allocates only to hold a key longer than its predecessor.
 *
 * @module
 */

import type { Slice } from "../store/values/slice.ts";

/** A key and a lower bound of what it weighed. */
export interface Heavy {
  /** The key. */
  readonly key: Uint8Array;
  /** No more than its weight. */
  readonly cost: number;
}

/** Counts the weights of the heaviest keys. */
export class SpaceSaving {
  readonly #capacity: number;
  #size = 0;
  // A counter is an index into these five.
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  readonly #keys: Uint8Array[] = [];
  readonly #lengths: Int32Array;
  readonly #hashes: Int32Array;
  /** Counters, the lightest first; and the place of each counter in it. */
  readonly #heap: Int32Array;
  readonly #places: Int32Array;
  /** Counters by hash, plus 1; 0 is free. At most half is taken, so a search ends. */
  readonly #table: Int32Array;
  readonly #mask: number;
  /** Unknown to clients, so that they cannot choose keys that collide. */
  readonly #seed = (Math.random() * 2 ** 32) | 0;

  /** Makes room for `capacity` keys. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#counts = new Float64Array(capacity);
    this.#errors = new Float64Array(capacity);
    this.#lengths = new Int32Array(capacity);
    this.#hashes = new Int32Array(capacity);
    this.#heap = new Int32Array(capacity);
    this.#places = new Int32Array(capacity);
    let slots = 2;
    while (slots < 2 * capacity) slots *= 2;
    this.#table = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** Adds to a key's weight. */
  add(key: Slice, weight: number): void {
    if (weight <= 0) return;
    const hash = this.#hashOf(key);
    const slot = this.#slotOf(key, hash);
    const known = this.#table[slot]! - 1;
    if (known >= 0) {
      this.#counts[known]! += weight;
      this.#sink(this.#places[known]!);
    } else if (this.#size < this.#capacity) {
      const counter = this.#size++;
      this.#table[slot] = counter + 1;
      this.#hold(counter, key, hash);
      this.#counts[counter] = weight;
      this.#rise(counter);
    } else {
      const lightest = this.#heap[0]!;
      this.#free(lightest);
      this.#table[this.#slotOf(key, hash)] = lightest + 1;
      this.#hold(lightest, key, hash);
      this.#errors[lightest] = this.#counts[lightest]!;
      this.#counts[lightest]! += weight;
      this.#sink(0);
    }
  }

  /** The heaviest keys in descending order, none that is not known to weigh at least 1. */
  heaviest(limit: number): Heavy[] {
    const all: Heavy[] = [];
    for (let i = 0; i < this.#size; i++) {
      const cost = this.#counts[i]! - this.#errors[i]!;
      if (cost >= 1) all.push({ key: this.#keys[i]!.slice(0, this.#lengths[i]), cost });
    }
    return all.sort((a, b) => b.cost - a.cost).slice(0, limit);
  }

  #hold(counter: number, { bytes, start, end }: Slice, hash: number): void {
    const length = end - start;
    let held = this.#keys[counter];
    if (held === undefined || held.length < length) {
      this.#keys[counter] = held = new Uint8Array(length);
    }
    for (let i = 0; i < length; i++) held[i] = bytes[start + i]!;
    this.#lengths[counter] = length;
    this.#hashes[counter] = hash;
  }

  #hashOf({ bytes, start, end }: Slice): number {
    let hash = this.#seed ^ (end - start);
    for (let i = start; i < end; i++) {
      hash = Math.imul(hash ^ bytes[i]!, 0x5bd1e995);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  /** The slot of the table with the key's counter, or the free one where it would be. */
  #slotOf(key: Slice, hash: number): number {
    let slot = hash & this.#mask;
    for (;; slot = (slot + 1) & this.#mask) {
      const counter = this.#table[slot]! - 1;
      if (counter < 0) return slot;
      if (this.#hashes[counter] === hash && this.#isHeld(counter, key)) return slot;
    }
  }

  #isHeld(counter: number, { bytes, start, end }: Slice): boolean {
    const length = this.#lengths[counter];
    if (length !== end - start) return false;
    const held = this.#keys[counter]!;
    for (let i = 0; i < length; i++) if (held[i] !== bytes[start + i]) return false;
    return true;
  }

  /** Takes a counter out of the table, and moves those after it up that a search would no longer find. */
  #free(counter: number): void {
    const table = this.#table, mask = this.#mask;
    let gap = this.#hashes[counter]! & mask;
    while (table[gap] !== counter + 1) gap = (gap + 1) & mask;
    table[gap] = 0;
    for (let slot = (gap + 1) & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashes[table[slot]! - 1]! & mask;
      // It may stand in the gap if that lies between its home and where it is.
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      table[gap] = table[slot]!;
      table[slot] = 0;
      gap = slot;
    }
  }

  /** Puts a new counter at the end of the heap and moves it up to its place. */
  #rise(counter: number): void {
    const heap = this.#heap, counts = this.#counts;
    let place = this.#size - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (counts[heap[above]!]! <= counts[counter]!) break;
      this.#put(heap[above]!, place);
      place = above;
    }
    this.#put(counter, place);
  }

  /** Moves a counter that has become heavier down to its place. */
  #sink(place: number): void {
    const heap = this.#heap, counts = this.#counts;
    const counter = heap[place]!;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#size) break;
      if (below + 1 < this.#size && counts[heap[below + 1]!]! < counts[heap[below]!]!) below++;
      if (counts[heap[below]!]! >= counts[counter]!) break;
      this.#put(heap[below]!, place);
      place = below;
    }
    this.#put(counter, place);
  }

  #put(counter: number, place: number): void {
    this.#heap[place] = counter;
    this.#places[counter] = place;
  }
}
