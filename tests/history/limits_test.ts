import { strict as assert } from "node:assert";
import { History } from "../../src/history/history.ts";
import { DatabaseFile, testOnDrivers } from "../store/open.ts";
import { operationsOf, Process } from "./databases.ts";

testOnDrivers("a look that would go through too many changes is refused", (driver) => {
  using process = Process.inMemory(driver);
  process.ask("HISTORY ENABLE GLOBAL");
  const then = process.advance();
  for (let i = 0; i < 30; i++) {
    process.ask(`HSET h f${i} 1`);
    process.ask(`SET k${i} 1`);
    process.advance();
  }
  History.of(process.store).past.limit = 20;
  const refused = "ERR more than 20 changes were recorded since that moment";
  assert.equal(process.ask(`HISTORY AT ${then} DBSIZE`), refused);
  assert.equal(process.ask(`HISTORY GETAT h ${then + 10}`), refused);
  assert.equal(process.ask(`HISTORY DIFF h ${then + 10} ${process.now}`), refused);
  assert.equal(process.ask(`HISTORY REVERT h ${then + 10}`), refused);
  assert.equal(process.ask(`HISTORY GETAT k1 ${then}`), null);
  assert.equal(process.ask(`HISTORY AT ${process.now} DBSIZE`), 31);
  assert.equal(process.ask("HLEN h"), 30);
});

testOnDrivers("the past can be read where nothing may be written", async (driver) => {
  await using file = new DatabaseFile(driver);
  using writer = new Process(file.open(), file.clock);
  writer.ask("HISTORY ENABLE GLOBAL");
  writer.ask("HSET h a 1");
  const then = writer.advance();
  writer.ask("HSET h a 2");
  writer.store.endTurn();
  using reader = new Process(file.open({ readonly: true }), file.clock);
  assert.deepEqual(reader.ask(`HISTORY GETAT h ${then}`), new Map([["a", "1"]]));
  assert.deepEqual(reader.ask(`HISTORY AT ${then} KEYS *`), ["h"]);
  assert.equal(operationsOf(reader, "h"), "hset hset");
  reader.store.endTurn();
});

testOnDrivers("a look at the past makes no commit that others would see", async (driver) => {
  await using file = new DatabaseFile(driver);
  using first = new Process(file.open(), file.clock);
  using second = new Process(file.open(), file.clock);
  first.ask("HISTORY ENABLE GLOBAL");
  first.ask("SET k 1");
  const then = first.advance();
  first.ask("SET k 2");
  first.store.endTurn();
  assert.equal(second.ask("GET k"), "2");
  second.store.endTurn();
  for (let i = 0; i < 3; i++) {
    assert.equal(first.ask(`HISTORY GETAT k ${then}`), "1");
    first.store.endTurn();
    second.ask(`SET k other${i}`);
    second.store.endTurn();
    // What the first remembers must not outlive the second's commit.
    assert.equal(first.ask("GET k"), `other${i}`);
    first.store.endTurn();
  }
  const noticed = first.store.engine.foreignCommits;
  first.ask(`HISTORY GETAT k ${then}`);
  first.store.endTurn();
  first.ask("GET k");
  first.store.endTurn();
  assert.equal(first.store.engine.foreignCommits, noticed, "its own looks are nobody's commits");
  first.ask("HDEL nothing f");
  first.store.endTurn();
  second.ask("SET k last");
  second.store.endTurn();
  assert.equal(first.ask("GET k"), "last");
});

testOnDrivers("the view of entries is for people with sqlite3", async (driver) => {
  await using file = new DatabaseFile(driver);
  using process = new Process(file.open(), file.clock);
  process.ask("HISTORY ENABLE GLOBAL");
  process.ask("SET k hello");
  process.ask("FLUSHDB");
  process.ask("HSET h a 1");
  process.store.endTurn();
  const connection = file.connect();
  const statement = connection.prepare(
    "SELECT db, key, version, operation, at, type, value FROM redlite_history ORDER BY key",
  );
  const rows: string[] = [];
  while (statement.step()) {
    rows.push([0, 1, 2, 3, 4, 5, 6].map((column) => statement.columnText(column)).join("|"));
  }
  statement.finalize();
  assert.deepEqual(rows, [
    "0|h|1|hset|2023-11-14 22:13:20.000|hash|",
    "0|k|1|set|2023-11-14 22:13:20.000|string|hello",
  ]);
});
