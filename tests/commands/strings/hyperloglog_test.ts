import { strict as assert } from "node:assert";
import { named, noRedis } from "../../harness/lacking.ts";
import { format, fromLatin1 } from "../../harness/resp_client.ts";
import { startRedis, startRedlite } from "../../harness/servers.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

/** `PFADD key` with the elements `prefix:from` up to `prefix:to`. */
const add = (key: string, prefix: string, from: number, to: number) =>
  ["PFADD", key, ...Array.from({ length: to - from }, (_, i) => `${prefix}:${from + i}`)].join(" ");

testSameAsRedis("PFADD makes the same sparse string, element by element", [
  "PFADD h",
  "GET h",
  "PFADD h",
  ...Array.from({ length: 150 }, (_, i) => [`PFADD h e:${i} e:${i * 7}`, "GET h"]).flat(),
  "PFADD h e:1 e:2",
  "PFADD h ''",
  "PFDEBUG DECODE h",
  "PFDEBUG ENCODING h",
  "OBJECT ENCODING h",
  "STRLEN h",
]);

testSameAsRedis("a sparse string becomes the same dense one when it grows too long", [
  ...Array.from({ length: 60 }, (_, i) => [add("h", "e", i * 40, i * 40 + 40), "GET h"]).flat(),
  "PFDEBUG ENCODING h",
  "STRLEN h",
  "PFDEBUG DECODE h",
  "PFDEBUG GETREG h",
  "PFADD h e:1 e:2",
  "PFCOUNT h",
]);

testSameAsRedis("hll-sparse-max-bytes tells how long a sparse string may get", [
  "CONFIG SET hll-sparse-max-bytes 30",
  "PFADD h a b",
  "PFDEBUG ENCODING h",
  add("h", "e", 0, 20),
  "PFDEBUG ENCODING h",
  "GET h",
  "CONFIG SET hll-sparse-max-bytes 20000",
  ...Array.from({ length: 40 }, (_, i) => add("long", "e", i * 200, i * 200 + 200)),
  "PFDEBUG ENCODING long",
  "GET long",
  "CONFIG SET hll-sparse-max-bytes 0",
  "PFADD none",
  "GET none",
  "PFADD none a",
  "PFDEBUG ENCODING none",
]);

testSameAsRedis("PFCOUNT estimates alike for few and for many elements", [
  "PFCOUNT absent",
  "PFADD h a b c",
  "PFCOUNT h",
  "PFCOUNT h",
  "PFCOUNT h absent",
  "PFADD i c d",
  "PFCOUNT h i",
  ...[10, 100, 1000, 5000].flatMap((count) => [add("n", "x", 0, count), "PFCOUNT n h"]),
  "PFCOUNT n",
  "PFCOUNT n n",
]);

testSameAsRedis("PFMERGE makes the same string, sparse or dense", [
  "PFMERGE empty",
  "GET empty",
  "PFADD a 1 2 3",
  "PFADD b 3 4 5",
  "PFMERGE d a b absent",
  "GET d",
  "PFMERGE a b",
  "GET a",
  "EXPIRE a 100",
  add("dense", "e", 0, 3000),
  "PFMERGE a dense",
  "GET a",
  "TTL a",
  "PFDEBUG ENCODING a",
  "PFMERGE dense b",
  "GET dense",
  add("s1", "p", 0, 700),
  add("s2", "q", 0, 700),
  "PFMERGE s3 s1 s2",
  "PFDEBUG ENCODING s3",
  "GET s3",
]);

testSameAsRedis(
  "other strings, other types and absent keys are refused",
  [
    "SET s text",
    "SET n 1234567890123456",
    "PFADD s a",
    "PFADD n a",
    "PFCOUNT s",
    "PFCOUNT absent s",
    "PFMERGE d s",
    "PFMERGE s",
    "EXISTS d",
    "PFDEBUG ENCODING s",
    "PFDEBUG ENCODING absent",
    "PFDEBUG FOO absent",
    "PFADD h a",
    "PFDEBUG FOO h",
    "PFDEBUG fo_O h",
    "PFDEBUG TODENSE h",
    "PFDEBUG TODENSE h",
    "PFDEBUG DECODE h",
    "PFSELFTEST",
  ],
);

testSameAsRedis("a damaged string is refused", [
  "PFADD tail a b c",
  "APPEND tail hello",
  "PFCOUNT tail",
  "PFCOUNT tail tail",
  "PFMERGE d tail",
  "PFDEBUG TODENSE tail",
  "PFDEBUG GETREG tail",
  "EXISTS d",
  "PFADD magic a b c",
  "SETRANGE magic 0 0123",
  "PFCOUNT magic",
  "PFADD encoding a b c",
  "SETRANGE encoding 4 x",
  "PFCOUNT encoding",
  "PFADD dense a",
  "PFDEBUG TODENSE dense",
  "APPEND dense x",
  "PFCOUNT dense",
  "PFADD dense a",
]);

/** A sparse string out of its runs, with no estimate. */
const sparse = (runs: string) => fromLatin1("HYLL\x01" + "\0".repeat(10) + "\x80" + runs);

Deno.test("runs of too many or too few registers are refused, however long", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const damaged = ["\x7f\xff".repeat(132_000) + "\xff", "\x7f\xff\xff", "\x7f\xfe", "\x7f", ""];
  for (const runs of damaged) {
    const answers = await client.pipeline([
      ["SET", "h", sparse(runs)],
      ["PFCOUNT", "h"],
      ["PFCOUNT", "h", "h"],
      ["PFMERGE", "d", "h"],
      ["PFDEBUG", "TODENSE", "h"],
    ]);
    const refused = Array(4).fill("-INVALIDOBJ Corrupted HLL object detected");
    assert.deepEqual(answers.map(format), ["+OK", ...refused], `${runs.length} bytes of runs`);
  }
});

Deno.test("a refused PFADD leaves the string as it was", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const value = sparse("\x60\x00");
  const elements = Array.from({ length: 50 }, (_, i) => `e:${i}`);
  const [, refused, after] = await client.pipeline([
    ["SET", "h", value],
    ["PFADD", "h", ...elements],
    ["GET", "h"],
  ]);
  assert.equal(format(refused!), "-INVALIDOBJ Corrupted HLL object detected");
  assert.deepEqual(after, { type: "bulk", value });
});

Deno.test("PFDEBUG SIMD of Redis 8 has nothing to switch", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  assert.equal(format(await client.send("PFDEBUG", "SIMD", "ON")), "+disabled");
  assert.equal(format(await client.send("PFDEBUG", "simd", "off")), "+disabled");
  assert.equal(
    format(await client.send("PFDEBUG", "SIMD", "x")),
    "-ERR Argument must be ON or OFF",
  );
});

Deno.test({
  ...named(
    "a HyperLogLog of either server is one to the other, its cached estimate too",
    noRedis(),
  ),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    for (const count of [3, 200, 5000]) {
      const elements = Array.from({ length: count }, (_, i) => `e:${i}`);
      for (const [from, to] of [[ours, theirs], [theirs, ours]] as const) {
        await from.send("PFADD", `h${count}`, ...elements);
        const estimate = await from.send("PFCOUNT", `h${count}`);
        const value = await from.send("GET", `h${count}`);
        assert.ok(value.type === "bulk");
        await to.send("SET", "copy", value.value);
        assert.equal(format(await to.send("PFCOUNT", "copy")), format(estimate));
        assert.equal(format(await to.send("PFADD", "copy", ...elements)), ":0");
        assert.equal(format(await to.send("PFADD", "copy", "one:more:than:before")), ":1");
      }
    }
    const cached = fromLatin1("HYLL\x01\0\0\0\x2a\0\0\0\0\0\0\0\x7f\xff");
    await ours.send("SET", "cached", cached);
    assert.equal(format(await ours.send("PFCOUNT", "cached")), ":42");
  },
});
