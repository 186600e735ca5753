/** What WAIT waits for, by a replica that says what it is told to say. */

import { strict as assert } from "node:assert";
import { startRedlite } from "../../harness/servers.ts";
import { latin1, type RespClient } from "../../harness/resp_client.ts";
import { fields, PATIENCE_MS, plain, until } from "./content.ts";

const encoder = new TextEncoder();

/** A replica that takes everything and applies nothing. */
class SilentReplica implements Disposable {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Lets it follow a server. @param client A client of that. */
  static async of(port: number, client: RespClient): Promise<SilentReplica> {
    const replica = new SilentReplica(await Deno.connect({ hostname: "127.0.0.1", port }));
    await replica.#send("PSYNC ? -1");
    void replica.#readAll();
    await until(async () => {
      await replica.acknowledge(await offsetOf(client));
      return /state=online/.test((await fields(client)).get("slave0") ?? "");
    }, "the replica is online");
    return replica;
  }

  /** Says how much of the stream it has. */
  async acknowledge(offset: string): Promise<void> {
    await this.#send(`REPLCONF ACK ${offset}`);
  }

  async #send(line: string): Promise<void> {
    const bytes = encoder.encode(`${line}\r\n`);
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  async #readAll(): Promise<void> {
    const bytes = new Uint8Array(4096);
    while (await this.#connection.read(bytes).catch(() => null) !== null);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

async function offsetOf(client: RespClient): Promise<string> {
  return (await fields(client)).get("master_repl_offset") ?? "";
}

Deno.test("WAIT is about what the client has written, and not others", async () => {
  await using server = await startRedlite({ args: ["--repl-diskless-sync-delay", "0"] });
  await using first = await server.connect({ timeoutMs: PATIENCE_MS });
  await using second = await server.connect({ timeoutMs: PATIENCE_MS });
  await using third = await server.connect({ timeoutMs: PATIENCE_MS });
  using replica = await SilentReplica.of(server.port, first);
  await first.send("SET", "a", "1");
  const offset = await offsetOf(first);
  await second.send("SET", "b", "1");
  await replica.acknowledge(offset);
  assert.equal(plain(await first.send("WAIT", "1", "0")), "1");
  await first.send("GET", "b");
  assert.equal(plain(await first.send("WAIT", "1", "0")), "1");
  assert.equal(plain(await second.send("WAIT", "1", "1")), "0");
  assert.equal(plain(await third.send("WAIT", "1", "0")), "1");
  await replica.acknowledge(await offsetOf(second));
  assert.equal(plain(await second.send("WAIT", "1", "0")), "1");
});

Deno.test("WAIT is about what a client was given that it had waited for", async () => {
  await using server = await startRedlite({ args: ["--repl-diskless-sync-delay", "0"] });
  await using pusher = await server.connect({ timeoutMs: PATIENCE_MS });
  await using popper = await server.connect({ timeoutMs: PATIENCE_MS });
  using _replica = await SilentReplica.of(server.port, pusher);
  const popped = popper.send("BLPOP", "list", "0");
  await until(async () => {
    const reply = await pusher.send("INFO", "clients");
    return reply.type === "bulk" && latin1(reply.value).includes("blocked_clients:1\r");
  }, "the client waits");
  await pusher.send("RPUSH", "list", "x");
  assert.deepEqual(plain(await popped), ["list", "x"]);
  assert.equal(plain(await popper.send("WAIT", "1", "1")), "0");
});
