/** `/metrics` in Prometheus's format, `/health`, `/ready`. */

import { strict as assert } from "node:assert";
import parsePrometheus from "parse-prometheus-text-format";
import { DASHBOARD, dashboardText } from "../../../ext/packaging/dashboard.ts";
import { METRICS } from "../../../src/server/http/metrics/metric_list.ts";
import { samplesOf } from "../../../src/server/http/metrics/samples.ts";
import { ask } from "./rest_requests.ts";
import { serve } from "./served.ts";

interface Family {
  readonly name: string;
  readonly type: string;
  readonly metrics: readonly { readonly labels?: object; readonly value?: string }[];
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/.source;
const LABELS = /\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\})|(?=\})))*\}/.source;
const SAMPLE = new RegExp(`^${NAME}(?:${LABELS})? -?(?:\\d+(?:\\.\\d+)?(?:e[-+]\\d+)?)$`);

/** The families of a text, which is held to the format line by line. */
function familiesOf(text: string): ReadonlyMap<string, Family> {
  assert.ok(text.endsWith("\n"));
  const samples = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    if (/^# (?:HELP|TYPE) /.test(line)) continue;
    assert.match(line, SAMPLE);
    const sample = line.slice(0, line.lastIndexOf(" "));
    assert.ok(!samples.has(sample), `${sample} is there twice`);
    samples.add(sample);
  }
  const families = parsePrometheus(text) as Family[];
  const names = families.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  return new Map(families.map((family) => [family.name, family]));
}

const valueOf = (families: ReadonlyMap<string, Family>, name: string, labels: object = {}) => {
  const found = families.get(name)?.metrics.find((metric) =>
    Object.entries(labels).every(([label, value]) =>
      Object.entries(metric.labels ?? {}).some(([key, has]) => key === label && has === value)
    )
  );
  return Number(found?.value);
};

Deno.test("/metrics tells what INFO tells, under the names of redis_exporter", async () => {
  await using server = await serve();
  const { url } = server;
  await ask(url, "/set/a/1");
  await ask(url, "/set/b/1?EX=100");
  await ask(url, "/get/a");
  await ask(url, "/get/none");
  await ask(url, "/incr");
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const families = familiesOf(await response.text());
  assert.equal(valueOf(families, "redis_up"), 1);
  assert.equal(valueOf(families, "redis_connected_clients"), 1);
  assert.equal(families.get("redis_memory_used_bytes")?.type, "GAUGE");
  assert.equal(families.get("redis_commands_processed_total")?.type, "COUNTER");
  assert.equal(valueOf(families, "redis_commands_total", { cmd: "set" }), 2);
  assert.equal(valueOf(families, "redis_commands_rejected_calls_total", { cmd: "incr" }), 1);
  assert.equal(valueOf(families, "redis_db_keys", { db: "db0" }), 2);
  assert.equal(valueOf(families, "redis_db_keys_expiring", { db: "db0" }), 1);
  assert.equal(valueOf(families, "redis_keyspace_hits_total"), 1);
  assert.equal(valueOf(families, "redis_keyspace_misses_total"), 1);
  assert.equal(valueOf(families, "redis_errors_total", { err: "ERR" }), 1);
  assert.equal(families.get("redis_latency_percentiles_usec")?.type, "SUMMARY");
  assert.ok(valueOf(families, "redlite_file_bytes") > 0);
  assert.equal(valueOf(families, "redlite_file_ok"), 1);
  assert.equal(valueOf(families, "redlite_history_enabled"), 0);
  // Fields of what a server lacks are left out; no name is there that INFO knows no field of.
  const lacking = METRICS.flatMap(({ metrics }) => metrics)
    .filter(({ name, field }) => !families.has(name) && !/write_behind|last_sync_age/.test(field));
  assert.deepEqual(lacking, []);
});

Deno.test("names from clients do not break the format", () => {
  const info = [
    "# Commandstats",
    'cmdstat_a"b\\c:calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0',
    "errorstat_É{}:count=3",
    "file_status:the file is gone",
    "db0:keys=1,expires=0,avg_ttl=1500,subexpiry=0",
    "slave0:ip=10.0.0.1,port=6379,state=online,offset=42,lag=1",
    "role:slave",
    "master_host:10.0.0.2",
    "master_port:6380",
    "master_link_status:up",
    "master_last_io_seconds_ago:2",
  ].join("\r\n");
  const families = familiesOf(samplesOf({
    info,
    slowLogLength: 1,
    slowLog: [[7, 1, 2500, ["GET"], "", ""]],
    latency: [["command", 1000, 250, 300]],
  }, 0));
  assert.equal(valueOf(families, "redis_commands_total"), 1);
  assert.equal(valueOf(families, "redis_errors_total"), 3);
  assert.equal(valueOf(families, "redlite_file_ok"), 0);
  assert.equal(valueOf(families, "redis_db_avg_ttl_seconds", { db: "db0" }), 1.5);
  assert.equal(valueOf(families, "redis_connected_slave_lag_seconds", { slave_ip: "10.0.0.1" }), 1);
  assert.equal(valueOf(families, "redis_master_link_up", { master_host: "10.0.0.2" }), 1);
  assert.equal(valueOf(families, "redis_slowlog_last_id"), 7);
  assert.equal(valueOf(families, "redis_last_slow_execution_duration_seconds"), 0.0025);
  const spike = { event_name: "command" };
  assert.equal(valueOf(families, "redis_latency_spike_duration_seconds", spike), 0.25);
});

Deno.test("metrics are for users who may run INFO, whatever else they may", async () => {
  await using server = await serve({
    password: "secret",
    users: ["prometheus on >scrape +info", "other on >word ~* +get"],
  });
  const { url, db } = server;
  const as = async (credentials?: string) => {
    const headers = credentials === undefined
      ? {}
      : { Authorization: `Basic ${btoa(credentials)}` };
    return await ask(url, "/metrics", undefined, { headers });
  };
  assert.equal((await as())[0], 401);
  assert.equal((await as("other:word"))[0], 403);
  const denied = db.call("ACL", "LOG") as unknown[];
  const [status, text] = await as("prometheus:scrape");
  assert.equal(status, 200);
  assert.ok(!familiesOf(String(text)).has("redis_slowlog_length"));
  // What it may not ask for was not asked for.
  assert.equal((db.call("ACL", "LOG") as unknown[]).length, denied.length);
  assert.ok(familiesOf(String((await as(":secret"))[1])).has("redis_slowlog_length"));
});

Deno.test("everybody may know whether the server is there", async () => {
  await using server = await serve({ password: "secret" });
  const { url } = server;
  assert.deepEqual(await ask(url, "/health"), [200, { status: "ok" }]);
  assert.deepEqual(await ask(url, "/ready"), [200, { status: "ok" }]);
});

Deno.test("the dashboard in the sources is the one that the list gives", async () => {
  assert.equal(await Deno.readTextFile(DASHBOARD), dashboardText());
});
