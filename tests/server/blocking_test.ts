/** Blocking commands: https://redis.io/docs/latest/commands/blpop/ */

import { strict as assert } from "node:assert";
import { format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { testScript } from "../harness/scripts.ts";
import { testSameAsRedis } from "../commands/same_as_redis.ts";

testSameAsRedis("blocking commands that do not have to wait", [
  "RPUSH l a b c d e f",
  "BLPOP none l 0",
  "BRPOP l none 0",
  "BLMPOP 0 2 none l LEFT COUNT 2",
  "BLMOVE l m LEFT RIGHT 0",
  "BRPOPLPUSH l m 0",
  "LRANGE m 0 -1",
  "EXISTS l",
  "ZADD z 1 a 2 b 3 c 4 d",
  "BZPOPMIN none z 0",
  "BZPOPMAX z none 0",
  "BZMPOP 0 2 none z MIN COUNT 5",
  "SET s 1",
  "BLPOP s 0",
  "BLPOP none s 0",
  "BZPOPMIN s 0",
  "BLMOVE s l LEFT LEFT 0",
  "BLMOVE none s LEFT LEFT 0.01",
  "RPUSH l a",
  "BLMOVE l s LEFT LEFT 0",
  "BLPOP a -1",
  "BLPOP a x",
  "BLPOP a nan",
  "BLPOP 0",
  "BLMPOP 0 0 a LEFT",
  "BLMPOP 0 1 a LEFT COUNT 0",
  "BLMPOP x 1 a LEFT",
  "BLMPOP 0 1 a UP",
  "BLMPOP 0 2 a LEFT",
  "BLMOVE a b UP LEFT 0",
  "BLMOVE a b LEFT LEFT z",
  "BZMPOP 0 1 a UP",
  "BZMPOP -1 1 a MIN",
  "WAIT x 0",
  "WAIT 0 x",
  "WAIT 0 -1",
  "WAIT 0 0",
  "WAIT 1 5",
  "BLPOP none 0.005",
  "BRPOP none 0.005",
  "BLMOVE none l LEFT LEFT 0.005",
  "BRPOPLPUSH none l 0.005",
  "BLMPOP 0.005 1 none LEFT",
  "BZPOPMIN none 0.005",
  "BZMPOP 0.005 1 none MAX",
  "MULTI",
  "BLPOP none 0",
  "BLMOVE none l LEFT LEFT 0",
  "BRPOPLPUSH none l 0",
  "BLMPOP 0 1 none LEFT",
  "BZPOPMIN none 0",
  "BZMPOP 0 1 none MIN",
  "WAIT 1 0",
  "EXEC",
]);

testScript("those who wait longest are served first, and each element once", async (script) => {
  const [a, b, c, d] = [
    await script.client(),
    await script.client(),
    await script.client(),
    await script.client(),
  ];
  await a.begin("BLPOP k 0");
  await script.blocked(1);
  await b.begin("BRPOP other k 0");
  await script.blocked(2);
  await c.begin("BLPOP k 0");
  await script.blocked(3);
  await d.pipeline("RPUSH k 1 2", "LLEN k", "EXISTS k");
  await a.read();
  await b.read();
  await script.blocked(1);
  await d.pipeline("LPUSH k x", "RPUSH k y", "LRANGE k 0 -1");
  await c.read();
}, { shares: true });

testScript("a transaction is over before anybody is served", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.begin("BLPOP k 0");
  await script.blocked(1);
  await b.pipeline("MULTI", "LPUSH k 1", "LPUSH k 2", "LLEN k", "EXEC", "LLEN k");
  await a.read();
  await a.begin("BLPOP k2 0");
  await script.blocked(1);
  await b.pipeline("MULTI", "LPUSH k2 1", "DEL k2", "EXEC", "LPUSH k2 after");
  await a.read();
}, { shares: true });

testScript("lists go on from one waiting client to the next", async (script) => {
  const a = await script.client(), b = await script.client(), c = await script.client();
  await a.begin("BLMOVE first second LEFT RIGHT 0");
  await script.blocked(1);
  await b.begin("BLMOVE second third LEFT RIGHT 0");
  await script.blocked(2);
  await c.pipeline("RPUSH first x", "EXISTS first second", "LRANGE third 0 -1");
  await a.read();
  await b.read();
}, { shares: true });

testScript("a key of another type does not wake anybody", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.begin("BLPOP k 0");
  await script.blocked(1);
  await b.pipeline("ZADD k 1 a", "DEL k", "SET k v", "DEL k", "SADD k x", "DEL k", "LPUSH k now");
  await a.read();
  await a.begin("BZPOPMIN k 0");
  await script.blocked(1);
  await b.pipeline("LPUSH k a", "DEL k", "ZADD k 1.5 a 2 b", "ZCARD k");
  await a.read();
}, { shares: true });

testScript("whatever makes a key wakes those who wait for it", async (script) => {
  const a = await script.client(), b = await script.client();
  await b.send("SELECT 3");
  await b.send("RPUSH moved z");
  await b.send("SELECT 0");
  for (
    const ways of [
      ["RPUSH src 1", "RENAME src k"],
      ["RPUSH src 1", "COPY src k", "DEL src"],
      ["RPUSH src 3 2 1", "SORT src STORE k", "DEL src", "DEL k"],
      ["RPUSH src 1 2", "LMOVE src k LEFT LEFT", "DEL src"],
      ["RPUSH src 1", "RPOPLPUSH src k"],
      ["SELECT 3", "RPUSH k z", "SELECT 0", "SWAPDB 0 3"],
      ["SELECT 3", "RPUSH k z", "MOVE k 0", "SELECT 0"],
      ["RPUSH k a b c", "DEL k"],
    ]
  ) {
    await a.begin("BLPOP k 0");
    await script.blocked(1);
    await b.pipeline(...ways);
    await a.read();
  }
}, { shares: true });

testScript("a client that waits answers nothing else until it is served", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.begin("BLPOP k 0");
  await a.begin("PING");
  await a.begin("RPUSH mine 1");
  await a.begin("BLPOP k2 0");
  await a.begin("PING after");
  await script.blocked(1);
  await b.send("EXISTS mine");
  await b.send("RPUSH k x");
  await a.read();
  await a.read();
  await a.read();
  await script.blocked(1);
  await b.send("EXISTS mine");
  await b.send("RPUSH k2 y");
  await a.read();
  await a.read();
}, { shares: true });

testScript("a destination of another type is an error for who waits", async (script) => {
  const a = await script.client(), b = await script.client();
  await b.send("SET wrong x");
  await a.begin("BLMOVE k wrong LEFT LEFT 0");
  await script.blocked(1);
  await b.pipeline("RPUSH k 1", "LRANGE k 0 -1");
  await a.read();
  await a.begin("BRPOPLPUSH q wrong 0");
  await script.blocked(1);
  await b.pipeline("RPUSH q 1", "LRANGE q 0 -1");
  await a.read();
}, { shares: true });

testScript("CLIENT UNBLOCK ends the waiting", async (script) => {
  const a = await script.client(), b = await script.client();
  const id = await a.id();
  await b.send(`CLIENT UNBLOCK 123456`);
  await a.begin("BLPOP k 0");
  await script.blocked(1);
  await b.connection.send("CLIENT", "UNBLOCK", id);
  await a.read();
  await a.begin("BLMOVE k l LEFT LEFT 0");
  await script.blocked(1);
  await b.connection.send("CLIENT", "UNBLOCK", id, "ERROR");
  await a.read();
  await a.send("PING");
  await b.pipeline("RPUSH k x", "LLEN k");
}, { shares: true });

testScript("a client that is gone is served nothing", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.begin("BLPOP k 0");
  await script.blocked(1);
  a.connection.close();
  await script.blocked(0);
  await b.pipeline("RPUSH k x", "LLEN k");
}, { shares: true });

testScript("several members are popped at once for one who waits", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.begin("BLMPOP 0 2 k q RIGHT COUNT 10");
  await script.blocked(1);
  await b.pipeline("RPUSH q 1 2 3", "EXISTS q");
  await a.read();
  await a.begin("BZMPOP 0 2 z y MAX COUNT 2");
  await script.blocked(1);
  await b.pipeline("ZADD y 1 a 2 b 3 c", "ZRANGE y 0 -1");
  await a.read();
  await a.begin("BZPOPMAX z y 0");
  await a.read();
}, { shares: true });

Deno.test("BLMOVEM waits for as many elements as it wants exactly", async () => {
  await using server = await startRedlite();
  await using a = await server.connect();
  await using b = await server.connect();
  const moved = a.send("BLMOVEM", "src", "dst", "LEFT", "RIGHT", "0", "EXACTLY", "3", "BULK");
  await b.send("RPUSH", "src", "1");
  await b.send("RPUSH", "src", "2");
  assert.equal(format(await b.send("LLEN", "src")), ":2");
  await b.send("RPUSH", "src", "3", "4");
  assert.equal(format(await moved), '["1", "2", "3"]');
  assert.equal(format(await b.send("LRANGE", "src", "0", "-1")), '["4"]');
  const timedOut = a.send("BLMOVEM", "src", "dst", "LEFT", "RIGHT", "0.01", "EXACTLY", "3", "OBO");
  assert.equal(format(await timedOut), "*-1");
  const one = a.send("BLMOVEM", "none", "dst", "LEFT", "LEFT", "0");
  await b.send("RPUSH", "none", "x", "y");
  assert.equal(format(await one), '["x"]');
});

Deno.test("an element pushed by another process is served without a timeout, and once", async () => {
  await using first = await startRedlite({ appendfsync: "everysec" });
  await using second = await startRedlite({
    directory: first.directory,
    appendfsync: "everysec",
  });
  await using a = await first.connect();
  await using b = await first.connect();
  await using c = await second.connect();
  await using pusher = await second.connect();
  for (let round = 0; round < 20; round++) {
    const popped = [a, b, c].map((client) => client.send("BLPOP", "queue", "0"));
    for (const [server, waiting] of [[first, 2], [second, 1]] as const) {
      await using other = await server.connect();
      while (!(await info(other)).includes(`blocked_clients:${waiting}\r`)) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await pusher.send("RPUSH", "queue", "1", "2", "3");
    const got = (await Promise.all(popped)).map(format).sort();
    assert.deepEqual(got, ['["queue", "1"]', '["queue", "2"]', '["queue", "3"]']);
    assert.equal(format(await pusher.send("EXISTS", "queue")), ":0");
  }
});

async function info(
  client: Awaited<ReturnType<Awaited<ReturnType<typeof startRedlite>>["connect"]>>,
) {
  const reply = await client.send("INFO", "clients");
  return "value" in reply && reply.value instanceof Uint8Array
    ? new TextDecoder().decode(reply.value)
    : "";
}

Deno.test("WAITAOF waits for the disk", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await client.send("SET", "k", "v");
  assert.equal(format(await client.send("WAITAOF", "0", "0", "0")), "[:0, :0]");
  assert.equal(format(await client.send("WAITAOF", "1", "0", "0")), "[:1, :0]");
  assert.equal(format(await client.send("WAITAOF", "1", "0", "0")), "[:1, :0]");
  assert.equal(format(await client.send("WAITAOF", "1", "1", "5")), "[:1, :0]");
  assert.match(format(await client.send("WAITAOF", "2", "0", "0")), /^-ERR value is out of range/);
  assert.match(format(await client.send("WAITAOF", "0", "-1", "0")), /^-ERR value is out of range/);
});

Deno.test("WAITAOF is about what the client has written, and not others", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using client = await server.connect();
  await using other = await server.connect();
  await client.send("SET", "k", "v");
  assert.equal(format(await client.send("WAITAOF", "1", "0", "0")), "[:1, :0]");
  await other.send("SET", "k", "w");
  assert.equal(format(await client.send("WAITAOF", "0", "0", "0")), "[:1, :0]");
  await client.send("GET", "k");
  assert.equal(format(await client.send("WAITAOF", "0", "0", "0")), "[:1, :0]");
  assert.equal(format(await other.send("WAITAOF", "0", "0", "0")), "[:0, :0]");
});

Deno.test("a long pipeline goes on after commands that waited in its middle", async () => {
  await using server = await startRedlite({ appendfsync: "everysec" });
  await using worker = await server.connect();
  await using producer = await server.connect();
  const echo = ["ECHO", "x".repeat(100)];
  const pops = 50;
  const pipeline = Array.from(
    { length: pops },
    () => [...Array.from({ length: 200 }, () => echo), ["BLPOP", "queue", "0"]],
  ).flat();
  const answers = worker.pipeline(pipeline);
  for (let i = 0; i < pops; i++) await producer.send("RPUSH", "queue", String(i));
  const popped = (await answers).filter((reply) => reply.type === "array").map(format);
  assert.deepEqual(popped, Array.from({ length: pops }, (_, i) => `["queue", "${i}"]`));
});

Deno.test("a pipeline goes on after a command that waits for an interpreter, behind one that was served", async () => {
  await using server = await startRedlite({ appendfsync: "no" });
  await using worker = await server.connect();
  await using producer = await server.connect();
  const answers = worker.pipeline([
    ["BLPOP", "queue", "0"],
    ["EVAL", "return 'ran'", "0"],
    ["ECHO", "behind"],
  ]);
  while (!(await info(producer)).includes("blocked_clients:1\r"));
  await producer.send("RPUSH", "queue", "job");
  assert.deepEqual((await answers).map(format), ['["queue", "job"]', '"ran"', '"behind"']);
});
