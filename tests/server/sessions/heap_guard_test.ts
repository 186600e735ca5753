/** What clients hold is counted, and the largest goes before the heap is full. */

import { strict as assert } from "node:assert";
import { HeapGuard, type MeasuredClient } from "../../../src/server/sessions/heap_guard.ts";
import {
  ConnectionClosed,
  encode,
  format,
  latin1,
  type RespClient,
} from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

const MB = 1024 * 1024;

/** Clients of such sizes, and which of them were closed. */
function clientsOf(sizes: readonly number[], noEvict: readonly number[] = []) {
  const open = new Map<number, MeasuredClient>();
  const closed: number[] = [];
  for (const [id, totalMemory] of sizes.entries()) {
    open.set(id, {
      id,
      address: `127.0.0.1:${id}`,
      noEvict: noEvict.includes(id),
      transport: () => ({ totalMemory }),
      close: () => {
        closed.push(id);
        open.delete(id);
      },
    });
  }
  return { clients: () => open.values(), closed };
}

/** A guard of a heap of 1000 MB whose use the test sets. */
function guardOf({ clients }: Pick<ReturnType<typeof clientsOf>, "clients">) {
  const heap = { used: 0 };
  const lines: string[] = [];
  const guard = new HeapGuard(
    clients,
    (line) => lines.push(line),
    () => ({ used: heap.used * MB, limit: 1000 * MB }),
  );
  return {
    lines,
    check(usedMb: number) {
      heap.used = usedMb;
      guard.check();
    },
  };
}

Deno.test("nobody goes while the heap has room", () => {
  const { clients, closed } = clientsOf([500 * MB]);
  const guard = guardOf({ clients });
  guard.check(799);
  assert.deepEqual(closed, []);
});

Deno.test("the largest client goes when the heap is nearly full, and the log tells why", () => {
  const { clients, closed } = clientsOf([20 * MB, 300 * MB, 100 * MB]);
  const guard = guardOf({ clients });
  guard.check(801);
  assert.deepEqual(closed, [1]);
  assert.deepEqual(guard.lines, [
    "client 1 (127.0.0.1:1), which holds 314572800 bytes, is closed: 801 of the 1000 MB of heap are in use " +
    "(--v8-flags=--max-old-space-size)",
  ]);
});

Deno.test("the next one goes only when the heap was collected or grew further", () => {
  const { clients, closed } = clientsOf([300 * MB, 200 * MB, 100 * MB]);
  const guard = guardOf({ clients });
  guard.check(810);
  guard.check(815);
  assert.deepEqual(closed, [0]);
  guard.check(850);
  assert.deepEqual(closed, [0, 1]);
  guard.check(805);
  assert.deepEqual(closed, [0, 1, 2]);
});

Deno.test("nobody goes if no client holds enough to matter", () => {
  const { clients, closed } = clientsOf([MB, 15 * MB]);
  guardOf({ clients }).check(990);
  assert.deepEqual(closed, []);
});

Deno.test("a client with NO-EVICT goes after all others", () => {
  const { clients, closed } = clientsOf([300 * MB, 100 * MB], [0]);
  const guard = guardOf({ clients });
  guard.check(810);
  guard.check(900);
  assert.deepEqual(closed, [1, 0]);
});

/** A number in a client's own line of CLIENT INFO, or in another's of CLIENT LIST. */
async function fieldOf(client: RespClient, field: string, id?: bigint): Promise<number> {
  const reply = id === undefined
    ? await client.send("CLIENT", "INFO")
    : await client.send("CLIENT", "LIST", "ID", String(id));
  assert.ok(reply.type === "bulk" || reply.type === "verbatim");
  return Number(new RegExp(`${field}=(\\d+)`).exec(latin1(reply.value))?.[1]);
}

async function idOf(client: RespClient): Promise<bigint> {
  const reply = await client.send("CLIENT", "ID");
  assert.ok(reply.type === "integer");
  return reply.value;
}

Deno.test("tot-mem counts watched keys, channels, patterns, prefixes and queued commands", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using observer = await server.connect();
  const names = Array.from({ length: 1000 }, (_, i) => `name:${i}:`);
  const holders: [string, string[][]][] = [
    ["watch", [["WATCH", ...names]]],
    ["subscribe", [["SUBSCRIBE", ...names]]],
    ["psubscribe", [["PSUBSCRIBE", ...names]]],
    ["prefixes", [["CLIENT", "TRACKING", "ON", "BCAST", ...names.flatMap((n) => ["PREFIX", n])]]],
    ["queue", [["MULTI"], ["DEL", ...names], ["MSET", ...names, ...names]]],
  ];
  for (const [what, lines] of holders) {
    await using client = await server.connect({ resp: 3 });
    const id = await idOf(client);
    const before = await fieldOf(observer, "tot-mem", id);
    for (const line of lines) await client.send(...line);
    const held = await fieldOf(observer, "tot-mem", id) - before;
    assert.ok(held > 20 * names.length, `${what}: ${held}`);
  }
});

Deno.test("multi-mem is what the queue holds, and a queue past client-query-buffer-limit ends its client", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await using other = await server.connect();
  await client.send("CONFIG", "SET", "client-query-buffer-limit", "1mb");
  const id = await idOf(client);
  await client.send("MULTI");
  await client.send("SET", "k", "x".repeat(1000));
  const held = await fieldOf(other, "multi-mem", id);
  assert.ok(held > 1000 && held < 4000, String(held));
  await assert.rejects(async () => {
    for (let i = 0; i < 1000; i++) await client.send("SET", "k", "x".repeat(5000));
  }, ConnectionClosed);
  assert.match(
    server.log,
    new RegExp(
      `client ${id} .* is cut off: its MULTI queue takes \\d+ bytes, client-query-buffer-limit is \\d+`,
    ),
  );
  assert.equal(format(await other.send("PING")), "+PONG");
});

Deno.test("clients with more channels than the heap has room for are closed one by one, the server goes on", async () => {
  await using server = await startRedlite({
    appendfsync: "no",
    permissions: ["-A", "--v8-flags=--max-old-space-size=64"],
    args: ["--storage", "memory", "--client-output-buffer-limit", "pubsub", "0", "0", "0"],
  });
  await using client = await server.connect();
  await Promise.all(Array.from({ length: 40 }, async (_, who) => {
    const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
    const drained = drain(connection);
    try {
      for (let i = 0; i < 12; i++) {
        const names = Array.from({ length: 1000 }, (_, j) => `channel:${who}:${i}:${j}`);
        await writeAll(connection, encode(["SUBSCRIBE", ...names]));
      }
    } catch {
      // It was closed.
    }
    connection.close();
    await drained;
  }));
  assert.equal(format(await client.send("PING")), "+PONG");
  assert.match(
    server.log,
    /which holds \d+ bytes, is closed: \d+ of the \d+ MB of heap are in use/,
  );
});

async function drain(connection: Deno.Conn): Promise<void> {
  const room = new Uint8Array(64 * 1024);
  try {
    while (await connection.read(room) !== null);
  } catch {
    // It was closed.
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

Deno.test("a command with more channels than one client may have is refused as a whole", async () => {
  await using server = await startRedlite({
    appendfsync: "no",
    permissions: ["-A", "--v8-flags=--max-old-space-size=64"],
    args: ["--storage", "memory"],
  });
  await using client = await server.connect();
  const names = Array.from({ length: 100_000 }, (_, i) => `channel:${i}`);
  for (const command of ["SUBSCRIBE", "PSUBSCRIBE", "WATCH", "BLPOP"]) {
    const reply = await client.send(command, ...names, "0");
    assert.match(format(reply), /^-ERR a client may have \d+ bytes held for it: this is more$/);
  }
  assert.equal(format(await client.send("PUBSUB", "CHANNELS", "*")), "[]");
});
