/** What others learn of a key or field that a client reads after its time, where nothing is swept by itself. */

import { strict as assert } from "node:assert";
import { format, latin1, type RespClient } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";

/** Reads until nothing is there: the key's or field's time is over. */
async function readUntilGone(client: RespClient, ...command: string[]): Promise<void> {
  while (!["$-1", ":0"].includes(format(await client.send(...command))));
}

async function statistic(client: RespClient, name: string): Promise<string | undefined> {
  const reply = await client.send("INFO", "stats");
  assert.ok(reply.type === "bulk");
  return new RegExp(`\r\n${name}:(.*)\r\n`).exec(latin1(reply.value))?.[1];
}

for (
  const [what, set, read, event, key, counter] of [
    ["key", "SET k v PX 1", "GET k", "expired", "k", "expired_keys"],
    ["key that is asked after", "SET k v PX 1", "EXISTS k", "expired", "k", "expired_keys"],
    ["list", "", "LLEN l", "expired", "l", "expired_keys"],
    ["field", "HSETEX h PX 1 FIELDS 1 f v", "HGET h f", "hexpired", "h", "expired_subkeys"],
  ] as const
) {
  Deno.test(`a read of an expired ${what} makes it told and counted at once`, async () => {
    await using server = await startRedlite();
    await using client = await server.connect();
    await using listener = await server.connect({ resp: 3 });
    await using cache = await server.connect({ resp: 3 });
    await client.send("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await client.send("CONFIG", "SET", "notify-keyspace-events", "KEA");
    await listener.send("SUBSCRIBE", `__keyevent@0__:${event}`);
    if (set === "") await client.pipeline([["RPUSH", "l", "1"], ["PEXPIRE", "l", "1"]]);
    else await client.send(...set.split(" "));
    await cache.pipeline([["CLIENT", "TRACKING", "ON"], read.split(" ")]);
    await readUntilGone(client, ...read.split(" "));
    assert.equal(await statistic(client, counter), "1");
    assert.match(format(await listener.readReply()), new RegExp(`"${key}"\\]$`));
    assert.equal(format(await cache.readReply()), `>["invalidate", ["${key}"]]`);
  });
}

Deno.test("who may only read deletes nothing, and reads on", async () => {
  await using writing = await startRedlite();
  await using writer = await writing.connect();
  await writer.pipeline([["DEBUG", "SET-ACTIVE-EXPIRE", "0"], ["SET", "k", "v", "PX", "1"]]);
  await using reading = await startRedlite({
    directory: writing.directory,
    args: ["--readonly"],
  });
  await using reader = await reading.connect();
  await readUntilGone(reader, "GET", "k");
  assert.equal(format(await reader.send("GET", "k")), "$-1");
  assert.equal(await statistic(reader, "expired_keys"), "0");
});

Deno.test("a read of an expired key waits for no other process's writes", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.pipeline([["DEBUG", "SET-ACTIVE-EXPIRE", "0"], ["SET", "k", "v", "PX", "1"]]);
  const { DatabaseSync } = await import("node:sqlite");
  const other = new DatabaseSync(server.databaseFile ?? assert.fail(), { timeout: 5000 });
  other.exec("BEGIN IMMEDIATE");
  await readUntilGone(client, "GET", "k");
  assert.equal(format(await client.send("GET", "k")), "$-1");
  assert.equal(await statistic(client, "expired_keys"), "0");
  other.exec("ROLLBACK");
  other.close();
  while (await statistic(client, "expired_keys") === "0");
  assert.equal(await statistic(client, "expired_keys"), "1");
});
