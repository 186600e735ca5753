/**
 * Places in an order that is too long to count: hands that stand evenly spread in it and move on as
 * they are used. They are set down by a survey, which hops through the order once, a bounded way at
 * each use; until it is over, those that stand already serve.
 *
 * @module
 */

/** Elements between two hands, at least. */
const LEAST_SPACING = 512;
/** The most hands there are. */
const MOST_HANDS = 1024;
/** Elements that the survey hops over at a time: 0.2 ms. */
const HOP = 4096;
/** Growth of the order after which it is surveyed anew. */
const GROWTH = 4;

/** The hands in one order, whose places are of type `P`. */
export class Hands<P> {
  readonly #start: P;
  readonly #hop: (from: P, elements: number) => P | undefined;
  #places: P[] = [];
  #surveyor: P | undefined;
  #spacing = 0;
  #left = 0;
  #size = 0;

  /**
   * Sets no hand down yet.
   *
   * @param start The place before all elements.
   * @param hop Gives the place so many elements further on, undefined past the end.
   */
  constructor(start: P, hop: (from: P, elements: number) => P | undefined) {
    this.#start = start;
    this.#hop = hop;
  }

  /**
   * Chooses a hand.
   *
   * @param size Elements in the order, about.
   * @param random A number in [0, 1).
   */
  choose(size: number, random: number): number {
    if (size > GROWTH * this.#size || this.#places.length === 0) this.#begin(size);
    if (this.#surveyor !== undefined) this.#survey(this.#surveyor);
    return Math.floor(random * this.#places.length);
  }

  /** Where a hand stands. */
  at(hand: number): P {
    return this.#places[hand]!;
  }

  /** Moves a hand. */
  move(hand: number, place: P): void {
    this.#places[hand] = place;
  }

  #begin(size: number): void {
    this.#size = size;
    this.#spacing = this.#left = Math.max(LEAST_SPACING, Math.ceil(size / MOST_HANDS));
    this.#places = [this.#start];
    this.#surveyor = this.#start;
  }

  #survey(from: P): void {
    for (let hopped = 0; hopped < HOP;) {
      const elements = Math.min(HOP - hopped, this.#left);
      const place = this.#hop(from, elements);
      if (place === undefined) {
        this.#surveyor = undefined;
        return;
      }
      from = place;
      hopped += elements;
      this.#left -= elements;
      if (this.#left > 0) continue;
      this.#places.push(place);
      this.#left = this.#spacing;
    }
    this.#surveyor = from;
  }
}
