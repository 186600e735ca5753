import { strict as assert } from "node:assert";
import { type Redlite, RedliteError } from "../../../mod.ts";
import { DRIVERS } from "../../store/open.ts";
import { type RedliteFile, testInMemory, testOnFile } from "../open.ts";

const size = (file: RedliteFile) => Deno.statSync(file.path).size;

function fill(db: Redlite, keys: number): void {
  db.transaction(() => {
    for (let i = 0; i < keys; i++) db.set(`key:${i}`, "x".repeat(200));
  });
}

testInMemory("keyinfo gives an object, or null", (db) => {
  const before = Date.now();
  assert.equal(db.keyinfo("none"), null);
  db.set("k", "hello", { px: 50_000 });
  const info = db.keyinfo("k");
  assert.ok(info !== null && info.ttl !== null);
  assert.ok(info.ttl > 0 && info.ttl <= 50_000);
  assert.ok(info.createdAt >= before && info.createdAt <= Date.now());
  assert.equal(info.updatedAt, info.createdAt);
  const { type, version, length, bytes, encoding, history } = info;
  assert.deepEqual(
    { type, version, length, bytes, encoding, history },
    { type: "string", version: 1, length: 5, bytes: 5, encoding: "embstr", history: "off" },
  );
  assert.equal(db.bytes.keyinfo(new TextEncoder().encode("k"))?.encoding, "embstr");
});

testOnFile("vacuum makes the file small and tells by how much", async (file) => {
  const db = file.open();
  fill(db, 3000);
  db.flushall();
  const result = await db.vacuum();
  // The sweep may have been there before.
  assert.ok(result.garbageRows > 0 && result.garbageRows <= 3000);
  assert.equal(result.expiredKeys, 0);
  assert.equal(result.bytesAfter, size(file));
  assert.equal(result.bytesAfter, result.pagesAfter * 2048);
  assert.ok(result.bytesAfter < result.bytesBefore / 3);
  assert.equal(result.bytesBefore, result.pagesBefore * 2048);
});

testOnFile("calls go on while a vacuum runs, here and through another object", async (file) => {
  const db = file.open(), other = file.open();
  fill(db, 3000);
  db.flushall();
  fill(db, 300);
  let running = true;
  const vacuum = db.vacuum().finally(() => running = false);
  let calls = 0;
  while (running) {
    assert.equal(db.incr("n"), ++calls);
    assert.equal(other.get("key:7")?.length, 200);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await vacuum;
  assert.equal(other.get("n"), String(calls));
  assert.equal(other.dbsize(), 301);
});

testOnFile("vacuum gives some pages back, or all", async (file) => {
  const db = file.open();
  fill(db, 3000);
  db.flushall();
  const some = await db.vacuum({ pages: 20 });
  assert.ok([20, 21].includes(some.pagesBefore - some.pagesAfter));
  await db.vacuum({ incremental: true });
  assert.equal(db.autovacuum().freePages, 0);
  assert.ok(size(file) < 280_000);
});

testOnFile(
  "a second vacuum, one in a transaction and one by a plain call are refused",
  async (file) => {
    const db = file.open();
    const first = db.vacuum();
    await assert.rejects(() => db.vacuum(), /in progress already/);
    await first;
    db.transaction(() => {
      assert.throws(() => db.call("VACUUM"), RedliteError);
      db.set("k", "kept");
    });
    assert.equal(db.get("k"), "kept");
    assert.throws(() => db.call("VACUUM"), /must be waited for/);
    await db.vacuum();
  },
);

testInMemory("a database in memory has nothing to vacuum", async (db) => {
  await assert.rejects(() => db.vacuum(), /no file to vacuum/);
  assert.throws(() => db.autovacuum({ enabled: true }), RedliteError);
  assert.equal(db.autovacuum().enabled, false);
});

testOnFile("closing rejects a vacuum that is waited for", async (file) => {
  const db = file.open();
  fill(db, 3000);
  const vacuum = assert.rejects(() => db.vacuum(), /closed/);
  await db.close();
  await vacuum;
  assert.equal(file.open().dbsize(), 3000);
});

testOnFile("a signal ends the waiting, not the work", async (file) => {
  const db = file.open();
  fill(db, 3000);
  db.flushall();
  const reason = new Error("enough");
  await assert.rejects(() => {
    const controller = new AbortController();
    const vacuum = db.vacuum({ signal: controller.signal });
    controller.abort(reason);
    return vacuum;
  }, reason);
  while (db.autovacuum().pages > 200) await new Promise((resolve) => setTimeout(resolve, 1));
});

testOnFile("autovacuum tells, and keeps what is set in the file", async (file) => {
  const db = file.open();
  assert.equal(db.autovacuum().enabled, true);
  const { enabled, interval, mode } = db.autovacuum({ enabled: false, interval: 2000 });
  assert.deepEqual({ enabled, interval, mode }, {
    enabled: false,
    interval: 2000,
    mode: "incremental",
  });
  assert.throws(() => db.autovacuum({ interval: 999 }), /between 1000/);
  await db.close();
  const reopened = file.open();
  assert.equal(reopened.autovacuum().interval, 2000);
  assert.equal(reopened.autovacuum({ enabled: true }).enabled, true);
});

Deno.test("the process stays until a vacuum is done", async () => {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  await Deno.remove(path);
  const script = `
    import { Redlite } from ${JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)};
    const db = Redlite.open(${JSON.stringify(path)}, { driver: "${DRIVERS[0]!.info.name}" });
    for (let i = 0; i < 2000; i++) db.set("key:" + i, "x".repeat(200));
    db.flushall();
    const { pagesBefore, pagesAfter } = await db.vacuum();
    console.log(pagesAfter < pagesBefore);
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "true\n", new TextDecoder().decode(stderr));
  for (const suffix of ["", "-wal", "-shm"]) {
    await Deno.remove(path + suffix).catch(() => {});
  }
});
