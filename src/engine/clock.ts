/** Where the time comes from. Tests put their own in its place and never sleep. */
import { unrefTimer } from "../runtime/timers.ts";

export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /**
   * Calls back once after `ms` milliseconds.
   *
   * @param keepAlive Whether the process must not end before.
   */
  after(ms: number, callback: () => void, keepAlive?: boolean): Timer;
}

/** A pending call of {@linkcode Clock.after}. */
export interface Timer {
  /** Drops the call. Does nothing once it was made. */
  cancel(): void;
}

/** The system's time. Its timers do not keep the process alive unless they are told to. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback, keepAlive = false) {
    const id = setTimeout(callback, ms);
    if (!keepAlive) unrefTimer(id);
    return { cancel: () => clearTimeout(id) };
  },
};

/** A time that stands still until it is told to move on. */
export class ManualClock implements Clock {
  #now: number;
  #pending: { at: number; callback: () => void }[] = [];

  /** Starts at a Unix time in milliseconds. */
  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  /** Unix time in milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Calls back when {@linkcode advance} passes the time. */
  after(ms: number, callback: () => void): Timer {
    const entry = { at: this.#now + ms, callback };
    this.#pending.push(entry);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== entry);
      },
    };
  }

  /** Moves the time on and makes the calls that fall due, in their order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#pending.filter((entry) => entry.at <= end)
        .sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#pending = this.#pending.filter((entry) => entry !== due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = end;
  }
}
