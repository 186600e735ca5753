/** maxmemory, maxdisk and what tells of them, as clients see it. */

import { strict as assert } from "node:assert";
import { named, standIn } from "../../harness/lacking.ts";
import { format, latin1, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { text } from "../oracle_commands.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.";

testSameAsRedis("what tells of eviction answers as Redis's", [
  "config get maxmemory-eviction-tenacity",
  "config set maxmemory-eviction-tenacity 101",
  "config set maxmemory-eviction-tenacity -1",
  "config set maxmemory-eviction-tenacity 100",
  "config get maxmemory-clients",
  "config set maxmemory-clients 5%",
  "config get maxmemory-clients",
  "config set maxmemory-clients 101%",
  "config set maxmemory-clients -1",
  "config set maxmemory-clients x%",
  "config set maxmemory-clients 1mb",
  "config get maxmemory-clients",
  "config set maxmemory-policy allkeys-never",
  "set a b",
  "object freq a",
  "object freq none",
  "object idletime a",
  "config set maxmemory-policy ALLKEYS-LFU",
  "config get maxmemory-policy",
  "set k v",
  "object freq k",
  "get k",
  "object freq k",
  "object idletime k",
  "object idletime none",
  "object freq none",
  "restore x 0 y freq 3 idletime 2",
  "restore x 0 y idletime 3 freq 2",
  "restore x 0 y freq 256",
  "restore x 0 y freq -1",
  "restore x 0 y freq z",
  "restore x 0 y freq",
  "config set maxmemory-policy volatile-ttl",
  "object freq k",
  "config set maxmemory 1 maxmemory-policy noeviction",
  "set k w",
  "append k w",
  "lpush l 1",
  "set k",
  "get k",
  "strlen k",
  "expire k 1000",
  "del k",
  "config set maxmemory 0",
  "set k w",
]);

async function dumped(client: RespClient): Promise<Uint8Array> {
  await client.send("SET", "from", "value");
  const reply = await client.send("DUMP", "from");
  assert.ok(reply.type === "bulk");
  return reply.value;
}

Deno.test("RESTORE takes over when a key was used, or how often, by the policy", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const payload = await dumped(client);
  const ask = async (...words: (string | Uint8Array)[]) => format(await client.send(...words));
  assert.equal(await ask("RESTORE", "idle", "0", payload, "IDLETIME", "1000"), "+OK");
  assert.match(await ask("OBJECT", "IDLETIME", "idle"), /^:100[01]$/);
  assert.equal(await ask("RESTORE", "often", "0", payload, "FREQ", "77"), "+OK");
  assert.match(await ask("OBJECT", "IDLETIME", "often"), /^:[01]$/);
  await client.send("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
  assert.equal(await ask("RESTORE", "often", "0", payload, "REPLACE", "FREQ", "77"), "+OK");
  assert.equal(await ask("OBJECT", "FREQ", "often"), ":77");
  assert.equal(await ask("RESTORE", "idle", "0", payload, "REPLACE", "IDLETIME", "9"), "+OK");
  assert.equal(await ask("OBJECT", "FREQ", "idle"), ":5");
});

/** The fields of INFO memory and stats. */
async function info(client: RespClient): Promise<Map<string, string>> {
  const lines = text(await client.send("INFO", "memory", "stats")).split("\r\n");
  return new Map(
    lines.filter((line) => line.includes(":")).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

Deno.test({
  ...named("used_memory is the data, and falls with it", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    const used = async () => Number((await info(client)).get("used_memory"));
    const before = await used();
    await client.send("SET", "key", "x".repeat(100_000));
    const usage = await client.send("MEMORY", "USAGE", "key");
    assert.equal(format(usage), `:${await used() - before}`);
    await client.send("DEL", "key");
    assert.equal(await used(), before);
  },
});

Deno.test({
  ...named("a policy evicts, tells of it and counts it", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.send("CONFIG", "SET", "maxmemory", "100000", "maxmemory-policy", "allkeys-lru");
    const commands = Array.from({ length: 2000 }, (_, i) => ["SET", `key:${i}`, "x".repeat(100)]);
    for (const reply of await client.pipeline(commands)) assert.equal(format(reply), "+OK");
    const fields = await info(client);
    const used = Number(fields.get("used_memory"));
    assert.ok(used > 90_000 && used < 101_000, `${used}`);
    assert.equal(fields.get("maxmemory_policy"), "allkeys-lru");
    const keys = Number(format(await client.send("DBSIZE")).slice(1));
    assert.equal(fields.get("evicted_keys"), String(2000 - keys));
    assert.equal(format(await client.send("GET", "key:1999")).length, 102);
    await client.send("CONFIG", "RESETSTAT");
    assert.equal((await info(client)).get("evicted_keys"), "0");
  },
});

Deno.test({
  ...named("a volatile policy refuses once no volatile key is left", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.pipeline([
      ["SET", "volatile", "x".repeat(1000), "EX", "1000"],
      ["SET", "persistent", "x".repeat(1000)],
      ["CONFIG", "SET", "maxmemory", "1500", "maxmemory-policy", "volatile-lfu"],
    ]);
    assert.equal(format(await client.send("SET", "more", "x".repeat(1000))), "+OK");
    assert.equal(format(await client.send("EXISTS", "volatile", "persistent")), ":1");
    assert.equal(format(await client.send("SET", "more", "x")), OOM);
    assert.equal(format(await client.send("GET", "persistent")).length, 1002);
    assert.equal(format(await client.send("DEL", "more")), ":1");
    assert.equal(format(await client.send("SET", "more", "x")), "+OK");
  },
});

Deno.test({
  ...named("allkeys-lrm tells the time since the last write as idle time", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    const payload = await dumped(client);
    const policy = await client.send("CONFIG", "SET", "maxmemory-policy", "allkeys-lrm");
    assert.equal(format(policy), "+OK");
    await client.send("RESTORE", "idle", "0", payload, "IDLETIME", "1000");
    assert.match(format(await client.send("OBJECT", "IDLETIME", "idle")), /^:[01]$/);
  },
});

Deno.test({
  ...named("maxdisk keeps the file small, and refuses where nothing is left to delete", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.send("CONFIG", "SET", "maxdisk", "2mb");
    assert.equal(format(await client.send("CONFIG", "GET", "maxdisk")), '["maxdisk", "2097152"]');
    const value = "x".repeat(10_000);
    for (let i = 0; i < 20; i++) {
      const commands = Array.from({ length: 50 }, (_, n) => ["SET", `key:${i}:${n}`, value]);
      for (const reply of await client.pipeline(commands)) assert.equal(format(reply), "+OK");
    }
    assert.equal(latin1(await valueOf(client, "key:19:49")), value);
    assert.equal(format(await client.send("EXISTS", "key:0:0")), ":0");
    await client.send("CONFIG", "SET", "maxdisk", "10kb");
    // Each call has time for some of the keys only, and lets its command pass as long as there are any.
    let reply: string;
    let calls = 0;
    do reply = format(await client.send("SET", "key", "value")); while (
      reply === "+OK" && ++calls < 1000
    );
    assert.equal(reply, "-OOM command not allowed when used disk > 'maxdisk'.");
    await client.send("CONFIG", "SET", "maxdisk", "0");
    assert.equal(format(await client.send("SET", "key", "value")), "+OK");
  },
});

async function valueOf(client: RespClient, key: string): Promise<Uint8Array> {
  const reply = await client.send("GET", key);
  assert.ok(reply.type === "bulk");
  return reply.value;
}

Deno.test({
  ...named(
    "a limit set below what is used evicts by itself until it holds, and tells of each key",
    standIn(),
  ),
  async fn() {
    await using server = await startRedlite();
    await using client = await server.connect();
    await using listener = await server.connect({ resp: 3 });
    await client.send("DEBUG", "POPULATE", "3000", "key", "100");
    await client.send("CONFIG", "SET", "notify-keyspace-events", "Ee");
    await listener.send("SUBSCRIBE", "__keyevent@0__:evicted");
    // Enough for a few keys only: all others must go.
    await client.send("CONFIG", "SET", "maxmemory-policy", "allkeys-random", "maxmemory", "1000");
    for (let i = 0; i < 2900; i++) {
      assert.match(format(await listener.readReply()), /^>\["message", .*"key:\d+"\]$/);
    }
    while (Number((await info(client)).get("used_memory")) > 1000);
  },
});
