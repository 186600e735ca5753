/** Servers that change their parts: replicas of replicas, promotion, FAILOVER. */

import { strict as assert } from "node:assert";
import { named, noRedis } from "../../harness/lacking.ts";
import { encode, type RespClient } from "../../harness/resp_client.ts";
import { startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";
import { caughtUp, fields, PATIENCE_MS, plain, until } from "./content.ts";

const masterOf = ({ port }: TestServer) => ["--replicaof", "127.0.0.1", String(port)];
const AT_ONCE = ["--repl-diskless-sync-delay", "0"];

async function role(client: RespClient): Promise<string> {
  return (await fields(client)).get("role") ?? "";
}

Deno.test({
  ...named(
    "replicas of a replica get what its master says, and go on when it takes over",
    noRedis(7),
  ),
  fn: async () => {
    await using top = await startRedis({ args: AT_ONCE });
    await using middle = await startRedlite({ args: masterOf(top) });
    await using low = await startRedlite({ args: masterOf(middle) });
    await using lowRedis = await startRedis({ args: masterOf(middle) });
    await using atTop = await top.connect({ resp: 2 });
    await using atMiddle = await middle.connect({ resp: 2 });
    await using atLow = await low.connect({ resp: 2 });
    await using atLowRedis = await lowRedis.connect({ resp: 2 });
    await atTop.send("SELECT", "2");
    await atTop.send("SET", "a", "1");
    for (const client of [atMiddle, atLow, atLowRedis]) await caughtUp(client, atTop);
    await atTop.send("MULTI");
    await atTop.send("INCR", "a");
    await atTop.send("RPUSH", "l", "x", "y");
    await atTop.send("EXEC");
    for (const client of [atMiddle, atLow, atLowRedis]) {
      await caughtUp(client, atTop);
      await client.send("SELECT", "2");
      assert.equal(plain(await client.send("GET", "a")), "2");
      assert.deepEqual(plain(await client.send("LRANGE", "l", "0", "-1")), ["x", "y"]);
    }
    const before = await fields(atMiddle);
    assert.equal(plain(await atMiddle.send("REPLICAOF", "NO", "ONE")), "OK");
    assert.equal(plain(await atMiddle.send("SET", "a", "3")), "OK");
    await atTop.send("REPLICAOF", "127.0.0.1", String(middle.port));
    for (const client of [atTop, atLow, atLowRedis]) {
      await caughtUp(client, atMiddle);
      assert.equal(plain(await client.send("GET", "a")), "3");
    }
    const told = await fields(atMiddle);
    assert.equal(told.get("master_replid2"), before.get("master_replid"));
    assert.equal(told.get("sync_full"), before.get("sync_full"), "nobody got everything again");
  },
});

Deno.test("a master that ends, and begins again, is gone on with", async () => {
  await using first = await startRedlite();
  await using directory = await startRedlite();
  await directory.stop();
  await using replica = await startRedlite({
    directory: directory.directory,
    args: masterOf(first),
  });
  await using atReplica = await replica.connect({ resp: 2 });
  await using before = await first.connect({ resp: 2 });
  await before.send("SET", "a", "1");
  await caughtUp(atReplica, before);
  const { directory: path, port } = first;
  await first.stop();
  await using again = await startRedlite({ directory: path, args: ["--port", String(port)] });
  await using atMaster = await again.connect({ resp: 2 });
  await atMaster.send("SET", "a", "2");
  await until(async () => plain(await atReplica.send("GET", "a")) === "2", "it goes on");
  const told = await fields(atMaster);
  assert.equal(told.get("sync_full"), "0");
  assert.equal(told.get("sync_partial_ok"), "1");
});

Deno.test("FAILOVER lets a replica take over, and loses nothing", async () => {
  await using first = await startRedlite();
  await using second = await startRedlite({ args: masterOf(first) });
  await using atFirst = await first.connect({ resp: 2 });
  await using writer = await first.connect({ resp: 2 });
  await using atSecond = await second.connect({ resp: 2 });
  await caughtUp(atSecond, atFirst);
  const ask = async (...words: string[]) => plain(await atFirst.send(...words));
  assert.equal(await ask("FAILOVER", "ABORT"), "ERR No failover in progress.");
  assert.equal(
    await ask("FAILOVER", "TO", "127.0.0.1", "1"),
    "ERR FAILOVER target HOST and PORT is not a replica.",
  );
  assert.equal(
    await ask("FAILOVER", "TO", "127.0.0.1", String(second.port), "FORCE"),
    "ERR FAILOVER with force option requires both a timeout and target HOST and IP.",
  );
  let written = 0;
  const writing = (async () => {
    while (plain(await writer.send("INCR", "n")) === String(written + 1)) written++;
  })();
  await until(() => Promise.resolve(written > 50), "it writes");
  assert.equal(await ask("FAILOVER", "TO", "127.0.0.1", String(second.port)), "OK");
  await writing;
  await until(async () => await role(atSecond) === "master", "the second is master");
  await caughtUp(atFirst, atSecond);
  assert.equal(plain(await atSecond.send("GET", "n")), String(written));
  assert.equal((await fields(atFirst)).get("master_failover_state"), "no-failover");
  assert.equal((await fields(atSecond)).get("sync_full"), "0");
  assert.equal(plain(await atSecond.send("INCR", "n")), String(written + 1));
});

Deno.test({
  ...named("FAILOVER hands over to a redis-server, and back", noRedis(7)),
  fn: async () => {
    await using ours = await startRedlite();
    await using redis = await startRedis({ args: [...AT_ONCE, ...masterOf(ours)] });
    await using atOurs = await ours.connect({ resp: 2 });
    await using atRedis = await redis.connect({ resp: 2 });
    await atOurs.send("SET", "a", "1");
    await caughtUp(atRedis, atOurs);
    assert.equal(plain(await atOurs.send("FAILOVER")), "OK");
    await until(async () => await role(atRedis) === "master", "redis-server is master");
    await caughtUp(atOurs, atRedis);
    await atRedis.send("SET", "a", "2");
    await caughtUp(atOurs, atRedis);
    assert.equal(plain(await atRedis.send("FAILOVER")), "OK");
    await until(async () => await role(atOurs) === "master", "Redlite is master again");
    await caughtUp(atRedis, atOurs);
    assert.equal(plain(await atOurs.send("GET", "a")), "2");
    assert.equal(plain(await atOurs.send("SET", "a", "3")), "OK");
  },
});

Deno.test("a failover that is given up leaves all as it was", async () => {
  await using first = await startRedlite();
  await using second = await startRedlite({ args: masterOf(first) });
  await using atFirst = await first.connect({ resp: 2 });
  await using atSecond = await second.connect({ resp: 2 });
  await caughtUp(atSecond, atFirst);
  // It says nothing while it is stopped.
  Deno.kill(second.pid, "SIGSTOP");
  try {
    await atFirst.send("SET", "a", "1");
    assert.equal(plain(await atFirst.send("FAILOVER", "TIMEOUT", "300")), "OK");
    assert.equal(
      plain(await atFirst.send("REPLICAOF", "NO", "ONE")),
      "ERR REPLICAOF not allowed while failing over.",
    );
    assert.equal(plain(await atFirst.send("SET", "a", "2")), "OK", "it waits for the end");
    assert.equal((await fields(atFirst)).get("master_failover_state"), "no-failover");
    assert.equal(plain(await atFirst.send("FAILOVER")), "OK");
    assert.equal((await fields(atFirst)).get("master_failover_state"), "waiting-for-sync");
    assert.equal(plain(await atFirst.send("FAILOVER", "ABORT")), "OK");
    assert.equal(plain(await atFirst.send("SET", "a", "3")), "OK");
  } finally {
    Deno.kill(second.pid, "SIGCONT");
  }
  await caughtUp(atSecond, atFirst);
  assert.equal(plain(await atSecond.send("GET", "a")), "3");
});

Deno.test("messages go to the subscribers of replicas, and WAITAOF counts their disks", async () => {
  await using first = await startRedlite();
  await using second = await startRedlite({ args: masterOf(first) });
  await using atFirst = await first.connect({ resp: 2, timeoutMs: PATIENCE_MS });
  await using atSecond = await second.connect({ resp: 2 });
  await using subscriber = await second.connect({ resp: 2 });
  await caughtUp(atSecond, atFirst);
  await subscriber.send("SUBSCRIBE", "c");
  assert.equal(plain(await atFirst.send("PUBLISH", "c", "hello")), "0");
  assert.deepEqual(plain(await subscriber.readReply()), ["message", "c", "hello"]);
  await atFirst.send("SET", "a", "1");
  assert.deepEqual(plain(await atFirst.send("WAITAOF", "1", "1", "100000")), ["1", "1"]);
  assert.deepEqual(plain(await atFirst.send("WAITAOF", "1", "2", "500")), ["1", "1"]);
});

Deno.test("SHUTDOWN waits until replicas have everything, and is called off meanwhile", async () => {
  await using first = await startRedlite();
  await using second = await startRedlite({ args: masterOf(first) });
  await using atFirst = await first.connect({ resp: 2, timeoutMs: PATIENCE_MS });
  await using atSecond = await second.connect({ resp: 2, timeoutMs: PATIENCE_MS });
  await caughtUp(atSecond, atFirst);
  assert.equal(plain(await atFirst.send("SHUTDOWN", "ABORT")), "ERR No shutdown in progress.");
  await atFirst.send("CONFIG", "SET", "shutdown-timeout", "100");
  Deno.kill(second.pid, "SIGSTOP");
  try {
    await using stopper = await first.connect({ resp: 2, timeoutMs: PATIENCE_MS });
    await atFirst.send("SET", "a", "1");
    const called = stopper.send("SHUTDOWN", "NOSAVE");
    await until(
      () => Promise.resolve(first.log.includes("the end waits")),
      "the server waits for its replica",
    );
    assert.equal(plain(await atFirst.send("GET", "a")), "1");
    assert.equal(plain(await atFirst.send("SHUTDOWN", "ABORT")), "OK");
    assert.equal(plain(await called), "ERR Errors trying to SHUTDOWN. Check logs.");
    assert.equal(plain(await atFirst.send("SET", "a", "2")), "OK");
    await atFirst.raw(encode(["SHUTDOWN", "NOSAVE"]));
    await until(
      () => Promise.resolve(first.log.split("the end waits").length === 3),
      "it waits again",
    );
  } finally {
    Deno.kill(second.pid, "SIGCONT");
  }
  await until(() => Promise.resolve(first.log.includes("notice stopped")), "it ends");
  assert.equal(plain(await atSecond.send("GET", "a")), "2");
});
