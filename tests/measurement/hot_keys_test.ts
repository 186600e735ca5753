import { strict as assert } from "node:assert";
import { HotKeys } from "../../src/clients/hot_keys.ts";
import type { HotKey, HotKeysOptions } from "../../src/commands/table/measurement.ts";
import { ManualClock } from "../../src/engine/clock.ts";
import { called } from "./arguments.ts";

const OPTIONS: HotKeysOptions = {
  cpu: true,
  net: true,
  count: 10,
  durationMs: 0,
  sampleRatio: 1,
};

const decoder = new TextDecoder();

function shown(keys: readonly HotKey[] | undefined): [string, number][] | undefined {
  return keys?.map(({ key, cost }) => [decoder.decode(key), cost]);
}

function record(hotKeys: HotKeys, line: string, microseconds: number, bytes: number): void {
  hotKeys.record(...called(...line.split(" ")), microseconds, bytes);
}

Deno.test("keys are told by time and by bytes, the hottest first", () => {
  const hotKeys = new HotKeys(new ManualClock());
  hotKeys.start(OPTIONS);
  record(hotKeys, "GET a", 10, 300);
  record(hotKeys, "GET b", 25, 100);
  record(hotKeys, "GET a", 5, 50);
  const report = hotKeys.report();
  assert.deepEqual(shown(report?.cpu?.keys), [["b", 25], ["a", 15]]);
  assert.deepEqual(shown(report?.net?.keys), [["a", 350], ["b", 100]]);
  assert.equal(report?.net?.totalBytes, 450);
  assert.equal(report?.microseconds, 40);
  assert.equal(report?.networkBytes, 450);
});

Deno.test("a command's cost is divided among its keys", () => {
  const hotKeys = new HotKeys(new ManualClock());
  hotKeys.start(OPTIONS);
  record(hotKeys, "MSET a 1 b 2", 10, 101);
  record(hotKeys, "MGET a b c", 30, 30);
  const report = hotKeys.report();
  assert.deepEqual(shown(report?.cpu?.keys), [["a", 15], ["b", 15], ["c", 10]]);
  assert.deepEqual(shown(report?.net?.keys), [["a", 60], ["b", 60], ["c", 10]]);
  assert.equal(report?.networkBytes, 131);
});

Deno.test("commands without keys count for nothing", () => {
  const hotKeys = new HotKeys(new ManualClock());
  hotKeys.start(OPTIONS);
  record(hotKeys, "PING", 10, 100);
  record(hotKeys, "KEYS *", 10, 100);
  assert.equal(hotKeys.report()?.microseconds, 0);
  assert.equal(hotKeys.report()?.networkBytes, 0);
  assert.deepEqual(hotKeys.report()?.cpu?.keys, []);
});

Deno.test("only what was asked for is tracked, and no more keys than that", () => {
  const hotKeys = new HotKeys(new ManualClock());
  hotKeys.start({ ...OPTIONS, net: false, count: 2 });
  for (const [i, key] of ["a", "b", "c"].entries()) record(hotKeys, `GET ${key}`, 1 + i, 10);
  const report = hotKeys.report();
  assert.deepEqual(shown(report?.cpu?.keys), [["c", 3], ["b", 2]]);
  assert.equal(report?.net, undefined);
  hotKeys.start({ ...OPTIONS, cpu: false });
  assert.equal(hotKeys.report()?.cpu, undefined);
  assert.deepEqual(hotKeys.report()?.net?.keys, []);
});

Deno.test("of a sample only the keys are counted, and the totals are those of all commands", () => {
  const numbers = [0.05, 0.5, 0.09, 0.1, 0.99];
  const hotKeys = new HotKeys(new ManualClock(), () => numbers.shift() ?? 1);
  hotKeys.start({ ...OPTIONS, sampleRatio: 10 });
  for (const key of ["a", "b", "c", "d", "e"]) record(hotKeys, `GET ${key}`, 2, 20);
  const report = hotKeys.report();
  assert.deepEqual(shown(report?.cpu?.keys), [["a", 2], ["c", 2]]);
  assert.equal(report?.net?.totalBytes, 40);
  assert.equal(report?.microseconds, 10);
  assert.equal(report?.networkBytes, 100);
  assert.equal(report?.sampleRatio, 10);
});

Deno.test("after a stop the result stays until a reset", () => {
  const clock = new ManualClock();
  const hotKeys = new HotKeys(clock);
  const startedAtMs = clock.now();
  assert.equal(hotKeys.stop(), false);
  hotKeys.start(OPTIONS);
  assert.equal(hotKeys.active, true);
  record(hotKeys, "GET a", 5, 5);
  clock.advance(1234);
  assert.equal(hotKeys.report()?.durationMs, 1234);
  assert.equal(hotKeys.stop(), true);
  assert.equal(hotKeys.stop(), false);
  record(hotKeys, "GET a", 5, 5);
  clock.advance(1000);
  const report = hotKeys.report();
  assert.equal(report?.active, false);
  assert.equal(report?.startedAtMs, startedAtMs);
  assert.equal(report?.durationMs, 1234);
  assert.deepEqual(shown(report?.cpu?.keys), [["a", 5]]);
  assert.deepEqual(hotKeys.report()?.cpu, report?.cpu);
  hotKeys.reset();
  assert.equal(hotKeys.report(), undefined);
});

Deno.test("a tracking ends by itself when its time is over", () => {
  const clock = new ManualClock();
  const hotKeys = new HotKeys(clock);
  hotKeys.start({ ...OPTIONS, durationMs: 5000 });
  clock.advance(4999);
  assert.equal(hotKeys.active, true);
  clock.advance(2);
  assert.equal(hotKeys.active, false);
  assert.equal(hotKeys.report()?.durationMs, 5000);
});

Deno.test("the end of an earlier tracking's time does not end a later one", () => {
  const clock = new ManualClock();
  const hotKeys = new HotKeys(clock);
  hotKeys.start({ ...OPTIONS, durationMs: 5000 });
  hotKeys.stop();
  hotKeys.start(OPTIONS);
  clock.advance(60_000);
  assert.equal(hotKeys.active, true);
});

Deno.test("a key too long to hold is left out, and its command counts", () => {
  const hotKeys = new HotKeys(new ManualClock());
  hotKeys.start(OPTIONS);
  record(hotKeys, `GET ${"k".repeat(16 * 1024 + 1)}`, 5, 5);
  assert.deepEqual(hotKeys.report()?.cpu?.keys, []);
  assert.equal(hotKeys.report()?.microseconds, 5);
});
