/**
 * Streams, beside redis-server in the same run and at the same durability: adding, reading from the middle of a large
 * stream, working through one in a group, and what an entry takes, on the disk here and in memory there.
 */

import { format, latin1, type RespClient } from "../tests/harness/resp_client.ts";
import type { TestServer } from "../tests/harness/servers.ts";
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
  VALUE_BYTES,
  verdict,
} from "./harness.ts";
import { benchmarkCommand } from "./redis_benchmark.ts";

const USAGE = `
deno run -A bench/streams.ts [options]

  --entries N    entries of the large stream (1000000)
  --seconds N    about how long a run takes (3)
  --rounds N     counted rounds (3)
  --consumers N  consumers of the group (10)
  --fsync WORD   appendfsync of both (everysec)
`;

const LOAD_BATCH = 2000;
/** Entries that a consumer is given and acknowledges at a time. */
const GIVEN = 10;
/** Requests of the run that finds the pace. */
const PROBE = 5000;

const options = readOptions(USAGE, {
  entries: "1000000",
  seconds: "3",
  rounds: "3",
  consumers: "10",
  fsync: "everysec",
});
const entries = toNumber("entries", options.entries, 1000);
const seconds = toNumber("seconds", options.seconds, 0.1);
const rounds = toNumber("rounds", options.rounds);
const consumers = toNumber("consumers", options.consumers);

const value = "x".repeat(VALUE_BYTES);

/** What is measured: a command of redis-benchmark, and the least ratio and the one aimed at. */
const WORKLOADS: readonly {
  name: string;
  command: readonly string[];
  pipeline: number;
  floor: number;
  aim: number;
}[] = [
  {
    name: "XADD, 50 clients",
    command: ["XADD", "added", "*", "field", value],
    pipeline: 1,
    floor: 0.5,
    aim: 0.8,
  },
  {
    name: "XADD, pipeline 16",
    command: ["XADD", "added", "*", "field", value],
    pipeline: 16,
    floor: 0.25,
    aim: 0.5,
  },
  {
    name: "XRANGE of 100 from the middle",
    command: ["XRANGE", "large", `${Math.floor(entries / 2)}-0`, "+", "COUNT", "100"],
    pipeline: 1,
    floor: 0.5,
    aim: 1,
  },
  { name: "XLEN", command: ["XLEN", "large"], pipeline: 1, floor: 0.5, aim: 1 },
];

interface Side {
  readonly name: ServerName;
  readonly server: TestServer;
  readonly client: RespClient;
  readonly bytesPerEntry: number;
}

/** Bytes that tell how large a stream is: of the database here, of the key's memory there. */
async function sizeOf(name: ServerName, client: RespClient): Promise<number> {
  const command = name === "redis"
    ? ["MEMORY", "USAGE", "large", "SAMPLES", "0"]
    : ["SQL", "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"];
  const text = format(await client.send(...command));
  return Number(/(\d+)[^\d]*$/.exec(text)?.[1] ?? 0);
}

async function begin(stack: AsyncDisposableStack, name: ServerName): Promise<Side> {
  const appendfsync = options.fsync as "always" | "everysec" | "no";
  const server = await launch(stack, name, { appendfsync });
  const client = stack.use(await server.connect({ timeoutMs: 600_000 }));
  progress(`loading ${name}`);
  const before = name === "redis" ? 0 : await sizeOf(name, client);
  for (let i = 0; i < entries; i += LOAD_BATCH) {
    const count = Math.min(LOAD_BATCH, entries - i);
    await sendAll(
      client,
      Array.from({ length: count }, (_, j) => ["XADD", "large", `${i + j + 1}-0`, "field", value]),
    );
  }
  const size = await sizeOf(name, client);
  return { name, server, client, bytesPerEntry: (size - before) / entries };
}

/** Entries a second that consumers are given and acknowledge. */
async function consume({ server, client }: Side, count: number): Promise<number> {
  await sendAll(client, [["DEL", "jobs"], ["XGROUP", "CREATE", "jobs", "group", "0", "MKSTREAM"]]);
  for (let i = 0; i < count; i += LOAD_BATCH) {
    const batch = Array.from({ length: LOAD_BATCH }, () => ["XADD", "jobs", "*", "field", value]);
    await sendAll(client, batch);
  }
  const clients = await Promise.all(Array.from({ length: consumers }, () => server.connect()));
  const began = performance.now();
  const given = await Promise.all(clients.map(workThrough));
  const ms = performance.now() - began;
  for (const client of clients) await client[Symbol.asyncDispose]();
  return given.reduce((sum, of) => sum + of, 0) / ms * 1000;
}

async function workThrough(client: RespClient, number: number): Promise<number> {
  const read = `XREADGROUP GROUP group c${number} COUNT ${GIVEN} STREAMS jobs >`.split(" ");
  let done = 0;
  for (;;) {
    const reply = await client.send(...read);
    if (reply.type !== "array") return done;
    const [stream] = reply.items;
    const found = stream?.type === "array" ? stream.items[1] : undefined;
    if (found?.type !== "array") throw new Error(format(reply));
    const ids = found.items.map((entry) =>
      entry.type === "array" && entry.items[0]?.type === "bulk" ? latin1(entry.items[0].value) : ""
    );
    await client.send("XACK", "jobs", "group", ...ids);
    done += ids.length;
  }
}

await using stack = new AsyncDisposableStack();
const sides = [await begin(stack, "redlite"), await begin(stack, "redis")];
const rows: string[][] = [];

/** Measures both in turn and adds a row. */
async function compare(
  name: string,
  floor: number,
  aim: number,
  measure: (side: Side) => Promise<number>,
): Promise<void> {
  progress(name);
  const [ours = 0, theirs = 0] = (await byTurns(sides, rounds, measure)).map(median);
  const ratio = ours / theirs;
  rows.push([name, rate(ours), rate(theirs), decimals(ratio), verdict(ratio, floor, aim)]);
}

for (const workload of WORKLOADS) {
  const paces = new Map<ServerName, number>();
  for (const { name, server } of sides) {
    const probe = await benchmarkCommand(server, workload, PROBE * workload.pipeline);
    paces.set(name, probe.opsPerSecond);
  }
  await compare(workload.name, workload.floor, workload.aim, async ({ name, server }) => {
    const requests = Math.max(1000, Math.round((paces.get(name) ?? 0) * seconds));
    return (await benchmarkCommand(server, workload, requests)).opsPerSecond;
  });
}
await compare(
  `XREADGROUP and XACK, ${consumers} consumers`,
  0.4,
  0.8,
  (side) => consume(side, Math.round(10_000 * seconds)),
);

console.log(`${entries} entries of one field, ${VALUE_BYTES} bytes; appendfsync ${options.fsync}`);
printTable(["a second", "redlite", "redis", "ratio", ""], rows);
const [ours = 0, theirs = 0] = sides.map(({ bytesPerEntry }) => bytesPerEntry);
console.log(
  `bytes an entry: ${decimals(ours)} on the disk, ${decimals(theirs)} in Redis's memory ` +
    `(ratio ${decimals(ours / theirs)})`,
);
