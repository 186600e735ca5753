/**
 * Where the server's time goes under load: self time by function, from V8's sampling profiler over the inspector, and
 * CPU time by thread, from /proc.
 *
 * V8 sees JavaScript only. A fast FFI call counts as the function that makes it, other native code and waiting for the
 * network count as `(program)`; what the process did not use of one core, by /proc, is the waiting.
 */

import {
  directoryOnDisk,
  guard,
  loadKeys,
  printTable,
  progress,
  rate,
  readOptions,
  threadTimes,
  toNumber,
  toWords,
} from "./harness.ts";
import { benchmark, benchmarkCommand, type Workload } from "./redis_benchmark.ts";
import { RespClient } from "../tests/harness/resp_client.ts";

const USAGE = `
deno run -A bench/profile.ts [options]

  --load NAME          get or set (get)
  --command "WORDS"    a command in place of these, with redis-benchmark's __rand_int__ in it
  --pipeline N         requests per write (1)
  --appendfsync NAME   always, everysec or no (everysec)
  --seconds N          how long to sample (5)
  --top N              functions to print (30)
  --interval N         microseconds between samples (200)
  --keys N             keys to load, and to choose from; a command's are not loaded (300000)
  --single-key         one key instead of random ones
  --server-args="..."  further arguments for the server
  --out FILE           keep the profile, for Chrome's developer tools
`;

const ROOT = new URL("../", import.meta.url);
const READY_WITHIN_MS = 20_000;

/** One function of a profile, as the Profiler domain describes it. */
interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** A profile, as the Profiler domain describes it. */
interface Profile {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
}

/** The inspector's end of a WebSocket: methods called by name, each answered once. */
class Inspector implements Disposable {
  #socket: WebSocket;
  #nextId = 1;
  #pending = new Map<number, PromiseWithResolvers<unknown>>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const message: { id?: number; result?: unknown; error?: { message: string } } = JSON.parse(
        data,
      );
      if (message.id === undefined) return;
      const call = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error !== undefined) call?.reject(new Error(message.error.message));
      else call?.resolve(message.result);
    };
    socket.onclose = () => {
      for (const call of this.#pending.values()) call.reject(new Error("the inspector has gone"));
    };
  }

  static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => opened.reject(new Error(`no inspector at ${url}`));
    await opened.promise;
    return new Inspector(socket);
  }

  call(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.#nextId++;
    const call = Promise.withResolvers<unknown>();
    this.#pending.set(id, call);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return call.promise;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Reads a stream to its end and resolves with the first match of a pattern. */
function firstMatch(stream: ReadableStream<Uint8Array<ArrayBuffer>>, pattern: RegExp) {
  const found = Promise.withResolvers<RegExpMatchArray>();
  let text = "";
  const timer = setTimeout(
    () => found.reject(new Error(`no ${pattern} in time in:\n${text}`)),
    READY_WITHIN_MS,
  );
  (async () => {
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text = (text + piece).slice(-65536);
      const match = text.slice(0, text.lastIndexOf("\n") + 1).match(pattern);
      if (match) found.resolve(match);
    }
    found.reject(new Error(`no ${pattern} in:\n${text}`));
  })().finally(() => clearTimeout(timer));
  found.promise.then(() => clearTimeout(timer), () => {});
  return found.promise;
}

/** Starts the server with an inspector; both end with the stack. */
async function start(stack: AsyncDisposableStack, args: string[]) {
  const directory = await directoryOnDisk(stack);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--inspect=127.0.0.1:0", "server.ts"],
      ...["--db", `${directory}/redlite.db`, "--addr", "127.0.0.1:0", ...args],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  stack.defer(async () => {
    try {
      child.kill("SIGTERM");
    } catch (error) {
      // It ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
    await child.status;
  });
  guard(stack, child.pid, directory);
  const [debuggers, ready] = await Promise.all([
    firstMatch(child.stderr, /ws:\/\/\S+/),
    firstMatch(child.stdout, /127\.0\.0\.1:(\d+)/),
  ]);
  const inspector = stack.use(await Inspector.connect(debuggers[0]));
  return { pid: child.pid, port: Number(ready[1]), inspector };
}

/** Where a function is, such as `src/store/strings.ts:41`. */
function place(frame: CallFrame): string {
  if (frame.url === "") return "";
  const path = frame.url.startsWith(ROOT.href) ? frame.url.slice(ROOT.href.length) : frame.url;
  return `${path}:${frame.lineNumber + 1}`;
}

/** Sums the samples' time by what `label` says of their function; the largest first. */
function selfTimes(profile: Profile, label: (frame: CallFrame) => string): [string, number][] {
  const labels = new Map(profile.nodes.map((node) => [node.id, label(node.callFrame)]));
  const sums = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const name = labels.get(id) ?? "";
    // A sample stands for the time until the next one.
    sums.set(name, (sums.get(name) ?? 0) + Math.max(0, profile.timeDeltas[index + 1] ?? 0));
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

/** Prints times with their part of the busy time, that is of all but `(idle)`. */
function printTimes(heading: string, times: [string, number][], top: number): void {
  const busy = times.filter(([name]) => name !== "(idle)");
  const total = busy.reduce((sum, [, time]) => sum + time, 0);
  printTable(
    [heading, "ms", "%"],
    busy.slice(0, top).map(([name, time]) => [
      name,
      (time / 1000).toFixed(0),
      (time / total * 100).toFixed(1),
    ]),
  );
  console.log();
}

/** Samples the server while redis-benchmark runs. */
async function main(): Promise<void> {
  const options = readOptions(USAGE, {
    load: "get",
    command: "",
    pipeline: "1",
    appendfsync: "everysec",
    seconds: "5",
    top: "30",
    interval: "200",
    keys: "300000",
    "single-key": false,
    "server-args": "",
    out: "",
  });
  if (options.load !== "get" && options.load !== "set") throw new Error("--load takes get or set");
  const keys = toNumber("keys", options.keys);
  const workload: Workload = {
    command: options.load,
    pipeline: toNumber("pipeline", options.pipeline),
    keys: options["single-key"] ? undefined : keys,
  };
  const seconds = toNumber("seconds", options.seconds, 0.1);
  const top = toNumber("top", options.top);
  const interval = toNumber("interval", options.interval);

  await using stack = new AsyncDisposableStack();
  const server = await start(stack, [
    ...["--appendfsync", options.appendfsync],
    ...toWords(options["server-args"]),
  ]);
  const { inspector } = server;
  const words = toWords(options.command);
  if (words.length === 0) {
    await loadKeys({ connect: (o) => RespClient.connect({ ...o, port: server.port }) }, keys);
  }
  const run = (requests: number) =>
    words.length === 0
      ? benchmark(server, workload, requests)
      : benchmarkCommand(server, { command: words, keys }, requests);
  const warmUp = await run(50_000 * workload.pipeline);

  await inspector.call("Profiler.enable");
  await inspector.call("Profiler.setSamplingInterval", { interval });
  const before = await threadTimes(server.pid);
  await inspector.call("Profiler.start");
  const began = performance.now();
  progress(`sampling for about ${seconds} s`);
  const requests = Math.round(warmUp.opsPerSecond * seconds);
  const { opsPerSecond } = await run(requests);
  const elapsedMs = performance.now() - began;
  const { profile } = await inspector.call("Profiler.stop") as { profile: Profile };
  const after = await threadTimes(server.pid);
  if (options.out !== "") await Deno.writeTextFile(options.out, JSON.stringify(profile));

  console.log(
    `${
      options.command || workload.command.toUpperCase()
    } -P ${workload.pipeline}, appendfsync ${options.appendfsync}: ` +
      `${rate(opsPerSecond)}/s while sampled, ${profile.samples.length} samples in ` +
      `${(elapsedMs / 1000).toFixed(1)} s\n`,
  );
  printTimes(
    "self time by function",
    selfTimes(profile, (frame) => `${frame.functionName || "(anonymous)"} ${place(frame)}`.trim()),
    top,
  );
  printTimes(
    "self time by file",
    selfTimes(profile, (frame) => place(frame).replace(/:\d+$/, "") || frame.functionName),
    top,
  );
  const threads = [...after]
    .map(([id, { name, ms }]) => ({ name, id, ms: ms - (before.get(id)?.ms ?? 0) }))
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms);
  printTable(
    ["thread", "CPU ms", "% of a core"],
    threads.map(({ name, id, ms }) => [
      Number(id) === server.pid ? `${name} (main)` : `${name} ${id}`,
      String(ms),
      (ms / elapsedMs * 100).toFixed(1),
    ]),
  );
}

if (import.meta.main) await main();
