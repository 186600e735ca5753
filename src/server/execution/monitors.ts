/** MONITOR: clients that are told of every command. */

import { monitorLine } from "../../commands/sessions/monitor.ts";
import type { Client } from "../../commands/table/client.ts";
import type { Command } from "../../commands/table/command.ts";
import type { Arguments } from "../../resp/arguments.ts";

/** The clients in MONITOR. */
export class Monitors {
  readonly #clients = new Set<Client>();
  readonly #now: () => number;

  /** @param now Unix time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many there are. */
  get size(): number {
    return this.#clients.size;
  }

  /** Tells a client from now on. */
  add(client: Client): void {
    this.#clients.add(client);
  }

  /** Tells a client no longer. */
  delete(client: Client): void {
    this.#clients.delete(client);
  }

  /** Tells them of a command that has run. */
  tell(client: Client, command: Command, args: Arguments): void {
    // Scripts are flagged so since they are told of before they run.
    if (command.flags.includes("skip_monitor") && !command.needsLua) return;
    if (command.flags.includes("admin")) return;
    const line = monitorLine(client, args, this.#now());
    for (const monitor of this.#clients) monitor.push((reply) => reply.status(line));
  }
}
