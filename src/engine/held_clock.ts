/**
 * A clock whose calls can be held back: while a turn stays open over several passes of the event
 * loop, nothing of the background may come upon it.
 *
 * @module
 */

import type { Clock, Timer } from "./clock.ts";

/** See {@linkcode HeldClock.after}. */
interface Call extends Timer {
  due(): void;
}

/** Passes calls on, unless they are held back. */
export class HeldClock implements Clock {
  /** Whether calls are held back. */
  held = false;
  readonly #clock: Clock;
  #waiting = new Set<Call>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, callback: () => void, keepAlive?: boolean): Timer {
    const waiting = this.#waiting;
    let timer: Timer;
    const call: Call = {
      due: () => {
        timer = this.#clock.after(0, fire, keepAlive);
      },
      cancel: () => {
        timer.cancel();
        waiting.delete(call);
      },
    };
    const fire = () => {
      if (this.held) waiting.add(call);
      else callback();
    };
    timer = this.#clock.after(ms, fire, keepAlive);
    return call;
  }

  /** Makes the calls that were held back, soon. */
  release(): void {
    this.held = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.due();
  }
}
