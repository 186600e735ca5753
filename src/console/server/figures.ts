/** What the live view tells, from two INFOs one after the other. */

import { count, shortCount, size, span } from "../data/units.ts";

/** What INFO told, and when. */
export interface Told {
  readonly atMs: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** A figure: how it is got, and how it is written. */
export interface Figure {
  readonly label: string;
  readonly of: (now: Told, before: Told | undefined) => number | null;
  readonly format: (value: number) => string;
}

/** A chart of figures. */
export interface FigureChart {
  readonly label: string;
  /** Whether they are bytes. */
  readonly isSize?: boolean;
  readonly figures: readonly Figure[];
}

const field = (told: Told, name: string) => Number(told.fields.get(name) ?? Number.NaN);

function value(label: string, name: string, format: (value: number) => string): Figure {
  return {
    label,
    of: (now) => {
      const value = field(now, name);
      return Number.isNaN(value) ? null : value;
    },
    format,
  };
}

const rises = (name: string, now: Told, before: Told) =>
  Math.max(0, field(now, name) - field(before, name));

/** How much a counter rises in a second. */
function rate(label: string, name: string): Figure {
  return {
    label,
    of: (now, before) =>
      before === undefined ? null : rises(name, now, before) / ((now.atMs - before.atMs) / 1000),
    format: shortCount,
  };
}

/** How much one counter rises for each by which another does. */
function ratio(label: string, name: string, by: string): Figure {
  return {
    label,
    of: (now, before) => {
      if (before === undefined) return null;
      const each = rises(by, now, before);
      return each === 0 ? null : rises(name, now, before) / each;
    },
    format: (us) => us < 1000 ? `${us.toFixed(us < 10 ? 1 : 0)} µs` : span(us / 1000),
  };
}

/** The charts. */
export const CHARTS: readonly FigureChart[] = [
  {
    label: "Commands a second",
    figures: [
      rate("commands", "total_commands_processed"),
      rate("errors", "total_error_replies"),
    ],
  },
  {
    label: "Latency",
    figures: [
      ratio("a command", "eventloop_duration_cmd_sum", "total_commands_processed"),
      ratio("a turn", "eventloop_duration_sum", "eventloop_cycles"),
    ],
  },
  {
    label: "Memory",
    isSize: true,
    figures: [
      value("of the process", "process_memory", size),
      value("of the data", "used_memory", size),
    ],
  },
  { label: "File", isSize: true, figures: [value("file", "file_bytes", size)] },
  {
    label: "Write-ahead log",
    isSize: true,
    figures: [
      value("WAL", "wal_bytes", size),
      value("log before the database", "write_behind_log_size", size),
    ],
  },
  { label: "Clients", figures: [value("connected", "connected_clients", count)] },
  {
    label: "Reads that find keys, a second",
    figures: [rate("found", "keyspace_hits"), rate("not found", "keyspace_misses")],
  },
  {
    label: "Row cache, a second",
    figures: [rate("hits", "cache_row_hits"), rate("misses", "cache_row_misses")],
  },
];

/** Of INFO the sections that these are in. */
export const SECTIONS = ["server", "clients", "memory", "persistence", "storage", "stats"];
