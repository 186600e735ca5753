/**
 * `deno task dashboard` writes `grafana.json`: a dashboard of Grafana with every metric that
 * `/metrics` tells, from the same list. It is imported by hand, or put where Grafana looks for
 * dashboards; it asks for a source of data of the kind Prometheus.
 *
 * @module
 */

import { type Metric, METRICS, unitOf } from "../../src/server/http/metrics/metric_list.ts";

/** Where it is written. */
export const DASHBOARD: URL = new URL("grafana.json", import.meta.url);

/** Columns of Grafana's grid, and of a panel; rows of a panel. */
const GRID = 24, WIDTH = 8, HEIGHT = 7;
/** What a rate is taken over. */
const OVER = "[$__rate_interval]";
/** The samples of the server that is chosen. */
const CHOSEN = 'instance=~"$instance"';

interface Query {
  readonly expression: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
}

/** What is shown of families that have a sample for each command, database or replica. */
const FAMILIES: Readonly<Record<string, readonly Panel[]>> = {
  Commands: [
    {
      title: "Commands a second",
      description: "By command",
      unit: "ops",
      queries: [query(`rate(redis_commands_total{${CHOSEN}}${OVER})`, "{{cmd}}")],
    },
    {
      title: "Time of a command",
      description: "Mean, by command",
      unit: "s",
      queries: [query(
        `rate(redis_commands_duration_seconds_total{${CHOSEN}}${OVER}) / ` +
          `rate(redis_commands_total{${CHOSEN}}${OVER})`,
        "{{cmd}}",
      )],
    },
    {
      title: "Errors a second",
      description: "By the first word",
      unit: "ops",
      queries: [query(`rate(redis_errors_total{${CHOSEN}}${OVER})`, "{{err}}")],
    },
    {
      title: "Share of reads that hit",
      description: "Of all reads of keys",
      unit: "percentunit",
      queries: [query(hitRate("redis_keyspace"), "{{instance}}")],
    },
  ],
  Memory: [
    {
      title: "Keys",
      description: "By database",
      unit: "short",
      queries: [query(`redis_db_keys{${CHOSEN}}`, "{{db}}")],
    },
    {
      title: "Keys that expire",
      description: "By database",
      unit: "short",
      queries: [query(`redis_db_keys_expiring{${CHOSEN}}`, "{{db}}")],
    },
  ],
  Replication: [{
    title: "Lag of replicas",
    description: "Since each said what it has",
    unit: "s",
    queries: [query(`redis_connected_slave_lag_seconds{${CHOSEN}}`, "{{slave_ip}}:{{slave_port}}")],
  }],
  Cache: [{
    title: "Share of rows that were in the cache",
    description: "Of all that were read",
    unit: "percentunit",
    queries: [query(hitRate("redlite_row_cache"), "{{instance}}")],
  }],
};

function query(expression: string, legend: string): Query {
  return { expression, legend };
}

function hitRate(prefix: string): string {
  const [hits, misses] = ["hits", "misses"].map((word) =>
    `rate(${prefix}_${word}_total{${CHOSEN}}${OVER})`
  );
  return `${hits} / (${hits} + ${misses})`;
}

/** A panel of a metric: of a counter, how much it grows a second. */
function panelOf(metric: Metric): Panel {
  const { name, help, counter } = metric;
  const unit = unitOf(metric);
  const units = counter
    ? { bytes: "Bps", seconds: "percentunit", none: "ops", time: "ops" }
    : { bytes: "bytes", seconds: "s", none: "short", time: "dateTimeFromNow" };
  const samples = `${name}{${CHOSEN}}`;
  return {
    title: help,
    description: name,
    unit: units[unit],
    queries: [query(
      counter ? `rate(${samples}${OVER})` : unit === "time" ? `${samples} * 1000` : samples,
      "{{instance}}",
    )],
  };
}

const SOURCE = { type: "prometheus", uid: "${source}" };

/** The dashboard as Grafana imports it. */
export function dashboard(): Record<string, unknown> {
  const panels: Record<string, unknown>[] = [];
  let y = 0;
  const place = (width: number, x: number) => ({ h: width === GRID ? 1 : HEIGHT, w: width, x, y });
  for (const { title, metrics } of METRICS) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: place(GRID, 0),
      panels: [],
    });
    y++;
    const all = [...FAMILIES[title] ?? [], ...metrics.map(panelOf)];
    all.forEach(({ title, description, unit, queries }, i) => {
      const column = i % (GRID / WIDTH);
      if (i > 0 && column === 0) y += HEIGHT;
      panels.push({
        id: panels.length + 1,
        type: "timeseries",
        title,
        description,
        datasource: SOURCE,
        gridPos: place(WIDTH, column * WIDTH),
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        options: { legend: { displayMode: "list" }, tooltip: { mode: "multi", sort: "desc" } },
        targets: queries.map(({ expression, legend }, i) => ({
          refId: String.fromCharCode(65 + i),
          datasource: SOURCE,
          expr: expression,
          legendFormat: legend,
        })),
      });
    });
    y += HEIGHT;
  }
  return {
    uid: "redlite",
    title: "Redlite",
    tags: ["redlite", "redis"],
    schemaVersion: 39,
    editable: true,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        { name: "source", label: "Source", type: "datasource", query: "prometheus" },
        {
          name: "instance",
          label: "Server",
          type: "query",
          datasource: SOURCE,
          query: "label_values(redis_up, instance)",
          includeAll: true,
          multi: true,
          refresh: 2,
        },
      ],
    },
    panels,
  };
}

/** The text of the file. */
export function dashboardText(): string {
  return JSON.stringify(dashboard(), undefined, 2) + "\n";
}

if (import.meta.main) await Deno.writeTextFile(DASHBOARD, dashboardText());
