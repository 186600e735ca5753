import { strict as assert } from "node:assert";
import { ManualClock } from "../../src/engine/clock.ts";
import { ReportLimit } from "../../src/server/report_limit.ts";

Deno.test("a cause is reported once a minute, with how often it came meanwhile", () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const limit = new ReportLimit(clock, (line) => lines.push(line));
  for (let i = 0; i < 5; i++) limit.report("full", "the disk is full");
  limit.report("sync", "cannot sync");
  assert.deepEqual(lines, ["the disk is full", "cannot sync"]);
  clock.advance(59_000);
  limit.report("full", "the disk is full");
  assert.equal(lines.length, 2);
  clock.advance(1000);
  limit.report("full", "the disk is full");
  limit.report("sync", "cannot sync");
  assert.deepEqual(lines.slice(2), [
    "the disk is full (and 5 times more since the last line)",
    "cannot sync",
  ]);
});
