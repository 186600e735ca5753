/** Random commands on random documents get the same replies from Redlite and from RedisJSON. */

import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { format, type RespClient } from "../../harness/resp_client.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { Dice, randomCommand } from "./generated.ts";
import { SEED } from "../../harness/seed.ts";

const COMMANDS = Number(Deno.env.get("REDLITE_TEST_COMMANDS") ?? 2000);

/**
 * Whether Redlite is to differ: a command of which one value is refused changes none of them, where
 * RedisJSON changes those before. The document is then made the same again.
 */
function mayHaveChangedInPart(answer: string): boolean {
  return /result is not a number|index out of bounds/.test(answer);
}

async function assertSame(
  ours: RespClient,
  theirs: RespClient,
  command: readonly string[],
  context: string,
): Promise<string> {
  const answer = format(await ours.send(...command));
  assert.equal(answer, format(await theirs.send(...command)), `${context}: ${command.join(" ")}`);
  return answer;
}

for (const resp of [2, 3] as const) {
  Deno.test({
    ...named(
      `random JSON commands are answered as by RedisJSON, in RESP${resp}`,
      noOracle("redis-stack"),
    ),
    async fn() {
      await using redlite = await startRedlite();
      await using stack = await startOracle("redis-stack");
      await using ours = await redlite.connect({ resp });
      await using theirs = await stack.connect({ resp });
      const dice = new Dice(SEED);
      for (const client of [ours, theirs]) await client.send("SET", "text", "no JSON");
      for (let i = 0; i < COMMANDS; i++) {
        const command = randomCommand(dice);
        const context = `seed ${SEED}, command ${i}`;
        const answer = await assertSame(ours, theirs, command, context);
        if (mayHaveChangedInPart(answer)) {
          for (const client of [ours, theirs]) await client.send("JSON.SET", "doc", "$", "[1]");
        }
        for (const key of ["doc", "other"]) {
          await assertSame(ours, theirs, ["JSON.GET", key], `${context} left`);
        }
      }
    },
  });
}
