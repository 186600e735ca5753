/** The parameters of CONFIG that say what new time series are like. */

import { INT64_MAX } from "../../store/values/integers.ts";
import { parseCompactions, type SeriesDefaults } from "../../store/time_series/defaults.ts";
import { POLICIES } from "../../store/time_series/facts.ts";
import type { Applier } from "./configuration.ts";
import { mutable, type Parameter } from "./parameter.ts";
import { choice, integer, InvalidValue, type ParameterType } from "./parameter_types.ts";

const chunkSize: ParameterType = (text, current) => {
  const value = integer(48, 1048576)(text, current);
  if (Number(value) % 8 === 0) return value;
  throw new InvalidValue("argument must be a multiple of 8");
};

const compactions: ParameterType = (text) => {
  if (parseCompactions(text) !== undefined) return text;
  throw new InvalidValue("argument must be a list of aggregator:bucket:retention[:alignment]");
};

const difference: ParameterType = (text) => {
  if (/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return String(Number(text));
  throw new InvalidValue("argument must be a number that is not negative");
};

/** The parameters. */
export const SERIES_PARAMETERS: readonly Parameter[] = [
  mutable("ts-retention-policy", integer(0, INT64_MAX), 0),
  mutable("ts-chunk-size-bytes", chunkSize, 4096),
  mutable("ts-encoding", choice("compressed", "uncompressed"), "compressed"),
  mutable("ts-duplicate-policy", choice(...POLICIES.slice(1)), "block"),
  mutable("ts-ignore-max-time-diff", integer(0, INT64_MAX), 0),
  mutable("ts-ignore-max-val-diff", difference, 0),
  mutable("ts-compaction-policy", compactions, ""),
];

const wholeOf = (text: string) => Math.min(Number(text), Number.MAX_SAFE_INTEGER);

/** What puts a new value of each of them into effect. */
export function seriesAppliers(defaults: SeriesDefaults): Record<string, Applier> {
  return {
    "ts-retention-policy": (text) => defaults.retentionMs = wholeOf(text),
    "ts-chunk-size-bytes": (text) => defaults.chunkSize = Number(text),
    "ts-encoding": (text) => defaults.compressed = text === "compressed",
    "ts-duplicate-policy": (text) => {
      defaults.policy = POLICIES.findIndex((name) => name === text);
    },
    "ts-ignore-max-time-diff": (text) => defaults.ignoredMs = wholeOf(text),
    "ts-ignore-max-val-diff": (text) => defaults.ignoredValue = Number(text),
    "ts-compaction-policy": (text) => defaults.compactions = parseCompactions(text) ?? [],
  };
}
