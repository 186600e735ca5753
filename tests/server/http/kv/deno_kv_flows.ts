/// <reference lib="deno.unstable" />
/** Deno's KV API against a database that is served. See deno_kv_test.ts. */

import { strict as assert } from "node:assert";
import { serve, type Served } from "../served.ts";

const PASSWORD = "secret-token";

type ServedKv = Served & { readonly kv: Deno.Kv };

async function open(path = ""): Promise<ServedKv> {
  const served = await serve({ password: PASSWORD });
  const kv = await Deno.openKv(served.url + path);
  return {
    ...served,
    kv,
    async [Symbol.asyncDispose]() {
      kv.close();
      await served[Symbol.asyncDispose]();
    },
  };
}

async function list(kv: Deno.Kv, selector: Deno.KvListSelector, options?: Deno.KvListOptions) {
  const found: unknown[] = [];
  for await (const { key, value } of kv.list(selector, options)) found.push([...key, value]);
  return found;
}

Deno.test("values of every kind come back as they went", async () => {
  await using server = await open();
  const { kv } = server;
  const values = [
    "text",
    "",
    1,
    -0.5,
    12n,
    true,
    null,
    undefined,
    new Date(0),
    { nested: [1, { a: new Map([[1, new Set(["x"])]]) }] },
    new Uint8Array([0, 255]),
    new Uint8Array(0),
    new Deno.KvU64(2n ** 64n - 1n),
    /x/g,
    "\u2028é😀".repeat(1000),
  ];
  for (const value of values) {
    const { versionstamp } = await kv.set(["value"], value);
    const entry = await kv.get(["value"]);
    assert.deepEqual(entry, { key: ["value"], value, versionstamp });
  }
});

Deno.test("keys have parts of every kind, and their order", async () => {
  await using server = await open("/kv");
  const { kv } = server;
  const parts = [
    new Uint8Array([0, 255, 0]),
    new Uint8Array([1]),
    "",
    "a\0b",
    "b",
    -(2n ** 70n),
    -5n,
    0n,
    255n,
    2n ** 70n,
    -Infinity,
    -1.5,
    0,
    1,
    1e300,
    false,
    true,
  ];
  for (const part of parts.toReversed()) await kv.set(["k", part], "v");
  const found = await list(kv, { prefix: ["k"] });
  assert.deepEqual(found, parts.map((part) => ["k", part, "v"]));
});

Deno.test("versionstamps are ten bytes and grow with each write", async () => {
  await using server = await open();
  const { kv } = server;
  assert.deepEqual(await kv.get(["none"]), { key: ["none"], value: null, versionstamp: null });
  const first = await kv.set(["a"], 1);
  await kv.delete(["a"]);
  const second = await kv.set(["b"], 1);
  assert.match(first.versionstamp, /^[0-9a-f]{20}$/);
  assert.ok(second.versionstamp > first.versionstamp);
  assert.equal((await kv.get(["a"])).value, null);
});

Deno.test("getMany reads a moment, in the order of the keys asked for", async () => {
  await using server = await open();
  const { kv } = server;
  await kv.atomic().set(["a"], 1).set(["b"], 2).commit();
  const [b, none, a] = await kv.getMany<[number, number, number]>([["b"], ["none"], ["a"]], {
    consistency: "eventual",
  });
  assert.deepEqual([b?.value, none?.value, a?.value], [2, null, 1]);
  assert.equal(a?.versionstamp, b?.versionstamp);
});

Deno.test("list goes by prefix and range, both ways, with limits, cursors and batches", async () => {
  await using server = await open();
  const { kv } = server;
  for (let i = 0; i < 10; i++) await kv.set(["n", i], i);
  await kv.set(["m"], "before");
  await kv.set(["n"], "the prefix itself is not in it");
  await kv.set(["o", 1], "after");
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ["n", from + i, from + i]);
  assert.deepEqual(await list(kv, { prefix: ["n"] }), numbers(0, 10));
  assert.deepEqual(await list(kv, { prefix: ["n"], start: ["n", 4] }), numbers(4, 10));
  assert.deepEqual(await list(kv, { prefix: ["n"], end: ["n", 4] }), numbers(0, 4));
  assert.deepEqual(await list(kv, { start: ["n", 2], end: ["n", 5] }), numbers(2, 5));
  assert.deepEqual(
    await list(kv, { prefix: ["n"] }, { reverse: true, limit: 3, batchSize: 2 }),
    numbers(7, 10).reverse(),
  );
  const first = kv.list<number>({ prefix: ["n"] }, { limit: 4, batchSize: 1 });
  const seen: number[] = [];
  for await (const { value } of first) seen.push(value);
  const rest = kv.list<number>({ prefix: ["n"] }, { cursor: first.cursor, batchSize: 500 });
  for await (const { value } of rest) seen.push(value);
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await list(kv, { prefix: ["nobody"] }), []);
});

Deno.test("a write whose check fails changes nothing", async () => {
  await using server = await open();
  const { kv } = server;
  const absent = { key: ["k"], versionstamp: null };
  const created = await kv.atomic().check(absent).set(["k"], 1).commit();
  assert.ok(created.ok);
  assert.deepEqual(await kv.atomic().check(absent).set(["k"], 2).set(["l"], 2).commit(), {
    ok: false,
  });
  assert.deepEqual([(await kv.get(["k"])).value, (await kv.get(["l"])).value], [1, null]);
  const current = await kv.get(["k"]);
  assert.ok((await kv.atomic().check(current).delete(["k"]).commit()).ok);
  assert.ok(!(await kv.atomic().check(current).set(["k"], 3).commit()).ok);
});

Deno.test("sums, minima and maxima are of 64 bits, and in the order of the write", async () => {
  await using server = await open();
  const { kv } = server;
  await kv.atomic().sum(["n"], 5n).sum(["n"], 2n ** 64n - 1n).min(["least"], 7n).min(["least"], 3n)
    .max(["most"], 7n).max(["most"], 9n).commit();
  const values = await kv.getMany<Deno.KvU64[]>([["n"], ["least"], ["most"]]);
  assert.deepEqual(values.map((entry) => entry.value?.value), [4n, 3n, 9n]);
  await kv.set(["text"], "no number");
  await assert.rejects(
    kv.atomic().set(["other"], 1).sum(["text"], 1n).commit(),
    /Failed to perform 'sum' mutation on a non-U64 value in the database/,
  );
  assert.equal((await kv.get(["other"])).value, null);
});

Deno.test("a key may end with the versionstamp of the write that makes it", async () => {
  await using server = await open();
  const { kv } = server;
  const written = await kv.set(["log", kv.commitVersionstamp()], "entry");
  assert.deepEqual(await list(kv, { prefix: ["log"] }), [["log", written.versionstamp, "entry"]]);
});

Deno.test("of clients that race on a check one wins", async () => {
  await using server = await open();
  await using others = new AsyncDisposableStack();
  const clients = [server.kv];
  for (let i = 0; i < 3; i++) {
    const kv = await Deno.openKv(server.url);
    others.defer(() => kv.close());
    clients.push(kv);
  }
  const key = ["counter"];
  await server.kv.set(key, 0);
  await Promise.all(clients.map(async (kv) => {
    for (let done = 0; done < 20;) {
      const entry = await kv.get<number>(key);
      const outcome = await kv.atomic().check(entry).set(key, entry.value! + 1).commit();
      if (outcome.ok) done++;
    }
  }));
  assert.equal((await server.kv.get(key)).value, 80);
});

Deno.test("a pair is gone when its time is over", async () => {
  await using server = await open();
  const { kv } = server;
  const watching = kv.watch([["short"]]).getReader();
  await watching.read();
  await kv.set(["short"], 1, { expireIn: 300 });
  await kv.set(["long"], 1, { expireIn: 60_000 });
  assert.equal((await watching.read()).value?.[0].value, 1);
  assert.equal((await watching.read()).value?.[0].value, null);
  assert.equal((await kv.get(["short"])).value, null);
  assert.equal((await kv.get(["long"])).value, 1);
  await watching.cancel();
});

Deno.test("who watches sees what keys become", async () => {
  await using server = await open();
  const { kv } = server;
  const other = await Deno.openKv(server.url);
  await kv.set(["a"], 1);
  const watching = kv.watch<number[]>([["a"], ["b"]]).getReader();
  const seen = async () => (await watching.read()).value?.map(({ value }) => value);
  assert.deepEqual(await seen(), [1, null]);
  await other.set(["unwatched"], 1);
  await other.set(["b"], 2);
  assert.deepEqual(await seen(), [1, 2]);
  await other.atomic().delete(["a"]).set(["b"], 3).commit();
  assert.deepEqual(await seen(), [null, 3]);
  await watching.cancel();
  other.close();
});

Deno.test("a write may be as large as the limits let it", async () => {
  await using server = await open();
  const { kv } = server;
  const batch = kv.atomic();
  for (let i = 0; i < 100; i++) batch.check({ key: ["c", i], versionstamp: null });
  for (let i = 0; i < 1000; i++) batch.set(["many", i], "x".repeat(700));
  assert.ok((await batch.commit()).ok);
  assert.equal((await list(kv, { prefix: ["many"] }, { batchSize: 1000 })).length, 1000);
  const value = new Uint8Array(65536).fill(7);
  const key = ["x".repeat(2046)];
  await kv.set(key, value);
  assert.deepEqual((await kv.get(key)).value, value);
});

Deno.test("messages cannot be put in a queue, which Deno says itself", async () => {
  await using server = await open();
  await assert.rejects(server.kv.enqueue("message"), /not supported in KV Connect/);
});

Deno.test("a wrong token is refused", async () => {
  await using server = await serve({ password: "another" });
  await assert.rejects(Deno.openKv(`${server.url}/kv`), /401 Unauthorized: Invalid access token/);
});

Deno.test("pairs and keys of Redis know nothing of each other", async () => {
  await using server = await open();
  const { kv, db } = server;
  await kv.set(["k"], "pair");
  db.set("k", "string");
  assert.equal(db.dbsize(), 1);
  db.flushall();
  assert.equal((await kv.get(["k"])).value, "pair");
});
