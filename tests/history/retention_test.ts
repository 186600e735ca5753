import { strict as assert } from "node:assert";
import { testOnDrivers } from "../store/open.ts";
import { entriesOf, Process } from "./databases.ts";

function testInMemory(name: string, body: (process: Process) => void): void {
  testOnDrivers(name, (driver) => {
    using process = Process.inMemory(driver);
    body(process);
  });
}

const valuesOf = (process: Process, key: string) =>
  entriesOf(process, key).map(({ data }) => data).reverse();

const RECORDED = ["entries", "keys", "elements", "ids", "holders", "spaces"];

/** Rows of history, by table. */
function rows(process: Process): Record<string, number> {
  return Object.fromEntries(
    RECORDED.map((table) => [table, process.number(`SELECT count(*) FROM history_${table}`)]),
  );
}

testInMemory("what is older than the retention is not told, and goes by itself", (process) => {
  process.ask("HISTORY ENABLE GLOBAL TIME 1000");
  process.store.sweeper.start();
  process.ask("SET k 1");
  process.ask("HSET h a 1");
  const then = process.advance(600);
  process.ask("SET k 2");
  process.ask("HSET h a 2");
  process.ask("HDEL h a");
  const later = process.advance(600);
  assert.deepEqual(valuesOf(process, "k"), ["2"]);
  assert.equal(
    process.ask(`HISTORY GETAT k ${then}`),
    `ERR the history of this key is kept from ${process.now - 1000} on`,
  );
  assert.equal(process.ask(`HISTORY GETAT k ${later}`), "2");
  process.advance(10_000);
  process.store.endTurn();
  assert.deepEqual(rows(process), {
    entries: 0,
    keys: 0,
    elements: 0,
    ids: 0,
    holders: 0,
    spaces: 0,
  });
  assert.equal(process.number("SELECT count(*) FROM hashes"), 0);
  assert.equal(process.number("SELECT count(*) FROM history_counts"), 0);
  assert.equal(process.ask("GET k"), "2");
});

testInMemory(
  "the elements of deleted keys and flushed databases go with their history",
  (process) => {
    process.ask("HISTORY ENABLE GLOBAL RETENTION TIME 1000");
    const fields = Array.from({ length: 2000 }, (_, i) => [`f${i}`, "v"]).flat();
    process.run(["HSET", "h", ...fields]);
    process.run(["SET", "s", "x".repeat(300_000)]);
    process.advance();
    process.ask("DEL h s");
    process.run(["HSET", "h", ...fields]);
    process.advance();
    process.ask("FLUSHALL");
    process.advance(500);
    process.sweep();
    assert.equal(process.number("SELECT count(*) FROM hashes"), 4000);
    process.advance(5000);
    process.sweep();
    process.advance(5000);
    process.sweep();
    for (const table of ["hashes", "strings", "keys", "garbage", "runs"]) {
      assert.equal(process.number(`SELECT count(*) FROM ${table}`), 0, table);
    }
    assert.deepEqual(Object.values(rows(process)), [0, 0, 0, 0, 0, 0]);
  },
);

testInMemory("so many entries of a key are kept, and no more", (process) => {
  process.ask("HISTORY ENABLE KEY k RETENTION COUNT 3");
  process.ask("HISTORY ENABLE KEY h RETENTION COUNT 2");
  const times: number[] = [];
  for (let i = 1; i <= 10; i++) {
    process.ask(`SET k ${i}`);
    process.ask(`HSET h f ${i}`);
    times.push(process.advance());
  }
  assert.deepEqual(valuesOf(process, "k"), ["8", "9", "10"]);
  assert.deepEqual(valuesOf(process, "h"), [["f", "9"], ["f", "10"]]);
  process.sweep();
  assert.equal(process.number("SELECT count(*) FROM history_entries"), 5);
  assert.ok(process.number("SELECT count(*) FROM history_elements") <= 2);
  assert.deepEqual(valuesOf(process, "k"), ["8", "9", "10"]);
  assert.equal(process.ask(`HISTORY GETAT k ${times[7]}`), "8");
  assert.equal(
    process.ask(`HISTORY GETAT k ${times[6]}`),
    `ERR the history of this key is kept from ${times[7]} on`,
  );
});

testInMemory("entries of one millisecond are counted too", (process) => {
  process.ask("HISTORY ENABLE GLOBAL RETENTION COUNT 2");
  for (let i = 0; i < 600; i++) process.ask(`SET k ${i}`);
  process.store.endTurn();
  assert.deepEqual(valuesOf(process, "k"), ["598", "599"]);
  process.sweep();
  assert.equal(process.number("SELECT count(*) FROM history_entries"), 2);
});

testInMemory("a retention that is made shorter holds for what was recorded before", (process) => {
  process.ask("HISTORY ENABLE GLOBAL");
  for (let i = 0; i < 5; i++) {
    process.ask(`SET k ${i}`);
    process.advance(100);
  }
  process.ask("HISTORY ENABLE GLOBAL RETENTION COUNT 1");
  assert.deepEqual(valuesOf(process, "k"), ["4"]);
  process.sweep();
  assert.equal(process.number("SELECT count(*) FROM history_entries"), 1);
});

testInMemory("CLEAR forgets a key's history, all or what is older", (process) => {
  process.ask("HISTORY ENABLE GLOBAL");
  process.ask("SET k 1");
  process.ask("SET other 1");
  const first = process.advance();
  process.ask("SET k 2");
  const second = process.advance();
  assert.equal(process.ask(`HISTORY CLEAR k BEFORE ${second}`), 1);
  assert.deepEqual(valuesOf(process, "k"), ["2"]);
  assert.equal(
    process.ask(`HISTORY GETAT k ${first}`),
    `ERR the history of this key is kept from ${second} on`,
  );
  assert.equal(process.ask("HISTORY CLEAR k"), 1);
  assert.equal(process.ask("HISTORY CLEAR k"), 0);
  assert.deepEqual(entriesOf(process, "k"), []);
  assert.equal(process.ask(`HISTORY GETAT k ${process.now}`), "2");
  assert.match(String(process.ask(`HISTORY GETAT k ${second}`)), /^ERR the history of this key/);
  assert.deepEqual(valuesOf(process, "other"), ["1"]);
  process.ask("SET k 3");
  assert.deepEqual(valuesOf(process, "k"), ["3"]);
});

testInMemory("PRUNE forgets what was before, at once for readers", (process) => {
  process.ask("HISTORY ENABLE GLOBAL");
  process.ask("SET k 1");
  const first = process.advance();
  process.ask("SET k 2");
  const second = process.advance();
  assert.equal(process.ask(`HISTORY PRUNE BEFORE ${second}`), 1);
  assert.equal(process.ask(`HISTORY PRUNE BEFORE ${second}`), 0);
  assert.deepEqual(valuesOf(process, "k"), ["2"]);
  assert.match(String(process.ask(`HISTORY AT ${first} DBSIZE`)), /is kept from/);
  assert.equal(process.ask(`HISTORY AT ${second} DBSIZE`), 1);
  process.advance(2000);
  process.sweep();
  assert.equal(process.number("SELECT count(*) FROM history_entries"), 1);
});

testInMemory("once all is off and forgotten, recording ends altogether", (process) => {
  process.ask("HISTORY ENABLE GLOBAL");
  process.ask("HSET h a 1");
  process.ask("HISTORY DISABLE GLOBAL");
  process.advance();
  process.ask("HSET h a 2");
  assert.ok(process.number("SELECT count(*) FROM sqlite_temp_schema WHERE type = 'trigger'") > 0);
  process.ask("HISTORY CLEAR h");
  process.advance(5000);
  process.sweep();
  process.ask("HSET h a 3");
  assert.equal(process.number("SELECT count(*) FROM sqlite_temp_schema WHERE type = 'trigger'"), 0);
  assert.deepEqual(process.ask("HISTORY STATUS"), []);
  assert.deepEqual(Object.values(rows(process)), [0, 0, 0, 0, 0, 0]);
});
