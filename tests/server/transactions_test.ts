/** MULTI, EXEC, WATCH: https://redis.io/docs/latest/develop/using-commands/transactions/ */

import { strict as assert } from "node:assert";
import { format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { testScript } from "../harness/scripts.ts";
import { testSameAsRedis } from "../commands/same_as_redis.ts";

testSameAsRedis("commands that cannot do in a transaction what they do outside", [
  "MULTI",
  "MONITOR",
  "BGREWRITEAOF",
  "EXEC",
  "PING",
  "MULTI",
  "BGSAVE",
  "EXEC",
]);

testSameAsRedis("transactions of one client", [
  "EXEC",
  "DISCARD",
  "UNWATCH",
  "MULTI",
  "MULTI",
  "WATCH k",
  "SET k 1",
  "INCR k",
  "PING",
  "LPUSH k x",
  "GET k",
  "EXEC",
  "EXEC",
  "MULTI",
  "SET k 2",
  "DISCARD",
  "GET k",
  "MULTI",
  "EXEC",
  "MULTI",
  "NOSUCH a",
  "SET k 9",
  "EXEC",
  "MULTI",
  "GET",
  "EXEC",
  "GET k",
  "MULTI",
  "SELECT 3",
  "SET in-three 1",
  "EXEC",
  "DBSIZE",
  "SELECT 0",
  "WATCH",
  "MULTI extra",
  "EXEC extra",
  "MULTI",
  "EXEC extra",
  "EXEC",
  "MULTI",
  "RESET",
  "EXEC",
]);

testSameAsRedis("what a client watches and changes itself", [
  "SET a 1",
  "WATCH a b",
  "SET a 2",
  "MULTI",
  "GET a",
  "EXEC",
  "MULTI",
  "GET a",
  "EXEC",
  "WATCH a",
  "GET a",
  "MULTI",
  "INCR a",
  "EXEC",
  "WATCH missing",
  "DEL missing",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH a",
  "SET a 2",
  "UNWATCH",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH a",
  "SET a 2",
  "MULTI",
  "DISCARD",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH a",
  "EXPIRE a 100",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH a",
  "FLUSHALL",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH a",
  "FLUSHALL",
  "MULTI",
  "PING",
  "EXEC",
  "RPUSH l 1",
  "WATCH l",
  "RPOP l",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH x",
  "SELECT 1",
  "SET x 1",
  "SELECT 0",
  "MULTI",
  "PING",
  "EXEC",
  "WATCH x",
  "SWAPDB 0 1",
  "MULTI",
  "PING",
  "EXEC",
]);

testScript("WATCH sees what another client changes", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.send("SET k 1");
  for (
    const change of [
      "SET k 1",
      "APPEND k x",
      "DEL k",
      "SET other 1",
      "RENAME other k",
      "PEXPIRE k 100000",
      "PERSIST k",
      "FLUSHDB",
      "FLUSHALL",
      "RPUSH k a b",
      "LSET k 0 z",
      "LTRIM k 0 0",
      "LRANGE k 0 -1",
      "TOUCH k",
      "RPOP k",
      "HSET k f v",
      "HSET k f v",
      "HDEL k nothing",
      "HDEL k f",
      "SWAPDB 0 2",
      "SETNX k 1",
      "SETNX k 2",
      "GETSET k 3",
      "GETDEL k",
      "RESTORE k 0 nonsense",
      "COPY missing k",
    ]
  ) {
    await a.send("WATCH k");
    await b.send(change);
    await a.send("MULTI");
    await a.send("PING");
    await a.send("EXEC");
  }
});

testScript("WATCH sees a key expire", async (script) => {
  const a = await script.client();
  await a.pipeline("SET k v PX 250", "WATCH k");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await a.send("MULTI");
  await a.send("GET k");
  await a.send("EXEC");
  await a.send("WATCH k");
  await a.send("MULTI");
  await a.send("GET k");
  await a.send("EXEC");
});

Deno.test("WATCH sees what another process changes, and only that", async () => {
  await using first = await startRedlite();
  await using second = await startRedlite({ directory: first.directory });
  await using a = await first.connect();
  await using b = await second.connect();
  const attempt = async (change: string[]) => {
    await a.send("WATCH", "k", "list");
    await b.send(...change);
    await a.send("MULTI");
    await a.send("INCR", "runs");
    return format(await a.send("EXEC"));
  };
  assert.match(await attempt(["SET", "unrelated", "1"]), /^\[:/);
  assert.equal(await attempt(["SET", "k", "1"]), "*-1");
  assert.match(await attempt(["GET", "k"]), /^\[:/);
  assert.equal(await attempt(["SET", "k", "1"]), "*-1");
  assert.equal(await attempt(["RPUSH", "list", "x"]), "*-1");
  assert.match(await attempt(["RPUSH", "other", "x"]), /^\[:/);
  assert.equal(await attempt(["DEL", "list"]), "*-1");
  assert.equal(await attempt(["FLUSHALL"]), "*-1");
  assert.match(await attempt(["FLUSHALL"]), /^\[:/);
});

Deno.test("a transaction waits as a whole while another process holds the write lock", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("WATCH", "k");
  await client.send("MULTI");
  await client.send("SET", "k", "1");
  await client.send("GET", "k");
  const other = new DatabaseSync(server.databaseFile ?? "", { timeout: 5000 });
  other.exec("BEGIN IMMEDIATE");
  const executed = client.send("EXEC");
  await using bystander = await server.connect();
  assert.equal(format(await bystander.send("GET", "k")), "$-1");
  other.exec("COMMIT");
  other.close();
  assert.equal(format(await executed), '[+OK, "1"]');
});

Deno.test("a queue larger than client-query-buffer-limit closes the connection", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("CONFIG", "SET", "client-query-buffer-limit", "1mb");
  await client.send("MULTI");
  const value = "x".repeat(100_000);
  await assert.rejects(async () => {
    for (let i = 0; i < 20; i++) await client.send("SET", `k${i}`, value);
  });
  await using other = await server.connect();
  assert.equal(format(await other.send("DBSIZE")), ":0");
});
