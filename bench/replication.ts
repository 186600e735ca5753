/**
 * Replication, beside redis-server's in the same run: what a connected replica costs a master under
 * pipelined SETs, how far the replica is behind at their end, and how long a full synchronisation takes.
 */

import type { RespClient } from "../tests/harness/resp_client.ts";
import type { TestServer } from "../tests/harness/servers.ts";
import { caughtUp, fields, until } from "../tests/server/replication/content.ts";
import {
  byTurns,
  decimals,
  launch,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  sendAll,
  type ServerName,
  toNumber,
} from "./harness.ts";
import { benchmark } from "./redis_benchmark.ts";

const USAGE = `
deno run -A bench/replication.ts [options]

  --keys N      keys that a full synchronisation brings (1000000)
  --requests N  SETs of a run, of 300,000 random keys (200000)
  --rounds N    counted rounds of them (3)
`;

const options = readOptions(USAGE, { keys: "1000000", requests: "200000", rounds: "3" });
const keys = toNumber("keys", options.keys);
const requests = toNumber("requests", options.requests);
const rounds = toNumber("rounds", options.rounds);

const RANDOM_KEYS = 300_000;
const PIPELINE = 16;
const PATIENCE_MS = 170_000;

const LONG = { resp: 2, timeoutMs: PATIENCE_MS } as const;
const titleOf = (name: ServerName): string => name === "redis" ? "redis-server" : "Redlite";

await using stack = new AsyncDisposableStack();

/** Starts a server that syncs its disk once a second. */
function start(name: ServerName): Promise<TestServer> {
  return launch(stack, name, {
    appendfsync: "everysec",
    args: name === "redis" ? ["--repl-diskless-sync-delay", "0", "--save", ""] : [],
  });
}

/** Lets a server follow another. @returns The seconds until it has all data. */
async function follow(replica: RespClient, master: TestServer): Promise<number> {
  const startedAt = performance.now();
  await sendAll(replica, [["REPLICAOF", "127.0.0.1", String(master.port)]]);
  await until(
    async () => (await fields(replica)).get("master_link_status") === "up",
    "the replica has all data",
  );
  return (performance.now() - startedAt) / 1000;
}

// ---------------------------------------------------------------------------------------------- under load

/** A master, and who follows it, if anybody does. */
interface Side {
  readonly name: ServerName;
  readonly follower: ServerName | undefined;
  readonly server: TestServer;
  readonly master: RespClient;
  readonly replica: RespClient | undefined;
}

async function side(name: ServerName, follower?: ServerName): Promise<Side> {
  const server = await start(name);
  const master = stack.use(await server.connect(LONG));
  if (follower === undefined) return { name, follower, server, master, replica: undefined };
  const replica = stack.use(await (await start(follower)).connect(LONG));
  await follow(replica, server);
  return { name, follower, server, master, replica };
}

progress("starting servers");
const sides = [
  await side("redlite"),
  await side("redlite", "redlite"),
  await side("redlite", "redis"),
  await side("redis"),
  await side("redis", "redis"),
];

const load = { command: "set", pipeline: PIPELINE, keys: RANDOM_KEYS };
const measured = await byTurns(sides, rounds, async ({ server, master, replica }) => {
  const startedAt = performance.now();
  const { opsPerSecond } = await benchmark(server, load, requests);
  const endedAt = performance.now();
  if (replica !== undefined) await caughtUp(replica, master);
  const behind = (performance.now() - endedAt) / 1000;
  return { opsPerSecond, behind, applied: requests / ((performance.now() - startedAt) / 1000) };
});

const alone = new Map<ServerName, number>();
const rows = sides.map(({ name, follower }, i) => {
  const results = measured[i] ?? [];
  const ops = median(results.map(({ opsPerSecond }) => opsPerSecond));
  if (follower === undefined) alone.set(name, ops);
  return [
    follower === undefined
      ? `${titleOf(name)} alone`
      : `${titleOf(name)}, followed by ${titleOf(follower)}`,
    rate(ops),
    follower === undefined ? "" : decimals(ops / (alone.get(name) ?? NaN)),
    follower === undefined ? "" : decimals(median(results.map(({ behind }) => behind))),
    follower === undefined ? "" : rate(median(results.map(({ applied }) => applied))),
  ];
});
console.log(`\nSET, pipeline ${PIPELINE}, medians of ${rounds} runs of ${rate(requests)}:`);
printTable(
  ["master", "SETs a second", "of those alone", "s behind at the end", "applied a second"],
  rows,
);

// ---------------------------------------------------------------------------------------------- all data

progress(`filling masters with ${rate(keys)} keys`);
const masters = new Map<ServerName, TestServer>();
for (const name of ["redlite", "redis"] as const) {
  const server = await start(name);
  const client = stack.use(await server.connect(LONG));
  await sendAll(client, [["DEBUG", "POPULATE", String(keys), "key", "64"]]);
  masters.set(name, server);
}

const PAIRS = [
  ["redis", "redis"],
  ["redlite", "redis"],
  ["redis", "redlite"],
  ["redlite", "redlite"],
] as const;
const seconds: number[] = [];
for (const [from, to] of PAIRS) {
  progress(`${titleOf(to)} gets all data of ${titleOf(from)}`);
  await using pair = new AsyncDisposableStack();
  const replica = pair.use(await (await start(to)).connect(LONG));
  seconds.push(await follow(replica, masters.get(from)!));
  await sendAll(replica, [["REPLICAOF", "NO", "ONE"]]);
}
console.log(`\nA full synchronisation of ${rate(keys)} keys of 64 bytes:`);
printTable(
  ["master and replica", "seconds", "keys a second", "of redis-server's"],
  PAIRS.map(([from, to], i) => [
    `${titleOf(from)} to ${titleOf(to)}`,
    decimals(seconds[i]!),
    rate(keys / seconds[i]!),
    decimals(seconds[0]! / seconds[i]!),
  ]),
);
