/** What the replies of INFO, SLOWLOG and LATENCY say, as samples. */

import { Exposition, type Kind } from "./exposition.ts";
import { METRICS } from "./metric_list.ts";

/** What there is to make samples of. What a user may not ask for is not there. */
export interface Told {
  /** The reply of INFO. */
  readonly info: string;
  /** The reply of SLOWLOG LEN. */
  readonly slowLogLength?: unknown;
  /** The reply of SLOWLOG GET 1. */
  readonly slowLog?: unknown;
  /** The reply of LATENCY LATEST. */
  readonly latency?: unknown;
}

const gauge = (help: string) => ({ kind: "gauge" as Kind, help });
const counter = (help: string) => ({ kind: "counter" as Kind, help });

/** Labels of the sample that says what server it is. */
const INSTANCE = [
  "role",
  "redis_version",
  "redis_build_id",
  "redis_mode",
  "os",
  "maxmemory_policy",
  "tcp_port",
  "run_id",
  "process_id",
  "master_replid",
  "redlite_version",
] as const;

/** The samples in Prometheus's format. */
export function samplesOf(told: Told, nowMs: number): string {
  const all = new Exposition();
  const fields = fieldsOf(told.info);
  all.add("redis_up", gauge("Whether the server answers"), 1);
  const instance = INSTANCE.map((name) => [name, fields.get(name) ?? ""] as const);
  all.add("redis_instance_info", gauge("What server it is"), 1, Object.fromEntries(instance));
  const uptime = numberOf(fields.get("uptime_in_seconds"));
  if (uptime !== undefined) {
    const started = Math.floor(nowMs / 1000) - uptime;
    all.add("redis_start_time_seconds", gauge("When it was started, Unix time"), started);
  }
  for (const { metrics } of METRICS) {
    for (const { field, name, help, counter, scale = 1, isOk } of metrics) {
      const text = fields.get(field);
      const value = isOk && text !== undefined ? Number(text === "ok") : numberOf(text);
      // What was never has no age.
      if (value === undefined || value < 0 && scale !== 1) continue;
      all.add(name, { kind: counter ? "counter" : "gauge", help }, scaled(value, scale));
    }
  }
  for (const [field, text] of fields) addFamily(all, field, partsOf(text));
  addMaster(all, fields);
  addPercentiles(all, fields);
  addSlowLog(all, told);
  addLatency(all, told.latency);
  return all.text;
}

/** Fields of which there is one for each database, command, replica or code of errors. */
function addFamily(all: Exposition, field: string, parts: ReadonlyMap<string, string>): void {
  const add =
    (name: string, facts: { kind: Kind; help: string }, part: string, label: string) =>
    (scale = 1) => {
      const value = numberOf(parts.get(part));
      const [key, text] = label.split("=", 2) as [string, string];
      if (value !== undefined) all.add(name, facts, scaled(value, scale), { [key]: text });
    };
  if (/^db\d+$/.test(field)) {
    const label = `db=${field}`;
    add("redis_db_keys", gauge("Keys by database"), "keys", label)();
    add("redis_db_keys_expiring", gauge("Keys that expire, by database"), "expires", label)();
    add("redis_db_avg_ttl_seconds", gauge("Mean time to live"), "avg_ttl", label)(1e-3);
    const hashes = gauge("Hashes with fields that expire, by database");
    add("redis_db_keys_with_expiring_items", hashes, "subexpiry", label)();
  } else if (field.startsWith("cmdstat_")) {
    const label = `cmd=${field.slice("cmdstat_".length)}`;
    const prefix = "redis_commands";
    add(`${prefix}_total`, counter("Calls by command"), "calls", label)();
    add(`${prefix}_duration_seconds_total`, counter("Time by command"), "usec", label)(1e-6);
    const rejected = counter("Calls that were refused before they ran, by command");
    add(`${prefix}_rejected_calls_total`, rejected, "rejected_calls", label)();
    const failed = counter("Calls that ended in an error, by command");
    add(`${prefix}_failed_calls_total`, failed, "failed_calls", label)();
  } else if (field.startsWith("errorstat_")) {
    const label = `err=${field.slice("errorstat_".length)}`;
    add("redis_errors_total", counter("Error replies by their first word"), "count", label)();
  } else if (/^slave\d+$/.test(field)) {
    const labels = {
      slave_ip: parts.get("ip") ?? "",
      slave_port: parts.get("port") ?? "",
      slave_state: parts.get("state") ?? "",
    };
    const offset = numberOf(parts.get("offset")), lag = numberOf(parts.get("lag"));
    const prefix = "redis_connected_slave";
    if (offset !== undefined) {
      all.add(`${prefix}_offset_bytes`, gauge("What a replica has"), offset, labels);
    }
    if (lag !== undefined && lag >= 0) {
      all.add(`${prefix}_lag_seconds`, gauge("Since a replica said so"), lag, labels);
    }
  }
}

/** Of a replica: whom it follows, and how. */
function addMaster(all: Exposition, fields: ReadonlyMap<string, string>): void {
  const master_host = fields.get("master_host"), master_port = fields.get("master_port");
  if (master_host === undefined || master_port === undefined) return;
  const labels = { master_host, master_port };
  const read_only = fields.get("slave_read_only") ?? "";
  all.add("redis_slave_info", gauge("That it is a replica"), 1, { ...labels, read_only });
  const isUp = Number(fields.get("master_link_status") === "up");
  all.add("redis_master_link_up", gauge("Whether it hears its master"), isUp, labels);
  const helps = {
    master_last_io_seconds_ago: "Since it heard its master",
    master_sync_in_progress: "Whether it gets everything anew",
    slave_repl_offset: "Bytes of the stream of changes that it has",
  };
  for (const [field, help] of Object.entries(helps)) {
    const value = numberOf(fields.get(field));
    if (value !== undefined) all.add(`redis_${field}`, gauge(help), value, labels);
  }
}

/** Percentiles of how long commands took, as a summary with their calls and their time. */
function addPercentiles(all: Exposition, fields: ReadonlyMap<string, string>): void {
  const name = "redis_latency_percentiles_usec";
  const prefix = name.slice("redis_".length) + "_";
  const facts = { kind: "summary" as Kind, help: "Microseconds that commands took" };
  for (const [field, text] of fields) {
    if (!field.startsWith(prefix)) continue;
    const cmd = field.slice(prefix.length);
    const statistics = partsOf(fields.get(`cmdstat_${cmd}`) ?? "");
    const sum = numberOf(statistics.get("usec")), count = numberOf(statistics.get("calls"));
    if (sum === undefined || count === undefined) continue;
    for (const [percentile, value] of partsOf(text)) {
      const quantile = percentile.slice(1);
      all.add(name, facts, numberOf(value) ?? 0, { cmd, quantile });
    }
    all.add(name, facts, sum, { cmd }, "_sum");
    all.add(name, facts, count, { cmd }, "_count");
  }
}

function addSlowLog(all: Exposition, { slowLogLength, slowLog }: Told): void {
  if (typeof slowLogLength === "number") {
    all.add("redis_slowlog_length", gauge("Entries of the slow log"), slowLogLength);
  }
  const last: unknown = Array.isArray(slowLog) ? slowLog[0] : undefined;
  if (!Array.isArray(last)) return;
  const [id, , microseconds]: unknown[] = last;
  if (typeof id !== "number" || typeof microseconds !== "number") return;
  all.add("redis_slowlog_last_id", gauge("The last entry of the slow log"), id);
  all.add(
    "redis_last_slow_execution_duration_seconds",
    gauge("How long the last slow command took"),
    scaled(microseconds, 1e-6),
  );
}

function addLatency(all: Exposition, latency: unknown): void {
  if (!Array.isArray(latency)) return;
  for (const event of latency) {
    if (!Array.isArray(event)) continue;
    const [name, at, ms]: unknown[] = event;
    if (typeof name !== "string" || typeof at !== "number" || typeof ms !== "number") continue;
    const labels = { event_name: name };
    all.add("redis_latency_spike_last", gauge("When something took long last"), at, labels);
    const duration = gauge("How long the last of what took long did");
    all.add("redis_latency_spike_duration_seconds", duration, scaled(ms, 1e-3), labels);
  }
}

/** The fields of INFO. */
function fieldsOf(info: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of info.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** The parts of a field as `keys=1,expires=0`. */
function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    if (equals > 0) parts.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return parts;
}

/** What INFO says in words, as numbers. */
const WORDS: ReadonlyMap<string, number> = new Map([["ok", 1], ["err", 0]]);

/** The number that a field is; undefined if it is none, or says that there is none. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** A product without the digits that binary fractions leave. */
const scaled = (value: number, scale: number) =>
  scale === 1 ? value : Number((value * scale).toPrecision(15));
