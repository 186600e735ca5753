/** Charts of numbers over time, or over anything that grows. */

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { color } from "../app/theme.ts";

/** A line of a chart. */
export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

const POWERS = Array.from({ length: 50 }, (_, i) => 2 ** i);

const COLORS = ["accent", "orange", "green", "purple", "red", "teal"];

/**
 * A chart.
 *
 * @param xs Where the points are; seconds since 1970 if it is of time.
 * @param names What the points are called, where `xs` only counts them from 0 on.
 * @param format How values are written.
 */
export function Chart(
  { label, xs, names, series, isTime = true, isSize = false, height = 150, format }: {
    readonly label: string;
    readonly xs: readonly number[];
    readonly names?: readonly string[] | undefined;
    readonly series: readonly Series[];
    readonly isTime?: boolean;
    /** Whether values are bytes, whose round numbers are powers of two. */
    readonly isSize?: boolean;
    readonly height?: number;
    readonly format?: (value: number) => string;
  },
) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data: uPlot.AlignedData = [[...xs], ...series.map(({ values }) => [...values])];
  const latest = useRef(data);
  latest.current = data;
  const lines = JSON.stringify([series.map(({ label }) => label), names]);
  useEffect(() => {
    let isGone = false;
    let observer: ResizeObserver | undefined;
    const draw = async () => {
      const { default: uPlot } = await import("uplot");
      const { current } = host;
      if (isGone || current === null) return;
      plot.current?.destroy();
      const axis = {
        stroke: color("faint"),
        grid: { stroke: color("edge"), width: 1 },
        ticks: { show: false },
        font: "11px system-ui",
      };
      plot.current = new uPlot(
        {
          width: current.clientWidth,
          height,
          cursor: { y: false },
          legend: { live: true },
          scales: { x: { time: isTime } },
          axes: [{
            ...axis,
            ...names && {
              values: (_: uPlot, ticks: number[]) => ticks.map((tick) => names[tick] ?? ""),
            },
          }, {
            ...axis,
            size: 58,
            ...isSize && { incrs: POWERS },
            ...format && { values: (_: uPlot, ticks: number[]) => ticks.map(format) },
          }],
          series: [
            {},
            ...series.map(({ label }, i) => ({
              label,
              stroke: color(COLORS[i % COLORS.length]!),
              width: 1.5,
              points: { show: () => latest.current[0].length < 3 },
              ...format && {
                value: (_: uPlot, value: number | null) => value === null ? "–" : format(value),
              },
            })),
          ],
        },
        latest.current,
        current,
      );
      observer ??= new ResizeObserver(() =>
        plot.current?.setSize({ width: current.clientWidth, height })
      );
      observer.observe(current);
    };
    const again = () => void draw();
    again();
    addEventListener("themechange", again);
    return () => {
      isGone = true;
      observer?.disconnect();
      removeEventListener("themechange", again);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [lines, isTime, height]);
  useEffect(() => plot.current?.setData(latest.current));
  return (
    <figure class="chart">
      <figcaption>{label}</figcaption>
      <div ref={host} role="img" aria-label={label} />
    </figure>
  );
}
