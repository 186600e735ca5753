/**
 * How long a client waits while others do their worst: the time of PING, GET and SET, one after the other on one
 * connection, under the loads of tests/server/hostile_test.ts, for Redlite and redis-server by turns.
 *
 * The load comes from a process of its own, so that neither its work nor its garbage collection is measured with the
 * server. It ends when its standard input does, however this process ends.
 */

import { commandTable } from "../src/commands/table/commands.ts";
import {
  type Argument,
  type Command,
  encode,
  fromLatin1,
  RespClient,
} from "../tests/harness/resp_client.ts";
import type { TestServer } from "../tests/harness/servers.ts";
import { mutatedStream } from "../tests/resp/mutated_streams.ts";
import {
  decimals,
  launch,
  loadKeys,
  printTable,
  progress,
  randomIntegers,
  readOptions,
  type ServerName,
  SINGLE_KEY,
  toNumber,
  VALUE_BYTES,
} from "./harness.ts";

const USAGE = `
deno run -A bench/hostile.ts [options]

  --only NAME      the loads whose names contain it, such as "pipelines"
  --seconds N      how long each server is measured under each load (3)
  --appendfsync P  always, everysec or no, for both servers (everysec)
`;

/** The longest a command of the client that works may take, but for one in a hundred. */
const LIMIT_MS = 20;

const PASSWORD = "right";
const IDLE = 10_000;
const ACTIVE = 1000;
const BIG = "big";
const MEGABYTE = 1024 * 1024;

// ---------------------------------------------------------------------------------------------- loads

/** Begins a load, which goes on by itself; resolves when it is there. */
type Load = (port: number) => Promise<void>;

const LOADS: { readonly [name: string]: Load } = {
  "nothing else": async () => {},
  "10,000 idle connections": async (port) => void await connectMany(port, IDLE),
  "1,000 active connections": async (port) => {
    const value = "x".repeat(VALUE_BYTES);
    for (let i = 0; i < ACTIVE; i++) {
      const client = await connect(port);
      forever(() => client.pipeline([["SET", `active:${i}`, value], ["GET", `active:${i}`]]));
    }
  },
  "20 clients that never read": async (port) => {
    const client = await connect(port);
    await client.send("SET", BIG, "x".repeat(MEGABYTE));
    for (let i = 0; i < 20; i++) {
      forever(async () => {
        using deaf = await loggedIn(port);
        await deaf.write(fromLatin1(`GET ${BIG}\r\n`.repeat(50)));
        await seconds(1);
      });
    }
  },
  "200 clients of a byte each 5 ms": async (port) => {
    const clients = await connectMany(port, 200);
    const request = encode(["SET", "slow", "value"]);
    let at = 0;
    forever(async () => {
      for (const client of clients) await client.write(request.subarray(at, at + 1));
      at = (at + 1) % request.length;
      await seconds(0.005);
    });
  },
  "pipelines of 100,000": async (port) => {
    const commands = Array.from(
      { length: 100_000 },
      (_, i): Command =>
        i % 2 === 0 ? ["SET", `pipeline:${i}`, "value"] : ["GET", `pipeline:${i - 1}`],
    );
    const bytes = encode(...commands);
    const size = 50_000 * ("+OK\r\n".length + "$5\r\nvalue\r\n".length);
    for (let i = 0; i < 2; i++) {
      const client = await connect(port);
      forever(() => Promise.all([client.readRaw(size), client.raw(bytes)]));
    }
  },
  "subscribers that stall": async (port) => {
    for (let i = 0; i < 5; i++) {
      forever(async () => {
        using stalled = await loggedIn(port);
        await stalled.write(encode(["SUBSCRIBE", "channel"]));
        await seconds(1);
      });
    }
    const publisher = await connect(port);
    const message = "x".repeat(100_000);
    forever(() => publisher.send("PUBLISH", "channel", message));
  },
  "noise on 50 connections": (port) => {
    const below = randomIntegers(20240229);
    for (let i = 0; i < 50; i++) {
      forever(async () => {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port });
        await connection.write(mutatedStream(below));
        await connection.closeWrite();
        const room = new Uint8Array(4096);
        while (await connection.read(room) !== null);
      });
    }
    return Promise.resolve();
  },
  "guessing passwords": async (port) => {
    const guesses = Array.from({ length: 50 }, (_, i): Command => ["AUTH", `guess ${i}`]);
    for (let i = 0; i < 8; i++) {
      const client = await RespClient.connect({ port });
      forever(() => client.pipeline(guesses));
    }
  },
  "any arguments": async (port) => {
    const client = await connect(port);
    const commands = anyArguments();
    forever(() => client.pipeline(commands));
  },
};

/** Repeats something until the process ends; what a server refuses is begun again. */
function forever(step: () => Promise<unknown>): void {
  const run = async () => {
    while (true) await step().catch(() => seconds(0.01));
  };
  void run();
}

const seconds = (count: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 1000 * count));

const connect = (port: number): Promise<RespClient> =>
  RespClient.connect({ port, password: PASSWORD, timeoutMs: 120_000 });

async function loggedIn(port: number): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(encode(["AUTH", PASSWORD]));
  return connection;
}

/** Connects so many clients, a hundred at a time. */
async function connectMany(port: number, count: number): Promise<Deno.TcpConn[]> {
  const connections: Deno.TcpConn[] = [];
  while (connections.length < count) {
    connections.push(
      ...await Promise.all(Array.from({ length: 100 }, () => loggedIn(port))),
    );
  }
  return connections;
}

/** Commands that both servers have and that change no connection, each with one to twelve arguments of no sense. */
function anyArguments(): Command[] {
  const garbage: Argument[] = ["", "NaN", "9223372036854775808", Uint8Array.of(0, 255, 13, 10)];
  const commands: Command[] = [];
  for (const { name, group, flags } of commandTable().all()) {
    if (!["string", "generic", "hash", "list", "set", "sorted-set", "bitmap"].includes(group)) {
      continue;
    }
    if (flags.includes("blocking")) continue;
    for (let count = 1; count <= 12; count++) {
      commands.push([
        name,
        ...Array.from({ length: count }, (_, i) => garbage[(i + count) % garbage.length]!),
      ]);
    }
  }
  for (const name of ["GET", "KEYS", "SET", "DEL"]) {
    commands.push([name, "x".repeat(MEGABYTE), "x".repeat(MEGABYTE)]);
  }
  return commands;
}

/** What the process of a load does. */
async function runLoad(name: string, port: number): Promise<void> {
  await LOADS[name]!(port);
  await Deno.stdout.write(fromLatin1("ready\n"));
  while (await Deno.stdin.read(new Uint8Array(1)) !== null);
  Deno.exit(0);
}

/** Starts a load in a process of its own and waits until it is there. */
async function startLoad(stack: AsyncDisposableStack, name: string, port: number): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", import.meta.url, "--load", name, "--port", String(port)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  stack.defer(async () => {
    await child.stdin.close();
    await child.status;
  });
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  if (done) throw new Error(`the load "${name}" ended before it began`);
  stack.defer(() => reader.cancel());
}

// ---------------------------------------------------------------------------------------------- measuring

/** The commands of the client that works. */
const MEASURED: { readonly [name: string]: Command } = {
  PING: ["PING"],
  GET: ["GET", SINGLE_KEY],
  SET: ["SET", SINGLE_KEY, "x".repeat(VALUE_BYTES)],
};

/** Milliseconds that each command took, by its name, shortest first. */
type Latencies = { readonly [name: string]: number[] };

async function measure(server: TestServer, forSeconds: number): Promise<Latencies> {
  await using client = await server.connect({ timeoutMs: 120_000 });
  const latencies = Object.fromEntries(Object.keys(MEASURED).map((name) => [name, [] as number[]]));
  const end = performance.now() + 1000 * forSeconds;
  while (performance.now() < end) {
    for (const [name, command] of Object.entries(MEASURED)) {
      const start = performance.now();
      const reply = await client.send(...command);
      latencies[name]!.push(performance.now() - start);
      if (reply.type === "error") throw new Error(`${name}: ${reply.value}`);
    }
  }
  for (const times of Object.values(latencies)) times.sort((a, b) => a - b);
  return latencies;
}

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;

function show(times: readonly number[]): string {
  return [0.5, 0.99, 1].map((part) => decimals(quantile(times, part))).join(" / ");
}

const NAMES: ServerName[] = ["redlite", "redis"];

async function main(): Promise<void> {
  const options = readOptions(USAGE, {
    only: "",
    seconds: "3",
    appendfsync: "everysec",
    load: "",
    port: "0",
  });
  if (options.load !== "") return await runLoad(options.load, Number(options.port));
  const { appendfsync } = options;
  if (appendfsync !== "always" && appendfsync !== "everysec" && appendfsync !== "no") {
    throw new Error("--appendfsync takes always, everysec or no");
  }
  const loads = Object.keys(LOADS).filter((name) => name.includes(options.only));
  if (loads.length === 0) {
    throw new Error(`--only takes a part of ${Object.keys(LOADS).join(", ")}`);
  }
  const rows: string[][] = [];
  for (const load of loads) {
    for (const name of NAMES) {
      await using stack = new AsyncDisposableStack();
      const args = ["--maxclients", String(IDLE + ACTIVE)];
      const server = await launch(stack, name, { args, appendfsync, password: PASSWORD });
      await loadKeys(server, 1000);
      await startLoad(stack, load, server.port);
      const latencies = await measure(server, toNumber("seconds", options.seconds, 0.1));
      const worst = Math.max(...Object.values(latencies).map((times) => quantile(times, 0.99)));
      const verdict = worst < LIMIT_MS ? "ok" : "TOO SLOW";
      progress(`${load}, ${name}: p99 ${decimals(worst)} ms`);
      rows.push([
        load,
        name,
        ...Object.values(latencies).map(show),
        name === "redlite" ? verdict : "",
      ]);
    }
  }
  console.log(
    `p50 / p99 / longest, in ms, appendfsync ${appendfsync}; p99 is to be < ${LIMIT_MS} ms`,
  );
  printTable(["beside", "server", ...Object.keys(MEASURED), "verdict"], rows);
}

if (import.meta.main) await main();
