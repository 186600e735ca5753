/** Which arguments are shown to nobody. */

import type { Arguments } from "../../resp/arguments.ts";

/** What stands in their place. */
export const REDACTED = "(redacted)";

/** Whether an argument is a password of AUTH, HELLO or MIGRATE. */
export function isSecret(args: Arguments, index: number): boolean {
  if (args.is(0, "AUTH")) return index >= 1;
  if (args.is(0, "HELLO")) {
    for (let i = 2; i < args.count; i++) {
      if (args.is(i, "AUTH")) return index === i + 1 || index === i + 2;
      if (args.is(i, "SETNAME")) i++;
    }
  }
  if (args.is(0, "MIGRATE")) {
    for (let i = 6; i < args.count && !args.is(i, "KEYS"); i++) {
      if (args.is(i, "AUTH")) return index === i + 1;
      if (args.is(i, "AUTH2")) return index === i + 1 || index === i + 2;
    }
  }
  return false;
}
