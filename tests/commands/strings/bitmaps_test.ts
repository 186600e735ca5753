import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { toText } from "../../../src/embedded/data.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { format, type Reply } from "../../harness/resp_client.ts";
import { startRedis, startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { DRIVERS, memoryStore } from "../../store/open.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testSameAsRedis("SETBIT and GETBIT set, clear, grow and read bits", [
  "SETBIT k 7 1",
  "SETBIT k 7 1",
  "SETBIT k 7 0",
  "SETBIT k 100 1",
  "STRLEN k",
  "GET k",
  "GETBIT k 100",
  "GETBIT k 101",
  "GETBIT k 4294967295",
  "GETBIT absent 0",
  "SETBIT new 0 0",
  "GET new",
  "OBJECT ENCODING new",
  "SET n 5",
  "GETBIT n 2",
  "SETBIT n 2 1",
  "GET n",
  "OBJECT ENCODING n",
  "SET short text",
  "SETBIT short 0 0",
  "OBJECT ENCODING short",
  "GET short",
  "SET volatile v EX 100",
  "SETBIT volatile 1000 1",
  "TTL volatile",
]);

testSameAsRedis(
  "SETBIT and GETBIT check the offset, the bit and the type, in this order",
  [
    "SET z v",
    "SETBIT z x 2",
    "SETBIT z 1 2",
    "SETBIT k 1 x",
    "SETBIT k -1 1",
    "SETBIT k 4294967296 1",
    "SETBIT k 01 1",
    "SETBIT k 99999999999999999999 1",
    "GETBIT k -1",
    "GETBIT k 4294967296",
    "GETBIT k x",
    "EXISTS k",
  ],
);

testSameAsRedis("BITCOUNT counts ranges of bytes and of bits", [
  "SET k foobar",
  "BITCOUNT k",
  "BITCOUNT k 0 0",
  "BITCOUNT k 1 1 BYTE",
  "BITCOUNT k 5 30 BIT",
  "BITCOUNT k 5 5 bit",
  "BITCOUNT k 0 -1 bit",
  "BITCOUNT k -1 -3",
  "BITCOUNT k -100 -99",
  "BITCOUNT k -99 -100",
  "BITCOUNT k -9223372036854775807 -9223372036854775808",
  "BITCOUNT k -9223372036854775808 9223372036854775807",
  "BITCOUNT k 6 10",
  "BITCOUNT k 3 1",
  "BITCOUNT k 1",
  "BITCOUNT k 1 x",
  "BITCOUNT k 1 2 FOO",
  "BITCOUNT k 1 2 BIT x",
  "BITCOUNT absent",
  "BITCOUNT absent 0 -1 BIT",
  "SET empty ''",
  "BITCOUNT empty",
  "BITCOUNT empty 0 -1",
]);

testSameAsRedis("BITPOS finds bits in ranges", [
  "SET k foobar",
  "BITPOS k 1",
  "BITPOS k 0",
  "BITPOS k 1 2",
  "BITPOS k 1 -1",
  "BITPOS k 0 9",
  "BITPOS k 1 9 20",
  "BITPOS k 1 3 1",
  "BITPOS k 1 2 -1 BYTE",
  "BITPOS k 1 7 15 BIT",
  "BITPOS k 1 11 11 bit",
  "BITPOS k 0 9 10 bit",
  "BITPOS k 0 -48 -47 bit",
  "BITPOS k 1 x",
  "BITPOS k 1 0 x",
  "BITPOS k 1 0 1 FOO",
  "BITPOS k 1 0 1 BIT x",
  "BITPOS k 2",
  "BITPOS k x",
  "BITPOS absent 1",
  "BITPOS absent 0",
  "BITPOS absent 0 5 10",
  "BITPOS absent 2",
  "SET empty ''",
  "BITPOS empty 0",
  "BITPOS empty 1",
  "BITOP NOT ones absent2",
  "SETBIT zeros 80 0",
  "BITPOS zeros 1",
  "BITOP NOT ones zeros",
  "BITPOS ones 0",
  "BITPOS ones 0 0",
  "BITPOS ones 0 0 -1",
  "BITPOS ones 0 3 20 BIT",
  "BITPOS ones 0 11",
]);

testSameAsRedis("BITOP combines strings of any length, replaces any key and deletes it", [
  "SET a foobar",
  "SET b abc EX 100",
  "BITOP AND d a b",
  "GET d",
  "BITOP OR d a b",
  "GET d",
  "BITOP XOR d a b absent",
  "GET d",
  "BITOP NOT d a",
  "GET d",
  "OBJECT ENCODING d",
  "BITOP AND b a b",
  "TTL b",
  "GET b",
  "BITOP AND d a absent",
  "GET d",
  "BITOP OR d absent",
  "EXISTS d",
  "BITOP NOT d absent",
  "SET d 12345",
  "BITOP AND d d d",
  "GET d",
  "BITOP NOT d a b",
  "BITOP FOO d a",
  "BITOP NOT d",
]);

const redlite = shareServer("redlite", startRedlite);

/** Sends lines of words in order, and gives the replies as text. */
async function replies(lines: readonly string[]): Promise<string[]> {
  const server = await redlite();
  await using client = await server.connect();
  const answers = await client.pipeline(lines.map((line) => line.split(" ")));
  return answers.map((reply: Reply) => format(reply));
}

Deno.test("BITOP of Redis 8.2: DIFF, DIFF1, ANDOR and ONE", async () => {
  const lines = ["SET x a", "SET y g", "SET z bB"];
  for (const operation of ["DIFF", "DIFF1", "ANDOR", "ONE"]) {
    lines.push(`BITOP ${operation} d x y z`, "GET d");
  }
  lines.push("BITOP ONE d x", "GET d", "BITOP one d x x", "GET d");
  // x 0110_0001, y 0110_0111, z 0110_0010 and 0100_0010.
  assert.deepEqual((await replies(lines)).slice(3), [
    ":2",
    '"\\x00\\x00"',
    ":2",
    '"\\x06B"',
    ":2",
    '"a\\x00"',
    ":2",
    '"\\x04B"',
    ":1",
    '"a"',
    ":1",
    '"\\x00"',
  ]);
});

Deno.test("BITOP of one string against none is refused, in capitals", async () => {
  assert.deepEqual(
    await replies(["BITOP diff d x", "BITOP Diff1 d x", "BITOP ANDOR d x"]),
    ["DIFF", "DIFF1", "ANDOR"].map((operation) =>
      `-ERR BITOP ${operation} must be called with at least two source keys.`
    ),
  );
});

Deno.test("BITCOUNT and BITPOS check their arguments before they look for the key", async () => {
  assert.deepEqual(
    await replies([
      "BITCOUNT absent 1",
      "BITCOUNT absent x 1",
      "BITCOUNT absent 1 2 FOO",
      "BITCOUNT absent 1 2 BIT x",
      "BITPOS absent 1 x",
      "BITPOS absent 1 0 x FOO",
      "BITPOS absent 1 0 x BIT",
      "BITPOS absent 1 0 1 BIT x",
    ]),
    [
      "-ERR syntax error",
      "-ERR value is not an integer or out of range",
      "-ERR syntax error",
      "-ERR syntax error",
      "-ERR value is not an integer or out of range",
      "-ERR syntax error",
      "-ERR value is not an integer or out of range",
      "-ERR syntax error",
    ],
  );
});

Deno.test("a bit at the far end of a string costs one chunk, and is found at once", async () => {
  assert.deepEqual(
    await replies([
      "SETBIT k 4294967295 1",
      "STRLEN k",
      "GETBIT k 4294967295",
      "GETBIT k 2147483648",
      "BITCOUNT k",
      "BITCOUNT k 4294967295 4294967295 BIT",
      "BITPOS k 1",
      "BITPOS k 1 -1 -1 BIT",
      "BITPOS k 0 -1 -1 BIT",
      "SETBIT k 4294967294 1",
      "BITPOS k 1 2147483648 -1 BIT",
    ]),
    [
      ":0",
      ":536870912",
      ":1",
      ":0",
      ":1",
      ":1",
      ":4294967295",
      ":4294967295",
      ":-1",
      ":0",
      ":4294967294",
    ],
  );
});

Deno.test("bitmap and HyperLogLog commands tell what they change, and only that", () => {
  const core = new Core(memoryStore(DRIVERS[0]!), commandTable());
  let events: string[] = [];
  core.store.engine.changes.subscribe((changes) => {
    for (const { event } of changes) events.push(event);
  });
  const told = (line: string): string[] => {
    events = [];
    core.run(line.split(" "), toText);
    return events;
  };
  assert.deepEqual(told("SETBIT k 3 0"), ["setbit"], "a new key");
  assert.deepEqual(told("SETBIT k 3 0"), []);
  assert.deepEqual(told("SETBIT k 3 1"), ["setbit"]);
  assert.deepEqual(told("SETBIT k 90 0"), ["setbit"], "a longer string");
  assert.deepEqual(told("BITFIELD k SET u8 0 16 GET u8 0"), []);
  assert.deepEqual(told("BITFIELD k SET u8 0 17 INCRBY u8 8 1"), ["setbit"], "two fields");
  assert.deepEqual(told("BITFIELD k OVERFLOW FAIL SET u8 800 256"), [], "refused");
  assert.deepEqual(told("BITFIELD k SET u8 1600 0"), ["setbit"], "a longer string");
  assert.deepEqual(told("BITOP NOT d k"), ["set"]);
  assert.deepEqual(told("BITOP NOT d absent"), ["del"]);
  assert.deepEqual(told("BITOP NOT d absent"), []);
  assert.deepEqual(told("PFADD h"), ["pfadd"]);
  assert.deepEqual(told("PFADD h a"), ["pfadd"]);
  assert.deepEqual(told("PFADD h a"), []);
  assert.deepEqual(told("PFMERGE d h"), ["pfadd"]);
  assert.deepEqual(told("PFDEBUG TODENSE h"), []);
  assert.deepEqual(told("PFCOUNT h"), ["pfcount"], "the estimate is stored");
  assert.deepEqual(told("PFCOUNT h"), []);
  core.closeNow();
});

Deno.test("a key of another type is refused, but for BITOP's destination", () => {
  const core = new Core(memoryStore(DRIVERS[0]!), commandTable());
  const run = (line: string) => core.run(line.split(" "), toText);
  run("SET list x");
  run("SET s x");
  core.store.engine.connection.exec(
    "UPDATE keys SET type = 2, id = 1000, length = 1, value = NULL WHERE key = CAST('list' AS BLOB)",
  );
  core.store.keyspace.cache.clear();
  const lines = [
    "SETBIT list 0 1",
    "GETBIT list 0",
    "BITCOUNT list",
    "BITCOUNT list 0 -1 BIT",
    "BITPOS list 1",
    "BITOP NOT d list",
    "BITOP OR d s list",
    "BITFIELD list",
    "BITFIELD list GET u8 0",
    "BITFIELD list SET u8 0 1",
    "BITFIELD_RO list GET u8 0",
    "PFADD list x",
    "PFCOUNT list",
    "PFCOUNT absent list",
    "PFMERGE list",
    "PFMERGE d list",
    "PFDEBUG ENCODING list",
  ];
  for (const line of lines) assert.throws(() => run(line), { code: "WRONGTYPE" }, line);
  assert.equal(run("EXISTS d"), 0);
  assert.equal(run("BITOP NOT list s"), 1);
  assert.equal(run("TYPE list"), "string");
  core.closeNow();
});

const KEYS = ["a", "b", "c"];
const key = fc.constantFrom(...KEYS);
const position = fc.oneof(
  fc.integer({ min: -40, max: 40 }),
  fc.integer({ min: -300_000, max: 300_000 }),
).map(String);
const size = fc.oneof(
  fc.integer({ min: 0, max: 70 }),
  fc.constantFrom(383, 384, 385, 32767, 32768, 32769, 65536, 70001),
);
/** Runs of zeros or ones, with a few other bytes in them. */
const value = fc.tuple(
  size,
  fc.constantFrom(0, 0xff),
  fc.array(fc.tuple(fc.nat(70_000), fc.nat(255)), { maxLength: 4 }),
).map(([size, byte, others]) => {
  const bytes = new Uint8Array(size).fill(byte);
  for (const [at, other] of others) if (size > 0) bytes[at % size] = other;
  return bytes;
});
const bit = fc.constantFrom("0", "1");
const unit = fc.constantFrom("BIT", "BYTE");
const offset = fc.oneof(fc.nat(600), fc.nat(700_000)).map(String);
const command = fc.oneof(
  fc.tuple(fc.constant("SET"), key, value),
  fc.tuple(fc.constant("SETBIT"), key, offset, bit),
  fc.tuple(fc.constant("GETBIT"), key, offset),
  fc.tuple(fc.constant("BITCOUNT"), key, position, position, unit),
  fc.tuple(fc.constant("BITPOS"), key, bit, position),
  fc.tuple(fc.constant("BITPOS"), key, bit, position, position, unit),
  fc.tuple(fc.constant("BITOP"), fc.constantFrom("AND", "OR", "XOR"), key, key, key),
  fc.tuple(fc.constant("BITOP"), fc.constant("NOT"), key, key),
);

Deno.test({
  ...named(
    "any bitmap commands on strings in rows and in chunks are answered as Redis does",
    noRedis(),
  ),
  async fn() {
    await using redlite = await startRedlite();
    await using redis = await startRedis();
    await using ours = await redlite.connect();
    await using theirs = await redis.connect();
    const property = fc.asyncProperty(
      fc.array(command, { minLength: 1, maxLength: 20 }),
      async (commands) => {
        const all = [["FLUSHALL"], ...commands, ...KEYS.map((key) => ["GET", key])];
        const answers = await ours.pipeline(all);
        const wanted = await theirs.pipeline(all);
        for (const [i, words] of all.entries()) {
          assert.ok(format(answers[i]!) === format(wanted[i]!), words.slice(0, 6).join(" "));
        }
      },
    );
    await fc.assert(property, { numRuns: 60, seed: 20260 });
  },
});
