import { strict as assert } from "node:assert";
import { latin1, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startRedlite } from "../../harness/servers.ts";
import { fields, items, text } from "../oracle_commands.ts";
import { testSameAsRedis } from "../same_as_redis.ts";

testSameAsRedis("LATENCY takes Redis's arguments", [
  "latency latest",
  "latency latest x",
  "latency history command",
  "latency history",
  "latency graph command",
  "latency graph",
  "latency reset",
  "latency reset command nope",
  "latency histogram nope",
  "latency histogram get",
  "latency doctor x",
  "latency foo",
  "latency",
]);

testSameAsRedis("percentiles are set as Redis's", [
  "config get latency-tracking",
  "config get latency-tracking-info-percentiles",
  ...[
    "50_99_99.9_100_0_12.3456",
    "1e1_.5_16_33.33333333333_+5_00012.50",
    "1e-5",
    "99.9999999999",
    "''",
    "101",
    "-1",
    "a",
    "nan",
    "inf",
    "1e500",
    "1__2",
    "_5",
    "5x",
  ].flatMap((value) => [
    `config set latency-tracking-info-percentiles ${value}`,
    "config get latency-tracking-info-percentiles",
  ]),
  "config set latency-tracking maybe",
  "config set latency-tracking no",
  "info latencystats",
]);

function verbatim(reply: Reply): string {
  assert.ok(reply.type === "verbatim" && reply.format === "txt");
  return latin1(reply.value);
}

/** The fields of INFO latencystats. */
async function latencyStats(client: RespClient): Promise<Map<string, string>> {
  const lines = verbatim(await client.send("INFO", "latencystats")).trimEnd().split("\r\n").slice(
    1,
  );
  return new Map(lines.map((line): [string, string] => {
    const [name, value] = line.split(":");
    return [name!, value!];
  }));
}

Deno.test("an event that takes as long as the threshold is told", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  await client.pipeline([
    ["DEBUG", "SLEEP", "0.02"],
    ["CONFIG", "SET", "latency-monitor-threshold", "15"],
    ["DEBUG", "SLEEP", "0.02"],
  ]);
  // On a busy machine other events, and the other commands, may take as long.
  const latest = items(await client.send("LATENCY", "LATEST")).map(items);
  const told = latest.find(([event]) => text(event) === "command");
  assert.ok(told !== undefined);
  const [, at, last, worst] = told;
  assert.ok(Math.abs(Number(text(at)) - Date.now() / 1000) < 30);
  assert.ok(Number(text(last)) >= 20);
  assert.ok(Number(text(worst)) >= Number(text(last)));
  const history = items(await client.send("LATENCY", "HISTORY", "command"));
  assert.deepEqual(items(history.at(-1)).map(text), [text(at), text(last)]);
  const graph = verbatim(await client.send("LATENCY", "GRAPH", "command"));
  assert.match(graph, new RegExp(`^command - high ${text(worst)} ms, low \\d+ ms`));
  assert.match(verbatim(await client.send("LATENCY", "DOCTOR")), /\d\. command: \d /);
});

Deno.test("LATENCY RESET forgets the events that are named, or all", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const sleep = () =>
    client.pipeline([
      ["CONFIG", "SET", "latency-monitor-threshold", "15"],
      ["DEBUG", "SLEEP", "0.02"],
      ["CONFIG", "SET", "latency-monitor-threshold", "0"],
    ]);
  const reset = async (...events: string[]) =>
    text(await client.send("LATENCY", "RESET", ...events));
  await sleep();
  assert.equal(await reset("nope"), "0");
  assert.equal(await reset("command", "nope", "command"), "1");
  // On a busy machine other events may have taken as long.
  const left = items(await client.send("LATENCY", "LATEST")).map((event) => text(items(event)[0]));
  assert.ok(!left.includes("command"), left.join());
  await sleep();
  assert.ok(Number(await reset()) >= 1);
  assert.equal(await reset(), "0");
});

Deno.test("LATENCY HISTOGRAM counts the calls of commands that are named, or of all", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  // Below a millisecond every call of every command is timed.
  await client.pipeline([
    ["CONFIG", "SET", "slowlog-log-slower-than", "100", "slowlog-max-len", "0"],
    ["CONFIG", "GET", "timeout"],
    ["CONFIG", "RESETSTAT"],
    ["SORT", "a"],
    ["SORT", "b"],
    ["CONFIG", "GET", "timeout"],
    ["CONFIG", "SET", "timeout", "0"],
  ]);
  const calls = async (...names: string[]) =>
    [...fields(await client.send("LATENCY", "HISTOGRAM", ...names))].map(([name, histogram]) => {
      const { entries } = histogramOf(histogram);
      const calls = text(fields(histogram).get("calls"));
      assert.equal(entries.at(-1)?.[1], calls);
      for (let i = 1; i < entries.length; i++) {
        assert.ok(Number(entries[i]![0]) > Number(entries[i - 1]![0]));
        assert.ok(Number(entries[i]![1]) > Number(entries[i - 1]![1]));
      }
      return `${name} ${calls}`;
    });
  assert.deepEqual(await calls("sort", "NOPE", "get"), ["sort 2"]);
  assert.deepEqual(await calls("config|set"), ["config|set 1"]);
  assert.deepEqual((await calls("CONFIG")).sort(), [
    "config|get 1",
    "config|resetstat 1",
    "config|set 1",
  ]);
  assert.ok((await calls()).includes("sort 2"));
  await client.send("CONFIG", "RESETSTAT");
  assert.deepEqual(await calls("sort"), []);
});

function histogramOf(reply: Reply): { entries: [string, string][] } {
  const levels = fields(reply).get("histogram_usec")!;
  assert.ok(levels?.type === "map");
  return { entries: levels.entries.map(([level, calls]) => [text(level), text(calls)]) };
}

Deno.test("INFO latencystats tells the percentiles that were asked for", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  await client.send("SORT", "a");
  const number = String.raw`\d+\.\d{3}`;
  assert.match(
    (await latencyStats(client)).get("latency_percentiles_usec_sort") ?? "",
    new RegExp(`^p50=${number},p99=${number},p99.9=${number}$`),
  );
  await client.send("CONFIG", "SET", "latency-tracking-info-percentiles", "100 0.5");
  const stats = await latencyStats(client);
  assert.match(
    stats.get("latency_percentiles_usec_sort") ?? "",
    new RegExp(`^p100=${number},p0.5=${number}$`),
  );
  assert.ok(stats.has("latency_percentiles_usec_config|set"));
  await client.send("CONFIG", "SET", "latency-tracking", "no");
  assert.equal((await latencyStats(client)).size, 0);
});

Deno.test("with latency-tracking no calls are not counted", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect({ resp: 3 });
  await client.pipeline([["CONFIG", "SET", "latency-tracking", "no"], ["SORT", "a"]]);
  assert.equal(fields(await client.send("LATENCY", "HISTOGRAM", "sort")).size, 0);
});
