/**
 * A client that keeps a server busy with writes, knows what each reply must be, and finds out after the server was
 * killed how many of its steps are in the file: all that were answered, and the first so many of those that were sent
 * behind them.
 */

import { strict as assert } from "node:assert";
import { ServedDatabase } from "../harness/database.ts";
import {
  ConnectionClosed,
  encode,
  latin1,
  type Reply,
  type RespClient,
} from "../harness/resp_client.ts";
import { SEED } from "../harness/seed.ts";
import { randomNumbers } from "../store/rdb/random.ts";
import { type Kind, kindsOf, makeStep, type Mix, type Step } from "./busy_steps.ts";
import { Holdings, KeyNames, readHoldings } from "./holdings.ts";

/** Commands in a write, and so many writes under way. */
const BATCH = 100, BATCHES = 6;

/** A step of one client, whose numbers rise. */
export interface NumberedStep extends Step {
  readonly number: number;
}

/**
 * Has steps change what is held until it is what was found.
 *
 * @returns What differs if none of them, or only those that have left a number there, had been run; empty if with some
 *   of them, one after the other, it is the same.
 */
export function keepFound(
  held: Holdings,
  steps: readonly NumberedStep[],
  found: Holdings,
): string[] {
  const last = found.lastMark();
  let kept = 0;
  const keepNext = () => {
    steps[kept++]!.apply(held, undefined, found);
  };
  while (kept < steps.length && steps[kept]!.number <= last) keepNext();
  held.expire(Date.now());
  const first = held.differences(found);
  // Steps that leave no number may be in the file, too.
  for (let left = first; left.length > 0; left = held.differences(found)) {
    if (kept === steps.length) return [`${last} is the last number in the file`, ...first];
    keepNext();
    held.expire(Date.now());
  }
  return [];
}

/** A reply as text, items with spaces in between. */
export function textOf(reply: Reply): string {
  switch (reply.type) {
    case "bulk":
      return latin1(reply.value);
    case "integer":
    case "simple":
      return String(reply.value);
    case "array":
      return reply.items.map(textOf).join(" ");
    case "null-bulk":
    case "null-array":
      return "nil";
    default:
      throw new Error(`a reply of an unexpected type: ${reply.type} ${JSON.stringify(reply)}`);
  }
}

/** A client, over the lives of servers. */
export class BusyClient {
  /** Steps that were answered. */
  answered = 0;
  readonly #name: number;
  readonly #keys: KeyNames;
  readonly #random: (below: number) => number;
  readonly #held = new Holdings();
  /** Steps that were sent and not answered. */
  #sent: NumberedStep[] = [];
  #number = 0;
  /** When everything is gone that was to be gone soon. */
  #goneAtMs = 0;

  /** @param name Its number among the clients. */
  constructor(name: number) {
    this.#name = name;
    this.#keys = new KeyNames(name);
    this.#random = randomNumbers(SEED ^ Math.imul(name + 1, 0x9e3779b1));
  }

  /** Sends steps until the server is killed. */
  async work(client: RespClient, mix: Mix): Promise<void> {
    const kinds = kindsOf(mix);
    const steps: NumberedStep[] = [], writes: Promise<void>[] = [];
    let answered = 0;
    try {
      for (;;) {
        while (steps.length - answered <= (BATCHES - 1) * BATCH) {
          const batch = Array.from({ length: BATCH }, () => this.#makeStep(kinds));
          steps.push(...batch);
          // What cannot be sent any more is not answered.
          writes.push(client.raw(encode(...batch.map(({ words }) => words))).catch(() => {}));
        }
        for (let i = 0; i < BATCH; i++) {
          this.#answered(steps[answered]!, textOf(await client.readReply()));
          answered++;
        }
      }
    } catch (error) {
      const killed = error instanceof ConnectionClosed || error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset;
      if (!killed) throw error;
    } finally {
      this.#sent = steps.slice(answered);
      this.answered += answered;
    }
    await Promise.all(writes);
  }

  #makeStep(kinds: readonly Kind[]): NumberedStep {
    const number = ++this.#number;
    const kind = kinds[this.#random(kinds.length)]!;
    const step = makeStep(kind, {
      number,
      random: this.#random,
      keys: this.#keys,
      held: this.#held,
    });
    this.#goneAtMs = Math.max(this.#goneAtMs, step.goneAtMs ?? 0);
    return { number, ...step };
  }

  #answered({ number, words, apply }: NumberedStep, reply: string): void {
    const wanted = apply(this.#held, reply);
    if (wanted === undefined || wanted === reply) return;
    assert.fail(
      `client ${this.#name}, step ${number}, ${words.join(" ").slice(0, 100)}: ` +
        `${reply} in place of ${wanted} (REDLITE_TEST_SEED=${SEED})`,
    );
  }

  /** Checks what is in the file after the server was killed, and goes on from there. */
  async check(client: RespClient, when: string): Promise<void> {
    // What has expired is gone in the next server, too.
    const ms = Math.max(0, this.#goneAtMs - Date.now());
    await new Promise((resolve) => setTimeout(resolve, ms));
    const found = await readHoldings(new ServedDatabase(client), this.#keys);
    const sent = this.#sent;
    const left = keepFound(this.#held, sent, found);
    if (left.length > 0) {
      assert.fail(
        `client ${this.#name}, ${when}: none of the moments between step ${
          this.#number - sent.length
        }, the last one that was answered, and ${this.#number}, the last one sent, is in the file: ` +
          `${left.join("; ")} (REDLITE_TEST_SEED=${SEED})`,
      );
    }
    this.#sent = [];
  }
}
