/** SCRIPT KILL and FUNCTION KILL. */

import { CommandError } from "../../store/values/errors.ts";
import type { Context } from "../table/command.ts";
import { busyWith, type RunningScript } from "./scripting_host.ts";

/** A command that ends the script or the function that runs. */
export function kill(kind: RunningScript["kind"]): (context: Context) => void {
  return ({ reply, host }) => {
    const { running } = host.scripting;
    if (running === undefined) {
      throw new CommandError("NOTBUSY No scripts in execution right now.");
    }
    if (running.wrote) {
      throw new CommandError(
        "UNKILLABLE Sorry the script already executed write commands against the dataset. You can " +
          "either wait the script termination or kill the server in a hard way using the SHUTDOWN " +
          "NOSAVE command.",
      );
    }
    if (running.kind !== kind) throw busyWith(running);
    running.kill();
    reply.ok();
  };
}
