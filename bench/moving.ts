/**
 * Moving data, beside redis-server in the same run: how fast files of Redis and its data by the network are imported,
 * and how fast a database is exported. Its peer is redis-server's own load of the same file.
 */

import type { RespClient } from "../tests/harness/resp_client.ts";
import type { TestServer } from "../tests/harness/servers.ts";
import {
  directoryOnDisk,
  launch,
  median,
  printTable,
  progress,
  rate,
  readOptions,
  sendAll,
  settleDisk,
  toNumber,
} from "./harness.ts";

const USAGE = `
deno run -A bench/moving.ts [options]

  --keys N     keys of the data set, strings (1000000)
  --bytes N    bytes of a value (64)
  --rounds N   counted rounds (3)
`;

const options = readOptions(USAGE, { keys: "1000000", bytes: "64", rounds: "3" });
const keys = toNumber("keys", options.keys);
const bytes = toNumber("bytes", options.bytes);
const rounds = toNumber("rounds", options.rounds);

/** What something took, in seconds: by the wall's clock, and of the processor's time. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Runs something that tells the processor's time that it took, in seconds. */
async function timed(work: () => Promise<number>): Promise<Cost> {
  const startedAt = performance.now();
  const cpu = await work();
  return { wall: (performance.now() - startedAt) / 1000, cpu };
}

/** Runs the program to its end. @returns The seconds that the processor was at it. */
async function redlite(...args: string[]): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      '"$@" >/dev/null && times',
      "bash",
      Deno.execPath(),
      "run",
      "-A",
      "server.ts",
      ...args,
    ],
    cwd: new URL("..", import.meta.url),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const [, children = ""] = new TextDecoder().decode(stdout).split("\n");
  let seconds = 0;
  for (const [, minutes, rest] of children.matchAll(/(\d+)m([\d.]+)s/g)) {
    seconds += 60 * Number(minutes) + Number(rest);
  }
  return seconds;
}

/** Has redis-server load its RDB file again. @returns The seconds that the processor was at it. */
async function reload(client: RespClient): Promise<number> {
  const before = await cpuOf(client);
  await sendAll(client, [["DEBUG", "RELOAD", "NOSAVE"]]);
  return await cpuOf(client) - before;
}

async function cpuOf(client: RespClient): Promise<number> {
  const info = await client.send("INFO", "cpu");
  const text = info.type === "bulk" ? new TextDecoder().decode(info.value) : "";
  const value = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(text)?.[1]);
  return value("used_cpu_user") + value("used_cpu_sys");
}

/** Fills redis-server and has it write both kinds of files. @returns Where they are. */
async function fill(redis: TestServer): Promise<{ readonly rdb: string; readonly aof: string }> {
  await using client = await redis.connect({ timeoutMs: 120_000 });
  await sendAll(client, [
    ["DEBUG", "POPULATE", String(keys), "key", String(bytes)],
    ["CONFIG", "SET", "aof-use-rdb-preamble", "no"],
    ["CONFIG", "SET", "appendonly", "yes"],
    ["SAVE"],
  ]);
  for (;;) {
    const info = await client.send("INFO", "persistence");
    if (
      info.type === "bulk" && /aof_rewrite_in_progress:0/.test(new TextDecoder().decode(info.value))
    ) {
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { rdb: `${redis.directory}/dump.rdb`, aof: `${redis.directory}/appendonlydir` };
}

await using stack = new AsyncDisposableStack();
const directory = await directoryOnDisk(stack);
progress(`filling redis-server with ${rate(keys)} strings of ${bytes} bytes`);
const redis = await launch(stack, "redis", {});
const { rdb, aof } = await fill(redis);
await using client = await redis.connect({ timeoutMs: 120_000 });

const costs = new Map<string, Cost[]>();
/** Runs a task once a round. */
async function measure(name: string, work: () => Promise<number>): Promise<void> {
  await settleDisk(directory);
  costs.set(name, [...costs.get(name) ?? [], await timed(work)]);
}

for (let round = 1; round <= rounds; round++) {
  progress(`round ${round} of ${rounds}`);
  const into = async (from: string) => {
    await Deno.remove(`${directory}/a.db`).catch(() => {});
    return await redlite("import", from, `${directory}/a.db`);
  };
  const out = (kind: string) =>
    redlite("export", `${directory}/a.db`, `--${kind}`, `${directory}/out`, "--replace");
  await measure("redis-server loads the RDB file", () => reload(client));
  await measure("import of the log", () => into(aof));
  await measure("import of the server", () => into(`redis://127.0.0.1:${redis.port}`));
  await measure("import of the RDB file", () => into(rdb));
  await measure("export as an RDB file", () => out("rdb"));
  await measure("export as a log", () => out("aof"));
  await measure("export as JSON", () => out("json"));
}

printTable(
  ["what", "seconds", "keys a second", "µs of the processor a key"],
  [...costs].map(([name, each]) => {
    const wall = median(each.map(({ wall }) => wall)), cpu = median(each.map(({ cpu }) => cpu));
    return [name, wall.toFixed(2), rate(keys / wall), (1e6 * cpu / keys).toFixed(1)];
  }),
);
