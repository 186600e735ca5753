/** Which commands a program runs: those of the table, but for those that are about a connection. */

import type { Command } from "../../commands/table/command.ts";
import { checkArity, type Table } from "../../commands/table/table.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { CommandError, wrongArity } from "../../store/values/errors.ts";
import { onlyInServer } from "./client.ts";

/** Commands that are about a connection, beyond those that ask the host for what it has not. */
const FOR_CONNECTIONS = new Set([
  "client|caching",
  "client|pause",
  "client|reply",
  "client|tracking",
  "client|unpause",
  "discard",
  "exec",
  "hello",
  "monitor",
  "multi",
  "psubscribe",
  "punsubscribe",
  "reset",
  "ssubscribe",
  "subscribe",
  "sunsubscribe",
  "unsubscribe",
  "unwatch",
  "watch",
]);

/**
 * The command of a call, which a program may run by itself.
 *
 * @throws {CommandError} If there is none, or it is about a connection, or it has too few or many words.
 */
export function commandOf(table: Table, args: Arguments): Command {
  if (args.count === 0) throw new CommandError("ERR a command has at least a name");
  const command = table.lookup(args);
  if (command === undefined) throw table.unknown(args);
  if (!checkArity(command, args) || command.handler === undefined) {
    throw wrongArity(command.fullName);
  }
  if (FOR_CONNECTIONS.has(command.fullName)) throw onlyInServer();
  return command;
}
