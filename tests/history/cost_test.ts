import { strict as assert } from "node:assert";
import { testOnDrivers } from "../store/open.ts";
import { Process } from "./databases.ts";

/** Fields of the hash: enough for anything in proportion to it to show. */
const FIELDS = 100_000;

function withHash(driver: Parameters<typeof Process.inMemory>[0]): Process {
  const process = Process.inMemory(driver);
  for (let i = 0; i < FIELDS; i += 1000) {
    const pairs = Array.from({ length: 1000 }, (_, j) => [`field:${i + j}`, "value"]);
    process.run(["HSET", "h", ...pairs.flat()]);
  }
  process.advance();
  return process;
}

/** Bytes of all rows of history, with what a B-tree page keeps of each: three bytes and a header. */
const BYTES = `SELECT
  (SELECT coalesce(sum(length(key) + length(operation) + coalesce(length(value), 0) + 40), 0)
    FROM history_entries) +
  (SELECT coalesce(sum(length(key) + coalesce(length(value), 0) + 70), 0) FROM history_keys) +
  (SELECT coalesce(sum(length(a) + coalesce(length(v1), 0) + 50), 0) FROM history_elements) +
  (SELECT 40 * count(*) FROM history_counts)`;

testOnDrivers("one HSET on a large hash stores less than 500 bytes and its field", (driver) => {
  using process = withHash(driver);
  process.ask("HISTORY ENABLE GLOBAL");
  process.advance();
  const changes: [line: string, fieldBytes: number][] = [
    ["HSET h field:5 changed", 12],
    ["HSET h new:field a", 10],
    [`HSET h field:6 ${"x".repeat(1000)}`, 12],
    ["HDEL h field:7", 12],
    [`HSET h field:6 ${"y".repeat(1000)}`, 1012],
  ];
  for (const [line, fieldBytes] of changes) {
    const before = process.number(BYTES);
    const rows = process.number("SELECT count(*) FROM history_elements");
    process.ask(line);
    const stored = process.number(BYTES) - before;
    assert.ok(stored > 0 && stored < 500 + fieldBytes, `${line.slice(0, 40)}: ${stored}`);
    assert.equal(process.number("SELECT count(*) FROM history_elements") - rows, 1);
    process.advance();
  }
});

testOnDrivers(
  "a change of one bit of a long string stores a chunk, an append a few bytes",
  (driver) => {
    using process = Process.inMemory(driver);
    process.run(["SET", "s", "x".repeat(2_000_000)]);
    process.ask("HISTORY ENABLE GLOBAL");
    process.advance();
    const before = process.number(BYTES);
    process.ask("APPEND s more");
    assert.ok(process.number(BYTES) - before < 500);
    process.advance();
    process.ask("SETBIT s 80000 1");
    assert.ok(process.number(BYTES) - before < 34_000);
  },
);

testOnDrivers("ENABLE costs the same however many keys there are", (driver) => {
  using process = Process.inMemory(driver);
  for (let i = 0; i < 1000; i++) process.ask(`HSET h${i} f v`);
  process.advance();
  const before = process.store.engine.connection.changes();
  process.ask("HISTORY ENABLE GLOBAL");
  process.store.endTurn();
  assert.equal(process.number("SELECT count(*) FROM recorded_ids"), 0, `${before}`);
  process.ask("HSET h1 f w");
  assert.equal(process.number("SELECT count(*) FROM recorded_ids"), 1);
});

testOnDrivers("a look at one field of a large hash loads the changes since, no more", (driver) => {
  using process = withHash(driver);
  process.ask("HISTORY ENABLE GLOBAL");
  const then = process.advance();
  for (let i = 0; i < 50; i++) process.ask(`HSET h field:${i} changed`);
  process.store.endTurn();
  assert.equal(process.ask(`HISTORY AT ${then} HGET h field:3`), "value");
  assert.equal(process.number("SELECT count(*) FROM past_of_hashes"), 50);
  assert.equal(process.ask(`HISTORY AT ${then} HLEN h`), FIELDS);
});
