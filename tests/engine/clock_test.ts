import { strict as assert } from "node:assert";
import { ManualClock, systemClock } from "../../src/engine/clock.ts";

Deno.test("a manual clock stands still until it is moved on", () => {
  const clock = new ManualClock(1000);
  assert.equal(clock.now(), 1000);
  assert.equal(clock.now(), 1000);
  clock.advance(25);
  assert.equal(clock.now(), 1025);
});

Deno.test("a manual clock calls back at the time asked for and not before", () => {
  const clock = new ManualClock();
  let calls = 0;
  clock.after(10, () => calls++);
  clock.advance(9);
  assert.equal(calls, 0);
  clock.advance(1);
  assert.equal(calls, 1);
  clock.advance(100);
  assert.equal(calls, 1);
});

Deno.test("a manual clock makes its calls in the order they fall due", () => {
  const clock = new ManualClock();
  const calls: string[] = [];
  clock.after(30, () => calls.push("third"));
  clock.after(10, () => calls.push("first"));
  clock.after(20, () => calls.push("second"));
  clock.advance(30);
  assert.deepEqual(calls, ["first", "second", "third"]);
});

Deno.test("calls of a manual clock due at one time are made in the order they were asked for", () => {
  const clock = new ManualClock();
  const calls: number[] = [];
  for (const n of [1, 2, 3]) clock.after(5, () => calls.push(n));
  clock.advance(5);
  assert.deepEqual(calls, [1, 2, 3]);
});

Deno.test("a manual clock shows each call the time it was due at", () => {
  const clock = new ManualClock(0);
  const times: number[] = [];
  clock.after(10, () => times.push(clock.now()));
  clock.after(20, () => times.push(clock.now()));
  clock.advance(50);
  assert.deepEqual(times, [10, 20]);
  assert.equal(clock.now(), 50);
});

Deno.test("a call of a manual clock that asks for another gets it in the same advance", () => {
  const clock = new ManualClock(0);
  const times: number[] = [];
  const tick = () => {
    times.push(clock.now());
    clock.after(10, tick);
  };
  clock.after(10, tick);
  clock.advance(35);
  assert.deepEqual(times, [10, 20, 30]);
});

Deno.test("a cancelled call of a manual clock is not made", () => {
  const clock = new ManualClock();
  let calls = 0;
  const timer = clock.after(10, () => calls++);
  clock.after(5, () => timer.cancel());
  clock.advance(20);
  assert.equal(calls, 0);
});

Deno.test("cancelling a call that was made does nothing", () => {
  const clock = new ManualClock();
  let calls = 0;
  const timer = clock.after(1, () => calls++);
  clock.advance(1);
  timer.cancel();
  assert.equal(calls, 1);
});

Deno.test("the system clock tells the time and drops a cancelled call", async () => {
  const before = Date.now();
  const now = systemClock.now();
  assert.ok(now >= before && now <= Date.now());
  let dropped = true;
  const timer = systemClock.after(0, () => dropped = false);
  timer.cancel();
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
  assert.ok(dropped);
});

Deno.test("the system clock calls back", async () => {
  const called = Promise.withResolvers<void>();
  const keepAlive = setInterval(() => {}, 1000);
  systemClock.after(1, called.resolve);
  await called.promise;
  clearInterval(keepAlive);
});
