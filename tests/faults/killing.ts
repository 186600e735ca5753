/** What the tests share that kill processes which write to a file: writers, what is known of them, and checks. */

import { strict as assert } from "node:assert";
import { Redlite } from "../../mod.ts";
import { SEED } from "../harness/seed.ts";
import { ConnectionClosed, format, type RespClient } from "../harness/resp_client.ts";
import { assertFileHolds } from "./contents.ts";
import { faultsOf } from "./file_check.ts";
import { doneKey, type Model, operation } from "./operations.ts";

/** Operations of each slot before the first writer begins: then large collections are large. */
export const FIRST_OPERATIONS = 600;

/** A process of writer.ts. */
export class Writer {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  #rest = "";

  /** @param writeBehind Whether it keeps a log before the database. */
  constructor(path: string, slot: number, writeBehind: "yes" | "no" = "no") {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", WRITER, path, String(SEED), String(slot), writeBehind],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#errors = new Response(this.#child.stderr).text();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The operations it found in the file. */
  async ready(): Promise<number> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) {
        const { code, signal } = await this.#child.status;
        assert.fail(`a writer ended before it was ready: ${signal ?? code} ${await this.#errors}`);
      }
      this.#rest += value;
    }
    const [line, rest] = this.#rest.split("\n");
    this.#rest = rest!;
    return Number(/^ready (\d+)$/.exec(line!)?.[1]);
  }

  /** Kills it, wherever it is. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#lines.cancel();
    await this.#child.stdin.close().catch(() => {});
    await this.#child.status;
    await this.#errors;
  }

  /** Lets it work for so long, kills it, and gives the operations it acknowledged, 0 for none. */
  async workUntilKilled(ms: number): Promise<number> {
    const stdin = this.#child.stdin.getWriter();
    await stdin.write(Uint8Array.of(10));
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child.kill("SIGKILL");
    let text = this.#rest;
    for (;;) {
      const { value, done } = await this.#lines.read();
      if (done) break;
      text += value;
    }
    await stdin.close().catch(() => {});
    const { signal } = await this.#child.status;
    assert.equal(signal, "SIGKILL", `a writer ended by itself: ${await this.#errors}`);
    // A line that was cut off acknowledges nothing.
    return Number(text.split("\n").at(-2) ?? 0);
  }
}

const VISIT = "CREATE TABLE IF NOT EXISTS visits(n); INSERT INTO visits SELECT count(*) FROM keys";

/** Has `sqlite3` open a database, look into it and write to a table of its own. */
export async function visit(path: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sqlite3", {
    args: ["-cmd", ".timeout 60000", path, VISIT],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

const WRITER = new URL("writer.ts", import.meta.url).pathname;

/** What is known of one slot. */
export interface Slot {
  /** The last operation that was acknowledged. */
  acknowledged: number;
  /** The last one that the model has. */
  modelled: number;
}

/** Checks that the file holds what was acknowledged in a slot, and at most the operation after that. */
export function assertFound(slot: number, found: number, acknowledged: number): void {
  assert.ok(
    found === acknowledged || found === acknowledged + 1,
    `slot ${slot}: ${found} operations found, ${acknowledged} acknowledged (REDLITE_TEST_SEED=${SEED})`,
  );
}

/** Has the model catch up with the operations of a slot that are in the file. */
export function catchUp(model: Model, slot: number, state: Slot, found: number): void {
  while (state.modelled < found) {
    for (const words of operation(SEED, slot, ++state.modelled)) model.apply(words);
  }
  state.acknowledged = found;
}

/** Checks everything in a file that no process has open. */
export async function assertNothingLost(
  path: string,
  model: Model,
  slots: readonly Slot[],
  when: string,
): Promise<void> {
  assert.deepEqual(faultsOf(path), [], `${when} (REDLITE_TEST_SEED=${SEED})`);
  {
    await using db = Redlite.open(path, { driver: "builtin" });
    for (const [slot, state] of slots.entries()) {
      const found = Number(db.get(doneKey(slot)) ?? 0);
      assertFound(slot, found, state.acknowledged);
      catchUp(model, slot, state, found);
    }
  }
  await assertFileHolds(path, model, `${when} (REDLITE_TEST_SEED=${SEED})`);
}

/** Makes a file with collections as large as they get, and gives the states of so many slots. */
export async function makeFile(path: string, model: Model, count: number): Promise<Slot[]> {
  await using db = Redlite.open(path, { driver: "builtin", appendfsync: "no" });
  const slots: Slot[] = [];
  for (let slot = 0; slot < count; slot++) {
    db.transaction(() => {
      for (let number = 1; number <= FIRST_OPERATIONS; number++) {
        for (const [name, ...args] of operation(SEED, slot, number)) db.call(name!, ...args);
      }
    });
    const state = { acknowledged: FIRST_OPERATIONS, modelled: 0 };
    catchUp(model, slot, state, FIRST_OPERATIONS);
    slots.push(state);
  }
  return slots;
}

/** Has a server run a slot's operations, each a transaction, until it is killed. */
export async function operateUntilKilled(
  client: RespClient,
  slot: number,
  state: Slot,
): Promise<void> {
  try {
    for (let number = state.acknowledged + 1;; number++) {
      const commands = operation(SEED, slot, number);
      const replies = await client.pipeline([["MULTI"], ...commands, ["EXEC"]]);
      const last = replies[replies.length - 1]!;
      assert.ok(last.type === "array", `operation ${number} of slot ${slot}: ${format(last)}`);
      state.acknowledged = number;
    }
  } catch (error) {
    const killed = error instanceof ConnectionClosed || error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionReset;
    if (!killed) throw error;
  }
}
