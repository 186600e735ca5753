/**
 * A power cut while a server with a log before the database is busy, and another thread writes rows that are set apart:
 * what was acknowledged with `appendfsync always` is there, and with `no` what the file holds is of some moment.
 *
 * `REDLITE_TEST_SEED` and `REDLITE_TEST_RUNS` choose other steps and more cuts.
 */

import { strict as assert } from "node:assert";
import { basename } from "node:path";
import { Redlite } from "../../mod.ts";
import { HEAD } from "../../src/engine/log/format.ts";
import { EmbeddedDatabase } from "../harness/database.ts";
import { named } from "../harness/lacking.ts";
import { type Command, RespClient } from "../harness/resp_client.ts";
import { SEED } from "../harness/seed.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { keepFound, type NumberedStep, textOf } from "./busy_client.ts";
import { kindsOf, makeStep, type Mix } from "./busy_steps.ts";
import { faultsOf } from "./file_check.ts";
import { Holdings, KeyNames, readHoldings } from "./holdings.ts";
import { SimulatedDisk, UNSYNCED } from "./simulated_disk.ts";
import { hasStrace, type SystemCall } from "./system_calls.ts";
import { type TracedLife, traceServer } from "./traced_server.ts";

/** How often the power is cut. */
const CUTS = Number(Deno.env.get("REDLITE_TEST_RUNS") ?? 4);
const CLIENTS = 3;
/** Steps between two that say which were acknowledged, and how often. */
const BATCH = 100, BATCHES = 60;
const BATCHES_UNDER_WAY = 4;
/** So small a limit that the WAL starts over soon, and a cache from which many rows are to be written soon. */
const LIMITS = ["--maxdisk", "8mb", "--cache", "1"];
/** Servers of which one has another thread write. */
const MOST_LIVES = 5;

/** Of these all rows are held back, set apart and written by another thread. */
const APART: Mix = {
  ...{ set: 20, setLater: 3, append: 3, hset: 5, hdel: 2, zrem: 1 },
  ...{ zaddRising: 4, zaddFalling: 4, sadd: 4, srem: 3, push: 2, xadd: 2 },
};
/** These write by themselves, too, which makes everything one transaction again: the last quarter of the steps. */
const ALL: Mix = { ...APART, delete: 1, pop: 1, zpopmin: 1, xtrim: 1, deleteAll: 1, setLarge: 1 };
const APART_BATCHES = BATCHES * 3 / 4;

/** Has a client take its steps. @returns All of them. */
async function work(port: number, name: number): Promise<NumberedStep[]> {
  await using client = await RespClient.connect({ port });
  const random = randomNumbers(SEED + name);
  const keys = new KeyNames(name), held = new Holdings();
  const steps: NumberedStep[] = [], answers: Promise<void>[] = [];
  for (let i = 0; i < BATCHES; i++) {
    const kinds = kindsOf(i < APART_BATCHES ? APART : ALL);
    const batch = Array.from({ length: BATCH }, (_, at) => {
      const number = i * BATCH + at + 1;
      return { number, ...makeStep(kinds[random(kinds.length)]!, { number, random, keys, held }) };
    });
    steps.push(...batch);
    const commands: Command[] = batch.map(({ words }) => words);
    commands.push(["ECHO", `acknowledged:${name}:${steps.length};`]);
    answers.push(
      client.pipeline(commands).then((replies) => {
        for (const [at, { words, apply }] of batch.entries()) {
          const reply = textOf(replies[at]!);
          assert.equal(reply, apply(held, reply) ?? reply, words.join(" ").slice(0, 100));
        }
      }),
    );
    // A server that has nothing to do for a moment commits.
    await answers[i - BATCHES_UNDER_WAY];
  }
  await Promise.all(answers);
  return steps;
}

/** Writes to the WAL by another thread than the one that writes the log. */
function asideWrites(calls: readonly SystemCall[]): number[] {
  const writes = [...calls.entries()].filter(([, { kind }]) => kind === "write") as [
    number,
    Extract<SystemCall, { kind: "write" }>,
  ][];
  const main = writes.find(([, { file }]) => file.endsWith("-log"))?.[1].thread;
  return writes.filter(([, { file, thread }]) => file.endsWith("-wal") && thread !== main)
    .map(([index]) => index);
}

/** A server's life, what its clients did, and when another thread wrote. */
interface BusyLife extends TracedLife {
  readonly steps: readonly NumberedStep[][];
  readonly aside: readonly number[];
}

async function traceLife(appendfsync: string): Promise<BusyLife> {
  for (let lives = 1;; lives++) {
    await using directory = await temporaryDirectory();
    let steps: NumberedStep[][] = [];
    const parameters = ["--appendfsync", appendfsync, ...LIMITS];
    const traced = await traceServer(directory.path, "yes", parameters, async (port) => {
      steps = await Promise.all(Array.from({ length: CLIENTS }, (_, name) => work(port, name)));
    });
    const aside = asideWrites(traced.calls);
    if (aside.length > 0) return { ...traced, steps, aside };
    assert.ok(lives < MOST_LIVES, "no other thread ever wrote");
  }
}

/** Moments for cuts: while another thread writes, after replies left, after the first ones of a log's file, and any. */
function chooseCuts({ calls, aside }: BusyLife, random: (below: number) => number): Set<number> {
  const all = [...calls.keys()];
  const sends = all.filter((index) => calls[index]!.kind === "send");
  const begins = all.filter((index) => {
    const call = calls[index]!;
    return call.kind === "write" && /-log2?$/.test(call.file) && call.at === HEAD;
  });
  const first = begins.map((begin) => sends.find((index) => index > begin) ?? begin);
  const kinds = [aside, first, sends, all];
  return new Set(Array.from({ length: CUTS }, (_, i) => {
    const kind = kinds[i % kinds.length]!;
    return kind[random(kind.length)]!;
  }));
}

/** Opens what a power cut left. @returns What the clients' keys hold. */
async function readAfter(
  files: ReadonlyMap<string, Uint8Array>,
  when: string,
): Promise<Holdings[]> {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/redlite.db`;
  for (const [file, bytes] of files) {
    await Deno.writeFile(`${directory.path}/${basename(file)}`, bytes);
  }
  assert.deepEqual(faultsOf(path), [], when);
  const found: Holdings[] = [];
  {
    await using db = Redlite.open(path, { driver: "builtin" });
    for (let name = 0; name < CLIENTS; name++) {
      found.push(await readHoldings(new EmbeddedDatabase(db), new KeyNames(name)));
    }
  }
  assert.deepEqual(faultsOf(path), [], `${when}, once it was opened`);
  return found;
}

for (const appendfsync of ["always", "no"] as const) {
  const left = appendfsync === "always"
    ? "everything acknowledged"
    : "the file as it was at some moment";
  const lacking = !hasStrace()
    ? "no strace"
    : navigator.hardwareConcurrency < 2
    ? "needs two processors"
    : undefined;
  Deno.test({
    ...named(
      `a power cut while another thread writes leaves ${left} (appendfsync ${appendfsync})`,
      lacking,
    ),
    async fn() {
      const life = await traceLife(appendfsync);
      const random = randomNumbers(SEED);
      const cuts = chooseCuts(life, random);
      const disk = new SimulatedDisk(life.files);
      const acknowledged = Array.from({ length: CLIENTS }, () => 0);
      for (const [index, call] of life.calls.entries()) {
        disk.apply(call);
        if (call.kind === "send") {
          for (const [, name, number] of call.text.matchAll(/acknowledged:(\d+):(\d+);/g)) {
            acknowledged[Number(name)] = Number(number);
          }
        }
        if (!cuts.has(index)) continue;
        for (const unsynced of UNSYNCED) {
          const when = `a power cut at call ${index}, what was not synced ${unsynced} ` +
            `(REDLITE_TEST_SEED=${SEED})`;
          const found = await readAfter(disk.cut(unsynced, random), when);
          for (const [name, steps] of life.steps.entries()) {
            const held = new Holdings();
            const kept = appendfsync === "always" ? acknowledged[name]! : 0;
            for (const { apply } of steps.slice(0, kept)) apply(held);
            assert.deepEqual(keepFound(held, steps.slice(kept), found[name]!), [], when);
          }
        }
      }
      assert.deepEqual(acknowledged, acknowledged.map(() => BATCH * BATCHES));
    },
  });
}
