/**
 * Bytes that no client should send, over the wire. `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other streams
 * and more of them.
 */

import { strict as assert } from "node:assert";
import { concat, format, fromLatin1, quote } from "../harness/resp_client.ts";
import { hasRedis, startRedis, startRedlite, type TestServer } from "../harness/servers.ts";
import { mutatedStream } from "../resp/mutated_streams.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { SEED } from "../harness/seed.ts";

const RUNS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 2000);

/** Connections at a time. */
const AT_ONCE = 50;

/** Sends bytes, then the end of the stream; returns everything that was answered. */
async function answerTo(server: TestServer, stream: Uint8Array): Promise<string> {
  using connection = await Deno.connect({ hostname: server.hostname, port: server.port });
  const answer: Uint8Array[] = [];
  try {
    for (let rest = stream; rest.length > 0;) {
      rest = rest.subarray(await connection.write(rest));
    }
    await connection.closeWrite();
    const room = new Uint8Array(4096);
    for (let size; (size = await connection.read(room)) !== null;) {
      answer.push(room.slice(0, size));
    }
  } catch (error) {
    // Who closes with bytes unread resets the connection.
    if (!isReset(error)) throw error;
  }
  return quote(concat(answer));
}

function isReset(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.NotConnected;
}

const ignore = !hasRedis();
const skipped = ignore ? " (skipped: no redis-server on the PATH)" : "";

Deno.test({
  name: `mutated streams are answered as by Redis, seed ${SEED}${skipped}`,
  ignore,
  async fn() {
    await using redis = await startRedis();
    await using ours = await startRedlite({ appendfsync: "no" });
    const below = randomNumbers(SEED);
    for (let run = 0; run < RUNS; run++) {
      // Redis looks for the end of a header's line as C does and finds none behind a NUL.
      const stream = mutatedStream(below).map((byte) => byte || 1);
      const [expected, actual] = await Promise.all([
        answerTo(redis, stream),
        answerTo(ours, stream),
      ]);
      const what = `REDLITE_TEST_SEED=${SEED}, run ${run}: the answers to ${quote(stream)} differ`;
      assert.equal(actual, expected, what);
    }
  },
});

Deno.test(`noise on ${AT_ONCE} connections at once disturbs nobody else, seed ${SEED}`, async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using other = await server.connect();
  const below = randomNumbers(SEED);
  let left = RUNS;
  const noise = async () => {
    while (left-- > 0) {
      // Now and then more than fits one read.
      const size = 1 + below(below(20) === 0 ? 100_000 : 300);
      await answerTo(server, new Uint8Array(size).map(() => below(256)));
    }
  };
  const counting = async () => {
    for (let count = 1; left > 0; count++) {
      assert.equal(format(await other.send("INCR", "count")), `:${count}`);
    }
  };
  await Promise.all([counting(), ...Array.from({ length: AT_ONCE }, noise)]);
  assert.match(format(await other.send("INFO", "clients")), /connected_clients:\d+/);
  assert.equal(format(await other.send("DBSIZE")), ":1");
  assert.doesNotMatch(server.log, /rolled back|is closed:/);
});

Deno.test("connections left in the middle of a command are forgotten when they end", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using other = await server.connect();
  const beginnings = [
    "*",
    "*3\r\n",
    "*3\r\n$3\r\nSE",
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$9\r\nv",
    "GET",
  ];
  const connections: Deno.TcpConn[] = [];
  for (let i = 0; i < 200; i++) {
    const connection = await Deno.connect({ hostname: server.hostname, port: server.port });
    await connection.write(fromLatin1(beginnings[i % beginnings.length]!));
    connections.push(connection);
  }
  await connectedClients(server, 201);
  for (const connection of connections) connection.close();
  await connectedClients(server, 1);
  assert.equal(format(await other.send("EXISTS", "k")), ":0");
});

/** Waits until so many clients are connected; a test that waits in vain fails by its connection's timeout. */
async function connectedClients(server: TestServer, count: number): Promise<void> {
  await using client = await server.connect();
  for (let tries = 0; tries < 100_000; tries++) {
    const info = format(await client.send("INFO", "clients"));
    if (info.includes(`connected_clients:${count + 1}\\r`)) return;
  }
  assert.fail(`there never were ${count} clients`);
}
