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
import {
  startOracle,
  startRedlite,
  temporaryDirectory,
  type TestServer,
} from "../tests/harness/servers.ts";
import {
  decimals,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  threadTimes,
  toNumber,
} from "./harness.ts";

const USAGE = `
deno run -A bench/vectors.ts [options]

  --vectors N   vectors of the set (10000)
  --dim N       numbers of a vector (384)
  --clusters N  clusters they are in (a hundredth of the vectors)
  --noise X     how far they are spread, 1 for as far as the clusters are from each other (1)
  --queries N   searches of each kind (100)
  --quant WORD  Q8, NOQUANT or BIN (Q8)
  --ef N        EF of the searches (100)
  --memory N    vec.memory, in megabytes (128)
  --directory D where the file is kept, to be searched again by the next run without adding anything
  --alone       without Redis
  --growth      without Redis, and measured at 1000 vectors, 3000, 10000, ... up to --vectors
`;

/** Commands in one write while loading. */
const BATCH = 100;
/** Elements that a search is for. */
const COUNT = 10;
/** One in so many elements fulfils the filter. */
const ONE_IN = 100;
const KEY = "vectors";

const options = readOptions(USAGE, {
  vectors: "10000",
  dim: "384",
  clusters: "",
  noise: "1",
  queries: "100",
  quant: "Q8",
  ef: "100",
  memory: "128",
  directory: "",
  alone: false,
  growth: false,
});
const vectors = toNumber("vectors", options.vectors);
const dim = toNumber("dim", options.dim);
const queries = toNumber("queries", options.queries);
const clusters = toNumber("clusters", options.clusters || String(Math.ceil(vectors / 100)));
const noise = toNumber("noise", options.noise, 0);

/** Numbers from 0 to 1 that are the same in every run. */
let state = 1;
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

function vector(): Uint8Array {
  const center = centers[Math.floor(random() * clusters)]!;
  return new Uint8Array(center.map((value) => value + noise * normal()).buffer);
}

const all = Array.from({ length: vectors }, vector);
const asked = Array.from({ length: queries }, vector);

interface Figures {
  readonly added: number;
  readonly search: number;
  readonly slow: number;
  readonly recall: number;
  readonly filtered: number;
  readonly filteredRecall: number;
  readonly truth: number;
  readonly memory: number;
}

/** Adds the vectors from one on, up to another. @returns How many a second. */
async function load(client: RespClient, from = 0, to = vectors): Promise<number> {
  const begun = performance.now();
  for (let i = from; i < to; i += BATCH) {
    await client.pipeline(
      all.slice(i, Math.min(i + BATCH, to)).map((blob, j) => [
        ...["VADD", KEY, "FP32"],
        blob,
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

async function search(client: RespClient, ...more: Argument[]) {
  const times: number[] = [], found: string[][] = [];
  for (const blob of asked) {
    const begun = performance.now();
    const reply = await client.send("VSIM", KEY, "FP32", blob, "COUNT", String(COUNT), ...more);
    times.push(performance.now() - begun);
    found.push(elements(reply));
  }
  return { times, found };
}

/** The share of what there is to find that was found. */
function recall(found: readonly string[][], truth: readonly string[][]): number {
  let hits = 0, there = 0;
  for (const [i, wanted] of truth.entries()) {
    there += wanted.length;
    hits += wanted.filter((element) => found[i]!.includes(element)).length;
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

/** CPU time over a while below which a server does nothing in the background, both in milliseconds. */
const IDLE = { cpu: 50, over: 300 };

/** Waits until a server has read what searches were for. */
async function settled({ pid }: TestServer): Promise<void> {
  const used = async () => {
    let sum = 0;
    for (const { ms } of (await threadTimes(pid)).values()) sum += ms;
    return sum;
  };
  for (let before = await used(), now = Infinity;; before = now) {
    await new Promise((done) => setTimeout(done, IDLE.over));
    now = await used();
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
  const plain = await search(client, ...ef);
  await search(client, ...ef, ...filter);
  await settled(server);
  const filtered = await search(client, ...ef, ...filter);
  const memory = await memoryOf(server);
  const truth = await search(client, "TRUTH");
  const filteredTruth = await search(client, "TRUTH", ...filter, "FILTER-EF", String(to));
  return {
    added,
    search: median(plain.times),
    slow: plain.times.sort((a, b) => a - b)[Math.floor(queries * 0.99)]!,
    recall: recall(plain.found, truth.found),
    filtered: median(filtered.times),
    filteredRecall: recall(filtered.found, filteredTruth.found),
    truth: median(truth.times),
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
    figures.recall.toFixed(3),
    `${decimals(figures.filtered)} ms`,
    figures.filteredRecall.toFixed(3),
    `${decimals(figures.truth)} ms`,
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
  "recall",
  "1 % filtered",
  "recall",
  "TRUTH",
  "memory",
];

const args = ["--ext", "vec", "--vec.memory", options.memory];
const start = (directory: string) => startRedlite({ directory, appendfsync: "everysec", args });

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
  for (
    let to = 1000, third = true;
    from < vectors;
    to = third ? to * 3 : to / 3 * 10, third = !third
  ) {
    const size = Math.min(to, vectors);
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
    row("redis 8", await measure(redis));
  }
  printTable(HEADING, rows);
}

await using stack = new AsyncDisposableStack();
const directory = options.directory || stack.use(await temporaryDirectory()).path;
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
