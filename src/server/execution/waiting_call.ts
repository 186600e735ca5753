/** A session's command that waits for what is not there. */

import type { BlockedCall } from "../../clients/blocked_clients.ts";
import type { Command } from "../../commands/table/command.ts";
import type { Wait, Waiting } from "../../commands/table/client.ts";
import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";

/** Who runs the command. */
export interface CallOwner {
  /** Runs the command again. @returns Whether it is done. */
  retry(call: WaitingCall): boolean;
  /** Ends the waiting with a reply. */
  end(call: WaitingCall, write: (reply: Reply) => void): void;
  /** The turn in which the waiting ended is committed. */
  resume(): void;
  /** The turn in which the waiting ended failed: the call waits on. */
  restored(call: WaitingCall): void;
}

/** Bytes of memory of an argument beside its own, and of a key beside its argument: entries in maps. */
const ARGUMENT = 80;
const KEY = 1000;

/** A session's command that waits. */
export class WaitingCall implements BlockedCall, Waiting {
  readonly db: number;
  readonly keys: readonly Uint8Array[];
  readonly type: number;
  readonly anyType: boolean;
  againAtMs: number;
  readonly deadlineMs: number;
  readonly args: Arguments;
  readonly command: Command | undefined;
  /** Whether the command, run again, still found nothing. */
  waitsOn = false;
  /** Bytes of memory. */
  readonly memory: number;
  /** How long it has run so far, the waiting not included. */
  microseconds = 0;
  readonly #owner: CallOwner;
  readonly #wait: Wait;

  constructor(
    owner: CallOwner,
    args: Arguments,
    wait: Wait,
    db: number,
    { command, deadlineMs }: { command: Command | undefined; deadlineMs: number },
  ) {
    this.#owner = owner;
    this.#wait = wait;
    this.args = args;
    this.db = db;
    this.keys = wait.keys.map((index) => args.at(index).view());
    this.memory = args.count * ARGUMENT + args.size + this.keys.length * KEY;
    this.type = wait.type;
    this.anyType = wait.anyType ?? false;
    this.againAtMs = wait.againAtMs ?? 0;
    this.command = command;
    this.deadlineMs = deadlineMs;
  }

  retry(): boolean {
    return this.#owner.retry(this);
  }

  served(): void {
    this.#owner.resume();
  }

  timedOut(): void {
    this.#owner.end(this, this.#wait.giveUp);
  }

  end(write: (reply: Reply) => void = this.#wait.giveUp): void {
    this.#owner.end(this, write);
  }

  restored(): void {
    this.#owner.restored(this);
  }
}
