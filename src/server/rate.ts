/** How fast a counter grows. */

/** Samples a rate is the mean of. */
const SAMPLES = 16;

/** How fast a counter grows, over the last samples. */
export class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  #next = 0;
  #last = 0;

  /** Mean growth a second. */
  get perSecond(): number {
    let sum = 0;
    for (const sample of this.#samples) sum += sample;
    return sum / SAMPLES;
  }

  /** Notes where the counter stands after so many milliseconds. */
  sample(counter: number, elapsedMs: number): void {
    this.#samples[this.#next] = Math.max(0, counter - this.#last) * 1000 / elapsedMs;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#last = counter;
  }

  /** Starts over with the counter at zero. */
  reset(): void {
    this.#samples.fill(0);
    this.#last = 0;
  }
}
