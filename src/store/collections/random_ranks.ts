/** Random choices of ranks: uniform, each in time that depends on the choice and not on the whole. */

/**
 * `count` distinct ranks below `length`, in ascending order; every choice has the same chance.
 *
 * Floyd's algorithm: the rank that is drawn for the last place is taken, or, if it was drawn before,
 * that place itself.
 *
 * @param count At most `length`.
 * @param random Gives numbers from 0 on, below 1.
 */
export function distinctRanks(count: number, length: number, random: () => number): Float64Array {
  const ranks = new Set<number>();
  for (let place = length - count; place < length; place++) {
    const rank = Math.floor(random() * (place + 1));
    ranks.add(ranks.has(rank) ? place : rank);
  }
  return Float64Array.from(ranks).sort();
}

/**
 * Picks `count` out of `length` elements that are passed one by one, each choice with the same
 * chance: the next element is taken with the chance that the missing ones make up of the rest.
 */
export class Sampling {
  #missing: number;
  #left: number;
  readonly #random: () => number;

  /**
   * Begins before the first element.
   *
   * @param count At most `length`.
   */
  constructor(count: number, length: number, random: () => number) {
    this.#missing = count;
    this.#left = length;
    this.#random = random;
  }

  /** Whether all that are wanted are taken. */
  get done(): boolean {
    return this.#missing === 0;
  }

  /** Whether the element that is passed is taken. */
  takes(): boolean {
    const taken = this.#random() * this.#left < this.#missing;
    this.#left--;
    if (taken) this.#missing--;
    return taken;
  }
}
