import { strict as assert } from "node:assert";
import { Redlite, RedliteError } from "../../../mod.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

Deno.test("who waits is served by a later write, the first first", async () => {
  using db = Redlite.open(":memory:");
  const first = db.blpop("queue");
  const second = db.brpop(["other", "queue"]);
  const third = db.bytes.blpop("queue");
  db.rpush("queue", "a", "b", "c", "d");
  assert.deepEqual(await first, ["queue", "a"]);
  assert.deepEqual(await second, ["queue", "d"]);
  const [key, element] = await third ?? [];
  assert.deepEqual(key, new TextEncoder().encode("queue"));
  assert.deepEqual(element, new TextEncoder().encode("b"));
  assert.deepEqual(db.lrange("queue", 0, -1), ["c"]);
});

Deno.test("what is there is given at once", async () => {
  using db = Redlite.open(":memory:");
  db.rpush("list", "a", "b", "c");
  db.zadd("zset", [[1, "a"], [2, "b"], [3, "c"]]);
  assert.deepEqual(await db.blmpop(["none", "list"], "right", { count: 2 }), ["list", ["c", "b"]]);
  assert.equal(await db.blmove("list", "moved", "left", "left"), "a");
  assert.equal(await db.brpoplpush("moved", "list"), "a");
  assert.deepEqual(await db.blmovem("list", "moved", "left", "left"), ["a"]);
  assert.deepEqual(await db.bzpopmin("zset"), ["zset", "a", 1]);
  assert.deepEqual(await db.bzpopmax(["none", "zset"]), ["zset", "c", 3]);
  const popped = await db.bzmpop(["zset"], "min", { count: 5 });
  assert.equal(popped?.key, "zset");
  assert.equal(popped?.elements.length, 1);
});

Deno.test("a timeout gives null", async () => {
  using db = Redlite.open(":memory:");
  assert.equal(await db.blpop("none", { timeout: 0.01 }), null);
  assert.equal(await db.blmove("none", "to", "left", "left", { timeout: 0.01 }), null);
  assert.equal(await db.bzmpop(["none"], "max", { timeout: 0.01 }), null);
  assert.equal(await db.wait(1, 5), 0);
});

Deno.test("a signal ends the waiting, and what comes later stays", async () => {
  using db = Redlite.open(":memory:");
  const controller = new AbortController();
  const waiting = db.blpop("queue", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  db.rpush("queue", "kept");
  assert.equal(db.llen("queue"), 1);
  await assert.rejects(db.blpop("queue", { signal: controller.signal }), /enough/);
  assert.equal(db.llen("queue"), 1);
});

Deno.test("errors reject", async () => {
  using db = Redlite.open(":memory:");
  db.set("text", "x");
  await assert.rejects(db.blpop("text"), RedliteError);
  await assert.rejects(db.blpop("list", { timeout: -1 }), /timeout is negative/);
  const waiting = db.blmove("source", "text", "left", "left");
  db.rpush("source", "a");
  await assert.rejects(waiting, RedliteError);
  assert.deepEqual(db.lrange("source", 0, -1), ["a"]);
});

Deno.test("a transaction serves nobody before its end, and nobody if it is rolled back", async () => {
  using db = Redlite.open(":memory:");
  const waiting = db.blpop("queue");
  assert.throws(() =>
    db.transaction(() => {
      db.rpush("queue", "lost");
      throw new Error("no");
    }), /no/);
  db.transaction(() => {
    db.rpush("queue", "x");
    assert.equal(db.llen("queue"), 1);
    db.rpush("queue", "y");
  });
  assert.deepEqual(await waiting, ["queue", "x"]);
  assert.deepEqual(db.lrange("queue", 0, -1), ["y"]);
  let inside: Promise<unknown> | undefined;
  db.transaction(() => {
    inside = db.blpop("none");
  });
  assert.equal(await inside, null);
});

Deno.test("another process's element is served, once", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/shared.db`;
  using db = Redlite.open(path);
  db.set("made", "1");
  const code = `
    import { Redlite } from "${new URL("../../../mod.ts", import.meta.url)}";
    using db = Redlite.open(Deno.args[0]);
    db.rpush("queue", "1", "2");
  `;
  const waiting = [db.blpop("queue"), db.blpop("queue"), db.blpop("queue", { timeout: 2 })];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code, path],
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.deepEqual(await Promise.all(waiting), [["queue", "1"], ["queue", "2"], null]);
});

Deno.test("closing the database rejects those who wait", async () => {
  const db = Redlite.open(":memory:");
  const waiting = db.blpop("queue");
  await db.close();
  await assert.rejects(waiting, /closed/);
});

Deno.test("WAITAOF resolves when it is on the disk", async () => {
  await using directory = await temporaryDirectory();
  await using db = Redlite.open(`${directory.path}/w.db`, { appendfsync: "no" });
  db.set("k", "v");
  assert.deepEqual(await db.waitaof(1, 0, 0), [1, 0]);
});

Deno.test("what is about connections says so", () => {
  using db = Redlite.open(":memory:");
  for (const command of ["MULTI", "SUBSCRIBE c", "MONITOR", "CLIENT TRACKING ON", "WATCH k"]) {
    assert.throws(() => db.call(...command.split(" ") as [string]), /needs the server/);
  }
  assert.equal(db.call("BLPOP", "none", "0"), null);
  assert.equal(db.call("ACL", "WHOAMI"), "default");
});
