/**
 * Many clients, slow ones, and ones that do not mean well, each beside a client that works: it is served, and the
 * server's memory stays within bounds. How fast it is served meanwhile is measured by bench/hostile.ts.
 */

import { strict as assert } from "node:assert";
import {
  type Command,
  encode,
  format,
  fromLatin1,
  latin1,
  type Reply,
  type RespClient,
} from "../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../harness/servers.ts";

const MB = 1024 * 1024;

/** A value of the INFO section that has it. */
async function infoOf(client: RespClient, field: string): Promise<number> {
  const info = await client.send("INFO");
  assert.ok(info.type === "bulk");
  const value = new RegExp(`^${field}:(\\d+)\r$`, "m").exec(latin1(info.value))?.[1];
  assert.ok(value !== undefined, `INFO has no ${field}`);
  return Number(value);
}

const residentBytes = (client: RespClient): Promise<number> => infoOf(client, "used_memory_rss");

/** Asks until the answer is right: what one connection causes another one sees a moment later. */
async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!await ask()) assert.ok(Date.now() < deadline, `in vain: ${what}`);
}

/** Connects so many clients, not all at once, since the system keeps few that are not accepted yet. */
async function connectMany(server: TestServer, count: number): Promise<Deno.TcpConn[]> {
  const connections: Deno.TcpConn[] = [];
  while (connections.length < count) {
    const next = Math.min(100, count - connections.length);
    const { hostname, port } = server;
    connections.push(
      ...await Promise.all(
        Array.from({ length: next }, () => Deno.connect({ hostname, port })),
      ),
    );
  }
  return connections;
}

/** Sends a request and reads a reply whose bytes are known. */
async function expectReply(connection: Deno.Conn, request: Uint8Array, reply: string) {
  await connection.write(request);
  const room = new Uint8Array(reply.length);
  for (let end = 0; end < room.length;) {
    const size = await connection.read(room.subarray(end));
    assert.ok(size !== null, "the server closed the connection");
    end += size;
  }
  assert.equal(latin1(room), reply);
}

/** How many files the system lets a process have open. */
function openFilesLimit(): number {
  const { stdout } = new Deno.Command("bash", { args: ["-c", "ulimit -Hn"] }).outputSync();
  const text = new TextDecoder().decode(stdout).trim();
  return text === "unlimited" ? Infinity : Number(text);
}

const ACTIVE = 1000;
const IDLE = 10_000;
/** Files for what is no client: libraries, SQLite, pipes. */
const OTHER_FILES = 300;
const idle = Math.min(IDLE, openFilesLimit() - ACTIVE - OTHER_FILES);
const scaled = idle < IDLE ? ` (not ${IDLE}: a process may open ${openFilesLimit()} files)` : "";

Deno.test(`${idle} idle connections and ${ACTIVE} active ones${scaled}`, async () => {
  assert.ok(idle > 0, "the limit of open files is too low for this test");
  await using server = await startRedlite({
    appendfsync: "no",
    args: ["--maxclients", String(IDLE + ACTIVE + 10)],
  });
  await using client = await server.connect();
  const before = await residentBytes(client);
  const connections = await connectMany(server, idle);
  try {
    await until(
      "all are connected",
      async () => await infoOf(client, "connected_clients") === idle + 1,
    );
    const each = (await residentBytes(client) - before) / idle;
    assert.ok(each < 24 * 1024, `${each} bytes for each idle connection`);

    const active = await connectMany(server, ACTIVE);
    connections.push(...active);
    await Promise.all(active.map(async (connection, i) => {
      const key = `key:${i}`;
      for (let round = 0; round < 5; round++) {
        await expectReply(connection, encode(["SET", key, `${round}`]), "+OK\r\n");
        await expectReply(connection, encode(["GET", key]), `$1\r\n${round}\r\n`);
        await expectReply(connection, encode(["PING"]), "+PONG\r\n");
      }
    }));
    assert.equal(format(await client.send("DBSIZE")), `:${ACTIVE}`);
    // Those that idled are not forgotten.
    for (const connection of connections.filter((_, i) => i % 100 === 0)) {
      await expectReply(connection, encode(["PING"]), "+PONG\r\n");
    }
  } finally {
    for (const connection of connections) connection.close();
  }
  await until("all are gone", async () => await infoOf(client, "connected_clients") === 1);
});

Deno.test("clients that never read their replies cost a few megabytes each", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("SET", "big", "x".repeat(MB));
  await client.send("GET", "big");
  const before = await residentBytes(client);
  const deaf = await connectMany(server, 20);
  try {
    // 10 GB of replies.
    for (const connection of deaf) await connection.write(fromLatin1("GET big\r\n".repeat(500)));
    for (let count = 1; count <= 300; count++) {
      assert.equal(format(await client.send("INCR", "count")), `:${count}`);
    }
    await until("all have replies waiting", async () => {
      const list = latin1(bulk(await client.send("CLIENT", "LIST")));
      const waiting = [...list.matchAll(/ omem=(\d+)/g)].map(([, bytes]) => Number(bytes));
      assert.ok(waiting.every((bytes) => bytes < 5 * MB), `${waiting}`);
      return waiting.filter((bytes) => bytes >= MB).length === deaf.length;
    });
    const grown = await residentBytes(client) - before;
    assert.ok(grown < deaf.length * 8 * MB, `${grown} bytes more`);
  } finally {
    for (const connection of deaf) connection.close();
  }
  await until("they are gone", async () => await infoOf(client, "connected_clients") === 1);
});

function bulk(reply: Reply): Uint8Array {
  assert.ok(reply.type === "bulk", format(reply));
  return reply.value;
}

Deno.test("clients that send a byte at a time are answered, and the others meanwhile", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  const slow = await connectMany(server, 50);
  const request = encode(["SET", "slow", "value"], ["GET", "slow"]);
  let sent = 0, count = 0;
  const dribble = async () => {
    for (; sent < request.length - 1; sent++) {
      for (const connection of slow) await connection.write(request.subarray(sent, sent + 1));
      // The pace of the slow clients, a millionth of what a client can send.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const work = async () => {
    while (sent < request.length - 1) {
      assert.equal(format(await client.send("INCR", "count")), `:${++count}`);
    }
  };
  try {
    await Promise.all([dribble(), work()]);
    assert.ok(count > request.length, `only ${count} commands of the other client were answered`);
    for (const connection of slow) {
      await expectReply(connection, request.subarray(sent), "+OK\r\n$5\r\nvalue\r\n");
    }
  } finally {
    for (const connection of slow) connection.close();
  }
});

const PIPELINE = 100_000;

Deno.test(`a pipeline of ${PIPELINE} commands is answered in order, and others meanwhile`, async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await using other = await server.connect();
  const expected = Array.from({ length: PIPELINE }, (_, i) => `:${i + 1}\r\n`).join("");
  let done = false, count = 0;
  const pipeline = async () => {
    const one = encode(["INCR", "n"]);
    const [replies] = await Promise.all([
      client.readRaw(expected.length),
      client.raw(repeat(one, PIPELINE)),
    ]);
    done = true;
    assert.ok(latin1(replies) === expected, "a reply is wrong or in the wrong place");
  };
  const work = async () => {
    while (!done) assert.equal(format(await other.send("INCR", "count")), `:${++count}`);
  };
  await Promise.all([pipeline(), work()]);
  assert.ok(count > 1, `${count} commands of the other client were answered`);
  assert.equal(format(await client.send("GET", "n")), `"${PIPELINE}"`);
});

Deno.test(`a pipeline of ${PIPELINE} commands may be sent whole before a reply is read`, async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.raw(repeat(encode(["PING"]), PIPELINE));
  const expected = "+PONG\r\n".repeat(PIPELINE);
  assert.ok(latin1(await client.readRaw(expected.length)) === expected);
});

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}

Deno.test("a subscriber that stalls is closed, and the publisher goes on", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using publisher = await server.connect();
  await using listener = await server.connect();
  const limit = ["CONFIG", "SET", "client-output-buffer-limit", "pubsub 4mb 2mb 60"] as const;
  assert.equal(format(await publisher.send(...limit)), "+OK");
  const stalled = await connectMany(server, 5);
  const messages = 100;
  try {
    const confirmation = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
    for (const connection of stalled) {
      await expectReply(connection, encode(["SUBSCRIBE", "c"]), confirmation);
    }
    await listener.send("SUBSCRIBE", "c");
    const before = await residentBytes(publisher);
    const message = "m".repeat(MB / 2);
    for (let i = 0; i < messages; i++) {
      // The listener reads each message before the next one, so only the others fall behind.
      const receivers = await publisher.send("PUBLISH", "c", message);
      assert.ok(receivers.type === "integer" && receivers.value >= 1n);
      const received = await listener.readReply();
      assert.ok(received.type === "array" && bulk(received.items[2]!).length === message.length);
    }
    assert.equal(format(await publisher.send("PUBSUB", "NUMSUB", "c")), '["c", :1]');
    const grown = await residentBytes(publisher) - before;
    // 250 MB were for those that stalled; buffers that wait for the garbage collector count too.
    assert.ok(grown < stalled.length * 32 * MB, `${grown} bytes more`);
  } finally {
    for (const connection of stalled) connection.close();
  }
});

Deno.test("a subscriber above the soft limit for its seconds is closed", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using publisher = await server.connect();
  await publisher.send("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 64kb 1");
  const [stalled] = await connectMany(server, 1);
  try {
    const confirmation = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
    await expectReply(stalled!, encode(["SUBSCRIBE", "c"]), confirmation);
    const message = "m".repeat(MB);
    for (let i = 0; i < 20; i++) await publisher.send("PUBLISH", "c", message);
    await until(
      "it is closed",
      async () => format(await publisher.send("PUBSUB", "NUMSUB", "c")) === '["c", :0]',
    );
  } finally {
    stalled!.close();
  }
});

Deno.test("guessing passwords: each wrong one is refused, the right one works, others go on", async () => {
  await using server = await startRedlite({ appendfsync: "no", password: "right" });
  await using client = await server.connect();
  const guesses = 5000;
  let done = 0, count = 0;
  const guess = async (batch: number) => {
    await using guesser = await server.connect({ password: undefined });
    for (let at = 0; at < guesses; at += batch) {
      const replies = await guesser.pipeline(
        Array.from(
          { length: batch },
          (_, i): Command =>
            (at + i) % 2 === 0
              ? ["AUTH", `guess ${at + i}`]
              : ["AUTH", "default", `guess ${at + i}`],
        ),
      );
      for (const reply of replies) assert.match(format(reply), /^-WRONGPASS /);
    }
    assert.match(format(await guesser.send("GET", "count")), /^-NOAUTH /);
    assert.equal(format(await guesser.send("AUTH", "right")), "+OK");
    assert.match(format(await guesser.send("GET", "count")), /^"\d+"$/);
    done++;
  };
  const work = async () => {
    do assert.equal(format(await client.send("INCR", "count")), `:${++count}`); while (done < 3);
  };
  await Promise.all([work(), guess(1), guess(50), guess(5000)]);
  // What is noted of the attempts has a limit.
  const log = await client.send("ACL", "LOG", "1000000");
  assert.ok(log.type === "array" && log.items.length >= 1 && log.items.length <= 128);
});

Deno.test("a client that has not authenticated cannot make the server hold much", async () => {
  await using server = await startRedlite({ appendfsync: "no", password: "right" });
  await using client = await server.connect();
  const before = await residentBytes(client);
  const tries: [request: string, answer: string][] = [
    ["*11\r\n", "-ERR Protocol error: unauthenticated multibulk length\r\n"],
    ["*2\r\n$4\r\nAUTH\r\n$16385\r\n", "-ERR Protocol error: unauthenticated bulk length\r\n"],
    ["*3\r\n$536870912\r\n", "-ERR Protocol error: unauthenticated bulk length\r\n"],
    ["*1000000\r\n", "-ERR Protocol error: unauthenticated multibulk length\r\n"],
    ["a".repeat(65_537), "-ERR Protocol error: too big inline request\r\n"],
  ];
  for (let round = 0; round < 50; round++) {
    const connections = await connectMany(server, tries.length);
    await Promise.all(connections.map(async (connection, i) => {
      await connection.write(fromLatin1(tries[i]![0]));
      assert.equal(await new Response(connection.readable).text(), tries[i]![1]);
    }));
  }
  const grown = await residentBytes(client) - before;
  assert.ok(grown < 64 * MB, `${grown} bytes more`);
  assert.equal(format(await client.send("PING")), "+PONG");
});
