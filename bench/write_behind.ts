/**
 * Writes with a log before the database and without, and redis-server's with its append-only file, under
 * redis-benchmark by turns: rates, their ratios to redis-server's, the bytes that each server had written for a byte of
 * payload, and the memory that it has in the end.
 */

import {
  byTurns,
  decimals,
  launch,
  loadKeys,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  toNumber,
  VALUE_BYTES,
} from "./harness.ts";
import { benchmarkCommand, type CommandLoad } from "./redis_benchmark.ts";
import type { TestServer } from "../tests/harness/servers.ts";

const USAGE = `
deno run -A bench/write_behind.ts [options]

  --only NAME     the rows whose names contain NAME
  --rounds N      counted rounds (3)
  --requests N    requests of a measurement, without a pipeline (60000)
  --keys N        keys to choose from at random (300000)
`;

const VALUE = "x".repeat(VALUE_BYTES);
const KEY = "key:__rand_int__";

interface Row {
  readonly name: string;
  readonly appendfsync: "always" | "everysec";
  readonly load: CommandLoad;
}

/** A row for one command, 50 clients. */
function row(
  name: string,
  command: readonly string[],
  { pipeline = 1, appendfsync = "everysec" }: {
    readonly pipeline?: number;
    readonly appendfsync?: Row["appendfsync"];
  } = {},
): Row {
  return { name, appendfsync, load: { command, pipeline } };
}

const SET = ["SET", KEY, VALUE];
const ROWS: readonly Row[] = [
  row("SET everysec", SET),
  row("SET always", SET, { appendfsync: "always" }),
  row("SET everysec -P 16", SET, { pipeline: 16 }),
  row("INCR of one key -P 16", ["INCR", "counter"], { pipeline: 16 }),
  row("MSET of 10", ["MSET", ...Array.from({ length: 10 }, () => [KEY, VALUE]).flat()]),
  row("HSET", ["HSET", "hash", "field:__rand_int__", VALUE]),
  row("ZADD", ["ZADD", "sorted", "__rand_int__", "member:__rand_int__"]),
  row("LPUSH", ["LPUSH", "list", VALUE]),
  row("XADD", ["XADD", "stream", "*", "field", VALUE]),
  row("GET", ["GET", KEY]),
  row("GET -P 16", ["GET", KEY], { pipeline: 16 }),
];

/** A server that takes part. */
interface Side {
  readonly name: string;
  readonly server: TestServer;
}

/** Bytes that a process had the system write to disks, as far as it tells. */
async function writtenBy({ pid }: TestServer): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/io`).catch(() => "");
  return Number(/^write_bytes: (\d+)$/m.exec(text)?.[1] ?? NaN);
}

/** Megabytes of memory that a process has. */
async function memoryOf({ pid }: TestServer): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? NaN) / 1024;
}

const options = readOptions(USAGE, { only: "", rounds: "3", requests: "60000", keys: "300000" });
const rounds = toNumber("rounds", options.rounds), keys = toNumber("keys", options.keys);
const requests = toNumber("requests", options.requests, 1000);

const rows: string[][] = [];
for (const { name, appendfsync, load } of ROWS.filter(({ name }) => name.includes(options.only))) {
  progress(name);
  await using stack = new AsyncDisposableStack();
  const sides: Side[] = [
    { name: "redis", server: await launch(stack, "redis", { appendfsync }) },
  ];
  for (const behind of ["no", "yes"]) {
    const args = ["--write-behind", behind];
    sides.push({ name: behind, server: await launch(stack, "redlite", { appendfsync, args }) });
  }
  for (const { server } of sides) await loadKeys(server, keys);
  const count = requests * (load.pipeline ?? 1);
  const results = await byTurns(sides, rounds, async ({ server }) => {
    const before = await writtenBy(server);
    const { opsPerSecond, p99Ms } = await benchmarkCommand(server, { ...load, keys }, count);
    const bytes = await writtenBy(server) - before;
    const amplification = bytes / (count * VALUE_BYTES);
    return { opsPerSecond, p99Ms, amplification, megabytes: await memoryOf(server) };
  });
  const [redis = [], ...ours] = results;
  const rates = (runs: typeof redis) => median(runs.map(({ opsPerSecond }) => opsPerSecond));
  const written = (runs: typeof redis) =>
    decimals(median(runs.map(({ amplification }) => amplification)));
  const memory = (runs: typeof redis) => (runs.at(-1)?.megabytes ?? NaN).toFixed(0);
  rows.push([
    name,
    rate(rates(redis)),
    written(redis),
    memory(redis),
    ...ours.flatMap((runs) => [
      rate(rates(runs)),
      decimals(rates(runs) / rates(redis)),
      decimals(median(runs.map(({ p99Ms }) => p99Ms))),
      written(runs),
      memory(runs),
    ]),
  ]);
}
const figures = (behind: string) => [`write-behind ${behind}`, "ratio", "p99 ms", "written", "MB"];
printTable(["", "redis", "written", "MB", ...figures("no"), ...figures("yes")], rows);
