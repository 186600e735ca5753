/** Client libraries, unmodified, drive a server in the test's own process. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { Redlite } from "../../mod.ts";
import { until, waiting } from "../embedded/serving/served.ts";
import { temporaryDirectory } from "../harness/servers.ts";

/** A node-redis client that is connected, and closed at the end of its scope. */
async function nodeRedis(url: string, RESP: 2 | 3 = 3) {
  const redis = createClient({ url, RESP });
  redis.on("error", () => {});
  await redis.connect();
  return { redis, [Symbol.dispose]: () => redis.destroy() };
}

/** An ioredis client, disconnected at the end of its scope. */
function ioredis(address: string) {
  const redis = new Redis(address, { retryStrategy: () => null });
  redis.on("error", () => {});
  return { redis, [Symbol.dispose]: () => redis.disconnect() };
}

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis works with a server in its process over RESP${RESP}`, async () => {
    await using server = await Redlite.serve(":memory:");
    using client = await nodeRedis(server.url, RESP);
    const { redis } = client;
    const { db } = server;
    await redis.hSet("user:1", { name: "Ada", born: "1815" });
    assert.deepEqual(db.hgetall("user:1"), new Map([["name", "Ada"], ["born", "1815"]]));
    db.zadd("scores", [[1, "a"], [2, "b"]]);
    assert.deepEqual(await redis.zRangeWithScores("scores", 0, -1), [
      { value: "a", score: 1 },
      { value: "b", score: 2 },
    ]);
    assert.deepEqual(await redis.multi().incr("n").incr("n").exec(), [1, 2]);
    assert.equal(db.get("n"), "2");
  });

  Deno.test(`node-redis hears and wakes the program over RESP${RESP}`, async () => {
    await using server = await Redlite.serve(":memory:");
    using client = await nodeRedis(server.url, RESP);
    using subscriber = await nodeRedis(server.url, RESP);
    const { db } = server;
    const heard = Promise.withResolvers<string>();
    await subscriber.redis.subscribe("news", heard.resolve);
    db.publish("news", "from the program");
    assert.equal(await heard.promise, "from the program");
    const own = db.blpop("jobs");
    await client.redis.rPush("jobs", "one");
    assert.deepEqual(await own, ["jobs", "one"]);
    const theirs = client.redis.blPop("more", 0);
    db.rpush("more", "two");
    assert.deepEqual(await theirs, { key: "more", element: "two" });
  });
}

Deno.test("node-redis's own cache forgets what the program changes", async () => {
  await using server = await Redlite.serve(":memory:");
  const redis = createClient({
    url: server.url,
    RESP: 3,
    clientSideCache: { ttl: 0, maxEntries: 0 },
  });
  redis.on("error", () => {});
  await redis.connect();
  try {
    server.db.set("k", "1");
    assert.equal(await redis.get("k"), "1");
    server.db.set("k", "2");
    // The message is on its way before the reply of a later command.
    await redis.ping();
    assert.equal(await redis.get("k"), "2");
  } finally {
    redis.destroy();
  }
});

Deno.test("ioredis works with a server in its process", async () => {
  await using server = await Redlite.serve(":memory:");
  using client = ioredis(server.url);
  const { redis } = client;
  const { db } = server;
  assert.equal(await redis.set("greeting", "hello", "EX", 60), "OK");
  assert.equal(db.get("greeting"), "hello");
  const replies = await redis.pipeline().incr("n").incr("n").get("greeting").exec();
  assert.deepEqual(replies, [[null, 1], [null, 2], [null, "hello"]]);
  db.xadd("orders", { total: 5 });
  const entries = await redis.xrange("orders", "-", "+");
  assert.deepEqual(entries[0]?.[1], ["total", "5"]);
  redis.defineCommand("double", { numberOfKeys: 1, lua: "return redis.call('get', KEYS[1]) * 2" });
  assert.equal(await redis.call("eval", "return redis.call('get', KEYS[1]) * 2", 1, "n"), 4);
  await redis.watch("n");
  db.incr("n");
  assert.equal(await redis.multi().set("n", 0).exec(), null);
});

Deno.test("ioredis connects by a Unix socket", async () => {
  await using directory = await temporaryDirectory();
  await using server = await Redlite.serve(":memory:", { path: join(directory.path, "r.sock") });
  using client = ioredis(server.path ?? "");
  await client.redis.set("k", "v");
  assert.equal(server.db.get("k"), "v");
});

Deno.test("clients see the server close, and fail what they wait for", async () => {
  await using server = await Redlite.serve(":memory:");
  using client = ioredis(server.url);
  const popped = client.redis.blpop("queue", 0);
  const failed = assert.rejects(popped);
  await until(() => waiting(server.db) === 1);
  await server.close();
  await failed;
});
