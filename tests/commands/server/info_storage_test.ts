/** INFO storage, INFO persistence, MEMORY STATS and DOCTOR, and the cache's size. */

import { strict as assert } from "node:assert";
import { diagnosis, type MemoryFigures } from "../../../src/commands/server/memory_doctor.ts";
import { named, standIn } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { fields, text } from "../oracle_commands.ts";

/** A section of INFO. */
async function section(client: RespClient, name: string): Promise<Map<string, string>> {
  const lines = text(await client.send("INFO", name)).trim().split("\r\n").slice(1);
  return new Map(lines.map((line) => line.split(":", 2) as [string, string]));
}

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ ...named(name, standIn()), fn });

test("INFO storage tells of the file and its write-ahead log", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  for (let i = 0; i < 20; i++) await client.send("SET", `key:${i}`, "x".repeat(2000));
  const file = server.databaseFile ?? "";
  const before = await section(client, "storage");
  const number = (name: string, from = before) => Number(from.get(name));
  assert.equal(before.get("storage"), "file");
  assert.equal(number("page_size"), 2048);
  assert.equal(number("file_bytes"), Deno.statSync(file).size);
  assert.equal(number("wal_bytes"), Deno.statSync(`${file}-wal`).size);
  assert.ok(number("wal_frames") > 20);
  assert.ok(number("page_count") > 20);
  assert.equal(before.get("auto_vacuum"), "incremental");
  assert.equal(before.get("durability"), "always");
  assert.equal(number("turns_not_synced"), 0);
  assert.ok(number("last_sync_age") >= 0 && number("last_sync_age") < 10_000);
  await client.send("SAVE");
  const after = await section(client, "storage");
  assert.equal(number("wal_frames_not_checkpointed", after), 0);
  assert.equal(number("file_bytes", after), number("page_count", after) * 2048);
  assert.ok(number("last_checkpoint", after) >= number("last_checkpoint"));
});

test("INFO storage counts what is free and what is garbage", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("DEBUG", "POPULATE", "5000", "key", "100");
  const garbage = await client.pipeline([["FLUSHALL"], ["INFO", "storage"]]);
  assert.match(text(garbage[1]), /garbage_pending:1\r\n/);
  for (;;) {
    const now = await section(client, "storage");
    if (now.get("garbage_pending") !== "0") continue;
    assert.ok(Number(now.get("freelist_count")) > 100);
    assert.equal(now.get("garbage_rows_deleted"), "5000");
    break;
  }
});

test("INFO persistence tells of the write-ahead log as of an append-only file", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("SET", "k", "v");
  const before = await section(client, "persistence");
  assert.equal(before.get("aof_enabled"), "1");
  assert.equal(before.get("aof_rewrites"), "0");
  assert.equal(before.get("aof_last_rewrite_time_sec"), "-1");
  assert.ok(Number(before.get("aof_current_size")) > Number(before.get("aof_base_size")));
  assert.equal(before.get("aof_last_write_status"), "ok");
  await client.send("BGREWRITEAOF");
  for (;;) {
    const after = await section(client, "persistence");
    if (after.get("aof_rewrites") === "0") continue;
    assert.equal(after.get("aof_last_bgrewrite_status"), "ok");
    assert.ok(Number(after.get("aof_last_rewrite_time_sec")) >= 0);
    break;
  }
});

test("the cache takes another size by CONFIG SET, and keeps it by CONFIG REWRITE", async () => {
  await using directory = await temporaryDirectory();
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    assert.equal(format(await client.send("CONFIG", "GET", "cache-mb")), '["cache-mb", "64"]');
    await client.send("SET", "k", "v");
    assert.equal(format(await client.send("CONFIG", "SET", "cache", "8")), "+OK");
    assert.equal(format(await client.send("GET", "k")), '"v"');
    assert.equal(format(await client.send("CONFIG", "GET", "cache")), '["cache", "8"]');
    const storage = await section(client, "storage");
    assert.equal(storage.get("cache_bytes"), String(8 << 20));
    assert.equal(storage.get("cache_row_bytes"), String(4 << 20));
    assert.match(format(await client.send("CONFIG", "SET", "cache-mb", "0")), /^-ERR CONFIG SET/);
    assert.equal(format(await client.send("CONFIG", "REWRITE")), "+OK");
  }
  {
    await using server = await startRedlite({ directory: directory.path });
    await using client = await server.connect();
    assert.equal(format(await client.send("CONFIG", "GET", "cache-mb")), '["cache-mb", "8"]');
    assert.equal((await section(client, "storage")).get("cache_row_bytes"), String(4 << 20));
  }
  // What is given at the start comes before what was kept.
  await using server = await startRedlite({ directory: directory.path, args: ["--cache", "16"] });
  await using client = await server.connect();
  assert.equal(format(await client.send("CONFIG", "GET", "cache-mb")), '["cache-mb", "16"]');
  assert.equal((await section(client, "storage")).get("cache_bytes"), String(16 << 20));
});

test("MEMORY STATS tells what caches, clients and the file take", async () => {
  await using server = await startRedlite({ args: ["--cache", "16"] });
  await using client = await server.connect({ resp: 3 });
  await client.send("SET", "k", "x".repeat(1000));
  const stats = fields(await client.send("MEMORY", "STATS"));
  const number = (name: string) => Number(text(stats.get(name)));
  assert.equal(number("cache.rows.bytes") + number("cache.pages.bytes"), 16 << 20);
  assert.ok(number("clients.normal") > 0);
  assert.ok(number("wal.bytes") > 1000);
  assert.equal(number("file.bytes"), Deno.statSync(server.databaseFile ?? "").size);
  assert.ok(number("dataset.bytes") > 1000);
});

const MB = 1024 * 1024;
const WELL: MemoryFigures = {
  data: 10 * MB,
  resident: 150 * MB,
  javascript: 50 * MB,
  clients: 0,
  cache: 64 * MB,
  hits: 100_000,
  misses: 100,
  maxmemory: 0,
  policy: "noeviction",
  storage: {
    pageSize: 2048,
    pages: 10_000,
    freePages: 10,
    fileBytes: 20 * MB,
    walBytes: 4 * MB,
    walFrames: 2000,
    uncopiedFrames: 500,
    vacuumMode: "incremental",
    garbage: 3,
    schemaVersion: 3,
    durability: "always",
    unsyncedTurns: 0,
  },
};

Deno.test("MEMORY DOCTOR sums up, and has nothing to say where nothing is wrong", () => {
  const report = diagnosis(WELL);
  assert.match(report, /holds 150\.00M.*file of 20\.00M.*log of 4\.00M\. 3 deleted/);
  assert.match(report, /\n\nNothing needs attention\.\n$/);
});

Deno.test("MEMORY DOCTOR names what could be better, and what to do", () => {
  const { storage } = WELL;
  const cases: readonly (readonly [change: Partial<MemoryFigures>, advice: RegExp])[] = [
    [{ data: 1000 * MB, misses: 60_000 }, /^\* 38 % of the reads.*CONFIG SET cache-mb/m],
    [{ maxmemory: 10.5 * MB }, /^\* The data are 95 % of maxmemory: commands.*refused/m],
    [{ maxmemory: 10 * MB, policy: "allkeys-lru" }, /keys are evicted beyond \(allkeys-lru\)/],
    [{ resident: 900 * MB }, /^\* The process holds much more than its caches: what large/m],
    [{ resident: 900 * MB, clients: 500 * MB }, /500\.00M are clients' buffers: CLIENT LIST/],
    [
      { storage: { ...storage, pages: 50_000, freePages: 20_000 } },
      /^\* 39\.06M of the file are free.*VACUUM INCREMENTAL/m,
    ],
    [
      { storage: { ...storage, pages: 50_000, freePages: 20_000, vacuumMode: "none" } },
      /VACUUM gives it back, and makes the file one/,
    ],
    [
      { storage: { ...storage, uncopiedFrames: 200_000, walBytes: 400 * MB } },
      /^\* The write-ahead log has grown to 400\.00M: somebody reads/m,
    ],
  ];
  for (const [change, advice] of cases) {
    const report = diagnosis({ ...WELL, ...change });
    assert.match(report, advice);
    assert.equal(report.match(/^\* /gm)?.length, 1, report);
  }
});

Deno.test("MEMORY DOCTOR says nothing of misses where all data fit the caches, or few were read", () => {
  assert.match(diagnosis({ ...WELL, misses: 60_000 }), /Nothing needs attention/);
  assert.match(diagnosis({ ...WELL, data: 1000 * MB, hits: 1, misses: 100 }), /Nothing needs/);
});
