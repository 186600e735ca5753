import { strict as assert } from "node:assert";
import { WrongTypeError } from "../../../mod.ts";
import { bytes, testInMemory } from "../open.ts";

testInMemory("set and get", (db) => {
  assert.equal(db.get("k"), null);
  assert.equal(db.set("k", "v"), true);
  assert.equal(db.get("k"), "v");
  assert.deepEqual(db.bytes.get("k"), bytes("v"));
  db.bytes.set(bytes("k"), bytes("w"));
  assert.equal(db.get(bytes("k")), "w");
});

testInMemory("set with a condition tells whether it held", (db) => {
  assert.equal(db.set("k", "1", { xx: true }), false);
  assert.equal(db.set("k", "1", { nx: true }), true);
  assert.equal(db.set("k", "2", { nx: true }), false);
  assert.equal(db.set("k", "2", { ifeq: "1" }), true);
  assert.equal(db.set("k", "3", { ifeq: bytes("1") }), false);
  assert.equal(db.set("k", "3", { ifne: "1" }), true);
  assert.equal(db.set("k", "4", { ifdeq: db.digest("k") ?? "" }), true);
  assert.equal(db.set("k", "5", { ifdne: db.digest("k") ?? "" }), false);
  assert.equal(db.get("k"), "4");
});

testInMemory("set with an expiry", (db) => {
  db.set("k", "v", { ex: 100 });
  assert.ok(db.pttl("k") > 99_000 && db.pttl("k") <= 100_000);
  db.set("k", "v", { keepttl: true });
  assert.ok(db.pttl("k") > 99_000);
  db.set("k", "v", { px: 5000 });
  assert.ok(db.pttl("k") <= 5000);
  db.set("k", "v", { exat: 4_000_000_000 });
  assert.equal(db.expiretime("k"), 4_000_000_000);
  db.set("k", "v", { pxat: 4_000_000_000_123 });
  assert.equal(db.pexpiretime("k"), 4_000_000_000_123);
  db.set("k", "v");
  assert.equal(db.ttl("k"), -1);
});

testInMemory("setGet, getset and getdel give the string before", (db) => {
  assert.equal(db.setGet("k", "1"), null);
  assert.equal(db.setGet("k", "2", { ex: 100 }), "1");
  assert.deepEqual(db.bytes.setGet("k", "3"), bytes("2"));
  assert.equal(db.getset("k", "4"), "3");
  assert.deepEqual(db.bytes.getset("k", "5"), bytes("4"));
  assert.equal(db.getdel("k"), "5");
  assert.equal(db.getdel("k"), null);
  db.set("k", "6");
  assert.deepEqual(db.bytes.getdel("k"), bytes("6"));
});

testInMemory("getex sets and removes an expiry", (db) => {
  db.set("k", "v");
  assert.equal(db.getex("k"), "v");
  assert.equal(db.ttl("k"), -1);
  assert.equal(db.getex("k", { ex: 100 }), "v");
  assert.equal(db.ttl("k"), 100);
  assert.deepEqual(db.bytes.getex("k", { persist: true }), bytes("v"));
  assert.equal(db.ttl("k"), -1);
  assert.equal(db.getex("absent"), null);
});

testInMemory("setnx, setex and psetex", (db) => {
  assert.equal(db.setnx("k", "1"), true);
  assert.equal(db.setnx("k", bytes("2")), false);
  assert.equal(db.setex("k", 100, "3"), undefined);
  assert.equal(db.ttl("k"), 100);
  assert.equal(db.psetex("k", 5000, bytes("4")), undefined);
  assert.ok(db.pttl("k") <= 5000);
  assert.equal(db.get("k"), "4");
});

testInMemory("mset and mget", (db) => {
  db.mset([["a", "1"], [bytes("b"), bytes("2")]]);
  assert.deepEqual(db.mget("a", "absent", bytes("b")), ["1", null, "2"]);
  assert.deepEqual(db.bytes.mget("a", "absent"), [bytes("1"), null]);
  db.mset(new Map([["c", "3"]]));
  assert.equal(db.get("c"), "3");
});

testInMemory("msetnx sets all or none", (db) => {
  assert.equal(db.msetnx([["a", "1"], ["b", "1"]]), true);
  assert.equal(db.msetnx([["b", "2"], ["c", "2"]]), false);
  assert.deepEqual(db.mget("a", "b", "c"), ["1", "1", null]);
});

testInMemory("msetex sets several with one expiry", (db) => {
  assert.equal(db.msetex([["a", "1"], ["b", bytes("2")]], { ex: 100 }), true);
  assert.deepEqual([db.ttl("a"), db.ttl("b")], [100, 100]);
  assert.equal(db.msetex([["b", "3"], ["c", "3"]], { nx: true }), false);
  assert.equal(db.msetex([["a", "4"]], { xx: true, keepttl: true }), true);
  assert.equal(db.ttl("a"), 100);
  assert.deepEqual(db.mget("a", "b", "c"), ["4", "2", null]);
});

testInMemory("append, strlen, getrange, substr and setrange", (db) => {
  assert.equal(db.append("k", "hello"), 5);
  assert.equal(db.append("k", bytes(" world")), 11);
  assert.equal(db.strlen("k"), 11);
  assert.equal(db.getrange("k", 0, 4), "hello");
  assert.equal(db.substr("k", -5, -1), "world");
  assert.deepEqual(db.bytes.getrange("k", -5, -1), bytes("world"));
  assert.equal(db.getrange("absent", 0, -1), "");
  assert.deepEqual(db.bytes.substr("absent", 0, -1), bytes(""));
  assert.equal(db.setrange("k", 6, "there"), 11);
  assert.equal(db.setrange("k", 12, bytes("!")), 13);
  assert.equal(db.get("k"), "hello there\0!");
});

testInMemory("incr, decr, incrby and decrby", (db) => {
  assert.equal(db.incr("n"), 1);
  assert.equal(db.decr("n"), 0);
  assert.equal(db.incrby("n", 10), 10);
  assert.equal(db.decrby("n", 3), 7);
  assert.equal(db.bytes.incr("n"), 8);
  assert.equal(db.incrby("big", 9007199254740993n), 9007199254740993n);
  assert.equal(db.decrby("big", 9007199254740993n), 0);
});

testInMemory("incrbyfloat gives the digits that are stored", (db) => {
  db.set("f", "0.1");
  assert.equal(db.incrbyfloat("f", "0.2"), "0.3");
  assert.equal(db.incrbyfloat("f", 1), "1.3");
  assert.deepEqual(db.bytes.incrbyfloat("f", 1.5), bytes("2.8"));
  assert.equal(db.get("f"), "2.8");
});

testInMemory("increx adds within bounds", (db) => {
  assert.deepEqual(db.increx("n"), [1, 1]);
  assert.deepEqual(db.increx("n", { byint: 10, ubound: 5 }), [1, 0]);
  assert.deepEqual(db.increx("n", { byint: 10, ubound: 5, saturate: true }), [5, 4]);
  assert.deepEqual(db.increx("n", { byint: 1n, ex: 100, enx: true }), [6, 1]);
  assert.equal(db.ttl("n"), 100);
  assert.deepEqual(db.increx("n", { persist: true }), [7, 1]);
  assert.equal(db.ttl("n"), -1);
  assert.deepEqual(db.increx("f", { byfloat: "0.5" }), ["0.5", "0.5"]);
  assert.deepEqual(db.bytes.increx("n"), [8, 1]);
});

testInMemory("lcs, its length and its positions", (db) => {
  db.mset([["a", "ohmytext"], ["b", "mynewtext"]]);
  assert.equal(db.lcs("a", "b"), "mytext");
  assert.deepEqual(db.bytes.lcs("a", "b"), bytes("mytext"));
  assert.equal(db.lcsLen("a", "b"), 6);
  const matches = [
    { a: [4, 7], b: [5, 8], length: 4 },
    { a: [2, 3], b: [0, 1], length: 2 },
  ];
  assert.deepEqual(db.lcsIdx("a", "b"), matches);
  assert.deepEqual(db.bytes.lcsIdx("a", "b"), matches);
  assert.deepEqual(db.lcsIdx("a", "b", { minmatchlen: 4 }), matches.slice(0, 1));
});

testInMemory("digest is text in both views", (db) => {
  db.set("k", "");
  assert.equal(db.digest("k"), "2d06800538d394c2");
  assert.equal(db.bytes.digest("k"), "2d06800538d394c2");
  assert.equal(db.digest("absent"), null);
});

testInMemory("delex deletes if the string compares as asked", (db) => {
  db.set("k", "v");
  assert.equal(db.delex("k", { ifeq: "w" }), false);
  assert.equal(db.delex("k", { ifne: bytes("v") }), false);
  assert.equal(db.delex("k", { ifdeq: db.digest("k") ?? "" }), true);
  assert.equal(db.delex("k"), false);
});

testInMemory("a missing string is no error, another type would be", (db) => {
  assert.equal(db.strlen("absent"), 0);
  assert.equal(new WrongTypeError("WRONGTYPE wrong").code, "WRONGTYPE");
});
