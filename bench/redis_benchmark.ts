/**
 * Runs of redis-benchmark, and servers under its loads that take turns.
 *
 * @module
 */

import type { TestServer } from "../tests/harness/servers.ts";
import { run, type ServerName, settleDisk, VALUE_BYTES } from "./harness.ts";

/** Connections redis-benchmark opens, its default. */
const CLIENTS = 50;

/** How redis-benchmark sends what it sends. */
export interface Sending {
  /** Connections; its default is 50. */
  clients?: number;
  /** Requests a connection sends before it reads the replies. */
  pipeline?: number;
  /** Keys, or what else `__rand_int__` stands for, to choose from at random; or `undefined` for one only. */
  keys?: number | undefined;
}

/** What redis-benchmark is to do. */
export interface Workload extends Sending {
  /** One of the tests of its `-t`. */
  command: string;
  /** A test that fills what this one empties; it runs before, as often, and is not counted. */
  filledBy?: string | undefined;
  pipeline: number;
}

/** A command that redis-benchmark is to send. */
export interface CommandLoad extends Sending {
  /** Its words, with `__rand_int__` for numbers at random. */
  command: readonly string[];
}

/** One run of redis-benchmark. */
export interface Measurement {
  opsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * Runs one of the tests of redis-benchmark for so many requests.
 *
 * @throws {Error} if it fails, as it does on the first error reply
 */
export async function benchmark(
  server: { port: number },
  workload: Workload,
  requests: number,
): Promise<Measurement> {
  const args = ["-t", workload.command, "-d", String(VALUE_BYTES)];
  return await runBenchmark(server, workload, requests, args);
}

/**
 * Has redis-benchmark send a command so many times.
 *
 * @throws {Error} if it fails, as it does on the first error reply
 */
export async function benchmarkCommand(
  server: { readonly port: number },
  load: CommandLoad,
  requests: number,
): Promise<Measurement> {
  return await runBenchmark(server, load, requests, load.command);
}

/** @param words What it sends, which comes last. */
async function runBenchmark(
  { port }: { readonly port: number },
  { clients = CLIENTS, pipeline = 1, keys }: Sending,
  requests: number,
  words: readonly string[],
): Promise<Measurement> {
  const args = ["-h", "127.0.0.1", "-p", String(port), "--csv", "-c", String(clients)];
  args.push("-n", String(requests), "-P", String(pipeline));
  if (keys !== undefined) args.push("-r", String(keys));
  args.push(...words);
  const output = await run("redis-benchmark", args);
  // The command may have quotes and commas; seven numbers follow it.
  const cells = output.trim().split("\n").at(-1)?.split(",").slice(-7) ?? [];
  const [opsPerSecond = NaN, , , p50Ms = NaN, , p99Ms = NaN] = cells
    .map((cell) => Number(cell.replaceAll('"', "")));
  if (!(opsPerSecond > 0 && p50Ms >= 0 && p99Ms >= 0)) {
    throw new Error(`redis-benchmark ${args.join(" ")} printed ${output}`);
  }
  return { opsPerSecond, p50Ms, p99Ms };
}

/** A server under a workload that knows its pace, so that each run takes the seconds asked for. */
export class Subject {
  readonly name: ServerName;
  readonly runs: Measurement[] = [];
  readonly server: TestServer;
  #workload: Workload;
  #seconds: number;
  #opsPerSecond = 0;

  constructor(name: ServerName, server: TestServer, workload: Workload, seconds: number) {
    this.name = name;
    this.server = server;
    this.#workload = workload;
    this.#seconds = seconds;
  }

  /** Finds the pace and then runs once as a measurement would, keeping no figures. */
  async warmUp(): Promise<void> {
    const probe = await benchmark(this.server, this.#workload, 10_000 * this.#workload.pipeline);
    this.#opsPerSecond = probe.opsPerSecond;
    await this.#run();
  }

  /** Runs once and keeps the figures. */
  async measure(): Promise<Measurement> {
    await settleDisk(this.server.directory);
    const run = await this.#run();
    this.runs.push(run);
    return run;
  }

  async #run(): Promise<Measurement> {
    const requests = Math.max(1000, Math.round(this.#opsPerSecond * this.#seconds));
    const { filledBy } = this.#workload;
    if (filledBy !== undefined) {
      await benchmark(
        this.server,
        { ...this.#workload, command: filledBy, pipeline: 16 },
        requests,
      );
    }
    const run = await benchmark(this.server, this.#workload, requests);
    this.#opsPerSecond = run.opsPerSecond;
    return run;
  }
}
