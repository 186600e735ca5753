import { strict as assert } from "node:assert";
import { bytes, testInMemory } from "../open.ts";

testInMemory("del, unlink, exists and touch count keys", (db) => {
  db.mset([["a", "1"], ["b", "2"], ["c", "3"]]);
  assert.equal(db.exists("a", "a", bytes("b"), "absent"), 3);
  assert.equal(db.touch("a", "absent"), 1);
  assert.equal(db.del("a", "absent"), 1);
  assert.equal(db.unlink(bytes("b"), "c"), 2);
  assert.equal(db.dbsize(), 0);
});

testInMemory("type is text in both views", (db) => {
  db.set("k", "v");
  assert.equal(db.type("k"), "string");
  assert.equal(db.bytes.type(bytes("k")), "string");
  assert.equal(db.type("absent"), "none");
});

testInMemory("keys and randomkey", (db) => {
  assert.equal(db.randomkey(), null);
  db.mset([["user:2", "1"], ["user:1", "1"], ["x", "1"]]);
  assert.deepEqual(db.keys("user:*"), ["user:1", "user:2"]);
  assert.deepEqual(db.bytes.keys(bytes("x")), [bytes("x")]);
  db.del("user:1", "user:2");
  assert.equal(db.randomkey(), "x");
  assert.deepEqual(db.bytes.randomkey(), bytes("x"));
});

testInMemory("scan gives pages, scanIterator all keys", (db) => {
  const keys = Array.from({ length: 250 }, (_, i) => `k${i}`);
  db.mset(keys.map((key) => [key, "1"] as const));
  const page = db.scan("0", { count: 200 });
  assert.equal(page.keys.length, 200);
  const rest = db.scan(page.cursor, { count: 200 });
  assert.equal(rest.cursor, "0");
  assert.deepEqual([...page.keys, ...rest.keys], keys.toSorted());
  assert.deepEqual([...db.scanIterator()], keys.toSorted());
  assert.deepEqual([...db.scanIterator({ match: "k24?", type: "string" })].length, 10);
  assert.deepEqual([...db.scanIterator({ type: "hash" })], []);
});

testInMemory("the bytes view scans as well, with a text cursor", (db) => {
  db.mset([["a", "1"], ["b", "1"], ["c", "1"]]);
  const page = db.bytes.scan("0", { count: 2, match: bytes("*") });
  assert.equal(typeof page.cursor, "string");
  assert.deepEqual(page.keys, [bytes("a"), bytes("b")]);
  assert.deepEqual([...db.bytes.scanIterator({ count: 1 })], ["a", "b", "c"].map(bytes));
});

testInMemory("rename and renamenx", (db) => {
  db.mset([["a", "1"], ["b", "2"]]);
  assert.equal(db.renamenx("a", "b"), false);
  assert.equal(db.renamenx("a", bytes("c")), true);
  assert.equal(db.rename("c", "b"), undefined);
  assert.equal(db.get("b"), "1");
  assert.throws(() => db.rename("absent", "x"), /no such key/);
});

testInMemory("copy within and between databases", (db) => {
  db.set("a", "1");
  assert.equal(db.copy("a", "b"), true);
  assert.equal(db.copy("a", bytes("b")), false);
  assert.equal(db.copy("a", "b", { replace: true }), true);
  assert.equal(db.copy("a", "a", { db: 1 }), true);
  db.select(1);
  assert.equal(db.get("a"), "1");
});

testInMemory("select, move, swapdb, flushdb and flushall", (db) => {
  db.mset([["a", "zero"], ["b", "zero"]]);
  assert.equal(db.move("a", 1), true);
  assert.equal(db.move("a", 1), false);
  db.select(1);
  assert.equal(db.get("a"), "zero");
  assert.equal(db.bytes.dbsize(), 1);
  db.swapdb(0, 1);
  assert.equal(db.get("b"), "zero");
  db.flushdb();
  assert.equal(db.dbsize(), 0);
  db.select(0);
  assert.equal(db.dbsize(), 1);
  db.flushall();
  assert.equal(db.dbsize(), 0);
});

testInMemory("expire and pexpire with their conditions", (db) => {
  db.set("k", "v");
  assert.equal(db.expire("absent", 10), false);
  assert.equal(db.expire("k", 100, { xx: true }), false);
  assert.equal(db.expire("k", 100, { nx: true }), true);
  assert.equal(db.ttl("k"), 100);
  assert.equal(db.pexpire("k", 50_000, { gt: true }), false);
  assert.equal(db.pexpire(bytes("k"), 50_000, { lt: true }), true);
  assert.ok(db.pttl("k") <= 50_000);
});

testInMemory("expireat, pexpireat, expiretime and pexpiretime", (db) => {
  db.set("k", "v");
  assert.equal(db.expireat("k", 4_000_000_000), true);
  assert.equal(db.expiretime("k"), 4_000_000_000);
  assert.equal(db.pexpireat("k", 4_000_000_000_500), true);
  assert.equal(db.pexpiretime("k"), 4_000_000_000_500);
  assert.equal(db.expireat("k", 1), true);
  assert.equal(db.exists("k"), 0);
});

testInMemory("ttl and persist", (db) => {
  assert.deepEqual([db.ttl("k"), db.pttl("k"), db.expiretime("k"), db.pexpiretime("k")], [
    -2,
    -2,
    -2,
    -2,
  ]);
  db.set("k", "v");
  assert.deepEqual([db.ttl("k"), db.pttl("k"), db.expiretime("k")], [-1, -1, -1]);
  assert.equal(db.persist("k"), false);
  db.expire("k", 100);
  assert.equal(db.persist(bytes("k")), true);
  assert.equal(db.ttl("k"), -1);
});

testInMemory("object tells how a value is held", (db) => {
  db.mset([["n", "12"], ["s", "short"]]);
  assert.equal(db.object("encoding", "n"), "int");
  assert.equal(db.bytes.object("encoding", "s"), "embstr");
  assert.equal(db.object("idletime", "s"), 0);
  assert.equal(db.object("refcount", bytes("s")), 1);
  assert.equal(db.object("encoding", "absent"), null);
});

testInMemory("time is two numbers in both views", (db) => {
  for (const [seconds, microseconds] of [db.time(), db.bytes.time()]) {
    assert.ok(Math.abs(seconds - Date.now() / 1000) < 5);
    assert.ok(microseconds >= 0 && microseconds < 1_000_000);
  }
});

testInMemory("ping and echo", (db) => {
  assert.equal(db.ping(), "PONG");
  assert.equal(db.ping("hello"), "hello");
  assert.deepEqual(db.bytes.ping("hello"), bytes("hello"));
  assert.equal(db.echo("hello"), "hello");
  assert.deepEqual(db.bytes.echo(bytes("hello")), bytes("hello"));
});

testInMemory("save and lastsave", (db) => {
  db.set("k", "v");
  db.save();
  assert.ok(Math.abs(db.lastsave() - Date.now() / 1000) < 5);
});
