/** What every call of a command has in common, a client's and a script's. */

import type { Command } from "../commands/table/command.ts";
import { ReadOnlyDatabase } from "../engine/engine.ts";
import { SqliteError } from "../sqlite/sqlite.ts";
import { CommandError, corrupt, readOnly } from "../store/values/errors.ts";

/** One call in so many of a command flagged `fast` is timed, for two readings of the clock cost 0.2 µs. */
export const SAMPLE = 16;

/** The error that a command replies with. @throws What fails the turn. */
export function refusalOf(command: Command, error: unknown, writing: boolean): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof ReadOnlyDatabase) return readOnly();
  // Who only reads leaves nothing half done, so others go on; but a write transaction in which a
  // damaged page was met cannot be committed.
  if (!writing && command.readsOnly && error instanceof SqliteError && error.corrupt) {
    return corrupt(error.message);
  }
  throw error;
}
