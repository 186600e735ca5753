/** Plays random sequences to Redlite and to the server it is compared with: every reply must be the same. */

import fc from "../harness/properties.ts";
import { type Command, encode, format, type RespClient } from "../harness/resp_client.ts";
import type { TestServer } from "../harness/servers.ts";
import { FINAL_STATE } from "./final_state.ts";
import type { Sequence } from "./groups.ts";
import type { Check, Commands, Step } from "./pieces.ts";
import { type Answers, firstDifference, sideBySide } from "./same.ts";
import { shorten, showCommand, showStep } from "./show.ts";
import { SEED } from "../harness/seed.ts";

/** How many sequences are played unless told otherwise. */
const RUNS = 300;
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

/** Two servers to compare. */
export interface Compared {
  readonly redis: TestServer;
  readonly ours: TestServer;
  /** Whether the other is a Redis of before version 8; as the one on the PATH is, unless told. */
  readonly before8?: boolean;
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
  servers: Compared,
): Promise<void> {
  await using redis = await servers.redis.connect();
  await using ours = await servers.ours.connect();
  await redis.send("FLUSHALL");
  await ours.send("FLUSHALL");
  for (const turn of turns(sequence)) {
    const difference = firstDifference(await ask({ redis, ours }, turn), servers.before8);
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

/**
 * Plays random sequences to both servers.
 *
 * @param runs How many, unless `REDLITE_TEST_RUNS` says it.
 * @throws {Error} With the shortest sequence found that is answered differently.
 */
export async function assertSame(
  sequences: fc.Arbitrary<Sequence>,
  servers: Compared,
  runs: number = RUNS,
): Promise<void> {
  await fc.assert(fc.asyncProperty(sequences, (sequence) => play(sequence, servers)), {
    seed: SEED,
    numRuns: Number(Deno.env.get("REDLITE_TEST_RUNS") ?? runs),
    interruptAfterTimeLimit: GIVE_UP_SHRINKING_AFTER_MS,
    reporter: report,
  });
}
