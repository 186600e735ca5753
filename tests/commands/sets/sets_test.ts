import { strict as assert } from "node:assert";
import { commandTable } from "../../../src/commands/table/commands.ts";
import { Core } from "../../../src/embedded/running/core.ts";
import { toText } from "../../../src/embedded/data.ts";
import { format, latin1, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { DRIVERS, memoryStore } from "../../store/open.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

/** Registers a test that gets a client of a server without keys. */
function testOnServer(name: string, body: (client: RespClient) => Promise<void>): void {
  const redlite = shareServer("redlite", startRedlite);
  Deno.test(name, async () => {
    const server = await redlite();
    await using client = await server.connect();
    await body(client);
  });
}

/** What the server answers to lines of words separated by spaces. */
async function answers(client: RespClient, ...lines: string[]): Promise<string[]> {
  return (await client.pipeline(lines.map((line) => line.split(" ")))).map(format);
}

/** The members in the order of the reply. */
async function membersOf(client: RespClient, ...command: string[]): Promise<string[]> {
  const reply = await client.send(...command);
  assert.ok(reply.type === "array" || reply.type === "set", format(reply));
  return reply.items.map((item) => item.type === "bulk" ? latin1(item.value) : format(item));
}

const numbers = (from: number, to: number, prefix = "") =>
  Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`);

testSameAsRedis("members are added, found, counted and removed", [
  "SADD s 3 1 2 2",
  "SADD s 1",
  "SADD s 5 1",
  "SMEMBERS s",
  "SCARD s",
  "SISMEMBER s 1",
  "SISMEMBER s 01",
  "SISMEMBER absent 1",
  "SMISMEMBER s 1 x 2",
  "SMISMEMBER absent 1 2",
  "SREM s 1 9 1",
  "SREM s 9",
  "SREM absent 9",
  "SMEMBERS s",
  "SREM s 2 3 5 5",
  "EXISTS s",
  "SCARD s",
  "SMEMBERS s",
]);

testSameAsRedis("a set of integers is told in the order of numbers", [
  "SADD s 10 9 -1 100 0 -9223372036854775808 9223372036854775807 -20",
  "SMEMBERS s",
  "SADD t 9 8 100",
  "SUNION s t",
  "SINTER s t",
  "SDIFF s t",
  "SSCAN s 0",
  "SRANDMEMBER s 100",
  "SPOP s 100",
]);

testSameAsRedis("a member moves from set to set", [
  "SADD a 1 2",
  "SMOVE a b 1",
  "SMEMBERS b",
  "SMOVE a b 1",
  "SMOVE a a 2",
  "SMOVE a a 9",
  "SADD b 2",
  "SMOVE a b 2",
  "EXISTS a",
  "SMEMBERS b",
  "SMOVE a b 2",
  "SET s text",
  "SMOVE s b 1",
  "SMOVE b s 1",
  "SMOVE absent s 1",
]);

testSameAsRedis("sets are combined", [
  "SADD a 1 2 3 4",
  "SADD b 3 4 5",
  "SADD c 4",
  "SINTER a b",
  "SINTER a b c",
  "SINTER a b absent",
  "SINTER a a",
  "SINTER absent",
  "SUNION a b c",
  "SUNION absent a",
  "SUNION absent",
  "SDIFF a b",
  "SDIFF a c absent",
  "SDIFF a a",
  "SDIFF absent a",
  "SDIFF a b c b c",
  "SINTERCARD 2 a b",
  "SINTERCARD 2 a b LIMIT 1",
  "SINTERCARD 2 a b limit 0 LIMIT 5",
  "SINTERCARD 3 a b absent",
]);

testSameAsRedis("a combination replaces the destination, which may be a source", [
  "SADD a 1 2 3 4",
  "SADD b 3 4 5",
  "EXPIRE a 1000",
  "SINTERSTORE a a b",
  "SMEMBERS a",
  "TTL a",
  "SUNIONSTORE b a b absent",
  "SMEMBERS b",
  "SDIFFSTORE b b a",
  "SMEMBERS b",
  "SET s text",
  "SUNIONSTORE s a b",
  "SMEMBERS s",
  "SDIFFSTORE s a a",
  "EXISTS s",
  "SINTERSTORE a a absent",
  "EXISTS a",
  "SUNIONSTORE b absent",
  "EXISTS b",
  "SDIFFSTORE absent absent",
]);

testSameAsRedis("random members are members", [
  "SADD s 7",
  "SRANDMEMBER s",
  "SRANDMEMBER s 1",
  "SRANDMEMBER s 5",
  "SRANDMEMBER s -3",
  "SRANDMEMBER s 0",
  "SRANDMEMBER absent",
  "SRANDMEMBER absent 2",
  "SRANDMEMBER absent -2",
  "SPOP s 0",
  "SPOP absent",
  "SPOP absent 2",
  "SPOP s",
  "EXISTS s",
  "SADD s 1 2 3",
  "SPOP s 3",
  "EXISTS s",
]);

testSameAsRedis("errors are Redis's", [
  "SADD s 1 2",
  "SET t text",
  ...["SADD t 1", "SREM t 1", "SMEMBERS t", "SISMEMBER t 1", "SMISMEMBER t 1", "SCARD t"],
  ...["SPOP t", "SPOP t 1", "SRANDMEMBER t", "SRANDMEMBER t 1", "SSCAN t 0"],
  ...["SINTER absent t", "SUNION s t", "SDIFF absent t", "SINTERSTORE d absent t"],
  ...["SUNIONSTORE d t", "SDIFFSTORE d s t", "SINTERCARD 2 absent t", "EXISTS d"],
  ...["SADD s", "SREM s", "SMEMBERS", "SMEMBERS s s", "SISMEMBER s", "SMISMEMBER s", "SCARD"],
  ...["SPOP", "SPOP s 1 2", "SPOP s -1", "SPOP s x", "SPOP t -1", "SPOP absent -1"],
  ...["SRANDMEMBER s x", "SRANDMEMBER s 1 2", "SRANDMEMBER s 9223372036854775808"],
  ...["SRANDMEMBER t x", "SRANDMEMBER s -9223372036854775808", "SRANDMEMBER"],
  ...["SMOVE s t", "SINTER", "SUNION", "SDIFF", "SINTERSTORE d", "SUNIONSTORE d", "SDIFFSTORE d"],
  ...["SINTERCARD", "SINTERCARD 1", "SINTERCARD 0 s", "SINTERCARD x s", "SINTERCARD 2 s"],
  ...["SINTERCARD 1 s s", "SINTERCARD 1 s LIMIT", "SINTERCARD 1 s LIMIT -1"],
  ...["SINTERCARD 1 s LIMIT x", "SINTERCARD 1 t LIMIT x", "SINTERCARD 1 s APPROX"],
  ...["SSCAN s", "SSCAN s x", "SSCAN absent x", "SSCAN t x", "SSCAN absent 0 FOO"],
  ...["SSCAN s 0 FOO", "SSCAN s 0 COUNT", "SSCAN s 0 COUNT 0", "SSCAN s 0 COUNT x"],
  ...["SSCAN s 0 MATCH", "SSCAN s 0 TYPE set", "SSCAN s 0 COUNT 1 MATCH"],
  "SMEMBERS s",
]);

testOnServer(
  "a set keeps the order its members came in, until it is a hashtable",
  async (client) => {
    await client.send("SADD", "s", "c", "a", "10", "b", "9");
    await client.send("SREM", "s", "a");
    await client.send("SADD", "s", "a");
    const order = ["c", "10", "b", "9", "a"];
    assert.deepEqual(await membersOf(client, "SMEMBERS", "s"), order);
    assert.deepEqual(await membersOf(client, "SRANDMEMBER", "s", "10"), order);
    assert.deepEqual(await membersOf(client, "SINTER", "s"), order);
    assert.deepEqual(await membersOf(client, "SDIFF", "s", "absent"), order);
    await client.send("SADD", "n", "3", "2", "x", "1");
    assert.deepEqual(await membersOf(client, "SMEMBERS", "n"), ["2", "3", "x", "1"]);
    await client.send("SADD", "s", "l".repeat(65));
    const sorted = ["10", "9", "a", "b", "c", "l".repeat(65)];
    assert.deepEqual(await membersOf(client, "SMEMBERS", "s"), sorted);
  },
);

testOnServer("a stored combination is encoded as SADD would have it", async (client) => {
  await client.send("SADD", "list", "z", "9", "1");
  await client.send("SADD", "ints", "9", "1", "5");
  await client.send("SUNIONSTORE", "d", "list", "ints");
  assert.deepEqual(await membersOf(client, "SMEMBERS", "d"), ["z", "9", "1", "5"]);
  await client.send("SUNIONSTORE", "d", "ints", "list");
  assert.deepEqual(await membersOf(client, "SMEMBERS", "d"), ["1", "5", "9", "z"]);
  await client.send("SINTERSTORE", "d", "list", "ints");
  assert.deepEqual(await membersOf(client, "SMEMBERS", "d"), ["1", "9"]);
  assert.deepEqual(await answers(client, "OBJECT ENCODING d"), ['"intset"']);
  await client.send("SDIFFSTORE", "d", "list", "ints");
  assert.deepEqual(await answers(client, "OBJECT ENCODING d"), ['"listpack"']);
});

testOnServer("a stored difference shows which way it was made, as in Redis", async (client) => {
  await client.send("SADD", "s", "a", ...numbers(1, 10).reverse());
  await answers(client, "SADD x a", "SADD y 1", "SADD z 2");
  // Looked up one by one, its members are added to a new set: all are integers.
  await client.send("SDIFFSTORE", "d", "s", "x");
  assert.deepEqual(await membersOf(client, "SMEMBERS", "d"), numbers(1, 10));
  assert.deepEqual(await answers(client, "OBJECT ENCODING d"), ['"intset"']);
  // Struck out of a copy, they leave it a listpack.
  await client.send("SDIFFSTORE", "d", "s", "x", "y", "z");
  assert.deepEqual(await membersOf(client, "SMEMBERS", "d"), numbers(3, 10).reverse());
  assert.deepEqual(await answers(client, "OBJECT ENCODING d"), ['"listpack"']);
});

testOnServer("SUNIONCARD and SDIFFCARD count without a reply of members", async (client) => {
  await answers(client, "SADD a 1 2 3 4", "SADD b 3 4 x", "SET s text");
  assert.deepEqual(
    await answers(
      client,
      "SUNIONCARD 2 a b",
      "SUNIONCARD 2 a b LIMIT 3",
      "SUNIONCARD 2 a b LIMIT 0",
      "SUNIONCARD 3 a absent b LIMIT 100",
      "SUNIONCARD 1 absent",
      "SUNIONCARD 2 a b APPROX",
      "SUNIONCARD 2 a b approx LIMIT 2",
      "SUNIONCARD 2 a b LIMIT 2 APPROX",
      "SUNIONCARD 2 a a",
      "SDIFFCARD 2 a b",
      "SDIFFCARD 2 b a",
      "SDIFFCARD 2 a b LIMIT 1",
      "SDIFFCARD 2 a absent LIMIT 3",
      "SDIFFCARD 2 a a",
      "SDIFFCARD 2 absent a",
    ),
    [":5", ":3", ":5", ":5", ":0", ":5", ":2", ":2", ":4", ":2", ":1", ":1", ":3", ":0", ":0"],
  );
  const wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
  for (const name of ["SUNIONCARD", "SDIFFCARD"]) {
    assert.deepEqual(
      await answers(
        client,
        `${name} 0 a`,
        `${name} x a`,
        `${name} 2 a`,
        `${name} 1 a b`,
        `${name} 1 a LIMIT -1`,
        `${name} 1 a LIMIT`,
        `${name} 2 absent s`,
        `${name} 1`,
      ),
      [
        "-ERR numkeys should be greater than 0",
        "-ERR numkeys should be greater than 0",
        "-ERR Number of keys can't be greater than number of args",
        "-ERR syntax error",
        "-ERR LIMIT can't be negative",
        "-ERR syntax error",
        wrongType,
        `-ERR wrong number of arguments for '${name.toLowerCase()}' command`,
      ],
    );
  }
  assert.deepEqual(await answers(client, "SDIFFCARD 1 a APPROX"), ["-ERR syntax error"]);
});

testOnServer("the keys of SUNIONCARD and SDIFFCARD are found by their number", async (client) => {
  for (const name of ["SUNIONCARD", "SDIFFCARD", "SINTERCARD"]) {
    const keys = await membersOf(client, "COMMAND", "GETKEYS", name, "2", "a", "b", "LIMIT", "1");
    assert.deepEqual(keys, ["a", "b"]);
  }
});

testOnServer("SUNIONCARD APPROX is near the truth for large sets", async (client) => {
  await client.send("SADD", "a", ...numbers(0, 20_000, "member:"));
  await client.send("SADD", "b", ...numbers(10_000, 30_000, "member:"));
  const reply = await client.send("SUNIONCARD", "2", "a", "b", "APPROX");
  assert.ok(reply.type === "integer");
  // Five standard errors; the hash is fixed, so the estimate always is the same.
  assert.ok(Math.abs(Number(reply.value) - 30_000) < 30_000 * 0.0081 * 5, format(reply));
  assert.deepEqual(await answers(client, "SUNIONCARD 2 a b", "SUNIONCARD 2 a b LIMIT 20001"), [
    ":30000",
    ":20001",
  ]);
});

testOnServer("large sets are combined in either way", async (client) => {
  await client.send("SADD", "a", ...numbers(0, 3000, "m"));
  await client.send("SADD", "b", ...numbers(2000, 5000, "m"));
  for (let i = 0; i < 4; i++) await client.send("SADD", `few${i}`, `m${i}`, "stranger");
  const sorted = async (...command: string[]) => (await membersOf(client, ...command)).sort();
  assert.deepEqual(await sorted("SINTER", "a", "b"), numbers(2000, 3000, "m").sort());
  assert.deepEqual(await sorted("SUNION", "a", "b"), numbers(0, 5000, "m").sort());
  assert.deepEqual(await sorted("SDIFF", "a", "b"), numbers(0, 2000, "m").sort());
  // So many small sets are walked through rather than probed.
  const rest = numbers(4, 3000, "m").sort();
  const few = ["few0", "few1", "few2", "few3"];
  assert.deepEqual(await sorted("SDIFF", "a", ...few), rest);
  assert.deepEqual(await answers(client, `SDIFFCARD 5 a ${few.join(" ")}`), [":2996"]);
  assert.deepEqual(await answers(client, `SDIFFCARD 5 a ${few.join(" ")} LIMIT 7`), [":7"]);
  assert.deepEqual(await answers(client, `SDIFFSTORE d a ${few.join(" ")}`, "SCARD d"), [
    ":2996",
    ":2996",
  ]);
  assert.deepEqual(await sorted("SMEMBERS", "d"), rest);
  assert.deepEqual(await answers(client, "SINTERCARD 2 a b LIMIT 10"), [":10"]);
});

testOnServer("SRANDMEMBER refuses more repetitions than a reply can hold", async (client) => {
  await client.send("SADD", "s", "x".repeat(100_000));
  const refused = "-ERR value is out of range";
  assert.deepEqual(await answers(client, "SRANDMEMBER s -9223372036854775807"), [refused]);
  assert.deepEqual(await answers(client, "SRANDMEMBER s -100000000000"), [refused]);
  assert.deepEqual(await answers(client, "SRANDMEMBER s -20000"), [refused]);
  assert.equal((await membersOf(client, "SRANDMEMBER", "s", "-20")).length, 20);
});

testOnServer("SPOP with a count takes distinct members and leaves the others", async (client) => {
  const all = numbers(0, 3000, "m");
  await client.send("SADD", "s", ...all);
  const left = new Set(all);
  for (const count of [1, 50, 1000, 1850]) {
    const popped = await membersOf(client, "SPOP", "s", String(count));
    assert.equal(popped.length, count);
    for (const member of popped) assert.ok(left.delete(member), member);
    assert.deepEqual((await membersOf(client, "SMEMBERS", "s")).sort(), [...left].sort());
  }
  // What little a large pop leaves is compact again.
  assert.deepEqual(await answers(client, "OBJECT ENCODING s"), ['"listpack"']);
  await client.send("SADD", "s", "last", "Last");
  assert.deepEqual((await membersOf(client, "SMEMBERS", "s")).slice(-2), ["last", "Last"]);
});

testOnServer("SSCAN tells a compact set whole, whatever COUNT says", async (client) => {
  await client.send("SADD", "s", "b", "a", "c");
  assert.deepEqual(await answers(client, "SSCAN s 0 COUNT 1", "SSCAN s 0 COUNT 1 MATCH [ab]"), [
    `["0", ["b", "a", "c"]]`,
    `["0", ["b", "a"]]`,
  ]);
  assert.deepEqual(await answers(client, "SSCAN s 0 NOVALUES"), [
    "-ERR NOVALUES option can only be used in HSCAN",
  ]);
});

/** One call of SSCAN. */
async function sscan(client: RespClient, ...args: string[]): Promise<[string, string[]]> {
  const reply = await client.send("SSCAN", ...args);
  assert.ok(reply.type === "array" && reply.items.length === 2, format(reply));
  const [cursor, part] = reply.items;
  assert.ok(cursor?.type === "bulk" && part?.type === "array");
  return [
    latin1(cursor.value),
    part.items.map((item) => item.type === "bulk" ? latin1(item.value) : format(item)),
  ];
}

testOnServer("SSCAN tells all that was there from beginning to end", async (client) => {
  const stable = numbers(0, 1000, "stable:");
  await client.send("SADD", "s", ...stable, ...numbers(0, 1000, "gone:"));
  const seen = new Set<string>();
  let cursor = "0", step = 0;
  do {
    const [next, members] = await sscan(client, "s", cursor, "COUNT", "37");
    for (const member of members) seen.add(member);
    cursor = next;
    // Members come and go on both sides of the cursor, and the set is split and merged in runs.
    await client.send("SREM", "s", ...numbers(step * 20, step * 20 + 20, "gone:"));
    await client.send("SADD", "s", ...numbers(step * 30, step * 30 + 30, "new:"), `z${step}`);
    step++;
  } while (cursor !== "0" && step < 500);
  assert.equal(cursor, "0");
  for (const member of stable) assert.ok(seen.has(member), member);
  const strangers = [...seen].filter((member) => !/^(stable:|gone:|new:|z)\d+$/.test(member));
  assert.deepEqual(strangers, []);
});

testOnServer("SSCAN with a pattern tells what matches and nothing else", async (client) => {
  await client.send("SADD", "s", ...numbers(0, 500, "user:"), ...numbers(0, 500, "other:"));
  const seen: string[] = [];
  let cursor = "0";
  do {
    const [next, members] = await sscan(client, "s", cursor, "MATCH", "user:1*", "COUNT", "50");
    seen.push(...members);
    cursor = next;
  } while (cursor !== "0");
  const wanted = numbers(0, 500, "user:").filter((member) => member.startsWith("user:1"));
  assert.deepEqual(seen.sort(), wanted.sort());
});

testOnServer("a member may be empty, binary or long", async (client) => {
  const members = [
    new Uint8Array(0),
    Uint8Array.of(0, 255, 13, 10),
    new Uint8Array(100_000).fill(7),
  ];
  await client.send("SADD", "s", ...members);
  for (const member of members) {
    assert.equal(format(await client.send("SISMEMBER", "s", member)), ":1");
  }
  assert.equal(format(await client.send("SCARD", "s")), ":3");
  assert.equal(format(await client.send("SREM", "s", members[0]!)), ":1");
  assert.equal(format(await client.send("SISMEMBER", "s", members[0]!)), ":0");
});

Deno.test("set commands tell what they change, and only that", () => {
  const core = new Core(memoryStore(DRIVERS[0]!), commandTable());
  let events: string[] = [];
  core.store.engine.changes.subscribe((changes) => {
    for (const change of changes) {
      events.push("key" in change ? `${change.event} ${new TextDecoder().decode(change.key)}` : "");
    }
  });
  const told = (line: string): string[] => {
    events = [];
    core.run(line.split(" "), toText);
    return events;
  };
  assert.deepEqual(told("SADD s a b c"), ["sadd s"]);
  assert.deepEqual(told("SADD s a"), []);
  assert.deepEqual(told("SREM s x"), []);
  assert.deepEqual(told("SREM s a x b"), ["srem s"]);
  assert.deepEqual(told("SREM s c"), ["srem s", "del s"]);
  assert.deepEqual(told("SADD s a b c d"), ["sadd s"]);
  assert.deepEqual(told("SMOVE s t x"), []);
  assert.deepEqual(told("SMOVE s s a"), []);
  assert.deepEqual(told("SMOVE s t a"), ["srem s", "sadd t"]);
  assert.deepEqual(told("SADD s a"), ["sadd s"]);
  assert.deepEqual(told("SMOVE s t a"), ["srem s"]);
  assert.deepEqual(told("SMOVE t u a"), ["srem t", "del t", "sadd u"]);
  assert.deepEqual(told("SPOP s"), ["spop s"]);
  assert.deepEqual(told("SPOP s 0"), []);
  assert.deepEqual(told("SPOP s 5"), ["spop s", "del s"]);
  assert.deepEqual(told("SPOP s 5"), []);
  assert.deepEqual(told("SPOP u"), ["spop u", "del u"]);
  assert.deepEqual(told("SADD s a b"), ["sadd s"]);
  assert.deepEqual(told("SUNIONSTORE d s"), ["sunionstore d"]);
  assert.deepEqual(told("SINTERSTORE d s d"), ["sinterstore d"]);
  assert.deepEqual(told("SDIFFSTORE d s absent"), ["sdiffstore d"]);
  assert.deepEqual(told("SDIFFSTORE d s s"), ["del d"]);
  assert.deepEqual(told("SDIFFSTORE d s s"), []);
  assert.deepEqual(told("SINTER s s"), []);
  core.closeNow();
});
