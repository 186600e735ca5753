/** Runs commands on Redlite and on RedisJSON and compares what they answer, byte for byte. */

import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { format } from "../../harness/resp_client.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";

/** The words of a line; what stands between single quotes is one word. */
export function words(line: string): string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|(\S+)/g),
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
}

/** Registers a test that the lines are answered the same, in RESP2 and RESP3. */
export function testSameAsRedisJson(name: string, lines: string): void {
  const commands = lines.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const lacking = noOracle("redis-stack");
  const start = () => startOracle("redis-stack");
  const redlite = shareServer("redlite", startRedlite);
  const stack = lacking === undefined ? shareServer("redis-stack", start) : start;
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(`${name}, in RESP${resp}`, lacking),
      async fn() {
        await using ours = await (await redlite()).connect({ resp });
        await using theirs = await (await stack()).connect({ resp });
        for (const line of commands) {
          const command = words(line);
          assert.equal(
            format(await ours.send(...command)),
            format(await theirs.send(...command)),
            line,
          );
        }
      },
    });
  }
}
