/**
 * Writes with a log before the database and without, and redis-server's with its append-only file, under
 * redis-benchmark by turns: rates, their ratios to redis-server's, the bytes that each server had written for a byte of
 * payload, and the memory that it has in the end. Each side runs once before the rounds that count: V8 would compile
 * in the first of them. That of embedded `set` is in embedded.ts.
 */

import {
  byTurns,
  decimals,
  keyName,
  launch,
  loadKeys,
  median,
  printTable,
  progress,
  randomIntegers,
  rate,
  readOptions,
  toNumber,
  VALUE_BYTES,
} from "./harness.ts";
import { benchmarkCommand, type CommandLoad } from "./redis_benchmark.ts";
import { encode } from "../tests/harness/resp_client.ts";
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

/** Random SETs of another client beside the load that is measured, a second. */
const BESIDE = 100_000;
/** How long is waited after a fill, so that what it leaves to be written is not part of what is measured. */
const FILLED_MS = 2000;
/** SETs that it sends together, and such batches that are made beforehand. */
const BATCH = 1000, BATCHES = 100;

interface Row {
  readonly name: string;
  readonly appendfsync: "always" | "everysec";
  readonly load: CommandLoad;
  /** What fills, before each round, what the load empties or reads. */
  readonly fill: readonly string[] | undefined;
  /** Whether somebody else writes meanwhile. */
  readonly beside: boolean;
  /** The share of the requests that it takes for about as long as the others. */
  readonly share: number;
}

/** A row for one command, 50 clients. */
function row(
  name: string,
  command: readonly string[],
  { pipeline = 1, appendfsync = "everysec", fill, beside = false, share = 1 }: {
    readonly pipeline?: number;
    readonly appendfsync?: Row["appendfsync"];
    readonly fill?: Row["fill"];
    readonly beside?: boolean;
    readonly share?: number;
  } = {},
): Row {
  return { name, appendfsync, load: { command, pipeline }, fill, beside, share };
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
  row("SPOP", ["SPOP", "set"], { fill: ["SADD", "set", "member:__rand_int__"] }),
  row("ZPOPMIN", ["ZPOPMIN", "sorted"], {
    fill: ["ZADD", "sorted", "__rand_int__", "member:__rand_int__"],
  }),
  row("LPUSH", ["LPUSH", "list", VALUE]),
  row("XADD", ["XADD", "stream", "*", "field", VALUE]),
  row("GET", ["GET", KEY]),
  row("GET -P 16", ["GET", KEY], { pipeline: 16 }),
  row("LRANGE_300", ["LRANGE", "list", "0", "299"], {
    fill: ["LPUSH", "list", VALUE],
    share: 1 / 4,
  }),
  row("LRANGE_600", ["LRANGE", "list", "0", "599"], {
    fill: ["LPUSH", "list", VALUE],
    share: 1 / 8,
  }),
  row(`GET beside ${rate(BESIDE)} SETs a second`, ["GET", KEY], { beside: true }),
];

/** Sends random SETs, so many a second, while `work` goes on. @returns What that gives. */
async function besideSets<T>(
  { port }: TestServer,
  keys: number,
  work: () => Promise<T>,
): Promise<T> {
  const random = randomIntegers(1);
  const batches = Array.from({ length: BATCHES }, () => {
    return encode(...Array.from({ length: BATCH }, () => ["SET", keyName(random(keys)), VALUE]));
  });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const replies = new Uint8Array(1 << 16);
  const reading = (async () => {
    while (await connection.read(replies) !== null);
  })().catch(() => {});
  let going = true;
  const sending = (async () => {
    const startedAt = performance.now();
    for (let sent = 0; going; sent++) {
      const rest = sent * BATCH / BESIDE * 1000 - (performance.now() - startedAt);
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
      let batch = batches[sent % BATCHES]!;
      while (batch.length > 0) batch = batch.subarray(await connection.write(batch));
    }
  })();
  try {
    return await work();
  } finally {
    going = false;
    await sending;
    await connection.closeWrite();
    await reading;
  }
}

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
for (
  const { name, appendfsync, load, fill, beside, share } of ROWS.filter(({ name }) =>
    name.includes(options.only)
  )
) {
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
  const count = Math.round(requests * (load.pipeline ?? 1) * share);
  const payload = count * VALUE_BYTES *
    Math.max(1, load.command.filter((word) => word === VALUE).length);
  const measure = async ({ server }: Side) => {
    // Members come at random: so many that there are enough different ones.
    if (fill !== undefined) {
      await benchmarkCommand(server, { command: fill, pipeline: 16, keys }, 2 * count);
      await new Promise((resolve) => setTimeout(resolve, FILLED_MS));
    }
    const before = await writtenBy(server);
    const run = () => benchmarkCommand(server, { ...load, keys }, count);
    const { opsPerSecond, p99Ms } = await (beside ? besideSets(server, keys, run) : run());
    const amplification = (await writtenBy(server) - before) / payload;
    return { opsPerSecond, p99Ms, amplification, megabytes: await memoryOf(server) };
  };
  for (const side of sides) await measure(side);
  const results = await byTurns(sides, rounds, measure);
  const [redis = [], ...ours] = results;
  const rates = (runs: typeof redis) => median(runs.map(({ opsPerSecond }) => opsPerSecond));
  const written = (runs: typeof redis) =>
    decimals(median(runs.map(({ amplification }) => amplification)));
  const p99 = (runs: typeof redis) => decimals(median(runs.map(({ p99Ms }) => p99Ms)));
  const memory = (runs: typeof redis) => (runs.at(-1)?.megabytes ?? NaN).toFixed(0);
  rows.push([
    name,
    rate(rates(redis)),
    p99(redis),
    written(redis),
    memory(redis),
    ...ours.flatMap((runs) => [
      rate(rates(runs)),
      decimals(rates(runs) / rates(redis)),
      p99(runs),
      written(runs),
      memory(runs),
    ]),
  ]);
}
const figures = (behind: string) => [`write-behind ${behind}`, "ratio", "p99 ms", "written", "MB"];
printTable(["", "redis", "p99 ms", "written", "MB", ...figures("no"), ...figures("yes")], rows);
