/** A script or function that has run longer than it should. */

import type { RunningScript } from "../commands/scripting/scripting_host.ts";
import type { Client } from "../commands/table/client.ts";
import type { Arguments } from "../resp/arguments.ts";

/** What is known of it. */
export interface BusyScriptParts {
  readonly kind: "script" | "function";
  readonly name: string;
  readonly client: Client;
  /** The command's arguments, which stay as they are until it is over. */
  readonly args: Arguments;
  /** When it began, on the clock of `performance`. */
  readonly startedAt: number;
  /** Whether it has written so far. */
  readonly wrote: () => boolean;
  /** Ends it with an error, soon. */
  readonly stop: (message: string) => void;
  /** Has it never go on. */
  readonly abandon: () => void;
}

/** See {@linkcode RunningScript}. */
export class BusyScript implements RunningScript {
  readonly kind: "script" | "function";
  readonly name: string;
  readonly client: Client;
  /** Ends it with an error, soon. */
  readonly stop: (message: string) => void;
  /** Has it never go on. */
  readonly abandon: () => void;
  readonly #args: Arguments;
  readonly #startedAt: number;
  readonly #wrote: () => boolean;
  #waiting: ((error: unknown) => void)[] = [];

  constructor({ kind, name, client, args, startedAt, wrote, stop, abandon }: BusyScriptParts) {
    this.kind = kind;
    this.name = name;
    this.client = client;
    this.#args = args;
    this.stop = stop;
    this.abandon = abandon;
    this.#startedAt = startedAt;
    this.#wrote = wrote;
  }

  get wrote(): boolean {
    return this.#wrote();
  }

  get command(): readonly Uint8Array[] {
    return Array.from({ length: this.#args.count }, (_, i) => this.#args.at(i).copy());
  }

  get durationMs(): number {
    return Math.floor(performance.now() - this.#startedAt);
  }

  kill(): void {
    this.stop("ERR Script killed by user with SCRIPT KILL...");
  }

  whenOver(goOn: (error: unknown) => void): void {
    this.#waiting.push(goOn);
  }

  /**
   * Calls those back who wait.
   *
   * @param error What passed through the script, if something did.
   * @param next A script that one of them has begun and that is suspended: the rest waits for it.
   */
  over(error: unknown, next: () => BusyScript | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [i, goOn] of waiting.entries()) {
      try {
        goOn(error);
        error = undefined;
      } catch (thrown) {
        error = thrown;
      }
      const other = next();
      if (other === undefined) continue;
      for (const rest of waiting.slice(i + 1)) other.whenOver(rest);
      return;
    }
  }
}
