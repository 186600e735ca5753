import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { CommandHistograms } from "../../src/clients/command_histograms.ts";
import type { CommandHistogram } from "../../src/commands/table/measurement.ts";
import { called } from "./arguments.ts";

const [GET] = called("GET", "k");
const [SET] = called("SET", "k", "v");

/** The histogram of calls that took so many microseconds. */
function histogramOf(...durations: readonly number[]): CommandHistogram {
  const histograms = new CommandHistograms();
  for (const microseconds of durations) histograms.record(GET, microseconds, 1);
  const histogram = histograms.of(GET);
  assert.ok(histogram !== undefined);
  return histogram;
}

Deno.test("durations are told at powers of two of nanoseconds, as Redis does", () => {
  assert.deepEqual(histogramOf(0.5, 1, 1.5, 7, 9, 30, 120, 130).cumulative(), [
    [1, 2],
    [2, 3],
    [8, 4],
    [16, 5],
    [33, 6],
    [132, 8],
  ]);
});

Deno.test("a power of two's own cell belongs to it", () => {
  assert.deepEqual(histogramOf(1.031).cumulative(), [[1, 1]]);
  assert.deepEqual(histogramOf(1.032).cumulative(), [[2, 1]]);
  assert.deepEqual(histogramOf(33.023).cumulative(), [[33, 1]]);
  assert.deepEqual(histogramOf(33.024).cumulative(), [[66, 1]]);
});

Deno.test("what takes longer than a second is counted with it", () => {
  assert.deepEqual(histogramOf(600_000, 1_200_000, 1e12).cumulative(), [[1_073_741, 3]]);
  assert.equal(histogramOf(1e12).percentile(99), 1_002_438.655);
});

Deno.test("percentiles are the ends of the cells that Redis tells", () => {
  // As Redis 8 told them of calls of 2, 8, 24, 71, 124 and 603,000 microseconds.
  assert.equal(histogramOf(2).percentile(50), 2.007);
  assert.equal(histogramOf(2).percentile(0), 2);
  assert.equal(histogramOf(8).percentile(50), 8.031);
  assert.equal(histogramOf(24).percentile(100), 24.063);
  assert.equal(histogramOf(71.9).percentile(99), 72.191);
  assert.equal(histogramOf(124).percentile(99.9), 124.415);
  assert.equal(histogramOf(600_000).percentile(50), 603_979.775);
});

Deno.test("a percentile is no less than that share of the calls, and within a 128th", () => {
  const durations = fc.array(fc.integer({ min: 1, max: 999_999_999 }), { minLength: 1 });
  fc.assert(fc.property(durations, fc.integer({ min: 1, max: 100 }), (ns, percent) => {
    const histogram = histogramOf(...ns.map((each) => each / 1000));
    const rank = Math.max(1, Math.floor(percent / 100 * ns.length + 0.5));
    const exact = ns.toSorted((a, b) => a - b)[rank - 1]!;
    const told = Math.round(histogram.percentile(percent) * 1000);
    assert.ok(exact <= told && told <= exact + exact / 128, `${exact} ${told}`);
  }));
});

Deno.test("the last of the cumulative counts is that of all calls", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0, max: 2_000_000, noNaN: true }), { minLength: 1 }),
    (durations) => {
      const histogram = histogramOf(...durations);
      const told = histogram.cumulative();
      assert.equal(told.at(-1)?.[1], durations.length);
      for (let i = 1; i < told.length; i++) {
        assert.ok(told[i]![0] > told[i - 1]![0] && told[i]![1] > told[i - 1]![1]);
      }
    },
  ));
});

Deno.test("a call that stands for sixteen counts sixteen times", () => {
  const histograms = new CommandHistograms();
  histograms.record(GET, 3, 16);
  histograms.record(GET, 100, 1);
  const histogram = histograms.of(GET);
  assert.equal(histogram?.calls, 17);
  assert.deepEqual(histogram?.cumulative(), [[4, 16], [132, 17]]);
  assert.equal(histogram?.percentile(50), 3.007);
});

Deno.test("each command has a histogram of its own, in the order of the first calls", () => {
  const histograms = new CommandHistograms();
  for (const command of [SET, GET, SET, GET, GET]) histograms.record(command, 1, 1);
  assert.deepEqual(
    [...histograms.all()].map(({ command, calls }) => [command.name, calls]),
    [["set", 2], ["get", 3]],
  );
});

Deno.test("nothing is counted while disabled, and what was counted stays until a reset", () => {
  const histograms = new CommandHistograms();
  histograms.record(GET, 1, 1);
  histograms.enabled = false;
  histograms.record(GET, 1, 1);
  histograms.record(SET, 1, 1);
  assert.equal(histograms.of(GET)?.calls, 1);
  assert.equal(histograms.of(SET), undefined);
  histograms.enabled = true;
  histograms.reset();
  assert.deepEqual([...histograms.all()], []);
  histograms.record(GET, 1, 1);
  assert.equal(histograms.of(GET)?.calls, 1);
});
