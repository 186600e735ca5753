import { strict as assert } from "node:assert";
import { KEYS_SIZED_UNASKED } from "../../../src/commands/server/info/keyspace.ts";
import { REDIS_VERSION, VERSION } from "../../../src/commands/table/version.ts";
import { ServerStatistics } from "../../../src/server/statistics.ts";
import { named, noRedis, standIn } from "../../harness/lacking.ts";
import { format, latin1, type RespClient } from "../../harness/resp_client.ts";
import { startRedis, startRedlite } from "../../harness/servers.ts";
import { text } from "../oracle_commands.ts";
import { REDIS_8_INFO } from "./redis8_info.ts";

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

/** Sections that came with Redis 8. */
const UNTOLD = ["Threads", "Keysizes"];
/** A section that Redis has not: on the file. */
const OURS = "Storage";

Deno.test({
  ...named("INFO has the sections of Redis's, in their order", noRedis()),
  async fn() {
    // A redis-server has no modules either, unless it is given some.
    await using redlite = await startRedlite({ args: ["--ext", "none"] });
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

/** Fields of Redis 8.0.6 that are left out, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  atomicvar_api: "how Redis is compiled",
  gcc_version: "how Redis is compiled",
  allocator_allocated_lua: "there is no allocator for scripts alone",
  allocator_active_lua: "there is no allocator for scripts alone",
  allocator_resident_lua: "there is no allocator for scripts alone",
  allocator_frag_bytes_lua: "there is no allocator for scripts alone",
};

Deno.test({
  ...named("INFO has the fields of Redis 8, but for those left out by name", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    const ours = await info(client, "everything", "debug");
    const missing: string[] = [];
    for (const [title, names] of REDIS_8_INFO) {
      for (const name of names) if (!ours.get(title)?.has(name)) missing.push(name);
    }
    assert.deepEqual(missing.sort(), Object.keys(LEFT_OUT).sort());
  },
});

Deno.test({
  ...named("INFO counts reads, writes, turns and what they took", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.pipeline([["CONFIG", "RESETSTAT"], ["SET", "a", "1"]]);
    await client.pipeline(Array.from({ length: 50 }, () => ["INCR", "a"]));
    const sections = await info(client, "stats", "debug", "threads", "cpu", "memory");
    const number = (title: string, name: string) => Number(sections.get(title)?.get(name));
    assert.ok(number("Stats", "total_reads_processed") >= 2);
    assert.ok(number("Stats", "total_writes_processed") >= 1);
    assert.ok(number("Stats", "eventloop_cycles") >= 1);
    assert.ok(
      number("Stats", "eventloop_duration_sum") >= number("Debug", "eventloop_duration_max"),
    );
    assert.ok(number("Debug", "eventloop_duration_aof_sum") > 0);
    assert.ok(number("Debug", "eventloop_cmd_per_cycle_max") >= 1);
    assert.match(
      sections.get("Threads")?.get("io_thread_0") ?? "",
      /^clients=1,reads=\d+,writes=\d+$/,
    );
    assert.ok(number("CPU", "used_cpu_user") > 0);
    const heap = (name: string) => number("Memory", `allocator_${name}`);
    assert.ok(heap("allocated") > 0);
    assert.ok(heap("allocated") <= heap("active"));
  },
});

Deno.test({
  ...named(
    "INFO counts the changes since the last save, whether SAVE or BGSAVE made it",
    standIn(),
  ),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    const changes = async () =>
      Number(
        (await info(client, "persistence")).get("Persistence")?.get("rdb_changes_since_last_save"),
      );
    assert.equal(await changes(), 0);
    await client.pipeline([["SET", "a", "1"], ["DEL", "nope"], ["GET", "a"], ["DEL", "a"]]);
    assert.equal(await changes(), 2);
    await client.send("SAVE");
    assert.equal(await changes(), 0);
    await client.pipeline([["SET", "a", "1"], ["BGSAVE"]]);
    while ((await info(client, "persistence")).get("Persistence")?.get("rdb_saves") === "0") {
      // Each question is a turn in which the save goes on.
    }
    assert.equal(await changes(), 0);
  },
});

Deno.test({
  ...named("INFO counts the keys whose elements were deleted in the background", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    const members = Array.from({ length: 1000 }, (_, i) => `m${i}`);
    await client.pipeline([["SADD", "a", ...members], ["SADD", "b", ...members], [
      "SADD",
      "c",
      "x",
    ]]);
    await client.send("DEL", "a", "c");
    await client.send("FLUSHALL");
    const field = async (name: string) =>
      Number((await info(client, "memory")).get("Memory")?.get(name));
    while (await field("lazyfree_pending_objects") > 0) {
      // Each question is a turn between two slices.
    }
    assert.equal(await field("lazyfreed_objects"), 2);
    await client.send("CONFIG", "RESETSTAT");
    assert.equal(await field("lazyfreed_objects"), 0);
  },
});

Deno.test({
  ...named("INFO counts clients that were closed for what they sent or left unread", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.send("CONFIG", "SET", "client-query-buffer-limit", "1mb");
    await client.send("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0");
    await using sender = await redlite.connect();
    await assert.rejects(sender.send("SET", "a", "x".repeat(2_000_000)));
    await using subscriber = await redlite.connect();
    await subscriber.send("SUBSCRIBE", "c");
    const message = "x".repeat(700_000);
    for (let i = 0; i < 30; i++) await client.send("PUBLISH", "c", message);
    const closed = async (which: string) =>
      (await info(client, "stats")).get("Stats")?.get(
        `client_${which}_buffer_limit_disconnections`,
      );
    assert.equal(await closed("query"), "1");
    while (await closed("output") !== "1") {
      // The limit is looked at between turns.
    }
  },
});

const SIZES = [
  ["SET", "a", "x"],
  ["SET", "b", ""],
  ["SET", "c", "x".repeat(5000)],
  ["SET", "n", "12345"],
  ["SETBIT", "bits", "2000000", "1"],
  ["RPUSH", "l", "a", "b", "c"],
  ["SADD", "s", "a", "b"],
  ["ZADD", "z", "1", "a"],
  ["HSET", "h", "a", "b", "c", "d"],
  ["RPUSH", "big", ...Array.from({ length: 1100 }, (_, i) => String(i))],
  ["SELECT", "3"],
  ["SET", "q", "1"],
];

Deno.test({
  ...named("INFO keysizes counts the keys of each size, as Redis 8", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    assert.deepEqual((await info(client, "keysizes")).get("Keysizes"), new Map());
    await client.pipeline(SIZES);
    const told = new Map([
      ["db0_distrib_strings_sizes", "0=1,1=1,4=1,4K=1,128K=1"],
      ["db0_distrib_lists_items", "2=1,1K=1"],
      ["db0_distrib_sets_items", "2=1"],
      ["db0_distrib_zsets_items", "1=1"],
      ["db0_distrib_hashes_items", "2=1"],
      ["db3_distrib_strings_sizes", "1=1"],
    ]);
    assert.deepEqual((await info(client, "keysizes")).get("Keysizes"), told);
    assert.deepEqual((await info(client)).get("Keysizes"), told);
  },
});

Deno.test({
  ...named("of very many keys INFO tells the sizes to who asks for them alone", standIn()),
  async fn() {
    await using redlite = await startRedlite({ appendfsync: "no" });
    await using client = await redlite.connect();
    const keys = Array.from({ length: KEYS_SIZED_UNASKED + 1 }, (_, i) => [`k${i}`, "v"]);
    await client.send("MSET", ...keys.flat());
    assert.equal((await info(client, "everything")).has("Keysizes"), false);
    assert.deepEqual(
      (await info(client, "keysizes")).get("Keysizes"),
      new Map([["db0_distrib_strings_sizes", `1=${keys.length}`]]),
    );
  },
});

Deno.test({
  ...named("INFO server tells where clients come in", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    const listener = (await info(client, "server")).get("Server")?.get("listener0");
    assert.equal(listener, `name=tcp,bind=127.0.0.1,port=${redlite.port}`);
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
  ...named("INFO server tells the versions and the SQLite in use", standIn()),
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
  const { default: deno } = await import("../../../deno.json", { with: { type: "json" } });
  assert.equal(VERSION, deno.version);
});

Deno.test({
  ...named("INFO keyspace counts keys and expiries of databases that have any", standIn()),
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
  ...named("an error's code word cannot pass for another field", standIn()),
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
