/** `maxmemory-clients`: https://redis.io/docs/latest/develop/reference/clients/#client-eviction */

import { strict as assert } from "node:assert";
import { ClientMemory, type CountedClient } from "../../../src/server/sessions/client_memory.ts";
import { encode, format, fromLatin1, latin1, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../../harness/servers.ts";

const MB = 1024 * 1024;

/** Clients that take so much, by name. */
class Clients {
  readonly counted = new ClientMemory();
  readonly evicted: string[] = [];
  readonly byName = new Map<string, CountedClient & { memory: number }>();

  add(name: string, memory: number, noEvict = false): void {
    const evict = () => void this.evicted.push(name);
    const client = { memory, countedMemory: 0, noEvict, evict };
    this.byName.set(name, client);
    this.counted.add(client);
  }
}

Deno.test("the largest clients go first, and no more than have to", () => {
  const clients = new Clients();
  for (const [name, memory] of [["a", 10], ["b", 50], ["c", 30], ["d", 40]] as const) {
    clients.add(name, memory);
  }
  clients.counted.setLimit("60", 0);
  assert.deepEqual(clients.evicted, ["b", "d"]);
});

Deno.test("clients that ask to be spared are, and count all the same", () => {
  const clients = new Clients();
  clients.add("spared", 100, true);
  clients.add("other", 10);
  clients.counted.setLimit("50", 0);
  assert.deepEqual(clients.evicted, ["other"]);
});

Deno.test("a client that grows is counted anew, and one that is gone is not counted", () => {
  const clients = new Clients();
  clients.add("a", 10);
  clients.add("b", 20);
  clients.counted.setLimit("100", 0);
  const a = clients.byName.get("a"), b = clients.byName.get("b");
  assert.ok(a !== undefined && b !== undefined);
  a.memory = 75;
  clients.counted.update(a);
  clients.counted.delete(b);
  a.memory = 95;
  clients.counted.update(a);
  assert.deepEqual(clients.evicted, []);
  a.memory = 101;
  clients.counted.update(a);
  assert.deepEqual(clients.evicted, ["a"]);
});

Deno.test("a percentage is one of maxmemory, and none without it", () => {
  const counted = new ClientMemory();
  counted.setLimit("5%", 1000);
  assert.equal(counted.limit, 50);
  counted.setLimit("5%", 0);
  assert.equal(counted.limit, 0);
});

async function evictedClients(client: RespClient): Promise<number> {
  const info = await client.send("INFO", "stats");
  assert.ok(info.type === "bulk");
  return Number(/evicted_clients:(\d+)/.exec(latin1(info.value))?.[1]);
}

/** A connection that has sent something, and reads what comes until it is closed. */
async function sends(server: TestServer, bytes: Uint8Array): Promise<Uint8Array> {
  const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
  const received = new Response(connection.readable).bytes();
  try {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  } catch {
    // Closed before it was through.
  }
  return await received;
}

for (
  const [what, bytes] of [
    ["a command that is not complete", encode(["SET", "k", "x".repeat(4 * MB)]).subarray(0, -10)],
    ["a command", encode(["SET", "k", "x".repeat(4 * MB)])],
    [
      "queued commands",
      fromLatin1("MULTI\r\n" + `SET k ${"x".repeat(10_000)}\r\n`.repeat(400)),
    ],
    ["replies", fromLatin1("GET large\r\n")],
    [
      "subscriptions",
      fromLatin1(Array.from({ length: 20_000 }, (_, i) => `SUBSCRIBE ${i}\r\n`).join("")),
    ],
  ] as const
) {
  Deno.test(`a client whose ${what} are past maxmemory-clients is closed, and others are not`, async () => {
    await using server = await startRedlite({ appendfsync: "no" });
    await using client = await server.connect();
    await client.send("SET", "large", "x".repeat(3 * MB));
    await client.send("CLIENT", "NO-EVICT", "on");
    await client.send("CONFIG", "SET", "maxmemory-clients", "2mb");
    await using small = await server.connect();
    assert.equal(format(await small.send("PING")), "+PONG");
    await sends(server, bytes);
    assert.equal(await evictedClients(client), 1);
    assert.equal(format(await small.send("PING")), "+PONG");
    assert.match(
      server.log,
      /is cut off: it holds \d+ bytes, and all clients more than maxmemory-clients/,
    );
  });
}

Deno.test("a limit that is set lower holds at once, for the client that sets it too", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("CLIENT", "NO-EVICT", "on");
  await client.send("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-clients", "50%");
  const holding = sends(server, encode(["SET", "k", "x".repeat(3 * MB)]).subarray(0, -10));
  for (;;) {
    const list = await client.send("CLIENT", "LIST");
    assert.ok(list.type === "bulk");
    if (/ qbuf=3\d{6} /.test(latin1(list.value))) break;
  }
  assert.equal(await evictedClients(client), 0);
  assert.equal(format(await client.send("CONFIG", "SET", "maxmemory-clients", "1mb")), "+OK");
  await holding;
  assert.equal(await evictedClients(client), 1);
  await client.send("CLIENT", "NO-EVICT", "off");
  assert.equal(format(await client.send("CONFIG", "SET", "maxmemory-clients", "1")), "+OK");
  assert.deepEqual(await client.readUntilClosed(), []);
});
