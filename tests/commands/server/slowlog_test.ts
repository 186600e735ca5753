import { strict as assert } from "node:assert";
import { named, noRedis } from "../../harness/lacking.ts";
import { latin1, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startRedis, startRedlite } from "../../harness/servers.ts";
import { items, text } from "../oracle_commands.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testSameAsRedis("SLOWLOG takes Redis's arguments", [
  // On a busy machine any command may be slow.
  "config set slowlog-log-slower-than -1",
  "slowlog reset",
  "slowlog len",
  "slowlog get",
  "slowlog get 0",
  "slowlog get -1",
  "slowlog get -2",
  "slowlog get x",
  "slowlog get 1.5",
  "slowlog get 1 2",
  "slowlog reset",
  "slowlog reset x",
  "slowlog len x",
  "slowlog foo",
  "slowlog",
]);

/** The entries of SLOWLOG GET as far as they do not depend on time. */
async function logged(client: RespClient): Promise<unknown[]> {
  return items(await client.send("SLOWLOG", "GET", "-1")).map((entry) => {
    const [id, , , args, , name, ...rest] = items(entry);
    // Redis before 8.10 does not tell how many arguments there were.
    if (rest.length > 0) assert.ok(Number(text(rest[0])) >= items(args).length);
    return [text(id), items(args).map(text), text(name)];
  });
}

const LINES = [
  "config set slowlog-log-slower-than 0",
  "set key value",
  "client setname me",
  "get key",
  "incr key",
  "get",
  "nope",
  `set long ${"x".repeat(200)}`,
  `del ${Array.from({ length: 40 }, (_, i) => `k${i}`).join(" ")}`,
  "auth secret",
  "AUTH user secret",
  "hello 2 setname me auth user secret",
  "hello 2 auth user secret setname me",
  "config set maxmemory 0 requirepass ''",
  "config get maxmemory",
  "client setname you",
  "slowlog len",
];

for (const resp of [2, 3] as const) {
  Deno.test({
    ...named(`the slow log holds what Redis's holds, in RESP${resp}`, noRedis()),
    async fn() {
      // What is slow on a busy machine before the log takes everything must not be in it.
      const args = ["--slowlog-log-slower-than", "-1"];
      await using redlite = await startRedlite({ args });
      await using redis = await startRedis({ args });
      await using ours = await redlite.connect({ resp });
      await using theirs = await redis.connect({ resp });
      // One by one: Redis 8.2 leaves what is pipelined behind a failed AUTH unanswered.
      for (const line of LINES) {
        const words = line.split(" ").map((word) => word === "''" ? "" : word);
        for (const client of [ours, theirs]) await client.send(...words);
      }
      assert.deepEqual(await logged(ours), await logged(theirs));
    },
  });
}

Deno.test("an entry tells when a command ran, how long it took and who asked", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const before = Math.floor(Date.now() / 1000);
  await client.pipeline([
    ["CONFIG", "SET", "slowlog-log-slower-than", String(10 ** 15)],
    ["SET", "quicker", "v"],
    ["CONFIG", "SET", "slowlog-log-slower-than", "15000"],
    ["DEBUG", "SLEEP", "0.02"],
  ]);
  const entries = items(await client.send("SLOWLOG", "GET")).map(items);
  const wordOf = (entry: readonly Reply[]) => text(items(entry[3])[0]);
  assert.ok(!entries.some((entry) => wordOf(entry) === "SET"));
  const slept = entries.find((entry) => wordOf(entry) === "DEBUG");
  assert.ok(slept !== undefined);
  const [, at, microseconds, args, address] = slept;
  assert.ok(before <= Number(text(at)) && Number(text(at)) <= Date.now() / 1000);
  assert.ok(Number(text(microseconds)) >= 20_000);
  assert.deepEqual(items(args).map(text), ["DEBUG", "SLEEP", "0.02"]);
  const info = await client.send("CLIENT", "INFO");
  assert.ok(info.type === "bulk");
  assert.ok(latin1(info.value).includes(` addr=${text(address)} `));
});

Deno.test("SLOWLOG GET returns ten entries unless told otherwise, the newest first", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await client.send("CONFIG", "SET", "slowlog-log-slower-than", "0");
  await client.pipeline(Array.from({ length: 15 }, (_, i) => ["GET", `k${i}`]));
  await client.send("CONFIG", "SET", "slowlog-log-slower-than", "-1");
  const keys = async (...count: string[]) =>
    items(await client.send("SLOWLOG", "GET", ...count)).map((entry) =>
      text(items(items(entry)[3])[1])
    );
  assert.equal((await keys()).length, 10);
  assert.deepEqual(await keys("3"), ["k14", "k13", "k12"]);
  assert.equal((await keys("1000")).length, Number(text(await client.send("SLOWLOG", "LEN"))));
  await client.send("SLOWLOG", "RESET");
  assert.deepEqual(await keys("-1"), []);
});

Deno.test("an entry tells how many arguments there were, of which slowlog-max-argc are kept", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const [entry] = items(
    (await client.pipeline([
      ["CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-argc", "4"],
      ["SADD", "set", "a", "b", "c", "d"],
      ["SLOWLOG", "GET", "1"],
    ]))[2],
  );
  const [, , , args, , , count] = items(entry);
  assert.deepEqual(items(args).map(text), ["SADD", "set", "a", "... (3 more arguments)"]);
  assert.equal(text(count), "6");
});

Deno.test("a call that waits is logged and counted once, when it is over", async () => {
  await using redlite = await startRedlite();
  await using waiter = await redlite.connect();
  await using client = await redlite.connect();
  const id = text(await waiter.send("CLIENT", "ID"));
  await client.send("CONFIG", "SET", "slowlog-log-slower-than", "0");
  const logged = async () =>
    items(await client.send("SLOWLOG", "GET", "-1")).map((entry) => text(items(items(entry)[3])[0]))
      .filter((name) => name === "BLPOP" || name === "RPUSH");
  const blocked = async () => {
    while (!text(await client.send("INFO", "clients")).includes("blocked_clients:1\r"));
  };

  const served = waiter.send("BLPOP", "k", "0");
  await blocked();
  assert.deepEqual(await logged(), []);
  // A key of another type does not wake it.
  await client.pipeline([["SET", "k", "v"], ["DEL", "k"], ["RPUSH", "k", "x"]]);
  await served;
  assert.deepEqual(await logged(), ["BLPOP", "RPUSH"]);

  await client.send("SLOWLOG", "RESET");
  await waiter.send("BLPOP", "k", "0.001");
  assert.deepEqual(await logged(), ["BLPOP"]);

  const unblocked = waiter.send("BLPOP", "k", "0");
  await blocked();
  await client.send("CLIENT", "UNBLOCK", id, "ERROR");
  await unblocked;
  assert.deepEqual(await logged(), ["BLPOP", "BLPOP"]);
  const info = text(await client.send("INFO", "everything"));
  assert.match(info, /cmdstat_blpop:calls=3,.*,failed_calls=1\r/);
  assert.match(info, /errorstat_UNBLOCKED:count=1\r/);
});

Deno.test("the commands of a transaction are logged, and EXEC is not", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  await client.pipeline([
    ["CONFIG", "SET", "slowlog-log-slower-than", "0"],
    ["SLOWLOG", "RESET"],
    ["MULTI"],
    ["SET", "a", "1"],
    ["INCR", "a"],
    ["EXEC"],
    ["CONFIG", "SET", "slowlog-log-slower-than", "-1"],
  ]);
  const names = items(await client.send("SLOWLOG", "GET")).map((entry) =>
    text(items(items(entry)[3])[0])
  );
  assert.deepEqual(names, ["INCR", "SET", "MULTI", "SLOWLOG"]);
});
