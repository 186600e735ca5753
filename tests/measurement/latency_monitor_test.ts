import { strict as assert } from "node:assert";
import { LatencyMonitor } from "../../src/clients/latency_monitor.ts";
import { SlowLog } from "../../src/clients/slow_log.ts";
import { latencyReport } from "../../src/commands/server/latency_doctor.ts";
import { latencyGraph } from "../../src/commands/server/latency_graph.ts";
import type { LatencySample } from "../../src/commands/table/measurement.ts";
import { ManualClock } from "../../src/engine/clock.ts";

const SECOND = 1_700_000_000;

function monitorFrom(thresholdMs: number): { clock: ManualClock; monitor: LatencyMonitor } {
  const clock = new ManualClock(1000 * SECOND);
  const monitor = new LatencyMonitor(clock);
  monitor.thresholdMs = thresholdMs;
  return { clock, monitor };
}

Deno.test("an event below the threshold is not noted, and with a threshold of 0 none is", () => {
  const { monitor } = monitorFrom(10);
  monitor.sample("command", 9.99);
  assert.equal(monitor.of("command"), undefined);
  monitor.sample("command", 10);
  assert.deepEqual(monitor.of("command")?.samples, [{ unixSeconds: SECOND, ms: 10 }]);
  const off = monitorFrom(0).monitor;
  off.sample("command", 1000);
  assert.equal(off.of("command"), undefined);
});

Deno.test("of one second's events the longest is kept", () => {
  const { clock, monitor } = monitorFrom(1);
  for (const ms of [5, 7.9, 3]) monitor.sample("commit", ms);
  clock.advance(1000);
  monitor.sample("commit", 2);
  const series = monitor.of("commit");
  assert.deepEqual(series?.samples, [
    { unixSeconds: SECOND, ms: 7 },
    { unixSeconds: SECOND + 1, ms: 2 },
  ]);
  assert.equal(series?.worstMs, 7);
});

Deno.test("160 samples are kept, and the longest of all time", () => {
  const { clock, monitor } = monitorFrom(1);
  monitor.sample("command", 500);
  for (let i = 1; i <= 160; i++) {
    clock.advance(1000);
    monitor.sample("command", i);
  }
  const series = monitor.of("command");
  assert.equal(series?.samples.length, 160);
  assert.deepEqual(series?.samples[0], { unixSeconds: SECOND + 1, ms: 1 });
  assert.deepEqual(series?.samples.at(-1), { unixSeconds: SECOND + 160, ms: 160 });
  assert.equal(series?.worstMs, 500);
});

Deno.test("events are forgotten one by one", () => {
  const { monitor } = monitorFrom(1);
  monitor.sample("command", 5);
  monitor.sample("checkpoint", 6);
  assert.equal(monitor.forget("commit"), false);
  assert.equal(monitor.forget("command"), true);
  assert.deepEqual([...monitor.series()].map(({ event }) => event), ["checkpoint"]);
});

/** The picture's lines of samples so many seconds old. */
function graph(samples: readonly (readonly [secondsAgo: number, ms: number])[]): string[] {
  const taken: LatencySample[] = samples.map(([ago, ms]) => ({ unixSeconds: SECOND - ago, ms }));
  const picture = latencyGraph(
    { event: "command", worstMs: 900, samples: taken },
    1000 * SECOND + 999,
  );
  assert.ok(picture.endsWith("\n"));
  return picture.slice(0, -1).split("\n");
}

Deno.test("a graph draws the samples between the shortest and the longest", () => {
  const samples = [[4, 100], [3, 200], [2, 300], [1, 500], [0, 400]] as const;
  assert.deepEqual(graph(samples), [
    "command - high 500 ms, low 100 ms (all time high 900 ms)",
    "-".repeat(80),
    "   #_",
    "  _||",
    " _|||",
    "_||||",
    "     ",
    "43210",
    "sssss",
  ]);
});

Deno.test("a graph of one sample is flat", () => {
  assert.deepEqual(graph([[0, 7]]).slice(2), [" ", " ", " ", "_", " ", "0", "s"]);
});

Deno.test("a graph tells seconds, minutes, hours and days downwards", () => {
  const ages = [30 * 86400, 86400, 86399, 3600, 3599, 60, 59].map((ago) => [ago, 1] as const);
  assert.deepEqual(graph(ages).slice(-3), ["3121515", "0d3h9m9", "d h m s"]);
});

Deno.test("samples past eighty are drawn below", () => {
  const lines = graph(Array.from({ length: 82 }, (_, i) => [0, i] as const)).slice(2);
  assert.deepEqual(lines.map((line) => line.length), [
    ...Array(7).fill(80),
    0,
    ...Array(7).fill(2),
  ]);
  assert.deepEqual(lines.slice(8), ["##", "||", "||", "||", "  ", "00", "ss"]);
});

Deno.test("the doctor says how to watch latency where it is not watched", () => {
  const { monitor } = monitorFrom(0);
  assert.match(latencyReport(monitor, new SlowLog(), 0), /CONFIG SET latency-monitor-threshold/);
});

Deno.test("the doctor finds nothing where nothing took long", () => {
  const { monitor } = monitorFrom(25);
  assert.equal(
    latencyReport(monitor, new SlowLog(), 0),
    "No event took 25 ms (latency-monitor-threshold) or longer.\n",
  );
});

Deno.test("the doctor tells each event in figures, and each piece of advice once", () => {
  const { clock, monitor } = monitorFrom(100);
  for (const ms of [100, 200, 300]) {
    monitor.sample("command", ms);
    clock.advance(10_000);
  }
  monitor.sample("fast-command", 150);
  const report = latencyReport(monitor, new SlowLog(), clock.now());
  assert.ok(report.includes(
    "1. command: 3 samples of 200 ms on average (mean deviation 67 ms),\n" +
      "   one in 10.0 s; the longest took 300 ms.\n" +
      "2. fast-command: 1 samples",
  ));
  assert.equal(report.split("SLOWLOG GET").length, 2);
});

Deno.test("the doctor asks for a slow log that notes what the monitor notes", () => {
  const { monitor } = monitorFrom(5);
  monitor.sample("command", 6);
  const slowLog = new SlowLog();
  for (const thresholdMicroseconds of [5001, -1]) {
    slowLog.thresholdMicroseconds = thresholdMicroseconds;
    assert.match(latencyReport(monitor, slowLog, 0), /CONFIG SET slowlog-log-slower-than 5000\n/);
  }
  slowLog.thresholdMicroseconds = 5000;
  assert.doesNotMatch(latencyReport(monitor, slowLog, 0), /CONFIG SET/);
});
