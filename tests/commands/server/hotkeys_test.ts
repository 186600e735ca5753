import { strict as assert } from "node:assert";
import { named, standIn } from "../../harness/lacking.ts";
import { format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite, type TestServer } from "../../harness/servers.ts";
import { fields, items, text } from "../oracle_commands.ts";

/** Registers a test that a redis-server before 8.6 cannot stand in for. */
function testHotKeys(name: string, body: (redlite: TestServer) => Promise<void>): void {
  Deno.test({
    ...named(name, standIn()),
    async fn() {
      await using redlite = await startRedlite();
      await body(redlite);
    },
  });
}

/** The one report of HOTKEYS GET. */
async function report(client: RespClient): Promise<Map<string, Reply>> {
  const reports = items(await client.send("HOTKEYS", "GET"));
  assert.equal(reports.length, 1);
  return fields(reports[0]);
}

/** The keys of a list, and the cost of each. */
function pairs(list: Reply | undefined): [key: string, cost: number][] {
  const flat = items(list).map(text);
  return flat.flatMap((key, i): [string, number][] => i % 2 ? [] : [[key, Number(flat[i + 1])]]);
}

const ERRORS: readonly (readonly [line: string, error: string])[] = [
  ["start", "METRICS parameter is required"],
  ["start metrics", "METRICS parameter is required"],
  ["start count 5 metrics 1 cpu", "METRICS parameter is required"],
  ["start metrics 0 cpu", "METRICS count must be > 0 and <= 2"],
  ["start metrics -1 cpu", "METRICS count must be > 0 and <= 2"],
  ["start metrics 3 cpu net", "METRICS count must be > 0 and <= 2"],
  ["start metrics x cpu", "METRICS count must be > 0 and <= 2"],
  ["start metrics 1", "METRICS count does not match number of metric types provided"],
  ["start metrics 2 cpu", "METRICS count does not match number of metric types provided"],
  ["start metrics 1 cpu net", "syntax error"],
  ["start metrics 2 cpu cpu", "METRICS CPU defined more than once!"],
  ["start metrics 2 net net", "METRICS NET defined more than once!"],
  ["start metrics 1 gpu", "METRICS no valid metrics passed. Supported: CPU|NET"],
  ["start metrics 2 gpu disk", "METRICS no valid metrics passed. Supported: CPU|NET"],
  ["start metrics 1 cpu count 0", "COUNT must be between 1 and 64"],
  ["start metrics 1 cpu count 65", "COUNT must be between 1 and 64"],
  ["start metrics 1 cpu count x", "COUNT must be between 1 and 64"],
  ["start metrics 1 cpu count", "syntax error"],
  ["start metrics 1 cpu duration 0", "DURATION must be between 1 and 1000000"],
  ["start metrics 1 cpu duration 1000001", "DURATION must be between 1 and 1000000"],
  ["start metrics 1 cpu sample 0", "SAMPLE ratio must be positive"],
  ["start metrics 1 cpu sample 2147483648", "SAMPLE ratio must be positive"],
  ["start metrics 1 cpu slots 2 0 5", "SLOTS parameter cannot be used in non-cluster mode"],
  ["start metrics 1 cpu slots", "syntax error"],
  ["start metrics 1 cpu foo 1", "syntax error"],
  ["get x", "wrong number of arguments for 'hotkeys|get' command"],
  ["stop x", "wrong number of arguments for 'hotkeys|stop' command"],
  ["reset x", "wrong number of arguments for 'hotkeys|reset' command"],
];

testHotKeys("HOTKEYS refuses what Redis refuses, and starts nothing then", async (redlite) => {
  await using client = await redlite.connect();
  for (const [line, error] of ERRORS) {
    assert.equal(format(await client.send("HOTKEYS", ...line.split(" "))), `-ERR ${error}`, line);
  }
  assert.equal(format(await client.send("HOTKEYS", "GET")), "$-1");
});

testHotKeys("HOTKEYS START takes its options in any order and case", async (redlite) => {
  await using client = await redlite.connect();
  for (
    const line of [
      "start metrics 2 net cpu",
      "START METRICS 2 GPU CPU",
      "start Metrics 1 Cpu sample 5 count 64 duration 1000000 count 1",
    ]
  ) {
    const [started, stopped] = await client.pipeline([
      ["HOTKEYS", ...line.split(" ")],
      ["HOTKEYS", "STOP"],
    ]);
    assert.equal(format(started!), "+OK", line);
    assert.equal(format(stopped!), "+OK", line);
  }
});

testHotKeys("a tracking is started, stopped and reset in this order only", async (redlite) => {
  await using client = await redlite.connect({ resp: 3 });
  const send = async (...words: string[]) => format(await client.send("HOTKEYS", ...words));
  assert.equal(await send("STOP"), "_");
  assert.equal(await send("RESET"), "+OK");
  assert.equal(await send("GET"), "_");
  assert.equal(await send("START", "METRICS", "1", "CPU"), "+OK");
  assert.equal(
    await send("START", "METRICS", "1", "NET"),
    "-ERR hotkey tracking session already in progress",
  );
  assert.equal(
    await send("RESET"),
    "-ERR hotkey tracking session in progress, stop tracking first",
  );
  assert.equal(await send("STOP"), "+OK");
  assert.equal(await send("STOP"), "_");
  assert.equal(text((await report(client)).get("tracking-active")), "0");
  assert.equal(await send("RESET"), "+OK");
  assert.equal(await send("GET"), "_");
});

testHotKeys("HOTKEYS GET tells the totals and the keys, the hottest first", async (redlite) => {
  await using client = await redlite.connect({ resp: 3 });
  const before = Date.now();
  await client.send("HOTKEYS", "START", "METRICS", "2", "CPU", "NET", "COUNT", "2");
  await client.pipeline([
    ["SET", "small", "v"],
    ["SET", "large", "v".repeat(10_000)],
    ["SET", "middle", "v".repeat(1000)],
    ["GET", "large"],
    ["PING"],
  ]);
  const found = await report(client);
  assert.deepEqual([...found.keys()], [
    "tracking-active",
    "sample-ratio",
    "selected-slots",
    "all-commands-all-slots-us",
    "net-bytes-all-commands-all-slots",
    "collection-start-time-unix-ms",
    "collection-duration-ms",
    "total-cpu-time-user-ms",
    "total-cpu-time-sys-ms",
    "total-net-bytes",
    "by-cpu-time-us",
    "by-net-bytes",
  ]);
  const number = (name: string) => Number(text(found.get(name)));
  assert.equal(number("tracking-active"), 1);
  assert.equal(number("sample-ratio"), 1);
  assert.equal(format(items(found.get("selected-slots"))[0]!), "[:0, :16383]");
  assert.ok(number("collection-start-time-unix-ms") >= before);
  assert.ok(number("collection-duration-ms") <= Date.now() - before);
  assert.ok(number("total-cpu-time-user-ms") >= 0 && number("total-cpu-time-sys-ms") >= 0);
  const [largest, second, ...further] = pairs(found.get("by-net-bytes"));
  assert.equal(further.length, 0);
  assert.ok(largest![0] === "large" && largest![1] >= 20_000 && largest![1] < 20_200);
  assert.ok(second![0] === "middle" && second![1] >= 1000 && second![1] < 1100);
  assert.ok(number("total-net-bytes") >= 21_000);
  assert.equal(number("net-bytes-all-commands-all-slots"), number("total-net-bytes"));
  const byTime = pairs(found.get("by-cpu-time-us"));
  assert.ok(byTime.length <= 2);
  const sum = byTime.reduce((total, [, cost]) => total + cost, 0);
  assert.ok(sum <= number("all-commands-all-slots-us"));
});

testHotKeys("HOTKEYS GET tells only of the metrics that are tracked", async (redlite) => {
  await using client = await redlite.connect({ resp: 3 });
  await client.pipeline([["HOTKEYS", "START", "METRICS", "1", "NET"], ["SET", "k", "v"]]);
  const net = await report(client);
  assert.deepEqual(pairs(net.get("by-net-bytes")).map(([key]) => key), ["k"]);
  assert.ok(!net.has("by-cpu-time-us") && !net.has("total-cpu-time-user-ms"));
  await client.pipeline([["HOTKEYS", "STOP"], ["HOTKEYS", "START", "METRICS", "1", "CPU"]]);
  const cpu = await report(client);
  assert.ok(cpu.has("by-cpu-time-us") && cpu.has("total-cpu-time-sys-ms"));
  assert.ok(!cpu.has("by-net-bytes") && !cpu.has("total-net-bytes"));
});

testHotKeys("in RESP2 the report is a list of names and values", async (redlite) => {
  await using client = await redlite.connect();
  await client.send("HOTKEYS", "START", "METRICS", "1", "NET", "SAMPLE", "1000000");
  const list = items(items(await client.send("HOTKEYS", "GET"))[0]);
  assert.deepEqual(list.slice(0, 4).map(text), ["tracking-active", "1", "sample-ratio", "1000000"]);
  assert.equal(list.length, 18);
});

testHotKeys("the commands of a transaction count for their keys", async (redlite) => {
  await using client = await redlite.connect({ resp: 3 });
  await client.pipeline([
    ["HOTKEYS", "START", "METRICS", "1", "NET"],
    ["MULTI"],
    ["SET", "a", "v".repeat(100)],
    ["SET", "b", "v"],
    ["EXEC"],
  ]);
  const keys = pairs((await report(client)).get("by-net-bytes")).map(([key]) => key);
  assert.deepEqual(keys, ["a", "b"]);
});

testHotKeys("HOTKEYS HELP tells its subcommands", async (redlite) => {
  await using client = await redlite.connect();
  const help = items(await client.send("HOTKEYS", "HELP")).map(text);
  assert.equal(help[0], "HOTKEYS <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const word of ["START METRICS", "STOP", "GET", "RESET", "HELP"]) {
    assert.ok(help.some((line) => line.startsWith(word)), word);
  }
});
