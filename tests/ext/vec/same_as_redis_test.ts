/** The commands of vector sets beside Redis 8. */

import { named, noOracle } from "../../harness/lacking.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { assertSame, Commands, dice } from "./generated.ts";

const SEQUENCES = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 15);
const LENGTH = 300;

for (const resp of [2, 3] as const) {
  Deno.test({
    ...named(
      `random commands on vector sets get the replies of Redis 8 over RESP${resp}`,
      noOracle("redis-8"),
    ),
    async fn() {
      await using redis = await startOracle("redis-8", { resp });
      await using redlite = await startRedlite({ appendfsync: "no", args: ["--ext", "vec"] });
      await using theirs = await redis.connect({ resp });
      await using ours = await redlite.connect({ resp });
      for (let seed = 1; seed <= SEQUENCES; seed++) {
        const commands = new Commands(dice(seed * 10 + resp));
        const sequence = [
          ["FLUSHALL"],
          ["SET", "string", "s"],
          ...Array.from({ length: LENGTH }, () => commands.next()),
        ];
        const answers = await ours.pipeline(sequence);
        const wanted = await theirs.pipeline(sequence);
        for (const [i, command] of sequence.entries()) {
          assertSame(command, answers[i]!, wanted[i]!);
        }
      }
    },
  });
}
