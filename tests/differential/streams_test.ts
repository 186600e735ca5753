/**
 * The same random commands on streams to Redlite and to servers that count and keep as Redlite does: behind each
 * command all that XINFO and XPENDING tell must be the same.
 */

import { named, noOracle } from "../harness/lacking.ts";
import { type OracleName, ORACLES } from "../harness/oracles.ts";
import { startOracle, startRedlite } from "../harness/servers.ts";
import type { CommandGroup } from "./command_group.ts";
import { sequencesOf } from "./groups.ts";
import { assertSame } from "./play.ts";
import { streamsOfRedis8, streamsOfValkey } from "./streams.ts";

const RUNS = 100;

const GROUPS: Record<Exclude<OracleName, "redis-stack">, CommandGroup> = {
  "redis-8": streamsOfRedis8,
  "valkey-9": streamsOfValkey,
};

for (const oracle of ["redis-8", "valkey-9"] as const) {
  const { steps } = GROUPS[oracle];
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(
        `random commands on streams get the replies of ${ORACLES[oracle]} over RESP${resp}`,
        noOracle(oracle),
      ),
      async fn() {
        await using redis = await startOracle(oracle, { resp });
        // With the last entries in memory, and with all of them as rows.
        const args = ["--write-behind", resp === 3 ? "yes" : "no"];
        await using ours = await startRedlite({ resp, appendfsync: "no", args });
        await assertSame(sequencesOf(steps), { redis, ours, before8: false }, RUNS);
      },
    });
  }
}
