/** Search through client libraries: npm:redis and its search package, and ioredis's raw commands. */

import { strict as assert } from "node:assert";
import { Redis } from "ioredis";
import { createClient, SCHEMA_FIELD_TYPE } from "redis";
import { startRedlite } from "../harness/servers.ts";

Deno.test("npm:redis makes, searches, changes and drops indexes", async () => {
  await using server = await startRedlite();
  const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP: 2 });
  await client.connect();
  try {
    const { ft } = client;
    assert.equal(
      await ft.create("idx:animals", {
        name: { type: SCHEMA_FIELD_TYPE.TEXT, SORTABLE: true },
        species: SCHEMA_FIELD_TYPE.TAG,
        age: { type: SCHEMA_FIELD_TYPE.NUMERIC, SORTABLE: true },
      }, { ON: "HASH", PREFIX: "noderedis:animals" }),
      "OK",
    );
    await Promise.all([
      client.hSet("noderedis:animals:1", { name: "Fluffy", species: "cat", age: 3 }),
      client.hSet("noderedis:animals:2", { name: "Ginger", species: "cat", age: 4 }),
      client.hSet("noderedis:animals:3", { name: "Rover", species: "dog", age: 9 }),
    ]);
    assert.deepEqual(await ft._list(), ["idx:animals"]);
    assert.deepEqual(await ft.tagVals("idx:animals", "species"), ["cat", "dog"]);
    assert.equal(await ft.aliasAdd("animals", "idx:animals"), "OK");
    assert.equal(await ft.aliasUpdate("animals", "idx:animals"), "OK");
    const found = await ft.search("animals", "@species:{cat}", {
      SORTBY: { BY: "age", DIRECTION: "DESC" },
      LIMIT: { from: 0, size: 10 },
      RETURN: ["name", "age"],
    });
    assert.equal(found.total, 2);
    assert.deepEqual(
      found.documents.map(({ id, value }) => [id, { ...value }]),
      [
        ["noderedis:animals:2", { name: "Ginger", age: "4" }],
        ["noderedis:animals:1", { name: "Fluffy", age: "3" }],
      ],
    );
    const keys = await ft.searchNoContent("animals", "@age:[$from +inf]", {
      PARAMS: { from: "4" },
      DIALECT: 2,
    });
    assert.deepEqual({ ...keys, documents: [...keys.documents].sort() }, {
      total: 2,
      documents: ["noderedis:animals:2", "noderedis:animals:3"],
    });
    const info = await ft.info("idx:animals");
    assert.equal(info.index_name, "idx:animals");
    assert.equal(Number(info.num_docs), 3);
    assert.equal(
      await ft.alter("idx:animals", { sound: { type: SCHEMA_FIELD_TYPE.TEXT } }),
      "OK",
    );
    await client.hSet("noderedis:animals:3", "sound", "woof");
    const { length } = await ft.explain("animals", "@sound:woof | purr");
    assert.ok(length > 0);
    assert.equal(await ft.synUpdate("idx:animals", "group", ["cat", "kitten"]), "OK");
    assert.deepEqual({ ...await ft.synDump("idx:animals") }, {
      cat: ["group"],
      kitten: ["group"],
    });
    assert.equal(await ft.dictAdd("dict", ["a", "b"]), 2);
    assert.deepEqual([...await ft.dictDump("dict")].sort(), ["a", "b"]);
    assert.equal(await ft.dictDel("dict", ["a"]), 1);
    assert.equal(await ft.configSet("TIMEOUT", "400"), "OK");
    assert.deepEqual({ ...await ft.configGet("TIMEOUT") }, { TIMEOUT: "400" });
    assert.equal(await ft.aliasDel("animals"), "OK");
    assert.equal(await ft.dropIndex("idx:animals", { DD: true }), "OK");
    assert.equal(await client.exists("noderedis:animals:1"), 0);
    await assert.rejects(ft.search("idx:animals", "*"), /no such index/i);
  } finally {
    await client.close();
  }
});

Deno.test("npm:redis has results of searches as maps in RESP3", async () => {
  await using server = await startRedlite();
  const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP: 3 });
  await client.connect();
  try {
    await client.ft.create("idx", { t: SCHEMA_FIELD_TYPE.TEXT }, { ON: "HASH", PREFIX: "d:" });
    await client.hSet("d:1", { t: "hello" });
    const found = await client.sendCommand(["FT.SEARCH", "idx", "hello"]);
    assert.deepEqual(JSON.parse(JSON.stringify(found)), {
      attributes: [],
      format: "STRING",
      results: [{ id: "d:1", extra_attributes: { t: "hello" }, values: [] }],
      total_results: 1,
      warning: [],
    });
    assert.deepEqual(await client.ft._list(), ["idx"]);
    assert.equal(await client.ft.sugAdd("sug", "hello", 1), 1);
    assert.deepEqual(await client.ft.sugGet("sug", "he"), ["hello"]);
  } finally {
    await client.close();
  }
});

Deno.test("npm:redis searches JSON documents", async () => {
  await using server = await startRedlite();
  const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP: 2 });
  await client.connect();
  try {
    await client.ft.create("idx:users", {
      "$.name": { type: SCHEMA_FIELD_TYPE.TEXT, SORTABLE: "UNF" },
      "$.age": { type: SCHEMA_FIELD_TYPE.NUMERIC, AS: "age" },
      "$.coins": { type: SCHEMA_FIELD_TYPE.NUMERIC, AS: "coins" },
      "$.email": { type: SCHEMA_FIELD_TYPE.TAG, AS: "email" },
    }, { ON: "JSON", PREFIX: "users:" });
    await client.json.set("users:1", "$", {
      name: "Alice",
      age: 32,
      coins: 100,
      email: "alice@example.org",
    });
    await client.json.set("users:2", "$", { name: "Bob", age: 23, coins: 15, email: "b@x.org" });
    const found = await client.ft.search("idx:users", "@age:[30 +inf]");
    assert.equal(found.total, 1);
    assert.deepEqual({ ...found.documents[0]?.value }, {
      name: "Alice",
      age: 32,
      coins: 100,
      email: "alice@example.org",
    });
    const mail = await client.ft.search("idx:users", "@email:{alice\\@example\\.org}", {
      RETURN: ["age"],
    });
    assert.deepEqual({ ...mail.documents[0]?.value }, { age: "32" });
  } finally {
    await client.close();
  }
});

Deno.test("ioredis sends search commands by their names, in pipelines and transactions too", async () => {
  await using server = await startRedlite();
  const client = new Redis(server.port);
  try {
    const words = "idx PREFIX 1 d: SCHEMA t TEXT SORTABLE g TAG n NUMERIC SORTABLE".split(" ");
    assert.equal(await client.call("FT.CREATE", ...words), "OK");
    await client.hset("d:1", { t: "hello world", g: "a,b", n: 1 });
    await client.hset("d:2", { t: "hello there", g: "b", n: 2 });
    assert.deepEqual(await client.call("FT.SEARCH", "idx", "hello", "SORTBY", "n", "DESC"), [
      2,
      "d:2",
      ["n", "2", "t", "hello there", "g", "b"],
      "d:1",
      ["n", "1", "t", "hello world", "g", "a,b"],
    ]);
    const grouped = "idx * GROUPBY 1 @g REDUCE COUNT 0 AS c SORTBY 1 @g".split(" ");
    assert.deepEqual(await client.call("FT.AGGREGATE", ...grouped), [
      2,
      ["g", "a,b", "c", "1"],
      ["g", "b", "c", "1"],
    ]);
    const first = await client.call(
      ...["FT.AGGREGATE", "idx", "*", "SORTBY", "1", "@n", "WITHCURSOR", "COUNT", "1"] as const,
    );
    assert.ok(Array.isArray(first));
    assert.deepEqual(first[0], [2, ["n", "1"]]);
    const second = await client.call("FT.CURSOR", "READ", "idx", String(first[1]), "COUNT", "5");
    assert.ok(Array.isArray(second));
    assert.equal(second[1], 0);
    assert.deepEqual(await client.call("FT.SUGADD", "sug", "hello", "1"), 1);
    assert.deepEqual(await client.call("FT.SUGGET", "sug", "hel"), ["hello"]);
    const replies = await client.multi()
      .hset("d:3", { t: "hello you", g: "c", n: 3 })
      .call("FT.SEARCH", "idx", "you", "NOCONTENT")
      .call("FT.TAGVALS", "idx", "g")
      .exec();
    assert.deepEqual(replies?.slice(1), [[null, [1, "d:3"]], [null, ["a", "b", "c"]]]);
    await assert.rejects(client.call("FT.SEARCH", "idx", "@t:("), /Syntax error at offset/);
  } finally {
    client.disconnect();
  }
});
