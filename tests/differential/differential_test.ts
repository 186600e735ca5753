/**
 * The same random command sequences to redis-server and to Redlite: every reply must be the same.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other sequences and more of them.
 */

import fc from "fast-check";
import { type Command, encode, format, type RespClient } from "../harness/resp_client.ts";
import { hasRedis, startRedis, startRedlite, type TestServer } from "../harness/servers.ts";
import { FINAL_STATE } from "./final_state.ts";
import { GROUP_NAMES, isKnownToRedis, type Sequence, sequences } from "./groups.ts";
import type { Check, Commands, Step } from "./pieces.ts";
import { type Answers, firstDifference, sideBySide } from "./same.ts";
import { shorten, showCommand, showStep } from "./show.ts";

const SEED = Number(Deno.env.get("REDLITE_TEST_SEED") ?? 20240229);
const RUNS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 300);
const GIVE_UP_SHRINKING_AFTER_MS = 60_000;

class Difference extends Error {
  constructor(readonly answers: Answers) {
    const { command, redis, ours } = answers;
    super(
      `${showCommand(command)}\n` +
        `  Redis:   ${shorten(format(redis), 1000)}\n` +
        `  Redlite: ${shorten(format(ours), 1000)}`,
    );
  }
}

/** Both servers' connections. */
interface Both {
  redis: RespClient;
  ours: RespClient;
}

/** What is sent in one write, or a check by itself. */
type Turn = Commands[] | Check;

/** Plays a turn to both and returns the answers in order. */
async function ask(both: Both, turn: Turn): Promise<Answers[]> {
  if (!Array.isArray(turn)) {
    return sideBySide(...await Promise.all([turn.ask(both.redis), turn.ask(both.ours)]));
  }
  const commands: Command[] = turn.flatMap((step) => step.commands);
  const answered: Command[] = turn.flatMap((step) => step.answered);
  const bytes = encode(...commands);
  const ask = (client: RespClient) => client.exchange(bytes, answered.length);
  const [redis, ours] = await Promise.all([ask(both.redis), ask(both.ours)]);
  return answered.map((command, i) => ({ command, redis: redis[i]!, ours: ours[i]! }));
}

/** A sequence in turns, and the final state behind it. */
function turns({ steps, batch }: Sequence): Turn[] {
  const turns: Turn[] = [];
  for (const step of [...steps, FINAL_STATE] satisfies Step[]) {
    const last = turns.at(-1);
    if (step.kind === "check") turns.push(step);
    else if (Array.isArray(last) && last.length < batch) last.push(step);
    else turns.push([step]);
  }
  return turns;
}

/** Plays a sequence to both servers, empty at its start. */
async function play(
  sequence: Sequence,
  servers: { redis: TestServer; ours: TestServer },
): Promise<void> {
  await using redis = await servers.redis.connect();
  await using ours = await servers.ours.connect();
  await redis.send("FLUSHALL");
  await ours.send("FLUSHALL");
  for (const turn of turns(sequence)) {
    const difference = firstDifference(await ask({ redis, ours }, turn));
    if (difference !== undefined) throw new Difference(difference);
  }
}

function report(details: fc.RunDetails<[Sequence]>): void {
  if (!details.failed) return;
  const shrunk = details.counterexample?.[0];
  const cause = details.errorInstance;
  throw new Error(
    [
      `REDLITE_TEST_SEED=${details.seed} gives it again (path ${details.counterexamplePath},` +
      ` ${details.numShrinks} times shrunk)`,
      shrunk ? `sent ${shrunk.batch} at a time:` : "no sequence was played",
      ...shrunk?.steps.map((step) => `  ${showStep(step)}`) ?? [],
      cause instanceof Error ? cause.message : String(cause),
    ].join("\n"),
    cause instanceof Difference ? undefined : { cause },
  );
}

const ignore = !hasRedis();
const skipped = ignore ? " (skipped: no redis-server on the PATH)" : "";

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
            const property = fc.asyncProperty(
              sequences(group),
              (sequence) => play(sequence, { redis, ours }),
            );
            await fc.assert(property, {
              seed: SEED,
              numRuns: RUNS,
              interruptAfterTimeLimit: GIVE_UP_SHRINKING_AFTER_MS,
              reporter: report,
            });
          },
        });
      }
    },
  });
}
