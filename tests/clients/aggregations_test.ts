import { strict as assert } from "node:assert";
import { Redis } from "ioredis";
import {
  createClient,
  FT_AGGREGATE_GROUP_BY_REDUCERS as REDUCERS,
  FT_AGGREGATE_STEPS as STEPS,
  SCHEMA_FIELD_TYPE,
} from "redis";
import { startRedlite } from "../harness/servers.ts";

Deno.test("the search package of npm:redis aggregates, corrects and highlights", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  const client = createClient({ socket: { port: server.port }, RESP: 2 });
  await client.connect();
  try {
    await client.ft.create("cars", {
      name: SCHEMA_FIELD_TYPE.TEXT,
      color: { type: SCHEMA_FIELD_TYPE.TAG, SORTABLE: true },
      price: { type: SCHEMA_FIELD_TYPE.NUMERIC, SORTABLE: true },
    }, { ON: "HASH", PREFIX: "car:" });
    const all = [["red", 10], ["red", 20], ["blue", 5]] as const;
    for (const [i, [color, price]] of all.entries()) {
      await client.hSet(`car:${i}`, { name: "a fast car", color, price: String(price) });
    }
    const grouped = await client.ft.aggregate("cars", "*", {
      STEPS: [
        {
          type: STEPS.GROUPBY,
          properties: "@color",
          REDUCE: [
            { type: REDUCERS.SUM, property: "@price", AS: "total" },
            { type: REDUCERS.COUNT, AS: "n" },
          ],
        },
        { type: STEPS.SORTBY, BY: { BY: "@total", DIRECTION: "DESC" } },
        { type: STEPS.APPLY, expression: "@total / @n", AS: "mean" },
      ],
    });
    assert.equal(grouped.total, 2);
    assert.deepEqual(grouped.results.map((row) => ({ ...row })), [
      { color: "red", total: "30", n: "2", mean: "15" },
      { color: "blue", total: "5", n: "1", mean: "5" },
    ]);
    const first = await client.ft.aggregateWithCursor("cars", "*", { COUNT: 2 });
    assert.equal(first.results.length, 2);
    const rest = await client.ft.cursorRead("cars", first.cursor);
    assert.deepEqual([rest.results.length, rest.cursor], [1, 0]);
    const corrections = await client.ft.spellCheck("cars", "fsat", { DISTANCE: 2 });
    assert.equal(corrections[0]?.suggestions[0]?.suggestion, "fast");
    const profile = await client.ft.profileSearch("cars", "fast");
    assert.equal(profile.results.total, 3);
    const highlighted = await client.ft.search("cars", "fast", {
      HIGHLIGHT: { TAGS: { open: "[", close: "]" } },
      LIMIT: { from: 0, size: 1 },
    });
    assert.equal(highlighted.documents[0]?.value["name"], "a [fast] car");
  } finally {
    await client.close();
  }
});

for (const RESP of [2, 3] as const) {
  Deno.test(`the search package of npm:redis keeps suggestions and words over RESP${RESP}`, async () => {
    await using server = await startRedlite({ appendfsync: "no" });
    const client = createClient({ socket: { port: server.port }, RESP, unstableResp3: true });
    await client.connect();
    try {
      assert.equal(await client.ft.sugAdd("titles", "dune", 1), 1);
      assert.equal(await client.ft.sugAdd("titles", "dunkirk", 2, { PAYLOAD: "p" }), 2);
      assert.deepEqual(await client.ft.sugGet("titles", "du"), ["dunkirk", "dune"]);
      const scored = await client.ft.sugGetWithScores("titles", "du", { FUZZY: true, MAX: 1 });
      assert.equal(scored?.[0]?.suggestion, "dunkirk");
      const payloads = await client.ft.sugGetWithPayloads("titles", "du");
      assert.deepEqual(payloads?.map(({ payload }) => payload), ["p", null]);
      assert.equal(await client.ft.sugLen("titles"), 2);
      assert.equal(await client.ft.sugDel("titles", "dune"), 1);
      assert.equal(await client.ft.dictAdd("words", ["a", "b"]), 2);
      assert.equal(await client.ft.dictDel("words", "a"), 1);
      assert.deepEqual([...await client.ft.dictDump("words")], ["b"]);
    } finally {
      await client.close();
    }
  });
}

Deno.test("npm:ioredis aggregates by raw commands", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  const client = new Redis({ port: server.port });
  try {
    await client.call("FT.CREATE", "i", "SCHEMA", "n", "NUMERIC", "SORTABLE");
    const pipeline = client.pipeline();
    for (let i = 0; i < 50; i++) pipeline.hset(`d${i}`, "n", i % 5);
    await pipeline.exec();
    const words = "i * GROUPBY 1 @n REDUCE COUNT 0 AS c SORTBY 2 @n DESC LIMIT 0 2".split(" ");
    const reply = await client.call("FT.AGGREGATE", words);
    assert.deepEqual(reply, [5, ["n", "4", "c", "10"], ["n", "3", "c", "10"]]);
  } finally {
    client.disconnect();
  }
});
