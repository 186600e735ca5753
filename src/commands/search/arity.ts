/** The arity of FT.* commands, which RediSearch's own error tells as the command was typed. */

import type { Arguments } from "../../resp/arguments.ts";
import { err } from "../../store/values/errors.ts";

/** Makes sure that there are so many arguments, the name included. @throws {CommandError} */
export function assertArguments(args: Arguments, least: number, most = Infinity): void {
  if (args.count >= least && args.count <= most) return;
  throw err(`wrong number of arguments for '${args.text(0)}' command`);
}
