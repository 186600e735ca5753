/**
 * How long the calls of each command take, for LATENCY HISTOGRAM and INFO latencystats.
 *
 * A histogram is that of HdrHistogram (https://hdrhistogram.org) with two significant digits: a cell
 * for each nanosecond up to 255, then 128 cells for each power of two, so a cell is never wider than
 * 1/128 of what it counts. Counting is a shift, an addition and no allocation. Durations end at a
 * second: what took longer is counted with it.
 *
 * @module
 */

import type { Command } from "../commands/table/command.ts";
import type {
  CommandHistogram,
  CommandHistograms as CommandHistogramsInterface,
} from "../commands/table/measurement.ts";

/** Binary logarithm of the cells for each power of two. */
const CELLS_LOG2 = 7;
const LONGEST_NS = 1_000_000_000;
const COUNT = cellOf(LONGEST_NS) + 1;
/** The first power of two that {@linkcode CommandHistogram.cumulative} tells, and the last. */
const FIRST_TOLD_NS = 2 ** 10;
const LAST_TOLD_NS = 2 ** 30;

/** The cell that counts a duration. */
function cellOf(ns: number): number {
  const shift = shiftOf(ns);
  return (shift << CELLS_LOG2) + (ns >>> shift);
}

/** By how much a duration is shifted to the right to fit into 8 bits; cells are that power of two wide. */
function shiftOf(ns: number): number {
  return Math.max(0, 31 - CELLS_LOG2 - Math.clz32(ns));
}

/** The shortest duration that a cell counts. */
function startOf(cell: number): number {
  const shift = Math.max(0, (cell >>> CELLS_LOG2) - 1);
  return (cell - (shift << CELLS_LOG2)) << shift;
}

class Histogram implements CommandHistogram {
  readonly command: Command;
  calls = 0;
  readonly #counts = new Float64Array(COUNT);

  constructor(command: Command) {
    this.command = command;
  }

  record(microseconds: number, weight: number): void {
    const ns = Math.round(microseconds * 1000);
    this.#counts[cellOf(ns < 1 ? 1 : ns > LONGEST_NS ? LONGEST_NS : ns)]! += weight;
    this.calls += weight;
  }

  percentile(percent: number): number {
    // Half a call is added for rounding, as HdrHistogram does.
    const wanted = Math.max(1, Math.floor(percent / 100 * this.calls + 0.5));
    let calls = 0;
    let cell = -1;
    while (calls < wanted && cell < COUNT - 1) calls += this.#counts[++cell]!;
    const ns = percent === 0 ? startOf(cell) : startOf(cell + 1) - 1;
    return ns / 1000;
  }

  cumulative(): (readonly [microseconds: number, calls: number])[] {
    const told: (readonly [number, number])[] = [];
    let calls = 0;
    let cell = 0;
    for (let level = FIRST_TOLD_NS; level <= LAST_TOLD_NS && calls < this.calls; level *= 2) {
      const before = calls;
      // The cell that a power of two begins belongs to it, and its end is what is told.
      const end = level === LAST_TOLD_NS ? COUNT : cellOf(level) + 1;
      for (; cell < end; cell++) calls += this.#counts[cell]!;
      const ns = level === LAST_TOLD_NS ? level - 1 : startOf(cell) - 1;
      if (calls > before) told.push([Math.floor(ns / 1000), calls]);
    }
    return told;
  }
}

/** The histograms of all commands; 24 KB for each that was called. */
export class CommandHistograms implements CommandHistogramsInterface {
  enabled = true;
  readonly #histograms = new Map<Command, Histogram>();
  /** The histogram used last: commands come in runs of the same. */
  #last: Histogram | undefined;

  record(command: Command, microseconds: number, weight: number): void {
    if (!this.enabled) return;
    let histogram = this.#last;
    if (histogram?.command !== command) {
      histogram = this.#histograms.get(command);
      if (histogram === undefined) {
        histogram = new Histogram(command);
        this.#histograms.set(command, histogram);
      }
      this.#last = histogram;
    }
    histogram.record(microseconds, weight);
  }

  all(): Iterable<CommandHistogram> {
    return this.#histograms.values();
  }

  of(command: Command): CommandHistogram | undefined {
    return this.#histograms.get(command);
  }

  reset(): void {
    this.#histograms.clear();
    this.#last = undefined;
  }
}
