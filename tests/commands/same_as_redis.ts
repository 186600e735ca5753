/** Runs command lines on Redlite and on Redis and compares what they answer, byte for byte. */

import { strict as assert } from "node:assert";
import { named, noRedis } from "../harness/lacking.ts";
import { format } from "../harness/resp_client.ts";
import { redisStandsIn, startRedis, startRedlite, type TestServer } from "../harness/servers.ts";
import { shareServer } from "../harness/shared_servers.ts";
import { canShare } from "./shared_servers.ts";

/**
 * Registers a test that the lines are answered the same, in RESP2 and RESP3.
 *
 * @param lines Words separated by spaces; `''` is an empty word, `_` a space inside one.
 */
export function testSameAsRedis(name: string, lines: readonly string[]): void {
  const lacking = noRedis();
  const shared = lacking === undefined && canShare(lines)
    ? [shareServer("redlite", startRedlite), shareServer("redis", startRedis)] as const
    : undefined;
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(`${name}, in RESP${resp}`, lacking),
      async fn() {
        const options = { args: ["--enable-module-command", "yes"] };
        await using stack = new AsyncDisposableStack();
        const start = (server: Promise<TestServer>) => server.then((server) => stack.use(server));
        const [redlite, redis] = await Promise.all(
          shared?.map((server) => server()) ??
            [start(startRedlite(redisStandsIn ? options : {})), start(startRedis(options))],
        );
        await using ours = await redlite!.connect({ resp });
        await using theirs = await redis!.connect({ resp });
        const commands = lines.map((line) =>
          line.split(" ").map((word) => word === "''" ? "" : word.replaceAll("_", " "))
        );
        const answers = await ours.pipeline(commands);
        const wanted = await theirs.pipeline(commands);
        for (const [i, line] of lines.entries()) {
          assert.equal(format(answers[i]!), format(wanted[i]!), line);
        }
      },
    });
  }
}
