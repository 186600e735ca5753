/** What tells two series apart, for DEBUG DIGEST. */

import type { Collection } from "../collections/collection.ts";
import { KEPT_NUMBERS } from "./aggregators.ts";
import type { TimeSeries } from "./time_series.ts";

const decoder = new TextDecoder("latin1");

/** Tells what a series is, part by part: its settings, labels, rules and samples. */
export function digestSeries(
  all: TimeSeries,
  collection: Collection,
  tell: (...parts: (Uint8Array | string)[]) => void,
): void {
  const series = all.of(collection);
  const nameOf = (id: number) => {
    const found = id === 0 ? undefined : all.labels.name(id);
    return found === undefined ? "" : decoder.decode(found.key);
  };
  tell(
    "settings",
    String(series.retentionMs),
    String(series.chunkSize),
    String(series.compressed),
    String(series.policy),
    String(series.ignoredMs),
    String(series.ignoredValue),
    nameOf(series.source),
  );
  for (const [ordinal, [name, value]] of all.labels.of(collection.id).entries()) {
    tell("label", String(ordinal), name, value);
  }
  const numbers = new Float64Array(KEPT_NUMBERS);
  for (const rule of series.rules) {
    const destination = nameOf(rule.destination);
    if (destination === "") continue;
    numbers.fill(0);
    rule.aggregator.save(numbers);
    const { name, duration, alignment, start } = rule;
    tell("rule", destination, name, `${duration} ${alignment} ${start} ${numbers.join(" ")}`);
  }
  all.each(series, 0, Number.MAX_SAFE_INTEGER - 1, false, ({ times, values, count }) => {
    for (let i = 0; i < count; i++) {
      tell("sample", `${times[i]} ${Object.is(values[i], -0) ? "-0" : values[i]}`);
    }
    return true;
  });
}
