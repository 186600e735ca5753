/**
 * Places, beside redis-server in the same run: searches of a large sorted set, by 50 clients and by one, and adding
 * members.
 */

import { type Command, format, type RespClient } from "../tests/harness/resp_client.ts";
import type { TestServer } from "../tests/harness/servers.ts";
import {
  byTurns,
  cpuTime,
  decimals,
  launch,
  median,
  printTable,
  progress,
  randomIntegers,
  rate,
  readOptions,
  type ServerName,
  toNumber,
  verdict,
} from "./harness.ts";
import { benchmarkCommand } from "./redis_benchmark.ts";

const USAGE = `
deno run -A bench/geo.ts [options]

  --places N   places of the large sorted set (1000000)
  --found N    how many a search finds, about (50)
  --seconds N  about how long a run takes (2)
  --rounds N   counted rounds (3)
  --fsync WORD appendfsync of both (everysec)
  --behind W   write-behind of Redlite (no)
  --only TEXT  the workloads whose names have this in them
`;

const LOAD_BATCH = 2000;
/** Requests of the run that finds the pace. */
const PROBE = 2000;
/** Places are within so many degrees of 0, 0; redis-benchmark makes such numbers of integers. */
const DEGREES = 40;
const UNITS_PER_DEGREE = 1e7;
/** How many numbers of redis-benchmark a coordinate is chosen from. */
const COORDINATES = DEGREES * UNITS_PER_DEGREE;
const RANDOM = `__rand_int__e-${Math.log10(UNITS_PER_DEGREE)}`;
const METRES_PER_DEGREE = 111_195;

const options = readOptions(USAGE, {
  places: "1000000",
  found: "50",
  seconds: "2",
  rounds: "3",
  fsync: "everysec",
  behind: "no",
  only: "",
});
const places = toNumber("places", options.places, 1000);
const found = toNumber("found", options.found, 0.1);
const seconds = toNumber("seconds", options.seconds, 0.1);
const rounds = toNumber("rounds", options.rounds);

/** The area that has as many places, in square metres; farther north it has a few more. */
const area = found / places * (DEGREES * METRES_PER_DEGREE) ** 2;
const radius = String(Math.round(Math.sqrt(area / Math.PI)));
const side = String(Math.round(Math.sqrt(area)));
const somewhere = ["GEOSEARCH", "large", "FROMLONLAT", RANDOM, RANDOM];

interface Workload {
  readonly name: string;
  readonly command: readonly string[];
  readonly floor: number;
  readonly aim: number;
}

const WORKLOADS: readonly Workload[] = [
  {
    name: `GEOSEARCH BYRADIUS, ${found} found`,
    command: [...somewhere, "BYRADIUS", radius, "m"],
    floor: 1 / 1.5,
    aim: 1,
  },
  {
    name: `the same with WITHDIST and ASC`,
    command: [...somewhere, "BYRADIUS", radius, "m", "WITHDIST", "ASC"],
    floor: 1 / 1.5,
    aim: 1,
  },
  {
    name: `GEOSEARCH BYBOX, ${found} found`,
    command: [...somewhere, "BYBOX", side, side, "m"],
    floor: 1 / 1.5,
    aim: 1,
  },
  {
    name: "GEOADD",
    command: ["GEOADD", "added", RANDOM, RANDOM, "member:__rand_int__"],
    floor: 0.4,
    aim: 0.8,
  },
].filter(({ name }) => name.includes(options.only));

interface Side {
  readonly name: ServerName;
  readonly server: TestServer;
  readonly client: RespClient;
}

async function begin(stack: AsyncDisposableStack, name: ServerName): Promise<Side> {
  const appendfsync = options.fsync as "always" | "everysec" | "no";
  const args = name === "redlite" ? ["--write-behind", options.behind] : [];
  const server = await launch(stack, name, { appendfsync, args });
  const client = stack.use(await server.connect({ timeoutMs: 600_000 }));
  progress(`loading ${name}`);
  const random = randomIntegers(1);
  const coordinate = () => (random(COORDINATES) / UNITS_PER_DEGREE).toFixed(7);
  for (let i = 0; i < places; i += LOAD_BATCH) {
    const command: Command = ["GEOADD", "large"];
    const batch = Array.from(
      { length: Math.min(LOAD_BATCH, places - i) },
      (_, j) => [coordinate(), coordinate(), `member:${i + j}`],
    );
    const reply = await client.send(...command, ...batch.flat());
    if (reply.type === "error") throw new Error(format(reply));
  }
  return { name, server, client };
}

await using stack = new AsyncDisposableStack();
const sides = [await begin(stack, "redlite"), await begin(stack, "redis")];
const rows: string[][] = [];
for (const workload of WORKLOADS) {
  progress(workload.name);
  const load = { command: workload.command, keys: COORDINATES };
  const requests = new Map<ServerName, number>();
  for (const { name, server } of sides) {
    const { opsPerSecond } = await benchmarkCommand(server, load, PROBE);
    requests.set(name, Math.max(PROBE, Math.round(opsPerSecond * seconds)));
  }
  const runs = await byTurns(sides, rounds, async ({ name, server }) => {
    const count = requests.get(name) ?? PROBE;
    const before = await cpuTime(server);
    const { opsPerSecond } = await benchmarkCommand(server, load, count);
    return { opsPerSecond, cost: (await cpuTime(server) - before) / count * 1000 };
  });
  const [ours = 0, theirs = 0] = runs.map((of) => median(of.map((run) => run.opsPerSecond)));
  // Microseconds of CPU time that a request takes, which other work on the machine changes least.
  const costs = runs.map((of) => median(of.map(({ cost }) => cost)));
  const { floor, aim } = workload;
  rows.push([
    workload.name,
    rate(ours),
    rate(theirs),
    decimals(ours / theirs),
    ...costs.map((cost) => `${cost.toFixed(1)} µs`),
    verdict(ours / theirs, floor, aim),
  ]);
}
console.log(
  `${places} places; 50 clients; appendfsync ${options.fsync}, write-behind ${options.behind}`,
);
printTable(["a second", "redlite", "redis", "ratio", "CPU", "redis", ""], rows);

const [search] = WORKLOADS;
if (search !== undefined && search.command[0] === "GEOSEARCH") {
  const latencies: string[] = [];
  for (const { name, server } of sides) {
    const load = { command: search.command, clients: 1, keys: COORDINATES };
    const { p50Ms } = await benchmarkCommand(server, load, PROBE);
    latencies.push(`${name} ${p50Ms.toFixed(3)} ms`);
  }
  console.log(`a search by one client, median: ${latencies.join(", ")} (at most 1 ms)`);
}
