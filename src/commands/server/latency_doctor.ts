/** LATENCY DOCTOR's report: the events that took long in figures, and what may be done about them. */

import type { LatencyEvent, LatencyMonitor, LatencySeries, SlowLog } from "../table/measurement.ts";

/** What may help with an event, one piece of advice each. */
const ADVICE: Record<LatencyEvent, readonly Advice[]> = {
  "command": ["slow log", "large"],
  "fast-command": ["slow log", "disk", "cache"],
  "commit": ["disk", "batches"],
  "aof-fsync-always": ["fsync", "disk"],
  "checkpoint": ["disk", "batches"],
  "expire-cycle": ["expiry"],
  "eviction-cycle": ["eviction"],
  "eviction-del": ["eviction", "large"],
};

type Advice = "slow log" | "large" | "disk" | "cache" | "batches" | "fsync" | "expiry" | "eviction";

const TEXTS: Record<Exclude<Advice, "slow log">, string> = {
  "large":
    "Commands on all of a large collection (HGETALL, SMEMBERS, LRANGE 0 -1, SORT, KEYS) take\n" +
    "time in proportion to it: ask for pieces (HSCAN, SSCAN, ranges), or split the collection.",
  "disk":
    "See whether something else keeps the disk busy (iostat, vmstat), or whether the machine\n" +
    "swaps or has too few processors.",
  "cache":
    "Keys that are not in memory are read from the file: a larger --cache holds more of them.",
  "batches":
    "Large transactions and pipelines of writes are committed as a whole: make them smaller.",
  "fsync":
    "Replies wait for the disk because of appendfsync always: with everysec they do not, and a\n" +
    "power failure may cost the last second.",
  "expiry": "Many keys expire at the same time: spread their expiry times by a few random seconds.",
  "eviction":
    "Keys are evicted to make room for others: raise the limit, or give keys expiry times.",
};

/** Writes the report. */
export function latencyReport(monitor: LatencyMonitor, slowLog: SlowLog, nowMs: number): string {
  const { thresholdMs } = monitor;
  const all = [...monitor.series()];
  const lines: string[] = [];
  if (thresholdMs === 0) {
    lines.push(
      "Latency is not watched. To note every event that takes 100 ms or longer:",
      "CONFIG SET latency-monitor-threshold 100",
    );
  } else if (all.length === 0) {
    lines.push(`No event took ${thresholdMs} ms (latency-monitor-threshold) or longer.`);
  } else {
    lines.push(`Events that took ${thresholdMs} ms (latency-monitor-threshold) or longer:`);
  }
  if (all.length > 0) {
    lines.push("", ...all.map((series, i) => `${i + 1}. ${figures(series, nowMs)}`));
    lines.push("", "What may help:", "");
    const advice = new Set(all.flatMap(({ event }) => ADVICE[event]));
    for (const each of advice) {
      const text = each === "slow log" ? slowLogAdvice(slowLog, thresholdMs) : TEXTS[each];
      lines.push(`- ${text.replaceAll("\n", "\n  ")}`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

function figures({ event, worstMs, samples }: LatencySeries, nowMs: number): string {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const average = mean(samples.map(({ ms }) => ms));
  const deviation = mean(samples.map(({ ms }) => Math.abs(ms - average)));
  const period = Math.max(0, nowMs / 1000 - samples[0]!.unixSeconds) / samples.length;
  return `${event}: ${samples.length} samples of ${average.toFixed(0)} ms on average ` +
    `(mean deviation ${deviation.toFixed(0)} ms),\n` +
    `   one in ${period.toFixed(1)} s; the longest took ${worstMs} ms.`;
}

function slowLogAdvice({ thresholdMicroseconds }: SlowLog, thresholdMs: number): string {
  const wanted = Math.max(1, thresholdMs) * 1000;
  if (thresholdMicroseconds >= 0 && thresholdMicroseconds <= wanted) {
    return "SLOWLOG GET tells which commands they were.";
  }
  return "The slow log does not note all of these commands. To see which they are:\n" +
    `CONFIG SET slowlog-log-slower-than ${wanted}`;
}
