/** Real servers that follow Redlite. */

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { Dice } from "../../commands/effects/dice.ts";
import { GENERATORS } from "../../commands/effects/generators.ts";
import { Served } from "../../commands/effects/served.ts";
import { named, noOracle, noRedis, noTool } from "../../harness/lacking.ts";
import { latin1, RespClient } from "../../harness/resp_client.ts";
import { SEED } from "../../harness/seed.ts";
import {
  startOracle,
  startRedis,
  temporaryDirectory,
  type TestServer,
} from "../../harness/servers.ts";
import { COMMON, contentOf, fields, PATIENCE_MS, plain, SINCE_8 } from "./content.ts";

/** A server that is followed, on a file, and clients of both. */
class Pair implements AsyncDisposable {
  readonly master: Served;
  readonly #dice = new Dice(SEED);
  readonly #names: string[];
  readonly #resources: AsyncDisposable[] = [];
  #ours: RespClient | undefined;

  private constructor(path: string, names: string) {
    this.master = new Served(path);
    this.#names = names.split(" ");
  }

  static async of(names: string): Promise<Pair> {
    const directory = await temporaryDirectory();
    const pair = new Pair(join(directory.path, "test.db"), names);
    pair.#resources.push(directory, pair.master);
    await pair.master.listen();
    pair.#ours = await RespClient.connect({ port: pair.master.port, timeoutMs: PATIENCE_MS });
    return pair;
  }

  get ours(): RespClient {
    if (this.#ours === undefined) throw new Error("not connected");
    return this.#ours;
  }

  /** Runs random commands. */
  async write(count: number): Promise<void> {
    const dice = this.#dice;
    for (let i = 0; i < count; i++) {
      if (dice.once(12)) await this.ours.send("SELECT", String(dice.int(0, 2)));
      const name = dice.one(this.#names);
      const words = GENERATORS[name]?.(dice, this.master) ?? [];
      // What is younger than the replicas.
      if (words.includes("IDMP") || words.includes("DIFF")) continue;
      await this.ours.send(
        ...name.split("|"),
        ...words.map((word) => typeof word === "number" ? String(word) : word),
      );
    }
  }

  /** Waits until a replica has all that was written. */
  async caughtUp(replica: RespClient): Promise<void> {
    for (;;) {
      const acknowledged = await this.ours.send("WAIT", "1", "1000");
      const ours = await fields(this.ours), theirs = await fields(replica);
      const same = ours.get("master_repl_offset") === theirs.get("master_repl_offset") &&
        ours.get("master_replid") === theirs.get("master_replid");
      if (same && theirs.get("master_link_status") === "up") return;
      if (acknowledged.type !== "integer") throw new Error(`no replica: ${acknowledged.type}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ours?.close();
    for (const resource of this.#resources.reverse()) await resource[Symbol.asyncDispose]();
  }
}

const LIBRARY = "#!lua name=lib\nredis.register_function('f', function(keys) " +
  "redis.call('INCR', keys[1]) return redis.call('SPOP', keys[2]) end)";

/** Lets a server follow through writes, and a cut of their connection. */
async function follows(
  start: (args: string[]) => Promise<TestServer>,
  names: string,
): Promise<void> {
  await using pair = await Pair.of(names);
  const { ours } = pair;
  await ours.send("FUNCTION", "LOAD", LIBRARY);
  await pair.write(400);
  await ours.send("SET", "long", "x".repeat(300_000));
  await ours.send("RPUSH", "many", ...Array.from({ length: 20_000 }, (_, i) => `element ${i}`));
  await using replica = await start(["--replicaof", `127.0.0.1 ${pair.master.port}`]);
  await using theirs = await replica.connect({ resp: 2, timeoutMs: PATIENCE_MS });
  // While it gets what was there.
  await pair.write(200);
  await ours.send("FCALL", "f", "2", "counter", "e1");
  await pair.caughtUp(theirs);
  assert.deepEqual(await contentOf(theirs), await contentOf(ours));
  await theirs.send("CLIENT", "KILL", "TYPE", "master");
  await pair.write(200);
  await pair.caughtUp(theirs);
  const told = await fields(ours);
  assert.equal(told.get("sync_full"), "1");
  assert.equal(told.get("sync_partial_ok"), "1");
  assert.deepEqual(await contentOf(theirs), await contentOf(ours));
}

Deno.test({
  ...named("the redis-server on the path follows, and goes on after a cut", noRedis(7)),
  fn: () => follows((args) => startRedis({ args }), COMMON),
});

Deno.test({
  ...named("Redis 8 follows, and goes on after a cut", noOracle("redis-8")),
  fn: () => follows((args) => startOracle("redis-8", { args }), `${COMMON} ${SINCE_8}`),
});

Deno.test({
  ...named("Valkey 9 follows, and goes on after a cut", noOracle("valkey-9")),
  fn: () => follows((args) => startOracle("valkey-9", { args }), COMMON),
});

Deno.test({
  ...named("a replica of a database in memory gets everything", noRedis(7)),
  fn: async () => {
    await using master = new Served();
    await master.listen();
    await using ours = await RespClient.connect({ port: master.port });
    for (let i = 0; i < 2000; i++) await ours.send("SET", `k${i}`, `value ${i}`);
    await using replica = await startRedis({ args: ["--replicaof", `127.0.0.1 ${master.port}`] });
    await using theirs = await replica.connect({ resp: 2, timeoutMs: PATIENCE_MS });
    while ((await fields(theirs)).get("master_link_status") !== "up");
    assert.deepEqual(await contentOf(theirs), await contentOf(ours));
  },
});

Deno.test({
  ...named("WAIT and ROLE tell of replicas", noRedis(7)),
  fn: async () => {
    await using pair = await Pair.of(COMMON);
    const { ours } = pair;
    assert.deepEqual(plain(await ours.send("ROLE")), ["master", "0", []]);
    await using replica = await startRedis({
      args: ["--replicaof", `127.0.0.1 ${pair.master.port}`],
    });
    await using theirs = await replica.connect({ resp: 2, timeoutMs: PATIENCE_MS });
    await ours.send("SET", "a", "1");
    await pair.caughtUp(theirs);
    await ours.send("SET", "a", "2");
    assert.equal(plain(await ours.send("WAIT", "1", "100000")), "1");
    assert.equal(plain(await theirs.send("GET", "a")), "2");
    assert.equal(plain(await ours.send("WAIT", "2", "50")), "1");
    const role = plain(await ours.send("ROLE"));
    assert.ok(Array.isArray(role));
    assert.equal(role[2][0][1], String(replica.port));
    assert.equal((await fields(ours)).get("connected_slaves"), "1");
  },
});

Deno.test({
  ...named("a replica that lacks more than is kept gets everything again", noRedis(7)),
  fn: async () => {
    await using pair = await Pair.of(COMMON);
    const { ours } = pair;
    await ours.send("CONFIG", "SET", "repl-backlog-size", "20000");
    await using replica = await startRedis({
      args: ["--replicaof", `127.0.0.1 ${pair.master.port}`],
    });
    await using theirs = await replica.connect({ resp: 2, timeoutMs: PATIENCE_MS });
    await ours.send("SET", "a", "1");
    await pair.caughtUp(theirs);
    await theirs.send("REPLICAOF", "NO", "ONE");
    for (let i = 0; i < 50; i++) await ours.send("SET", `k${i}`, "x".repeat(1000));
    await theirs.send("REPLICAOF", "127.0.0.1", String(pair.master.port));
    await pair.caughtUp(theirs);
    assert.equal((await fields(ours)).get("sync_full"), "2");
    assert.deepEqual(await contentOf(theirs), await contentOf(ours));
  },
});

Deno.test({
  ...named("redis-cli takes a snapshot of everything, or of the functions", noTool("redis-cli")),
  fn: async () => {
    await using directory = await temporaryDirectory();
    await using pair = await Pair.of(COMMON);
    await pair.ours.send("FUNCTION", "LOAD", LIBRARY);
    await pair.write(100);
    for (const option of ["--rdb", "--functions-rdb"]) {
      const path = join(directory.path, `dump${option}`);
      const port = String(pair.master.port);
      const { success } = await new Deno.Command("redis-cli", { args: ["-p", port, option, path] })
        .output();
      assert.ok(success, option);
      const snapshot = latin1(await Deno.readFile(path));
      assert.ok(snapshot.startsWith("REDIS") && snapshot.includes("#!lua name=lib"), option);
      const keys = plain(await pair.ours.send("KEYS", "z*"));
      assert.ok(Array.isArray(keys) && keys.length > 0);
      assert.equal(snapshot.includes(`\x02${keys[0]}`), option === "--rdb", option);
    }
  },
});

Deno.test({
  ...named("nothing is written without as many replicas as have to be there", noRedis(7)),
  fn: async () => {
    await using pair = await Pair.of(COMMON);
    const { ours } = pair;
    await ours.send("SET", "a", "1");
    await ours.send("CONFIG", "SET", "min-replicas-to-write", "1");
    const refused = "NOREPLICAS Not enough good replicas to write.";
    assert.equal(plain(await ours.send("SET", "a", "2")), refused);
    assert.equal(
      plain(await ours.send("EVAL", "return redis.pcall('INCR', 'a').err", "0")),
      refused,
    );
    assert.equal(plain(await ours.send("GET", "a")), "1");
    await using replica = await startRedis({
      args: ["--replicaof", `127.0.0.1 ${pair.master.port}`],
    });
    await using theirs = await replica.connect({ resp: 2, timeoutMs: PATIENCE_MS });
    while ((await fields(ours)).get("slave0")?.includes("state=online") !== true);
    assert.equal(plain(await ours.send("SET", "a", "2")), "OK");
    await pair.caughtUp(theirs);
    assert.equal(plain(await theirs.send("GET", "a")), "2");
  },
});
