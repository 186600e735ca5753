/** Streams and consumer groups by unmodified clients, a consumer of which dies in the middle of its work. */

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { startRedlite, type TestServer } from "../harness/servers.ts";

type IoEntry = [id: string, fields: string[]];

Deno.test("ioredis works in a group, and gets what a killed consumer left", async () => {
  await using server = await startRedlite();
  const connect = () => new Redis({ host: server.hostname, port: server.port });
  const redis = connect(), doomed = connect();
  try {
    await redis.xgroup("CREATE", "jobs", "workers", "$", "MKSTREAM");
    const reading = doomed.xreadgroup(
      "GROUP",
      "workers",
      "doomed",
      "COUNT",
      10,
      "BLOCK",
      0,
      "STREAMS",
      "jobs",
      ">",
    ) as Promise<[string, IoEntry[]][]>;
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(String(await redis.xadd("jobs", "*", "n", i)));
    const [[, first]] = await reading as [[string, IoEntry[]]];
    assert.deepEqual(first[0], [ids[0], ["n", "0"]]);
    const left = await doomed.xreadgroup("GROUP", "workers", "doomed", "STREAMS", "jobs", ">") as
      | [string, IoEntry[]][]
      | null;
    const given = [...first, ...left?.[0]?.[1] ?? []].map(([id]) => id);
    assert.deepEqual(given, ids);
    assert.equal(await doomed.xack("jobs", "workers", ids[0]!), 1);
    const gone = once(doomed, "end");
    doomed.disconnect();
    await gone;

    const [count, lowest, highest, consumers] = await redis.xpending(
      "jobs",
      "workers",
    ) as unknown[];
    assert.deepEqual([count, lowest, highest], [4, ids[1], ids[4]]);
    assert.deepEqual(consumers, [["doomed", "4"]]);
    const [cursor, claimed] = await redis.xautoclaim(
      ...["jobs", "workers", "heir", 0, "0", "COUNT", 3] as const,
    ) as [string, IoEntry[]];
    assert.equal(cursor, ids[4]);
    assert.deepEqual(claimed.map(([id, fields]) => [id, fields[1]]), [
      [ids[1], "1"],
      [ids[2], "2"],
      [ids[3], "3"],
    ]);
    const rest = await redis.xclaim("jobs", "workers", "heir", 0, ids[4]!) as IoEntry[];
    assert.equal(rest.length, 1);
    assert.equal(await redis.xack("jobs", "workers", ...ids), 4);
    assert.equal(await redis.xlen("jobs"), 5);
    assert.deepEqual((await redis.xrange("jobs", "-", "+", "COUNT", 1)).map(([id]) => id), [
      ids[0],
    ]);
    assert.equal(await redis.xtrim("jobs", "MAXLEN", 2), 3);
    const info = await redis.xinfo("GROUPS", "jobs") as unknown[][];
    assert.equal(info[0]?.[info[0].indexOf("lag") + 1], 0);
  } finally {
    for (const client of [redis, doomed]) {
      if (client.status === "end") continue;
      const ended = once(client, "end");
      client.disconnect();
      await ended;
    }
  }
});

async function nodeRedis(server: TestServer, RESP: 2 | 3) {
  const client = createClient({
    socket: { host: server.hostname, port: server.port },
    RESP,
    // Reads of streams over RESP3 are called unstable by the client.
    unstableResp3: true,
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

interface NodeEntry {
  id: string;
  message: Record<string, string>;
}

/** The entries of the one stream that was read: over RESP3 the client leaves replies as they are. */
function entries(reply: unknown): NodeEntry[] {
  if (reply === null) return [];
  if (reply instanceof Array) return (reply as { messages: NodeEntry[] }[])[0]?.messages ?? [];
  const [raw = []] = Object.values(reply as Record<string, [string, string[]][]>);
  return raw.map(([id, flat]) => {
    const message: Record<string, string> = {};
    for (let i = 0; i < flat.length; i += 2) message[flat[i] ?? ""] = flat[i + 1] ?? "";
    return { id, message };
  });
}

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis works in a group, and gets what a killed consumer left, over RESP${RESP}`, async () => {
    await using server = await startRedlite();
    const redis = await nodeRedis(server, RESP), doomed = await nodeRedis(server, RESP);
    try {
      await redis.xGroupCreate("jobs", "workers", "0", { MKSTREAM: true });
      const ids: string[] = [];
      for (let i = 0; i < 4; i++) {
        ids.push(await redis.xAdd("jobs", "*", { n: String(i), of: "4" }));
      }
      const read = entries(
        await doomed.xReadGroup("workers", "doomed", { key: "jobs", id: ">" }, { COUNT: 3 }),
      );
      assert.deepEqual(read.map(({ id }) => id), ids.slice(0, 3));
      assert.deepEqual({ ...read[0]?.message }, { n: "0", of: "4" });
      assert.equal(await doomed.xAck("jobs", "workers", ids[0]!), 1);
      doomed.destroy();

      const pending = await redis.xPending("jobs", "workers");
      assert.deepEqual([pending.pending, pending.firstId, pending.lastId], [2, ids[1], ids[2]]);
      const claimed = await redis.xAutoClaim("jobs", "workers", "heir", 0, "0-0");
      assert.equal(claimed.nextId, "0-0");
      assert.deepEqual(claimed.messages.map((entry) => entry?.id), ids.slice(1, 3));
      const details = await redis.xPendingRange("jobs", "workers", "-", "+", 10);
      assert.deepEqual(
        details.map(({ id, consumer, deliveriesCounter }) => [id, consumer, deliveriesCounter]),
        [[ids[1], "heir", 2], [ids[2], "heir", 2]],
      );
      assert.equal(await redis.xAck("jobs", "workers", ids), 2);
      const [group] = await redis.xInfoGroups("jobs");
      assert.deepEqual([group?.name, group?.consumers, group?.pending, group?.lag], [
        ...["workers", 2, 0, 1],
      ]);
      const waiting = redis.xRead({ key: "jobs", id: "$" }, { BLOCK: 0 });
      const other = await nodeRedis(server, RESP);
      const added = await other.xAdd("jobs", "*", { n: "last" });
      assert.deepEqual(entries(await waiting).map(({ id }) => id), [added]);
      other.destroy();
    } finally {
      redis.destroy();
      if (doomed.isOpen) doomed.destroy();
    }
  });
}
