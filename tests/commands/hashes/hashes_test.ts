import { strict as assert } from "node:assert";
import { startRedlite } from "../../harness/servers.ts";
import { OnClock } from "../on_clock.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testSameAsRedis("fields are set, read and deleted", [
  "HSET h b 1 a 2",
  "HSET h a 3 c 4",
  "HSET h a 3",
  "HGET h a",
  "HGET h absent",
  "HGET absent a",
  "HMGET h c absent a c",
  "HMGET absent a b",
  "HLEN h",
  "HLEN absent",
  "HSTRLEN h a",
  "HSTRLEN h absent",
  "HSTRLEN absent a",
  "HEXISTS h a",
  "HEXISTS h absent",
  "HEXISTS absent a",
  "HSETNX h a no",
  "HSETNX h d yes",
  "HSETNX new a yes",
  "HMSET h '' '' e 5",
  "HGET h ''",
  "HDEL h a a absent",
  "HDEL absent a",
  "HGETALL h",
  "HDEL h b c d '' e f",
  "EXISTS h",
  "TYPE new",
]);

testSameAsRedis("a small hash is told in the order its fields came", [
  "HSET h z 1 y 2 x 3",
  "HSET h y changed",
  "HSET h w 4",
  "HDEL h z",
  "HSET h z again",
  "HINCRBY h n 1",
  "HINCRBYFLOAT h x 0.5",
  "HGETALL h",
  "HKEYS h",
  "HVALS h",
  "HSCAN h 0",
  "HSCAN h 0 COUNT 1",
  "HSCAN h 5 MATCH [xy]",
  "HRANDFIELD h 10",
  "HRANDFIELD h 10 WITHVALUES",
  "COPY h copy",
  "HGETALL copy",
  "RENAME h moved",
  "HSET moved last 1",
  "HGETALL moved",
]);

testSameAsRedis("what is absent is empty", [
  "HGETALL h",
  "HKEYS h",
  "HVALS h",
  "HSCAN h 0",
  "HRANDFIELD h",
  "HRANDFIELD h 3",
  "HRANDFIELD h -3 WITHVALUES",
]);

testSameAsRedis("a hash is a listpack up to 512 fields of 64 bytes, and a table for good after", [
  `HSET h ${Array.from({ length: 512 }, (_, i) => `f${i} v`).join(" ")}`,
  "OBJECT ENCODING h",
  "HSET h f0 changed",
  "OBJECT ENCODING h",
  "HSET h one_more v",
  "OBJECT ENCODING h",
  "HDEL h f1 f2 f3",
  "OBJECT ENCODING h",
  `HSET long f ${"v".repeat(64)}`,
  "OBJECT ENCODING long",
  `HSET long f ${"v".repeat(65)}`,
  "OBJECT ENCODING long",
  "HSET long f v",
  "OBJECT ENCODING long",
  `HSETNX field ${"f".repeat(65)} v`,
  "OBJECT ENCODING field",
  "HSET h2 f v",
  `HINCRBY h2 ${"f".repeat(65)} 1`,
  "OBJECT ENCODING h2",
  "COPY h copy",
  "OBJECT ENCODING copy",
]);

testSameAsRedis("HINCRBY adds to integers of 64 bits and refuses everything else", [
  "HINCRBY h n 5",
  "HINCRBY h n -15",
  "HGET h n",
  "HINCRBY h n 9223372036854775807",
  "HINCRBY h n 11",
  "HINCRBY h n 9223372036854775807",
  "HSET h max 9223372036854775807 min -9223372036854775808 text x float 1.5 space '' zero 007",
  "HINCRBY h max 1",
  "HINCRBY h min -1",
  "HINCRBY h max -1",
  "HINCRBY h text 1",
  "HINCRBY h float 1",
  "HINCRBY h space 1",
  "HINCRBY h zero 1",
  "HINCRBY h n x",
  "HINCRBY h n 1.5",
  "HINCRBY h n 9223372036854775808",
  "HGETALL h",
  "HINCRBY absent n x",
  "EXISTS absent",
]);

testSameAsRedis("HINCRBYFLOAT adds as Redis does and refuses what is no number", [
  "HINCRBYFLOAT h n 10.5",
  "HINCRBYFLOAT h n 0.1",
  "HINCRBYFLOAT h n -5e3",
  "HSET h i 3 text x big 1e400",
  "HINCRBYFLOAT h i 0",
  "HINCRBYFLOAT h i 1.50",
  "HINCRBYFLOAT h i 1e20",
  "HINCRBYFLOAT h text 1",
  "HINCRBYFLOAT h big 1",
  "HINCRBYFLOAT h n x",
  "HINCRBYFLOAT h n inf",
  "HINCRBYFLOAT h n -inf",
  "HINCRBYFLOAT h n nan",
  "HINCRBYFLOAT h n ''",
  "HINCRBYFLOAT absent n inf",
  "EXISTS absent",
  "HMGET h n i text",
]);

testSameAsRedis("a key of another type is refused", [
  "SET s v",
  ...[
    "HSET s f v",
    "HSETNX s f v",
    "HMSET s f v",
    "HGET s f",
    "HMGET s f",
    "HGETALL s",
    "HDEL s f",
    "HEXISTS s f",
    "HKEYS s",
    "HVALS s",
    "HLEN s",
    "HSTRLEN s f",
    "HINCRBY s f 1",
    "HINCRBYFLOAT s f 1",
    "HRANDFIELD s",
    "HRANDFIELD s 1",
    "HSCAN s 0",
    "HINCRBY s f x",
    "HRANDFIELD s x",
    "HSCAN s x",
  ],
  "GET s",
]);

testSameAsRedis("wrong numbers of arguments are refused", [
  ..."HSET HSETNX HMSET HGET HMGET HGETALL HDEL HEXISTS HKEYS HVALS HLEN HSTRLEN HINCRBY".split(
    " ",
  ),
  ..."HINCRBYFLOAT HRANDFIELD HSCAN".split(" "),
  ..."HSET HSETNX HMSET HGET HMGET HDEL HEXISTS HSTRLEN HINCRBY HINCRBYFLOAT HSCAN".split(" ")
    .map((name) => `${name} k`),
  ..."HGETALL HKEYS HVALS HLEN".split(" ").map((name) => `${name} k x`),
  "HSET k f",
  "HSET k f v f",
  "HMSET k f v f",
  "HGET k f x",
  "HINCRBY k f",
  "EXISTS k",
]);

testSameAsRedis("HRANDFIELD and HSCAN check their options", [
  "HSET h f v",
  "HRANDFIELD h x",
  "HRANDFIELD h 1 FOO",
  "HRANDFIELD h 1 WITHVALUES x",
  "HRANDFIELD h -9223372036854775808",
  "HRANDFIELD h -9223372036854775807 WITHVALUES",
  "HRANDFIELD h 9223372036854775807 WITHVALUES",
  "HRANDFIELD h 0",
  "HRANDFIELD h -3",
  "HRANDFIELD h -2 WITHVALUES",
  "HRANDFIELD h 4611686018427387903 WITHVALUES",
  "HRANDFIELD absent 1 FOO",
  "HSCAN h x",
  "HSCAN h 0 COUNT",
  "HSCAN h 0 COUNT 0",
  "HSCAN h 0 COUNT x",
  "HSCAN h 0 MATCH",
  "HSCAN h 0 TYPE string",
  "HSCAN absent 0 COUNT",
  "HSCAN absent x",
]);

Deno.test("a hash set by more pairs than a listpack holds is a table, whatever its fields", () => {
  using on = new OnClock();
  for (const command of ["HSET h", "HSETEX ex FIELDS 513"]) {
    on.ask(`${command} ${"f v ".repeat(513).trim()}`);
    const key = command.split(" ")[1];
    assert.equal(on.ask(`OBJECT ENCODING ${key}`), "hashtable");
    assert.equal(on.ask(`HLEN ${key}`), 1);
  }
});

Deno.test("HSCAN with NOVALUES tells fields alone", () => {
  using on = new OnClock();
  on.ask("HSET h a 1 b 2 ab 3");
  assert.deepEqual(on.ask("HSCAN h 0 NOVALUES"), ["0", ["a", "b", "ab"]]);
  assert.deepEqual(on.ask("HSCAN h 0 match a* novalues COUNT 1"), ["0", ["a", "ab"]]);
});

Deno.test("HSCAN walks through a large hash and tells each field once", () => {
  using on = new OnClock();
  const wanted = new Map<string, string>();
  for (let i = 0; i < 1500; i++) {
    wanted.set(`f${i}`, `v${i}`);
    on.ask(`HSET h f${i} v${i}`);
  }
  const seen = new Map<string, string>();
  let cursor = "0", calls = 0, told = 0;
  do {
    const [next, flat] = on.ask(`HSCAN h ${cursor} COUNT 100`) as [string, string[]];
    for (let i = 0; i < flat.length; i += 2) seen.set(flat[i]!, flat[i + 1]!);
    told += flat.length / 2;
    cursor = next;
    calls++;
  } while (cursor !== "0");
  assert.deepEqual(seen, wanted);
  assert.deepEqual([told, calls], [1500, 15]);
});

Deno.test("hash commands tell their events once, and del with the last field", () => {
  using on = new OnClock();
  assert.deepEqual(on.told("HSET h a 1 b 2"), ["hset"]);
  assert.deepEqual(on.told("HMSET h c 3"), ["hset"]);
  assert.deepEqual(on.told("HSETNX h a 1"), []);
  assert.deepEqual(on.told("HSETNX h d 1"), ["hset"]);
  assert.deepEqual(on.told("HINCRBY h d 1"), ["hincrby"]);
  assert.deepEqual(on.told("HINCRBYFLOAT h d 1"), ["hincrbyfloat"]);
  assert.deepEqual(on.told("HDEL h absent"), []);
  assert.deepEqual(on.told("HDEL h a b"), ["hdel"]);
  assert.deepEqual(on.told("HDEL h c d x"), ["hdel", "del"]);
  assert.deepEqual(on.told("HDEL h c"), []);
});

Deno.test("reads of hashes count as hits and misses", () => {
  using on = new OnClock();
  on.ask("HSET h a 1");
  const { statistics } = on.core.store.keyspace;
  on.ask("HGET h a");
  on.ask("HLEN h");
  on.ask("HGETALL absent");
  assert.deepEqual([statistics.hits, statistics.misses], [2, 1]);
});

Deno.test("a hash set over an expired key is a new one", () => {
  using on = new OnClock();
  on.ask("HSET h a 1");
  on.ask("PEXPIRE h 10");
  on.advance(11);
  assert.equal(on.ask("HGET h a"), null);
  assert.equal(on.ask("HSET h b 2"), 1);
  assert.deepEqual(on.ask("HGETALL h"), new Map([["b", "2"]]));
  assert.equal(on.ask("TTL h"), -1);
});

Deno.test("pipelined commands on one hash see each other's changes", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const commands = Array.from({ length: 500 }, (_, i) => ["HSET", "h", `f${i}`, String(i)]);
  await client.pipeline([...commands, ["HINCRBY", "h", "f1", "1"], ["HDEL", "h", "f0"]]);
  assert.deepEqual(await client.send("HLEN", "h"), { type: "integer", value: 499n });
  assert.deepEqual(await client.send("HEXISTS", "h", "f0"), { type: "integer", value: 0n });
});
