/** What running a command has in common for clients and for scripts. */

import type { Command } from "../../commands/table/command.ts";
import type { Client } from "../../commands/table/client.ts";
import { latin1Of } from "../../commands/table/latin1.ts";
import { ReadOnlyDatabase, WritesRefused } from "../../engine/engine.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { SqliteError } from "../../sqlite/sqlite.ts";
import { CommandError, corrupt, readOnly, writesRefused } from "../../store/values/errors.ts";
import type { ExecutionHost } from "../sessions/hosts.ts";

/** One call in so many of an even command is timed, for two readings of the clock cost 0.3 µs. */
export const SAMPLE = 16;

/** The error that a command replies with. @throws What fails the turn. */
export function refusalOf(command: Command, error: unknown, writing: boolean): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof ReadOnlyDatabase) return readOnly();
  if (error instanceof WritesRefused) return writesRefused(latin1Of(error.message));
  // Who only reads leaves nothing half done, so others go on; but a write transaction in which a
  // damaged page was met cannot be committed.
  if (!writing && command.readsOnly && error instanceof SqliteError && error.corrupt) {
    return corrupt(error.message);
  }
  throw error;
}

/** Notes how long a client's call took. @param weight For how many calls it stands. */
export function noteCall(
  server: ExecutionHost,
  client: Client,
  command: Command,
  args: Arguments,
  microseconds: number,
  weight: number,
  replySize: number,
): void {
  server.stats.of(command).microseconds += microseconds * weight;
  server.measured(client, command, args, microseconds, weight);
  if (server.hotKeys.active) {
    server.hotKeys.record(command, args, microseconds, args.encodedSize + replySize);
  }
}
