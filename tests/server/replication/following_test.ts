/** Redlite follows real servers. */

import { strict as assert } from "node:assert";
import { named, noOracle, noRedis } from "../../harness/lacking.ts";
import { startOracle, startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";
import { caughtUp, COMMON, contentOf, fields, plain, SINCE_8, until } from "./content.ts";
import { RandomWriter } from "./writer.ts";

/** At once, for tests: a master waits for further replicas otherwise. */
const AT_ONCE = ["--repl-diskless-sync-delay", "0"];
const LIBRARY = "#!lua name=lib\nredis.register_function('f', function(keys) " +
  "return redis.call('INCR', keys[1]) end)";

const masterOf = ({ port }: TestServer) => ["--replicaof", "127.0.0.1", String(port)];

/** Follows a server through all its data, its writes, and a cut. */
async function follow(
  start: (args: string[]) => Promise<TestServer>,
  names: string,
  diskless: "yes" | "no",
): Promise<void> {
  await using master = await start([...AT_ONCE, "--repl-diskless-sync", diskless]);
  await using theirs = await master.connect({ resp: 2 });
  await using writer = new RandomWriter(names);
  await theirs.send("FUNCTION", "LOAD", LIBRARY);
  await writer.write(theirs, 400);
  await theirs.send("SET", "long", "x".repeat(300_000));
  await theirs.send("RPUSH", "many", ...Array.from({ length: 20_000 }, (_, i) => `element ${i}`));
  await using replica = await startRedlite({ args: masterOf(master) });
  await using ours = await replica.connect({ resp: 2 });
  await writer.write(theirs, 200);
  await theirs.send("FCALL", "f", "1", "counter");
  await caughtUp(ours, theirs);
  assert.deepEqual(await contentOf(ours), await contentOf(theirs));
  await ours.send("CLIENT", "KILL", "TYPE", "master");
  await writer.write(theirs, 200);
  await caughtUp(ours, theirs);
  assert.deepEqual(await contentOf(ours), await contentOf(theirs));
  const told = await fields(theirs);
  assert.equal(told.get("sync_full"), "1");
  assert.equal(told.get("sync_partial_ok"), "1");
}

for (const diskless of ["yes", "no"] as const) {
  const how = diskless === "yes" ? "as it is made" : "from a file";
  Deno.test({
    ...named(`the redis-server on the path is followed, its data sent ${how}`, noRedis(7)),
    fn: () => follow((args) => startRedis({ args }), COMMON, diskless),
  });
}

Deno.test({
  ...named("Redis 8 is followed", noOracle("redis-8")),
  fn: () => follow((args) => startOracle("redis-8", { args }), `${COMMON} ${SINCE_8}`, "yes"),
});

Deno.test({
  ...named("Valkey 9 is followed", noOracle("valkey-9")),
  fn: () => follow((args) => startOracle("valkey-9", { args }), COMMON, "yes"),
});

Deno.test({
  ...named("Valkey 9 is followed with fields that expire", noOracle("valkey-9")),
  fn: async () => {
    await using master = await startOracle("valkey-9", { args: AT_ONCE });
    await using theirs = await master.connect({ resp: 2 });
    const { type } = await theirs.send(
      "HSETEX",
      "h",
      "PXAT",
      "4102444800000",
      "FIELDS",
      "1",
      "f",
      "v",
    );
    assert.equal(type, "integer");
    await using replica = await startRedlite({ args: masterOf(master) });
    await using ours = await replica.connect({ resp: 2 });
    await caughtUp(ours, theirs);
    const times = await ours.send("HPEXPIRETIME", "h", "FIELDS", "1", "f");
    assert.deepEqual(plain(times), ["4102444800000"]);
  },
});

Deno.test({
  ...named("a replica that ends, or is killed, goes on where its data stand", noRedis(7)),
  fn: async () => {
    await using master = await startRedis({ args: AT_ONCE });
    await using theirs = await master.connect({ resp: 2 });
    await using directory = await startRedlite();
    await directory.stop();
    const options = { directory: directory.directory, args: masterOf(master) };
    for (const end of ["stop", "kill9"] as const) {
      await using replica = await startRedlite(options);
      await using ours = await replica.connect({ resp: 2 });
      await theirs.send("SET", "a", end);
      await theirs.send("INCR", "counter");
      await caughtUp(ours, theirs);
      await replica[end]();
      await theirs.send("INCR", "counter");
    }
    await using replica = await startRedlite(options);
    await using ours = await replica.connect({ resp: 2 });
    await caughtUp(ours, theirs);
    assert.equal(plain(await ours.send("GET", "counter")), "4");
    const told = await fields(theirs);
    assert.equal(told.get("sync_full"), "1");
    assert.equal(told.get("sync_partial_ok"), "2");
  },
});

Deno.test({
  ...named("a replica is read and not written, unless it may be", noRedis(7)),
  fn: async () => {
    await using master = await startRedis({ args: AT_ONCE });
    await using theirs = await master.connect({ resp: 2 });
    await theirs.send("SET", "a", "1");
    await using replica = await startRedlite({ args: masterOf(master) });
    await using ours = await replica.connect({ resp: 2 });
    const ask = async (...words: string[]) => plain(await ours.send(...words));
    await caughtUp(ours, theirs);
    const refused = "READONLY You can't write against a read only replica.";
    assert.equal(await ask("SET", "a", "2"), refused);
    assert.equal(await ask("BLPOP", "l", "0"), refused);
    assert.equal(await ask("EVAL", "return redis.pcall('SET', 'a', '2').err", "0"), refused);
    assert.equal(await ask("EVAL", "#!lua\nreturn 1", "0"), refused);
    assert.equal(await ask("EVAL", "#!lua flags=no-writes\nreturn 1", "0"), "1");
    await ask("MULTI");
    assert.equal(await ask("SET", "a", "2"), refused);
    assert.match(String(await ask("EXEC")), /^EXECABORT/);
    assert.equal(await ask("GET", "a"), "1");
    assert.match(String(await ask("WAIT", "0", "1")), /^ERR WAIT cannot be used with replica/);
    assert.match(String(await ask("FAILOVER")), /^ERR FAILOVER is not valid when server is a/);
    assert.deepEqual((await ask("ROLE") as unknown[]).slice(0, 4), [
      "slave",
      "127.0.0.1",
      String(master.port),
      "connected",
    ]);
    assert.match(String(await ask("CLIENT", "LIST", "TYPE", "master")), / flags=M /);
    assert.match(plain(await theirs.send("CLIENT", "LIST")) as string, / flags=S /);
    assert.deepEqual(await ask("CONFIG", "GET", "replicaof"), [
      "replicaof",
      `127.0.0.1 ${master.port}`,
    ]);
    await ask("CONFIG", "SET", "replica-read-only", "no");
    assert.equal(await ask("SET", "own", "2"), "OK");
    assert.equal(plain(await theirs.send("GET", "own")), "null-bulk");
  },
});

Deno.test("without its master a replica shows what it has, or nothing", async () => {
  await using replica = await startRedlite({ args: ["--replicaof", "127.0.0.1", "1"] });
  await using ours = await replica.connect({ resp: 2 });
  const ask = async (...words: string[]) => plain(await ours.send(...words));
  assert.equal(await ask("GET", "a"), "null-bulk");
  await ask("CONFIG", "SET", "replica-serve-stale-data", "no");
  const refused =
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
  assert.equal(await ask("GET", "a"), refused);
  assert.equal(await ask("PSYNC", "?", "-1"), refused);
  assert.equal((await fields(ours)).get("master_link_status"), "down");
  await ask("CONFIG", "SET", "replica-serve-stale-data", "yes");
  assert.equal(
    await ask("PSYNC", "?", "-1"),
    "NOMASTERLINK Can't SYNC while not connected with my master",
  );
  assert.equal(
    await ask("REPLICAOF", "127.0.0.1", "1"),
    "OK Already connected to specified master",
  );
  assert.equal(await ask("REPLICAOF", "127.0.0.1", "x"), "ERR Invalid master port");
  assert.equal(await ask("REPLICAOF", "NO", "ONE"), "OK");
  assert.equal(await ask("SET", "a", "1"), "OK");
});

Deno.test({
  ...named(
    "what has expired is gone for readers, and is deleted when the master says so",
    noRedis(7),
  ),
  fn: async () => {
    await using master = await startRedis({ args: [...AT_ONCE, "--enable-debug-command", "yes"] });
    await using theirs = await master.connect({ resp: 2 });
    await using replica = await startRedlite({ args: masterOf(master) });
    await using ours = await replica.connect({ resp: 2 });
    const ask = async (...words: string[]) => plain(await ours.send(...words));
    await theirs.send("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    await theirs.send("SET", "a", "1", "PX", "1");
    await theirs.send("HSET", "h", "f", "1");
    await theirs.send("PEXPIRE", "h", "1");
    await caughtUp(ours, theirs);
    await until(async () => await ask("GET", "a") === "null-bulk", "it has expired");
    await until(async () => await ask("EXISTS", "h") === "0", "it has expired");
    // They are still there for the master, which has not deleted them.
    const rows = async () => JSON.stringify(await ask("SQL", "SELECT count(*) FROM keys"));
    assert.match(await rows(), /"2"/);
    await theirs.send("DEL", "h");
    await theirs.send("GET", "a");
    await caughtUp(ours, theirs);
    assert.match(await rows(), /"0"/);
  },
});

Deno.test({
  ...named("data that break off leave the old ones", noRedis(7)),
  fn: async () => {
    await using redis = await startRedis({ args: [...AT_ONCE, "--rdbcompression", "no"] });
    await using theirs = await redis.connect({ resp: 2 });
    for (let i = 0; i < 1000; i++) await theirs.send("SET", `new ${i}`, "x".repeat(1000));
    await using replica = await startRedlite();
    await using ours = await replica.connect({ resp: 2 });
    await ours.send("SET", "old", "1");
    // Between the two, somebody who passes on half of it.
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const cuts = cutAfter(listener, redis.port, [300_000, 700_000, Infinity]);
    await ours.send("REPLICAOF", "127.0.0.1", String(listener.addr.port));
    while (await cuts.next() === "cut") {
      assert.equal(plain(await ours.send("GET", "old")), "1");
      assert.equal(plain(await ours.send("DBSIZE")), "1");
    }
    await until(async () => plain(await ours.send("DBSIZE")) === "1000", "all has come");
    assert.equal(plain(await ours.send("GET", "old")), "null-bulk");
    const checked = plain(await ours.send("INTEGRITY"));
    assert.deepEqual(checked, "OK");
    cuts.close();
  },
});

/** Passes connections on to a port, and cuts each after so many bytes of what comes from there. */
function cutAfter(listener: Deno.TcpListener, port: number, limits: readonly number[]) {
  const open: Deno.Conn[] = [];
  return {
    async next(): Promise<"cut" | "open"> {
      const limit = limits[open.length / 2] ?? Infinity;
      const near = await listener.accept();
      const far = await Deno.connect({ port });
      open.push(near, far);
      near.readable.pipeTo(far.writable).catch(() => {});
      if (limit === Infinity) {
        far.readable.pipeTo(near.writable).catch(() => {});
        return "open";
      }
      const bytes = new Uint8Array(16 * 1024);
      for (let sent = 0; sent < limit;) {
        const size = await far.read(bytes) ?? 0;
        await near.write(bytes.subarray(0, size));
        sent += size;
      }
      near.close();
      return "cut";
    },
    close(): void {
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It is closed.
        }
      }
    },
  };
}
