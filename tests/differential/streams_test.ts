/**
 * The same random commands on streams to Redlite and to servers that count and keep as Redlite does: behind each
 * command all that XINFO and XPENDING tell must be the same.
 */

import { named, noOracle } from "../harness/lacking.ts";
import { ORACLES } from "../harness/oracles.ts";
import { startOracle, startRedlite } from "../harness/servers.ts";
import type { KnownDifference } from "./command_group.ts";
import { sequencesOf } from "./groups.ts";
import { assertSame } from "./play.ts";
import { streamsFrom8 } from "./streams.ts";

const RUNS = 100;

const DIFFERENCES: Record<keyof typeof ORACLES, KnownDifference[]> = {
  "redis-8": [],
  "valkey-9": [],
};

for (const oracle of ["redis-8", "valkey-9"] as const) {
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(
        `random commands on streams get the replies of ${ORACLES[oracle]} over RESP${resp}`,
        noOracle(oracle),
      ),
      async fn() {
        await using redis = await startOracle(oracle, { resp });
        await using ours = await startRedlite({ resp, appendfsync: "no" });
        const measure = { before8: false, differences: DIFFERENCES[oracle] };
        await assertSame(sequencesOf(streamsFrom8.steps), { redis, ours, measure }, RUNS);
      },
    });
  }
}
