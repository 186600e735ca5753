/** Runs command lines on Redlite and compares the answers with what they should be. */

import { strict as assert } from "node:assert";
import { format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { shareServer } from "../harness/shared_servers.ts";
import { canShare } from "./shared_servers.ts";

/** A command line and its reply, as the harness's `format` writes it. */
export type Line = readonly [line: string, reply: string];

/**
 * Registers a test that each line has its reply.
 *
 * @param lines Words separated by spaces; `''` is an empty word, `_` a space inside one.
 * @param args Further arguments for the server.
 */
export function testReplies(
  name: string,
  lines: readonly Line[],
  resp: 2 | 3 = 2,
  args: string[] = [],
): void {
  const shares = args.length === 0 && canShare(lines.map(([line]) => line));
  const shared = shares ? shareServer("redlite", startRedlite) : undefined;
  Deno.test(`${name}, in RESP${resp}`, async () => {
    await using own = shared ? undefined : await startRedlite({ args });
    await using client = await (own ?? await shared!()).connect({ resp });
    const answers = await client.pipeline(
      lines.map(([line]) =>
        line.split(" ").map((word) => word === "''" ? "" : word.replaceAll("_", " "))
      ),
    );
    for (const [i, [line, reply]] of lines.entries()) {
      assert.equal(format(answers[i]!), reply, line);
    }
  });
}
