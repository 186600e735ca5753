/** Redis's random numbers for scripts: drand48's 48-bit generator, the same on every machine. */

/** 0x5DEECE66D, in two halves of 24 bits. */
const MULTIPLIER_HIGH = 0x5de, MULTIPLIER_LOW = 0xece66d;
const HALF = 2 ** 24;

/** A generator. A script begins with the seed 0. */
export class ScriptRandom {
  #high = 0x1234ab;
  #low = 0xcd330e;

  /** Begins again from a 32-bit seed. */
  seed(seed: number): void {
    const bits = seed >>> 0;
    // The state is the seed and then 0x330e.
    this.#high = bits >>> 8;
    this.#low = ((bits & 0xff) << 16) | 0x330e;
  }

  /** The next number, from 0 to 2^31 - 1. */
  next(): number {
    const low = this.#low * MULTIPLIER_LOW + 0xb;
    const high = this.#high * MULTIPLIER_LOW + this.#low * MULTIPLIER_HIGH + Math.floor(low / HALF);
    this.#low = low % HALF;
    this.#high = high % HALF;
    return this.#high * 128 + (this.#low >>> 17);
  }
}
