import { strict as assert } from "node:assert";
import { type EntryWithId, Redlite, RedliteError } from "../../../mod.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

const open = () => Redlite.open(":memory:");

Deno.test("xadd takes objects and pairs, and gives ids as text", () => {
  using db = open();
  const first = db.xadd("s", { name: "Ada", age: 36 });
  assert.match(first, /^\d+-\d+$/);
  db.xadd("s", [["name", new Uint8Array([255])]], { id: "99999999999999-*" });
  assert.equal(db.xlen("s"), 2);
  assert.deepEqual(db.xrange("s", first, first), [
    { id: first, fields: new Map([["name", "Ada"], ["age", "36"]]), deliveries: 0, idleMs: 0 },
  ]);
  const [last] = db.bytes.xrevrange("s", "+", "-", { count: 1 });
  assert.equal(last?.id, "99999999999999-0");
  assert.deepEqual([...last?.fields.values() ?? []], [new Uint8Array([255])]);
  assert.equal(db.xadd("none", { a: 1 }, { nomkstream: true }), null);
  assert.throws(() => db.xadd("s", { a: 1 }, { id: "1-1" }), RedliteError);
  // @ts-expect-error: there is no such option.
  assert.throws(() => db.xadd("s", { a: 1 }, { maxlength: 3 }), TypeError);
});

Deno.test("options of xadd and xtrim trim, and idempotent ids add once", () => {
  using db = open();
  for (let i = 1; i <= 10; i++) db.xadd("s", { i }, { id: `${i}-0` });
  assert.equal(db.xtrim("s", { maxlen: 8 }), 2);
  assert.equal(db.xtrim("s", { minid: "5-0", references: "delete" }), 2);
  assert.equal(db.xtrim("s", { maxlen: 1, approximate: true, limit: 10 }), 0);
  db.xadd("s", { i: 11 }, { id: "11-0", maxlen: 3 });
  assert.deepEqual(db.xrange("s").map(({ id }) => id), ["9-0", "10-0", "11-0"]);
  const idempotent = { producer: "p", id: "1" };
  const id = db.xadd("s", { i: 12 }, { idempotent });
  assert.equal(db.xadd("s", { i: 12 }, { idempotent }), id);
  assert.equal(db.xlen("s"), 4);
  db.xcfgset("s", { duration: 50, maxsize: 7 });
  db.xidmprecord("s", "p", "2", id);
  assert.equal(db.xinfo("stream", "s").get("idmp-maxsize"), 7);
});

Deno.test("entries are deleted, and ids set", () => {
  using db = open();
  for (const id of ["1-0", "2-0", "3-0"]) db.xadd("s", { a: 1 }, { id });
  assert.equal(db.xdel("s", "1-0", "9-0"), 1);
  assert.deepEqual(db.xdelex("s", ["2-0", "9-0"], "delete"), [1, -1]);
  db.xsetid("s", "7-0", { entriesadded: 20, maxdeletedid: "2-0" });
  const facts = db.xinfo("stream", "s");
  assert.deepEqual([facts.get("last-generated-id"), facts.get("entries-added")], ["7-0", 20]);
});

Deno.test("groups deliver, tell what is pending, and give over", () => {
  using db = open();
  for (const id of ["1-0", "2-0", "3-0", "4-0"]) db.xadd("s", { id }, { id });
  db.xgroup("create", "s", "g", "0", { entriesread: 0 });
  assert.equal(db.xgroup("createconsumer", "s", "g", "idle"), 1);
  const delivered = db.xreadgroup("g", "alice", { s: ">" }, { count: 3 });
  assert.deepEqual(delivered.map(({ stream, id }) => [stream, id]), [
    ["s", "1-0"],
    ["s", "2-0"],
    ["s", "3-0"],
  ]);
  assert.equal(db.xack("s", "g", "1-0"), 1);
  assert.deepEqual(db.xpending("s", "g"), {
    count: 2,
    first: "2-0",
    last: "3-0",
    consumers: new Map([["alice", 2]]),
  });
  assert.equal(db.xnack("s", "g", ["2-0"], "fail"), 1);
  assert.deepEqual(db.xclaimIds("s", "g", "bob", 0, ["2-0"]), ["2-0"]);
  assert.equal(db.xclaim("s", "g", "bob", 0, ["3-0"], { retrycount: 9 })[0]?.id, "3-0");
  const [second, third] = db.xpending("s", "g", { count: 10, consumer: "bob" });
  assert.equal(second?.id, "2-0");
  assert.deepEqual([third?.consumer, third?.deliveries], ["bob", 9]);
  assert.equal(db.xautoclaim("s", "g", "carol", 0, "0", { count: 1 }).cursor, "3-0");
  assert.deepEqual(db.xautoclaimIds("s", "g", "carol", 0).entries, ["2-0", "3-0"]);
  assert.deepEqual(db.xackdel("s", "g", ["2-0"]), [1]);
  assert.equal(db.xinfo("groups", "s")[0]?.get("pending"), 1);
  assert.equal(db.xinfo("consumers", "s", "g").length, 4);
  assert.equal(db.xgroup("delconsumer", "s", "g", "carol"), 1);
  db.xgroup("setid", "s", "g", "$");
  assert.deepEqual(db.xreadgroup("g", "alice", [["s", ">"]]), []);
  assert.equal(db.xgroup("destroy", "s", "g"), 1);
});

Deno.test("xread goes on with what comes after the call, until its signal aborts", async () => {
  using db = open();
  db.xadd("s", { n: 0 });
  const stop = new AbortController();
  const entries = db.xread({ s: "$", other: "0" }, { signal: stop.signal });
  db.xadd("s", { n: 1 });
  const seen: string[] = [];
  for await (const { stream, fields } of entries) {
    seen.push(`${stream} ${fields.get("n")}`);
    if (seen.length === 1) db.xadd("other", { n: 2 });
    if (seen.length === 2) queueMicrotask(() => db.xadd("s", { n: 3 }));
    if (seen.length === 3) queueMicrotask(() => stop.abort());
  }
  assert.deepEqual(seen, ["s 1", "other 2", "s 3"]);
});

Deno.test("xread gives every entry once, whatever its pages", async () => {
  using db = open();
  for (let i = 0; i < 25; i++) db.xadd("s", { i });
  const seen: string[] = [];
  for await (const { fields } of db.bytes.xread({ s: "0" }, { count: 4 })) {
    seen.push(new TextDecoder().decode([...fields.values()][0]));
    if (seen.length === 25) break;
  }
  assert.deepEqual(seen, Array.from({ length: 25 }, (_, i) => String(i)));
});

Deno.test("xreadOnce gives what there is, xreadWait waits for it", async () => {
  using db = open();
  assert.deepEqual(db.xreadOnce({ s: "0" }), []);
  const waiting = db.xreadWait({ s: "$" });
  const grouped = (() => {
    db.xgroup("create", "t", "g", "$", { mkstream: true });
    return db.xreadgroupWait("g", "alice", { t: ">" }, { noack: true });
  })();
  db.xadd("s", { a: 1 }, { id: "1-1" });
  db.xadd("t", { a: 1 }, { id: "2-1" });
  assert.equal((await waiting)[0]?.id, "1-1");
  assert.equal((await grouped)[0]?.id, "2-1");
  assert.equal(db.xreadOnce({ s: "0", t: "0" }, { count: 1 }).length, 2);
  assert.deepEqual(await db.xreadWait({ s: "$" }, { timeout: 0.01 }), []);
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(db.xreadWait({ s: "$" }, { signal }), /enough/);
});

Deno.test("the past of a stream is read by the same methods", () => {
  using db = open();
  db.history.enable();
  db.xadd("s", { a: 1 }, { id: "1-1" });
  const then = db.at(Date.now());
  assert.equal(then.xlen("s"), 1);
  assert.equal(then.xrange("s")[0]?.id, "1-1");
});

Deno.test("a consumer acknowledges what its handler did, and leaves what it threw at", async () => {
  using db = open();
  const stop = new AbortController();
  for (let i = 1; i <= 5; i++) db.xadd("jobs", { i }, { id: `${i}-0` });
  const failures: string[] = [];
  const done = await db.consume("jobs", "workers", "one", async ({ id }) => {
    await Promise.resolve();
    if (id === "2-0") throw new Error("cannot");
    if (id === "5-0") stop.abort();
  }, {
    create: "0",
    signal: stop.signal,
    count: 2,
    onError: (error, { id }) => failures.push(`${id} ${(error as Error).message}`),
  });
  assert.deepEqual(done, { acknowledged: 4, failed: 1 });
  assert.deepEqual(failures, ["2-0 cannot"]);
  assert.deepEqual(db.xpending("jobs", "workers", { count: 9 }).map(({ id }) => id), ["2-0"]);
});

Deno.test("a consumer takes up its own entries, and claims what others left", async () => {
  using db = open();
  for (let i = 1; i <= 4; i++) db.xadd("jobs", { i }, { id: `${i}-0` });
  db.xgroup("create", "jobs", "workers", "0");
  db.xreadgroup("workers", "one", { jobs: ">" }, { count: 1 });
  db.xreadgroup("workers", "killed", { jobs: ">" }, { count: 2 });
  db.xdel("jobs", "3-0");
  const stop = new AbortController();
  const seen: EntryWithId<string>[] = [];
  await db.consume("jobs", "workers", "one", (entry) => {
    seen.push(entry);
    if (seen.length === 3) stop.abort();
  }, { minIdleMs: 0, signal: stop.signal });
  assert.deepEqual(seen.map(({ id, deliveries }) => [id, deliveries]), [
    ["1-0", 0],
    ["2-0", 1],
    ["4-0", 0],
  ]);
  assert.equal(db.xpending("jobs", "workers").count, 0);
});

Deno.test("a consumer that is told to stop gives back what it has not begun", async () => {
  using db = open();
  for (let i = 1; i <= 5; i++) db.xadd("jobs", { i }, { id: `${i}-0` });
  const stop = new AbortController();
  await db.consume("jobs", "workers", "one", () => stop.abort(), {
    create: "0",
    signal: stop.signal,
  });
  assert.equal(db.xpending("jobs", "workers").count, 4);
  assert.equal(db.xautoclaimIds("jobs", "workers", "two", 1e9).entries.length, 4);
});

Deno.test("a loop over a consumer acknowledges as it goes on, and not what it breaks at", async () => {
  using db = open();
  for (let i = 1; i <= 4; i++) db.xadd("jobs", { i }, { id: `${i}-0` });
  for await (const { id } of db.consume("jobs", "workers", "one", { create: "0" })) {
    if (id === "3-0") break;
  }
  const pending = db.xpending("jobs", "workers", { count: 9 });
  assert.deepEqual(pending.map(({ id, consumer }) => [id, consumer]), [
    ["3-0", "one"],
    ["4-0", ""],
  ]);
});

Deno.test("consumers of one group share the work, each entry once", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/jobs.db`;
  using db = Redlite.open(path);
  using other = Redlite.open(path);
  db.xgroup("create", "jobs", "workers", "0", { mkstream: true });
  const stop = new AbortController();
  const seen: string[] = [];
  const work = (of: Redlite, name: string) =>
    of.consume("jobs", "workers", name, async ({ id }) => {
      seen.push(id);
      if (seen.length === 60) stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }, { signal: stop.signal, count: 3 });
  const working = [work(db, "one"), work(other, "two"), work(db, "three")];
  for (let i = 1; i <= 60; i++) {
    (i % 2 === 0 ? db : other).xadd("jobs", { i }, { id: `${i}-0` });
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const done = await Promise.all(working);
  assert.equal(new Set(seen).size, 60);
  assert.equal(done.reduce((sum, { acknowledged }) => sum + acknowledged, 0), seen.length);
});
