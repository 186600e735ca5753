/**
 * Commands whose work is done beside the turns, on what is committed: the client waits, and its
 * later commands with it, so that a pipeline's SQL sees the pipeline's writes.
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";
import { CommandError, corrupt, err } from "../../store/values/errors.ts";
import { SQLITE, SqliteError } from "../../sqlite/sqlite.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Context } from "./command.ts";
import { latin1Of } from "./latin1.ts";

/**
 * Lets the client wait for work that begins when the running turn is committed.
 *
 * @param work Called with no turn open.
 * @param write Writes the reply.
 * @param atOnce Does the same for a client that never waits, where that can be done.
 */
export function replyLater<T>(
  { client, host }: Context,
  work: () => Promise<T>,
  write: (reply: Reply, outcome: T) => void,
  atOnce?: (reply: Reply) => void,
): void {
  client.wait({
    keys: [],
    type: TYPE.NONE,
    timeoutMs: 0,
    giveUp: (reply) => reply.error("UNBLOCKED it goes on, without a reply"),
    denied: atOnce ?? (() => {
      throw err("this takes its time: await its method, outside of a transaction");
    }),
  });
  const { waiting } = client;
  if (waiting === undefined) return;
  host.whenCommitted(() =>
    void work().then(
      (outcome) => waiting.end((reply) => write(reply, outcome)),
      (error) => {
        if (error instanceof SqliteError && error.corrupt) host.damaged(error.message);
        waiting.end((reply) => reply.error(asideError(error).message));
      },
    )
  );
}

/** The error reply for what such work throws. */
export function asideError(error: unknown): CommandError {
  if (error instanceof CommandError) return new CommandError(latin1Of(error.message));
  if (error instanceof SqliteError) {
    if (error.corrupt) return corrupt(error.message);
    if (error.primary === SQLITE.FULL) return new CommandError("MISCONF the disk is full");
    return new CommandError(`IOERR ${latin1Of(error.message)}`);
  }
  return err(latin1Of(error instanceof Error ? error.message.split("\n")[0]! : String(error)));
}
