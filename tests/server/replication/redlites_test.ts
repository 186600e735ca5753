/** Redlite follows Redlite, which tells it everything. */

import { strict as assert } from "node:assert";
import { MessageWriter } from "../../../src/commands/kv/protobuf.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";
import { caughtUp, plain, redliteContentOf, until } from "./content.ts";
import { ALL, RandomWriter } from "./writer.ts";

const masterOf = ({ port }: TestServer) => ["--replicaof", "127.0.0.1", String(port)];

Deno.test("everything is replicated among Redlites", async () => {
  await using master = await startRedlite({ args: ["--repl-timeout", "30"] });
  await using theirs = await master.connect({ resp: 2 });
  await using writer = new RandomWriter(ALL);
  await writer.write(theirs, 800);
  await using replica = await startRedlite({ args: masterOf(master) });
  await using ours = await replica.connect({ resp: 2 });
  await caughtUp(ours, theirs);
  assert.deepEqual(await redliteContentOf(ours), await redliteContentOf(theirs));
  await writer.write(theirs, 800);
  await caughtUp(ours, theirs);
  assert.deepEqual(await redliteContentOf(ours), await redliteContentOf(theirs));
  await ours.send("CLIENT", "KILL", "TYPE", "master");
  await writer.write(theirs, 300);
  await caughtUp(ours, theirs);
  assert.deepEqual(await redliteContentOf(ours), await redliteContentOf(theirs));
  assert.equal(plain(await ours.send("INTEGRITY")), "OK");
  assert.doesNotMatch(replica.log, /refused/);
});

Deno.test("an index of the master is searched on the replica, with its aliases and what is written later", async () => {
  await using master = await startRedlite();
  await using theirs = await master.connect({ resp: 2 });
  const tell = async (command: string) => plain(await theirs.send(...command.split(" ")));
  await tell("HSET doc:1 title hello n 1");
  await tell("FT.CREATE idx PREFIX 1 doc: SCHEMA title TEXT n NUMERIC SORTABLE");
  await tell("FT.ALIASADD other idx");
  await tell('JSON.SET json $ {"a":[1,2]}');
  await tell("VADD vectors VALUES 2 1 0 east");
  const others = [
    "BF.ADD bloom a",
    "CF.ADD cuckoo a",
    "CMS.INITBYDIM counts 10 2",
    "TOPK.RESERVE top 2",
    "TDIGEST.CREATE digest",
    "TS.ADD series 1000 5",
  ];
  const keys = ["bloom", "cuckoo", "counts", "top", "digest", "series"];
  for (const command of others) await tell(command);
  await using replica = await startRedlite({ args: masterOf(master) });
  await using ours = await replica.connect({ resp: 2 });
  const ask = async (command: string) => plain(await ours.send(...command.split(" ")));
  await caughtUp(ours, theirs);
  for (const key of keys) {
    assert.equal(await ask(`TYPE ${key}`), await tell(`TYPE ${key}`), key);
    assert.deepEqual(
      await ask(`DEBUG DIGEST-VALUE ${key}`),
      await tell(`DEBUG DIGEST-VALUE ${key}`),
      key,
    );
  }
  assert.deepEqual(await ask("TS.RANGE series - +"), [["1000", "5"]]);
  const found = (...keys: string[]) => [String(keys.length), ...keys];
  await until(async () => {
    return JSON.stringify(await ask("FT.SEARCH other hello NOCONTENT")) ===
      JSON.stringify(found("doc:1"));
  }, "it is indexed");
  assert.equal(await ask("JSON.GET json $.a[1]"), "[2]");
  assert.deepEqual(await ask("VSIM vectors VALUES 2 1 0"), ["east"]);
  await tell("HSET doc:2 title hello n 2");
  await tell("JSON.NUMINCRBY json $.a[1] 5");
  await tell("FT.CREATE second PREFIX 1 doc: SCHEMA n NUMERIC");
  await caughtUp(ours, theirs);
  assert.deepEqual(await ask("FT.SEARCH idx hello NOCONTENT SORTBY n"), found("doc:1", "doc:2"));
  assert.deepEqual(await ask("FT.SEARCH second @n:[2,9] NOCONTENT"), found("doc:2"));
  assert.equal(await ask("JSON.GET json $.a[1]"), "[7]");
  assert.match(String(await ask("FT.DROPINDEX idx")), /^READONLY/);
});

Deno.test({
  ...named(
    "what a redis-server has no types for passes it by, beside a Redlite that gets it",
    noRedis(7),
  ),
  fn: async () => {
    await using master = await startRedlite();
    await using theirs = await master.connect({ resp: 2 });
    await using redis = await startRedis({ args: masterOf(master) });
    await using replica = await startRedlite({ args: masterOf(master) });
    await using atRedis = await redis.connect({ resp: 2 });
    await using ours = await replica.connect({ resp: 2 });
    await caughtUp(atRedis, theirs);
    await caughtUp(ours, theirs);
    await theirs.send("MULTI");
    await theirs.send("SET", "a", "1");
    await theirs.send("JSON.SET", "j", "$", "1");
    await theirs.send("EXEC");
    const dumped = await theirs.send("DUMP", "j");
    if (dumped.type !== "bulk") throw new Error("no dump");
    await theirs.send("RESTORE", "restored", "0", dumped.value);
    for (const key of ["copied", "renamed", "replaced"]) await theirs.send("SET", key, "plain");
    await theirs.send("COPY", "j", "copied", "REPLACE");
    await theirs.send("RENAME", "restored", "renamed");
    await theirs.send("RESTORE", "replaced", "0", dumped.value, "REPLACE");
    await theirs.send("SELECT", "1");
    await theirs.send("JSON.SET", "j", "$", "2");
    await theirs.send("INCR", "b");
    await caughtUp(atRedis, theirs);
    await caughtUp(ours, theirs);
    assert.deepEqual(plain(await atRedis.send("KEYS", "*")), ["a"]);
    assert.equal(plain(await ours.send("JSON.GET", "j")), "1");
    for (const key of ["copied", "renamed", "replaced"]) {
      assert.equal(plain(await ours.send("JSON.GET", key)), "1", key);
    }
    assert.ok(Array.isArray(plain(await ours.send("VACUUM"))));
    await ours.send("SELECT", "1");
    assert.equal(plain(await ours.send("JSON.GET", "j")), "2");
    assert.equal(plain(await ours.send("GET", "b")), "1");
    await atRedis.send("SELECT", "1");
    assert.deepEqual(plain(await atRedis.send("KEYS", "*")), ["b"]);
    assert.doesNotMatch(redis.log, /CRITICAL/);
  },
});

Deno.test("pairs of Deno's KV are the same on a replica, with their versions and the database's id", async () => {
  await using master = await startRedlite();
  await using theirs = await master.connect({ resp: 2 });
  const id = plain(await theirs.send("KV", "ID")) as string;
  const set = (key: string, text: string) => {
    const value = new MessageWriter().bytes(1, bytes(text)).number(2, 3).message;
    const mutation = new MessageWriter().bytes(1, bytes(key)).bytes(2, value).number(3, 1).message;
    return theirs.send("KV", "WRITE", id, new MessageWriter().bytes(2, mutation).message);
  };
  const all = new MessageWriter().bytes(
    1,
    new MessageWriter().bytes(1, bytes("a")).bytes(2, bytes("z")).number(3, 100).message,
  ).message;
  for (let i = 0; i < 300; i++) await set(`k${i}`, "before");
  await using replica = await startRedlite({ args: masterOf(master) });
  await using ours = await replica.connect({ resp: 2 });
  await caughtUp(ours, theirs);
  await set("k1", "changed");
  await set("new", "pair");
  await caughtUp(ours, theirs);
  assert.equal(plain(await ours.send("KV", "ID")), id);
  const [pairs, copies] = [theirs, ours].map((client) => client.send("KV", "READ", id, all));
  assert.deepEqual(await copies, await pairs);
  assert.match(String(plain(await ours.send("KV", "READ", id, all))), /changed/);
  assert.match(String(plain(await ours.send("KV", "WRITE", id, all))), /^READONLY/);
});

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);
