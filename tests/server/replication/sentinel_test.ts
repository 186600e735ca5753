/** Redis Sentinel watches over two Redlites and a redis-server. */

import { strict as assert } from "node:assert";
import { named, noRedis, noTool } from "../../harness/lacking.ts";
import { RespClient } from "../../harness/resp_client.ts";
import {
  startRedis,
  startRedlite,
  temporaryDirectory,
  type TestServer,
} from "../../harness/servers.ts";
import { caughtUp, fields, plain, until } from "./content.ts";

const masterOf = ({ port }: TestServer) => ["--replicaof", "127.0.0.1", String(port)];

/** A Sentinel of one, which decides alone. */
class Sentinel implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #directory: AsyncDisposable;
  readonly client: RespClient;

  private constructor(process: Deno.ChildProcess, directory: AsyncDisposable, client: RespClient) {
    this.#process = process;
    this.#directory = directory;
    this.client = client;
  }

  static async start(master: number): Promise<Sentinel> {
    const directory = await temporaryDirectory();
    const path = `${directory.path}/sentinel.conf`;
    const port = freePort();
    await Deno.writeTextFile(
      path,
      `port ${port}\nbind 127.0.0.1\nsentinel monitor all 127.0.0.1 ${master} 1\n` +
        "sentinel down-after-milliseconds all 1200\nsentinel failover-timeout all 10000\n",
    );
    const process = new Deno.Command("redis-sentinel", {
      args: [path],
      stdout: "null",
      stderr: "null",
    }).spawn();
    let client: RespClient | undefined;
    await until(async () => {
      client = await RespClient.connect({ port }).catch(() => undefined);
      return client !== undefined;
    }, "Sentinel listens");
    if (client === undefined) throw new Error("no Sentinel");
    return new Sentinel(process, directory, client);
  }

  /** The port of the master, as it is told to clients. */
  async master(): Promise<number> {
    const address = plain(await this.client.send("SENTINEL", "get-master-addr-by-name", "all"));
    return Array.isArray(address) ? Number(address[1]) : 0;
  }

  /** How many replicas it knows, and finds well. */
  async replicas(): Promise<number> {
    const replicas = plain(await this.client.send("SENTINEL", "replicas", "all"));
    if (!Array.isArray(replicas)) return 0;
    return replicas.filter((replica) =>
      replica[replica.indexOf("flags") + 1] === "slave" &&
      replica[replica.indexOf("master-link-status") + 1] === "ok"
    ).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await this.#directory[Symbol.asyncDispose]();
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test({
  ...named(
    "Sentinel fails over among two Redlites and a redis-server",
    noTool("redis-sentinel") ?? noRedis(7),
  ),
  fn: async () => {
    const servers = new Map<number, TestServer>();
    await using first = await startRedlite();
    await using second = await startRedlite({ args: masterOf(first) });
    await using redis = await startRedis({
      args: ["--repl-diskless-sync-delay", "0", ...masterOf(first)],
    });
    for (const server of [first, second, redis]) servers.set(server.port, server);
    await using sentinel = await Sentinel.start(first.port);
    let master = first;
    for (let round = 0; round < 2; round++) {
      await until(async () => await sentinel.replicas() === 2 - round, "it knows all replicas");
      await using atMaster = await master.connect({ resp: 2 });
      await atMaster.send("SET", "round", String(round));
      for (const server of servers.values()) {
        if (server === master) continue;
        await using client = await server.connect({ resp: 2 });
        await caughtUp(client, atMaster);
      }
      servers.delete(master.port);
      await master.kill9();
      await until(async () => servers.has(await sentinel.master()), "another is master");
      const next = servers.get(await sentinel.master());
      if (next === undefined) throw new Error("no master");
      master = next;
      await using atNext = await master.connect({ resp: 2 });
      await until(async () => (await fields(atNext)).get("role") === "master", "it knows");
      assert.equal(plain(await atNext.send("GET", "round")), String(round));
      await until(
        async () => plain(await atNext.send("SET", "written", "1")) === "OK",
        "it writes",
      );
    }
  },
});
