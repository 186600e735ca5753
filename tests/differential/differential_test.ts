/**
 * The same random command sequences to redis-server and to Redlite: every reply must be the same.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other sequences and more of them.
 */

import { strict as assert } from "node:assert";
import fc from "fast-check";
import {
  type Argument,
  type Command,
  encode,
  format,
  latin1,
  type Reply,
  type RespClient,
} from "../harness/resp_client.ts";
import { hasRedis, startRedis, startRedlite, type TestServer } from "../harness/servers.ts";
import {
  FINAL_STATE,
  type Group,
  isSame,
  type Sequence,
  sequences,
  shorten,
  showCommand,
  showStep,
  sorted,
  type Step,
} from "./commands.ts";

const SEED = Number(Deno.env.get("REDLITE_TEST_SEED") ?? 20240229);
const RUNS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 300);
const GIVE_UP_SHRINKING_AFTER_MS = 60_000;
const MOST_SCAN_CALLS = 1000;

/** What the two servers answered to one command. */
interface Answers {
  command: Command;
  redis: Reply;
  ours: Reply;
}

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

/** Sends one write's worth of steps to both and returns the answers in order. */
async function ask(both: Both, batch: Step[]): Promise<Answers[]> {
  const [step] = batch;
  if (step.kind === "scan") {
    const ask = (client: RespClient) => scanAll(client, step.options);
    return [await answers(both, ["SCAN", "0", ...step.options], ask)];
  }
  if (step.kind === "random-key") return [await answers(both, ["RANDOMKEY"], randomKey)];
  const commands: Command[] = [];
  const answered: Command[] = [];
  for (const step of batch) {
    if (step.kind !== "commands") throw new Error(`${step.kind} is sent alone`);
    commands.push(...step.commands);
    answered.push(...step.answered);
  }
  const bytes = encode(...commands);
  const ask = (client: RespClient) => client.exchange(bytes, answered.length);
  const [redis, ours] = await Promise.all([ask(both.redis), ask(both.ours)]);
  return answered.map((command, i) => ({ command, redis: redis[i], ours: ours[i] }));
}

async function answers(
  both: Both,
  command: Command,
  ask: (client: RespClient) => Promise<Reply>,
): Promise<Answers> {
  const [redis, ours] = await Promise.all([ask(both.redis), ask(both.ours)]);
  return { command, redis, ours };
}

/** The keys of a whole SCAN iteration, each once; or the error. */
async function scanAll(client: RespClient, options: Argument[]): Promise<Reply> {
  const found = new Map<string, Reply>();
  let cursor: Argument = "0";
  for (let calls = 0; calls < MOST_SCAN_CALLS; calls++) {
    const reply = await client.send("SCAN", cursor, ...options);
    if (reply.type !== "array") return reply;
    const [next, keys] = reply.items;
    if (next?.type !== "bulk" || keys?.type !== "array") return reply;
    for (const key of keys.items) found.set(format(key), key);
    if (latin1(next.value) === "0") return sorted({ type: "set", items: [...found.values()] });
    cursor = next.value;
  }
  return { type: "error", value: `SCAN did not end within ${MOST_SCAN_CALLS} calls` };
}

/** RANDOMKEY's nil, or what EXISTS says of the key it returned. */
async function randomKey(client: RespClient): Promise<Reply> {
  const reply = await client.send("RANDOMKEY");
  return reply.type === "bulk" ? await client.send("EXISTS", reply.value) : reply;
}

/** Steps in the writes they are sent with: what needs an answer before it can go on is sent alone. */
function batches({ steps, batch }: Sequence): Step[][] {
  const writes: Step[][] = [];
  for (const step of [...steps, FINAL_STATE]) {
    const last = writes.at(-1);
    const joins = last !== undefined && last.length < batch && step !== FINAL_STATE &&
      step.kind === "commands" && last[0].kind === "commands";
    if (joins) last.push(step);
    else writes.push([step]);
  }
  return writes;
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
  for (const batch of batches(sequence)) {
    for (const answers of await ask({ redis, ours }, batch)) {
      if (!isSame(answers.command, answers.redis, answers.ours)) throw new Difference(answers);
    }
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

const GROUPS: (Group | "all")[] = ["strings", "keys", "connection", "all"];
const ignore = !hasRedis();
const skipped = ignore ? " (skipped: no redis-server on the PATH)" : "";

for (const resp of [2, 3] as const) {
  Deno.test({
    name: `random commands get the replies of Redis over RESP${resp}${skipped}`,
    ignore,
    async fn(t) {
      await using redis = await startRedis({ resp });
      await using ours = await startRedlite({ resp, appendfsync: "no" });
      for (const group of GROUPS) {
        await t.step(group === "all" ? "all groups mixed" : group, async () => {
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
        });
      }
    },
  });
}

Deno.test("two replies that differ in type, text or length are told apart", () => {
  const bulk = (text: string): Reply => ({ type: "bulk", value: new TextEncoder().encode(text) });
  assert(isSame(["GET", "k"], bulk("v"), bulk("v")));
  assert(!isSame(["GET", "k"], bulk("v"), { type: "simple", value: "v" }));
  assert(!isSame(["GET", "k"], { type: "null-bulk" }, { type: "null" }));
  assert(!isSame(["TTL", "k"], { type: "integer", value: -1n }, { type: "integer", value: 0n }));
  assert(!isSame(["TTL", "k"], { type: "integer", value: 9n }, { type: "integer", value: 12n }));
  assert(isSame(["TTL", "k"], { type: "integer", value: 9n }, { type: "integer", value: 10n }));
});
