import { strict as assert } from "node:assert";
import { testOnDrivers } from "../store/open.ts";
import { entriesOf, operationsOf, Process } from "./databases.ts";

/** Registers a test that gets a database in memory whose history is on everywhere. */
function testRecorded(name: string, body: (process: Process) => void): void {
  testOnDrivers(name, (driver) => {
    using process = Process.inMemory(driver);
    process.ask("HISTORY ENABLE GLOBAL");
    process.advance();
    body(process);
  });
}

const LONG = JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: i, name: `name${i}` })));

testRecorded("documents are read at paths as they were", (process) => {
  process.ask('JSON.SET d $ {"a":1,"b":[1,2]}');
  const first = process.advance();
  process.ask("JSON.NUMINCRBY d $.a 4");
  process.ask("JSON.ARRAPPEND d $.b 3");
  const second = process.advance();
  process.ask("JSON.DEL d");
  process.advance();
  assert.equal(process.ask(`HISTORY AT ${first} JSON.GET d $.a`), "[1]");
  assert.equal(process.ask(`HISTORY AT ${second} JSON.GET d`), '{"a":5,"b":[1,2,3]}');
  assert.deepEqual(process.ask(`HISTORY AT ${second} JSON.ARRLEN d $.b`), [3]);
  assert.equal(process.ask(`HISTORY GETAT d ${first}`), '{"a":1,"b":[1,2]}');
  assert.equal(process.ask("JSON.GET d"), null);
});

testRecorded("long documents are read as they were before a piece changed", (process) => {
  process.ask(`JSON.SET d $ ${LONG}`);
  const first = process.advance();
  process.ask("JSON.SET d $[250].name 0");
  process.ask("JSON.ARRPOP d $ 100");
  const second = process.advance();
  process.ask("JSON.ARRTRIM d $ 1 2");
  process.advance();
  assert.equal(process.ask(`HISTORY AT ${first} JSON.GET d`), LONG);
  assert.equal(process.ask(`HISTORY AT ${second} JSON.GET d $[249].name`), "[0]");
  assert.equal(process.ask("JSON.GET d"), '[{"id":1,"name":"name1"},{"id":2,"name":"name2"}]');
});

testRecorded("entries and comparisons tell documents whole", (process) => {
  process.ask('JSON.SET d $ {"a":1}');
  const before = process.advance();
  process.ask("JSON.TOGGLE d $.a");
  process.ask("JSON.NUMINCRBY d $.a 1");
  const after = process.advance();
  assert.equal(operationsOf(process, "d"), "json.set json.numincrby");
  assert.deepEqual(entriesOf(process, "d").map(({ data }) => data), ['{"a":2}', '{"a":1}']);
  const difference = process.ask(`HISTORY DIFF d ${before} ${after}`);
  assert.ok(difference instanceof Map);
  assert.deepEqual(difference.get("changed"), ['{"a":1}', '{"a":2}']);
});

testRecorded("REVERT brings a document back", (process) => {
  process.ask(`JSON.SET d $ ${LONG}`);
  const then = process.advance();
  process.ask("SET d text");
  process.advance();
  process.ask(`HISTORY REVERT d ${then}`);
  assert.equal(process.ask("JSON.GET d"), LONG);
});
