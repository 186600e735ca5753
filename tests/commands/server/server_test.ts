import { strict as assert } from "node:assert";
import type { Command } from "../../../src/commands/table/command.ts";
import { server } from "../../../src/commands/server/server.ts";
import { named, noRedis, standIn } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import { startRedis, startRedlite, temporaryDirectory } from "../../harness/servers.ts";
import { fields, items, oracleCommands, text } from "../oracle_commands.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

const LINES = [
  "module load /nofile",
  "module unload foo",
  "module loadex /nofile foo",
  "latency reset",
  "latency reset foo",
  "latency histogram foo",
  "latency latest",
  "latency history command",
  "latency graph foo",
  "slowlog get -2",
  "slowlog get x",
  "slowlog get 1 2",
  "slowlog get 0",
  "slowlog reset",
  "slowlog foo",
  "swapdb a b",
  "swapdb 0 b",
  "swapdb 0 99",
  "swapdb 0 -1",
  "swapdb 99999999999 0",
  "swapdb 0 0",
  "swapdb 0 1 2",
  "flushdb foo",
  "flushall sync async",
  "flushdb async",
  "flushall SYNC",
  "lolwut version x",
  "bgsave foo",
  "bgsave schedule x",
  "bgrewriteaof x",
  "save x",
  "save",
  "memory usage nokey",
  "memory usage nokey samples",
  "memory usage nokey samples x",
  "memory usage nokey samples -1",
  "memory usage nokey foo 1",
  "memory purge",
  "memory foo",
  "memory usage",
  "shutdown abort",
  "shutdown foo",
  "shutdown save nosave",
  "shutdown abort now",
  "shutdown nosave abort",
  "time 1",
  "dbsize 1",
  "role 1",
  "role",
  "info foo",
];

testSameAsRedis("the commands about the server answer as Redis's", LINES);

Deno.test({
  ...named(
    "the commands about the server have Redis's arity, flags, categories and keys",
    noRedis(),
  ),
  async fn() {
    await using redis = await startRedis();
    await using client = await redis.connect({ resp: 3 });
    const theirs = await oracleCommands(client);
    const facts = ({ fullName, arity, flags, categories, keys }: Command) => ({
      fullName,
      arity,
      flags: [...flags].sort(),
      categories: [...categories].sort(),
      keys,
    });
    assert.ok(server.length > 15);
    // The flags of WAIT and WAITAOF are those of Redis 8.
    for (const command of server.filter(({ name }) => !name.startsWith("wait"))) {
      const other = theirs.find(({ name }) => name === command.name)!;
      assert.ok(other !== undefined, command.name);
      assert.deepEqual(facts(command), facts(other));
      const sorted = (commands: readonly Command[] = []) =>
        commands.map(facts).sort((a, b) => a.fullName < b.fullName ? -1 : 1);
      assert.deepEqual(sorted(command.subcommands), sorted(other.subcommands));
    }
  },
});

Deno.test("MODULE LIST is empty without extensions", async () => {
  await using redlite = await startRedlite({ args: ["--ext", "none"] });
  await using client = await redlite.connect();
  assert.equal(format(await client.send("MODULE", "LIST")), "[]");
});

Deno.test("FLUSHDB empties the selected database and FLUSHALL all of them", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  for (const db of ["0", "1", "2"]) await client.pipeline([["SELECT", db], ["SET", "k", "v"]]);
  const sizes = async () => {
    const replies = await client.pipeline(
      ["0", "1", "2"].flatMap((db) => [["SELECT", db], ["DBSIZE"]]),
    );
    return replies.filter((_, i) => i % 2 === 1).map(text);
  };
  assert.deepEqual(await sizes(), ["1", "1", "1"]);
  await client.pipeline([["SELECT", "1"], ["FLUSHDB"]]);
  assert.deepEqual(await sizes(), ["1", "0", "1"]);
  await client.send("FLUSHALL", "ASYNC");
  assert.deepEqual(await sizes(), ["0", "0", "0"]);
});

Deno.test("SWAPDB exchanges what two databases hold", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const replies = await client.pipeline([
    ["SET", "k", "zero"],
    ["SWAPDB", "0", "3"],
    ["EXISTS", "k"],
    ["SELECT", "3"],
    ["GET", "k"],
  ]);
  assert.deepEqual(replies.map(format), ["+OK", "+OK", ":0", "+OK", '"zero"']);
});

Deno.test({
  ...named("DBSIZE does not count a key that is expired and not yet deleted", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect();
    await client.pipeline([["DEBUG", "SET-ACTIVE-EXPIRE", "0"], ["SET", "stays", "v"]]);
    await client.send("SET", "goes", "v", "PX", "1");
    while (format(await client.send("DBSIZE")) === ":2");
    assert.equal(format(await client.send("DBSIZE")), ":1");
  },
});

Deno.test("TIME tells the time in seconds and microseconds", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const before = Date.now();
  const [seconds, microseconds] = items(await client.send("TIME")).map((item) =>
    Number(text(item))
  );
  const after = Date.now();
  const ms = seconds! * 1000 + Math.floor(microseconds! / 1000);
  assert.ok(before <= ms && ms <= after, `${before} <= ${ms} <= ${after}`);
  assert.ok(microseconds! < 1_000_000);
});

Deno.test({
  ...named("LOLWUT tells both versions under its picture", standIn()),
  async fn() {
    await using redlite = await startRedlite();
    await using client = await redlite.connect({ resp: 3 });
    for (const words of [["LOLWUT"], ["LOLWUT", "VERSION", "5", "1", "2"], ["LOLWUT", "x"]]) {
      const reply = await client.send(...words);
      assert.ok(reply.type === "verbatim");
      const shown = new TextDecoder().decode(reply.value);
      assert.match(
        shown,
        /\[ \w \w \w \]\n\nRedlite ver\. 0\.1\.0, speaks Redis ver\. 8\.10\.0\n$/,
      );
    }
  },
});

Deno.test("SAVE moves LASTSAVE on", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const before = Math.floor(Date.now() / 1000);
  assert.equal(format(await client.send("SAVE")), "+OK");
  const saved = Number(text(await client.send("LASTSAVE")));
  assert.ok(before <= saved && saved <= Date.now() / 1000);
});

Deno.test("BGSAVE and BGREWRITEAOF say that they started", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  assert.equal(format(await client.send("BGSAVE")), "+Background saving started");
  assert.match(
    format(await client.send("BGREWRITEAOF")),
    /^\+Background append only file rewriting (started|scheduled)$/,
  );
});

for (const option of ["SAVE", "NOSAVE"]) {
  Deno.test({
    ...named(
      `SHUTDOWN ${option} keeps the data, and closes the connection when the file is closed`,
      standIn(),
    ),
    async fn() {
      await using directory = await temporaryDirectory();
      await using redlite = await startRedlite({ directory: directory.path });
      await using client = await redlite.connect();
      await client.send("SET", "k", "v");
      await client.raw(new TextEncoder().encode(`SHUTDOWN ${option} NOW FORCE\r\n`));
      assert.deepEqual(await client.readUntilClosed(), []);
      const beside = [...Deno.readDirSync(directory.path)].map(({ name }) => name);
      assert.deepEqual(beside.filter((name) => /-(wal|shm)$/.test(name)), []);
      assert.equal((await redlite.stop()).code, 0);
      await using again = await startRedlite({ directory: directory.path });
      await using other = await again.connect();
      assert.equal(format(await other.send("GET", "k")), '"v"');
    },
  });
}

Deno.test("MEMORY USAGE grows with the key and the value", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const usage = async (key: string, value: string) => {
    await client.send("SET", key, value);
    return Number(text(await client.send("MEMORY", "USAGE", key, "SAMPLES", "0")));
  };
  const small = await usage("k", "v");
  assert.ok(small >= 2);
  assert.ok(await usage("k", "v".repeat(1000)) >= small + 900);
  assert.ok(await usage("k".repeat(1000), "v") >= small + 900);
});

Deno.test("MEMORY STATS counts the keys", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  await client.pipeline([["SET", "a", "v"], ["SET", "b", "v"]]);
  const stats = fields(await client.send("MEMORY", "STATS"));
  assert.equal(text(stats.get("keys.count")), "2");
  assert.ok(stats.has("db.0") && stats.has("peak.allocated"));
});

Deno.test("each container helps with its subcommands", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  for (const name of ["CONFIG", "LATENCY", "MEMORY", "MODULE", "SLOWLOG"]) {
    const lines = items(await client.send(name, "HELP")).map(text);
    assert.equal(lines[0], `${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
    assert.ok(lines.length > 5);
  }
});

Deno.test("the reports are text for people", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  for (const words of [["MEMORY", "DOCTOR"], ["LATENCY", "DOCTOR"]]) {
    assert.equal((await client.send(...words)).type, "verbatim");
  }
});
