/** The collections by unmodified clients, which take replies apart by their shapes. */

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { startRedlite } from "../harness/servers.ts";

Deno.test("ioredis reads hashes, lists, sets and sorted sets", async () => {
  await using server = await startRedlite();
  const redis = new Redis({ host: server.hostname, port: server.port });
  try {
    assert.equal(await redis.hset("user", { name: "Ada", born: "1815" }), 2);
    assert.deepEqual(await redis.hgetall("user"), { name: "Ada", born: "1815" });
    assert.deepEqual(await redis.hmget("user", "born", "missing"), ["1815", null]);
    assert.equal(await redis.hincrby("user", "born", 1), 1816);
    assert.equal(await redis.rpush("queue", "a", "b", "c"), 3);
    assert.deepEqual(await redis.lrange("queue", 0, -1), ["a", "b", "c"]);
    assert.equal(await redis.lmove("queue", "done", "LEFT", "RIGHT"), "a");
    assert.equal(await redis.sadd("tags", "x", "y", "x"), 2);
    assert.deepEqual((await redis.sinter("tags", "tags")).sort(), ["x", "y"]);
    assert.equal(await redis.zadd("scores", 1.5, "ada", "-inf", "bob"), 2);
    assert.deepEqual(await redis.zrange("scores", 0, -1, "WITHSCORES"), [
      "bob",
      "-inf",
      "ada",
      "1.5",
    ]);
    assert.equal(await redis.zscore("scores", "ada"), "1.5");
    assert.deepEqual(await redis.pfadd("visitors", "a", "b"), 1);
    assert.equal(await redis.setbit("bits", 7, 1), 0);
    await assert.rejects(redis.lpush("user", "x"), /^ReplyError: WRONGTYPE/);
    const results = await redis.pipeline().scard("tags").zcard("scores").llen("queue").exec();
    assert.deepEqual(results, [[null, 2], [null, 2], [null, 2]]);
  } finally {
    const ended = once(redis, "end");
    redis.disconnect();
    await ended;
  }
});

Deno.test("ioredis streams through a large hash", async () => {
  await using server = await startRedlite();
  const redis = new Redis({ host: server.hostname, port: server.port });
  try {
    const fields = Array.from({ length: 2000 }, (_, i) => `field:${i}`);
    await redis.hset("large", Object.fromEntries(fields.map((field, i) => [field, String(i)])));
    const found = new Map<string, string>();
    for await (const pairs of redis.hscanStream("large", { count: 100 })) {
      for (let i = 0; i < pairs.length; i += 2) found.set(pairs[i], pairs[i + 1]);
    }
    assert.equal(found.size, 2000);
    assert.equal(found.get("field:1999"), "1999");
  } finally {
    const ended = once(redis, "end");
    redis.disconnect();
    await ended;
  }
});

for (const resp of [2, 3] as const) {
  Deno.test(`node-redis reads hashes, lists, sets and sorted sets over RESP${resp}`, async () => {
    await using server = await startRedlite();
    const client = createClient({
      socket: { host: server.hostname, port: server.port },
      RESP: resp,
    });
    await client.connect();
    try {
      assert.equal(await client.hSet("user", { name: "Ada", born: "1815" }), 2);
      assert.deepEqual({ ...await client.hGetAll("user") }, { name: "Ada", born: "1815" });
      assert.deepEqual(await client.hExpire("user", "born", 1000), [1]);
      const [seconds = NaN] = await client.hTTL("user", "born") ?? [];
      assert.ok(seconds > 990 && seconds <= 1000, `${seconds}`);
      assert.equal(await client.rPush("queue", ["a", "b"]), 2);
      assert.deepEqual(await client.lmPop("queue", "LEFT", { COUNT: 2 }), ["queue", ["a", "b"]]);
      assert.equal(await client.sAdd("tags", ["x", "y"]), 2);
      assert.equal(await client.sIsMember("tags", "x"), 1);
      assert.deepEqual([...await client.sMembers("tags")].sort(), ["x", "y"]);
      assert.equal(await client.zAdd("scores", [{ score: 1.5, value: "ada" }]), 1);
      assert.deepEqual(await client.zRangeWithScores("scores", 0, -1), [
        { value: "ada", score: 1.5 },
      ]);
      assert.equal(await client.zIncrBy("scores", 2, "ada"), 3.5);
      assert.deepEqual(await client.zmScore("scores", ["ada", "missing"]), [3.5, null]);
      const dump = await client.dump("scores");
      assert.equal(typeof dump, "string");
      await assert.rejects(client.lPush("user", "x"), /WRONGTYPE/);
    } finally {
      await client.close();
    }
  });
}
