/** A clock whose calls are held back for a while. */

import { strict as assert } from "node:assert";
import { ManualClock } from "../../src/engine/clock.ts";
import { HeldClock } from "../../src/engine/held_clock.ts";

function clocks() {
  const time = new ManualClock();
  const calls: string[] = [];
  return {
    clock: new HeldClock(time),
    time,
    calls,
    note: (name: string) => () => calls.push(name),
  };
}

Deno.test("calls come when they are due", () => {
  const { clock, time, calls, note } = clocks();
  clock.after(5, note("a"));
  clock.after(1, note("b"));
  time.advance(4);
  assert.deepEqual(calls, ["b"]);
  time.advance(1);
  assert.deepEqual(calls, ["b", "a"]);
  assert.equal(clock.now(), time.now());
});

Deno.test("what falls due while calls are held back comes soon after, and once", () => {
  const { clock, time, calls, note } = clocks();
  clock.after(1, note("a"));
  clock.after(50, note("b"));
  clock.held = true;
  time.advance(10);
  assert.deepEqual(calls, []);
  clock.release();
  time.advance(0);
  assert.deepEqual(calls, ["a"]);
  time.advance(100);
  assert.deepEqual(calls, ["a", "b"]);
});

Deno.test("a call that is held back can be held back again, and cancelled", () => {
  const { clock, time, calls, note } = clocks();
  clock.after(1, note("a"));
  const cancelled = clock.after(1, note("b"));
  clock.held = true;
  time.advance(1);
  clock.release();
  clock.held = true;
  time.advance(1);
  assert.deepEqual(calls, []);
  cancelled.cancel();
  clock.release();
  time.advance(1);
  assert.deepEqual(calls, ["a"]);
});
