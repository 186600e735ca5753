import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Arguments } from "../../../src/resp/arguments.ts";
import { RespWriter } from "../../../src/resp/writer.ts";
import type { Context } from "../../../src/commands/table/command.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { DRIVERS, memoryStore, text } from "../../store/open.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

/** Registers a test that each line gets its answer, in the notation of `format`. */
function testAnswers(
  name: string,
  lines: readonly (readonly [line: string, answer: string])[],
  resp: 2 | 3 = 2,
): void {
  const redlite = shareServer("redlite", startRedlite);
  Deno.test(name, async () => {
    const server = await redlite();
    await using client = await server.connect({ resp });
    const answers = await client.pipeline(lines.map(([line]) => line.split(" ")));
    for (const [i, [line, answer]] of lines.entries()) {
      assert.equal(format(answers[i]!), answer, line);
    }
  });
}

testSameAsRedis("ZADD adds, changes and counts as its options say", [
  "ZADD z 1 a 2 b 3 c",
  "ZADD z 1 a 5 b 4 d",
  "ZADD z CH 1 a 6 b 7 e",
  "ZADD z NX CH 10 a 11 f",
  "ZADD z XX CH 10 a 11 g",
  "ZADD z GT CH 9 a 12 b",
  "ZADD z LT CH 9 a 13 b 1 h",
  "ZADD z XX GT CH 100 a 100 i",
  "ZADD z ch nx Xx 1 a",
  "ZADD z 1 twice 2 twice",
  "ZADD z XX INCR 1 absent",
  "ZADD z NX INCR 1 a",
  "ZADD z INCR 1 a",
  "ZADD z GT INCR -1 a",
  "ZADD z LT INCR -1 a",
  "ZADD absent XX 1 a",
  "ZADD absent XX INCR 1 a",
  "EXISTS absent",
  "ZRANGE z 0 -1 WITHSCORES",
]);

testSameAsRedis("ZADD checks its arguments in Redis's order and stores nothing of a wrong line", [
  "ZADD z",
  "ZADD z 1",
  "ZADD z 1 a 2",
  "ZADD z NX",
  "ZADD z NX XX GT",
  "ZADD z NX XX 1 a",
  "ZADD z NX GT x a",
  "ZADD z GT LT INCR 1 a 2 b",
  "ZADD z INCR x a 2 b",
  "ZADD z INCR x a",
  "ZADD z 1 a x b",
  "ZADD z 1 a nan b",
  "EXISTS z",
  "SET s v",
  "ZADD s x a",
  "ZADD s 1 a",
  "ZINCRBY s 1 a",
  "ZINCRBY s x a",
  "ZINCRBY z NX a",
  "ZADD i inf a",
  "ZINCRBY i -inf a",
  "ZADD i INCR -inf a",
  "ZINCRBY i -inf b",
  "ZRANGE i 0 -1 WITHSCORES",
]);

testSameAsRedis("every command refuses a key of another type", [
  "SET s v",
  ...[
    "ZCARD s",
    "ZCOUNT s 0 1",
    "ZLEXCOUNT s - +",
    "ZMSCORE s a",
    "ZPOPMIN s",
    "ZPOPMAX s 0",
    "ZMPOP 1 s MIN",
    "ZMPOP 2 absent s MAX",
    "ZRANDMEMBER s",
    "ZRANDMEMBER s 0",
    "ZRANGE s 0 1",
    "ZRANGESTORE d s 0 1",
    "ZRANGEBYSCORE s 0 1",
    "ZRANGEBYLEX s - +",
    "ZREVRANGE s 0 1",
    "ZREVRANGEBYSCORE s 0 1",
    "ZREVRANGEBYLEX s + -",
    "ZRANK s a",
    "ZREVRANK s a",
    "ZREM s a",
    "ZREMRANGEBYRANK s 0 1",
    "ZREMRANGEBYSCORE s 0 1",
    "ZREMRANGEBYLEX s - +",
    "ZSCAN s 0",
    "ZSCORE s a",
    "ZUNION 1 s",
    "ZINTER 2 absent s",
    "ZDIFF 1 s",
    "ZINTERCARD 1 s",
    "ZUNIONSTORE d 1 s",
    "ZINTERSTORE d 1 s",
    "ZDIFFSTORE d 1 s",
  ],
  "EXISTS d",
]);

testSameAsRedis("every command finds nothing under an absent key", [
  "ZCARD k",
  "ZCOUNT k 0 1",
  "ZLEXCOUNT k - +",
  "ZMSCORE k a b",
  "ZPOPMIN k",
  "ZPOPMAX k 2",
  "ZMPOP 2 k l MIN COUNT 3",
  "ZRANDMEMBER k",
  "ZRANDMEMBER k 3",
  "ZRANDMEMBER k -3 WITHSCORES",
  "ZRANGE k 0 1",
  "ZRANGE k 0 1 BYSCORE LIMIT 0 1 WITHSCORES",
  "ZRANGESTORE d k 0 1",
  "ZREVRANGEBYLEX k + -",
  "ZRANK k a",
  "ZREM k a",
  "ZREMRANGEBYRANK k 0 1",
  "ZREMRANGEBYSCORE k 0 1",
  "ZREMRANGEBYLEX k - +",
  "ZSCAN k 0",
  "ZSCORE k a",
  "ZUNION 2 k l WITHSCORES",
  "ZINTER 2 k l",
  "ZDIFF 2 k l",
  "ZINTERCARD 2 k l LIMIT 1",
  "ZUNIONSTORE d 1 k",
]);

testSameAsRedis("errors in the arguments are told in Redis's words", [
  "ZADD z 1 a 2 b 3 c",
  ...[
    "ZPOPMIN z -1",
    "ZPOPMIN z x",
    "ZPOPMIN z 1 2",
    "ZMPOP 0 z MIN",
    "ZMPOP x z MIN",
    "ZMPOP 1 z FOO",
    "ZMPOP 2 z MIN",
    "ZMPOP 1 z MIN COUNT 0",
    "ZMPOP 1 z MIN COUNT 1 COUNT 1",
    "ZMPOP 1 z MIN COUNT",
    "ZUNION 0 z",
    "ZUNION x z",
    "ZUNION 2 z",
    "ZUNION 1 z WEIGHTS",
    "ZUNION 1 z WEIGHTS x",
    "ZUNION 1 z WEIGHTS 1 2",
    "ZUNION 1 z AGGREGATE FOO",
    "ZUNIONSTORE d 0 z",
    "ZUNIONSTORE d 1 z WITHSCORES",
    "ZDIFF 1 z WEIGHTS 1",
    "ZINTERCARD 0 z",
    "ZINTERCARD 1 z LIMIT -1",
    "ZINTERCARD 1 z LIMIT",
    "ZRANDMEMBER z x",
    "ZRANDMEMBER z 1 FOO",
    "ZRANDMEMBER z -9223372036854775808",
    "ZRANDMEMBER z -9223372036854775807 WITHSCORES",
    "ZRANDMEMBER z 9223372036854775807 WITHSCORES",
    "ZRANGE z 0 1 LIMIT 0 1",
    "ZRANGE z 0 1 LIMIT 0 -1",
    "ZRANGE z - + BYLEX WITHSCORES",
    "ZRANGE z 0 1 BYLEX",
    "ZRANGE z x 1",
    "ZRANGE z 0 1 REV REV",
    "ZRANGE z 0 1 BYSCORE BYLEX",
    "ZREVRANGE z 0 1 REV",
    "ZREVRANGE z 0 1 LIMIT 0 1",
    "ZRANGEBYSCORE z x 1",
    "ZRANGEBYSCORE z 0 1 LIMIT 1",
    "ZRANGEBYSCORE z 0 1 LIMIT x 1",
    "ZRANGEBYLEX z a b",
    "ZRANGEBYLEX z - + WITHSCORES",
    "ZRANGESTORE d z 0 1 WITHSCORES",
    "ZREMRANGEBYRANK z x 1",
    "ZREMRANGEBYSCORE z x 1",
    "ZREMRANGEBYLEX z a b",
    "ZCOUNT z 1 x",
    "ZLEXCOUNT z 1 x",
    "ZSCAN z x",
    "ZSCAN z 0 COUNT 0",
    "ZSCAN z 0 FOO",
  ],
  "ZRANGE z 0 -1 WITHSCORES",
]);

testSameAsRedis("elements of one score are ordered by their bytes, whatever their zero's sign", [
  "ZADD z 0 b -0 c 0 a 1 B 1 b 1 '' -inf z inf A",
  "ZRANGE z 0 -1",
  "ZREVRANGE z 0 -1",
  "ZRANGEBYSCORE z -0 0",
  "ZRANGEBYSCORE z (-0 (0",
  "ZCOUNT z (-inf (inf",
  "ZCOUNT z -inf inf",
  "ZRANK z c",
  "ZREVRANK z c",
]);

const LONG = "x".repeat(65);

testSameAsRedis("a listpack forgets the sign of -0, a skip list keeps it", [
  "ZADD z -0 a",
  "ZSCORE z a",
  "ZADD z INCR -0 b",
  "ZSCORE z b",
  `ZADD z 1 ${LONG} -0 c`,
  "ZMSCORE z a b c",
  "ZADD z 0 c",
  "ZSCORE z c",
  "ZINCRBY z -0 c",
  "ZINCRBY z 0 c",
  "ZSCORE z c",
  "ZUNION 1 z WEIGHTS -1 WITHSCORES",
  "ZUNIONSTORE d 1 z WEIGHTS -1",
  "ZRANGE d 0 -1 WITHSCORES",
]);

testSameAsRedis("a sorted set is a listpack up to the configured sizes", [
  "ZADD a 1 m",
  "OBJECT ENCODING a",
  `ZADD a 1 ${"x".repeat(64)}`,
  "OBJECT ENCODING a",
  `ZADD a 1 ${LONG}`,
  "OBJECT ENCODING a",
  `ZREM a ${LONG}`,
  "OBJECT ENCODING a",
  `ZADD b 1 ${LONG}`,
  "OBJECT ENCODING b",
  "CONFIG SET zset-max-listpack-entries 3",
  "ZADD c 1 a 2 b 3 c",
  "OBJECT ENCODING c",
  "ZADD c 4 a",
  "OBJECT ENCODING c",
  "ZADD c 4 d",
  "OBJECT ENCODING c",
  "ZUNIONSTORE d 1 c",
  "OBJECT ENCODING d",
  "ZRANGESTORE d c 0 1",
  "OBJECT ENCODING d",
  "CONFIG SET zset-max-listpack-entries 0",
  "ZADD e 1 a",
  "OBJECT ENCODING e",
]);

testSameAsRedis("ZPOPMIN, ZPOPMAX and ZMPOP empty a sorted set from its ends", [
  "ZADD z 1 a 2 b 2 c 3 d 4 e 5 f 6 g",
  "ZPOPMIN z",
  "ZPOPMAX z",
  "ZPOPMIN z 2",
  "ZPOPMAX z 0",
  "ZMPOP 2 absent z MAX COUNT 2",
  "ZMPOP 1 z MIN",
  "EXISTS z",
  "ZADD z 1 a",
  "ZPOPMAX z 10",
  "EXISTS z",
]);

testSameAsRedis("unions, intersections and differences combine scores", [
  "ZADD a 1 x 2 y 3 z",
  "ZADD b 10 y 20 z 30 w",
  "ZADD i inf x -inf y 0 z",
  "SADD s x w v",
  "ZUNION 2 a b WITHSCORES",
  "ZUNION 2 a b WEIGHTS 2 -1 AGGREGATE MIN WITHSCORES",
  "ZINTER 2 a b AGGREGATE MAX WITHSCORES",
  "ZINTER 3 a b i WITHSCORES",
  "ZUNION 2 i i WEIGHTS 1 -1 WITHSCORES",
  "ZUNION 1 i WEIGHTS 0 WITHSCORES",
  "ZINTER 2 i i WEIGHTS 0 inf WITHSCORES",
  "ZINTER 2 i a WEIGHTS 0 0 AGGREGATE MIN WITHSCORES",
  "ZUNION 2 a s WITHSCORES",
  "ZINTER 2 s a WEIGHTS 5 1 WITHSCORES",
  "ZDIFF 2 s a WITHSCORES",
  "ZDIFF 2 a s WITHSCORES",
  "ZDIFF 3 a b s WITHSCORES",
  "ZDIFF 2 a a",
  "ZINTERCARD 2 a b",
  "ZINTERCARD 2 a b LIMIT 1",
  "ZINTERCARD 2 a s LIMIT 0",
  "ZUNIONSTORE a 2 a b",
  "ZRANGE a 0 -1 WITHSCORES",
  "ZDIFFSTORE a 2 a a",
  "EXISTS a",
  "SET d v",
  "ZINTERSTORE d 2 b s WEIGHTS 1 100",
  "TYPE d",
  "ZRANGE d 0 -1 WITHSCORES",
]);

testSameAsRedis("ZRANGESTORE overwrites, may read what it writes, and deletes for nothing", [
  "ZADD z 1 a 2 b 3 c 4 d",
  "SET d v PX 100000",
  "ZRANGESTORE d z 1 2",
  "PTTL d",
  "ZRANGE d 0 -1 WITHSCORES",
  "ZRANGESTORE d z 4 (1 BYSCORE REV LIMIT 1 2",
  "ZRANGE d 0 -1 WITHSCORES",
  "ZRANGESTORE z z 2 -1",
  "ZRANGE z 0 -1",
  "ZRANGESTORE z z 5 6",
  "EXISTS z",
]);

const many = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${(i * 37) % 100} m${from + i}`).join(" ");

testSameAsRedis("a sorted set of thousands is counted, ranked, cut and popped alike", [
  ...Array.from({ length: 12 }, (_, i) => `ZADD z ${many(i * 500, i * 500 + 500)}`),
  "ZCARD z",
  "ZRANK z m4321",
  "ZREVRANK z m17",
  "ZRANGE z 3000 3010 WITHSCORES",
  "ZREVRANGE z 3000 3010",
  "ZRANGE z 0 -1 WITHSCORES",
  "ZREVRANGE z 0 -1",
  "ZCOUNT z (20 70",
  "ZRANGEBYSCORE z 10 90 LIMIT 2500 5",
  "ZREVRANGEBYSCORE z 90 (10 LIMIT 2500 5",
  "ZRANGEBYSCORE z 10 90 LIMIT 6000 5",
  "ZREMRANGEBYSCORE z 30 (40",
  "ZREMRANGEBYRANK z 100 1500",
  "ZPOPMIN z 30",
  "ZPOPMAX z 1700",
  "ZCARD z",
  "ZRANK z m4300",
  "ZRANGE z 900 905",
  "ZREMRANGEBYRANK z 0 -1",
  "EXISTS z",
]);

testAnswers("ZRANK and ZREVRANK tell the score on request, as Redis does since 7.2", [
  ["ZADD z 1.5 a 2 b", ":2"],
  ["ZRANK z b WITHSCORE", '[:1, "2"]'],
  ["ZREVRANK z a withscore", '[:1, "1.5"]'],
  ["ZRANK z x WITHSCORE", "*-1"],
  ["ZREVRANK absent x WITHSCORE", "*-1"],
  ["ZRANK z a FOO", "-ERR syntax error"],
  ["ZREVRANK z a WITHSCORE x", "-ERR wrong number of arguments for 'zrevrank' command"],
]);

testAnswers("AGGREGATE COUNT adds up the weights, as Redis does since 8.8", [
  ["ZADD a 7 x 8 y", ":2"],
  ["ZADD b 9 y", ":1"],
  ["ZUNION 2 a b AGGREGATE COUNT WITHSCORES", '["x", "1", "y", "2"]'],
  ["ZUNION 2 a b WEIGHTS 3 10 AGGREGATE count WITHSCORES", '["x", "3", "y", "13"]'],
  ["ZINTERSTORE d 2 a b WEIGHTS inf -inf AGGREGATE COUNT", ":1"],
  ["ZSCORE d y", '"0"'],
]);

testAnswers("scores are written with the fewest digits, as Redis does since 7.2", [
  ["ZADD z 0.1 a 1e20 b 100000000000000000 c 0.0000001 d 1700000000.123456 e", ":5"],
  ["ZSCORE z a", '"0.1"'],
  ["ZSCORE z b", '"1e+20"'],
  ["ZSCORE z c", '"100000000000000000"'],
  ["ZSCORE z d", '"1e-7"'],
  ["ZINCRBY z 0.2 a", '"0.30000000000000004"'],
  ["ZSCORE z e", '"1700000000.123456"'],
]);

testAnswers("the ends of a range of scores are decimal and of any size, as in Redis 8", [
  ["ZADD z 0 a inf b", ":2"],
  ["ZCOUNT z ( 1", ":0"],
  ["ZCOUNT z -1 1e-999", ":1"],
  ["ZCOUNT z 1e999 +1e999", ":1"],
  ["ZCOUNT z -1e999 (1e999", ":1"],
  ["ZCOUNT z +.5 inf", ":1"],
  ["ZCOUNT z -1 (nan", "-ERR min or max is not a float"],
  ["ZCOUNT z -0x1 (+inf", "-ERR min or max is not a float"],
  ["ZCOUNT z -1 0x", "-ERR min or max is not a float"],
]);

Deno.test("ZSCAN tells a large sorted set in parts, its scores as %.17g prints them", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  await client.send("ZADD", "z", "0.1", "m");
  assert.equal(format(await client.send("ZSCAN", "z", "0", "COUNT", "1")), '["0", ["m", "0.1"]]');
  const pairs = Array.from({ length: 200 }, (_, i) => [`${i}.1`, `m${i}`]).flat();
  await client.send("ZADD", "z", ...pairs);
  const first = await client.send("ZSCAN", "z", "0", "COUNT", "5");
  assert.match(format(first), /^\["[1-9]\d*", \["m", "0.10000000000000001", "m0", /);
  const match = await client.send("ZSCAN", "z", "0", "COUNT", "1000", "MATCH", "m19?");
  assert.ok(match.type === "array" && match.items[1]!.type === "array");
  assert.equal(match.items[1].items.length, 20);
});

Deno.test("ZRANDMEMBER gives every member the same chance", () => {
  // Random numbers that are spread evenly, not drawn: so the counts can only be off by the command's own fault.
  const random = Math.random;
  let draws = 0;
  Math.random = () => ((draws++ * 0.6180339887498949) % 1);
  try {
    const members = 2500;
    const counts = new Map<string, number>();
    using db = Redlite.open(":memory:", { driver: "builtin" });
    db.zadd("z", Array.from({ length: members }, (_, i) => [i % 7, `m${i}`]));
    const rounds = 20 * members;
    for (let i = 0; i < rounds / 500; i++) {
      for (const member of db.zrandmember("z", -500)) {
        counts.set(member, (counts.get(member) ?? 0) + 1);
      }
    }
    const chiSquare = (expected: number) => {
      let sum = 0;
      for (let i = 0; i < members; i++) {
        sum += ((counts.get(`m${i}`) ?? 0) - expected) ** 2 / expected;
      }
      return sum;
    };
    assert.equal(counts.size, members);
    // Truly random draws would give about as much as there are members; even ones give far less.
    assert.ok(chiSquare(20) < members / 10, String(chiSquare(20)));
    counts.clear();
    for (let i = 0; i < 2 * members; i++) {
      const member = db.zrandmember("z") ?? assert.fail();
      counts.set(member, (counts.get(member) ?? 0) + 1);
    }
    assert.ok(chiSquare(2) < members / 2, String(chiSquare(2)));
  } finally {
    Math.random = random;
  }
});

Deno.test("ZRANDMEMBER with a count gives distinct members, whatever part of them is wanted", () => {
  using db = Redlite.open(":memory:", { driver: "builtin" });
  for (const length of [3, 100, 3000]) {
    db.del("z");
    db.zadd("z", Array.from({ length }, (_, i) => [i, `m${i}`]));
    for (
      const count of [1, 2, Math.floor(length / 5), Math.floor(length / 2), length, length + 9]
    ) {
      const elements = db.zrandmemberWithScores("z", count);
      assert.equal(elements.length, Math.min(count, length));
      assert.equal(new Set(elements.map(([member]) => member)).size, elements.length);
      for (const [member, score] of elements) assert.equal(member, `m${score}`);
    }
    assert.equal(db.zrandmember("z", -2 * length).length, 2 * length);
  }
});

Deno.test("what changes is told once a command, and del after the last element", () => {
  const store = memoryStore(DRIVERS[0]!);
  const events: string[] = [];
  store.engine.changes.subscribe((changes) => {
    for (const change of changes) {
      events.push("key" in change ? `${change.event} ${text(change.key)}` : change.event);
    }
  });
  const table = commandTable(), args = new Arguments(), reply = new RespWriter();
  const context = { args, reply, store, client: { db: 0 }, host: {} } as unknown as Context;
  const told = (line: string) => {
    args.fill(line.split(" "));
    store.engine.write();
    table.lookup(args)?.handler?.(context);
    store.endTurn();
    return events.splice(0).join(", ");
  };
  assert.equal(told("ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g"), "zadd z");
  assert.equal(told("ZADD z 1 a"), "");
  assert.equal(told("ZADD z NX 2 a"), "");
  assert.equal(told("ZADD z INCR 0 a"), "");
  assert.equal(told("ZADD z XX 2 a"), "zadd z");
  assert.equal(told("ZINCRBY z 1 a"), "zincr z");
  assert.equal(told("ZREM z x"), "");
  assert.equal(told("ZREM z a x"), "zrem z");
  assert.equal(told("ZPOPMIN z"), "zpopmin z");
  assert.equal(told("ZPOPMAX z 2"), "zpopmax z");
  assert.equal(told("ZREMRANGEBYRANK z 5 6"), "");
  assert.equal(told("ZREMRANGEBYRANK z 0 0"), "zremrangebyrank z");
  assert.equal(told("ZRANGESTORE d z 0 -1"), "zrangestore d");
  assert.equal(told("ZRANGESTORE d z 9 9"), "del d");
  assert.equal(told("ZUNIONSTORE d 1 z"), "zunionstore d");
  assert.equal(told("ZINTERSTORE d 2 z z"), "zinterstore d");
  assert.equal(told("ZDIFFSTORE d 1 z"), "zdiffstore d");
  assert.equal(told("ZDIFFSTORE d 2 z z"), "del d");
  assert.equal(told("ZMPOP 1 z MAX COUNT 9"), "zpopmax z, del z");
  told("ZADD z 1 a 2 b");
  assert.equal(told("ZREMRANGEBYSCORE z 0 9"), "zremrangebyscore z, del z");
  told("ZADD z 1 a 1 b");
  assert.equal(told("ZREMRANGEBYLEX z [a [a"), "zremrangebylex z");
  assert.equal(told("ZREM z b c"), "zrem z, del z");
  store.closeNow();
});
