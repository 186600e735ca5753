/** What was written by KV Connect stays written. */

import { type Kv, type KvU64, openKv } from "@deno/kv";
import { strict as assert } from "node:assert";
import { startRedlite, temporaryDirectory, type TestServer } from "../../../harness/servers.ts";

const PASSWORD = "secret-token";

function start(directory: string, ...more: string[]): Promise<TestServer> {
  return startRedlite({
    directory,
    password: PASSWORD,
    args: ["--http", "0", ...more],
    appendfsync: "always",
  });
}

/** A client that does not try again. */
const connect = ({ httpUrl }: TestServer): Promise<Kv> =>
  openKv(httpUrl, { accessToken: PASSWORD, maxRetries: 0 });

async function databaseId({ httpUrl }: TestServer): Promise<string> {
  const response = await fetch(httpUrl!, {
    method: "POST",
    headers: { authorization: `Bearer ${PASSWORD}` },
    body: JSON.stringify({ supportedVersions: [3] }),
  });
  return (await response.json()).databaseId;
}

Deno.test("pairs, versionstamps and the database's id outlive a restart", async () => {
  await using directory = await temporaryDirectory();
  const stamps: string[] = [];
  const ids = new Set<string>();
  for (const round of [0, 1]) {
    await using server = await start(directory.path);
    const kv = await connect(server);
    assert.equal((await kv.get(["round"])).value, round === 0 ? null : 0);
    stamps.push((await kv.set(["round"], round)).versionstamp);
    ids.add(await databaseId(server));
    kv.close();
  }
  assert.ok(stamps[0]! < stamps[1]!);
  assert.equal(ids.size, 1);
});

for (const more of [[], ["--write-behind", "yes"]]) {
  Deno.test(`what is acknowledged outlives kill -9 ${more.join(" ")}`, async () => {
    await using directory = await temporaryDirectory();
    let acknowledged = -1;
    {
      await using server = await start(directory.path, ...more);
      const kv = await connect(server);
      const redis = await server.connect();
      const enough = Promise.withResolvers<void>();
      const writing = (async () => {
        for (let i = 0;; i++) {
          await redis.send("SET", "beside", String(i));
          await kv.atomic().set(["a"], i).set(["b"], i).sum(["writes"], 1n).commit();
          acknowledged = i;
          if (i === 100) enough.resolve();
        }
      })();
      const ended = assert.rejects(writing);
      await enough.promise;
      await server.kill9();
      await ended;
      kv.close();
      redis.close();
    }
    await using server = await start(directory.path, ...more);
    const kv = await connect(server);
    const [a, b, writes] = await kv.getMany<[number, number, KvU64]>([["a"], ["b"], ["writes"]]);
    assert.ok(a.value! >= acknowledged);
    // All of a write is there, or none of it.
    assert.equal(b.value, a.value);
    assert.equal(writes.value?.value, BigInt(a.value!) + 1n);
    assert.equal(a.versionstamp, b.versionstamp);
    assert.ok((await kv.set(["a"], 0)).versionstamp > a.versionstamp!);
    kv.close();
  });
}
