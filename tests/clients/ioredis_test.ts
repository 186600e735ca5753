/** ioredis, unmodified, drives the server. */

import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { Redis, type RedisOptions } from "ioredis";
import { startRedlite, type TestServer } from "../harness/servers.ts";

const ALL_BYTES = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));

/** A client that is closed at the end of its scope. */
function connect(
  server: TestServer,
  options: RedisOptions = {},
): { redis: Redis } & AsyncDisposable {
  const redis = new Redis({
    host: server.hostname,
    port: server.port,
    retryStrategy: () => 10,
    ...options,
  });
  return {
    redis,
    async [Symbol.asyncDispose]() {
      if (redis.status === "end") return;
      const ended = once(redis, "end");
      redis.disconnect();
      await ended;
    },
  };
}

Deno.test("ioredis sets and gets text", async () => {
  await using server = await startRedlite();
  await using client = connect(server);
  const { redis } = client;
  assert.equal(await redis.set("greeting", "grüß dich"), "OK");
  assert.equal(await redis.get("greeting"), "grüß dich");
  assert.equal(await redis.get("missing"), null);
  assert.equal(await redis.set("greeting", "other", "NX"), null);
  assert.deepEqual(await redis.mget("greeting", "missing"), ["grüß dich", null]);
  assert.equal(await redis.incrby("counter", 41), 41);
  assert.equal(await redis.del("greeting", "counter"), 2);
});

Deno.test("ioredis keeps every byte of keys and values", async () => {
  await using server = await startRedlite();
  await using client = connect(server);
  const { redis } = client;
  await redis.set(ALL_BYTES, ALL_BYTES);
  assert.deepEqual(await redis.getBuffer(ALL_BYTES), ALL_BYTES);
  assert.deepEqual(await redis.keysBuffer("*"), [ALL_BYTES]);
});

Deno.test("ioredis stores a value of 5 MB", async () => {
  await using server = await startRedlite();
  await using client = connect(server);
  const { redis } = client;
  const big = Buffer.alloc(5_000_000, ALL_BYTES);
  await redis.set("big", big);
  assert.equal(await redis.strlen("big"), big.length);
  assert.ok((await redis.getBuffer("big"))?.equals(big));
  assert.deepEqual(await redis.getrangeBuffer("big", 4_999_990, -1), big.subarray(4_999_990));
});

Deno.test("ioredis gets the results of a pipeline in order, errors in their place", async () => {
  await using server = await startRedlite();
  await using client = connect(server);
  const pipeline = client.redis.pipeline();
  pipeline.set("word", "x").incr("word").get("word");
  for (let i = 1; i <= 500; i++) pipeline.incr("counter");
  const results = await pipeline.exec();
  assert.ok(results);
  assert.deepEqual(results[0], [null, "OK"]);
  assert.equal(results[1]?.[0]?.message, "ERR value is not an integer or out of range");
  assert.deepEqual(results[2], [null, "x"]);
  const counts = results.slice(3).map(([, count]) => count);
  assert.deepEqual(counts, Array.from({ length: 500 }, (_, i) => i + 1));
});

Deno.test("ioredis sees expiries", async () => {
  await using server = await startRedlite();
  await using client = connect(server);
  const { redis } = client;
  await redis.set("k", "v", "EX", 1000);
  const seconds = await redis.ttl("k");
  assert.ok(seconds > 990 && seconds <= 1000, `TTL is ${seconds}`);
  assert.equal(await redis.persist("k"), 1);
  assert.equal(await redis.ttl("k"), -1);
  assert.equal(await redis.pexpireat("k", Date.now() - 1), 1);
  assert.equal(await redis.exists("k"), 0);
  assert.equal(await redis.ttl("k"), -2);
});

Deno.test("ioredis iterates over all keys with a scan stream", async () => {
  await using server = await startRedlite();
  await using client = connect(server);
  const { redis } = client;
  const expected = Array.from({ length: 1000 }, (_, i) => `user:${i}`);
  await redis.mset(...expected.flatMap((key) => [key, "v"]), "other", "v");
  const found = new Set<string>();
  for await (const keys of redis.scanStream({ match: "user:*", count: 50 })) {
    for (const key of keys) found.add(key);
  }
  assert.deepEqual([...found].sort(), expected.sort());
});

Deno.test("ioredis works in the database it is told", async () => {
  await using server = await startRedlite();
  await using zero = connect(server);
  await using three = connect(server, { db: 3 });
  await three.redis.set("k", "in three");
  assert.equal(await zero.redis.get("k"), null);
  await zero.redis.select(3);
  assert.equal(await zero.redis.get("k"), "in three");
  assert.equal(await zero.redis.move("k", 0), 1);
  assert.equal(await three.redis.dbsize(), 0);
});

Deno.test("ioredis needs the password of a server that has one", async () => {
  await using server = await startRedlite({ password: "s3cret pass" });
  await using right = connect(server, { password: "s3cret pass" });
  assert.equal(await right.redis.ping(), "PONG");

  await using none = connect(server, { enableReadyCheck: false });
  await assert.rejects(none.redis.get("k"), /NOAUTH Authentication required/);

  await using wrong = connect(server, { password: "wrong", lazyConnect: true });
  const refused = once(wrong.redis, "error");
  wrong.redis.connect().catch(() => {});
  const [error] = await refused;
  assert.match(String(error), /WRONGPASS/);
});

Deno.test("ioredis names its connection", async () => {
  await using server = await startRedlite();
  await using client = connect(server, { connectionName: "billing" });
  const { redis } = client;
  assert.equal(await redis.client("GETNAME"), "billing");
  const info = String(await redis.client("INFO"));
  assert.match(info, /^id=\d+ addr=127\.0\.0\.1:\d+ /);
  assert.match(info, / name=billing /);
  assert.match(info, / db=0 /);
});

Deno.test("ioredis connects again after CLIENT KILL and goes on in its database", async () => {
  await using server = await startRedlite();
  await using killer = connect(server);
  await using victim = connect(server, { db: 2 });
  await victim.redis.set("k", "v");
  const id = await victim.redis.client("ID");
  const back = once(victim.redis, "ready");
  assert.equal(await killer.redis.client("KILL", "ID", id), 1);
  await back;
  assert.equal(await victim.redis.get("k"), "v");
  assert.notEqual(await victim.redis.client("ID"), id);
});
