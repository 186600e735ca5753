/** Commands with their arguments, as the server measures them. */

import { strict as assert } from "node:assert";
import type { Command } from "../../src/commands/table/command.ts";
import { commandTable } from "../../src/commands/table/commands.ts";
import { Arguments } from "../../src/resp/arguments.ts";

const table = commandTable();

/** The command that the words would run, and the words as its arguments. */
export function called(...words: readonly (string | Uint8Array)[]): [Command, Arguments] {
  const args = new Arguments();
  args.fill(words);
  const command = table.lookup(args);
  assert.ok(command !== undefined, words.join(" "));
  return [command, args];
}
