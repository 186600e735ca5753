/**
 * LATENCY GRAPH's picture: a column a sample, the oldest on the left, between the shortest at the
 * bottom and the longest at the top, and under each column how long ago it was, read downwards.
 *
 * @module
 */

import type { LatencySeries } from "../table/measurement.ts";

/** Columns side by side; further ones come in a picture below. */
const WIDTH = 80;
const HEIGHT = 4;
/** The tip of a column by how far it reaches into its line; below the tip it is a bar. */
const TIPS = ["_", "o", "#"];
const BAR = "|";

/** Draws the samples of an event. */
export function latencyGraph({ event, worstMs, samples }: LatencySeries, nowMs: number): string {
  const low = Math.min(...samples.map(({ ms }) => ms));
  const high = Math.max(...samples.map(({ ms }) => ms));
  const columns = samples.map(({ unixSeconds, ms }) => ({
    step: stepOf((ms - low) / (high === low ? 1 : high - low)),
    label: ago(Math.floor(nowMs / 1000) - unixSeconds),
  }));
  const header = `${event} - high ${high} ms, low ${low} ms (all time high ${worstMs} ms)\n` +
    `${"-".repeat(WIDTH)}\n`;
  const pictures: string[] = [];
  for (let i = 0; i < columns.length; i += WIDTH) pictures.push(drawn(columns.slice(i, i + WIDTH)));
  return header + pictures.join("\n");
}

interface Column {
  /** How high it is, in thirds of a line. */
  readonly step: number;
  readonly label: string;
}

/** The step of a height between 0 and 1. */
function stepOf(height: number): number {
  const steps = HEIGHT * TIPS.length;
  return Math.min(steps - 1, Math.floor(height * steps));
}

function drawn(columns: readonly Column[]): string {
  const lines: string[] = [];
  for (let line = HEIGHT - 1; line >= 0; line--) {
    lines.push(
      columns.map(({ step }) => {
        const reach = step - line * TIPS.length;
        return reach < 0 ? " " : TIPS[reach] ?? BAR;
      }).join(""),
    );
  }
  lines.push(" ".repeat(columns.length));
  const tallest = Math.max(...columns.map(({ label }) => label.length));
  for (let i = 0; i < tallest; i++) {
    lines.push(columns.map(({ label }) => label[i] ?? " ").join(""));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function ago(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}
