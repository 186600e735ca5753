/**
 * Scripts, beside redis-server in the same run and at the same durability: what one without a call costs, three plain
 * commands, a rate limiter, and the life of a job in a queue.
 *
 * On a shared machine the time by the clock says less than the CPU time that a script takes of its server, so both
 * are told.
 */

import { latin1 } from "../tests/harness/resp_client.ts";
import type { TestServer } from "../tests/harness/servers.ts";
import {
  byTurns,
  cpuTime,
  decimals,
  launch,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  type ServerName,
  toNumber,
  verdict,
} from "./harness.ts";
import { benchmarkCommand } from "./redis_benchmark.ts";

const USAGE = `
deno run -A bench/scripts.ts [options]

  --seconds N    about how long a run takes (1.5)
  --rounds N     counted rounds (3)
  --keys N       keys to choose from (100000)
  --only TEXT    the scripts whose names have this in them
  --fsync WORD   appendfsync of both (everysec)
`;

const options = readOptions(USAGE, {
  seconds: "1.5",
  rounds: "3",
  keys: "100000",
  only: "",
  fsync: "everysec",
});
const seconds = toNumber("seconds", options.seconds, 0.1);
const rounds = toNumber("rounds", options.rounds);

/** Requests of the run that finds the pace. */
const PROBE = 5000;

const THREE_CALLS = `
local value = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1])
return redis.call('INCR', KEYS[3])`;

const RATE_LIMITER = `
local hits = redis.call('HINCRBY', KEYS[1], 'hits', 1)
if hits == 1 then
  redis.call('HSET', KEYS[1], 'since', ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
if hits > tonumber(ARGV[1]) then
  return {0, redis.call('TTL', KEYS[1])}
end
return {1, tonumber(ARGV[1]) - hits}`;

/** Ten calls: a job is added, taken, worked on and done. */
const JOB = `
local rcall = redis.call
local prefix = KEYS[1]
local id = rcall('INCR', prefix .. 'id')
local key = prefix .. id
rcall('HMSET', key, 'name', ARGV[1], 'data', ARGV[2], 'timestamp', ARGV[3], 'priority', '0')
rcall('LPUSH', prefix .. 'wait', id)
rcall('XADD', prefix .. 'events', 'MAXLEN', '~', '1000', '*', 'event', 'added', 'jobId', id)
local taken = rcall('RPOPLPUSH', prefix .. 'wait', prefix .. 'active')
local job = rcall('HGETALL', prefix .. taken)
rcall('HSET', prefix .. taken, 'processedOn', ARGV[3])
rcall('LREM', prefix .. 'active', 1, taken)
rcall('ZADD', prefix .. 'completed', ARGV[3], taken)
rcall('DEL', prefix .. taken)
return #job`;

interface Workload {
  readonly name: string;
  readonly script: string;
  /** `numkeys`, the keys and the other arguments. */
  readonly args: readonly string[];
  readonly pipeline: number;
}

const key = "__rand_int__";
const three = ["3", `key:${key}`, `set:${key}`, `counter:${key}`, "x".repeat(64)];
const limiter = ["1", `limit:${key}`, "100", "1700000000", "60"];
const job = ["1", "bull:jobs:", "send", "{to:someone@example.com,n:1}", "1700000000"];

const WORKLOADS: readonly Workload[] = [
  { name: "no call", script: "return 1", args: ["0"], pipeline: 1 },
  { name: "GET, SET, INCR", script: THREE_CALLS, args: three, pipeline: 1 },
  { name: "GET, SET, INCR, pipeline 16", script: THREE_CALLS, args: three, pipeline: 16 },
  { name: "rate limiter", script: RATE_LIMITER, args: limiter, pipeline: 1 },
  { name: "rate limiter, pipeline 16", script: RATE_LIMITER, args: limiter, pipeline: 16 },
  { name: "job in ten calls", script: JOB, args: job, pipeline: 1 },
  { name: "job in ten calls, pipeline 16", script: JOB, args: job, pipeline: 16 },
].filter(({ name }) => name.includes(options.only));

/** The pace of a run, and the CPU time of the server for each script in microseconds. */
interface Run {
  readonly perSecond: number;
  readonly cpu: number;
}

/** Has redis-benchmark run a script so many times with 50 clients. */
async function benchmark(
  server: TestServer,
  { args, pipeline }: Workload,
  sha: string,
  requests: number,
): Promise<Run> {
  const load = { command: ["EVALSHA", sha, ...args], pipeline, keys: Number(options.keys) };
  const before = await cpuTime(server);
  const { opsPerSecond } = await benchmarkCommand(server, load, requests);
  const cpu = (await cpuTime(server) - before) * 1000 / requests;
  return { perSecond: opsPerSecond, cpu };
}

await using stack = new AsyncDisposableStack();
const appendfsync = options.fsync as "always" | "everysec" | "no";
const sides = [
  { name: "redlite" as ServerName, server: await launch(stack, "redlite", { appendfsync }) },
  { name: "redis" as ServerName, server: await launch(stack, "redis", { appendfsync }) },
];

async function load({ server }: typeof sides[number], script: string): Promise<string> {
  await using client = await server.connect({ timeoutMs: 60_000 });
  const reply = await client.send("SCRIPT", "LOAD", script);
  if (reply.type !== "bulk") throw new Error(`SCRIPT LOAD was answered ${JSON.stringify(reply)}`);
  return latin1(reply.value);
}

const rows: string[][] = [];
for (const workload of WORKLOADS) {
  progress(workload.name);
  const paces = new Map<ServerName, number>();
  let sha = "";
  for (const side of sides) {
    sha = await load(side, workload.script);
    const probe = await benchmark(side.server, workload, sha, PROBE * workload.pipeline);
    paces.set(side.name, probe.perSecond);
  }
  const runs = await byTurns(sides, rounds, ({ name, server }) => {
    const requests = Math.max(1000, Math.round((paces.get(name) ?? 0) * seconds));
    return benchmark(server, workload, sha, requests);
  });
  const [ours, theirs] = runs.map((of) => ({
    perSecond: median(of.map(({ perSecond }) => perSecond)),
    cpu: median(of.map(({ cpu }) => cpu)),
  })) as [Run, Run];
  const ratio = ours.perSecond / theirs.perSecond;
  rows.push([
    workload.name,
    rate(ours.perSecond),
    rate(theirs.perSecond),
    decimals(ratio),
    verdict(ratio, 0.5, 0.6),
    decimals(ours.cpu),
    decimals(theirs.cpu),
  ]);
}

console.log(`EVALSHA, 50 clients, ${options.keys} keys; appendfsync ${options.fsync}`);
printTable(["a second", "redlite", "redis", "ratio", "", "CPU µs", "redis's"], rows);
