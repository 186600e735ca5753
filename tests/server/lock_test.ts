/** Another process that writes does not stop the server: reads go on, writes wait or answer BUSY. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";

/** A second process's hold on the write lock: DatabaseSync brings its own SQLite, as one would have. */
function holdWriteLock(path: string): Disposable {
  // With a log before the database the server has the lock until it has seen that somebody is in.
  const other = new DatabaseSync(path, { timeout: 5000 });
  other.exec("BEGIN IMMEDIATE");
  return {
    [Symbol.dispose]: () => {
      other.exec("COMMIT");
      other.close();
    },
  };
}

Deno.test("while another process writes, reads are answered and a write waits for its end", async () => {
  await using server = await startRedlite();
  await using writer = await server.connect();
  await using reader = await server.connect();
  await writer.send("SET", "key", "before");
  let write: Promise<unknown>;
  {
    using _lock = holdWriteLock(server.databaseFile ?? "");
    write = writer.send("SET", "key", "after");
    assert.equal(format(await reader.send("GET", "key")), '"before"');
    assert.equal(format(await reader.send("EXISTS", "key", "other")), ":1");
  }
  await write;
  assert.equal(format(await reader.send("GET", "key")), '"after"');
});

Deno.test("commands behind a waiting write keep their order", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  let replies: Promise<unknown[]>;
  {
    using _lock = holdWriteLock(server.databaseFile ?? "");
    replies = client.pipeline([["SET", "n", "1"], ["INCR", "n"], ["GET", "n"], ["INCR", "n"]]);
    await (await server.connect()).send("PING");
  }
  assert.deepEqual((await replies).map((reply) => format(reply as never)), [
    "+OK",
    ":2",
    '"2"',
    ":3",
  ]);
});

Deno.test("a write that waits too long is answered BUSY, and the next one works", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  {
    using _lock = holdWriteLock(server.databaseFile ?? "");
    assert.match(format(await client.send("SET", "key", "value")), /^-BUSY /);
  }
  assert.equal(format(await client.send("SET", "key", "value")), "+OK");
});

Deno.test("what another process commits is seen by the next command", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("SET", "key", "ours");
  assert.equal(format(await client.send("GET", "key")), '"ours"');
  const other = new DatabaseSync(server.databaseFile ?? "");
  // With a log before the database the lock is ours until the other one is noticed.
  other.exec("PRAGMA busy_timeout = 60000");
  other.exec("UPDATE keys SET value = x'746865697273'");
  other.close();
  assert.equal(format(await client.send("GET", "key")), '"theirs"');
});

Deno.test("two servers on one file serve the same data", async () => {
  await using first = await startRedlite();
  await using second = await startRedlite({ directory: first.directory });
  await using a = await first.connect();
  await using b = await second.connect();
  for (let i = 0; i < 50; i++) {
    const [client, other] = i % 2 === 0 ? [a, b] : [b, a];
    assert.equal(format(await client.send("INCR", "counter")), `:${i + 1}`);
    assert.equal(format(await other.send("GET", "counter")), `"${i + 1}"`);
    assert.equal(format(await other.send("DBSIZE")), ":1");
  }
});
