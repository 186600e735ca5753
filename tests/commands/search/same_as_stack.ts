/** Runs generated commands on Redlite and on Redis Stack and compares what they answer, byte for byte. */

import { strict as assert } from "node:assert";
import { named, noOracle } from "../../harness/lacking.ts";
import { format, type Reply } from "../../harness/resp_client.ts";
import { startOracle, startRedlite } from "../../harness/servers.ts";
import { shareServer } from "../../harness/shared_servers.ts";
import { SEED } from "../../harness/seed.ts";

export { SEED };

/** A command as its arguments. */
export type Words = readonly string[];

/** Chooses by a seed, the same for the same one. */
export class Choice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer below a limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of several. */
  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  /** Whether something of a probability is so. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

/** What tells of more than one index, or leaves behind what does not go with it. */
const OF_ITS_OWN = /^(ft\.config|ft\.dict|ft\.info|config|info|acl|debug|function|script|eval)/i;

/**
 * Registers a test that generated commands are answered the same, in RESP2 and RESP3.
 *
 * @param make Makes the commands; what it chooses it chooses by `choice`.
 * @param shown Takes out of a reply what may differ. Default: nothing.
 */
export function testSameAsStack(
  name: string,
  make: (choice: Choice) => readonly Words[],
  shown: (reply: Reply, command: Words) => string = (reply) => format(reply),
): void {
  const lacking = noOracle("redis-stack");
  const commands = lacking === undefined ? make(new Choice(SEED)) : [];
  const redlite = () => startRedlite({ appendfsync: "no" });
  const stack = () => startOracle("redis-stack");
  const shared = lacking === undefined && !commands.some(([name = ""]) => OF_ITS_OWN.test(name))
    ? [shareServer("redlite", redlite), shareServer("redis-stack", stack)] as const
    : undefined;
  const tellsSettings = commands.some(([name = "", action = ""]) =>
    /^ft\.config get$/i.test(`${name} ${action}`)
  );
  for (const resp of [2, 3] as const) {
    Deno.test({
      ...named(`${name}, in RESP${resp}`, lacking),
      async fn() {
        await using own = shared === undefined ? await redlite() : undefined;
        await using ownStack = shared === undefined ? await stack() : undefined;
        await using ours = await (own ?? await shared![0]()).connect({ resp });
        await using theirs = await (ownStack ?? await shared![1]()).connect({ resp });
        // On a busy machine either may use up the half second that a query has.
        const patient = ["FT.CONFIG", "SET", "TIMEOUT", "0"];
        if (!tellsSettings) { for (const client of [ours, theirs]) await client.send(...patient); }
        const answers = await ours.pipeline([...commands]);
        const wanted = await theirs.pipeline([...commands]);
        for (const [i, command] of commands.entries()) {
          assert.equal(
            shown(answers[i]!, command),
            shown(wanted[i]!, command),
            `${command.map((word) => JSON.stringify(word)).join(" ")} (REDLITE_TEST_SEED=${SEED})`,
          );
        }
      },
    });
  }
}
