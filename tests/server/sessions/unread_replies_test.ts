/** Clients that leave their replies unread: before they authenticate, within limits, and past them. */

import { strict as assert } from "node:assert";
import { format, fromLatin1, latin1, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";

const MB = 1024 * 1024;

/** A field of one client's line of CLIENT LIST; undefined if it is not connected. */
async function fieldOf(client: RespClient, address: string, field: string) {
  const list = await client.send("CLIENT", "LIST");
  assert.ok(list.type === "bulk");
  const line = latin1(list.value).split("\n").find((line) => line.includes(` addr=${address} `));
  return line === undefined ? undefined : Number(new RegExp(` ${field}=(\\d+)`).exec(line)?.[1]);
}

/** Writes until the other side takes no more, or closes. @returns Bytes written. */
async function writeOn(connection: Deno.Conn, bytes: Uint8Array, most: number): Promise<number> {
  let written = 0;
  try {
    while (written < most) written += await connection.write(bytes);
  } catch {
    // Closed.
  }
  return written;
}

for (const request of ["GET a\r\n", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n"]) {
  Deno.test(`a client that pipelines ${request.length} bytes a command before AUTH, and reads nothing, is closed`, async () => {
    await using server = await startRedlite({ password: "secret", appendfsync: "no" });
    await using client = await server.connect();
    const deaf = await Deno.connect({ hostname: server.hostname, port: server.port });
    const address = `127.0.0.1:${(deaf.localAddr as Deno.NetAddr).port}`;
    let most = 0;
    const writing = writeOn(deaf, fromLatin1(request.repeat(10_000)), 1024 * MB);
    let ended = false;
    void writing.then(() => ended = true);
    while (!ended) most = Math.max(most, await fieldOf(client, address, "tot-mem") ?? 0);
    assert.ok(await writing < 64 * MB, `${await writing} bytes were taken`);
    assert.ok(most < MB / 2, `it took ${most} bytes of memory`);
    deaf.close();
    assert.match(server.log, /client \d+ \(.*\) is cut off: it has not authenticated/);
    assert.equal(format(await client.send("PING")), "+PONG");
  });
}

Deno.test("a client that reads may be refused as often as it likes before AUTH", async () => {
  await using server = await startRedlite({ password: "secret", appendfsync: "no" });
  await using client = await server.connect({ password: undefined });
  const refusals = await client.pipeline(Array.from({ length: 20_000 }, () => ["GET", "a"]));
  assert.ok(refusals.every((reply) => format(reply).startsWith("-NOAUTH ")));
  assert.equal(format(await client.send("AUTH", "secret")), "+OK");
  assert.equal(format(await client.send("GET", "a")), "$-1");
});

Deno.test("of a client that reads no replies no more than 32 MB of commands are read, and none is lost", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("SET", "k", "x".repeat(1000));
  const deaf = await Deno.connect({ hostname: server.hostname, port: server.port });
  const address = `127.0.0.1:${(deaf.localAddr as Deno.NetAddr).port}`;
  // So long that few commands fill much: 1001 bytes, and 1009 of a reply.
  const request = fromLatin1(`GET k${" ".repeat(994)}\r\n`.repeat(1000));
  let written = 0, stopped = false;
  const writing = (async () => {
    while (!stopped) written += await deaf.write(request.subarray(written % request.length));
  })();
  // As long as it is read on, this grows.
  for (let before = -1, same = 0; same < 50;) {
    const now = await fieldOf(client, address, "tot-net-in") ?? 0;
    same = now === before && now > 32 * MB ? same + 1 : 0;
    before = now;
  }
  const held = await fieldOf(client, address, "qbuf") ?? 0;
  assert.ok(held >= 32 * MB && held < 96 * MB, `${held} bytes`);
  stopped = true;
  // Once it reads, everything that it sent is answered.
  const room = new Uint8Array(MB);
  let got = 0, wanted = Infinity;
  void writing.then(() => wanted = Math.floor(written / 1001) * 1009);
  while (got < wanted) got += await deaf.read(room) ?? assert.fail("closed");
  assert.equal(got, wanted);
  deaf.close();
});

Deno.test("of a reply past the output limit not a byte is sent", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("SET", "big", "x".repeat(2 * MB));
  await client.send("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0");
  for (const pipeline of ["GET big\r\n", "PING\r\nGET big\r\n", "MULTI\r\nGET big\r\nEXEC\r\n"]) {
    const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
    await connection.write(fromLatin1(pipeline));
    const all = await new Response(connection.readable).bytes();
    assert.ok(!latin1(all).includes("x"), pipeline);
  }
  assert.match(
    server.log,
    /is cut off: it leaves more unread than client-output-buffer-limit allows/,
  );
  // What others are answered is within theirs.
  assert.equal(format(await client.send("GETRANGE", "big", "0", "3")), '"xxxx"');
});

Deno.test("a transaction runs to its end though nobody will be told", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("SET", "big", "x".repeat(MB));
  await client.send("CONFIG", "SET", "client-output-buffer-limit", "normal 100kb 0 0");
  const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
  const gets = "GET big\r\n".repeat(50);
  await connection.write(fromLatin1(`MULTI\r\nINCR n\r\n${gets}INCR n\r\nEXEC\r\n`));
  const all = await new Response(connection.readable).bytes();
  assert.ok(!latin1(all).includes("x"));
  assert.equal(format(await client.send("GET", "n")), '"2"');
});

Deno.test("a subscriber is sent nothing of messages past its limit", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0");
  await using subscriber = await server.connect();
  await subscriber.send("SUBSCRIBE", "c");
  assert.equal(format(await client.send("PUBLISH", "c", "y".repeat(2 * MB))), ":1");
  assert.deepEqual(await subscriber.readUntilClosed(), []);
});
