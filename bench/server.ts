/**
 * Redlite's server against redis-server, both under redis-benchmark, run by turns.
 *
 * The ratio is the median of the rounds' ratios: both runs of a round met the same machine. Redis saves no snapshots
 * here, which is in its favour; Redlite runs with its defaults where a row names no `appendfsync`.
 */

import type { ServerOptions, TestServer } from "../tests/harness/servers.ts";
import { redisStandsIn } from "../tests/harness/servers.ts";
import {
  decimals,
  inTurn,
  launch,
  loadKeys,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  type ServerName,
  spread,
  toNumber,
  toWords,
  verdict,
} from "./harness.ts";
import { Subject, type Workload } from "./redis_benchmark.ts";

const USAGE = `
deno run -A bench/server.ts [options]

  --only NAME          the row NAME, or else the rows whose names contain it, such as "always"
  --rounds N           counted rounds (3)
  --seconds N          how long one measurement takes (4)
  --keys N             keys to load and to choose from at random (300000)
  --single-key         one key instead of random ones
  --server-args="..."  further arguments for Redlite, such as --server-args="--cache 64"
`;

interface Row {
  name: string;
  command: string;
  /** A test that fills what this one empties. */
  filledBy?: string | undefined;
  pipeline: number;
  /** For both servers; without it each has its default: Redlite's file, Redis's memory only. */
  appendfsync?: ServerOptions["appendfsync"];
  /** The least ratio to Redis that is acceptable; without it the row is only told. */
  floor?: number;
  aim?: number;
}

/** A row for one of redis-benchmark's tests on collections. */
function collectionRow(command: string, filledBy?: string): Row {
  return { name: command.toUpperCase(), command, filledBy, pipeline: 1, appendfsync: "everysec" };
}

const ROWS: Row[] = [
  { name: "GET", command: "get", pipeline: 1, floor: 0.75, aim: 1 },
  { name: "GET -P 16", command: "get", pipeline: 16, floor: 0.35, aim: 0.7 },
  {
    name: "SET everysec",
    command: "set",
    pipeline: 1,
    appendfsync: "everysec",
    floor: 0.45,
    aim: 0.7,
  },
  { name: "SET always", command: "set", pipeline: 1, appendfsync: "always", floor: 0.5, aim: 1 },
  {
    name: "SET everysec -P 16",
    command: "set",
    pipeline: 16,
    appendfsync: "everysec",
    floor: 0.25,
    aim: 0.5,
  },
  collectionRow("lpush"),
  collectionRow("rpush"),
  collectionRow("lpop", "lpush"),
  collectionRow("rpop", "lpush"),
  collectionRow("sadd"),
  collectionRow("hset"),
  collectionRow("spop", "sadd"),
  collectionRow("zadd"),
  collectionRow("zpopmin", "zadd"),
  collectionRow("lrange_100"),
  collectionRow("lrange_300"),
  collectionRow("lrange_600"),
  collectionRow("mset"),
];

const NAMES: ServerName[] = ["redlite", "redis"];

interface Settings {
  rounds: number;
  seconds: number;
  keys: number;
  singleKey: boolean;
  serverArgs: string[];
}

/** Measures one row with a fresh pair of servers. */
async function measureRow(row: Row, settings: Settings): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const workload: Workload = {
    command: row.command,
    filledBy: row.filledBy,
    pipeline: row.pipeline,
    keys: settings.singleKey ? undefined : settings.keys,
  };
  const subjects: Subject[] = [];
  for (const name of NAMES) {
    const args = name === "redlite" ? settings.serverArgs : [];
    const server = await launch(stack, name, { args, appendfsync: row.appendfsync });
    await loadKeys(server, settings.keys);
    subjects.push(new Subject(name, server, workload, settings.seconds));
  }
  const [redlite, redis] = subjects;
  for (const subject of subjects) await subject.warmUp();
  for (let round = 0; round < settings.rounds; round++) {
    for (const subject of inTurn(subjects, round)) {
      await rewritesDone(redis!.server);
      const run = await subject.measure();
      progress(`${row.name}, round ${round + 1}, ${subject.name}: ${rate(run.opsPerSecond)}/s`);
    }
  }
  const rates = (subject: Subject) => subject.runs.map((run) => run.opsPerSecond);
  const latency = (subject: Subject) =>
    `${decimals(median(subject.runs.map((run) => run.p50Ms)))} / ${
      decimals(median(subject.runs.map((run) => run.p99Ms)))
    }`;
  const ratios = redlite!.runs.map((run, round) =>
    run.opsPerSecond / redis!.runs[round]!.opsPerSecond
  );
  return [
    row.name,
    spread(rates(redlite!), rate),
    spread(rates(redis!), rate),
    spread(ratios, decimals),
    row.floor === undefined ? "" : decimals(row.floor),
    row.aim === undefined ? "" : decimals(row.aim),
    row.floor === undefined ? "" : verdict(median(ratios), row.floor, row.aim ?? row.floor),
    latency(redlite!),
    latency(redis!),
  ];
}

/** Waits until no child of redis-server rewrites its append-only file, which would take a core from Redlite's run. */
async function rewritesDone(redis: TestServer): Promise<void> {
  await using client = await redis.connect();
  for (let waited = 0; waited < 30_000; waited += 100) {
    const info = await client.send("INFO", "persistence");
    if (info.type !== "bulk") return;
    if (new TextDecoder().decode(info.value).includes("aof_rewrite_in_progress:0")) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function main(): Promise<void> {
  const options = readOptions(USAGE, {
    only: "",
    rounds: "3",
    seconds: "4",
    keys: "300000",
    "single-key": false,
    "server-args": "",
  });
  const settings: Settings = {
    rounds: toNumber("rounds", options.rounds),
    seconds: toNumber("seconds", options.seconds, 0.1),
    keys: toNumber("keys", options.keys),
    singleKey: options["single-key"],
    serverArgs: toWords(options["server-args"]),
  };
  const exact = ROWS.filter((row) => row.name === options.only);
  const rows = exact.length > 0 ? exact : ROWS.filter((row) => row.name.includes(options.only));
  if (rows.length === 0) {
    throw new Error(`--only takes a part of ${ROWS.map((row) => row.name).join(", ")}`);
  }
  const results: string[][] = [];
  for (const row of rows) results.push(await measureRow(row, settings));
  const keys = settings.singleKey ? "one key" : `${rate(settings.keys)} random keys`;
  console.log(`50 clients, ${keys}, 64-byte values, ${settings.rounds} rounds`);
  if (redisStandsIn) console.log("redis-server stands in for Redlite: every ratio should be 1");
  printTable(
    [
      "operation",
      "redlite ops/s",
      "redis ops/s",
      "ratio",
      "floor",
      "aim",
      "verdict",
      "redlite p50 / p99 ms",
      "redis p50 / p99 ms",
    ],
    results,
  );
}

if (import.meta.main) await main();
