import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedis, startRedlite } from "../../harness/servers.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testSameAsRedis("BITFIELD reads, sets and adds to fields", [
  "BITFIELD k SET i8 0 -100 GET i8 0 GET u8 0",
  "BITFIELD k INCRBY i5 100 1 GET u4 0",
  "BITFIELD k SET u5 7 23",
  "GET k",
  "BITFIELD k SET i8 #0 100 SET i8 #1 200",
  "GET k",
  "BITFIELD k GET u8 4294967295 GET i64 100000",
  "STRLEN k",
  "BITFIELD absent GET u8 0 GET i5 3",
  "BITFIELD absent",
  "EXISTS absent",
  "OBJECT ENCODING k",
  "SET n 123",
  "BITFIELD n GET u8 #0 SET u8 #0 49",
  "GET n",
  "OBJECT ENCODING n",
  "SET volatile x EX 100",
  "BITFIELD volatile SET u8 #4 1",
  "TTL volatile",
]);

testSameAsRedis("BITFIELD wraps, saturates or refuses what does not fit", [
  "BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1",
  "BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1",
  "BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1",
  "BITFIELD k INCRBY u2 100 1 OVERFLOW SAT INCRBY u2 102 1",
  "BITFIELD k OVERFLOW FAIL INCRBY u2 102 1 SET u2 102 4 GET u2 102",
  "BITFIELD k SET i8 0 127 INCRBY i8 0 1 INCRBY i8 0 -1",
  "BITFIELD k OVERFLOW SAT SET i8 0 1000 SET i8 0 -1000 GET i8 0 INCRBY i8 0 -5",
  "BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0 INCRBY u8 0 -300",
  "BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0",
  "BITFIELD k SET i64 64 9223372036854775807 INCRBY i64 64 1 GET i64 64 GET u63 65",
  "BITFIELD k OVERFLOW SAT SET i64 64 -9223372036854775808 INCRBY i64 64 -1",
  "BITFIELD k OVERFLOW FAIL INCRBY i64 64 -1 GET i64 64",
  "BITFIELD k SET u63 3 9223372036854775807 INCRBY u63 3 1 GET u63 3",
  "BITFIELD k SET u53 9 9007199254740991 INCRBY u53 9 9223372036854775807 GET u53 9",
  "BITFIELD k SET i54 9 9007199254740991 INCRBY i54 9 1 GET i54 9",
  "GET k",
]);

testSameAsRedis("a refused BITFIELD grows the string, and fields are set in order", [
  "BITFIELD k OVERFLOW FAIL SET u8 100 1000",
  "STRLEN k",
  "BITFIELD k SET u8 0 1 SET u8 0 2 SET u8 0 3 GET u8 0",
  "BITFIELD far SET u8 0 1 SET u8 100000 2 GET u8 0 GET u8 100000 INCRBY u8 0 5",
  "STRLEN far",
  "BITFIELD far GET u8 0 GET u8 100000 GET u8 200000 INCRBY i64 262140 -7",
  "BITFIELD far OVERFLOW FAIL SET u8 800000 300 GET u8 0",
  "STRLEN far",
  "BITCOUNT far",
]);

testSameAsRedis("BITFIELD checks every operation before it does any", [
  "BITFIELD k GET",
  "BITFIELD k GET u8",
  "BITFIELD k SET u8 0",
  "BITFIELD k INCRBY u8 0",
  "BITFIELD k OVERFLOW",
  "BITFIELD k OVERFLOW foo",
  "BITFIELD k OVERFLOW wrap",
  "BITFIELD k FOO u8 0",
  "BITFIELD k GET u64 0",
  "BITFIELD k GET i65 0",
  "BITFIELD k GET u0 0",
  "BITFIELD k GET I8 0",
  "BITFIELD k GET i08 0",
  "BITFIELD k GET x8 0",
  "BITFIELD k GET '' 0",
  "BITFIELD k GET u8 x",
  "BITFIELD k GET u8 ''",
  "BITFIELD k GET u8 -1",
  "BITFIELD k GET u8 4294967296",
  "BITFIELD k GET u8 #536870912",
  "BITFIELD k GET u8 #536870911",
  "BITFIELD k GET u8 #-1",
  "BITFIELD k GET u8 #",
  "BITFIELD k GET u8 ##1",
  "BITFIELD k SET u8 0 x",
  "BITFIELD k SET u8 x x",
  "BITFIELD k SET u99 x x",
  "BITFIELD k SET u8 0 9223372036854775808",
  "BITFIELD k SET u8 0 1 SET u8 8",
  "EXISTS k",
]);

testSameAsRedis("BITFIELD_RO only reads", [
  "SET k abc",
  "BITFIELD_RO k GET u8 #1 GET i4 0",
  "BITFIELD_RO k",
  "BITFIELD_RO k OVERFLOW SAT GET u8 0",
  "BITFIELD_RO k SET u8 0 1",
  "BITFIELD_RO k GET u8 0 INCRBY u8 0 1",
  "BITFIELD_RO k INCRBY u99 0 1",
  "BITFIELD_RO absent GET u8 0",
]);

testSameAsRedis("COMMAND GETKEYSANDFLAGS tells whether BITFIELD writes", [
  "COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0",
  "COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0 OVERFLOW SAT",
  "COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0 SET u8 0 1",
  "COMMAND GETKEYSANDFLAGS BITFIELD k",
]);

Deno.test("a field past the longest string is refused, and nothing is written", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const answers = await client.pipeline([
    ["BITFIELD", "k", "SET", "u8", "0", "1", "SET", "u8", "4294967295", "1"],
    ["EXISTS", "k"],
  ]);
  assert.deepEqual(answers.map(format), [
    "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
    ":0",
  ]);
});

const width = fc.integer({ min: 1, max: 64 });
const type = fc.tuple(fc.constantFrom("i", "u"), width).map(([sign, bits]) =>
  sign + (sign === "u" ? Math.min(bits, 63) : bits)
);
const offset = fc.oneof(
  fc.nat(200).map(String),
  fc.nat(40).map((n) => `#${n}`),
  fc.nat(300_000).map(String),
);
const value = fc.oneof(
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
).map(String);
const write = fc.tuple(fc.constantFrom("SET", "INCRBY"), type, offset, value);
const operation = fc.oneof(
  fc.tuple(fc.constant("GET"), type, offset),
  write,
  fc.tuple(fc.constantFrom("WRAP", "SAT", "FAIL"), write).map(([mode, words]) => [
    "OVERFLOW",
    mode,
    ...words,
  ]),
);

Deno.test({
  ...named("any fields are read and written as Redis does", noRedis()),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    const property = fc.asyncProperty(
      fc.array(fc.array(operation, { minLength: 1, maxLength: 5 }), {
        minLength: 1,
        maxLength: 10,
      }),
      async (calls) => {
        const all = [
          ["FLUSHALL"],
          ...calls.flatMap((operations) => [["BITFIELD", "k", ...operations.flat()], ["GET", "k"]]),
        ];
        const answers = await ours.pipeline(all);
        const wanted = await theirs.pipeline(all);
        for (const [i, words] of all.entries()) {
          assert.ok(format(answers[i]!) === format(wanted[i]!), words.join(" "));
        }
      },
    );
    await fc.assert(property, { numRuns: 150, seed: 20261 });
  },
});
