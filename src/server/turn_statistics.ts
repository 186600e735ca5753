/** How much there is to do in the server's turns, and how long they take. */

import type { LoopStatistics } from "../commands/table/process_facts.ts";
import { Rate } from "./rate.ts";

/** What is noted of the turns of one server. */
export class TurnStatistics implements LoopStatistics {
  cycles = 0;
  durationMs = 0;
  commitMs = 0;
  cronMs = 0;
  longestMs = 0;
  mostCommands = 0;
  readonly #cycleRate = new Rate();
  readonly #durationRate = new Rate();

  /**
   * Notes a turn.
   *
   * @param committingAt When it began to be committed, in milliseconds of the same clock.
   */
  turn(beganAt: number, committingAt: number, endedAt: number, commands: number): void {
    const duration = endedAt - beganAt;
    this.cycles++;
    this.durationMs += duration;
    this.commitMs += endedAt - committingAt;
    if (duration > this.longestMs) this.longestMs = duration;
    if (commands > this.mostCommands) this.mostCommands = commands;
  }

  /** Notes what was done at regular intervals. */
  cron(ms: number): void {
    this.cronMs += ms;
  }

  get cyclesPerSecond(): number {
    return Math.floor(this.#cycleRate.perSecond);
  }

  get recentMicroseconds(): number {
    const { perSecond } = this.#cycleRate;
    return perSecond === 0 ? 0 : Math.floor(this.#durationRate.perSecond / perSecond * 1000);
  }

  /** Takes a sample for the rates. */
  sample(elapsedMs: number): void {
    this.#cycleRate.sample(this.cycles, elapsedMs);
    this.#durationRate.sample(this.durationMs, elapsedMs);
  }

  /** Sets everything to zero. */
  reset(): void {
    this.cycles =
      this.durationMs =
      this.commitMs =
      this.cronMs =
      this.longestMs =
        0;
    this.mostCommands = 0;
    this.#cycleRate.reset();
    this.#durationRate.reset();
  }
}
