import { strict as assert } from "node:assert";
import { Redlite } from "../../../mod.ts";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { toText } from "../../../src/embedded/data.ts";
import { format, type Reply } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { DRIVERS, memoryStore, text } from "../../store/open.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testSameAsRedis("pushes add to both ends, in the order of their arguments", [
  "RPUSH k a b c",
  "LPUSH k x y z",
  "LRANGE k 0 -1",
  "LLEN k",
  "TYPE k",
  "LPUSHX k first",
  "RPUSHX k last more",
  "LRANGE k 0 -1",
  "LPUSHX absent a",
  "RPUSHX absent a b",
  "EXISTS absent",
  "RPUSH empty ''",
  "LRANGE empty 0 -1",
  "LLEN absent",
]);

testSameAsRedis("pops take from both ends, and the last element takes the key along", [
  "RPUSH k a b c d e f",
  "LPOP k",
  "RPOP k",
  "LPOP k 2",
  "LPOP k 0",
  "RPOP k 0",
  "RPOP k 10",
  "EXISTS k",
  "LPOP k",
  "LPOP k 1",
  "LPOP k 0",
  "RPUSH k 1 2 3 4",
  "RPOP k 3",
  "RPOP k 1",
  "TYPE k",
]);

testSameAsRedis("pops check the count before the key", [
  "SET s v",
  "LPOP s x",
  "LPOP s -1",
  "LPOP s 9223372036854775808",
  "LPOP s 1",
  "LPOP s",
  "RPOP s 1 2",
  "RPOP absent x",
  "RPUSH k a b",
  "RPOP k -1",
  "RPOP k 9223372036854775807",
]);

testSameAsRedis("ranges that are read again and again are as the list is then", [
  "RPUSH k a '' c d e",
  ...ranges(),
  "LPUSH k x y",
  "RPUSH k z",
  ...ranges(),
  "LPOP k",
  "RPOP k 2",
  ...ranges(),
  "LSET k 1 other",
  ...ranges(),
  "LINSERT k BEFORE c new",
  ...ranges(),
  "LREM k 1 c",
  ...ranges(),
  "LMOVE k k LEFT RIGHT",
  ...ranges(),
  "LTRIM k 1 -2",
  ...ranges(),
  "COPY k l",
  "RPUSH l copied",
  "LRANGE l 0 -1",
  "RENAME l k",
  ...ranges(),
  "MULTI",
  "LRANGE k 0 -1",
  "LPUSH k queued",
  "LRANGE k 0 -1",
  "EXEC",
  ...ranges(),
  "EVAL \"return redis.call('LRANGE', 'k', 1, -1)\" 0",
  "FLUSHALL",
  "RPUSH k again",
  ...ranges(),
]);

/** Reads of one list, often enough that they are kept in memory. */
function ranges(): string[] {
  return ["LRANGE k 0 -1", "LRANGE k 0 -1", "LRANGE k 1 2", "LINDEX k 0", "LINDEX k -1"];
}

Deno.test("a program gets the same ranges again and again", () => {
  using db = Redlite.open(":memory:");
  const elements = Array.from({ length: 12 }, (_, i) => "é".repeat(i * i));
  db.rpush("k", ...elements);
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(db.lrange("k", 0, -1), elements);
    assert.equal(db.lindex("k", -1), elements[11]);
  }
});

testSameAsRedis("LRANGE and LINDEX take positions from either end", [
  "RPUSH k a b c d e",
  "LRANGE k 1 3",
  "LRANGE k -3 -2",
  "LRANGE k -100 100",
  "LRANGE k 3 1",
  "LRANGE k 5 9",
  "LRANGE k 0 -6",
  "LRANGE k -9223372036854775808 9223372036854775807",
  "LRANGE absent 0 -1",
  "LINDEX k 0",
  "LINDEX k 4",
  "LINDEX k -1",
  "LINDEX k -5",
  "LINDEX k 5",
  "LINDEX k -6",
  "LINDEX k 9223372036854775807",
  "LINDEX absent 0",
]);

testSameAsRedis("reads check their numbers and the type in Redis's order", [
  "SET s v",
  "RPUSH k a",
  "LRANGE s x 0",
  "LRANGE s 0 x",
  "LRANGE s 0 0",
  "LRANGE absent 0 1.5",
  "LINDEX s x",
  "LINDEX k x",
  "LINDEX absent x",
  "LLEN s",
  "LPOS s a",
  "LPUSH s a",
  "RPUSHX s a",
]);

testSameAsRedis("LSET replaces in place", [
  "RPUSH k a b c",
  "LSET k 1 B",
  "LSET k -1 C",
  "LSET k 3 x",
  "LSET k -4 x",
  "LSET k x y",
  "LSET absent 0 x",
  "LSET absent x y",
  "SET s v",
  "LSET s x y",
  "LRANGE k 0 -1",
]);

testSameAsRedis("LINSERT puts an element before or after the first that is the same", [
  "RPUSH k a b a c",
  "LINSERT k BEFORE a 1",
  "LINSERT k after a 2",
  "LINSERT k AFTER c 3",
  "LINSERT k before c 4",
  "LRANGE k 0 -1",
  "LINSERT k BEFORE none x",
  "LINSERT absent BEFORE a x",
  "LINSERT k AROUND a x",
  "SET s v",
  "LINSERT s AROUND a x",
  "LINSERT s AFTER a x",
  "LPOP k",
  "RPOP k",
  "LINDEX k 3",
  "LSET k 3 changed",
  "LRANGE k 1 4",
]);

testSameAsRedis("LREM removes from the front, from the end, or all", [
  "RPUSH k a b a c a d a",
  "LREM k 1 a",
  "LREM k -2 a",
  "LRANGE k 0 -1",
  "LREM k 0 none",
  "LREM k 5 a",
  "LREM absent 0 a",
  "LREM absent x a",
  "LREM k x b",
  "LREM k 0 b",
  "LREM k 9223372036854775807 d",
  "EXISTS k",
  "SET s v",
  "LREM s 0 v",
  "RPUSH e '' x ''",
  "LREM e 0 ''",
  "LRANGE e 0 -1",
]);

testSameAsRedis("LTRIM keeps a range", [
  "RPUSH k a b c d e f g h",
  "LTRIM k 1 -2",
  "LRANGE k 0 -1",
  "LTRIM k -100 3",
  "LRANGE k 0 -1",
  "LTRIM k 0 100",
  "LRANGE k 0 -1",
  "LTRIM k 2 1",
  "EXISTS k",
  "LTRIM absent 0 0",
  "LTRIM absent x 0",
  "SET s v",
  "LTRIM s 0 0",
  "RPUSH k a b c",
  "LTRIM k 3 5",
  "EXISTS k",
]);

testSameAsRedis("LPOS tells where elements are", [
  "RPUSH k a b c 1 2 3 c c",
  "LPOS k c",
  "LPOS k c RANK 2",
  "LPOS k c RANK -1",
  "LPOS k c RANK 4",
  "LPOS k c COUNT 2",
  "LPOS k c COUNT 0",
  "LPOS k c RANK -1 COUNT 2",
  "LPOS k c RANK 2 COUNT 0",
  "LPOS k c MAXLEN 2",
  "LPOS k c MAXLEN 3",
  "LPOS k c COUNT 0 MAXLEN 7",
  "LPOS k c RANK -1 COUNT 0 MAXLEN 2",
  "LPOS k c RANK -1 MAXLEN 100 COUNT 100",
  "LPOS k c RANK 9223372036854775807 COUNT 0",
  "LPOS k none",
  "LPOS k none COUNT 0",
  "LPOS absent a",
  "LPOS absent a COUNT 1",
  "LREM k 1 b",
  "LINSERT k AFTER a new",
  "LPOS k c COUNT 0",
  "LPOS k c COUNT 0 RANK -2",
  "LPOS k c COUNT 0 MAXLEN 4",
  "LPOS k c RANK -1 MAXLEN 1",
]);

testSameAsRedis("LPOS refuses what makes no sense", [
  "RPUSH k a",
  "LPOS k a RANK 0",
  "LPOS k a RANK x",
  "LPOS k a COUNT -1",
  "LPOS k a COUNT x",
  "LPOS k a MAXLEN -1",
  "LPOS k a MAXLEN x",
  "LPOS k a RANK",
  "LPOS k a RANK 1 COUNT",
  "LPOS k a FOO 1",
  "LPOS absent a RANK 0",
]);

testSameAsRedis("LMOVE and RPOPLPUSH move an element, also within one list", [
  "RPUSH a 1 2 3",
  "LMOVE a b LEFT RIGHT",
  "LMOVE a b RIGHT LEFT",
  "LRANGE b 0 -1",
  "LMOVE a b left left",
  "EXISTS a",
  "LRANGE b 0 -1",
  "LMOVE b b LEFT RIGHT",
  "LMOVE b b RIGHT LEFT",
  "LMOVE b b RIGHT RIGHT",
  "LMOVE b b LEFT LEFT",
  "LMOVE b b LEFT RIGHT",
  "LRANGE b 0 -1",
  "RPOPLPUSH b c",
  "RPOPLPUSH b b",
  "RPOPLPUSH c c",
  "RPOPLPUSH absent b",
  "LRANGE b 0 -1",
  "LRANGE c 0 -1",
]);

testSameAsRedis("moves check ends, source and destination in Redis's order", [
  "SET s v",
  "RPUSH k a",
  "LMOVE s k UP DOWN",
  "LMOVE k k LEFT DOWN",
  "LMOVE s k LEFT RIGHT",
  "LMOVE absent s LEFT RIGHT",
  "LMOVE k s LEFT RIGHT",
  "RPOPLPUSH k s",
  "RPOPLPUSH absent s",
  "LRANGE k 0 -1",
]);

testSameAsRedis("LMPOP pops from the first list that exists", [
  "RPUSH a 1 2 3 4",
  "RPUSH b x y",
  "LMPOP 2 absent a LEFT",
  "LMPOP 2 a b RIGHT COUNT 2",
  "LMPOP 2 a b right count 10",
  "EXISTS a",
  "LMPOP 2 a b LEFT COUNT 9223372036854775807",
  "LMPOP 2 a b LEFT",
  "SET s v",
  "RPUSH k a",
  "LMPOP 2 s k LEFT",
  "LMPOP 2 k s LEFT",
]);

testSameAsRedis("LMPOP checks its arguments", [
  "RPUSH k a",
  "LMPOP 0 k LEFT",
  "LMPOP -1 k LEFT",
  "LMPOP x k LEFT",
  "LMPOP 2 k LEFT",
  "LMPOP 9223372036854775806 k LEFT",
  "LMPOP 1 k UP",
  "LMPOP 1 k LEFT COUNT",
  "LMPOP 1 k LEFT COUNT 0",
  "LMPOP 1 k LEFT COUNT x",
  "LMPOP 1 k LEFT COUNT 1 COUNT 1",
  "LMPOP 1 k LEFT FOO 1",
]);

testSameAsRedis("list commands count their arguments", [
  "LPUSH k",
  "RPUSHX k",
  "LPOP",
  "LRANGE k 0",
  "LINDEX k",
  "LSET k 0",
  "LINSERT k BEFORE a",
  "LREM k 0",
  "LTRIM k 0",
  "LPOS k",
  "LMOVE a b LEFT",
  "LMPOP 1 k",
  "RPOPLPUSH k",
  "LLEN k k",
]);

testSameAsRedis("a list keeps its key's expiry and follows it to other names and databases", [
  "RPUSH k a",
  "EXPIRE k 1000",
  "RPUSH k b",
  "LPOP k",
  "TTL k",
  "COPY k copy",
  "RPUSH copy c",
  "RENAME copy renamed",
  "LPUSH renamed a",
  "LRANGE renamed 0 -1",
  "LRANGE k 0 -1",
  "SET k v",
  "GET k",
  "RPUSH renamed d",
  "MOVE renamed 1",
  "SELECT 1",
  "LPUSH renamed z",
  "LRANGE renamed 0 -1",
]);

/** Registers a test of command lines and the replies of Redis 8, which no server here gives. */
function testReplies(
  name: string,
  lines: readonly (readonly [line: string, reply: string])[],
): void {
  const redlite = shareServer("redlite", startRedlite);
  Deno.test(name, async () => {
    const server = await redlite();
    await using client = await server.connect();
    for (const [line, wanted] of lines) {
      assert.equal(show(await client.send(...line.split(" "))), wanted, line);
    }
  });
}

/** Elements separated by spaces; anything else as it is. */
function show(reply: Reply): string {
  if (reply.type === "array") return `[${reply.items.map(show).join(" ")}]`;
  return format(reply).replace(/^"(.*)"$/, "$1");
}

testReplies("LREM refuses the count that has no opposite", [
  ["RPUSH k a", ":1"],
  [
    "LREM k -9223372036854775808 a",
    "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
  ],
  ["LREM k -9223372036854775807 a", ":1"],
]);

testReplies("LMOVEM without a number moves one element and replies with an array", [
  ["RPUSH a 1 2 3", ":3"],
  ["LMOVEM a b LEFT RIGHT", "[1]"],
  ["LMOVEM a b right left", "[3]"],
  ["LRANGE b 0 -1", "[3 1]"],
  ["LMOVEM a b LEFT LEFT", "[2]"],
  ["EXISTS a", ":0"],
  ["LMOVEM a b LEFT LEFT", "*-1"],
]);

for (
  const [from, to, order, reply, source] of [
    ["LEFT", "LEFT", "OBO", "3 2 1", "4 5"],
    ["LEFT", "LEFT", "BULK", "1 2 3", "4 5"],
    ["LEFT", "RIGHT", "OBO", "1 2 3", "4 5"],
    ["LEFT", "RIGHT", "BULK", "1 2 3", "4 5"],
    ["RIGHT", "RIGHT", "OBO", "5 4 3", "1 2"],
    ["RIGHT", "RIGHT", "BULK", "3 4 5", "1 2"],
    ["RIGHT", "LEFT", "OBO", "3 4 5", "1 2"],
    ["RIGHT", "LEFT", "BULK", "3 4 5", "1 2"],
  ]
) {
  const there = to === "LEFT" ? `${reply} x y` : `x y ${reply}`;
  const within = to === "LEFT" ? `${reply} ${source}` : `${source} ${reply}`;
  testReplies(`LMOVEM ${from} ${to} ${order} moves to another list and within one`, [
    ["RPUSH a 1 2 3 4 5", ":5"],
    ["RPUSH b x y", ":2"],
    [`LMOVEM a b ${from} ${to} COUNT 3 ${order}`, `[${reply}]`],
    ["LRANGE a 0 -1", `[${source}]`],
    ["LRANGE b 0 -1", `[${there}]`],
    ["RPUSH k 1 2 3 4 5", ":5"],
    [`LMOVEM k k ${from} ${to} EXACTLY 3 ${order}`, `[${reply}]`],
    ["LRANGE k 0 -1", `[${within}]`],
    ["RPUSH k 6", ":6"],
    ["LINDEX k 2", within.split(" ")[2]!],
  ]);
}

testReplies("LMOVEM moves what there is, or exactly so many or none", [
  ["RPUSH a 1 2", ":2"],
  ["LMOVEM a b LEFT RIGHT EXACTLY 3 BULK", "*-1"],
  ["EXISTS b", ":0"],
  ["LMOVEM a b LEFT RIGHT COUNT 3 BULK", "[1 2]"],
  ["EXISTS a", ":0"],
  ["LMOVEM b b LEFT RIGHT COUNT 3 OBO", "[1 2]"],
  ["LMOVEM b b LEFT LEFT COUNT 3 OBO", "[2 1]"],
  ["LRANGE b 0 -1", "[2 1]"],
  ["LMOVEM absent b LEFT RIGHT COUNT 5 BULK", "*-1"],
  ["LMOVEM absent b LEFT RIGHT EXACTLY 1 BULK", "*-1"],
]);

const WRONGTYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const COUNT = "-ERR count should be greater than 0";
testReplies("LMOVEM refuses bad arguments and types, and then moves nothing", [
  ["RPUSH a 1 2", ":2"],
  ["SET s v", "+OK"],
  ["LMOVEM a b LEFT", "-ERR wrong number of arguments for 'lmovem' command"],
  ["LMOVEM a b LEFT RIGHT COUNT 2", "-ERR syntax error"],
  ["LMOVEM a b LEFT RIGHT COUNT", "-ERR syntax error"],
  ["LMOVEM a b LEFT RIGHT COUNT 2 OBO extra", "-ERR syntax error"],
  ["LMOVEM a b LEFT RIGHT SOME 2 OBO", "-ERR syntax error"],
  ["LMOVEM a b LEFT RIGHT COUNT 2 SOMEHOW", "-ERR syntax error"],
  ["LMOVEM a b UP RIGHT COUNT 2 OBO", "-ERR syntax error"],
  ["LMOVEM a b LEFT DOWN COUNT 2 OBO", "-ERR syntax error"],
  ["LMOVEM a b LEFT RIGHT COUNT 0 BULK", COUNT],
  ["LMOVEM a b LEFT RIGHT EXACTLY -1 BULK", COUNT],
  ["LMOVEM a b LEFT RIGHT COUNT x BULK", COUNT],
  ["LMOVEM s b LEFT RIGHT", WRONGTYPE],
  ["LMOVEM a s LEFT RIGHT COUNT 2 BULK", WRONGTYPE],
  ["LMOVEM absent s LEFT RIGHT COUNT 2 BULK", "*-1"],
  ["LRANGE a 0 -1", "[1 2]"],
]);

testReplies("LPOS refuses the one rank that has no opposite", [
  ["RPUSH k a", ":1"],
  [
    "LPOS k a RANK -9223372036854775808",
    "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
  ],
  ["LPOS k a RANK -9223372036854775807", "$-1"],
]);

/** The events of the last of some command lines, each with its key. */
async function eventsOf(...lines: string[]): Promise<string[]> {
  const store = memoryStore(DRIVERS[0]!);
  const core = new Core(store, commandTable());
  const events: string[] = [];
  store.engine.changes.subscribe((changes) => {
    for (const change of changes) {
      events.push("key" in change ? `${change.event} ${text(change.key)}` : change.event);
    }
  });
  for (const line of lines) {
    events.length = 0;
    core.run(line.split(" "), toText);
  }
  await core.close();
  return events;
}

for (
  const [line, ...events] of [
    ["LPUSH k x y", "lpush k"],
    ["RPUSHX k x", "rpush k"],
    ["LPUSHX absent x"],
    ["LPOP k", "lpop k"],
    ["RPOP k 2", "rpop k"],
    ["RPOP k 5", "rpop k", "del k"],
    ["LMPOP 1 k LEFT COUNT 3", "lpop k", "del k"],
    ["LSET k 0 a", "lset k"],
    ["LINSERT k BEFORE a x", "linsert k"],
    ["LINSERT k BEFORE none x"],
    ["LREM k 0 a", "lrem k"],
    ["LREM k 0 none"],
    ["LREM one 0 a", "lrem one", "del one"],
    ["LTRIM k 0 -1", "ltrim k"],
    ["LTRIM k 5 9", "ltrim k", "del k"],
    ["LMOVE k d LEFT RIGHT", "rpush d", "lpop k"],
    ["LMOVE one d LEFT LEFT", "lpush d", "lpop one", "del one"],
    ["LMOVE one one LEFT RIGHT", "rpush one", "lpop one"],
    ["RPOPLPUSH k d", "lpush d", "rpop k"],
    ["LMOVEM k d LEFT RIGHT COUNT 2 OBO", "rpush d", "lpop k"],
    ["LMOVEM k d LEFT RIGHT COUNT 5 BULK", "rpush d", "lpop k", "del k"],
    ["LMOVEM k d LEFT RIGHT EXACTLY 5 BULK"],
  ] as const
) {
  Deno.test(`${line} tells ${events.join(", ") || "nothing"}`, async () => {
    assert.deepEqual(await eventsOf("RPUSH k a b c", "RPUSH one a", line), events);
  });
}

Deno.test("elements are any bytes", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const bytes = Uint8Array.of(0, 13, 10, 255, 36);
  await client.send("RPUSH", "k", bytes, "a");
  assert.deepEqual(await client.send("LPOS", "k", bytes), { type: "integer", value: 0n });
  await client.send("LINSERT", "k", "AFTER", bytes, "b");
  assert.deepEqual(await client.send("LPOP", "k"), { type: "bulk", value: bytes });
});

Deno.test("OBJECT ENCODING tells how Redis would hold a list", async () => {
  await using server = await startRedlite();
  await using client = await server.connect();
  const encoding = async () => show(await client.send("OBJECT", "ENCODING", "k"));
  await client.send("RPUSH", "k", "a", "b", "c");
  assert.equal(await encoding(), "listpack");
  await client.send("CONFIG", "SET", "list-max-listpack-size", "2");
  assert.equal(await encoding(), "quicklist");
  await client.send("CONFIG", "SET", "list-max-listpack-size", "-2");
  await client.send("RPUSH", "k", "x".repeat(8192));
  assert.equal(await encoding(), "quicklist");
});
