/** node-redis, unmodified, drives the server, over RESP2 and RESP3. */

import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createClient, RESP_TYPES } from "redis";
import { startRedlite, type TestServer } from "../harness/servers.ts";

const ALL_BYTES = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));

interface ClientOptions {
  RESP?: 2 | 3;
  password?: string;
  database?: number;
  name?: string;
}

function create(server: TestServer, options: ClientOptions = {}) {
  return createClient({
    socket: { host: server.hostname, port: server.port, reconnectStrategy: 10 },
    RESP: 3,
    ...options,
  });
}

/** A connected client that is closed at the end of its scope. */
async function connect(server: TestServer, options: ClientOptions = {}) {
  const redis = create(server, options);
  redis.on("error", () => {});
  await redis.connect();
  return {
    redis,
    [Symbol.asyncDispose]() {
      redis.destroy();
      return Promise.resolve();
    },
  };
}

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis sets and gets text over RESP${RESP}`, async () => {
    await using server = await startRedlite();
    await using client = await connect(server, { RESP });
    const { redis } = client;
    assert.equal(await redis.set("greeting", "grüß dich"), "OK");
    assert.equal(await redis.get("greeting"), "grüß dich");
    assert.equal(await redis.get("missing"), null);
    assert.equal(await redis.set("greeting", "other", { condition: "NX" }), null);
    assert.deepEqual(await redis.mGet(["greeting", "missing"]), ["grüß dich", null]);
    assert.equal(await redis.incrBy("counter", 41), 41);
    assert.equal(await redis.incrByFloat("counter", 0.5), "41.5");
    assert.equal(await redis.del(["greeting", "counter"]), 2);
    await assert.rejects(redis.sendCommand(["NONSENSE"]), /ERR unknown command 'NONSENSE'/);
  });

  Deno.test(`node-redis keeps every byte of keys and values over RESP${RESP}`, async () => {
    await using server = await startRedlite();
    await using client = await connect(server, { RESP });
    const bytes = client.redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    await bytes.set(ALL_BYTES, ALL_BYTES);
    assert.deepEqual(await bytes.get(ALL_BYTES), ALL_BYTES);
    const big = Buffer.alloc(5_000_000, ALL_BYTES);
    await bytes.set("big", big);
    const read = await bytes.get("big");
    assert.ok(Buffer.isBuffer(read) && read.equals(big), "5 MB came back changed");
  });
}

Deno.test("node-redis gets a map from HELLO over RESP3", async () => {
  await using server = await startRedlite();
  await using client = await connect(server, { RESP: 3 });
  const hello = await client.redis.hello();
  assert.equal(hello.proto, 3);
  assert.equal(hello.role, "master");
  assert.equal(hello.mode, "standalone");
});

Deno.test("node-redis pipelines what is sent in one tick", async () => {
  await using server = await startRedlite();
  await using client = await connect(server);
  const { redis } = client;
  const counts = await Promise.all(Array.from({ length: 500 }, () => redis.incr("counter")));
  assert.deepEqual(counts, Array.from({ length: 500 }, (_, i) => i + 1));
});

Deno.test("node-redis sees expiries", async () => {
  await using server = await startRedlite();
  await using client = await connect(server);
  const { redis } = client;
  await redis.set("k", "v", { expiration: { type: "EX", value: 1000 } });
  const seconds = await redis.ttl("k");
  assert.ok(seconds > 990 && seconds <= 1000, `TTL is ${seconds}`);
  assert.equal(await redis.persist("k"), 1);
  assert.equal(await redis.ttl("k"), -1);
  assert.equal(await redis.pExpireAt("k", Date.now() - 1), 1);
  assert.equal(await redis.exists("k"), 0);
});

Deno.test("node-redis iterates over all keys", async () => {
  await using server = await startRedlite();
  await using client = await connect(server);
  const { redis } = client;
  const expected = Array.from({ length: 1000 }, (_, i) => `user:${i}`);
  await redis.mSet([...expected.map((key): [string, string] => [key, "v"]), ["other", "v"]]);
  const found = new Set<string>();
  for await (const keys of redis.scanIterator({ MATCH: "user:*", COUNT: 50, TYPE: "string" })) {
    for (const key of keys) found.add(key);
  }
  assert.deepEqual([...found].sort(), expected.sort());
});

Deno.test("node-redis works in the database it is told", async () => {
  await using server = await startRedlite();
  await using zero = await connect(server);
  await using three = await connect(server, { database: 3 });
  await three.redis.set("k", "in three");
  assert.equal(await zero.redis.get("k"), null);
  await zero.redis.select(3);
  assert.equal(await zero.redis.get("k"), "in three");
  assert.equal(await zero.redis.dbSize(), 1);
});

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis needs the password of a server that has one over RESP${RESP}`, async () => {
    await using server = await startRedlite({ password: "s3cret pass" });
    await using right = await connect(server, { RESP, password: "s3cret pass" });
    assert.equal(await right.redis.ping(), "PONG");

    const wrong = create(server, { RESP, password: "wrong" });
    const refused = once(wrong, "error").catch((error) => [error]);
    const connecting = wrong.connect().catch(() => {});
    assert.match(String((await refused)[0]), /WRONGPASS/);
    wrong.destroy();
    await connecting;
  });
}

Deno.test("node-redis names its connection", async () => {
  await using server = await startRedlite();
  await using client = await connect(server, { name: "billing" });
  const { redis } = client;
  assert.equal(await redis.clientGetName(), "billing");
  const info = await redis.clientInfo();
  assert.equal(info.name, "billing");
  assert.equal(info.db, 0);
  assert.match(info.addr, /^127\.0\.0\.1:\d+$/);
  await redis.clientSetName("renamed");
  assert.equal((await redis.clientInfo()).name, "renamed");
});

Deno.test("node-redis connects again after CLIENT KILL and goes on in its database", async () => {
  await using server = await startRedlite();
  await using killer = await connect(server);
  await using victim = await connect(server, { database: 2 });
  await victim.redis.set("k", "v");
  const id = await victim.redis.clientId();
  const back = new Promise((resolve) => victim.redis.once("ready", resolve));
  assert.equal(await killer.redis.clientKill({ filter: "ID", id }), 1);
  await back;
  assert.equal(await victim.redis.get("k"), "v");
  assert.notEqual(await victim.redis.clientId(), id);
});
