/**
 * What the benches share: servers that never outlive a bench, loading keys, statistics, tables. What runs
 * redis-benchmark is in redis_benchmark.ts.
 *
 * Every figure is a median over rounds in which the subjects take turns, since on a shared machine two runs of one
 * subject, minutes apart, differ by more than the subjects do.
 */

import { parseArgs } from "node:util";
import {
  type Command,
  format,
  fromLatin1,
  latin1,
  quote,
  type RespClient,
} from "../tests/harness/resp_client.ts";
import {
  type ServerOptions,
  startRedis,
  startRedlite,
  type TestServer,
} from "../tests/harness/servers.ts";

/** The size of a value, in every bench. */
export const VALUE_BYTES = 64;

/** Commands in one write while loading. */
const LOAD_BATCH = 1000;

/** No program may run longer; one that does means a server that hangs. */
const RUN_WITHIN_MS = 180_000;

// ---------------------------------------------------------------------------------------------- options

/** The options a bench takes with their defaults: a text, or `false` for one without a value. */
type Defaults = Record<string, string | false>;

/** The command line over the defaults; `--help` prints `usage` and ends. */
export function readOptions<Options extends Defaults>(
  usage: string,
  defaults: Options,
): { [Name in keyof Options]: Options[Name] extends string ? string : boolean } {
  const declared: Record<string, { type: "string" | "boolean" }> = { help: { type: "boolean" } };
  for (const [name, value] of Object.entries(defaults)) {
    declared[name] = { type: value === false ? "boolean" : "string" };
  }
  const { values } = parseArgs({ args: Deno.args, options: declared, strict: true });
  if (values["help"]) {
    console.log(usage.trim());
    Deno.exit(0);
  }
  return { ...defaults, ...values } as ReturnType<typeof readOptions<Options>>;
}

/**
 * An option's text as a number.
 *
 * @throws {Error} if it is none or below `min`
 */
export function toNumber(name: string, text: string, min = 1): number {
  const value = Number(text);
  if (text === "" || !(value >= min && Number.isFinite(value))) {
    throw new Error(`--${name} takes a number from ${min} up, not "${text}"`);
  }
  return value;
}

/** An option's text as further arguments. */
export function toWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

// ---------------------------------------------------------------------------------------------- statistics

/** The middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A median with its range, such as `65,120 (61,004–66,310)`. */
export function spread(values: readonly number[], show: (value: number) => string): string {
  return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

/** A rate as whole operations with thousands separators. */
export function rate(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A ratio or a latency with two decimals. */
export function decimals(value: number): string {
  return value.toFixed(2);
}

/** Whether a value, the higher the better, reaches its floor and its aim; a cost is judged negated. */
export function verdict(value: number, floor: number, aim: number): string {
  if (value >= aim) return "aim met";
  return value >= floor ? "ok" : "BELOW FLOOR";
}

/** Uniform integers in `[0, bound)` from a seed (xorshift32), the same ones every time. */
export function randomIntegers(seed: number): (bound: number) => number {
  let state = (seed >>> 0) || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor((state >>> 0) / 2 ** 32 * bound);
  };
}

/** The subjects in the order of a round: every other round goes backwards, so that none always follows the same. */
export function inTurn<Subject>(subjects: readonly Subject[], round: number): Subject[] {
  return round % 2 === 0 ? [...subjects] : subjects.toReversed();
}

/**
 * Measures each side once a round, on a disk that has settled.
 *
 * @returns For each side its rounds' results.
 */
export async function byTurns<Side extends { readonly server: TestServer }, Result>(
  sides: readonly Side[],
  rounds: number,
  measure: (side: Side) => Promise<Result>,
): Promise<Result[][]> {
  const results = new Map<Side, Result[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of inTurn(sides, round)) {
      await settleDisk(side.server.directory);
      results.get(side)?.push(await measure(side));
    }
  }
  return [...results.values()];
}

// ---------------------------------------------------------------------------------------------- tables

/** Prints rows under a heading: the first column to the left, the others to the right. */
export function printTable(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const print = (line: readonly string[]) =>
    console.log(
      line.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
      ).join("  ").trimEnd(),
    );
  print(heading);
  print(widths.map((width) => "-".repeat(width)));
  rows.forEach(print);
}

/** Writes what the bench does now to standard error, so that standard output holds the results only. */
export function progress(text: string): void {
  console.error(`# ${text}`);
}

// ---------------------------------------------------------------------------------------------- directories, guards

/**
 * A temporary directory on a real disk (under TMPDIR), removed when the stack is disposed.
 *
 * @throws {Error} if it is in memory, where syncing costs nothing and so nothing measured would be true
 */
export async function directoryOnDisk(stack: AsyncDisposableStack): Promise<string> {
  const path = await Deno.makeTempDir({ prefix: "redlite-bench-" });
  stack.defer(() => Deno.remove(path, { recursive: true }));
  const kind = (await run("stat", ["-f", "-c", "%T", path])).trim();
  if (["tmpfs", "ramfs"].includes(kind)) {
    throw new Error(`${path} is in memory (${kind}); set TMPDIR to a directory on a disk`);
  }
  return path;
}

/** Waits until what was written in this file system is on disk, so that no subject pays for another. */
export async function settleDisk(directory: string): Promise<void> {
  await run("sync", ["-f", directory]);
}

/** Ends a process and removes a directory as soon as its standard input ends without a line. */
const GUARD = `trap "" INT TERM HUP
read -r line && exit
kill "$1"
for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" || break; sleep 0.5; done
kill -9 "$1"
rm -rf "$2"`;

/** Makes sure that the process and the directory are gone after the bench, were it killed with SIGKILL. */
export function guard(stack: AsyncDisposableStack, pid: number, directory: string): void {
  const child = new Deno.Command("sh", {
    args: ["-c", GUARD, "sh", String(pid), directory],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  stack.defer(async () => {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("done\n"));
    await writer.close();
    await child.status;
  });
}

/** The two servers compared. */
export type ServerName = "redlite" | "redis";

/** Starts a server that ends with the stack, or with the bench, however that ends. */
export async function launch(
  stack: AsyncDisposableStack,
  name: ServerName,
  options: Omit<ServerOptions, "directory">,
): Promise<TestServer> {
  const directory = await directoryOnDisk(stack);
  const start = name === "redis" ? startRedis : startRedlite;
  const server = stack.use(await start({ ...options, directory }));
  guard(stack, server.pid, directory);
  return server;
}

// ---------------------------------------------------------------------------------------------- load

/** Sends commands together. @throws {Error} if one of them is answered with an error */
export async function sendAll(client: RespClient, commands: readonly Command[]): Promise<void> {
  for (const reply of await client.pipeline(commands)) {
    if (reply.type === "error") throw new Error(format(reply));
  }
}

/** The name redis-benchmark gives its key number `index`. */
export function keyName(index: number): string {
  return `key:${String(index).padStart(12, "0")}`;
}

/** The one key redis-benchmark uses without `-r`. */
export const SINGLE_KEY = "key:__rand_int__";

/**
 * Sets so many keys, all that `redis-benchmark -r keys` can name, and `SINGLE_KEY`.
 *
 * @throws {Error} if a reply is not OK
 */
export async function loadKeys(
  server: Pick<TestServer, "connect">,
  keys: number,
): Promise<void> {
  await using client = await server.connect({ timeoutMs: 60_000 });
  const value = "x".repeat(VALUE_BYTES);
  const set = (key: string) =>
    `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
  const load = async (names: string[]) => {
    const expected = "+OK\r\n".repeat(names.length);
    const [replies] = await Promise.all([
      client.readRaw(expected.length),
      client.raw(fromLatin1(names.map(set).join(""))),
    ]);
    if (latin1(replies) !== expected) {
      throw new Error(`loading keys was answered ${quote(replies.subarray(0, 200))}`);
    }
  };
  await load([SINGLE_KEY]);
  for (let start = 0; start < keys; start += LOAD_BATCH) {
    const count = Math.min(LOAD_BATCH, keys - start);
    await load(Array.from({ length: count }, (_, offset) => keyName(start + offset)));
  }
  const last = await client.send("GET", keyName(keys - 1));
  if (last.type !== "bulk" || last.value.length !== VALUE_BYTES) {
    throw new Error(`the last of ${keys} loaded keys reads as ${JSON.stringify(last)}`);
  }
}

// ---------------------------------------------------------------------------------------------- processes

/**
 * Runs a program and returns its standard output.
 *
 * @throws {Error} if it fails or does not end in time
 */
export async function run(program: string, args: readonly string[]): Promise<string> {
  const output = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    signal: AbortSignal.timeout(RUN_WITHIN_MS),
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(output.stdout);
  if (!output.success) {
    throw new Error(
      `${program} ${args.join(" ")} ended with ${output.code}: ` +
        `${decoder.decode(output.stderr)}${text}`.trim(),
    );
  }
  return text;
}

/** What Linux says of a process's memory, in bytes. */
export interface ProcessMemory {
  /** Resident now. */
  rss: number;
  /** The most that was ever resident. */
  peak: number;
  /** The part of `rss` that belongs to the process alone: heap, stacks, caches. */
  anonymous: number;
  /** The part of `rss` that is mapped files: the executable, libraries. */
  mapped: number;
}

/** Reads `/proc/PID/status`. */
export async function processMemory(pid: number): Promise<ProcessMemory> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const field = (name: string) => {
    const match = status.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"));
    if (match === null) throw new Error(`/proc/${pid}/status has no ${name}`);
    return Number(match[1]) * 1024;
  };
  return {
    rss: field("VmRSS"),
    peak: field("VmHWM"),
    anonymous: field("RssAnon"),
    mapped: field("RssFile"),
  };
}

/** The CPU time each thread of a process has used so far, in milliseconds. */
export async function threadTimes(pid: number): Promise<Map<string, { name: string; ms: number }>> {
  const times = new Map<string, { name: string; ms: number }>();
  for await (const entry of Deno.readDir(`/proc/${pid}/task`)) {
    try {
      times.set(entry.name, await nameAndTime(`/proc/${pid}/task/${entry.name}/stat`));
    } catch (error) {
      // The thread ended meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return times;
}

async function nameAndTime(path: string): Promise<{ name: string; ms: number }> {
  const stat = await Deno.readTextFile(path);
  const nameEnds = stat.lastIndexOf(")");
  const fields = stat.slice(nameEnds + 2).split(" ");
  // utime and stime, in ticks of 10 ms.
  const ms = (Number(fields[11]) + Number(fields[12])) * 10;
  return { name: stat.slice(stat.indexOf("(") + 1, nameEnds), ms };
}

/** The CPU time a process has used so far, in milliseconds, with that of threads that have ended. */
export async function cpuTime({ pid }: Pick<TestServer, "pid">): Promise<number> {
  return (await nameAndTime(`/proc/${pid}/stat`)).ms;
}

/** Bytes as mebibytes with one decimal. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 1048576).toFixed(1)}`;
}
