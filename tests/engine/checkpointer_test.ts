import { strict as assert } from "node:assert";
import { Checkpointer } from "../../src/engine/checkpointer.ts";
import { ManualClock } from "../../src/engine/clock.ts";
import type { CheckpointResult, Connection } from "../../src/sqlite/sqlite.ts";
import { DatabaseFile, get, number, put, testOnDrivers } from "../store/open.ts";

const FRAME = 4096 + 24;

const frames = (path: string) => Math.floor((Deno.statSync(`${path}-wal`).size - 32) / FRAME);

/** Lets a checkpoint that runs elsewhere come to its end. */
async function settled(checkpointer: Checkpointer): Promise<void> {
  while (checkpointer.running) await new Promise((resolve) => setTimeout(resolve, 0));
}

testOnDrivers("the WAL stays short under writes that go on", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open({ durability: "no" });
  const value = new Uint8Array(200_000).fill(0x61);
  // 300 MB in all; the WAL is to start over at 80 MB.
  for (let turn = 0; turn < 1500; turn++) {
    put(store, `k${turn % 20}`, value);
    store.endTurn();
    file.clock.advance(100);
    await settled(store.checkpointer);
  }
  assert.ok(frames(file.path) < 30_000, `${frames(file.path)} frames`);
});

testOnDrivers("what a checkpoint copied is in the database file", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "k", "value");
  store.endTurn();
  const before = Deno.statSync(file.path).size;
  put(store, "large", new Uint8Array(1_000_000));
  store.endTurn();
  file.clock.advance(10_000);
  await settled(store.checkpointer);
  assert.ok(Deno.statSync(file.path).size >= before + 1_000_000);
});

testOnDrivers("a checkpoint to the end is noted with its time", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  const opened = store.checkpointer.lastCompleteAt;
  file.clock.advance(5000);
  put(store, "k", "value");
  store.endTurn();
  store.checkpoint();
  assert.equal(store.checkpointer.lastCompleteAt, opened + 5);
});

testOnDrivers(
  "a checkpoint that a reader keeps from the end is told, and not noted",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open();
    put(store, "k", "old");
    store.endTurn();
    const reader = file.connect();
    reader.exec("BEGIN");
    number(reader, "SELECT count(*) FROM keys");
    put(store, "k", "new");
    store.endTurn();
    const before = store.checkpointer.lastCompleteAt;
    file.clock.advance(5000);
    assert.throws(() => store.checkpoint(), /somebody reads from it/);
    assert.equal(store.checkpointer.lastCompleteAt, before);
    assert.equal(store.backups?.lastSaveAt, before);
  },
);

testOnDrivers("a store without writes does not checkpoint", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  get(store, "k");
  store.endTurn();
  file.clock.advance(10_000);
  assert.equal(store.checkpointer.running, false);
});

testOnDrivers("closing waits for a checkpoint under way", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "large", new Uint8Array(5_000_000));
  store.endTurn();
  file.clock.advance(10_000);
  await store.close();
  assert.equal(store.checkpointer.running, false);
  assert.equal(get(file.open(), "large")?.length, 5_000_000);
});

testOnDrivers("turns go on while a checkpoint runs", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  put(store, "large", new Uint8Array(20_000_000));
  store.endTurn();
  file.clock.advance(10_000);
  put(store, "k", "value");
  assert.equal(store.endTurn(), true);
  assert.equal(get(store, "k"), "value");
  await settled(store.checkpointer);
});

/** A connection that only checkpoints, with outcomes made up in advance. */
function scripted(outcomes: (CheckpointResult | Error)[]) {
  const modes: string[] = [];
  const take = (mode: string) => {
    modes.push(mode);
    const outcome = outcomes.shift();
    if (outcome === undefined) throw new Error("a checkpoint too many");
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const connection = {
    checkpoint: () => take("inline"),
    // deno-lint-ignore require-await
    checkpointAsync: async (mode: "passive" | "restart") => take(mode),
  };
  return { modes, connection: connection as unknown as Connection };
}

const result = (walFrames: number, copiedFrames: number, busy = false): CheckpointResult => ({
  walFrames,
  copiedFrames,
  busy,
});

Deno.test("a short WAL is copied, and cut, after five seconds", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([result(500, 500)]);
  const checkpointer = new Checkpointer(connection, clock, () => undefined);
  checkpointer.committed();
  clock.advance(4000);
  await settled(checkpointer);
  assert.deepEqual(modes, []);
  clock.advance(1000);
  await settled(checkpointer);
  assert.deepEqual(modes, ["truncate"]);
});

Deno.test("a long WAL is made to start over", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([result(50_000, 49_900), result(50_000, 50_000)]);
  const checkpointer = new Checkpointer(connection, clock, () => 50_000);
  checkpointer.committed();
  clock.advance(100);
  await settled(checkpointer);
  assert.deepEqual(modes, ["passive", "restart"]);
});

Deno.test("a long WAL starts over with a transaction that begins anew, when that writes nothing", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([result(50_000, 50_000), result(60_000, 60_000)]);
  let frames = 50_000;
  const checkpointer = new Checkpointer(connection, clock, () => frames);
  const anew = [false, true];
  checkpointer.beginAnew = () => anew.shift();
  checkpointer.committed();
  clock.advance(100);
  await settled(checkpointer);
  // As soon as the next transaction has begun.
  frames = 60_000;
  checkpointer.committed();
  clock.advance(500);
  assert.equal(checkpointer.startsOver, false);
  checkpointer.settled();
  clock.advance(0);
  assert.equal(checkpointer.startsOver, true);
  await settled(checkpointer);
  assert.equal(checkpointer.startsOver, false);
  // Those frames are behind it, though there is none of the new ones yet.
  checkpointer.committed();
  clock.advance(1000);
  assert.deepEqual([modes, anew], [["passive", "passive"], []]);
});

Deno.test("a WAL that has grown to twice what is long is restarted, whatever is open", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([result(80_000, 80_000), result(80_000, 80_000)]);
  const checkpointer = new Checkpointer(connection, clock, () => 80_000);
  checkpointer.beginAnew = () => false;
  checkpointer.committed();
  clock.advance(100);
  await settled(checkpointer);
  assert.deepEqual(modes, ["passive", "restart"]);
});

Deno.test("after a reader kept a restart from its end, the next try is a second later", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([
    result(50_000, 50_000),
    result(50_000, 50_000, true),
    result(50_000, 50_000),
    result(50_000, 50_000),
  ]);
  const checkpointer = new Checkpointer(connection, clock, () => 50_000);
  checkpointer.committed();
  clock.advance(100);
  await settled(checkpointer);
  assert.equal(modes.length, 2);
  checkpointer.committed();
  clock.advance(900);
  await settled(checkpointer);
  assert.equal(modes.length, 2);
  clock.advance(200);
  await settled(checkpointer);
  assert.deepEqual(modes, ["passive", "restart", "passive", "restart"]);
});

Deno.test("a WAL that is to be cut is copied first but for its end, while others write", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([
    result(20_000, 19_000),
    result(20_100, 20_000),
    result(20_100, 20_100),
  ]);
  const checkpointer = new Checkpointer(connection, clock, () => 20_000);
  checkpointer.committed();
  clock.advance(5000);
  await settled(checkpointer);
  assert.deepEqual(modes, ["passive", "passive", "truncate"]);
});

Deno.test("a checkpoint left with frames to copy is followed by another", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([result(500, 100), result(500, 500)]);
  const checkpointer = new Checkpointer(connection, clock, () => undefined);
  checkpointer.committed();
  clock.advance(5000);
  await settled(checkpointer);
  clock.advance(5000);
  await settled(checkpointer);
  assert.equal(modes.length, 2);
});

Deno.test("a checkpoint that fails is tried again after the next commit", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([new Error("disk full"), result(10, 10)]);
  const checkpointer = new Checkpointer(connection, clock, () => undefined);
  checkpointer.committed();
  clock.advance(5000);
  await settled(checkpointer);
  checkpointer.committed();
  clock.advance(5000);
  await settled(checkpointer);
  assert.equal(modes.length, 2);
});

Deno.test("a closed checkpointer starts no checkpoint", async () => {
  const clock = new ManualClock();
  const { modes, connection } = scripted([]);
  const checkpointer = new Checkpointer(connection, clock, () => undefined);
  checkpointer.committed();
  await checkpointer.close();
  checkpointer.committed();
  clock.advance(1000);
  assert.deepEqual(modes, []);
});
