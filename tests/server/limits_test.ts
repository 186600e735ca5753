/** No input, however large or slow, makes the server stop or grow without bound. */

import { strict as assert } from "node:assert";
import { encode, format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";

Deno.test("a client past maxclients is told so and closed", async () => {
  await using server = await startRedlite({ args: ["--maxclients", "2"] });
  await using first = await server.connect();
  await using second = await server.connect();
  await first.send("PING");
  await second.send("PING");
  const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
  const text = await new Response(connection.readable).text();
  assert.equal(text, "-ERR max number of clients reached\r\n");
  assert.equal(format(await first.send("PING")), "+PONG");
});

Deno.test("a client that does not read its replies is not answered further, and the others are", async () => {
  await using server = await startRedlite();
  await using setup = await server.connect();
  await setup.send("SET", "big", "x".repeat(1_000_000));
  const slow = await Deno.connect({ hostname: server.hostname, port: server.port });
  const get = new TextEncoder().encode("GET big\r\n".repeat(500));
  await slow.write(get);
  assert.equal(format(await setup.send("PING")), "+PONG");
  const list = format(await setup.send("CLIENT", "LIST"));
  const pending = Math.max(...[...list.matchAll(/omem=(\d+)/g)].map((match) => Number(match[1])));
  // 500 MB of replies were asked for; some are in the sockets, and a few at most wait in memory.
  assert.ok(pending < 20_000_000, `${pending} bytes wait in memory`);
  slow.close();
  assert.equal(format(await setup.send("PING")), "+PONG");
});

Deno.test("every reply of a client that reads late arrives", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("SET", "big", "x".repeat(300_000));
  const replies = await client.pipeline(Array.from({ length: 200 }, () => ["STRLEN", "big"]));
  assert.equal(replies.length, 200);
  const values = await client.pipeline(Array.from({ length: 40 }, () => ["GET", "big"]));
  assert.ok(values.every((value) => value.type === "bulk" && value.value.length === 300_000));
});

Deno.test("a query buffer past client-query-buffer-limit closes its client only", async () => {
  await using server = await startRedlite();
  await using other = await server.connect();
  await other.send("CONFIG", "SET", "client-query-buffer-limit", "1mb");
  const client = await Deno.connect({ hostname: server.hostname, port: server.port });
  const bytes = new TextEncoder().encode("*2\r\n$3\r\nGET\r\n$100000000\r\n" + "x".repeat(100_000));
  await assert.rejects(async () => {
    await client.write(bytes);
    const filler = new Uint8Array(100_000);
    for (let i = 0; i < 1000; i++) await client.write(filler);
  });
  client.close();
  assert.equal(format(await other.send("PING")), "+PONG");
});

Deno.test("an idle client is closed after --timeout, one that works is not", async () => {
  await using server = await startRedlite({ args: ["--timeout", "3"] });
  await using idle = await server.connect();
  await using busy = await server.connect();
  const closed = idle.readUntilClosed();
  let ended = false;
  void closed.then(() => ended = true);
  while (!ended) {
    assert.equal(format(await busy.send("PING")), "+PONG");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(format(await busy.send("PING")), "+PONG");
});

Deno.test("a value of 64 MB is stored and read back whole", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  const value = new Uint8Array(64 * 1024 * 1024);
  for (let i = 0; i < value.length; i += 4096) value[i] = i >> 12;
  assert.equal(format(await client.send("SET", "huge", value)), "+OK");
  const reply = await client.send("GET", "huge");
  assert.ok(reply.type === "bulk");
  assert.equal(reply.value.length, value.length);
  for (let i = 0; i < value.length; i += 4096) assert.equal(reply.value[i], value[i]);
  assert.equal(format(await client.send("DEL", "huge")), ":1");
  assert.equal(format(await client.send("DBSIZE")), ":0");
});

Deno.test("a client that must authenticate may announce little before it does", async () => {
  await using server = await startRedlite({ password: "secret" });
  await using client = await server.connect({ password: undefined });
  assert.match(format(await client.send("GET", "k")), /^-NOAUTH /);
  await client.raw(new TextEncoder().encode("*2\r\n$3\r\nGET\r\n$1000000\r\n"));
  const replies = await client.readUntilClosed();
  assert.equal(format(replies[0]!), "-ERR Protocol error: unauthenticated bulk length");
});

Deno.test("a client may write a pipeline of many megabytes before it reads", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("SET", "k", "x".repeat(100));
  const commands = 600_000;
  const command = encode(["GET", "k"]);
  const pipeline = new Uint8Array(commands * command.length);
  for (let i = 0; i < commands; i++) pipeline.set(command, i * command.length);
  // Both the pipeline and its replies are more than the sockets hold.
  await client.raw(pipeline);
  const reply = 108;
  for (let i = 0; i < 100; i++) await client.readRaw(reply * commands / 100);
  assert.equal(format(await client.send("PING")), "+PONG");
});
