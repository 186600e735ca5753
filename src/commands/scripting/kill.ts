/** SCRIPT KILL and FUNCTION KILL. */

import { CommandError } from "../../store/values/errors.ts";

/** Nobody is served while a script runs, so whoever asks finds none. */
export function kill(): void {
  throw new CommandError("NOTBUSY No scripts in execution right now.");
}
