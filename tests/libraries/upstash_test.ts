/** @upstash/redis and @upstash/ratelimit as they come from npm, against the REST API. */

import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { strict as assert } from "node:assert";
import { serve, type Served } from "../server/http/served.ts";

const TOKEN = "secret";

/** A server, and a client of it that does not try again. */
async function connect(
  options: { responseEncoding?: false; enableAutoPipelining?: boolean } = {},
): Promise<Served & { readonly redis: Redis }> {
  const served = await serve({ password: TOKEN });
  const redis = new Redis({ url: served.url, token: TOKEN, retry: false, ...options });
  return { ...served, redis, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

for (const responseEncoding of [undefined, false] as const) {
  const form = responseEncoding === false ? "texts" : "base64";
  Deno.test(`values come back as they went, in ${form}`, async () => {
    await using server = await connect(responseEncoding === false ? { responseEncoding } : {});
    const { redis } = server;
    const values = ["text", "", "OK", "T0s=", 'quotes " \\ \n', "é 😀 \u2028", 42, true, null, {
      nested: { list: [1, "2", null] },
    }, [1, [2, "3"]]];
    for (const value of values) {
      await redis.set("value", value);
      assert.deepEqual(await redis.get("value"), value, JSON.stringify(value));
    }
    assert.equal(await redis.get("nothing"), null);
    assert.deepEqual(await redis.mset({ a: 1, b: "OK" }), "OK");
    assert.deepEqual(await redis.mget("a", "b", "nothing"), [1, "OK", null]);
  });
}

Deno.test("every type has its commands", async () => {
  await using server = await connect();
  const { redis } = server;
  assert.equal(await redis.set("s", "v", { ex: 100, nx: true }), "OK");
  assert.equal(await redis.set("s", "v", { nx: true }), null);
  assert.equal(await redis.ttl("s"), 100);
  assert.equal(await redis.incrbyfloat("f", 1.5), 1.5);
  assert.equal(await redis.setbit("bits", 7, 1), 0);
  assert.equal(await redis.bitcount("bits", 0, -1), 1);

  assert.equal(await redis.hset("h", { name: "Ada", born: 1815 }), 2);
  assert.deepEqual(await redis.hgetall("h"), { name: "Ada", born: 1815 });
  assert.deepEqual(await redis.hmget("h", "name", "x"), { name: "Ada", x: null });
  assert.deepEqual(await redis.hscan("h", 0), ["0", ["name", "Ada", "born", 1815]]);

  assert.equal(await redis.rpush<unknown>("l", "a", { b: 1 }, 3), 3);
  assert.deepEqual(await redis.lrange("l", 0, -1), ["a", { b: 1 }, 3]);
  assert.equal(await redis.lpop("l"), "a");

  assert.equal(await redis.sadd("set", "x", "y"), 2);
  assert.deepEqual(await redis.smismember("set", ["x", "z"]), [1, 0]);

  assert.equal(
    await redis.zadd("z", { score: 1, member: "one" }, { score: 2.5, member: "two" }),
    2,
  );
  assert.deepEqual(await redis.zrange("z", 0, -1, { withScores: true }), ["one", 1, "two", 2.5]);
  assert.equal(await redis.zscore("z", "two"), 2.5);
  assert.equal(await redis.zincrby("z", 1, "one"), 2);

  const id = await redis.xadd("stream", "*", { customer: "ada", total: 12 });
  assert.deepEqual(await redis.xrange("stream", "-", "+"), {
    [id]: { customer: "ada", total: 12 },
  });
  assert.equal(await redis.xlen("stream"), 1);

  await redis.geoadd("geo", { longitude: 13.361389, latitude: 38.115556, member: "Palermo" });
  assert.deepEqual(
    await redis.geosearch("geo", { type: "FROMLONLAT", coordinate: { lon: 13, lat: 38 } }, {
      type: "BYRADIUS",
      radius: 100,
      radiusType: "KM",
    }, "ASC"),
    [{ member: "Palermo" }],
  );

  assert.equal(await redis.json.set("doc", "$", { a: { b: [1, 2] } }), "OK");
  assert.deepEqual(await redis.json.get("doc", "$.a.b"), [[1, 2]]);
  assert.deepEqual(await redis.json.arrappend("doc", "$.a.b", 3), [3]);

  const [, keys] = await redis.scan(0, { match: "s*", count: 100 });
  assert.deepEqual(keys.sort(), ["s", "set", "stream"]);
  assert.equal(await redis.type("z"), "zset");
  assert.equal(await redis.exists("s", "nothing"), 1);
  assert.equal(await redis.del("s", "set"), 2);
});

Deno.test("pipelines, transactions and what the client gathers by itself", async () => {
  await using server = await connect();
  const { redis } = server;
  const pipeline = redis.pipeline().set("a", 1).incr("a").get<number>("a");
  assert.deepEqual(await pipeline.exec(), ["OK", 2, 2]);
  assert.deepEqual(await redis.multi().set("t", { x: 1 }).get("t").exec(), ["OK", { x: 1 }]);
  await redis.set("text", "x");
  await assert.rejects(redis.pipeline().incr("text").exec(), /not an integer/);
  await assert.rejects(redis.multi().incr("text").exec(), /not an integer/);
  assert.deepEqual(
    await redis.pipeline().incr("text").get("text").exec({ keepErrors: true }),
    [
      { result: undefined, error: "ERR value is not an integer or out of range" },
      { result: "x", error: undefined },
    ],
  );
  assert.deepEqual(await Promise.all([redis.incr("n"), redis.incr("n"), redis.get("n")]), [
    1,
    2,
    2,
  ]);
});

Deno.test("scripts and functions", async () => {
  await using server = await connect();
  const { redis } = server;
  assert.deepEqual(await redis.eval("return {KEYS[1], ARGV[1], 3}", ["k"], ["v"]), ["k", "v", 3]);
  const script = redis.createScript<number>("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  assert.equal(await script.exec(["n"], ["5"]), 5);
  assert.equal(await script.exec(["n"], ["5"]), 10);
  const code =
    "#!lua name=lib\nredis.register_function('twice', function(k, a) return a[1] * 2 end)";
  assert.equal(await redis.functions.load({ code }), "lib");
  assert.equal(await redis.functions.call("twice", [], ["4"]), 8);
});

Deno.test("errors tell what the server says", async () => {
  await using server = await connect();
  const { redis, url } = server;
  await redis.set("text", "x");
  await assert.rejects(redis.lpush("text", 1), /WRONGTYPE/);
  const stranger = new Redis({ url, token: "wrong", retry: false });
  await assert.rejects(stranger.get("text"), /WRONGPASS invalid or missing auth token/);
});

Deno.test("subscriptions tell messages", async () => {
  await using server = await connect();
  const { redis } = server;
  const subscriber = redis.subscribe<{ text: string }>(["news"]);
  const patterns = redis.psubscribe("news:*");
  const begun = Promise.withResolvers<void>();
  const patternsBegun = Promise.withResolvers<void>();
  subscriber.on("subscribe", () => begun.resolve());
  patterns.on("psubscribe", () => patternsBegun.resolve());
  await begun.promise;
  await patternsBegun.promise;
  const heard = Promise.withResolvers<unknown>();
  subscriber.on("message", (message) => heard.resolve(message));
  assert.equal(await redis.publish("news", { text: "hello, world" }), 1);
  assert.deepEqual(await heard.promise, { channel: "news", message: { text: "hello, world" } });
  const matched = Promise.withResolvers<unknown>();
  patterns.on("pmessage", (message) => matched.resolve(message));
  assert.equal(await redis.publish("news:local", { n: 1 }), 1);
  assert.deepEqual(await matched.promise, {
    pattern: "news:*",
    channel: "news:local",
    message: { n: 1 },
  });
  await subscriber.unsubscribe();
  await patterns.unsubscribe();
});

const LIMITERS = {
  "a fixed window": Ratelimit.fixedWindow(3, "1 h"),
  "a sliding window": Ratelimit.slidingWindow(3, "1 h"),
  "a bucket of tokens": Ratelimit.tokenBucket(1, "1 h", 3),
};

for (const [name, limiter] of Object.entries(LIMITERS)) {
  Deno.test(`@upstash/ratelimit lets in as many as ${name} does`, async () => {
    await using server = await connect();
    const { redis } = server;
    const limit = new Ratelimit({ redis, limiter, analytics: false, ephemeralCache: false });
    for (const left of [2, 1, 0]) {
      const { success, remaining } = await limit.limit("ada");
      assert.ok(success);
      assert.equal(remaining, left);
    }
    assert.equal((await limit.limit("ada")).success, false);
    assert.ok((await limit.limit("bob")).success);
    assert.equal((await limit.getRemaining("ada")).remaining, 0);
    await limit.resetUsedTokens("ada");
    assert.ok((await limit.limit("ada")).success);
  });
}
