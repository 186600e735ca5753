/**
 * Whatever looks at keys finds what was written before, while the rows of it are in memory and its turns in the log
 * alone; and a crash right then leaves the same.
 */

import { strict as assert } from "node:assert";
import { basename } from "node:path";
import { Redlite, type RedliteOptions } from "../../../mod.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { temporaryDirectory } from "../../harness/servers.ts";
import { DRIVERS } from "../open.ts";
import { crashed } from "./crashes.ts";

const lacking = DRIVERS.some(({ info }) => info.name === "ffi") ? notLinux() : "no native library";

/** A field of INFO. */
function fact(db: Redlite, section: string, name: string): string {
  const text = String(db.call("INFO", section));
  return new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
}

/** Nothing is committed while a program does not return to its event loop. */
function assertUnwritten(db: Redlite): void {
  assert.ok(Number(fact(db, "persistence", "write_behind_pending_turns")) > 0);
}

/** A crash now leaves what the database has. */
function assertLasting(db: Redlite, path: string): void {
  using after = Redlite.open(crashed(path, `${crypto.randomUUID()}.db`));
  assert.equal(after.call("DEBUG", "DIGEST"), db.call("DEBUG", "DIGEST"));
}

function testUnwritten(
  name: string,
  fn: (db: Redlite, path: string) => void | Promise<void>,
  options: RedliteOptions = {},
): void {
  Deno.test({
    ...named(name, lacking),
    async fn() {
      await using directory = await temporaryDirectory();
      const path = `${directory.path}/app.db`;
      await using db = Redlite.open(path, { writeBehind: true, ...options });
      await fn(db, path);
      assertLasting(db, path);
    },
  });
}

function wait(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

testUnwritten("history has the versions of rows that are not written", (db, path) => {
  db.set("k", "1");
  db.set("k", "2");
  db.call("EXPIRE", "k", 1000);
  db.del("gone");
  db.set("gone", "x");
  db.del("gone");
  assertUnwritten(db);
  const versions = db.call("HISTORY", "GET", "k");
  assert.match(JSON.stringify(versions), /1.*2|2.*1/);
  using after = Redlite.open(crashed(path, "copy.db"));
  assert.deepEqual(after.call("HISTORY", "GET", "k"), versions);
  assert.deepEqual(after.call("HISTORY", "GET", "gone"), db.call("HISTORY", "GET", "gone"));
}, { history: {} });

testUnwritten("a key that is not written expires, with all that asks for it", async (db) => {
  db.set("k", "v", { px: 5 });
  db.set("k2", "v", { px: 100_000 });
  db.set("k3", "v");
  assertUnwritten(db);
  wait(6);
  // What one stretch of code reads is of one moment. No timer fires meanwhile.
  await Promise.resolve();
  assert.deepEqual(db.mget("k", "k2", "k3"), [null, "v", "v"]);
  assert.equal(db.call("DBSIZE"), 2);
  assert.equal(fact(db, "keyspace", "db0").split(",avg")[0], "keys=2,expires=1");
  assert.deepEqual(db.sql("SELECT key FROM redlite_keys ORDER BY key"), [{ key: "k2" }, {
    key: "k3",
  }]);
  db.set("k2", "w", { keepttl: true });
  assert.ok(Number(db.call("PTTL", "k2")) > 90_000);
  db.call("PERSIST", "k2");
  assert.equal(db.call("PTTL", "k2"), -1);
});

testUnwritten("keys that are not written are evicted like others", (db) => {
  db.config.set({ "maxmemory-policy": "allkeys-lru", maxmemory: 200_000 });
  for (let i = 0; i < 1000; i++) db.set(`key:${i}`, "x".repeat(500));
  assertUnwritten(db);
  const size = Number(db.call("DBSIZE"));
  assert.ok(size > 100 && size < 400, `${size} keys`);
  assert.equal(db.get("key:999"), "x".repeat(500));
  assert.ok(Number(fact(db, "memory", "used_memory")) <= 200_000);
  assert.equal(db.sql("SELECT count(*) AS n FROM keys")[0]?.["n"], size);
});

testUnwritten("who waits for an element gets one that is in no row", async (db, path) => {
  const waiting = db.blpop("list", { timeout: 0 });
  db.rpush("list", "a", "b");
  assertUnwritten(db);
  assertLasting(db, path);
  assert.deepEqual(await waiting, ["list", "a"]);
  assert.deepEqual(db.lrange("list", 0, -1), ["b"]);
});

testUnwritten("lists have what was pushed, wherever it is looked for", (db, path) => {
  db.rpush("l", "b", "c");
  db.lpush("l", "a");
  assertUnwritten(db);
  assertLasting(db, path);
  assert.ok(Number(db.call("MEMORY", "USAGE", "l")) > 3);
  db.rpush("l", "d");
  assert.deepEqual(db.sql("SELECT value FROM lists ORDER BY pos").length, 4);
  db.rpush("l", "e");
  db.call("COPY", "l", "copy");
  assert.equal(db.lpos("l", "e"), 4);
  db.rpush("l", "f");
  db.call("RENAME", "l", "renamed");
  db.lpush("renamed", "_");
  db.call("SORT", "renamed", "BY", "nosort", "STORE", "restored");
  const whole = ["_", "a", "b", "c", "d", "e", "f"];
  assert.deepEqual(db.lrange("restored", 0, -1), whole);
  db.rpush("renamed", "g");
  db.lset("renamed", -1, "h");
  assert.deepEqual(db.lrange("renamed", 0, -1), [...whole, "h"]);
  assert.deepEqual(db.lrange("copy", 0, -1), whole.slice(1, 6));
  db.rpush("copy", "i");
  assert.equal(db.lrem("copy", 0, "i"), 1);
  db.rpush("copy", "j");
  db.call("SWAPDB", "0", "1");
  db.rpush("other", "k");
  db.call("FLUSHDB");
  db.call("SWAPDB", "0", "1");
  db.lmove("copy", "copy", "right", "left");
  assert.deepEqual(db.lrange("copy", 0, -1), ["j", "a", "b", "c", "d", "e"]);
  db.rpush("gone", "l");
  db.del("gone");
  assertUnwritten(db);
});

testUnwritten("streams have what was added, wherever it is looked for", async (db, path) => {
  const add = (key: string, ms: number) => db.call("XADD", key, `${ms}-0`, "n", String(ms));
  const ids = (reply: unknown) => (reply as [string, unknown][]).map(([id]) => id);
  const waiting = db.call("XREAD", "COUNT", "1", "STREAMS", "s", "0");
  assert.equal(waiting, null);
  for (let ms = 1; ms <= 4; ms++) add("s", ms);
  assertUnwritten(db);
  assertLasting(db, path);
  assert.equal(db.call("XLEN", "s"), 4);
  assert.deepEqual(ids(db.call("XREVRANGE", "s", "+", "-", "COUNT", "2")), ["4-0", "3-0"]);
  add("s", 5);
  assert.equal((db.sql("SELECT id FROM streams") as unknown[]).length, 5);
  add("s", 6);
  db.call("COPY", "s", "copy");
  assert.equal(db.call("XLEN", "copy"), 6);
  assert.deepEqual(ids(db.call("XRANGE", "copy", "5", "+")), ["5-0", "6-0"]);
  add("s", 7);
  db.call("XGROUP", "CREATE", "s", "g", "5");
  add("s", 8);
  db.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">");
  add("s", 9);
  assert.match(JSON.stringify(db.call("XPENDING", "s", "g")), /^\[3,"6-0","8-0"/);
  assert.equal(db.call("XACK", "s", "g", "7-0"), 1);
  add("s", 10);
  assert.equal(db.call("XDEL", "s", "10-0", "3-0"), 2);
  add("s", 11);
  assert.equal(db.call("XTRIM", "s", "MAXLEN", "3"), 6);
  assert.deepEqual(ids(db.call("XRANGE", "s", "-", "+")), ["8-0", "9-0", "11-0"]);
  add("s", 12);
  db.call("RENAME", "s", "renamed");
  db.call("XADD", "renamed", "MAXLEN", "2", "13-0", "n", "13");
  assert.deepEqual(ids(db.call("XRANGE", "renamed", "-", "+")), ["12-0", "13-0"]);
  assert.ok(Number(db.call("MEMORY", "USAGE", "renamed")) > 2);
  add("renamed", 14);
  const dump = await db.dump("renamed");
  assert.ok(dump !== null);
  db.call("XADD", "gone", "1-0", "a", "b");
  db.del("gone");
  db.call("XADD", "gone", "1-0", "c", "d");
  db.call("XTRIM", "gone", "MAXLEN", "0");
  db.call("XSETID", "gone", "5-0");
  db.call("XADD", "gone", "5-*", "e", "f");
  assert.deepEqual(ids(db.call("XRANGE", "gone", "-", "+")), ["5-1"]);
  add("copy", 15);
  assertUnwritten(db);
});

testUnwritten("what goes through all keys finds those that are not written", (db) => {
  for (let i = 0; i < 50; i++) db.set(`k${i}`, String(i));
  assertUnwritten(db);
  assert.equal((db.call("KEYS", "k1?") as string[]).length, 10);
  assertUnwritten(db);
  const [, found] = db.call("SCAN", "0", "COUNT", "1000") as [string, string[]];
  assert.equal(found.length, 50);
  db.set("k0", "other");
  db.call("RENAME", "k1", "k0");
  db.call("COPY", "k2", "copied");
  db.call("SWAPDB", "0", "1");
  assert.equal(db.call("DBSIZE"), 0);
  db.call("SELECT", 1);
  assert.deepEqual(db.mget("k0", "k1", "k2", "copied"), ["1", null, "2", "2"]);
  db.call("SELECT", 0);
});

testUnwritten("SQL sees what was written, and writes on it", (db) => {
  db.set("k", "1");
  assertUnwritten(db);
  assert.deepEqual(db.sql("SELECT value FROM redlite_strings"), [{ value: "1" }]);
  db.incr("k");
  db.sql.write("CREATE TABLE mine AS SELECT value FROM redlite_strings");
  db.incr("k");
  assertUnwritten(db);
  assert.deepEqual(db.sql("SELECT value FROM mine"), [{ value: "2" }]);
  assert.deepEqual(db.sql("SELECT value FROM redlite_strings"), [{ value: "3" }]);
});

testUnwritten("the bytes of a database have what was written", (db) => {
  db.set("k", "v");
  assertUnwritten(db);
  using copy = Redlite.deserialize(db.serialize());
  assert.equal(copy.get("k"), "v");
});

testUnwritten("a backup, a check and a vacuum have what was written", async (db, path) => {
  for (let i = 0; i < 20; i++) db.set(`k${i}`, "v");
  assertUnwritten(db);
  await db.backup(path.replace(basename(path), "backup.db"));
  db.set("after", "v");
  assertUnwritten(db);
  assert.equal(db.call("DBSIZE"), 21);
  {
    using copy = Redlite.open(path.replace(basename(path), "backup.db"));
    assert.equal(copy.call("DBSIZE"), 20);
  }
  db.set("k", "v");
  assertUnwritten(db);
  await db.integrity();
  db.set("k", "w");
  assertUnwritten(db);
  await db.vacuum();
  assert.deepEqual(db.mget("k", "after", "k19"), ["w", "v", "v"]);
});

testUnwritten("samples and items of filters are all there, with rows or without", (db, path) => {
  db.ts.create("series", { chunkSize: 256 });
  db.bf.reserve("bloom", 0.01, 20_000);
  db.topk.reserve("top", 5, { width: 50, depth: 4, decay: 0.9 });
  for (let i = 0; i < 600; i++) {
    db.ts.add("series", 3 * i, i / 7);
    db.bf.add("bloom", `item${i}`);
    db.topk.add("top", `item${i % 23}`);
  }
  assertUnwritten(db);
  using after = Redlite.open(crashed(path, "copy.db"));
  for (const each of [db, after]) {
    assert.equal(each.ts.range("series").length, 600);
    assert.deepEqual(each.ts.get("series"), [1797, 599 / 7]);
    const items = Array.from({ length: 600 }, (_, i) => `item${i}`);
    assert.ok(each.bf.mexists("bloom", ...items).every((found) => found));
  }
  assert.deepEqual(after.topk.listWithCount("top"), db.topk.listWithCount("top"));
});
