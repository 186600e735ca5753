import { strict as assert } from "node:assert";
import { bytes, testInMemory } from "../open.ts";

testInMemory("lists are pushed to, read and popped from", (db) => {
  assert.equal(db.rpush("k", "b", bytes("c")), 2);
  assert.equal(db.lpush("k", "a"), 3);
  assert.equal(db.lpushx("absent", "a"), 0);
  assert.equal(db.rpushx("k", "d"), 4);
  assert.equal(db.llen("k"), 4);
  assert.deepEqual(db.lrange("k", 1, -2), ["b", "c"]);
  assert.deepEqual(db.bytes.lindex("k", -1), bytes("d"));
  assert.equal(db.lindex("k", 9), null);
  assert.equal(db.lpop("k"), "a");
  assert.deepEqual(db.rpop("k", 2), ["d", "c"]);
  assert.deepEqual(db.lpop("k", 0), []);
  assert.equal(db.rpop("absent"), null);
  assert.equal(db.rpop("absent", 1), null);
});

testInMemory("lists are changed in the middle", (db) => {
  db.rpush("k", "a", "b", "a", "c");
  db.lset("k", 3, "d");
  assert.throws(() => db.lset("k", 4, "e"), /index out of range/);
  assert.equal(db.linsert("k", "before", "b", "x"), 5);
  assert.equal(db.linsert("k", "after", "none", "x"), -1);
  assert.equal(db.lrem("k", -1, "a"), 1);
  assert.deepEqual(db.lrange("k", 0, -1), ["a", "x", "b", "d"]);
  db.ltrim("k", 1, 2);
  assert.deepEqual(db.lrange("k", 0, -1), ["x", "b"]);
});

testInMemory("lpos gives one index or several", (db) => {
  db.rpush("k", "a", "b", "a", "a");
  assert.equal(db.lpos("k", "a"), 0);
  assert.equal(db.lpos("k", "a", { rank: -2 }), 2);
  assert.equal(db.lpos("k", "b", { maxlen: 1 }), null);
  assert.deepEqual(db.lpos("k", "a", { count: 0, rank: 2 }), [2, 3]);
});

testInMemory("elements move between lists", (db) => {
  db.rpush("a", "1", "2", "3", "4", "5", "6");
  assert.equal(db.lmove("a", "b", "left", "right"), "1");
  assert.equal(db.rpoplpush("a", "b"), "6");
  assert.deepEqual(db.lmovem("a", "b", "left", "left"), ["2"]);
  assert.equal(db.lmovem("a", "b", "left", "left", { exactly: 4, order: "bulk" }), null);
  assert.deepEqual(db.lmovem("a", "b", "left", "left", { count: 2, order: "obo" }), ["4", "3"]);
  assert.deepEqual(db.lrange("b", 0, -1), ["4", "3", "2", "6", "1"]);
  assert.deepEqual(db.lmpop(["absent", "b"], "right", { count: 2 }), ["b", ["1", "6"]]);
  assert.equal(db.lmpop(["absent"], "left"), null);
});
