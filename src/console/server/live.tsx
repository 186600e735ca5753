/** Live charts of what the server does. */

import { useEffect, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { infoFields } from "../data/replies.ts";
import { span } from "../data/units.ts";
import { Chart } from "../ui/chart.tsx";
import { usePolled } from "../ui/loaded.tsx";
import { CHARTS, SECTIONS, type Told } from "./figures.ts";

const EVERY_MS = 1000;
/** Points that are kept. */
const KEPT = 600;

/** The view. */
export function LiveView() {
  const console = useConsole();
  const [told, setTold] = useState<readonly Told[]>([]);
  const polled = usePolled(async (signal): Promise<Told> => {
    const reply = await console.one(["INFO", ...SECTIONS], signal);
    return { atMs: Date.now(), fields: infoFields(reply) };
  }, EVERY_MS);
  const { value, error } = polled;
  useEffect(() => {
    if (value !== undefined) setTold((told) => [...told.slice(1 - KEPT), value]);
  }, [value]);
  const last = told.at(-1), before = told.at(-2);
  return (
    <div class="view">
      <div class="view-head">
        <h1>Live</h1>
        {last && (
          <span class="quiet">
            Redlite {last.fields.get("redlite_version")}, up for{" "}
            {span(1000 * Number(last.fields.get("uptime_in_seconds")))},{" "}
            {last.fields.get("database_file")}
          </span>
        )}
      </div>
      {error !== undefined && <p class="error" role="alert">{error}</p>}
      {last && (
        <dl class="figures">
          {CHARTS.map(({ label, figures: [figure] }) => {
            const value = figure?.of(last, before) ?? null;
            return (
              <div key={label} class="card">
                <dt>{label}</dt>
                <dd>{value === null || figure === undefined ? "–" : figure.format(value)}</dd>
              </div>
            );
          })}
        </dl>
      )}
      <div class="charts">
        {CHARTS.map(({ label, figures, isSize = false }) => (
          <Chart
            key={label}
            label={label}
            isSize={isSize}
            xs={told.map(({ atMs }) => atMs / 1000)}
            format={figures[0]!.format}
            series={figures.map((figure) => ({
              label: figure.label,
              values: told.map((now, i) => figure.of(now, told[i - 1])),
            }))}
          />
        ))}
      </div>
    </div>
  );
}
