/** What commands on keys of any type do with documents. */

import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { words } from "./same.ts";

const LARGE = JSON.stringify(
  Array.from({ length: 2000 }, (_, i) => ({ id: i, name: `name ${i}`, price: i + 0.5 })),
);

/** Asks a line; the reply as the harness's `format` writes it. */
async function ask(client: RespClient, line: string): Promise<string> {
  return format(await client.send(...words(line)));
}

const redlite = shareServer("redlite", startRedlite);

async function withServer(body: (client: RespClient) => Promise<void>): Promise<void> {
  const server = await redlite();
  await using client = await server.connect();
  await body(client);
}

Deno.test("TYPE, OBJECT ENCODING and KEYINFO know documents", () =>
  withServer(async (client) => {
    await client.send("JSON.SET", "small", "$", '{"a":1}');
    await client.send("JSON.SET", "large", "$", LARGE);
    assert.equal(await ask(client, "TYPE small"), "+ReJSON-RL");
    assert.equal(
      await ask(client, "SCAN 0 TYPE ReJSON-RL COUNT 100"),
      await ask(client, "SCAN 0 COUNT 100"),
    );
    assert.equal(await ask(client, "OBJECT ENCODING large"), '"raw"');
    assert.match(await ask(client, "KEYINFO small"), /"length", :7, "bytes", :7,/);
    const text = (await client.send("JSON.GET", "large")) as Extract<Reply, { type: "bulk" }>;
    assert.match(
      await ask(client, "KEYINFO large"),
      new RegExp(`"length", :${text.value.length},`),
    );
    const memory = Number((await ask(client, "MEMORY USAGE large")).slice(1));
    assert.ok(memory > text.value.length && memory < text.value.length + 200);
  }));

Deno.test("documents are copied, renamed, given expiries and deleted", () =>
  withServer(async (client) => {
    await client.send("JSON.SET", "large", "$", LARGE);
    assert.equal(await ask(client, "COPY large copy"), ":1");
    assert.equal(await ask(client, "JSON.SET large $[5].id 0"), "+OK");
    assert.equal(await ask(client, "JSON.GET copy $[5].id"), '"[5]"');
    assert.equal(await ask(client, "RENAME copy moved"), "+OK");
    assert.equal(await ask(client, "JSON.NUMINCRBY moved $[5].id 2"), '"[7]"');
    assert.equal(await ask(client, "EXPIRE moved 1000"), ":1");
    assert.equal(await ask(client, "JSON.SET moved $[5].id 1"), "+OK");
    assert.match(await ask(client, "TTL moved"), /^:(1000|999)$/);
    assert.equal(await ask(client, "PERSIST moved"), ":1");
    assert.equal(await ask(client, "MOVE moved 1"), ":1");
    assert.equal(await ask(client, "EXISTS moved"), ":0");
    await client.send("SELECT", "1");
    assert.equal(await ask(client, "JSON.GET moved $[5].id"), '"[1]"');
    assert.equal(await ask(client, "SET moved text"), "+OK");
    assert.equal(await ask(client, "JSON.GET moved"), "-Existing key has wrong Redis type");
    await client.send("SELECT", "0");
    assert.equal(await ask(client, "DEL large"), ":1");
    assert.equal(await ask(client, "INTEGRITY"), "+OK");
  }));

Deno.test("commands of other types refuse documents", () =>
  withServer(async (client) => {
    await client.send("JSON.SET", "d", "$", "[1]");
    for (const line of ["GET d", "LPUSH d x", "HGETALL d", "XADD d * a b", "INCR d"]) {
      assert.match(await ask(client, line), /^-WRONGTYPE /, line);
    }
  }));

Deno.test("DEBUG DIGEST-VALUE is the same for the same document", () =>
  withServer(async (client) => {
    await client.send("JSON.SET", "a", "$", LARGE);
    await client.send("JSON.SET", "b", "$", "[]");
    const items = JSON.parse(LARGE) as unknown[];
    for (let i = 0; i < items.length; i += 100) {
      await client.send(
        "JSON.ARRAPPEND",
        "b",
        "$",
        ...items.slice(i, i + 100).map((item) => JSON.stringify(item)),
      );
    }
    const [a, b] = (await ask(client, "DEBUG DIGEST-VALUE a b")).match(/[0-9a-f]{40}/g) ?? [];
    assert.equal(a, b);
    await client.send("JSON.SET", "b", "$[7].id", "0");
    assert.notEqual(
      await ask(client, "DEBUG DIGEST-VALUE a"),
      await ask(client, "DEBUG DIGEST-VALUE b"),
    );
  }));

Deno.test("WATCH and client-side caching are told of changes at paths", async () => {
  await using server = await startRedlite();
  await using client = await server.connect({ resp: 3 });
  await using other = await server.connect();
  await client.send("JSON.SET", "d", "$", '{"a":1}');
  await client.send("WATCH", "d");
  await other.send("JSON.NUMINCRBY", "d", "$.a", "1");
  await client.send("MULTI");
  await client.send("JSON.GET", "d");
  assert.equal(await ask(client, "EXEC"), "_");
  await client.send("MULTI");
  await client.send("JSON.NUMINCRBY", "d", "$.a", "1");
  await client.send("JSON.GET", "d");
  assert.equal(await ask(client, "EXEC"), '[[:3], "{\\"a\\":3}"]');
});

Deno.test("a script reads and changes documents", () =>
  withServer(async (client) => {
    const script = "redis.call('JSON.SET', KEYS[1], '$', '{\"n\":1}') " +
      "return redis.call('JSON.NUMINCRBY', KEYS[1], '$.n', 4)";
    assert.equal(format(await client.send("EVAL", script, "1", "d")), '"[5]"');
  }));

Deno.test("users may be given the JSON commands alone", () =>
  withServer(async (client) => {
    await client.send("ACL", "SETUSER", "json", "on", ">secret", "~d*", "+@json");
    assert.match(await ask(client, "ACL CAT json"), /json\.get/);
    await client.send("AUTH", "json", "secret");
    assert.equal(await ask(client, "JSON.SET d $ 1"), "+OK");
    assert.match(await ask(client, "JSON.SET e $ 1"), /^-NOPERM No permissions to access a key/);
    assert.match(await ask(client, "GET d"), /^-NOPERM User json has no permissions/);
  }));

const EVENTS = [
  `JSON.SET d $ '{"a":1,"b":[1,2],"s":"x","t":true}'`,
  ...[
    "JSON.SET d $.a 2",
    "JSON.SET d $.a 3 NX",
    "JSON.NUMINCRBY d $.a 1",
    "JSON.NUMINCRBY d $.s 1",
  ],
  ...[
    "JSON.ARRAPPEND d $.b 1",
    "JSON.ARRAPPEND d $.a 1",
    "JSON.ARRINSERT d $.b 0 1",
    "JSON.ARRPOP d $.b",
  ],
  ...["JSON.ARRPOP d $.a", "JSON.ARRTRIM d $.b 0 0", "JSON.TOGGLE d $.t", "JSON.TOGGLE d $.a"],
  `JSON.STRAPPEND d $.s '"y"'`,
  `JSON.MERGE d $.a '{"x":1}'`,
  ...[
    "JSON.CLEAR d $.a",
    "JSON.CLEAR d $.a",
    "JSON.NUMMULTBY d $.b[0] 2",
    "JSON.NUMPOWBY d $.b[0] 2",
  ],
  ...[
    "JSON.DEL d $.a",
    "JSON.DEL d $.none",
    "JSON.MSET d $.x 1 e $ 2",
    "JSON.MSET d $.x.y 1",
    "JSON.DEL d",
  ],
  ...["JSON.FORGET e $", "JSON.MERGE g $ 1", "COPY g h", "RENAME h i", "JSON.SET g $ 1"],
];

Deno.test({
  ...named("changes are told to subscribers as by RedisJSON", noOracle("redis-stack")),
  async fn() {
    await using redlite = await startRedlite();
    await using stack = await startOracle("redis-stack");
    const told: string[][] = [];
    for (const server of [redlite, stack]) {
      await using client = await server.connect();
      await using listener = await server.connect({ resp: 3 });
      await client.send("CONFIG", "SET", "notify-keyspace-events", "KEA");
      await listener.send("PSUBSCRIBE", "__keyevent*");
      for (const line of EVENTS) await client.send(...words(line));
      await client.send("SET", "end", "1");
      const events: string[] = [];
      for (;;) {
        const event = format(await listener.readReply());
        if (event.includes('"end"')) break;
        events.push(event);
      }
      told.push(events);
    }
    assert.deepEqual(told[0], told[1]);
  },
});

Deno.test({
  ...named(
    "DUMP and RESTORE move documents between Redlite and RedisJSON",
    noOracle("redis-stack"),
  ),
  async fn() {
    await using redlite = await startRedlite();
    await using stack = await startOracle("redis-stack");
    await using ours = await redlite.connect();
    await using theirs = await stack.connect();
    for (const text of ["1", '{"a":[1,2.5,"ü",null,{}]}', LARGE]) {
      for (const [from, to] of [[ours, theirs], [theirs, ours]] as const) {
        await from.send("JSON.SET", "d", "$", text);
        const dump = await from.send("DUMP", "d");
        assert.equal(dump.type, "bulk");
        if (dump.type !== "bulk") return;
        assert.equal(format(await to.send("RESTORE", "r", "0", dump.value, "REPLACE")), "+OK");
        assert.equal(await ask(to, "JSON.GET r"), await ask(from, "JSON.GET d"));
      }
    }
    const dumps = await Promise.all([ours, theirs].map((client) => client.send("DUMP", "d")));
    assert.equal(dumps[0]?.type, dumps[1]?.type);
  },
});

Deno.test("RESTORE refuses a payload that is no document", () =>
  withServer(async (client) => {
    await client.send("JSON.SET", "d", "$", '{"abcdefgh":"ijklmnop"}');
    const dump = await client.send("DUMP", "d");
    if (dump.type !== "bulk") throw new TypeError("no payload");
    const payload = dump.value.slice();
    payload[payload.length - 20]! ^= 1;
    assert.match(
      format(await client.send("RESTORE", "r", "0", payload)),
      /^-ERR DUMP payload version or checksum/,
    );
    assert.equal(await ask(client, "EXISTS r"), ":0");
  }));
