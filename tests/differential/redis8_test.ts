/** The same random commands, of those that older versions do not have, to Redis 8 and to Redlite. */

import { named, noOracle } from "../harness/lacking.ts";
import { startOracle, startRedlite } from "../harness/servers.ts";
import { sequences } from "./groups.ts";
import { assertSame } from "./play.ts";

const RUNS = 100;

for (const group of ["hashExpiry", "redis8"] as const) {
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(
        `random commands of ${group} get the replies of Redis 8 over RESP${resp}`,
        noOracle("redis-8"),
      ),
      async fn() {
        await using redis = await startOracle("redis-8", { resp });
        await using ours = await startRedlite({ resp, appendfsync: "no" });
        await assertSame(sequences(group), { redis, ours, before8: false }, RUNS);
      },
    });
  }
}
