/** What running a command has in common for clients and for scripts. */

import type { Command, Context } from "../../commands/table/command.ts";
import { runHandler } from "../../commands/table/run.ts";
import type { Client } from "../../commands/table/client.ts";
import { latin1Of } from "../../commands/table/latin1.ts";
import { ReadOnlyDatabase, WritesRefused } from "../../engine/turn_errors.ts";
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

/**
 * Notes how long a call took: a client's, or a script's.
 *
 * @param weight For how many calls it stands.
 */
function noteTime(
  { stats, histograms, slowLog, latency, store }: ExecutionHost,
  client: Client,
  command: Command,
  args: Arguments,
  microseconds: number,
  weight: number,
): void {
  stats.of(command).microseconds += microseconds * weight;
  histograms.record(command, microseconds, weight);
  if (slowLog.thresholdMicroseconds >= 0 && microseconds >= slowLog.thresholdMicroseconds) {
    slowLog.add(client, command, args, microseconds, store.engine.clock.now());
  }
  if (latency.thresholdMs > 0 && microseconds >= latency.thresholdMs * 1000) {
    latency.sample(command.fast ? "fast-command" : "command", microseconds / 1000);
  }
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
  noteTime(server, client, command, args, microseconds, weight);
  if (server.hotKeys.active) {
    server.hotKeys.record(command, args, microseconds, args.encodedSize + replySize);
  }
}

/** Runs the handler of a command that a script calls. See {@linkcode ExecutionHost}. */
export function runForScript(
  server: ExecutionHost,
  caller: Client,
  command: Command,
  context: Context,
): void {
  const { args, client } = context;
  const statistics = server.stats.of(command);
  const calls = statistics.calls++;
  const timed = server.timesAll || !command.even || calls % SAMPLE === 0;
  const startedAt = timed ? performance.now() : 0;
  try {
    runHandler(command, context);
  } catch (error) {
    const { message } = refusalOf(command, error, server.store.engine.writing);
    context.reply.error(message);
    server.stats.failed(command, message);
  }
  if (timed) {
    const microseconds = (performance.now() - startedAt) * 1000;
    const weight = server.timesAll || !command.even || calls === 0 ? 1 : SAMPLE;
    noteTime(server, client, command, args, microseconds, weight);
  }
  if (server.monitors.size > 0) server.monitors.tell(client, command, args);
  if (command.readsOnly && caller.tracking !== undefined) {
    server.tracking.remember(caller, command, args);
  }
}
