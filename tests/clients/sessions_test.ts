/** Transactions, pub/sub, blocking commands, tracking and ACL through the clients people use. */

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { Redis } from "ioredis";
import { createClient, WatchError } from "redis";
import { startRedlite, type TestServer } from "../harness/servers.ts";

/** A client that is closed at the end of its scope. */
function ioredis(server: TestServer): Redis & AsyncDisposable {
  const client = new Redis({ host: server.hostname, port: server.port });
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      if (client.status === "end") return;
      const ended = once(client, "end");
      client.disconnect();
      await ended;
    },
  });
}

async function nodeRedis(server: TestServer, RESP: 2 | 3 = 3) {
  const client = createClient({ url: `redis://${server.hostname}:${server.port}`, RESP });
  await client.connect();
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      await client.close();
    },
  });
}

Deno.test("ioredis: transactions, and one that fails by WATCH", async () => {
  await using server = await startRedlite();
  await using redis = ioredis(server);
  const replies = await redis.multi().set("k", "1").incr("k").lpush("k", "x").exec() ?? [];
  assert.deepEqual(replies.slice(0, 2), [[null, "OK"], [null, 2]]);
  assert.match(String(replies[2]?.[0]), /WRONGTYPE/);
  await using other = ioredis(server);
  await redis.watch("k");
  await other.set("k", "changed");
  assert.equal(await redis.multi().set("k", "mine").exec(), null);
  assert.equal(await redis.get("k"), "changed");
});

Deno.test("ioredis: messages of channels and patterns", async () => {
  await using server = await startRedlite();
  await using publisher = ioredis(server);
  await using subscriber = ioredis(server);
  const heard: string[] = [];
  const all = Promise.withResolvers<void>();
  const note = (line: string) => {
    heard.push(line);
    if (heard.length === 3) all.resolve();
  };
  subscriber.on("message", (channel, message) => note(`${channel} ${message}`));
  subscriber.on(
    "pmessage",
    (pattern, channel, message) => note(`${pattern} ${channel} ${message}`),
  );
  assert.equal(await subscriber.subscribe("news", "weather"), 2);
  assert.equal(await subscriber.psubscribe("new*"), 3);
  assert.equal(await publisher.publish("news", "hello"), 2);
  assert.equal(await publisher.publish("weather", "sunny"), 1);
  await all.promise;
  assert.deepEqual(heard, ["news hello", "new* news hello", "weather sunny"]);
  await subscriber.unsubscribe("news", "weather");
  await subscriber.punsubscribe("new*");
  assert.equal(await subscriber.get("k"), null);
});

Deno.test("ioredis: a worker waits for jobs", async () => {
  await using server = await startRedlite();
  await using worker = ioredis(server);
  await using producer = ioredis(server);
  const job = worker.blpop("jobs", 0);
  const scored = producer.duplicate();
  const member = scored.bzpopmin("scores", 0);
  await producer.rpush("jobs", "first", "second");
  await producer.zadd("scores", 1.5, "a");
  assert.deepEqual(await job, ["jobs", "first"]);
  assert.deepEqual(await member, ["scores", "a", "1.5"]);
  assert.equal(await worker.blmove("jobs", "done", "LEFT", "RIGHT", 1), "second");
  assert.equal(await worker.brpop("jobs", 0.01), null);
  scored.disconnect();
});

Deno.test("ioredis: MONITOR", async () => {
  await using server = await startRedlite();
  await using redis = ioredis(server);
  const monitor = await redis.monitor();
  const seen = new Promise((resolve) => {
    monitor.on("monitor", (_time, args) => {
      if (args[0] === "set") resolve(args);
    });
  });
  await redis.set("k", "v");
  assert.deepEqual(await seen, ["set", "k", "v"]);
  monitor.disconnect();
});

for (const resp of [2, 3] as const) {
  Deno.test(`node-redis: transactions, messages and waiting in RESP${resp}`, async () => {
    await using server = await startRedlite();
    await using client = await nodeRedis(server, resp);
    assert.deepEqual(await client.multi().set("k", "1").incr("k").get("k").exec(), [
      "OK",
      2,
      "2",
    ]);
    await using other = await nodeRedis(server, resp);
    await client.watch("k");
    await other.set("k", "changed");
    await assert.rejects(client.multi().set("k", "mine").exec(), WatchError);

    await using subscriber = await nodeRedis(server, resp);
    const message = Promise.withResolvers<string[]>();
    await subscriber.pSubscribe("*", (text, channel) => message.resolve([channel, text]));
    await client.publish("channel", "text");
    assert.deepEqual(await message.promise, ["channel", "text"]);
    if (resp === 3) assert.equal(await subscriber.get("k"), "changed");
    await subscriber.pUnsubscribe();

    const popped = other.blPop("queue", 0);
    await client.rPush("queue", "element");
    assert.deepEqual({ ...await popped }, { key: "queue", element: "element" });
  });
}

Deno.test("node-redis: its client-side cache never serves what has changed", async () => {
  await using server = await startRedlite();
  const cached = createClient({
    url: `redis://${server.hostname}:${server.port}`,
    RESP: 3,
    clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: "LRU" },
  });
  await cached.connect();
  await using writer = await nodeRedis(server);
  for (let round = 0; round < 20; round++) {
    await writer.set("k", `value ${round}`);
    // The invalidation travels on the other connection: a PING behind it is answered after it.
    await cached.ping();
    assert.equal(await cached.get("k"), `value ${round}`);
    assert.equal(await cached.get("k"), `value ${round}`);
  }
  await cached.close();
});

Deno.test("node-redis: an ACL user may do what its rules say", async () => {
  await using server = await startRedlite();
  await using admin = await nodeRedis(server);
  await admin.aclSetUser("app", ["on", ">secret", "~app:*", "+@read", "+set"]);
  const app = createClient({
    url: `redis://app:secret@${server.hostname}:${server.port}`,
  });
  await app.connect();
  assert.equal(await app.set("app:k", "v"), "OK");
  await assert.rejects(app.set("other", "v"), /NOPERM/);
  await assert.rejects(app.del("app:k"), /NOPERM/);
  assert.equal(await app.get("app:k"), "v");
  await app.close();
  const stranger = createClient({
    url: `redis://app:wrong@${server.hostname}:${server.port}`,
    socket: { reconnectStrategy: false },
  });
  stranger.on("error", () => {});
  await assert.rejects(stranger.connect(), /WRONGPASS/);
});
