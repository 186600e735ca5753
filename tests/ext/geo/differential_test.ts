/** Random geo commands get the replies of Redis and of Valkey: distances, hashes, and the order they come in. */

import { strict as assert } from "node:assert";
import { named, noOracle, noRedis, standIn } from "../../harness/lacking.ts";
import { type Command, format, type Reply, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedis, startRedlite, type TestServer } from "../../harness/servers.ts";
import { type Dialect, randomCommands } from "./random_commands.ts";
import { isSameReply } from "./same_replies.ts";

/** Rounds in each protocol: what they differ in is the shape of a few replies. */
const ROUNDS = { 2: rounds(8), 3: rounds(20) };

function rounds(usual: number): number {
  return Number(Deno.env.get("REDLITE_TEST_RUNS") ?? usual);
}

/** A server to compare with. */
interface Oracle extends Dialect {
  readonly name: string;
  readonly lacking: string | undefined;
  start(options: { resp: 2 | 3 }): Promise<TestServer>;
  /** What an error is where it has another text. */
  translated(error: string): string;
}

const ORACLES: readonly Oracle[] = [
  {
    name: "redis-server",
    lacking: standIn() ?? noRedis(),
    polygons: false,
    start: (options) => startRedis(options),
    translated: (error) => error,
  },
  {
    name: "Redis 8",
    lacking: noOracle("redis-8"),
    polygons: false,
    start: (options) => startOracle("redis-8", options),
    translated: (error) => error,
  },
  {
    name: "Valkey 9",
    lacking: noOracle("valkey-9"),
    polygons: true,
    start: (options) => startOracle("valkey-9", options),
    translated: (error) =>
      error
        .replace(/member \S+ does not exist/, "could not decode requested zset member")
        .replace("BYRADIUS, BYBOX and BYPOLYGON", "BYRADIUS and BYBOX"),
  },
];

function assertSame(
  command: Command,
  theirs: Reply,
  ours: Reply,
  { name, translated }: Oracle,
  seed: number,
): void {
  const wanted = theirs.type === "error" ? { ...theirs, value: translated(theirs.value) } : theirs;
  if (isSameReply(wanted, ours)) return;
  const shown = command.join(" ").slice(0, 500);
  assert.equal(format(ours), format(wanted), `seed ${seed}, unlike ${name}: ${shown}`);
}

async function playRounds(
  oracle: Oracle,
  theirs: RespClient,
  ours: RespClient,
  from: number,
  rounds: number,
): Promise<void> {
  for (let seed = from; seed < from + rounds; seed++) {
    const commands = randomCommands(seed, oracle);
    const [wanted, got] = await Promise.all([theirs.pipeline(commands), ours.pipeline(commands)]);
    for (const [i, command] of commands.entries()) {
      assertSame(command, wanted[i]!, got[i]!, oracle, seed);
    }
  }
}

for (const oracle of ORACLES) {
  const shapes = oracle.polygons ? "circles, boxes and polygons" : "circles and boxes";
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(`${shapes} have the places of ${oracle.name}, in RESP${resp}`, oracle.lacking),
      async fn() {
        await using redis = await oracle.start({ resp });
        await using redlite = await startRedlite({ resp, appendfsync: "no" });
        await using theirs = await redis.connect();
        await using ours = await redlite.connect();
        await playRounds(oracle, theirs, ours, resp * 10_000, ROUNDS[resp]);
      },
    });
  }
}

Deno.test({
  ...named(
    "the driver without cursors finds the same places in the same order",
    noOracle("valkey-9"),
  ),
  async fn() {
    const oracle = ORACLES[2]!;
    await using valkey = await oracle.start({ resp: 2 });
    await using redlite = await startRedlite({ args: ["--sqlite-driver", "builtin"] });
    await using theirs = await valkey.connect();
    await using ours = await redlite.connect();
    await playRounds(oracle, theirs, ours, 40_000, ROUNDS[3]);
  },
});
