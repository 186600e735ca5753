import { strict as assert } from "node:assert";
import { DatabaseFile, testOnDrivers } from "../store/open.ts";
import { entriesOf, operationsOf, Process, snapshot } from "./databases.ts";

testOnDrivers("a process that opened the file before records too", async (driver) => {
  await using file = new DatabaseFile(driver);
  using first = new Process(file.open(), file.clock);
  using second = new Process(file.open(), file.clock);
  second.ask("HSET h a 1 b 2");
  second.ask("SET k 1");
  assert.deepEqual(second.ask("HGETALL h"), new Map([["a", "1"], ["b", "2"]]));
  second.advance();
  first.ask("HISTORY ENABLE GLOBAL");
  const began = first.advance();
  second.ask("HSET h a 9");
  second.ask("DEL k");
  const later = second.advance();
  first.ask("HDEL h b");
  assert.equal(operationsOf(first, "h"), "hset hdel");
  assert.equal(operationsOf(second, "k"), "del");
  for (const process of [first, second]) {
    assert.deepEqual(
      process.ask(`HISTORY GETAT h ${began}`),
      new Map([["a", "1"], ["b", "2"]]),
    );
    assert.deepEqual(
      process.ask(`HISTORY GETAT h ${later}`),
      new Map([["a", "9"], ["b", "2"]]),
    );
    process.store.endTurn();
  }
  assert.deepEqual(
    entriesOf(second, "h").map(({ version, data }) => [version, data]),
    [[2, ["b"]], [1, ["a", "9"]]],
  );
  second.store.endTurn();
  first.ask("HISTORY DISABLE GLOBAL");
  first.advance();
  second.ask("HSET h a 10");
  assert.equal(operationsOf(second, "h"), "hset hdel");
  second.store.endTurn();
});

testOnDrivers("processes that take turns in one millisecond keep their order", async (driver) => {
  await using file = new DatabaseFile(driver);
  using first = new Process(file.open(), file.clock);
  using second = new Process(file.open(), file.clock);
  first.ask("HISTORY ENABLE GLOBAL");
  const before = first.advance();
  for (let i = 0; i < 10; i++) (i % 2 === 0 ? first : second).ask(`HINCRBY h f ${i + 1}`);
  const at = first.now;
  assert.deepEqual(
    entriesOf(second, "h").map(({ version, data }) => [version, (data as string[])[1]]),
    [55, 45, 36, 28, 21, 15, 10, 6, 3, 1].map((sum, i) => [10 - i, String(sum)]),
  );
  assert.equal(second.ask(`HISTORY GETAT h ${before}`), null);
  assert.deepEqual(second.ask(`HISTORY GETAT h ${at}`), new Map([["f", "55"]]));
  second.store.endTurn();
});

testOnDrivers("history goes on after the file is opened again", async (driver) => {
  await using file = new DatabaseFile(driver);
  const moments: { at: number; holds: Record<string, string> }[] = [];
  for (let run = 0; run < 3; run++) {
    const store = file.open();
    const process = new Process(store, file.clock);
    if (run === 0) process.ask("HISTORY ENABLE GLOBAL RETENTION TIME 1000000");
    for (let i = 0; i < 5; i++) {
      process.ask(`HSET h f${i} ${run} g ${i}`);
      process.ask(`RPUSH l ${run}${i}`);
      if (i === 3) process.ask("DEL h");
      process.store.endTurn();
      moments.push({ at: process.now, holds: snapshot(process) });
      process.advance();
    }
    for (const { at, holds } of moments) {
      assert.deepEqual(snapshot(process, `HISTORY AT ${at} `), holds);
    }
    await process.core.close();
  }
});

testOnDrivers("what a process recorded and did not commit is gone with it", async (driver) => {
  await using file = new DatabaseFile(driver);
  using first = new Process(file.open(), file.clock);
  first.ask("HISTORY ENABLE GLOBAL");
  first.ask("HSET h a 1");
  const then = first.advance();
  {
    const lost = new Process(file.open(), file.clock);
    lost.store.engine.write();
    lost.store.keyspace.delete(0, lost.store.keyspace.row.value);
    assert.throws(() =>
      lost.core.transaction(() => {
        lost.ask("HSET h a 2 b 3");
        lost.ask("HISTORY DISABLE GLOBAL");
        throw new Error("the power is cut");
      })
    );
    lost.core.closeNow();
  }
  first.ask("HSET h a 5");
  assert.equal(operationsOf(first, "h"), "hset hset");
  assert.deepEqual(first.ask(`HISTORY GETAT h ${then}`), new Map([["a", "1"]]));
});

testOnDrivers("time does not go back in history when the system's clock does", async (driver) => {
  await using file = new DatabaseFile(driver);
  using first = new Process(file.open(), file.clock);
  first.ask("HISTORY ENABLE GLOBAL");
  first.advance(5000);
  first.ask("HSET h a 1");
  const then = first.now;
  first.store.endTurn();
  const store = file.open({
    clock: { now: () => then - 3000, after: () => ({ cancel: () => {} }) },
  });
  using late = new Process(store, file.clock);
  late.ask("HSET h a 2");
  late.ask("HSET h a 3");
  late.store.endTurn();
  assert.deepEqual(
    entriesOf(first, "h").map(({ timestamp, data }) => [timestamp, data]),
    [[then, ["a", "3"]], [then, ["a", "2"]], [then, ["a", "1"]]],
  );
  assert.equal(first.ask(`HISTORY GETAT h ${then - 1}`), null);
});
