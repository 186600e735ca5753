/**
 * The nearest of many, where each is known by a distance and how wrong that may be: whoever could be
 * among the nearest stays a candidate until the exact distance is asked for.
 *
 * @module
 */

/** Candidates over those wanted after which the hopeless ones are dropped. */
const EXCESS = 1024;

/** Collects the nearest. */
export class Nearest {
  /** Whether the last {@linkcode offer} came among the nearest. */
  improved = false;
  /** Numbers of the candidates. */
  numbers: number[] = [];
  /** Their distances. */
  distances: number[] = [];
  /** How far these may be off. */
  errors: number[] = [];
  readonly #count: number;
  /** The farthest that the nearest can be, the worst first: a heap. */
  readonly #heap: number[] = [];

  /** @param count How many are wanted. @param limit None that are surely farther. */
  constructor(count: number, limit: number) {
    this.#count = count;
    this.#limit = limit;
  }
  readonly #limit: number;

  /** Whether as many as wanted were offered. */
  get full(): boolean {
    return this.#heap.length >= this.#count;
  }

  /** Nobody whose distance is surely more than this can be among the nearest. */
  get bound(): number {
    return this.full ? Math.min(this.#heap[0]!, this.#limit) : this.#limit;
  }

  /** Takes one in if it can be among the nearest. @param error How far its distance may be off. */
  offer(number: number, distance: number, error: number): void {
    if (distance - error > this.bound) return;
    this.numbers.push(number);
    this.distances.push(distance);
    this.errors.push(error);
    const heap = this.#heap;
    const most = distance + error;
    if (heap.length < this.#count) {
      heap.push(most);
      up(heap, heap.length - 1);
      this.improved = true;
    } else if (most < heap[0]!) {
      heap[0] = most;
      down(heap);
      this.improved = true;
    }
    if (this.numbers.length > 2 * this.#count + EXCESS) this.drop();
  }

  /** Drops the candidates that are too far by now. */
  drop(): void {
    const { numbers, distances, errors, bound } = this;
    let kept = 0;
    for (let i = 0; i < numbers.length; i++) {
      if (distances[i]! - errors[i]! > bound) continue;
      numbers[kept] = numbers[i]!;
      distances[kept] = distances[i]!;
      errors[kept] = errors[i]!;
      kept++;
    }
    numbers.length = distances.length = errors.length = kept;
  }
}

function up(heap: number[], at: number): void {
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! >= heap[at]!) return;
    [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
    at = parent;
  }
}

function down(heap: number[]): void {
  let at = 0;
  while (true) {
    let child = 2 * at + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && heap[child + 1]! > heap[child]!) child++;
    if (heap[at]! >= heap[child]!) return;
    [heap[child], heap[at]] = [heap[at]!, heap[child]!];
    at = child;
  }
}
