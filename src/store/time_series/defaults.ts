/** What series are like of which nothing else is said: parameters of CONFIG. */

import { type AggregatorName, aggregatorNamed } from "./aggregators.ts";
import { POLICY } from "./facts.ts";

/** A compaction that each new series gets. */
export interface DefaultCompaction {
  /** What buckets are made into. */
  readonly name: AggregatorName;
  /** How long a bucket is, in milliseconds. */
  readonly duration: number;
  /** How long its samples are kept, in milliseconds. */
  readonly retentionMs: number;
  /** A time at which a bucket begins. */
  readonly alignment: number;
}

/** The defaults. */
export class SeriesDefaults {
  /** `ts-retention-policy`, in milliseconds. */
  retentionMs = 0;
  /** `ts-chunk-size-bytes`. */
  chunkSize = 4096;
  /** `ts-encoding`, of the series that compactions make. */
  compressed = true;
  /** `ts-duplicate-policy`: one of `POLICY`. */
  policy: number = POLICY.BLOCK;
  /** `ts-ignore-max-time-diff`, in milliseconds. */
  ignoredMs = 0;
  /** `ts-ignore-max-val-diff`. */
  ignoredValue = 0;
  /** `ts-compaction-policy`. */
  compactions: readonly DefaultCompaction[] = [];
}

const UNITS: Readonly<Record<string, number>> = {
  M: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function durationOf(text: string): number | undefined {
  const match = /^(\d+)([Msmhd])$/.exec(text);
  if (match === null) return undefined;
  const duration = Number(match[1]) * (UNITS[match[2] ?? ""] ?? NaN);
  return Number.isSafeInteger(duration) ? duration : undefined;
}

/**
 * Reads `aggregator:duration:retention[:alignment]`, several separated by `;`.
 *
 * @returns Undefined if it is something else.
 */
export function parseCompactions(text: string): DefaultCompaction[] | undefined {
  const compactions: DefaultCompaction[] = [];
  for (const part of text.split(";").filter((part) => part !== "")) {
    const [aggregator = "", bucket = "", kept = "", aligned, ...more] = part.split(":");
    const name = aggregatorNamed(aggregator);
    const duration = durationOf(bucket);
    const retentionMs = kept === "0" ? 0 : durationOf(kept);
    const alignment = aligned === undefined || aligned === "0" ? 0 : durationOf(aligned);
    if (name === undefined || retentionMs === undefined || alignment === undefined) {
      return undefined;
    }
    if (duration === undefined || duration === 0 || more.length > 0) return undefined;
    compactions.push({ name, duration, retentionMs, alignment });
  }
  return compactions;
}
