import { strict as assert } from "node:assert";
import { RedliteError } from "../../../mod.ts";
import { bytes, testInMemory } from "../open.ts";

/** A moment that is over: what happens next is in a later millisecond. */
function now(): number {
  const at = Date.now();
  while (Date.now() === at);
  return at;
}

testInMemory("history has typed methods", (db) => {
  db.history.enable({ keepCount: 10 });
  assert.deepEqual(db.history.status("h").level, "global");
  assert.deepEqual(db.history.status("h").keepCount, 10);
  now();
  db.hset("h", "a", "1");
  const first = now();
  db.hset("h", { a: "2", b: "3" });
  const second = now();
  const [last, before] = db.history.get("h");
  assert.deepEqual([last!.version, last!.operation, last!.type, last!.data], [
    2,
    "hset",
    "hash",
    ["a", "2", "b", "3"],
  ]);
  assert.deepEqual(before!.data, ["a", "1"]);
  assert.deepEqual(db.history.get("h", { limit: 1 }), [last]);
  assert.deepEqual(db.history.get("h", { until: new Date(first) }), [before]);
  assert.deepEqual(db.history.getAt("h", first), new Map([["a", "1"]]));
  assert.deepEqual(db.history.diff("h", first, second), {
    type: ["hash", "hash"],
    expiresAt: [null, null],
    added: ["b", "3"],
    removed: [],
    changed: ["a", "1", "2"],
  });
  assert.deepEqual(db.history.list("h*"), ["h"]);
  assert.equal(db.history.stats("h").totalEntries, 2);
  assert.equal(db.history.stats().oldestTimestamp, before!.timestamp);
  db.history.revert("h", first);
  assert.deepEqual(db.hgetall("h"), new Map([["a", "1"]]));
  assert.equal(db.history.clear("h"), 3);
  assert.deepEqual(db.history.get("h"), []);
  assert.equal(db.history.prune(Date.now()), 0);
  db.history.disable();
  assert.equal(db.history.status("h").history, "ended");
});

testInMemory("history comes as bytes where bytes are asked for", (db) => {
  db.history.enable({ key: "k" });
  db.bytes.set("k", bytes("\u00ff"));
  const [entry] = db.bytes.history.get("k");
  assert.deepEqual(entry!.data, bytes("\u00ff"));
  assert.deepEqual(db.bytes.history.list(), [bytes("k")]);
});

testInMemory("at() is the database as it was, to be read", (db) => {
  db.history.enable({ database: 0 });
  now();
  db.set("k", "then", { px: 60_000 });
  db.hset("h", "f", "1");
  db.zadd("z", [[1, "a"]]);
  const past = db.at(now());
  db.flushall();
  now();
  assert.equal(db.get("k"), null);
  assert.equal(past.get("k"), "then");
  assert.equal(past.hget("h", "f"), "1");
  assert.deepEqual(past.keys("*"), ["h", "k", "z"]);
  assert.deepEqual([...past.scanIterator()].sort(), ["h", "k", "z"]);
  assert.equal(past.dbsize(), 3);
  assert.equal(past.zscore("z", "a"), 1);
  assert.ok(past.ttl("k") > 55);
  assert.ok(past.dump("h") instanceof Uint8Array);
  assert.equal(past.call("TYPE", "z"), "zset");
  assert.throws(() => past.call("SET", "k", "v"), RedliteError);
  assert.throws(() => db.at(5).get("k"), /begins at/);
});
