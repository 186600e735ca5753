import { strict as assert } from "node:assert";
import { bytes, testInMemory } from "../open.ts";

testInMemory("zadd, zincrby, zscore, zmscore, zcard and zrem", (db) => {
  assert.equal(db.zadd("z", [[1, "a"], [2.5, "b"], [Infinity, bytes("c")]]), 3);
  assert.equal(db.zadd("z", [[3, "a"], [4, "d"]], { ch: true, gt: true }), 2);
  assert.equal(db.zadd("z", [[0, "a"]], { nx: true }), 0);
  assert.equal(db.zaddIncr("z", 1.5, "a"), 4.5);
  assert.equal(db.zaddIncr("z", 1, "new", { xx: true }), null);
  assert.equal(db.zincrby("z", -1, "b"), 1.5);
  assert.equal(db.zscore("z", "c"), Infinity);
  assert.equal(db.zscore("z", "x"), null);
  assert.deepEqual(db.zmscore("z", "a", "x"), [4.5, null]);
  assert.equal(db.zcard("z"), 4);
  assert.equal(db.zrem("z", "a", "x"), 1);
});

testInMemory("a score of -0 keeps its sign in a large sorted set", (db) => {
  db.zadd("z", [[1, "x".repeat(100)], [-0, "zero"]]);
  assert.ok(Object.is(db.zscore("z", "zero"), -0));
});

testInMemory("ranks and ranges", (db) => {
  db.zadd("z", [[1, "a"], [2, "b"], [3, "c"], [4, "d"]]);
  assert.equal(db.zrank("z", "b"), 1);
  assert.equal(db.zrevrank("z", "b"), 2);
  assert.equal(db.zrank("z", "x"), null);
  assert.equal(db.zcount("z", "(1", 3), 2);
  assert.deepEqual(db.zrange("z", 0, 1), ["a", "b"]);
  assert.deepEqual(db.bytes.zrange("z", -1, -1), [bytes("d")]);
  assert.deepEqual(db.zrangeWithScores("z", 3, -Infinity, { by: "score", rev: true }), [
    ["c", 3],
    ["b", 2],
    ["a", 1],
  ]);
  const limit = { offset: 1, count: 2 };
  assert.deepEqual(db.zrangebyscore("z", 1, 4, { limit }), ["b", "c"]);
  assert.deepEqual(db.zrevrangebyscore("z", 4, 1, { limit }), ["c", "b"]);
  assert.deepEqual(db.zrevrange("z", 0, 0), ["d"]);
  assert.equal(db.zrangestore("copy", "z", 1, 2), 2);
  assert.equal(db.zremrangebyrank("copy", 0, 0), 1);
  assert.equal(db.zremrangebyscore("z", 4, 4), 1);
});

testInMemory("ranges of members", (db) => {
  db.zadd("z", [[0, "a"], [0, "b"], [0, "c"]]);
  assert.equal(db.zlexcount("z", "-", "(c"), 2);
  assert.deepEqual(db.zrangebylex("z", "[b", "+"), ["b", "c"]);
  assert.deepEqual(db.zrevrangebylex("z", "+", "-", { limit: { offset: 0, count: 1 } }), ["c"]);
  assert.deepEqual(db.zrange("z", "(a", "[b", { by: "lex" }), ["b"]);
  assert.equal(db.zremrangebylex("z", "[a", "[b"), 2);
});

testInMemory("zpopmin, zpopmax and zmpop", (db) => {
  db.zadd("z", [[1, "a"], [2, "b"], [3, "c"], [4, "d"]]);
  assert.deepEqual(db.zpopmin("z"), [["a", 1]]);
  assert.deepEqual(db.zpopmax("z", 2), [["d", 4], ["c", 3]]);
  assert.deepEqual(db.zmpop(["absent", "z"], "max", 5), { key: "z", elements: [["b", 2]] });
  assert.equal(db.zmpop(["z"], "min"), null);
  assert.deepEqual(db.zpopmin("z"), []);
});

testInMemory("zunion, zinter, zdiff and zintercard", (db) => {
  db.zadd("a", [[1, "x"], [2, "y"]]);
  db.zadd("b", [[10, "y"], [20, "z"]]);
  const keys = ["a", "b"];
  assert.deepEqual(db.zunion(keys), ["x", "y", "z"]);
  assert.deepEqual(db.zunionWithScores(keys, { weights: [2, 1], aggregate: "max" }), [
    ["x", 2],
    ["y", 10],
    ["z", 20],
  ]);
  assert.deepEqual(db.zunionWithScores(keys, { aggregate: "count", weights: [3, 1] }), [
    ["z", 1],
    ["x", 3],
    ["y", 4],
  ]);
  assert.deepEqual(db.zinter(keys), ["y"]);
  assert.deepEqual(db.zinterWithScores(keys), [["y", 12]]);
  assert.deepEqual(db.zdiff("a", "b"), ["x"]);
  assert.deepEqual(db.zdiffWithScores("b", "a"), [["z", 20]]);
  assert.equal(db.zintercard(keys), 1);
  assert.equal(db.zintercard(["a", "a"], 1), 1);
  assert.equal(db.zunionstore("d", keys), 3);
  assert.equal(db.zinterstore("d", keys, { aggregate: "min" }), 1);
  assert.equal(db.zdiffstore("d", ...keys), 1);
});

testInMemory("zrandmember", (db) => {
  assert.equal(db.zrandmember("z"), null);
  db.zadd("z", [[1, "a"]]);
  assert.equal(db.zrandmember("z"), "a");
  assert.deepEqual(db.zrandmember("z", -2), ["a", "a"]);
  assert.deepEqual(db.zrandmemberWithScores("z", 5), [["a", 1]]);
});

testInMemory("zscan", (db) => {
  const members = Array.from({ length: 300 }, (_, i): [number, string] => [i / 10, `m${i}`]);
  db.zadd("z", members);
  db.zadd("z", [[-Infinity, "m1"]]);
  assert.equal(db.zscan("z", "0", { count: 10 }).elements.length, 10);
  const found = new Map(db.zscanIterator("z"));
  assert.equal(found.size, 300);
  assert.equal(found.get("m17"), 1.7);
  assert.equal(found.get("m1"), -Infinity);
  assert.deepEqual([...db.bytes.zscanIterator("z", { match: "m299" })], [[bytes("m299"), 29.9]]);
});
