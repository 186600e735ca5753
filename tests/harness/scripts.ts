/**
 * Scripts of several clients, run against Redlite and against redis-server: what every client is
 * answered and told must be the same, byte for byte.
 */

import { strict as assert } from "node:assert";
import { named, noRedis } from "./lacking.ts";
import { type Argument, type Command, encode, format, type RespClient } from "./resp_client.ts";
import { startRedis, startRedlite, type TestServer } from "./servers.ts";
import { shareServer } from "./shared_servers.ts";

/** What a script works with. */
export class Script {
  /** What was answered, in the script's order. */
  readonly log: string[] = [];
  readonly server: TestServer;
  readonly #clients: RespClient[] = [];
  readonly #resp: 2 | 3;
  #observer: RespClient | undefined;

  constructor(server: TestServer, resp: 2 | 3) {
    this.server = server;
    this.#resp = resp;
  }

  /** A client; it is closed with the script. */
  async client(resp: 2 | 3 = this.#resp): Promise<Scripted> {
    const connection = await this.server.connect({ resp });
    this.#clients.push(connection);
    return new Scripted(connection, this.log, this.#clients.length);
  }

  /** Waits until a field of INFO has a value: what other clients have sent is done then. */
  async until(field: string, value: number | string): Promise<void> {
    this.#observer ??= await this.server.connect();
    for (let tries = 0; tries < 2000; tries++) {
      const reply = await this.#observer.send("INFO", "everything");
      if (text(reply).includes(`\n${field}:${value}\r`)) return;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.fail(`INFO never said ${field}:${value}`);
  }

  /** Waits until so many clients wait in blocking commands. */
  blocked(count: number): Promise<void> {
    return this.until("blocked_clients", count);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    // The next script on this server is to find none of them.
    await this.until("connected_clients", 1);
    await this.#observer?.[Symbol.asyncDispose]();
  }
}

function text(reply: Awaited<ReturnType<RespClient["send"]>>): string {
  return "value" in reply && reply.value instanceof Uint8Array
    ? new TextDecoder().decode(reply.value)
    : "";
}

/** One client of a script. Every answer goes into the log, with the client's number. */
export class Scripted {
  readonly connection: RespClient;
  readonly #log: string[];
  readonly #name: string;

  constructor(connection: RespClient, log: string[], number: number) {
    this.connection = connection;
    this.#log = log;
    this.#name = `client ${number}`;
  }

  /** Sends a command, notes its answer and gives it. */
  async send(line: string | Command): Promise<string> {
    const answer = format(await this.connection.send(...wordsOf(line)));
    this.#log.push(`${this.#name}: ${show(line)} -> ${answer}`);
    return answer;
  }

  /** Sends commands in one write, notes all answers. */
  async pipeline(...lines: string[]): Promise<void> {
    const answers = await this.connection.pipeline(lines.map(wordsOf));
    for (const [i, answer] of answers.entries()) {
      this.#log.push(`${this.#name}: ${lines[i]} -> ${format(answer)}`);
    }
  }

  /** Sends a command whose answer, or answers, are read later. */
  async begin(line: string | Command): Promise<void> {
    await this.connection.raw(encode(wordsOf(line)));
  }

  /** Notes the next message and gives it. */
  async read(): Promise<string> {
    const answer = format(await this.connection.readReply());
    this.#log.push(`${this.#name}: ${answer}`);
    return answer;
  }

  /** Notes something else that must be the same. */
  log(text: string): void {
    this.#log.push(`${this.#name}: ${text}`);
  }

  /** The id of the connection, which is not noted: servers number as they like. */
  async id(): Promise<string> {
    return format(await this.connection.send("CLIENT", "ID")).slice(1);
  }
}

/** Words separated by spaces; `''` is an empty word, `_` a space inside one. */
function wordsOf(line: string | Command): Argument[] {
  if (typeof line !== "string") return [...line];
  return line.split(" ").map((word) => word === "''" ? "" : word.replaceAll("_", " "));
}

function show(line: string | Command): string {
  return typeof line === "string" ? line : line.map(String).join(" ");
}

/** How a script is registered. */
export interface ScriptOptions {
  /** The oldest major version of redis-server that does the same. */
  readonly since?: number;
  /** The protocols to run it with; both by default. */
  readonly resp?: readonly (2 | 3)[];
  /** Further arguments of both servers. */
  readonly args?: string[];
  /** Whether it leaves nothing behind but keys, so that the file's scripts may share their servers. */
  readonly shares?: boolean;
}

/** Registers a test that a script goes the same with Redlite and with redis-server. */
export function testScript(
  name: string,
  run: (script: Script) => Promise<void>,
  { since = 7, resp: protocols = [2, 3], args, shares = false }: ScriptOptions = {},
): void {
  const lacking = noRedis(since);
  const shared = shares && lacking === undefined
    ? [shareServer("redlite", startRedlite), shareServer("redis", startRedis)]
    : undefined;
  for (const resp of protocols) {
    Deno.test({
      ...named(`${name}, in RESP${resp}`, lacking),
      async fn() {
        await using stack = new AsyncDisposableStack();
        const start = (server: Promise<TestServer>) => server.then((server) => stack.use(server));
        const servers = await Promise.all(
          shared?.map((server) => server()) ??
            [start(startRedlite({ args })), start(startRedis({ args }))],
        );
        const logs = [];
        for (const server of servers) {
          const script = new Script(server, resp);
          try {
            await run(script);
          } finally {
            await script.close();
          }
          logs.push(script.log);
        }
        const [ours, theirs] = logs;
        assert.deepEqual(ours, theirs);
      },
    });
  }
}
