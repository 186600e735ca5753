import { strict as assert } from "node:assert";
import { bytes, testInMemory } from "../open.ts";

testInMemory("members are added, found, counted and removed", (db) => {
  assert.equal(db.sadd("s", "a", bytes("b"), "a"), 2);
  assert.deepEqual(db.smembers("s"), new Set(["a", "b"]));
  assert.deepEqual([...db.bytes.smembers("s")], [bytes("a"), bytes("b")]);
  assert.deepEqual(db.smembers("absent"), new Set());
  assert.equal(db.sismember("s", bytes("a")), true);
  assert.equal(db.sismember("s", "x"), false);
  assert.deepEqual(db.smismember("s", "a", "x", "b"), [true, false, true]);
  assert.equal(db.scard("s"), 2);
  assert.equal(db.smove("s", "t", "a"), true);
  assert.equal(db.smove("s", "t", "a"), false);
  assert.equal(db.srem("s", "a", "b"), 1);
  assert.equal(db.exists("s"), 0);
  db.set("text", "v");
  assert.throws(() => db.sadd("text", "a"), { name: "WrongTypeError" });
});

testInMemory("random members come one by one or several at once", (db) => {
  assert.equal(db.spop("absent"), null);
  assert.equal(db.srandmember("absent"), null);
  assert.deepEqual(db.spop("absent", 2), new Set());
  assert.deepEqual(db.srandmember("absent", 2), []);
  db.sadd("s", "a");
  assert.equal(db.srandmember("s"), "a");
  assert.deepEqual(db.bytes.srandmember("s"), bytes("a"));
  assert.deepEqual(db.srandmember("s", -3), ["a", "a", "a"]);
  assert.deepEqual(db.srandmember("s", 3), ["a"]);
  assert.equal(db.spop("s"), "a");
  db.sadd("s", "a", "b");
  assert.deepEqual(db.spop("s", 5), new Set(["a", "b"]));
  assert.equal(db.exists("s"), 0);
});

testInMemory("sets are combined, counted and stored", (db) => {
  db.sadd("a", "1", "2", "3");
  db.sadd("b", "3", "4");
  assert.deepEqual(db.sinter("a", "b"), new Set(["3"]));
  assert.deepEqual(db.sunion("a", "b"), new Set(["1", "2", "3", "4"]));
  assert.deepEqual(db.sdiff("a", "b"), new Set(["1", "2"]));
  assert.equal(db.sintercard(["a", "b"]), 1);
  assert.equal(db.sunioncard(["a", "b"]), 4);
  assert.equal(db.sunioncard(["a", "b"], { limit: 2 }), 2);
  assert.equal(db.sunioncard(["a", "b"], { approx: true }), 4);
  assert.equal(db.sdiffcard(["a", "b"]), 2);
  assert.equal(db.sdiffcard(["a", "b"], { limit: 1 }), 1);
  assert.equal(db.sinterstore("d", "a", "b"), 1);
  assert.equal(db.sunionstore("d", "a", "b"), 4);
  assert.equal(db.sdiffstore("a", "a", "b"), 2);
  assert.deepEqual(db.smembers("a"), new Set(["1", "2"]));
  assert.deepEqual(db.smembers("d"), new Set(["1", "2", "3", "4"]));
});

testInMemory("members are walked page by page", (db) => {
  const members = Array.from({ length: 500 }, (_, i) => `m${i}`);
  db.sadd("s", ...members);
  const page = db.sscan("s", "0", { count: 10 });
  assert.equal(page.members.length, 10);
  assert.notEqual(page.cursor, "0");
  assert.deepEqual(new Set(db.sscanIterator("s")), new Set(members));
  assert.deepEqual([...db.sscanIterator("s", { match: "m49?" })].length, 10);
  assert.deepEqual(db.sscan("absent", "0"), { cursor: "0", members: [] });
});
