import { strict as assert } from "node:assert";
import { WrongTypeError } from "../../../mod.ts";
import { bytes, testInMemory } from "../open.ts";

testInMemory("hashes take fields as objects, pairs or one by one", (db) => {
  assert.equal(db.hset("h", { a: "1", b: bytes("2") }), 2);
  assert.equal(db.hset("h", [["b", "3"], [bytes("c"), "4"]]), 1);
  assert.equal(db.hset("h", new Map([["d", "5"]])), 1);
  assert.equal(db.hset("h", "a", "0"), 0);
  assert.equal(db.hset("h", bytes("e"), ""), 1);
  assert.equal(db.hmset("h", { e: "6" }), undefined);
  assert.deepEqual(
    db.hgetall("h"),
    new Map([["a", "0"], ["b", "3"], ["c", "4"], ["d", "5"], ["e", "6"]]),
  );
  assert.equal(db.hsetnx("h", "a", "no"), false);
  assert.equal(db.hsetnx("h", "f", "yes"), true);
});

testInMemory("hashes are read as text and as bytes", (db) => {
  db.hset("h", { a: "1", b: "22" });
  assert.equal(db.hget("h", "a"), "1");
  assert.equal(db.hget("h", "x"), null);
  assert.deepEqual(db.bytes.hget("h", "a"), bytes("1"));
  assert.deepEqual(db.hmget("h", "a", "x", "b"), ["1", null, "22"]);
  assert.deepEqual(db.hkeys("h"), ["a", "b"]);
  assert.deepEqual(db.hvals("h"), ["1", "22"]);
  assert.deepEqual([...db.bytes.hgetall("h")], [[bytes("a"), bytes("1")], [
    bytes("b"),
    bytes("22"),
  ]]);
  assert.equal(db.hlen("h"), 2);
  assert.equal(db.hstrlen("h", "b"), 2);
  assert.equal(db.hexists("h", "a"), true);
  assert.equal(db.hexists("h", "x"), false);
  assert.equal(db.hdel("h", "a", "x"), 1);
  db.set("s", "text");
  assert.throws(() => db.hget("s", "a"), WrongTypeError);
});

testInMemory("fields are added to", (db) => {
  assert.equal(db.hincrby("h", "n", 5), 5);
  assert.equal(db.hincrby("h", "n", 9223372036854775800n), 9223372036854775805n);
  assert.equal(db.hincrbyfloat("h", "f", 0.5), "0.5");
  assert.deepEqual(db.bytes.hincrbyfloat("h", "f", "1e1"), bytes("10.5"));
});

testInMemory("fields are drawn and walked through", (db) => {
  assert.equal(db.hrandfield("h"), null);
  db.hset("h", { a: "1", b: "2" });
  assert.ok(["a", "b"].includes(db.hrandfield("h") ?? ""));
  assert.deepEqual(db.hrandfield("h", 5).toSorted(), ["a", "b"]);
  assert.equal(db.hrandfield("h", -5).length, 5);
  assert.deepEqual(db.hrandfieldWithValues("h", 5).toSorted(), [["a", "1"], ["b", "2"]]);
  assert.deepEqual(db.hscan("h", "0"), { cursor: "0", entries: [["a", "1"], ["b", "2"]] });
  assert.deepEqual(db.bytes.hscanFields("h", "0", { match: "b" }), {
    cursor: "0",
    fields: [bytes("b")],
  });
  for (let i = 0; i < 600; i++) db.hset("large", `f${i}`, `v${i}`);
  const all = new Map(db.hscanIterator("large", { count: 50 }));
  assert.equal(all.size, 600);
  assert.equal(all.get("f7"), "v7");
});

testInMemory("fields expire", (db) => {
  db.hset("h", { a: "1", b: "2", c: "3" });
  assert.deepEqual(db.hexpire("h", 100, ["a", "x"]), [1, -2]);
  assert.deepEqual(db.hexpire("h", 50, ["a", "b"], { nx: true }), [0, 1]);
  assert.deepEqual(db.hpexpire("h", 200_000, ["a"], { gt: true }), [1]);
  assert.deepEqual(db.hexpireat("h", 33_000_000_000, ["b"]), [1]);
  assert.deepEqual(db.hpexpireat("h", 33_000_000_000_001, ["c"]), [1]);
  assert.deepEqual(db.hexpiretime("h", "b", "c"), [33_000_000_000, 33_000_000_001]);
  assert.deepEqual(db.hpexpiretime("h", "c", "x"), [33_000_000_000_001, -2]);
  assert.equal(db.httl("h", "a")[0], 200);
  assert.ok(db.hpttl("h", "a")[0]! <= 200_000);
  assert.deepEqual(db.hpersist("h", "a", "a", "x"), [1, -1, -2]);
});

testInMemory("values are read and written together with expiries", (db) => {
  assert.equal(db.hsetex("h", { a: "1", b: "2" }, { ex: 100, fnx: true }), true);
  assert.equal(db.hsetex("h", { a: "x" }, { fnx: true }), false);
  assert.equal(db.hsetex("h", [["a", "3"]], { keepttl: true, fxx: true }), true);
  assert.deepEqual(db.httl("h", "a", "b"), [100, 100]);
  assert.deepEqual(db.hgetex("h", ["a", "x"], { persist: true }), ["3", null]);
  assert.deepEqual(db.hgetex("h", ["b"], { px: 5_000_000 }), ["2"]);
  assert.deepEqual(db.httl("h", "a", "b"), [-1, 5000]);
  assert.deepEqual(db.bytes.hgetdel("h", "a", "x"), [bytes("3"), null]);
  assert.deepEqual(db.hkeys("h"), ["b"]);
});

testInMemory("fieldsets make hashes", (db) => {
  assert.equal(db.himport("prepare", "user", "name", "age"), undefined);
  assert.equal(db.himport("set", "user:1", "user", "Ada", "36"), undefined);
  assert.deepEqual(db.hmget("user:1", "name", "age"), ["Ada", "36"]);
  assert.equal(db.himport("discard", "user"), true);
  assert.equal(db.himport("discard", "user"), false);
  assert.equal(db.himport("discardall"), 0);
  assert.throws(() => db.himport("set", "k", "user", "x", "1"), {
    code: "ERR",
    message: "no such fieldset",
  });
});
