import { strict as assert } from "node:assert";
import { FROZEN } from "../../src/history/triggers.ts";
import { testOnDrivers } from "../store/open.ts";
import { entriesOf, operationsOf, Process } from "./databases.ts";

function testInMemory(name: string, body: (process: Process) => void): void {
  testOnDrivers(name, (driver) => {
    using process = Process.inMemory(driver);
    body(process);
  });
}

const statusOf = (process: Process, key: string) =>
  Object.fromEntries(process.ask(`HISTORY STATUS ${key}`) as Map<string, unknown>);

testInMemory("nothing is recorded, and nothing said, before history is on", (process) => {
  process.ask("SET k 1");
  assert.deepEqual(process.ask("HISTORY GET k"), []);
  assert.deepEqual(process.ask("HISTORY LIST"), []);
  assert.equal(process.number("SELECT count(*) FROM sqlite_temp_schema"), 0);
  assert.equal(
    process.ask(`HISTORY GETAT k ${process.now}`),
    "ERR no history is kept of this key: see HISTORY ENABLE",
  );
  assert.equal(process.ask("HISTORY DISABLE GLOBAL"), "OK");
  assert.deepEqual(process.ask("HISTORY STATUS"), []);
});

testInMemory("the more specific setting counts", (process) => {
  process.ask("SELECT 1");
  process.ask("HISTORY DISABLE KEY excluded");
  process.ask("SELECT 0");
  process.ask("HISTORY ENABLE DATABASE 1");
  process.ask("HISTORY ENABLE KEY chosen RETENTION COUNT 5");
  process.advance();
  process.ask("SET chosen 1");
  process.ask("SET other 1");
  process.ask("SELECT 1");
  process.ask("SET excluded 1");
  process.ask("SET chosen 1");
  assert.deepEqual(process.ask("HISTORY LIST"), ["chosen"]);
  const { level } = statusOf(process, "chosen");
  assert.equal(level, "database");
  assert.equal(statusOf(process, "excluded")["history"], "off");
  process.ask("SELECT 0");
  assert.deepEqual(process.ask("HISTORY LIST"), ["chosen"]);
  const chosen = statusOf(process, "chosen");
  assert.deepEqual([chosen["level"], chosen["retention_count"]], ["key", 5]);
  assert.equal(statusOf(process, "other")["history"], "off");
  process.ask("HISTORY ENABLE GLOBAL");
  assert.equal(statusOf(process, "other")["level"], "global");
  process.ask("HISTORY DISABLE DATABASE 0");
  assert.equal(statusOf(process, "other")["history"], "ended");
  assert.equal(statusOf(process, "chosen")["history"], "on");
});

testInMemory("what was there before history began is known as it was when it began", (process) => {
  process.ask("HSET h a 1 b 2");
  process.ask("SET k 1");
  process.advance();
  process.ask("HISTORY ENABLE GLOBAL");
  const began = process.advance();
  process.ask("HSET h a 9 c 3");
  process.ask("DEL k");
  assert.deepEqual(process.ask(`HISTORY GETAT h ${began}`), new Map([["a", "1"], ["b", "2"]]));
  assert.equal(process.ask(`HISTORY GETAT k ${began}`), "1");
  assert.equal(
    process.ask(`HISTORY GETAT h ${began - 1}`),
    `ERR the history of this key begins at ${began}`,
  );
  assert.equal(
    process.ask(`HISTORY AT ${began - 1} DBSIZE`),
    `ERR the history of database 0 begins at ${began}`,
  );
  assert.equal(process.ask(`HISTORY GETAT new ${began - 1}`), null);
  assert.match(
    String(process.ask(`HISTORY REVERT new ${began - 1}`)),
    /^ERR the history of this key/,
  );
});

testInMemory("after DISABLE what was known stays known, and nothing new is told", (process) => {
  process.ask("HISTORY ENABLE KEY h");
  process.ask("HISTORY ENABLE KEY s");
  process.ask("HSET h a 1 b 2");
  process.ask(`SET s ${"x".repeat(50_000)}`);
  const then = process.advance();
  process.ask("HSET h a 2");
  process.ask("HISTORY DISABLE KEY h");
  process.ask("HISTORY DISABLE KEY s");
  const ended = process.advance();
  for (let i = 0; i < 20; i++) {
    process.ask(`HSET h a ${i} b ${i} f${i} ${i}`);
    process.ask("APPEND s y");
    process.advance();
  }
  const rows = process.number(`SELECT count(*) FROM history_elements WHERE n = ${FROZEN}`);
  process.ask("HSET h a 100 b 100");
  assert.equal(
    process.number(`SELECT count(*) FROM history_elements WHERE n = ${FROZEN}`),
    rows,
    "each element is recorded once",
  );
  process.ask("DEL h");
  process.sweep();
  assert.deepEqual(process.ask(`HISTORY GETAT h ${then}`), new Map([["a", "1"], ["b", "2"]]));
  assert.deepEqual(process.ask(`HISTORY GETAT h ${ended}`), new Map([["a", "2"], ["b", "2"]]));
  assert.equal(process.ask(`HISTORY AT ${ended} STRLEN s`), 50_000);
  assert.equal(operationsOf(process, "h"), "hset hset");
  assert.equal(
    process.ask(`HISTORY GETAT h ${ended + 5}`),
    "ERR history was off for this key at that moment",
  );
});

testInMemory("a pause between DISABLE and ENABLE is told as one", (process) => {
  process.ask("HISTORY ENABLE KEY k");
  process.ask("SET k 1");
  const first = process.advance();
  process.ask("HISTORY DISABLE KEY k");
  process.advance();
  process.ask("SET k 2");
  const pause = process.advance();
  process.ask("SET k 3");
  process.ask("HISTORY ENABLE KEY k");
  process.advance();
  process.ask("SET k 4");
  const last = process.advance();
  assert.equal(process.ask(`HISTORY GETAT k ${first}`), "1");
  assert.match(String(process.ask(`HISTORY GETAT k ${pause}`)), /^ERR history was off/);
  assert.equal(process.ask(`HISTORY GETAT k ${last}`), "4");
  assert.deepEqual(entriesOf(process, "k").map(({ data }) => data), ["4", "1"]);
});

testInMemory("excluded keys have no past in a database that has one", (process) => {
  process.ask("HISTORY DISABLE KEY excluded");
  process.ask("HISTORY ENABLE DATABASE 0");
  process.advance();
  process.ask("SET kept 1");
  process.ask("SET excluded 1");
  const then = process.advance();
  process.ask("SET later 1");
  assert.deepEqual(process.ask(`HISTORY AT ${then} KEYS *`), ["kept"]);
  assert.equal(process.ask(`HISTORY AT ${then} DBSIZE`), 1);
  assert.match(String(process.ask(`HISTORY AT ${then} GET excluded`)), /^ERR no history is kept/);
});

testInMemory("a key renamed to where nothing is recorded still has its past", (process) => {
  process.ask("HISTORY ENABLE KEY a");
  process.ask("HSET a f 1 g 2");
  const then = process.advance();
  process.ask("RENAME a b");
  process.advance();
  process.ask("HSET b f 9");
  process.ask("HDEL b g");
  // As another process would come upon it.
  process.store.engine.write();
  process.store.endTurn();
  process.store.engine.forget();
  process.ask("HSET b f 10 h 3");
  process.ask("DEL b");
  process.sweep();
  assert.deepEqual(process.ask(`HISTORY GETAT a ${then}`), new Map([["f", "1"], ["g", "2"]]));
  process.ask("HISTORY CLEAR a");
  process.sweep();
  for (const table of ["hashes", "history_elements", "history_ids", "history_holders"]) {
    assert.equal(process.number(`SELECT count(*) FROM ${table}`), 0, table);
  }
});

testInMemory(
  "a database that SWAPDB puts where nothing is recorded still has its past",
  (process) => {
    process.ask("HISTORY ENABLE DATABASE 0");
    process.ask("HSET h a 1");
    process.ask("SET k 1");
    const then = process.advance();
    process.ask("SWAPDB 0 1");
    process.advance();
    process.ask("SELECT 1");
    process.ask("HSET h a 2");
    process.ask("SET k 2");
    process.store.endTurn();
    process.store.engine.forget();
    process.ask("HSET h b 3");
    process.ask("SELECT 0");
    assert.deepEqual(process.ask(`HISTORY GETAT h ${then}`), new Map([["a", "1"]]));
    assert.equal(process.ask(`HISTORY GETAT k ${then}`), "1");
  },
);

testInMemory(
  "a recorded key of a database that is flushed keeps its past, others go",
  (process) => {
    process.ask("HISTORY ENABLE KEY h");
    process.ask("HSET h a 1");
    process.ask("HSET other a 1");
    const then = process.advance();
    process.ask("FLUSHDB");
    process.sweep();
    assert.equal(process.number("SELECT count(*) FROM hashes"), 1);
    assert.deepEqual(process.ask(`HISTORY GETAT h ${then}`), new Map([["a", "1"]]));
    assert.equal(entriesOf(process, "h")[0]!.operation, "flushdb");
  },
);

testInMemory("ENABLE and DISABLE refuse what they do not know", (process) => {
  for (
    const [line, error] of [
      ["HISTORY ENABLE ALL", "ERR syntax error"],
      ["HISTORY ENABLE DATABASE 99", "ERR DB index is out of range"],
      ["HISTORY ENABLE GLOBAL RETENTION TIME", "ERR syntax error"],
      ["HISTORY ENABLE GLOBAL RETENTION TIME 0", "ERR retention must be positive"],
      ["HISTORY ENABLE GLOBAL RETENTION DAYS 1", "ERR syntax error"],
      ["HISTORY ENABLE GLOBAL RETENTION COUNT x", "ERR value is not an integer or out of range"],
      ["HISTORY DISABLE GLOBAL now", "ERR syntax error"],
      ["HISTORY GET k LIMIT", "ERR syntax error"],
      ["HISTORY GET k LIMIT -1", "ERR value is not an integer or out of range"],
      ["HISTORY DIFF k 2 1", "ERR the second moment is before the first"],
      ["HISTORY NOSUCH", "ERR unknown subcommand 'NOSUCH'. Try HISTORY HELP."],
    ] as const
  ) assert.equal(process.ask(line), error, line);
  assert.deepEqual(process.ask("HISTORY STATUS"), []);
});

testInMemory("KEYINFO tells the level and the retention", (process) => {
  process.ask("SET k 1");
  const told = () => (process.ask("KEYINFO k") as Map<string, unknown>).get("history");
  assert.equal(told(), "off");
  process.ask("HISTORY ENABLE GLOBAL");
  assert.equal(told(), "global");
  process.ask("HISTORY ENABLE KEY k RETENTION TIME 5000");
  assert.equal(told(), "key retention time 5000");
});
