/**
 * When and how often keys are used, in 32 bits each: the access word of a row cache's record.
 *
 * Of a key's last use, seconds since the store was opened. Under a policy that evicts what is used
 * least, Redis's pair: the minute of the last use and a counter of 8 bits that grows the more slowly
 * the higher it is and falls with time (https://redis.io/docs/latest/develop/reference/eviction/).
 * The two cannot be mistaken for each other, so a change of the policy leaves no nonsense behind.
 *
 * What is not in the row cache has no word. Its last use is its last write, which its row tells.
 *
 * @module
 */

import type { Engine } from "../../engine/engine.ts";

/** The word of a key in memory whose use nobody has seen yet. */
export const NEVER = 0x7fffffff;

/** Words below this hold a minute of 22 bits and a counter; those above, seconds. */
const FIRST_SECOND = -0x40000000;
const MINUTE_MASK = 0x3fffff;
/** The counter of a new key, so that it is not the first to go. */
export const NEW_COUNTER = 5;
const MAX_COUNTER = 255;
/** The longest idle time that a word can tell, in seconds: 34 years. */
const MAX_IDLE = 0x3fffffff;

/** Makes and reads access words. */
export class AccessClock {
  /** Whether words are to count uses. */
  counting = false;
  /** How much more slowly the counter grows the higher it is (`lfu-log-factor`). */
  logFactor = 10;
  /** Minutes without use after which the counter falls by one; 0 for never (`lfu-decay-time`). */
  decayMinutes = 1;
  /** Where chance comes from: numbers in [0, 1). */
  random: () => number = Math.random;
  readonly #engine: Engine;
  readonly #startSeconds: number;

  /** Takes the engine whose turns' time it is. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#startSeconds = Math.floor(engine.nowMs / 1000);
  }

  /** Seconds since the store was opened. */
  get seconds(): number {
    return Math.floor(this.#engine.nowMs / 1000) - this.#startSeconds;
  }

  /** The word of a new key. */
  created(): number {
    return this.counting ? this.ofFrequency(NEW_COUNTER) : this.seconds;
  }

  /** The word of a key after a use. @param word Its word before. */
  used(word: number): number {
    if (!this.counting) return this.seconds;
    const counter = this.frequency(word);
    if (counter === MAX_COUNTER) return this.ofFrequency(counter);
    const chance = 1 / (Math.max(0, counter - NEW_COUNTER) * this.logFactor + 1);
    return this.ofFrequency(this.random() < chance ? counter + 1 : counter);
  }

  /** Seconds since the use a word tells of; undefined if it tells of none. */
  idleSeconds(word: number): number | undefined {
    if (word === NEVER) return undefined;
    const { seconds } = this;
    if (word >= FIRST_SECOND) return Math.max(0, seconds - word);
    return Math.max(0, seconds - (word >> 8 & MINUTE_MASK) * 60);
  }

  /** The counter of a word, less what it has fallen since. */
  frequency(word: number): number {
    if (word >= FIRST_SECOND) return this.frequencyAfter(this.idleSeconds(word) ?? 0);
    const idleMinutes = this.#minutes - (word >> 8 & MINUTE_MASK);
    return this.#decayed(word & MAX_COUNTER, idleMinutes);
  }

  /** The counter of a key whose only use was so long ago. */
  frequencyAfter(idleSeconds: number): number {
    return this.#decayed(NEW_COUNTER, Math.floor(idleSeconds / 60));
  }

  /** The word of a key that was last used some seconds ago. */
  ofIdle(idleSeconds: number): number {
    return Math.max(this.seconds - Math.min(idleSeconds, MAX_IDLE), FIRST_SECOND);
  }

  /** The word of a key with this counter. */
  ofFrequency(counter: number): number {
    return 0x80000000 | (this.#minutes & MINUTE_MASK) << 8 | counter;
  }

  get #minutes(): number {
    return Math.max(0, Math.floor(this.seconds / 60));
  }

  #decayed(counter: number, idleMinutes: number): number {
    if (this.decayMinutes === 0) return counter;
    return Math.max(0, counter - Math.floor(Math.max(0, idleMinutes) / this.decayMinutes));
  }
}
