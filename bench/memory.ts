/** The memory of Redlite's server and of redis-server with many small keys, and the size of Redlite's files. */

import { redisStandsIn, type TestServer } from "../tests/harness/servers.ts";
import {
  launch,
  loadKeys,
  mebibytes,
  printTable,
  processMemory,
  progress,
  rate,
  readOptions,
  type ServerName,
  toNumber,
  VALUE_BYTES,
  verdict,
} from "./harness.ts";
import { benchmark } from "./redis_benchmark.ts";

const USAGE = `
deno run -A bench/memory.ts [options]

  --keys N     keys to load (1000000)
  --cache MB   Redlite's page cache (64)
  --reads N    random GETs after loading, by redis-benchmark (300000)
`;

/** Redlite's resident memory in MB that is acceptable, and the one aimed at. */
const FLOOR_MB = 250;
const AIM_MB = 150;

/** Sizes in MiB of the files a server has written, by the end of the name. */
async function fileSizes(server: TestServer): Promise<string[]> {
  const size = async (suffix: string) => {
    if (server.databaseFile === undefined) return "";
    try {
      return mebibytes((await Deno.stat(server.databaseFile + suffix)).size);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "none";
      throw error;
    }
  };
  return [await size(""), await size("-wal")];
}

/** One line of the result. */
async function line(name: string, when: string, server: TestServer): Promise<string[]> {
  const memory = await processMemory(server.pid);
  return [
    name,
    when,
    ...[memory.rss, memory.peak, memory.anonymous, memory.mapped].map(mebibytes),
    ...await fileSizes(server),
  ];
}

async function main(): Promise<void> {
  const options = readOptions(USAGE, { keys: "1000000", cache: "64", reads: "300000" });
  const keys = toNumber("keys", options.keys);
  const cache = toNumber("cache", options.cache);
  const reads = toNumber("reads", options.reads);
  const lines: string[][] = [];
  const loaded: Partial<Record<ServerName, number>> = {};
  for (const name of ["redlite", "redis"] as const) {
    await using stack = new AsyncDisposableStack();
    const isRedlite = name === "redlite" && !redisStandsIn;
    const server = await launch(stack, name, {
      args: isRedlite ? ["--cache", String(cache)] : [],
      appendfsync: isRedlite ? "everysec" : undefined,
    });
    lines.push(await line(name, "started", server));
    progress(`${name}: loading ${rate(keys)} keys`);
    await loadKeys(server, keys);
    lines.push(await line(name, "loaded", server));
    progress(`${name}: ${rate(reads)} random GETs`);
    await benchmark(server, { command: "get", pipeline: 1, keys }, reads);
    lines.push(await line(name, "read", server));
    loaded[name] = (await processMemory(server.pid)).rss;
  }
  console.log(`${rate(keys)} keys, ${VALUE_BYTES}-byte values, --cache ${cache}; sizes in MiB`);
  if (redisStandsIn) console.log("redis-server stands in for Redlite");
  printTable(
    ["server", "after", "VmRSS", "VmHWM", "RssAnon", "RssFile", "db", "wal"],
    lines,
  );
  const { redlite = 0, redis = 0 } = loaded;
  const megabytes = redlite / 1e6;
  console.log(
    `redlite after reading: ${megabytes.toFixed(0)} MB, floor ${FLOOR_MB}, aim ${AIM_MB}: ` +
      `${verdict(-megabytes, -FLOOR_MB, -AIM_MB)}; ${(redlite / redis).toFixed(2)} of redis`,
  );
}

if (import.meta.main) await main();
