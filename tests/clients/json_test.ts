/** JSON documents through client libraries: npm:redis and its JSON package, and ioredis's raw commands. */

import { strict as assert } from "node:assert";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { startRedlite } from "../harness/servers.ts";

for (const RESP of [2, 3] as const) {
  Deno.test(`npm:redis sets, reads and changes documents, in RESP${RESP}`, async () => {
    await using server = await startRedlite();
    const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP });
    await client.connect();
    try {
      const { json } = client;
      assert.equal(
        await json.set("d", "$", { a: { n: 1, f: 1.5 }, l: [1, "two"], s: "x", t: true }),
        "OK",
      );
      assert.equal(await json.set("d", "$.a", 1, { NX: true }), null);
      assert.deepEqual(await json.get("d", { path: "$.l" }), [[1, "two"]]);
      assert.deepEqual(await json.get("d", { path: ["$.s", "$.t"] }), {
        "$.s": ["x"],
        "$.t": [true],
      });
      assert.deepEqual(await json.mGet(["d", "none"], "$.a.n"), [[1], null]);
      assert.deepEqual(await json.numIncrBy("d", "$.a.*", 2), [3, 3.5]);
      assert.deepEqual(await json.numMultBy("d", "$.a.n", 2), [6]);
      assert.deepEqual(await json.arrAppend("d", "$.l", { three: 3 }, null), [4]);
      assert.deepEqual(await json.arrIndex("d", "$.l", "two"), [1]);
      assert.deepEqual(await json.arrInsert("d", "$.l", 0, 0), [5]);
      assert.deepEqual(await json.arrLen("d", { path: "$.l" }), [5]);
      assert.deepEqual(await json.arrPop("d", { path: "$.l", index: 0 }), [0]);
      assert.deepEqual(await json.arrTrim("d", "$.l", 0, 1), [2]);
      assert.deepEqual(await json.objKeys("d", { path: "$.a" }), [["n", "f"]]);
      assert.deepEqual(await json.objLen("d", { path: "$.a" }), [2]);
      assert.deepEqual(await json.strAppend("d", "yz", { path: "$.s" }), [3]);
      assert.deepEqual(await json.strLen("d", { path: "$.s" }), [3]);
      assert.deepEqual(await json.toggle("d", "$.t"), [0]);
      assert.deepEqual([await json.type("d", { path: "$.a.f" })].flat(2), ["number"]);
      assert.equal(await json.merge("d", "$.a", { n: null, m: 1 }), "OK");
      assert.equal(
        await json.mSet([{ key: "e", path: "$", value: [1] }, {
          key: "d",
          path: "$.s",
          value: "",
        }]),
        "OK",
      );
      assert.equal(await json.clear("d", { path: "$.l" }), 1);
      assert.equal(await json.del("d", { path: "$.t" }), 1);
      assert.deepEqual(await json.get("d"), { a: { f: 3.5, m: 1 }, l: [], s: "" });
      assert.equal(await json.forget("e"), 1);
      assert.equal(await json.get("e"), null);
    } finally {
      await client.close();
    }
  });
}

Deno.test("ioredis sends JSON commands by their names", async () => {
  await using server = await startRedlite();
  const client = new Redis(server.port);
  try {
    assert.equal(await client.call("JSON.SET", "d", "$", '{"n":1,"l":[1,2]}'), "OK");
    assert.equal(await client.call("JSON.NUMINCRBY", "d", "$.n", 2), "[3]");
    assert.deepEqual(await client.call("JSON.ARRAPPEND", "d", "$.l", "3"), [3]);
    const replies = await client.pipeline().call("JSON.GET", "d", "$.l").call(
      "JSON.TYPE",
      "d",
      ".n",
    ).exec();
    assert.deepEqual(replies, [[null, "[[1,2,3]]"], [null, "integer"]]);
    const outcome = await client.multi().call("JSON.DEL", "d", "$.l").call("JSON.GET", "d").exec();
    assert.deepEqual(outcome, [[null, 1], [null, '{"n":3}']]);
    await assert.rejects(
      client.call("JSON.SET", "d", "$", "{"),
      /EOF while parsing an object at line 1 column 1/,
    );
  } finally {
    client.disconnect();
  }
});
