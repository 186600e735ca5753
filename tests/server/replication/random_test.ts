/**
 * Random commands on a master, while connections are cut, replicas are killed, stopped for a while,
 * and masters end and begin again. `deno task soak:replication` does it for longer.
 */

import { strict as assert } from "node:assert";
import { Dice } from "../../commands/effects/dice.ts";
import { named, noRedis } from "../../harness/lacking.ts";
import { SEED } from "../../harness/seed.ts";
import {
  startRedis,
  startRedlite,
  temporaryDirectory,
  type TestServer,
} from "../../harness/servers.ts";
import type { RespClient } from "../../harness/resp_client.ts";
import { caughtUp, COMMON, contentOf, PATIENCE_MS, redliteContentOf } from "./content.ts";
import { ALL, RandomWriter } from "./writer.ts";

const SECONDS = Number(Deno.env.get("REDLITE_TEST_SECONDS") ?? 4);

/** A server that can be started again at the same place. */
interface Place {
  readonly isRedlite: boolean;
  start(args: readonly string[]): Promise<TestServer>;
}

async function place(
  isRedlite: boolean,
  dice: Dice,
  resources: AsyncDisposableStack,
): Promise<Place> {
  const directory = resources.use(await temporaryDirectory());
  const settings = [
    "--repl-backlog-size",
    "3mb",
    ...(isRedlite && dice.once(2) ? ["--write-behind", "yes"] : []),
  ];
  return {
    isRedlite,
    start: (args) =>
      isRedlite
        ? startRedlite({ directory: directory.path, args: [...settings, ...args] })
        : startRedis({ args: [...settings, "--repl-diskless-sync-delay", "0", ...args] }),
  };
}

/** What happens to the pair between two commands. */
const EVENTS = [
  "cut",
  "cut",
  "kill the replica",
  "stop the replica",
  "slow",
  "end the master",
] as const;

async function soak(isRedlite: { master: boolean; replica: boolean }): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const dice = new Dice(SEED);
  const places = {
    master: await place(isRedlite.master, dice, resources),
    replica: await place(isRedlite.replica, dice, resources),
  };
  const both = isRedlite.master && isRedlite.replica;
  const content = both
    ? redliteContentOf
    : (client: RespClient) => contentOf(client, isRedlite.master);
  const writer = resources.use(new RandomWriter(both ? ALL : COMMON));
  let master = await places.master.start([]);
  const port = String(master.port);
  const follow = () => places.replica.start(["--replicaof", `127.0.0.1 ${port}`]);
  let replica = await follow();
  try {
    const end = performance.now() + 1000 * SECONDS;
    do {
      const event = dice.one([...EVENTS]);
      await using writing = await master.connect({ resp: 2, timeoutMs: PATIENCE_MS });
      const written = writer.write(writing, dice.int(20, 200));
      if (event === "cut") {
        await using client = await replica.connect({ resp: 2, timeoutMs: PATIENCE_MS });
        await client.send("CLIENT", "KILL", "TYPE", "master");
      } else if (event === "kill the replica") {
        await replica.kill9();
        replica = await follow();
      } else if (event === "stop the replica" && isRedlite.replica) {
        await replica.stop();
        replica = await follow();
      } else if (event === "slow") {
        Deno.kill(replica.pid, "SIGSTOP");
        await written;
        Deno.kill(replica.pid, "SIGCONT");
      }
      await written;
      if (event === "end the master" && isRedlite.master) {
        await master[dice.once(2) ? "stop" : "kill9"]();
        master = await places.master.start(["--port", port]);
      }
      await using theirs = await master.connect({ resp: 2, timeoutMs: PATIENCE_MS });
      await using ours = await replica.connect({ resp: 2, timeoutMs: PATIENCE_MS });
      await caughtUp(ours, theirs);
      const refused = replica.log.split("\n").filter((line) => /is refused|rolled back/.test(line));
      assert.deepEqual(refused, [], `after: ${event}`);
      assert.deepEqual(await content(ours), await content(theirs), `after: ${event}`);
    } while (performance.now() < end);
  } finally {
    await replica[Symbol.asyncDispose]();
    await master[Symbol.asyncDispose]();
  }
}

Deno.test({
  ...named("a Redlite stays what its redis-server is through whatever happens", noRedis(7)),
  fn: () => soak({ master: false, replica: true }),
});

Deno.test({
  ...named("a redis-server stays what its Redlite is through whatever happens", noRedis(7)),
  fn: () => soak({ master: true, replica: false }),
});

Deno.test(
  "a Redlite stays what its Redlite is through whatever happens",
  () => soak({ master: true, replica: true }),
);
