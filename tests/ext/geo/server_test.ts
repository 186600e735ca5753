/** The extension geo of a server: its events, its records, and what other commands make of its keys. */

import { strict as assert } from "node:assert";
import { fields, items, text } from "../../commands/oracle_commands.ts";
import { named, noOracle, noRedis, standIn } from "../../harness/lacking.ts";
import { format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedis, startRedlite } from "../../harness/servers.ts";

const NAMES = [
  ...["geoadd", "geodist", "geohash", "geopos", "georadius", "georadius_ro"],
  ...["georadiusbymember", "georadiusbymember_ro", "geosearch", "geosearchstore"],
];

/** Commands, and the events of which they tell, in order. */
const EVENTS: readonly (readonly [line: string, ...events: string[]])[] = [
  ["GEOADD g 15 37 a 16 38 b", "zadd g"],
  ["GEOADD g 15 37 a"],
  ["GEOADD g XX 15 38 a", "zadd g"],
  ["GEOADD g NX 15 39 a"],
  ["GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1000 km", "geosearchstore d"],
  ["GEORADIUS g 15 37 1000 km STORE d", "georadiusstore d"],
  ["GEORADIUSBYMEMBER g a 1000 km STOREDIST d", "georadiusstore d"],
  ["GEOSEARCH g FROMMEMBER a BYRADIUS 1000 km"],
  ["GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m", "del d"],
  ["GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m"],
  ["GEOSEARCHSTORE g nothing FROMLONLAT 0 0 BYRADIUS 1 m", "del g"],
];

async function events(client: RespClient, listener: RespClient): Promise<string[]> {
  await client.send("CONFIG", "SET", "notify-keyspace-events", "KEA");
  await listener.send("PSUBSCRIBE", "__keyevent@0__:*");
  const told: string[] = [];
  for (const [line] of EVENTS) {
    await client.send(...line.split(" "));
    await client.send("PUBLISH", "__keyevent@0__:end", "x");
    for (let event = ""; event !== "end x";) {
      const [, , channel, key] = items(await listener.readReply()).map(text);
      event = `${channel?.replace("__keyevent@0__:", "")} ${key}`;
      told.push(event);
    }
  }
  return told;
}

const EXPECTED_EVENTS = EVENTS.flatMap(([, ...events]) => [...events, "end x"]);

Deno.test("places tell of their events", async () => {
  await using server = await startRedlite();
  await using listener = await server.connect();
  await using client = await server.connect();
  assert.deepEqual(await events(client, listener), EXPECTED_EVENTS);
});

Deno.test({
  ...named("Redis tells of the same events", standIn() ?? noRedis()),
  async fn() {
    await using server = await startRedis();
    await using listener = await server.connect();
    await using client = await server.connect();
    assert.deepEqual(await events(client, listener), EXPECTED_EVENTS);
  },
});

const WITH_KEYS = [
  "GEOADD k 1 1 m",
  "GEODIST k a b",
  "GEOPOS k",
  "GEORADIUS k 1 1 1 km",
  "GEORADIUS k 1 1 1 km STORE a",
  "GEORADIUS k 1 1 1 km STOREDIST a STORE b",
  "GEORADIUS k 1 1 1 km STORE",
  "GEORADIUSBYMEMBER k m 1 km storedist a",
  "GEORADIUSBYMEMBER k store 1 km STORE a",
  "GEORADIUS_RO k 1 1 1 km",
  "GEOSEARCH k FROMMEMBER m BYRADIUS 1 m",
  "GEOSEARCHSTORE d k FROMMEMBER m BYRADIUS 1 m",
];

Deno.test({
  ...named(
    "COMMAND tells of the geo commands, their keys and their categories what Redis 8 tells",
    noOracle("redis-8"),
  ),
  async fn() {
    await using redis = await startOracle("redis-8", { resp: 3 });
    await using redlite = await startRedlite({ resp: 3 });
    await using theirs = await redis.connect();
    await using ours = await redlite.connect();
    const lines = [
      ...NAMES.map((name) => `COMMAND INFO ${name}`),
      ...WITH_KEYS.flatMap((line) => [
        `COMMAND GETKEYS ${line}`,
        `COMMAND GETKEYSANDFLAGS ${line}`,
      ]),
    ];
    for (const line of lines) {
      const command = line.split(" ");
      const [wanted, got] = await Promise.all([theirs.send(...command), ours.send(...command)]);
      assert.equal(format(got), format(wanted), line);
    }
    for (const category of ["geo", "read", "write"]) {
      const ofGeo = (reply: Reply) =>
        items(reply).map(text).filter((name) => NAMES.includes(name)).sort();
      const [wanted, got] = await Promise.all([
        theirs.send("ACL", "CAT", category),
        ours.send("ACL", "CAT", category),
      ]);
      assert.deepEqual(ofGeo(got), ofGeo(wanted), category);
    }
  },
});

/** The tokens and types of arguments, without the names that Redis gives to groups of them. */
function shape(argument: Reply): string {
  const facts = fields(argument);
  const of = (field: string) => facts.has(field) ? text(facts.get(field)) : "";
  const members = facts.has("arguments") ? items(facts.get("arguments")).map(shape) : [];
  const flags = facts.has("flags") ? items(facts.get("flags")).map(text) : [];
  return `${of("type")} ${of("token")} ${flags} (${members})`;
}

async function shapes(client: RespClient, name: string): Promise<string[]> {
  const docs = fields(await client.send("COMMAND", "DOCS", name));
  return items(fields(docs.get(name)).get("arguments")).map(shape);
}

Deno.test({
  ...named(
    "COMMAND DOCS shows the arguments of the geo commands as Redis 8 and Valkey 9 do",
    noOracle("redis-8") ?? noOracle("valkey-9"),
  ),
  async fn() {
    await using redis = await startOracle("redis-8", { resp: 3 });
    await using valkey = await startOracle("valkey-9", { resp: 3 });
    await using redlite = await startRedlite({ resp: 3 });
    await using theirs = await redis.connect();
    await using polygons = await valkey.connect();
    await using ours = await redlite.connect();
    for (const name of NAMES) {
      const oracle = name.startsWith("geosearch") ? polygons : theirs;
      assert.deepEqual(await shapes(ours, name), await shapes(oracle, name), name);
    }
  },
});

const ASK = "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 300 km ASC WITHDIST WITHHASH".split(" ");

Deno.test({
  ...named("places go from Redis and back by DUMP and RESTORE", standIn() ?? noRedis()),
  async fn() {
    await using redis = await startRedis();
    await using redlite = await startRedlite();
    await using theirs = await redis.connect();
    await using ours = await redlite.connect();
    const places = Array.from({ length: 500 }, (_, i) => [15 + i / 500, 37 + i % 7 / 7, `m${i}`]);
    await theirs.send("GEOADD", "g", ...places.flat().map(String));
    const wanted = format(await theirs.send(...ASK));
    const dumped = await theirs.send("DUMP", "g");
    assert.ok(dumped.type === "bulk");
    assert.equal(format(await ours.send("RESTORE", "g", "0", dumped.value)), "+OK");
    assert.equal(format(await ours.send(...ASK)), wanted);
  },
});

Deno.test("members removed by ZREM or added by ZADD are places as any", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("GEOADD", "g", "15", "37", "a", "15", "38", "b");
  await client.send("ZREM", "g", "a");
  await client.send("ZADD", "g", "3479099956230698", "Palermo");
  const found = await client.send(..."GEOSEARCH g FROMLONLAT 15 38 BYRADIUS 200 km ASC".split(" "));
  assert.equal(format(found), '["b", "Palermo"]');
});

Deno.test("a server without the extension tells which one a command of places needs", async () => {
  await using temporary = await startRedlite();
  {
    await using client = await temporary.connect();
    await client.send("GEOADD", "g", "15", "37", "a");
  }
  await temporary.stop();
  await using server = await startRedlite({
    directory: temporary.directory,
    args: ["--ext", "none"],
  });
  await using client = await server.connect();
  const refused = format(await client.send("GEOPOS", "g", "a"));
  assert.match(refused, /geo/);
  assert.equal(format(await client.send("ZCARD", "g")), ":1");
});

Deno.test("a user without rights to a destination cannot store places there", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("GEOADD", "g", "15", "37", "a");
  await client.send("ACL", "SETUSER", "reader", "on", "nopass", "+@geo", "%R~g", "~d");
  await client.send("AUTH", "reader", "");
  const run = async (line: string) => format(await client.send(...line.split(" ")));
  assert.equal(await run("GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 m"), ":1");
  assert.equal(await run("GEORADIUSBYMEMBER g a 1 m STORE d"), ":1");
  assert.match(await run("GEOSEARCHSTORE e g FROMMEMBER a BYRADIUS 1 m"), /NOPERM/);
  assert.match(await run("GEORADIUSBYMEMBER g a 1 m STORE e"), /NOPERM/);
  assert.match(await run("GEOADD g 1 1 b"), /NOPERM/);
  assert.match(await run("GET g"), /NOPERM/);
});
