/** When consumers were seen and were active, on a clock that the test moves. */

import { strict as assert } from "node:assert";
import { OnClock } from "../on_clock.ts";

/** What XINFO CONSUMERS tells of a consumer's time: since it was seen, and since it was active. */
function times(store: OnClock, name: string): (number | undefined)[] {
  const consumers = store.ask("XINFO CONSUMERS s g");
  assert.ok(Array.isArray(consumers));
  const told = consumers.find((consumer: Map<string, unknown>) => consumer.get("name") === name);
  return ["idle", "inactive"].map((field) => told?.get(field));
}

/** The times of consumer `c` after a line: entry 3-1 is pending for another, and 4-1 is not read yet. */
function afterwards(line: string): (number | undefined)[] {
  using store = new OnClock();
  for (
    const before of [
      "XADD s 3-1 a b",
      "XGROUP CREATE s g 0",
      "XGROUP CREATECONSUMER s g c",
      "XREADGROUP GROUP g other COUNT 1 STREAMS s >",
      "XADD s 4-1 a b",
    ]
  ) store.ask(before);
  store.advance(100);
  store.ask(line);
  store.advance(7);
  return times(store, "c");
}

const NEVER = -1;

Deno.test("a consumer is seen by whatever it asks, and active once it has something to acknowledge", () => {
  assert.deepEqual(afterwards("PING"), [107, NEVER]);
  assert.deepEqual(afterwards("XREADGROUP GROUP g c STREAMS s 0"), [7, NEVER]);
  assert.deepEqual(afterwards("XREADGROUP GROUP g c NOACK STREAMS s >"), [7, NEVER]);
  assert.deepEqual(afterwards("XREADGROUP GROUP g c STREAMS s >"), [7, 7]);
  assert.deepEqual(afterwards("XCLAIM s g c 1000 3-1"), [7, NEVER]);
  assert.deepEqual(afterwards("XCLAIM s g c 50 3-1"), [7, 7]);
  assert.deepEqual(afterwards("XAUTOCLAIM s g c 1000 0"), [7, NEVER]);
  assert.deepEqual(afterwards("XAUTOCLAIM s g c 50 0"), [7, 7]);
});

Deno.test("a consumer that acknowledges nothing is active by what it claims", () => {
  assert.deepEqual(afterwards("XREADGROUP GROUP g c CLAIM 50 NOACK STREAMS s >"), [7, 7]);
});
