/**
 * The same random command sequences to redis-server and to Redlite: every reply must be the same.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other sequences and more of them.
 */

import { hasRedis, startRedis, startRedlite } from "../harness/servers.ts";
import { GROUP_NAMES, isKnownToRedis, sequences } from "./groups.ts";
import { assertSame } from "./play.ts";

const ignore = !hasRedis();
const skipped = ignore ? " (skipped: no redis-server on the PATH)" : "";

/** Sequences of a group in each protocol: what RESP2 says it says of the same values. */
const RUNS = { 2: 50, 3: 150 };

for (const resp of [2, 3] as const) {
  Deno.test({
    name: `random commands get the replies of Redis over RESP${resp}${skipped}`,
    ignore,
    async fn(t) {
      await using redis = await startRedis({ resp });
      await using ours = await startRedlite({ resp, appendfsync: "no" });
      for (const group of [...GROUP_NAMES, "all"] as const) {
        const known = isKnownToRedis(group);
        await t.step({
          name: (group === "all" ? "all groups mixed" : group) +
            (known ? "" : " (skipped: needs Redis 8)"),
          ignore: !known,
          async fn() {
            await assertSame(sequences(group), { redis, ours }, RUNS[resp]);
          },
        });
      }
    },
  });
}
