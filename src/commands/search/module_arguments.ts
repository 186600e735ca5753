/** What RediSearch says of arguments that it cannot take; clients match on the words. */

import { CommandError, err } from "../../store/values/errors.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { byteTextOf } from "../../search/aggregate/byte_text.ts";

/** Makes sure that there are so many arguments, the name included. @throws {CommandError} */
export function assertArity(args: Arguments, least: number, most = Infinity): void {
  if (args.count >= least && args.count <= most) return;
  throw err(`wrong number of arguments for '${args.text(0)}' command`);
}

/** An option is not followed by what it takes. */
export const noArgument = (option: string): CommandError =>
  new CommandError(`${option}: Expected an argument, but none provided`);

/** What follows an option cannot be read. */
export const badArgument = (option: string): CommandError =>
  new CommandError(`${option}: Could not convert argument to expected type`);

/** What follows an option is too small or too large. */
export const outOfBounds = (option: string): CommandError =>
  new CommandError(`${option}: Value is outside acceptable bounds`);

/** An error whose words may be any: those of errors have one character for each byte. */
export function refusal(message: string): CommandError {
  return new CommandError(byteTextOf(message));
}
