/** @deno/kv as it comes from npm, against KV Connect. */

import { type Kv, type KvU64, openKv } from "@deno/kv";
import { strict as assert } from "node:assert";
import { serve, type Served } from "../server/http/served.ts";

const TOKEN = "secret";

for (const version of [1, 2, 3] as const) {
  Deno.test(`version ${version} of the protocol`, async () => {
    await using server = await connect(version);
    const { kv } = server;
    const { versionstamp } = await kv.set(["a", 1], { text: "one" });
    assert.deepEqual(await kv.get(["a", 1]), {
      key: ["a", 1],
      value: { text: "one" },
      versionstamp,
    });
    const absent = { key: ["a", 1], versionstamp: null };
    assert.deepEqual(await kv.atomic().check(absent).set(["a", 2], 2).commit(), { ok: false });
    assert.ok(
      (await kv.atomic().check({ key: ["a", 1], versionstamp }).sum(["n"], 5n).commit()).ok,
    );
    const [n, none] = await kv.getMany<[KvU64, null]>([["n"], ["a", 2]]);
    assert.deepEqual([n.value?.value, none.value], [5n, null]);
    for (let i = 0; i < 250; i++) await kv.set(["list", i], i);
    const found: unknown[] = [];
    for await (const { value } of kv.list({ prefix: ["list"] }, { reverse: true })) {
      found.push(value);
    }
    assert.deepEqual(found, Array.from({ length: 250 }, (_, i) => 249 - i));
  });
}

Deno.test("keys are watched", async () => {
  await using server = await connect(3);
  const { kv } = server;
  await kv.set(["a"], 1);
  const watching = kv.watch<number[]>([["a"], ["b"]]).getReader();
  const seen = async () => (await watching.read()).value?.map(({ value }) => value);
  assert.deepEqual(await seen(), [1, null]);
  await kv.set(["b"], 2);
  assert.deepEqual(await seen(), [1, 2]);
  await kv.delete(["a"]);
  assert.deepEqual(await seen(), [null, 2]);
  await watching.cancel();
});

Deno.test("a wrong token is told", async () => {
  await using server = await serve({ password: TOKEN });
  await assert.rejects(
    openKv(server.url, { accessToken: "wrong", maxRetries: 0 }),
    /401 .*invalid or missing auth token/,
  );
});

Deno.test("a message for a queue is refused, for nobody could take it from there", async () => {
  await using server = await connect(3);
  await assert.rejects(server.kv.enqueue("message"), /400 Enqueue operations are not supported/);
});

async function connect(version: 1 | 2 | 3): Promise<Served & { readonly kv: Kv }> {
  const served = await serve({ password: TOKEN });
  const kv = await openKv(served.url, {
    accessToken: TOKEN,
    maxRetries: 0,
    supportedVersions: [version],
  });
  return {
    ...served,
    kv,
    async [Symbol.asyncDispose]() {
      kv.close();
      await served[Symbol.asyncDispose]();
    },
  };
}
