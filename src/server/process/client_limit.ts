/** How many clients there may be, by what the system allows a process. */

import type { ConfigurationValues } from "../../clients/configuration/configuration.ts";
import { mostClients } from "./file_limit.ts";

/** Keeps `maxclients` to what the system's limit of open files leaves room for, now and later. */
export function limitClients(
  config: ConfigurationValues,
  log: (message: string) => void,
): void {
  const most = mostClients();
  if (most === undefined) return;
  if (most < 1) throw new Error("the limit of open files (ulimit -n) leaves no room for clients");
  if (config.maxClients > most) {
    config.set([["maxclients", String(most)]]);
    log(`maxclients is ${most} now: the limit of open files (ulimit -n) allows no more`);
  }
  config.bind("maxclients", (clients) => {
    if (Number(clients) > most) {
      throw new Error(
        "The operating system is not able to handle the specified number of clients, " +
          `try with ${most}`,
      );
    }
  });
}
