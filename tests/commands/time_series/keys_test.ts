/** Time series are keys like any other. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

const open = () => Redlite.open(":memory:", { driver: "builtin" });

Deno.test("rules follow their series to other names", () => {
  using db = open();
  for (const key of ["raw", "mean"]) db.ts.create(key);
  db.ts.createrule("raw", "mean", "avg", 10);
  db.rename("raw", "source");
  db.rename("mean", "average");
  for (const [time, value] of [[1, 2], [5, 4], [11, 9]] as const) db.ts.add("source", time, value);
  assert.deepEqual(db.ts.range("average"), [[0, 3]]);
  assert.deepEqual(Object.keys(db.ts.info("source").rules), ["average"]);
  assert.equal(db.ts.info("average").sourceKey, "source");
});

Deno.test("a copy has the samples and the labels of a series, and no rules", () => {
  using db = open();
  db.ts.create("a", { labels: { room: "study" } });
  db.ts.create("b");
  db.ts.createrule("a", "b", "sum", 10);
  for (let i = 0; i < 3000; i++) db.ts.add("a", 10 * i, i % 7);
  db.copy("a", "c");
  db.ts.add("c", 30_000, 1);
  assert.equal(db.ts.info("c").totalSamples, 3001);
  assert.equal(db.ts.info("a").totalSamples, 3000);
  assert.deepEqual(db.ts.info("c").rules, {});
  assert.deepEqual(db.ts.queryindex("room=study"), ["a", "c"]);
});

Deno.test("a rule ends with its destination, and its source may have another", () => {
  using db = open();
  for (const key of ["a", "b"]) db.ts.create(key);
  db.ts.createrule("a", "b", "sum", 10);
  db.del("b");
  assert.deepEqual(db.ts.info("a").rules, {});
  db.ts.create("b");
  assert.equal(db.ts.info("b").sourceKey, null);
  db.ts.createrule("a", "b", "max", 10);
  assert.equal(db.ts.info("a").rules["b"]?.aggregator, "max");
});

Deno.test("labels find series of the selected database alone, and none that are gone", () => {
  using db = open();
  const labels = { room: "study" };
  for (const key of ["a", "b", "c"]) db.ts.create(key, { labels });
  db.move("a", 1);
  db.del("b");
  db.pexpire("c", 60_000);
  assert.deepEqual(db.ts.queryindex("room=study"), ["c"]);
  db.select(1);
  assert.deepEqual(db.ts.queryindex("room=study"), ["a"]);
  db.flushdb();
  assert.deepEqual(db.ts.queryindex("room=study"), []);
});

Deno.test("a series of any size goes as a whole, and the database is in order", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "redlite-" });
  try {
    using db = Redlite.open(`${directory}/a.db`);
    for (const size of [10, 20_000]) {
      db.ts.create("t", { labels: { a: "b" }, chunkSize: 128 });
      for (let i = 0; i < size; i++) db.ts.add("t", i, i * i);
      db.del("t");
    }
    db.ts.create("kept", { chunkSize: 64 });
    for (let i = 0; i < 500; i++) db.ts.add("kept", 10 * i, Math.sqrt(i));
    db.ts.del("kept", 4900, 5000);
    await db.vacuum();
    assert.deepEqual(await db.integrity(), []);
    for (const table of ["ts_labels", "ts_series", "ts_chunks"]) {
      const [row] = db.sql(`SELECT count(DISTINCT key_id) AS n FROM ${table}`);
      assert.equal(row?.["n"], table === "ts_labels" ? 0 : 1, table);
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("the past of a series can be read", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await client.send("HISTORY", "ENABLE", "GLOBAL");
  await client.send("TS.CREATE", "t", "CHUNK_SIZE", "48");
  for (let i = 1; i <= 100; i++) await client.send("TS.ADD", "t", `${i}`, `${i / 3}`);
  const then = await client.send("TS.RANGE", "t", "-", "+");
  const at = String(Date.now());
  while (Date.now() <= Number(at)) await client.send("PING");
  await client.send("TS.DEL", "t", "3", "90");
  await client.send("TS.ADD", "t", "50", "1");
  assert.deepEqual(await client.send("HISTORY", "GETAT", "t", at), then);
});

Deno.test("a series that is brought back from the past has its rules again", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await client.send("HISTORY", "ENABLE", "GLOBAL");
  for (const key of ["raw", "sum"]) await client.send("TS.CREATE", key);
  await client.send("TS.CREATERULE", "raw", "sum", "AGGREGATION", "sum", "10");
  for (const time of ["1", "5", "12"]) await client.send("TS.ADD", "raw", time, "2");
  const at = String(Date.now());
  while (Date.now() <= Number(at)) await client.send("PING");
  await client.send("DEL", "raw");
  await client.send("HISTORY", "REVERT", "raw", at);
  for (const time of ["14", "25"]) await client.send("TS.ADD", "raw", time, "2");
  assert.equal(format(await client.send("TS.RANGE", "sum", "-", "+")), "[[:0, ,4], [:10, ,4]]");
});

Deno.test("a payload that is not what it says is refused", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("TS.CREATE", "t", "CHUNK_SIZE", "64");
  for (let i = 1; i < 40; i++) await client.send("TS.ADD", "t", `${i * i}`, `${i / 7}`);
  const payload = await client.send("DUMP", "t");
  assert.ok(payload.type === "bulk");
  const { value } = payload;
  assert.equal(format(await client.send("RESTORE", "copy", "0", value)), "+OK");
  assert.equal(
    format(await client.send("TS.RANGE", "copy", "-", "+")),
    format(await client.send("TS.RANGE", "t", "-", "+")),
  );
  for (let i = 12; i < value.length - 10; i += 3) {
    const broken = value.slice();
    broken[i]! ^= 0x41;
    // Redis takes a checksum of zeros for none.
    broken.fill(0, broken.length - 8);
    const reply = await client.send("RESTORE", "broken", "0", broken, "REPLACE");
    if (reply.type === "error") continue;
    assert.equal((await client.send("TS.RANGE", "broken", "-", "+")).type, "array");
  }
  assert.equal(format(await client.send("INTEGRITY")), "+OK");
});
