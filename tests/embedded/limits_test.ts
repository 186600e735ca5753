/** Limits of memory and disk in a program, and parameters that it opens a database with. */

import { strict as assert } from "node:assert";
import { Redlite, RedliteError, type RedliteOptions } from "../../mod.ts";
import { testInMemory, testOnFile } from "./open.ts";

const isFull = (error: unknown) =>
  error instanceof RedliteError && error.code === "OOM" &&
  error.message === "command not allowed when used memory > 'maxmemory'.";
const isFullInScript = (error: unknown) => error instanceof RedliteError && error.code === "OOM";
const VALUE = "v".repeat(1000);

/** Writes keys until one is refused. @returns How many were written. */
function fill(db: Redlite, most: number): number {
  for (let i = 0; i < most; i++) {
    try {
      db.set(`k${i}`, VALUE);
    } catch (error) {
      assert.ok(isFull(error), String(error));
      return i;
    }
  }
  return most;
}

Deno.test("past maxmemory writes that need room are refused, and others are not", () => {
  using db = Redlite.open(":memory:", { maxmemory: "100kb" });
  const written = fill(db, 1000);
  assert.ok(written > 80 && written < 110, `${written}`);
  assert.throws(() => db.set("more", VALUE), isFull);
  assert.throws(() => db.set("more", VALUE, { ex: 10 }), isFull);
  assert.throws(() => db.rpush("more", "x"), isFull);
  assert.throws(() => db.bytes.hset("more", { f: 1 }), isFull);
  assert.equal(db.get("k0"), VALUE);
  assert.equal(db.expire("k0", 100), true);
  for (let i = 0; i < 50; i++) db.del(`k${i}`);
  db.set("more", VALUE);
});

Deno.test("a script of the program meets the limit, too", async () => {
  using db = Redlite.open(":memory:", { maxmemory: 50_000 });
  fill(db, 1000);
  await assert.rejects(db.eval("return redis.call('SET', 'more', 'x')"), isFullInScript);
  assert.equal(await db.eval("return redis.call('DEL', 'k0')"), 1);
});

Deno.test("in a transaction that is refused room everything else may go on", () => {
  using db = Redlite.open(":memory:", { maxmemory: 50_000 });
  fill(db, 1000);
  db.transaction(() => {
    assert.throws(() => db.set("more", VALUE), isFull);
    db.del("k0", "k1");
    db.set("more", VALUE);
  });
  assert.equal(db.exists("k0", "k1", "more"), 1);
});

for (const maxmemoryPolicy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"] as const) {
  Deno.test(`with ${maxmemoryPolicy} keys make room for others`, () => {
    using db = Redlite.open(":memory:", { maxmemory: "100kb", maxmemoryPolicy });
    for (let i = 0; i < 500; i++) db.set(`k${i}`, VALUE);
    const used = Number(/used_memory:(\d+)/.exec(String(db.call("INFO", "memory")))?.[1]);
    assert.ok(used < 110 * 1024, `${used}`);
    assert.ok(db.dbsize() > 50 && db.dbsize() < 110, `${db.dbsize()}`);
    assert.match(String(db.call("INFO", "stats")), /evicted_keys:[1-9]/);
  });
}

Deno.test("with volatile-ttl those go that expire first, and if there are none writes are refused", () => {
  using db = Redlite.open(":memory:", { maxmemory: "60kb", maxmemoryPolicy: "volatile-ttl" });
  for (let i = 0; i < 30; i++) db.set(`lasting${i}`, VALUE);
  for (let i = 0; i < 60; i++) db.set(`passing${i}`, VALUE, { ex: 1000 + i });
  assert.equal(db.exists(...Array.from({ length: 30 }, (_, i) => `lasting${i}`)), 30);
  assert.equal(db.exists("passing0", "passing59"), 1);
  assert.throws(() => {
    for (let i = 0; i < 100; i++) db.set(`more${i}`, VALUE);
  }, isFull);
});

testOnFile("maxDisk keeps the file small by what was written the longest ago", (file) => {
  const db = file.open({ maxDisk: "2mb" });
  for (let i = 0; i < 4000; i++) db.set(`k${i}`, VALUE);
  const { size } = Deno.statSync(file.path);
  assert.ok(size < 4 * 1024 * 1024, `${size}`);
  assert.ok(db.dbsize() < 4000);
  assert.equal(db.get("k3999"), VALUE);
});

testInMemory("parameters are set while the database is open, and are told as Redis does", (db) => {
  assert.equal(db.config.get("maxmemory"), "0");
  db.config.set("maxmemory", "100mb");
  assert.equal(db.config.get("maxmemory"), "104857600");
  db.config.set({ maxmemory: 5000, "maxmemory-policy": "noeviction", "latency-tracking": false });
  assert.deepEqual(db.config.matching("maxmemory"), new Map([["maxmemory", "5000"]]));
  assert.equal(db.config.get("LATENCY-TRACKING"), "no");
  assert.equal(db.config.get("maxmemory*"), undefined);
  assert.ok(db.config.matching("maxmemory*").size > 3);
  assert.throws(() => {
    for (let i = 0; i < 100; i++) db.set(`k${i}`, VALUE);
  }, isFull);
  db.config.set({});
  db.config.set("maxmemory", 0n);
  db.set("k", VALUE);
});

testInMemory("what cannot be set is refused, and leaves the others as they were", (db) => {
  const refused = (values: Record<string, string | number>, message: RegExp) =>
    assert.throws(
      () => db.config.set(values),
      (error) => error instanceof RedliteError && message.test(error.message),
    );
  refused({ nonsense: 1 }, /Unknown option .* 'nonsense'/);
  refused({ databases: 5 }, /can't set immutable config/);
  refused({ maxmemory: "5mb", "maxmemory-policy": "none" }, /maxmemory-policy/);
  assert.equal(db.config.get("maxmemory"), "0");
  // @ts-expect-error no value at all
  assert.throws(() => db.config.set("maxmemory"), TypeError);
  // @ts-expect-error no name
  assert.throws(() => db.config.set(5), TypeError);
});

testInMemory("parameters take effect at once in a program", (db) => {
  db.config.set("hash-max-listpack-entries", 2);
  db.hset("h", { a: 1, b: 2, c: 3 });
  assert.equal(db.object.length > 0 && db.call("OBJECT", "ENCODING", "h"), "hashtable");
  db.config.set("slowlog-max-len", 5);
  db.config.set("appendfsync", "no");
  assert.equal(db.config.get("appendfsync"), "no");
});

Deno.test("keyspace events that are asked for by a parameter are told", async () => {
  using db = Redlite.open(":memory:");
  db.config.set("notify-keyspace-events", "KEA");
  await using events = db.psubscribe("__keyevent@0__:*");
  db.set("k", "v");
  assert.equal((await events.next()).value?.channel, "__keyevent@0__:set");
});

testInMemory("counters are set to zero", (db) => {
  db.set("k", "v");
  db.get("k");
  db.config.resetStat();
  assert.match(String(db.call("INFO", "stats")), /keyspace_hits:0\r/);
});

testOnFile("the parameters tell how the database is open", (file) => {
  const db = file.open({
    appendfsync: "always",
    databases: 3,
    cache: 8,
    scriptTimeout: 70,
    notifyKeyspaceEvents: "Ex",
    config: { "lfu-decay-time": 10, "slowlog-max-len": "5" },
  });
  const told = (name: string) => db.config.get(name);
  assert.deepEqual(
    [told("appendfsync"), told("databases"), told("cache-mb"), told("busy-reply-threshold")],
    ["always", "3", "8", "70"],
  );
  assert.deepEqual(
    [told("lfu-decay-time"), told("slowlog-max-len"), told("sqlite-driver"), told("dbfilename")],
    ["10", "5", file.driver, "test.db"],
  );
  assert.equal(told("notify-keyspace-events")?.split("").sort().join(""), "Ex");
});

testOnFile("history is kept from the start, and said again changes nothing", async (file) => {
  const settings = "SELECT count(*) AS n FROM history_settings";
  for (let i = 1; i <= 3; i++) {
    using db = file.open({ history: { keepCount: 10 } });
    db.set("k", i);
    assert.equal(db.history.get("k").length, i);
    assert.deepEqual(db.sql(settings), [{ n: 1 }]);
  }
  const db = file.open({ history: { database: 0, keepCount: 5 } });
  assert.deepEqual(db.sql(settings), [{ n: 2 }]);
  await db.close();
  assert.throws(() => file.open({ readonly: true, history: { key: "k" } }), RedliteError);
});

Deno.test("a small cache is not rounded by looking at the parameters", () => {
  using db = Redlite.open(":memory:", { cache: 0.5, maxmemory: "1mb" });
  assert.equal(db.config.get("cache-mb"), "1");
  db.config.set("cache", 2);
  assert.equal(db.config.get("cache-mb"), "2");
});

Deno.test("limits that make no sense are refused before anything is opened", () => {
  const cases: [RedliteOptions, RegExp][] = [
    [{ maxmemory: "much" }, /option maxmemory: .*"much"/],
    [{ maxmemory: -1 }, /option maxmemory: /],
    [{ maxDisk: "1.5xb" }, /option maxDisk: /],
    [{ config: { nonsense: 1 } }, /there is no parameter nonsense of CONFIG/],
    [{ config: { "sqlite-lib": "x" } }, /the parameter sqlite-lib of CONFIG cannot be set/],
    [{ config: { "lfu-decay-time": "soon" } }, /lfu-decay-time of CONFIG cannot be "soon"/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      () => Redlite.open("/no/such/directory/app.db", options),
      (error) => error instanceof TypeError && message.test(error.message),
      `${message}`,
    );
  }
  assert.throws(
    // @ts-expect-error no policy
    () => Redlite.open(":memory:", { maxmemoryPolicy: "oldest" }),
    /option maxmemoryPolicy: .*"oldest"/,
  );
});
