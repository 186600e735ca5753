/** A blocking command of the embedded API, which waits as a promise. */

import type { BlockedCall } from "../../clients/blocked_clients.ts";
import type { Command, Context } from "../../commands/table/command.ts";
import type { Wait, Waiting } from "../../commands/table/client.ts";
import { runHandler } from "../../commands/table/run.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { EmbeddedClient } from "./client.ts";
import type { Decode } from "../data.ts";
import { publicError } from "../errors.ts";
import { type Value, ValueReply } from "./value_reply.ts";

/** One call that waits. */
export class WaitingCall implements BlockedCall, Waiting {
  readonly db: number;
  readonly keys: readonly Uint8Array[];
  readonly type: number;
  readonly anyType: boolean;
  againAtMs: number;
  readonly deadlineMs: number;
  /** Resolves with the command's value. */
  readonly promise: Promise<Value>;
  readonly #wait: Wait;
  readonly #command: Command;
  readonly #context: Context;
  readonly #client: EmbeddedClient;
  readonly #decode: Decode;
  readonly #settle: PromiseWithResolvers<Value> = Promise.withResolvers();
  readonly #remove: (call: WaitingCall) => void;
  /** What the last try made of it. */
  #outcome: { readonly value: Value } | { readonly error: unknown } | undefined;

  /**
   * @param args The command, in bytes of its own.
   * @param context The context it ran in.
   * @param remove Lets it wait no more.
   */
  constructor(
    wait: Wait,
    args: Arguments,
    { command, context, client, decode, nowMs, remove }: {
      readonly command: Command;
      readonly context: Context;
      readonly client: EmbeddedClient;
      readonly decode: Decode;
      readonly nowMs: number;
      readonly remove: (call: WaitingCall) => void;
    },
  ) {
    this.#wait = wait;
    this.#command = command;
    this.#context = { ...context, args, reply: new ValueReply(decode) };
    this.#client = client;
    this.#decode = decode;
    this.#remove = remove;
    this.db = client.db;
    this.keys = wait.keys.map((index) => args.at(index).copy());
    this.type = wait.type;
    this.anyType = wait.anyType ?? false;
    this.againAtMs = wait.againAtMs ?? 0;
    this.deadlineMs = wait.timeoutMs === 0 ? 0 : nowMs + wait.timeoutMs;
    this.promise = this.#settle.promise;
  }

  retry(): boolean {
    let waitsOn = false;
    const client = this.#client;
    const { onWait, db } = client;
    const reply = new ValueReply(this.#decode);
    client.onWait = (wait) => {
      waitsOn = true;
      this.againAtMs = wait.againAtMs ?? 0;
    };
    client.db = this.db;
    try {
      runHandler(this.#command, { ...this.#context, reply });
      if (!waitsOn) this.#outcome = { value: reply.take() };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#outcome = { error: publicError(error) };
    } finally {
      client.onWait = onWait;
      client.db = db;
    }
    return !waitsOn;
  }

  served(): void {
    const outcome = this.#outcome;
    if (outcome === undefined) return;
    if ("error" in outcome) this.#settle.reject(outcome.error);
    else this.#settle.resolve(outcome.value);
  }

  restored(): void {
    this.#outcome = undefined;
  }

  timedOut(): void {
    this.end();
  }

  end(write: (reply: Reply) => void = this.#wait.giveUp): void {
    this.#remove(this);
    const reply = new ValueReply(this.#decode);
    try {
      write(reply);
      this.#settle.resolve(reply.take());
    } catch (error) {
      this.#settle.reject(publicError(error));
    }
  }

  /** Ends the waiting with an error. */
  fail(error: unknown): void {
    this.#remove(this);
    this.#settle.reject(error);
  }
}
