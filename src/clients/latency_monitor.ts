/** Events that took long, for LATENCY: one series of samples an event. */

import type {
  LatencyEvent,
  LatencyMonitor as LatencyMonitorInterface,
  LatencySample,
  LatencySeries,
} from "../commands/table/measurement.ts";
import { type Clock, systemClock } from "../engine/clock.ts";

/** Samples kept of an event. */
const MAX_SAMPLES = 160;

class Series implements LatencySeries {
  readonly event: LatencyEvent;
  worstMs = 0;
  readonly samples: LatencySample[] = [];

  constructor(event: LatencyEvent) {
    this.event = event;
  }

  /** Adds a sample, or makes it a part of the one of the same second: the longer counts. */
  add(unixSeconds: number, ms: number): void {
    this.worstMs = Math.max(this.worstMs, ms);
    const { samples } = this;
    const last = samples.at(-1);
    if (last !== undefined && last.unixSeconds === unixSeconds) {
      if (ms > last.ms) samples[samples.length - 1] = { unixSeconds, ms };
      return;
    }
    samples.push({ unixSeconds, ms });
    if (samples.length > MAX_SAMPLES) samples.shift();
  }
}

/** The series of all events. */
export class LatencyMonitor implements LatencyMonitorInterface {
  thresholdMs = 0;
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();

  /** Watches nothing until {@linkcode LatencyMonitor.thresholdMs} is set. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  sample(event: LatencyEvent, ms: number): void {
    if (this.thresholdMs === 0 || ms < this.thresholdMs) return;
    let series = this.#series.get(event);
    if (series === undefined) {
      series = new Series(event);
      this.#series.set(event, series);
    }
    series.add(Math.floor(this.#clock.now() / 1000), Math.floor(ms));
  }

  series(): Iterable<LatencySeries> {
    return this.#series.values();
  }

  of(event: string): LatencySeries | undefined {
    return this.#series.get(event);
  }

  forget(event: string): boolean {
    return this.#series.delete(event);
  }
}
