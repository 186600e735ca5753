import { strict as assert } from "node:assert";
import { Cluster } from "ioredis";
import { startRedlite } from "../harness/servers.ts";

Deno.test("ioredis's client for clusters works with a cluster of one node", async () => {
  await using server = await startRedlite({ args: ["--cluster-enabled", "yes"] });
  const cluster = new Cluster([{ host: "127.0.0.1", port: server.port }], {
    slotsRefreshTimeout: 10_000,
  });
  try {
    await cluster.set("a", "1");
    assert.deepEqual(await Promise.all([cluster.get("a"), cluster.incr("b")]), ["1", 1]);
    const [first, second] = await cluster.multi().set("{x}a", "1").get("{x}a").exec() ?? [];
    assert.deepEqual([first, second], [[null, "OK"], [null, "1"]]);
    assert.deepEqual(await cluster.mget("{x}a", "{x}b"), ["1", null]);
    await assert.rejects(cluster.mget("a", "b"), /CROSSSLOT/);
    const received = new Promise<string[]>((resolve) => {
      cluster.on("message", (channel, message) => resolve([channel, message]));
    });
    await cluster.subscribe("news");
    await cluster.publish("news", "of today");
    assert.deepEqual(await received, ["news", "of today"]);
    assert.deepEqual(cluster.nodes("master").length, 1);
  } finally {
    cluster.disconnect();
  }
});
