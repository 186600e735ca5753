/**
 * Elements of a sorted set that are held back (collections/unwritten.ts), by their scores: a heap of the
 * scores and of the places of their records. Whoever takes one out looks whether the record still has that
 * score: those that were changed or removed meanwhile stay here until then.
 *
 * @module
 */

const FIRST_SIZE = 64;

/** A heap, the lowest key at the top. */
export class HeldHeap {
  #keys = new Float64Array(0);
  #places = new Int32Array(0);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that it takes. */
  get room(): number {
    return this.#keys.byteLength + this.#places.byteLength;
  }

  /** The lowest key; there is one. */
  get key(): number {
    return this.#keys[0]!;
  }

  /** The place that has it. */
  get place(): number {
    return this.#places[0]!;
  }

  /** Adds one. */
  push(key: number, place: number): void {
    if (this.#length === this.#keys.length) this.#grow();
    const keys = this.#keys, places = this.#places;
    let at = this.#length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[at] = keys[parent]!;
      places[at] = places[parent]!;
      at = parent;
    }
    keys[at] = key;
    places[at] = place;
  }

  /** Takes the lowest one out. */
  shift(): void {
    const length = --this.#length;
    const keys = this.#keys, places = this.#places;
    const key = keys[length]!, place = places[length]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[at] = keys[child]!;
      places[at] = places[child]!;
      at = child;
    }
    keys[at] = key;
    places[at] = place;
  }

  /** Forgets all of them. */
  clear(): void {
    this.#length = 0;
    if (this.#keys.length <= FIRST_SIZE) return;
    this.#keys = new Float64Array(0);
    this.#places = new Int32Array(0);
  }

  #grow(): void {
    const size = Math.max(FIRST_SIZE, 2 * this.#length);
    const keys = new Float64Array(size), places = new Int32Array(size);
    keys.set(this.#keys);
    places.set(this.#places);
    this.#keys = keys;
    this.#places = places;
  }
}
