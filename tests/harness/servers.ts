/**
 * Starts the servers the tests talk to, each as a child process with a temporary directory and a free port of its own.
 *
 * With `REDLITE_TEST_STAND_IN=redis` in the environment a second redis-server takes Redlite's place: that is how
 * the tests themselves are tested, for then nothing may differ.
 */

import {
  type CommandLine,
  findOracle,
  type OracleName,
  ORACLES,
  type ServerVersion,
  versionOf,
} from "./oracles.ts";
import { type ConnectOptions, RespClient } from "./resp_client.ts";

/** What a server under test can be started with. */
export interface ServerOptions {
  /** Further command-line arguments. */
  args?: string[] | undefined;
  /** A configuration file, as the first argument. */
  conf?: string;
  /** A directory that outlives the server, for starting again on the same file; without it a temporary one is used. */
  directory?: string;
  env?: Record<string, string>;
  /** Largest size of a file it may write, in KiB: a full disk, as far as it can tell. Linux only. */
  maxFileKib?: number;
  /** Deno's permission flags, in place of all permissions. */
  permissions?: string[];
  /** Finds the port in the line that says it is ready; it listens on 127.0.0.1 unless told. */
  readyAt?: RegExp;
  /** How many files and connections it may have open at once. */
  maxOpenFiles?: number;
  /** The protocol `connect` speaks unless told otherwise. */
  resp?: 2 | 3 | undefined;
  password?: string | undefined;
  appendfsync?: "always" | "everysec" | "no" | undefined;
}

/** A directory that is removed with everything in it when it goes out of scope. */
export interface TemporaryDirectory extends AsyncDisposable {
  path: string;
}

/** Limits for what does not come at all: a busy machine may be ten times slower than an idle one. */
const READY_WITHIN_MS = 120_000;
const STOPS_WITHIN_MS = 60_000;
const ROOT = new URL("../../", import.meta.url);

/** Whether a second redis-server stands in for Redlite. */
export const redisStandsIn = Deno.env.get("REDLITE_TEST_STAND_IN") === "redis";

/** Whether a tool is on the PATH, and answers when it is asked for its version. */
export function hasTool(name: string, question = "--version"): boolean {
  try {
    return new Deno.Command(name, { args: [question], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether redis-server is on the PATH. */
export function hasRedis(): boolean {
  return hasTool("redis-server");
}

/** The version of the redis-server on the PATH; 0.0 without one. */
export function redisVersion(): ServerVersion {
  return pathVersion ??= (hasRedis() ? versionOf(REDIS) : undefined) ?? { major: 0, minor: 0 };
}

const REDIS: CommandLine = { program: "redis-server", args: [] };
let pathVersion: ServerVersion | undefined;

/** The major version of the redis-server on the PATH; 0 without one. */
export function redisMajorVersion(): number {
  return redisVersion().major;
}

/** Whether the redis-server on the PATH is of a version, or later. */
export function redisIsSince(major: number, minor = 0): boolean {
  const version = redisVersion();
  return version.major > major || version.major === major && version.minor >= minor;
}

/** Makes a directory for one test. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await Deno.makeTempDir({ prefix: "redlite-test-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** A running server. Leaving its scope stops it and removes its temporary directory. */
export class TestServer implements AsyncDisposable {
  readonly hostname = "127.0.0.1";
  readonly port: number;
  /** Where it speaks TLS, if it does. */
  tlsPort: number | undefined;
  /** Where it serves HTTP, if it does. */
  httpUrl: string | undefined;
  readonly directory: string;
  /** The SQLite file, where the server has one. */
  readonly databaseFile: string | undefined;
  #process: ServerProcess;
  #options: ServerOptions;
  #temporary: TemporaryDirectory | undefined;

  constructor(
    process: ServerProcess,
    port: number,
    directory: string,
    databaseFile: string | undefined,
    options: ServerOptions,
    temporary: TemporaryDirectory | undefined,
  ) {
    this.#process = process;
    this.port = port;
    this.directory = directory;
    this.databaseFile = databaseFile;
    this.#options = options;
    this.#temporary = temporary;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What the server has written to its standard error, the last 64 KiB of it. */
  get log(): string {
    return this.#process.log;
  }

  /** Opens a connection, with the server's password and the test's protocol unless told otherwise. */
  connect(options: Omit<ConnectOptions, "port" | "hostname"> = {}): Promise<RespClient> {
    const { resp, password } = this.#options;
    return RespClient.connect({
      resp,
      password,
      server: this.databaseFile === undefined ? "the real server" : "Redlite",
      ...options,
      hostname: this.hostname,
      port: this.port,
    });
  }

  /** Kills the server as a crash would, and returns when it is gone. */
  async kill9(): Promise<void> {
    await this.#process.end("SIGKILL");
  }

  /** Asks the server to stop and returns its exit status. */
  stop(): Promise<Deno.CommandStatus> {
    return this.#process.end("SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#temporary?.[Symbol.asyncDispose]();
  }
}

/** Starts Redlite, or its stand-in. */
export function startRedlite(options: ServerOptions = {}): Promise<TestServer> {
  if (redisStandsIn) return startRedis(options);
  return inDirectory(options, async (directory, temporary) => {
    const file = `${directory}/redlite.db`;
    const permissions = options.permissions ?? ["-A"];
    const conf = options.conf === undefined ? [] : [options.conf];
    const flags = ["--db", file, "--addr", "127.0.0.1:0"];
    const args = ["run", ...permissions, "server.ts", ...conf, ...flags];
    if (options.password !== undefined) args.push("--password", options.password);
    if (options.appendfsync !== undefined) args.push("--appendfsync", options.appendfsync);
    args.push(...options.args ?? []);
    const limits: string[] = [];
    if (options.maxFileKib !== undefined) {
      limits.push(`trap '' XFSZ`, `ulimit -f ${options.maxFileKib}`);
    }
    if (options.maxOpenFiles !== undefined) limits.push(`ulimit -n ${options.maxOpenFiles}`);
    const script = [...limits, 'exec "$0" "$@"'].join("; ");
    const process = limits.length === 0
      ? new ServerProcess(Deno.execPath(), args, options.env)
      : new ServerProcess("bash", ["-c", script, Deno.execPath(), ...args], options.env);
    const ready = await process.line(options.readyAt ?? /127\.0\.0\.1:(\d+)/);
    const server = new TestServer(process, Number(ready[1]), directory, file, options, temporary);
    const tls = /127\.0\.0\.1:(\d+) \(TLS\)/.exec(ready.input ?? "");
    if (tls !== null) server.tlsPort = Number(tls[1]);
    server.httpUrl = /https?:[^ ]+/.exec(ready.input ?? "")?.[0];
    return server;
  });
}

/** Starts redis-server, without persistence unless `appendfsync` asks for it. */
export function startRedis(options: ServerOptions = {}): Promise<TestServer> {
  return startLikeRedis(REDIS, options);
}

/**
 * Starts a server that `deno task oracles` has fetched, as `startRedis` does its own.
 *
 * @throws {Error} If it is not there: `noOracle` tells that before.
 */
export function startOracle(name: OracleName, options: ServerOptions = {}): Promise<TestServer> {
  const command = findOracle(name);
  if (command === undefined) throw new Error(`no ${ORACLES[name]}: deno task oracles fetches it`);
  return startLikeRedis(command, options);
}

function startLikeRedis(
  { program, args, settings = [] }: CommandLine,
  options: ServerOptions,
): Promise<TestServer> {
  return inDirectory(options, async (directory, temporary) => {
    for (let attempt = 1;; attempt++) {
      const port = freePort();
      const process = new ServerProcess(program, [
        ...args,
        ...options.conf === undefined ? [] : [options.conf],
        ...settings,
        ...redisArgs(port, directory, options),
      ]);
      try {
        await process.line(/Ready to accept connections/);
        return new TestServer(process, port, directory, undefined, options, temporary);
      } catch (error) {
        // Between `freePort` and here another process may have taken the port.
        if (attempt === 3) throw error;
      }
    }
  });
}

function redisArgs(port: number, directory: string, options: ServerOptions): string[] {
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""];
  args.push("--appendonly", options.appendfsync === undefined ? "no" : "yes");
  if (options.appendfsync !== undefined) args.push("--appendfsync", options.appendfsync);
  args.push("--enable-debug-command", "yes", "--databases", "16");
  if (options.password !== undefined) args.push("--requirepass", options.password);
  return [...args, ...options.args ?? []];
}

async function inDirectory(
  options: ServerOptions,
  start: (directory: string, temporary?: TemporaryDirectory) => Promise<TestServer>,
): Promise<TestServer> {
  if (options.directory !== undefined) return await start(options.directory);
  const temporary = await temporaryDirectory();
  try {
    return await start(temporary.path, temporary);
  } catch (error) {
    await temporary[Symbol.asyncDispose]();
    throw error;
  }
}

/** A port that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A child process whose output is read to the end, so that it never blocks on a full pipe. */
class ServerProcess {
  #child: Deno.ChildProcess;
  #command: string;
  #out = "";
  #err = "";
  #outEnded = false;
  #outGrew = Promise.withResolvers<void>();
  #pipes: Promise<unknown>;
  #ended: Promise<Deno.CommandStatus> | undefined;

  constructor(command: string, args: string[], env?: Record<string, string>) {
    this.#command = [command, ...args].join(" ");
    this.#child = new Deno.Command(command, {
      args,
      env: env ?? {},
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#pipes = Promise.all([this.#readOut(), this.#readErr()]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get log(): string {
    return this.#err;
  }

  /** Waits for a line on standard output that matches; ends the process if none comes. */
  async line(pattern: RegExp): Promise<RegExpMatchArray> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), READY_WITHIN_MS);
    try {
      while (true) {
        const complete = this.#out.slice(0, this.#out.lastIndexOf("\n") + 1);
        const match = complete.match(pattern);
        if (match) return match;
        const what = this.#outEnded
          ? "ended"
          : await Promise.race([this.#outGrew.promise, late.promise]);
        if (what === undefined) continue;
        await this.end("SIGKILL");
        throw new Error(
          `${this.#command}\n${
            what === "ended" ? "ended" : "wrote nothing in time"
          } before a line ` +
            `matching ${pattern}\nstdout: ${this.#out}\nstderr: ${this.#err}`,
        );
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Signals the process and waits until it is gone and its output read; the first call decides. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<Deno.CommandStatus> {
    this.#ended ??= this.#end(signal);
    return this.#ended;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<Deno.CommandStatus> {
    const kill = (signal: "SIGTERM" | "SIGKILL") => {
      try {
        this.#child.kill(signal);
      } catch (error) {
        // It ended by itself.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
    };
    kill(signal);
    const timer = setTimeout(() => kill("SIGKILL"), STOPS_WITHIN_MS);
    try {
      const status = await this.#child.status;
      await this.#pipes;
      return status;
    } finally {
      clearTimeout(timer);
    }
  }

  async #readOut(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#out = (this.#out + text).slice(-65536);
      this.#grew();
    }
    this.#outEnded = true;
    this.#grew();
  }

  async #readErr(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#err = (this.#err + text).slice(-65536);
    }
  }

  #grew(): void {
    const grew = this.#outGrew;
    this.#outGrew = Promise.withResolvers<void>();
    grew.resolve();
  }
}
