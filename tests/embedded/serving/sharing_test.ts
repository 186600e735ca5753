/** What a program and the clients of its database share. */

import { strict as assert } from "node:assert";
import { RedliteError } from "../../../mod.ts";
import { format } from "../../harness/resp_client.ts";
import { say, serve, until, waiting } from "./served.ts";

Deno.test("program and clients see each other's writes at once", async () => {
  await using served = await serve();
  const client = await served.connect();
  served.db.set("mine", "1");
  assert.deepEqual(await say(client, "GET mine", "INCR yours"), ['"1"', ":1"]);
  assert.equal(served.db.get("yours"), "1");
});

Deno.test("messages go both ways", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  const subscriber = await served.connect(3);
  await using news = db.subscribe("news");
  await subscriber.send("SUBSCRIBE", "news");
  assert.deepEqual(await say(client, "PUBLISH news one"), [":2"]);
  assert.deepEqual((await news.next()).value, { channel: "news", message: "one" });
  assert.match(format(await subscriber.readReply()), /one/);
  assert.equal(db.publish("news", "two"), 2);
  assert.match(format(await subscriber.readReply()), /two/);
});

Deno.test("keyspace notifications tell clients what the program does, and the program what clients do", async () => {
  await using served = await serve({ notifyKeyspaceEvents: "KEA" });
  const { db } = served;
  const client = await served.connect();
  const subscriber = await served.connect();
  await using events = db.subscribe("__keyevent@0__:set");
  await subscriber.send("SUBSCRIBE", "__keyevent@0__:del");
  await say(client, "SET k v");
  assert.equal((await events.next()).value?.message, "k");
  db.del("k");
  assert.match(format(await subscriber.readReply()), /__keyevent@0__:del.*k/);
});

Deno.test("a push of the program wakes a client, and a client's the program", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  const popped = client.send("BLPOP", "queue", "0");
  await until(() => waiting(db) === 1);
  db.lpush("queue", "from the program");
  assert.equal(format(await popped), '["queue", "from the program"]');
  assert.equal(db.exists("queue"), 0);
  const taken = db.blpop("jobs");
  await say(client, "RPUSH jobs from-a-client");
  assert.deepEqual(await taken, ["jobs", "from-a-client"]);
});

Deno.test("who waited first is served first, be it the program or a client", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  const first = db.blpop("queue");
  const second = client.send("BLPOP", "queue", "0");
  await until(() => waiting(db) === 2);
  const third = db.blpop("queue");
  db.rpush("queue", "1", "2", "3");
  assert.deepEqual(await first, ["queue", "1"]);
  assert.equal(format(await second), '["queue", "2"]');
  assert.deepEqual(await third, ["queue", "3"]);
});

Deno.test("a write of the program fails a client's WATCH", async () => {
  await using served = await serve();
  const client = await served.connect();
  await say(client, "WATCH k");
  served.db.set("k", "other");
  assert.deepEqual(await say(client, "MULTI", "SET k mine", "EXEC"), [
    "+OK",
    "+QUEUED",
    "*-1",
  ]);
  assert.equal(served.db.get("k"), "other");
});

Deno.test("a client that caches keys is told of what the program writes", async () => {
  await using served = await serve();
  const { db } = served;
  db.set("k", "1");
  const client = await served.connect(3);
  await say(client, "CLIENT TRACKING ON", "GET k");
  db.set("k", "2");
  assert.equal(format(await client.readReply()), '>["invalidate", ["k"]]');
  const prefixed = await served.connect(3);
  await say(prefixed, "CLIENT TRACKING ON BCAST PREFIX user:");
  db.hset("user:1", { name: "Ada" });
  assert.equal(format(await prefixed.readReply()), '>["invalidate", ["user:1"]]');
});

Deno.test("MONITOR shows what the program calls, reads and single writes too", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  await say(client, "MONITOR");
  db.set("k", "v");
  db.get("k");
  db.hset("h", { f: 1 });
  for (const line of ['"SET" "k" "v"', '"GET" "k"', '"HSET" "h" "f" "1"']) {
    const told = format(await client.readReply());
    assert.ok(told.includes("[0 embedded:0] ") && told.replaceAll("\\", "").includes(line), told);
  }
});

Deno.test("the program lists, names and disconnects clients, which do not see it as one of theirs", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  await say(client, "CLIENT SETNAME reports");
  const [line = "", ...others] = String(db.call("CLIENT", "LIST")).trim().split("\n");
  assert.deepEqual(others, []);
  const [, id = ""] = /^id=(\d+) .* name=reports /.exec(line) ?? [];
  assert.deepEqual(await say(client, "CLIENT ID"), [`:${id}`]);
  assert.notEqual(db.call("CLIENT", "ID"), Number(id));
  assert.match(String(db.call("INFO", "clients")), /connected_clients:1\r/);
  assert.equal(db.call("CLIENT", "KILL", "ID", id), 1);
  await client.readUntilClosed();
  assert.equal(db.call("CLIENT", "LIST"), "");
});

Deno.test("a transaction of the program that is rolled back leaves clients untold and waiting", async () => {
  await using served = await serve();
  const { db } = served;
  const waiter = await served.connect();
  const subscriber = await served.connect();
  const popped = waiter.send("BLPOP", "queue", "0");
  await subscriber.send("SUBSCRIBE", "news");
  await until(() => waiting(db) === 1);
  const failing = () => {
    db.rpush("queue", "never");
    db.publish("news", "never");
    throw new RangeError("no");
  };
  assert.throws(() => db.transaction(failing), RangeError);
  assert.equal(waiting(db), 1);
  db.transaction(() => {
    db.rpush("queue", "at last");
    db.publish("news", "at last");
  });
  assert.equal(format(await popped), '["queue", "at last"]');
  assert.match(format(await subscriber.readReply()), /at last/);
});

Deno.test("a client's pipeline and the program's calls do not tear each other's transactions", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  const lines = Array.from({ length: 500 }, () => ["INCR", "n"]);
  const replies = client.pipeline(lines);
  for (let i = 0; i < 200; i++) {
    db.transaction(() => {
      const before = Number(db.get("n"));
      db.incr("n");
      assert.equal(Number(db.get("n")), before + 1);
    });
    await Promise.resolve();
    if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  const numbers = (await replies).map((reply) =>
    reply.type === "integer" ? Number(reply.value) : 0
  );
  assert.equal(new Set(numbers).size, 500);
  assert.equal(db.get("n"), "700");
});

Deno.test("a script of a client that runs for long holds the program's calls off, and goes on", async () => {
  await using served = await serve({ scriptTimeout: 20 });
  const { db } = served;
  const client = await served.connect();
  const other = await served.connect();
  const running = client.send("EVAL", "redis.call('set', 'k', 1) while true do end", "0");
  const isBusy = (error: unknown) => error instanceof RedliteError && error.code === "BUSY";
  let busy = false;
  while (!busy) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    try {
      db.get("k");
    } catch (error) {
      assert.ok(isBusy(error), String(error));
      busy = true;
    }
  }
  assert.throws(() => db.set("k", "2"), isBusy);
  assert.throws(() => db.transaction(() => db.set("k", "2")), isBusy);
  // A script that has written is ended by the end of the server alone.
  assert.match((await say(other, "SCRIPT KILL"))[0] ?? "", /UNKILLABLE/);
  running.catch(() => {});
  await served.server.close();
  assert.equal(db.get("k"), null);
});

Deno.test("a script of the program is never suspended, but stopped when its time is up", async () => {
  await using served = await serve({ scriptTimeout: 20 });
  const { db } = served;
  const client = await served.connect();
  await assert.rejects(db.eval("while true do end"), /ran longer than 20 ms/);
  assert.equal(await db.eval("return 5"), 5);
  assert.deepEqual(await say(client, "EVAL return{1,2} 0"), ["[:1, :2]"]);
});

Deno.test("scripts and functions of the program are those of the clients", async () => {
  await using served = await serve();
  const { db } = served;
  const client = await served.connect();
  await db.eval("return 1");
  const sha = db.call("SCRIPT", "LOAD", "return 'shared'");
  assert.deepEqual(await say(client, `EVALSHA ${sha} 0`), ['"shared"']);
});

Deno.test("CLIENT NO-TOUCH of a client is not the program's", async () => {
  await using served = await serve({ maxmemoryPolicy: "allkeys-lfu", maxmemory: "1gb" });
  const { db } = served;
  const client = await served.connect();
  db.set("k", "v");
  await say(client, "CLIENT NO-TOUCH ON", "GET k");
  const before = Number(db.call("OBJECT", "FREQ", "k"));
  for (let i = 0; i < 200; i++) db.get("k");
  assert.ok(Number(db.call("OBJECT", "FREQ", "k")) > before);
});

Deno.test("users and passwords hold for clients, and not for the program", async () => {
  await using served = await serve({}, {
    password: "secret",
    users: ["reader on >pw ~* &* +@read"],
  });
  const { db } = served;
  const stranger = await served.connect();
  assert.deepEqual(await say(stranger, "GET k"), ["-NOAUTH Authentication required."]);
  db.set("k", "v");
  assert.deepEqual(await say(stranger, "AUTH reader pw", "GET k"), ["+OK", '"v"']);
  assert.match((await say(stranger, "SET k w"))[0] ?? "", /^-NOPERM/);
  db.call("ACL", "DELUSER", "reader");
  await stranger.readUntilClosed();
  const owner = await served.connect(2, "secret");
  assert.deepEqual(await say(owner, "SET k w"), ["+OK"]);
});
