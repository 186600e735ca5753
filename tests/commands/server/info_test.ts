import { strict as assert } from "node:assert";
import { REDIS_VERSION, VERSION } from "../../../src/commands/table/version.ts";
import { ServerStatistics } from "../../../src/server/statistics.ts";
import { format, latin1, type RespClient } from "../../harness/resp_client.ts";
import { hasRedis, redisStandsIn, startRedis, startRedlite } from "../../harness/servers.ts";
import { text } from "../oracle_commands.ts";

/** The sections of INFO by their titles, each with its fields. */
async function info(client: RespClient, ...sections: string[]) {
  const all = text(await client.send("INFO", ...sections));
  const found = new Map<string, Map<string, string>>();
  for (const section of all.split("\r\n\r\n").filter((part) => part !== "")) {
    const [title = "", ...lines] = section.replace(/\r\n$/, "").split("\r\n");
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      assert.ok(colon > 0, line);
      return [line.slice(0, colon), line.slice(colon + 1)];
    });
    assert.match(title, /^# /);
    found.set(title.slice(2), new Map(fields));
  }
  return found;
}

const LINES = [
  "",
  "all",
  "everything",
  "default",
  "server clients",
  "SERVER nope",
  "Keyspace",
  "keyspace server",
  "modules",
  "latencystats commandstats",
  "nope",
  "default commandstats",
];

/** Sections of Redis 8 on its threads, and on how many elements keys have, which takes a histogram of all. */
const UNTOLD = ["Threads", "Keysizes"];
/** A section that Redis has not: on the file. */
const OURS = "Storage";

Deno.test({
  name: "INFO has the sections of Redis's, in their order",
  ignore: !hasRedis(),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    for (const line of LINES) {
      const words = line.split(" ").filter((word) => word !== "");
      const titles = async (client: RespClient) =>
        [...(await info(client, ...words)).keys()]
          .filter((title) => !UNTOLD.includes(title) && title !== OURS);
      assert.deepEqual(await titles(ours), await titles(theirs), line);
    }
  },
});

Deno.test({
  name: "INFO has the fields of Redis's that a server on SQLite can tell",
  ignore: !hasRedis(),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    const known = await info(ours);
    // How Redis was compiled, its allocator, its threads.
    // The sizes of its buffers, the turns of its event loop.
    const unknown =
      /^(monotonic_clock|multiplexing_api|atomicvar_api|gcc_version|allocator_|rss_overhead_|used_cpu_\w+_main_thread|total_(reads|writes)_processed|io_threaded_|reply_buffer_|listener\d|used_memory_peak_time|mem_replica_full_sync_buffer|mem_overhead_db_hashtable_rehashing|client_\w+_limit_disconnections|(instantaneous_)?eventloop_|module$)/;
    for (const [title, fields] of await info(theirs)) {
      if (UNTOLD.includes(title)) continue;
      for (const name of fields.keys()) {
        if (unknown.test(name)) continue;
        assert.ok(known.get(title)?.has(name), `${title}: ${name}`);
      }
    }
  },
});

Deno.test("INFO is a verbatim text in RESP3", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  const reply = await client.send("INFO", "cluster");
  assert.ok(reply.type === "verbatim" && reply.format === "txt");
  assert.equal(latin1(reply.value), "# Cluster\r\ncluster_enabled:0\r\n");
  assert.equal(format(await client.send("INFO", "nope")), '=txt:""');
});

Deno.test({
  name: "INFO server tells the versions and the SQLite in use",
  ignore: redisStandsIn,
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    const server = (await info(client, "server")).get("Server");
    assert.equal(server?.get("redis_version"), REDIS_VERSION);
    assert.equal(server?.get("redlite_version"), VERSION);
    assert.equal(server?.get("deno"), Deno.version.deno);
    assert.equal(server?.get("tcp_port"), String(redlite.port));
    assert.equal(server?.get("process_id"), String(redlite.pid));
    assert.equal(server?.get("database_file"), redlite.databaseFile);
    assert.match(server?.get("sqlite_version") ?? "", /^3\.\d+\.\d+/);
    assert.match(server?.get("run_id") ?? "", /^[0-9a-f]{40}$/);
  },
});

Deno.test("Redlite's version is that of deno.json", async () => {
  const { default: deno } = await import("../../deno.json", { with: { type: "json" } });
  assert.equal(VERSION, deno.version);
});

Deno.test({
  name: "INFO keyspace counts keys and expiries of databases that have any",
  ignore: redisStandsIn,
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    assert.deepEqual((await info(client, "keyspace")).get("Keyspace"), new Map());
    await client.pipeline([["SET", "a", "v"], ["SET", "b", "v", "EX", "1000"], ["SELECT", "3"], [
      "SET",
      "c",
      "v",
    ]]);
    const keyspace = (await info(client, "keyspace")).get("Keyspace");
    assert.deepEqual([...keyspace?.keys() ?? []], ["db0", "db3"]);
    const [, ttl] = /^keys=2,expires=1,avg_ttl=(\d+)/.exec(keyspace?.get("db0") ?? "") ?? [];
    assert.ok(Number(ttl) > 900_000 && Number(ttl) <= 1_000_000);
    assert.match(keyspace?.get("db3") ?? "", /^keys=1,expires=0,avg_ttl=0/);
  },
});

Deno.test("INFO stats counts hits, misses, connections and errors", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await client.pipeline([["SET", "a", "v"], ["GET", "a"], ["GET", "b"], ["GET"], ["NOPE"], [
    "INCR",
    "a",
  ]]);
  const found = await info(client, "stats", "commandstats", "errorstats");
  const stats = found.get("Stats");
  assert.equal(stats?.get("keyspace_hits"), "1");
  assert.equal(stats?.get("keyspace_misses"), "1");
  assert.equal(stats?.get("total_connections_received"), "1");
  assert.equal(stats?.get("total_error_replies"), "3");
  assert.equal(found.get("Errorstats")?.get("errorstat_ERR"), "count=3");
  const commands = found.get("Commandstats");
  assert.match(
    commands?.get("cmdstat_get") ?? "",
    /^calls=2,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=0$/,
  );
  assert.match(commands?.get("cmdstat_incr") ?? "", /^calls=1,.*,rejected_calls=0,failed_calls=1$/);
});

Deno.test({
  name: "an error's code word cannot pass for another field",
  ignore: redisStandsIn,
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.send("DEBUG", "ERROR", "A:B=C#D\r\nrole:slave");
    const errors = (await info(client, "errorstats")).get("Errorstats");
    assert.deepEqual([...errors?.keys() ?? []].length, 1);
    assert.match([...errors?.keys() ?? []].join(), /^errorstat_A_B_C_D/);
  },
});

Deno.test("a rate is the mean of sixteen samples", () => {
  const statistics = new ServerStatistics();
  statistics.sample(1000);
  for (let i = 1; i <= 16; i++) {
    statistics.commandsProcessed += 10;
    statistics.netInput += 1024;
    statistics.sample(1000 + 100 * i);
  }
  assert.equal(statistics.commandsPerSecond, 100);
  assert.equal(statistics.inputKbps, 10);
  assert.equal(statistics.outputKbps, 0);
  statistics.sample(2700);
  assert.equal(statistics.inputKbps, 10 * 15 / 16);
  statistics.reset();
  assert.equal(statistics.commandsPerSecond, 0);
});

Deno.test("error code words that clients make up are not counted without end", () => {
  const statistics = new ServerStatistics();
  for (let i = 0; i < 1000; i++) statistics.rejected(undefined, `CODE${i} message`);
  assert.ok(statistics.errorsByCode.size <= 129);
  assert.equal(statistics.errorsByCode.get("ERRORSTATS_OVERFLOW"), 1000 - 128);
  assert.equal(statistics.errorReplies, 1000);
});
