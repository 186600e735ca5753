/** CLIENT commands about other connections, and MONITOR. */

import { strict as assert } from "node:assert";
import { ConnectionClosed, format } from "../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../harness/servers.ts";
import { testScript } from "../harness/scripts.ts";
import { testSameAsRedis } from "../commands/same_as_redis.ts";

testSameAsRedis("arguments of CLIENT commands that are wrong", [
  "CLIENT KILL",
  "CLIENT KILL TYPE pubsub",
  "CLIENT KILL TYPE x",
  "CLIENT KILL USER nobody",
  "CLIENT KILL SKIPME maybe",
  "CLIENT KILL ID 0",
  "CLIENT KILL ID abc",
  "CLIENT KILL ID 99 USER default",
  "CLIENT KILL ID 99 TYPE",
  "CLIENT KILL FOO x",
  "CLIENT KILL 1.1.1.1:1",
  "CLIENT LIST TYPE normal ID 1",
  "CLIENT LIST TYPE x",
  "CLIENT LIST TYPE pubsub",
  "CLIENT LIST ID x",
  "CLIENT LIST ID 99999",
  "CLIENT LIST ID",
  "CLIENT LIST TYPE",
  "CLIENT LIST FOO bar",
  "CLIENT PAUSE x",
  "CLIENT PAUSE -1",
  "CLIENT PAUSE 0 FOO",
  "CLIENT UNBLOCK x",
  "CLIENT UNBLOCK 99999",
  "CLIENT UNBLOCK 1 FOO",
  "CLIENT UNPAUSE x",
  "CLIENT UNPAUSE",
  "CLIENT NO-EVICT maybe",
  "CLIENT REPLY maybe",
]);

/** What CLIENT LIST says of a client with this name. */
async function lineOf(server: TestServer, name: string): Promise<Map<string, string>> {
  await using observer = await server.connect();
  const list = format(await observer.send("CLIENT", "LIST")).slice(1, -1).split("\\n");
  const line = list.find((line) => line.includes(` name=${name} `)) ?? "";
  return new Map(line.split(" ").map((field) => field.split("=") as [string, string]));
}

Deno.test("CLIENT LIST tells what a client is about", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("CLIENT", "SETNAME", "me");
  const fields = async (...names: string[]) => {
    const line = await lineOf(server, "me");
    return names.map((name) => `${name}=${line.get(name)}`).join(" ");
  };
  assert.equal(
    await fields("flags", "db", "sub", "psub", "ssub", "multi", "watch", "redir", "resp", "user"),
    "flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 redir=-1 resp=2 user=default",
  );
  await client.send("SELECT", "2");
  await client.send("WATCH", "a", "b", "a");
  await client.send("MULTI");
  await client.send("SET", "a", "12345");
  assert.equal(
    await fields("flags", "db", "multi", "watch", "cmd"),
    "flags=x db=2 multi=1 watch=2 cmd=multi",
  );
  {
    await using other = await server.connect();
    await other.send("SELECT", "2");
    await other.send("SET", "b", "1");
  }
  assert.equal(await fields("flags"), "flags=xd");
  await client.send("EXEC");
  assert.equal(await fields("flags", "watch"), "flags=N watch=0");
  await client.send("HELLO", "3", "SETNAME", "me");
  await client.send("CLIENT", "TRACKING", "ON", "BCAST");
  await client.send("CLIENT", "NO-EVICT", "ON");
  await client.send("CLIENT", "NO-TOUCH", "ON");
  assert.equal(await fields("flags", "redir", "resp"), "flags=tBeT redir=0 resp=3");
  const popped = client.send("BLPOP", "queue", "0");
  assert.match(await fields("flags", "cmd"), /^flags=b?tBeT/);
  await using pusher = await server.connect();
  await pusher.send("SELECT", "2");
  await pusher.send("RPUSH", "queue", "x");
  await popped;
  await client.send("RESET");
  await client.send("CLIENT", "SETNAME", "me");
  assert.equal(await fields("flags", "redir", "resp"), "flags=N redir=-1 resp=2");
});

for (
  const filter of [
    (id: string) => ["ID", id],
    (id: string, address: string) => ["ADDR", address, "ID", id],
    (_id: string, address: string) => ["ADDR", address],
    (id: string) => ["TYPE", "normal", "ID", id],
    (id: string) => ["USER", "default", "SKIPME", "yes", "ID", id],
    (id: string, _address: string, local: string) => ["LADDR", local, "ID", id],
  ]
) {
  Deno.test(`CLIENT KILL ${filter("ID", "ADDRESS", "LOCAL").join(" ")} closes the client`, async () => {
    await using server = await startRedlite();
    await using victim = await server.connect();
    await using bystander = await server.connect();
    await using killer = await server.connect();
    await victim.send("CLIENT", "SETNAME", "victim");
    const line = await lineOf(server, "victim");
    const words = filter(line.get("id") ?? "", line.get("addr") ?? "", line.get("laddr") ?? "");
    assert.equal(format(await killer.send("CLIENT", "KILL", ...words)), ":1");
    await assert.rejects(victim.readReply(), ConnectionClosed);
    assert.equal(format(await bystander.send("PING")), "+PONG");
    assert.equal(format(await killer.send("CLIENT", "KILL", ...words)), ":0");
  });
}

Deno.test("CLIENT KILL closes who waits in a command, and its own client after the answer", async () => {
  await using server = await startRedlite();
  await using waiting = await server.connect();
  await using killer = await server.connect();
  await waiting.send("CLIENT", "SETNAME", "waiting");
  // Watched from the start: it may be closed before the killer has its answer.
  const closed = assert.rejects(waiting.send("BLPOP", "queue", "0"), ConnectionClosed);
  const id = (await lineOf(server, "waiting")).get("id") ?? "";
  assert.equal(format(await killer.send("CLIENT", "KILL", "ID", id)), ":1");
  await closed;
  await killer.send("RPUSH", "queue", "kept");
  assert.equal(format(await killer.send("LLEN", "queue")), ":1");
  const self = format(await killer.send("CLIENT", "ID")).slice(1);
  assert.equal(format(await killer.send("CLIENT", "KILL", "ID", self)), ":0");
  assert.equal(format(await killer.send("CLIENT", "KILL", "ID", self, "SKIPME", "no")), ":1");
  await assert.rejects(killer.readReply(), ConnectionClosed);
});

testScript("CLIENT PAUSE WRITE holds writes back and lets reads through", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.send("SET k 1");
  await a.send("CLIENT PAUSE 100000 WRITE");
  await a.send("GET k");
  await b.begin("INCR k");
  await b.begin("GET k");
  await a.send("GET k");
  await a.send("MULTI");
  await a.send("GET k");
  await a.send("EXEC");
  await a.send("CLIENT UNPAUSE");
  await b.read();
  await b.read();
});

testScript("a pause ends by itself", async (script) => {
  const a = await script.client(), b = await script.client();
  await a.send("SET k 1");
  await a.send("CLIENT PAUSE 50 ALL");
  await b.send("INCR k");
  await a.send("GET k");
});

Deno.test("keys expire after a pause, not during it", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await using other = await server.connect();
  // In one turn: within it the clock stands still.
  await client.pipeline([
    ["SET", "k", "v", "PX", "20"],
    ["CLIENT", "PAUSE", "1000000", "WRITE"],
  ]);
  while (format(await client.send("GET", "k")) !== "$-1");
  assert.match(format(await client.send("INFO", "stats")), /expired_keys:0\\r/);
  // A write waits for the end of the pause, and comes upon the key.
  const again = client.send("SET", "k", "again");
  await other.send("CLIENT", "UNPAUSE");
  await again;
  assert.match(format(await client.send("INFO", "stats")), /expired_keys:1\\r/);
});

testScript("MONITOR tells of commands as they are run", async (script) => {
  const monitor = await script.client(), a = await script.client();
  await monitor.send("MONITOR");
  await a.pipeline(
    "SET k v",
    "GET k",
    "NOSUCH",
    "GET",
    "MULTI",
    "INCR n",
    "EXEC",
    "SELECT 2",
    "LPUSH k a",
    "CONFIG GET maxmemory",
  );
  await a.send("AUTH nobody secret");
  await a.send("PING");
  const lines: string[] = [];
  for (let i = 0; i < 9; i++) {
    const line = format(await monitor.connection.readReply());
    lines.push(line.replace(/^\+\d+\.\d+ \[(\d+) [^\]]*\]/, "+TIME [$1 ADDRESS]"));
  }
  monitor.log(lines.join("\n"));
  await a.send(["SET", "binary", Uint8Array.of(0, 10, 34, 92, 128, 255)]);
  const line = format(await monitor.connection.readReply());
  monitor.log(line.replace(/^\+\d+\.\d+ \[(\d+) [^\]]*\]/, "+TIME [$1 ADDRESS]"));
  await monitor.send("GET k");
  await monitor.send("SET k v");
  await monitor.begin("RESET");
  const reset = format(await monitor.connection.readReply());
  monitor.log(reset.replace(/^\+\d+\.\d+ \[(\d+) [^\]]*\]/, "+TIME [$1 ADDRESS]"));
}, { resp: [2] });

testScript("CLIENT REPLY chooses what is answered", async (script) => {
  const a = await script.client();
  await a.begin("CLIENT REPLY OFF");
  await a.begin("SET k 1");
  await a.begin("NOSUCH");
  await a.send("CLIENT REPLY ON");
  await a.begin("CLIENT REPLY SKIP");
  await a.begin("SET k 2");
  await a.send("GET k");
  await a.begin("CLIENT REPLY SKIP");
  await a.begin("CLIENT REPLY SKIP");
  await a.begin("SET k 3");
  await a.send("GET k");
});
