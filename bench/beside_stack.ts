/**
 * Redlite and Redis Stack at the same durability, each with the same data, under loads by turns.
 *
 * @module
 */

import type { RespClient } from "../tests/harness/resp_client.ts";
import { startOracle, startRedlite, type TestServer } from "../tests/harness/servers.ts";
import { byTurns, directoryOnDisk, guard, median } from "./harness.ts";
import { benchmarkCommand, type CommandLoad } from "./redis_benchmark.ts";

/** One of the two. */
export interface Side {
  readonly server: TestServer;
  readonly client: RespClient;
  readonly directory: string;
}

/** How they are started. */
export interface SidesOptions {
  /** `appendfsync` of both. */
  readonly fsync: string;
  /** Further arguments of Redlite. */
  readonly args?: string[];
  /** Gives each the data that it has at the beginning. */
  readonly fill: (client: RespClient) => Promise<void>;
}

/** Starts both: Redlite, then Redis Stack. */
export async function startSides(
  stack: AsyncDisposableStack,
  { fsync, args = [], fill }: SidesOptions,
): Promise<readonly [Side, Side]> {
  const appendfsync = fsync as "always" | "everysec" | "no";
  const begin = async (start: (directory: string) => Promise<TestServer>): Promise<Side> => {
    const directory = await directoryOnDisk(stack);
    const server = stack.use(await start(directory));
    guard(stack, server.pid, directory);
    const client = stack.use(await server.connect({ timeoutMs: 120_000 }));
    await fill(client);
    return { server, client, directory };
  };
  return [
    await begin((directory) => startRedlite({ directory, appendfsync, args })),
    await begin((directory) => startOracle("redis-stack", { directory, appendfsync })),
  ];
}

/** How long a load is run. */
export interface LoadOptions {
  /** Counted rounds. */
  readonly rounds: number;
  /** About how long a round of one takes. */
  readonly seconds: number;
  /** Requests of the run that finds the pace. */
  readonly probe: number;
  /** Requests of a round, at least. */
  readonly least: number;
}

/** Commands a second of both, the medians of the rounds. */
export async function ratesOf(
  sides: readonly [Side, Side],
  load: CommandLoad,
  { rounds, seconds, probe, least }: LoadOptions,
): Promise<[ours: number, theirs: number]> {
  const [ours = [], theirs = []] = await byTurns([...sides], rounds, async ({ server }) => {
    const pace = await benchmarkCommand(server, load, probe);
    const requests = Math.max(least, Math.round(pace.opsPerSecond * seconds));
    return (await benchmarkCommand(server, load, requests)).opsPerSecond;
  });
  return [median(ours), median(theirs)];
}
