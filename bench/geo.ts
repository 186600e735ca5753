/**
 * Places, beside redis-server in the same run: searches of a large sorted set, by 50 clients and by one, and adding
 * members.
 */

import { type Command, format, type RespClient } from "../tests/harness/resp_client.ts";
import type { TestServer } from "../tests/harness/servers.ts";
import {
  decimals,
  inTurn,
  launch,
  median,
  printTable,
  progress,
  randomIntegers,
  rate,
  readOptions,
  type ServerName,
  settleDisk,
  threadTimes,
  toNumber,
  verdict,
} from "./harness.ts";

const USAGE = `
deno run -A bench/geo.ts [options]

  --places N   places of the large sorted set (1000000)
  --found N    how many a search finds, about (50)
  --seconds N  about how long a run takes (2)
  --rounds N   counted rounds (3)
  --fsync WORD appendfsync of both (everysec)
  --only TEXT  the workloads whose names have this in them
`;

const LOAD_BATCH = 2000;
/** Requests of the run that finds the pace. */
const PROBE = 2000;
/** Places are within so many degrees of 0, 0; redis-benchmark makes such numbers of integers. */
const DEGREES = 40;
const UNITS_PER_DEGREE = 1e7;
const RANDOM = `__rand_int__e-${Math.log10(UNITS_PER_DEGREE)}`;
const METRES_PER_DEGREE = 111_195;

const options = readOptions(USAGE, {
  places: "1000000",
  found: "50",
  seconds: "2",
  rounds: "3",
  fsync: "everysec",
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
  readonly clients: number;
  readonly floor: number;
  readonly aim: number;
}

const WORKLOADS: readonly Workload[] = [
  {
    name: `GEOSEARCH BYRADIUS, ${found} found`,
    command: [...somewhere, "BYRADIUS", radius, "m"],
    clients: 50,
    floor: 1 / 1.5,
    aim: 1,
  },
  {
    name: `the same with WITHDIST and ASC`,
    command: [...somewhere, "BYRADIUS", radius, "m", "WITHDIST", "ASC"],
    clients: 50,
    floor: 1 / 1.5,
    aim: 1,
  },
  {
    name: `GEOSEARCH BYBOX, ${found} found`,
    command: [...somewhere, "BYBOX", side, side, "m"],
    clients: 50,
    floor: 1 / 1.5,
    aim: 1,
  },
  {
    name: "GEOADD",
    command: ["GEOADD", "added", RANDOM, RANDOM, "member:__rand_int__"],
    clients: 50,
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
  const server = await launch(stack, name, { appendfsync });
  const client = stack.use(await server.connect({ timeoutMs: 600_000 }));
  progress(`loading ${name}`);
  const random = randomIntegers(1);
  const coordinate = () => (random(DEGREES * UNITS_PER_DEGREE) / UNITS_PER_DEGREE).toFixed(7);
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

/** What redis-benchmark measures: requests a second, and the median latency in milliseconds. */
async function benchmark(
  { port }: TestServer,
  { command, clients }: Pick<Workload, "command" | "clients">,
  requests: number,
): Promise<{ rate: number; medianMs: number }> {
  const { stdout, success } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", String(port), "-c", String(clients), "-n", String(requests), "--csv"],
      ...["-r", String(DEGREES * UNITS_PER_DEGREE), ...command],
    ],
    signal: AbortSignal.timeout(180_000),
  }).output();
  const text = new TextDecoder().decode(stdout);
  const cells = text.trim().split("\n").at(-1)?.match(/"[^"]*"/g) ?? [];
  const [rate, , , medianMs] = cells.slice(1).map((cell) => Number(cell.replaceAll('"', "")));
  if (!success || rate === undefined || medianMs === undefined || !(rate > 0)) {
    throw new Error(`redis-benchmark printed ${text}`);
  }
  return { rate, medianMs };
}

/** Milliseconds of CPU time that a server has taken. */
async function cpuTime({ pid }: TestServer): Promise<number> {
  let sum = 0;
  for (const { ms } of (await threadTimes(pid)).values()) sum += ms;
  return sum;
}

await using stack = new AsyncDisposableStack();
const sides = [await begin(stack, "redlite"), await begin(stack, "redis")];
const rows: string[][] = [];
for (const workload of WORKLOADS) {
  progress(workload.name);
  const rates: Record<ServerName, number[]> = { redlite: [], redis: [] };
  // Microseconds of CPU time that a request takes, which other work on the machine changes least.
  const costs: Record<ServerName, number[]> = { redlite: [], redis: [] };
  const requests: Record<ServerName, number> = { redlite: PROBE, redis: PROBE };
  for (const { name, server } of sides) {
    const { rate } = await benchmark(server, workload, PROBE);
    requests[name] = Math.max(PROBE, Math.round(rate * seconds));
  }
  for (let round = 0; round < rounds; round++) {
    for (const { name, server } of inTurn(sides, round)) {
      await settleDisk(server.directory);
      const before = await cpuTime(server);
      rates[name].push((await benchmark(server, workload, requests[name])).rate);
      costs[name].push((await cpuTime(server) - before) / requests[name] * 1000);
    }
  }
  const [ours, theirs] = [median(rates.redlite), median(rates.redis)];
  const { floor, aim } = workload;
  rows.push([
    workload.name,
    rate(ours),
    rate(theirs),
    decimals(ours / theirs),
    `${median(costs.redlite).toFixed(1)} µs`,
    `${median(costs.redis).toFixed(1)} µs`,
    verdict(ours / theirs, floor, aim),
  ]);
}
console.log(`${places} places; 50 clients; appendfsync ${options.fsync}`);
printTable(["a second", "redlite", "redis", "ratio", "CPU", "redis", ""], rows);

const [search] = WORKLOADS;
if (search !== undefined && search.command[0] === "GEOSEARCH") {
  const latencies: string[] = [];
  for (const { name, server } of sides) {
    const { medianMs } = await benchmark(server, { ...search, clients: 1 }, PROBE);
    latencies.push(`${name} ${medianMs.toFixed(3)} ms`);
  }
  console.log(`a search by one client, median: ${latencies.join(", ")} (at most 1 ms)`);
}
