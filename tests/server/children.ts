/** Programs that start a server for themselves. */

import { strict as assert } from "node:assert";

/** What a server tells the program that started it. */
export interface Handshake {
  readonly redlite: string;
  readonly redis: string;
  readonly pid: number;
  readonly unix?: string;
  readonly host?: string;
  readonly port?: number;
  readonly password?: string;
  readonly capabilities: readonly string[];
}

/** A running program with a server of its own. Leaving its scope ends it as a program ends. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly handshake: Handshake;

  private constructor(child: Deno.ChildProcess, handshake: Handshake) {
    this.#child = child;
    this.handshake = handshake;
  }

  /** Starts the program. @param args The server's; `SELF` stands for the program's process id. */
  static async start(...args: string[]): Promise<Program> {
    const script = new URL("child_program.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, ...args],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    return new Program(child, JSON.parse(await firstLine(child.stdout)));
  }

  /** Kills the program, and nothing else. */
  async kill9(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  /** Connects to its server. */
  connect(): Promise<Deno.Conn> {
    const { unix, host, port } = this.handshake;
    if (unix !== undefined) return Deno.connect({ transport: "unix", path: unix });
    assert.ok(host !== undefined && port !== undefined);
    return Deno.connect({ hostname: host, port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close().catch(() => {});
    await this.#child.status;
  }
}

/** Reads a line and leaves the rest. */
async function firstLine(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const part of output.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  throw new Error(`no line came: ${text}`);
}

/** Sends inline commands and returns as much of the replies as is expected. */
export async function ask(connection: Deno.Conn, command: string, reply: string): Promise<void> {
  await connection.write(new TextEncoder().encode(`${command}\r\n`));
  const expected = new TextEncoder().encode(reply).length;
  let text = "";
  const buffer = new Uint8Array(4096);
  while (text.length < expected) {
    const size = await connection.read(buffer);
    if (size === null) break;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, size));
  }
  assert.equal(text, reply);
}

/** Waits until the server has closed a connection. */
export async function closed(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // A reset is an end, too.
  }
  connection.close();
}
