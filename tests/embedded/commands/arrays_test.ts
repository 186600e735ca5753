import { strict as assert } from "node:assert";
import { bytes, testInMemory } from "../open.ts";

const LAST = 18446744073709551614n;

testInMemory("arset, arget and their kin", (db) => {
  assert.equal(db.arset("k", 0, "a", bytes("b")), 2);
  assert.equal(db.armset("k", [5, "f"], [LAST, "z"]), 2);
  assert.equal(db.arget("k", 1), "b");
  assert.equal(db.arget("k", 2), null);
  assert.deepEqual(db.bytes.arget("k", LAST), bytes("z"));
  assert.deepEqual(db.armget("k", 0, LAST, 4), ["a", "z", null]);
  assert.deepEqual(db.argetrange("k", 2, 0), [null, "b", "a"]);
  assert.equal(db.arlen("k"), LAST + 1n);
  assert.equal(db.arcount("k"), 4);
  assert.deepEqual(db.arscan("k", 0, LAST), [[0, "a"], [1, "b"], [5, "f"], [LAST, "z"]]);
  assert.deepEqual(db.arscan("k", LAST, 0, { limit: 1 }), [[LAST, "z"]]);
  assert.equal(db.ardel("k", LAST, 3), 1);
  assert.equal(db.arlen("k"), 6);
  assert.equal(db.ardelrange("k", [0, 1], [9, 5]), 3);
  assert.equal(db.exists("k"), 0);
});

testInMemory("argrep takes predicates as objects", (db) => {
  db.arset("k", 0, "RedisArray", "redis-match", "plain");
  assert.deepEqual(db.argrep("k", "-", "+", { match: "redis" }), [1]);
  const both = [{ match: "redis" }, { glob: "*array*" }];
  assert.deepEqual(db.argrep("k", 0, 9, both, { combine: "and", nocase: true }), [0]);
  assert.deepEqual(db.argrep("k", "+", "-", { re: "^[a-z-]+$" }, { limit: 1 }), [2]);
  assert.deepEqual(db.argrepWithValues("k", "-", "+", { exact: bytes("plain") }), [[2, "plain"]]);
  assert.throws(() => db.argrep("k", "-", "+", { re: "(" }), {
    message: "invalid regular expression: Missing ')'",
  });
});

testInMemory("arop combines numbers", (db) => {
  db.arset("k", 0, "7", "3.5", "word");
  assert.equal(db.arop("k", 0, 9, "sum"), "10.5");
  assert.equal(db.arop("k", 0, 9, "min"), "3.5");
  assert.equal(db.arop("k", 0, 9, "and"), 3);
  assert.equal(db.arop("k", 2, 9, "max"), null);
  assert.equal(db.arop("k", 0, 9, "used"), 3);
  assert.equal(db.arop("k", 0, 9, "match", "word"), 1);
});

testInMemory("arinsert, arring and the cursor", (db) => {
  assert.equal(db.arseek("k", 5), false);
  assert.equal(db.arinsert("k", "a", "b"), 1);
  assert.equal(db.arnext("k"), 2);
  assert.equal(db.arseek("k", LAST + 1n), true);
  assert.equal(db.arnext("k"), null);
  assert.equal(db.arring("r", 3, "v0", "v1", "v2", "v3"), 0);
  assert.deepEqual(db.arlastitems("r", 2), ["v2", "v3"]);
  assert.deepEqual(db.arlastitems("r", 2, { rev: true }), ["v3", "v2"]);
});

testInMemory("arinfo tells facts by name", (db) => {
  db.arset("k", 0, "a", "b");
  const info = db.arinfo("k");
  assert.equal(info.count, 2);
  assert.equal(info["slice-size"], 4096);
  assert.equal(info["dense-slices"], undefined);
  assert.equal(db.arinfo("k", { full: true })["avg-sparse-size"], 4);
  assert.throws(() => db.arinfo("absent"), { message: "no such key" });
});

testInMemory("a transaction that fails leaves an array and its cursor as they were", (db) => {
  db.arinsert("k", "a");
  assert.throws(() =>
    db.transaction(() => {
      db.arinsert("k", "b", "c");
      db.arring("k", 1, "d");
      throw new Error("no");
    }), { message: "no" });
  assert.equal(db.arnext("k"), 1);
  assert.deepEqual(db.arscan("k", 0, 9), [[0, "a"]]);
  assert.equal(db.arinsert("k", "e"), 1);
});
