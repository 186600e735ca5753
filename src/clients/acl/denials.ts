/** What somebody is told who may not run a command. */

import type { Denial, User } from "../../commands/table/access.ts";
import type { Command } from "../../commands/table/command.ts";
import { latin1Of } from "../../commands/table/latin1.ts";
import { type Arguments, Slice } from "../../resp/arguments.ts";
import { COMMAND, indexOf, KEY, kindOf } from "./selector.ts";

/** Bytes of a key or channel that are told: it may be as large as the client likes. */
const TOLD_BYTES = 1024;

/** What to tell of a refusal that {@linkcode Selector.check} returned. */
export function denialOf(refusal: number, user: User, command: Command, args: Arguments): Denial {
  const name = latin1Of(user.name);
  const kind = kindOf(refusal);
  if (kind === COMMAND) {
    const object = latin1Of(command.fullName);
    const explanation = `User ${name} has no permissions to run the '${object}' command`;
    return {
      kind: "command",
      object,
      message: `NOPERM ${explanation}`,
      explanation,
      reason: "no permission to execute the command or subcommand",
    };
  }
  const index = indexOf(refusal);
  const object = index === 0 ? "*" : beginningOf(args.at(index));
  if (kind === KEY) {
    return {
      kind: "key",
      object,
      message: "NOPERM No permissions to access a key",
      explanation: `User ${name} has no permissions to access the '${object}' key`,
      reason: "no permission to touch the specified keys",
    };
  }
  return {
    kind: "channel",
    object,
    message: "NOPERM No permissions to access a channel",
    explanation: `User ${name} has no permissions to access the '${object}' channel`,
    reason: "no permission to access one of the channels used as arguments to the command",
  };
}

function beginningOf({ bytes, start, end }: Slice): string {
  return new Slice(bytes, start, Math.min(end, start + TOLD_BYTES)).latin1();
}
