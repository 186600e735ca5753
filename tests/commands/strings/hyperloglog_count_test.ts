/** The estimate that PFCOUNT stores in a HyperLogLog's string. */

import { strict as assert } from "node:assert";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const add = (count: number) =>
  ["PFADD", "h", ...Array.from({ length: count }, (_, i) => `e:${count}:${i}`)].join(" ");

testSameAsRedis("PFCOUNT stores the estimate it computes, and PFADD puts it out of date", [
  ...[0, 1, 3, 100, 3000].flatMap((count) => [
    add(count),
    "GETRANGE h 8 15",
    "PFCOUNT h",
    "GETRANGE h 8 15",
    "PFADD h e:1:0",
    "GET h",
    "PFCOUNT h absent",
    "GET h",
  ]),
  "PFMERGE d h",
  "GETRANGE d 8 15",
  "PFCOUNT d",
  "GETRANGE d 8 15",
  "EXPIRE h 1000",
  "PFADD h x",
  "PFCOUNT h",
  "TTL h",
  "WATCH h d",
  "MULTI",
  "PING",
  "EXEC",
]);

testSameAsRedis("PFCOUNT touches what is watched if it stores an estimate, and only then", [
  "PFADD h a b",
  "WATCH h",
  "PFCOUNT h",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH h",
  "PFCOUNT h",
  "MULTI",
  "PING",
  "EXEC",
]);

testSameAsRedis("PFCOUNT in a transaction stores its estimate, whatever else is in it", [
  "PFADD h a",
  "MULTI",
  "PFCOUNT h",
  "GETRANGE h 8 15",
  "EXEC",
  "PFADD h b",
  "MULTI",
  "SET k v",
  "PFCOUNT h",
  "GETRANGE h 8 15",
  "EXEC",
]);

Deno.test("PFCOUNT tells no event, but that the string is another to who has cached it", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using listener = await server.connect({ resp: 3 });
  await using cache = await server.connect({ resp: 3 });
  await client.send("CONFIG", "SET", "notify-keyspace-events", "KEA");
  await client.send("PFADD", "h", "a");
  await listener.send("PSUBSCRIBE", "__key*");
  await cache.pipeline([["CLIENT", "TRACKING", "ON"], ["GET", "h"]]);
  await client.send("PFCOUNT", "h");
  assert.equal(format(await cache.readReply()), '>["invalidate", ["h"]]');
  await client.send("SET", "next", "v");
  assert.match(format(await listener.readReply()), /"__keyspace@0__:next", "set"/);
});

Deno.test("PFCOUNT answers where it cannot store: read-only, or while another process writes", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("PFADD", "h", "a", "b");
  await using reading = await startRedlite({ directory: server.directory, args: ["--readonly"] });
  await using reader = await reading.connect();
  assert.equal(format(await reader.send("PFCOUNT", "h")), ":2");
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(server.databaseFile ?? assert.fail(), { timeout: 5000 });
  other.exec("BEGIN IMMEDIATE");
  assert.equal(format(await client.send("PFCOUNT", "h")), ":2");
  const inTransaction = await client.pipeline([["MULTI"], ["PFCOUNT", "h"], ["EXEC"]]);
  assert.equal(inTransaction.map(format).at(-1), "[:2]");
  assert.equal(format(await client.send("GETRANGE", "h", "15", "15")), '"\\x80"');
  other.exec("ROLLBACK");
  other.close();
  assert.equal(format(await client.send("PFCOUNT", "h")), ":2");
  assert.equal(format(await client.send("GETRANGE", "h", "15", "15")), '"\\x00"');
});
