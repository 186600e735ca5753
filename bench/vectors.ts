/**
 * Vector sets, beside Redis 8 in the same run: adding, searching with and without a filter, what is found of what
 * there is, and what it all takes in memory and on the disk. The vectors are clusters with noise around them.
 */

import {
  type Argument,
  latin1,
  type Reply,
  type RespClient,
} from "../tests/harness/resp_client.ts";
import { noOracle } from "../tests/harness/lacking.ts";
import { startOracle, startRedlite, type TestServer } from "../tests/harness/servers.ts";
import {
  cpuTime,
  decimals,
  directoryOnDisk,
  guard,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  toNumber,
} from "./harness.ts";

const USAGE = `
deno run -A bench/vectors.ts [options]

  --vectors N   vectors of the set (10000; with --growth 1000000)
  --dim N       numbers of a vector (384; with --growth 128)
  --clusters N  clusters they are in (a hundredth of the vectors)
  --noise X     how far they are spread, 1 for as far as the clusters are from each other (1)
  --queries N   searches of each kind (100)
  --quant WORD  Q8, NOQUANT or BIN (Q8)
  --ef N        EF of the searches (100)
  --memory N    vec.memory, in megabytes (96)
  --directory D where the file is kept, to be searched again by the next run without adding anything
  --alone       without Redis
  --growth      without Redis, and measured at 10000 vectors, 100000, 300000, ... up to --vectors
`;

/** Commands in one write while loading. */
const BATCH = 100;
/** Elements that a search is for. */
const COUNT = 10;
/** One in so many elements fulfils the filter. */
const ONE_IN = 100;
const KEY = "vectors";
/** Where --growth measures. */
const SIZES = [10_000, 100_000, 300_000, 1_000_000, 3_000_000];
/** Milliseconds that the searches of a kind may take: there are fewer of them if those of one are slow. */
const SEARCHES_WITHIN = 15_000;
/** Milliseconds that a server may read in the background before figures are taken all the same. */
const SETTLED_WITHIN = 60_000;

const options = readOptions(USAGE, {
  vectors: "",
  dim: "",
  clusters: "",
  noise: "1",
  queries: "100",
  quant: "Q8",
  ef: "100",
  memory: "96",
  directory: "",
  alone: false,
  growth: false,
});
const vectors = toNumber("vectors", options.vectors || (options.growth ? "1000000" : "10000"));
const dim = toNumber("dim", options.dim || (options.growth ? "128" : "384"));
const queries = toNumber("queries", options.queries);
const clusters = toNumber("clusters", options.clusters || String(Math.ceil(vectors / 100)));
const noise = toNumber("noise", options.noise, 0);

let state = 1;

/** The next of numbers from 0 to 1 that are the same in every run. */
function random(): number {
  state = state + 0x6d2b79f5 >>> 0;
  let mixed = Math.imul(state ^ state >>> 15, state | 1);
  mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
  return ((mixed ^ mixed >>> 14) >>> 0) / 0x100000000;
}

/** A number of the normal distribution, nearly. */
const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);

const centers = Array.from(
  { length: clusters },
  () => Float32Array.from({ length: dim }, normal),
);

/** The vector of a number: that of an element from 0 on, of a query from -1 down. */
function vector(number: number): Uint8Array<ArrayBuffer> {
  state = Math.imul(number + 1, 0x9e3779b1) ^ 0x55555555;
  const center = centers[Math.floor(random() * clusters)]!;
  return new Uint8Array(center.map((value) => value + noise * normal()).buffer);
}

const asked = Array.from({ length: queries }, (_, i) => vector(-1 - i));

interface Figures {
  readonly added: number;
  readonly search: number;
  /** Milliseconds of CPU time that a search takes, which other work on the machine changes least. */
  readonly cpu: number;
  readonly slow: number;
  readonly recall: number;
  readonly filtered: number;
  readonly filteredRecall: number;
  readonly truth: number;
  /** The 99th percentile of GETs of another client, without searches and beside them. */
  readonly quiet: number;
  readonly beside: number;
  readonly memory: number;
}

/** Adds the vectors from one on, up to another. @returns How many a second. */
async function load(client: RespClient, from = 0, to = vectors): Promise<number> {
  const begun = performance.now();
  for (let i = from; i < to; i += BATCH) {
    await client.pipeline(
      Array.from({ length: Math.min(BATCH, to - i) }, (_, j) => [
        ...["VADD", KEY, "FP32"],
        vector(i + j),
        `element:${i + j}`,
        options.quant,
        "SETATTR",
        `{"n":${(i + j) % ONE_IN},"name":"element number ${i + j}"}`,
      ]),
    );
  }
  return (to - from) / (performance.now() - begun) * 1000;
}

const elements = (reply: Reply) =>
  reply.type === "array"
    ? reply.items.map((item) => item.type === "bulk" ? latin1(item.value) : "")
    : [];

/** Searches for all that is asked, or as much of it as there is time for. */
async function search(client: RespClient, ...more: Argument[]) {
  const times: number[] = [], found: string[][] = [];
  const started = performance.now();
  for (const blob of asked) {
    const begun = performance.now();
    if (begun - started > SEARCHES_WITHIN) break;
    const reply = await client.send("VSIM", KEY, "FP32", blob, "COUNT", String(COUNT), ...more);
    times.push(performance.now() - begun);
    found.push(elements(reply));
  }
  return { times, found };
}

const percentile = (times: readonly number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)]!;

/** Sends GETs, one after another, as long as something runs. @returns The 99th percentile of their times. */
async function getsDuring(server: TestServer, running: Promise<unknown>): Promise<number> {
  await using client = await server.connect();
  const times: number[] = [];
  let over = false;
  const ended = running.finally(() => over = true);
  while (!over) {
    const begun = performance.now();
    await client.send("GET", "beside");
    times.push(performance.now() - begun);
  }
  await ended;
  return percentile(times, 0.99);
}

/** The share of what there is to find that was found, of the searches whose truth is known. */
function recall(found: readonly string[][], truth: readonly string[][]): number {
  let hits = 0, there = 0;
  for (const [i, elements] of found.slice(0, truth.length).entries()) {
    const wanted = truth[i]!;
    there += wanted.length;
    hits += wanted.filter((element) => elements.includes(element)).length;
  }
  return hits / there;
}

async function memoryOf({ pid }: TestServer): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1024;
}

/** Whether a set is complete, as in a file that was kept. */
async function isThere(client: RespClient): Promise<boolean> {
  const length = await client.send("VCARD", KEY);
  return length.type === "integer" && Number(length.value) === vectors;
}

/** Milliseconds of GETs without anything beside. */
const QUIET = 500;

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** CPU time over a while below which a server does nothing in the background, both in milliseconds. */
const IDLE = { cpu: 50, over: 300 };

/** Waits until a server has read what searches were for. */
async function settled(server: TestServer): Promise<void> {
  const until = performance.now() + SETTLED_WITHIN;
  let now = Infinity;
  for (let before = await cpuTime(server); performance.now() < until; before = now) {
    await pause(IDLE.over);
    now = await cpuTime(server);
    if (now - before < IDLE.cpu) return;
  }
}

async function measure(server: TestServer, from = 0, to = vectors): Promise<Figures> {
  await using client = await server.connect({ timeoutMs: 600_000 });
  progress("adding");
  const added = await isThere(client) ? NaN : await load(client, from, to);
  progress("searching");
  const ef = ["EF", options.ef];
  const filter = ["FILTER", ".n == 7"];
  await search(client, ...ef);
  await settled(server);
  const used = await cpuTime(server);
  const plain = await search(client, ...ef);
  const cpu = (await cpuTime(server) - used) / plain.times.length;
  await search(client, ...ef, ...filter);
  await settled(server);
  const filtered = await search(client, ...ef, ...filter);
  const memory = await memoryOf(server);
  const quiet = await getsDuring(server, pause(QUIET));
  const beside = await getsDuring(server, search(client, ...ef));
  const truth = await search(client, "TRUTH");
  const filteredTruth = await search(client, "TRUTH", ...filter, "FILTER-EF", String(to));
  return {
    added,
    search: median(plain.times),
    cpu,
    slow: percentile(plain.times, 0.99),
    recall: recall(plain.found, truth.found),
    filtered: median(filtered.times),
    filteredRecall: recall(filtered.found, filteredTruth.found),
    truth: median(truth.times),
    quiet,
    beside,
    memory,
  };
}

const rows: string[][] = [];
function row(name: string, figures: Figures): void {
  rows.push([
    name,
    Number.isNaN(figures.added) ? "there" : rate(figures.added),
    `${decimals(figures.search)} ms`,
    `${decimals(figures.slow)} ms`,
    `${decimals(figures.cpu)} ms`,
    figures.recall.toFixed(3),
    `${decimals(figures.filtered)} ms`,
    figures.filteredRecall.toFixed(3),
    `${decimals(figures.truth)} ms`,
    `${decimals(figures.quiet)}, ${decimals(figures.beside)} ms`,
    `${Math.round(figures.memory)} MB`,
  ]);
  // Adding to Redis can take many times as long as everything before.
  progress(rows.at(-1)!.join("  "));
}

const HEADING = [
  "",
  "VADD/s",
  "VSIM",
  "p99",
  "CPU",
  "recall",
  "1 % filtered",
  "recall",
  "TRUTH",
  "GET p99, beside",
  "memory",
];

await using stack = new AsyncDisposableStack();
const args = ["--ext", "vec", "--vec.memory", options.memory];

async function start(directory: string): Promise<TestServer> {
  const server = await startRedlite({ directory, appendfsync: "everysec", args });
  // What is to be kept is not removed if the bench is killed, either.
  guard(stack, server.pid, options.directory === "" ? directory : "");
  return server;
}

/** Bytes of the file and its log. */
async function sizeOf(directory: string): Promise<number> {
  let bytes = 0;
  for await (const { name } of Deno.readDir(directory)) {
    if (name.startsWith("redlite.db")) bytes += (await Deno.stat(`${directory}/${name}`)).size;
  }
  return bytes;
}

async function growth(directory: string): Promise<void> {
  await using redlite = await start(directory);
  let from = 0;
  for (const size of [...SIZES.filter((size) => size < vectors), vectors]) {
    row(`${size}`, await measure(redlite, from, size));
    rows.at(-1)!.push(`${Math.round(await sizeOf(directory) / 1e6)} MB`);
    from = size;
  }
  printTable(["vectors", ...HEADING.slice(1), "disk"], rows);
}

async function beside(directory: string): Promise<void> {
  {
    await using redlite = await start(directory);
    row("redlite", await measure(redlite));
  }
  if (!options.alone && noOracle("redis-8") === undefined) {
    await using redis = await startOracle("redis-8");
    guard(stack, redis.pid, "");
    row("redis 8", await measure(redis));
  }
  printTable(HEADING, rows);
}

const directory = options.directory || await directoryOnDisk(stack);
await (options.growth ? growth(directory) : beside(directory));
const size = await sizeOf(directory);
await using again = await start(directory);
await using client = await again.connect({ timeoutMs: 60_000 });
const begun = performance.now();
await client.send("VSIM", KEY, "FP32", asked[0]!);
const first = performance.now() - begun;
const later = await search(client);
console.log(
  `\nfile ${Math.round(size / 1e6)} MB; opened again, the first search takes ${
    decimals(first)
  } ms, ` +
    `the next ${queries} ${decimals(median(later.times))} ms each`,
);
