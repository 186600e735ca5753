/** Time series: a chart of at most a thousand points, however many samples there are. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { fields, list, number } from "../data/replies.ts";
import { count } from "../data/units.ts";
import { Chart } from "../ui/chart.tsx";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { AddElement } from "./add_element.tsx";
import { InfoTable } from "./info_table.tsx";
import type { ValueProps } from "./value_props.ts";

const POINTS = 1000;
const AGGREGATORS = ["avg", "min", "max", "sum", "count", "last"];

/** The view. */
export function SeriesView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const [aggregator, setAggregator] = useState("avg");
  const loaded = useLoaded(async (signal) => {
    const told = fields(await console.one(["TS.INFO", key], signal));
    const total = number(told.get("totalSamples"));
    const first = number(told.get("firstTimestamp")), last = number(told.get("lastTimestamp"));
    const bucket = Math.max(1, Math.ceil((last - first + 1) / POINTS));
    const aggregation = total > POINTS ? ["AGGREGATION", aggregator, bucket] : [];
    const samples = list(await console.one(["TS.RANGE", key, "-", "+", ...aggregation], signal))
      .map(list);
    return { total, samples };
  }, [name, aggregator, facts]);
  return (
    <>
      {console.may("ts.add") && (
        <AddElement
          labels={["Time in ms, or *", "Number"]}
          command={(time, value) => ["TS.ADD", key, time || "*", value!]}
          onAdded={onChanged}
        />
      )}
      <Show of={loaded}>
        {({ total, samples }) => (
          <>
            {total > POINTS && (
              <label class="inline">
                {count(total)} samples, in pieces of which is shown the
                <select
                  value={aggregator}
                  onChange={({ currentTarget }) => setAggregator(currentTarget.value)}
                >
                  {AGGREGATORS.map((name) => <option key={name}>{name}</option>)}
                </select>
              </label>
            )}
            <Chart
              label="Samples"
              height={280}
              xs={samples.map(([time]) => number(time) / 1000)}
              series={[{ label: "value", values: samples.map(([, value]) => number(value)) }]}
            />
          </>
        )}
      </Show>
      <InfoTable name={name} command="TS.INFO" on={facts} />
    </>
  );
}
